"""Retention: what was recorded of people goes after a time, and the entries stay with all that is proved of them."""

import time
from collections.abc import Callable

from talent_mcp.audit.entries import moment, write_entry
from talent_mcp.store.protocol import Store

PAGE = 1_000


async def prune(store: Store, tenant: str, before: float, *, by: str, clock: Callable[[], float] = time.time) -> int:
    """Remove the bodies of all entries from before a time (Unix seconds); how many there were.

    That it was done is recorded first. Where it breaks off, the next one goes on with what is left.

    Raises:
        StoreUnavailable: the log cannot be read or written.
    """
    bound, removed = moment(before), 0
    if not await store.bodies_before(tenant, bound, limit=1):
        return 0
    fields = {"before": bound, "principal": by}
    await store.append(write_entry(tenant=tenant, type_="payloads.pruned", at=clock(), fields=fields))
    while indices := await store.bodies_before(tenant, bound, limit=PAGE):
        removed += await store.remove_bodies(tenant, indices)
    return removed
