"""What `doctor` looks at around PostgreSQL: whether it answers, how it is reached, and what its user may do."""

from collections.abc import Mapping

from pydantic import SecretStr

from talent_mcp.app_database import keys_database, looked_at
from talent_mcp.cli.diagnosis import Finding, ok, problem, warning
from talent_mcp.errors import StoreUnavailable
from talent_mcp.settings import Settings
from talent_mcp.store.postgres.url import Place, database_place

NOT_A_SERVER = "give the server a user that was only granted talent_writer (docs/operations.md, PostgreSQL)"


async def database_findings(settings: Settings) -> list[Finding]:
    """The database of the log, and that of the keys if it is another one.

    Raises:
        ConfigurationError: the driver is missing.
    """
    if settings.database_url is None:
        return []
    urls: Mapping[str, SecretStr] = {"database": settings.database_url, "keys database": keys_database(settings)}
    found: dict[str, list[Finding]] = {}
    for about, url in urls.items():
        if url.get_secret_value() not in found:
            found[url.get_secret_value()] = await findings_of(about, url)
    return [finding for findings in found.values() for finding in findings]


async def findings_of(about: str, url: SecretStr) -> list[Finding]:
    place = database_place(url.get_secret_value())
    try:
        look = await looked_at(url)
    except StoreUnavailable as failure:
        return [
            problem(
                about, f"{failure}", "put that right; until then every call is refused, and the rest cannot be checked"
            )
        ]
    findings = [ok(about, f"{place}, PostgreSQL {look.version}{protection(place, encrypted=look.encrypted)}")]
    if look.owns:
        text = "its user owns the tables or is a superuser, so it could change entries"
        findings.append(warning(about, text, NOT_A_SERVER))
    return findings


def protection(place: Place, *, encrypted: bool) -> str:
    if encrypted:
        return ", encrypted connection"
    return ", connection in the clear" if place.is_elsewhere else ""
