"""levels.py - how late `stock.levels` is: from the instant of a reservation to the level that has it.

Levels are timed by the broker's clock.  A reservation's instant is that at which its transaction began, so its
commit counts, too.  Places must not be automatic: `reserved` then only grows, and the first level that says as
much as was reserved until then has the change.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from confluent_kafka import Consumer, Message
from system import System

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from watch import seek_to_end  # noqa: E402

TOPICS = ("stock.levels", "inventory.events")
RESERVED, LEVEL = "kervan.inventory.reserved.v1", "kervan.stock.level.v1"
PATIENCE_S = 60


def header(message: Message, wanted: str) -> str:
    """A header of a CloudEvent."""
    return next(value.decode() for name, value in message.headers() if name == wanted)


class Telling:
    """What is reserved of items, and what their levels say, from now on; one piece an order."""

    def __init__(self, system: System) -> None:
        """Read from what is written next on."""
        self.system = system
        self.reserved: dict[str, list[float]] = defaultdict(list)
        self.levels: dict[str, list[tuple[float, int]]] = defaultdict(list)
        self.consumer = Consumer({"bootstrap.servers": system.stack.kafka.bootstrap, "enable.auto.commit": False,
                                  "group.id": f"levels-{uuid.uuid4()}"})
        seek_to_end(self.consumer, TOPICS)

    def take(self, message: Message) -> None:
        """Note when something was reserved, and when a level was on its topic."""
        kind, body = header(message, "ce_type"), json.loads(message.value())
        if kind == RESERVED:
            at = datetime.fromisoformat(header(message, "ce_time").replace("Z", "+00:00")).timestamp()
            for part in body["allocations"]:
                self.reserved[part["sku"]].append(at)
        elif kind == LEVEL:
            self.levels[body["sku"]].append((message.timestamp()[1] / 1000, body["reserved"]))

    def is_told(self, sku: str, changes: int) -> bool:
        """Whether so many are reserved, and a level says so."""
        return len(self.reserved[sku]) >= changes and any(count >= changes for _, count in self.levels[sku])

    def late_s(self, changes: dict[str, int]) -> list[float]:
        """How late each change was told, once all are."""
        end = time.monotonic() + PATIENCE_S
        while not all(self.is_told(sku, count) for sku, count in changes.items()):
            if time.monotonic() > end:
                raise AssertionError(f"not all is told: {dict(self.reserved)} {dict(self.levels)}")
            message = self.consumer.poll(0.1)
            if message is not None and message.error() is None:
                self.take(message)
        self.consumer.close()
        return [max(0.0, min(told for told, said in self.levels[sku] if said > number) - at)
                for sku in changes for number, at in enumerate(sorted(self.reserved[sku]))]


def levels_late_s(system: System, changes: dict[str, int], rate: float) -> list[float]:
    """Order one piece so often of each item, the items in turn and so many orders a second; how late they are told."""
    telling = Telling(system)
    turns = sorted((number / count, sku) for sku, count in changes.items() for number in range(count))
    began = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        for number, (_, sku) in enumerate(turns):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            pool.submit(system.post_order, system.order(f"{sku}-{number}", (sku, 1)), wait_s=0)
    return telling.late_s(changes)
