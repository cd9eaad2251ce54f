"""fill_empty: nothing that is stored, or may be, is overwritten; and what may be lost unseen is marked as such."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from talent_mcp.sandbox.jarvi.bodies import Profile
from talent_mcp.sandbox.jarvi.profiles import StoredProfile
from talent_mcp.sandbox.stardex.bodies import PersonUpdate
from talent_mcp.sandbox.stardex.persons import SCALARS, StoredPerson
from talent_tools.clients import Clients
from talent_tools.custom_fields import CustomFields
from talent_tools.errors import InvalidArguments
from talent_tools.jarvi.client import Jarvi
from talent_tools.jarvi.plan import NOT_FOUND, NOT_READ
from talent_tools.ocean.client import Ocean
from talent_tools.plans import UNSEEN, Proposal, is_filled
from talent_tools.stardex.changes import KEEPS, PersonChanges
from talent_tools.stardex.client import Stardex, StardexPerson
from talent_tools.stardex.custom_fields import checked
from talent_tools.stardex.plan import StardexPlan, planned
from talent_tools.upsert_jarvi_profile import UPSERT_JARVI_PROFILE, UpsertJarviProfile, UpsertJarviProfileResult
from talent_tools.vendor import VendorAnswer, VendorRequest

pytestmark = pytest.mark.anyio

FIELD = "0b0f3a52-7d0e-4c55-9e39-0a6d1f1a2b3c"
OTHER_FIELD = "5f0c6a0e-1111-4c55-9e39-0a6d1f1a2b3c"
TEXT = st.sampled_from(["", " ", "Ana", "CFO", "Berlin"])
STORED: dict[str, JsonValue] = {
    "id": "p1",
    "name": "Ana Example",
    "first_name": None,
    "last_name": " ",
    "address": "1 Example Street",
    "emails": [{"contact_data_type": "work", "value": "ana@example.com"}],
    "phones": [],
    "custom_fields": [{"attribute_id": FIELD, "name": "Remote\u200b", "value": False}],
}
LOST = "Once changed, talent-mcp cannot bring this back to what it is now: {}."


def plan(changes: dict[str, JsonValue], *, fill_empty: bool = True, **stored: JsonValue) -> StardexPlan:
    asked = PersonChanges.model_validate(changes)
    asked.require_workable(fill_empty=fill_empty)
    person = StardexPerson.model_validate({**STORED, **stored})
    known = CustomFields(vendor="Stardex", fields=None)
    return planned(asked, person, checked(asked.custom_fields or (), known), fill_empty=fill_empty)


def test_only_fields_that_are_empty_are_filled_and_the_others_are_named() -> None:
    made = plan(
        {
            "name": "Ana Li",
            "first_name": "Ana",
            "last_name": "Li",
            "address": "1 Example Street",
            "current_job_title": "CFO",
            "work_email": "new@example.com",
            "mobile_phone": "+442079460018",
            "emails": {"replace": ["x@example.com"]},
            "phone_numbers": {"replace": ["+442079460019"]},
            "custom_fields": [{"attribute_id": FIELD, "value": True}],
            "job_id": "job-7",
        }
    )
    assert made.body == {
        "first_name": "Ana",
        "last_name": "Li",
        "mobile_phone": "+442079460018",
        "job_id": "job-7",
        "phone_numbers": [{"contact_data_type": "mobile", "value": "+442079460019"}],
    }
    # The title is not in what was read: it may be stored all the same.
    assert made.kept == ["name", "current_job_title", "work_email", "custom field Remote", "emails"]
    assert made.plan.notes == [LOST.format("first name, last name, mobile phone")]


def test_what_is_added_to_a_list_overwrites_nothing() -> None:
    added: dict[str, JsonValue] = {"attribute_id": FIELD, "add_values": ["x"]}
    made = plan({"emails": {"add": ["new@example.com"]}, "custom_fields": [added]})
    assert isinstance(made.body["emails"], list)
    assert (len(made.body["emails"]), made.body["custom_fields"], made.kept) == (2, [added], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"emails": {"remove": ["ana@example.com"]}},
        {"custom_fields": [{"attribute_id": FIELD, "clear_all": True}]},
        {"custom_fields": [{"attribute_id": FIELD, "add_values": ["x"], "remove_values": ["y"]}]},
        {"custom_fields": [{"attribute_id": FIELD, "remove_team_member_ids": ["t"]}]},
    ],
)
def test_to_remove_and_to_keep_all_is_refused(changes: dict[str, JsonValue]) -> None:
    with pytest.raises(InvalidArguments) as caught:
        plan(changes)
    assert str(caught.value) == KEEPS
    assert plan(changes, fill_empty=False).kept == []


def test_an_overwritten_value_that_is_not_shown_is_marked_and_counted() -> None:
    partial = StardexPerson.model_validate({"id": "p1", "name": "Ana"})
    asked = PersonChanges.model_validate(
        {
            "name": "Li",
            "address": "x",
            "work_phone": "+442079460018",
            "phone_numbers": {"replace": []},
            "job_id": "j",
            "custom_fields": [
                {"attribute_id": FIELD, "value": 1},
                {"attribute_id": OTHER_FIELD, "add_values": ["x"]},
            ],
        }
    )
    known = CustomFields(vendor="Stardex", fields=[])
    made = planned(asked, partial, checked(asked.custom_fields or (), known))
    assert [one.field for one in made.plan.changes if one.blind] == [
        "address",
        "work_phone",
        f"custom field {FIELD}",
        "phone_numbers",
    ]
    assert made.plan.notes[0] == UNSEEN.format(count=4)


@given(
    stored=st.dictionaries(st.sampled_from([*SCALARS.values()]), TEXT),
    wanted=st.dictionaries(st.sampled_from([*SCALARS]), st.sampled_from(["Ben", "VP", "Ulm"]), min_size=1),
)
def test_whatever_stardex_holds_is_still_there_afterwards(stored: dict[str, str], wanted: dict[str, JsonValue]) -> None:
    person = StoredPerson(id="p1", scalars={name: stored.get(name) for name in SCALARS.values()})
    before: dict[str, Any] = person.document(full=True)
    made = planned(PersonChanges.model_validate(wanted), StardexPerson.model_validate(before), fill_empty=True)
    person.update(PersonUpdate.model_validate(made.body))
    after: dict[str, Any] = person.document(full=True)
    for name, read in SCALARS.items():
        if is_filled(before[read]):
            assert after[read] == before[read]
        elif name in wanted:
            assert after[read] == wanted[name]
    assert set(made.body) | set(made.kept) == {name for name in wanted if before[SCALARS[name]] != wanted[name]}


class OneProfile:
    """Jarvi with this profile, or without."""

    def __init__(self, profile: StoredProfile | None, *, hidden: tuple[str, ...] = (), status: int = 200) -> None:
        self.profile = profile
        self.hidden = hidden
        self.status = status
        self.saved: list[JsonValue] = []

    async def __call__(self, request: VendorRequest, /) -> VendorAnswer:
        if request.path == "/graphql":
            return VendorAnswer(status=200, body={"data": {"fields": [{"id": FIELD, "name": "Level"}]}})
        if request.method == "GET":
            document = self.profile.document() if self.profile else {}
            shown = {name: value for name, value in document.items() if name not in self.hidden}
            return VendorAnswer(status=self.status, body={"data": [shown] if shown else []})
        self.saved.append(request.body)
        return VendorAnswer(status=201, body={"profileId": "j1"})


async def propose(vendor: OneProfile, **arguments: JsonValue) -> Proposal[UpsertJarviProfileResult]:
    async def no_file(_: str, /, *, limit: int) -> Any:
        raise InvalidArguments("none")

    clients = Clients(ocean=Ocean(vendor), stardex=Stardex(vendor), jarvi=Jarvi(vendor), open_file=no_file)
    asked = UpsertJarviProfile.model_validate({"fill_empty": True, **arguments})
    return await UPSERT_JARVI_PROFILE.propose(asked, clients)


ANA: dict[str, JsonValue] = {"email_addresses": ["ana@example.com"]}


def stored_profile(**values: str) -> StoredProfile:
    profile = StoredProfile(id="j1", created=0.0)
    profile.merge(Profile.model_validate({"emailAddresses": "ana@example.com", **values}))
    return profile


async def test_jarvi_is_sent_the_id_and_only_what_fills_an_empty_field() -> None:
    vendor = OneProfile(stored_profile(headline="CFO", **{FIELD: "Senior"}))
    proposal = await propose(
        vendor,
        profile={
            "email_addresses": ["ana@example.com", "new@example.com"],
            "headline": "CEO",
            "location": "Berlin",
            "phone_numbers": ["+442079460018"],
            "linkedin_url": "ana-li",
        },
        custom_fields={"level": "Head"},
    )
    result = await proposal.write()
    assert vendor.saved == [
        {
            "id": "j1",
            "location": "Berlin",
            "phoneNumbers": "+442079460018",
            "linkedinUrl": "https://www.linkedin.com/in/ana-li",
        }
    ]
    assert result.kept == ["email_addresses", "headline", "custom field Level"]


async def test_where_nothing_is_empty_nothing_is_sent() -> None:
    proposal = await propose(OneProfile(stored_profile(headline="CFO")), profile={**ANA, "headline": "CEO"})
    assert proposal.plan.changes == []
    assert proposal.unwritten("unchanged").kept == ["headline"]


async def test_somebody_new_gets_every_field() -> None:
    vendor = OneProfile(None)
    proposal = await propose(vendor, profile={**ANA, "headline": "CEO"}, custom_fields={"level": "Head"})
    assert proposal.plan.notes == [NOT_FOUND]
    assert not any(change.blind for change in proposal.plan.changes)
    assert proposal.plan.body == {"emailAddresses": "ana@example.com", "headline": "CEO", FIELD: "Head"}


@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        ({"linkedin_url": "ana-li", **ANA}, {"linkedinUrl": "https://www.linkedin.com/in/ana-li"}),
        ({"external_id": "e1", **ANA}, {"externalId": "e1"}),
        (ANA, {"emailAddresses": "ana@example.com"}),
    ],
)
async def test_of_a_profile_that_cannot_be_read_no_field_is_filled(
    keys: dict[str, JsonValue], sent: dict[str, JsonValue]
) -> None:
    vendor = OneProfile(None, status=404)
    proposal = await propose(vendor, profile={**keys, "headline": "CEO"}, history_entry={"message": "Hi"})
    assert proposal.plan.body == {**sent, "historyEntryMessage": "Hi"}
    assert [change.field for change in proposal.plan.changes] == ["history_entry"]
    assert {*(proposal.unwritten("preview").kept or ())} == {*keys, "headline"}
    assert NOT_READ in proposal.plan.notes


async def test_a_field_that_jarvi_leaves_out_is_kept_or_else_marked() -> None:
    asked: dict[str, JsonValue] = {**ANA, "headline": "CEO", "location": "Ulm"}
    hidden = OneProfile(stored_profile(), hidden=("headline", "fieldsValues"))
    kept = await propose(hidden, profile=asked, custom_fields={"level": "Head"})
    assert kept.plan.body == {"id": "j1", "location": "Ulm"}
    overwritten = await propose(hidden, profile=asked, custom_fields={"level": "Head"}, fill_empty=False)
    assert [change.field for change in overwritten.plan.changes if change.blind] == ["headline", "custom field Level"]
    assert overwritten.plan.notes == [UNSEEN.format(count=2), LOST.format("location")]
