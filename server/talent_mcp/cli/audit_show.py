"""`talent-mcp audit show`: one call, with all that is recorded of it."""

import json
from collections.abc import Iterable, Sequence

import click
from pydantic import JsonValue
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.text import Text

from talent_mcp.app import House
from talent_mcp.approvals.wishes import Earlier
from talent_mcp.approvals.wording import is_seen
from talent_mcp.cli.audit_upkeep import on_sandbox
from talent_mcp.cli.call_story import Fields, answered, asked, changed, events, title
from talent_mcp.cli.running import run
from talent_mcp.identity import LOCAL_TENANT


@click.command("show")
@click.argument("call_id")
@click.option("--json", "as_json", is_flag=True, help="Every entry as it is recorded, as JSON.")
@on_sandbox
def show(call_id: str, as_json: bool, sandbox: bool) -> None:
    """Show one call: what it changed, what was asked and answered, and what a person said of its plan."""

    async def read(house: House) -> tuple[list[dict[str, JsonValue]], Earlier | None]:
        entries = await house.reader.recorded(await house.desk.story(LOCAL_TENANT, call_id))
        return entries, await house.wishes.undone(LOCAL_TENANT, call_id)

    entries, undo = run(read, sandbox=sandbox)
    if not entries:
        raise click.ClickException("There is no such call.")
    if as_json:
        # A line that is wrapped would be no JSON to the next program.
        Console().print(JSONHighlighter()(seen_json(entries)), soft_wrap=True)
        return
    console = Console()
    print_story(call_id, entries, console)
    # On the sandbox every command starts afresh, so that there is nothing to take back.
    if undo is not None:
        became = "It was taken back" if undo.became == "happened" else "An undo was begun"
        console.print(Text(f"\n{became}: talent-mcp audit show {undo.call_id}", "bold"))
    elif was_written(entries, call_id) and not sandbox:
        console.print(Text(f"\nTo take it back: talent-mcp undo {call_id} --preview", "dim"))


def seen_json(entries: Sequence[Fields]) -> str:
    """The entries as JSON, in which every character can be seen."""
    text = json.dumps(entries, ensure_ascii=False, indent=2)
    return "".join(one if one == "\n" or is_seen(one) else json.dumps(one)[1:-1] for one in text)


def print_story(call_id: str, entries: Sequence[Fields], console: Console) -> None:
    own = [entry for entry in entries if entry.get("call") == call_id]
    console.print(Text(title(own), "bold"), soft_wrap=True)
    print_part("", changed(own), console)
    print_part("Asked", asked(own), console)
    print_part("Answered", answered(own), console)
    print_part("What happened, in UTC", (f"{when}  {what}" for when, what in events(entries)), console)


def was_written(entries: Sequence[Fields], call_id: str) -> bool:
    return any(entry.get("call") == call_id and entry.get("status") == "saved" for entry in entries)


def print_part(heading: str, lines: Iterable[str], console: Console) -> None:
    """A part of the story, if there is anything in it."""
    found = [*lines]
    if not found:
        return
    console.print()
    if heading:
        console.print(Text(heading, "bold"))
    for line in found:
        console.print(Text(f"  {line}" if heading else line), soft_wrap=True)
