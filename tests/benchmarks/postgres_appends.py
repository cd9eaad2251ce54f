"""The durable append on PostgreSQL, beside as many connections that each insert the same bytes and commit."""

import time
from collections.abc import Sequence
from statistics import median

import anyio
import asyncpg

from talent_mcp.audit.entries import Entry
from talent_mcp.store.postgres.store import PostgresStore
from tests.postgres import Cluster

from .appends import CALLERS, LIMITED_CALLERS, RATE_LIMIT, append_all, some_entries
from .table import Row

POSTGRES_COLUMNS = ("audit log", "INSERT and COMMIT")
TABLE = "CREATE TABLE bare (id bigserial PRIMARY KEY, bytes bytea NOT NULL); GRANT ALL ON bare, bare_id_seq TO talent_server"
INSERT = "INSERT INTO bare (bytes) VALUES ($1)"


async def measure_postgres_appends(cluster: Cluster, rounds: int, appends: int) -> list[Row]:
    url = cluster.fresh("benchmark")
    cluster.sql(TABLE, "benchmark")
    store = PostgresStore(url)
    connections = [await asyncpg.connect(url) for _ in range(CALLERS[-1])]
    await append_all(store.append, some_entries(CALLERS[-1]), CALLERS[-1])
    taken: dict[int, tuple[list[float], list[float]]] = {callers: ([], []) for callers in CALLERS}
    for _ in range(rounds):
        for callers, (ours, bare) in taken.items():
            entries = some_entries(appends if callers > 1 else appends // 4)
            ours.append(await append_all(store.append, entries, callers))
            bare.append(await insert_all(connections[:callers], entries))
    await store.close()
    for connection in connections:
        await connection.close()
    return [row(callers, median(ours), median(bare)) for callers, (ours, bare) in taken.items()]


async def insert_all(connections: Sequence["asyncpg.Connection[asyncpg.Record]"], entries: Sequence[Entry]) -> float:
    """Milliseconds an insert, with so many connections that PostgreSQL commits in groups of its own."""
    lines = [entry.envelope + (entry.body or b"") for entry in entries]

    async def caller(db: "asyncpg.Connection[asyncpg.Record]", own: Sequence[bytes]) -> None:
        for line in own:
            await db.execute(INSERT, line)

    started = time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for first, db in enumerate(connections):
            tasks.start_soon(caller, db, lines[first :: len(connections)])
    return (time.perf_counter() - started) * 1000 / len(lines)


def row(callers: int, ours: float, bare: float) -> Row:
    """Rates, and the ratio of the log's to that of the bare inserts."""
    ratio = bare / ours
    limited = callers == LIMITED_CALLERS
    return Row(
        measure=f"durable append on PostgreSQL, {callers} {'caller' if callers == 1 else 'callers'}",
        values=tuple(f"{1000 / taken:,.0f}/s ({taken:.3f} ms)" for taken in (ours, bare)),
        ratio=ratio,
        target=f">= {RATE_LIMIT:.2f}" if limited else "",
        met=ratio >= RATE_LIMIT if limited else None,
    )
