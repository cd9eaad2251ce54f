"""What is said of a client's answers: nothing of right ones, and what is wrong of others."""

from dataclasses import replace
from typing import Any

import pytest

from talent_tools.catalog import TOOLS

from .asks import PERSON, Seen, complaints

PAGE: dict[str, Any] = {"result": {"people": [], "total": 0}, "text": '{"people":[],"total":0}'}
RIGHT = Seen(
    version="1",
    protocol="2026-07-28",
    tools=[tool.name for tool in TOOLS],
    calls={
        "search_people": PAGE,
        "enrich_person": {"result": {"status": "no_match"}},
        "update_stardex_person": {"result": {"status": "unchanged", "person_id": "p", "changes": []}},
        "upsert_jarvi_profile": {
            "result": {"status": "saved", "profile_id": "p", "profile_url": "u", "files_sent": 0, "changes": []}
        },
    },
    resource='{"vendors": {}}',
    prompt=f"Refresh {PERSON}.",
)
CALLS = RIGHT.calls


def test_nothing_is_said_of_right_answers() -> None:
    assert complaints(RIGHT, "2026-07-28") == []


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (replace(RIGHT, protocol=None), "protocol None instead of 2026-07-28"),
        (replace(RIGHT, tools=[]), "tools []"),
        (replace(RIGHT, calls={**CALLS, "search_people": {"error": "no credits"}}), "search_people: no credits"),
        (replace(RIGHT, calls={**CALLS, "search_people": {"result": None}}), "search_people: None is not of type"),
        (replace(RIGHT, calls={**CALLS, "enrich_person": {"result": {}}}), "enrich_person: 'status' is a required"),
        (
            replace(RIGHT, calls={**CALLS, "search_people": {**PAGE, "text": '{"people": []}'}}),
            "search_people: text and",
        ),
        (replace(RIGHT, resource="{}"), "resource {}"),
        (replace(RIGHT, prompt="Refresh nobody."), "prompt Refresh nobody."),
    ],
)
def test_what_is_wrong_is_said(seen: Seen, said: str) -> None:
    (complaint,) = complaints(seen, "2026-07-28")
    assert complaint.startswith(said)


def test_a_call_that_was_not_made_is_missed() -> None:
    without = {name: call for name, call in CALLS.items() if name != "enrich_person"}
    assert complaints(replace(RIGHT, calls=without), "2026-07-28") == ["enrich_person: None"]
