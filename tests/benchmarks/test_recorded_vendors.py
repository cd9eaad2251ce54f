"""What answers in the vendors' place: by route, to each about whom it asked for, and however the bytes arrive."""

import json
from pathlib import Path

import anyio
import httpx2
import pytest

from .processes import free_port
from .recorded_vendors import Answers, answer_to, read_answers, serve
from .recording import IN_FILTER, IN_PATH, IN_PROFILE, ROUTES, Recorded, own_names

pytestmark = pytest.mark.anyio

OK = "HTTP/1.1 200 OK\r\n"
ADA = '{"id": "p-1", "name": "Ada Brückner", "lastName": "Brückner", "email": "ada@x.example"}'
RECORDED: dict[str, Recorded] = {
    "POST /ocean/v3/search/people": (f"{OK}content-type: application/json\r\n", '{"people": []}', [], ""),
    "POST /ocean/v2/enrich/person": (
        OK,
        ADA,
        ["p-1", "Brückner", "ada"],
        ROUTES["enrich_person"]["POST /ocean/v2/enrich/person"],
    ),
    "GET /stardex/v1/persons/{id}": (f"{OK}x-ratelimit-remaining: 9\r\n", '{"id": "p-1"}', ["p-1"], IN_PATH),
    "GET /jarvi/rest/v2/profiles": (OK, '{"id": "p-1", "email": "ada@x.example"}', ["p-1", "ada"], IN_FILTER),
    "POST /jarvi/rest/v2/profiles": (OK, '{"profileId": "p-1"}', ["p-1"], IN_PROFILE),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "recorded.json"
    file.write_text(json.dumps(RECORDED), encoding="utf-8")
    return file


@pytest.fixture
def answers(file: Path) -> Answers:
    return read_answers(file)


def answered(answers: Answers, method: str, target: str, body: object = None) -> str:
    """The body that is answered; its length is as the head says."""
    sent = b"" if body is None else json.dumps(body).encode()
    head, _, given = answer_to(f"{method} {target} HTTP/1.1".encode(), sent, answers).partition(b"\r\n\r\n")
    assert head.endswith(b"content-length: %d" % len(given))
    return given.decode()


async def test_routes_are_answered_as_recorded(file: Path) -> None:
    port = free_port()
    async with anyio.create_task_group() as tasks, httpx2.AsyncClient(trust_env=False) as http:
        tasks.start_soon(serve, port, read_answers(file))
        origin = f"http://127.0.0.1:{port}"
        while not await listens(port):
            await anyio.lowlevel.checkpoint()
        page = await http.post(f"{origin}/ocean/v3/search/people", json={"size": 10, "names": ["x" * 300_000]})
        assert (page.json(), page.headers["content-type"]) == ({"people": []}, "application/json")
        person = await http.get(f"{origin}/stardex/v1/persons/someone-else")
        assert (person.json(), person.headers["x-ratelimit-remaining"]) == ({"id": "someone-else"}, "9")
        asked = {"person": {"linkedin": "https://www.linkedin.com/in/bob-2"}}
        enriched = await http.post(f"{origin}/ocean/v2/enrich/person", json=asked)
        assert enriched.json()["id"] == "bob-2"
        assert (await http.get(f"{origin}/jarvi/graphql")).status_code == 404
        tasks.cancel_scope.cancel()


def test_whoever_is_asked_for_is_the_person_in_the_answer(answers: Answers) -> None:
    asked = {"person": {"linkedin": "https://www.linkedin.com/in/bob-2"}}
    said = '{"id": "bob-2", "name": "Ada bob-2", "lastName": "bob-2", "email": "bob-2@x.example"}'
    assert answered(answers, "POST", "/ocean/v2/enrich/person", asked) == said


def test_a_profile_is_the_same_by_its_address_and_by_its_id(answers: Answers) -> None:
    profile = '{"id": "bob-2", "email": "bob-2@x.example"}'
    for where in ({"emails": {"_search": "bob-2@x.example"}}, {"id": {"_eq": "bob-2"}}):
        target = str(httpx2.URL("/jarvi/rest/v2/profiles", params={"where": json.dumps(where, separators=(",", ":"))}))
        assert answered(answers, "GET", target) == profile
    for body in ({"emailAddresses": "bob-2@x.example"}, {"id": "bob-2", "currentPosition": "CFO"}):
        assert answered(answers, "POST", "/jarvi/rest/v2/profiles", body) == '{"profileId": "bob-2"}'


def test_who_was_recorded_and_who_is_not_named_get_what_was_recorded(answers: Answers) -> None:
    for handle in ("p-1", "ada"):
        asked = {"person": {"linkedin": f"https://www.linkedin.com/in/{handle}"}}
        assert answered(answers, "POST", "/ocean/v2/enrich/person", asked) == ADA
    assert answered(answers, "POST", "/ocean/v2/enrich/person", {"person": {}}) == ADA
    assert '"p-1"' in answered(answers, "GET", "/jarvi/rest/v2/profiles?limit=1")


def test_what_is_a_persons_own_is_told_by_each_vendors_fields() -> None:
    page = {"people": [{"id": "o-1", "linkedinUrl": "https://www.linkedin.com/in/ada-1"}, {"id": "o-2"}]}
    stardex = {"data": {"id": "s-1", "last_name": "Brück", "emails": [{"value": "ada@x.example"}], "name": "Ada Brück"}}
    jarvi = {"data": [{"id": "j-1", "lastName": None, "emailAddresses": [{"address": "ada.b@x.example"}]}], "total": 1}
    assert [*own_names(page)] == ["o-1", "ada-1"]
    assert [*own_names(stardex)] == ["s-1", "Brück", "ada"]
    assert [*own_names(jarvi)] == ["j-1", "ada.b"]
    assert [*own_names({"message": "saved", "profileId": "j-1"})] == ["j-1"]


async def listens(port: int) -> bool:
    try:
        await (await anyio.connect_tcp("127.0.0.1", port)).aclose()
    except OSError:
        return False
    return True
