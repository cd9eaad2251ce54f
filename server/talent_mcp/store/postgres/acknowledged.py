"""What a process was told is durable of each tenant's log, to hold the database against.

A standby that took over may have been behind, and a backup may have been restored: the log must not go on from
there as if nothing had happened.
"""

from collections.abc import Mapping

from talent_mcp.audit.merkle import Tree
from talent_mcp.store.growth import Growth, Known
from talent_mcp.store.postgres.database import PostgresDatabase
from talent_mcp.store.postgres.failures import Lost
from talent_mcp.store.postgres.rows import Db, column_of

LEAVES = """
SELECT sha256('\\x00'::bytea || convert_to(envelope, 'UTF8')) FROM talent_audit.entries
WHERE tenant = $1 AND idx >= $2 AND idx < $3 ORDER BY idx
"""
"""Computed from the stored bytes."""


class PostgresAcknowledged:
    """The logs that this process wrote to."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._logs: dict[str, Known] = {}
        self._looked_at: dict[str, int] = {}

    async def require(self, db: Db, tenant: str, stored: Tree) -> None:
        """A log that is about to be written to goes on from what was last acknowledged.

        Where a connection was made since this was last asked, the newest entries are read again.

        Raises:
            Lost: it does not.
        """
        known = self._logs.get(tenant)
        if known is None:
            return
        if known.excludes(stored):
            raise Lost
        if self._looked_at.get(tenant) != self._database.connections:
            leaves = await column_of(db, LEAVES, tenant, known.trusted.size, known.newest.size)
            if known.trusted.append(leaves) != known.newest:
                raise Lost
            self._looked_at[tenant] = self._database.connections

    def take(self, grown: Mapping[str, Growth]) -> None:
        """These are durable now."""
        for tenant, (before, after) in grown.items():
            known = self._logs.get(tenant)
            if known is None:
                known = self._logs[tenant] = Known(before, before, before)
                self._looked_at[tenant] = self._database.connections
            if after.size > known.newest.size:
                known.take(after)
