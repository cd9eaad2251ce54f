"""Files that commands write for their user: new, private, and there only once they are whole."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import click

from talent_mcp.private_files import BESIDE, sync_folder


@contextmanager
def written_to(path: Path | None) -> Generator[IO[bytes]]:
    """What a command writes: standard output, or a new file of mode 0600 that appears at the end, whole and durable.

    Raises:
        ClickException: there is such a file already, or it cannot be written; nothing is left of it.
    """
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        if path.exists():
            raise FileExistsError
        with NamedTemporaryFile(dir=path.parent, prefix=BESIDE, delete=False) as temporary:
            beside = Path(temporary.name)
            try:
                yield temporary.file
                temporary.flush()
                os.fsync(temporary.fileno())
                temporary.close()
                path.hardlink_to(beside)
            finally:
                temporary.close()
                beside.unlink(missing_ok=True)
        sync_folder(path.parent)
    except FileExistsError:
        raise click.ClickException(f"{path} is there already; give another name.") from None
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror or type(error).__name__}.") from None
