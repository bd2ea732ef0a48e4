"""HTTP/1.1 for the stand-ins: a strict, small server on an asyncio protocol.

Requests of one connection are answered one after another, so pipelining keeps
its order. A handler returns a Reply, a Drop, or an awaitable of either.
"""
from __future__ import annotations

import asyncio
import socket
import struct
import sys
import traceback
from http import HTTPStatus
from typing import Any, Awaitable, Callable, Iterable, Optional, Union

from standin_request import (HEAD_LIMIT, BadRequest, HeaderNames, Request, body_length, decode_chunked,
                             parse_head)

READ_AHEAD_LIMIT = 256 * 1024
STALLED_REQUEST_S = 30.0

REASONS = {int(status): status.phrase for status in HTTPStatus}
STATUS_LINES = {code: f"HTTP/1.1 {code} {phrase}\r\n".encode()
                for code, phrase in REASONS.items()}


class Reply:
    """One answer; `stream` (chunks of bytes) replaces `body` when it is large."""

    __slots__ = ("status", "body", "content_type", "headers", "stream", "close")

    def __init__(self, status: int, body: bytes = b"",
                 content_type: bytes = b"application/json",
                 headers: bytes = b"") -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = headers
        self.stream: Optional[Iterable[bytes]] = None
        self.close = False


class Drop:
    """No answer: the connection ends, with a RST when `reset` is set."""

    __slots__ = ("reset",)

    def __init__(self, reset: bool = False) -> None:
        self.reset = reset


Answer = Union[Reply, Drop]
Handler = Callable[[Request], Union[Answer, Awaitable[Answer]]]


class HttpServer:
    """What the connections of one listening port share."""

    def __init__(self, handler: Handler, max_connections: int) -> None:
        self.handler = handler
        self.names = HeaderNames()
        self.max_connections = max_connections
        self.connections: set[HttpConnection] = set()

    def close_stalled(self, now: float) -> None:
        """Ends connections whose request has not become whole in time."""
        for connection in list(self.connections):
            if connection.started_at and now - connection.started_at > STALLED_REQUEST_S:
                connection.refuse(BadRequest(408, "the request did not arrive in time"))


