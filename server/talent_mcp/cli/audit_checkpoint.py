"""`talent-mcp audit checkpoint|key`: what an auditor keeps, so that the log cannot be rewritten unseen."""

from pathlib import Path

import click

from talent_mcp.app import House
from talent_mcp.cli.audit_upkeep import on_sandbox
from talent_mcp.cli.new_files import written_to
from talent_mcp.cli.running import run
from talent_mcp.identity import LOCAL_TENANT, local_caller


@click.command("checkpoint")
@click.option("--out", type=click.Path(path_type=Path), help="A new file; without it, standard output.")
@on_sandbox
def checkpoint(out: Path | None, sandbox: bool) -> None:
    """Sign the log as it stands: its size and its root. Keep it where nobody who can reach the log can reach it.

    The log is verified first. It records that it was signed, in an entry that the next checkpoint covers.
    """

    async def sign(house: House) -> bytes:
        # Signatures are no part of reading a log.
        from talent_mcp.audit.signing import write_checkpoint

        by = local_caller("cli", None).principal
        return await write_checkpoint(house.store, house.keys.data_keys, LOCAL_TENANT, by=by)

    with written_to(out) as file:
        file.write(run(sign, sandbox=sandbox))


@click.command("key")
@on_sandbox
def key(sandbox: bool) -> None:
    """Print the log's public key, by which its checkpoints and exports are verified."""

    async def read(house: House) -> str:
        # Signatures are no part of reading a log.
        from talent_mcp.audit.signing import log_key

        return str((await log_key(house.keys.data_keys, LOCAL_TENANT)).verifier)

    click.echo(run(read, sandbox=sandbox))
