"""What a file is, is told from its content, and a name that says something else is found out."""

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talent_mcp.files.types import BY_SUFFIX, OFFICE, NotWhatItSays, media_type


def archive(*members: str, **contents: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for member in members:
            made.writestr(member, "<x/>")
        for member, content in contents.items():
            made.writestr(member, content)
    return packed.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
ODT = archive("content.xml", mimetype="application/vnd.oasis.opendocument.text")
SAMPLES = {
    ".pdf": (b"\n%PDF-1.7\n", "application/pdf"),
    ".doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(8), "application/msword"),
    ".docx": (DOCX, f"{OFFICE}wordprocessingml.document"),
    ".xlsx": (archive("xl/workbook.xml"), f"{OFFICE}spreadsheetml.sheet"),
    ".pptx": (archive("ppt/presentation.xml"), f"{OFFICE}presentationml.presentation"),
    ".odt": (ODT, "application/vnd.oasis.opendocument.text"),
    ".zip": (archive("a.txt"), "application/zip"),
    ".rtf": (b"{\\rtf1 x}", "application/rtf"),
    ".png": (b"\x89PNG\r\n\x1a\nIHDR", "image/png"),
    ".jpg": (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
    ".jpeg": (b"\xff\xd8\xff\xe1Exif", "image/jpeg"),
    ".gif": (b"GIF89a\x01\x00", "image/gif"),
    ".txt": (b"Ada Brightwell\r\n", "text/plain"),
    ".md": ("# Lebenslauf für Ada\n".encode(), "text/markdown"),
    ".csv": ("name;título\n".encode("cp1252"), "text/csv"),
    ".html": (b"<!doctype html>", "text/html"),
}


@pytest.mark.parametrize("suffix", SAMPLES)
def test_every_kind_is_known_by_its_content(suffix: str) -> None:
    content, kind = SAMPLES[suffix]
    assert media_type(suffix, content) == kind
    assert media_type("", content) == (kind if not kind.startswith("text/") else "text/plain")


def test_every_ending_that_is_known_has_a_sample() -> None:
    assert set(SAMPLES) == set(BY_SUFFIX)


@pytest.mark.parametrize("suffix", SAMPLES)
@pytest.mark.parametrize("other", SAMPLES)
def test_no_kind_passes_for_another(suffix: str, other: str) -> None:
    content, kind = SAMPLES[other]
    try:
        found = media_type(suffix, content)
    except NotWhatItSays:
        assert SAMPLES[suffix][1] != kind
        return
    alike = {"application/zip"} if suffix == ".zip" else {SAMPLES[suffix][1]}
    both_text = found.startswith("text/") and kind.startswith("text/")
    assert kind in alike or both_text or (suffix == ".zip" and content.startswith(b"PK"))


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".pdf", b"MZ\x90\x00 a program"),
        (".docx", b"PK\x03\x04 broken off"),
        (".docx", archive("a.txt")),
        (".odt", archive(mimetype="application/vnd.oasis.opendocument.text-template")),
        (".txt", b"a\x00b"),
        (".txt", b"\x1b[31mred"),
        (".txt", b"\xff\xfea"),
        (".md", "\ufeff\0".encode("utf-16")),
    ],
)
def test_what_only_looks_like_its_name_is_found_out(suffix: str, content: bytes) -> None:
    with pytest.raises(NotWhatItSays):
        media_type(suffix, content)


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packed_type_of_a_document_is_read_where_that_has_a_bound(packing: int) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packing) as document:
        document.writestr("mimetype", SAMPLES[".odt"][1])
    expected = SAMPLES[".odt"][1] if packing == zipfile.ZIP_DEFLATED else "application/zip"
    assert media_type(".zip", made.getvalue()) == expected


def test_a_packed_type_that_does_not_unpack_is_no_crash() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as document:
        document.writestr("mimetype", SAMPLES[".odt"][1])
    content = bytearray(made.getvalue())
    start = 30 + len("mimetype")
    content[start : start + 8] = b"\xff" * 8
    assert media_type("", bytes(content)) == "application/octet-stream"


def test_text_in_utf_16_is_text() -> None:
    assert media_type(".txt", "Ada Ωmega".encode("utf-16")) == "text/plain"


def test_what_nobody_knows_is_just_bytes() -> None:
    assert media_type(".xyz", b"\x00\x01") == media_type("", b"") == "application/octet-stream"
    assert media_type(".pdf", b"") == "application/pdf"


def test_a_member_that_unpacks_to_a_gigabyte_is_not_unpacked() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made, made.open("mimetype", "w") as member:
        for _ in range(64):
            member.write(bytes(1 << 20))
    assert media_type(".zip", packed.getvalue()) == "application/zip"


@given(st.binary(max_size=200), st.sampled_from(["", *BY_SUFFIX]))
def test_no_content_is_too_strange(content: bytes, suffix: str) -> None:
    for start in (b"", b"PK\x03\x04", DOCX[:40], DOCX[:-20]):
        with suppress(NotWhatItSays):
            assert "/" in media_type(suffix, start + content)
