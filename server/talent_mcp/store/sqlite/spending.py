"""Spending in the SQLite file: changed by entries, in the transaction that appends them, and summed by day."""

import apsw

from talent_mcp.audit.entries import Entry
from talent_mcp.spending.effects import Reserve, effect
from talent_mcp.spending.limits import Limits, Used, first_of_month, last_of_month
from talent_mcp.store.protocol import Spending
from talent_mcp.store.sqlite.rows import rows_of

SELECT_USED = """
SELECT coalesce(sum(iif(day = ?2, reserved + spent, 0)), 0), coalesce(sum(reserved + spent), 0),
       coalesce(sum(iif(day = ?2 AND principal = ?5, reserved + spent, 0)), 0),
       coalesce(sum(iif(principal = ?5, reserved + spent, 0)), 0)
FROM spending_by_day WHERE tenant = ?1 AND day BETWEEN ?3 AND ?4
"""

RESERVE = "INSERT INTO spending (tenant, call_id, principal, tool, day, reserved) VALUES (?, ?, ?, ?, ?, ?)"
SETTLE = """
UPDATE spending SET spent = coalesce(?1, reserved), assumed = iif(?2, coalesce(?1, reserved), 0)
WHERE tenant = ?3 AND call_id = ?4
"""
SELECT_SPENDING = """
SELECT day, principal, tool, reserved, spent, assumed FROM spending_by_day
WHERE tenant = ? AND day BETWEEN ? AND ? ORDER BY day, principal, tool
"""


def require_budget(db: apsw.Connection, entry: Entry, limits: Limits) -> None:
    """Raises OverBudget: the limits do not allow what the entry reserves, on top of what was reserved before."""
    asked = effect(entry)
    if not isinstance(asked, Reserve) or not limits.any:
        return
    days = (asked.day, first_of_month(asked.day), last_of_month(asked.day))
    ((day, month, own_day, own_month),) = rows_of(db, SELECT_USED, entry.tenant, *days, asked.principal)
    limits.require(asked.hundredths, asked.day, Used(day, month), Used(own_day, own_month))


def track_spending(db: apsw.Connection, entry: Entry) -> None:
    """Reserve or settle what the entry says."""
    told = effect(entry)
    if told is None:
        return
    if isinstance(told, Reserve):
        values = (entry.tenant, entry.call_id, told.principal, told.tool, told.day, told.hundredths)
        rows_of(db, RESERVE, *values)
        return
    rows_of(db, SETTLE, told.spent, told.assumed, entry.tenant, entry.call_id)


def spending_between(db: apsw.Connection, tenant: str, first: str, last: str) -> list[Spending]:
    return [
        Spending(day=day, principal=principal, tool=tool, reserved=reserved, spent=spent, assumed=assumed)
        for day, principal, tool, reserved, spent, assumed in rows_of(db, SELECT_SPENDING, tenant, first, last)
    ]
