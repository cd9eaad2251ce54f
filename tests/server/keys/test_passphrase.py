"""A passphrase becomes a key by Argon2id, with the cost that is stated, and a wrong one is told at once."""

import json
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from talent_mcp.credentials.secret import Secret
from talent_mcp.errors import KeysUnavailable
from talent_mcp.keys.master import Master
from talent_mcp.keys.passphrase import Cost, PassphrasePlace, derive
from tests.server.keys.places import names_in

pytestmark = pytest.mark.anyio

CHEAP = Cost(iterations=1, memory_kib=8, lanes=1)
PHRASE = "canary battery staple"


@dataclass
class Person:
    """Types the same each time; remembers whether a new passphrase was asked for."""

    phrase: str = PHRASE
    asked: list[bool] = field(default_factory=list[bool])

    def __call__(self, new: bool) -> Secret:
        self.asked.append(new)
        return Secret(self.phrase)


def place(home: Path, person: Person | None = None, source: Path | None = None) -> PassphrasePlace:
    return PassphrasePlace(home / "passphrase.json", source, person, cost=CHEAP)


def phrase_file(path: Path, content: str = PHRASE, mode: int = 0o600) -> Path:
    path.write_text(content)
    path.chmod(mode)
    return path


def test_a_guess_costs_three_passes_over_64_mib_in_four_lanes() -> None:
    assert Cost() == Cost(iterations=3, memory_kib=64 * 1024, lanes=4)


async def test_the_key_is_argon2id_of_the_passphrase_and_a_salt_in_a_private_file(tmp_path: Path) -> None:
    person = Person()
    full = PassphrasePlace(tmp_path / "passphrase.json", None, person)
    made = await Master(full).made()
    assert person.asked == [True, False]
    stored = json.loads((tmp_path / "passphrase.json").read_text())
    salt = bytes.fromhex(stored.pop("salt"))
    assert stored == {
        "kdf": "argon2id",
        "iterations": 3,
        "memory_kib": 65_536,
        "lanes": 4,
        "fingerprint": made.fingerprint,
    }
    assert len(salt) == 16
    own = Argon2id(salt=salt, length=32, iterations=3, lanes=4, memory_cost=65_536).derive(PHRASE.encode())
    assert made.key.reveal() == own
    assert (tmp_path / "passphrase.json").stat().st_mode & 0o777 == 0o600
    assert full.name == f"a passphrase and the file {tmp_path / 'passphrase.json'}"


async def test_the_same_passphrase_gives_the_same_key_again_and_another_salt_another(tmp_path: Path) -> None:
    first = await Master(place(tmp_path, Person())).made()
    again = await Master(place(tmp_path, Person())).existing()
    assert again is not None
    assert again.key.reveal() == first.key.reveal()
    assert (await Master(place(tmp_path / "other", Person())).made()).fingerprint != first.fingerprint


async def test_a_letter_with_an_accent_is_the_same_however_it_is_written() -> None:
    one, other = [await derive(Secret(text), bytes(16), CHEAP) for text in ("caf\u00e9 ole", "cafe\u0301 ole")]
    assert one.reveal() == other.reveal()


async def test_nobody_is_asked_before_a_passphrase_was_chosen(tmp_path: Path) -> None:
    person = Person()
    assert await place(tmp_path, person).read() is None
    assert person.asked == []


async def test_a_wrong_passphrase_is_told_at_once(tmp_path: Path) -> None:
    await place(tmp_path, Person()).make()
    with pytest.raises(KeysUnavailable, match="that is not the passphrase that belongs to"):
        await place(tmp_path, Person("canary battery stable")).read()


async def test_a_short_passphrase_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(KeysUnavailable, match="at least 12 characters"):
        await place(tmp_path, Person("short")).make()
    assert names_in(tmp_path) == []


async def test_a_second_passphrase_does_not_replace_the_first(tmp_path: Path) -> None:
    await place(tmp_path, Person()).make()
    await place(tmp_path, Person("another battery staple")).make()
    assert await place(tmp_path, Person()).read() is not None


async def test_a_private_file_may_hold_the_passphrase(tmp_path: Path) -> None:
    made = await Master(place(tmp_path, Person())).made()
    for content in (PHRASE, f"{PHRASE}\n", f"{PHRASE}\r\n"):
        person = Person()
        found = await Master(place(tmp_path, person, phrase_file(tmp_path / "phrase", content))).existing()
        assert found is not None
        assert found.fingerprint == made.fingerprint
        assert person.asked == []


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [(PHRASE, 0o644, "may be read by others; run `chmod 600"), ("\n", 0o600, "there is no passphrase in")],
)
async def test_a_file_that_is_not_private_or_empty_is_refused(
    tmp_path: Path, content: str, mode: int, said: str
) -> None:
    await place(tmp_path, Person()).make()
    with pytest.raises(KeysUnavailable, match=said) as failure:
        await place(tmp_path, source=phrase_file(tmp_path / "phrase", content, mode)).read()
    assert "canary" not in str(failure.value)


async def test_a_passphrase_that_is_nowhere_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(KeysUnavailable, match=r"nobody can be asked .*\(TALENT_PASSPHRASE_FILE\)"):
        await place(tmp_path).make()
    with pytest.raises(KeysUnavailable, match="the passphrase cannot be read from"):
        await place(tmp_path, source=tmp_path / "nowhere").make()


def damaged(home: Path, **changes: object) -> None:
    path = home / "passphrase.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    "changes",
    [
        {"kdf": "none"},
        {"iterations": 0},
        {"memory_kib": 2**40},
        {"lanes": "many"},
        {"salt": "not hex"},
        {"salt": None},
    ],
)
async def test_damaged_parameters_are_refused_before_they_cost_anything(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    await place(tmp_path, Person()).make()
    damaged(tmp_path, **changes)
    person = Person()
    with pytest.raises(KeysUnavailable, match="is damaged; without it the master key is lost"):
        await place(tmp_path, person).read()
    assert person.asked == []


async def test_parameters_that_are_no_json_or_not_private_or_no_file_are_refused(tmp_path: Path) -> None:
    path = phrase_file(tmp_path / "passphrase.json", "[1]")
    with pytest.raises(KeysUnavailable, match="is damaged"):
        await place(tmp_path, Person()).read()
    path.chmod(0o644)
    with pytest.raises(KeysUnavailable, match="may be read by others"):
        await place(tmp_path, Person()).read()
    path.unlink()
    path.mkdir()
    with pytest.raises(KeysUnavailable, match="cannot be read as a file"):
        await place(tmp_path, Person()).read()


async def test_a_place_that_cannot_be_written_shows_no_passphrase(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeysUnavailable, match=r"cannot be (read as a file|written)") as failure:
        await place(tmp_path / "file", Person()).make()
    whole = "".join(traceback.TracebackException.from_exception(failure.value, capture_locals=False).format())
    assert "canary" not in whole
