"""May this principal run this tool? Pure, deny by default."""

from talent_mcp.errors import Denied
from talent_mcp.settings import Approval
from talent_tools.spec import AnyTool

WRITING: frozenset[Approval] = frozenset({"host", "auto"})


def check(tool: AnyTool, approval: Approval) -> str:
    """The decision, in a word for the audit log.

    `host` leaves asking a person to the MCP host's own prompt, `auto` is for unattended workflows and asks
    nobody, `never` lets nothing be written.

    Raises:
        Denied: the tool writes and the operator allows no writes.
    """
    if tool.read_only:
        return "read-only"
    if approval in WRITING:
        return approval
    raise Denied(
        f"The operator allows no writes (TALENT_APPROVAL={approval}), so {tool.name} did nothing. "
        "Tell the person what you would have changed."
    )
