"""A person's key opens under its tenant's key and as that person's only."""

from dataclasses import replace

import pytest

from talent_mcp.errors import KeysUnavailable
from talent_mcp.keys.data_keys import DataKey
from talent_mcp.keys.sealing import new_key
from talent_mcp.keys.subject_keys import rewrapped, unwrap_subject, wrap_subject
from talent_mcp.store.keys import SubjectRow

UNDER = DataKey(3, new_key())
KEY = new_key()
ROW = wrap_subject(UNDER, KEY, "firm", "s-1", 7.5)


def test_a_key_opens_as_it_was_wrapped() -> None:
    assert (ROW.tenant, ROW.subject, ROW.key_version, ROW.created_at) == ("firm", "s-1", 3, 7.5)
    assert unwrap_subject(UNDER, ROW).reveal() == KEY.reveal()
    assert KEY.reveal() not in ROW.wrapped


@pytest.mark.parametrize(
    "row",
    [replace(ROW, tenant="other"), replace(ROW, subject="s-2"), replace(ROW, key_version=4), replace(ROW, wrapped=b"")],
    ids=["tenant", "subject", "version", "bytes"],
)
def test_a_row_that_was_changed_or_moved_does_not_open(row: SubjectRow) -> None:
    with pytest.raises(KeysUnavailable, match="the stored key of a person does not open"):
        unwrap_subject(UNDER, row)


def test_the_same_key_is_wrapped_under_a_newer_one() -> None:
    new = DataKey(4, new_key())
    anew = rewrapped(ROW, UNDER, new)
    assert replace(anew, wrapped=b"") == replace(ROW, key_version=4, wrapped=b"")
    assert unwrap_subject(new, anew).reveal() == KEY.reveal()
