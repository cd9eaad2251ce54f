"""`python -m tests.second_verifier NOTE VERIFIER_KEY LEAVES`: is this checkpoint of these leaves, in this order?

It judges what the server writes and imports nothing of it: a mistake would have to be made twice to pass. It is
written from RFC 6962 section 2.1, C2SP signed-note and C2SP tlog-checkpoint, and as slow as they read. NOTE and LEAVES
are files; a leaf is a line without its line feed. Exit code 0 says that they agree.
"""

import sys
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def signed_text(note: bytes, verifier_key: str) -> str:
    """The text that the key signed.

    Raises:
        ValueError: note or key is none.
        InvalidSignature: the key did not sign the text.
    """
    name, key_id, encoded = verifier_key.split("+", 2)
    key = b64decode(encoded, validate=True)
    if sha256(name.encode() + b"\n" + key).hexdigest()[:8] != key_id or key[0] != 1:
        raise ValueError("the verifier key is not what it says")
    text, _, lines = note.decode().rpartition("\n\n")
    for line in lines.removesuffix("\n").split("\n"):
        _, signer, signature = line.split(" ")
        data = b64decode(signature, validate=True)
        if (signer, data[:4].hex()) == (name, key_id):
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(data[4:], f"{text}\n".encode())
            return text
    raise InvalidSignature


def disagreement(note: bytes, verifier_key: str, leaves: Sequence[bytes]) -> str | None:
    """What is wrong, or None where checkpoint, key and leaves agree."""
    try:
        origin, size, root, *_ = signed_text(note, verifier_key).split("\n")
    except InvalidSignature:
        return "the key did not sign this note"
    except ValueError:
        return "the note or the key cannot be read"
    if origin != verifier_key.partition("+")[0]:
        return "the checkpoint is of another log"
    if size != str(len(leaves)):
        return f"the checkpoint is of {size} leaves, here are {len(leaves)}"
    if root != b64encode(tree_hash(leaves)).decode():
        return "the leaves do not give the checkpoint's root"
    return None


def main(note: str, verifier_key: str, leaves: str) -> int:
    lines = Path(leaves).read_bytes().split(b"\n")
    problem = disagreement(Path(note).read_bytes(), verifier_key, lines[:-1])
    sys.stdout.write(f"{problem or 'they agree'}\n")
    return 0 if problem is None else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
