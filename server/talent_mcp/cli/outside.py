"""What commands reach beyond this process; tests give their own."""

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio
import click
import httpx2

from talent_mcp.credentials.keyring_store import KeyringStore
from talent_mcp.credentials.secret import Secret
from talent_mcp.keys.master import AskPassphrase


def on_terminal() -> bool:
    """Whether a person can type: standard input is a terminal."""
    return sys.stdin.isatty()


class PassphrasePrompt:
    """Asks for a passphrase without echo, once a command; a new one twice."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._typed: Secret | None = None

    def __call__(self, new: bool) -> Secret:
        if self._typed is None:
            typed: str = click.prompt(f"{self._text} (not shown)", hide_input=True, confirmation_prompt=new, err=True)
            self._typed = Secret(typed)
        return self._typed


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """The network (None is the real one), the keyring, time that passes, and whether somebody can be asked."""

    transport: httpx2.AsyncBaseTransport | None = None
    keyring: KeyringStore = field(default_factory=KeyringStore)
    on_terminal: Callable[[], bool] = on_terminal
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    passphrase: PassphrasePrompt = field(default_factory=lambda: PassphrasePrompt("Passphrase of the master key"))

    def ask_passphrase(self) -> AskPassphrase | None:
        """Who can be asked for the passphrase of the master key; None where nobody is there."""
        return self.passphrase if self.on_terminal() else None


pass_outside = click.make_pass_decorator(Outside, ensure=True)
