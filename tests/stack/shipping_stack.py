"""shipping_stack - fulfillment and shipping on real servers; the carrier is its stand-in, the others are played.

    with ShippingStack() as stack:
        stack.start("fulfillment")
        stack.start("shipping")
        stack.place("WH-1")
        stack.ship(1)
        stack.await_fact(1, "shipment.delivered")
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg2
from built import BIN, KERVAN, ROOT, end_in_order
from basics import free_ports
from confluent_kafka import Consumer, Producer, TopicPartition
from lane_stack import LANES, instant, lane_of, wait_for
from stand_in import START_S, Body, StandIn, fetch
from testenv import Servers

CARRIER = ROOT / "tests" / "standins" / "carrier.py"
TRIP = "pre_transit=20,in_transit=60,out_for_delivery=60,delivered=60"
TOPIC_OF = {"fulfillment": "fulfillment.commands", "shipment": "shipping.commands", "location": "inventory.events",
            "item": "item.state"}
EVENTS = ("fulfillment.events", "shipping.events")
ADDRESS = {"name": "Ada Lovelace", "line1": "Invalidenstr. 117", "city": "Berlin", "postal_code": "10115",
           "country": "DE"}
API_KEY = "EZTK_test"


def order_id(number: int) -> str:
    """The public id of an order by its number."""
    return "ord_" + base64.b32encode(number.to_bytes(16, "little")).decode().rstrip("=").lower()


def shipment_id(number: int) -> str:
    """Its one shipment."""
    return order_id(number) + "-S1"


class Webhooks:
    """Where the carrier's events go: into the log as they came, answered once they are there, as the gateway does."""

    def __init__(self, bootstrap: str) -> None:
        """Listen on a free port of loopback."""
        self.producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
        self.lock = threading.Lock()
        self.bodies: list[bytes] = []
        webhooks = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # noqa: N802 (the name that http.server wants)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                webhooks.bodies.append(body)
                self.send_response(200 if webhooks.publish(body) else 503)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def publish(self, body: bytes) -> bool:
        """Write an event to the log, in the lane of its own id."""
        event_id = json.loads(body)["id"]
        message = {"webhook": {"provider": "easypost", "account": "main", "received_at": instant(), "headers": [],
                               "body": base64.b64encode(body).decode()}}
        headers = [("ce_type", "kervan.shipping.webhook.v1"), ("ce_id", event_id)]
        with self.lock:
            self.producer.produce("shipping.requests", json.dumps(message).encode(), event_id, lane_of(event_id),
                                  headers=headers)
            return self.producer.flush(10) == 0

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()


class Carrier(StandIn):
    """The stand-in for the carrier."""

    def __init__(self, folder: Path, webhook_url: str) -> None:
        """Start at once."""
        port = free_ports(1)[0]
        super().__init__(port, [str(CARRIER), "--port", str(port), "--books", str(folder / "carrier.books"),
                                "--transit-ms", TRIP, "--webhook-url", webhook_url, "--refund-ms", "20"],
                         CARRIER_API_KEY=API_KEY, CARRIER_WEBHOOK_SECRET="secret")

    def books(self, reference: str = "") -> list[Body]:
        """Its shipments; those with one reference, or all."""
        text = urllib.request.urlopen(f"{self.url}/_books?format=ndjson", timeout=10).read().decode()
        rows = [json.loads(line) for line in text.splitlines()[1:]]
        return [row for row in rows if not reference or row["reference"] == reference]


