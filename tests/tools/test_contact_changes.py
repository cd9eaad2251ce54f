"""Merging contact lists: nothing that a call does not name is lost, re-spelled or moved."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from talent_tools.errors import InvalidArguments
from talent_tools.stardex.contact_changes import (
    EMAIL,
    PHONE,
    Contact,
    ContactChanges,
    ContactKind,
    Entry,
    merge,
    new_entries,
    replacement,
)
from talent_tools.values import email_identity, phone_number

ADDRESSES = ("Ana@Example.com", "ana@example.com ", "bo@example.org", "BO@example.org", "cy@example.net", "no address")

addresses = st.sampled_from(ADDRESSES)
types = st.sampled_from(("work", "personal", "Private", None))


def entry(value: str, contact_data_type: str | None) -> Entry:
    return {"value": value, "contact_data_type": contact_data_type}


def changes_of(added: list[str], removed: list[str]) -> ContactChanges:
    return ContactChanges(add=tuple(Contact(value=value) for value in added), remove=tuple(removed))


stored_lists = st.lists(st.builds(entry, addresses, types), max_size=6)
change_lists = st.builds(changes_of, st.lists(addresses, max_size=4), st.lists(addresses, max_size=4))


def keys(entries: Sequence[Entry]) -> list[str]:
    return [email_identity(entry["value"] or "") for entry in entries]


@given(stored_lists, change_lists)
def test_what_is_not_removed_stays_exactly_as_stored_and_in_order(stored: list[Entry], changes: ContactChanges) -> None:
    removed = {email_identity(value) for value in changes.remove or ()}
    kept = [entry for entry in stored if email_identity(entry["value"] or "") not in removed]
    assert list(merge(stored, changes, EMAIL).entries[: len(kept)]) == kept


@given(stored_lists, change_lists)
def test_what_is_added_is_there_and_what_is_only_removed_is_not(stored: list[Entry], changes: ContactChanges) -> None:
    added = {email_identity(contact.value) for contact in changes.add or ()}
    removed = {email_identity(value) for value in changes.remove or ()}
    present = set(keys(merge(stored, changes, EMAIL).entries))
    assert added <= present
    assert not (removed - added) & present
    assert present <= added | set(keys(stored))


@given(stored_lists, change_lists)
def test_an_addition_never_makes_a_second_entry_for_one_address(stored: list[Entry], changes: ContactChanges) -> None:
    before, after = keys(stored), keys(merge(stored, changes, EMAIL).entries)
    assert all(after.count(key) <= max(1, before.count(key)) for key in after)


@given(stored_lists, change_lists)
def test_the_same_changes_again_change_nothing(stored: list[Entry], changes: ContactChanges) -> None:
    once = merge(stored, changes, EMAIL)
    assert sorted(keys(merge(once.entries, changes, EMAIL).entries)) == sorted(keys(once.entries))


@given(stored_lists, change_lists)
def test_changed_says_whether_the_list_differs(stored: list[Entry], changes: ContactChanges) -> None:
    merged = merge(stored, changes, EMAIL)
    assert merged.changed == (list(merged.entries) != stored)


@given(stored_lists, st.lists(addresses, max_size=4), st.booleans())
def test_a_replacement_is_the_new_list_and_written_unless_all_that_is_stored_is_the_same(
    stored: list[Entry], values: list[str], whole: bool
) -> None:
    replaced = replacement(stored, [Contact(value=value) for value in values], EMAIL, whole=whole)
    assert set(keys(replaced.entries)) == {email_identity(value) for value in values}
    assert replaced.changed == (not whole or list(replaced.entries) != stored)


@pytest.mark.parametrize("number", ["020 7946 0018", "+44 (0)20 7946-0018", "030/123456", "12345", "1.2.3.4.5"])
def test_a_phone_number_needs_no_country_to_be_stored(number: str) -> None:
    assert phone_number(number) == number


@pytest.mark.parametrize("number", ["1234", "1" * 21, "rubbish", "+44 20 7946 0018 ext 12", "()", "٠١٢٣٤٥٦", "1\n2345"])
def test_what_is_no_phone_number_is_not_stored(number: str) -> None:
    with pytest.raises(ValueError, match="must be one phone number"):
        phone_number(number)


@given(stored_lists, change_lists)
def test_a_removal_is_not_found_exactly_when_nothing_stored_has_it(
    stored: list[Entry], changes: ContactChanges
) -> None:
    absent = {email_identity(value) for value in merge(stored, changes, EMAIL).not_found}
    assert absent == {email_identity(value) for value in changes.remove or ()} - set(keys(stored))


def test_a_phone_number_is_recognised_in_every_international_spelling() -> None:
    stored = [{"value": "+44 (0)20 7946 0018", "contact_data_type": "Büro"}, {"value": "ext. 12"}]
    changes = ContactChanges.model_validate({"add": ["+442079460018"], "remove": [" ext. 12 "]})
    merged = merge(stored, changes, PHONE)
    assert merged.entries == ({"value": "+44 (0)20 7946 0018", "contact_data_type": "Büro"},)
    assert merged.not_found == ()


def test_removing_and_adding_one_address_gives_it_a_new_type() -> None:
    stored = [{"value": "a@example.com", "contact_data_type": "work"}]
    changes = ContactChanges.model_validate(
        {"remove": "a@example.com", "add": {"value": "a@example.com", "contact_data_type": "personal"}}
    )
    assert merge(stored, changes, EMAIL).entries == ({"contact_data_type": "personal", "value": "a@example.com"},)


@pytest.mark.parametrize(("kind", "default"), [(EMAIL, "personal"), (PHONE, "mobile")])
def test_a_bare_value_gets_the_default_type_of_its_list(kind: ContactKind, default: str) -> None:
    changes = ContactChanges.model_validate({"replace": ["x", '{"value": "y", "contact_data_type": "work"}', "x"]})
    entries = new_entries(changes.replace or (), kind)
    assert entries == (
        {"contact_data_type": default, "value": "x"},
        {"contact_data_type": "work", "value": "y"},
    )


def test_lists_may_come_as_json_text() -> None:
    changes = ContactChanges.model_validate({"add": '["a@example.com", {"value": "b@example.com"}]'})
    assert changes.values() == ("a@example.com", "b@example.com")


@pytest.mark.parametrize("field", ["add", "remove", "replace"])
def test_a_blank_value_is_refused(field: str) -> None:
    with pytest.raises(ValidationError, match="must not be blank"):
        ContactChanges.model_validate({field: ["  "]})


@pytest.mark.parametrize("other", [{"add": []}, {"remove": ["a@example.com"]}])
def test_replace_excludes_add_and_remove_even_if_empty(other: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidArguments, match="either replace"):
        ContactChanges.model_validate({"replace": [], **other}).require_one_way()


def test_only_an_explicit_empty_replace_asks_to_wipe() -> None:
    assert ContactChanges.model_validate({}).is_empty()
    assert ContactChanges.model_validate({"add": [], "remove": []}).is_empty()
    assert not ContactChanges.model_validate({"replace": []}).is_empty()
