"""Signed notes after C2SP signed-note (https://c2sp.org/signed-note): a text and the Ed25519 signatures under it.

    <text, one or more lines>
    <an empty line>
    — <key name> <base 64 of the key's identifier (4 bytes) and the signature (64 bytes)>

The signature is over the bytes of the text, the last line feed included and the empty line not.
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = b"\x01"
KEY_BYTES = 32
KEY_ID_BYTES = 4
MOST_NOTE_BYTES = 1 << 18
"""Room for the 16 signatures that a reader must accept, of 5 kB each as with post-quantum keys, and some more."""
MOST_SIGNATURES = 100
KEY_NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")
SIGNATURE_LINE = re.compile(rf"— ({KEY_NAME.pattern}) (.+)")
NO_TEXT = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
"""Control characters, which a note must not hold, and halves of surrogate pairs, which UTF-8 cannot."""


class NoteError(ValueError):
    """A note, a key or a checkpoint that is refused; the text says why and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Whose signature is trusted: a name and an Ed25519 public key of 32 bytes.

    Its text is the one of the Go package `golang.org/x/mod/sumdb/note`, which other tools take too: name, key
    identifier in hex and base 64 of the algorithm and the key, with plus signs between.

    Raises:
        NoteError: the name is empty or has white space, a plus sign or control characters; the key has not 32 bytes.
    """

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not KEY_NAME.fullmatch(self.name):
            raise NoteError("a key's name is not empty and has no white space, plus sign or control characters")
        if len(self.public_key) != KEY_BYTES:
            raise NoteError(f"an Ed25519 public key has {KEY_BYTES} bytes")

    @classmethod
    def of(cls, name: str, private_key: bytes) -> "VerifierKey":
        """The key by which signatures of a private key (32 bytes) are verified.

        Raises:
            NoteError: the name cannot be one, or the private key has not 32 bytes.
        """
        return cls(name, load_private_key(private_key).public_key().public_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read back what `str` gives.

        Raises:
            NoteError: this is no verifier key for Ed25519, or its identifier is not that of its name and key.
        """
        name, _, rest = text.partition("+")
        data = from_base64(rest.partition("+")[2])
        if not data.startswith(ED25519):
            raise NoteError("this is not a verifier key for Ed25519 signatures")
        key = cls(name, data.removeprefix(ED25519))
        if str(key) != text:
            raise NoteError("the verifier key's identifier is not that of its name and key")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(ED25519 + self.public_key)}"

    @property
    def key_id(self) -> bytes:
        """The 4 bytes by which signature lines name the key; they identify it and prove nothing."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public_key).digest()[:KEY_ID_BYTES]

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether this is the key's signature of a text."""
        # Signatures are no part of stdio start-up.
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


def load_private_key(data: bytes) -> "Ed25519PrivateKey":
    """An Ed25519 private key from its 32 bytes (RFC 8032 section 5.1.5).

    Raises:
        NoteError: these are not 32 bytes.
    """
    # Signatures are no part of stdio start-up.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if len(data) != KEY_BYTES:
        raise NoteError(f"an Ed25519 private key has {KEY_BYTES} bytes")
    return Ed25519PrivateKey.from_private_bytes(data)


def sign_note(text: str, name: str, private_key: bytes) -> bytes:
    """A text, which ends with a line feed, signed with an Ed25519 private key of 32 bytes.

    Raises:
        NoteError: the text cannot be that of a note, the name not that of a key, or the key has not 32 bytes.
    """
    key = VerifierKey.of(name, private_key)
    if not text.endswith("\n") or NO_TEXT.search(text):
        raise NoteError("a note's text ends with a line feed and has no other control characters")
    signature = load_private_key(private_key).sign(text.encode())
    note = f"{text}\n— {name} {to_base64(key.key_id + signature)}\n".encode()
    if len(note) > MOST_NOTE_BYTES:
        raise NoteError(f"a note has at most {MOST_NOTE_BYTES} bytes")
    return note


def open_note(note: bytes, key: VerifierKey) -> str:
    """The text of a note that this key has signed.

    Signatures of other keys are ignored; any under the key's name and identifier has to be good.

    Raises:
        NoteError: this is no note, or the key has not signed it.
    """
    text, lines = split_note(note)
    signatures = {
        data for name, data in map(parse_signature, lines) if (name, data[:KEY_ID_BYTES]) == (key.name, key.key_id)
    }
    if not signatures:
        raise NoteError("the note is not signed by this key")
    if not all(key.verifies(text, data[KEY_ID_BYTES:]) for data in signatures):
        raise NoteError("a signature of this key is wrong: the note was changed, or somebody else signed it")
    return text


def split_note(note: bytes) -> tuple[str, list[str]]:
    """The text of a note, and its signature lines.

    Raises:
        NoteError: it is too long, not UTF-8, has control characters, or no signatures after an empty line.
    """
    if len(note) > MOST_NOTE_BYTES:
        raise NoteError(f"a note has at most {MOST_NOTE_BYTES} bytes")
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise NoteError("a note is UTF-8") from error
    text, empty_line, signatures = whole.rpartition("\n\n")
    lines = signatures.split("\n")
    if NO_TEXT.search(whole) or not empty_line or lines.pop() or not 0 < len(lines) <= MOST_SIGNATURES:
        raise NoteError("a note is a text, an empty line and signature lines, without control characters")
    return f"{text}\n", lines


def parse_signature(line: str) -> tuple[str, bytes]:
    """A signature line's key name, and the key's identifier and the signature.

    Raises:
        NoteError: it is no signature line.
    """
    found = SIGNATURE_LINE.fullmatch(line)
    if found is None:
        raise NoteError("a signature line is a dash, a key's name and base 64")
    data = from_base64(found[2])
    if len(data) <= KEY_ID_BYTES:
        raise NoteError("a signature line holds a key's identifier and a signature")
    return found[1], data


def to_base64(data: bytes) -> str:
    return b64encode(data).decode()


def from_base64(text: str) -> bytes:
    """RFC 4648 section 4, as an encoder writes it.

    Raises:
        NoteError: it is something else.
    """
    try:
        data = b64decode(text)
    except ValueError as error:
        raise NoteError("this is not base 64") from error
    if to_base64(data) != text:
        raise NoteError("this is not base 64 as an encoder writes it")
    return data
