"""`talent-mcp audit checkpoint|key`, and what `audit verify --checkpoint` makes of them."""

import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from talent_mcp.audit.evidence import checkpoint_evidence, read_key

Run = Callable[..., Result]
pytestmark = pytest.mark.usefixtures("keys")


@pytest.fixture
def kept(run: Run, outside: object, tmp_path: Path) -> Path:
    """A checkpoint of a log of twelve entries."""
    run("doctor", obj=outside)
    path = tmp_path / "kept"
    assert run("audit", "checkpoint", "--out", str(path)).exit_code == 0
    return path


def test_a_checkpoint_opens_with_the_public_key(run: Run, kept: Path) -> None:
    key = read_key(run("audit", "key").stdout)
    assert checkpoint_evidence(kept.read_bytes(), key, "kept").head.size == 12
    assert checkpoint_evidence(run("audit", "checkpoint").stdout_bytes, key, "printed").head.size == 13


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such mode there")
def test_it_is_written_for_its_owner_alone(kept: Path) -> None:
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.glob("tmp*")] == []


def test_a_file_that_is_there_already_is_left_and_nothing_is_signed(run: Run, kept: Path) -> None:
    before = kept.read_bytes()
    refused = run("audit", "checkpoint", "--out", str(kept))
    assert (refused.exit_code, kept.read_bytes()) == (1, before)
    assert "is there already" in refused.stderr
    assert "13 entries" in run("audit", "verify").stdout


def test_a_folder_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    refused = run("audit", "checkpoint", "--out", str(tmp_path / "no" / "file"))
    assert refused.exit_code == 1
    assert "cannot be written: No such file or directory." in refused.stderr


def test_the_log_is_compared_with_every_checkpoint(run: Run, kept: Path, tmp_path: Path) -> None:
    later = tmp_path / "later"
    run("audit", "checkpoint", "--out", str(later))
    verified = run("audit", "verify", "--checkpoint", str(later), "--checkpoint", str(kept))
    assert verified.exit_code == 0
    assert "14 entries, the same as in 2 checkpoints. Its root:" in verified.stdout
    assert "the same as in 1 checkpoint. Its" in run("audit", "verify", "--checkpoint", str(later)).stdout


def test_a_log_that_begins_anew_is_not_the_one_of_the_checkpoint(run: Run, home: Path, kept: Path) -> None:
    key = run("audit", "key").stdout
    for path in home.glob("audit.*"):
        path.unlink()
    truncated = run("audit", "verify", "--checkpoint", str(kept), "--key", key)
    assert truncated.exit_code == 1
    assert f"entry 0 is missing: {kept} has 12 entries" in truncated.stdout


def test_a_checkpoint_by_another_key_is_refused(run: Run, kept: Path) -> None:
    other = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    refused = run("audit", "verify", "--checkpoint", str(kept), "--key", other)
    assert refused.exit_code == 1
    assert "is a checkpoint of another log" in refused.stderr


def test_a_log_that_was_tampered_with_is_not_signed(run: Run, kept: Path, tamper: Callable[[], None]) -> None:
    tamper()
    refused = run("audit", "checkpoint", "--out", str(kept.parent / "next"))
    assert refused.exit_code == 1
    assert "nothing was signed" in refused.stderr
    assert not (kept.parent / "next").exists()
