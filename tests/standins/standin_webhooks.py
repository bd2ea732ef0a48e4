"""Signed webhooks: kept-alive connections, bounded concurrency, retries, and faults.

An event is in the books before it is sent, so that what was not delivered
when the stand-in was killed is sent after the restart.
"""
from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Callable, Optional
from urllib.parse import urlsplit

from standin_books import Books
from standin_faults import ControlError, MAX_DELAY_MS, number_in

MODES = ("normal", "twice", "never", "early", "late", "out_of_order", "bad_signature")
DEFAULT_DELAY_MS = {"late": 1000, "out_of_order": 1000}
SWAP_GAP_S = 0.05
ANSWER_LIMIT = 256 * 1024
EARLY_WAIT_S = 5.0

Sign = Callable[[bytes], bytes]


@dataclass
class WebhookOptions:
    """Where webhooks go and how hard it is tried."""

    url: str
    concurrency: int
    timeout_s: float
    max_tries: int
    backoff_ms: float
    backoff_cap_ms: float
    user_agent: str
    kinds: frozenset[str]


class Delivery:
    """One event on its way to the target."""

    __slots__ = ("event_id", "start", "length", "tries", "bad_signature", "copy", "waiter")

    def __init__(self, event_id: str, start: int, length: int) -> None:
        self.event_id = event_id
        self.start = start
        self.length = length
        self.tries = 0
        self.bad_signature = False
        self.copy = False
        self.waiter: Optional[asyncio.Future[None]] = None


