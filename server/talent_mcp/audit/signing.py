"""The key of a log, and the checkpoints that are signed with it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from pydantic import JsonValue

from talent_mcp.audit.checkpoints import Checkpoint, sign_checkpoint
from talent_mcp.audit.entries import write_entry
from talent_mcp.audit.notes import VerifierKey, load_private_key
from talent_mcp.audit.tenant_keys import TenantKeys
from talent_mcp.audit.verify import verify
from talent_mcp.credentials.secret import SecretKey
from talent_mcp.errors import TalentError
from talent_mcp.store.protocol import Head, Store

FINGERPRINT_DIGITS = 16


class NotWhole(TalentError):
    """The log was tampered with or damaged, so nothing of it is signed."""

    def __init__(self, problem: str = "run `talent-mcp audit verify`, which says where") -> None:
        super().__init__(f"the audit log is not whole, so nothing was signed: {problem}")


@dataclass(frozen=True, slots=True)
class LogKey:
    """The Ed25519 key of one log, whose name is the log's origin: its tenant, and a fingerprint of the public key.

    Two logs never share an origin, as two keys do not.
    """

    verifier: VerifierKey
    private: SecretKey

    @classmethod
    def of(cls, tenant: str, private: SecretKey) -> "LogKey":
        """The key of a tenant's log, from its 32 bytes."""
        public = load_private_key(private.reveal()).public_key().public_bytes_raw()
        fingerprint = sha256(public).hexdigest()[:FINGERPRINT_DIGITS]
        return cls(VerifierKey(f"talent-mcp/{quote(tenant, safe='')}/{fingerprint}", public), private)

    def sign(self, head: Head, *extensions: str) -> bytes:
        """A checkpoint of the log at this head, as a signed note."""
        checkpoint = Checkpoint(self.verifier.name, head.size, head.root, extensions)
        return sign_checkpoint(checkpoint, self.private.reveal())


async def log_key(keys: TenantKeys, tenant: str) -> LogKey:
    """The key of a tenant's log, made at its first use.

    Raises:
        StoreUnavailable: it can be neither read nor made.
    """
    return LogKey.of(tenant, (await keys.current(tenant, "signing")).key)


async def write_checkpoint(
    store: Store, keys: TenantKeys, tenant: str, *, by: str, clock: Callable[[], float] = time.time
) -> bytes:
    """Sign the log as it stands, and record that: the checkpoint is of the entries before the one that tells of it.

    The whole log is read first. A signature is given out only of a log that is whole, and only once that is recorded.

    Raises:
        NotWhole: the log is not whole.
        StoreUnavailable: the log or its key cannot be used.
    """
    key = await log_key(keys, tenant)
    found = await verify(store, tenant)
    if found.problem is not None:
        raise NotWhole(found.problem)
    note = key.sign(found.head)
    fields: dict[str, JsonValue] = {
        "size": found.head.size,
        "root": found.head.root.hex(),
        "key": key.verifier.key_id.hex(),
        "principal": by,
    }
    await store.append(write_entry(tenant=tenant, type_="checkpoint", at=clock(), fields=fields))
    return note
