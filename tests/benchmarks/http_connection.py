"""One keep-alive connection to a loopback port, with h11 for the syntax: the same little work for either side."""

import socket
from collections.abc import Mapping

import h11

from .processes import NotMeasured

CHUNK = 256 * 1024
SECONDS = 30.0


class Answer:
    """A response, as far as it has arrived."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()

    def message(self) -> bytes:
        """The JSON-RPC message: the body itself, or the data of the event that carries it."""
        if not self.headers.get("content-type", "").startswith("text/event-stream"):
            return bytes(self.body)
        events = [line[5:].strip() for line in self.body.splitlines() if line.startswith(b"data:")]
        return bytes(next((event for event in reversed(events) if event), b"{}"))


class Connection:
    """Sends one request at a time; `fileno` lets a selector wait for many of them."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"127.0.0.1:{port}"
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=CHUNK)
        self._answer = Answer()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        own = {"Host": self._host, "Content-Type": "application/json", "Content-Length": str(len(body))}
        request = h11.Request(method="POST", target=path, headers=list({**own, **headers}.items()))
        parts = (request, h11.Data(data=body), h11.EndOfMessage())
        self._socket.sendall(b"".join(self._http.send(part) or b"" for part in parts))

    def answer(self) -> Answer:
        """Wait for the whole answer."""
        while (answer := self.feed()) is None:
            pass
        return answer

    def feed(self) -> Answer | None:
        """Take in what has arrived; the answer once it is whole."""
        data = self._socket.recv(CHUNK)
        if not data:
            raise NotMeasured("the server closed the connection")
        self._http.receive_data(data)
        while (event := self._http.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Response):
                self._answer.status = event.status_code
                self._answer.headers = {name.decode(): value.decode() for name, value in event.headers}
            elif isinstance(event, h11.Data):
                self._answer.body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return self._whole()
        return None

    def _whole(self) -> Answer:
        self._http.start_next_cycle()
        answer, self._answer = self._answer, Answer()
        return answer
