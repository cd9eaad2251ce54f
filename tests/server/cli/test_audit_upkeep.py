"""`talent-mcp audit erase|prune|resolve`, as an operator uses them."""

import json
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from click import BadParameter
from click.testing import Result

from talent_mcp.audit.entries import Entry, EntryType, write_entry
from talent_mcp.cli.audit_upkeep import identifier
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.store.sqlite.store import SqliteStore

Run = Callable[..., Result]
ADA = '{"person": {"linkedin": "https://www.linkedin.com/in/ada-demo-1001"}}'


@pytest.fixture
def enriched(run: Run) -> str:
    """One enrichment on the stand-ins; its call."""
    run("call", "enrich_person", ADA, "--sandbox")
    return str(json.loads(run("audit", "list", "--json", "--sandbox").stdout)["call_id"])


def test_a_person_is_erased_after_a_question(run: Run, enriched: str) -> None:
    assert "Brightwell" in run("audit", "show", enriched, "--sandbox").stdout
    asked = run("audit", "erase", "--person", "linkedin:ada-demo-1001", "--sandbox", given="y\n")
    assert "Found 2 entries about this person" in asked.stdout
    assert "Erased." in asked.stdout
    assert "Brightwell" not in run("audit", "show", enriched, "--sandbox").stdout
    assert run("audit", "verify", "--sandbox").exit_code == 0


def test_who_was_named_in_the_same_calls_is_told_of_before_anything_is_erased(run: Run) -> None:
    both = {"linkedin": "https://www.linkedin.com/in/ada-demo-1001", "email": "ada@elsewhere.example"}
    run("call", "enrich_person", json.dumps({"person": both}), "--sandbox")
    erase = ("audit", "erase", "--sandbox", "--person", "ada@elsewhere.example")
    asked = run(*erase, given="n\n")
    assert "1 other was named in the same calls" in asked.stdout
    asked = run(*erase, "--person", "linkedin:ada-demo-1001", given="y\n")
    assert "named in the same calls" not in asked.stdout
    assert "Erased." in asked.stdout


def test_calls_that_only_name_the_person_are_listed_before_they_lose_it(run: Run, enriched: str) -> None:
    refused: list[str] = []
    for number in range(22):
        run("call", "search_people", json.dumps({"note": f"Ada Brightwell {number}"}), "--sandbox")
        refused.append(json.loads(run("audit", "list", "--json", "--sandbox").stdout.splitlines()[0])["call_id"])
    asked = run("audit", "erase", "--person", "linkedin:ada-demo-1001", "--sandbox", given="n\n").stdout
    assert f": {', '.join(refused[:20])} and 2 more." in asked
    assert enriched not in asked


def test_nothing_is_erased_where_the_answer_is_no(run: Run, enriched: str) -> None:
    assert run("audit", "erase", "--person", "linkedin:ada-demo-1001", "--sandbox", given="n\n").exit_code == 1
    assert "Brightwell" in run("audit", "show", enriched, "--sandbox").stdout


@pytest.mark.usefixtures("enriched")
def test_a_person_of_whom_nothing_is_recorded_is_said_to_be_so(run: Run) -> None:
    assert "Nothing is recorded" in run("audit", "erase", "--person", "nobody@example.com", "--sandbox", "--yes").stdout


def test_what_names_nobody_is_a_usage_error(run: Run) -> None:
    refused = run("audit", "erase", "--person", "Ada")
    assert refused.exit_code == 2
    assert "name:..." in refused.output


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("Ada@Example.com", "email:ada@example.com"),
        ("https://uk.linkedin.com/in/Ada-1/", "linkedin:ada-1"),
        ("+49 30 123456", "phone:+4930123456"),
        ("name: Ada  Brightwell ", "name:ada brightwell"),
        ("email:Ada@Example.com", "email:ada@example.com"),
        ("linkedin:Ada-1", "linkedin:ada-1"),
        ("ocean:P-1", "ocean:P-1"),
        ("jarvi:ABC", "jarvi:abc"),
    ],
)
def test_people_are_named_as_people_write_them(given: str, known: str) -> None:
    assert identifier(given) == known


@pytest.mark.parametrize("given", ["", "ada", "ada@", "+1", "https://linkedin.com/company/x", "name:", "odd:x"])
def test_what_is_none_of_the_forms_is_refused(given: str) -> None:
    with pytest.raises(BadParameter):
        identifier(given)


def test_what_is_older_than_a_day_is_pruned_and_the_log_verifies(run: Run, enriched: str) -> None:
    assert "0 payloads were removed" in run("audit", "prune", "--before", "2020-01-01", "--sandbox", "--yes").stdout
    assert run("audit", "prune", "--before", "2999-01-01", "--sandbox", given="n\n").exit_code == 1
    assert "2 payloads were removed" in run("audit", "prune", "--before", "2999-01-01", "--sandbox", given="y\n").stdout
    assert "Brightwell" not in run("audit", "show", enriched, "--sandbox").stdout
    assert "2 payloads removed" in run("audit", "verify", "--sandbox").stdout


def entry(call_id: str, type_: EntryType, at: float = 1.0, **fields: str) -> Entry:
    return write_entry(tenant=LOCAL_TENANT, call_id=call_id, type_=type_, at=at, fields=fields)


@pytest.fixture
def left_behind(home: Path) -> None:
    """Calls of a process that died: one without an outcome, one with an unknown one, one that ended well."""

    async def write() -> None:
        store = SqliteStore(home / "audit.db")
        for call_id in ("c1", "c2", "c3"):
            await store.append(entry(call_id, "intent", principal="local", tool="update_stardex_person"))
        await store.append(entry("c2", "outcome", outcome="unknown"))
        await store.append(entry("c3", "outcome", outcome="success"))
        await store.close()

    anyio.run(write)


@pytest.mark.usefixtures("left_behind")
def test_calls_in_doubt_are_closed_by_whoever_looked(run: Run) -> None:
    listed = run("audit", "list", "--in-doubt", "--json").stdout.splitlines()
    assert [(json.loads(line)["call_id"], json.loads(line)["state"]) for line in listed] == [
        ("c1", "unknown"),
        ("c2", "unknown"),
    ]
    assert len(run("audit", "list", "--in-doubt", "--json", "--limit", "1").stdout.splitlines()) == 1
    assert "it happened" in run("audit", "resolve", "c1", "--as", "happened").stdout
    assert "it did not happen" in run("audit", "resolve", "c2", "--as", "did-not").stdout
    assert run("audit", "list", "--in-doubt").stdout == "No call is in doubt.\n"
    assert "resolved: did-not" in run("audit", "list").stdout
    assert run("audit", "verify").exit_code == 0


@pytest.mark.usefixtures("left_behind")
@pytest.mark.parametrize(("call_id", "why"), [("c3", "outcome is known"), ("c9", "no such call")])
def test_a_call_that_is_in_no_doubt_cannot_be_closed(run: Run, call_id: str, why: str) -> None:
    refused = run("audit", "resolve", call_id, "--as", "happened")
    assert refused.exit_code == 1
    assert why in refused.output
