"""Reading HTTP/1.1 requests, and refusing what is not one."""
from __future__ import annotations

import re
from typing import Optional

HEAD_LIMIT = 16 * 1024
TARGET_LIMIT = 8 * 1024
HEADER_COUNT_LIMIT = 100
BODY_LIMIT = 1024 * 1024
CHUNK_HEAD_LIMIT = 256
TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")


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