class Webhooks:
    """Sends events of one stand-in to one URL."""

    def __init__(self, options: WebhookOptions, books: Books, sign: Sign) -> None:
        self.options = options
        self.books = books
        self.sign = sign
        self.mode: dict[str, Any] = {"webhook": "normal", "delay_ms": 0, "left": None}
        self.queue: deque[Delivery] = deque()
        self.idle: list[WebhookConnection] = []
        self.open: set[WebhookConnection] = set()
        self.opening = 0
        self.waiting_retries = 0
        self.generation = 0
        self.held: dict[str, Delivery] = {}
        self.early: list[asyncio.Future[None]] = []
        self.unsent: dict[str, Delivery] = {}
        self.pump_planned = False
        self.counts = {"emitted": 0, "delivered": 0, "attempts": 0, "failed_attempts": 0,
                       "gave_up": 0, "suppressed": 0}
        self.set_url(options.url)

    def set_url(self, url: str) -> None:
        """Changes the target; without one there are no events."""
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ControlError("webhook_url must be an http or https URL")
        self.options.url = url
        self.host, self.secure = parts.hostname or "", parts.scheme == "https"
        self.port = parts.port or (443 if self.secure else 80)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.head = (f"POST {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                     f"User-Agent: {self.options.user_agent}\r\n"
                     "Content-Type: application/json; charset=utf-8\r\n").encode("ascii")
        for connection in list(self.idle):
            connection.close()

    def set_mode(self, order: dict[str, Any]) -> None:
        """Takes a control call."""
        kind = order.get("webhook")
        if kind not in MODES:
            raise ControlError(f"webhook must be one of {', '.join(MODES)}")
        delay_ms = number_in(order, "delay_ms", DEFAULT_DELAY_MS.get(kind, 0), 0, MAX_DELAY_MS)
        left = number_in(order, "count", None, 1, 1_000_000_000)
        self.mode = {"webhook": kind, "delay_ms": delay_ms, "left": left}

    def take_mode(self) -> str:
        """The fault for the next event."""
        mode = self.mode
        if mode["left"] is not None:
            if mode["left"] == 0:
                return "normal"
            mode["left"] -= 1
        return str(mode["webhook"])

    def wants(self, kind: str) -> bool:
        """Whether the target has subscribed to this kind of event."""
        return bool(self.options.url) and (not self.options.kinds or kind in self.options.kinds)

    def emit(self, event_id: str, kind: str, about: str, body: bytes) -> None:
        """Books an event about an object and sends it as the mode says."""
        mode = self.take_mode()
        head = b'{"op":"event","id":"%s","kind":"%s","lost":%s,"body":' % (
            event_id.encode(), kind.encode(), b"true" if mode == "never" else b"false")
        start = self.books.append(head + body + b"}\n") + len(head)
        self.counts["emitted"] += 1
        if mode == "never":
            self.counts["suppressed"] += 1
            return
        delivery = Delivery(event_id, start, len(body))
        self.unsent[event_id] = delivery
        self.dispatch(delivery, mode, about)

    def dispatch(self, delivery: Delivery, mode: str, about: str) -> None:
        """Puts a delivery on its way, early, late, doubled or swapped."""
        loop = asyncio.get_running_loop()
        if mode == "late":
            loop.call_later(self.mode["delay_ms"] / 1000, self.enqueue, delivery, self.generation)
            return
        if mode == "out_of_order":
            self.swap(delivery, about)
            return
        delivery.bad_signature = mode == "bad_signature"
        if mode == "early":
            delivery.waiter = loop.create_future()
            self.early.append(delivery.waiter)
        self.enqueue(delivery, self.generation)
        if mode == "twice":
            copy = Delivery(delivery.event_id, delivery.start, delivery.length)
            copy.copy = True
            self.enqueue(copy, self.generation)

    def swap(self, delivery: Delivery, about: str) -> None:
        """Holds an event until the next one about the same object has gone."""
        loop = asyncio.get_running_loop()
        held = self.held.pop(about, None)
        if held is not None:
            self.enqueue(delivery, self.generation)
            loop.call_later(SWAP_GAP_S, self.enqueue, held, self.generation)
            return
        self.held[about] = delivery
        loop.call_later(self.mode["delay_ms"] / 1000, self.release, about, delivery)

    def release(self, about: str, delivery: Delivery) -> None:
        """Sends a held event that no other one followed."""
        if self.held.get(about) is delivery:
            del self.held[about]
            self.enqueue(delivery, self.generation)

    def enqueue(self, delivery: Delivery, generation: int) -> None:
        """Queues a delivery unless the books were emptied meanwhile."""
        if generation != self.generation:
            return
        self.queue.append(delivery)
        if not self.pump_planned:
            self.pump_planned = True
            asyncio.get_running_loop().call_soon(self.pump)

    async def wait_for_early(self, early: list[asyncio.Future[None]]) -> None:
        """Waits until the first attempts of early events are over."""
        await asyncio.wait(early, timeout=EARLY_WAIT_S)

    def pump(self) -> None:
        """Gives queued deliveries to idle or new connections."""
        self.pump_planned = False
        while self.queue and self.options.url:
            if self.idle:
                self.idle.pop().send(self.queue.popleft())
            elif len(self.open) + self.opening < self.options.concurrency:
                self.opening += 1
                asyncio.ensure_future(self.connect(self.queue.popleft()))
            else:
                return

    async def connect(self, delivery: Delivery) -> None:
        """Opens one more connection for a delivery."""
        generation = self.generation
        loop = asyncio.get_running_loop()
        context = ssl.create_default_context() if self.secure else None
        try:
            _, connection = await asyncio.wait_for(
                loop.create_connection(lambda: WebhookConnection(self), self.host, self.port,
                                       ssl=context), self.options.timeout_s)
        except (OSError, asyncio.TimeoutError):
            self.opening -= 1
            if generation == self.generation:
                self.finish(delivery, False)
            return
        self.opening -= 1
        if generation == self.generation:
            connection.send(delivery)
        else:
            connection.close()

    def message(self, delivery: Delivery) -> bytes:
        """The request bytes, signed at the moment of sending."""
        body = self.books.read(delivery.start, delivery.length)
        signed = body + b" " if delivery.bad_signature else body
        return b"%s%sContent-Length: %d\r\n\r\n%s" % (self.head, self.sign(signed), len(body), body)

    def finish(self, delivery: Delivery, delivered: bool) -> None:
        """Books the outcome of an attempt, or plans the next."""
        delivery.tries += 1
        self.counts["attempts"] += 1
        if delivery.waiter is not None and not delivery.waiter.done():
            delivery.waiter.set_result(None)
        if not delivered:
            self.counts["failed_attempts"] += 1
        if not delivered and delivery.tries < self.options.max_tries:
            self.plan_retry(delivery)
        elif not delivery.copy and delivery.event_id in self.unsent:
            self.close_books_on(delivery, delivered)
        self.pump()

    def plan_retry(self, delivery: Delivery) -> None:
        """Exponential backoff with full jitter above half of it."""
        wait_ms = min(self.options.backoff_cap_ms, self.options.backoff_ms * 2 ** (delivery.tries - 1))
        self.waiting_retries += 1
        asyncio.get_running_loop().call_later(
            wait_ms * random.uniform(0.5, 1.0) / 1000, self.retry, delivery, self.generation)

    def retry(self, delivery: Delivery, generation: int) -> None:
        """Queues a failed delivery again."""
        self.waiting_retries -= 1
        self.enqueue(delivery, generation)

    def close_books_on(self, delivery: Delivery, delivered: bool) -> None:
        """Notes that an event is done with."""
        del self.unsent[delivery.event_id]
        self.counts["delivered" if delivered else "gave_up"] += 1
        self.books.append(b'{"op":"%s","id":"%s","tries":%d}\n' % (
            b"sent" if delivered else b"gave_up", delivery.event_id.encode(), delivery.tries))
        if not self.queue:
            self.books.flush()

    def load(self, start: int, line: bytes, record: dict[str, Any]) -> None:
        """Takes one of its own records back at the start."""
        if record["op"] == "event":
            body_start = line.index(b'"body":') + 7
            self.counts["emitted"] += 1
            if record["lost"]:
                self.counts["suppressed"] += 1
            else:
                self.unsent[record["id"]] = Delivery(
                    record["id"], start + body_start, len(line) - body_start - 1)
        elif self.unsent.pop(record["id"], None) is not None:
            self.counts["delivered" if record["op"] == "sent" else "gave_up"] += 1

    def resume(self) -> None:
        """Sends what the books show as not delivered."""
        for delivery in self.unsent.values():
            self.enqueue(delivery, self.generation)

    def clear(self) -> None:
        """Forgets everything that is queued."""
        self.generation += 1
        self.queue.clear()
        self.held.clear()
        self.unsent.clear()
        self.counts = dict.fromkeys(self.counts, 0)
        self.mode = {"webhook": "normal", "delay_ms": 0, "left": None}

    def close_stalled(self) -> None:
        """Ends attempts that took too long."""
        limit = time.monotonic() - self.options.timeout_s
        for connection in list(self.open):
            if connection.delivery is not None and connection.started_at < limit:
                connection.close()

    def describe(self) -> dict[str, Any]:
        """Figures for the books."""
        in_flight = self.opening + sum(connection.delivery is not None for connection in self.open)
        return dict(self.counts, pending=len(self.unsent), in_flight=in_flight, url=self.options.url, **{
            "mode": self.mode["webhook"], "mode_left": self.mode["left"]})


