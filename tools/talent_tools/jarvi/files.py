"""Résumés and files on their way into a Jarvi profile: read where the operator allows it, within Jarvi's limits."""

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from pydantic import JsonValue
from pydantic_core import to_json

from talent_tools.errors import InvalidArguments
from talent_tools.files import File, OpenFile
from talent_tools.people import Subject
from talent_tools.plans import FieldChange

REQUEST_LIMIT = 4_500_000
"""The largest JSON body in bytes (from Jarvi's pages on a sister route)."""
FILES_LIMIT = 3_300_000
"""The most bytes of files that fit into it as base64, which is a third longer."""
OF_ANOTHER = "The file {name} was added as somebody else's: look whether it is theirs, as Jarvi cannot remove it."


@dataclass(frozen=True, slots=True)
class JarviFiles:
    """The files of one save."""

    resumes: Sequence[File]
    files: Sequence[File]

    def __len__(self) -> int:
        return len(self.resumes) + len(self.files)

    def wire(self) -> dict[str, JsonValue]:
        """The files as Jarvi takes them."""
        named = {"resumesFiles": self.resumes, "files": self.files}
        return {name: [wire_file(file) for file in files] for name, files in named.items() if files}

    def changes(self) -> Iterator[FieldChange]:
        """What they add to a profile: names, sizes and hashes, never content."""
        for name, files in (("resumes", self.resumes), ("files", self.files)):
            if files:
                after: list[JsonValue] = [described(file) for file in files]
                yield FieldChange(field=name, after=after, readable=False)

    def notes(self, person: Subject) -> list[str]:
        """That files were added for somebody else, as far as that is known."""
        others = [file for file in (*self.resumes, *self.files) if file.about and {*file.about}.isdisjoint(person)]
        return [OF_ANOTHER.format(name=json.dumps(file.name, ensure_ascii=False)) for file in others]


async def opened_files(resumes: Sequence[str], files: Sequence[str], open_file: OpenFile) -> JarviFiles:
    """The files at these paths; reading stops as soon as they cannot fit.

    Raises:
        InvalidArguments: one may not be read or is empty, or together they are too large.
    """
    opened: list[File] = []
    total = 0
    for place, path in (*placed("resumes", resumes), *placed("files", files)):
        opened.append(await open_file(path, limit=REQUEST_LIMIT))
        require_content(opened[-1], place)
        total += len(opened[-1].content)
        require_room(total, opened)
    return JarviFiles(opened[: len(resumes)], opened[len(resumes) :])


def require_size(body: dict[str, JsonValue]) -> None:
    """Raises InvalidArguments: the request is larger than Jarvi takes."""
    size = len(to_json(body))
    if size > REQUEST_LIMIT:
        raise InvalidArguments(
            f"Too large, nothing was sent: the request is {megabytes(size)} MB, Jarvi takes"
            f" {megabytes(REQUEST_LIMIT)} MB. Shorten the texts or send fewer files."
        )


def placed(name: str, paths: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"{name}[{position}]", path) for position, path in enumerate(paths)]


def require_content(file: File, place: str) -> None:
    if not file.content:
        raise InvalidArguments(f"Nothing was sent: {place} is an empty file (0 bytes). Give another, or leave it out.")


def require_room(total: int, opened: Sequence[File]) -> None:
    if total > FILES_LIMIT:
        listed = " + ".join(megabytes(len(file.content)) for file in opened)
        raise InvalidArguments(
            f"Too large, nothing was sent: the files are {listed} MB, Jarvi takes"
            f" {megabytes(FILES_LIMIT)} MB in a call. Send fewer or smaller ones."
        )


def megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}"


def wire_file(file: File) -> JsonValue:
    data = f"data:{file.media_type};base64,{b64encode(file.content).decode()}"
    return {"fileName": file.name, "data": data}


def described(file: File) -> JsonValue:
    return {
        "name": file.name,
        "type": file.media_type,
        "bytes": len(file.content),
        "sha256": sha256(file.content).hexdigest(),
    }
