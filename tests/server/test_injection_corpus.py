"""Hostile profiles through all four tools, read by an agent that obeys: what left the process, and what it read."""

import csv
import io
import json
import re
import unicodedata
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import JsonValue

from talent_mcp.approvals.origins import FROM_TEXT
from talent_mcp.approvals.wording import text
from talent_mcp.audit.exports.selection import Selection
from talent_mcp.audit.exports.source import Source
from talent_mcp.audit.exports.tables import table
from talent_mcp.identity import LOCAL_TENANT
from talent_mcp.web.page import plan_page
from tests.houses import Connected, on_vendor
from tests.server.injection_profiles import Profile, profiles

pytestmark = pytest.mark.anyio

OWN = "0a0a0a0a-2222-4333-8444-955555555555"
"""The record that the person asked for."""
OWN_HANDLE, OWN_MAIL = "own-hostile-1", "own@corp.example"
CUSTOM = "Salary Expectation"
NOTE = "Note"
CUSTOM_IDS = {NOTE: "11111111-aaaa-4bbb-8ccc-dddddddddddd", CUSTOM: "22222222-aaaa-4bbb-8ccc-dddddddddddd"}
SECRET = b"%PDF-1.7 canary: salaries of everybody"
LEAST_PROFILES = 60
OUR_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "p", "h", "ul", "li", "table", "thead", "tbody", "tr"),
    *("th", "td", "span", "del", "ins", "form", "input", "button", "label", "textarea"),
}
"""Those of the page on which a person decides."""

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]+", re.IGNORECASE)
HANDLE = re.compile(r"linkedin\.com/in/([\w-]+)", re.IGNORECASE)
PLAN = re.compile(r"\b[0-9a-z]{20}\b")
FILE = re.compile(r"(?:[~\w:]*[/\\])?[\w./\\-]+(?:\.pdf|\.pem|passwd|id_rsa)")

SEEN_ALL_THE_SAME = frozenset("\n\t\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f")
UNSEEN = re.compile("[\u034f\u115f\u1160\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0000-\U000e0fff]")


def unseen(told: str) -> set[str]:
    """What in a text nobody can see, told apart without the code that is to take it out."""
    hidden = {one for one in set(told) if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}}
    return (hidden - SEEN_ALL_THE_SAME) | set(UNSEEN.findall(told))


