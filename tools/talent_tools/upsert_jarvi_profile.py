"""The tool that saves one person in Jarvi, with notes and files."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import Field, JsonValue
from pydantic.alias_generators import to_camel
from pydantic_core import to_json

from talent_tools.arguments import LONGEST_NOTE, Nested
from talent_tools.errors import InvalidArguments, ToolFailure
from talent_tools.files import File, OpenFile
from talent_tools.find_jarvi_profile import current_profile
from talent_tools.jarvi import Jarvi
from talent_tools.jarvi_plan import (
    KEYS,
    Current,
    custom_field_changes,
    differences,
    notes_on,
    profile_changes,
    whose,
)
from talent_tools.jarvi_profile import IN_CAMEL_CASE_TOO, HistoryEntry, ProfileFields
from talent_tools.people import Found, Subject, full_name, subject
from talent_tools.plans import FieldChange, Plan, Proposal, Unwritten, WriteArguments, WriteResult, fingerprint
from talent_tools.spec import Clients, WriteTool
from talent_tools.values import OneOrMany, Text, at_most, required_uuid

REQUEST_LIMIT = 4_500_000
"""The largest JSON body in bytes (from Jarvi's pages on a sister route)."""
FILES_LIMIT = 3_300_000
"""The most bytes of files that fit into it as base64, which is a third longer."""
PROFILE_PAGE = "https://app.jarvi.tech/profiles/"
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
    custom_fields: Nested[dict[str, Text]] | None = Field(default=None, description="by uuid")
    history_entry: Nested[HistoryEntry] | None = None
    resumes: Paths | None = Field(default=None, description="file paths; 3.3 MB together with files")
    files: Paths | None = None
    project_id: Text | None = None


class UpsertJarviProfileResult(WriteResult):
    """As far as it can be known: never whether Jarvi created or merged."""

    profile_id: str | None = None
    task_id: str | None = None
    profile_url: str | None = None
    files_sent: int | None = None
    notes: list[str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Save:
    """A save that has not been made: the profile it is expected to merge into, and what it sends."""

    current: Current
    body: dict[str, JsonValue]
    files: int
    plan: Plan

    def result(self, status: Literal["saved"] | Unwritten) -> UpsertJarviProfileResult:
        return UpsertJarviProfileResult(
            status=status,
            profile_id=self.current.profile.id if self.current.profile else None,
            name=self.plan.name,
            changes=[change.shown() for change in self.plan.changes],
            notes=[*self.plan.notes] or None,
        )


async def _propose(arguments: UpsertJarviProfile, clients: Clients) -> Proposal[UpsertJarviProfileResult]:
    body = _fields(arguments)
    resumes, files = await _opened(arguments, clients.open_file)
    if resumes:
        body["resumesFiles"] = [_wire_file(file) for file in resumes]
    if files:
        body["files"] = [_wire_file(file) for file in files]
    _require_size(body)
    save = _planned(arguments, await current_profile(arguments.profile, clients.jarvi), body, resumes, files)
    return Proposal(plan=save.plan, unwritten=save.result, write=lambda: _write(save, clients.jarvi))


def _planned(
    arguments: UpsertJarviProfile,
    current: Current,
    body: dict[str, JsonValue],
    resumes: Sequence[File],
    files: Sequence[File],
) -> _Save:
    """The save, without the fields that the current profile holds already."""
    profile = current.profile
    custom = {required_uuid(key, "each custom field"): value for key, value in (arguments.custom_fields or {}).items()}
    fields = [*profile_changes(arguments.profile, current), *custom_field_changes(custom, current)]
    appended = [*_appended(arguments, resumes, files)]
    kept = {change.field for change in fields} | set(KEYS)
    sent = {to_camel(name): name for name in ProfileFields.model_fields} | {key: key for key in custom}
    body = {name: value for name, value in body.items() if name not in sent or sent[name] in kept}
    changes = [*fields, *appended]
    whom = arguments.profile
    return _Save(
        current=current,
        body=body,
        files=len(resumes) + len(files),
        plan=Plan(
            target=f"jarvi:{profile.id.lower()}" if profile else "jarvi:new",
            name=full_name(profile.first_name, profile.last_name)
            if profile
            else full_name(whom.first_name, whom.last_name),
            subject=whose(profile) if profile else _person(whom),
            changes=changes,
            body=body,
            fingerprint=fingerprint(profile.model_dump(mode="json", exclude_unset=True) if profile else None),
            notes=notes_on(current, fields, appends=bool(appended)),
        ),
    )


def _appended(arguments: UpsertJarviProfile, resumes: Sequence[File], files: Sequence[File]) -> Iterator[FieldChange]:
    """What is added to a profile beside its fields."""
    if arguments.history_entry is not None:
        entry: dict[str, JsonValue] = arguments.history_entry.model_dump(mode="json", exclude_none=True)
        yield FieldChange(field="history_entry", after=entry, readable=False)
    if arguments.project_id is not None:
        yield FieldChange(field="project_id", after=arguments.project_id, readable=False)
    for name, opened in (("resumes", resumes), ("files", files)):
        if opened:
            described: list[JsonValue] = [_described(file) for file in opened]
            yield FieldChange(field=name, after=described, readable=False)


def _described(file: File) -> JsonValue:
    return {"name": file.name, "bytes": len(file.content), "sha256": sha256(file.content).hexdigest()}


async def _write(save: _Save, jarvi: Jarvi) -> UpsertJarviProfileResult:
    """Save, and tell what Jarvi made of it: that it was saved stands, whatever becomes of the reading."""
    saved = await jarvi.save_profile(save.body)
    result = save.result("saved").model_copy(
        update={
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
        return result.model_copy(update={"read_back": "failed"})
    found = [difference.shown() for difference in differences(save.plan.changes, current.profile)]
    return result.model_copy(update={"read_back": "differs" if found else "as written", "differences": found or None})


def _fields(arguments: UpsertJarviProfile) -> dict[str, JsonValue]:
    """The body without files."""
    profile = arguments.profile
    if not profile.identifies_somebody():
        raise InvalidArguments("profile needs at least one of id, external_id, email_addresses, linkedin_url.")
    body = profile.wire()
    for key, value in (arguments.custom_fields or {}).items():
        body[required_uuid(key, "each custom field")] = value
    if arguments.history_entry is not None:
        body |= arguments.history_entry.wire()
    if arguments.project_id is not None:
        body["projectId"] = arguments.project_id
    return body


async def _opened(arguments: UpsertJarviProfile, open_file: OpenFile) -> tuple[list[File], list[File]]:
    """Résumés and files; reading stops as soon as they cannot fit."""
    resumes, files = arguments.resumes or (), arguments.files or ()
    opened: list[File] = []
    total = 0
    for place, path in (*_placed("resumes", resumes), *_placed("files", files)):
        opened.append(await open_file(path, limit=REQUEST_LIMIT))
        _require_content(opened[-1], place)
        total += len(opened[-1].content)
        _require_room(total, opened)
    return opened[: len(resumes)], opened[len(resumes) :]


def _placed(name: str, paths: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"{name}[{position}]", path) for position, path in enumerate(paths)]


def _require_content(file: File, place: str) -> None:
    if not file.content:
        raise InvalidArguments(f"Nothing was sent: {place} is an empty file (0 bytes). Give another, or leave it out.")


def _require_room(total: int, opened: Sequence[File]) -> None:
    if total > FILES_LIMIT:
        listed = " + ".join(_megabytes(len(file.content)) for file in opened)
        raise InvalidArguments(
            f"Too large, nothing was sent: the files are {listed} MB, Jarvi takes"
            f" {_megabytes(FILES_LIMIT)} MB in a call. Send fewer or smaller ones."
        )


def _require_size(body: dict[str, JsonValue]) -> None:
    size = len(to_json(body))
    if size > REQUEST_LIMIT:
        raise InvalidArguments(
            f"Too large, nothing was sent: the request is {_megabytes(size)} MB, Jarvi takes"
            f" {_megabytes(REQUEST_LIMIT)} MB. Shorten the texts or send fewer files."
        )


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}"


def _wire_file(file: File) -> JsonValue:
    data = f"data:{file.media_type};base64,{b64encode(file.content).decode()}"
    return {"fileName": file.name, "data": data}


def _people(arguments: UpsertJarviProfile) -> Iterator[Subject]:
    yield _person(arguments.profile)


def _found(arguments: UpsertJarviProfile, result: dict[str, Any]) -> Iterator[Found]:
    known = [f"jarvi:{result['profile_id'].lower()}"] if "profile_id" in result else []
    yield Found((), (*subject(ids=known, names=[result.get("name")]), *_person(arguments.profile)))


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
    propose=_propose,
    idempotent=False,
    open_world=True,
    billable=False,
    people=_people,
    found=_found,
)
