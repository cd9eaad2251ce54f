"""What an auditor kept: checkpoints and the public key, read from files and judged before they count."""

from pathlib import Path

from talent_mcp.audit.checkpoints import Checkpoint, open_checkpoint
from talent_mcp.audit.growing import Evidence
from talent_mcp.audit.notes import MOST_NOTE_BYTES, NoteError, VerifierKey, split_note
from talent_mcp.errors import TalentError
from talent_mcp.store.protocol import Head

MOST_KEY_BYTES = 4_096


class NoEvidence(TalentError):
    """A checkpoint or key that proves nothing of this log; the text says why, and repeats nothing of it."""


def read_key(given: str) -> VerifierKey:
    """A verifier key, or the one in the file of this name.

    Raises:
        NoEvidence: it is neither.
    """
    try:
        text = read_some(Path(given), MOST_KEY_BYTES).decode().strip()
    except (OSError, ValueError):
        text = given.strip()
    try:
        return VerifierKey.parse(text)
    except NoteError as error:
        raise NoEvidence(
            "the key is neither a verifier key nor a file that holds one (`talent-mcp audit key` prints it where the "
            f"log is): {error}"
        ) from None


def read_checkpoint(path: Path, key: VerifierKey) -> Evidence:
    """The head that a checkpoint in a file vouches for.

    Raises:
        NoEvidence: the file cannot be read, is no checkpoint, is of another log, or was not signed by this key.
    """
    try:
        note = read_some(path, MOST_NOTE_BYTES + 1)
    except OSError as error:
        raise NoEvidence(f"{path} cannot be read: {error.strerror or type(error).__name__}") from None
    return checkpoint_evidence(note, key, str(path))


def checkpoint_evidence(note: bytes, key: VerifierKey, source: str) -> Evidence:
    """The head that a checkpoint vouches for; `source` says in words where the note is from.

    Raises:
        NoEvidence: it is no checkpoint, is of another log, or was not signed by this key.
    """
    checkpoint = opened_checkpoint(note, key, source)
    return Evidence(Head(checkpoint.size, checkpoint.root), source)


def opened_checkpoint(note: bytes, key: VerifierKey, source: str) -> Checkpoint:
    """The checkpoint, if the key of its log has signed it.

    Raises:
        NoEvidence: it is no checkpoint, is of another log, or was not signed by this key.
    """
    try:
        text, _ = split_note(note)
        if Checkpoint.parse(text).origin != key.name:
            raise NoEvidence(f"{source} is a checkpoint of another log")
        return open_checkpoint(note, key)
    except NoteError as error:
        raise NoEvidence(f"{source} is no checkpoint of this log: {error}") from None


def read_some(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit)
