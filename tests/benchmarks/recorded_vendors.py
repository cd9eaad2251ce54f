"""Vendors that answer at once with what the sandbox answered before: to find the answer costs next to nothing.

`python recorded_vendors.py PORT FILE`. The file is a JSON object: `METHOD PATH` to a status line with headers, a body,
what in it belongs to the one person that it is about, and a pattern that finds in a request who is asked for. Whoever
else that is gets the answer with their own name in all those places. A path may end in `{id}`, for any.
"""

import asyncio
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)
ANY_ID = b"{id}"
BACKLOG = 2_048


@dataclass(frozen=True, slots=True)
class Answer:
    """The recorded body; `own` are the names in it of the one person that it is about, `around` is what is between
    them. `who` finds in the first line of a request and in its body whom it asks for."""

    head: bytes
    body: bytes
    own: frozenset[bytes]
    around: tuple[bytes, ...]
    who: re.Pattern[bytes]

    def to(self, request: bytes) -> bytes:
        asked = self.who.search(request)
        body = self.body if asked is None or asked[1] in self.own else asked[1].join(self.around)
        return b"%scontent-length: %d\r\n\r\n%s" % (self.head, len(body), body)


Answers = dict[bytes, Answer]
NOBODY = re.compile(rb"(?!)")
NOT_FOUND = Answer(b"HTTP/1.1 404 Not Found\r\n", b"", frozenset(), (b"",), NOBODY)


def read_answers(file: Path) -> Answers:
    recorded: dict[str, tuple[str, str, list[str], str]] = json.loads(file.read_text(encoding="utf-8"))
    return {route.encode(): answer_of(*fields) for route, fields in recorded.items()}


def answer_of(head: str, body: str, own: list[str], who: str) -> Answer:
    # A longer name may hold a shorter one.
    names = sorted((re.escape(name) for name in own), key=len, reverse=True)
    around = re.split("|".join(names), body) if names else [body]
    encoded = frozenset(name.encode() for name in own), tuple(part.encode() for part in around)
    return Answer(head.encode(), body.encode(), *encoded, re.compile(who.encode()) if who else NOBODY)


class Vendor(asyncio.Protocol):
    """One connection, kept open."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # a connection of TCP can be written to
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            length = LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            line, body = head.partition(b"\r\n")[0], self._received[end + 4 : whole]
            self._received = self._received[whole:]
            self._transport.write(answer_to(line, body, self._answers))


def answer_to(line: bytes, body: bytes, answers: Answers) -> bytes:
    method, target, _ = line.split(b" ")
    path = target.partition(b"?")[0]
    folder = path.rpartition(b"/")[0]
    by_id = answers.get(method + b" " + folder + b"/" + ANY_ID, NOT_FOUND)
    return answers.get(method + b" " + path, by_id).to(target + b"\n" + body)


async def serve(port: int, answers: Answers) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Vendor(answers), "127.0.0.1", port, backlog=BACKLOG)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), read_answers(Path(sys.argv[2]))))
