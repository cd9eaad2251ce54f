"""Hundredths of a credit: nothing is lost, and nothing that a vendor says makes a budget larger."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from talent_mcp.spending.amounts import MOST, in_credits, reported_hundredths, reserved_hundredths, spelt


@given(st.integers(0, MOST))
def test_hundredths_survive_json(hundredths: int) -> None:
    assert reported_hundredths(in_credits(hundredths)) == hundredths


@given(st.integers(0, MOST))
def test_what_people_read_is_exact(hundredths: int) -> None:
    assert Decimal(spelt(hundredths)) * 100 == hundredths


@given(st.decimals(0, 10**9, places=4))
def test_a_reservation_covers_the_amount_and_not_a_hundredth_more(amount: Decimal) -> None:
    reserved = reserved_hundredths(amount)
    assert 0 <= reserved - amount * 100 < 1


@pytest.mark.parametrize(
    ("reported", "hundredths"),
    [
        (0, 0),
        (0.2, 20),
        (3 * 0.2, 60),
        (0.1 + 0.2, 30),
        (0.005, 1),
        (0.0049, 0),
        (11.1, 1110),
        (10**30, MOST),
        (10**400, MOST),
        (1e300, MOST),
        (-0.01, None),
        (math.nan, None),
        (math.inf, None),
        (-math.inf, None),
        (True, None),
        ("3", None),
        (None, None),
        ([1], None),
    ],
)
def test_what_a_vendor_reports_is_an_amount_that_can_be_or_none(reported: JsonValue, hundredths: int | None) -> None:
    assert reported_hundredths(reported) == hundredths


@given(st.one_of(st.floats(), st.integers(), st.text(), st.none(), st.booleans()))
def test_no_report_makes_what_was_spent_less(reported: JsonValue) -> None:
    read = reported_hundredths(reported)
    assert read is None or 0 <= read <= MOST
