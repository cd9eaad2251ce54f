"""MCP over standard input and output, one JSON message a line.

On POSIX the pipes are asyncio's own. The SDK's runner reads in a thread, which keeps Ctrl+C waiting, skips
clean-up on SIGTERM and costs a thread hop a message; it stays the choice on Windows and where standard input
is a file. Some hosts send a modern `server/discover` and then a legacy `initialize` on the same pipe; the SDK
locks a pipe to the first, so the second starts the conversation anew.
"""

import asyncio
import os
import signal
import stat
import sys
from dataclasses import dataclass, field

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.server import Server
from mcp.server.runner import serve_dual_era_loop
from mcp.shared.message import SessionMessage
from mcp.types import PROTOCOL_VERSION_META_KEY, JSONRPCMessage, JSONRPCRequest, jsonrpc_message_adapter
from pydantic import ValidationError

from talent_mcp.protocol import TalentServer

MAX_LINE_BYTES = 16 * 1024 * 1024
DRAIN_BYTES = 64 * 1024

Incoming = MemoryObjectSendStream[SessionMessage | Exception]
Outgoing = MemoryObjectReceiveStream[SessionMessage]


async def serve_stdio(server: TalentServer) -> None:
    """Serve one client until it closes standard input, or SIGINT or SIGTERM arrives."""
    if not pipes_are_usable():
        await server.run_stdio_async()
        return
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(cancel_on_signal, tasks.cancel_scope)
        await serve_pipes(server.lowlevel)
        tasks.cancel_scope.cancel()


def pipes_are_usable() -> bool:
    """Whether asyncio can wait for standard input and output: pipes, sockets and terminals, on POSIX."""
    if sys.platform == "win32":
        return False
    return all(can_wait_for(descriptor) for descriptor in (0, 1))


def can_wait_for(descriptor: int) -> bool:
    """Whether the event loop can watch it: not a file, nor a device such as /dev/null."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)


async def cancel_on_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()


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
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(outgoing, "wb", 0))
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    wire = Wire(reader, writer)
    async with server.lifespan(server) as state:
        while not wire.ended:
            await wire.converse(server, state)
    await writer.drain()


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
            self.ended = not line
            if not line.strip():
                return
            message = jsonrpc_message_adapter.validate_json(line, by_name=False)
        except ValidationError as error:
            await to_server.send(error)
        except ValueError as too_long:
            await to_server.send(too_long)
        else:
            await self.pass_on(message, to_server)

    async def pass_on(self, message: JSONRPCMessage, to_server: Incoming) -> None:
        if isinstance(message, JSONRPCRequest):
            if message.method == "initialize" and self.methods == {"server/discover"}:
                self.reopening = message
                return
            self.methods.add(message.method if is_modern(message) else "")
        await to_server.send(SessionMessage(message))

    async def write(self, from_server: Outgoing) -> None:
        async with from_server:
            async for message in from_server:
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                self.writer.write(text.encode() + b"\n")
                if self.writer.transport.get_write_buffer_size() > DRAIN_BYTES:
                    await self.writer.drain()


def is_modern(request: JSONRPCRequest) -> bool:
    """Whether the request carries the envelope of protocol 2026-07-28."""
    meta = (request.params or {}).get("_meta")
    return isinstance(meta, dict) and PROTOCOL_VERSION_META_KEY in meta
