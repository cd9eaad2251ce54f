"""The documents: every command, variable, link, target and example in them is one that exists and works."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import JsonValue
from pydantic_core import from_json

from talent_mcp.app_sandbox import open_sandbox_house
from talent_mcp.cli import command_line
from talent_mcp.credentials.references import VARIABLES
from talent_mcp.identity import local_caller
from talent_mcp.money_settings import BudgetSettings, PriceSettings
from talent_mcp.settings import DEFAULTS, ENVIRONMENT, Settings, VendorSettings, load_settings
from talent_prompts import load_prompts
from talent_tools.catalog import TOOLS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
WITH_COMMANDS = sorted([*DOCUMENTS, *(ROOT / "prompts").rglob("*.md")])
SOURCE_FOLDERS = ("server", "tools", "prompts", "tests", "docs", ".ci")
SOURCE_SUFFIXES = frozenset({".py", ".md", ".toml", ".lock", ".sql", ".json", ".yml", ".yaml", ""})
MACHINE = re.compile(r"(?<![\w.~/}-])/(?:home|mnt|opt|root|tmp|Users|work)/\w+")
REGISTRY = re.compile(r"\bpy[p]i\.org|files\.python[h]osted|registry\.[n]pmjs|--[i]ndex-url|--[f]ind-links")
"""Folders of one machine and hosts of package registries; spelt so that the pattern does not find itself."""

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
ASSIGNMENT = re.compile(r"[A-Z_]+=")
VARIABLE = re.compile(r"\b(?:TALENT|OCEAN|STARDEX|JARVI)_[A-Z_]+\b")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PLACEHOLDERS = frozenset({"VENDOR", "CALL_ID", "TOOL", "JSON", "CLIENT"})

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def fences(document: Path, language: str) -> list[str]:
    return [body for name, body in FENCE.findall(document.read_text(encoding="utf-8")) if name == language]


def without_fences(document: Path) -> str:
    return FENCE.sub("", document.read_text(encoding="utf-8"))


def printed_lines(document: Path) -> Iterator[str]:
    """Every command that a reader can copy: the lines of shell blocks, and code within sentences."""
    for block in fences(document, "sh"):
        yield from block.splitlines()
    yield from INLINE.findall(without_fences(document))


def words_of(line: str) -> list[str]:
    """The words of a command, without the variables that are set before it."""
    words = shlex.split(line, comments=True)
    while words and ASSIGNMENT.match(words[0]):
        words.pop(0)
    return words


def commands(document: Path) -> list[list[str]]:
    """The arguments of every `talent-mcp` command in a document."""
    found = [words_of(line) for line in printed_lines(document) if "talent-mcp" in line]
    return [words[1:] for words in found if words[:1] == ["talent-mcp"]]


def found_command(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that these words name, and the words that are left for it.

    Raises:
        UsageError: there is no such command.
    """
    command: click.Command = command_line
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        inner = command.get_command(click.Context(command), name)
        if inner is None:
            raise click.UsageError(f"there is no command {name}")
        command = inner
    return command, rest


def parse(words: list[str]) -> None:
    """Read a command as the command line would, without running it.

    Raises:
        ClickException: there is no such command or option, or a value does not fit.
    """
    command, rest = found_command(words)
    if isinstance(command, click.Group) or PLACEHOLDERS.intersection(rest):
        known = {option for parameter in command.params for option in parameter.opts}
        strays = [word for word in rest if word.startswith("-") and word not in known]
        if strays:
            raise click.NoSuchOption(strays[0])
    elif rest:
        command.make_context("talent-mcp", rest)


def slug(heading: str) -> str:
    """The anchor that code hosts make of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def calls_and_results() -> list[tuple[str, dict[str, Any], Any]]:
    """The calls in README's shell blocks, each with the JSON block that follows it."""
    blocks = FENCE.findall(README.read_text(encoding="utf-8"))
    found: list[tuple[str, dict[str, Any], Any]] = []
    for (language, body), (next_language, next_body) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        words = words_of(body) if language == "sh" else []
        if words[:2] == ["talent-mcp", "call"]:
            assert next_language == "json", f"no result follows `{body.strip()}`"
            found.append((words[2], from_json(words[3]), json.loads(next_body)))
    return found


CALLS = calls_and_results()


def is_part_of(shown: JsonValue, whole: JsonValue) -> bool:
    """Whether `shown` is `whole` with fields or the ends of lists left out."""
    if isinstance(shown, dict) and isinstance(whole, dict):
        return all(name in whole and is_part_of(value, whole[name]) for name, value in shown.items())
    if isinstance(shown, list) and isinstance(whole, list):
        return len(shown) <= len(whole) and all(map(is_part_of, shown, whole))
    return shown == whole


