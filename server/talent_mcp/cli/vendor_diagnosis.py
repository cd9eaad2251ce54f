"""What `doctor` looks at beyond folders and settings: the audit log, the keyring, each vendor with its key."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import anyio

from talent_mcp.app import House, open_house
from talent_mcp.audit.calls import calls_in_doubt
from talent_mcp.audit.pseudonyms import Pseudonyms
from talent_mcp.audit.verify import Verification, verify
from talent_mcp.cli.diagnosis import Finding, ok, problem, warning
from talent_mcp.cli.key_places import KeyPlace, in_words, key_places, keyring_name
from talent_mcp.cli.key_trial import Trial, try_key
from talent_mcp.cli.outside import Outside
from talent_mcp.credentials.keyring_store import KeyringStore
from talent_mcp.errors import CredentialError
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.settings import VENDOR_URLS, Settings
from talent_mcp.store.protocol import StoreUnavailable
from talent_tools.vendor import VENDOR_NAMES, Vendor

VERIFY_SECONDS = 3.0
CALL_SECONDS = 8.0
"""How long a vendor may take to answer here, where a person is waiting."""

Trials = Mapping[Vendor, Trial]


async def beyond(
    settings: Settings, environment: Mapping[str, str], outside: Outside, *, offline: bool
) -> list[Finding]:
    """The audit log, the keyring, then the vendors."""
    places = await key_places(settings, environment, outside.keyring)
    ready: list[Vendor] = [] if offline else [place.vendor for place in places if place.where is not None]
    patient = settings.model_copy(update=patience(settings, places))
    log, trials = await log_and_trials(patient, environment, outside, ready)
    findings = [*log, await keyring_finding(outside.keyring)]
    for place in places:
        findings += vendor_findings(place, settings, trials.get(place.vendor))
    return findings


async def log_and_trials(
    settings: Settings, environment: Mapping[str, str], outside: Outside, vendors: list[Vendor]
) -> tuple[list[Finding], Trials]:
    """The audit log and, where it works, one free request to each of these vendors."""
    try:
        async with open_house(settings, environment, transport=outside.transport, keyring=outside.keyring) as house:
            return await audit_log(house), await trials_of(house, vendors)
    except StoreUnavailable as failure:
        text = f"cannot be used: {failure}; until it can, nothing is sent to any vendor"
        return [problem("audit log", text, f"look at {settings.audit_path}")], {}


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
    Pseudonyms(house.settings.home / "pseudonyms.key").of(["doctor:"])
    head, found = await house.store.head(LOCAL_TENANT), None
    with anyio.move_on_after(VERIFY_SECONDS):
        found = await verify(house.store, LOCAL_TENANT)
    findings = [log_finding(head.size, found)]
    if doubtful := await calls_in_doubt(house.store, LOCAL_TENANT):
        text = f"{len(doubtful)} calls have no known outcome; they still run, or their server ended"
        findings.append(warning("audit log", text, "talent-mcp audit list --in-doubt"))
    return findings


def log_finding(size: int, found: Verification | None) -> Finding:
    if found is None:
        return ok("audit log", f"opens, with {size:,} entries", "to verify so many, run: talent-mcp audit verify")
    if found.problem is not None:
        text = f"was tampered with or damaged: {found.problem}"
        return problem("audit log", text, "keep a copy of it, and find out who or what changed it")
    return ok("audit log", f"whole, with {size:,} entries")


async def keyring_finding(keyring: KeyringStore) -> Finding:
    """Whether there is a place where `login` can keep keys."""
    try:
        name = await keyring_name(keyring)
    except CredentialError as error:
        return problem("keyring", str(error), "unlock it, then run this again")
    if name is None:
        return ok("keyring", "this computer has none that is safe for keys")
    return ok("keyring", f"{name}, where `talent-mcp login` keeps keys")


async def trials_of(house: House, vendors: list[Vendor]) -> Trials:
    """All at once, as each may take long."""
    trials: dict[Vendor, Trial] = {}

    async def try_one(vendor: Vendor) -> None:
        trials[vendor] = await try_key(house, vendor)

    async with anyio.create_task_group() as tasks:
        for vendor in vendors:
            tasks.start_soon(try_one, vendor)
    return trials


def vendor_findings(place: KeyPlace, settings: Settings, trial: Trial | None) -> Iterator[Finding]:
    """One vendor: where its requests go, its key, and what it said to it."""
    name, host = VENDOR_NAMES[place.vendor], urlsplit(settings.vendor(place.vendor).url).hostname
    own = urlsplit(VENDOR_URLS[place.vendor]).hostname
    if host != own:
        variable = f"TALENT_{place.vendor.upper()}_URL"
        yield warning(name, f"its key and requests go to {host}, not to {own}", f"if not meant, remove {variable}")
    yield key_finding(place, trial)
    if trial and trial.credits is not None:
        yield credits_finding(name, trial.credits)


def key_finding(place: KeyPlace, trial: Trial | None) -> Finding:
    name, login = VENDOR_NAMES[place.vendor], f"talent-mcp login {place.vendor}"
    if place.problem is not None:
        return problem(name, place.problem.removeprefix(f"{name}: "), "correct that, then run this again")
    if place.where is None:
        return warning(name, "there is no key, so its tools will not work", login)
    where = in_words(place.where)
    if trial is None:
        return ok(name, f"a key is in {where}; it was not tried")
    if trial.verdict == "accepted":
        return ok(name, f"accepts the key in {where}")
    advice = {"refused": login, "unreachable": "look at the network connection, then run this again"}
    return problem(
        name,
        f"{trial.text.removeprefix(name).strip()}; the key is in {where}",
        advice.get(trial.verdict, "run this again later"),
    )


def credits_finding(name: str, left: float) -> Finding:
    if left <= 0:
        return warning(name, "no credits are left, so searches and enrichments will be refused", "buy credits there")
    return ok(name, f"{left:,g} credits are left")
