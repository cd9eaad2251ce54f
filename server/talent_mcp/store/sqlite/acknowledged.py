"""What a process was told is durable of each tenant's log, to hold the file against."""

from collections.abc import Mapping

import apsw

from talent_mcp.audit.merkle import Tree
from talent_mcp.store.growth import Growth, Known
from talent_mcp.store.protocol import Head
from talent_mcp.store.sqlite.file import Lost
from talent_mcp.store.sqlite.log import SELECT_RECORDS, read_tree
from talent_mcp.store.sqlite.rows import rows_of

PAGE = 4_096


class Acknowledged:
    """The logs that this process wrote to."""

    def __init__(self) -> None:
        self._logs: dict[str, Known] = {}

    def end(self, db: apsw.Connection, tenant: str) -> Tree:
        """The end of a log that is about to be written to.

        Raises:
            Lost: it is an earlier one than was last acknowledged.
        """
        stored, known = read_tree(db, tenant), self._logs.get(tenant)
        if known is not None and known.excludes(stored):
            raise Lost
        return stored

    def take(self, grown: Mapping[str, Growth]) -> None:
        """These are durable now."""
        for tenant, (before, after) in grown.items():
            known = self._logs.setdefault(tenant, Known(before, before, before))
            if after.size > known.newest.size:
                known.take(after)

    def check(self, db: apsw.Connection) -> None:
        """Read the newest entries again, from their stored bytes.

        Raises:
            Lost: they do not give the end that was last acknowledged, or not the one that the file has now.
        """
        for tenant, known in self._logs.items():
            stored = read_tree(db, tenant)
            if not holds(db, tenant, known, stored):
                raise Lost
            self._logs[tenant] = Known(stored, stored, stored)


def holds(db: apsw.Connection, tenant: str, known: Known, stored: Tree) -> bool:
    # Loaded after an input/output error only.
    from talent_mcp.audit.growing import Evidence, GrowingTree, Problem
    from talent_mcp.audit.verify import Pass

    newest = Evidence(Head(known.newest.size, known.newest.root), "what was acknowledged")
    reading = Pass(tenant, GrowingTree([newest], known.trusted))
    try:
        reading.take([])
        for start in range(known.trusted.size, stored.size, PAGE):
            reading.take(rows_of(db, SELECT_RECORDS, tenant, start, min(start + PAGE, stored.size)))
        reading.growing.end()
    except Problem:
        return False
    return reading.growing.tree == stored
