"""Evidence: what an auditor kept counts if it is of this log, and says what is wrong with it otherwise."""

from pathlib import Path

import pytest

from talent_mcp.audit.checkpoints import Checkpoint, sign_checkpoint
from talent_mcp.audit.entries import write_entry
from talent_mcp.audit.evidence import NoEvidence, checkpoint_evidence, read_checkpoint, read_key
from talent_mcp.audit.growing import Evidence
from talent_mcp.audit.notes import VerifierKey, sign_note
from talent_mcp.audit.verify import verify
from talent_mcp.store.protocol import Head
from talent_mcp.store.sqlite.store import SqliteStore
from tests.server.audit.test_verify import log_of_nine

ORIGIN = "talent.example/default"
PRIVATE_KEY = bytes(range(32))
KEY = VerifierKey.of(ORIGIN, PRIVATE_KEY)
ROOT = bytes(range(32, 64))
NOTE = sign_checkpoint(Checkpoint(ORIGIN, 7, ROOT), PRIVATE_KEY)


def test_a_checkpoint_of_this_log_vouches_for_its_head(tmp_path: Path) -> None:
    path = tmp_path / "monday"
    path.write_bytes(NOTE)
    assert read_checkpoint(path, KEY) == Evidence(Head(7, ROOT), str(path))


@pytest.mark.parametrize(
    ("note", "why"),
    [
        (
            sign_checkpoint(Checkpoint("talent.example/other", 7, ROOT), PRIVATE_KEY),
            "monday is a checkpoint of another",
        ),
        (sign_note(str(Checkpoint("other", 7, ROOT)), ORIGIN, PRIVATE_KEY), "monday is a checkpoint of another log"),
        (sign_checkpoint(Checkpoint(ORIGIN, 7, ROOT), bytes(32)), "not signed by this key"),
        (NOTE.replace(b"\n7\n", b"\n8\n"), "signature of this key is wrong"),
        (sign_note("hello\n", ORIGIN, PRIVATE_KEY), "monday is no checkpoint of this log: a checkpoint has a line"),
        (b"", "monday is no checkpoint of this log"),
        (NOTE + b"x" * (1 << 18), "at most"),
    ],
)
def test_what_is_none_says_why(note: bytes, why: str) -> None:
    with pytest.raises(NoEvidence, match=why):
        checkpoint_evidence(note, KEY, "monday")


@pytest.mark.parametrize("name", [".", "missing"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(NoEvidence, match="cannot be read"):
        read_checkpoint(tmp_path / name, KEY)


def test_a_key_is_given_as_it_is_or_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n")
    assert read_key(str(path)) == read_key(str(KEY)) == read_key(f" {KEY}\n") == KEY


@pytest.mark.parametrize("given", ["", "missing", "x" * 5000, "a\0b", f"{KEY}x"])
def test_what_is_no_key_is_not_repeated(given: str) -> None:
    with pytest.raises(NoEvidence, match="neither a verifier key nor a file") as refused:
        read_key(given)
    assert not given or given not in str(refused.value)


def test_a_file_that_holds_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff" * 9000)
    with pytest.raises(NoEvidence):
        read_key(str(tmp_path / "key"))


@pytest.mark.anyio
async def test_a_log_that_was_cut_or_rewritten_does_not_meet_what_was_kept(tmp_path: Path) -> None:
    path = await log_of_nine(tmp_path)
    store = SqliteStore(path)
    head = await store.head("default")
    await store.append(write_entry(tenant="default", call_id="c", type_="denied", at=1, fields={}))
    longer = await store.head("default")
    kept = [Evidence(longer, "tuesday"), Evidence(head, "monday")]
    assert (await verify(store, "default", kept)).problem is None
    cut = [*kept, Evidence(Head(12, ROOT), "wednesday")]
    assert (await verify(store, "default", cut)).problem == "entry 10 is missing: wednesday has 12 entries"
    rewritten = [Evidence(Head(4, ROOT), "sunday"), *kept]
    problem = (await verify(store, "default", rewritten)).problem
    assert problem == "the first 4 entries are not those of sunday: one was changed"
    await store.close()
