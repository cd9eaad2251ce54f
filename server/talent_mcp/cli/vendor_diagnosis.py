"""What `doctor` looks at beyond folders and settings: the audit log, the keys, each vendor with its own."""

from collections.abc import Iterator, Mapping
from shlex import quote
from urllib.parse import urlsplit

import anyio

from talent_mcp.app import House, open_house
from talent_mcp.app_keys import open_keys
from talent_mcp.audit.calls import calls_in_doubt
from talent_mcp.audit.verify import Verification, verify
from talent_mcp.cli.diagnosis import Finding, look_where, ok, problem, setting_name, warning
from talent_mcp.cli.key_diagnosis import NO_KEYRING, key_findings
from talent_mcp.cli.key_places import KeyPlace, in_words, key_places
from talent_mcp.cli.key_trial import Trial, try_key
from talent_mcp.cli.outside import Outside
from talent_mcp.credentials.references import VARIABLES, Reference
from talent_mcp.errors import StoreUnavailable
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.settings import VENDOR_URLS, Settings
from talent_tools.vendor import VENDOR_NAMES, Vendor

VERIFY_SECONDS = 3.0
CALL_SECONDS = 8.0
"""How long a vendor may take to answer here, where a person is waiting."""

NOT_OURS = frozenset({"op", "bws", "systemd"})
"""Places that are kept by others."""
Trials = Mapping[Vendor, Trial]


async def beyond(
    settings: Settings, environment: Mapping[str, str], outside: Outside, *, offline: bool
) -> list[Finding]:
    """The audit log, the keys, then the vendors."""
    ask = outside.ask_passphrase()
    async with open_keys(settings, environment, keyring=outside.keyring, ask_passphrase=ask) as keys:
        about_keys = await key_findings(settings, keys)
        places = await key_places(settings, keys)
    ready: list[Vendor] = [] if offline else [place.vendor for place in places if place.where is not None]
    patient = settings.model_copy(update=patience(settings, places))
    log, trials = await log_and_trials(patient, environment, outside, ready)
    findings = [*log, *about_keys]
    without_keyring = NO_KEYRING in findings
    for place in places:
        findings += address_findings(place.vendor, settings, environment)
        login = how_to_login(place.vendor, settings, without_keyring=without_keyring)
        findings += vendor_findings(place, login, trials.get(place.vendor))
    return findings


async def log_and_trials(
    settings: Settings, environment: Mapping[str, str], outside: Outside, vendors: list[Vendor]
) -> tuple[list[Finding], Trials]:
    """The audit log and, where it works, one free request to each of these vendors."""
    try:
        async with open_house(
            settings,
            environment,
            transport=outside.transport,
            keyring=outside.keyring,
            ask_passphrase=outside.ask_passphrase(),
        ) as house:
            return await audit_log(house), await trials_of(house, vendors)
    except StoreUnavailable as failure:
        text = f"cannot be used: {failure}; until it can, nothing is sent to any vendor"
        return [problem("audit log", text, look_where(settings.audit_path, settings))], {}


def patience(settings: Settings, places: list[KeyPlace]) -> dict[str, object]:
    """What to change in the settings here: a person waits, and an unreadable reference may not end it all."""
    changed: dict[str, object] = {"call_seconds": CALL_SECONDS}
    for place in places:
        if not place.looked_at:
            changed[place.vendor] = settings.vendor(place.vendor).model_copy(update={"credential": None})
    return changed


async def audit_log(house: House) -> list[Finding]:
    """Whether the log opens and is whole, and which calls have no outcome.

    Raises:
        StoreUnavailable: it cannot be opened.
    """
    head, found = await house.store.head(LOCAL_TENANT), None
    with anyio.move_on_after(VERIFY_SECONDS):
        found = await verify(house.store, LOCAL_TENANT)
    findings = [log_finding(head.size, found)]
    if doubtful := await calls_in_doubt(house.store, LOCAL_TENANT):
        findings.append(warning("audit log", doubt(len(doubtful)), "talent-mcp audit list --in-doubt"))
    return findings


