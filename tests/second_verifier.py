"""A second verifier: `python -m tests.second_verifier NOTE VERIFIER_KEY LEAVES`, or `... EXPORT VERIFIER_KEY`.

Is this checkpoint of these leaves, in this order? Is this export what the key has signed? It judges what the server
writes and imports nothing of it: a mistake would have to be made twice to pass. It is written from RFC 6962 section
2.1, RFC 9162 section 2.1.3.2, C2SP signed-note and C2SP tlog-checkpoint, and as slow as they read. NOTE, LEAVES and
EXPORT are files; a leaf is a line without its line feed. Exit code 0 says that they agree.
"""

import json
import sys
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

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


def subtree(start: int, stop: int, known: Mapping[tuple[int, int], bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1 over D[start:stop], out of the subtrees and leaves whose hashes are known."""
    if (start, stop) in known:
        return known[start, stop]
    k = 1
    while 2 * k < stop - start:
        k *= 2
    left, right = subtree(start, start + k, known), subtree(start + k, stop, known)
    return sha256(b"\x01" + left + right).digest()


def root_of(known: Mapping[tuple[int, int], bytes], size: int) -> bytes:
    return subtree(0, size, known) if size else sha256(b"").digest()


def frontier(start: int, hashes: Sequence[str]) -> dict[tuple[int, int], bytes]:
    """The perfect subtrees, largest first, that the first `start` leaves consist of."""
    sizes = [1 << bit for bit in range(start.bit_length() - 1, -1, -1) if start >> bit & 1]
    ends = [sum(sizes[: count + 1]) for count in range(len(sizes))]
    nodes = zip(ends, sizes, hashes, strict=True)
    return {(end - size, end): bytes.fromhex(node) for end, size, node in nodes}


def proved_root(index: int, size: int, leaf: bytes, proof: Sequence[str]) -> bytes:
    """RFC 9162 section 2.1.3.2; raises ValueError where the proof has not the length that it must have."""
    fn, sn, r = index, size - 1, leaf
    for p in map(bytes.fromhex, proof):
        if sn == 0:
            raise ValueError("the proof is too long")
        if fn & 1 or fn == sn:
            r = sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ValueError("the proof is too short")
    return r


def entry_of(line: bytes) -> tuple[Any, bytes]:
    """What stands before the envelope in a line, and the leaf hash of the envelope."""
    head, _, envelope = line.removesuffix(b"}\n").partition(b',"envelope":')
    return json.loads(head + b"}"), sha256(b"\x00" + envelope).digest()


def proves(opening: Any, lines: Sequence[bytes], size: int, root: bytes) -> bool:
    """Whether the entries of a piece lead to the root."""
    entries = [entry_of(line) for line in lines if not line.startswith(b'{"of":')]
    if any(entry["leaf"] != leaf.hex() for entry, leaf in entries):
        return False
    if "selection" in opening:
        return all(proved_root(entry["index"], size, leaf, entry["proof"]) == root for entry, leaf in entries)
    known = frontier(opening["start"], opening["frontier"])
    known |= {(entry["index"], entry["index"] + 1): leaf for entry, leaf in entries}
    return [entry["index"] for entry, _ in entries] == [*range(opening["start"], size)] and root_of(known, size) == root


def piece_disagreement(lines: Sequence[bytes], verifier_key: str) -> str | None:
    """What is wrong with one piece of an export, whose last line is its checkpoint."""
    *signed, last = lines
    note = json.loads(last)["checkpoint"]
    opening, name = json.loads(signed[0]), verifier_key.partition("+")[0]
    text, _, signature = note.partition(f"\n\n— {name} ")
    data = b64decode(signature.removesuffix("\n"), validate=True)
    as_written = f"{text}\n\n— {name} {b64encode(data).decode()}\n"
    if json.dumps({"checkpoint": as_written}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" != last:
        return "the last line is not as it was written"
    origin, size, root, digest = signed_text(note.encode(), verifier_key).split("\n")
    if digest != f"talent-mcp export sha256 {sha256(b''.join(signed)).hexdigest()}":
        return "these are not the bytes that were signed"
    if (opening["log"], opening["stop"]) != (origin, int(size)):
        return "the checkpoint is of something else"
    return None if proves(opening, signed[1:], int(size), b64decode(root)) else "the entries do not give the root"


def export_disagreement(export: bytes, verifier_key: str) -> str | None:
    """What is wrong with an export, or None where it is what the key has signed."""
    lines = export.splitlines(keepends=True) if b"\r" not in export else [export]
    ends = [0, *(number for number, line in enumerate(lines, 1) if line.startswith(b'{"checkpoint":'))]
    if ends[-1] != len(lines) or not lines:
        return "the export is cut off"
    stop = None
    try:
        for start, end in pairwise(ends):
            if problem := piece_disagreement(lines[start:end], verifier_key):
                return problem
            opening = json.loads(lines[start])
            if stop not in (None, opening["start"]):
                return "a piece of the export is missing"
            stop = opening["stop"]
    except InvalidSignature:
        return "the key did not sign this export"
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError):
        return "the export or the key cannot be read"
    return None


def main(note: str, verifier_key: str, leaves: str = "") -> int:
    data = Path(note).read_bytes()
    if leaves:
        problem = disagreement(data, verifier_key, Path(leaves).read_bytes().split(b"\n")[:-1])
    else:
        problem = export_disagreement(data, verifier_key)
    sys.stdout.write(f"{problem or 'they agree'}\n")
    return 0 if problem is None else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