def places(table: Mapping[str, JsonValue], prefix: str = "") -> Iterator[str]:
    """The dotted places of the settings in a TOML table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from places(value, f"{prefix}{name}.")
        else:
            yield prefix + name


@pytest.mark.parametrize("document", WITH_COMMANDS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_and_option_exists(document: Path) -> None:
    for arguments in commands(document):
        parse(arguments)


def test_every_command_is_in_the_readme() -> None:
    shown = {arguments[0] for arguments in commands(README) if arguments}
    assert set(command_line.list_commands(click.Context(command_line))) - shown <= {"demo"}


@pytest.mark.parametrize(
    "line", ["talent-mcp serv", "talent-mcp serve --prot 1", "talent-mcp login VENDOR --key x", "talent-mcp audit lost"]
)
def test_a_command_that_does_not_exist_is_noticed(line: str) -> None:
    with pytest.raises(click.ClickException):
        parse(words_of(line)[1:])


@every_document
def test_every_variable_is_one_that_is_read(document: Path) -> None:
    known = {*ENVIRONMENT, *VARIABLES.values(), "TALENT_CONFIG"}
    assert set(VARIABLE.findall(document.read_text(encoding="utf-8"))) <= known


def test_every_variable_is_in_the_readme() -> None:
    named = set(VARIABLE.findall(README.read_text(encoding="utf-8")))
    assert {*ENVIRONMENT, *VARIABLES.values(), "TALENT_CONFIG"} <= named


def test_every_row_of_the_configuration_table_names_a_variable_and_its_place() -> None:
    rows = re.findall(r"^\| `(TALENT_\w+)` \| `([\w.]+)` \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(rows) == {name: ".".join(place) for name, place in ENVIRONMENT.items()}


def test_every_setting_is_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    per_vendor = {f"ocean.{name}" for name in VendorSettings.model_fields}
    plain = {name for name in Settings.model_fields if name not in DEFAULTS and name != "budget"}
    plain |= {f"budget.{name}" for name in BudgetSettings.model_fields} | {"ocean.prices", *PriceSettings.model_fields}
    assert [name for name in sorted(plain | per_vendor) if f"`{name}`" not in text] == []


def test_the_example_of_a_settings_file_is_one(tmp_path: Path) -> None:
    (example,) = fences(README, "toml")
    file = tmp_path / "talent.toml"
    file.write_text(example, encoding="utf-8")
    loaded = load_settings({"TALENT_CONFIG": str(file), "TALENT_HOME": str(tmp_path)})
    for place in places(tomllib.loads(example)):
        value: Any = loaded.model_dump()
        for name in place.split("."):
            value = value[name]
        assert value, place


@every_document
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in LINK.findall(without_fences(document)):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.is_file(), target
        if anchor:
            assert anchor in map(slug, HEADING.findall(file.read_text(encoding="utf-8"))), target


@every_document
def test_every_make_target_exists(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {words[1] for words in map(words_of, make_lines(document)) if len(words) > 1}
    assert named <= targets


def make_lines(document: Path) -> list[str]:
    return [line for line in printed_lines(document) if line.startswith("make ")]


@every_document
def test_every_path_of_this_repository_exists(document: Path) -> None:
    named = [
        code
        for code in INLINE.findall(without_fences(document))
        if re.match(r"(server|tools|prompts|tests|docs)/", code)
    ]
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_readme_shows_every_tool_and_every_prompt() -> None:
    text = README.read_text(encoding="utf-8")
    assert [tool for tool, _, _ in CALLS] == [tool.name for tool in TOOLS]
    assert [name for name in load_prompts() if f"`{name}`" not in text] == []


def test_the_readme_says_where_the_examples_are_recorded_and_when_to_install_again() -> None:
    assert ["audit", "list", "--sandbox"] in commands(README)
    setting = README.read_text(encoding="utf-8").partition("export TALENT_OCEAN_CREDENTIAL=")[2]
    assert setting.splitlines()[1].startswith("talent-mcp install ")


@pytest.mark.parametrize(("tool", "arguments"), [call[:2] for call in CALLS], ids=[call[0] for call in CALLS])
def test_examples_are_calls_that_the_tools_accept(tool: str, arguments: dict[str, Any]) -> None:
    next(known for known in TOOLS if known.name == tool).arguments.model_validate(arguments)


@pytest.mark.anyio
@pytest.mark.parametrize(("tool", "arguments", "shown"), CALLS, ids=[call[0] for call in CALLS])
async def test_results_are_what_the_sandbox_answers(
    tool: str, arguments: dict[str, Any], shown: Any, tmp_path: Path
) -> None:
    async with open_sandbox_house(load_settings({"TALENT_HOME": str(tmp_path)})) as (house, _):
        completed = await house.gate.call(tool, arguments, local_caller("test", None))
    assert is_part_of(shown, completed.content), completed.content


def test_the_changelog_names_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    headings = HEADING.findall((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert next(heading for heading in headings if heading.startswith("[")).startswith(f"[{version}]")


def source_files() -> list[Path]:
    """What belongs to the project: text files of its folders and at its root, nothing that a tool left behind."""
    below = [path for folder in SOURCE_FOLDERS for path in (ROOT / folder).rglob("*")]
    at_root = [path for path in ROOT.glob("*") if not path.name.startswith(".")]
    return [
        path
        for path in (*at_root, *below)
        if path.is_file() and path.suffix in SOURCE_SUFFIXES and "__pycache__" not in path.parts
    ]


def test_no_file_names_a_place_of_one_machine_or_a_package_registry() -> None:
    found = {
        f"{path.relative_to(ROOT).as_posix()}: {match[0]}"
        for path in source_files()
        # Tests speak of folders of people who do not exist.
        for pattern in ((REGISTRY,) if path.is_relative_to(ROOT / "tests") else (REGISTRY, MACHINE))
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == set()
