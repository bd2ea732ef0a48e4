"""HTTP/1.1 for the stand-ins: a strict, small server on an asyncio protocol.

Requests of one connection are answered one after another, so pipelining keeps
its order. A handler returns a Reply, a Drop, or an awaitable of either.
"""
from __future__ import annotations

import asyncio
import re
import socket
import struct
import sys
import traceback
from http import HTTPStatus
from typing import Any, Awaitable, Callable, Iterable, Optional, Union

HEAD_LIMIT = 16 * 1024
TARGET_LIMIT = 8 * 1024
HEADER_COUNT_LIMIT = 100
BODY_LIMIT = 1024 * 1024
READ_AHEAD_LIMIT = 256 * 1024
CHUNK_HEAD_LIMIT = 256
STALLED_REQUEST_S = 30.0

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
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


class BadRequest(Exception):
    """The bytes are not a request that may be served; carries the status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Request:
    """A whole request: body read, header names lowercased."""

    __slots__ = ("method", "path", "query", "headers", "body", "version", "slept")

    def __init__(self, method: str, target: str, version: str,
                 headers: dict[str, str]) -> None:
        self.method = method
        self.path, _, self.query = target.partition("?")
        self.version = version
        self.headers = headers
        self.body = b""
        self.slept = False

    def keeps_alive(self) -> bool:
        """Whether the client wants the connection kept after the answer."""
        connection = self.headers.get("connection")
        if self.version == "HTTP/1.1":
            return connection is None or "close" not in connection.lower()
        return connection is not None and "keep-alive" in connection.lower()


Answer = Union[Reply, Drop]
Handler = Callable[[Request], Union[Answer, Awaitable[Answer]]]


class HeaderNames:
    """Checks header names once and remembers their lower case."""

    def __init__(self) -> None:
        self.known: dict[bytes, str] = {}

    def lower(self, raw: bytes) -> str:
        """The lower-case name, or BadRequest when it is not a token."""
        name = self.known.get(raw)
        if name is not None:
            return name
        if not TOKEN.match(raw):
            raise BadRequest(400, "a header name is not a token")
        name = raw.decode("ascii").lower()
        if len(self.known) < 512:
            self.known[bytes(raw)] = name
        return name


def parse_head(head: bytes, names: HeaderNames) -> Request:
    """Reads request line and headers (without the empty line)."""
    lines = head.split(b"\r\n")
    method, target, version = parse_request_line(lines[0])
    if len(lines) - 1 > HEADER_COUNT_LIMIT:
        raise BadRequest(431, "too many headers")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        raw_name, colon, raw_value = line.partition(b":")
        if not colon or b"\n" in line or b"\r" in line or b"\0" in line:
            raise BadRequest(400, "malformed header line")
        name = names.lower(raw_name)
        value = raw_value.strip(b" \t").decode("latin-1")
        if name in headers:
            if name in ("host", "content-length", "authorization"):
                raise BadRequest(400, f"header {name} is given twice")
            value = headers[name] + ", " + value
        headers[name] = value
    if version == "HTTP/1.1" and "host" not in headers:
        raise BadRequest(400, "header host is missing")
    return Request(method, target, version, headers)


def parse_request_line(line: bytes) -> tuple[str, str, str]:
    """Splits and checks `METHOD target HTTP/1.x`; an absolute target is cut to its path."""
    parts = line.split(b" ")
    if len(parts) != 3 or not TOKEN.match(parts[0]) or not parts[1]:
        raise BadRequest(400, "malformed request line")
    if parts[2] not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise BadRequest(505, "only HTTP/1.0 and HTTP/1.1 are spoken here")
    target = parts[1].decode("latin-1")
    if len(target) > TARGET_LIMIT:
        raise BadRequest(414, "request target is too long")
    if target.startswith(("http://", "https://")):
        target = "/" + target.split("//", 1)[1].partition("/")[2]
    if not target.startswith("/"):
        raise BadRequest(400, "request target is not a path")
    return parts[0].decode("ascii"), target, parts[2].decode("ascii")


def body_length(request: Request) -> int:
    """The announced length, or -1 for a chunked body."""
    length = request.headers.get("content-length")
    coding = request.headers.get("transfer-encoding")
    if coding is not None:
        if length is not None:
            raise BadRequest(400, "both content-length and transfer-encoding")
        if coding.lower() != "chunked" or request.version != "HTTP/1.1":
            raise BadRequest(501, "only the transfer coding chunked is known")
        return -1
    if length is None:
        return 0
    if not (length.isascii() and length.isdigit() and len(length) < 19):
        raise BadRequest(400, "content-length is not a number")
    if int(length) > BODY_LIMIT:
        raise BadRequest(413, f"body is larger than {BODY_LIMIT} bytes")
    return int(length)


def decode_chunked(data: bytes, start: int) -> Optional[tuple[bytes, int]]:
    """The body and where it ends, or None while it is not all there."""
    parts: list[bytes] = []
    total = 0
    while True:
        end = data.find(b"\r\n", start)
        if end < 0:
            if len(data) - start > CHUNK_HEAD_LIMIT:
                raise BadRequest(400, "chunk header is too long")
            return None
        digits = data[start:end].partition(b";")[0].strip(b" \t")
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", digits):
            raise BadRequest(400, "chunk size is not hexadecimal")
        size = int(digits, 16)
        total += size
        if total > BODY_LIMIT:
            raise BadRequest(413, f"body is larger than {BODY_LIMIT} bytes")
        if size == 0:
            return skip_trailers(data, end + 2, b"".join(parts))
        start = end + 2 + size
        if len(data) < start + 2:
            return None
        if data[start:start + 2] != b"\r\n":
            raise BadRequest(400, "chunk is longer than its size")
        parts.append(data[end + 2:start])
        start += 2


def skip_trailers(data: bytes, start: int, body: bytes) -> Optional[tuple[bytes, int]]:
    """Passes over the trailer section, which nothing here needs."""
    if data[start:start + 2] == b"\r\n":
        return body, start + 2
    end = data.find(b"\r\n\r\n", start)
    if end >= 0:
        return body, end + 4
    if len(data) - start > HEAD_LIMIT:
        raise BadRequest(431, "trailers are too long")
    return None


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
