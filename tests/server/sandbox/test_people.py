"""The synthetic people keep the promises that other parts build on."""

import os
import re
import subprocess
import sys
import unicodedata

import phonenumbers
import pytest

from talent_mcp.sandbox.data.companies import companies, size_of
from talent_mcp.sandbox.data.people import people, person_id
from talent_mcp.sandbox.data.phones import fictional_phone
from talent_mcp.sandbox.data.spelling import ascii_slug, fold
from talent_mcp.sandbox.ocean.enums import DEPARTMENTS, SENIORITIES
from talent_mcp.sandbox.stardex.definitions import stable_id

FICTIONAL = (r"\+447700900\d{3}", r"\+493023125\d{3}", r"\+3363998\d{4}", r"\+1\d{3}55501\d\d")


def test_there_are_at_least_320_people_and_everyone_has_their_own_id() -> None:
    ids = [person.id for person in people()]
    assert len(ids) >= 320
    assert len(set(ids)) == len(ids)


def test_handles_are_unique_ascii_and_give_the_id() -> None:
    handles = [person.handle for person in people() if person.handle]
    assert len(set(handles)) == len(handles)
    assert all(handle.isascii() for handle in handles)
    assert person_id("ada-demo-1001") == next(p.id for p in people() if p.handle == "ada-demo-1001")


def test_every_company_domain_and_email_is_reserved_for_examples() -> None:
    reserved = re.compile(r"(\.example|\.test|\.example\.com)$")
    emails = [person.contact.email for person in people() if person.contact.email]
    assert all(reserved.search(domain) for domain in companies())
    assert all(reserved.search(email) for email in emails)


def test_every_phone_is_from_a_range_kept_for_fiction_and_can_be_parsed() -> None:
    phones = [person.contact.phone for person in people() if person.contact.phone]
    assert len(phones) > 100
    for phone in phones:
        assert any(re.fullmatch(pattern, phone) for pattern in FICTIONAL)
        assert phonenumbers.is_possible_number(phonenumbers.parse(phone))


@pytest.mark.parametrize(
    "script", ["CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HIRAGANA", "DEVANAGARI", "LATIN SMALL LETTER A WITH"]
)
def test_names_come_in_several_scripts(script: str) -> None:
    letters = {letter for person in people() for letter in unicodedata.normalize("NFC", person.name or "")}
    assert any(unicodedata.name(letter, "").startswith(script) for letter in letters)


def test_there_are_about_forty_companies_in_several_industries_sizes_and_countries() -> None:
    known = [company for company in companies().values() if company.industries]
    assert len(known) == 40
    assert len({company.industries for company in known}) >= 6
    assert len({company.size for company in known}) >= 6
    assert len({company.country for company in known}) >= 15


def test_hostile_people_carry_what_attacks_a_reader() -> None:
    text = "".join(f"{person.name}{person.headline}{person.summary}" for person in people())
    attacks = ("Ignore all previous", "\u202e", "\u200b", "\U000e0072", "<script>", "\u001b", "\u0000")
    for attack in (*attacks, f"person_id {stable_id('person ben')}"):
        assert attack in text
    assert any(len(person.summary or "") >= 50_000 for person in people())


def test_finance_leaders_of_software_companies_are_plenty_in_the_three_home_markets() -> None:
    leaders = [p for p in people() if p.role in ("cfo", "vp-finance") and "SaaS" in companies()[p.domain].industries]
    for country in ("gb", "de", "fr"):
        assert sum(person.country == country for person in leaders) >= 6


def test_people_are_the_same_in_another_process() -> None:
    script = (
        "from talent_mcp.sandbox.data.people import people; import hashlib;"
        "print(hashlib.sha256(ascii(people()).encode()).hexdigest())"
    )
    runs = {
        subprocess.run(  # noqa: S603 - our own interpreter and script
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_seniorities_and_departments_are_the_vendors_words() -> None:
    for person in people():
        assert set(person.seniorities or ()) <= set(SENIORITIES)
        assert set(person.departments or ()) <= set(DEPARTMENTS)


def test_folding_ignores_case_and_diacritics_in_any_script() -> None:
    assert fold("Straßberg ŁÓDŹ Ωμέγα") == "strassberg lodz ωμεγα"
    assert ascii_slug("  Öhrn/Ångström ") == "ohrn-angstrom"


def test_head_counts_fall_into_the_vendors_bands() -> None:
    assert [size_of(n) for n in (1, 10, 11, 500, 500_001)] == ["0-1", "2-10", "11-50", "201-500", "500000+"]


def test_countries_without_a_reserved_range_get_an_american_number() -> None:
    assert re.fullmatch(FICTIONAL[3], fictional_phone("jp", 2345))
