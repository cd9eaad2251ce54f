"""A real PostgreSQL for tests: its own data directory and port, and a fresh database where one is asked for."""

import atexit
import os
import shutil
import signal
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from pwd import getpwnam
from random import sample
from socket import AF_INET, SOCK_STREAM, socket
from tempfile import mkdtemp

import pytest

from tests.processes import COMMAND, COVERAGE

HOST = "127.0.0.1"
PASSWORD = "canary-7d20b1e6c4"
"""Of every user of the database; no log, error or command may show it."""
TEMPLATE = "talent_template"
ROLES = f"""
CREATE ROLE talent_owner LOGIN CREATEROLE PASSWORD '{PASSWORD}';
CREATE DATABASE {TEMPLATE} OWNER talent_owner;
"""
SERVER_ROLE = f"CREATE ROLE talent_server LOGIN PASSWORD '{PASSWORD}' IN ROLE talent_writer"
SECONDS = 60


class Missing(Exception):
    """This computer has no PostgreSQL to start; the text says what to install."""


def binaries() -> Path:
    """The folder with initdb and postgres, which Debian keeps off the path.

    Raises:
        Missing: there is none.
    """
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    for folder in reversed(folders):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise Missing("PostgreSQL is not installed here (Debian: apt-get install postgresql)")


def as_another_user() -> Sequence[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []


class Cluster:
    """One PostgreSQL server; `settings` are put on its command line."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self._bin = binaries()
        self.folder = Path(mkdtemp(prefix="talent-postgres-"))
        self.data = self.folder / "data"
        self.port = free_port()
        self.settings = {"listen_addresses": HOST, "port": str(self.port), **(settings or {})}
        self.settings |= {"unix_socket_directories": str(self.folder), "log_min_messages": "fatal"}
        if os.getuid() == 0:
            os.chown(self.folder, getpwnam("postgres").pw_uid, -1)
        words = self.folder / "words"
        words.write_text(PASSWORD, encoding="utf-8")
        words.chmod(0o644)
        self._run(
            "initdb",
            "-D",
            str(self.data),
            "-U",
            "postgres",
            "-A",
            "scram-sha-256",
            f"--pwfile={words}",
            "-N",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )

    def start(self) -> None:
        """Start it, and return once it takes connections."""
        options = " ".join(f"-c {name}={value}" for name, value in self.settings.items())
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` ends the connections, `immediate` is as a crash."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", mode, "stop")

    @contextmanager
    def stopped(self) -> Generator[None]:
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def hung(self) -> Generator[None]:
        """All of its processes stand still, and the connections stay."""
        processes = self._processes()
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def sql(self, statements: str, database: str = "postgres") -> str:
        """What psql prints for statements of the superuser."""
        environment = {"PGPASSWORD": PASSWORD}
        where = ["-h", HOST, "-p", str(self.port), "-U", "postgres", "-d", database]
        ran = subprocess.run(  # noqa: S603  # a command of ours
            [str(self._bin / "psql"), *where, "-XAtq", "-v", "ON_ERROR_STOP=1"],
            input=statements,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    def url(self, database: str, user: str = "talent_server") -> str:
        return f"postgresql://{user}:{PASSWORD}@{HOST}:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the roles, and the template that other databases are copied from, with the command that makes it."""
        self.sql(ROLES)
        ran = migrate(self.url(TEMPLATE, "talent_owner"))
        assert ran.returncode == 0, ran.stderr
        self.sql(SERVER_ROLE)

    def fresh(self, name: str) -> str:
        """The URL of a migrated database of this name, made if it is not there."""
        if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # noqa: S608  # a name of ours
            self.sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER talent_owner")
        return self.url(name)

    def remove(self) -> None:
        """Stop it if it runs, and delete all of it."""
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder)

    def _processes(self) -> list[int]:
        parent = int((self.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="utf-8")
        return [parent, *map(int, children.split())]

    def _run(self, program: str, *arguments: str) -> None:
        command = [*as_another_user(), str(self._bin / program), *arguments]
        log = self.folder / "setup"
        with log.open("ab") as output:
            # Not through a pipe: what pg_ctl starts would hold it open.
            ran = subprocess.run(command, stdout=output, stderr=output, cwd="/", timeout=SECONDS, check=False)  # noqa: S603  # a command of ours
        assert ran.returncode == 0, log.read_text(encoding="utf-8")


def migrate(url: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`talent-mcp database migrate`."""
    environment = {**COVERAGE, "TALENT_DATABASE_URL": url, "TALENT_HOME": "/nonexistent", **more}
    return subprocess.run(  # noqa: S603  # a command of ours
        [*COMMAND, "database", "migrate"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def free_port() -> int:
    """A free port that no connection is made from: one to a server that is stopped could take its port otherwise."""
    for port in sample(range(20_000, 32_000), 100):
        with socket(AF_INET, SOCK_STREAM) as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise AssertionError("no port is free")


@contextmanager
def running_cluster(**settings: str) -> Generator[Cluster]:
    """A running server with a template to copy.

    Raises:
        Missing: this computer has no PostgreSQL.
    """
    cluster = Cluster(settings)
    try:
        cluster.start()
        cluster.prepare()
        yield cluster
    finally:
        cluster.remove()


@contextmanager
def own_cluster(**settings: str) -> Generator[Cluster]:
    """A running server for one test, which may stop it; without PostgreSQL the test is skipped.

    Raises:
        Failed: PostgreSQL is missing where it must not be.
    """
    with missing_skips(), running_cluster(**settings) as cluster:
        yield cluster


@cache
def shared_cluster() -> Cluster:
    """The server of this test run, which no test stops; without PostgreSQL the test is skipped.

    Raises:
        Failed: PostgreSQL is missing where it must not be.
    """
    with missing_skips():
        cluster = Cluster()
    atexit.register(cluster.remove)
    cluster.start()
    cluster.prepare()
    return cluster


@contextmanager
def missing_skips() -> Generator[None]:
    try:
        yield
    except Missing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(f"{missing}: what is only there is not tested")


def database_of(home: Path) -> str:
    """The URL of the database that stands for this folder."""
    return shared_cluster().fresh(f"home_{sha256(str(home).encode()).hexdigest()[:16]}")