def doubt(number: int) -> str:
    if number == 1:
        return "1 call has no known outcome; it still runs, or its server ended"
    return f"{number:,} calls have no known outcome; they still run, or their server ended"


def log_finding(size: int, found: Verification | None) -> Finding:
    if found is None:
        return ok("audit log", f"opens, with {size:,} entries", "to verify so many, run: talent-mcp audit verify")
    if found.problem is not None:
        text = f"was tampered with or damaged: {found.problem}"
        return problem("audit log", text, "keep a copy of it, and find out who or what changed it")
    return ok("audit log", f"whole, with {size:,} entries")


async def trials_of(house: House, vendors: list[Vendor]) -> Trials:
    """All at once, as each may take long."""
    trials: dict[Vendor, Trial] = {}

    async def try_one(vendor: Vendor) -> None:
        trials[vendor] = await try_key(house, vendor)

    async with anyio.create_task_group() as tasks:
        for vendor in vendors:
            tasks.start_soon(try_one, vendor)
    return trials


def address_findings(vendor: Vendor, settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Where a vendor's requests go, if that is not the vendor."""
    host, own = (urlsplit(url).hostname for url in (settings.vendor(vendor).url, VENDOR_URLS[vendor]))
    if host != own:
        text = f"its key and requests go to {host}, not to {own}"
        setting = setting_name(f"TALENT_{vendor.upper()}_URL", environment)
        yield warning(VENDOR_NAMES[vendor], text, f"if not meant, remove {setting}")


def how_to_login(vendor: Vendor, settings: Settings, *, without_keyring: bool) -> str:
    """The command that keeps a key where this computer can, in the store if that is in use."""
    login = f"talent-mcp login {vendor}"
    if settings.master_key is not None:
        return f"{login} --to store"
    if not without_keyring:
        return login
    file = quote(f"file:{settings.home / vendor}.key")
    return f"{login} --to {file} (or set {VARIABLES[vendor]})"


def vendor_findings(place: KeyPlace, login: str, trial: Trial | None) -> Iterator[Finding]:
    """One vendor's key, and what the vendor said to it."""
    yield key_finding(place, login, trial)
    if trial and trial.credits is not None:
        yield credits_finding(VENDOR_NAMES[place.vendor], trial.credits)


def key_finding(place: KeyPlace, login: str, trial: Trial | None) -> Finding:
    name = VENDOR_NAMES[place.vendor]
    if place.problem is not None:
        return problem(name, place.problem.removeprefix(f"{name}: "), "correct that, then run this again")
    if place.where is None:
        return warning(name, "there is no key, so its tools will not work", login)
    where = in_words(place.where)
    if trial is None:
        return ok(name, f"a key is in {where}; it was not tried")
    if trial.verdict == "accepted":
        return ok(name, f"accepts the key in {where}")
    advice = {
        "refused": how_to_correct(place.vendor, place.where, login),
        "unreachable": "look at the network connection, then run this again",
    }
    return problem(
        name,
        f"{trial.text.removeprefix(name).strip()}; the key is in {where}",
        advice.get(trial.verdict, "run this again later"),
    )


def how_to_correct(vendor: Vendor, where: Reference, login: str) -> str:
    """What to do about a key that is refused, where it lies; `login` cannot reach everywhere."""
    if where.scheme == "env":
        return f"correct or unset {where.place}"
    if where.scheme == "store":
        return f"talent-mcp credentials rotate {vendor}{f' --name {where.place}' if where.place else ''}"
    if where.scheme in NOT_OURS:
        return f"correct it there: {where}"
    return f"talent-mcp login {vendor} --to {quote(str(where))}" if where.scheme == "file" else login


def credits_finding(name: str, left: float) -> Finding:
    if left <= 0:
        return warning(name, "no credits are left, so searches and enrichments will be refused", "buy credits there")
    return ok(name, f"{left:,g} credits are left")
