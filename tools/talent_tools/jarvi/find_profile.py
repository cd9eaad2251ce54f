"""Finding the profile that Jarvi is expected to merge a save into."""

from collections.abc import Callable, Iterator

from pydantic import JsonValue

from talent_tools.contact import linkedin_handle
from talent_tools.errors import UnreadableAnswer, VendorRefused
from talent_tools.jarvi.client import Jarvi, JarviProfile
from talent_tools.jarvi.plan import Current
from talent_tools.jarvi.profile import ProfileFields
from talent_tools.values import email_identity

NO_KEY = (401, 403)
MOST_EMAILS = 3
"""Each is a request of its own."""
Criterion = tuple[dict[str, JsonValue], Callable[[JarviProfile], bool]]
"""What Jarvi is asked for, and whether a profile is one of those: Jarvi ignores what it does not understand."""


async def current_profile(fields: ProfileFields, jarvi: Jarvi) -> Current:
    """The only profile that has the first of these keys that any has, in the order in which Jarvi merges.

    Raises:
        VendorUnavailable: Jarvi cannot be asked now.
        VendorRefused: it does not accept the key.
    """
    # Whoever has an address that was not looked up is not known not to be there.
    told = len(fields.email_addresses or ()) <= MOST_EMAILS
    try:
        for where, matches in criteria(fields):
            given = await jarvi.find_profiles(where)
            found = {profile.id: profile for profile in given if matches(profile)}
            if len(found) == 1:
                return Current(next(iter(found.values())))
            if found:
                return Current(None, read=False)
            # Others than were asked for: the filter was not understood, and says nothing of who is there.
            told = told and not given
    except (VendorRefused, UnreadableAnswer) as failure:
        if isinstance(failure, VendorRefused) and failure.status in NO_KEY:
            raise
        # The route is not part of what Jarvi promises: a save has to work without it.
        return Current(None, read=False)
    return Current(None, read=told)


def criteria(fields: ProfileFields) -> Iterator[Criterion]:
    if fields.id:
        yield {"id": {"_eq": fields.id}}, lambda profile: same_text(profile.id, fields.id)
    if fields.external_id:
        yield {"externalId": {"_eq": fields.external_id}}, lambda profile: profile.external_id == fields.external_id
    for email in (fields.email_addresses or ())[:MOST_EMAILS]:
        yield {"emails": {"_search": email}}, by_email(email)
    if fields.linkedin_url and (handle := linkedin_handle(fields.linkedin_url)):
        yield {"publicIdentifier": {"_eq": handle}}, by_handle(handle)


def by_email(email: str) -> Callable[[JarviProfile], bool]:
    wanted = email_identity(email)
    return lambda profile: (
        wanted in {email_identity(one.address) for one in profile.email_addresses or () if one.address}
    )


def by_handle(handle: str) -> Callable[[JarviProfile], bool]:
    return lambda profile: bool(profile.linkedin_url) and linkedin_handle(profile.linkedin_url or "") == handle


def same_text(one: str, other: str | None) -> bool:
    return other is not None and one.casefold() == other.casefold()
