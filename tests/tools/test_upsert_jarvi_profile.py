"""upsert_jarvi_profile: what is sent for which arguments, and what the model is told."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from uuid import UUID

import pytest
from pydantic import JsonValue, ValidationError

from talent_tools.clients import Clients
from talent_tools.errors import InvalidArguments, OutcomeUnknown, UnreadableAnswer, VendorRefused
from talent_tools.files import File
from talent_tools.jarvi.client import Jarvi
from talent_tools.jarvi.files import REQUEST_LIMIT
from talent_tools.jarvi.plan import KEPT, MERGED, NOT_FOUND, NOT_READ
from talent_tools.ocean.client import Ocean
from talent_tools.people import Found
from talent_tools.stardex.client import Stardex
from talent_tools.upsert_jarvi_profile import (
    ELSEWHERE,
    UPSERT_JARVI_PROFILE,
    UpsertJarviProfile,
    UpsertJarviProfileResult,
)
from talent_tools.vendor import VendorAnswer, VendorRequest

pytestmark = pytest.mark.anyio

FIELD = "0b0f3a52-7d0e-4c55-9e39-0a6d1f1a2b3c"
NOTE = "5f0c6a0e-1111-4c55-9e39-0a6d1f1a2b3c"
SAVED: JsonValue = {"message": "Profile saved successfully", "taskId": "t1", "profileId": "j1"}
ANA: dict[str, JsonValue] = {"email_addresses": ["ana@example.com"]}
CV = File(name="cv.pdf", media_type="application/pdf", content=b"%PDF-1.7")
LETTER = File(name="letter é.docx", media_type="application/vnd.ms-word", content=b"\x00\xff")


class Vendor:
    """Answers a save, and reads with these profiles; remembers what it was asked to save, and to read."""

    def __init__(
        self, body: JsonValue = SAVED, status: int = 201, profiles: Sequence[JsonValue] = (), read_status: int = 200
    ) -> None:
        self.read_status = read_status
        self.definitions_status = 200
        self.definitions: list[JsonValue] = [{"id": FIELD, "name": "Level", "targetedEntity": "profile"}]
        self.answer = VendorAnswer(status=status, body=body)
        self.profiles: JsonValue = {"data": [*profiles], "total": len(profiles)}
        self.reads: list[VendorRequest] = []
        self.requests: list[VendorRequest] = []

    async def __call__(self, request: VendorRequest, /) -> VendorAnswer:
        if request.path == "/graphql":
            return VendorAnswer(status=self.definitions_status, body={"data": {"fields": self.definitions}})
        if request.effect == "read":
            self.reads.append(request)
            return VendorAnswer(status=self.read_status, body=self.profiles)
        self.requests.append(request)
        return self.answer


class Folder:
    """Files by path, and the paths that were opened with which limit."""

    def __init__(self, files: Mapping[str, File]) -> None:
        self.files = files
        self.opened: list[tuple[str, int]] = []

    async def __call__(self, path: str, /, *, limit: int) -> File:
        self.opened.append((path, limit))
        return self.files[path]


async def upsert(vendor: Vendor, folder: Folder | None = None, **arguments: JsonValue) -> UpsertJarviProfileResult:
    clients = Clients(ocean=Ocean(vendor), stardex=Stardex(vendor), jarvi=Jarvi(vendor), open_file=folder or Folder({}))
    proposal = await UPSERT_JARVI_PROFILE.propose(UpsertJarviProfile.model_validate(arguments), clients)
    return await proposal.write() if proposal.plan.changes else proposal.unwritten("unchanged")


def sized(megabytes: float) -> File:
    return File(name="scan.pdf", media_type="application/pdf", content=bytes(int(megabytes * 1_000_000)))


async def test_the_smallest_call_reads_saves_one_field_and_reads_again() -> None:
    vendor = Vendor(profiles=[{"id": "j1", "firstName": "Ana", "lastName": "Example", "location": None}])
    result = await upsert(vendor, profile={"id": "J1", "location": "Berlin"})
    (save,) = vendor.requests
    assert save == VendorRequest(
        method="POST", path="/rest/v2/profiles", effect="write", body={"id": "j1", "location": "Berlin"}
    )
    assert [(read.method, read.path, read.query["where"]) for read in vendor.reads] == [
        ("GET", "/rest/v2/profiles", '{"id":{"_eq":"J1"}}'),
        ("GET", "/rest/v2/profiles", '{"id":{"_eq":"j1"}}'),
    ]
    assert result == UpsertJarviProfileResult(
        status="saved",
        profile_id="j1",
        name="Ana Example",
        task_id="t1",
        profile_url="https://app.jarvi.tech/profiles/j1",
        files_sent=0,
        changes=[{"field": "location", "before": None, "after": "Berlin"}],
        read_back="differs",
        differences=[{"field": "location", "before": "Berlin", "after": None}],
        notes=["Once changed, talent-mcp cannot bring this back to what it is now: location."],
    )


CURRENT: JsonValue = {
    "id": "j1",
    "externalId": "e1",
    "firstName": "Ana",
    "lastName": "Example",
    "emailAddresses": [{"address": "ana@example.com"}, {"address": None}],
    "phoneNumbers": [{"number": "+44 20 7946 0018"}],
    "linkedinUrl": "https://www.linkedin.com/in/ana-example",
    "location": "Berlin ",
    "fieldsValues": [{"fieldId": FIELD, "value": "Senior"}],
}


async def test_a_profile_that_holds_all_of_it_is_not_written() -> None:
    vendor = Vendor(profiles=[CURRENT])
    result = await upsert(
        vendor,
        profile={
            "external_id": "e1",
            "location": "Berlin",
            "email_addresses": ["ANA@example.com"],
            "phone_numbers": ["+442079460018"],
            "linkedin_url": "Ana-Example",
        },
        custom_fields={FIELD.upper(): "Senior"},
    )
    assert vendor.requests == []
    assert result == UpsertJarviProfileResult(status="unchanged", profile_id="j1", name="Ana Example", changes=[])


async def test_only_what_changes_is_sent_for_the_id_that_was_found_and_told_with_what_was_there() -> None:
    vendor = Vendor(profiles=[CURRENT])
    result = await upsert(
        vendor,
        profile={
            "email_addresses": ["ana@example.com", "new@example.com"],
            "first_name": "Ana",
            "last_name": "Li",
            "phone_numbers": ["+442079460018"],
        },
        custom_fields={FIELD: "Head"},
        history_entry={"message": "Hi"},
        project_id="pr1",
    )
    assert vendor.requests[0].body == {
        "id": "j1",
        "emailAddresses": "ana@example.com,new@example.com",
        "lastName": "Li",
        FIELD: "Head",
        "historyEntryMessage": "Hi",
        "projectId": "pr1",
    }
    assert result.changes == [
        {"field": "last_name", "before": "Example", "after": "Li"},
        {
            "field": "email_addresses",
            "before": ["ana@example.com"],
            "after": ["ana@example.com", "new@example.com"],
        },
        {"field": "custom field Level", "before": "Senior", "after": "Head"},
        {"field": "history_entry", "after": {"message": "Hi"}},
        {"field": "project_id", "after": "pr1"},
    ]
    lost = "Once changed, talent-mcp cannot bring this back to what it is now: email addresses."
    assert result.notes == [MERGED, KEPT, lost]
    assert result.differences is not None
    assert [difference["field"] for difference in result.differences] == [
        "last_name",
        "email_addresses",
        "custom field Level",
    ]


OTHER = "0b0f3a52-7d0e-4c55-9e39-0a6d1f1a2b3d"


def with_two_of_one_name(held: str, other: str | None = None) -> Vendor:
    """A profile with two custom fields that are both called Level."""
    known = {FIELD: held} if other is None else {FIELD: held, OTHER: other}
    values: list[JsonValue] = [{"fieldId": field, "value": value} for field, value in known.items()]
    vendor = Vendor(profiles=[{"id": "j1", "firstName": "Ana", "fieldsValues": values}])
    vendor.definitions.append({"id": OTHER, "name": "Level\u200b", "targetedEntity": "profile"})
    return vendor


@pytest.mark.parametrize("order", [(FIELD, OTHER), (OTHER, FIELD)])
async def test_of_two_fields_of_one_name_only_the_empty_one_is_filled(order: tuple[str, str]) -> None:
    vendor = with_two_of_one_name("Senior")
    asked = dict.fromkeys(order, "Head")
    result = await upsert(vendor, profile={"id": "j1"}, custom_fields={**asked}, fill_empty=True)
    assert vendor.requests[0].body == {"id": "j1", OTHER: "Head"}
    assert result.changes == [{"field": "custom field Level", "before": None, "after": "Head"}]
    assert result.kept == ["custom field Level"]


@pytest.mark.parametrize("order", [(FIELD, OTHER), (OTHER, FIELD)])
async def test_of_two_fields_of_one_name_the_one_that_differs_is_told(order: tuple[str, str]) -> None:
    vendor = with_two_of_one_name("Senior", "Lead")
    result = await upsert(vendor, profile={"id": "j1"}, custom_fields={one: f"{one[-1]} wanted" for one in order})
    assert result.differences is not None
    assert {(one["before"], one["after"]) for one in result.differences} == {
        ("c wanted", "Senior"),
        ("d wanted", "Lead"),
    }


@pytest.mark.parametrize("order", [(FIELD, OTHER), (OTHER, FIELD)])
async def test_a_save_of_two_fields_of_one_name_happened_only_if_both_show_it(order: tuple[str, str]) -> None:
    asked = UpsertJarviProfile.model_validate({"profile": {"id": "j1"}, "custom_fields": dict.fromkeys(order, "Head")})
    vendor = with_two_of_one_name("Senior")
    clients = Clients(ocean=Ocean(vendor), stardex=Stardex(vendor), jarvi=Jarvi(vendor), open_file=Folder({}))
    proposal = await UPSERT_JARVI_PROFILE.propose(asked, clients)
    vendor.profiles = with_two_of_one_name("Senior", "Head").profiles
    assert await proposal.read_back() is None
    vendor.profiles = with_two_of_one_name("Head", "Head").profiles
    assert await proposal.read_back() is not None


@pytest.mark.parametrize(
    ("key", "value"),
    [("id", "J1"), ("external_id", "e1"), ("email_addresses", ["x@example.com", "Ana@example.com"])],
)
async def test_the_profile_is_found_by_its_keys_in_the_order_in_which_jarvi_merges(key: str, value: JsonValue) -> None:
    others: JsonValue = {"id": "j2", "externalId": "e2", "linkedinUrl": "https://linkedin.com/in/ana-li"}
    vendor = Vendor(profiles=[others, CURRENT])
    result = await upsert(vendor, profile={key: value, "linkedin_url": "ana-li", "headline": "CFO"})
    assert result.name == "Ana Example"


@pytest.mark.parametrize(
    ("profiles", "note"),
    [
        ([], NOT_FOUND),
        # Others than were asked for say nothing of who is there.
        ([{"id": "j2", "emailAddresses": [{"address": "b@example.com"}]}], NOT_READ),
        ([{"id": key, "emailAddresses": [{"address": "ana@example.com"}]} for key in ("j2", "j3")], NOT_READ),
        ([{"name": "no id"}], NOT_READ),
    ],
)
async def test_what_is_not_known_of_the_profile_is_said(profiles: list[JsonValue], note: str) -> None:
    vendor = Vendor(profiles=profiles)
    result = await upsert(vendor, profile={**ANA, "first_name": "Ana", "last_name": "Li"})
    assert result.changes[0] == {"field": "first_name", "after": "Ana"}
    assert (result.name, result.notes) == ("Ana Li", [note])
    assert (result.status, result.read_back) == ("saved", "failed")


@pytest.mark.parametrize(("status", "saves"), [(401, 0), (403, 0), (404, 1), (400, 1)])
async def test_a_save_works_without_the_list_of_profiles_but_not_without_a_key(status: int, saves: int) -> None:
    vendor = Vendor(read_status=status)
    if saves:
        assert (await upsert(vendor, profile=ANA)).notes == [NOT_READ]
    else:
        with pytest.raises(VendorRefused):
            await upsert(vendor, profile=ANA)
    assert len(vendor.requests) == saves


async def test_what_a_profile_is_read_without_is_not_said_to_be_empty_or_to_differ() -> None:
    vendor = Vendor(profiles=[{"id": "j1", "emailAddresses": [{"address": "ana@example.com"}]}])
    result = await upsert(vendor, profile={**ANA, "headline": "CFO"}, custom_fields={FIELD: "Head"})
    assert result.changes == [{"field": "headline", "after": "CFO"}, {"field": "custom field Level", "after": "Head"}]
    assert (result.read_back, result.differences) == ("not shown", None)


@pytest.mark.parametrize(
    ("profiles", "differences"),
    [
        ([CURRENT], []),
        ([CURRENT, {"id": "j9", "location": "Paris"}], [{"field": "location", "before": "Rome", "after": "Paris"}]),
    ],
)
async def test_a_save_that_went_into_another_profile_is_told(
    profiles: list[JsonValue], differences: list[JsonValue]
) -> None:
    vendor = Vendor({"profileId": "j9"}, profiles=profiles)
    result = await upsert(vendor, profile={"id": "j1", "location": "Rome"})
    assert (result.status, result.profile_id, result.read_back) == ("saved", "j9", "differs")
    assert result.differences == [{"field": "profile_id", "before": "j1", "after": "j9"}, *differences]
    assert result.notes is not None
    assert ELSEWHERE in result.notes


async def test_files_are_told_by_name_size_and_hash() -> None:
    result = await upsert(Vendor(profiles=[CURRENT]), Folder({"cv.pdf": CV}), profile=ANA, resumes="cv.pdf")
    digest = "86edbaa24831badfa0a8b04bb410141e2ee4182b6d0014493fe262a7a331c20b"
    assert result.changes == [
        {"field": "resumes", "after": [{"name": "cv.pdf", "type": "application/pdf", "bytes": 8, "sha256": digest}]}
    ]
    assert result.notes == [KEPT]


async def test_the_largest_call_sends_every_field_in_the_vendors_names() -> None:
    vendor = Vendor()
    folder = Folder({"in/cv.pdf": CV, "in/letter.docx": LETTER})
    result = await upsert(
        vendor,
        folder,
        profile={
            "id": "j1",
            "external_id": "e1",
            "first_name": "Ana",
            "last_name": "Example",
            "email_addresses": ["ana@example.com", " Ana@Home.example "],
            "phone_numbers": ["+442079460018", "+44 20 7946 0019"],
            "linkedin_url": "https://uk.linkedin.com/in/Ana-Example?trk=x",
            "location": "Berlin",
            "headline": "Numbers, \U0001f600",
            "current_position": "CFO",
            "current_company_name": "Example GmbH",
            "current_company_id": "c1",
        },
        custom_fields={FIELD.upper(): "Senior"},
        history_entry={"subject": "Call", "message": "Liked it", "type": NOTE},
        resumes=["in/cv.pdf"],
        files=["in/letter.docx", "in/cv.pdf"],
        project_id="pr1",
    )
    cv: JsonValue = {"fileName": "cv.pdf", "data": "data:application/pdf;base64,JVBERi0xLjc="}
    letter: JsonValue = {"fileName": "letter é.docx", "data": "data:application/vnd.ms-word;base64,AP8="}
    (request,) = vendor.requests
    assert request.body == {
        "id": "j1",
        "externalId": "e1",
        "firstName": "Ana",
        "lastName": "Example",
        "emailAddresses": "ana@example.com,Ana@Home.example",
        "phoneNumbers": "+442079460018,+44 20 7946 0019",
        "linkedinUrl": "https://www.linkedin.com/in/ana-example",
        "location": "Berlin",
        "headline": "Numbers, \U0001f600",
        "currentPosition": "CFO",
        "currentCompanyName": "Example GmbH",
        "currentCompanyId": "c1",
        FIELD: "Senior",
        "historyEntrySubject": "Call",
        "historyEntryMessage": "Liked it",
        "historyEntryType": NOTE,
        "projectId": "pr1",
        "resumesFiles": [cv],
        "files": [letter, cv],
    }
    assert result.files_sent == 3
    assert [path for path, _ in folder.opened] == ["in/cv.pdf", "in/letter.docx", "in/cv.pdf"]
    assert {limit for _, limit in folder.opened} == {REQUEST_LIMIT}


@pytest.mark.parametrize(
    "profile",
    [
        {"id": "j1", "headline": "CFO"},
        {"external_id": "e1"},
        {"email_addresses": ["a@example.com"]},
        {"linkedin_url": "ana"},
    ],
)
async def test_one_key_is_enough(profile: JsonValue) -> None:
    vendor = Vendor()
    await upsert(vendor, profile=profile)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    "profile", [{}, {"first_name": "Ana"}, {"email_addresses": []}, {"phone_numbers": ["+442079460018"]}]
)
async def test_a_profile_without_a_key_is_refused_before_anything_is_sent(profile: JsonValue) -> None:
    vendor = Vendor()
    with pytest.raises(InvalidArguments, match="at least one of id, external_id"):
        await upsert(vendor, profile=profile)
    assert vendor.requests == []


@pytest.mark.parametrize("field", ["email_addresses", "phone_numbers"])
@pytest.mark.parametrize("value", ["rubbish", "a@example.com,b@example.com", "+442079460018,+442079460019", " - "])
async def test_what_is_no_email_or_phone_number_is_refused_before_anything_is_sent(field: str, value: str) -> None:
    vendor = Vendor()
    with pytest.raises(ValidationError) as caught:
        await upsert(vendor, profile={"id": "j1", field: [value]})
    assert [error["loc"] for error in caught.value.errors()] == [("profile", field, 0)]
    assert vendor.requests == []


@pytest.mark.parametrize("url", ["-", "n/a", "no profile", "https://example.com/in/ana"])
async def test_what_is_no_linkedin_profile_is_refused_before_anything_is_sent(url: str) -> None:
    vendor = Vendor()
    with pytest.raises(ValidationError, match="must be a LinkedIn profile URL or handle"):
        await upsert(vendor, profile={"id": "j1", "linkedin_url": url})
    assert vendor.requests == []


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"custom_fields": {"Seniority": "x"}}, "number 1: no custom field for people in Jarvi has this name"),
        ({"history_entry": {"type": "Seniority"}}, "the history entry type by uuid"),
    ],
)
async def test_a_name_that_nothing_has_is_refused_and_not_repeated(arguments: dict[str, JsonValue], what: str) -> None:
    vendor = Vendor()
    with pytest.raises(InvalidArguments, match=what) as caught:
        await upsert(vendor, None, profile=ANA, **arguments)
    assert vendor.requests == []
    assert "Seniority" not in str(caught.value)


async def test_the_vendors_own_spelling_is_understood_and_single_values_become_lists() -> None:
    vendor = Vendor()
    folder = Folder({"cv.pdf": CV})
    await upsert(
        vendor,
        folder,
        profile='{"emailAddresses": "ana@example.com", "firstName": "Ana"}',
        customFields=f'{{"{FIELD}": "x"}}',
        historyEntry={"message": "Hi"},
        projectId="pr1",
        resumes="cv.pdf",
    )
    body = vendor.requests[0].body
    assert isinstance(body, dict)
    assert isinstance(body.pop("resumesFiles"), list)
    assert body == {
        "emailAddresses": "ana@example.com",
        "firstName": "Ana",
        FIELD: "x",
        "historyEntryMessage": "Hi",
        "projectId": "pr1",
    }


async def test_an_unknown_field_is_refused_under_its_own_name() -> None:
    with pytest.raises(ValidationError) as caught:
        await upsert(Vendor(), profile={"id": "j1", "emails": ["a@example.com"], "first_name": 7})
    assert {error["loc"] for error in caught.value.errors()} == {("profile", "emails"), ("profile", "first_name")}


async def test_every_byte_of_a_file_arrives() -> None:
    vendor = Vendor()
    content = bytes(range(256)) * 9
    await upsert(vendor, Folder({"f": File(name="f", media_type="image/png", content=content)}), profile=ANA, files="f")
    body = vendor.requests[0].body
    assert isinstance(body, dict)
    assert isinstance(body["files"], list)
    (sent,) = body["files"]
    assert isinstance(sent, dict)
    prefix, _, encoded = str(sent["data"]).partition(",")
    assert prefix == "data:image/png;base64"
    assert b64decode(encoded, validate=True) == content


async def test_an_empty_file_is_refused_by_its_place_and_without_its_path() -> None:
    vendor = Vendor()
    folder = Folder({"cv.pdf": CV, "secret/a": sized(0)})
    with pytest.raises(InvalidArguments, match=r"Nothing was sent: files\[1\] is an empty file") as caught:
        await upsert(vendor, folder, profile=ANA, resumes="cv.pdf", files=["cv.pdf", "secret/a"])
    assert "secret" not in str(caught.value)
    assert vendor.requests == []


async def test_files_just_within_the_limit_are_sent() -> None:
    vendor = Vendor()
    result = await upsert(vendor, Folder({"a": sized(1.6), "b": sized(1.7)}), profile=ANA, resumes="a", files="b")
    assert result.files_sent == 2


async def test_files_over_the_limit_are_refused_with_their_sizes_and_without_their_paths() -> None:
    vendor = Vendor()
    folder = Folder({"secret/a": sized(1.6), "secret/b": sized(1.8), "secret/c": sized(0.1)})
    with pytest.raises(InvalidArguments) as caught:
        await upsert(vendor, folder, profile=ANA, files=["secret/a", "secret/b", "secret/c"])
    assert "1.6 + 1.8 MB" in str(caught.value)
    assert "3.3 MB" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert [path for path, _ in folder.opened] == ["secret/a", "secret/b"]
    assert vendor.requests == []


async def test_a_request_over_the_limit_is_refused_with_its_size() -> None:
    vendor = Vendor()
    long: JsonValue = {str(UUID(int=number)): "x" * 20_000 for number in range(20)}
    with pytest.raises(InvalidArguments, match=r"request is 4\.7 MB.*4\.5 MB"):
        await upsert(vendor, Folder({"a": sized(3.2)}), profile=ANA, files="a", custom_fields=long)
    assert vendor.requests == []


async def test_a_file_that_may_not_be_opened_stops_the_call() -> None:
    async def refuse(path: str, /, *, limit: int) -> File:
        raise InvalidArguments("No folder is allowed.")

    vendor = Vendor()
    clients = Clients(ocean=Ocean(vendor), stardex=Stardex(vendor), jarvi=Jarvi(vendor), open_file=refuse)
    arguments = UpsertJarviProfile.model_validate({"profile": ANA, "files": "/etc/passwd"})
    with pytest.raises(InvalidArguments, match="No folder"):
        await UPSERT_JARVI_PROFILE.propose(arguments, clients)
    assert vendor.requests == []


async def test_a_hostile_profile_id_cannot_leave_the_profile_page() -> None:
    result = await upsert(Vendor({"profileId": "../x?y"}, 200), profile=ANA)
    assert result.profile_url == "https://app.jarvi.tech/profiles/..%2Fx%3Fy"
    assert result.task_id is None


async def test_failures_of_the_vendor_reach_the_caller() -> None:
    with pytest.raises(OutcomeUnknown):
        await upsert(Vendor(None, 500), profile=ANA)
    with pytest.raises(UnreadableAnswer):
        await upsert(Vendor({}, 201), profile=ANA)


def test_the_person_is_known_by_every_normalised_identifier() -> None:
    arguments = UpsertJarviProfile.model_validate(
        {
            "profile": {
                "id": FIELD.upper(),
                "external_id": "E1",
                "linkedin_url": "https://www.linkedin.com/in/Ana/",
                "email_addresses": ["A@Example.com"],
                "phone_numbers": ["+44 20 7946 0018"],
            }
        }
    )
    known = (f"jarvi:{FIELD}", "external:E1", "linkedin:ana", "email:a@example.com", "phone:+442079460018")
    assert list(UPSERT_JARVI_PROFILE.people(arguments)) == [known]
    saved = {"status": "saved", "profile_id": "new"}
    assert list(UPSERT_JARVI_PROFILE.found(arguments, saved)) == [Found((), ("jarvi:new", *known))]
    unsaved = {"status": "preview", "profile_id": "new"}
    assert list(UPSERT_JARVI_PROFILE.found(arguments, unsaved)) == [Found((), ("jarvi:new",))]
    smallest = UpsertJarviProfile.model_validate(
        {"profile": {"external_id": "E1", "first_name": "Ana", "last_name": "Li"}}
    )
    assert list(UPSERT_JARVI_PROFILE.people(smallest)) == [("external:E1", "name:ana li")]


def test_the_tool_tells_that_it_writes() -> None:
    tool = UPSERT_JARVI_PROFILE
    assert (tool.vendor, tool.read_only, tool.destructive, tool.idempotent) == ("jarvi", False, True, False)
    assert (tool.open_world, tool.billable) == (True, False)


@pytest.mark.parametrize("name", ["files", "resumes"])
async def test_more_files_than_any_call_needs_are_refused_before_one_is_opened(name: str) -> None:
    vendor, folder = Vendor(), Folder({"cv.pdf": CV})
    paths: list[JsonValue] = ["cv.pdf"] * 20
    await upsert(vendor, folder, profile={"id": "j1"}, **{name: paths})
    with pytest.raises(ValidationError, match="must have at most 20 entries"):
        await upsert(vendor, folder, profile={"id": "j1"}, **{name: [*paths, "cv.pdf"]})
    assert len(folder.opened) == 20


async def test_who_may_be_there_by_an_address_that_was_not_looked_up_is_not_new() -> None:
    addresses: list[JsonValue] = [f"{name}@example.com" for name in "abcd"]
    vendor = Vendor(profiles=[])
    result = await upsert(vendor, profile={"email_addresses": addresses, "first_name": "Ana"})
    assert result.notes == [NOT_READ]


async def test_a_list_that_only_says_who_is_meant_is_not_sent() -> None:
    """It might take the place of a longer one, which no plan would have shown."""
    vendor = Vendor(profiles=[CURRENT])
    await upsert(vendor, profile={"email_addresses": ["ana@example.com"], "location": "Leeds"})
    assert vendor.requests[0].body == {"id": "j1", "location": "Leeds"}
