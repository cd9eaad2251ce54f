"""What answers in the vendors' place: by route, to one identifier like to another, and however the bytes arrive."""

import json
from pathlib import Path

import anyio
import httpx2
import pytest

from .processes import free_port
from .recorded_vendors import read_answers, serve

pytestmark = pytest.mark.anyio

RECORDED = {
    "POST /ocean/v3/search/people": ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n", '{"people": []}'),
    "GET /stardex/v1/persons/{id}": ("HTTP/1.1 200 OK\r\nx-ratelimit-remaining: 9\r\n", '{"id": "{id}"}'),
}


async def test_routes_are_answered_as_recorded(tmp_path: Path) -> None:
    file, port = tmp_path / "recorded.json", free_port()
    file.write_text(json.dumps(RECORDED), encoding="utf-8")
    async with anyio.create_task_group() as tasks, httpx2.AsyncClient(trust_env=False) as http:
        tasks.start_soon(serve, port, read_answers(file))
        origin = f"http://127.0.0.1:{port}"
        while not await listens(port):
            await anyio.lowlevel.checkpoint()
        page = await http.post(f"{origin}/ocean/v3/search/people", json={"size": 10, "names": ["x" * 300_000]})
        assert (page.json(), page.headers["content-type"]) == ({"people": []}, "application/json")
        person = await http.get(f"{origin}/stardex/v1/persons/someone-else")
        assert (person.json(), person.headers["x-ratelimit-remaining"]) == ({"id": "someone-else"}, "9")
        assert (await http.get(f"{origin}/jarvi/graphql")).status_code == 404
        tasks.cancel_scope.cancel()


async def listens(port: int) -> bool:
    try:
        await (await anyio.connect_tcp("127.0.0.1", port)).aclose()
    except OSError:
        return False
    return True
