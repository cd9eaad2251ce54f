"""The sandbox's answers to the vendor requests of the calls, given again by a process that does nothing else."""

import json
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2

from .processes import HERE, free_port, running, wait_for_port
from .tool_requests import HEADERS, Pair

ROUTES = {
    "search_people": ("POST /ocean/v3/search/people",),
    "enrich_person": ("POST /ocean/v2/enrich/person",),
    "update_stardex_person": ("GET /stardex/v1/persons/{id}", "PATCH /stardex/v1/persons/{id}"),
    "upsert_jarvi_profile": ("GET /jarvi/rest/v2/profiles", "POST /jarvi/rest/v2/profiles"),
}
ANY_ID = "{id}"
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


def record(origin: str, pairs: Sequence[Pair]) -> dict[str, tuple[str, str]]:
    """Route to head and body; where a route names one person, every other is answered like it."""
    found: dict[str, tuple[str, str]] = {}
    for pair in pairs:
        asked = pair.bare(0)
        person = asked.get("person_id", ANY_ID)
        for route in ROUTES[pair.tool]:
            method, path = route.replace(ANY_ID, person).split()
            body = asked["body"] if method != "GET" else None
            headers = HEADERS[path.split("/")[1]]
            answer = httpx2.request(method, f"{origin}{path}", headers=headers, json=body, trust_env=False)
            found[route] = head(answer.raise_for_status()), answer.text.replace(person, ANY_ID)
    return found


def head(answer: httpx2.Response) -> str:
    """The status line and the headers, but for those that belong to a connection or to the body's length."""
    headers = [f"{name}: {value}" for name, value in answer.headers.items() if name not in OF_ONE_CONNECTION]
    return "\r\n".join([f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}", *headers, ""])
