"""The books of a stand-in, and its clock.

Books are an append-only file. What one request changes is written with one
write(2) before the request is answered, so kill -9 loses nothing that was
answered and leaves no half effect; a torn last line is cut off at the start.
"""
from __future__ import annotations

import asyncio
import fcntl
import heapq
import itertools
import json
import os
import sys
import tempfile
import time
from typing import Any, Callable, Iterator, Optional

READ_BLOCK = 1 << 20


class Books:
    """An append-only file whose records can be read back by their place."""

    def __init__(self, path: Optional[str]) -> None:
        self.fd = self.open(path)
        self.size = os.fstat(self.fd).st_size
        self.pending: list[bytes] = []

    @staticmethod
    def open(path: Optional[str]) -> int:
        """Opens the file for this process alone; without a path, a file without a name."""
        if path is None:
            with tempfile.TemporaryFile() as unnamed:
                copy = os.dup(unnamed.fileno())
            fcntl.fcntl(copy, fcntl.F_SETFL, fcntl.fcntl(copy, fcntl.F_GETFL) | os.O_APPEND)
            return copy
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit(f"{path}: these books are in use by another stand-in; stop it or name other books")
        return fd

    def append(self, record: bytes) -> int:
        """Takes a record (with its line end) and says at which byte it will start."""
        start = self.size
        self.pending.append(record)
        self.size += len(record)
        return start

    def flush(self) -> None:
        """Writes what was appended. Books that cannot be kept end the stand-in."""
        if not self.pending:
            return
        data = b"".join(self.pending)
        self.pending.clear()
        try:
            written = os.write(self.fd, data)
            while written < len(data):
                written += os.write(self.fd, data[written:])
        except OSError as error:
            sys.stderr.write(f"books cannot be written: {error}; free space and start again\n")
            os._exit(1)

    def read(self, start: int, length: int) -> bytes:
        """Bytes of an earlier record."""
        self.flush()
        return os.pread(self.fd, length, start)

    def clear(self) -> None:
        """Empties the books."""
        self.pending.clear()
        os.ftruncate(self.fd, 0)
        self.size = 0

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Every whole line with its place; cuts off a torn end."""
        start, rest, place = 0, b"", 0
        while True:
            block = os.pread(self.fd, READ_BLOCK, place)
            if not block:
                break
            place += len(block)
            parts = (rest + block).split(b"\n")
            rest = parts.pop()
            for part in parts:
                yield start, part
                start += len(part) + 1
        if rest:
            self.cut(start)

    def cut(self, size: int) -> None:
        """Forgets what a kill left unfinished."""
        os.ftruncate(self.fd, size)
        self.size = size


def load_records(books: Books, apply: Callable[[int, bytes, dict[str, Any]], None]) -> None:
    """Hands every JSON line to `apply(start, line, record)`."""
    for start, line in books.lines():
        try:
            record = json.loads(line)
        except ValueError:
            sys.exit(f"books are damaged at byte {start}: not a JSON line; move the file away")
        apply(start, line, record)


class Clock:
    """A clock that can run faster and jump, with the timers that follow it."""

    def __init__(self, after_timers: Callable[[], None]) -> None:
        self.after_timers = after_timers
        self.factor = 1.0
        self.base_s = time.time()
        self.base_monotonic = time.monotonic()
        self.timers: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self.numbers = itertools.count()
        self.wakeup: Optional[asyncio.TimerHandle] = None
        self.wakeup_due_s = 0.0

    def now_s(self) -> float:
        """Stand-in time in seconds."""
        return self.base_s + (time.monotonic() - self.base_monotonic) * self.factor

    def change(self, factor: float, advance_s: float) -> None:
        """Sets the speed and jumps forward."""
        self.base_s = self.now_s() + advance_s
        self.base_monotonic = time.monotonic()
        self.factor = factor
        self.arm(force=True)

    def call_after(self, delay_s: float, action: Callable[..., None], *arguments: Any) -> None:
        """Runs an action when stand-in time has moved on by `delay_s`."""
        heapq.heappush(self.timers, (self.now_s() + delay_s, next(self.numbers), action, arguments))
        self.arm(force=False)

    def clear(self) -> None:
        """Forgets all timers."""
        self.timers.clear()

    def arm(self, force: bool) -> None:
        """Asks the event loop for a wake-up at the earliest timer."""
        if not self.timers:
            return
        due_s = self.timers[0][0]
        if self.wakeup is not None:
            if not force and self.wakeup_due_s <= due_s:
                return
            self.wakeup.cancel()
        self.wakeup_due_s = due_s
        real_delay_s = max(0.0, (due_s - self.now_s()) / self.factor)
        self.wakeup = asyncio.get_running_loop().call_later(real_delay_s, self.fire)

    def fire(self) -> None:
        """Runs what has fallen due."""
        self.wakeup = None
        now_s = self.now_s() + 0.0005
        while self.timers and self.timers[0][0] <= now_s:
            _, _, action, arguments = heapq.heappop(self.timers)
            action(*arguments)
        self.after_timers()
        self.arm(force=False)
