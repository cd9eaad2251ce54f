"""What `doctor` looks at on this computer: versions, settings, folders, approval."""

import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal

import apsw

from talent_mcp.private_files import readable_by_others
from talent_mcp.settings import ENVIRONMENT, Approval, Settings
from talent_mcp.web.browser import browser_of

Level = Literal["ok", "warning", "problem"]
SAFE_SQLITE = (3, 51, 3)
"""The first version that does not corrupt a log that several servers share (the WAL-reset bug)."""
APPROVALS: Mapping[Approval, str] = {
    "ask": "each change waits for your yes: in your assistant's form, {page}or with talent-mcp approve",
    "host": "talent-mcp does not ask by itself; keep your assistant's confirmations on",
    "auto": "talent-mcp does not ask by itself, and the log says so; whether your assistant asks is up to it",
    "never": "changes in Stardex and Jarvi are refused",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One line of the doctor: what it looked at, what it found, and what to do about it."""

    level: Level
    about: str
    text: str
    do: str = ""


def ok(about: str, text: str, do: str = "") -> Finding:
    return Finding(level="ok", about=about, text=text, do=do)


def warning(about: str, text: str, do: str) -> Finding:
    return Finding(level="warning", about=about, text=text, do=do)


def problem(about: str, text: str, do: str) -> Finding:
    return Finding(level="problem", about=about, text=text, do=do)


def look_where(file: Path, settings: Settings) -> str:
    """Where to look when what this file holds cannot be used."""
    return f"look at {file}" if settings.database_url is None else "look at the database, above"


def versions(sqlite: str) -> Finding:
    """This Python, and the SQLite that keeps the audit log."""
    text = f"Python {platform.python_version()}, SQLite {sqlite}"
    if tuple(int(part) for part in sqlite.split(".")) < SAFE_SQLITE:
        return problem("software", f"{text}: this SQLite can damage the audit log", "install talent-mcp anew")
    return ok("software", text)


def sqlite_version() -> str:
    return apsw.sqlite_lib_version()


def settings_finding(environment: Mapping[str, str]) -> Finding:
    """Where settings that work come from."""
    path = environment.get("TALENT_CONFIG", "")
    return ok("settings", f"from the file {path}" if path else "no settings file (TALENT_CONFIG): the defaults")


def setting_name(variable: str, environment: Mapping[str, str]) -> str:
    """Where a setting that is set comes from: the variable, or its name in the settings file."""
    return variable if environment.get(variable, "").strip() else ".".join(ENVIRONMENT[variable])


def machine(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Everything that needs no vendor and no audit log."""
    yield home(settings.home)
    for path in settings.file_folders:
        yield folder(path, setting_name("TALENT_FILE_FOLDERS", environment))
    if not settings.file_folders:
        yield ok(
            "files",
            "files that you add can be sent to Jarvi, and no folder is open",
            "to add one: talent-mcp files add FILE; to open a folder, set TALENT_FILE_FOLDERS",
        )
    yield ok("approval", APPROVALS[settings.approval].format(page=page(settings, environment)))


def page(settings: Settings, environment: Mapping[str, str]) -> str:
    """The page among the ways to decide, if it is one here."""
    opens = settings.approval_page == "open" and browser_of(environment) is not None
    return "on a page that opens in your browser, " if opens else ""


def home(path: Path) -> Finding:
    """Whether the state directory can be written, and by its owner only."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryFile(dir=path):
            pass
        open_ones = [each for each in (path, *path.iterdir()) if readable_by_others(each)]
    except OSError as error:
        return problem("home", f"{path} cannot be used: {reason(error)}", "make it writable, or set TALENT_HOME")
    if open_ones:
        text = f"others on this computer may look into {open_ones[0]}"
        return warning("home", text, f"run: chmod -R go= '{path}'")
    return ok("home", f"{path}, only you can read it" if os.name == "posix" else f"{path}")


def folder(path: Path, setting: str) -> Finding:
    """Whether a folder that files may be sent from, as this setting says, is there."""
    try:
        next(path.iterdir(), None)
    except OSError as error:
        text = f"the folder {path} cannot be read: {reason(error)}"
        return problem("files", text, f"put that right, or take it out of {setting}")
    return ok("files", f"files in {path} may be sent to Jarvi")


def reason(error: OSError) -> str:
    return (error.strerror or "the system refuses it").lower()
