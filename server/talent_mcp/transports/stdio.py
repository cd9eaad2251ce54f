"""MCP over standard input and output, one JSON message a line.

On POSIX the pipes are asyncio's own. The SDK's runner reads in a thread, which keeps Ctrl+C waiting, skips
clean-up on SIGTERM and costs a thread hop a message; it stays the choice on Windows and where standard input
is a file. Some hosts send a modern `server/discover` and then a legacy `initialize` on the same pipe; the SDK
locks a pipe to the first, so the second starts the conversation anew.
"""

import asyncio
import json
import logging
import os
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.server import Server
from mcp.server.runner import serve_dual_era_loop
from mcp.shared.message import SessionMessage
from mcp.types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    PROTOCOL_VERSION_META_KEY,
    JSONRPCMessage,
    JSONRPCRequest,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

from talent_mcp.protocol import TalentServer
from talent_mcp.signals import on_signal

logger = logging.getLogger(__name__)

MAX_LINE_BYTES = 16 * 1024 * 1024
DRAIN_BYTES = 64 * 1024

Incoming = MemoryObjectSendStream[SessionMessage | Exception]
Outgoing = MemoryObjectReceiveStream[SessionMessage]


async def serve_stdio(server: TalentServer) -> None:
    """Serve one client until it closes standard input, or SIGINT or SIGTERM arrives."""
    if not pipes_are_usable():
        await server.run_stdio_async()
        return
    async with on_signal():
        await serve_pipes(server.lowlevel)


def pipes_are_usable() -> bool:
    """Whether asyncio can wait for standard input and output: pipes, sockets and terminals, on POSIX."""
    if sys.platform == "win32":
        return False
    return all(can_wait_for(descriptor) for descriptor in (0, 1))


def can_wait_for(descriptor: int) -> bool:
    """Whether the event loop can watch it: not a file, nor a device such as /dev/null."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)


def claim_pipes() -> tuple[int, int]:
    """Move the wire to descriptors of its own, so that a stray print or a child's output cannot reach it."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return incoming, outgoing


async def serve_pipes(server: Server[dict[str, object]]) -> None:
    loop = asyncio.get_running_loop()
    incoming, outgoing = claim_pipes()
    reader = asyncio.StreamReader(limit=MAX_LINE_BYTES, loop=loop)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader, loop=loop), os.fdopen(incoming, "rb", 0))
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader(loop=loop), loop=loop), os.fdopen(outgoing, "wb", 0)
    )
    wire = Wire(reader, asyncio.StreamWriter(transport, protocol, None, loop))
    async with server.lifespan(server) as state, anyio.create_task_group() as tasks:
        tasks.start_soon(wire.watch_for_the_end, tasks.cancel_scope)
        while not wire.ended:
            await wire.converse(server, state)
        tasks.cancel_scope.cancel()
    with suppress(ConnectionError):
        await wire.writer.drain()


@dataclass
class Wire:
    """Both directions of the pipe, across the conversations that are held on it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    ended: bool = False
    reopening: JSONRPCRequest | None = None
    methods: set[str] = field(default_factory=set[str])

    async def converse(self, server: Server[dict[str, object]], state: dict[str, object]) -> None:
        """One conversation: until the input ends, or a client that has only looked around starts anew."""
        to_server, from_client = anyio.create_memory_object_stream[SessionMessage | Exception]()
        to_client, from_server = anyio.create_memory_object_stream[SessionMessage]()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.read, to_server)
            tasks.start_soon(self.write, from_server)
            await serve_dual_era_loop(
                server,
                from_client,
                to_client,
                lifespan_state=state,
                init_options=server.create_initialization_options(),
            )

    async def read(self, to_server: Incoming) -> None:
        async with to_server:
            self.methods.clear()
            if self.reopening is not None:
                await self.pass_on(self.reopening, to_server)
                self.reopening = None
            while not self.ended and self.reopening is None:
                await self.read_line(to_server)

    async def read_line(self, to_server: Incoming) -> None:
        try:
            line = await self.reader.readline()
        except ValueError:
            self.refuse(b"")
            return
        self.ended = not line
        if not line.strip():
            return
        try:
            message = jsonrpc_message_adapter.validate_json(line, by_name=False)
        except ValidationError:
            self.refuse(line)
        else:
            await self.pass_on(message, to_server)

    def refuse(self, line: bytes) -> None:
        """Answer what is no message, so that nobody waits for an answer to it."""
        logger.warning("a line on standard input is no message that can be read")
        self.writer.write(refusal(line))

    async def pass_on(self, message: JSONRPCMessage, to_server: Incoming) -> None:
        if isinstance(message, JSONRPCRequest):
            if message.method == "initialize" and self.methods == {"server/discover"}:
                self.reopening = message
                return
            self.methods.add(message.method if is_modern(message) else "")
        await to_server.send(SessionMessage(message))

    async def watch_for_the_end(self, everything: anyio.CancelScope) -> None:
        """A client that reads no more is gone: what it asked for must not go on spending and writing."""
        with suppress(ConnectionError):
            await self.writer.wait_closed()
        self.ended = True
        everything.cancel()

    async def write(self, from_server: Outgoing) -> None:
        async with from_server:
            async for message in from_server:
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                self.writer.write(text.encode() + b"\n")
                if self.writer.transport.get_write_buffer_size() > DRAIN_BYTES:
                    with suppress(ConnectionError):
                        await self.writer.drain()


def refusal(line: bytes) -> bytes:
    """JSON-RPC 2.0 section 5.1: an error under the request's identifier, or null where it cannot be found out."""
    error: dict[str, Any] = {
        "code": INVALID_REQUEST,
        "message": "This is no message that can be read; nothing was done.",
    }
    found: Any = None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        error["code"] = PARSE_ERROR
    known: Any = cast("dict[str, Any]", found).get("id") if isinstance(found, dict) else None
    if not isinstance(known, int | str) or isinstance(known, bool):
        known = None
    return json.dumps({"jsonrpc": "2.0", "id": known, "error": error}).encode() + b"\n"


def is_modern(request: JSONRPCRequest) -> bool:
    """Whether the request carries the envelope of protocol 2026-07-28."""
    meta = (request.params or {}).get("_meta")
    return isinstance(meta, dict) and PROTOCOL_VERSION_META_KEY in meta
