"""The tables in PostgreSQL are made by their owner, used by servers that own nothing, and looked at by the doctor."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from talent_mcp.cli.outside import Outside
from tests.postgres import HOST, PASSWORD, Cluster, free_port, shared_cluster
from tests.server.cli.test_doctor import said

Run = Callable[..., Result]
NEWER = "INSERT INTO talent_{part}.migrations (number, name) VALUES (99, 'of tomorrow')"


@pytest.fixture
def cluster() -> Cluster:
    return shared_cluster()


@pytest.fixture
def name(tmp_path: Path) -> str:
    return tmp_path.name.replace("-", "_").lower()


@pytest.fixture
def empty(cluster: Cluster, name: str) -> str:
    """A database without tables."""
    cluster.sql(f"CREATE DATABASE {name} OWNER talent_owner")
    return name


def search(run: Run) -> None:
    """A call that is refused for want of a key, and recorded."""
    called = run("call", "search_people", '{"people": {"names": ["Ada"]}}')
    assert "There is no key for Ocean.io" in called.output


def test_tables_are_made_once_and_by_nobody_but_their_owner(
    run: Run, cluster: Cluster, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENT_DATABASE_URL", cluster.url(empty))
    refused = run("database", "migrate")
    assert refused.exit_code == 1
    assert "does not let its user do that" in refused.output
    monkeypatch.setenv("TALENT_DATABASE_URL", cluster.url(empty, "talent_owner"))
    place = f"{empty} on {HOST}:{cluster.port}"
    assert run("database", "migrate").output.splitlines() == [
        f"{place}, audit: 0001_audit_log, 0002_claims, 0003_spending, 0004_answers, 0005_assumed_spending",
        f"{place}, keys: 0001_keys, 0002_people",
    ]
    assert run("database", "migrate").output.splitlines() == [
        f"{place}, audit: up to date",
        f"{place}, keys: up to date",
    ]


def test_without_a_database_there_is_nothing_to_migrate(run: Run) -> None:
    done = run("database", "migrate")
    assert done.exit_code == 1
    assert "set TALENT_DATABASE_URL" in done.output


@pytest.mark.parametrize("part", ["audit", "keys"])
def test_tables_of_a_newer_version_are_left_alone_by_migration_and_server(
    run: Run, cluster: Cluster, name: str, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    cluster.fresh(name)
    cluster.sql(NEWER.format(part=part), name)
    monkeypatch.setenv("TALENT_DATABASE_URL", cluster.url(name, "talent_owner"))
    assert "migrated by a newer version of talent-mcp; install that one" in run("database", "migrate").output
    monkeypatch.setenv("TALENT_DATABASE_URL", cluster.url(name))
    started = run("audit", "list")
    assert started.exit_code == 1
    assert "migrated by a newer version of talent-mcp" in started.output


def test_tables_of_an_older_version_are_brought_up_to_date_first(
    run: Run, cluster: Cluster, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.fresh(name)
    cluster.sql("DELETE FROM talent_keys.migrations; DROP TABLE talent_keys.data_keys", name)
    monkeypatch.setenv("TALENT_DATABASE_URL", cluster.url(name))
    started = run("audit", "list")
    assert started.exit_code == 1
    assert "run `talent-mcp database migrate`" in started.output


def test_a_database_in_another_encoding_is_refused(
    run: Run, cluster: Cluster, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.sql(f"CREATE DATABASE {name} OWNER talent_owner TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    monkeypatch.setenv("TALENT_DATABASE_URL", cluster.url(name, "talent_owner"))
    assert "is not in UTF8" in run("database", "migrate").output


def test_a_server_starts_on_no_database_without_tables(
    run: Run, cluster: Cluster, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENT_DATABASE_URL", cluster.url(empty))
    started = run("audit", "list")
    assert started.exit_code == 1
    assert "has no tables of talent-mcp yet; run `talent-mcp database migrate`" in started.output


def test_calls_are_recorded_in_the_database_and_nothing_of_them_in_the_home_folder(
    run: Run, cluster: Cluster, name: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENT_DATABASE_URL", cluster.fresh(name))
    search(run)
    assert cluster.sql("SELECT string_agg(type, ' ' ORDER BY idx) FROM talent_audit.entries", name).startswith("intent")
    assert "search_people" in run("audit", "list").output
    assert "The audit log is whole: 2 entries." in run("audit", "verify").output
    assert not list(home.glob("*.db"))


def test_keys_can_lie_in_a_database_of_their_own(
    run: Run, cluster: Cluster, name: str, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENT_DATABASE_URL", cluster.fresh(name))
    monkeypatch.setenv("TALENT_KEYS_DATABASE_URL", cluster.fresh(f"{name}_keys"))
    search(run)
    counted = "SELECT (SELECT count(*) FROM talent_audit.entries) > 0, (SELECT count(*) FROM talent_keys.data_keys) > 0"
    assert cluster.sql(counted, name) == "t|f"
    assert cluster.sql(counted, f"{name}_keys") == "f|t"
    looked = said(run("doctor", "--offline", obj=outside))
    assert f"database {name} on {HOST}:{cluster.port}" in looked
    assert f"keys database {name}_keys on {HOST}:{cluster.port}" in looked


def test_the_doctor_names_the_database_and_shows_no_password(
    run: Run, cluster: Cluster, name: str, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENT_DATABASE_URL", cluster.fresh(name))
    looked = run("doctor", "--offline", obj=outside)
    assert f"ok database {name} on {HOST}:{cluster.port}, PostgreSQL " in said(looked)
    assert "ok audit log whole, with 0 entries" in said(looked)
    assert "could change entries" not in said(looked)
    assert PASSWORD not in looked.output


def test_the_doctor_warns_of_a_user_that_could_change_entries(
    run: Run, cluster: Cluster, name: str, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.fresh(name)
    for user in ("talent_owner", "postgres"):
        monkeypatch.setenv("TALENT_DATABASE_URL", cluster.url(name, user))
        looked = said(run("doctor", "--offline", obj=outside))
        assert "warning database its user owns the tables or is a superuser, so it could change entries" in looked
        assert "ok audit log" in looked


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("refuses", "refuses the user or the password that the URL gives"),
        ("unknown", "does not exist on that server"),
        ("away", "is not running, or not there"),
    ],
)
def test_the_doctor_says_why_a_database_cannot_be_used(
    run: Run, cluster: Cluster, outside: Outside, monkeypatch: pytest.MonkeyPatch, change: str, words: str
) -> None:
    urls = {
        "refuses": cluster.url("postgres").replace(PASSWORD, f"{PASSWORD}x"),
        "unknown": cluster.url("nowhere"),
        "away": f"postgresql://u:{PASSWORD}@{HOST}:{free_port()}/talent",
    }
    monkeypatch.setenv("TALENT_DATABASE_URL", urls[change])
    looked = run("doctor", "--offline", obj=outside)
    assert looked.exit_code == 1
    assert words in said(looked)
    assert "until then every call is refused, and the rest cannot be checked" in said(looked)
    assert PASSWORD not in looked.output
