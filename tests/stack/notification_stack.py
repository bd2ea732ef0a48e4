"""notification_stack - the notification service alone on real servers, its topics written and its mails read here.

    with NotificationStack() as stack:
        stack.start()
        stack.contact(1, "en")
        stack.placed(1)
        stack.await_mails(1)
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg2
from built import BIN, KERVAN, ROOT, end_in_order
from basics import free_ports
from confluent_kafka import Consumer, Producer, TopicPartition
from lane_stack import LANES, instant, lane_of, wait_for
from stand_in import START_S, Body, StandIn
from testenv import Servers

CATCHER = ROOT / "tests" / "standins" / "mail_catcher.py"
TOPIC_OF = {"order": "order.events", "shipment": "shipping.events", "notification": "notification.commands",
            "payment": "payment.events", "fulfillment": "fulfillment.events"}
FOUR_DAYS_MS = 345_600_000


def order_id(number: int) -> str:
    """The public id of an order by its number."""
    return "ord_" + base64.b32encode(number.to_bytes(16, "little")).decode().rstrip("=").lower()


def get(url: str) -> bytes:
    """The body behind an address."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


class MailCatcher(StandIn):
    """The stand-in for the mail server."""

    def __init__(self, folder: Path) -> None:
        """Start at once."""
        port, smtp_port = free_ports(2)
        self.smtp_url = f"smtp://127.0.0.1:{smtp_port}"
        super().__init__(port, [str(CATCHER), "--port", str(port), "--smtp-port", str(smtp_port), "--books",
                                str(folder / "mail.books")])

    def address(self, path: str) -> str:
        """An address of its reader."""
        return f"{self.url}{path}"

    def mails(self, to: str) -> list[Body]:
        """What arrived for somebody, in order; `to` is the whole address."""
        return list(json.loads(get(self.address(f"/messages?to={to}&limit=1000")))["messages"])

    def counts(self) -> tuple[int, int]:
        """How many mails arrived, and how many different ones."""
        totals = json.loads(get(self.address("/count")))
        return totals["count"], totals["distinct_message_ids"]

    def raw(self, number: int) -> bytes:
        """The bytes of a mail."""
        return get(self.address(f"/messages/{number}/raw"))


