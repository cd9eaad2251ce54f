"""Calls in doubt, closed by a person who found out what became of them."""

import time
from collections.abc import Callable
from typing import Literal

from talent_mcp.audit.entries import write_entry
from talent_mcp.errors import TalentError
from talent_mcp.store.protocol import Head, Store

What = Literal["happened", "did-not"]


class NotInDoubt(TalentError):
    """A call that cannot be closed; the text says why."""


async def close_call(
    store: Store, tenant: str, call_id: str, what: What, *, by: str, clock: Callable[[], float] = time.time
) -> Head:
    """Record what became of a call whose outcome is unknown, and who said so.

    Raises:
        NotInDoubt: there is no such call, its outcome is known, or it is still running.
        StoreUnavailable: the log cannot be read or written.
    """
    entries = await store.call(tenant, call_id)
    if not entries:
        raise NotInDoubt("there is no such call")
    if call_id not in await store.calls_in_doubt(tenant):
        raise NotInDoubt("its outcome is known; `talent-mcp audit show` tells it")
    if entries[-1].entry.outcome != "unknown":
        raise NotInDoubt("it may still be running; wait for three minutes and try again")
    fields = {"vendor": entries[0].entry.vendor, "as": what, "principal": by}
    entry = write_entry(tenant=tenant, call_id=call_id, type_="resolved", at=clock(), fields=fields)
    return await store.append(entry)
