"""rig.py - the whole system as the bench sees it: an address, programs, topics, and the books of the outside world."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import urllib.request
from pathlib import Path

import psycopg2
from confluent_kafka import Consumer, TopicPartition

from load import Load
from orders import CHANNELS, ITEMS, Shop, Target, stock_requests
from processes import Programs
from watch import STAGES, Watch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "stack"))
from system import AWAY, STANDINS, System  # noqa: E402
from basics import run_checked  # noqa: E402
from bring_up import COMMAND_LINE  # noqa: E402

SETUP_RATE = 200.0
SETUP_PATIENCE_S = 60
PROBES = 10
PROBE_TIMEOUT_S = 20
CONNECTIONS = 64
READS = "orders:read,payments:read,fulfillments:read,shipments:read"
WORK_NAMES = ("commits", "wal_kb", "wal_full_pages", "wal_syncs", "rows_written")
WORK = """
SELECT d.xact_commit, w.wal_bytes / 1024, w.wal_fpi, w.wal_sync, d.tup_inserted + d.tup_updated + d.tup_deleted
FROM pg_stat_database AS d, pg_stat_wal AS w
WHERE d.datname = 'kervan'
"""
TABLES = """
SELECT CASE WHEN relname LIKE 'outbox%' THEN schemaname || '.outbox' ELSE schemaname || '.' || relname END,
       sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del)
FROM pg_stat_user_tables GROUP BY 1
"""


def messages_in(bootstrap: str) -> int:
    """How many messages were ever written to all topics that are the system's own."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "bench-count", "enable.auto.commit": False})
    try:
        topics = consumer.list_topics(timeout=10).topics
        return sum(consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)[1]
                   for topic, known in topics.items() if not topic.startswith("_") for partition in known.partitions)
    finally:
        consumer.close()


def log_kb(folder: Path) -> float:
    """Size of the log's segments, without topics that are being deleted, whose files go a minute later."""
    sizes = 0
    for segment in folder.glob("**/*-*/*.log"):
        if not segment.parent.name.endswith("-delete"):
            with contextlib.suppress(FileNotFoundError):
                sizes += segment.stat().st_size
    return sizes / 1024