class NotificationStack:
    """Servers, the mail catcher, the service, and a publisher of its topics."""

    def __init__(self) -> None:
        """Start what is around the service."""
        self.servers = Servers(postgres=True, kafka=True)
        self.process: subprocess.Popen[bytes] | None = None
        self.numbers: dict[tuple[str, int], int] = {}
        self.port = free_ports(1)[0]
        self.patience_ms = FOUR_DAYS_MS
        try:
            self.servers.start()
            self.catcher = MailCatcher(self.servers.folder)
            self.kervan("migrate", "--service", "notification")
            self.kervan("topics")
        except BaseException:
            self.servers.close()
            raise
        self.producer = Producer({"bootstrap.servers": self.servers.kafka_bootstrap, "enable.idempotence": True})

    def __enter__(self) -> NotificationStack:
        """As it is."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """End everything, and the service in good order unless something failed."""
        if self.process is not None and kind is None:
            end_in_order(self.process, "notification")
        self.kill()
        self.catcher.stop()
        self.servers.close()

    def kervan(self, *words: str) -> None:
        """One of the product's own commands."""
        environment = os.environ | {"KERVAN_PG_OWNER": self.servers.pg_conninfo("owner"),
                                    "KERVAN_KAFKA": self.servers.kafka_bootstrap, "KERVAN_LANES": str(LANES)}
        done = subprocess.run([str(KERVAN), *words], env=environment, capture_output=True, text=True,
                              timeout=120, check=False)
        if done.returncode != 0:
            raise AssertionError(f"kervan {' '.join(words)}: {done.stderr}")

    # The service.

    @property
    def log(self) -> Path:
        """What the service says."""
        return self.servers.folder / "notification.log"

    def start(self, fault: str = "") -> None:
        """Start the service; `fault` is a KERVAN_FAULT for it."""
        environment = os.environ | {
            "KERVAN_PG": self.servers.pg_conninfo("notification"), "KERVAN_KAFKA": self.servers.kafka_bootstrap,
            "KERVAN_LANES": str(LANES), "KERVAN_INSTANCE": "notification-1", "KERVAN_HTTP_PORT": str(self.port),
            "KERVAN_SMTP_URL": self.catcher.smtp_url, "KERVAN_FAULT": fault,
            "KERVAN_SMTP_PATIENCE_MS": str(self.patience_ms),
            "KERVAN_LINK_SECRET": "a secret of sixteen bytes or more"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([str(BIN / "kervan-notification")], cwd=ROOT, env=environment, stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)

    def is_running(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def await_ready(self) -> None:
        """Until it says that it is ready."""
        self.wait("the service is ready", self._is_ready, START_S)

    def _is_ready(self) -> bool:
        try:
            return bool(get(self.address("/readyz")))
        except (OSError, urllib.error.URLError):
            return False

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def await_death(self) -> None:
        """Until a fault has killed the service."""
        assert self.process is not None
        self.process.wait(START_S)
        self.process = None

    def address(self, path: str) -> str:
        """An address of the service."""
        return f"http://127.0.0.1:{self.port}{path}"

    def metric(self, name: str) -> float:
        """A figure of the service, of all labels together."""
        samples = [line.rpartition(" ") for line in get(self.address("/metrics")).decode().splitlines()]
        values = [float(value) for sample, _, value in samples if sample.split("{")[0] == name]
        if not values:
            raise AssertionError(f"no metric {name}")
        return sum(values)

    def messages(self, number: int, limit: int = 50) -> list[Body]:
        """What support sees of an order, page by page."""
        path, found = f"/v1/orders/{order_id(number)}/messages?limit={limit}", []
        page = json.loads(get(self.address(path)))
        found += page["items"]
        while page.get("next"):
            page = json.loads(get(self.address(f"{path}&cursor={page['next']}")))
            found += page["items"]
        return found

    def states(self, number: int) -> dict[str, str]:
        """The state of each message of an order."""
        return {message["message"]: message["state"] for message in self.messages(number)}

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        connection = psycopg2.connect(self.servers.pg_conninfo("owner"))
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def wait(self, what: str, condition: Any, timeout_s: float = 30) -> None:
        """Wait for something, and show the service's log when it does not come."""
        try:
            wait_for(what, condition, timeout_s)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log.read_text(errors='replace')[-4000:]}") from error

    # What the order and shipping services say.

    def publish(self, kind: str, number: int, clock: int, **members: Any) -> None:
        """A numbered message, as its one publisher would number it."""
        key = order_id(number)
        topic, lane = TOPIC_OF[kind.partition(".")[0]], lane_of(key)
        count = self.numbers[topic, lane] = self.numbers.get((topic, lane), 0) + 1
        body = {"order_id": key, "order_no": number, "clock": clock} | members
        headers = {"ce_specversion": "1.0", "ce_type": f"kervan.{kind}.v1", "ce_id": f"{topic}/{lane}/{count}",
                   "ce_source": "/test", "ce_subject": key, "ce_clock": str(clock), "ce_generation": "1",
                   "ce_number": str(count)}
        self.producer.produce(topic, json.dumps(body).encode(), key, lane, headers=list(headers.items()))

    def flush(self) -> None:
        """Until all is in the log."""
        if self.producer.flush(30) > 0:
            raise AssertionError("messages did not reach the broker")

    def contact(self, number: int, locale: str, email: str | None = "", **more: Any) -> None:
        """Whom to write to; by default customer<number>@shop.example."""
        members = {"channel": "web", "name": "Şükrü Öğütçü", "locale": locale, "channel_order_ref": f"ref-{number}"}
        if email is not None:
            members["email"] = email or customer(number)
        self.publish("notification.contact", number, 2, **members | more)

    def placed(self, number: int, age_s: float = 0) -> None:
        """The order is there."""
        line = {"line_no": 1, "sku": "DEMO-1", "quantity": 2, "unit_price_minor": 1999}
        self.publish("order.placed", number, 1, channel="web", currency="EUR", tax_mode="inclusive", lines=[line],
                     shipping_service="standard", shipping_price_minor=490, payment_method="card", total_minor=4488,
                     ship_country="DE", placed_at=instant(-age_s))

    def confirmed(self, number: int) -> None:
        """The order will be served."""
        self.publish("order.confirmed", number, 5, currency="EUR", total_minor=4488, confirmed_at=instant())

    def shipped(self, number: int, shipment: int = 1) -> None:
        """A consignment left."""
        self.publish("shipment.shipped", number, 10, shipment_id=f"{order_id(number)}-S{shipment}",
                     fulfillment_id=f"{order_id(number)}-F1", carrier="demo-carrier",
                     tracking_number="1Z999AA10123456784", shipped_at=instant())

    def delivered(self, number: int, shipment: int = 1) -> None:
        """A consignment arrived."""
        self.publish("shipment.delivered", number, 15, shipment_id=f"{order_id(number)}-S{shipment}",
                     fulfillment_id=f"{order_id(number)}-F1", delivered_at=instant())

    def whole_order(self, number: int) -> None:
        """All four facts."""
        for say in (self.placed, self.confirmed, self.shipped, self.delivered):
            say(number)

    # What came of it.

    def await_read(self) -> None:
        """Until the service has decided on all that was published."""
        positions = "SELECT topic, lane, number FROM notification.read_position"

        def all_read() -> bool:
            read = {(topic, lane): number for topic, lane, number in self.query(positions)}
            return all(read.get(stream, 0) >= number for stream, number in self.numbers.items())

        self.wait("all is read", all_read)

    def await_mails(self, number: int, count: int, timeout_s: float = 30) -> list[Body]:
        """Until so many mails to the customer of an order arrived; they."""
        self.wait(f"{count} mails to {customer(number)}",
                  lambda: len(self.catcher.mails(customer(number))) >= count, timeout_s)
        return self.catcher.mails(customer(number))

    def facts(self) -> list[tuple[str, Body]]:
        """Everything on notification.events: type and body. A number that is in the log twice counts once."""
        consumer = Consumer({"bootstrap.servers": self.servers.kafka_bootstrap, "group.id": "test",
                             "enable.auto.commit": False})
        ends = {lane: consumer.get_watermark_offsets(TopicPartition("notification.events", lane), 10)[1]
                for lane in range(LANES)}
        consumer.assign([TopicPartition("notification.events", lane, 0) for lane in range(LANES)])
        found: dict[tuple[int, bytes, bytes], tuple[str, Body]] = {}
        read, end = 0, time.monotonic() + 30
        while read < sum(ends.values()) and time.monotonic() < end:
            record = consumer.poll(1)
            if record is not None and record.error() is None:
                headers, read = dict(record.headers() or []), read + 1
                found.setdefault((record.partition(), headers["ce_generation"], headers["ce_number"]),
                                 (headers["ce_type"].decode(), json.loads(record.value())))
        consumer.close()
        return list(found.values())

    def facts_of(self, number: int) -> list[tuple[str, str, str]]:
        """(fact, message, way or reason) of an order."""
        return [(kind.split(".")[2], body["message"], body.get("way") or body["reason"])
                for kind, body in self.facts() if body["order_id"] == order_id(number)]


def customer(number: int) -> str:
    """The address of an order's customer."""
    return f"customer{number}@shop.example"
