"""Other programs that keep secrets: asked without a shell, for a limited time, and not quoted."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING, cast

import anyio

from talent_mcp.credentials.secret import Secret
from talent_mcp.errors import CredentialError

if TYPE_CHECKING:
    from anyio.abc import ByteReceiveStream, Process

SECONDS = 10.0
MOST_BYTES = 65_536
SHARED_VARIABLES = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"}
    | {"SYSTEMROOT", "APPDATA", "LOCALAPPDATA", "USERPROFILE", "TEMP"}
    | {"HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"}
)
"""What programs need to find their settings and the network; keys of vendors are not among it."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program: its `name` on the PATH, what it belongs to, and how the variables that are its own begin."""

    name: str
    product: str
    prefix: str


OP = Tool("op", "1Password", "OP_")
BWS = Tool("bws", "Bitwarden Secrets Manager", "BWS_")


async def output_of(tool: Tool, arguments: Sequence[str], environment: Mapping[str, str]) -> Secret:
    """What the program writes to standard output. What it writes to standard error may hold values, and is not read.

    Raises:
        CredentialError: it is not there, fails, takes too long or says too much.
    """
    command = [program(tool, environment), *arguments]
    own = {
        name: value for name, value in environment.items() if name in SHARED_VARIABLES or name.startswith(tool.prefix)
    }
    try:
        # A session of its own, so that it finds no terminal to ask at, and what it starts can be ended with it.
        process = await anyio.open_process(
            command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, env=own, start_new_session=True
        )
    except OSError:
        raise CredentialError(f"`{tool.name}` ({tool.product}) cannot be started") from None
    said: Secret | None = None
    try:
        with anyio.move_on_after(SECONDS) as limit:
            said = await whole_output(cast("ByteReceiveStream", process.stdout))
            if said is not None:
                await process.wait()
    finally:
        await ended(process)
    if limit.cancelled_caught:
        raise CredentialError(f"`{tool.name}` ({tool.product}) did not answer within {SECONDS:.0f} s; is it locked?")
    return judged(tool, process.returncode, said)


def judged(tool: Tool, code: int | None, said: Secret | None) -> Secret:
    if said is None:
        raise CredentialError(f"`{tool.name}` ({tool.product}) answered more than a secret")
    if code != 0:
        raise CredentialError(
            f"`{tool.name}` ({tool.product}) failed with exit code {code}; run it in a terminal to see why"
        )
    return said


def program(tool: Tool, environment: Mapping[str, str]) -> str:
    """The whole path of the program: the current folder is no place to run one from.

    Raises:
        CredentialError: there is none.
    """
    found = which(tool.name, path=environment.get("PATH", ""))
    if found is None or not Path(found).is_absolute():
        raise CredentialError(f"`{tool.name}` ({tool.product}) is not on the PATH of this process")
    return found


async def whole_output(output: "ByteReceiveStream") -> Secret | None:
    """All that a program writes; None if that is too much."""
    content = b""
    async for chunk in output:
        content += chunk
        if len(content) > MOST_BYTES:
            return None
    return Secret(content.decode(errors="replace").strip())


async def ended(process: "Process") -> None:
    """End the program, and what it started, if it has not ended."""
    with anyio.CancelScope(shield=True):
        if process.returncode is None:
            kill(process)
        await process.aclose()


def kill(process: "Process") -> None:
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
