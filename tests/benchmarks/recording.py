"""The sandbox's answers to the vendor requests of the calls, given again by a process that does nothing else."""

import json
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx2

from .processes import HERE, free_port, running, wait_for_port
from .tool_requests import HEADERS, Pair

IN_PATH = r"/([^/?\n]+)\n"
IN_FILTER = r"%22(?:_eq|_search)%22%3A%22(.+?)(?:%40|%22)"
IN_PROFILE = r'"(?:id|emailAddresses)":\s*"([^"@]+)'
ROUTES: Mapping[str, Mapping[str, str]] = {
    "search_people": {"POST /ocean/v3/search/people": r'"names":\s*\["([^"]+)"'},
    "enrich_person": {"POST /ocean/v2/enrich/person": r'"linkedin":\s*"[^"]*/in/([^"/]+)'},
    "update_stardex_person": {"GET /stardex/v1/persons/{id}": IN_PATH, "PATCH /stardex/v1/persons/{id}": IN_PATH},
    "upsert_jarvi_profile": {"POST /jarvi/rest/v2/profiles": IN_PROFILE, "GET /jarvi/rest/v2/profiles": IN_FILTER},
}
"""The requests of each call, in an order in which what is read is there, and what finds in each who is asked for."""
ANY_ID = "{id}"
OWN = ("id", "profileId", "linkedin_public_id", "publicIdentifier", "lastName", "last_name")
Recorded = tuple[str, str, list[str], str]
OF_ONE_CONNECTION = {"content-length", "date", "server", "connection", "transfer-encoding"}


@contextmanager
def recorded_vendors(folder: Path, origin: str, pairs: Sequence[Pair]) -> Generator[str]:
    """The three vendors as the sandbox at `origin` answers these calls; where they listen."""
    port, log, file = free_port(), folder / "recorded.log", folder / "recorded.json"
    file.write_text(json.dumps(record(origin, pairs)), encoding="utf-8")
    command = (sys.executable, str(HERE / "recorded_vendors.py"), str(port), str(file))
    with running(command, {}, log) as process:
        wait_for_port(port, process, log)
        yield f"http://127.0.0.1:{port}"


def record(origin: str, pairs: Sequence[Pair]) -> dict[str, Recorded]:
    """What is told to whoever is asked for on each route: head, body, and where in it that is."""
    found: dict[str, Recorded] = {}
    for pair in pairs:
        asked = pair.bare(0)
        for route, who in ROUTES[pair.tool].items():
            method, path = route.replace(ANY_ID, asked.get("person_id", ANY_ID)).split()
            body = asked["body"] if method != "GET" else None
            headers, params = HEADERS[path.split("/")[1]], searched(asked["body"]) if method == "GET" else None
            answer = httpx2.request(
                method, f"{origin}{path}", headers=headers, json=body, params=params, trust_env=False
            )
            found[route] = head(answer.raise_for_status()), answer.text, [*own_names(answer.json())], who
    return found


def searched(body: Mapping[str, str]) -> dict[str, str] | None:
    """What a list is asked for, so that it holds whom this body is about."""
    email = body.get("emailAddresses")
    return {"where": json.dumps({"emails": {"_search": email}})} if email else None


def own_names(answer: Mapping[str, Any]) -> Iterator[str]:
    """What belongs to one person alone: the one that an answer is about, or the first in it."""
    held: Any = answer.get("people") or answer.get("data") or answer
    person = cast("list[dict[str, Any]]", held)[0] if isinstance(held, list) else cast("dict[str, Any]", held)
    yield from (person[field] for field in OWN if person.get(field))
    if person.get("linkedinUrl"):
        yield person["linkedinUrl"].rpartition("/")[2]
    for field, part in (("emails", "value"), ("emailAddresses", "address")):
        yield from (email[part].partition("@")[0] for email in person.get(field, ()))


def head(answer: httpx2.Response) -> str:
    """The status line and the headers, but for those that belong to a connection or to the body's length."""
    headers = [f"{name}: {value}" for name, value in answer.headers.items() if name not in OF_ONE_CONNECTION]
    return "\r\n".join([f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}", *headers, ""])
