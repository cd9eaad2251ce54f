"""The URL of a PostgreSQL database: what it must say, and what of it may be shown."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, urlsplit

SCHEMES = ("postgresql", "postgres")
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
FORM = "must look like postgresql://user@host:5432/database"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a database is, without who may use it: hosts with their ports, and its name."""

    hosts: tuple[str, ...]
    database: str

    @property
    def is_elsewhere(self) -> bool:
        """Whether what is sent there passes a network."""
        return any(map(is_elsewhere, self.hosts))

    def __str__(self) -> str:
        return f"{self.database} on {', '.join(self.hosts) or 'this computer'}"


def database_place(url: str) -> Place:
    """What may be shown of a database's URL.

    Raises:
        ValueError: it is none, or its connection over a network would not say whether it is encrypted; the text
            holds nothing of it.
    """
    parts = split(url)
    if parts is None or parts.scheme not in SCHEMES or not parts.path.strip("/") or parts.fragment:
        raise ValueError(FORM)
    asked = parse_qs(parts.query)
    place = Place(hosts_of(parts, asked), parts.path.strip("/"))
    mode = asked.get("sslmode", [""])[-1]
    if mode and mode not in SSL_MODES:
        raise ValueError(f"must have one of {', '.join(SSL_MODES)} as its sslmode")
    if not mode and place.is_elsewhere:
        raise ValueError(
            "must say how the connection to another computer is protected: add sslmode=verify-full with sslrootcert, "
            "or at least sslmode=require"
        )
    return place


def holds_password(url: str) -> bool:
    """Whether the URL gives a password away to whoever reads it."""
    parts = split(url)
    return parts is None or bool(parts.password) or "password" in parse_qs(parts.query)


def split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url.strip())
    except ValueError:
        return None


def hosts_of(parts: SplitResult, asked: dict[str, list[str]]) -> tuple[str, ...]:
    """Several may be named, separated by commas; those of the query come in where there are none before the path."""
    named = parts.netloc.rpartition("@")[2] or ",".join(asked.get("host", []))
    return tuple(host for host in named.split(",") if host)


def is_elsewhere(host: str) -> bool:
    if host.startswith("/"):
        return False
    name = host.partition("]")[0].strip("[") if host.startswith("[") else host.partition(":")[0]
    try:
        return not ip_address(name).is_loopback
    except ValueError:
        return name.lower() != "localhost"
