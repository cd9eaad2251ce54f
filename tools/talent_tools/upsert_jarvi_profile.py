"""The tool that saves one person in Jarvi, with notes and files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import Field, JsonValue
from pydantic.alias_generators import to_camel

from talent_tools.arguments import LONGEST_NOTE, Nested
from talent_tools.clients import Clients
from talent_tools.errors import InvalidArguments, ToolFailure
from talent_tools.field_definitions import jarvi_fields, with_fields
from talent_tools.jarvi.client import Jarvi
from talent_tools.jarvi.custom_fields import CheckedValue, checked
from talent_tools.jarvi.files import JarviFiles, opened_files, require_size
from talent_tools.jarvi.find_profile import current_profile, same_text
from talent_tools.jarvi.plan import (
    KEYS,
    Current,
    any_shown,
    custom_field_changes,
    differences,
    filling,
    keys_of,
    notes_on,
    profile_changes,
    shows_all,
    whose,
)
from talent_tools.jarvi.profile import IN_CAMEL_CASE_TOO, HistoryEntry, ProfileFields
from talent_tools.jarvi.undo import NEW, jarvi_undo
from talent_tools.people import Found, Subject, full_name, subject
from talent_tools.plans import (
    ANOTHER_RECORD,
    FieldChange,
    Plan,
    Proposal,
    ReadBack,
    ShownChange,
    Texts,
    Unwritten,
    WriteArguments,
    WriteResult,
    fingerprint,
    read_again,
)
from talent_tools.spec import WriteTool
from talent_tools.undo import lost_note
from talent_tools.values import FieldValue, OneOrMany, Text, at_most

PROFILE_PAGE = "https://app.jarvi.tech/profiles/"
ELSEWHERE = "Jarvi saved this in another profile than the plan named: look at both."
LONGEST_PATH = 4_096
BESIDE = frozenset({"custom_fields", "history_entry", "project_id", "resumes", "files"})
"""What a save changes beside the fields of the person."""
Paths = Annotated[OneOrMany[Text], at_most(20)]


class UpsertJarviProfile(WriteArguments):
    """At least one of id, external_id, an e-mail and linkedin_url is demanded."""

    model_config = IN_CAMEL_CASE_TOO
    longest: ClassVar[Mapping[str, int]] = {
        "custom_fields": LONGEST_NOTE,
        "resumes": LONGEST_PATH,
        "files": LONGEST_PATH,
    }

    profile: Nested[ProfileFields] = Field(description="key: id, external_id, an e-mail or linkedin_url; one needed")
    custom_fields: Nested[dict[str, FieldValue]] | None = Field(default=None, description="by name or uuid")
    history_entry: Nested[HistoryEntry] | None = None
    resumes: Paths | None = Field(default=None, description="file handles or paths; 3.3 MB together with files")
    files: Paths | None = None
    project_id: Text | None = None


class UpsertJarviProfileResult(WriteResult):
    """As far as it can be known: never whether Jarvi created or merged."""

    profile_id: str | None = None
    task_id: str | None = None
    profile_url: str | None = None
    files_sent: int | None = None
    notes: Texts | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Save:
    """A save that has not been made: the profile it is expected to merge into, and what it sends."""

    current: Current
    body: dict[str, JsonValue]
    custom: Sequence[CheckedValue]
    kept: Sequence[str]
    files: int
    plan: Plan

    def result(self, status: Literal["saved"] | Unwritten) -> UpsertJarviProfileResult:
        return UpsertJarviProfileResult(
            status=status,
            profile_id=self.current.profile.id if self.current.profile else None,
            name=self.plan.name,
            changes=[change.shown() for change in self.plan.changes],
            kept=[*self.kept] or None,
            notes=[*self.plan.notes] or None,
        )


async def _propose(arguments: UpsertJarviProfile, clients: Clients) -> Proposal[UpsertJarviProfileResult]:
    body = _fields(arguments)
    custom = await _custom_fields(arguments, clients)
    body |= {one.field.id: one.sent for one in custom}
    files = await opened_files(arguments.resumes or (), arguments.files or (), clients.open_file)
    body |= files.wire()
    require_size(body)
    save = _planned(arguments, await current_profile(arguments.profile, clients.jarvi), custom, body, files)
    return Proposal(
        plan=save.plan,
        unwritten=save.result,
        write=lambda: _write(save, clients.jarvi),
        read_back=lambda: _read_back(save, clients.jarvi),
    )


async def _custom_fields(arguments: UpsertJarviProfile, clients: Clients) -> Sequence[CheckedValue]:
    asked = arguments.custom_fields
    if not asked:
        return ()
    return await with_fields(
        "jarvi", lambda: jarvi_fields(clients.jarvi), clients.remember_fields, lambda known: checked(asked, known)
    )


def _planned(
    arguments: UpsertJarviProfile,
    current: Current,
    custom: Sequence[CheckedValue],
    body: dict[str, JsonValue],
    files: JarviFiles,
) -> _Save:
    """The save, without the fields that the current profile holds already."""
    profile, given = current.profile, arguments.profile
    wanted = [*profile_changes(given, current), *custom_field_changes(custom, current)]
    fields = filling(wanted, current) if arguments.fill_empty else wanted
    appended = [*_appended(arguments), *files.changes()]
    changing = {change.place for change in fields}
    # Who was found is named by the id: a list of addresses that only says who is meant may replace a longer one.
    sent = changing if profile or arguments.fill_empty else changing | set(KEYS)
    places = {to_camel(name): name for name in ProfileFields.model_fields}
    places |= {one.field.id: one.field.id for one in custom}
    body = {name: value for name, value in body.items() if name not in places or places[name] in sent}
    if profile or arguments.fill_empty:
        body = keys_of(current, given) | body
    whom, target = profile or given, f"jarvi:{profile.id.lower()}" if profile else NEW
    notes = notes_on(current, fields, [one for one in custom if one.field.id in changing], appends=bool(appended))
    person = (*_person(given), *(whose(profile) if profile else ()))
    plan = Plan(
        target=target,
        name=full_name(whom.first_name, whom.last_name),
        # Nobody but the caller says yet that all of this is one person's.
        subject=whose(profile) if profile else (),
        changes=[*fields, *appended],
        body=body,
        # To create somebody is another change than to save over whom nobody could see.
        fingerprint=fingerprint(profile.model_dump(mode="json", exclude_unset=True) if profile else current.read),
        notes=[*notes, *files.notes(person), *lost_note(jarvi_undo(target, fields), fields)],
    )
    kept = [change.field for change in wanted if change.place not in changing]
    return _Save(current=current, body=body, custom=custom, kept=kept, files=len(files), plan=plan)


def _appended(arguments: UpsertJarviProfile) -> Iterator[FieldChange]:
    """What is added to a profile beside its fields and files."""
    if arguments.history_entry is not None:
        entry: dict[str, JsonValue] = arguments.history_entry.model_dump(mode="json", exclude_none=True)
        yield FieldChange(field="history_entry", after=entry, readable=False)
    if arguments.project_id is not None:
        yield FieldChange(field="project_id", after=arguments.project_id, readable=False)


async def _write(save: _Save, jarvi: Jarvi) -> UpsertJarviProfileResult:
    """Save, and tell what Jarvi made of it: that it was saved stands, whatever becomes of the reading."""
    saved = await jarvi.save_profile(save.body)
    result, elsewhere = save.result("saved"), [*_elsewhere(save, saved.profile_id)]
    result = result.model_copy(
        update={
            "notes": [*(result.notes or ()), *([ELSEWHERE] if elsewhere else [])] or None,
            "profile_id": saved.profile_id,
            "task_id": saved.task_id,
            "profile_url": PROFILE_PAGE + quote(saved.profile_id, safe=""),
            "files_sent": save.files,
        }
    )
    try:
        current = await current_profile(ProfileFields(id=saved.profile_id), jarvi)
    except ToolFailure:
        current = Current(None, read=False)
    if current.profile is None:
        read_back: ReadBack = "differs" if elsewhere else "failed"
        return result.model_copy(update={"read_back": read_back, "differences": elsewhere or None})
    found = [difference.shown() for difference in differences(save.plan.changes, save.custom, current.profile)]
    shown = any_shown(save.plan.changes, save.custom, current.profile)
    return result.model_copy(update=read_again([*elsewhere, *found], shown=shown))


def _elsewhere(save: _Save, profile_id: str) -> Iterator[ShownChange]:
    """That Jarvi saved into another profile than it was told to, if it says so."""
    planned = save.current.profile
    if planned is not None and not same_text(planned.id, profile_id):
        yield FieldChange(field=ANOTHER_RECORD, before=planned.id, after=profile_id).shown()


async def _read_back(save: _Save, jarvi: Jarvi) -> UpsertJarviProfileResult | None:
    """The result of a save that was not answered, if the profile shows all of it: never a note or a file."""
    before, changes = save.current.profile, save.plan.changes
    if before is None:
        return None
    try:
        current = await current_profile(ProfileFields(id=before.id), jarvi)
    except ToolFailure:
        return None
    if current.profile is None or not shows_all(changes, save.custom, current.profile):
        return None
    return save.result("saved").model_copy(update=read_again((), shown=True))


def _fields(arguments: UpsertJarviProfile) -> dict[str, JsonValue]:
    """The body without files."""
    profile = arguments.profile
    if not profile.identifies_somebody():
        raise InvalidArguments("profile needs at least one of id, external_id, email_addresses, linkedin_url.")
    body = profile.wire()
    if arguments.history_entry is not None:
        body |= arguments.history_entry.wire()
    if arguments.project_id is not None:
        body["projectId"] = arguments.project_id
    return body


def _people(arguments: UpsertJarviProfile) -> Iterator[Subject]:
    yield _person(arguments.profile)


def _found(arguments: UpsertJarviProfile, result: dict[str, Any]) -> Iterator[Found]:
    known = [f"jarvi:{result['profile_id'].lower()}"] if "profile_id" in result else []
    named = subject(ids=known, names=[result.get("name")])
    yield Found((), (*named, *_person(arguments.profile)) if result["status"] == "saved" else named)


def _person(profile: ProfileFields) -> Subject:
    ids = {"jarvi": profile.id and profile.id.lower(), "external": profile.external_id}
    return subject(
        ids=[f"{kind}:{identifier}" for kind, identifier in ids.items() if identifier],
        linkedin=[profile.linkedin_url],
        emails=profile.email_addresses or (),
        phones=profile.phone_numbers or (),
        names=[full_name(profile.first_name, profile.last_name)],
    )


UPSERT_JARVI_PROFILE: WriteTool[UpsertJarviProfile, UpsertJarviProfileResult] = WriteTool(
    name="upsert_jarvi_profile",
    title="Save a profile in Jarvi",
    description=(
        "Create a person in the Jarvi ATS or merge into the one with the same key; may overwrite. Each call"
        " adds its note and files anew. Costs no credits. Confirm with the user first."
    ),
    vendor="jarvi",
    arguments=UpsertJarviProfile,
    result=UpsertJarviProfileResult,
    fields=frozenset(ProfileFields.model_fields) - {"id"} | BESIDE,
    names={
        "profile.id": "record",
        "profile.external_id": "record",
        "profile.email_addresses.*": "record",
        "profile.linkedin_url": "record",
        "profile.current_company_id": "record",
        "project_id": "record",
        "resumes.*": "file",
        "files.*": "file",
        "custom_fields.*keys": "field",
    },
    propose=_propose,
    undo=jarvi_undo,
    idempotent=False,
    open_world=True,
    billable=False,
    people=_people,
    found=_found,
)