class WebhookConnection(asyncio.Protocol):
    """A client connection with at most one request under way."""

    def __init__(self, sender: Webhooks) -> None:
        self.sender = sender
        self.transport: Any = None
        self.delivery: Optional[Delivery] = None
        self.generation = 0
        self.started_at = 0.0
        self.buffer = b""
        self.url = sender.options.url

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.sender.open.add(self)

    def connection_lost(self, exc: Optional[Exception]) -> None:
        self.sender.open.discard(self)
        if self in self.sender.idle:
            self.sender.idle.remove(self)
        if self.delivery is not None:
            self.settle(until_close_status(self.buffer))

    def send(self, delivery: Delivery) -> None:
        """Starts an attempt."""
        self.delivery = delivery
        self.generation = self.sender.generation
        if self.transport.is_closing():
            self.settle(0)
            return
        self.started_at = time.monotonic()
        self.buffer = b""
        self.transport.write(self.sender.message(delivery))

    def data_received(self, data: bytes) -> None:
        if self.delivery is None:
            self.close()
            return
        self.buffer = self.buffer + data if self.buffer else data
        answer = whole_answer(self.buffer)
        if answer is not None:
            status, reusable = answer
            if reusable and self.url == self.sender.options.url:
                self.sender.idle.append(self)
            else:
                self.transport.close()
            self.settle(status)
        elif len(self.buffer) > ANSWER_LIMIT:
            self.close()

    def settle(self, status: int) -> None:
        """Hands the outcome to the sender."""
        delivery, self.delivery = self.delivery, None
        if delivery is not None and self.generation == self.sender.generation:
            self.sender.finish(delivery, 200 <= status < 300)

    def close(self) -> None:
        """Gives the connection up; an attempt under way fails."""
        self.transport.abort()


def whole_answer(data: bytes) -> Optional[tuple[int, bool]]:
    """Status and whether the connection may be used again, once the answer is whole."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    status = status_of(data)
    if 100 <= status < 200:
        return whole_answer(data[end + 4:])
    head = data[:end].lower()
    reusable = data.startswith(b"HTTP/1.1") and b"\r\nconnection: close" not in head
    if status in (204, 304):
        return status, reusable
    if b"\r\ntransfer-encoding: chunked" in head:
        return (status, reusable) if data.endswith(b"0\r\n\r\n") else None
    place = head.find(b"\r\ncontent-length:")
    if place < 0:
        return None
    length = head[place + 17:].split(b"\r\n", 1)[0].strip()
    if not length.isdigit():
        return 0, False
    return (status, reusable) if len(data) >= end + 4 + int(length) else None


def until_close_status(data: bytes) -> int:
    """The status of an answer whose end is the end of the connection."""
    end = data.find(b"\r\n\r\n")
    if end < 0 or b"\r\ncontent-length:" in data[:end].lower():
        return 0
    return status_of(data)


def status_of(data: bytes) -> int:
    """The number in a status line, 0 when it is not one."""
    number = data[9:12]
    return int(number) if data.startswith(b"HTTP/1.") and number.isdigit() else 0
