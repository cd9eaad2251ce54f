"""One-time addresses of plans: each good for one decision on exactly what it was made for, and for ten minutes.

Of an address only a hash is kept, in memory: whoever reads the log, a file or this module's state finds none.
"""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_bytes, token_urlsafe
from typing import Literal

LINK_SECONDS = 600.0
TOKEN_BYTES = 32
MOST_LINKS = 100
"""A plan beyond that pushes the oldest address out."""

LinkState = Literal["open", "used", "expired"]


@dataclass(slots=True)
class Link:
    """What an address leads to, and until when (Unix seconds)."""

    tenant: str
    plan_id: str
    digest: str
    expires: float
    used: bool = False


class Links:
    """The addresses of one process. `clock` is in Unix seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._key = token_bytes(TOKEN_BYTES)
        self._links: dict[bytes, Link] = {}

    def issue(self, tenant: str, plan_id: str, digest: str, *, until: float) -> str:
        """The token of a new address, which is good for ten minutes and no longer than the plan waits."""
        token = token_urlsafe(TOKEN_BYTES)
        link = Link(tenant, plan_id, digest, min(until, self._clock() + LINK_SECONDS))
        while len(self._links) >= MOST_LINKS:
            del self._links[next(iter(self._links))]
        self._links[hashed(token)] = link
        return token

    def withdraw(self, token: str) -> None:
        """Forget an address that nobody was shown."""
        self._links.pop(hashed(token), None)

    def find(self, token: str) -> Link | None:
        """What an address leads to, in whatever state."""
        return self._links.get(hashed(token))

    def state(self, link: Link) -> LinkState:
        """Whether somebody can still decide there."""
        if link.used:
            return "used"
        return "open" if self._clock() < link.expires else "expired"

    def waits(self, tenant: str, plan_id: str) -> bool:
        """Whether there is an open address of this plan."""
        known = (link for link in self._links.values() if (link.tenant, link.plan_id) == (tenant, plan_id))
        return any(self.state(link) == "open" for link in known)

    def count_open(self) -> int:
        """How many addresses are open."""
        return sum(self.state(link) == "open" for link in self._links.values())

    def secret(self, token: str, purpose: str) -> str:
        """A secret of this address for one purpose, which cannot be told from another's."""
        return hmac.new(self._key, f"{purpose}:{token}".encode(), sha256).hexdigest()


def hashed(token: str) -> bytes:
    """A token as it is kept; it is random, so that a plain hash cannot be guessed back."""
    return sha256(token.encode()).digest()
