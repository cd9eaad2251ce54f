"""What a write would change, before it is made."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import JsonValue, WithJsonSchema

from talent_tools.arguments import Arguments
from talent_tools.people import Subject
from talent_tools.result import Result
from talent_tools.values import Text

R_co = TypeVar("R_co", bound="WriteResult", covariant=True)

Unwritten = Literal["unchanged", "preview", "needs_approval"]
"""Why nothing was written: nothing would change, only the plan was asked for, or a person has to approve it first."""

ShownChange = dict[str, JsonValue]
ShownChanges = Annotated[list[ShownChange], WithJsonSchema({"type": "array"})]
"""Each is `field`, `before`, `after`; to spell that out would cost 40 tokens in every conversation."""
Texts = Annotated[list[str], WithJsonSchema({"type": "array"})]
ReadBack = Annotated[Literal["as written", "differs", "not shown", "failed"], WithJsonSchema({"type": "string"})]
"""Likewise."""
ANOTHER_RECORD = "profile_id"
"""The field that differs where a write went into another record than the one that its plan named."""
UNSEEN = (
    "What the vendor keeps in {count} of these fields is not shown by it, so that it cannot be brought back once it is"
    " overwritten."
)
CUSTOM_FIELD = "custom field "
"""How custom fields are called, before the name that the firm gave them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldChange:
    """One field before and after.

    `before` is None where nothing is stored. Where the vendor does not show what is stored, `readable` is false.
    `argument` is the name that the tool takes the field by, where that is another one, and `identifier` what the vendor
    calls it, where people do not. A change is `blind` if it may overwrite something that is not shown: nobody could
    bring that back.
    """

    field: str
    argument: str | None = None
    identifier: str | None = None
    before: JsonValue = None
    after: JsonValue
    readable: bool = True
    blind: bool = False

    @property
    def place(self) -> str:
        """What tells the field from others of the record: two of a vendor's may have one name."""
        return self.identifier or self.field

    def shown(self) -> ShownChange:
        """The change for the model and for people; without `before` where that is not known."""
        before: dict[str, JsonValue] = {"before": self.before} if self.readable else {}
        return {"field": self.field, **before, "after": self.after}

    def recorded(self) -> ShownChange:
        """The same with what it takes to undo it."""
        named = {"argument": self.argument, "identifier": self.identifier}
        return {**self.shown(), **{name: value for name, value in named.items() if value is not None}}


def field_label(field: str) -> str:
    """A field as people read it; the name of a custom field is not ours, so it stands in quotes."""
    if field.startswith(CUSTOM_FIELD):
        return CUSTOM_FIELD + json.dumps(field.removeprefix(CUSTOM_FIELD), ensure_ascii=False)
    return field.replace("_", " ")


def recorded_change(kept: Mapping[str, JsonValue]) -> FieldChange:
    """The change that was `recorded` so."""
    argument, identifier = kept.get("argument"), kept.get("identifier")
    return FieldChange(
        field=str(kept["field"]),
        argument=argument if isinstance(argument, str) else None,
        identifier=identifier if isinstance(identifier, str) else None,
        before=kept.get("before"),
        after=kept["after"],
        readable="before" in kept,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A write that has not been made.

    `target` is the record at the vendor, `name` of whom, `subject` that person by all that identifies it. `body` is
    what the vendor is sent, `fingerprint` a hash of the record as it was read. `notes` say, in our words, what cannot
    be foreseen or taken back; `origins` are those of them that say that text named what is changed.
    """

    target: str
    name: str | None
    subject: Subject
    changes: Sequence[FieldChange]
    body: JsonValue
    fingerprint: str
    notes: Sequence[str] = ()
    origins: Sequence[str] = ()


class WriteResult(Result):
    """What a write changed, or would: each field before and after.

    `kept` are the fields that hold something, or may, and that only empty would have been filled. `differences` are the
    fields that the vendor keeps otherwise than was written: `before` as written, `after` as it was read again;
    `read_back` says how that reading went, `not shown` where the record shows nothing of what was written. `plan_id`
    and `next` are there if a person has to approve.
    """

    status: Literal["saved", "unchanged", "preview", "needs_approval"]
    name: str | None = None
    changes: ShownChanges
    kept: Texts | None = None
    read_back: ReadBack | None = None
    differences: ShownChanges | None = None
    plan_id: str | None = None
    next: str | None = None


def read_again(differences: Sequence[ShownChange], *, shown: bool) -> dict[str, object]:
    """What a result says once the record was read again, which may show nothing of what was written."""
    read_back: ReadBack = "differs" if differences else "as written" if shown else "not shown"
    return {"read_back": read_back, "differences": [*differences] or None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal(Generic[R_co]):
    """A write that a handler proposes: its plan, the result if it is not made, and how to make it.

    `write` sends it, reads the record again, and raises what the vendor's client raises. `read_back` is for when it is
    not known whether that took effect: the result if the record now shows all of it and would not otherwise, or None.
    """

    plan: Plan
    unwritten: Callable[[Unwritten], R_co]
    write: Callable[[], Awaitable[R_co]]
    read_back: Callable[[], Awaitable[R_co | None]]


class WriteArguments(Arguments):
    """What every tool that writes takes: whether to stop before the write, the plan that a person approved, and whether
    to keep every value that is stored.

    Results say how to use them; words here would be paid for in every conversation.
    """

    fill_empty: bool | None = None
    preview: bool | None = None
    plan_id: Text | None = None


HOW_ARGUMENTS = frozenset({"preview", "plan_id", "refresh", "already_in", "detail"})
"""Arguments that say how a call is made, and not what it asks for."""


def is_filled(value: JsonValue) -> bool:
    """Whether a stored value is one: false and zero are, a blank text is not."""
    return not (value is None or value in ([], {}) or (isinstance(value, str) and not value.strip()))


def is_fillable(change: FieldChange) -> bool:
    """Whether a field is known to be empty, so that to write it loses nothing."""
    return change.readable and not is_filled(change.before)


def unseen(changes: Sequence[FieldChange]) -> list[str]:
    """A word about what could not be brought back, if there is any."""
    count = sum(change.blind for change in changes)
    return [UNSEEN.format(count=count)] if count else []


def fingerprint(record: JsonValue) -> str:
    """SHA-256, in hex, of a record as it was read: another one if anything in it moved."""
    return sha256(json.dumps(record, sort_keys=True, separators=(",", ":")).encode(errors="surrogatepass")).hexdigest()
