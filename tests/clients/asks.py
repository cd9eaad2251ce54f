"""What every client asks, and whether it was given the right answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import jsonschema

from talent_tools.catalog import TOOLS
from tests.judge import output_schema_of

FELIX = "https://www.linkedin.com/in/felix-grosskreuz-2354"
RESOURCE = "talent://status"
PERSON = "Ada of Demo Works"
PROMPT: dict[str, Any] = {"name": "refresh_stardex_person", "arguments": {"person": PERSON}}
STARDEX_KEY = {"Authorization": "Bearer sandbox-stardex"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What a client was given."""

    version: str
    protocol: str | None
    tools: list[str]
    calls: dict[str, dict[str, Any]]
    resource: str
    prompt: str


async def calls_on(vendors: httpx2.AsyncClient) -> dict[str, Mapping[str, Any]]:
    """A call of each tool, about people whom the sandbox knows."""
    found = await vendors.post("/stardex/v1/persons/search", headers=STARDEX_KEY, json={"offset": 0, "limit": 1})
    person = found.raise_for_status().json()["data"][0]["id"]
    profile = {"email_addresses": ["mara.lindqvist@example.com"], "first_name": "Mara", "last_name": "Lindqvist"}
    return {
        "search_people": {"people": {"countries": ["de"]}, "limit": 1},
        "enrich_person": {"person": {"linkedin": FELIX}},
        "update_stardex_person": {"person_id": person, "changes": {"current_job_title": "Finance Director"}},
        "upsert_jarvi_profile": {"profile": profile},
    }


def complaints(seen: Seen, protocol: str) -> list[str]:
    """What is wrong with what a client was given."""
    names = [tool.name for tool in TOOLS]
    wrong = [] if seen.protocol == protocol else [f"protocol {seen.protocol} instead of {protocol}"]
    if seen.tools != names:
        wrong.append(f"tools {seen.tools}")
    wrong += [complaint for tool in TOOLS for complaint in call_complaints(tool.name, seen.calls.get(tool.name))]
    if "vendors" not in json.loads(seen.resource):
        wrong.append(f"resource {seen.resource[:80]}")
    if PERSON not in seen.prompt:
        wrong.append(f"prompt {seen.prompt[:80]}")
    return wrong


def call_complaints(name: str, call: dict[str, Any] | None) -> list[str]:
    """A call has to end well, with a result that keeps to the schema that the tool promises, as text and as structure."""
    if call is None or "result" not in call:
        return [f"{name}: {call and call['error']}"]
    try:
        jsonschema.validate(call["result"], output_schema_of(name), jsonschema.Draft202012Validator)
    except jsonschema.ValidationError as error:
        return [f"{name}: {error.message[:120]}"]
    # A client that shows one of the two has it judged by the schema alone.
    if "text" in call and json.loads(call["text"]) != call["result"]:
        return [f"{name}: text and structure differ"]
    return []
