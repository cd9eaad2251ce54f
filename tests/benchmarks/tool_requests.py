"""One call of each tool, and the vendor requests that the references make for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

OCEAN_KEY, STARDEX_KEY, JARVI_KEY = "sandbox-ocean", "sandbox-stardex", "sandbox-jarvi"
HEADERS = {
    "ocean": {"x-api-token": OCEAN_KEY},
    "stardex": {"Authorization": f"Bearer {STARDEX_KEY}"},
    "jarvi": {"X-API-KEY": JARVI_KEY},
}
FELIX = "https://www.linkedin.com/in/felix-grosskreuz-2354"


@dataclass(frozen=True, slots=True)
class Ask:
    """What one client asks of one server."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """The same thing asked of talent-mcp and of the references, whose tools all take the vendor's body."""

    ours: Ask
    bare: Ask

    @property
    def tool(self) -> str:
        return self.ours.tool


def tool_requests(origin: str) -> tuple[Pair, ...]:
    """The four calls, about people who are in the sandbox that listens at `origin`."""
    return (search_people(), enrich_person(), update_stardex_person(origin), upsert_jarvi_profile())


def search_people() -> Pair:
    ours = {"people": {"countries": ["de"]}, "limit": 10}
    return pair("search_people", ours, body={"peopleFilters": {"countries": ["de"]}, "size": 10})


def enrich_person() -> Pair:
    reveal = {"revealEmails": {"includeEmails": False}, "revealPhones": {"includePhones": False}}
    return pair("enrich_person", {"person": {"linkedin": FELIX}}, body={"person": {"linkedin": FELIX}, **reveal})


def update_stardex_person(origin: str) -> Pair:
    """A new title, and an e-mail that is there already: the stored lists are read, one field is written."""
    person = stardex_person(origin)
    title = {"current_job_title": "Finance Director"}
    add = {"add": [{"value": person["emails"][0]["value"]}]}
    ours = {"person_id": person["id"], "changes": {**title, "emails": add}}
    return pair("update_stardex_person", ours, person_id=person["id"], body=title)


def upsert_jarvi_profile() -> Pair:
    email, first, last = "mara.lindqvist@example.com", "Mara", "Lindqvist"
    ours = {"profile": {"email_addresses": [email], "first_name": first, "last_name": last}}
    body = {"emailAddresses": email, "firstName": first, "lastName": last}
    return pair("upsert_jarvi_profile", ours, body=body)


def pair(tool: str, ours: Mapping[str, Any], **bare: Any) -> Pair:
    return Pair(Ask(tool, ours), Ask(tool, bare))


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
