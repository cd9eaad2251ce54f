"""`talent-mcp batch TOOL --input FILE`: one tool call a line of a file, through the same gate as any client's.

Every line is checked, and what all of them may cost is told, before the first call leaves.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import anyio
import click
from anyio.streams.memory import MemoryObjectSendStream
from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic_core import to_json

from talent_mcp.app import House
from talent_mcp.arguments import validated
from talent_mcp.background import background_work
from talent_mcp.cli.audit_upkeep import counted, on_sandbox, without_asking
from talent_mcp.cli.outside import Outside, pass_outside
from talent_mcp.cli.running import run
from talent_mcp.completed import Completed
from talent_mcp.identity import local_caller
from talent_mcp.spending.amounts import spelt
from talent_mcp.spending.kept_answers import whom
from talent_tools.catalog import TOOLS
from talent_tools.errors import InvalidArguments
from talent_tools.spec import AnyTool, WriteTool

OBJECT = TypeAdapter(dict[str, JsonValue])
TOOLS_BY_NAME = {tool.name: tool for tool in TOOLS}
STANDARD_INPUT = "-"
MOST_LINES = 10_000
MOST_PROBLEMS = 10
MOST_AT_ONCE = 16

Arguments = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the input, by its number from 1 on."""

    number: int
    arguments: Arguments


@dataclass(slots=True)
class Tally:
    """What became of the calls so far."""

    done: int = 0
    failed: int = 0
    waiting: int = 0

    def add(self, completed: Completed) -> None:
        if isinstance(completed.content, str):
            self.failed += 1
        elif completed.content.get("status") == "needs_approval":
            self.waiting += 1
        else:
            self.done += 1

    def told(self) -> str:
        waiting = f", {self.waiting:,} wait for a person (talent-mcp approve)" if self.waiting else ""
        return f"{counted(self.done, 'call', 'calls')} done, {self.failed:,} failed{waiting}."


@click.command(short_help="Make a tool call for each line of a file.")
@click.argument("tool", type=click.Choice([*TOOLS_BY_NAME]))
@click.option("--input", "source", required=True, metavar="FILE", help="A file, or - for standard input.")
@click.option(
    "--at-once",
    type=click.IntRange(1, MOST_AT_ONCE),
    default=4,
    show_default=True,
    help="How many calls run at a time.",
)
@without_asking
@on_sandbox
@pass_outside
def batch(outside: Outside, tool: str, source: str, at_once: int, yes: bool, sandbox: bool) -> None:
    """Call TOOL for each line of a file, which is its arguments as a JSON object.

    What came of each is a line of JSON on standard output, in the order of the input. What was paid for before is free,
    and a change that was made is not made again, so that a batch which broke off can be given once more.
    """
    asked = TOOLS_BY_NAME[tool]
    lines = read_lines(asked, source)
    if not yes:
        told = run(lambda house: question(house, asked, lines), sandbox=sandbox)
        if source == STANDARD_INPUT or not outside.on_terminal():
            raise click.UsageError(f"nobody can be asked here: {told}. Add --yes to go on.")
        click.confirm(f"{told}. Go on?", abort=True, err=True)
    tally = run(lambda house: Batch(house, asked, at_once).run(lines), sandbox=sandbox)
    click.echo(tally.told(), err=True)
    if tally.failed:
        raise click.exceptions.Exit(1)


def read_lines(tool: AnyTool, source: str) -> list[Line]:
    """The lines that hold something.

    Raises:
        ClickException: one does not fit the tool, or there are none, or too many; nothing was sent.
    """
    lines, problems = list[Line](), list[str]()
    for number, text in numbered(source):
        try:
            lines.append(Line(number, checked(tool, text)))
        except InvalidArguments as error:
            problems.append(f"line {number}: {error}")
        if len(problems) == MOST_PROBLEMS:
            break
    if problems:
        raise click.ClickException("\n".join(problems))
    if not lines:
        raise click.ClickException("the input holds no line")
    return lines


