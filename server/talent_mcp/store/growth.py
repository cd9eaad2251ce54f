"""How a tenant's log grew, and what a process remembers of that, whatever database the log is in."""

from dataclasses import dataclass

from talent_mcp.audit.merkle import Tree

Growth = tuple[Tree, Tree]
"""A tenant's log before and after entries were appended to it."""
LEAST_READ = 10_000
"""How many of the newest entries are read again at least: more than a write-ahead log holds before it is folded."""


@dataclass(slots=True)
class Known:
    """One log: `newest` is its end as it was last acknowledged, `trusted` an earlier one that is not read again, and
    `next` what becomes that."""

    trusted: Tree
    next: Tree
    newest: Tree

    def take(self, newest: Tree) -> None:
        self.newest = newest
        if newest.size - self.next.size >= LEAST_READ:
            self.trusted, self.next = self.next, newest

    def excludes(self, stored: Tree) -> bool:
        """Whether a log that ends so cannot be this one."""
        return stored.size < self.newest.size or (stored.size == self.newest.size and stored != self.newest)
