"""Takes a key out of an answer that repeats it; pure."""

import html
import json
from base64 import b64encode
from collections.abc import Generator
from math import ceil
from urllib.parse import quote

MARKER = b"[key removed]"
SHORTEST = 8
"""Anything shorter stands in an answer by chance, and is no vendor's key."""


def without(key: str, content: bytes) -> bytes:
    """The content with a marker in place of the key: plain, in base64, and as JSON, HTML or a URL writes either."""
    return removed(ways_to_write(key), content)


def ways_to_write(key: str) -> tuple[bytes, ...]:
    """How an answer may repeat the key, the longest first, as a shorter one may be part of it."""
    if len(key) < SHORTEST:
        return ()
    spelt = {written for text in (key, *in_base64(key)) for written in spellings(text)}
    return tuple(text.encode() for text in sorted(spelt, key=len, reverse=True))


def removed(ways: tuple[bytes, ...], content: bytes) -> bytes:
    """The content with a marker in place of each of these."""
    for way in ways:
        content = content.replace(way, MARKER)
    return content


def in_base64(key: str) -> Generator[str]:
    """What base64 makes of the key wherever it begins within a longer text (such as `Bearer ` and the key)."""
    for before in range(3):
        encoded = b64encode(bytes(before) + key.encode()).decode()
        # Cut to the characters that hold no bit of what stands before or after.
        own = encoded[ceil(before * 8 / 6) : (before + len(key)) * 8 // 6]
        yield own
        yield own.replace("+", "-").replace("/", "_")


def spellings(text: str) -> Generator[str]:
    written = json.dumps(text)[1:-1]
    yield from (text, written, written.replace("/", "\\/"), html.escape(text))
    yield from (quote(text), quote(text, safe=""), "".join(map(in_lower_case, text)))


def in_lower_case(character: str) -> str:
    written = quote(character, safe="")
    return character if written == character else written.lower()
