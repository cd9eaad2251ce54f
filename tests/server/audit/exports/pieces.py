"""Exports of made-up logs, in memory."""

import io
from collections.abc import Iterable, Sequence

from talent_mcp.audit.exports.check import ExportVerification, verify_export
from talent_mcp.audit.exports.jsonl import jsonl
from talent_mcp.audit.exports.selection import Selection
from talent_mcp.audit.exports.source import Source
from talent_mcp.audit.growing import Evidence
from talent_mcp.audit.notes import VerifierKey
from talent_mcp.audit.reading import Reader
from talent_mcp.audit.signing import LogKey
from talent_mcp.credentials.secret import SecretKey
from talent_mcp.store.protocol import Store

TENANT = "default"
LOG_KEY = LogKey.of(TENANT, SecretKey(bytes(range(32))))
KEY = LOG_KEY.verifier
EVERYTHING = Selection()


async def source_of(
    store: Store,
    *,
    start: int = 0,
    selection: Selection = EVERYTHING,
    reader: Reader | None = None,
    earlier: Sequence[int] = (),
) -> Source:
    """All that is wanted of a log as it stands."""
    head = await store.head(TENANT)
    return Source(
        store=store, tenant=TENANT, start=start, head=head, selection=selection, reader=reader, earlier=earlier
    )


async def exported(
    store: Store,
    *,
    start: int = 0,
    selection: Selection = EVERYTHING,
    reader: Reader | None = None,
    earlier: Sequence[int] = (),
) -> bytes:
    """A piece of an export."""
    source = await source_of(store, start=start, selection=selection, reader=reader, earlier=earlier)
    return b"".join([line async for line in jsonl(source, LOG_KEY)])


def checked(export: bytes, evidence: Iterable[Evidence] = (), key: VerifierKey = KEY) -> ExportVerification:
    """What the verifier finds."""
    return verify_export(io.BytesIO(export), key, evidence)


def joined(lines: Sequence[bytes]) -> bytes:
    """Lines as a file."""
    return b"".join(line + b"\n" for line in lines)
