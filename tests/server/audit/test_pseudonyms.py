"""Pseudonyms: the same person or request gives the same one, under a key that is private and beside the log."""

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from talent_mcp.audit.pseudonyms import Pseudonyms, canonical_json
from talent_mcp.store import StoreUnavailable

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


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


def test_the_same_request_has_one_pseudonym_that_says_nothing_of_it(tmp_path: Path) -> None:
    first = Pseudonyms(tmp_path / "key").of_request("enrich_person", {"person": {"name": "Ada", "country": "gb"}})
    second = Pseudonyms(tmp_path / "key").of_request("enrich_person", {"person": {"country": "gb", "name": "Ada"}})
    assert first == second
    assert len(bytes.fromhex(first)) == 16


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("search_people", {"person": {"name": "Ada"}}),
        ("enrich_person", {"person": {"name": "ada"}}),
        ("enrich_person", {"person": {"name": "Ada"}, "reveal_emails": True}),
        ("enrich_person", {"person": ["name", "Ada"]}),
    ],
)
def test_another_request_has_another_pseudonym(tmp_path: Path, tool: str, arguments: JsonValue) -> None:
    pseudonyms = Pseudonyms(tmp_path / "key")
    assert pseudonyms.of_request(tool, arguments) != pseudonyms.of_request("enrich_person", {"person": {"name": "Ada"}})


def test_a_request_has_another_pseudonym_in_another_installation(tmp_path: Path) -> None:
    first, second = (Pseudonyms(tmp_path / name).of_request("search_people", {}) for name in ("a", "b"))
    assert first != second


def reordered(value: JsonValue) -> JsonValue:
    """The same value with the names of each object in the opposite order."""
    if isinstance(value, dict):
        return {name: reordered(held) for name, held in reversed(value.items())}
    return [reordered(part) for part in value] if isinstance(value, list) else value


@given(VALUES)
def test_canonical_json_is_one_text_for_one_value(value: JsonValue) -> None:
    assert canonical_json(reordered(value)) == canonical_json(value)
    assert json.loads(canonical_json(value)) == value
