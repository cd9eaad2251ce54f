"""Exports that prove themselves: what is written verifies, what was changed is found and named."""

import json
from collections.abc import AsyncGenerator, Callable
from hashlib import sha256
from pathlib import Path

import pytest

from talent_mcp.audit.entries import write_entry
from talent_mcp.audit.evidence import NoEvidence, read_checkpoint
from talent_mcp.audit.exports.lines import DIGEST, Opening, checkpoint_line, entry_line
from talent_mcp.audit.exports.selection import Selection
from talent_mcp.audit.growing import Evidence
from talent_mcp.audit.merkle import PAGE_LEAVES, Tree, leaf_hash
from talent_mcp.audit.notes import VerifierKey, sign_note
from talent_mcp.audit.signing import LogKey, NotWhole
from talent_mcp.credentials.secret import SecretKey
from talent_mcp.store.protocol import Head
from talent_mcp.store.sqlite.store import SqliteStore
from tests.server.audit.calls import BEN, Calls, calls_in
from tests.server.audit.exports.pieces import KEY, LOG_KEY, TENANT, checked, exported, joined
from tests.server.audit.test_verify import log_of_nine, tamper

pytestmark = pytest.mark.anyio

Change = Callable[[list[bytes]], list[bytes]]
CHANGES: list[tuple[Change, str]] = [
    (lambda lines: lines[:3] + lines[4:], "entry 2 is missing"),
    (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], "entry 2 is missing"),
    (lambda lines: lines[:4] + lines[3:], "entry 3 is missing, or another one stands in its place"),
    (lambda lines: [*lines[:-2], lines[-1]], "entry 6 is missing"),
    (lambda lines: lines[:-1], "cut off: the checkpoint at its end is missing"),
    (lambda lines: lines[:1], "cut off"),
    (lambda lines: lines[1:], "line 1 cannot be read: it is not the first line"),
    (lambda lines: [*lines, lines[-1]], "line 10 cannot be read"),
    (lambda lines: [*lines[:2], b"", *lines[2:]], "line 3 cannot be read: it is no entry"),
    (lambda lines: [*lines[:2], b'{"of":0,"payload":1}', *lines[2:]], "a line up to line 10 was changed, outside"),
    (lambda lines: [*lines[:2], b'{"of":1,"payload":1}', *lines[2:]], "line 3 cannot be read"),
    (
        lambda lines: ([*lines[:-1], lines[-1].replace(b"\\n7\\n", b"\\n8\\n")]),
        "wrong",
    ),
    (lambda lines: [*lines[:-1], lines[-1].replace(b'":"', b'": "')], "line 9 cannot be read: it is not the last"),
    (lambda lines: [*lines[:-1], b'{"checkpoint":7}'], "line 9 cannot be read: it is not the last line"),
    (lambda lines: [lines[0].replace(b'"start":0', b'"start":1'), *lines[1:]], "does not stand for 1 entries"),
    (lambda lines: [lines[0].replace(b'"stop":7', b'"stop":8'), *lines[1:]], "not the checkpoint that this export"),
    (lambda lines: [lines[0].replace(b'"stop":7', b'"stop":6'), *lines[1:]], "entry 6 is missing, or another"),
    (lambda lines: [lines[0].replace(b"default", b"another"), *lines[1:]], "line 1 says that it is of another log"),
    (lambda lines: [lines[0].replace(b"audit 1", b"audit 2"), *lines[1:]], "line 1 cannot be read"),
]
CHANGES_OF_SELECTED: list[tuple[Change, str]] = [
    (lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], "entry 1 is not in its place"),
    (lambda lines: lines[:3] + lines[4:], "a line up to line 8 was changed, outside of the entries"),
    (lambda lines: [lines[0].replace(b"ocean", b"jarvi"), *lines[1:]], "was changed, outside of the entries"),
    (lambda lines: [lines[0].replace(b'"start":0', b'"start":5'), *lines[1:]], "entry 0 is not in its place"),
]


