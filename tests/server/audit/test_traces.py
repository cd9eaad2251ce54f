"""Finding a person in text that nobody filed under them."""

import json

import pytest
from pydantic import JsonValue

from talent_mcp.audit.traces import traces

ADA: JsonValue = {
    "id": "p-1",
    "name": "Ada  Brightwell",
    "email": {"address": "Ada.Brightwell@Example.com", "status": "verified"},
    "phone": {"numbers": ["+49 30 123456"]},
    "linkedin_url": "https://www.linkedin.com/in/ada-brightwell-1",
    "summary": "Led finance at a bank. " * 30,
}


@pytest.mark.parametrize(
    "text",
    [
        '{"names": ["ada brightwell"]}',
        '{"names": ["ADA   BRIGHTWELL"]}',
        '{"x": "Brightwell, Ada"}',
        '{"x": "AdaBrightwell_cv"}',
        '{"x": "cv brightwellada"}',
        '{"x": "CV of Ada M. Brightwell"}',
        '{"email": "ada.brightwell@example.com"}',
        '{"linkedin": "https://linkedin.com/in/ada-brightwell-1/"}',
        '{"phone": "+49 (30) 12-34-56"}',
        '{"id": "ocean-77"}',
    ],
)
def test_what_tells_of_the_person_is_found(text: str) -> None:
    assert traces([["ocean:ocean-77"]], [ADA]).in_json(json.loads(text), about_somebody_else=False)


@pytest.mark.parametrize(
    "text",
    [
        "wrote to ada.brightwell@example.com",
        '<a href="mailto:ada.brightwell@example.com">write</a>',
        "<!-- ada.brightwell@example.com -->",
        "ada.brightwell&#64;example.com",
        "ada.bright\u200bwell@example.com",
        "<Ada Brightwell>",
        "Ada <b>Brightwell</b>",
    ],
)
@pytest.mark.parametrize("before", ["", "x " * 2_500])
def test_the_person_is_found_wherever_in_a_text_and_however_marked_up(before: str, text: str) -> None:
    assert traces([["ocean:ocean-77"]], [ADA]).in_json({"message": before + text}, about_somebody_else=False)


@pytest.mark.parametrize("text", ['{"names": ["Ada"]}', '{"names": ["Bob Brightwell"]}', '{"phone": "+4930123499"}'])
def test_what_tells_of_others_is_not(text: str) -> None:
    assert not traces([["ocean:ocean-77"]], [ADA]).in_json(json.loads(text), about_somebody_else=False)


def test_a_name_is_found_where_words_are_not_parted() -> None:
    assert traces([["name:山田花子太郎"]], []).in_text("候補者山田花子太郎様の履歴書", about_somebody_else=False)


def test_parts_of_a_name_that_stand_far_apart_are_nobodys() -> None:
    found = traces([["name:ada brightwell"]], [])
    assert not found.in_json(["Ada", "Brightwell"], about_somebody_else=False)
    assert not found.in_text(f"Ada {'left ' * 50}Brightwell", about_somebody_else=False)
    assert not found.in_text("Adam Brightwells", about_somebody_else=False)
    assert not found.in_text("Dada Brightwell-Li and Jada Brightwells", about_somebody_else=False)
    assert not found.in_text("JadaBrightwell.pdf", about_somebody_else=False)
    assert not traces([["email:ada@people.example"]], []).in_text("jada@people.example", about_somebody_else=True)
    assert traces([["email:ada@people.example"]], []).in_text("x:ada@people.example.", about_somebody_else=True)
    assert not traces([["name:li wu"]], []).in_text("oliwu", about_somebody_else=False)


def test_a_namesake_and_a_colleague_keep_what_is_theirs() -> None:
    found = traces([["ocean:ocean-77"]], [ADA])
    assert not found.in_json({"name": "Ada Brightwell", "id": "p-9"}, about_somebody_else=True)
    assert not found.in_json({"phone": {"numbers": ["+4930123456"]}}, about_somebody_else=True)
    assert found.in_json({"referees": ["ada.brightwell@example.com"]}, about_somebody_else=True)


def test_who_is_known_by_what_was_given_alone_is_found_by_that() -> None:
    found = traces([["email:ada@example.com", "phone:+4930123456", "name:ada brightwell"]], [])
    for text in ("mail ada@example.com", "call +49 30 123 456", "Ada Brightwell"):
        assert found.in_text(text, about_somebody_else=False)


def test_a_first_and_a_last_name_are_a_name_together() -> None:
    found = traces([], [{"profile": {"first_name": "Li", "last_name": "Wu"}}])
    assert found.in_json("Li Wu", about_somebody_else=False)
    assert not found.in_json("Li", about_somebody_else=False)


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ("name:zoe kravczyk", {"persn": {"first_name": "Zoe", "last_name": "Kravczyk"}}),
        ("name:zoe kravczyk", {"request": {"tool": "enrich_person", "Zoe Kravczyk": 1}}),
        ("name:zoe kravczyk", ["Zoe\u200b\tKravczyk"]),
        ("name:zoe kravczyk", ["told of Zoe Kravczyk, CFO"]),
        ('name:zoe "zed" kravczyk', {"name": 'Zoe "Zed" Kravczyk'}),
        ("name:zoë k", {"name": "Zoe\u0308 K"}),
        ("name:li x", {"name": "Li X"}),
        ("linkedin:zoë-kravczyk-77", {"url": "https://www.linkedin.com/in/zo%C3%AB-kravczyk-77"}),
        ("email:zoe@bücher.example", {"email": "Zoe@XN--BCHER-KVA.example"}),
        ("phone:+442079460958", {"phone": "020 7946 0958"}),
        ("phone:+442079460958", {"phone": "+44 20 7946 0958"}),
    ],
)
def test_a_person_is_found_however_they_are_spelt(known: str, told: JsonValue) -> None:
    assert traces([[known]], []).in_json(told, about_somebody_else=False)


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ("name:li x", {"text": "Li Xu was there"}),
        ("phone:+442079460958", {"phone": "0958"}),
        ("phone:+442079460958", {"id": "00000000000"}),
        ("phone:+442079460958", {"ids": ["4420794", "60958"]}),
        ("name:zoe kravczyk", {"names": ["Zoe", "Kravczyk"]}),
    ],
)
def test_what_only_looks_alike_is_not_the_person(known: str, told: JsonValue) -> None:
    assert not traces([[known]], []).in_json(told, about_somebody_else=False)
