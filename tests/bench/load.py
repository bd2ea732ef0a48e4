"""load.py - sends prepared HTTP requests at a fixed rate, whatever the answers do, over kept-alive connections.

Open loop: each request has its time, and how long it took counts from that time on, so that a stall is seen by all
requests that it delays, also by those that could not be sent meanwhile.
"""

from __future__ import annotations

import errno
import gc
import select
import socket
import time
from collections import deque
from dataclasses import dataclass, field

HEAD_END = b"\r\n\r\n"
RECEIVE_BYTES = 65536
LONGEST_WAIT_S = 0.5
CONNECT_TIMEOUT_S = 5.0
REOPEN_S = 0.02


@dataclass
class Outcome:
    """What became of each request, by its number; times are of the monotonic clock, 0 where there is none."""

    due: list[float]
    sent: list[float]
    answered: list[float]
    status: list[int]
    order_id: list[str]
    queued_most: int = 0
    cpu_s: float = 0.0
    failures: list[str] = field(default_factory=list)

    def statuses(self) -> dict[int, int]:
        """How often each status came; 0 is no answer."""
        return {status: self.status.count(status) for status in sorted(set(self.status))}


class Connection:
    """A kept-alive connection with one request at a time."""

    def __init__(self, address: tuple[str, int]) -> None:
        """Begin to connect; nobody waits for it, and `is_open` tells when it is."""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.refused = self.socket.connect_ex(address) not in (0, errno.EINPROGRESS)
        self.is_open = False
        self.number = -1
        self.data = b""

    def opened(self) -> bool:
        """The attempt has ended: has it succeeded?"""
        self.is_open = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
        self.socket.settimeout(CONNECT_TIMEOUT_S)
        return self.is_open

    def send(self, number: int, request: bytes) -> None:
        """Send a request; one that does not fit the socket's buffer is waited for."""
        self.number, self.data = number, b""
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """The whole answer, once it is there; empty when the other side has closed."""
        part = self.socket.recv(RECEIVE_BYTES)
        if not part:
            return b""
        self.data += part
        end = self.data.find(HEAD_END)
        if end < 0 or len(self.data) < end + len(HEAD_END) + content_length(self.data, end):
            return None
        return self.data


def content_length(data: bytes, end: int) -> int:
    """How long the body is."""
    at = data.lower().find(b"\r\ncontent-length:", 0, end)
    return 0 if at < 0 else int(data[at + 17:data.index(b"\r\n", at + 2)])


def order_id_of(answer: bytes) -> str:
    """The order that the answer's Location names, or nothing."""
    at = answer.find(b"/v1/orders/ord_", 0, answer.find(HEAD_END) + len(HEAD_END))
    if at < 0:
        return ""
    at += len(b"/v1/orders/")
    return answer[at:answer.index(b"\r\n", at)].decode()


