"""Answers that can be found again: promised by every store, whatever database is behind it."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from talent_mcp.audit.entries import Entry, write_entry
from talent_mcp.audit.verify import verify
from talent_mcp.store.protocol import Store
from tests.server.store.stores import STORES, OpenStore

pytestmark = pytest.mark.anyio


@pytest.fixture(params=STORES.values(), ids=list(STORES))
def opened(request: pytest.FixtureRequest) -> OpenStore:
    store: OpenStore = request.param
    return store


def outcome(call_id: str, *names: str, tenant: str = "default") -> Entry:
    fields: dict[str, JsonValue] = {"outcome": "success"}
    if names:
        fields["answers"] = [*names]
    return write_entry(tenant=tenant, call_id=call_id, type_="outcome", at=1.0, fields=fields)


async def newest(store: Store, *names: str, tenant: str = "default") -> str | None:
    found = await store.newest_answer(tenant, names)
    return None if found is None else found.entry.call_id


async def test_the_newest_answer_is_found_by_each_of_its_names(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for entry in (outcome("c1", "request a", "person x"), outcome("c2", "person x", "person y"), outcome("c3")):
            await store.append(entry)
        assert await newest(store, "request a") == "c1"
        assert await newest(store, "person x") == "c2"
        assert await newest(store, "request a", "person y") == "c2"
        assert await newest(store, "person y", "request a") == "c2"
        assert await newest(store, "nobody") is None
        assert await newest(store) is None
    async with opened(tmp_path) as store:
        assert await newest(store, "request a") == "c1"
        assert (await verify(store, "default")).problem is None


async def test_answers_are_each_tenants_own(opened: OpenStore, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(outcome("c1", "request a"))
        await store.append(outcome("c2", "request a", tenant="other"))
        assert await newest(store, "request a") == "c1"
        assert await newest(store, "request a", tenant="other") == "c2"
        assert await newest(store, "request a", tenant="third") is None
