"""Pseudonyms: the same person gives the same one, under a key that is private and lies beside the log."""

import stat
from pathlib import Path

import pytest

from talent_mcp.audit.pseudonyms import Pseudonyms
from talent_mcp.store import StoreUnavailable


def test_a_person_has_one_pseudonym_for_all_processes_that_share_the_key(tmp_path: Path) -> None:
    first, second = (Pseudonyms(tmp_path / "key").of(["email:ada@demo.example"]) for _ in range(2))
    assert first == second
    assert first[0].startswith("email:")
    assert "demo.example" not in first[0]


def test_another_installation_gives_another_pseudonym(tmp_path: Path) -> None:
    first, second = (Pseudonyms(tmp_path / name).of(["email:ada@demo.example"]) for name in ("a", "b"))
    assert first != second


def test_repeated_subjects_are_named_once_in_order(tmp_path: Path) -> None:
    pseudonyms = Pseudonyms(tmp_path / "key")
    one, two = pseudonyms.of(["email:b@demo.example"]), pseudonyms.of(["phone:+447700900101"])
    assert pseudonyms.of(["email:b@demo.example", "phone:+447700900101", "email:b@demo.example"]) == one + two


def test_the_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "home" / "key"
    Pseudonyms(path).of(["email:ada@demo.example"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_key_stops_the_log_instead_of_splitting_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(StoreUnavailable, match="damaged"):
        Pseudonyms(tmp_path / "key").of(["email:ada@demo.example"])


def test_a_key_that_cannot_be_made_stops_the_log(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="neither read nor made"):
        Pseudonyms(tmp_path / "file" / "key").of(["email:ada@demo.example"])
