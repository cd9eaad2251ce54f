"""How the settings name the master key, and that what is no reference is not repeated."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.credentials.references import Reference
from talent_mcp.keys.master_references import FORMS, default_reference, parse_master_reference


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("keyring:", Reference("keyring", "")),
        ("keyring:2027", Reference("keyring", "2027")),
        (" passphrase: ", Reference("passphrase", "")),
        ("passphrase:new", Reference("passphrase", "new")),
        ("systemd:talent.master", Reference("systemd", "talent.master")),
        ("file:/srv/master.key", Reference("file", "/srv/master.key")),
    ],
)
def test_a_reference_names_a_kind_of_place_and_which(text: str, reference: Reference) -> None:
    assert parse_master_reference(text) == reference


def test_a_path_is_whole_whatever_folder_the_server_is_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ana")
    assert parse_master_reference("file:m.key").place == str(tmp_path / "m.key")
    assert parse_master_reference("file:~/m.key").place == "/home/ana/m.key"
    with pytest.raises(ValueError, match="a user who has no home folder"):
        parse_master_reference("file:~nobody-of-this-name/m.key")


MALFORMED = (
    "",
    ":",
    "file:",
    "file: ",
    "file:a\0b",
    "keyring",
    "keyring:../x",
    "keyring:a b",
    "passphrase:canary passphrase",
    "passphrase:a/b",
    "systemd:",
    "systemd:../x",
    "systemd:.x",
    "env:CANARY",
    "0123456789abcdef" * 4,
)


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_reference_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(ValueError, match="must say where the key lies") as refusal:
        parse_master_reference(text)
    assert str(refusal.value).endswith(FORMS)


@given(st.text(min_size=8))
def test_no_text_is_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="must say where the key lies") as refusal:
        parse_master_reference(f"x{text}")
    assert text not in str(refusal.value)


def test_the_default_is_a_file_beside_the_data(tmp_path: Path) -> None:
    assert default_reference(tmp_path) == Reference("file", str(tmp_path / "master.key"))
