"""Proofs of many entries are those that RFC 6962 gives, however long the log is."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from talent_mcp.audit.entries import write_entry
from talent_mcp.audit.exports import proving
from talent_mcp.audit.exports.proving import PAGE, Prover, prover
from talent_mcp.audit.merkle import Tree
from talent_mcp.audit.proofs import inclusion_proof, subtrees_of, verify_inclusion
from talent_mcp.audit.signing import NotWhole
from talent_mcp.store.sqlite.store import SqliteStore

pytestmark = pytest.mark.anyio


class Leaves(SqliteStore):
    """A log that is nothing but leaf hashes, and counts how often they are read."""

    def __init__(self, path: Path, size: int) -> None:
        super().__init__(path / "audit.db")
        self.all = [index.to_bytes(32, "big") for index in range(size)]
        self.reads = 0

    async def leaves(self, tenant: str, start: int, stop: int) -> list[bytes]:
        self.reads += 1
        return self.all[start:stop]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 100, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE + 5])
async def test_every_proof_leads_to_the_root(tmp_path: Path, size: int) -> None:
    store = Leaves(tmp_path, size)
    proofs = await prover(store, "default", size)
    root = await proofs.root()
    assert root == Tree().append(store.all).root
    for index in {*range(0, size, 97), size - 1, size // 2}:
        proof = await proofs.proof(index)
        assert verify_inclusion(store.all[index], index, size, proof, root)
        if size <= 100:
            assert proof == inclusion_proof(index, size, subtrees_of(store.all))


async def test_proofs_that_are_asked_for_in_order_read_the_log_twice(tmp_path: Path) -> None:
    store = Leaves(tmp_path, 5 * PAGE + 100)
    proofs = await prover(store, "default", len(store.all))
    for index in range(0, len(store.all), 50):
        await proofs.proof(index)
    assert store.reads == 6 + 5


async def test_an_empty_log_has_a_root_and_proves_nothing(tmp_path: Path) -> None:
    proofs = await prover(Leaves(tmp_path, 0), "default", 0)
    assert await proofs.root() == Tree().root
    with pytest.raises(ValueError, match="no such leaf"):
        await proofs.proof(0)


@pytest.mark.parametrize("size", [5, PAGE + 5])
async def test_a_log_that_is_shorter_than_it_says_is_not_whole(tmp_path: Path, size: int) -> None:
    store = Leaves(tmp_path, 4)
    with pytest.raises(NotWhole):
        await prover(store, "default", size)


@pytest.fixture
async def stored(tmp_path: Path) -> AsyncGenerator[SqliteStore]:
    store = SqliteStore(tmp_path / "audit.db")
    for n in range(5):
        await store.append(write_entry(tenant="default", call_id=f"c{n}", type_="denied", at=n, fields={}))
    yield store
    await store.close()


async def test_it_proves_what_is_stored(stored: SqliteStore) -> None:
    proofs: Prover = await proving.prover(stored, "default", 5)
    head = await stored.head("default")
    (leaf,) = await stored.leaves("default", 3, 4)
    assert verify_inclusion(leaf, 3, 5, await proofs.proof(3), head.root)