def numbered(source: str) -> Iterator[tuple[int, str]]:
    try:
        with click.open_file(source, encoding="utf-8-sig") as given:
            for number, text in enumerate(given, start=1):
                if number > MOST_LINES:
                    raise click.ClickException(f"there are more than {MOST_LINES:,} lines; give them in parts")
                if text.strip():
                    yield number, text
    except UnicodeDecodeError:
        raise click.ClickException("the input is not UTF-8 text") from None
    except OSError as error:
        raise click.ClickException(f"the input cannot be read: {error.strerror}") from None


def checked(tool: AnyTool, text: str) -> Arguments:
    try:
        arguments = OBJECT.validate_json(text)
    except ValidationError:
        raise InvalidArguments("Nothing was sent: it is not a JSON object.") from None
    validated(tool, arguments)
    return arguments


async def question(house: House, tool: AnyTool, lines: Sequence[Line]) -> str:
    """What somebody has to agree to before the first call."""
    calls = f"{counted(len(lines), 'call', 'calls')} of {tool.name}"
    if isinstance(tool, WriteTool):
        return f"{calls} may change as many records, by the rules of approval that are set"
    costs = [most(house, tool, line) for line in lines]
    left = (await house.budgets.left(local_caller("cli", None))).get("left_today")
    told = f"; {left:g} are left today" if isinstance(left, int | float) else ""
    return f"{calls} may cost up to {spelt(sum(costs))} credits (what was paid for before is free){told}"


def most(house: House, tool: AnyTool, line: Line) -> int:
    """What a line may cost, in hundredths of a credit."""
    return house.budgets.worst_case(tool, validated(tool, line.arguments)) or 0


def dearest_first(house: House, tool: AnyTool, lines: Sequence[Line]) -> list[Line]:
    """The lines, with those that ask for one person changing places: what the dearest one brings serves the others."""
    people = [whom(tool, validated(tool, line.arguments)) for line in lines]
    of = defaultdict[str, list[Line]](list)
    for person, line in zip(people, lines, strict=True):
        if person is not None:
            of[person].append(line)
    for same in of.values():
        same.sort(key=lambda line: -most(house, tool, line))
    next_of = {person: iter(same) for person, same in of.items()}
    return [line if person is None else next(next_of[person]) for person, line in zip(people, lines, strict=True)]


@dataclass(frozen=True, slots=True)
class Batch:
    """Calls of one tool, so many at a time."""

    house: House
    tool: AnyTool
    at_once: int

    async def run(self, lines: Sequence[Line]) -> Tally:
        """Make the calls, and tell what came of each as soon as all before it are told."""
        tally, ended = Tally(), dict[int, Completed]()
        waiting = iter(dearest_first(self.house, self.tool, lines))
        send, receive = anyio.create_memory_object_stream[tuple[int, Completed]]()
        async with receive, background_work() as callers:
            for _ in range(min(self.at_once, len(lines))):
                callers.start_soon(self._work, waiting, send.clone())
            send.close()
            untold = iter(lines)
            line = next(untold, None)
            async for number, completed in receive:
                tally.add(completed)
                ended[number] = completed
                while line is not None and line.number in ended:
                    click.echo(told(line.number, ended.pop(line.number)))
                    line = next(untold, None)
        return tally

    async def _work(self, waiting: Iterator[Line], ended: MemoryObjectSendStream[tuple[int, Completed]]) -> None:
        with ended:
            for line in waiting:
                completed = await self.house.gate.call(self.tool.name, line.arguments, local_caller("cli", None))
                await ended.send((line.number, completed))


def told(number: int, completed: Completed) -> bytes:
    """What came of one line, as a line."""
    content = completed.content
    became: dict[str, JsonValue] = {"error": content} if isinstance(content, str) else {"result": content}
    return to_json({"line": number, "call_id": completed.call_id, **became})
