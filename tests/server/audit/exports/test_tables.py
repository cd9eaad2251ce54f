"""Exports as tables: every field is there, and no cell is a formula, whatever a client or a person is called."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.audit.entries import write_entry
from talent_mcp.audit.exports.selection import Selection
from talent_mcp.audit.exports.tables import COLUMNS, harmless, row, table
from talent_mcp.audit.merkle import leaf_hash
from talent_mcp.audit.signing import NotWhole
from talent_mcp.store.sqlite.store import SqliteStore
from tests.server.audit.calls import calls_in
from tests.server.audit.exports.pieces import TENANT, source_of
from tests.server.audit.test_verify import log_of_nine, tamper

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    '"=1',
    "a,=1",
    "a;=1",
    "a\n=1",
    "a|  @x",
    "＝1",
    "=cmd|' /C calc'!A0",
    "\0=1",
]


def read(export: bytes) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(export.decode(), newline=""))]


@pytest.mark.anyio
async def test_every_field_has_a_cell(tmp_path: Path) -> None:
    async with calls_in(tmp_path) as calls:
        await calls.whole("found")
        source = await source_of(calls.store)
        rows = read(b"".join([line async for line in table(source)]))
        stored = [entry.envelope async for entry in calls.store.entries(TENANT)]
    for index, (cells, said) in enumerate(zip(rows, stored, strict=True)):
        assert cells["cursor"].startswith(f"{index}-")
        told = {name: cells[name] for name in COLUMNS if cells[name]} | json.loads(cells["other"])
        assert told.keys() == {*said}
        assert told["type"] == said["type"]
    assert rows[0]["tool"] == "enrich_person"
    assert rows[1]["outcome"] == "success"


@pytest.mark.anyio
async def test_a_client_that_calls_itself_a_formula_is_shown_as_text(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "audit.db")
    for number, client in enumerate(FORMULAS):
        fields = {"principal": "ada", "client": client}
        await store.append(write_entry(tenant=TENANT, call_id=str(number), type_="denied", at=1, fields={**fields}))
    rows = read(b"".join([line async for line in table(await source_of(store))]))
    await store.close()
    assert len(rows) == len(FORMULAS)
    assert all(not re.match(r"\s*[=+\-@＝]", cell) for cells in rows for cell in cells.values())


@given(st.text() | st.sampled_from(FORMULAS) | st.lists(st.sampled_from([*"=+-@;,|\t\n\"' a"])).map("".join))
def test_no_text_becomes_a_formula(text: str) -> None:
    cell = harmless(text)
    for part in re.split(r'[,;|\t\r\n"]', cell):
        assert not re.match(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]", part)
    assert cell.replace("'", "") == text.replace("'", "").replace("\0", "")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_a_row_is_read_as_it_was_written(texts: list[str]) -> None:
    (cells,) = csv.reader(io.StringIO(row(texts).decode(), newline=""))
    assert cells == [harmless(text) for text in texts]


@pytest.mark.parametrize("text", ["2026-11-26T06:31:57.992+00:00", "13-28566c7a6ef40c70", "Claude - beta 1.0", "a@b"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.anyio
@pytest.mark.parametrize("envelope", ["{}", "[]", '{"type":"denied"}'])
async def test_an_envelope_that_says_nothing_is_no_entry(tmp_path: Path, envelope: str) -> None:
    path = await log_of_nine(tmp_path)
    tamper(path, "UPDATE entries SET envelope = ?, leaf = ? WHERE idx = 4", envelope, leaf_hash(envelope.encode()))
    store = SqliteStore(path)
    for selection in (Selection(), Selection(until="2000")):
        with pytest.raises(NotWhole, match="entry 4 cannot be read"):
            _ = [line async for line in table(await source_of(store, selection=selection))]
    await store.close()
