"""fake_owners - stands for the order and the inventory service: takes their requests, replies, and shows what there is.

What an order's note says decides how it is treated: refuse, silent (kept, no reply), ignore (nothing at all),
reject (kept as rejected, no reply), decline (kept as canceled, no reply), slow and slower (confirmed later, with a
second reply for who asked first).
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, Producer, TopicPartition

TOPICS = ("order.requests", "inventory.requests", "payment.requests", "shipping.requests",
          "notification.requests", "fulfillment.requests")
CONFIRM_S = {"slow": 0.4, "slower": 1.6}
LISTS = ("/v1/orders", "/v1/order-rows", "/v1/items", "/v1/locations", "/v1/stock", "/v1/tasks", "/v1/fulfillments",
         "/v1/block-list", "/v1/customers", "/v1/stock/transfers", "/v1/sourcing/rules",
         "/v1/suppliers", "/v1/purchase-orders", "/v1/reorder-suggestions",
         "/v1/companies", "/v1/tax-rates", "/v1/tax-classes",
         "/v1/stock/alerts", "/v1/purchase-alerts", "/v1/stock/count-sheets", "/v1/drafts", "/v1/pick-lists",
         "/v1/journal", "/v1/accounts",
         "/v1/disputes")
LISTS_OF_ONE = re.compile(r"/v1/stock/[^/]+/[^/]+/(?:bins/)?ledger"
                          r"|/v1/locations/[^/]+/(?:fulfillments|pick-list|(?:bin|count)-suggestions|count-classes)"
                          r"|/v1/locations/[^/]+/bins(?:/[^/]+/stock)?"
                          r"|/v1/stock/[^/]+/lots/[^/]+/orders"
                          r"|/v1/stock/count-sheets/[^/]+/lines|/v1/customers/[^/]+/orders"
                          r"|/v1/tax-rates/[^/]+/history"
                          r"|/v1/companies/[^/]+/receivables|/v1/purchase-orders/[^/]+/(?:documents|messages)")
SCHEMAS = Path(__file__).resolve().parents[2] / "proto"


@dataclass
class Record:
    """A request as it was read."""

    topic: str
    partition: int
    key: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


def problem(status: int, kind: str, pointer: str, detail: str) -> dict[str, Any]:
    """A refusal as owners word it."""
    return {"status": status, "problem": {
        "type": f"https://kervan.example/problems/{kind}", "title": "The request is not valid", "status": status,
        "detail": detail, "errors": [{"pointer": pointer, "detail": detail}]}}


def example(name: str) -> dict[str, Any]:
    """A document as its schema gives it."""
    schema = json.loads((SCHEMAS / f"{name}.v1.json").read_text())
    return dict(schema["examples"][0])


@dataclass
class FakeOwners:
    """Reads all requests topics on one thread, and serves documents by their path on others."""

    bootstrap: str
    lanes: int
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    awaited: set[str] = field(default_factory=set)
    mute: bool = False

    def __post_init__(self) -> None:
        """Begin to read and to serve."""
        self.documents["/v1/events"] = {"items": [example("order/event")], "next": "c1"}
        self.documents["/v1/reports/promised-deliveries"] = example("order/promise_report")
        self.stop = threading.Event()
        self.producer = Producer({"bootstrap.servers": self.bootstrap, "linger.ms": 0, "log_level": 0})
        self.server = self._serve()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def close(self) -> None:
        """End both."""
        self.stop.set()
        self.thread.join(10)
        self.server.shutdown()
        self.server.server_close()

    def of_key(self, key: str) -> list[Record]:
        """The records with this key, in order."""
        return [record for record in list(self.records) if record.key == key]

    def _serve(self) -> ThreadingHTTPServer:
        """Answer GET with the document under the path."""
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:  # noqa: N802 (the name that http.server wants)
                owner.reads.append(self.path)
                path = urlsplit(self.path).path
                is_list = path in LISTS or LISTS_OF_ONE.fullmatch(path)
                found = owner.documents.get(path, {"items": [], "next": None} if is_list else None)
                body = json.dumps(found if found is not None else problem(404, "not-found", "", "none")["problem"])
                self.send_response(200 if found is not None else 404)
                self.send_header("Content-Type", "application/json" if found is not None
                                 else "application/problem+json")
                self.send_header("ETag", '"7"')
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *arguments: object) -> None:
                """Silent."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 256

        server = Server(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def _read(self) -> None:
        """Take record by record until the end."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "fake", "enable.auto.commit": False,
                             "log_level": 0})
        consumer.assign([TopicPartition(topic, lane, OFFSET_BEGINNING) for topic in TOPICS
                         for lane in range(self.lanes)])
        while not self.stop.is_set():
            message = consumer.poll(0.1)
            if message is not None and message.error() is None:
                self._take(message)
            self.producer.poll(0)
        consumer.close()

    def _take(self, message: Message) -> None:
        """Note a record, and decide on it."""
        headers = {name: value.decode() for name, value in message.headers() or []}
        record = Record(message.topic(), message.partition(), message.key().decode(), headers, message.value())
        self.records.append(record)
        kind = headers["ce_type"]
        if self.mute:
            return
        if kind == "kervan.order.submit.v1":
            self._submit(record)
        elif kind == "kervan.order.cancel.v1":
            self._cancel(record)
        elif kind == "kervan.order.choose.v1":
            self._choose(record)
        elif kind == "kervan.item.put.v1":
            self._put(record)
        elif kind == "kervan.stock.adjust.v1":
            self._adjust(record)
        elif not kind.endswith(".webhook.v1"):
            self._reply(record, {"status": 200})

    def _put(self, record: Record) -> None:
        """Keep an item as version 7, unless another version is meant."""
        path, meant = f"/v1/items/{record.key}", record.headers.get("ce_precondition", "7,0").split(",")
        there = path in self.documents
        if ("*" in meant and there) or ("7" if there else "0") in meant:
            self.documents[path] = {"sku": record.key, "version": 7, "item": record.json["body"]}
            self._reply(record, {"status": 200, "subject_id": record.key})
        else:
            self._reply(record, problem(412, "stale", "", "another version") | ({"version": 7} if there else {}))

    def _cancel(self, record: Record) -> None:
        """End an order that is known."""
        if found := self.documents.get(f"/v1/orders/{record.key}"):
            found["status"] = "canceled"
            self._reply(record, {"status": 200})
        else:
            self._reply(record, problem(404, "not-found", "", "there is no such order"))

    def _choose(self, record: Record) -> None:
        """The first answer counts."""
        question = self.documents[f"/v1/orders/{record.key}"]["question"]
        choice = record.json["body"]["choice"]
        if question["open"]:
            question |= {"open": False, "choice": choice}
        if question.get("choice") == choice:
            self._reply(record, {"status": 200, "subject_id": record.key, "order_id": record.key})
        else:
            self._reply(record, problem(409, "conflict", "", "nothing is asked any more"))

    def _submit(self, record: Record) -> None:
        """Intake, as the note of the order wants it."""
        order, path = record.json, f"/v1/orders/{record.key}"
        digest = hashlib.sha256(record.body).hexdigest()
        note = order.get("note", "")
        if note == "ignore":
            return
        known = record.key in self.digests
        if self.digests.setdefault(record.key, digest) != digest:
            self._reply(record, problem(422, "idempotency-key-reused", "", "another body"))
        elif note == "refuse":
            self._reply(record, problem(422, "invalid", "/total_minor", "does not add up"))
        else:
            status = {"reject": "rejected", "decline": "canceled"}.get(note, "placed")
            view = example("order/view") | {"id": record.key, "channel": order["channel"], "status": status}
            if note == "reject":
                view["refusal"] = [{"pointer": "/lines/0/sku", "detail": "there is no such item"}]
            if note == "decline":
                view["cancel_reason"] = "payment_declined"
            self.documents.setdefault(path, view)
            if note not in ("silent", "reject", "decline"):
                self._reply(record, {"status": 200 if known else 201, "order_id": record.key, "order_status": "placed"})
            if note in CONFIRM_S and record.headers.get("ce_until") == "confirmed" and record.key not in self.awaited:
                self.awaited.add(record.key)  # the first alone is told
                threading.Timer(CONFIRM_S[note], self._confirm, (record, path)).start()

    def _confirm(self, record: Record, path: str) -> None:
        """The second reply."""
        self.documents[path]["status"] = "confirmed"
        self._reply(record, {"status": 201, "order_id": record.key, "order_status": "confirmed",
                             "body": self.documents[path]})

    def _adjust(self, record: Record) -> None:
        """Book stock, or nothing where it is said to."""
        note = record.json.get("note", "")
        if note == "ignore":
            return
        self.documents[f"/v1/stock/{record.key}"] = example("inventory/stock_level") | {
            "sku": record.key, "on_hand": 5}
        self.documents[f"/v1/stock/adjustments/{record.headers['ce_id']}"] = {"request_id": record.headers["ce_id"]}
        if note != "silent":
            self._reply(record, {"status": 201, "subject_id": record.headers["ce_id"]})

    def _reply(self, record: Record, reply: dict[str, Any]) -> None:
        """Answer whoever waits."""
        if "ce_requestid" not in record.headers:
            return
        waits = record.headers["ce_requestid"]
        self.producer.produce("gateway.replies", key=waits, partition=int(record.headers["ce_replypartition"]),
                              value=json.dumps({"request_id": waits, **reply}))
        self.producer.flush(5)


def await_records(owners: FakeOwners, key: str, count: int, timeout_s: float = 10) -> list[Record]:
    """The first records with this key, once there are so many."""
    end = time.monotonic() + timeout_s
    while len(owners.of_key(key)) < count:
        if time.monotonic() > end:
            raise AssertionError(f"{len(owners.of_key(key))} of {count} records with key {key} within {timeout_s} s")
        time.sleep(0.01)
    return owners.of_key(key)[:count]
