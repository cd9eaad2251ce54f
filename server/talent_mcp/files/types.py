"""What kind of file something is, told from its content: a name says what somebody wants it to be. Pure."""

import io
import zipfile
import zlib

TEXT_TYPES = {".csv": "text/csv", ".html": "text/html", ".md": "text/markdown", ".txt": "text/plain"}
OFFICE = "application/vnd.openxmlformats-officedocument."
OFFICE_PARTS = {
    "word/document.xml": f"{OFFICE}wordprocessingml.document",
    "xl/workbook.xml": f"{OFFICE}spreadsheetml.sheet",
    "ppt/presentation.xml": f"{OFFICE}presentationml.presentation",
}
"""The main part of each Office format (ECMA-376 part 2 packs them as ZIP)."""
ODT = "application/vnd.oasis.opendocument.text"
ZIP, OLE, UNKNOWN = "application/zip", "application/msword", "application/octet-stream"
SIGNATURES = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": OLE,
    b"{\\rtf": "application/rtf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
}
PDF, PDF_HEADER, PDF_HEADER_BYTES = "application/pdf", b"%PDF-", 1024
"""The header may stand anywhere in the first 1,024 bytes (ISO 32000-1 annex H)."""
BY_SUFFIX = {
    ".doc": (OLE,),
    ".docx": (OFFICE_PARTS["word/document.xml"],),
    ".gif": ("image/gif",),
    ".jpeg": ("image/jpeg",),
    ".jpg": ("image/jpeg",),
    ".odt": (ODT,),
    ".pdf": (PDF,),
    ".png": ("image/png",),
    ".pptx": (OFFICE_PARTS["ppt/presentation.xml"],),
    ".rtf": ("application/rtf",),
    ".xlsx": (OFFICE_PARTS["xl/workbook.xml"],),
    ".zip": (ZIP, ODT, *OFFICE_PARTS.values()),
    **{suffix: (kind,) for suffix, kind in TEXT_TYPES.items()},
}
"""What the content of a file with this ending may be, by the IANA registry."""
SPACES = b"\t\n\f\r"
MOST_MEMBERS = 10_000


class NotWhatItSays(ValueError):
    """The content is something else than the ending of the name says."""


def media_type(suffix: str, content: bytes) -> str:
    """The IANA type of a file; `suffix` is the ending of its name, in lower case, with the dot.

    Raises:
        NotWhatItSays: they contradict each other.
    """
    found = told_by(content, suffix)
    allowed = BY_SUFFIX.get(suffix)
    # An empty file is nothing yet; whoever wants to send it is told of that.
    if allowed is not None and content and found not in allowed:
        raise NotWhatItSays
    return found if content or allowed is None else allowed[0]


def told_by(content: bytes, suffix: str) -> str:
    """What the content is; among kinds of plain text, which have no mark, the name decides."""
    for signature, kind in SIGNATURES.items():
        if content.startswith(signature):
            return kind
    if PDF_HEADER in content[:PDF_HEADER_BYTES]:
        return PDF
    if content.startswith(b"PK\x03\x04"):
        return packed(content)
    return TEXT_TYPES.get(suffix, "text/plain") if is_text(content) else UNKNOWN


def packed(content: bytes) -> str:
    """What a ZIP file holds; its members are only named and the first bytes of one are read, whatever it unpacks to."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = frozenset(archive.namelist()[:MOST_MEMBERS])
            if "mimetype" in names and first_bytes(archive, "mimetype") == ODT.encode():
                return ODT
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError):
        return UNKNOWN
    return next((kind for part, kind in OFFICE_PARTS.items() if part in names), ZIP)


def first_bytes(archive: zipfile.ZipFile, member: str) -> bytes:
    # Stored, says OpenDocument 1.3 (part 2, 3.3); some programs pack it. What LZMA asks for in memory has no bound.
    if archive.getinfo(member).compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return b""
    with archive.open(member) as opened:
        return opened.read(len(ODT) + 1)


def is_text(content: bytes) -> bool:
    """Whether it is text in UTF-8, in UTF-16 with its mark, or in one of the older codes of one byte a character."""
    if not content:
        return False
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return is_utf16(content)
    return not any(byte < 32 and byte not in SPACES for byte in frozenset(content))


def is_utf16(content: bytes) -> bool:
    try:
        return "\0" not in content.decode("utf-16")
    except UnicodeDecodeError:
        return False
