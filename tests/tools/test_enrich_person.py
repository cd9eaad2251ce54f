"""enrich_person: what it sends, what it refuses, and what each outcome tells a model."""

import pytest
from pydantic import JsonValue, ValidationError

from talent_tools.clients import Clients
from talent_tools.enrich_person import ENRICH_PERSON, EnrichPersonArguments, EnrichPersonResult
from talent_tools.errors import InvalidArguments
from talent_tools.files import File
from talent_tools.jarvi.client import Jarvi
from talent_tools.ocean.client import Ocean
from talent_tools.people import Found
from talent_tools.stardex.client import Stardex
from talent_tools.vendor import VendorAnswer, VendorRequest

pytestmark = pytest.mark.anyio

ALICE: dict[str, JsonValue] = {
    "id": "p1",
    "domain": "acme.example",
    "name": "Alice",
    "experiences": [{"jobTitle": "Developer", "domain": "old.example"}],
    "email": {"address": "a@acme.example", "status": "verified"},
    "newField": [1],
}
NO_REVEAL: dict[str, JsonValue] = {
    "revealEmails": {"includeEmails": False},
    "revealPhones": {"includePhones": False},
}


class Vendor:
    """Answers every request alike and keeps what was asked."""

    def __init__(self, body: JsonValue = None, status: int = 200) -> None:
        self.answer = VendorAnswer(status=status, body=ALICE if body is None else body)
        self.requests: list[VendorRequest] = []

    async def __call__(self, request: VendorRequest, /) -> VendorAnswer:
        self.requests.append(request)
        return self.answer


async def no_files(path: str, /, *, limit: int) -> File:
    raise InvalidArguments("No folder is allowed.")


def arguments(**given: JsonValue) -> EnrichPersonArguments:
    return EnrichPersonArguments.model_validate(given)


async def enrich(vendor: Vendor, **given: JsonValue) -> EnrichPersonResult:
    clients = Clients(ocean=Ocean(vendor), stardex=Stardex(vendor), jarvi=Jarvi(vendor), open_file=no_files)
    parsed = arguments(**given)
    return await ENRICH_PERSON.handler(parsed, clients)


def known(**person: JsonValue) -> list[str]:
    (subject,) = ENRICH_PERSON.people(arguments(person=person))
    return [*subject]


async def test_the_smallest_call_sends_one_key_and_both_reveal_flags() -> None:
    vendor = Vendor()
    await enrich(vendor, person={"email": "a@acme.example"})
    assert vendor.requests == [
        VendorRequest(
            method="POST",
            path="/v2/enrich/person",
            effect="spend",
            body={"person": {"email": "a@acme.example"}, **NO_REVEAL},
        )
    ]


async def test_the_largest_call_sends_every_field_under_the_vendors_name() -> None:
    vendor = Vendor()
    await enrich(
        vendor,
        person={
            "id": "p1",
            "name": "Alice Lee",
            "first_name": "Alice",
            "last_name": "Lee",
            "job_title": "CTO",
            "email": "a@acme.example",
            "phone": "+12025550123",
            "facebook": "alice.f",
            "twitter": "alice_t",
            "linkedin": "https://www.linkedin.com/in/alice",
            "country": "us",
        },
        company={
            "name": "Acme",
            "registration_number": "HRB 1",
            "email": "hi@acme.example",
            "phone": "+12025550100",
            "country_code": "us",
            "state": "CA",
            "city": "Springfield",
            "street_address": "1 Main St",
            "postal_code": "90001",
            "address": "1 Main St, Springfield",
            "facebook": "acme.f",
            "twitter": "acme_t",
            "linkedin": "acme",
            "instagram": "acme_i",
            "xing": "acme_x",
            "domain": "acme.example",
            "youtube": "acme_y",
        },
        reveal_emails=True,
        reveal_phones=True,
    )
    assert vendor.requests[0].body == {
        "person": {
            "id": "p1",
            "name": "Alice Lee",
            "firstName": "Alice",
            "lastName": "Lee",
            "jobTitle": "CTO",
            "email": "a@acme.example",
            "phone": "+12025550123",
            "facebook": "alice.f",
            "twitter": "alice_t",
            "linkedin": "https://www.linkedin.com/in/alice",
            "country": "us",
        },
        "company": {
            "name": "Acme",
            "registrationNumber": "HRB 1",
            "email": "hi@acme.example",
            "phone": "+12025550100",
            "countryCode": "us",
            "state": "CA",
            "city": "Springfield",
            "streetAddress": "1 Main St",
            "postalCode": "90001",
            "address": "1 Main St, Springfield",
            "facebook": "acme.f",
            "twitter": "acme_t",
            "linkedin": "acme",
            "instagram": "acme_i",
            "xing": "acme_x",
            "domain": "acme.example",
            "youtube": "acme_y",
        },
        "revealEmails": {"includeEmails": True},
        "revealPhones": {"includePhones": True},
    }


async def test_near_misses_are_put_right() -> None:
    vendor = Vendor()
    await enrich(
        vendor,
        person='{"linkedin": "Alice", "firstName": " ", "email": null}',
        company={"domain": "https://www.Acme.example/jobs"},
    )
    assert vendor.requests[0].body == {
        "person": {"linkedin": "https://www.linkedin.com/in/alice"},
        "company": {"domain": "acme.example"},
        **NO_REVEAL,
    }


