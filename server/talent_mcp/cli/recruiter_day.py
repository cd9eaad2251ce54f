"""The demo's story: a recruiter's day, told by what each step did and checked against the vendors' own records."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

from mcp import Client, MCPError
from mcp.types import TextContent
from rich.console import Console
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from talent_mcp.approvals.desk import ShownPlan
from talent_mcp.approvals.wording import headline, lines
from talent_mcp.cli.sample_cv import sample_cv
from talent_mcp.errors import TalentError
from talent_mcp.sandbox import Sandbox

MODEL_PERSON = "ada-demo-1001"
BEN = "Benedikt Hallermann"
CHLOE = "Chloé Marchandeau"
EMIL = "Emil Sörensfeld"
KNOWN_EMAIL = "chloe.marchandeau@courrier.example"
CV_NAME = "benedikt-hallermann-cv.pdf"
STATUS_STYLES = {"found": "green", "pending": "yellow", "no_match": "red"}

Person = Mapping[str, Any]


class StepFailed(TalentError):
    """A step did not do what it should have; the text says which and how."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """What the story is played with: an MCP client, the vendors to look into, where files may lie, and who approves
    changes; that is given a plan's identifier and tells what it said yes to."""

    client: Client
    approve: Callable[[str], Awaitable[ShownPlan]]
    sandbox: Sandbox
    console: Console
    folder: Path

    async def ask(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The structured result of one tool call, approved where it has to be.

        Raises:
            StepFailed: the call failed.
        """
        content = await self._called(tool, arguments)
        if content.get("status") != "needs_approval":
            return content
        plan = await self.approve(content["plan_id"])
        self.show(f"A change waits for a yes: {headline(plan)}")
        for line in lines(plan):
            self.show(f"- {line}")
        self.show("Nothing is changed before a person has seen that. Here the demo says yes for you.", "dim")
        return await self._called(tool, {**arguments, "plan_id": content["plan_id"]})

    async def _called(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = await self.client.call_tool(tool, arguments)
        except MCPError as error:
            fail(f"{tool} failed: {error}")
        content: dict[str, Any] | None = answer.structured_content
        if answer.is_error or content is None:
            said = " ".join(part.text for part in answer.content if isinstance(part, TextContent))
            fail(f"{tool} failed: {said}")
        return content

    def head(self, number: int, title: str, tool: str) -> None:
        """Begin a step."""
        self.console.print()
        self.console.print(Text.assemble((f"{number}  {title}", "bold"), (f"  ({tool})", "dim")))

    def show(self, what: Table | Text | str, style: str = "") -> None:
        """Print below the head of a step."""
        self.console.print(Padding(Text(what, style) if isinstance(what, str) else what, (0, 0, 0, 3), expand=False))

    @property
    def credits(self) -> float:
        """What Ocean.io's stand-in still has on the account."""
        return self.sandbox.ocean.state.account.credits


async def play(day: Day) -> None:
    """The four steps.

    Raises:
        StepFailed: one of them did not do what it should have.
    """
    people = await search(day)
    emails = await enrich(day, people)
    await update(day, emails[CHLOE])
    await upsert(day, people[BEN], emails[BEN])


async def search(day: Day) -> dict[str, Person]:
    """People like Ada, by name."""
    day.head(1, "Find finance leaders like Ada Brightwell, CFO", "search_people")
    filters = {
        "lookalike_linkedin_handles": [MODEL_PERSON],
        "countries": ["gb", "de", "fr"],
        "profile_description": {"any_of": ["Series A"]},
    }
    found = await day.ask("search_people", {"people": filters, "limit": 8})
    people = {person["name"]: person for person in found["people"]}
    for name in (BEN, CHLOE, EMIL):
        require(name in people, f"the search did not find {name}")
    day.show(people_table(found["people"]))
    day.show(f"{len(people)} of {found['total']} people; Ocean.io credits used: {found['credits_used']:g}.", "dim")
    return people


def plain_table(*columns: Column | str) -> Table:
    return Table(*columns, box=None, pad_edge=False, header_style="dim")


def people_table(people: list[Person]) -> Table:
    table = plain_table("name", "job title", "company", "country", "match")
    for person in people:
        row = (person["name"], person["job_title"], person["company"]["name"], person["country"], person["relevance"])
        table.add_row(*(Text(cell) for cell in row))
    return table


async def enrich(day: Day, people: Mapping[str, Person]) -> dict[str, str]:
    """The e-mail addresses of three of them; one takes a second call, as Ocean.io is still gathering."""
    day.head(2, "Enrich three of them, with their e-mail addresses", "enrich_person")
    before, emails = day.credits, dict[str, str]()
    table = plain_table("name", "status", Column("e-mail", overflow="fold"), Column("credits", justify="right"))
    for name in (BEN, CHLOE, EMIL, EMIL):
        spent, answer = day.credits, await look_up(day, people[name])
        email = email_of(answer)
        emails |= {name: email} if email else {}
        table.add_row(Text(name), status_text(answer), Text(email or later(answer)), f"{spent - day.credits:.1f}")
    day.show(table)
    day.show(f"Ocean.io credits: {before:g} before, {day.credits:g} after.", "dim")
    for name in (BEN, CHLOE, EMIL):
        require(name in emails, f"the enrichment of {name} gave no e-mail address")
    return emails


async def look_up(day: Day, person: Person) -> dict[str, Any]:
    return await day.ask("enrich_person", {"person": {"linkedin": person["linkedin_url"]}, "reveal_emails": True})


def status_text(answer: Mapping[str, Any]) -> Text:
    status = answer["status"]
    return Text(status, STATUS_STYLES[status])


def email_of(answer: Mapping[str, Any]) -> str:
    found: str = answer.get("person", {}).get("email", {}).get("address", "")
    return found


def later(answer: Mapping[str, Any]) -> str:
    seconds = answer.get("retry_after_seconds")
    return f"not yet: ask again in {seconds} s" if seconds else "none"


async def update(day: Day, email: str) -> None:
    """One more address for a person whom Stardex already has; the one that is stored has to survive."""
    day.head(3, f"Give {CHLOE} the new address in Stardex", "update_stardex_person")
    before = stardex_emails(day)
    added = {"value": email, "contact_data_type": "work"}
    await day.ask("update_stardex_person", {"find": {"email": KNOWN_EMAIL}, "changes": {"emails": {"add": [added]}}})
    after = stardex_emails(day)
    table = Table.grid(padding=(0, 2))
    table.add_row(Text("before", "dim"), Text("\n".join(before)))
    table.add_row(Text("after", "dim"), marked(before, after))
    day.show(table)
    require(after == [*before, f"{email} (work)"], "Stardex does not hold the old addresses and the new one")


def marked(before: Sequence[str], after: Sequence[str]) -> Text:
    """The list, with what is new in it in green."""
    return Text("\n").join(Text(line, "" if line in before else "green") for line in after)


def stardex_emails(day: Day) -> list[str]:
    """Her addresses as Stardex holds them."""
    person = next(person for person in day.sandbox.stardex.persons.values() if person.scalars["name"] == CHLOE)
    return [f"{email['value']} ({email['contact_data_type']})" for email in person.contacts["emails"]]


async def upsert(day: Day, person: Person, email: str) -> None:
    """A new profile with a CV, compared with what Jarvi then holds."""
    day.head(4, f"Save {BEN} in Jarvi, with his CV", "upsert_jarvi_profile")
    content = sample_cv(BEN, f"{person['job_title']}, {person['company']['name']}", email)
    (day.folder / CV_NAME).write_bytes(content)
    first, last = BEN.split()
    profile = {
        "first_name": first,
        "last_name": last,
        "email_addresses": [email],
        "linkedin_url": person["linkedin_url"],
        "current_position": person["job_title"],
        "current_company_name": person["company"]["name"],
    }
    saved = await day.ask("upsert_jarvi_profile", {"profile": profile, "resumes": [CV_NAME]})
    stored = day.sandbox.jarvi.profiles.get(saved["profile_id"]) or fail("Jarvi does not hold the profile")
    arrived = [file.fileName for file in stored.resumes if file.sha256 == sha256(content).hexdigest()]
    require(arrived == [CV_NAME], "the CV did not arrive in Jarvi as it was sent")
    require(stored.emails == [email], "Jarvi does not hold the e-mail address")
    day.show(f"Saved: {BEN}, {profile['current_position']} at {profile['current_company_name']}")
    day.show(f"CV:    {CV_NAME}, {len(content):,} bytes, arrived unchanged")


def require(holds: bool, otherwise: str) -> None:
    """Go on only if it holds."""
    if not holds:
        fail(otherwise)


def fail(reason: str) -> NoReturn:
    raise StepFailed(f"the demo stopped: {reason}")
