"""How sure it is that a record is of the person who is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_tools.same_person import By, Record, Sought, Sure, company_key, judged, name_parts, record

ADA = Sought(
    linkedin="https://www.linkedin.com/in/ada-1", email="ada@acme.example", name="Ada Lee", company="Acme", domain=None
)
SURE: dict[Sure | None, int] = {"certain": 3, "likely": 2, "possible": 1, None: 0}


def kept(
    linkedin: str | None = None, email: str | None = None, name: str | None = None, company: str | None = None
) -> Record:
    return record(id="r1", linkedin=[linkedin], emails=[email, " "], names=[name, None], company=company)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (kept(linkedin="linkedin.com/in/ADA-1/"), ("certain", "linkedin")),
        (kept(linkedin="ada-1", email="else@acme.example", name="Someone Else"), ("certain", "linkedin")),
        (kept(email="ADA@Acme.example"), ("certain", "email")),
        (kept(linkedin="another-1", email="ada@acme.example"), ("likely", "email")),
        (kept(name="ADA  Lee", company="ACME Ltd."), ("likely", "name and company")),
        (kept(linkedin="another-1", name="Ada Lee", company="Acme"), ("possible", "name and company")),
        (kept(name="Ada Lee", company="Globex"), ("possible", "name")),
        (kept(name="Ada Lee"), ("possible", "name")),
        (kept(linkedin="another-1", name="Ada Lee", company="Globex"), None),
        (kept(name="Ada Leeds", company="Acme"), None),
        (kept(company="Acme"), None),
        (kept(), None),
    ],
)
def test_the_surest_thing_that_both_share_says_how_sure_it_is(known: Record, said: tuple[Sure, By] | None) -> None:
    assert judged(ADA, known) == said


def test_a_domain_stands_for_the_company_that_it_is_called_by() -> None:
    by_domain = Sought(name="Ada Lee", domain="www.acme-robotics.example")
    assert judged(by_domain, kept(name="Ada Lee", company="Acme Robotics GmbH")) == ("likely", "name and company")
    assert judged(by_domain, kept(name="Ada Lee", company="Acme")) == ("possible", "name")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme", "ACME Inc."),
        ("Société Générale S.A.", "societe generale"),
        ("Miele & Cie. KG", "Miele Cie"),
        ("SAP SE", "sap"),
    ],
)
def test_a_company_has_one_spelling(one: str, other: str) -> None:
    assert company_key(one) == company_key(other) != ""


def test_a_company_that_is_called_like_a_legal_form_keeps_its_name() -> None:
    assert company_key("SE") == "se"


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        (("Ada Lee", None, None), ("Ada Lee", "Ada", "Lee")),
        ((None, "Anna Maria", "von Lee"), ("Anna Maria von Lee", "Anna", "Lee")),
        (("Ada", None, None), (None, None, None)),
        ((None, None, "Lee"), (None, None, None)),
    ],
)
def test_one_word_names_nobody(
    given: tuple[str | None, str | None, str | None], parts: tuple[str | None, str | None, str | None]
) -> None:
    assert name_parts(*given) == parts


TEXT = st.one_of(st.none(), st.sampled_from(["ada-1", "ada@acme.example", "Ada Lee", "Acme", "x", "", "é"]))


@given(TEXT, TEXT, TEXT, TEXT)
def test_nothing_is_certain_but_by_a_profile_or_an_email(
    linkedin: str | None, email: str | None, name: str | None, company: str | None
) -> None:
    said = judged(ADA, kept(linkedin, email, name, company))
    if said and said[0] == "certain":
        assert said[1] in ("linkedin", "email")


@given(TEXT, TEXT, TEXT)
def test_another_profile_never_makes_it_surer(email: str | None, name: str | None, company: str | None) -> None:
    without = judged(ADA, kept(None, email, name, company))
    another = judged(ADA, kept("another-1", email, name, company))
    assert SURE[another[0] if another else None] <= SURE[without[0] if without else None]