@pytest.mark.parametrize("person", [{}, {"name": None}, {"email": "", "linkedin": "  "}])
async def test_a_person_without_any_key_is_refused_before_any_request(person: JsonValue) -> None:
    vendor = Vendor()
    with pytest.raises(InvalidArguments, match="person is empty"):
        await enrich(vendor, person=person, company={"name": "Acme"})
    assert vendor.requests == []


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({}, ("person",)),
        ({"person": {"webhookUrl": "https://x.example"}}, ("person", "webhookUrl")),
        ({"person": {"email": "a@acme.example"}, "renew": True}, ("renew",)),
        ({"person": {"email": "Alice(at)acme"}}, ("person", "email")),
        ({"person": {"linkedin": "https://linkedin.com.evil.io/in/alice"}}, ("person", "linkedin")),
        ({"person": {"linkedin": "https://www.linkedin.com/company/acme"}}, ("person", "linkedin")),
    ],
)
def test_what_cannot_work_is_refused_by_its_place(given: dict[str, JsonValue], where: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as failure:
        arguments(**given)
    assert [error["loc"] for error in failure.value.errors()] == [where]


async def test_a_person_that_was_found_is_shown_whole() -> None:
    result = await enrich(Vendor({**ALICE, "creditsUsed": 1.1}), person={"id": "p1"})
    assert result.model_dump(exclude_none=True) == {
        "status": "found",
        "person": {
            "id": "p1",
            "domain": "acme.example",
            "name": "Alice",
            "experiences": [{"job_title": "Developer", "domain": "old.example"}],
            "email": {"address": "a@acme.example", "status": "verified"},
            "newField": [1],
            "creditsUsed": 1.1,
        },
        "credits_used": 1.1,
    }


async def test_a_match_of_which_the_vendor_does_not_say_the_cost_says_so() -> None:
    result = await enrich(Vendor(), person={"id": "p1"})
    assert result.credits_used is None
    assert result.cost == "not reported by Ocean.io; talent://status shows the credits left"


async def test_a_phone_that_is_still_looked_up_comes_with_what_to_do() -> None:
    body: JsonValue = {**ALICE, "phone": {"numbers": [], "status": "inProgress"}}
    result = await enrich(Vendor(body), person={"id": "p1"}, reveal_phones=True)
    assert result.status == "found"
    assert result.next_step is not None
    assert "still being looked up" in result.next_step


async def test_a_record_that_is_being_gathered_is_pending_and_says_when_to_ask_again() -> None:
    result = await enrich(Vendor({"detail": "Data gathering process has started."}, 201), person={"id": "p1"})
    assert result.model_dump(exclude_none=True) == {
        "status": "pending",
        "retry_after_seconds": 120,
        "next_step": "Ocean.io is still gathering data: make the same call again in 2 to 5 minutes.",
    }


async def test_no_match_is_a_result_that_says_what_else_to_try() -> None:
    result = await enrich(Vendor({"detail": "No matching record found"}, 404), person={"name": "Alice"})
    assert result.status == "no_match"
    assert result.person is None
    assert result.retry_after_seconds is None
    assert result.next_step is not None
    assert "company.domain" in result.next_step


def test_the_person_is_known_by_every_identifier() -> None:
    assert known(
        id="p1", linkedin="linkedin.com/in/Alice", email="A@Acme.example", phone="(202) 555-0123", country="US"
    ) == ["ocean:p1", "linkedin:alice", "email:a@acme.example", "phone:+12025550123"]


def test_an_identifier_that_cannot_be_normalised_identifies_all_the_same() -> None:
    assert known(phone=" 555-0123", country="Narnia") == ["phone:555-0123"]


def test_a_person_known_by_name_only_is_known_by_that() -> None:
    assert known(first_name="Alice", last_name="Lee") == ["name:alice lee"]
    assert known(name="Alice  LEE") == ["name:alice lee"]
    assert known(first_name="Alice") == []


def test_who_is_asked_for_by_two_identifiers_is_only_known_by_what_the_answer_says() -> None:
    asked = arguments(person={"linkedin": "linkedin.com/in/bob", "email": "a@acme.example"})
    already_in = [{"vendor": "stardex", "match": "certain", "person_id": "s1"}]
    answer = {"status": "found", "person": {"id": "p1"}, "already_in": already_in}
    perhaps = (("linkedin:bob",), ("email:a@acme.example",))
    assert list(ENRICH_PERSON.found(asked, answer)) == [
        Found(("person",), ("ocean:p1",), perhaps),
        Found(("already_in", 0), ("stardex:s1",), perhaps),
    ]


def test_the_person_found_is_the_one_that_was_asked_for() -> None:
    asked = arguments(person={"email": "a@acme.example"})
    person = {"id": "p1", "email": {"address": "alice@acme.example"}, "phone": {"numbers": ["+12025550123"]}}
    assert list(ENRICH_PERSON.found(asked, {"status": "found", "person": person})) == [
        Found(
            ("person",),
            ("email:a@acme.example", "ocean:p1", "email:alice@acme.example", "phone:+12025550123"),
            (("email:a@acme.example",),),
        )
    ]
    assert list(ENRICH_PERSON.found(asked, {"status": "no_match"})) == []


def test_it_only_reads_but_each_call_costs() -> None:
    tool = ENRICH_PERSON
    assert (tool.read_only, tool.destructive, tool.idempotent, tool.open_world, tool.billable) == (
        True,
        False,
        False,
        True,
        True,
    )
