"""Files inside a request: decoded to know their size, then forgotten."""

import base64
import binascii
import hashlib
import re
from typing import NamedTuple

from .bodies import Upload

# The vendor's page shows the first prefix, everybody else sends the second.
DATA_URI = re.compile(r"data:(?:@file/(?P<kind>[^;,]+)|(?P<media>[\w.+-]+/[\w.+-]+));base64,(?P<data>.*)", re.DOTALL)


class InvalidFileError(ValueError):
    """Not a base64 data URI."""


class StoredFile(NamedTuple):
    """What is kept of a file."""

    fileName: str  # noqa: N815 - the vendor's spelling
    mediaType: str  # noqa: N815 - the vendor's spelling
    size: int
    sha256: str


def stored(upload: Upload) -> StoredFile:
    match = DATA_URI.fullmatch(upload.data)
    if match is None:
        raise InvalidFileError(f"{upload.file_name}: data must be a base64 data URI")
    try:
        content = base64.b64decode(match["data"], validate=True)
    except binascii.Error as error:
        raise InvalidFileError(f"{upload.file_name}: data is not valid base64") from error
    media = match["media"] or f"application/{match['kind']}"
    return StoredFile(upload.file_name, media, len(content), hashlib.sha256(content).hexdigest())
