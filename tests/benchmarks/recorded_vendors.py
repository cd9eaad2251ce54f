"""Vendors that answer at once with what the sandbox answered before: to find the answer costs next to nothing.

`python recorded_vendors.py PORT FILE`. The file is a JSON object: `METHOD PATH` to a status line with headers, and a
body. A path may end in `{id}`: it stands for whatever is asked for, in the body too.
"""

import asyncio
import json
import re
import sys
from pathlib import Path

LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)
ANY_ID = b"{id}"
BACKLOG = 2_048
NOT_FOUND = (b"HTTP/1.1 404 Not Found\r\n", b"")
Answers = dict[bytes, tuple[bytes, bytes]]


def read_answers(file: Path) -> Answers:
    recorded: dict[str, tuple[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return {route.encode(): (head.encode(), body.encode()) for route, (head, body) in recorded.items()}


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
            self._received = self._received[whole:]
            self._transport.write(answer_to(head, self._answers))


def answer_to(head: bytes, answers: Answers) -> bytes:
    method, target, _ = head.partition(b"\r\n")[0].split(b" ")
    path = target.partition(b"?")[0]
    folder, _, identifier = path.rpartition(b"/")
    by_id = answers.get(method + b" " + folder + b"/" + ANY_ID, NOT_FOUND)
    start, body = answers.get(method + b" " + path, by_id)
    body = body.replace(ANY_ID, identifier)
    return b"%scontent-length: %d\r\n\r\n%s" % (start, len(body), body)


async def serve(port: int, answers: Answers) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Vendor(answers), "127.0.0.1", port, backlog=BACKLOG)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), read_answers(Path(sys.argv[2]))))
