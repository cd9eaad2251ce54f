"""What commands reach beyond this process; tests give their own."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import click
import httpx2

from talent_mcp.credentials.keyring_store import KeyringStore


def on_terminal() -> bool:
    """Whether a person can type: standard input is a terminal."""
    return sys.stdin.isatty()


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """The network (None is the real one), the keyring, and whether somebody can be asked."""

    transport: httpx2.AsyncBaseTransport | None = None
    keyring: KeyringStore = field(default_factory=KeyringStore)
    on_terminal: Callable[[], bool] = on_terminal


pass_outside = click.make_pass_decorator(Outside, ensure=True)
