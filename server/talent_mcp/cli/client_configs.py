"""The configuration files of MCP clients: where they lie, and how our entry gets into one. Nothing is written here."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from talent_mcp.cli.key_places import expanded
from talent_mcp.credentials.references import Reference, parse_reference
from talent_mcp.errors import CredentialError
from talent_mcp.keys.master_references import parse_master_reference
from talent_mcp.settings import ENVIRONMENT, LISTS
from talent_mcp.store.postgres.url import holds_password

ClientName = Literal["claude-desktop", "claude-code", "cursor", "vscode"]
Entry = dict[str, JsonValue]
Config = dict[str, JsonValue]
PASSED_ON = ("TALENT_CONFIG", *ENVIRONMENT)
"""Variables that hold settings of ours, and no key; the URL of a database may hold a password."""
PATHS = frozenset({"TALENT_CONFIG", "TALENT_HOME", "TALENT_PASSPHRASE_FILE"})
FOLDERS = "TALENT_FILE_FOLDERS"
MASTER = "TALENT_MASTER_KEY"
DATABASES = frozenset({"TALENT_DATABASE_URL", "TALENT_KEYS_DATABASE_URL"})
REFERENCES = frozenset({MASTER, *(name for name, place in ENVIRONMENT.items() if place[-1] == "credential")})

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
    """One client: its title, its file, the key of its servers there, and what a person does afterwards.

    `one_folder` says that the file is one of the current folder, and holds for that alone.
    """

    title: str
    path: Callable[[Machine], Path]
    servers: str
    afterwards: str
    fixed: Entry
    one_folder: bool = False


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
        afterwards="Start `claude` there and allow the server when it asks.",
        fixed={},
        one_folder=True,
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
        afterwards="Open it in VS Code, then .vscode/mcp.json, and press Start above the server.",
        fixed={"type": "stdio"},
        one_folder=True,
    ),
}


def settings_of(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings in these variables, as the server can be given them anywhere.

    Raises:
        CredentialError: where a reference belongs stands something else, which may be a key; or a URL holds a password.
    """
    return {name: lasting(name, text) for name in PASSED_ON if (text := environment.get(name, "").strip())}


def lasting(name: str, text: str) -> str:
    """The value with whole paths: a client starts the server in another folder than this."""
    if name in PATHS:
        return whole(text)
    if name == FOLDERS:
        separator = LISTS[FOLDERS]
        return separator.join(whole(item.strip()) for item in text.split(separator) if item.strip())
    if name in DATABASES and holds_password(text):
        raise CredentialError(
            f"{name} holds a password, which would stand in the client's file: take it out of the URL and keep it in "
            "~/.pgpass, or put the URL into a settings file and set TALENT_CONFIG"
        )
    return lasting_reference(name, text) if name in REFERENCES else text


def lasting_reference(name: str, text: str) -> str:
    try:
        reference = reference_in(name, text)
    except (CredentialError, ValueError) as error:
        raise CredentialError(f"{name}: {error}") from None
    return f"file:{whole(reference.place)}" if reference.scheme == "file" else text


def reference_in(name: str, text: str) -> Reference:
    """What the text of this variable refers to.

    Raises:
        CredentialError, ValueError: it is no reference, and may be a key.
    """
    return parse_master_reference(text) if name == MASTER else parse_reference(text)


def whole(path: str) -> str:
    return str(expanded(path).absolute())


def server_entry(client: ClientConfig, command: Sequence[str], settings: Mapping[str, str], *, sandbox: bool) -> Entry:
    """What a client has to know to start the server with these settings; never a key."""
    first, *rest = command
    arguments: list[JsonValue] = [*rest, "serve", *(["--sandbox"] if sandbox else [])]
    passed: dict[str, JsonValue] = {**settings}
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
        short["env"] = {key: value if is_setting(key, value) else AS_IT_IS for key, value in environment.items()}
    return short


def is_setting(name: str, value: JsonValue) -> bool:
    """Whether this is a setting of ours, and not a key that somebody put where a reference belongs."""
    if name in DATABASES:
        return not holds_password(str(value))
    if name not in REFERENCES:
        return name in PASSED_ON
    with suppress(CredentialError, ValueError):
        return bool(reference_in(name, str(value)))
    return False
