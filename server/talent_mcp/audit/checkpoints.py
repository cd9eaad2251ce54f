"""Checkpoints after C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint): the head of a log, in a signed note."""

import re
from dataclasses import dataclass

from talent_mcp.audit.merkle import HASH_BYTES
from talent_mcp.audit.notes import NO_TEXT, NoteError, VerifierKey, from_base64, open_note, sign_note, to_base64

MOST_LEAVES = (1 << 63) - 1
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Which log, how many leaves, and the Merkle root over them (32 bytes).

    `extensions` are further lines that the specification allows and advises against.

    Raises:
        NoteError: a line is empty or has control characters, or size or root cannot be those of a log.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(line and "\n" not in line and not NO_TEXT.search(line) for line in (self.origin, *self.extensions)):
            raise NoteError("a line of a checkpoint is not empty and has no control characters")
        if not 0 <= self.size <= MOST_LEAVES:
            raise NoteError(f"a log has at most {MOST_LEAVES} leaves")
        if len(self.root) != HASH_BYTES:
            raise NoteError(f"the root of a log has {HASH_BYTES} bytes")

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read back what `str` gives.

        Raises:
            NoteError: this is not the text of a checkpoint.
        """
        lines = text.split("\n")
        if lines.pop() or len(lines) < 3 or not SIZE.fullmatch(lines[1]):
            raise NoteError("a checkpoint has a line for its origin, its size and its root each")
        origin, size, root, *extensions = lines
        return cls(origin, int(size), from_base64(root), tuple(extensions))

    def __str__(self) -> str:
        """The note's text."""
        lines = (self.origin, str(self.size), to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def sign_checkpoint(checkpoint: Checkpoint, private_key: bytes) -> bytes:
    """The checkpoint as a note, signed with an Ed25519 private key of 32 bytes under the name of the log's origin.

    Raises:
        NoteError: the origin cannot be a key's name, or the private key has not 32 bytes.
    """
    return sign_note(str(checkpoint), checkpoint.origin, private_key)


def open_checkpoint(note: bytes, key: VerifierKey) -> Checkpoint:
    """The checkpoint that a log has signed with its key, whose name is the log's origin.

    Raises:
        NoteError: this is no checkpoint, the key has not signed it, or it is of another log.
    """
    checkpoint = Checkpoint.parse(open_note(note, key))
    if checkpoint.origin != key.name:
        raise NoteError("the checkpoint is of another log than the key")
    return checkpoint
