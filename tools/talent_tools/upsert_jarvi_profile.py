"""The tool that saves one person in Jarvi, with notes and files."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import Field, JsonValue
from pydantic_core import to_json

from talent_tools.arguments import LONGEST_NOTE, Arguments, Nested
from talent_tools.errors import InvalidArguments
from talent_tools.files import File, OpenFile
from talent_tools.jarvi import SavedProfile
from talent_tools.jarvi_profile import IN_CAMEL_CASE_TOO, HistoryEntry, ProfileFields
from talent_tools.people import Found, Subject, full_name, subject
from talent_tools.result import Result
from talent_tools.spec import Clients, Tool
from talent_tools.values import OneOrMany, Text, at_most, required_uuid

REQUEST_LIMIT = 4_500_000
"""The largest JSON body in bytes (from Jarvi's pages on a sister route)."""
FILES_LIMIT = 3_300_000
"""The most bytes of files that fit into it as base64, which is a third longer."""
PROFILE_PAGE = "https://app.jarvi.tech/profiles/"
LONGEST_PATH = 4_096
Paths = Annotated[OneOrMany[Text], at_most(20)]


class UpsertJarviProfile(Arguments):
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


class UpsertJarviProfileResult(Result):
    """What Jarvi says of a save: never whether it created or merged."""

    status: Literal["saved"] = "saved"
    profile_id: str
    task_id: str | None = None
    profile_url: str
    files_sent: int


async def _upsert(arguments: UpsertJarviProfile, clients: Clients) -> UpsertJarviProfileResult:
    body = _fields(arguments)
    resumes, files = await _opened(arguments, clients.open_file)
    if resumes:
        body["resumesFiles"] = [_wire_file(file) for file in resumes]
    if files:
        body["files"] = [_wire_file(file) for file in files]
    _require_size(body)
    saved = await clients.jarvi.save_profile(body)
    return _result(saved, files_sent=len(resumes) + len(files))


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


def _result(saved: SavedProfile, files_sent: int) -> UpsertJarviProfileResult:
    return UpsertJarviProfileResult(
        profile_id=saved.profile_id,
        task_id=saved.task_id,
        profile_url=PROFILE_PAGE + quote(saved.profile_id, safe=""),
        files_sent=files_sent,
    )


def _people(arguments: UpsertJarviProfile) -> Iterator[Subject]:
    yield _person(arguments.profile)


def _found(arguments: UpsertJarviProfile, result: dict[str, Any]) -> Iterator[Found]:
    yield Found((), (f"jarvi:{result['profile_id']}", *_person(arguments.profile)))


def _person(profile: ProfileFields) -> Subject:
    ids = {"jarvi": profile.id and profile.id.lower(), "external": profile.external_id}
    return subject(
        ids=[f"{kind}:{identifier}" for kind, identifier in ids.items() if identifier],
        linkedin=[profile.linkedin_url],
        emails=profile.email_addresses or (),
        phones=profile.phone_numbers or (),
        names=[full_name(profile.first_name, profile.last_name)],
    )


UPSERT_JARVI_PROFILE: Tool[UpsertJarviProfile, UpsertJarviProfileResult] = Tool(
    name="upsert_jarvi_profile",
    title="Save a profile in Jarvi",
    description=(
        "Create a person in the Jarvi ATS or merge into the one with the same key; may overwrite. Each call"
        " adds its note and files anew. Costs no credits. Confirm with the user first."
    ),
    vendor="jarvi",
    arguments=UpsertJarviProfile,
    result=UpsertJarviProfileResult,
    handler=_upsert,
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=True,
    billable=False,
    people=_people,
    found=_found,
)
