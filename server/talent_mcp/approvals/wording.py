"""A plan in words for the person who decides: whom it is about first, then each field, before and after. Pure.

Nothing of a change is left out, and nothing in it can pass for words of ours: texts are quoted, and what could not be
seen is spelt out.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import JsonValue

from talent_mcp.approvals.contents import PlanContent
from talent_tools.plans import field_label
from talent_tools.text import clean
from talent_tools.vendor import VENDOR_NAMES

NOTHING = "(nothing)"
NOT_SHOWN = "(not shown by the vendor)"
SPENDS = "credits:"
"""How the target of a plan begins that would change nothing, but spend."""
CONTACT = {"value", "contact_data_type"}
KEY = re.compile("[A-Za-z0-9_]{1,40}")
"""One word, in which no sentence can hide."""
BLANKS = re.compile(r"\s{4,}")
WORD = re.compile(r"[A-Za-z]{1,20}(?:[_-][A-Za-z]{1,20})?")
Piece = tuple[Literal["before", "after", "adds", "removes", "order"], str]
"""A part of what becomes of a field, in words: its value before or after, or one entry that a list gets or loses."""


def headline(plan: PlanContent) -> str:
    """Whom a plan is about, and where."""
    vendor, _, record = plan.target.partition(":")
    if spends(plan):
        return f"up to {visible(record)}"
    place = next((name for key, name in VENDOR_NAMES.items() if key == vendor), vendor)
    whom = quoted(plan.name) if plan.name else "a person without a name"
    return f"{whom} in {place}: new profile" if record == "new" else f"{whom} in {place} ({visible(record)})"


def lines(plan: PlanContent) -> Iterator[str]:
    """What cannot be foreseen or taken back, then each change, in a line of its own."""
    yield from plan.notes
    for name, change in zip(labels(plan.changes), plan.changes, strict=True):
        yield f"{name}: {difference(change)}"


def text(plan: PlanContent) -> str:
    """The whole plan; the same words for the same plan."""
    return "\n".join(
        [f"{'Spend' if spends(plan) else 'Change'} {headline(plan)}", *(f"- {line}" for line in lines(plan))]
    )


def spends(plan: PlanContent) -> bool:
    """Whether it is credits that a plan is about, and no record."""
    return plan.target.startswith(SPENDS)


def difference(change: dict[str, JsonValue]) -> str:
    """What becomes of one field."""
    found = pieces(change)
    if found[0][0] == "before":
        return " -> ".join(words for _, words in found)
    listed = {kind: ", ".join(words for one, words in found if one == kind) for kind, _ in found}
    return "; ".join(words if kind == "order" else f"{kind} {words}" for kind, words in listed.items())


def pieces(change: dict[str, JsonValue]) -> list[Piece]:
    """What becomes of one field, piece by piece."""
    before, after = change.get("before"), change.get("after")
    if not isinstance(before, list) or not isinstance(after, list):
        return [("before", value(before) if "before" in change else NOT_SHOWN), ("after", value(after))]
    old, new = Counter(map(spelt, before)), Counter(map(spelt, after))
    added: list[Piece] = [("adds", value(json.loads(entry))) for entry in (new - old).elements()]
    removed: list[Piece] = [("removes", value(json.loads(entry))) for entry in (old - new).elements()]
    return added + removed or [("order", "in another order")]


def labels(changes: Sequence[dict[str, JsonValue]]) -> list[str]:
    """The name of each field as people read it; with what the vendor calls it, where several have one name."""
    names = [visible(field_label(str(change.get("field")))) for change in changes]
    several = {name for name, times in Counter(names).items() if times > 1}
    return [
        f"{name} ({visible(str(change['identifier']))})" if name in several and "identifier" in change else name
        for name, change in zip(names, changes, strict=True)
    ]


def key_label(key: str) -> str:
    """The name of a value within another: where an agent or a vendor may have chosen it, it stands in quotes."""
    return key if KEY.fullmatch(key) else quoted(key)


def spelt(entry: JsonValue) -> str:
    """One text for one value, in whatever order its names come."""
    return json.dumps(entry, sort_keys=True)


def value(shown: JsonValue) -> str:
    """A value as people read it, whole."""
    if shown is None or shown == []:
        return NOTHING
    if isinstance(shown, str):
        return quoted(shown)
    if isinstance(shown, dict):
        kind = shown.get("contact_data_type")
        if shown.keys() == CONTACT and isinstance(shown["value"], str) and (kind is None or isinstance(kind, str)):
            return f"{quoted(shown['value'])} ({sort(kind)})" if kind else quoted(shown["value"])
        return ", ".join(f"{key_label(key)} {inner(part)}" for key, part in shown.items()) or "{}"
    if isinstance(shown, list):
        return ", ".join(map(inner if len(shown) > 1 else value, shown))
    return json.dumps(shown)


def inner(part: JsonValue) -> str:
    """A value within another: where it has several parts they stay together."""
    words = value(part)
    several = len(part) > 1 if isinstance(part, list) else isinstance(part, dict) and part.keys() != CONTACT
    return f"({words})" if several else words


def sort(kind: str) -> str:
    """What sort of contact it is: the agent may call it anything, and only a word of its own stands without quotes."""
    return kind if WORD.fullmatch(kind) else quoted(kind)


def quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{visible(escaped)}"'


def visible(words: str) -> str:
    """The text on one line, with a number in the place of each character that cannot be seen, and of blanks that
    would push what follows to the beginning of a line."""
    seen = "".join(one if is_seen(one) else spelt_out(one) for one in words)
    return BLANKS.sub(lambda run: "".join(map(spelt_out, run[0])), seen)


def spelt_out(one: str) -> str:
    return f"\\u{{{ord(one):x}}}"


def is_seen(one: str) -> bool:
    # Cleaning takes out what is invisible though it prints, such as fillers and selectors.
    return one.isprintable() and (one.isascii() or clean(f"a{one}b") == f"a{one}b")
