"""Exports that somebody changed: whatever it was, our verifier finds it, and so does one that shares no code with it."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from talent_mcp.audit.evidence import opened_checkpoint
from talent_mcp.audit.exports.lines import DIGEST, checkpoint_line, checkpoint_of
from talent_mcp.audit.exports.selection import Selection
from talent_mcp.audit.payloads import Payloads
from talent_mcp.audit.reading import Reader
from talent_mcp.audit.subjects import Subjects
from talent_mcp.store.protocol import Head
from talent_mcp.store.sqlite.keys import SqliteKeys
from tests.faults.rounds import ROUNDS, seeded
from tests.second_verifier import export_disagreement
from tests.server.audit.calls import BEN, Calls, calls_in
from tests.server.audit.exports.pieces import KEY, LOG_KEY, TENANT, checked, exported
from tests.server.audit.keys import MadeUpKeys

KINDS = ("whole", "continued", "selected", "with personal data")
EVERY = max(1, 100 // ROUNDS)
"""Of how many bytes one is changed in turn: of each of them in `make faults`."""

Exports = dict[str, bytes]
Tampered = Callable[[bytes, st.DataObject], bytes]


async def write_some(calls: Calls) -> None:
    await calls.whole("found")
    await calls.whole("no_match", BEN)
    await calls.refuse()
    await calls.begin()
    await calls.whole("Zoë, 名", BEN)
    await calls.refuse()


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    """One export of each kind, of one log."""
    home: Path = tmp_path_factory.mktemp("log")

    async def made() -> Exports:
        keys = MadeUpKeys()
        subjects = Subjects(SqliteKeys(home / "keys.db"), keys)
        reader = Reader(Payloads(subjects, keys), subjects)
        async with calls_in(home) as calls:
            await write_some(calls)
            first = await exported(calls.store)
            await write_some(calls)
            start = (await calls.store.head(TENANT)).size // 2
            return {
                "whole": await exported(calls.store),
                "continued": await exported(calls.store, start=start),
                "selected": await exported(calls.store, selection=Selection(outcome="success"), earlier=[3, 9]),
                "with personal data": await exported(calls.store, start=start, reader=reader),
                "in two pieces": first + await exported(calls.store, start=start),
            }

    return anyio.run(made)


def agree(export: bytes) -> tuple[bool, bool]:
    """Whether each of the two verifiers takes this for what was signed."""
    return checked(export).problem is None, export_disagreement(export, str(KEY)) is None


def lines_or_bytes(export: bytes, data: st.DataObject) -> list[bytes]:
    """The export in lines, or in single bytes."""
    if data.draw(st.booleans()):
        return export.splitlines(keepends=True)
    return [bytes([byte]) for byte in export]


def span(of: list[bytes], data: st.DataObject, most: int = 40) -> tuple[int, int]:
    start = data.draw(st.integers(0, len(of) - 1))
    return start, data.draw(st.integers(start + 1, min(start + most, len(of))))


def another_byte(export: bytes, data: st.DataObject) -> bytes:
    at = data.draw(st.integers(0, len(export) - 1))
    return export[:at] + bytes([data.draw(st.integers(0, 255))]) + export[at + 1 :]


def swap(export: bytes, data: st.DataObject) -> bytes:
    parts = lines_or_bytes(export, data)
    (a, b), (c, d) = sorted([span(parts, data), span(parts, data)])
    assume(b <= c)
    return b"".join(parts[:a] + parts[c:d] + parts[b:c] + parts[a:b] + parts[d:])


def cut(export: bytes, data: st.DataObject) -> bytes:
    parts = lines_or_bytes(export, data)
    start, stop = span(parts, data, len(parts))
    return b"".join(parts[:start] + parts[stop:])


def insertion(export: bytes, data: st.DataObject) -> bytes:
    at = data.draw(st.integers(0, len(export)))
    inserted = data.draw(
        st.binary(min_size=1, max_size=20) | st.sampled_from([b" ", b"\n", b"\r\n", b"0", b"{}", b'"'])
    )
    return export[:at] + inserted + export[at:]


def replay(export: bytes, data: st.DataObject) -> bytes:
    parts = lines_or_bytes(export, data)
    start, stop = span(parts, data)
    at = data.draw(st.integers(0, len(parts)))
    over = data.draw(st.integers(0, min(stop - start, len(parts) - at)))
    return b"".join(parts[:at] + parts[start:stop] + parts[at + over :])


@pytest.mark.parametrize("kind", [*KINDS, "in two pieces"])
def test_an_export_that_nobody_touched_is_taken_by_both(exports: Exports, kind: str) -> None:
    assert agree(exports[kind]) == (True, True)


@pytest.mark.parametrize("tamper", [another_byte, swap, cut, insertion, replay])
@given(data=st.data(), kind=st.sampled_from(KINDS))
@settings(max_examples=20 * ROUNDS, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
def test_a_change_is_found_by_both(exports: Exports, tamper: Tampered, data: st.DataObject, kind: str) -> None:
    changed = tamper(exports[kind], data)
    assume(changed != exports[kind])
    assert agree(changed) == (False, False)


def signed_again(export: bytes, changed: bytes) -> bytes:
    """What is left of the entries, under the true head of the log, signed by whoever has its key."""
    first, last = export.splitlines(keepends=True)[0], export.splitlines(keepends=True)[-1]
    head = opened_checkpoint(checkpoint_of(last), KEY, "the export")
    signed = LOG_KEY.sign(Head(head.size, head.root), DIGEST + sha256(first + changed).hexdigest())
    return first + changed + checkpoint_line(signed)


@pytest.mark.parametrize("tamper", [another_byte, swap, insertion, replay])
@given(data=st.data(), kind=st.sampled_from(["whole", "continued", "selected"]))
@settings(max_examples=10 * ROUNDS, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
def test_the_entries_prove_themselves_even_where_the_rest_was_signed_again(
    exports: Exports, tamper: Tampered, data: st.DataObject, kind: str
) -> None:
    entries = b"".join(exports[kind].splitlines(keepends=True)[1:-1])
    assert checked(signed_again(exports[kind], entries)).problem is None
    changed = tamper(entries, data)
    assume(changed != entries)
    assert checked(signed_again(exports[kind], changed)).problem is not None


@pytest.mark.parametrize("kind", [*KINDS, "in two pieces"])
def test_each_byte_counts(exports: Exports, kind: str) -> None:
    export, chance = exports[kind], seeded("bytes", kind)
    for at in range(0, len(export), EVERY):
        changed = bytearray(export)
        changed[at] ^= chance.randrange(1, 256)
        assert agree(bytes(changed)) == (False, False), at


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_of_another_export_does_not_pass_in_the_place_of_ones_own(exports: Exports, kind: str) -> None:
    lines = exports[kind].splitlines(keepends=True)
    others = {line for other, export in exports.items() if other != kind for line in export.splitlines(keepends=True)}
    chance = seeded("lines", kind)
    for at in range(len(lines)):
        for other in chance.sample(sorted(others - {lines[at]}), 2):
            assert agree(b"".join([*lines[:at], other, *lines[at + 1 :]])) == (False, False)
