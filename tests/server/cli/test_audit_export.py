"""`talent-mcp audit export|prove`, and what `audit verify --export` makes of the files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
ADA = '{"person": {"linkedin": "https://www.linkedin.com/in/ada-demo-1001"}}'


@pytest.fixture
def key(run: Run) -> str:
    """The log's public key; one person was enriched in it, and another searched for."""
    run("call", "enrich_person", ADA, "--sandbox")
    run("call", "search_people", '{"people": {"names": ["Isla"]}, "limit": 1}', "--sandbox")
    return run("audit", "key", "--sandbox").stdout.strip()


@pytest.fixture
def export(run: Run, tmp_path: Path) -> Callable[..., Path]:
    """Exports to a new file, with these options."""
    made: list[Path] = []

    def write(*options: str) -> Path:
        made.append(tmp_path / f"export-{len(made)}")
        result = run("audit", "export", "--format", "jsonl", "--out", str(made[-1]), "--sandbox", *options)
        assert result.exit_code == 0, result.stderr
        return made[-1]

    return write


def entries(path: Path) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [line["envelope"] for line in lines if "envelope" in line]


def test_an_export_verifies_without_the_log_or_its_keys(
    run: Run, key: str, export: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written = export()
    monkeypatch.setenv("TALENT_HOME", str(tmp_path / "elsewhere"))
    verified = run("audit", "verify", "--export", str(written), "--key", key)
    assert verified.exit_code == 0
    assert "The export is as the log's key signed it: 8 entries. Its root:" in verified.stdout
    assert not (tmp_path / "elsewhere").exists()


def test_a_changed_export_is_an_error(run: Run, key: str, export: Callable[..., Path]) -> None:
    written = export()
    written.write_bytes(written.read_bytes().replace(b'"success"', b'"failure"', 1))
    changed = run("audit", "verify", "--export", str(written), "--key", key)
    assert changed.exit_code == 1
    assert "The export was tampered with or damaged: entry 3 is not the one that was written." in changed.stdout


def test_an_export_goes_on_after_a_cursor(run: Run, key: str, export: Callable[..., Path]) -> None:
    first = run("audit", "export", "--format", "jsonl", "--sandbox")
    cursor = first.stderr.rpartition("--after ")[2].strip()
    run("audit", "checkpoint", "--sandbox")
    written = export("--after", cursor)
    verified = run("audit", "verify", "--export", str(written), "--key", key)
    assert "1 entry, after the first 8. Its root:" in verified.stdout
    written.write_bytes(first.stdout_bytes + written.read_bytes())
    assert ": 9 entries. Its" in run("audit", "verify", "--export", str(written), "--key", key).stdout


def test_an_export_is_compared_with_checkpoints(
    run: Run, key: str, export: Callable[..., Path], tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    run("audit", "checkpoint", "--out", str(kept), "--sandbox")
    verify = ("audit", "verify", "--key", key, "--checkpoint", str(kept), "--export")
    assert "9 entries, the same as in 1 checkpoint. Its" in run(*verify, str(export())).stdout
    refused = run(*verify, str(export("--vendor", "ocean")))
    assert refused.exit_code == 1
    assert "export once more with --checkpoint" in refused.stderr
    proved = export("--vendor", "ocean", "--checkpoint", str(kept))
    assert "the same as in 1 checkpoint. Its" in run(*verify, str(proved)).stdout


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        (["--tool", "search_people"], 1),
        (["--vendor", "ocean"], 2),
        (["--vendor", "jarvi"], 0),
        (["--outcome", "success"], 2),
        (["--outcome", "in-doubt"], 0),
        (["--since", "2020-01-01", "--until", "2999-12-31T23:59:59+01:00"], 2),
        (["--since", "2999-01-01"], 0),
        (["--person", "linkedin:ada-demo-1001"], 1),
        (["--person", "nobody@example.com"], 0),
    ],
)
def test_a_part_of_the_log_verifies_too(
    run: Run, key: str, export: Callable[..., Path], options: list[str], calls: int
) -> None:
    written = export(*options)
    assert len({entry["call"] for entry in entries(written)}) == calls
    verified = run("audit", "verify", "--export", str(written), "--key", key)
    assert verified.exit_code == 0
    assert f": {4 * calls} entries, each of them of this log of 8. Its root" in verified.stdout