class ShippingStack:
    """Servers, the carrier, both services, and a publisher of their topics."""

    def __init__(self) -> None:
        """Start what is around the services."""
        self.servers = Servers(postgres=True, kafka=True)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.numbers: dict[tuple[str, int], int] = {}
        self.ports = dict(zip(("fulfillment", "shipping"), free_ports(2), strict=True))
        self.clock = 1
        try:
            self.servers.start()
            for name in self.ports:
                self.kervan("migrate", "--service", name)
            self.kervan("topics")
            self.webhooks = Webhooks(self.servers.kafka_bootstrap)
            self.carrier = Carrier(self.servers.folder, self.webhooks.url)
        except BaseException:
            self.servers.close()
            raise
        self.producer = Producer({"bootstrap.servers": self.servers.kafka_bootstrap, "enable.idempotence": True})
        self.consumer = Consumer({"bootstrap.servers": self.servers.kafka_bootstrap, "group.id": "test",
                                  "enable.auto.commit": False})
        self.consumer.assign([TopicPartition(topic, lane, 0) for topic in EVENTS for lane in range(LANES)])
        self._facts: dict[tuple[str, int, bytes, bytes], tuple[str, Body]] = {}

    def __enter__(self) -> ShippingStack:
        """As it is."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """End everything, and the services in good order unless something failed."""
        for name, process in self.processes.items():
            if kind is None:
                end_in_order(process, name)
        for name in list(self.processes):
            self.kill(name)
        self.carrier.stop()
        self.webhooks.close()
        self.consumer.close()
        self.servers.close()

    def kervan(self, *words: str) -> None:
        """One of the product's own commands."""
        environment = os.environ | {"KERVAN_PG_OWNER": self.servers.pg_conninfo("owner"),
                                    "KERVAN_KAFKA": self.servers.kafka_bootstrap, "KERVAN_LANES": str(LANES)}
        done = subprocess.run([str(KERVAN), *words], env=environment, capture_output=True, text=True,
                              timeout=120, check=False)
        if done.returncode != 0:
            raise AssertionError(f"kervan {' '.join(words)}: {done.stderr}")

    # The services.

    def log(self, name: str) -> Path:
        """What a service says."""
        return self.servers.folder / f"{name}.log"

    def start(self, name: str, fault: str = "", patience_ms: int = 600_000) -> None:
        """Start a service; `fault` is a KERVAN_FAULT for it, and after `patience_ms` it gives up on the carrier."""
        environment = os.environ | {
            "KERVAN_PG": self.servers.pg_conninfo(name), "KERVAN_KAFKA": self.servers.kafka_bootstrap,
            "KERVAN_LANES": str(LANES), "KERVAN_INSTANCE": f"{name}-1", "KERVAN_HTTP_PORT": str(self.ports[name]),
            "KERVAN_FAULT": fault}
        if name == "shipping":
            environment |= {"KERVAN_CARRIER_URL": self.carrier.url,
                            "KERVAN_CARRIER_AUTHORIZATION": f"Bearer {API_KEY}",
                            "KERVAN_CARRIER_PATIENCE_MS": str(patience_ms)}
        with self.log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen([str(BIN / f"kervan-{name}")], env=environment, stdout=log,
                                                    stderr=log, stdin=subprocess.DEVNULL)

    def kill(self, name: str) -> None:
        """kill -9."""
        process = self.processes.pop(name)
        process.kill()
        process.wait(10)

    def await_death(self, name: str) -> None:
        """Until a fault has killed a service."""
        self.processes.pop(name).wait(START_S)

    def await_ready(self) -> None:
        """Until both say that they are ready."""
        for name, port in self.ports.items():
            self.wait(f"{name} is ready", lambda at=port: self._is_ready(at))

    def _is_ready(self, port: int) -> bool:
        try:
            return fetch(f"http://127.0.0.1:{port}/readyz")[0] == 200
        except OSError:
            return False

    def get(self, name: str, path: str) -> tuple[int, Any]:
        """What a service's read API answers."""
        return fetch(f"http://127.0.0.1:{self.ports[name]}{path}")

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
        """Wait for something, and show the services' logs when it does not come."""
        try:
            wait_for(what, condition, timeout_s)
        except AssertionError as error:
            logs = "\n".join(self.log(name).read_text(errors="replace")[-3000:] for name in self.ports
                             if self.log(name).exists())
            raise AssertionError(f"{error}\n{logs}") from error

    # What others say.

    def publish(self, kind: str, key: str, **members: Any) -> None:
        """A message as its one publisher would write it: numbered, but for the compacted topic."""
        topic, lane = TOPIC_OF[kind.partition(".")[0]], lane_of(key)
        self.clock += 1
        headers = {"ce_specversion": "1.0", "ce_type": f"kervan.{kind}.v1", "ce_source": "/test", "ce_subject": key,
                   "ce_clock": str(self.clock)}
        if topic != "item.state":
            count = self.numbers[topic, lane] = self.numbers.get((topic, lane), 0) + 1
            headers |= {"ce_id": f"{topic}/{lane}/{count}", "ce_generation": "1", "ce_number": str(count)}
        self.producer.produce(topic, json.dumps(members).encode(), key, lane, headers=list(headers.items()))
        self.producer.poll(0)

    def request(self, kind: str, key: str, body: Body) -> None:
        """A request as the gateway would pass it on; nobody waits for the reply."""
        topic = "fulfillment.requests" if kind.startswith("fulfillment") else "shipping.requests"
        headers = [("ce_type", f"kervan.{kind}.v1"), ("ce_id", f"req_{time.monotonic_ns()}")]
        self.producer.produce(topic, json.dumps(body).encode(), key, lane_of(key), headers=headers)
        self.flush()

    def flush(self) -> None:
        """Until all is in the log."""
        if self.producer.flush(30) > 0:
            raise AssertionError("messages did not reach the broker")

    def place(self, code: str, automatic: bool = True) -> None:
        """Inventory tells of a place."""
        location = {"name": code, "kind": "warehouse", "address": ADDRESS, "automatic": automatic}
        self.publish("location.changed", code, code=code, clock=self.clock, location=location)
        self.flush()

    def item(self, sku: str, weight_grams: int) -> None:
        """Inventory tells of an item."""
        self.publish("item.state", sku, sku=sku, version=1, item={"name": sku, "weight_grams": weight_grams})
        self.flush()

    def fulfill(self, number: int, location: str, **members: Any) -> None:
        """The order service asks for two pieces of A and one of B."""
        lines = [{"line_no": 1, "sku": "A", "quantity": 2}, {"line_no": 2, "sku": "B", "quantity": 1}]
        fields = {"valid_until": instant(60), "location": location, "lines": lines, "ship_to": ADDRESS,
                  "fulfillment_id": f"{order_id(number)}-F1", "shipping_service": "standard"}
        self._command("fulfillment.fulfill", number, **(fields | members))

    def cancel(self, number: int) -> None:
        """The order service asks whether it can be stopped."""
        self._command("fulfillment.cancel", number, fulfillment_id=f"{order_id(number)}-F1",
                      reason="shopper_request")

    def command(self, number: int, kind: str, **members: Any) -> None:
        """Any other command about an order's work."""
        self._command(kind, number, fulfillment_id=f"{order_id(number)}-F1", **members)

    def ship(self, number: int, parcels: int = 1, **members: Any) -> None:
        """The order service has parcels sent."""
        boxes = [{"parcel_no": each, "weight_grams": 750, "lines": [{"line_no": 1, "quantity": 1}]}
                 for each in range(1, parcels + 1)]
        fields = {"valid_until": instant(60), "location": "WH-1", "ship_to": ADDRESS, "service": "standard",
                  "contact": {"name": "Ada Lovelace", "phone": "+49 30 1234567"}, "parcels": boxes,
                  "value_minor": 3998, "currency": "EUR", "shipment_id": shipment_id(number),
                  "fulfillment_id": f"{order_id(number)}-F1"}
        self._command("shipment.ship", number, **(fields | members))

    def void(self, number: int) -> None:
        """The order service takes a shipment back."""
        self._command("shipment.void", number, shipment_id=shipment_id(number), reason="shopper_request")

    def _command(self, kind: str, number: int, **members: Any) -> None:
        self.publish(kind, order_id(number), order_id=order_id(number), order_no=number, clock=self.clock, **members)
        self.flush()

    # What came of it.

    def facts(self, number: int) -> list[str]:
        """Names of what was stated of an order, in order; what is in the log twice has one number, and counts once."""
        return [kind for kind, body in self._read_facts() if body["order_id"] == order_id(number)]

    def fact(self, number: int, name: str) -> Body:
        """The last fact of this name."""
        return [body for kind, body in self._read_facts() if body["order_id"] == order_id(number) and kind == name][-1]

    def _read_facts(self) -> list[tuple[str, Body]]:
        while (record := self.consumer.poll(0.05)) is not None:
            if record.error() is not None:
                continue
            headers = dict(record.headers() or [])
            place = (record.topic(), record.partition(), headers["ce_generation"], headers["ce_number"])
            name = headers["ce_type"].decode().removeprefix("kervan.").removesuffix(".v1")
            self._facts.setdefault(place, (name, json.loads(record.value())))
        return list(self._facts.values())

    def await_fact(self, number: int, name: str, timeout_s: float = 30) -> Body:
        """Until a fact was stated; it."""
        self.wait(f"{name} of order {number}; so far {self.facts(number)}", lambda: name in self.facts(number),
                  timeout_s)
        return self.fact(number, name)

    def labels(self, number: int) -> int:
        """How many labels the carrier's books have for an order, less those that were given back."""
        return sum(row["labels"] for row in self.carrier.books()
                   if row["reference"].startswith(shipment_id(number)) and row["refund_status"] is None)

    def parked(self) -> int:
        """What was put aside, in both services."""
        return sum(int(self.query(f"SELECT count(*) FROM {name}.parked")[0][0]) for name in self.ports)
