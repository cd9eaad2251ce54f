"""Entries: what stands in the envelope, what only in the payload, and how one commits to the other."""

from talent_mcp.audit.entries import SALT_BYTES, StoredEntry, commitment, write_entry


def entry_with(payload: dict[str, str] | None) -> StoredEntry:
    entry = write_entry(
        tenant="default",
        call_id="c1",
        type_="intent",
        at=1_700_000_000.25,
        vendor="ocean",
        fields={"tool": "search_people", "client": None},
        payload=dict(payload) if payload else None,
    )
    return StoredEntry(0, entry)


def test_an_envelope_holds_who_what_and_when_and_leaves_out_what_is_not_known() -> None:
    assert entry_with(None).envelope == {
        "v": 1,
        "type": "intent",
        "call": "c1",
        "tenant": "default",
        "time": "2023-11-14T22:13:20.250+00:00",
        "vendor": "ocean",
        "tool": "search_people",
    }


def test_a_payload_stays_out_of_the_envelope_which_commits_to_it() -> None:
    stored = entry_with({"name": "Ada Brightwell"})
    assert stored.payload == {"name": "Ada Brightwell"}
    assert b"Ada" not in stored.entry.envelope
    assert stored.entry.payload is not None
    assert stored.envelope["commit"] == commitment(stored.entry.payload)


def test_what_cannot_be_text_is_kept_all_the_same() -> None:
    stored = entry_with({"name": "\ud800"})
    assert stored.entry.payload is not None
    assert stored.payload == {"name": "?"}


def test_equal_payloads_have_different_commitments_so_that_nobody_can_guess_them() -> None:
    first, second = (entry_with({"name": "Ada Brightwell"}) for _ in range(2))
    assert first.envelope["commit"] != second.envelope["commit"]
    assert first.entry.payload is not None
    assert len(first.entry.payload) > SALT_BYTES
