#!/usr/bin/python3
"""A collector of traces: takes OTLP over HTTP in JSON, holds what it is sent to the standard's form, and shows it.

    otlp_collector.py --port 0          prints: listening http://127.0.0.1:PORT

POST /v1/traces takes spans; GET /spans?trace=ID shows those of a trace, GET /count how many there are of all,
DELETE /spans forgets them. Everything is in memory, at most so many spans as --limit says.
"""
from __future__ import annotations

import argparse
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BODY_LIMIT = 16 * 1024 * 1024
KINDS = range(1, 6)
HEX_TRACE, HEX_SPAN, DIGITS = re.compile("[0-9a-f]{32}"), re.compile("[0-9a-f]{16}"), re.compile("-?[0-9]{1,20}")
Span = dict[str, Any]


class Malformed(Exception):
    """What was sent is not OTLP."""


def plain(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    """Attributes as a dictionary; 64-bit numbers come as text."""
    found: dict[str, Any] = {}
    for attribute in attributes:
        (kind, value), = attribute["value"].items()
        if kind == "intValue" and not (isinstance(value, str) and DIGITS.fullmatch(value)):
            raise Malformed(f"{attribute['key']}: an intValue is a number in quotes")
        found[attribute["key"]] = int(value) if kind == "intValue" else value
    return found


def read_span(span: dict[str, Any], resource: dict[str, Any]) -> Span:
    """One span, checked, with whose it is."""
    if not HEX_TRACE.fullmatch(span["traceId"]) or not HEX_SPAN.fullmatch(span["spanId"]):
        raise Malformed("ids are lower-case hex of 16 and 8 bytes")
    if not HEX_SPAN.fullmatch(span.get("parentSpanId", "0" * 16)):
        raise Malformed("a parent's id is lower-case hex of 8 bytes")
    if span["kind"] not in KINDS or not span["name"]:
        raise Malformed("a span has a name, and a kind from 1 to 5")
    start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    if not isinstance(span["startTimeUnixNano"], str) or end < start:
        raise Malformed("instants are numbers in quotes, and the end is not before the start")
    return {"trace": span["traceId"], "id": span["spanId"], "parent": span.get("parentSpanId"), "name": span["name"],
            "kind": span["kind"], "start_ns": start, "end_ns": end, "service": resource["service.name"],
            "failed": span.get("status", {}).get("code") == 2, "attributes": plain(span.get("attributes", []))}


def read_request(body: bytes) -> list[Span]:
    """All spans of an export request."""
    try:
        return [read_span(span, plain(group["resource"]["attributes"]))
                for group in json.loads(body)["resourceSpans"]
                for scope in group["scopeSpans"] for span in scope["spans"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"{type(error).__name__}: {error}") from error


class Collector(ThreadingHTTPServer):
    """The spans, under a lock."""

    daemon_threads = True

    def __init__(self, host: str, port: int, limit: int) -> None:
        super().__init__((host, port), Handler)
        self.limit = limit
        self.lock = threading.Lock()
        self.spans: list[Span] = []
        self.refused = 0

    def keep(self, spans: list[Span]) -> None:
        """Keep what there is room for."""
        with self.lock:
            self.spans += spans[:self.limit - len(self.spans)]

    def of_trace(self, trace: str) -> list[Span]:
        """The spans of a trace, as they came."""
        with self.lock:
            return [span for span in self.spans if span["trace"] == trace]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Collector

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""

    def answer(self, status: int, data: Any) -> None:
        """JSON."""
        text = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self) -> None:  # noqa: N802, the name that http.server calls
        """Take spans."""
        length = int(self.headers.get("Content-Length", "0"))
        if length > BODY_LIMIT:
            self.close_connection = True
            self.answer(413, {"message": f"at most {BODY_LIMIT} bytes"})
            return
        body = self.rfile.read(length)
        try:
            if self.path != "/v1/traces" or self.headers.get_content_type() != "application/json":
                raise Malformed("POST application/json to /v1/traces")
            self.server.keep(read_request(body))
            self.answer(200, {})
        except Malformed as error:
            self.server.refused += 1
            print(f"refused: {error}", file=sys.stderr, flush=True)
            self.answer(400, {"message": str(error)})

    def do_GET(self) -> None:  # noqa: N802
        """Show spans."""
        place = urlsplit(self.path)
        if place.path == "/healthz":
            self.answer(200, {"status": "ok"})
        elif place.path == "/count":
            self.answer(200, {"spans": len(self.server.spans), "refused": self.server.refused})
        elif place.path == "/spans":
            self.answer(200, self.server.of_trace(parse_qs(place.query).get("trace", [""])[0]))
        else:
            self.answer(404, {"message": "no such page"})

    def do_DELETE(self) -> None:  # noqa: N802
        """Forget them."""
        with self.server.lock:
            self.server.spans.clear()
            self.server.refused = 0
        self.answer(200, {})


def main() -> None:
    """Serve for ever."""
    parser = argparse.ArgumentParser(description="A collector of traces for tests.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--limit", type=int, default=200_000, help="spans that are kept")
    options = parser.parse_args()
    collector = Collector(options.host, options.port, options.limit)
    print(f"listening http://{options.host}:{collector.server_address[1]}", flush=True)
    try:
        collector.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
