"""May this tool run, and who has to allow what it would change? Pure, deny by default."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from talent_mcp.errors import ConfigurationError, Denied
from talent_mcp.settings import Approval
from talent_tools.plans import FieldChange
from talent_tools.spec import AnyTool, WriteTool

Allowed = Literal["ask", "host", "auto"]
"""Who allows a write: a person at talent-mcp, the MCP host's own prompt, or nobody (an unattended workflow)."""
STRICTEST_FIRST: tuple[Allowed, ...] = ("ask", "host", "auto")


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator allows: in general, and for single fields of a tool."""

    approval: Approval
    fields: Mapping[str, Mapping[str, Approval]]

    def require_known(self, tools: Iterable[AnyTool]) -> None:
        """Raises ConfigurationError: a tool or a field is named that does not exist; its rule would protect nobody."""
        known = {tool.name: tool.fields for tool in tools if isinstance(tool, WriteTool)}
        for tool, fields in self.fields.items():
            if tool not in known:
                raise ConfigurationError(f"setting field_approval: name one of the tools {', '.join(sorted(known))}")
            if not fields.keys() <= known[tool]:
                raise ConfigurationError(
                    f"setting field_approval.{tool}: known fields are {', '.join(sorted(known[tool]))}"
                )

    def admit(self, tool: AnyTool, *, preview: bool) -> str:
        """The decision before anything is asked of a vendor, in a word for the audit log.

        Raises:
            Denied: the tool writes, and no field of it may be written.
        """
        if tool.read_only:
            return "read-only"
        if preview:
            return "preview"
        for named in (self.approval, *self.fields.get(tool.name, {}).values()):
            if named in STRICTEST_FIRST:
                return self.approval if self.approval in STRICTEST_FIRST else "by field"
        raise Denied(
            f"The operator allows no writes (TALENT_APPROVAL={self.approval}), so {tool.name} did nothing. "
            "Tell the person what you would have changed."
        )

    def allowance(self, tool: AnyTool, changes: Sequence[FieldChange], *, doubtful: bool = False) -> Allowed:
        """Who has to allow these changes: the strictest of what is set for their fields.

        What may overwrite something that nobody was shown needs a person, unless that field has a rule of its own. So
        does a write that is `doubtful`, as text may have chosen what it changes: the prompt of an MCP host does not
        say so. An unattended workflow has no person, and goes on.

        Raises:
            Denied: one of the fields may not be written.
        """
        names = [change.argument or change.field for change in changes]
        needed = [self._approval(tool, name, change) for name, change in zip(names, changes, strict=True)]
        refused = [name for name, approval in zip(names, needed, strict=True) if approval not in STRICTEST_FIRST]
        if refused:
            raise Denied(
                f"The operator does not allow {', '.join(sorted(set(refused)))} to be written, so {tool.name} did "
                "nothing. Leave these out, or tell the person what you would have changed."
            )
        strictest: Allowed = next(allowed for allowed in STRICTEST_FIRST if allowed in needed)
        return "ask" if doubtful and strictest == "host" else strictest

    def _approval(self, tool: AnyTool, field: str, change: FieldChange) -> Approval:
        general: Approval = "ask" if change.blind and self.approval in STRICTEST_FIRST else self.approval
        return self.fields.get(tool.name, {}).get(field, general)
