"""The lines of an export that proves itself, each as one JSON object, written and read back byte for byte.

An export is one piece or several, each of which goes on where the one before ended. A piece is::

    {"format":"talent-mcp audit 1","log":ORIGIN,"start":S,"stop":N,"frontier":[HASH,...]}
    {"index":S,"leaf":HASH,"envelope":{...}}
    ...
    {"checkpoint":NOTE}

The bytes of the envelope, as they stand in the line, are those that were hashed: `leaf` is the RFC 6962 leaf hash
over them. `frontier` are the perfect subtrees, largest first, over the entries before `start`, so that the root
follows from the piece alone. NOTE is a C2SP checkpoint of the first `stop` entries, signed with the log's key, which
commits in an extension line to every byte of the piece before its own line::

    talent-mcp export sha256 HEX

In a piece that holds only some entries `"root":HASH,"selection":{...}` stands in the place of `frontier`, and each
entry carries its inclusion proof between leaf and envelope: `"proof":[HASH,...]`. Before them
`"earlier":[{"size":M,"proof":[HASH,...]},...]` holds a consistency proof for each earlier size of the log that was
asked for. Hashes are in hex. With personal data a line `{"of":INDEX,"payload":...}` follows the entry that it belongs
to.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from pydantic_core import from_json, to_json

from talent_mcp.audit.entries import as_json

FORMAT = "talent-mcp audit 1"
DIGEST = "talent-mcp export sha256 "
HASH = rb'"[0-9a-f]{64}"'
ENTRY = re.compile(
    rb'\{"index":(?P<index>0|[1-9][0-9]{0,18}),"leaf":"(?P<leaf>[0-9a-f]{64})"'
    rb'(?:,"proof":\[(?P<proof>(?:%b(?:,%b)*)?)\])?,"envelope":(?P<envelope>\{.*\})\}\n' % (HASH, HASH)
)
CHECKPOINT = b'{"checkpoint":'
PAYLOAD = b'{"of":%d,"payload":'


class Malformed(ValueError):
    """A line that is not as it is written."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The first line of a piece: it holds entries with start <= index < stop of the log of this origin.

    All of them where `frontier` is given, the hashes over the entries before; else those that `selection` says, and
    `root` is that of the first `stop` entries. `earlier` are consistency proofs from smaller sizes to `stop`.
    """

    origin: str
    start: int
    stop: int
    frontier: tuple[bytes, ...] | None = None
    root: bytes | None = None
    selection: dict[str, JsonValue] | None = None
    earlier: tuple[tuple[int, tuple[bytes, ...]], ...] = ()

    @property
    def line(self) -> bytes:
        fields: dict[str, JsonValue] = {
            "format": FORMAT,
            "log": self.origin,
            "start": self.start,
            "stop": self.stop,
            "earlier": [{"size": size, "proof": in_hex(proof)} for size, proof in self.earlier] or None,
            "frontier": None if self.frontier is None else in_hex(self.frontier),
            "root": None if self.root is None else self.root.hex(),
            "selection": self.selection,
        }
        return to_json({name: value for name, value in fields.items() if value is not None}) + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> "Opening":
        """Read back what `line` gives.

        Raises:
            Malformed: it is something else.
        """
        try:
            fields = from_json(line)
            frontier, root = fields.get("frontier"), fields.get("root")
            opening = cls(
                fields["log"],
                int(fields["start"]),
                int(fields["stop"]),
                None if frontier is None else from_hex(frontier),
                None if root is None else bytes.fromhex(root),
                fields.get("selection"),
                tuple((int(kept["size"]), from_hex(kept["proof"])) for kept in fields.get("earlier", ())),
            )
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise Malformed("it is not the first line of an export") from error
        if opening.line != line or not opening.is_sound:
            raise Malformed("it is not the first line of an export, as it is written")
        return opening

    @property
    def is_sound(self) -> bool:
        """Whether it is of one of the two kinds, and of entries that a log can have."""
        whole, some = self.frontier is not None, self.root is not None and self.selection is not None
        return whole is not some and 0 <= self.start <= self.stop


def in_hex(nodes: Iterable[bytes]) -> list[JsonValue]:
    return [node.hex() for node in nodes]


def from_hex(texts: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(map(bytes.fromhex, texts))


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry as it stands in an export; `proof` is None where none is given."""

    index: int
    leaf: bytes
    envelope: bytes
    proof: tuple[bytes, ...] | None

    @classmethod
    def parse(cls, line: bytes) -> "EntryLine":
        """Read back what `entry_line` gives.

        Raises:
            Malformed: it is something else.
        """
        found = ENTRY.fullmatch(line)
        if found is None:
            raise Malformed("it is no entry, as it is written")
        proof = found["proof"]
        hashes = (
            None if proof is None else tuple(bytes.fromhex(text.decode()) for text in re.findall(b"[0-9a-f]+", proof))
        )
        return cls(int(found["index"]), bytes.fromhex(found["leaf"].decode()), found["envelope"], hashes)


def entry_line(index: int, leaf: bytes, envelope: bytes, proof: Sequence[bytes] | None = None) -> bytes:
    """An entry, its envelope byte for byte."""
    proved = b"" if proof is None else b',"proof":[%b]' % b",".join(b'"%b"' % node.hex().encode() for node in proof)
    return b'{"index":%d,"leaf":"%b"%b,"envelope":%b}\n' % (index, leaf.hex().encode(), proved, envelope)


def payload_line(index: int, payload: JsonValue) -> bytes:
    """What the payload of an entry holds."""
    return PAYLOAD % index + as_json(payload) + b"}\n"


def checkpoint_line(note: bytes) -> bytes:
    """The last line of a piece."""
    return to_json({"checkpoint": note.decode()}) + b"\n"


def checkpoint_of(line: bytes) -> bytes:
    """The note in the last line of a piece.

    Raises:
        Malformed: it is something else than `checkpoint_line` gives.
    """
    try:
        note: bytes = from_json(line)["checkpoint"].encode()
        as_written = checkpoint_line(note) == line
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Malformed("it is not the last line of an export") from error
    if not as_written:
        raise Malformed("it is not the last line of an export, as it is written")
    return note
