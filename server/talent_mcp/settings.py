"""Settings, from a TOML file and an environment that are passed in; never the value of a vendor's key."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, PrivateAttr, ValidationError

from talent_mcp.errors import ConfigurationError
from talent_mcp.money_settings import BudgetSettings, PriceSettings
from talent_mcp.setting_types import Credits, DatabaseUrl, File, Folder, HostName, MasterReference, Model
from talent_mcp.wording import expectation, nearest
from talent_tools.vendor import VENDOR_NAMES, Vendor

Approval = Literal["ask", "host", "auto", "never"]
ApprovalPage = Literal["open", "off"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
VENDOR_URLS: Mapping[Vendor, str] = {
    "ocean": "https://api.ocean.io",
    "stardex": "https://api.stardex.ai",
    "jarvi": "https://functions.prod.jarvi.tech/v1/public-api",
}
URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[::1\])(?::(?P<port>[0-9]{1,5}))?(?:/[\w.~/-]*)?",
    re.ASCII | re.IGNORECASE,
)
"""All that a vendor's base URL may be: no user name, query or fragment, and nothing that two parsers read apart."""
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


class VendorSettings(Model):
    """How one vendor is reached. `credential` is a reference (`env:NAME`, `file:PATH`, `store:` and so on), never a
    key; None means the vendor's environment variable, then the store if there is a `master_key`, then the keyring.
    The limits count requests; 0 is no limit."""

    url: str
    credential: str | None = None
    requests_per_minute: int = Field(default=60, ge=0)
    requests_per_day: int = Field(default=0, ge=0)


class OceanSettings(VendorSettings):
    """How Ocean.io is reached, and what it charges."""

    prices: PriceSettings = PriceSettings()


class Settings(Model):
    """All that an operator may set. `vendor_hosts` lists hosts besides the vendors' own that a URL may name.

    `master_key` is a reference to the key that protects what is stored, never the key; None means a file beside what
    it protects, which is good enough for the audit log's own keys, and not for those of vendors. `database_url` may
    hold a password; None means files in `home`. `keys_database_url` is for keys that shall lie elsewhere than the log.

    `approval` says who allows a write, `field_approval` the same for single fields of a tool, by the names that the
    tool takes them by; of all fields that a write changes the strictest counts. `approval_page` says whether a plan
    that waits is opened in the browser of the person at this computer, `approval_page_port` where on the loopback
    interface the page then is; 0 takes a free port. `repeat_seconds` is for how long the same writing call is
    answered with what came of it the first time. `keep_enrichments_days` and `keep_searches_seconds` are for how
    long an answer of Ocean.io that was paid for serves again; 0 is never.
    `ask_above` is how many credits a call may cost at most before a person is asked; None asks nobody.
    `keep_files_days` is for how long a file that a person added can be sent.
    """

    home: Folder
    ocean: OceanSettings
    stardex: VendorSettings
    jarvi: VendorSettings
    vendor_hosts: tuple[HostName, ...] = ()
    approval: Approval = "ask"
    approval_page: ApprovalPage = "open"
    approval_page_port: int = Field(default=0, ge=0, le=65_535)
    field_approval: Mapping[str, Mapping[str, Approval]] = Field(default_factory=dict[str, Mapping[str, Approval]])
    repeat_seconds: float = Field(default=600.0, ge=0, le=86_400)
    keep_enrichments_days: float = Field(default=30.0, ge=0, le=3_650)
    keep_searches_seconds: float = Field(default=3_600.0, ge=0, le=86_400)
    budget: BudgetSettings = BudgetSettings()
    ask_above: Credits | None = None
    file_folders: tuple[Folder, ...] = ()
    keep_files_days: float = Field(default=30.0, gt=0, le=3_650)
    log_level: LogLevel = "WARNING"
    call_seconds: float = Field(default=34.0, gt=0, le=40)
    master_key: MasterReference | None = None
    passphrase_file: File | None = None
    database_url: DatabaseUrl | None = None
    keys_database_url: DatabaseUrl | None = None

    _source: Path | None = PrivateAttr(default=None)

    def model_post_init(self, context: Path | None, /) -> None:
        """Keep what `model_validate` was given as its context: the file that the settings come from."""
        self._source = context

    @property
    def source(self) -> Path | None:
        """The TOML file that they were read from, which may hold a password."""
        return self._source

    def vendor(self, vendor: Vendor) -> VendorSettings:
        """The settings of one vendor."""
        found: VendorSettings = getattr(self, vendor)
        return found

    @property
    def audit_path(self) -> Path:
        """The file of the audit log."""
        return self.home / "audit.db"

    @property
    def files_path(self) -> Path:
        """The folder of the files that people added, each sealed."""
        return self.home / "files"

    @property
    def keys_path(self) -> Path:
        """The file of the keys, each wrapped."""
        return self.home / "keys.db"


