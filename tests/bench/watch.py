"""watch.py - a consumer of facts in a process of its own, which notes when it first saw each fact of each order."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import time
import uuid
from multiprocessing.connection import Connection
from typing import Any

from confluent_kafka import Consumer, Message, TopicPartition

# The stages of an order, as the types of facts say them.
STAGES = {
    "placed": "kervan.order.placed.v1",
    "reserved": "kervan.inventory.reserved.v1",
    "authorized": "kervan.payment.authorized.v1",
    "confirmed": "kervan.order.confirmed.v1",
    "packed": "kervan.fulfillment.packed.v1",
    "captured": "kervan.payment.captured.v1",
    "labeled": "kervan.shipment.labeled.v1",
    "shipped": "kervan.shipment.shipped.v1",
    "delivered": "kervan.shipment.delivered.v1",
    "completed": "kervan.order.completed.v1",
    "told": "kervan.notification.told.v1",
}
# A customer is told several times; the last time counts.
LAST_MESSAGE = b'"message":"delivered"'
ENDED_BADLY = ("kervan.order.rejected.v1", "kervan.order.canceled.v1", "kervan.order.expired.v1")
TOPICS = ("order.events", "inventory.events", "payment.events", "fulfillment.events", "shipping.events",
          "notification.events")
ANSWER_TIMEOUT_S = 60
DIE_WITH_PARENT = 1


def seek_to_end(consumer: Consumer, topics: tuple[str, ...]) -> list[TopicPartition]:
    """Every partition of the topics that exist, from what is written next on."""
    known = consumer.list_topics(timeout=10).topics
    found = []
    for topic in topics:
        for partition in known[topic].partitions if topic in known else ():
            end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)[1]
            found.append(TopicPartition(topic, partition, end))
    consumer.assign(found)
    return found


def type_of(message: Message) -> str:
    """The type in the headers of a CloudEvent."""
    for name, value in message.headers() or ():
        if name == "ce_type":
            return str(value.decode())
    return ""


def watch(bootstrap: str, topics: tuple[str, ...], pipe: Connection, counts: Any) -> None:
    """The process: take facts until asked for what was seen."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, int(signal.SIGKILL))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"bench-{uuid.uuid4()}",
                         "enable.auto.commit": False, "fetch.wait.max.ms": 500, "fetch.error.backoff.ms": 10})
    names = [*STAGES.values(), *ENDED_BADLY]
    position = {name: number for number, name in enumerate(names)}
    told = position[STAGES["told"]]
    seen: list[dict[bytes, float]] = [{} for _ in names]
    pipe.send(len(seek_to_end(consumer, topics)))
    while not pipe.poll():
        message = consumer.poll(0.1)
        for _ in range(1000):
            if message is None:
                break
            if message.error() is None:
                number = position.get(type_of(message), -1)
                if number == told and LAST_MESSAGE not in message.value():
                    number = -1
                if number >= 0 and message.key() not in seen[number]:
                    seen[number][message.key()] = time.monotonic()
                    counts[number] = len(seen[number])
            message = consumer.poll(0)
    pipe.recv()
    pipe.send([{key.decode(): at for key, at in one.items()} for one in seen])
    pipe.send(time.process_time())
    consumer.close()


class Watch:
    """A watcher from now until stop()."""

    def __init__(self, bootstrap: str, topics: tuple[str, ...] = TOPICS) -> None:
        """Start the process and wait until it stands at the end of every topic."""
        context = multiprocessing.get_context("spawn")
        self.names = [*STAGES, *(name.split(".")[2] for name in ENDED_BADLY)]
        self.counts = context.Array("q", len(self.names), lock=False)
        self.pipe, child = context.Pipe()
        self.process = context.Process(target=watch, args=(bootstrap, topics, child, self.counts), daemon=True)
        self.process.start()
        child.close()
        self.pid = self.process.pid or os.getpid()
        self.partitions = int(self._answer())

    def count(self, stage: str) -> int:
        """How many orders have come to a stage so far."""
        return int(self.counts[self.names.index(stage)])

    def stop(self) -> dict[str, dict[str, float]]:
        """End it; stage -> order -> when its first fact was seen."""
        self.pipe.send("stop")
        seen = self._answer()
        self.cpu_s = float(self._answer())
        self.process.join(10)
        if self.process.is_alive():
            self.process.kill()
        return dict(zip(self.names, seen, strict=True))

    def _answer(self) -> Any:
        if not self.pipe.poll(ANSWER_TIMEOUT_S):
            raise TimeoutError(f"the watcher of facts said nothing for {ANSWER_TIMEOUT_S} s; does Kafka answer?")
        return self.pipe.recv()
