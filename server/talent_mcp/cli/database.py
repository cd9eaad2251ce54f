"""`talent-mcp database`: the tables in PostgreSQL."""

import anyio
import click
from pydantic import SecretStr

from talent_mcp.app_database import Part, audit_database, keys_database, migrated
from talent_mcp.cli.running import plain_words, settings
from talent_mcp.store.postgres.url import database_place


@click.group(short_help="The tables in PostgreSQL.")
def database() -> None:
    """The database that TALENT_DATABASE_URL names, where the audit log and its keys are shared by servers."""


@database.command(short_help="Make the tables, or bring them up to date.")
def migrate() -> None:
    """Make the tables, or bring them up to date, in one transaction each.

    Run it with a URL whose user may create schemas and, the first time, roles: the owner of the tables. Servers need
    another one, which was granted talent_writer: with it they can add entries, and never change one.
    """
    loaded = settings()
    with plain_words():
        parts: tuple[tuple[SecretStr, Part], ...] = ((audit_database(loaded), "audit"), (keys_database(loaded), "keys"))
        for url, part in parts:
            names = anyio.run(migrated, url, part)
            click.echo(f"{database_place(url.get_secret_value())}, {part}: {', '.join(names) or 'up to date'}")
