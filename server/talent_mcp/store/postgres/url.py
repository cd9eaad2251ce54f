"""The URL of a PostgreSQL database: what it must say, and what of it may be shown."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, urlsplit

SCHEMES = ("postgresql", "postgres")
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
MAYBE_ENCRYPTED = ("", "allow", "prefer")
ELSEWHERE = frozenset({"host", "hostaddr", "service"})
"""Parameters of a URL that send its connection somewhere."""
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
    if parts is None or parts.scheme not in SCHEMES or not parts.path.strip("/"):
        raise ValueError(FORM)
    if is_ambiguous(parts):
        raise ValueError(f"{FORM}; percent-encode what is special in a user name or a password")
    asked = parse_qs(parts.query)
    place = Place(hosts_of(parts, asked), parts.path.strip("/"))
    if ELSEWHERE & asked.keys() and (parts.netloc.rpartition("@")[2] or asked.keys() & ELSEWHERE != {"host"}):
        raise ValueError("must name its host once, before the path")
    mode = asked.get("sslmode", [""])[-1]
    if mode and mode not in SSL_MODES:
        raise ValueError(f"must have one of {', '.join(SSL_MODES)} as its sslmode")
    if place.is_elsewhere and mode in MAYBE_ENCRYPTED:
        raise ValueError(
            "must say how the connection to another computer is protected: add sslmode=verify-full with sslrootcert, "
            "or at least sslmode=require"
        )
    return place


def holds_password(url: str) -> bool:
    """Whether the URL gives a password away to whoever reads it, or may do so."""
    parts = split(url)
    return parts is None or is_ambiguous(parts) or bool(parts.password) or "password" in parse_qs(parts.query)


def is_ambiguous(parts: SplitResult) -> bool:
    """Whether a part of a user name or a password may stand where the host, the database or the query is read."""
    ports = [host.rpartition("]")[2].partition(":")[2] for host in parts.netloc.rpartition("@")[2].split(",")]
    return (
        bool(parts.fragment)
        or "@" in parts.path
        or "/" in parts.path.strip("/")
        or "@" in parts.query
        or parts.netloc.count("@") > 1
        or any(port and not port.isdecimal() for port in ports)
    )


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