DEFAULTS: Mapping[str, Any] = {
    "ocean": {"url": VENDOR_URLS["ocean"], "requests_per_minute": 60, "requests_per_day": 1_000},
    "stardex": {"url": VENDOR_URLS["stardex"], "requests_per_minute": 60},
    "jarvi": {"url": VENDOR_URLS["jarvi"], "requests_per_minute": 0},
}
ENVIRONMENT: Mapping[str, tuple[str, ...]] = {
    "TALENT_HOME": ("home",),
    "TALENT_APPROVAL": ("approval",),
    "TALENT_APPROVAL_PAGE": ("approval_page",),
    "TALENT_APPROVAL_PAGE_PORT": ("approval_page_port",),
    "TALENT_REPEAT_SECONDS": ("repeat_seconds",),
    "TALENT_KEEP_ENRICHMENTS_DAYS": ("keep_enrichments_days",),
    "TALENT_KEEP_SEARCHES_SECONDS": ("keep_searches_seconds",),
    "TALENT_BUDGET_PER_CALL": ("budget", "per_call"),
    "TALENT_BUDGET_PER_DAY": ("budget", "per_day"),
    "TALENT_BUDGET_PER_MONTH": ("budget", "per_month"),
    "TALENT_ASK_ABOVE": ("ask_above",),
    "TALENT_LOG_LEVEL": ("log_level",),
    "TALENT_FILE_FOLDERS": ("file_folders",),
    "TALENT_KEEP_FILES_DAYS": ("keep_files_days",),
    "TALENT_VENDOR_HOSTS": ("vendor_hosts",),
    "TALENT_OCEAN_URL": ("ocean", "url"),
    "TALENT_STARDEX_URL": ("stardex", "url"),
    "TALENT_JARVI_URL": ("jarvi", "url"),
    "TALENT_OCEAN_CREDENTIAL": ("ocean", "credential"),
    "TALENT_STARDEX_CREDENTIAL": ("stardex", "credential"),
    "TALENT_JARVI_CREDENTIAL": ("jarvi", "credential"),
    "TALENT_MASTER_KEY": ("master_key",),
    "TALENT_PASSPHRASE_FILE": ("passphrase_file",),
    "TALENT_DATABASE_URL": ("database_url",),
    "TALENT_KEYS_DATABASE_URL": ("keys_database_url",),
}
PREFIX = "TALENT_"
OTHER_VARIABLES = ("TALENT_CONFIG",)
LISTS = {"TALENT_FILE_FOLDERS": ";", "TALENT_VENDOR_HOSTS": ","}
"""List variables and what separates their items (`;`, as a colon stands in Windows paths)."""


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from the TOML file that TALENT_CONFIG names, then the environment, which wins.

    Raises:
        ConfigurationError: the file cannot be read, or a setting is unknown or out of range.
    """
    merged: dict[str, Any] = {name: dict(value) for name, value in DEFAULTS.items()}
    source = environment.get("TALENT_CONFIG", "").strip()
    merge(merged, read_file(source))
    merge(merged, from_environment(environment))
    if "home" not in merged:
        # Only where TALENT_HOME is not set does start-up pay for finding the platform's folder.
        from platformdirs import user_data_dir

        merged["home"] = user_data_dir("talent-mcp", appauthor=False)
    try:
        settings = Settings.model_validate(merged, context=Path(source).expanduser().absolute() if source else None)
    except ValidationError as error:
        problem = first_problem(error)
    else:
        for vendor in VENDOR_NAMES:
            check_url(vendor, settings.vendor(vendor).url, settings.vendor_hosts)
        if settings.keys_database_url is not None and settings.database_url is None:
            raise ConfigurationError("TALENT_KEYS_DATABASE_URL is of use together with TALENT_DATABASE_URL only")
        return settings
    raise ConfigurationError(problem)


def read_file(path: str) -> dict[str, Any]:
    if not path:
        return {}
    # Only where a file is named does start-up pay for reading it.
    import tomllib

    try:
        return tomllib.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except (OSError, RuntimeError):
        problem = f"TALENT_CONFIG names a file that cannot be read: {path}"
    except tomllib.TOMLDecodeError as error:
        problem = f"TALENT_CONFIG names a file that is not TOML: {path}{line_of(error)}"
    except ValueError:
        problem = f"TALENT_CONFIG names a file that is not TOML: {path}"
    # Raised here, as what was caught may hold the whole file.
    raise ConfigurationError(problem)


def line_of(error: ValueError) -> str:
    found = re.search(r"\(at [a-z0-9 ,]+\)$", str(error))
    return f" {found[0]}" if found else ""


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    refuse_unknown(environment)
    found: dict[str, Any] = {}
    for name, place in ENVIRONMENT.items():
        text = environment.get(name, "").strip()
        if not text:
            continue
        value: Any = text
        if name in LISTS:
            value = [item.strip() for item in text.split(LISTS[name]) if item.strip()]
        merge(found, {place[0]: value if len(place) == 1 else {place[1]: value}})
    return found


def refuse_unknown(environment: Mapping[str, str]) -> None:
    """A misspelt name must not pass for a setting: somebody relies on it."""
    known = (*ENVIRONMENT, *OTHER_VARIABLES)
    for name, text in environment.items():
        if name.startswith(PREFIX) and text.strip() and name not in known:
            near = nearest(name.removeprefix(PREFIX), [ours.removeprefix(PREFIX) for ours in known])
            hint = f"did you mean {PREFIX}{near}?" if near else f"known are {', '.join(known)}"
            raise ConfigurationError(f"there is no environment variable {name} ({hint})")


def merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    """Lay `other` over `into`, one level deep where both hold a table."""
    for name, value in other.items():
        if not isinstance(into.get(name), dict):
            into[name] = value
        elif isinstance(value, dict):
            into[name].update(value)
        else:
            raise ConfigurationError(f"setting {name}: must be a table")


def first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    *path, last = (str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return unknown_setting(path, last)
    whole = (*path, last)
    variable = next((name for name, ours in ENVIRONMENT.items() if whole[: len(ours)] == ours), None)
    known = f" (environment variable {variable})" if variable else ""
    return f"setting {'.'.join(whole)}{known}: {expectation(problem)}"


def unknown_setting(path: list[str], name: str) -> str:
    known = known_settings(path)
    near = nearest(name, known)
    hint = f"did you mean {near}?" if near else f"known are {', '.join(known)}"
    place = ".".join((*path, name if NAME.fullmatch(name) else "..."))
    return f"there is no setting {place} ({hint})"


def known_settings(path: Iterable[str]) -> tuple[str, ...]:
    """The settings that there are in the table at this place."""
    table: type[BaseModel] = Settings
    for step in path:
        inner = table.model_fields[step].annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            break
        table = inner
    return tuple(table.model_fields)


def check_url(vendor: Vendor, url: str, extra_hosts: tuple[str, ...]) -> None:
    """Refuse a base URL that would carry a key to a host that nobody chose."""
    parts = URL.fullmatch(url)
    if parts is None or int(parts["port"] or 0) > 65_535:
        raise ConfigurationError(
            f"the URL of {VENDOR_NAMES[vendor]} must look like https://host/path, "
            "without a user name, a query or a fragment"
        )
    host = parts["host"].lower().strip("[]")
    if host in LOOPBACK:
        return
    if parts["scheme"].lower() != "https":
        raise ConfigurationError(f"the URL of {VENDOR_NAMES[vendor]} must begin with https://")
    if host != urlsplit(VENDOR_URLS[vendor]).hostname and host not in extra_hosts:
        raise ConfigurationError(
            f"the URL of {VENDOR_NAMES[vendor]} names the host {host}, not the vendor's own; "
            "list it in vendor_hosts (TALENT_VENDOR_HOSTS) if the key may go there"
        )
