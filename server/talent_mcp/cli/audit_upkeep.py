"""`talent-mcp audit erase|prune|resolve`: what an operator does to the log; each of it is recorded in it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import click

from talent_mcp.app import House
from talent_mcp.approvals.wording import quoted
from talent_mcp.audit.closing import What, close_call
from talent_mcp.audit.erasing import Marked
from talent_mcp.audit.pruning import prune
from talent_mcp.cli.running import run
from talent_mcp.identity import LOCAL_TENANT, local_caller
from talent_tools.contact import email_key, linkedin_handle, phone_key
from talent_tools.people import name_key

KINDS = ("email", "phone", "linkedin", "name", "ocean", "stardex", "jarvi", "external")
WHO = (
    "An e-mail address, a LinkedIn profile, a telephone number with its country, or KIND:IDENTIFIER, KIND being one of "
    f"{', '.join(KINDS)}. Several are one person."
)
MOST_CALLS = 20
"""So many calls are listed."""
DAY = click.DateTime(["%Y-%m-%d"])

on_sandbox = click.option("--sandbox", is_flag=True, help="The log of what ran on the embedded vendors.")
without_asking = click.option("--yes", is_flag=True, help="Do not ask.")


def identifier(text: str) -> str:
    """What a person is known by, as the log keeps it.

    Raises:
        BadParameter: it is none of the forms.
    """
    kind, colon, value = text.partition(":")
    if colon and kind in KINDS and value.strip():
        return f"{kind}:{name_key(value) if kind == 'name' else normalised(kind, value.strip())}"
    for guessed, key in (("email", email_key), ("linkedin", linkedin_handle), ("phone", phone_key)):
        if plausible(guessed, text) and (found := key(text)):
            return f"{guessed}:{found}"
    raise click.BadParameter(
        "give an e-mail address, a LinkedIn profile address, a telephone number such as +44..., "
        f"or one of {', '.join(f'{kind}:...' for kind in KINDS)}"
    )


def plausible(kind: str, text: str) -> bool:
    return {"email": "@" in text, "linkedin": "linkedin.com/" in text.lower(), "phone": text.startswith("+")}[kind]


def normalised(kind: str, value: str) -> str:
    keys = {"email": email_key, "linkedin": linkedin_handle, "phone": phone_key, "jarvi": str.lower}
    key = keys.get(kind)
    return (key(value) if key else None) or value


def identifiers(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(identifier(text) for text in texts)


@click.command("erase")
@click.option(
    "--person",
    "person",
    required=True,
    multiple=True,
    metavar="WHO",
    callback=identifiers,
    help=WHO,
)
@without_asking
@on_sandbox
def erase(person: tuple[str, ...], yes: bool, sandbox: bool) -> None:
    """Erase a person: all that is recorded of them becomes unreadable, for ever and in every copy of the log.

    The log still verifies. What is erased here is not erased at a vendor.
    """
    marked = run(lambda house: house.eraser.mark(LOCAL_TENANT, person), sandbox=sandbox)
    if not marked:
        click.echo(f"Nothing is recorded of this person. {not_looked_into(marked)}".rstrip())
        return
    for line in found(marked):
        click.echo(line)
    if not yes:
        click.confirm("Erase what they hold? This cannot be undone", abort=True)
    principal = local_caller("cli", None).principal
    run(lambda house: house.eraser.erase(LOCAL_TENANT, marked, by=principal), sandbox=sandbox)
    click.echo(
        "Erased. Backups of keys.db from before still hold the key: destroy them too. What the vendors hold is not "
        "touched, nor are exports that were made before."
    )


def found(marked: Marked) -> Iterator[str]:
    """What goes, before it does."""
    parts = [counted(marked.entries_about, "entry about", "entries about") + " this person"]
    if others := len(marked.unnamed) + len(marked.bodies):
        parts.append(f"{counted(others, 'other entry that names', 'other entries that name')} them")
    if marked.tasks:
        parts.append(f"{counted(len(marked.tasks), 'task', 'tasks')} of theirs")
    if marked.files:
        parts.append(f"{counted(len(marked.files), 'file', 'files')} that you added")
    yield f"Found {', '.join(parts)}."
    for file in marked.files:
        yield f"- the file {quoted(file.file.name)} ({file.handle})"
    if marked.calls:
        more = f" and {len(marked.calls) - MOST_CALLS:,} more" if len(marked.calls) > MOST_CALLS else ""
        yield (
            "Of these calls something goes that is not filed under them; what others' calls changed cannot be undone "
            "then, nor a plan be approved (look with `talent-mcp audit show`): "
            f"{', '.join(marked.calls[:MOST_CALLS])}{more}."
        )
    if marked.beside:
        yield (
            f"{counted(marked.beside, 'other was', 'others were')} named in the same calls: where that is this person "
            "by another address, number or profile, say no and give it with another --person."
        )
    if marked.files_of_nobody:
        yield not_looked_into(marked)


def not_looked_into(marked: Marked) -> str:
    """That there are files which may be the person's all the same; nothing where there are none."""
    if not marked.files_of_nobody:
        return ""
    files = counted(marked.files_of_nobody, "file that was added names nobody", "files that were added name nobody")
    return f"{files}: look whether one is theirs with `talent-mcp files list`, and remove it there."


def counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


@click.command("prune")
@click.option("--before", required=True, type=DAY, help="A day (YYYY-MM-DD, UTC): what is older goes.")
@without_asking
@on_sandbox
def prune_bodies(before: datetime, yes: bool, sandbox: bool) -> None:
    """Remove what was recorded of people before a day; who did what and when stays, and verifies."""
    day = before.replace(tzinfo=UTC)
    if not yes:
        click.confirm(
            f"Remove arguments and results of all calls before {day:%Y-%m-%d}? This cannot be undone", abort=True
        )
    principal = local_caller("cli", None).principal
    removed = run(lambda house: prune(house.store, LOCAL_TENANT, day.timestamp(), by=principal), sandbox=sandbox)
    click.echo(f"{counted(removed, 'payload was', 'payloads were')} removed.")


@click.command("resolve")
@click.argument("call_id")
@click.option("--as", "what", required=True, type=click.Choice(["happened", "did-not"]), help="What became of it.")
@on_sandbox
def resolve(call_id: str, what: What, sandbox: bool) -> None:
    """Close a call in doubt, once you have looked at the vendor what became of it."""

    async def act(house: House) -> None:
        await house.resolver.resolve()
        await close_call(house.store, LOCAL_TENANT, call_id, what, by=local_caller("cli", None).principal)

    run(act, sandbox=sandbox)
    click.echo(f"Recorded: it {'happened' if what == 'happened' else 'did not happen'}.")
