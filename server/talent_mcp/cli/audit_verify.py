"""`talent-mcp audit verify`: whether the log is whole, and the one that others saw before."""

from collections.abc import Sequence
from pathlib import Path

import click

from talent_mcp.app import House
from talent_mcp.audit.growing import Evidence
from talent_mcp.audit.verify import Verification, verify
from talent_mcp.cli.audit_upkeep import on_sandbox
from talent_mcp.cli.running import run
from talent_mcp.identity import LOCAL_TENANT

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("verify")
@click.option(
    "--checkpoint", "checkpoints", multiple=True, type=FILE, help="A checkpoint from before; may be given repeatedly."
)
@click.option("--key", "given_key", metavar="KEY", help="The log's public key, or the file that holds it.")
@on_sandbox
def verify_log(checkpoints: tuple[Path, ...], given_key: str | None, sandbox: bool) -> None:
    """Recompute the log from its stored bytes; exit code 1 if anything was changed.

    With checkpoints it must also be the log that they were taken of, continued.
    """

    async def look(house: House) -> Verification:
        return await verify(house.store, LOCAL_TENANT, await evidence(house, checkpoints, given_key))

    found = run(look, sandbox=sandbox)
    click.echo(verdict(found, len(checkpoints)))
    if found.problem is not None:
        raise SystemExit(1)


async def evidence(house: House, checkpoints: Sequence[Path], given_key: str | None) -> list[Evidence]:
    """What these checkpoints vouch for, by the given key or by the log's own."""
    if not checkpoints:
        return []
    # Signatures are no part of reading a log.
    from talent_mcp.audit.evidence import read_checkpoint, read_key
    from talent_mcp.audit.signing import log_key

    key = read_key(given_key) if given_key else (await log_key(house.keys.data_keys, LOCAL_TENANT)).verifier
    return [read_checkpoint(path, key) for path in checkpoints]


def verdict(found: Verification, checkpoints: int = 0) -> str:
    """The verification in a sentence; the root of a whole log on a line of its own."""
    if found.problem is not None:
        return f"The audit log was tampered with or damaged: {found.problem}."
    if not found.head.size:
        return "The audit log is empty."
    size = found.head.size
    entries = "1 entry" if size == 1 else f"{size} entries"
    removed = f", {found.payloads_removed} payloads removed" if found.payloads_removed else ""
    met = f", the same as in {checkpoints} checkpoint{'s' * (checkpoints > 1)}" if checkpoints else ""
    return f"The audit log is whole: {entries}{removed}{met}. Its root:\n{found.head.root.hex()}"