@pytest.fixture
async def calls(tmp_path: Path) -> AsyncGenerator[Calls]:
    """A log of seven entries: two whole calls, a refused one, and one that goes on."""
    async with calls_in(tmp_path) as written:
        await written.whole("found")
        await written.whole("no_match", BEN)
        await written.refuse()
        await written.begin()
        await written.refuse()
        yield written


async def test_an_export_holds_the_stored_bytes_and_verifies_with_the_public_key(calls: Calls) -> None:
    export = await exported(calls.store)
    lines = export.splitlines()
    stored = [entry async for entry in calls.store.entries(TENANT)]
    assert [line.partition(b',"envelope":')[2][:-1] for line in lines[1:-1]] == [s.entry.envelope for s in stored]
    found, head = checked(export), await calls.store.head(TENANT)
    assert (found.problem, found.start, found.entries, found.whole, found.head) == (None, 0, 7, True, head)


async def test_every_line_is_an_object_that_any_program_reads(calls: Calls) -> None:
    first, *entries, last = map(json.loads, (await exported(calls.store)).splitlines())
    assert (first["log"], first["stop"]) == (KEY.name, 7)
    assert [entry["envelope"]["type"] for entry in entries[:3]] == ["intent", "outcome", "intent"]
    assert last["checkpoint"].startswith(f"{KEY.name}\n7\n")


