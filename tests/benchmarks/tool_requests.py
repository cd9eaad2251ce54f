"""One call of each tool, and the vendor requests that the references make for it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx2

OCEAN_KEY, STARDEX_KEY, JARVI_KEY = "sandbox-ocean", "sandbox-stardex", "sandbox-jarvi"
HEADERS = {
    "ocean": {"x-api-token": OCEAN_KEY},
    "stardex": {"Authorization": f"Bearer {STARDEX_KEY}"},
    "jarvi": {"X-API-KEY": JARVI_KEY},
}
Arguments = Callable[[int], Mapping[str, Any]]
FELIX = "https://www.linkedin.com/in/felix-grosskreuz-2354"


@dataclass(frozen=True, slots=True)
class Ask:
    """What one client asks of one server."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """The same thing asked of talent-mcp and of the references, whose tools all take the vendor's body.

    The arguments depend on the number of the call: talent-mcp sends no write that would change nothing.
    """

    tool: str
    ours: Arguments
    bare: Arguments
    numbers: Iterator[int] = field(default_factory=count)


def tool_requests(origin: str) -> tuple[Pair, ...]:
    """The four calls, about people who are in the sandbox that listens at `origin`."""
    return (search_people(), enrich_person(), update_stardex_person(origin), upsert_jarvi_profile())


def search_people() -> Pair:
    ours = {"people": {"countries": ["de"]}, "limit": 10}
    body = {"peopleFilters": {"countries": ["de"]}, "size": 10}
    return Pair("search_people", lambda _: ours, lambda _: {"body": body})


def enrich_person() -> Pair:
    reveal = {"revealEmails": {"includeEmails": False}, "revealPhones": {"includePhones": False}}
    asked = {"person": {"linkedin": FELIX}}
    return Pair("enrich_person", lambda _: asked, lambda _: {"body": {**asked, **reveal}})


def update_stardex_person(origin: str) -> Pair:
    """A new title, and an e-mail that is there already: the record is read, one field written, and read again."""
    person = stardex_person(origin)
    add = {"add": [{"value": person["emails"][0]["value"]}]}

    def title(number: int) -> dict[str, Any]:
        return {"current_job_title": f"Finance Director {number}"}

    return Pair(
        "update_stardex_person",
        lambda number: {"person_id": person["id"], "changes": {**title(number), "emails": add}},
        lambda number: {"person_id": person["id"], "body": title(number)},
    )


def upsert_jarvi_profile() -> Pair:
    """A name and a position: the profile is looked for, saved, and read again."""
    email, first, last = "mara.lindqvist@example.com", "Mara", "Lindqvist"
    known = {"email_addresses": [email], "first_name": first, "last_name": last}
    sent = {"emailAddresses": email, "firstName": first, "lastName": last}
    return Pair(
        "upsert_jarvi_profile",
        lambda number: {"profile": {**known, "current_position": f"Controller {number}"}},
        lambda number: {"body": {**sent, "currentPosition": f"Controller {number}"}},
    )


def stardex_person(origin: str) -> dict[str, Any]:
    """The first person that the sandbox's Stardex knows."""
    found = httpx2.post(
        f"{origin}/stardex/v1/persons/search",
        headers=HEADERS["stardex"],
        json={"offset": 0, "limit": 1},
        trust_env=False,
    )
    person: dict[str, Any] = found.raise_for_status().json()["data"][0]
    return person
