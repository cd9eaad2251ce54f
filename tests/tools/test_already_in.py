"""Looking a person up in Stardex and Jarvi: what is asked, and what the answers are taken for."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import JsonValue

from talent_tools.already_in import KnownRecord, known_records, record_subject
from talent_tools.clients import Clients
from talent_tools.errors import InvalidArguments, UnreadableAnswer, VendorRefused, VendorUnavailable
from talent_tools.files import File
from talent_tools.jarvi.client import PAGE, Jarvi
from talent_tools.ocean.client import Ocean
from talent_tools.same_person import Sought
from talent_tools.stardex.client import Stardex
from talent_tools.vendor import Vendor, VendorAnswer, VendorRequest

pytestmark = pytest.mark.anyio

ADA = Sought(linkedin="https://www.linkedin.com/in/ada-1", email="ada@acme.example")
NAMED = Sought(name="Ada_ Lee", first_name="Ada_", last_name="Lee", company="Acme")


@dataclass(slots=True)
class Vendors:
    """Stardex and Jarvi, which answer with these records, or fail; `keys` are those that there are."""

    persons: list[JsonValue] = field(default_factory=list[JsonValue])
    profiles: list[JsonValue] = field(default_factory=list[JsonValue])
    keys: tuple[Vendor, ...] = ("stardex", "jarvi")
    total: int | None = None
    failure: Exception | None = None
    status: int = 200
    requests: list[VendorRequest] = field(default_factory=list[VendorRequest])

    async def __call__(self, request: VendorRequest, /) -> VendorAnswer:
        self.requests.append(request)
        if self.failure:
            raise self.failure
        if request.path == "/v1/persons/search":
            total = len(self.persons) if self.total is None else self.total
            body: JsonValue = {"success": True, "data": self.persons, "meta": {"total": total}}
        else:
            body = {"data": self.profiles, "total": len(self.profiles)}
        return VendorAnswer(status=self.status, body=body if self.status == 200 else {"message": "no"})

    async def has_key(self, vendor: Vendor, /) -> bool:
        return vendor in self.keys

    async def know(self, sought: Sought) -> list[dict[str, Any]]:
        clients = Clients(
            ocean=Ocean(self), stardex=Stardex(self), jarvi=Jarvi(self), open_file=no_files, has_key=self.has_key
        )
        return [one.model_dump(exclude_none=True) for one in await known_records(sought, clients)]


async def no_files(path: str, /, *, limit: int) -> File:
    raise InvalidArguments("No folder is allowed.")


def person(id_: str, **fields: JsonValue) -> JsonValue:
    return {"id": id_, **fields}


NOWHERE = [{"vendor": "stardex", "match": "none"}, {"vendor": "jarvi", "match": "none"}]


async def test_both_are_asked_by_profile_then_by_email_and_only_read() -> None:
    vendors = Vendors()
    assert await vendors.know(ADA) == NOWHERE
    assert {request.effect for request in vendors.requests} == {"read"}
    assert [request.body or request.query["where"] for request in vendors.requests] == [
        {"linkedin_url": ADA.linkedin, "offset": 0, "limit": 50},
        {"email": ADA.email, "offset": 0, "limit": 50},
        '{"publicIdentifier":{"_eq":"ada-1"}}',
        '{"emails":{"_search":"ada@acme.example"}}',
    ]


async def test_a_name_is_looked_for_in_every_spelling_and_its_signs_are_no_pattern() -> None:
    vendors = Vendors()
    await vendors.know(NAMED)
    assert [request.body or request.query["where"] for request in vendors.requests] == [
        {"name": "Ada_ Lee", "offset": 0, "limit": 50},
        '{"firstName":{"_ilike":"Ada\\\\_%"},"lastName":{"_ilike":"%Lee"}}',
    ]


async def test_who_is_found_with_certainty_is_looked_for_no_further() -> None:
    vendors = Vendors(persons=[person("s1", linkedin_public_id="ada-1", current_company_name="Acme")])
    rows = await vendors.know(ADA)
    assert rows[0] == {
        "vendor": "stardex",
        "match": "certain",
        "person_id": "s1",
        "by": "linkedin",
        "company": "Acme",
    }
    assert [request.path for request in vendors.requests].count("/v1/persons/search") == 1


async def test_the_surest_record_comes_first_and_no_more_than_five() -> None:
    namesakes: list[JsonValue] = [{"id": f"j{n}", "firstName": "Ada_", "lastName": "Lee"} for n in range(9)]
    sure: JsonValue = {"id": "sure", "firstName": "Ada_", "lastName": "Lee", "currentCompanyName": "Acme"}
    rows = [one for one in await Vendors(profiles=[*namesakes, sure]).know(NAMED) if one["vendor"] == "jarvi"]
    assert [one["profile_id"] for one in rows] == ["sure", "j0", "j1", "j2", "j3"]
    assert [one["match"] for one in rows] == ["likely", "possible", "possible", "possible", "possible"]


async def test_an_email_that_several_records_share_makes_none_of_them_certain() -> None:
    emails: JsonValue = [{"value": "ada@acme.example"}]
    vendors = Vendors(persons=[person("s1", emails=emails), person("s2", emails=emails)])
    rows = await vendors.know(ADA)
    assert [(one["person_id"], one["match"]) for one in rows[:2]] == [("s1", "likely"), ("s2", "likely")]


async def test_records_that_share_a_profile_are_both_certain() -> None:
    vendors = Vendors(persons=[person("s1", linkedin_url="ada-1"), person("s2", linkedin_url="ada-1")])
    assert [one["match"] for one in (await vendors.know(ADA))[:2]] == ["certain", "certain"]


async def test_a_vendor_without_a_key_is_not_asked_and_the_row_says_so() -> None:
    vendors = Vendors(keys=("jarvi",))
    stardex, jarvi = await vendors.know(ADA)
    assert stardex == {"vendor": "stardex", "match": "not_looked", "why": "There is no key for Stardex."}
    assert jarvi == {"vendor": "jarvi", "match": "none"}
    assert {request.path for request in vendors.requests} == {"/rest/v2/profiles"}


async def test_more_persons_than_can_be_looked_through_do_not_mean_none() -> None:
    vendors = Vendors(persons=[person(f"s{n}") for n in range(50)], total=900)
    stardex, _ = await vendors.know(ADA)
    assert stardex == {"vendor": "stardex", "match": "not_looked", "why": "The answer of Stardex does not tell."}


async def test_a_full_page_of_others_from_jarvi_does_not_mean_none() -> None:
    """Jarvi ignores what it does not understand, and then gives just anybody."""
    _, jarvi = await Vendors(profiles=[{"id": f"j{n}"} for n in range(PAGE)]).know(ADA)
    assert jarvi == {"vendor": "jarvi", "match": "not_looked", "why": "The answer of Jarvi does not tell."}


@pytest.mark.parametrize("status", [400, 404])
async def test_a_route_that_is_refused_does_not_mean_none(status: int) -> None:
    rows = await Vendors(status=status).know(ADA)
    assert [one["match"] for one in rows] == ["not_looked", "not_looked"]


async def test_an_answer_that_cannot_be_read_does_not_mean_none() -> None:
    rows = await Vendors(failure=UnreadableAnswer("unknown form", raw=None)).know(ADA)
    assert [one["match"] for one in rows] == ["not_looked", "not_looked"]


async def test_a_vendor_that_is_down_ends_the_look_and_nothing_is_spent() -> None:
    vendors = Vendors(failure=VendorUnavailable("Stardex is down.", retry_after=7))
    with pytest.raises(VendorUnavailable, match=r"^Stardex is down\. Nothing was spent\. Without already_in") as failed:
        await vendors.know(ADA)
    assert failed.value.retry_after == 7


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_is_refused_ends_the_look_and_nothing_is_spent(status: int) -> None:
    with pytest.raises(VendorRefused, match=r"talent-mcp login stardex`\. Nothing was spent\."):
        await Vendors(status=status).know(ADA)


async def test_who_cannot_be_looked_up_is_refused_and_nothing_is_sent() -> None:
    vendors = Vendors()
    with pytest.raises(InvalidArguments, match="Nothing was sent"):
        await vendors.know(Sought(company="Acme"))
    assert not vendors.requests


def test_a_row_is_about_the_record_that_it_names_as_the_log_knows_it() -> None:
    assert record_subject(KnownRecord(vendor="stardex", match="none").model_dump(exclude_none=True)) == ()
    assert record_subject({"vendor": "stardex", "person_id": "S1"}) == ("stardex:S1",)
    assert record_subject({"vendor": "jarvi", "profile_id": "AB-1"}) == ("jarvi:ab-1",)