class Load:
    """Connections to one address, kept over several runs."""

    def __init__(self, host: str, port: int, connections: int) -> None:
        """Open the connections."""
        self.address = (host, port)
        self.epoll = select.epoll()
        self.connections: dict[int, Connection] = {}
        self.idle: list[Connection] = []
        self.waiting: deque[int] = deque()
        self.again = False
        self.absent = [0.0] * connections  # since when each connection that is not there may be tried again
        deadline = time.monotonic() + CONNECT_TIMEOUT_S
        while len(self.idle) < connections:
            if time.monotonic() > deadline:
                raise ConnectionError(f"{host}:{port} took {len(self.idle)} of {connections} connections")
            self._reopen()
            self._receive(REOPEN_S, Outcome([], [], [], [], []))

    def close(self) -> None:
        """Close all connections."""
        for connection in self.connections.values():
            connection.socket.close()
        self.epoll.close()

    def run(self, requests: list[bytes], rate: float, patience_s: float, again: bool = False) -> Outcome:
        """Send all requests, `rate` a second; wait at most `patience_s` for answers after the last one was due.

        `again`: a request whose connection breaks is sent once more, as a storefront does that knows its own reference.
        """
        return self.run_at(requests, [number / rate for number in range(len(requests))], patience_s, again)

    def run_at(self, requests: list[bytes], offsets: list[float], patience_s: float, again: bool = False) -> Outcome:
        """The same, each request so many seconds after the first one."""
        count = len(requests)
        began = time.monotonic() + 0.05
        due = [began + offset for offset in offsets]
        outcome = Outcome(due, [0.0] * count, [0.0] * count, [0] * count, [""] * count)
        self.waiting.clear()
        self.again = again
        gc.collect()
        gc.disable()
        cpu = time.process_time()
        try:
            self._run(requests, patience_s, outcome)
        finally:
            gc.enable()
        outcome.cpu_s = time.process_time() - cpu
        return outcome

    def _run(self, requests: list[bytes], patience_s: float, outcome: Outcome) -> None:
        end = outcome.due[-1] + patience_s
        upcoming, open_answers = 0, len(requests)
        while open_answers > 0:
            now = time.monotonic()
            if now > end:
                self._give_up(outcome)
                return
            while upcoming < len(requests) and outcome.due[upcoming] <= now:
                self.waiting.append(upcoming)
                upcoming += 1
            outcome.queued_most = max(outcome.queued_most, len(self.waiting) - len(self.idle))
            while self.waiting and self.idle:
                open_answers -= self._send(self.waiting.popleft(), requests, outcome)
            pause = outcome.due[upcoming] - time.monotonic() if upcoming < len(requests) else LONGEST_WAIT_S
            open_answers -= self._receive(min(max(pause, 0), REOPEN_S if self.absent else LONGEST_WAIT_S), outcome)
            self._reopen()

    def _send(self, number: int, requests: list[bytes], outcome: Outcome) -> int:
        """Send on an idle connection; returns 1 when the request failed at once."""
        connection = self.idle.pop()
        outcome.sent[number] = time.monotonic()
        try:
            connection.send(number, requests[number])
            return 0
        except OSError as error:
            return self._failed(connection, f"sending: {error}", outcome)

    def _receive(self, pause_s: float, outcome: Outcome) -> int:
        """Take the answers that come within the pause; returns how many requests ended."""
        # select waits to the microsecond, epoll only to the millisecond.
        if not select.select([self.epoll], [], [], pause_s)[0]:
            return 0
        return sum(self._take(self.connections[number], outcome) for number, _ in self.epoll.poll(0))

    def _take(self, connection: Connection, outcome: Outcome) -> int:
        if not connection.is_open:
            return self._arrived(connection)
        number = connection.number
        try:
            answer = connection.receive()
        except OSError as error:
            return self._failed(connection, f"receiving: {error}", outcome)
        if answer == b"":
            return self._failed(connection, "the other side closed the connection", outcome)
        if answer is None:
            return 0
        outcome.answered[number] = time.monotonic()
        outcome.status[number] = int(answer[9:12])
        outcome.order_id[number] = order_id_of(answer)
        if outcome.status[number] >= 300 and len(outcome.failures) < 5:
            outcome.failures.append(answer.partition(HEAD_END)[2].decode(errors="replace")[:400])
        connection.number = -1
        self.idle.append(connection)
        return 1

    def _arrived(self, connection: Connection) -> int:
        """It is open now, or was refused; no request ends by that."""
        if connection.opened():
            self.epoll.modify(connection.socket.fileno(), select.EPOLLIN)
            self.idle.append(connection)
        else:
            self._drop(connection, time.monotonic() + REOPEN_S)
        return 0

    def _failed(self, connection: Connection, why: str, outcome: Outcome) -> int:
        """Another connection takes the place of this one; returns 1 if a request ended with it."""
        number = connection.number
        if number >= 0 and len(outcome.failures) < 5:
            outcome.failures.append(why)
        if connection in self.idle:
            self.idle.remove(connection)
        self._drop(connection, time.monotonic())
        if number >= 0 and self.again:
            self.waiting.appendleft(number)
            return 0
        return int(number >= 0)

    def _give_up(self, outcome: Outcome) -> None:
        """Requests without an answer keep status 0; their connections are of no use any more."""
        for connection in [one for one in self.connections.values() if one.number >= 0]:
            self._failed(connection, "no answer in time", outcome)

    def _drop(self, connection: Connection, again_at: float) -> None:
        self.connections.pop(connection.socket.fileno())
        connection.socket.close()
        self.absent.append(again_at)

    def _reopen(self) -> None:
        """Begin the connections that are due; one that is refused at once is tried again a little later."""
        now = time.monotonic()
        due = [at for at in self.absent if at <= now]
        self.absent = [at for at in self.absent if at > now]
        for _ in due:
            connection = Connection(self.address)
            if connection.refused:
                connection.socket.close()
                self.absent.append(now + REOPEN_S)
                continue
            self.connections[connection.socket.fileno()] = connection
            self.epoll.register(connection.socket.fileno(), select.EPOLLOUT)
