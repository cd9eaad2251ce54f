"""One call in words, for a person at a terminal: what changed, what was asked, what happened when. Pure.

Texts that are not ours are quoted, so that none can pass for words of ours.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from pydantic import JsonValue

from talent_mcp.approvals.contents import plan_content
from talent_mcp.approvals.wording import headline, key_label, lines, quoted, value, visible
from talent_mcp.audit.calls import chosen, state
from talent_tools.vendor import VENDOR_NAMES

GONE = "(cannot be read any more: it was erased, or removed for its age)"
LONGEST_LINE = 300
"""Characters that are shown of one record among those of a result."""
PLACES: Mapping[str, str] = {
    "elicitation": "in the assistant",
    "page": "on the page",
    "terminal": "at the terminal",
    "demo": "(the demo did, in a person's place)",
}
"""Where a person decides."""
UNASKED: Mapping[str, str] = {
    "host": "goes on without a question of this server's (approval is host)",
    "auto": "goes on without a question (approval is auto)",
}
Fields = Mapping[str, JsonValue]
"""An entry: its place, its envelope, and what is left of its payload."""


def title(entries: Sequence[Fields]) -> str:
    """Which tool, when, and how it ended."""
    first = entries[0]
    return (
        f"{first.get('tool', '(no tool)')}, {str(first['time'])[:19].replace('T', ' ')} UTC: {state({**entries[-1]})}"
    )


def whom(entries: Sequence[Fields]) -> str | None:
    """Whose record a call was about, or how many people it brought; None where that is not known (any more)."""
    for entry in reversed(entries):
        result = entry.get("result", entry)
        if not isinstance(result, dict):
            continue
        people = result.get("people")
        if isinstance(people, list):
            return "1 person" if len(people) == 1 else f"{len(people):,} people"
        person = result.get("person", result)
        name = person.get("name") if isinstance(person, dict) else None
        if isinstance(name, str):
            return quoted(name)
    return None


def changed(entries: Sequence[Fields]) -> list[str]:
    """What the call was to change, or did: whom it is about, then each field; nothing where it made no plan."""
    made = next((entry for entry in entries if entry["type"] == "plan"), None)
    if made is None:
        return []
    content = plan_content({**made})
    return [GONE] if content is None else [headline(content), *(f"  {line}" for line in lines(content))]


def asked(entries: Sequence[Fields]) -> list[str]:
    """The arguments, a field a line."""
    said = next((entry for entry in entries if entry["type"] in ("intent", "denied") and "commit" in entry), None)
    if said is None:
        return []
    return [*block(said["arguments"])] if "arguments" in said else [GONE]


def answered(entries: Sequence[Fields]) -> list[str]:
    """The result, a field a line, without the changes, which the plan tells; records in a list are cut."""
    ended = next((entry for entry in entries if entry["type"] == "outcome" and "commit" in entry), None)
    if ended is None:
        return []
    result = ended.get("result", ended.get("answer"))
    if result is None:
        return [GONE]
    if isinstance(result, dict) and any(entry["type"] == "plan" for entry in entries):
        result = {name: part for name, part in result.items() if name != "changes"}
    return [*block(result, longest=LONGEST_LINE)]


def block(shown: JsonValue, *, longest: int | None = None) -> Iterator[str]:
    """A value over several lines: a field a line, and each entry of a list of records on one, of so many characters
    at most."""
    if not isinstance(shown, dict):
        yield value(shown)
        return
    for key, part in shown.items():
        label = cut(key_label(key), LONGEST_LINE)
        if isinstance(part, dict) and len(part) > 1:
            yield f"{label}:"
            yield from (f"  {line}" for line in block(part, longest=longest))
        elif isinstance(part, list) and any(isinstance(item, dict) for item in part):
            yield f"{label}:"
            yield from (f"  {cut(value(item), longest)}" for item in part)
        else:
            yield f"{label}: {value(part)}"


def cut(line: str, longest: int | None) -> str:
    return line if longest is None or len(line) <= longest else f"{line[:longest]} … (whole with --json)"


def events(entries: Sequence[Fields]) -> Iterator[tuple[str, str]]:
    """When and what, entry by entry, as the log has them."""
    for entry in sorted(entries, key=place):
        tell = EVENTS.get(str(entry["type"]))
        if tell is not None:
            yield when(entry), tell(entry)


def place(entry: Fields) -> int:
    index = entry["index"]
    return index if isinstance(index, int) else 0


def when(entry: Fields) -> str:
    return str(entry["time"])[5:19].replace("T", " ")


def intent(entry: Fields) -> str:
    return f"asked by {who(entry)}"


def credential(entry: Fields) -> str:
    return f"key of {vendor(entry)}: {visible(str(entry['credential']))}"


def attempt(entry: Fields) -> str:
    came = entry.get("status") or entry.get("error") or "no answer"
    return f"{entry['method']} {entry['host']}{entry['path']}: {came}, {entry['ms']} ms"


def plan(entry: Fields) -> str:
    undoes = f"takes {entry['undoes']} back: " if "undoes" in entry else ""
    if "plan" in entry:
        how = f"{entry['call']} goes on with the yes to {entry['plan']}"
    else:
        how = UNASKED.get(str(entry.get("approval")), "waits for a person's yes")
    origin = chosen({**entry})
    return f"{undoes}{how}; {origin}" if origin else f"{undoes}{how}"


def decided(entry: Fields) -> str:
    answer = "yes" if entry["type"] == "plan.approved" else "no"
    why = f": {value(entry['reason'])}" if "reason" in entry else ""
    return f"a person said {answer} {PLACES.get(str(entry['by']), '')}{why}"


def outcome(entry: Fields) -> str:
    parts = [
        str(entry["outcome"]),
        *(str(entry[name]).replace("_", " ") for name in ("status", "error") if name in entry),
    ]
    if "credits" in entry:
        parts.append(f"{entry['credits']} credits")
    elif "credits_at_most" in entry:
        parts.append(f"at most {entry['credits_at_most']} credits (Ocean.io did not say)")
    parts += [f"{how} {entry[how]}" for how in ("repeats", "reuses") if how in entry]
    parts += [f"a person had refused {entry['refused']}"] if "refused" in entry else []
    ended = f"ended: {', '.join(parts)}"
    return f"{ended}. To find out: {entry['how']}" if "how" in entry else ended


def denied(entry: Fields) -> str:
    return f"asked by {who(entry)}, and refused before anything was asked of a vendor: {entry['reason']}"


def resolved(entry: Fields) -> str:
    return f"found out afterwards: it {'happened' if entry.get('as') == 'happened' else 'did not happen'}"


def shown(entry: Fields) -> str:
    return f"read again by {who(entry)}: what {value(entry['calls'])} brought"


def who(entry: Fields) -> str:
    client = f" ({quoted(str(entry['client']))})" if "client" in entry else ""
    return f"{visible(str(entry['principal']))}{client} over {entry['transport']}"


def vendor(entry: Fields) -> str:
    return next((name for key, name in VENDOR_NAMES.items() if key == entry.get("vendor")), "the vendor")


EVENTS: Mapping[str, Callable[[Fields], str]] = {
    "intent": intent,
    "credential.used": credential,
    "attempt": attempt,
    "plan": plan,
    "plan.approved": decided,
    "plan.refused": decided,
    "outcome": outcome,
    "denied": denied,
    "resolved": resolved,
    "shown": shown,
}