class HttpConnection(asyncio.Protocol):
    """One client connection."""

    def __init__(self, server: HttpServer) -> None:
        self.server = server
        self.transport: Any = None
        self.buffer = b""
        self.request: Optional[Request] = None
        self.body_start = 0
        self.length = 0
        self.busy = False
        self.closing = False
        self.reading_paused = False
        self.ended = False
        self.started_at = 0.0
        self.writable: Optional[asyncio.Future[None]] = None
        self.task: Optional[asyncio.Task[None]] = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.server.connections.add(self)
        if len(self.server.connections) > self.server.max_connections:
            self.refuse(BadRequest(503, "too many connections"))

    def connection_lost(self, exc: Optional[Exception]) -> None:
        self.closing = True
        self.server.connections.discard(self)
        self.resume_writing()

    def pause_writing(self) -> None:
        self.writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self.writable is not None:
            waiter, self.writable = self.writable, None
            if not waiter.done():
                waiter.set_result(None)
            if not self.busy and not self.closing:
                self.advance()

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        if not self.busy and self.writable is None:
            self.advance()
        elif len(self.buffer) > READ_AHEAD_LIMIT and not self.reading_paused:
            self.reading_paused = True
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        self.ended = True
        return self.busy

    def advance(self) -> None:
        """Serves every whole request in the buffer, in order."""
        try:
            while not (self.busy or self.closing or self.writable) and self.buffer:
                request = self.take_request()
                if request is None:
                    break
                self.serve(request)
        except BadRequest as error:
            self.refuse(error)
        partial = bool(self.buffer) and not self.busy
        self.started_at = (self.started_at or asyncio.get_running_loop().time()) if partial else 0.0

    def take_request(self) -> Optional[Request]:
        """Cuts the next whole request out of the buffer."""
        if self.request is None and not self.take_head():
            return None
        request = self.request
        if self.length >= 0:
            end = self.body_start + self.length
            if len(self.buffer) < end:
                return None
            request.body = self.buffer[self.body_start:end]
        else:
            decoded = decode_chunked(self.buffer, self.body_start)
            if decoded is None:
                return None
            request.body, end = decoded
        self.buffer = self.buffer[end:]
        self.request = None
        return request

    def take_head(self) -> bool:
        """Reads the head once; asks for the body where the client waits for that."""
        if self.buffer[:2] == b"\r\n":
            self.buffer = self.buffer.lstrip(b"\r\n")
        end = self.buffer.find(b"\r\n\r\n")
        if end > HEAD_LIMIT or (end < 0 and len(self.buffer) > HEAD_LIMIT):
            raise BadRequest(431, "request head is too large")
        if end < 0:
            return False
        self.request = parse_head(self.buffer[:end], self.server.names)
        self.body_start = end + 4
        self.length = body_length(self.request)
        if "expect" in self.request.headers and len(self.buffer) == self.body_start:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def serve(self, request: Request) -> None:
        """Runs the handler; an answer that needs time is awaited apart."""
        try:
            answer = self.server.handler(request)
        except Exception:  # a defect here must not end the stand-in
            traceback.print_exc(file=sys.stderr)
            answer = Reply(500, b'{"error":{"message":"defect in the stand-in"}}')
        if isinstance(answer, Reply) and answer.stream is None:
            self.write(request, answer)
            return
        self.busy = True
        self.task = asyncio.ensure_future(self.serve_later(request, answer))

    async def serve_later(self, request: Request,
                          answer: Union[Answer, Awaitable[Answer]]) -> None:
        """Finishes an answer that waits or streams, then goes on reading."""
        try:
            done = answer if isinstance(answer, (Reply, Drop)) else await answer
        except Exception:
            traceback.print_exc(file=sys.stderr)
            done = Reply(500, b'{"error":{"message":"defect in the stand-in"}}')
        if not self.closing:
            await self.deliver(request, done)
        self.busy = False
        if self.reading_paused and not self.closing:
            self.reading_paused = False
            self.transport.resume_reading()
        if not self.closing:
            self.advance()

    async def deliver(self, request: Request, answer: Answer) -> None:
        """Writes, streams or drops."""
        if isinstance(answer, Drop):
            self.drop(answer.reset)
        elif answer.stream is None:
            self.write(request, answer)
        else:
            await self.write_stream(request, answer)

    def is_last(self) -> bool:
        """Whether the client has sent all that it will send."""
        return self.ended and not self.buffer

    def write(self, request: Request, reply: Reply) -> None:
        """Sends a reply whose length is known."""
        keep = not reply.close and request.keeps_alive() and not self.is_last()
        data = b"%s%sContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n" % (
            STATUS_LINES[reply.status], reply.headers, reply.content_type,
            len(reply.body), connection_header(request, keep))
        self.transport.write(data if request.method == "HEAD" else data + reply.body)
        if not keep:
            self.closing = True
            self.transport.close()

    async def write_stream(self, request: Request, reply: Reply) -> None:
        """Sends chunks, waiting whenever the client does not keep up."""
        chunked = request.version == "HTTP/1.1"
        keep = chunked and request.keeps_alive() and not self.is_last()
        self.transport.write(b"%s%sContent-Type: %s\r\n%s%s\r\n" % (
            STATUS_LINES[reply.status], reply.headers, reply.content_type,
            b"Transfer-Encoding: chunked\r\n" if chunked else b"", connection_header(request, keep)))
        for part in reply.stream or ():
            if part:
                self.transport.write(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
            await asyncio.sleep(0)
            if self.writable is not None:
                await self.writable
            if self.closing:
                return
        if chunked:
            self.transport.write(b"0\r\n\r\n")
        if not keep:
            self.closing = True
            self.transport.close()

    def refuse(self, error: BadRequest) -> None:
        """Answers what is not a valid request, and ends the connection."""
        self.closing = True
        body = b'{"error":{"message":"%s"}}' % str(error).encode()
        self.transport.write(b"%sContent-Type: application/json\r\nContent-Length: %d\r\n"
                             b"Connection: close\r\n\r\n%s"
                             % (STATUS_LINES[error.status], len(body), body))
        self.transport.close()

    def drop(self, reset: bool) -> None:
        """Ends the connection without a word."""
        self.closing = True
        if reset:
            reset_transport(self.transport)
        else:
            self.transport.close()


def connection_header(request: Request, keep: bool) -> bytes:
    """The Connection header that the version needs, if any."""
    if not keep:
        return b"Connection: close\r\n"
    return b"" if request.version == "HTTP/1.1" else b"Connection: keep-alive\r\n"


def reset_transport(transport: Any) -> None:
    """Closes with a RST, as a crashed or overloaded peer does."""
    peer = transport.get_extra_info("socket")
    if peer is not None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