class Rig:
    """A running system with stock to sell."""

    def __init__(self, system: System, run: str, items: int = ITEMS) -> None:
        """`run` names this bench in everything it makes."""
        self.system, self.run, self.items = system, run, items
        host, _, port = system.address("gateway").removeprefix("http://").partition(":")
        self.target = Target(host, int(port), system.key)
        others = [channel for channel in CHANNELS if channel != self.target.channel]
        self.shop = Shop([self.target, *map(self._open, others)], run, items=items)
        self.kafka = system.stack.kafka.bootstrap
        self.left_behind = False
        self.know_programs()

    def know_programs(self) -> None:
        """Whose cost is told; to be called again where a program was started anew."""
        names = ["postgres", "kafka", *self.system.services, *STANDINS]
        self.programs = Programs({name: self.system.pid(name) for name in names})

    def _open(self, channel: str) -> Target:
        """Make a channel, and a key for its storefront."""
        staff = self.target.of(channel, self._key("--scopes", "admin"))
        self._make([staff.request("POST", "/v1/channels", {"code": channel, "name": f"Bench {channel}"})])
        return self.target.of(channel, self._key("--channel", channel, "--scopes", "orders:write"))

    def staff(self) -> Target:
        """People who may look at the orders of all channels."""
        return self.target.of("", self._key("--scopes", READS))

    def _key(self, *words: str) -> str:
        """Make an API key."""
        environment = os.environ | self.system.stack.all_addresses()
        return run_checked("making an API key", [str(COMMAND_LINE), "key", "create", *words], 30,
                           env=environment).split()[-1]

    def stock(self) -> None:
        """Make places, items and stock through the gateway, in this order."""
        for requests in self._in_turn(stock_requests(self.target, self.run, self.items)):
            self._make(requests)

    def _make(self, requests: list[bytes]) -> None:
        """Send what makes something; what finds a part of the system away is sent again for a while."""
        deadline = time.monotonic() + SETUP_PATIENCE_S
        while requests:
            load = Load(self.target.host, self.target.port, 8)
            outcome = load.run(requests, SETUP_RATE, SETUP_PATIENCE_S)
            load.close()
            again = [number for number, status in enumerate(outcome.status) if status in (0, *AWAY)]
            bad = {status for status in outcome.status if not 200 <= status < 300}
            if bad - {0, *AWAY} or (again and time.monotonic() > deadline):
                raise RuntimeError(f"making channels, places, items and stock was answered with {bad}: "
                                   f"{outcome.failures}")
            requests = [requests[number] for number in again]

    def reached(self) -> str:
        """How far a few orders come: the last stage that all of them reach within some seconds."""
        watch = Watch(self.kafka)
        load = Load(self.target.host, self.target.port, 2)
        outcome = load.run(self.shop.requests(PROBES), 5, PROBE_TIMEOUT_S)
        load.close()
        deadline = time.monotonic() + PROBE_TIMEOUT_S
        while watch.count("told") + watch.count("completed") < 2 * PROBES and time.monotonic() < deadline:
            time.sleep(0.1)
        counts = {stage: watch.count(stage) for stage in STAGES}
        seen = watch.stop()
        print(f"  of {PROBES} first orders: {counts}, answers {outcome.statuses()}", flush=True)
        if counts["placed"] < PROBES:
            raise RuntimeError(f"not all first orders were placed: answers {outcome.failures}, "
                               f"refused {len(seen['rejected'])}")
        return [stage for stage in STAGES if stage != "told" and counts[stage] >= PROBES][-1]

    def books(self) -> dict[str, int]:
        """What the outside world counted so far."""
        payment, carrier = self._totals("payment_provider"), self._totals("carrier")
        mail = self._json(f"{self.system.address('mail_catcher')}/count")
        return {"captured": payment["statuses"].get("succeeded", 0), "payments": payment["payment_intents"],
                "labels": carrier["effects"].get("buy", 0), "delivered": carrier["states"].get("delivered", 0),
                "several_labels": len(carrier["references_with_several_labels"]),
                "mails": mail["count"], "distinct_mails": mail["distinct_message_ids"]}

    def log(self) -> dict[str, float]:
        """What lies in Kafka's log: messages, and bytes of the segments that hold them."""
        return {"messages": float(messages_in(self.kafka)),
                "kafka_kb": log_kb(Path(self.system.settings.run_dir / "kafka"))}

    def database(self) -> dict[str, float]:
        """What PostgreSQL did so far, in counts that do not depend on who else uses the machine."""
        connection = psycopg2.connect(self.system.stack.postgres.conninfo("postgres"))
        try:
            with connection.cursor() as cursor:
                cursor.execute(WORK)
                done = {name: float(value) for name, value in zip(WORK_NAMES, cursor.fetchone(), strict=True)}
                cursor.execute(TABLES)
                for table, *counts in cursor.fetchall():
                    done |= {f"{table} {what}": float(count)
                             for what, count in zip(("inserted", "updated", "deleted"), counts, strict=True)}
                return done
        finally:
            connection.close()

    @staticmethod
    def _in_turn(requests: list[bytes]) -> list[list[bytes]]:
        """Places and items first, what lies there after them."""
        made = [one for one in requests if one.startswith(b"PUT")]
        return [made, requests[len(made):]]

    def _totals(self, standin: str) -> dict[str, dict[str, int]]:
        return dict(self._json(f"{self.system.address(standin)}/_books?format=totals"))

    @staticmethod
    def _json(url: str) -> dict[str, object]:
        with urllib.request.urlopen(url, timeout=60) as answer:
            data = json.loads(answer.read())
        return dict(data.get("totals", data))
