"""The configuration files of MCP clients: where they lie, and how our entry gets into one. Nothing is written here."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

ClientName = Literal["claude-desktop", "claude-code", "cursor", "vscode"]
Entry = dict[str, JsonValue]
Config = dict[str, JsonValue]
PASSED_ON = ("TALENT_HOME", "TALENT_CONFIG")
"""Variables that say where the server finds the rest; the others may hold keys, or belong to one terminal."""

AS_IT_IS = "(as it is)"
REACHED_BY = ("type", "url", "command", "args")
"""What an entry says about how its server is reached."""


class NotJson(Exception):
    """The file is not what its client reads; the text says in what way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """What the place of a client's file depends on; `platform` is `sys.platform`, `folder` the current one."""

    platform: str
    environment: Mapping[str, str]
    home: Path
    folder: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientConfig:
    """One client: its title, its file, the key of its servers there, and what a person does afterwards."""

    title: str
    path: Callable[[Machine], Path]
    servers: str
    afterwards: str
    fixed: Entry


def claude_desktop_path(machine: Machine) -> Path:
    return applications_folder(machine) / "Claude" / "claude_desktop_config.json"


def applications_folder(machine: Machine) -> Path:
    """Where applications of this system keep their configuration."""
    if machine.platform == "darwin":
        return machine.home / "Library" / "Application Support"
    if machine.platform == "win32":
        return Path(machine.environment.get("APPDATA") or machine.home / "AppData" / "Roaming")
    return Path(machine.environment.get("XDG_CONFIG_HOME") or machine.home / ".config")


CLIENTS: Mapping[ClientName, ClientConfig] = {
    "claude-desktop": ClientConfig(
        title="Claude Desktop",
        path=claude_desktop_path,
        servers="mcpServers",
        afterwards="Quit Claude Desktop completely, then start it again.",
        fixed={},
    ),
    "claude-code": ClientConfig(
        title="Claude Code",
        path=lambda machine: machine.folder / ".mcp.json",
        servers="mcpServers",
        afterwards="Start `claude` in this folder and allow the server when it asks.",
        fixed={},
    ),
    "cursor": ClientConfig(
        title="Cursor",
        path=lambda machine: machine.home / ".cursor" / "mcp.json",
        servers="mcpServers",
        afterwards="Open Cursor's settings at MCP and see that the server is on.",
        fixed={},
    ),
    "vscode": ClientConfig(
        title="VS Code",
        path=lambda machine: machine.folder / ".vscode" / "mcp.json",
        servers="servers",
        afterwards="Open .vscode/mcp.json in VS Code and press Start above the server.",
        fixed={"type": "stdio"},
    ),
}


def server_entry(
    client: ClientConfig, command: Sequence[str], environment: Mapping[str, str], *, sandbox: bool
) -> Entry:
    """What a client has to know to start the server; never a key."""
    first, *rest = command
    arguments: list[JsonValue] = [*rest, "serve", *(["--sandbox"] if sandbox else [])]
    passed: dict[str, JsonValue] = {
        name: str(Path(environment[name]).expanduser().absolute()) for name in PASSED_ON if environment.get(name)
    }
    return {**client.fixed, "command": first, "args": arguments, **({"env": passed} if passed else {})}


def parsed(text: str) -> Config:
    """The file's content; an empty file is an empty object.

    Raises:
        NotJson: it is not a JSON object, or one that would not survive being written again.
    """
    try:
        content: JsonValue = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=unique) if text.strip() else {}
    except (ValueError, RecursionError):
        raise NotJson("is not plain JSON; perhaps it has comments or a comma too many") from None
    if not isinstance(content, dict):
        raise NotJson("does not hold a JSON object")
    return content


def unique(pairs: list[tuple[str, JsonValue]]) -> Config:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def with_entry(config: Config, servers: str, name: str, entry: Entry) -> Config:
    """The same with our entry; what else is there stays, also inside an entry of our name.

    Raises:
        NotJson: the servers, or ours, are not objects.
    """
    listed = config.get(servers, {})
    if not isinstance(listed, dict):
        raise NotJson(f"has no JSON object under {servers}")
    ours = listed.get(name, {})
    if not isinstance(ours, dict):
        raise NotJson(f"has no JSON object under {servers}, {name}")
    return {**config, servers: {**listed, name: merged(ours, entry)}}


def merged(old: Entry, new: Entry) -> Entry:
    """Ours decides how the server is reached; other keys and variables that a person wrote are kept."""
    old = {key: value for key, value in old.items() if key not in REACHED_BY or key in new}
    kept, given = old.get("env"), new.get("env")
    if isinstance(kept, dict) and isinstance(given, dict):
        return {**old, **new, "env": {**kept, **given}}
    return {**old, **new}


def written(config: Config, before: str) -> str:
    """The content as text, indented, ended and marked as the file was."""
    found = re.search(r"^([ \t]+)\"", before, re.MULTILINE)
    text = json.dumps(config, ensure_ascii=False, indent=found[1] if found else 2) + "\n"
    text = text.replace("\n", "\r\n") if "\r\n" in before else text
    return f"\ufeff{text}" if before.startswith("\ufeff") else text


def shown(config: Config, servers: str, name: str) -> str:
    """The content for a diff, with everything that is not ours in short: it may hold other programs' keys."""
    listed = config.get(servers)
    short: Config = dict.fromkeys(config, AS_IT_IS)
    if isinstance(listed, dict):
        short[servers] = {key: shown_entry(value) if key == name else AS_IT_IS for key, value in listed.items()}
    return json.dumps(short, ensure_ascii=False, indent=2)


def shown_entry(entry: JsonValue) -> JsonValue:
    if not isinstance(entry, dict):
        return AS_IT_IS
    short: Entry = {key: value if key in REACHED_BY else AS_IT_IS for key, value in entry.items()}
    environment = entry.get("env")
    if isinstance(environment, dict):
        short["env"] = {key: value if key in PASSED_ON else AS_IT_IS for key, value in environment.items()}
    return short
