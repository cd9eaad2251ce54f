"""`talent-mcp files`: a person hands over a file, and an agent sends it by its handle."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

ADA_PROFILE = "https://www.linkedin.com/in/ada-demo-1001"
Run = Callable[..., Result]
ADA = {"first_name": "Ada", "last_name": "Demo", "email_addresses": ["ada@people.example"]}


@pytest.fixture
def resume(tmp_path: Path) -> Path:
    path = tmp_path / "résumé of Ada.pdf"
    path.write_bytes(b"%PDF-1.7 canary")
    return path


def added(run: Run, *arguments: str) -> str:
    return run("files", "add", "--sandbox", *arguments).stdout.split()[0]


@pytest.mark.usefixtures("outside")
def test_a_file_that_was_added_is_listed_sent_and_removed(
    run: Run, resume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENT_APPROVAL", "host")
    handle = added(run, str(resume))
    listed = run("files", "list", "--sandbox").stdout
    assert handle in listed
    monkeypatch.setenv("COLUMNS", "140")
    assert "application/pdf" in run("files", "list", "--sandbox").stdout
    call = json.dumps({"profile": ADA, "resumes": [handle]})
    told = json.loads(run("call", "--sandbox", "upsert_jarvi_profile", call).stdout)
    assert told["files_sent"] == 1
    (change,) = [change for change in told["changes"] if change["field"] == "resumes"]
    assert change["after"][0]["name"] == resume.name
    assert change["after"][0]["type"] == "application/pdf"
    assert run("files", "remove", "--sandbox", handle).stdout == "Removed.\n"
    assert run("files", "--help").exit_code == 0
    assert "No file was added" in run("files", "list", "--sandbox").stdout
    again = run("call", "--sandbox", "upsert_jarvi_profile", call.replace("Demo", "Other"))
    assert "files add" in again.output


@pytest.mark.usefixtures("outside")
def test_a_file_beside_is_added_by_a_relative_path(run: Run, resume: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (resume.parent / "in").mkdir()
    monkeypatch.chdir(resume.parent / "in")
    assert added(run, f"../{resume.name}").startswith("file:")


@pytest.mark.usefixtures("outside")
def test_a_file_that_was_added_for_somebody_else_is_told_of_before_it_is_sent(run: Run, resume: Path) -> None:
    def notes(person: str) -> str:
        handle = added(run, "--person", person, str(resume))
        call = json.dumps({"profile": {"linkedin_url": ADA_PROFILE}, "resumes": [handle], "preview": True})
        return "\n".join(json.loads(run("call", "--sandbox", "upsert_jarvi_profile", call).stdout)["notes"])

    assert "added as somebody else's" in notes("https://www.linkedin.com/in/ben-demo-1002")
    assert "somebody else's" not in notes(ADA_PROFILE)
    assert "somebody else's" not in notes("name:Ada Brightwell")


@pytest.mark.usefixtures("outside")
def test_what_cannot_be_sent_is_not_added(run: Run, resume: Path, tmp_path: Path) -> None:
    (tmp_path / "link.pdf").symlink_to(resume)
    (tmp_path / "empty.pdf").touch()
    (tmp_path / "program.pdf").write_bytes(b"MZ\0")
    os.mkfifo(tmp_path / "pipe.pdf")
    for name in ("link.pdf", "empty.pdf", "program.pdf", "pipe.pdf", "none.pdf", "."):
        said = run("files", "add", "--sandbox", str(resume), str(tmp_path / name))
        assert "cannot be added" in said.output
        assert "Ask the person" not in said.output
    assert "No file was added" in run("files", "list", "--sandbox").stdout


@pytest.mark.usefixtures("outside")
def test_an_erased_persons_files_go_too(run: Run, resume: Path) -> None:
    added(run, "--person", "ada@people.example", str(resume))
    said = run("audit", "erase", "--sandbox", "--person", "ada@people.example", given="y\n")
    assert "1 file that you added" in said.output
    assert "No file was added" in run("files", "list", "--sandbox").stdout


@pytest.mark.usefixtures("outside")
def test_the_file_of_somebody_whose_name_holds_the_name_stays(run: Run, resume: Path) -> None:
    johanna = resume.with_name("Johanna Marcus-Anderson CV.pdf")
    johanna.write_bytes(resume.read_bytes())
    added(run, str(johanna))
    for name in ("hanna marcus", "johanna marcus anders", "johana marcus-anderson"):
        run("audit", "erase", "--sandbox", "--yes", "--person", f"name:{name}")
    assert "Johanna" in run("files", "list", "--sandbox").stdout
    said = run("audit", "erase", "--sandbox", "--yes", "--person", "name:johanna marcus-anderson").stdout
    assert f'- the file "{johanna.name}"' in said
    assert "No file was added" in run("files", "list", "--sandbox").stdout


@pytest.mark.usefixtures("outside")
def test_files_of_which_nobody_said_whom_they_are_about_are_told_of_before_somebody_is_erased(
    run: Run, resume: Path
) -> None:
    added(run, "--person", "ada@people.example", str(resume))
    added(run, str(resume))
    listed = run("files", "list", "--sandbox").stdout
    assert "email:ada@people.example" in listed
    assert "nobody" in listed
    said = run("audit", "erase", "--sandbox", "--person", "ada@people.example", given="y\n")
    assert f'- the file "{resume.name}" (file:' in said.output
    assert "1 file that was added names nobody: look whether one is theirs" in said.output
    again = run("audit", "erase", "--sandbox", "--person", "ada@people.example", "--yes").stdout
    assert "Nothing is recorded of this person. 1 file that was added names nobody" in again


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("how", ["sent", "planned"])
def test_a_file_of_which_nobody_said_whose_it_is_goes_with_whom_it_was_for(
    run: Run, resume: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("TALENT_APPROVAL", "host" if how == "sent" else "ask")
    file = resume.rename(resume.with_name("cv.pdf"))
    theirs, other = added(run, str(file)), added(run, str(file))
    bens = added(run, "--person", "https://www.linkedin.com/in/ben-demo-1002", str(file))
    call = json.dumps({"profile": ADA, "resumes": [theirs], "files": [bens]})
    assert run("call", "--sandbox", "upsert_jarvi_profile", call).exit_code == 0
    said = run("audit", "erase", "--sandbox", "--yes", "--person", "ada@people.example").stdout
    assert f'- the file "cv.pdf" ({theirs})' in said
    listed = run("files", "list", "--sandbox").stdout
    assert [handle in listed for handle in (theirs, other, bens)] == [False, True, True]


@pytest.mark.usefixtures("outside")
def test_a_handle_that_stands_for_nothing_is_not_removed(run: Run) -> None:
    said = run("files", "remove", "--sandbox", "file:../../x")
    assert "there is no file with the handle file:../../x" in said.output
