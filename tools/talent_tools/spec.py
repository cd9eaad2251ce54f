"""What a tool is. Tools, the vendors' clients and their models are loaded when a tool is; this tells of them only."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel

from talent_tools.vendor import Vendor

if TYPE_CHECKING:
    from talent_tools.arguments import Arguments
    from talent_tools.clients import Clients
    from talent_tools.naming import Role
    from talent_tools.people import Found, Subject
    from talent_tools.plans import FieldChange, Proposal, WriteArguments, WriteResult
    from talent_tools.prices import Prices
    from talent_tools.reuse import Reuse
    from talent_tools.undo import Undo

A = TypeVar("A", bound="Arguments")
W = TypeVar("W", bound="WriteArguments")
WR = TypeVar("WR", bound="WriteResult")
R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool(Generic[A, R]):
    """One tool: its contract with the model and its risk; a ReadTool or a WriteTool.

    `description` is read by the model and paid for in tokens. The four hints are those of the MCP specification;
    `billable` says that a call may cost credits: by these prices `worst_case` at most, and `cost` at most once its
    full result (as JSON values) is there. `people` says whom the arguments are about and `found` whom that result is
    about, so that what the audit log keeps of a person can be erased. `names` are the places in its arguments that
    name a record, a file, a field or a contact. `present` reduces the result to what the model
    asked to see; the full one is kept behind `talent://calls/{call_id}`.
    """

    name: str
    title: str
    description: str
    vendor: Vendor
    arguments: type[A]
    result: type[R]
    read_only: ClassVar[bool]
    destructive: ClassVar[bool]
    idempotent: bool
    open_world: bool
    billable: bool
    people: "Callable[[A], Iterable[Subject]]"
    found: "Callable[[A, dict[str, Any]], Iterable[Found]]"
    present: Callable[[A, dict[str, Any]], dict[str, Any]] = lambda _, result: result
    names: "Mapping[str, Role]" = field(default_factory=dict[str, "Role"])
    worst_case: "Callable[[A, Prices], Decimal] | None" = None
    cost: "Callable[[A, dict[str, Any], Prices], Decimal] | None" = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadTool(Tool[A, R]):
    """A tool that changes nothing; its handler shapes the vendor requests, and `reuse` says how an answer that was paid
    for may serve again. `beside` adds to such an answer what a call asks for that costs nothing."""

    read_only: ClassVar[bool] = True
    destructive: ClassVar[bool] = False
    handler: "Callable[[A, Clients], Awaitable[R]]"
    reuse: "Reuse[Any, R] | None" = None
    beside: "Callable[[A, R, Clients], Awaitable[R]] | None" = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteTool(Tool[W, WR]):
    """A tool that changes a record: `fields` are the names of what it can change, `propose` reads the record and says
    what would change, `undo` how the changes that were made to a target are taken back."""

    read_only: ClassVar[bool] = False
    destructive: ClassVar[bool] = True
    fields: frozenset[str]
    propose: "Callable[[W, Clients], Awaitable[Proposal[WR]]]"
    undo: "Callable[[str, Sequence[FieldChange]], Undo]"


AnyTool = ReadTool[Any, Any] | WriteTool[Any, Any]
LoadTools = Callable[[], Mapping[str, AnyTool]]
"""Gives all tools by name."""
