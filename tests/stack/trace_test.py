#!/usr/bin/python3
"""trace_test.py - an order's trace through the whole system, as a collector of traces sees it.

    tests/stack/trace_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "standins"))
from harness import Standin  # noqa: E402
from system import System, await_rest, wait_until  # noqa: E402

SERVICES = {"gateway", "order", "inventory", "payment", "fulfillment", "shipping", "notification"}
SERVER, CLIENT, CONSUMER = 2, 3, 5
TIMEOUT_S = 60
# What a caller sent that belongs in no trace: names, addresses, tokens.
PERSONAL = ("Lovelace", "Invalidenstr", "shop.example", "tok_ok", "kvn_")
Span = dict[str, Any]


class Caller:
    """Whoever calls with a trace of its own."""

    def __init__(self, sampled: bool = True) -> None:
        """A new trace."""
        self.trace, self.span = secrets.token_hex(16), secrets.token_hex(8)
        self.header = f"00-{self.trace}-{self.span}-{'01' if sampled else '00'}"


def show(spans: list[Span], parent: str, depth: int = 0) -> None:
    """The tree, for people: KERVAN_SHOW=1."""
    for span in sorted((span for span in spans if span["parent"] == parent), key=lambda span: int(span["start_ns"])):
        took_ms = (span["end_ns"] - span["start_ns"]) / 1e6
        print(f"{'  ' * depth}{span['service']}: {span['name']} {took_ms:.1f} ms", file=sys.stderr)
        show(spans, span["id"], depth + 1)


class TraceTest(unittest.TestCase):
    """Traces of one running system."""

    system: System
    collector: Standin

    @classmethod
    def setUpClass(cls) -> None:
        """Bring everything up, told of a collector by its standard name."""
        cls.collector = Standin("otlp_collector.py")
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{cls.collector.port}"
        cls.system = System()
        try:
            cls.system.start()
            cls.system.add_place("EAST")
            cls.system.add_stock("TRACED", EAST=10)
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls) -> None:
        """Leave nothing behind."""
        cls.system.close("KERVAN_KEEP" in os.environ)
        cls.collector.kill()

    def spans(self, caller: Caller) -> list[Span]:
        """What the collector has of a trace."""
        return list(self.collector.call("GET", f"/spans?trace={caller.trace}").json())

    def place(self, ref: str, caller: Caller) -> str:
        """An order with a trace, to its end and until nothing moves any more."""
        reply = self.system.sure("POST", "/v1/orders", self.system.order(ref, ("TRACED", 1)),
                                 traceparent=caller.header)
        order_id = str(reply.data["id"])
        self.assertEqual(self.system.wait_over([order_id], TIMEOUT_S), {order_id: "completed"})
        await_rest(self.system.addresses().postgres, TIMEOUT_S)
        return order_id

    def assert_whole(self, caller: Caller, spans: list[Span]) -> None:
        """Each has a parent that is there, and begins no earlier than it."""
        known = {span["id"]: span for span in spans}
        self.assertEqual(len(known), len(spans), "an id came twice")
        for span in spans:
            if span["parent"] != caller.span:
                self.assertIn(span["parent"], known, span)
                self.assertGreaterEqual(span["start_ns"], known[span["parent"]]["start_ns"], span)
        self.assertEqual([(span["service"], span["name"], span["kind"]) for span in spans
                          if span["parent"] == caller.span], [("gateway", "POST /v1/orders", SERVER)])

    def test_an_order(self) -> None:
        """One trace from the request to the last service, every hop a child of the one before it."""
        caller = Caller()
        order_id = self.place("traced", caller)
        wait_until("spans of every service", TIMEOUT_S,
                   lambda: {span["service"] for span in self.spans(caller)} == SERVICES)
        wait_until("every parent", TIMEOUT_S, lambda: (
            {span["parent"] for span in self.spans(caller)}
            <= {span["id"] for span in self.spans(caller)} | {caller.span}))
        spans = self.spans(caller)
        if "KERVAN_SHOW" in os.environ:
            show(spans, caller.span)
        self.assert_whole(caller, spans)
        seen = {(span["service"], span["name"], span["kind"]) for span in spans}
        for expected in (("order", "process order.requests", CONSUMER), ("order", "process payment.events", CONSUMER),
                         ("inventory", "process inventory.commands", CONSUMER),
                         ("payment", "effect authorize", CLIENT), ("payment", "outcome authorize", CONSUMER),
                         ("fulfillment", "process fulfillment.commands", CONSUMER),
                         ("shipping", "process shipping.commands", CONSUMER),
                         ("notification", "process order.events", CONSUMER)):
            self.assertIn(expected, seen)
        for span in spans:
            self.assertFalse(span["failed"], span)
            if span["kind"] == CONSUMER:
                self.assertIn("kervan.lane", span["attributes"])
            if "messaging.system" in span["attributes"]:  # what a lane tells another may be of an item or a label
                self.assertEqual(span["attributes"].get("kervan.order_id", "")[:len(order_id)], order_id, span)
        told = json.dumps(spans)
        self.assertEqual([word for word in PERSONAL if word in told], [])
        self.assertEqual(self.collector.call("GET", "/count").json()["refused"], 0)

    def test_a_read(self) -> None:
        """A read that the gateway passes on: its own span, the call, and the owner's."""
        order_id, caller = self.place("read", Caller()), Caller()
        self.system.sure("GET", f"/v1/orders/{order_id}", traceparent=caller.header)
        wait_until("three spans", TIMEOUT_S, lambda: len(self.spans(caller)) >= 3)
        by_parent = {span["parent"]: span for span in self.spans(caller)}
        served = by_parent[caller.span]
        self.assertEqual((served["service"], served["name"]), ("gateway", "GET /v1/orders/:id"))
        called = by_parent[served["id"]]
        self.assertEqual((called["service"], called["name"], called["kind"]), ("gateway", "read order", CLIENT))
        answered = by_parent[called["id"]]
        self.assertEqual((answered["service"], answered["name"], answered["kind"]),
                         ("order", "GET /v1/orders/:id", SERVER))
        self.assertEqual(answered["attributes"]["http.response.status_code"], 200)

    def test_a_trace_that_nobody_keeps(self) -> None:
        """The caller's word counts: nothing of it is sent."""
        unwanted, wanted = Caller(sampled=False), Caller()
        self.place("unwanted", unwanted)
        self.system.sure("GET", "/v1/orders?limit=1", traceparent=wanted.header)
        wait_until("a later span", TIMEOUT_S, lambda: len(self.spans(wanted)) > 0)
        self.assertEqual(self.spans(unwanted), [])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    unittest.main()
