"""How a key comes in: it is asked for unseen, and tried for free."""

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import click

from talent_mcp.app import open_house
from talent_mcp.app_keys import Keys, open_keys
from talent_mcp.cli.key_trial import Trial, try_key
from talent_mcp.cli.outside import Outside
from talent_mcp.credentials.references import VARIABLES, is_key
from talent_mcp.credentials.secret import Secret
from talent_mcp.settings import Settings
from talent_tools.vendor import VENDOR_NAMES, Vendor

TRIAL_SECONDS = 10.0


@asynccontextmanager
async def opened_keys(loaded: Settings, outside: Outside) -> AsyncGenerator[Keys]:
    """The keys of this computer, for one command."""
    ask = outside.ask_passphrase()
    async with open_keys(loaded, os.environ, keyring=outside.keyring, ask_passphrase=ask) as keys:
        yield keys


def known_vendor(ctx: click.Context, parameter: click.Parameter, value: str) -> Vendor:
    """The vendor; what was typed instead is not repeated, as it may be a key."""
    for vendor in VENDOR_NAMES:
        if value == vendor:
            return vendor
    raise click.BadParameter(f"name one of {', '.join(VENDOR_NAMES)}.")


def key_that_works(vendor: Vendor, loaded: Settings, outside: Outside, *, no_test: bool = False) -> Secret:
    """A new key: typed or read, and, unless nobody wants that, tried.

    Raises:
        ClickException: there is none that shall be kept.
    """
    secret = asked_key(vendor, outside)
    if not no_test:
        judge(anyio.run(trial_of, vendor, secret, loaded, outside), vendor, outside)
    return secret


def agreed(question: str, outside: Outside) -> bool:
    """Whether somebody is there and says yes."""
    return outside.on_terminal() and click.confirm(question, default=False, err=True)


def asked_key(vendor: Vendor, outside: Outside) -> Secret:
    """The key, typed without echo or read from standard input.

    Raises:
        ClickException: that cannot be a key.
    """
    if outside.on_terminal():
        value: str = click.prompt(f"{VENDOR_NAMES[vendor]} key (not shown)", hide_input=True, err=True)
    else:
        value = sys.stdin.read()
    secret = Secret(value.strip())
    if not is_key(secret):
        raise click.ClickException("that is no key: it is empty or has spaces or odd characters. Nothing was kept.")
    return secret


async def trial_of(vendor: Vendor, secret: Secret, loaded: Settings, outside: Outside) -> Trial:
    """What the vendor says to this key, whatever the settings would have it use."""
    variable = VARIABLES[vendor]
    with_key = loaded.vendor(vendor).model_copy(update={"credential": f"env:{variable}"})
    trying = loaded.model_copy(update={vendor: with_key, "call_seconds": TRIAL_SECONDS})
    async with open_house(
        trying,
        {**os.environ, variable: secret.reveal()},
        transport=outside.transport,
        keyring=outside.keyring,
        ask_passphrase=outside.ask_passphrase(),
    ) as house:
        return await try_key(house, vendor)


def judge(trial: Trial, vendor: Vendor, outside: Outside) -> None:
    """Go on only with a key that works, or that somebody wants kept untested.

    Raises:
        ClickException: it shall not be kept.
    """
    if trial.verdict == "accepted":
        click.echo(f"{trial.text}." if trial.credits is None else f"{trial.text}; {trial.credits:,g} credits are left.")
        return
    if trial.verdict == "refused":
        raise click.ClickException(f"{trial.text}. Nothing was kept.")
    untested = f"The key was not tested: {trial.text.rstrip('.')}."
    if not agreed(f"{untested} Keep it all the same?", outside):
        raise click.ClickException(f"{untested} Nothing was kept; --no-test keeps it untested.")
