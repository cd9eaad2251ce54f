"""Entries: what stands in the envelope, what only in the body, and how one commits to the other."""

from talent_mcp.audit.entries import Entry, Seal, StoredEntry, as_json, commitment, committed, write_entry


def entry_with(seal: Seal | None = None, type_: str = "") -> Entry:
    return write_entry(
        tenant="default",
        call_id="c1",
        type_="outcome" if type_ else "intent",
        at=1_700_000_000.25,
        fields={"vendor": "ocean", "tool": "search_people", "client": None, "outcome": type_ or None},
        seal=seal,
    )


def test_an_envelope_holds_who_what_and_when_and_leaves_out_what_is_not_known() -> None:
    assert StoredEntry(0, entry_with()).envelope == {
        "v": 2,
        "type": "intent",
        "call": "c1",
        "tenant": "default",
        "time": "2023-11-14T22:13:20.250+00:00",
        "vendor": "ocean",
        "tool": "search_people",
    }
    assert committed(entry_with().envelope) is None


def test_an_envelope_commits_to_the_body_that_was_sealed_for_it() -> None:
    asked: list[bytes] = []

    def seal(envelope: bytes) -> bytes:
        asked.append(envelope)
        return b"sealed"

    entry = entry_with(seal)
    assert entry.body == b"sealed"
    assert entry.fields["commit"] == committed(entry.envelope) == commitment(b"sealed")
    assert asked == [entry_with().envelope] == [entry.sealed_for]


def test_a_call_is_settled_by_an_outcome_that_is_known_or_by_somebody_who_knows() -> None:
    assert entry_with(type_="success").settles
    assert entry_with(type_="failure").settles
    assert not entry_with(type_="unknown").settles
    assert not entry_with().settles
    assert write_entry(tenant="default", call_id="c1", type_="resolved", at=1.0, fields={}).settles


def test_what_cannot_be_text_is_kept_all_the_same() -> None:
    assert as_json({"name": "\ud800"}) == b'{"name": "?"}'
