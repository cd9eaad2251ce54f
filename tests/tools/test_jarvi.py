"""The Jarvi client: what leaves, what is read, and what each error answer becomes."""

import pytest
from pydantic import JsonValue

from talent_tools.errors import OutcomeUnknown, ToolFailure, UnreadableAnswer, VendorRefused, VendorUnavailable
from talent_tools.jarvi.client import Jarvi
from talent_tools.vendor import VendorAnswer, VendorRequest

pytestmark = pytest.mark.anyio


class Vendor:
    """Answers once and remembers what was asked."""

    def __init__(self, status: int, body: JsonValue) -> None:
        self.answer = VendorAnswer(status=status, body=body)
        self.requests: list[VendorRequest] = []

    async def __call__(self, request: VendorRequest, /) -> VendorAnswer:
        self.requests.append(request)
        return self.answer


async def failed_save(status: int, body: JsonValue) -> ToolFailure:
    with pytest.raises(ToolFailure) as caught:
        await Jarvi(Vendor(status, body)).save_profile({"id": "j1"})
    return caught.value


@pytest.mark.parametrize("status", [200, 201])
async def test_a_save_is_one_post_and_keeps_what_the_vendor_adds(status: int) -> None:
    answer: JsonValue = {"message": "Profile saved successfully", "taskId": "t1", "profileId": "j1", "merged": True}
    vendor = Vendor(status, answer)
    saved = await Jarvi(vendor).save_profile({"id": "j1"})
    assert vendor.requests == [
        VendorRequest(method="POST", path="/rest/v2/profiles", effect="write", body={"id": "j1"})
    ]
    assert saved.model_dump(by_alias=True) == answer


async def test_custom_field_definitions_are_a_graphql_read() -> None:
    definition: JsonValue = {
        "id": "u1",
        "name": "Level",
        "type": "select",
        "targetedEntity": "profile",
        "values": [{"id": "v1", "name": "Senior", "technicalValue": "senior"}],
    }
    vendor = Vendor(200, {"data": {"fields": [definition]}})
    (field,) = await Jarvi(vendor).custom_fields()
    (request,) = vendor.requests
    assert (request.method, request.path, request.effect) == ("POST", "/graphql", "read")
    assert request.body == {
        "query": "query { fields { id name type targetedEntity values { id name technicalValue } } }"
    }
    assert field.model_dump(by_alias=True, mode="json") == definition


async def test_a_graphql_error_is_unreadable_and_kept() -> None:
    body: JsonValue = {"errors": [{"message": "field not found"}]}
    with pytest.raises(UnreadableAnswer, match="nothing was changed") as caught:
        await Jarvi(Vendor(200, body)).custom_fields()
    assert caught.value.raw == body


@pytest.mark.parametrize("body", [{"message": "Ana Example is wrong"}, "Ana Example", None])
@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (400, "uuids of this Jarvi account"),
        (401, "talent-mcp login jarvi"),
        (403, "talent-mcp login jarvi"),
        (404, "current_company_id"),
        (413, "smaller files"),
        (422, "HTTP 422"),
    ],
)
async def test_a_refusal_says_what_to_do_next_in_our_words(status: int, advice: str, body: JsonValue) -> None:
    error = await failed_save(status, body)
    assert isinstance(error, VendorRefused)
    assert error.status == status
    assert advice in str(error)
    assert "nothing was changed" in str(error)
    assert "Ana" not in str(error)


async def test_a_server_error_leaves_a_save_unknown() -> None:
    error = await failed_save(502, None)
    assert isinstance(error, OutcomeUnknown)
    assert "before repeating" in str(error)


async def test_a_server_error_leaves_a_read_undone() -> None:
    with pytest.raises(VendorUnavailable, match="Try again"):
        await Jarvi(Vendor(500, {"message": "x"})).custom_fields()


@pytest.mark.parametrize("body", [None, {}, {"profileId": None}, {"message": "ok"}, ["j1"]])
async def test_a_save_without_a_profile_id_is_unreadable_and_kept(body: JsonValue) -> None:
    error = await failed_save(201, body)
    assert isinstance(error, UnreadableAnswer)
    assert error.raw == body
    assert "before repeating" in str(error)
