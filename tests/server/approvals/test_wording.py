"""A plan in words: the person first, then each field; the same words for the same plan, whatever is in it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from talent_mcp.approvals.desk import ShownPlan
from talent_mcp.approvals.wording import LONGEST_TEXT, headline, lines, text

WORK = {"contact_data_type": "work", "value": "a@example.com"}
HOME = {"contact_data_type": None, "value": "b@example.com"}


def plan(*changes: dict[str, JsonValue], **fields: Any) -> ShownPlan:
    known: dict[str, Any] = {"target": "stardex:p1", "name": "Ada Li", "notes": [], **fields}
    return ShownPlan(plan_id="06h", tool="t", digest="d", state="waiting", expires=0.0, changes=[*changes], **known)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"field": "current_job_title", "before": "CFO", "after": "CEO"}, "current job title: CFO -> CEO"),
        ({"field": "address", "before": None, "after": "1 High\nStreet"}, "address: (nothing) -> 1 High Street"),
        ({"field": "job_id", "after": "j1"}, "job id: (not shown by the vendor) -> j1"),
        (
            {"field": "emails", "before": [WORK], "after": [WORK, HOME]},
            "emails: adds b@example.com",
        ),
        (
            {"field": "emails", "before": [WORK, HOME], "after": [HOME]},
            "emails: removes a@example.com (work)",
        ),
        ({"field": "emails", "before": [WORK], "after": [HOME]}, "emails: adds b@example.com; removes a@example.com (work)"),
        ({"field": "emails", "before": [WORK, HOME], "after": [HOME, WORK]}, "emails: in another order"),
        ({"field": "emails", "after": []}, "emails: (not shown by the vendor) -> (nothing)"),
        ({"field": "custom field Tags", "before": None, "after": {"add_values": ["a", 2]}}, "custom field Tags: (nothing) -> add values a, 2"),
        ({"field": "x", "before": False, "after": 0}, "x: False -> 0"),
    ],
)  # fmt: skip
def test_a_change_is_one_line(change: dict[str, JsonValue], words: str) -> None:
    assert list(lines(plan(change))) == [words]


@pytest.mark.parametrize(
    ("target", "name", "words"),
    [
        ("stardex:p1", "Ada Li", "Ada Li in Stardex (p1)"),
        ("jarvi:new", "Ada Li", "Ada Li in Jarvi: new profile"),
        ("jarvi:j1", None, "a person without a name in Jarvi (j1)"),
        ("other:1", "A", "A in other (1)"),
    ],
)
def test_the_headline_says_whom_and_where(target: str, name: str | None, words: str) -> None:
    assert headline(plan(target=target, name=name)) == words


def test_what_cannot_be_taken_back_is_said_with_the_changes() -> None:
    shown = plan({"field": "name", "before": "A", "after": "B"}, notes=["A note cannot be taken back."])
    assert text(shown) == "Change Ada Li in Stardex (p1)\n- name: A -> B\n- A note cannot be taken back."


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.fixed_dictionaries({"field": st.text(), "before": json_values, "after": json_values}), max_size=6))
def test_any_plan_has_words_one_line_a_change_and_not_too_many(changes: list[dict[str, JsonValue]]) -> None:
    shown = plan(*changes)
    words = text(shown)
    assert words == text(shown)
    assert len(words) <= LONGEST_TEXT
    assert len(list(lines(shown))) == len(changes)


def test_a_plan_that_is_too_long_is_cut_and_says_so() -> None:
    changes: list[dict[str, JsonValue]] = [{"field": f"f{n}", "before": None, "after": "x" * 9_000} for n in range(40)]
    words = text(plan(*changes))
    assert len(words) == LONGEST_TEXT
    assert words.endswith(" [...]")
