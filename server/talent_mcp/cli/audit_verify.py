"""`talent-mcp audit verify`: whether the log is whole, and the one that others saw before."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from talent_mcp.app import House
from talent_mcp.audit.growing import Evidence
from talent_mcp.audit.verify import Verification, verify
from talent_mcp.cli.audit_upkeep import on_sandbox
from talent_mcp.cli.running import plain_words, run
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.store.protocol import Head

if TYPE_CHECKING:
    from talent_mcp.audit.exports.check import ExportVerification

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("verify")
@click.option(
    "--checkpoint", "checkpoints", multiple=True, type=FILE, help="A checkpoint from before; may be given repeatedly."
)
@click.option("--export", "exported", type=FILE, help="Look at this export, not at the log; it takes --key.")
@click.option("--key", "given_key", metavar="KEY", help="The log's public key, or the file that holds it.")
@on_sandbox
def verify_log(checkpoints: tuple[Path, ...], exported: Path | None, given_key: str | None, sandbox: bool) -> None:
    """Recompute the log from its stored bytes; exit code 1 if anything was changed.

    With checkpoints it must also be the log that they were taken of, continued. An export is verified with the
    public key alone, on any computer.
    """
    if exported is not None:
        verify_file(exported, given_key, checkpoints)
        return
    if given_key is not None and not checkpoints:
        raise click.UsageError("--key says by whom a --checkpoint or an --export was signed; give one of them too.")

    async def look(house: House) -> Verification:
        return await verify(house.store, LOCAL_TENANT, await evidence(house, checkpoints, given_key))

    found = run(look, sandbox=sandbox)
    click.echo(verdict(found, len(checkpoints)))
    if found.problem is not None:
        raise SystemExit(1)


def verify_file(exported: Path, given_key: str | None, checkpoints: Sequence[Path]) -> None:
    """Look at an export, without any state of this installation."""
    # Signatures are no part of reading a log.
    from talent_mcp.audit.evidence import read_checkpoint, read_key
    from talent_mcp.audit.exports.check import verify_export

    if given_key is None:
        raise click.UsageError("give --key with what `talent-mcp audit key` printed where the log is.")
    with plain_words():
        key = read_key(given_key)
        try:
            with exported.open("rb") as file:
                found = verify_export(file, key, [read_checkpoint(path, key) for path in checkpoints])
        except OSError as error:
            raise click.ClickException(
                f"{exported} cannot be read: {error.strerror or type(error).__name__}."
            ) from None
    click.echo(export_verdict(found, len(checkpoints)))
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
    removed = f", {found.payloads_removed} payloads removed" if found.payloads_removed else ""
    return f"The audit log is whole: {entries(found.head.size)}{removed}{met(checkpoints)}. {root(found.head)}"


def export_verdict(found: "ExportVerification", checkpoints: int = 0) -> str:
    """What was found of an export in a sentence; the root of the log on a line of its own."""
    if found.problem is not None:
        return f"The export was tampered with or damaged: {found.problem}."
    if not found.whole:
        held = f"{entries(found.entries)}, each of them of this log of {found.head.size}"
    else:
        held = entries(found.entries) + (f", after the first {found.start}" if found.start else "")
    return f"The export is as the log's key signed it: {held}{met(checkpoints)}. {root(found.head)}"


def entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"


def met(checkpoints: int) -> str:
    return f", the same as in {checkpoints} checkpoint{'s' * (checkpoints > 1)}" if checkpoints else ""


def root(head: Head) -> str:
    return f"Its root:\n{head.root.hex()}"
