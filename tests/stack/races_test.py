#!/usr/bin/python3
"""races_test.py - those who want the same thing at the same moment: one legal outcome, and the books equal.

    tests/stack/races_test.py [-k NAME]     KERVAN_RACE_ROUNDS=1000 for the long run; 20 without it

One system serves all races; what must always hold is judged from outside after each.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import unittest
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from system import STANDINS, Body, Reply, System, free_ports, wait_until
from bring_up import answers_200  # system.py has put its folder on the path

ROUNDS = int(os.environ.get("KERVAN_RACE_ROUNDS", "20"))
CLIENTS, PIECES = 64, 10
TIMEOUT_S = 60
END_TIMEOUT_S = 60 + ROUNDS // 2
TWIN_START_S, TWIN_STOP_S = 20, 20
ORDERS_A_CHANGE = 5


class Twin:
    """A second instance of a service, beside the one that supervisord holds."""

    def __init__(self, system: System, name: str) -> None:
        """Start it, and wait until it is ready."""
        program = next(one for one in system.stack.programs() if one.name == name)
        port = free_ports(1)[0]
        environment = os.environ | program.environment | {
            "KERVAN_INSTANCE": f"{name}-2", "KERVAN_HTTP_PORT": str(port),
            "KERVAN_RUN_DIR": str(system.settings.run_dir)}
        with (system.settings.log_dir / f"{name}-2.log").open("ab") as log:
            self.process = subprocess.Popen(program.command, env=environment, cwd=program.folder, stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)
        wait_until(f"a second {name}", TWIN_START_S, lambda: answers_200(f"http://127.0.0.1:{port}/readyz"))

    def end(self, number: int) -> None:
        """Send it a signal, and wait until it is gone."""
        self.process.send_signal(number)
        self.process.wait(TWIN_STOP_S)


class RacesTest(unittest.TestCase):
    """Races on one running system."""

    system: System
    pool: ThreadPoolExecutor

    @classmethod
    def setUpClass(cls) -> None:
        """Bring everything up, with a place that works by itself and one where people do."""
        cls.system = System()
        cls.pool = ThreadPoolExecutor(CLIENTS)
        try:
            cls.system.start()
            cls.system.add_place("AUTO")
            cls.system.add_place("HALL", automatic=False)
        except BaseException:
            cls.system.close("KERVAN_KEEP" in os.environ)
            raise

    @classmethod
    def tearDownClass(cls) -> None:
        """Leave nothing behind."""
        cls.pool.shutdown()
        cls.system.close("KERVAN_KEEP" in os.environ)

    def at_once(self, *calls: Callable[[], Any]) -> list[Any]:
        """What the calls answer, made at the same moment by a thread each."""
        start = threading.Barrier(len(calls))

        def run(call: Callable[[], Any]) -> Any:
            start.wait(TIMEOUT_S)
            return call()

        return list(self.pool.map(run, calls))

    def control(self, standin: str, **settings: Any) -> None:
        """Tell a stand-in how to behave."""
        request = urllib.request.Request(f"{self.system.address(standin)}/_control", json.dumps(settings).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            self.assertEqual(answer.status, 200)

    def intents(self, order_ids: set[str]) -> list[Body]:
        """The provider's payments of these orders."""
        return [row for row in self.system.books("payment_provider")
                if row["metadata"].get("payment_id", "").partition("-")[0] in order_ids]

    def confirmed_order(self, ref: str, sku: str) -> str:
        """An order of one piece that waits for the people of a place."""
        reply = self.system.post_order(self.system.order(ref, (sku, 1)), until="confirmed", wait_s=10)
        self.assertEqual((reply.status, reply.data.get("status")), (201, "confirmed"), reply.data)
        order_id = str(reply.data["id"])
        wait_until("the work to be open", TIMEOUT_S,
                   lambda: self.system.request("GET", f"/v1/fulfillments/{order_id}-F1").status == 200)
        return order_id

    def test_the_last_pieces(self) -> None:
        """64 clients for the last 10 pieces: 10 confirmed, the rest rejected and nobody's money held."""
        system = self.system
        lost: set[str] = set()
        for n in range(ROUNDS):
            sku = f"LAST-{n}"
            system.add_stock(sku, HALL=PIECES)
            bodies = [system.order(f"last-{n}-{client}", (sku, 1)) for client in range(CLIENTS)]
            replies = self.at_once(*(lambda body=body: system.post_order(body, until="confirmed", wait_s=20)
                                     for body in bodies))
            self.assertEqual(Counter(reply.status for reply in replies), {201: PIECES, 422: CLIENTS - PIECES})
            self.assertEqual({reply.data["status"] for reply in replies if reply.status == 201}, {"confirmed"})
            found = system.sure("GET", f"/v1/orders?q=last-{n}-&limit=100").data["items"]
            self.assertEqual(Counter(order["status"] for order in found),
                             {"confirmed": PIECES, "rejected": CLIENTS - PIECES})
            lost |= {order["id"] for order in found if order["status"] == "rejected"}
        self.assertEqual(self.intents(lost), [])
        system.assert_sound(at_rest=False)

    def test_the_same_order(self) -> None:
        """One order from 64 connections at once: one id, one order, one piece held."""
        system = self.system
        for n in range(ROUNDS):
            system.add_stock(f"SAME-{n}", HALL=CLIENTS)
            body = system.order(f"same-{n}", (f"SAME-{n}", 1))
            replies = self.at_once(*[lambda: system.post_order(body, wait_s=20)] * CLIENTS)
            self.assertEqual({reply.status for reply in replies} - {201, 202}, set())
            self.assertEqual(len({reply.data["id"] for reply in replies}), 1)
            system.wait_status([replies[0].data["id"]], TIMEOUT_S, "confirmed")
            self.assertEqual(system.sure("GET", f"/v1/stock/SAME-{n}").data["reserved"], 1)
            self.assertEqual(len(self.intents({replies[0].data["id"]})), 1)
        system.assert_sound(at_rest=False)

    def test_cancel_against_pack(self) -> None:
        """Canceled or sent, never both: whoever was told yes is right."""
        system = self.system
        system.add_stock("PACKED", HALL=2 * ROUNDS)
        ends: Counter[str] = Counter()
        for n in range(ROUNDS):
            order_id = self.confirmed_order(f"packed-{n}", "PACKED")
            cancel, _ = self.at_once(
                lambda: self.cancel(order_id),
                lambda: system.request("POST", f"/v1/fulfillments/{order_id}-F1/pack",
                                       {"parcels": [{"weight_grams": 300, "lines": [{"line_no": 1, "quantity": 1}]}]},
                                       Idempotency_Key=f"pack-{n}", Prefer="wait=20"))
            end = system.wait_over([order_id], END_TIMEOUT_S)[order_id]
            ends[end] += 1
            self.assertEqual(cancel.status, 200 if end == "canceled" else 409, (end, cancel.data))
            self.check_money(order_id, end)
        print(f"cancel against pack: {dict(ends)}", file=sys.stderr)
        self.assertEqual(set(ends) - {"canceled", "completed"}, set())
        system.assert_sound(at_rest=False)

    def cancel(self, order_id: str) -> Reply:
        """Ask to cancel; what is not decided yet is asked again under the same key."""
        replies: list[Reply] = []

        def decided() -> bool:
            replies.append(self.system.request("POST", f"/v1/orders/{order_id}/cancel", {"reason": "shopper_request"},
                                               Idempotency_Key=f"cancel-{order_id}"))
            return replies[-1].status not in (0, 202)

        wait_until(f"an answer whether {order_id} can be canceled", TIMEOUT_S, decided)
        return replies[-1]

    def check_money(self, order_id: str, end: str) -> None:
        """Taken in full and kept, or nothing is held."""
        def settled() -> bool:
            row = self.intents({order_id})[0]
            kept = row["captured_minor"] - row["refunded_minor"]
            return bool(kept == row["amount_minor"] if end == "completed" else kept == 0 == row["capturable_minor"])

        wait_until(f"the money of {order_id}", TIMEOUT_S, settled)

    def test_webhook_against_answer(self) -> None:
        """The provider's and the carrier's webhooks early, twice and out of order: each counts once."""
        system = self.system
        system.add_stock("HOOK", AUTO=4 * ROUNDS)
        ids: list[str] = []
        for n, manner in enumerate(["early", "twice", "out_of_order"] * ((ROUNDS + 2) // 3)):
            for standin in ("payment_provider", "carrier"):
                self.control(standin, webhook=manner)
            ids.append(system.submit(system.order(f"hook-{n}", ("HOOK", 1))).data["id"])
        try:
            self.assertEqual(set(system.wait_over(ids, END_TIMEOUT_S).values()), {"completed"})
        finally:
            for standin in ("payment_provider", "carrier"):
                self.control(standin, webhook="normal")
        rows = self.intents(set(ids))
        self.assertEqual(len(rows), len(ids))
        self.assertEqual([row for row in rows if row["captured_minor"] != row["amount_minor"]], [])
        system.assert_sound(at_rest=False)

    def test_instances_come_and_go(self) -> None:
        """A second instance of each service comes, and goes in good order or by kill -9, while orders pass."""
        system = self.system
        system.add_stock("TWIN", AUTO=100000)
        done, replies = threading.Event(), list[Reply]()

        def submit_until_done(thread: int) -> None:
            n = 0
            while not done.is_set():
                replies.append(system.submit(system.order(f"twin-{thread}-{n}", ("TWIN", 1)), wait_s=0.5))
                n += 1

        threads = [threading.Thread(target=submit_until_done, args=(n,), daemon=True) for n in range(4)]
        for thread in threads:
            thread.start()
        try:
            for n in range(max(1, ROUNDS // 20)):
                for name in (one for one in system.services if one not in STANDINS):
                    self.pass_through(name, signal.SIGKILL if n % 2 == 0 else signal.SIGTERM, replies)
        finally:
            done.set()
            for thread in threads:
                thread.join(TIMEOUT_S)
        self.assertEqual({reply.status for reply in replies} - {201, 202}, set())
        ends = system.wait_over([reply.data["id"] for reply in replies], END_TIMEOUT_S)
        print(f"{len(ends)} orders while instances came and went", file=sys.stderr)
        self.assertEqual(set(ends.values()), {"completed"})
        system.assert_sound()

    def pass_through(self, name: str, number: int, replies: list[Reply]) -> None:
        """One second instance comes, works, and goes."""
        twin = Twin(self.system, name)
        try:
            before = len(replies)
            wait_until(f"orders beside a second {name}", TIMEOUT_S, lambda: len(replies) >= before + ORDERS_A_CHANGE)
        finally:
            if name == "notification" and number == signal.SIGKILL:
                self.system.mail_copies += CLIENTS
            twin.end(number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    unittest.main()
