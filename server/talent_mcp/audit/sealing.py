"""Payloads as they are stored: parts, each sealed under the keys of the people that it is about. Pure.

To destroy one person's key makes every part that is about them unreadable, here and in every copy, and changes no
byte of the log. A part about nobody is sealed under a key of the tenant's own.

A body is a format byte and its parts, one after another::

    people     2 bytes  how many people the part is about
    subjects  16 bytes  each: their subjects; with none, in one place of 16, the version of the tenant's key
    nonce     12 bytes
    check     16 bytes  commits to the key: AES-GCM alone lets one text open under two keys as two
    length     4 bytes
    sealed              AES-256-GCM; the associated data are the envelope and the number of the part
"""

import hmac
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from secrets import token_bytes

FORMAT = b"\x01"
SUBJECT_BYTES = 16
NONCE_BYTES = 12
CHECK_BYTES = 16
KEY_BYTES = 32
TAG_BYTES = 16
COUNT = struct.Struct(">H")
PURPOSE = b"talent-mcp payload part"


class Unreadable(ValueError):
    """A body is not of this format, or was not sealed for this envelope."""


@dataclass(frozen=True, slots=True)
class PartKey:
    """Which key seals a part: of `subjects` (in hex), all of theirs together; of nobody, the tenant's of `version`."""

    subjects: tuple[str, ...] = ()
    version: int = 0

    @property
    def label(self) -> bytes:
        """How a body names it."""
        named = b"".join(map(bytes.fromhex, self.subjects)) or self.version.to_bytes(SUBJECT_BYTES, "big")
        return COUNT.pack(len(self.subjects)) + named


@dataclass(frozen=True, slots=True)
class SealedPart:
    """A part as it stands in a body."""

    key: PartKey
    nonce: bytes
    check: bytes
    sealed: bytes


def seal(parts: Sequence[tuple[PartKey, bytes, bytes]], envelope: bytes) -> bytes:
    """The body for parts of which each is its key's name, the key material and the text."""
    return FORMAT + b"".join(
        sealed_part(name, material, text, context(envelope, number))
        for number, (name, material, text) in enumerate(parts)
    )


def sealed_part(name: PartKey, material: bytes, text: bytes, associated: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = token_bytes(NONCE_BYTES)
    key, check = derived(material, nonce)
    sealed = AESGCM(key).encrypt(nonce, text, associated)
    return b"".join((name.label, nonce, check, struct.pack(">I", len(sealed)), sealed))


def parts_of(body: bytes) -> list[SealedPart]:
    """The parts of a body, none of them opened.

    Raises:
        Unreadable: it is no body.
    """
    if not body.startswith(FORMAT):
        raise Unreadable("the payload is of an unknown format")
    return list(read_parts(body))


def open_parts(body: bytes, envelope: bytes, material: Callable[[PartKey], bytes | None]) -> list[bytes | None]:
    """The text of each part, None for those whose key material there is no more.

    Raises:
        Unreadable: the body is not of this format, or not the one that was sealed for this envelope.
    """
    return [
        opened_part(part, material(part.key), context(envelope, number)) for number, part in enumerate(parts_of(body))
    ]


def opened_part(part: SealedPart, material: bytes | None, associated: bytes) -> bytes | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if material is None:
        return None
    key, check = derived(material, part.nonce)
    if not hmac.compare_digest(part.check, check):
        raise Unreadable("the payload was sealed under another key")
    try:
        return AESGCM(key).decrypt(part.nonce, part.sealed, associated)
    except InvalidTag:
        raise Unreadable("the payload was not sealed for this entry") from None


def read_parts(body: bytes) -> Iterator[SealedPart]:
    at = len(FORMAT)
    while at < len(body):
        people = int.from_bytes(body[at : (at := at + COUNT.size)], "big")
        names = body[at : (at := at + SUBJECT_BYTES * max(people, 1))]
        nonce = body[at : (at := at + NONCE_BYTES)]
        check = body[at : (at := at + CHECK_BYTES)]
        length = int.from_bytes(body[at : at + 4], "big")
        sealed = body[at + 4 : (at := at + 4 + length)]
        if len(sealed) < length or length < TAG_BYTES:
            raise Unreadable("the payload is cut off")
        yield SealedPart(part_key(people, names), nonce, check, sealed)


def part_key(people: int, names: bytes) -> PartKey:
    if not people:
        return PartKey(version=int.from_bytes(names, "big"))
    return PartKey(tuple(names[at : at + SUBJECT_BYTES].hex() for at in range(0, len(names), SUBJECT_BYTES)))


def derived(material: bytes, nonce: bytes) -> tuple[bytes, bytes]:
    """The key of one part, and what commits to it: HMAC-SHA512 of the nonce, cut in two."""
    both = hmac.digest(material, PURPOSE + nonce, "sha512")
    return both[:KEY_BYTES], both[KEY_BYTES : KEY_BYTES + CHECK_BYTES]


def context(envelope: bytes, number: int) -> bytes:
    return struct.pack(">I", number) + envelope
