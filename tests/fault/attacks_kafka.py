"""attacks_kafka.py - rows 10 to 13, 21 to 23 and 55: a broker that dies, forgets and repeats itself."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource

from gather import read_topics
from lab import ITEMS, KAFKA, LANES, WAIT_S, Lab
from segments import cut_middle, cut_tail, segment

NUMBERED = ("order.events", "inventory.commands", "inventory.events", "payment.commands", "payment.events",
            "fulfillment.commands", "fulfillment.events", "shipping.commands", "shipping.events",
            "notification.commands", "notification.events")
AWAY_S, AWAY_LONG_S = 20, 60
UNREAD = "inventory.commands"
UNREAD_ORDERS = 24
ONE_MS = {"retention.ms": "1", "segment.ms": "1000", "file.delete.delay.ms": "100"}


def stop(lab: Lab) -> None:
    """The broker ends in good order, and stays away."""
    lab.system.stop(KAFKA)


def start(lab: Lab) -> None:
    """The broker comes back."""
    lab.system.restart(KAFKA)


def kill(lab: Lab) -> None:
    """10: kill -9; supervisord brings it back, and orders go on."""
    for _ in range(3 if lab.long else 1):
        old = lab.system.pid(KAFKA)
        with lab.timed("orders_again_s"):
            os.kill(old, signal.SIGKILL)
            lab.wait("another broker", lambda which=old: lab.system.pid(KAFKA) not in (0, which))
            lab.wait("the broker", lambda: lab.system.stack.is_ready(KAFKA))
            lab.wait_orders(5)


def away(lab: Lab) -> None:
    """11: a restart in good order; then it is away for a while, and callers hear 503 or 504, never nonsense."""
    stop(lab)
    start(lab)
    lab.wait_orders(5)
    stop(lab)
    lab.pause(AWAY_LONG_S if lab.long else AWAY_S)
    with lab.timed("orders_again_s"):
        start(lab)
        lab.wait_orders(5)
    heard = {status for told in lab.load.told.values() for status in told.statuses}
    if heard - {200, 201, 202, 503, 504}:
        raise AssertionError(f"callers heard {sorted(heard)}")


def lose_tails(lab: Lab) -> None:
    """12: acknowledged batches are gone from the ends of all numbered topics."""
    stop(lab)
    gone = sum(cut_tail(path, lab.chance.randint(1, 4)) for path in segments(lab) if path.stat().st_size > 0)
    lab.figures["bytes_lost"] = gone
    with lab.timed("orders_again_s"):
        start(lab)
        lab.wait_orders(5)
    if gone == 0:
        raise AssertionError("nothing was lost, so nothing was shown")
    # What was on its way when the broker stopped may be in the log before what it follows comes again.
    lab.allowed |= {"gapless", "clocks"}


def segments(lab: Lab) -> Iterator[os.PathLike[str]]:
    """The last segment of each partition of each numbered topic."""
    for topic in NUMBERED:
        for lane in range(LANES):
            yield segment(lab.system.stack.kafka.data, topic, lane)


def configure(lab: Lab, topic: str, values: dict[str, str]) -> None:
    """Set a topic's configuration; with nothing it is the broker's again."""
    admin = AdminClient({"bootstrap.servers": lab.system.stack.kafka.bootstrap})
    for done in admin.alter_configs([ConfigResource("topic", topic, set_config=values)]).values():
        done.result(timeout=30)


def starts(lab: Lab, topic: str) -> list[tuple[int, int]]:
    """Where each partition of a topic begins and ends."""
    consumer = Consumer({"bootstrap.servers": lab.system.stack.kafka.bootstrap, "group.id": "kervan-lab"})
    try:
        return [consumer.get_watermark_offsets(TopicPartition(topic, lane), timeout=20) for lane in range(LANES)]
    finally:
        consumer.close()


@contextmanager
def unread(lab: Lab) -> Iterator[None]:
    """Inventory stands still meanwhile: its commands are in the log, and nobody has read them."""
    lab.system.stop("inventory")
    try:
        yield
    finally:
        lab.system.restart("inventory")


def delete_unread(lab: Lab) -> None:
    """Retention deletes all that is in the log of commands by now."""
    ends = [end for _, end in starts(lab, UNREAD)]
    configure(lab, UNREAD, ONE_MS)
    try:
        lab.wait("what was not read to be deleted",
                 lambda: all(low >= end for (low, _), end in zip(starts(lab, UNREAD), ends)))
    finally:
        configure(lab, UNREAD, {})
    # What is gone was read by nobody but the consumer: the judge cannot see the first copies.
    lab.allowed |= {"gapless"}
    lab.deleted.add(UNREAD)


def cut_unread(lab: Lab) -> None:
    """A bad disk loses the last commands of each lane."""
    stop(lab)
    data = lab.system.stack.kafka.data
    gone = sum(cut_tail(segment(data, UNREAD, lane), 1) for lane in range(LANES))
    start(lab)
    if gone == 0:
        raise AssertionError("nothing was lost, so nothing was shown")


def retention(lab: Lab) -> None:
    """13: while inventory stands still its commands are deleted; they come again from the outbox."""
    with unread(lab):
        lab.wait_orders(30)
        delete_unread(lab)
    with lab.timed("orders_again_s"):
        lab.wait_orders(10)


def lose_ends(lab: Lab) -> None:
    """55: what is lost was the last of its log: no later number shows that it is missing."""
    with lab.no_load():
        for lose in (cut_unread, delete_unread):
            before = sum(end for _, end in starts(lab, UNREAD))
            with unread(lab):
                bodies = [lab.system.order(f"{lose.__name__}-{lab.seed}-{n}", (ITEMS[n % len(ITEMS)], 1))
                          for n in range(UNREAD_ORDERS)]
                ids = [reply.data["id"] for reply in lab.system.submit_all(bodies)]
                lab.wait("all commands to be in the log",
                         lambda since=before: sum(end for _, end in starts(lab, UNREAD)) >= since + UNREAD_ORDERS)
                lose(lab)
            with lab.timed(f"{lose.__name__}_over_s"):
                ends = lab.system.wait_over(ids, WAIT_S * lab.patience)
            if set(ends.values()) != {"completed"}:
                raise AssertionError(f"orders whose commands were lost ended {sorted(set(ends.values()))}")


def again(lab: Lab) -> None:
    """21: what was published in the last moments is published again, one to three times, with its numbers."""
    bootstrap = lab.system.stack.kafka.bootstrap
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
    records = [record for record in read_topics(bootstrap) if record.topic in NUMBERED][-3000:]
    copies = 0
    for record in lab.chance.sample(records, min(len(records), 1000)):
        for _ in range(lab.chance.randint(1, 3)):
            producer.produce(record.topic, record.body, record.key, record.partition,
                             headers=list(record.headers.items()))
            copies += 1
        producer.poll(0)
    if producer.flush(60) or not copies:
        raise AssertionError("the copies were not published")
    lab.figures["copies"] = copies


def disorder(lab: Lab) -> None:
    """22: the newest messages of each order come once more, the last one first."""
    bootstrap = lab.system.stack.kafka.bootstrap
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
    records = [record for record in read_topics(bootstrap) if record.topic in NUMBERED][-1500:]
    for record in reversed(records):
        producer.produce(record.topic, record.body, record.key, record.partition, headers=list(record.headers.items()))
        producer.poll(0)
    if producer.flush(60):
        raise AssertionError("the messages were not published")
    lab.figures["copies"] = len(records)


def lose_one(lab: Lab) -> None:
    """23: while inventory stands still a batch vanishes from the middle of its commands; it is asked for, and comes."""
    topic = "inventory.commands"
    lab.system.stop("inventory")
    ends = [end for _, end in starts(lab, topic)]
    lab.wait_orders(60)
    stop(lab)
    data = lab.system.stack.kafka.data
    lost = [lane for lane in range(LANES) if cut_middle(segment(data, topic, lane), ends[lane]) >= 0]
    start(lab)
    lab.figures["lanes_with_a_gap"] = len(lost)
    started = time.monotonic()
    lab.system.restart("inventory")
    lab.wait_orders(10)
    lab.worst("orders_again_s", time.monotonic() - started)
    if not lost:
        raise AssertionError("no partition had a batch to lose, so nothing was shown")
    # The log itself has the hole for ever: what is missing stands behind what came after it.
    lab.allowed |= {"gapless", "clocks"}
