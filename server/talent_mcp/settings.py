"""Settings, from a TOML file and an environment that are passed in; never a credential's value."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from talent_mcp.errors import ConfigurationError
from talent_tools.vendor import VENDOR_NAMES, Vendor

Approval = Literal["host", "auto", "never"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
VENDOR_URLS: Mapping[Vendor, str] = {
    "ocean": "https://api.ocean.io",
    "stardex": "https://api.stardex.ai",
    "jarvi": "https://functions.prod.jarvi.tech/v1/public-api",
}
Folder = Annotated[Path, AfterValidator(Path.expanduser)]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class VendorSettings(Model):
    """How one vendor is reached. `credential` is a reference (`env:NAME`, `file:PATH`, `keyring:`), never a key;
    None means the vendor's environment variable, then the keyring. The limits count requests; 0 is no limit."""

    url: str
    credential: str | None = None
    requests_per_minute: int = Field(default=60, ge=0)
    requests_per_day: int = Field(default=0, ge=0)


class Settings(Model):
    """All that an operator may set. `vendor_hosts` lists hosts besides the vendors' own that a URL may name."""

    home: Folder
    ocean: VendorSettings
    stardex: VendorSettings
    jarvi: VendorSettings
    vendor_hosts: tuple[str, ...] = ()
    approval: Approval = "host"
    file_folders: tuple[Folder, ...] = ()
    log_level: LogLevel = "WARNING"
    call_seconds: float = Field(default=34.0, gt=0, le=40)

    def vendor(self, vendor: Vendor) -> VendorSettings:
        """The settings of one vendor."""
        found: VendorSettings = getattr(self, vendor)
        return found

    @property
    def audit_path(self) -> Path:
        """The file of the audit log."""
        return self.home / "audit.db"


DEFAULTS: Mapping[str, Any] = {
    "ocean": {"url": VENDOR_URLS["ocean"], "requests_per_minute": 60, "requests_per_day": 1_000},
    "stardex": {"url": VENDOR_URLS["stardex"], "requests_per_minute": 60},
    "jarvi": {"url": VENDOR_URLS["jarvi"], "requests_per_minute": 0},
}
ENVIRONMENT: Mapping[str, tuple[str, ...]] = {
    "TALENT_HOME": ("home",),
    "TALENT_APPROVAL": ("approval",),
    "TALENT_LOG_LEVEL": ("log_level",),
    "TALENT_FILE_FOLDERS": ("file_folders",),
    "TALENT_VENDOR_HOSTS": ("vendor_hosts",),
    "TALENT_OCEAN_URL": ("ocean", "url"),
    "TALENT_STARDEX_URL": ("stardex", "url"),
    "TALENT_JARVI_URL": ("jarvi", "url"),
    "TALENT_OCEAN_CREDENTIAL": ("ocean", "credential"),
    "TALENT_STARDEX_CREDENTIAL": ("stardex", "credential"),
    "TALENT_JARVI_CREDENTIAL": ("jarvi", "credential"),
}
LISTS = {"TALENT_FILE_FOLDERS": ";", "TALENT_VENDOR_HOSTS": ","}
"""List variables and what separates their items (`;`, as a colon stands in Windows paths)."""


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from the TOML file that TALENT_CONFIG names, then the environment, which wins.

    Raises:
        ConfigurationError: the file cannot be read, or a setting is unknown or out of range.
    """
    merged: dict[str, Any] = {name: dict(value) for name, value in DEFAULTS.items()}
    merge(merged, read_file(environment.get("TALENT_CONFIG", "")))
    merge(merged, from_environment(environment))
    if "home" not in merged:
        # Only where TALENT_HOME is not set does start-up pay for finding the platform's folder.
        from platformdirs import user_data_dir

        merged["home"] = user_data_dir("talent-mcp", appauthor=False)
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        raise ConfigurationError(first_problem(error)) from None
    for vendor in VENDOR_NAMES:
        check_url(vendor, settings.vendor(vendor).url, settings.vendor_hosts)
    return settings


def read_file(path: str) -> dict[str, Any]:
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"TALENT_CONFIG names a file that cannot be read: {path}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"TALENT_CONFIG names a file that is not TOML: {path}") from error


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
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


def merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    """Lay `other` over `into`, one level deep where both hold a table."""
    for name, value in other.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            into[name].update(value)
        else:
            into[name] = value


def first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    variable = next((name for name, path in ENVIRONMENT.items() if ".".join(path) == place), None)
    known = f" (environment variable {variable})" if variable else ""
    return f"setting {place}{known}: {problem['msg']}"


def check_url(vendor: Vendor, url: str, extra_hosts: tuple[str, ...]) -> None:
    """Refuse a base URL that would carry a key to a host that nobody chose."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    own = urlsplit(VENDOR_URLS[vendor]).hostname
    if host in LOOPBACK and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https":
        raise ConfigurationError(f"the URL of {VENDOR_NAMES[vendor]} must begin with https://")
    if host != own and host not in extra_hosts:
        raise ConfigurationError(
            f"the URL of {VENDOR_NAMES[vendor]} names the host {host}, not the vendor's own; "
            "list it in vendor_hosts (TALENT_VENDOR_HOSTS) if the key may go there"
        )