async def test_an_empty_log_can_be_exported(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    found = checked(await exported(store))
    assert (found.problem, found.entries, found.head) == (None, 0, Head(0, Tree().root))
    await store.close()


async def test_an_export_goes_on_where_the_last_one_ended(calls: Calls) -> None:
    first = await exported(calls.store)
    await calls.whole("found")
    second = await exported(calls.store, start=7)
    found = checked(first + second)
    assert (found.problem, found.start, found.entries, found.head.size) == (None, 0, 9, 9)
    alone = checked(second)
    assert (alone.problem, alone.start, alone.entries) == (None, 7, 2)


async def test_an_export_of_more_entries_than_a_page_verifies_and_so_does_what_follows_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    for number in range(2 * PAGE_LEAVES + 10):
        store.enqueue(write_entry(tenant=TENANT, call_id=f"c{number}", type_="denied", at=number, fields={}))
    await store.append(write_entry(tenant=TENANT, call_id="last", type_="denied", at=1, fields={}))
    head, start = await store.head(TENANT), PAGE_LEAVES + 5
    whole, rest = await exported(store), await exported(store, start=start)
    kept = Evidence(Head(start, Tree().append(await store.leaves(TENANT, 0, start)).root), "monday")
    for export, first in ((whole, 0), (rest, start)):
        found = checked(export, [kept])
        assert (found.problem, found.start, found.entries, found.head) == (None, first, head.size - first, head)
    lines = whole.splitlines(keepends=True)
    missing = checked(b"".join([*lines[:-2], lines[-1]]))
    assert missing.problem == f"entry {head.size - 1} is missing"
    await store.close()


async def test_pieces_that_do_not_belong_together_are_found(calls: Calls) -> None:
    first = await exported(calls.store)
    await calls.whole("found")
    second, third = await exported(calls.store, start=7), await exported(calls.store, start=9)
    assert "entry 7 is missing" in str(checked(first + third).problem)
    assert "entry 7 is missing" in str(checked(first + first).problem)
    assert "entry 9 is missing" in str(checked(second + first).problem)
    assert checked(first + second + third).problem is None


async def test_a_piece_of_a_rewritten_log_does_not_go_on_from_the_first(calls: Calls, tmp_path: Path) -> None:
    first = await exported(calls.store)
    async with calls_in(tmp_path / "other") as others:
        for _ in range(4):
            await others.whole("found")
        rewritten = await exported(others.store, start=7)
    assert checked(rewritten).problem is None
    assert "after other entries" in str(checked(first + rewritten).problem)


async def test_entries_that_are_wanted_are_proved_one_by_one(calls: Calls) -> None:
    export = await exported(calls.store, selection=Selection(outcome="denied"))
    lines = [json.loads(line) for line in export.splitlines()]
    assert lines[0]["selection"] == {"outcome": "denied"}
    assert [line["envelope"]["type"] for line in lines[1:-1]] == ["denied", "denied"]
    found = checked(export)
    assert (found.problem, found.entries, found.whole, found.head.size) == (None, 2, False, 7)


@pytest.mark.parametrize("selection", [Selection(), Selection(vendor="ocean")])
async def test_a_changed_entry_is_named(calls: Calls, selection: Selection) -> None:
    lines = (await exported(calls.store, selection=selection)).splitlines()
    lines[4] = lines[4].replace(b'"outcome":"success"', b'"outcome":"failure"')
    assert checked(joined(lines)).problem == "entry 3 is not the one that was written"


def forged(line: bytes) -> bytes:
    """A changed entry with the hash that belongs to it."""
    head, _, envelope = line.replace(b'"success"', b'"failure"').partition(b',"envelope":')
    return head.replace(head[19:83], leaf_hash(envelope[:-1]).hex().encode()) + b',"envelope":' + envelope


async def test_an_entry_that_was_changed_with_its_hash_is_found(calls: Calls) -> None:
    lines = (await exported(calls.store)).splitlines()
    lines[4] = forged(lines[4])
    assert "one was changed, with its hash" in str(checked(joined(lines)).problem)
    selected = (await exported(calls.store, selection=Selection(vendor="ocean"))).splitlines()
    selected[4] = forged(selected[4])
    assert checked(joined(selected)).problem == "entry 3 is not in the log whose root the export names"


@pytest.mark.parametrize(("change", "problem"), CHANGES)
async def test_whatever_else_was_changed_is_found(calls: Calls, change: Change, problem: str) -> None:
    lines = (await exported(calls.store)).splitlines()
    assert problem in str(checked(joined(change(lines))).problem)


@pytest.mark.parametrize(("change", "problem"), CHANGES_OF_SELECTED)
async def test_whatever_else_was_changed_of_selected_entries_is_found(
    calls: Calls, change: Change, problem: str
) -> None:
    lines = (await exported(calls.store, selection=Selection(vendor="ocean"))).splitlines()
    assert problem in str(checked(joined(change(lines))).problem)


async def test_a_line_that_is_cut_off_is_found(calls: Calls) -> None:
    export = await exported(calls.store)
    assert checked(export[:-1]).problem == "line 9 is cut off"
    assert checked(b"").problem == "it is empty"


async def test_another_root_that_fits_the_entries_is_not_the_one_that_was_signed(calls: Calls) -> None:
    first, *lines = (await exported(calls.store, selection=Selection(until="2000"))).splitlines()
    root = json.loads(first)["root"]
    changed = joined([first.replace(root.encode(), b"00" * 32), *lines])
    assert checked(changed).problem == "the root that the export names is not the one that was signed"


async def test_further_signatures_under_an_export_are_not_taken(calls: Calls) -> None:
    lines = (await exported(calls.store)).splitlines()
    note = json.loads(lines[-1])["checkpoint"]
    more = sign_note("x\n", "witness", bytes(32)).decode().partition("\n\n")[2]
    changed = joined(lines[:-1]) + checkpoint_line((note + more).encode())
    assert "is not the checkpoint that this export was written with" in str(checked(changed).problem)


async def test_an_entry_that_carries_a_proof_among_those_that_need_none_is_found(calls: Calls) -> None:
    lines = (await exported(calls.store)).splitlines()
    lines[1] = lines[1].replace(b',"envelope"', b',"proof":[],"envelope"', 1)
    assert "carries a proof" in str(checked(joined(lines)).problem)


async def test_an_export_is_compared_with_what_was_kept(calls: Calls) -> None:
    before = await calls.store.head(TENANT)
    export = await exported(calls.store)
    await calls.whole("found")
    export += await exported(calls.store, start=before.size)
    after = await calls.store.head(TENANT)
    assert checked(export, [Evidence(after, "tuesday"), Evidence(before, "monday")]).problem is None
    rewritten = [Evidence(Head(5, bytes(32)), "sunday")]
    assert "first 5 entries are not those of sunday" in str(checked(export, rewritten).problem)
    longer = [Evidence(Head(12, bytes(32)), "wednesday")]
    assert checked(export, longer).problem == "entry 9 is missing: wednesday has 12 entries"


async def test_selected_entries_are_compared_with_what_was_kept_at_the_same_moment_only(calls: Calls) -> None:
    export = await exported(calls.store, selection=Selection(outcome="denied"))
    assert checked(export, [Evidence(await calls.store.head(TENANT), "monday")]).problem is None
    assert "not those of monday" in str(checked(export, [Evidence(Head(7, bytes(32)), "monday")]).problem)
    with pytest.raises(NoEvidence, match="sunday has 5 entries, and this export does not hold all"):
        checked(export, [Evidence(Head(5, bytes(32)), "sunday")])


@pytest.mark.parametrize(
    ("start", "selection"),
    [(0, Selection(outcome="denied")), (7, Selection(outcome="denied")), (9, Selection())],
)
async def test_a_part_brings_what_proves_that_the_log_is_the_one_that_was_kept(
    calls: Calls, start: int, selection: Selection
) -> None:
    kept: list[Evidence] = []
    for day in ("monday", "tuesday", "wednesday"):
        kept.append(Evidence(await calls.store.head(TENANT), day))
        await calls.whole("found")
    sizes = [evidence.head.size for evidence in kept]
    export = await exported(calls.store, start=start, selection=selection, earlier=[*sizes, *sizes, 99])
    assert checked(export, kept).problem is None
    rewritten = Evidence(Head(sizes[0], bytes(32)), "sunday")
    assert checked(export, [rewritten]).problem == "the log is not the one of sunday, continued"
    with pytest.raises(NoEvidence, match="friday has 5 entries"):
        checked(export, [Evidence(Head(5, bytes(32)), "friday")])


async def test_an_export_says_nothing_to_those_who_trust_another_key(calls: Calls) -> None:
    export = await exported(calls.store)
    assert "of another log" in str(checked(export, key=LogKey.of(TENANT, SecretKey(bytes(32))).verifier).problem)
    stranger = VerifierKey.of(KEY.name, bytes(32))
    assert "not signed by this key" in str(checked(export, key=stranger).problem)


async def test_an_export_that_goes_on_is_of_a_log_that_is_whole_up_to_there(tmp_path: Path) -> None:
    path = await log_of_nine(tmp_path)
    tamper(path, "DELETE FROM entries WHERE idx = 4")
    store = SqliteStore(path)
    with pytest.raises(NotWhole):
        await exported(store, start=8)
    await store.close()


async def test_a_checkpoint_out_of_an_export_serves_as_one(calls: Calls, tmp_path: Path) -> None:
    note = json.loads((await exported(calls.store)).splitlines()[-1])["checkpoint"]
    (tmp_path / "kept").write_text(note, encoding="utf-8", newline="\n")
    assert read_checkpoint(tmp_path / "kept", KEY).head == await calls.store.head(TENANT)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE entries SET envelope = replace(envelope, '\"x\"', '\"y\"') WHERE idx = 4", "entry 4 is not the one"),
        ("DELETE FROM entries WHERE idx = 4", "entry 4 is missing"),
        ("DELETE FROM entries WHERE idx = 8", "entry 8 is missing"),
        ("UPDATE heads SET frontier = zeroblob(64)", "run `talent-mcp audit verify`"),
    ],
)
async def test_a_log_that_is_not_whole_is_not_signed(tmp_path: Path, statement: str, problem: str) -> None:
    path = await log_of_nine(tmp_path)
    tamper(path, statement)
    store = SqliteStore(path)
    with pytest.raises(NotWhole, match=problem):
        await exported(store)
    with pytest.raises(NotWhole):
        await exported(store, selection=Selection(until="2000"))
    await store.close()


def test_an_envelope_may_hold_anything_that_stands_in_one_line() -> None:
    envelope = b'{"a":"\xc3\xa9","proof":["x"],"envelope":{"b":"}}"}}'
    leaf = leaf_hash(envelope)
    tree = Tree().append([leaf])
    piece = Opening(KEY.name, 0, 1, frontier=()).line + entry_line(0, leaf, envelope)
    signed = LOG_KEY.sign(Head(1, tree.root), DIGEST + sha256(piece).hexdigest())
    assert checked(piece + checkpoint_line(signed)).problem is None
