"""proxy.py - links that can be made slow, silent, torn or cut: a small TCP proxy between a program and a server.

    network = Network()
    link = network.link("order-postgres", 15432)     # listens on link.port, leads to 15432
    link.latency_s = 0.2                             # also for what is open already
    link.cut()                                       # RST to both sides of every connection

All of it runs on one thread with a loop of its own; what is set from other threads counts from the next bytes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

LOCALHOST = "127.0.0.1"
CHUNK_BYTES = 65536
SILENCE_CHECK_S = 0.05
CALL_TIMEOUT_S = 10
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
TO_SERVER, TO_CLIENT = "to server", "to client"


@dataclass
class Trap:
    """Cuts a connection right before the bytes that hold a pattern are passed on, so many times."""

    pattern: bytes
    direction: str
    times: int
    skip: int = 0
    sprung: int = 0


@dataclass(eq=False)
class Pair:
    """One connection: its two sides, and how much went through towards the client."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    bytes_to_client: int = 0

    def reset(self) -> None:
        """End it as a dead machine does: RST, nothing more is delivered."""
        for writer in (self.client, self.server):
            raw = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            writer.transport.abort()


@dataclass
class Link:
    """A port and where it leads. `silent`: all is accepted and nothing passes, as when a cable is pulled."""

    name: str
    target_port: int
    network: Network
    latency_s: float = 0
    bytes_per_s: float = 0
    bytes_max: int = 0
    silent: bool = False
    closed: bool = False
    trap: Trap | None = None
    port: int = 0
    pairs: set[Pair] = field(default_factory=set)

    def heal(self) -> None:
        """As if nothing had been."""
        self.latency_s = self.bytes_per_s = self.bytes_max = 0
        self.silent = self.closed = False
        self.trap = None

    def cut(self) -> int:
        """RST to every connection; how many there were."""
        return int(self.network.call(self._cut()))

    async def _cut(self) -> int:
        pairs = list(self.pairs)
        for pair in pairs:
            pair.reset()
        return len(pairs)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A client came: connect it with the server, until either side ends."""
        try:
            if self.closed:
                raise ConnectionRefusedError(self.name)
            far_reader, far_writer = await asyncio.open_connection(LOCALHOST, self.target_port)
        except OSError:
            writer.transport.abort()
            return
        pair = Pair(writer, far_writer)
        for each in (writer, far_writer):
            each.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pairs.add(pair)
        try:
            await asyncio.gather(self._pump(reader, pair, TO_SERVER), self._pump(far_reader, pair, TO_CLIENT))
        finally:
            self.pairs.discard(pair)
            pair.reset()

    async def _pump(self, reader: asyncio.StreamReader, pair: Pair, direction: str) -> None:
        """Pass bytes on in one direction until its source ends."""
        writer = pair.server if direction == TO_SERVER else pair.client
        seen = b""
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                while self.silent:
                    await asyncio.sleep(SILENCE_CHECK_S)
                if self.latency_s:
                    await asyncio.sleep(self.latency_s)
                seen = self._remember(seen, data)
                if self._springs(direction, seen) or self._is_over(pair, direction, len(data)):
                    pair.reset()
                    return
                await self._pass_on(writer, data)
            if writer.can_write_eof():
                writer.write_eof()

    def _remember(self, seen: bytes, data: bytes) -> bytes:
        """What a pattern may lie in: these bytes, and the end of those before."""
        kept = len(self.trap.pattern) - 1 if self.trap else 0
        return (seen[-kept:] if kept else b"") + data

    def _springs(self, direction: str, data: bytes) -> bool:
        """Is this where the trap cuts?"""
        trap = self.trap
        if trap is None or trap.direction != direction or trap.sprung >= trap.times or trap.pattern not in data:
            return False
        if trap.skip > 0:
            trap.skip -= 1
            return False
        trap.sprung += 1
        return True

    def _is_over(self, pair: Pair, direction: str, length: int) -> bool:
        """Has the connection brought the client as many bytes as it may?"""
        pair.bytes_to_client += length if direction == TO_CLIENT else 0
        return bool(self.bytes_max) and pair.bytes_to_client > self.bytes_max

    async def _pass_on(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        """Write the bytes: all at once, or one after the other on a slow line."""
        while data and self.bytes_per_s:
            piece, data = data[:1], data[1:]
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(1 / self.bytes_per_s if self.bytes_per_s else 0)
        writer.write(data)
        await writer.drain()


class Network:
    """All links, and the thread that they run on."""

    def __init__(self) -> None:
        """Start the thread."""
        self.links: dict[str, Link] = {}
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda loop, context: None)  # connections that a test tore
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Let the loop do something, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_TIMEOUT_S)

    def link(self, name: str, target_port: int) -> Link:
        """A new link on a free port."""
        link = Link(name, target_port, self)
        link.port = self.call(self._listen(link))
        self.links[name] = link
        return link

    async def _listen(self, link: Link) -> int:
        server = await asyncio.start_server(link.serve, LOCALHOST, 0, limit=CHUNK_BYTES)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def heal(self) -> None:
        """Every link as if nothing had been."""
        for link in self.links.values():
            link.heal()

    def close(self) -> None:
        """End every connection and the thread."""
        for link in self.links.values():
            link.cut()
        for server in self._servers:
            self._loop.call_soon_threadsafe(server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_TIMEOUT_S)
