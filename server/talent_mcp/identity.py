"""Who is calling: the principal that a transport vouches for, and the tenant it belongs to."""

from dataclasses import dataclass

LOCAL_TENANT = "default"
CLIENT_CHARACTERS = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """One caller of one tool: `principal` and `tenant` come from the transport, `client` from what it says of
    itself and is therefore only recorded, never trusted."""

    principal: str
    tenant: str
    transport: str
    client: str | None = None


def local_caller(transport: str, client: str | None) -> Caller:
    """The person at this computer, who started the server or can reach its loopback port.

    What a client calls itself is kept for ever: only what can be printed, and not much of it.
    """
    named = None if client is None else "".join(filter(str.isprintable, client))[:CLIENT_CHARACTERS]
    return Caller(principal="local", tenant=LOCAL_TENANT, transport=transport, client=named)
