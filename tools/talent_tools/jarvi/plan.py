"""What a save would change in a Jarvi profile, as far as Jarvi lets one know: how it merges is not documented. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from talent_tools.contact import linkedin_handle
from talent_tools.jarvi.client import JarviProfile
from talent_tools.jarvi.custom_fields import CheckedValue
from talent_tools.jarvi.profile import ProfileFields
from talent_tools.people import Subject, full_name, subject
from talent_tools.plans import FieldChange, is_fillable, unseen
from talent_tools.values import email_identity, phone_identity

NOT_FOUND = "No profile with this key was found: Jarvi creates one, unless it knows the person by something else."
NOT_READ = "Jarvi did not show the current profile, so what is overwritten is not known."
MERGED = "Jarvi may add these e-mails and phone numbers to the stored ones, or put them in their place."
KEPT = "A note or a file cannot be taken back; each call adds it anew."
KEYS = ("id", "external_id", "email_addresses", "linkedin_url")
"""What Jarvi recognises a person by, so it is sent even where it changes nothing."""
SAFEST_KEYS = ("id", "externalId", "linkedinUrl", "emailAddresses")
"""The same on the wire, those first that overwrite nothing."""
Identity = Callable[[str], str]
LISTS: Mapping[str, Identity] = {"email_addresses": email_identity, "phone_numbers": phone_identity}


@dataclass(frozen=True, slots=True)
class Current:
    """The profile that a save is expected to merge into: None where none was found, or none could be `read`."""

    profile: JarviProfile | None
    read: bool = True

    @property
    def is_new(self) -> bool:
        """Whether nobody was found, so that there is nothing to overwrite."""
        return self.profile is None and self.read


def profile_changes(fields: ProfileFields, current: Current) -> Iterator[FieldChange]:
    """The fields of the person that a save would change."""
    given: dict[str, JsonValue] = fields.model_dump(mode="json", exclude_none=True, exclude={"id"})
    for name, value in given.items():
        if not shows(name, current.profile):
            yield FieldChange(field=name, after=value, readable=False, blind=not current.is_new)
        elif not holds(name, before := stored(name, current.profile), value):
            yield FieldChange(field=name, before=before, after=value)


def custom_field_changes(fields: Iterable[CheckedValue], current: Current) -> Iterator[FieldChange]:
    """The custom fields that a save would change."""
    held = current.profile.custom_values() if current.profile else {}
    for one in fields:
        if not (one.field.id in held and one.is_in(held[one.field.id])):
            readable = shows("fields_values", current.profile)
            yield one.change(current.profile, readable=readable, blind=not (readable or current.is_new))


def filling(changes: Sequence[FieldChange], current: Current) -> list[FieldChange]:
    """Those of the changes that lose nothing: of fields that are empty, or of somebody new."""
    return [change for change in changes if current.is_new or is_fillable(change)]


def keys_of(current: Current, fields: ProfileFields) -> dict[str, JsonValue]:
    """What Jarvi recognises the person by, without a list that it might put in the place of the stored one if there
    is another way."""
    if current.profile is not None:
        return {"id": current.profile.id}
    sent = fields.wire()
    first = next(name for name in SAFEST_KEYS if name in sent)
    return {first: sent[first]}


def differences(
    changes: Sequence[FieldChange], fields: Iterable[CheckedValue], saved: JarviProfile
) -> Iterator[FieldChange]:
    """The fields that Jarvi keeps otherwise than they were sent: `before` as sent, `after` as read again."""
    custom, known = saved.custom_values(), {one.field.id: one for one in fields}
    for change in changes:
        name, one = change.field, known.get(change.place)
        if name in ProfileFields.model_fields and shows(name, saved):
            found = stored(name, saved)
            if not holds(name, found, change.after):
                yield FieldChange(field=name, before=change.after, after=found)
        elif one is not None and one.field.id in custom and not one.is_in(found := custom[one.field.id]):
            yield FieldChange(field=name, before=change.after, after=one.shown(found))


def any_shown(changes: Sequence[FieldChange], fields: Iterable[CheckedValue], saved: JarviProfile) -> bool:
    """Whether a profile shows any of what these changes are about."""
    held, known = saved.custom_values(), {one.field.id for one in fields}
    return any(change.place in held if change.place in known else shows(change.field, saved) for change in changes)


def shows_all(changes: Sequence[FieldChange], fields: Iterable[CheckedValue], saved: JarviProfile) -> bool:
    """Whether a profile shows every one of these changes, as only one that was saved does."""
    custom, known = saved.custom_values(), {one.field.id: one for one in fields}
    for change in changes:
        shown = change.place in custom if change.place in known else shows(change.field, saved)
        if not (change.readable and shown):
            return False
    return not any(True for _ in differences(changes, known.values(), saved))


def notes_on(
    current: Current, changes: Sequence[FieldChange], fields: Iterable[CheckedValue], *, appends: bool
) -> list[str]:
    """What cannot be foreseen or taken back."""
    told = [NOT_FOUND if current.read else NOT_READ] if current.profile is None else []
    lists = current.profile is not None and any(change.field in LISTS for change in changes)
    unchecked = [one.field.note for one in fields if one.field.note]
    unread = unseen(changes) if current.profile is not None else []
    return [*told, *unread, *unchecked, *([MERGED] if lists else []), *([KEPT] if appends else [])]


def shows(name: str, profile: JarviProfile | None) -> bool:
    """Whether a profile was read, and with this field: what Jarvi leaves out may be stored all the same."""
    return profile is not None and name in profile.model_fields_set


def stored(name: str, profile: JarviProfile | None) -> JsonValue:
    if profile is None:
        return None
    if name == "email_addresses":
        return [one.address for one in profile.email_addresses or () if one.address]
    if name == "phone_numbers":
        return [one.number for one in profile.phone_numbers or () if one.number]
    value: JsonValue = getattr(profile, name)
    return value


def holds(name: str, held: JsonValue, wanted: JsonValue) -> bool:
    """Whether what is stored has all that is wanted, however it is spelt."""
    if isinstance(held, list) and isinstance(wanted, list):
        identity = LISTS[name]
        return {identity(str(value)) for value in wanted} <= {identity(str(value)) for value in held}
    if not isinstance(held, str) or not isinstance(wanted, str):
        return False
    if name == "linkedin_url":
        return linkedin_handle(held) == linkedin_handle(wanted)
    return held.strip() == wanted.strip()


def whose(profile: JarviProfile) -> Subject:
    external = [f"external:{profile.external_id}"] if profile.external_id else []
    return subject(
        ids=[f"jarvi:{profile.id.lower()}", *external],
        linkedin=[profile.linkedin_url],
        emails=[one.address for one in profile.email_addresses or ()],
        phones=[one.number for one in profile.phone_numbers or ()],
        names=[full_name(profile.first_name, profile.last_name)],
    )
