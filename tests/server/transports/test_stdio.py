"""The stdio process: how it ends, what may reach its standard output, and the hosts that speak both eras on it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest
from mcp.client.stdio import get_default_environment

from talent_mcp.audit.verify import verify
from talent_mcp.store.sqlite.store import SqliteStore
from tests.processes import COMMAND, INITIALIZE, START_SECONDS, Pipe, Vendors, piped, vendors_on_a_port

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows uses the SDK's own runner"),
]

ENVELOPE: dict[str, Any] = {
    "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "a host", "version": "1"},
    }
}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"TALENT_HOME": str(tmp_path)}


async def test_the_end_of_input_ends_the_process_cleanly(home: dict[str, str]) -> None:
    async with piped(home) as pipe:
        await pipe.initialize()
        assert await pipe.close() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_process_cleanly(home: dict[str, str], number: signal.Signals) -> None:
    async with piped(home) as pipe:
        await pipe.initialize()
        pipe.process.send_signal(number)
        assert await pipe.ended() == 0


async def test_a_signal_during_a_call_leaves_no_call_in_doubt(tmp_path: Path) -> None:
    async with vendors_on_a_port() as vendors:
        await vendors.arm("ocean", "latency", seconds=30)
        async with piped(vendors.environment(tmp_path)) as pipe:
            await pipe.initialize()
            await pipe.request(1, "tools/call", name="search_people", arguments={})
            await in_flight(vendors)
            pipe.process.send_signal(signal.SIGTERM)
            assert await pipe.ended() == 0
    store = SqliteStore(tmp_path / "audit.db")
    (call_id,) = await store.recent_calls("default", limit=5)
    entries = await store.call("default", call_id)
    assert [entry.entry.type for entry in entries] == ["intent", "credential.used", "attempt", "outcome"]
    assert entries[-1].envelope["outcome"] == "unknown"
    assert (await verify(store, "default")).problem is None
    await store.close()


async def test_a_client_that_looked_around_first_can_still_initialize(home: dict[str, str]) -> None:
    async with piped(home) as pipe:
        await pipe.request(1, "server/discover", **ENVELOPE)
        assert (await pipe.answer())["result"]["supportedVersions"] == ["2026-07-28"]
        await pipe.initialize()
        await pipe.request(2, "tools/list")
        answer = await pipe.answer()
        assert (answer["id"], len(answer["result"]["tools"])) == (2, 4)


async def test_a_modern_client_needs_no_handshake(home: dict[str, str]) -> None:
    async with piped(home) as pipe:
        await pipe.request(1, "tools/list", **ENVELOPE)
        assert len((await pipe.answer())["result"]["tools"]) == 4


async def test_a_client_that_listens_does_not_keep_the_process(home: dict[str, str]) -> None:
    async with piped(home) as pipe:
        await pipe.request(1, "subscriptions/listen", notifications={}, **ENVELOPE)
        assert (await pipe.answer())["method"] == "notifications/subscriptions/acknowledged"
        assert await pipe.close() == 0


async def test_what_is_not_json_does_not_end_the_conversation(home: dict[str, str]) -> None:
    async with piped(home) as pipe:
        await pipe.initialize()
        for line in (b"{", b"", b"[1]", b"\xff\xfe", b"x" * 100_000):
            await pipe.write(line)
        await pipe.request(7, "ping")
        answers = [await pipe.answer()]
        while answers[-1].get("id") != 7:
            answers.append(await pipe.answer())
        assert answers[-1]["result"] == {}


@pytest.mark.parametrize(
    ("line", "request_id", "code"),
    [
        (b'{"jsonrpc":"2.0","id":5,"method":"ping","params":{"a":"\\ud800"}}', 5, -32600),
        (b'{"jsonrpc":"2.0","id":"a","method":7}', "a", -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":7}', None, -32600),
        (b'{"jsonrpc":"2.0","id":5,', None, -32700),
        (b"[" * 100_000, None, -32700),
    ],
)
async def test_what_is_no_message_is_answered_as_such(
    home: dict[str, str], line: bytes, request_id: int | str | None, code: int
) -> None:
    async with piped(home) as pipe:
        await pipe.initialize()
        await pipe.write(line)
        answer = await pipe.answer()
        assert (answer["id"], answer["error"]["code"]) == (request_id, code)


async def in_flight(vendors: Vendors) -> None:
    """Return once a call has reached its vendor."""
    with anyio.fail_after(START_SECONDS):
        while not await vendors.received():
            await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("reads_only", [True, False])
async def test_a_host_that_dies_during_a_call_ends_the_process_cleanly(tmp_path: Path, reads_only: bool) -> None:
    """`reads_only`: the host no longer reads, though its end of the other pipe is still open."""
    async with vendors_on_a_port() as vendors:
        await vendors.arm("ocean", "latency", seconds=30)
        hosts_end, servers_end = os.pipe()
        async with piped(vendors.environment(tmp_path), output=servers_end) as pipe:
            os.close(servers_end)
            await pipe.request(0, "initialize", **INITIALIZE)
            assert b"talent-mcp" in await anyio.to_thread.run_sync(os.read, hosts_end, 65_536)
            await pipe.request(1, "tools/call", name="search_people", arguments={})
            await in_flight(vendors)
            os.close(hosts_end)
            if not reads_only:
                await pipe.hang_up()
            assert await pipe.ended() == 0
    store = SqliteStore(tmp_path / "audit.db")
    (call_id,) = await store.calls_in_doubt("default")
    *_, outcome = await store.call("default", call_id)
    assert (outcome.envelope["outcome"], outcome.envelope["error"]) == ("unknown", "cancelled")
    await store.close()


async def test_a_line_of_fifteen_megabytes_is_read_and_a_longer_one_only_refused(home: dict[str, str]) -> None:
    async with piped(home) as pipe:
        await pipe.initialize()
        await pipe.request(1, "tools/call", name="search_people", arguments={"people": {"names": ["x" * 15_000_000]}})
        assert (await pipe.answer())["id"] == 1
        await pipe.write(b'{"jsonrpc":"2.0","id":2,"method":"ping","params":{"a":"' + b"x" * 17_000_000 + b'"}}')
        await pipe.request(3, "ping")
        answer = await pipe.answer()
        while answer.get("id") != 3:
            answer = await pipe.answer()
        assert answer["result"] == {}


async def test_standard_output_holds_nothing_but_protocol(tmp_path: Path) -> None:
    """The server prints and its children print: neither may reach the client."""
    noisy = tmp_path / "noisy.py"
    noisy.write_text(
        "import os, subprocess, sys\n"
        "from talent_mcp.transports import stdio\n"
        "claim = stdio.claim_pipes\n"
        "def claim_and_print():\n"
        "    pipes = claim()\n"
        "    print('stray', flush=True)\n"
        "    subprocess.run([sys.executable, '-c', 'print(\"child\")'], check=True)\n"
        "    os.write(1, b'raw')\n"
        "    return pipes\n"
        "stdio.claim_pipes = claim_and_print\n"
        "from talent_mcp.cli.serving import run_stdio\n"
        "run_stdio()\n"
    )
    process = await anyio.open_process(
        [sys.executable, str(noisy)],
        env={**get_default_environment(), "TALENT_HOME": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    pipe = Pipe(process)
    await pipe.initialize()
    assert await pipe.close() == 0
    await process.aclose()


async def test_a_file_as_input_is_served_by_the_stock_runner(home: dict[str, str], tmp_path: Path) -> None:
    request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE}
    (tmp_path / "input").write_text(json.dumps(request) + "\n")
    with (tmp_path / "input").open("rb") as file:
        done = await anyio.run_process(
            COMMAND, stdin=file, env={**get_default_environment(), **home}, stderr=subprocess.DEVNULL
        )
    assert json.loads(done.stdout)["id"] == 1


async def test_settings_that_cannot_work_are_said_on_standard_error(tmp_path: Path) -> None:
    environment = {**get_default_environment(), "TALENT_HOME": str(tmp_path), "TALENT_APPROVAL": "sometimes"}
    done = await anyio.run_process(COMMAND, stdin=subprocess.DEVNULL, env=environment, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"TALENT_APPROVAL" in done.stderr
    assert b"Traceback" not in done.stderr


async def test_nothing_of_the_current_folder_is_imported(tmp_path: Path) -> None:
    """Hosts start servers in the user's project, which may well have packages named tools or server."""
    for name in ("tools", "server", "prompts", "talent_tools"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the project was imported')")
    environment = {**get_default_environment(), "TALENT_HOME": str(tmp_path / "home")}
    script = Path(sys.executable).with_name("talent-mcp")
    done = await anyio.run_process([os.fspath(script)], stdin=subprocess.DEVNULL, env=environment, cwd=tmp_path)
    assert done.returncode == 0
    assert b"imported" not in done.stderr