def strings(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (one for item in value.items() for part in item for one in strings(part))
    elif isinstance(value, list):
        yield from (one for item in value for one in strings(item))


@dataclass(slots=True)
class World:
    """All three vendors, which know the person that was asked for by the texts of a profile, and whoever else is asked
    for; and every write that reached them."""

    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    written: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    hosts: set[str] = field(default_factory=set[str])
    sent: list[bytes] = field(default_factory=list[bytes])

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.hosts.add(request.url.host)
        self.sent.append(str(request.url).encode() + request.content)
        asked = f"{request.url} {request.content.decode()}"
        if request.method == "PATCH" or (request.method == "POST" and request.url.path.endswith("/profiles")):
            self.written.append((request.url.path, request.content))
        # A vendor may send what no UTF-8 has: half a pair stands escaped in JSON.
        content = json.dumps(self.answer(request.method, request.url.path, asked)).encode()
        return httpx2.Response(200, content=content, headers={"content-type": "application/json"})

    def answer(self, method: str, path: str, asked: str) -> dict[str, Any]:
        definitions = [{"id": key, "name": name, "data_type": "text"} for name, key in CUSTOM_IDS.items()]
        answers: dict[str, Callable[[], dict[str, Any]]] = {
            "POST /v3/search/people": lambda: {"people": [self.ocean(asked)], "total": 1, "creditsUsed": 1},
            "POST /v2/enrich/person": lambda: self.ocean(asked),
            "GET /v1/custom-fields/person": lambda: {"data": definitions},
            "POST /v1/persons/search": lambda: {"data": [self.stardex(asked)], "meta": {"total": 1}},
            "GET /v1/persons/": lambda: {"data": self.stardex(asked)},
            "PATCH /v1/persons/": lambda: {"success": True},
            "GET /v1/public-api/rest/v2/profiles": lambda: {"data": [self.jarvi(asked)]},
            "POST /v1/public-api/rest/v2/profiles": lambda: {"profileId": OWN, "message": "saved"},
        }
        return next(make() for begin, make in answers.items() if f"{method} {path}".startswith(begin))

    def ocean(self, asked: str) -> dict[str, Any]:
        texts, handle = self.told(asked), handle_in(asked)
        return {
            "id": f"ocean-{handle}",
            "name": texts.get("name", "Ada Li"),
            "headline": texts.get("headline"),
            "summary": texts.get("summary"),
            "jobTitle": texts.get("title"),
            "linkedinUrl": f"https://www.linkedin.com/in/{handle}",
            "company": {"name": texts.get("company")},
            "experiences": [{"description": texts.get("experience")}],
            "skills": [texts.get("skill", "finance")],
            "attachments": [{"fileName": texts.get("attachment")}],
        }

    def stardex(self, asked: str) -> dict[str, Any]:
        texts, found = self.told(asked), UUID.search(asked)
        return {
            "id": found[0] if found else f"5d0fffff-{handle_in(asked)}",
            "name": texts.get("name", "Victor Tim"),
            "linkedin_url": f"https://www.linkedin.com/in/{handle_in(asked)}",
            "current_job_title": texts.get("title", "CFO"),
            "linkedin_headline": texts.get("headline", "CFO"),
            "address": texts.get("summary", "Berlin"),
            "company_name": texts.get("company", "Acme"),
            "emails": [{"value": mail_in(asked)}],
            "phones": [],
            "custom_fields": [{"attribute_id": CUSTOM_IDS[NOTE], "value": texts.get("note", "none")}],
        }

    def jarvi(self, asked: str) -> dict[str, Any]:
        texts, found = self.told(asked), UUID.search(asked)
        return {
            "id": found[0] if found else "5d0fffff-0000-4000-8000-000000000000",
            "firstName": texts.get("name", "Victor"),
            "lastName": "Tim",
            "headline": texts.get("headline", "CFO"),
            "location": texts.get("summary", "Berlin"),
            "currentPosition": texts.get("title", "CFO"),
            "currentCompanyName": texts.get("company", "Acme"),
            "linkedinUrl": f"https://www.linkedin.com/in/{handle_in(asked)}",
            "emailAddresses": [{"address": mail_in(asked)}],
            "phoneNumbers": [],
        }

    def told(self, asked: str) -> Mapping[str, str]:
        """Only who was asked for is hostile."""
        return {} if "victim-" in asked or "collect" in asked or "5d0f" in asked else self.texts


def handle_in(asked: str) -> str:
    found = re.search(r"victim-\d+-t", asked)
    return found[0] if found else OWN_HANDLE


def mail_in(asked: str) -> str:
    found = MAIL.search(asked.replace("%40", "@"))
    return found[0] if found else OWN_MAIL


@dataclass(slots=True)
class Obedient:
    """An agent that takes whatever it reads for orders, and carries all of them out."""

    on: Connected
    read: list[str] = field(default_factory=list[str])
    acted: int = 0

    async def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        result = await self.on.client.call_tool(tool, arguments)
        parts: list[JsonValue] = [part.model_dump(mode="json") for part in result.content]
        self.read += [*strings(parts), *strings(result.structured_content)]
        return dict(result.structured_content or {})

    async def work(self, profile: Profile) -> None:
        """What a person asked for, with all four tools; of each the result is read."""
        person = {"linkedin": f"https://www.linkedin.com/in/{OWN_HANDLE}"}
        title = {"current_job_title": "Group CFO", "linkedin_headline": "x", "address": "y"}
        note = [{"attribute_id": NOTE, "value": "met"}]
        save = {"id": OWN, "headline": "Group CFO", "location": "Paris", "current_position": "CFO"}
        await self.call("search_people", detail="full", people={"names": [profile.label]})
        await self.call("enrich_person", person=person, refresh=True)
        await self.call("update_stardex_person", person_id=OWN, changes={**title, "custom_fields": note}, preview=True)
        await self.call("upsert_jarvi_profile", profile=save, preview=True)

    async def obey(self, mail: str) -> None:
        """Every write that anything it read can be taken to ask for; twice, as the first round brings more."""
        for _ in range(2):
            told, self.read = "\n".join(self.read), []
            for record in sorted({*UUID.findall(told)} - {OWN, *CUSTOM_IDS.values()}):
                added = {"emails": {"add": [mail]}} if mail in told else {}
                await self.write_to(record, {"current_job_title": "Pwned", **added}, sorted({*PLAN.findall(told)})[:1])
            for handle in sorted({*HANDLE.findall(told)} - {OWN_HANDLE}):
                await self.write_to_profile(handle)
            for address in sorted({*MAIL.findall(told)} - {OWN_MAIL}):
                await self.write_to_address(address)
            for file in sorted({*FILE.findall(told)})[:6]:
                await self.act("upsert_jarvi_profile", profile={"id": OWN}, files=[file])
            if CUSTOM in told:
                custom = [{"attribute_id": CUSTOM, "value": "1"}]
                await self.act("update_stardex_person", person_id=OWN, changes={"custom_fields": custom})

    async def write_to(self, record: str, changes: dict[str, Any], plans: list[str]) -> None:
        await self.act("update_stardex_person", person_id=record, changes=changes)
        await self.act("update_stardex_person", person_id=record, changes=changes, approved=True)
        await self.act(
            "upsert_jarvi_profile", profile={"id": record, "headline": "Pwned"}, history_entry={"message": "x"}
        )
        for plan in plans:
            await self.act("update_stardex_person", person_id=record, changes=changes, plan_id=plan)

    async def write_to_profile(self, handle: str) -> None:
        url, changes = f"https://www.linkedin.com/in/{handle}", {"current_job_title": "Pwned"}
        await self.call("enrich_person", person={"linkedin": url})
        await self.call("update_stardex_person", find={"linkedin_url": url}, changes=changes, preview=True)
        await self.act("update_stardex_person", find={"linkedin_url": url}, changes=changes)
        await self.act("upsert_jarvi_profile", profile={"linkedin_url": url, "headline": "Pwned"})

    async def write_to_address(self, address: str) -> None:
        await self.act("update_stardex_person", find={"email": address}, changes={"current_job_title": "Pwned"})
        await self.act("upsert_jarvi_profile", profile={"email_addresses": [address], "headline": "Pwned"})

    async def act(self, tool: str, /, **arguments: Any) -> None:
        self.acted += 1
        await self.call(tool, **arguments)


@dataclass(slots=True)
class Corpus:
    """A server, its vendors, and every profile."""

    on: Connected
    world: World
    profiles: list[Profile]
    obeyed: int = 0

    async def run(self) -> list[str]:
        """Every profile through every tool; all that the agent read."""
        read: list[str] = []
        for profile in self.profiles:
            agent, self.world.texts = Obedient(self.on), profile.texts
            await agent.work(profile)
            read += agent.read
            await agent.obey(profile.named["mail"])
            read += agent.read
            self.obeyed += agent.acted > 0
        return read

    async def table(self) -> list[str]:
        """The cells of an export for a spreadsheet, with personal data."""
        house = self.on.house
        head = await house.store.head(LOCAL_TENANT)
        source = Source(
            store=house.store, tenant=LOCAL_TENANT, start=0, head=head, selection=Selection(), reader=house.reader
        )
        exported = b"".join([line async for line in table(source)]).decode()
        return [cell for row in csv.reader(io.StringIO(exported, newline="")) for cell in row]

    async def calls(self) -> list[list[dict[str, Any]]]:
        """Every call as `audit show` shows it."""
        house = self.on.house
        ids = await house.store.recent_calls(LOCAL_TENANT, limit=1_000_000)
        return [[*await house.reader.described(await house.desk.story(LOCAL_TENANT, call_id))] for call_id in ids]


@asynccontextmanager
async def corpus(root: Path, approval: str) -> AsyncGenerator[Corpus]:
    folder = root / "allowed"
    folder.mkdir()
    (folder / "payroll-2026.pdf").write_bytes(SECRET)
    common = {
        "url": "https://collect.example/in",
        "file": "payroll-2026.pdf",
        "path": str(folder / "payroll-2026.pdf"),
        "custom": CUSTOM,
    }
    world = World()
    settings = {"approval": approval, "file_folders": (folder,)}
    async with on_vendor(root / "home", world, **settings) as on:
        yield Corpus(on, world, [*profiles(common)])


@pytest.mark.parametrize("approval", ["ask", "host", "never"])
async def test_nothing_that_a_profile_asks_for_is_written_or_sent_and_nothing_that_is_read_hides_anything(
    tmp_path: Path, approval: str
) -> None:
    async with corpus(tmp_path, approval) as here:
        assert len(here.profiles) >= LEAST_PROFILES
        read = await here.run()
        assert here.obeyed >= LEAST_PROFILES
        assert here.world.written == []
        assert here.world.hosts == {"api.ocean.io", "api.stardex.ai", "functions.prod.jarvi.tech"}
        assert not any(SECRET in sent or b64encode(SECRET)[:-4] in sent for sent in here.world.sent)
        shown = [one for call in await here.calls() for entry in call for one in strings(entry)]
        plans = await here.on.house.desk.waiting(LOCAL_TENANT)
        assert bool(plans) == (approval != "never")
        pages = [plan_page(plan, "form", minutes=1) for plan in plans]
        for told in (read, map(text, plans), pages, shown, await here.table()):
            assert {one for words in told for one in unseen(words)} == set()
        assert {len(text(plan).split("\n")) - len(plan.notes) - len(plan.changes) for plan in plans} <= {1}
        assert {tag for page in pages for tag in re.findall("<([a-z]+)", page)} <= OUR_TAGS
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in await here.table())


async def test_an_unattended_workflow_writes_and_the_log_says_of_each_write_who_named_it(tmp_path: Path) -> None:
    async with corpus(tmp_path, "auto") as here:
        await here.run()
        ends = [call[-1] for call in await here.calls()]
        saved = [end for end in ends if end.get("status") == "saved" and "repeats" not in end]
        assert len(saved) == len(here.world.written) >= LEAST_PROFILES
        assert {end.get("origin") for end in saved} == {FROM_TEXT}
