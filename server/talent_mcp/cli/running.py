"""What every command shares: the parts, opened for its duration, and anticipated failures as plain words."""

import os
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

import anyio
import click

from talent_mcp.app import House
from talent_mcp.cli.outside import Outside
from talent_mcp.cli.serving import serving_house
from talent_mcp.errors import StoreUnavailable, TalentError
from talent_mcp.logs import configure_logging
from talent_mcp.settings import Settings, load_settings
from talent_mcp.signals import on_signal

T = TypeVar("T")


def settings() -> Settings:
    """The operator's settings.

    Raises:
        ClickException: they cannot work; the command ends with its text.
    """
    with plain_words():
        loaded = load_settings(os.environ)
    configure_logging(loaded.log_level)
    return loaded


def run(action: Callable[[House], Awaitable[T]], *, sandbox: bool = False) -> T:
    """Do something with the parts, on the vendors or on their stand-ins in this process.

    Raises:
        ClickException: an anticipated failure; the command ends with its text.
    """
    loaded = settings()

    async def opened() -> list[T]:
        results: list[T] = []
        ask = Outside().ask_passphrase()
        async with serving_house(loaded, os.environ, sandbox=sandbox, ask_passphrase=ask) as house, on_signal():
            results.append(await action(house))
        return results

    with plain_words():
        results = anyio.run(opened)
    if not results:
        raise click.Abort
    return results[0]


@contextmanager
def plain_words() -> Generator[None]:
    """Turn an anticipated failure into the command's last line.

    Raises:
        ClickException: there was one.
    """
    try:
        yield
    except StoreUnavailable as error:
        raise click.ClickException(f"the audit log cannot be used: {error}") from None
    except TalentError as error:
        raise click.ClickException(str(error)) from None
