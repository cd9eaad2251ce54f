"""The order of system calls in a real server, as strace sees it: a call's intent is synced before the first byte goes
to the vendor, and its outcome before the first byte of the answer goes to the client."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.faults.programs import require
from tests.processes import Pipe, Vendors, piped, vendors_on_a_port

pytestmark = pytest.mark.anyio

TRACED = "pwrite64,fdatasync,fsync,write,sendto,recvfrom"
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("search_people", {"people": {"names": ["Ada Brightwell"]}}),
    ("enrich_person", {"person": {"linkedin": "https://www.linkedin.com/in/ada-demo-1001"}}),
    (
        "update_stardex_person",
        {"find": {"email": "ada.brightwell@ledgerloop.example"}, "changes": {"first_name": "Ada"}},
    ),
    ("upsert_jarvi_profile", {"profile": {"external_id": "x-1", "first_name": "Ada"}}),
]
LINE = re.compile(r"^(?P<thread>\d+) +(?P<resumed><\.\.\. )?(?P<name>\w+)(?P<rest>.*)$")
UNFINISHED = "<unfinished ...>"
SYNCS = ("fdatasync", "fsync")


@dataclass(slots=True)
class SystemCall:
    """One system call: what it was given, and the lines of the trace at which it began and had ended."""

    name: str
    given: str
    began: int
    ended: int

    def is_on(self, file: str) -> bool:
        return f"{file}>" in self.given.partition(",")[0]


def system_calls(trace: Sequence[str]) -> list[SystemCall]:
    """In the order in which they began."""
    found: list[SystemCall] = []
    open_ones: dict[tuple[str, str], SystemCall] = {}
    for number, line in enumerate(trace):
        match = LINE.match(line)
        if match is None:
            continue
        of = (match["thread"], match["name"])
        if match["resumed"]:
            call = open_ones.pop(of)
            call.given += match["rest"]
            call.ended = number
            continue
        call = SystemCall(match["name"], match["rest"], number, number)
        found.append(call)
        if line.endswith(UNFINISHED):
            open_ones[of] = call
    return found


def first(calls: Sequence[SystemCall], after: int, wanted: Callable[[SystemCall], bool]) -> SystemCall:
    """The first of these that began after a line of the trace."""
    return next(call for call in calls if call.began > after and wanted(call))


def writes_entry(type_: str, call_id: str) -> Callable[[SystemCall], bool]:
    text = rf"\"type\":\"{type_}\",\"call\":\"{call_id}\""
    return lambda call: call.name == "pwrite64" and call.is_on("audit.db-wal") and text in call.given


def syncs_the_log(call: SystemCall) -> bool:
    return call.name in SYNCS and call.is_on("audit.db-wal")


async def traced_calls(vendors: Vendors, home: Path, log: Path) -> tuple[list[SystemCall], list[str]]:
    """The system calls of a server that makes one call of each tool, and the identifiers of those calls."""
    strace = [require("strace"), "-f", "-yy", "-s", "4096", "-e", f"trace={TRACED}", "-o", str(log)]
    ids: list[str] = []
    async with piped(vendors.environment(home), under=strace) as pipe:
        await pipe.initialize()
        for number, (tool, arguments) in enumerate(CALLS, 1):
            ids.append(await called(pipe, number, tool, arguments))
        assert await pipe.close() == 0
    return system_calls((await anyio.Path(log).read_text(errors="replace")).splitlines()), ids


async def called(pipe: Pipe, number: int, tool: str, arguments: dict[str, Any]) -> str:
    await pipe.request(number, "tools/call", name=tool, arguments=arguments)
    result = (await pipe.answer())["result"]
    assert not result.get("isError"), result
    return str(result["_meta"]["talent-mcp/call_id"])


async def test_intents_are_synced_before_requests_and_outcomes_before_answers(tmp_path: Path) -> None:
    async with vendors_on_a_port() as vendors:
        calls, ids = await traced_calls(vendors, tmp_path / "home", tmp_path / "trace")
    vendor = f"->{vendors.origin.removeprefix('http://')}]"
    last_answer = -1
    for number, call_id in enumerate(ids, 1):
        answer = first(calls, -1, lambda call, id_=number: is_answer(call, id_))  # type: ignore[misc]  # mypy takes no default in a lambda
        during = [call for call in calls if last_answer < call.began < answer.began]
        to_vendor = [call for call in during if vendor in call.given.partition(",")[0]]
        intent = first(during, -1, writes_entry("intent", call_id))
        assert first(during, intent.ended, syncs_the_log).ended < to_vendor[0].began
        assert to_vendor[0].name == "sendto"
        outcome = first(during, to_vendor[-1].began, writes_entry("outcome", call_id))
        assert first(during, outcome.ended, syncs_the_log).ended < answer.began
        last_answer = answer.began


def is_answer(call: SystemCall, number: int) -> bool:
    return call.name == "write" and rf"{{\"jsonrpc\":\"2.0\",\"id\":{number}," in call.given


async def test_the_names_of_the_first_files_are_durable_before_the_first_request(tmp_path: Path) -> None:
    async with vendors_on_a_port() as vendors:
        calls, _ = await traced_calls(vendors, tmp_path / "made" / "home", tmp_path / "trace")
    vendor = f"->{vendors.origin.removeprefix('http://')}]"
    sent = first(calls, -1, lambda call: call.name == "sendto" and vendor in call.given)
    for folder in (tmp_path, tmp_path / "made", tmp_path / "made" / "home"):
        synced = first(calls, -1, lambda call, at=folder: call.name in SYNCS and call.is_on(str(at)))  # type: ignore[misc]  # as above
        assert synced.ended < sent.began
