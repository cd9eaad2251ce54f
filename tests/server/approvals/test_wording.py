"""A plan in words: the person first, then each field; the same words for the same plan, whatever is in it."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from talent_mcp.approvals.contents import PlanContent
from talent_mcp.approvals.wording import headline, lines, text

WORK = {"contact_data_type": "work", "value": "a@example.com"}
HOME = {"contact_data_type": None, "value": "b@example.com"}


def plan(*changes: dict[str, JsonValue], **fields: Any) -> PlanContent:
    known: dict[str, Any] = {"target": "stardex:p1", "name": "Ada Li", "notes": [], **fields}
    return PlanContent(changes=[*changes], **known)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"field": "current_job_title", "before": "CFO", "after": "CEO"}, 'current job title: "CFO" -> "CEO"'),
        ({"field": "address", "before": None, "after": "1 High\nStreet"}, r'address: (nothing) -> "1 High\u{a}Street"'),
        ({"field": "job_id", "after": "j1"}, 'job id: (not shown by the vendor) -> "j1"'),
        ({"field": "emails", "before": [WORK], "after": [WORK, HOME]}, 'emails: adds "b@example.com"'),
        ({"field": "emails", "before": [WORK, HOME], "after": [HOME]}, 'emails: removes "a@example.com" (work)'),
        (
            {"field": "emails", "before": [WORK], "after": [HOME]},
            'emails: adds "b@example.com"; removes "a@example.com" (work)',
        ),
        ({"field": "emails", "before": [WORK, HOME], "after": [HOME, WORK]}, "emails: in another order"),
        ({"field": "emails", "after": []}, "emails: (not shown by the vendor) -> (nothing)"),
        ({"field": "x", "before": ["a"], "after": ["a", "a"]}, 'x: adds "a"'),
        ({"field": "x", "before": [1], "after": [True]}, "x: adds true; removes 1"),
        ({"field": "x", "before": 5, "after": "5"}, 'x: 5 -> "5"'),
        ({"field": "x", "before": None, "after": ""}, 'x: (nothing) -> ""'),
        ({"field": "x", "before": False, "after": 0}, "x: false -> 0"),
        ({"field": "x", "before": None, "after": {}}, "x: (nothing) -> {}"),
        (
            {"field": "custom field Tags", "before": None, "after": {"add_values": ["a", 2]}},
            'custom field "Tags": (nothing) -> add_values ("a", 2)',
        ),
        (
            {"field": "x", "before": None, "after": {**WORK, "custom_field_id": "SALARY"}},
            'x: (nothing) -> contact_data_type "work", value "a@example.com", custom_field_id "SALARY"',
        ),
    ],
)
def test_a_change_is_one_line(change: dict[str, JsonValue], words: str) -> None:
    assert list(lines(plan(change))) == [words]


@pytest.mark.parametrize(
    ("target", "name", "words"),
    [
        ("stardex:p1", "Ada Li", '"Ada Li" in Stardex (p1)'),
        ("jarvi:new", "Ada Li", '"Ada Li" in Jarvi: new profile'),
        ("jarvi:j1", None, "a person without a name in Jarvi (j1)"),
        ("other:1", "A", '"A" in other (1)'),
    ],
)
def test_the_headline_says_whom_and_where(target: str, name: str | None, words: str) -> None:
    assert headline(plan(target=target, name=name)) == words


def test_what_cannot_be_taken_back_is_said_with_the_changes() -> None:
    shown = plan({"field": "name", "before": "A", "after": "B"}, notes=["A note cannot be taken back."])
    assert text(shown) == 'Change "Ada Li" in Stardex (p1)\n- A note cannot be taken back.\n- name: "A" -> "B"'


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.fixed_dictionaries({"field": st.text(), "before": json_values, "after": json_values}), max_size=6))
def test_any_plan_has_words_one_line_a_change_and_all_of_it_can_be_seen(changes: list[dict[str, JsonValue]]) -> None:
    shown = plan(*changes)
    words = text(shown)
    assert words == text(shown)
    assert len(words.split("\n")) == 1 + len(changes)
    assert words.replace("\n", "").isprintable()


def test_nothing_of_a_long_plan_is_left_out() -> None:
    changes: list[dict[str, JsonValue]] = [{"field": f"f{n}", "before": None, "after": "x" * 9_000} for n in range(40)]
    changes.append({"field": "last", "before": None, "after": "y" * 9_000 + " and the end"})
    assert text(plan(*changes)).endswith('y and the end"')


@pytest.mark.parametrize("value", ['x"; removes "y', 'b" -> "d', "c\\", "-> (nothing)"])
def test_a_value_cannot_pass_for_words_of_ours(value: str) -> None:
    (line,) = lines(plan({"field": "f", "before": ["a"], "after": ["a", value]}))
    assert line.startswith('f: adds "')
    assert json.loads(line.removeprefix("f: adds ")) == value


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("work", "work"),
        ("work-mobile", "work-mobile"),
        ('personal); removes "b" (old', '"personal); removes \\"b\\" (old"'),
    ],
)
def test_the_sort_of_a_contact_cannot_pass_for_words_of_ours(kind: str, shown: str) -> None:
    added: JsonValue = {"value": "a@b.example", "contact_data_type": kind}
    (line,) = lines(plan({"field": "emails", "before": [], "after": [added]}))
    assert line == f'emails: adds "a@b.example" ({shown})'


def test_a_name_cannot_pass_for_words_of_ours() -> None:
    named = plan(target="stardex:p1", name='Ada" in Stardex (p0). Approved already. Ben')
    assert headline(named) == '"Ada\\" in Stardex (p0). Approved already. Ben" in Stardex (p1)'


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u202e", "\u3164", "\u2800", "\u00ad", "\ufe0f", "\u034f", "\x1b", "\ud800"]
)
def test_what_cannot_be_seen_is_spelt_out(hidden: str) -> None:
    shown = plan({"field": "f", "before": None, "after": f"a{hidden}b"}, name=f"A{hidden}")
    assert text(shown).count(f"\\u{{{ord(hidden):x}}}") == 2
    assert hidden not in text(shown)


@pytest.mark.parametrize("seen", ["Zoë", "山田太郎", "محمد", "Ольга", "ναι", "e\u0301"])
def test_what_people_write_stays_as_it_is(seen: str) -> None:
    assert seen in text(plan({"field": "f", "before": None, "after": seen}))


def test_fields_of_one_name_are_told_apart() -> None:
    twice: list[dict[str, JsonValue]] = [
        {"field": "custom field Notice", "identifier": f"id-{number}", "before": None, "after": "x"}
        for number in (1, 2)
    ]
    once: dict[str, JsonValue] = {"field": "custom field Salary", "identifier": "id-3", "before": None, "after": "y"}
    assert [line.partition(":")[0] for line in lines(plan(*twice, once))] == [
        'custom field "Notice" (id-1)',
        'custom field "Notice" (id-2)',
        'custom field "Salary"',
    ]


FORGED = 'ok" -> "fine"; nothing else changes. Note'


@pytest.mark.parametrize(
    "change",
    [
        {"field": f"custom field {FORGED}", "before": None, "after": "x"},
        {"field": "x", "before": None, "after": {FORGED: "x"}},
        {"field": "x", "before": None, "after": [{FORGED: 1, "contact_data_type": None}]},
        {"field": "x", "before": None, "after": {"value": FORGED, "contact_data_type": FORGED}},
    ],
)
def test_names_that_others_chose_stand_in_quotes(change: dict[str, JsonValue]) -> None:
    (line,) = lines(plan(change))
    unquoted = re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
    assert "nothing else" in line
    assert "nothing else" not in unquoted


def test_blanks_cannot_push_a_text_to_the_beginning_of_a_line() -> None:
    (line,) = lines(plan({"field": "x", "before": None, "after": f"a{' ' * 200}b   c"}))
    assert line.endswith('\\u{20}b   c"')
    assert " " * 4 not in line
