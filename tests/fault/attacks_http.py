"""attacks_http.py - rows 42 to 47: callers who lie, drip, nest, smuggle and do not go away; healthy ones are served."""

from __future__ import annotations

import json
import socket
import time
import urllib.parse
from collections.abc import Iterable
from typing import Any

from lab import ITEMS, Lab

ANSWER_S = 45
IDLE, IDLE_BIND = 2000, 40
SLOW_CALLERS, SLOW_S, SLOW_LONG_S = 60, 8, 60
PROMPT_S, ENDLESS_S = 0.1, 45
BIG = 10_000_000_000
QUANTITIES: tuple[Any, ...] = (0, -1, 2 ** 31, 2 ** 63 - 1, 2 ** 63, 1.0, 1.5, "1", -0.0, None, True, [1], {})
AMOUNTS: tuple[Any, ...] = (-1, 2 ** 53, 2 ** 63 - 1, 2 ** 63, 10 ** 30, 1.0, "1999", None, False)
SQL_TEXTS = ("'; DROP TABLE orders.orders; --", "' OR '1'='1", "\\'; SELECT pg_sleep(10); --", "$1", "%s", "1); --",
             "\" OR 1=1 --", "'||pg_sleep(10)||'")
ENDED = (b"",)
Answer = tuple[int, bytes]


def place(lab: Lab) -> tuple[str, int]:
    """Where the gateway listens."""
    parts = urllib.parse.urlsplit(lab.system.address("gateway"))
    return str(parts.hostname), int(parts.port or 80)


def connect(lab: Lab, source: str = "") -> socket.socket:
    """A raw connection, from an address of loopback."""
    connection = socket.socket()
    connection.settimeout(ANSWER_S)
    if source:
        connection.bind((source, 0))
    connection.connect(place(lab))
    return connection


def head(lab: Lab, *fields: str, line: str = "POST /v1/orders HTTP/1.1") -> bytes:
    """The head of a request that would be let in."""
    lines = [line, f"Host: {place(lab)[0]}", f"Authorization: Bearer {lab.system.key}", *fields, "", ""]
    return "\r\n".join(lines).encode()


def status_of(connection: socket.socket) -> int:
    """The status of the answer; 0 when the connection is closed without one."""
    try:
        first = connection.recv(4096)
    except ConnectionError:
        return 0
    words = first.split(b" ", 2)
    return int(words[1]) if len(words) > 2 and words[0].startswith(b"HTTP/") else 0


def expect(what: str, status: int, allowed: Iterable[int]) -> None:
    """The answer must be one of these."""
    if status not in allowed:
        raise AssertionError(f"{what} was answered with {status}, not {sorted(allowed)}")


def raw(lab: Lab, what: str, data: bytes, allowed: Iterable[int] = (0, 400)) -> None:
    """Send bytes, and hold the answer to what is allowed."""
    with connect(lab) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # closed before all was sent: the answer is there, or none
        expect(what, status_of(connection), allowed)