def test_personal_data_stand_in_an_export_only_where_they_are_asked_for(
    run: Run, key: str, export: Callable[..., Path]
) -> None:
    assert b"Brightwell" not in export().read_bytes()
    written = export("--with-personal-data")
    assert b"Brightwell" in written.read_bytes()
    assert run("audit", "verify", "--export", str(written), "--key", key).exit_code == 0
    run("audit", "erase", "--person", "linkedin:ada-demo-1001", "--sandbox", "--yes")
    assert b"Brightwell" not in export("--with-personal-data").read_bytes()


@pytest.mark.parametrize("form", ["csv", "ocsf"])
@pytest.mark.usefixtures("key")
def test_other_programs_get_what_they_read(run: Run, form: str) -> None:
    first = run("audit", "export", "--format", form, "--sandbox", "--tool", "enrich_person")
    lines = first.stdout.splitlines()
    assert len(lines) == {"csv": 5, "ocsf": 4}[form]
    assert all("enrich_person" in line for line in lines if "intent" in line)
    assert "Brightwell" not in first.stdout
    opened = run("audit", "export", "--format", form, "--sandbox", "--with-personal-data")
    assert "Brightwell" in opened.stdout
    cursor = first.stderr.rpartition("--after ")[2].strip()
    rest = run("audit", "export", "--format", form, "--sandbox", "--after", cursor).stdout.splitlines()
    assert len(rest) == {"csv": 1, "ocsf": 0}[form]


def test_one_call_is_proved(run: Run, key: str, tmp_path: Path) -> None:
    call_id = json.loads(run("audit", "list", "--json", "--sandbox").stdout.splitlines()[0])["call_id"]
    proof = tmp_path / "proof"
    assert run("audit", "prove", call_id, "--out", str(proof), "--sandbox").exit_code == 0
    assert {entry["call"] for entry in entries(proof)} == {call_id}
    verified = run("audit", "verify", "--export", str(proof), "--key", key)
    assert "4 entries, each of them of this log of 8" in verified.stdout


def test_a_call_that_is_not_there_cannot_be_proved(run: Run, tmp_path: Path) -> None:
    refused = run("audit", "prove", "nothing", "--out", str(tmp_path / "proof"))
    assert refused.exit_code == 1
    assert "There is no such call." in refused.stderr
    assert not (tmp_path / "proof").exists()


def test_an_empty_log_is_exported_without_a_cursor(run: Run) -> None:
    written = run("audit", "export", "--format", "jsonl")
    assert written.exit_code == 0
    assert "--after" not in written.stderr


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--after", "7-0000000000000000"], "the log does not hold the entry that the cursor names"),
        (["--after", "seven"], "a cursor is the index of an entry"),
    ],
)
@pytest.mark.usefixtures("key")
def test_a_cursor_of_another_log_is_an_error(run: Run, options: list[str], problem: str) -> None:
    refused = run("audit", "export", "--format", "jsonl", "--sandbox", *options)
    assert refused.exit_code == 1
    assert problem in refused.stderr


def test_options_that_would_do_nothing_are_usage_errors(run: Run, tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint"
    assert run("audit", "checkpoint", "--out", str(checkpoint)).exit_code == 0
    for options, said in (
        (("audit", "export", "--format", "csv", "--checkpoint", str(checkpoint)), "csv holds none"),
        (("audit", "verify", "--key", "another+key"), "give one of them too"),
        (("approve", "--refuse", "--reason", "she left"), "say which plan"),
    ):
        done = run(*options)
        assert done.exit_code == 2
        assert said in done.stderr


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_moment_is_a_usage_error(run: Run, moment: str) -> None:
    refused = run("audit", "export", "--format", "jsonl", "--since", moment)
    assert refused.exit_code == 2
    assert "2026-11-30T14:00:00+01:00" in refused.stderr


def test_an_export_is_verified_with_a_key_only(run: Run, tmp_path: Path) -> None:
    refused = run("audit", "verify", "--export", str(tmp_path / "x"))
    assert refused.exit_code == 2
    assert "give --key" in refused.stderr
    unreadable = run("audit", "verify", "--export", str(tmp_path / "x"), "--key", "x+y+z")
    assert unreadable.exit_code == 1
    assert "neither a verifier key nor a file" in unreadable.stderr


@pytest.mark.parametrize("name", ["missing", "."])
def test_an_export_that_cannot_be_read_is_named(run: Run, key: str, tmp_path: Path, name: str) -> None:
    refused = run("audit", "verify", "--export", str(tmp_path / name), "--key", key)
    assert refused.exit_code != 0
    assert str(tmp_path / name) in refused.stderr
