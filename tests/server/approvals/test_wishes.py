"""The line of a wish: its end is found in few looks, however long it is."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.approvals.wishes import Place, last_place

pytestmark = pytest.mark.anyio


@given(st.integers(0, 5_000))
async def test_the_end_of_a_line_is_found_in_few_looks(length: int) -> None:
    looks = list[int]()

    async def at(number: int) -> "Place | None":
        looks.append(number)
        return Place(number, None) if number < length else None  # type: ignore[arg-type]  # no entry is looked into

    found = await last_place(at)
    assert (None if found is None else found.number) == (length - 1 if length else None)
    assert len(looks) <= 2 * math.log2(length + 1) + 3