def refused(lab: Lab, what: str, body: Any) -> None:
    """An order that must be refused by an answer, and be no order."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = ("Content-Type: application/json", f"Content-Length: {len(text)}", f"Idempotency-Key: refused-{what[:60]}")
    raw(lab, what, head(lab, *fields) + text, (400, 413, 422))


def limits(lab: Lab) -> None:
    """42: what is no quantity and no amount is refused, and nothing wraps around."""
    good = lab.system.order(f"limits-{lab.seed}", (ITEMS[0], 1))
    for value in QUANTITIES:
        refused(lab, f"quantity {value!r}", good | {"lines": [good["lines"][0] | {"quantity": value}]})
    for value in AMOUNTS:
        refused(lab, f"price {value!r}", good | {"lines": [good["lines"][0] | {"unit_price_minor": value}]})
        refused(lab, f"total {value!r}", good | {"total_minor": value})
    huge = good["lines"][0] | {"quantity": 1_000_000, "unit_price_minor": 9_007_199_254_740_991}
    refused(lab, "a product that overflows", good | {"lines": [huge]})
    refused(lab, "a sum that overflows", good | {"lines": [huge | {"quantity": 1}] * 100})
    refused(lab, "two currencies", good | {"currency": "EURUSD"})
    text = json.dumps(good | {"channel_order_ref": f"exponent-{lab.seed}"})
    refused(lab, "1e3", text.replace('"quantity": 1', '"quantity": 1e3').encode())


def injection(lab: Lab) -> None:
    """43: SQL is text like any other: stored as it is, or refused, and never run."""
    before = lab.query("SELECT count(*) FROM pg_class")
    for n, text in enumerate(SQL_TEXTS):
        body = lab.system.order(f"sql-{lab.seed}-{n} {text}"[:60], (ITEMS[0], 1))
        body["customer"] |= {"name": text}
        body["ship_to"] = body["ship_to"] | {"line1": text, "city": text}
        start = time.monotonic()
        reply = lab.system.submit(body)
        expect(f"an order of {text}", reply.status, (200, 201, 202, 400, 422))
        quoted = urllib.parse.quote(text, safe="")
        for path in (f"/v1/orders?q={quoted}", f"/v1/orders?status={quoted}", f"/v1/orders?cursor={quoted}",
                     f"/v1/orders/{quoted}", f"/v1/stock/{quoted}", f"/v1/items/{quoted}"):
            expect(path, lab.request("GET", path).status, (200, 400, 403, 404, 405))
        header = lab.request("POST", "/v1/orders", lab.system.order(f"sqlh-{lab.seed}-{n}", (ITEMS[0], 1)),
                             Idempotency_Key=text, X_Request_Id=text)
        expect("a header", header.status, (200, 201, 202, 400, 422))
        if time.monotonic() - start > 9 and not lab.crowded:
            raise AssertionError(f"{text} took {time.monotonic() - start:.1f} s, as if it were run")
        if reply.status in (200, 201, 202):
            stored = lab.query(f"SELECT count(*) FROM orders.order_contact WHERE $lab${text}$lab$ IN (name, line1)")
            if stored[0][0] < 1:
                raise AssertionError(f"{text} was not stored as it was sent")
    if lab.query("SELECT count(*) FROM pg_class") != before:
        raise AssertionError("there are other tables than before")


def bodies(lab: Lab) -> None:
    """44: bodies of 10 GB, endless, shorter and longer than they say."""
    kind = "Content-Type: application/json"
    raw(lab, "10 GB", head(lab, kind, f"Content-Length: {BIG}") + b"{", (0, 400, 413))
    raw(lab, "a length below zero", head(lab, kind, "Content-Length: -1") + b"{}")
    raw(lab, "a length that is no number", head(lab, kind, "Content-Length: many") + b"{}")
    raw(lab, "less than was said", head(lab, kind, "Content-Length: 100") + b"{}", (0, 400, 408))
    raw(lab, "a body too long", head(lab, kind, f"Content-Length: {300 << 10}") + b" " * (300 << 10), (0, 413))
    with lab.timed("endless_body_s", ENDLESS_S):
        endless(lab, head(lab, kind, "Transfer-Encoding: chunked"))


def endless(lab: Lab, start: bytes) -> None:
    """Chunk after chunk, until the gateway has had enough: a request may take only so long to arrive."""
    end = time.monotonic() + ENDLESS_S * lab.patience
    with connect(lab) as connection:
        connection.sendall(start)
        try:
            while time.monotonic() < end:
                connection.sendall(b"400\r\n" + b" " * 1024 + b"\r\n")
                lab.pause(0.005)
        except OSError:
            return
    raise AssertionError("an endless body was taken without an end")


def broken_json(lab: Lab) -> None:
    """45: JSON that is deep, wide, doubled or broken, and bytes that are no UTF-8."""
    good = json.dumps(lab.system.order(f"json-{lab.seed}", (ITEMS[0], 1)))
    texts = {
        "10,000 brackets": b"[" * 10_000, "10,000 braces": b'{"a":' * 10_000,
        "many keys": b"{" + b",".join(b'"k%d":1' % n for n in range(20_000)) + b"}",
        "a key twice": good.replace('"currency"', '"total_minor": 1, "currency"', 1).encode(),
        "NUL": good.replace("Ada", "A\\u0000da").encode(), "half a pair": good.replace("Ada", "\\ud800").encode(),
        "no UTF-8": good.encode().replace(b"Ada", b"\xff\xfe"), "too long a form": good.encode().replace(
            b"Ada", b"\xc0\xaf"), "nothing": b"", "a number": b"1", "two documents": good.encode() * 2,
        "NaN": good.replace('"quantity": 1', '"quantity": NaN').encode(),
    }
    for what, text in texts.items():
        refused(lab, what, text)
    raw(lab, "no UTF-8 in a path", head(lab, line="GET /v1/orders/%ff%fe HTTP/1.1"), (400, 404))
    raw(lab, "no UTF-8 in a query", head(lab, line="GET /v1/orders?q=%ff HTTP/1.1"), (400,))
    raw(lab, "no UTF-8 in a header", head(lab, line="GET /v1/orders HTTP/1.1").replace(
        b"Host:", b"X-Request-Id: \xff\xfe\r\nHost:"), (0, 200, 400))


def smuggling(lab: Lab) -> None:
    """47: what a proxy and a server may read differently is refused; a pipelined request behind it is not run."""
    kind = "Content-Type: application/json"
    hidden = b"GET /v1/orders HTTP/1.1\r\nHost: x\r\n\r\n"
    shapes = {
        "a length and chunks": head(lab, kind, "Content-Length: 4", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        "two lengths": head(lab, kind, "Content-Length: 2", "Content-Length: 20") + b"{}",
        "lengths in a list": head(lab, kind, "Content-Length: 2, 20") + b"{}",
        "a bad chunk": head(lab, kind, "Transfer-Encoding: chunked") + b"zz\r\n{}\r\n0\r\n\r\n",
        "a huge chunk": head(lab, kind, "Transfer-Encoding: chunked") + b"ffffffffffffffff1\r\n{}\r\n0\r\n\r\n",
        "an unknown coding": head(lab, kind, "Transfer-Encoding: cow") + b"0\r\n\r\n",
        "a folded field": head(lab, kind, "X-Folded: a\r\n b", "Content-Length: 2") + b"{}",
        "a space before a colon": head(lab, kind, "Content-Length : 2") + b"{}",
        "a bare CR": head(lab, kind, "X-Bare: a\rb", "Content-Length: 2") + b"{}",
    }
    for what, data in shapes.items():
        raw(lab, what, data + hidden, (0, 400, 411, 413, 415, 422, 501))
    raw(lab, "an unknown method", head(lab, line="BREW /v1/orders HTTP/1.1"), (0, 400, 404, 405, 501))
    raw(lab, "an unknown expectation", head(lab, kind, "Expect: 200-maybe", "Content-Length: 2") + b"{}",
        (0, 400, 413, 417, 422))
    raw(lab, "no version", b"GET /v1/orders\r\n\r\n", (0, 400, 401, 505))


def prompt(lab: Lab) -> float:
    """The slowest of healthy readers' requests, by the 99th percentile."""
    times = []
    for _ in range(100):
        start = time.monotonic()
        expect("a healthy reader", lab.request("GET", "/v1/orders?limit=1").status, (200,))
        times.append(time.monotonic() - start)
    return sorted(times)[98]


def slow_callers(lab: Lab) -> None:
    """46: callers who never finish, 2,000 who say nothing, from many addresses; healthy ones are served promptly."""
    held: list[socket.socket] = []
    try:
        for n in range(IDLE):
            held.append(connect(lab, f"127.0.{1 + n // IDLE_BIND}.1"))
        for n in range(SLOW_CALLERS):
            slow = connect(lab, f"127.1.{n}.1")
            slow.sendall(head(lab, "Content-Type: application/json", "Content-Length: 1000")[:-2 if n % 2 else None])
            held.append(slow)
        end = time.monotonic() + (SLOW_LONG_S if lab.long else SLOW_S)
        while time.monotonic() < end:
            for slow in held[IDLE:]:
                drip(slow)
            lab.pause(0.5)
        lab.promise("p99_s", prompt(lab), PROMPT_S)
    except OSError as error:
        raise AssertionError(f"after {len(held)} connections nobody is let in: {error}") from error
    finally:
        for connection in held:
            connection.close()


def drip(connection: socket.socket) -> None:
    """One byte more, if the gateway still wants it."""
    try:
        connection.sendall(b"a")
    except OSError:
        pass
