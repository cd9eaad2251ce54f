"""The custom fields of an account, read from its vendor, and read anew where a name is missed."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from talent_tools.custom_fields import CustomField, CustomFields, visible_name
from talent_tools.errors import InvalidArguments, UnreadableAnswer, VendorRefused, VendorUnavailable
from talent_tools.field_kinds import Kind, Option, kind_of, listed
from talent_tools.jarvi.client import Jarvi, JarviCustomField, JarviCustomFieldValue
from talent_tools.stardex.client import Stardex, StardexCustomField
from talent_tools.vendor import VENDOR_NAMES, Vendor

T = TypeVar("T")
ReadFields = Callable[[], Awaitable[CustomFields]]

PEOPLE = frozenset({"", "profile", "profiles", "talent", "talents", "candidate", "candidates", "person", "people"})
"""How Jarvi may call those whom a profile is of; its list is not published."""


@dataclass(frozen=True, slots=True)
class Known:
    """Custom fields; `remembered` if they were read for an earlier call, so that newer ones may be missing."""

    fields: CustomFields
    remembered: bool


class RememberFields(Protocol):
    """Gives the custom fields of the caller's account, read now if none are remembered, or `anew` is asked for.

    Raises what reading raises.
    """

    async def __call__(self, vendor: Vendor, read: ReadFields, /, *, anew: bool) -> Known: ...


async def read_always(_: Vendor, read: ReadFields, /, *, anew: bool) -> Known:
    """Remembers nothing."""
    return Known(await read(), remembered=False)


async def with_fields(
    vendor: Vendor, read: ReadFields, remember: RememberFields, resolve: Callable[[CustomFields], T]
) -> T:
    """What `resolve` makes of the account's custom fields; those that are missed among remembered ones are read anew.

    Raises:
        InvalidArguments: `resolve` does.
    """
    try:
        known = await remember(vendor, read, anew=False)
    except (VendorRefused, VendorUnavailable, UnreadableAnswer):
        return resolve(CustomFields(vendor=VENDOR_NAMES[vendor], fields=None))
    try:
        return resolve(known.fields)
    except InvalidArguments:
        if not known.remembered:
            raise
    with suppress(VendorRefused, VendorUnavailable, UnreadableAnswer):
        known = await remember(vendor, read, anew=True)
    return resolve(known.fields)


async def stardex_fields(stardex: Stardex) -> CustomFields:
    """The custom fields of persons. Raises what reading them raises."""
    fields = [defined_in_stardex(one) for one in await stardex.custom_fields()]
    return CustomFields(vendor=VENDOR_NAMES["stardex"], fields=fields)


async def jarvi_fields(jarvi: Jarvi) -> CustomFields:
    """The custom fields of all kinds of records. Raises what reading them raises."""
    fields = [defined_in_jarvi(one) for one in await jarvi.custom_fields()]
    return CustomFields(vendor=VENDOR_NAMES["jarvi"], fields=fields)


def defined_in_stardex(one: StardexCustomField) -> CustomField:
    kind = kind_of(one.data_type if isinstance(one.data_type, str) else None)
    options = [*stardex_options(one)] if kind in ("choice", "choices") else []
    return CustomField(id=one.id, name=visible_name(one.name), kind=known_kind(kind, options), options=options)


def stardex_options(one: StardexCustomField) -> Iterator[Option]:
    """Sent by the name that Stardex gives them: that it takes an id is not known."""
    for tag in listed(one.tags):
        name = tag.get("name") if isinstance(tag, dict) else tag
        identifier = tag.get("id") if isinstance(tag, dict) else tag
        if isinstance(name, str) and isinstance(identifier, str):
            yield Option(id=identifier, name=visible_name(name), sent=name)


def defined_in_jarvi(one: JarviCustomField) -> CustomField:
    kind = kind_of(one.type)
    options = [jarvi_option(value) for value in one.values or ()] if kind in ("choice", "choices") else []
    return CustomField(
        id=one.id,
        name=visible_name(one.name),
        kind=known_kind(kind, options),
        options=options,
        of_people=(one.targeted_entity or "").strip().casefold() in PEOPLE,
    )


def jarvi_option(value: JarviCustomFieldValue) -> Option:
    """Sent by its technical value; several are one text with commas, so none of them may have one."""
    name = value.name or value.technical_value or value.id
    sent = value.technical_value or name
    return Option(id=value.id, name=visible_name(name), sent=value.id if "," in sent else sent)


def known_kind(kind: Kind, options: list[Option]) -> Kind:
    """A closed list whose options are not shown takes any value, unchecked."""
    return "unknown" if kind in ("choice", "choices") and not options else kind
