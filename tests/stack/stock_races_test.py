#!/usr/bin/python3
"""stock_races_test.py - those who want the same pieces at the same moment: orders, transfers, counts, inspectors.

    tests/stack/stock_races_test.py [-k NAME]     KERVAN_RACE_ROUNDS=1000 for the long run; 20 without it

Who is told yes is right, nothing is promised twice, and the books are those that the service's own audit and the judge
from outside find right.
"""

from __future__ import annotations

import sys
import time
import unittest
from collections import Counter

from races_case import ROUNDS, TIMEOUT_S, RacesCase, batches
from system import Body, Reply, wait_until

PIECES, WANT, CLIENTS = 4, 4, 32
AUDIT_S = 120
HEAD_START_S = 0.01  # of orders, none to four of them: else transfers are first nearly always


class StockRacesTest(RacesCase):
    """Races on one running system."""

    CLIENTS = CLIENTS
    admin: str

    @classmethod
    def furnish(cls) -> None:
        """Two places where people work, and somebody who may look at the audit."""
        cls.system.add_place("HALL", automatic=False)
        cls.system.add_place("YARD", automatic=False)
        cls.admin = cls.system.new_key("--scopes", "admin")

    def post(self, path: str, key: str, body: Body) -> Reply:
        """Ask for something under a name, and wait for what became of it."""
        return self.system.request("POST", path, body, Idempotency_Key=key, Prefer="wait=20")

    def order(self, ref: str, sku: str) -> Reply:
        """An order of one piece."""
        return self.system.post_order(self.system.order(ref, (sku, 1)), until="confirmed", wait_s=20)

    def transfer(self, key: str, sku: str, later_s: float = 0) -> Reply:
        """A transfer of one piece, so much later than the others begin."""
        time.sleep(later_s)
        return self.post("/v1/stock/transfers", key, {"from": "HALL", "to": "YARD",
                                                      "lines": [{"sku": sku, "quantity": 1}]})

    def at_hall(self, sku: str) -> Body:
        """What lies there."""
        return dict(self.system.sure("GET", f"/v1/stock?sku={sku}&location=HALL").data["items"][0])

    def check_books(self) -> None:
        """Nothing that the judge from outside finds, or the services' own audit when it looks at everything."""
        self.system.assert_sound(at_rest=False)
        bearer = {"Authorization": f"Bearer {self.admin}"}
        place = self.system.request("POST", "/v1/audit/runs", **bearer).headers["Location"]
        wait_until("the end of the audit", AUDIT_S,
                   lambda: self.system.request("GET", place, **bearer).data["state"] == "done")
        self.assertEqual(self.system.request("GET", place, **bearer).data["findings"], [])

    def test_transfer_against_order(self) -> None:
        """For the last pieces: as many are told yes as there are; then each that goes to another place goes once."""
        told: Counter[str] = Counter()
        ends: Counter[tuple[int, int]] = Counter()
        for rounds in batches():
            for n in rounds:
                self.system.add_stock(f"WANTED-{n}", HALL=PIECES)
                self.race_for_the_last(n, told, ends)
        print(f"transfer against order: {dict(told)}; ship against cancel: {dict(ends)}", file=sys.stderr)
        self.assertEqual(told["orders"] + told["transfers"], ROUNDS * PIECES)
        self.assertEqual(set(ends) - {(200, 409), (409, 200)}, set())
        self.check_books()

    def race_for_the_last(self, n: int, told: Counter[str], ends: Counter[tuple[int, int]]) -> None:
        """One round."""
        sku = f"WANTED-{n}"
        replies = self.at_once(*(lambda i=i: self.order(f"wanted-{n}-{i}", sku) for i in range(WANT)),
                               *(lambda i=i: self.transfer(f"wanted-{n}-{i}", sku, HEAD_START_S * (n % 5))
                                 for i in range(WANT)))
        orders = [reply for reply in replies[:WANT] if reply.status == 201]
        transfers = [reply.data["id"] for reply in replies[WANT:] if reply.status == 201]
        self.assertEqual({reply.status for reply in replies}, {201, 422}, [reply.data for reply in replies])
        self.assertEqual({reply.data["status"] for reply in orders} - {"confirmed"}, set())
        self.assertEqual(len(orders) + len(transfers), PIECES)
        self.assertEqual(self.at_hall(sku)["reserved"], PIECES)
        told.update(orders=len(orders), transfers=len(transfers))
        for name in transfers:
            shipped, canceled = self.at_once(
                lambda name=name: self.post(f"/v1/stock/transfers/{name}/ship", f"ship-{name}", {}),
                lambda name=name: self.post(f"/v1/stock/transfers/{name}/cancel", f"cancel-{name}", {}))
            ends[shipped.status, canceled.status] += 1
            state = self.system.sure("GET", f"/v1/stock/transfers/{name}").data["state"]
            self.assertEqual(state, "in_transit" if shipped.status == 200 else "canceled")
        left = self.at_hall(sku)
        self.assertEqual(left["reserved"], len(orders))
        self.assertLessEqual(len(orders), left["on_hand"])

    def test_count_against_reservation(self) -> None:
        """Orders and transfers come while a count finds less and pieces are broken: nothing is promised that is not."""
        ends: Counter[str] = Counter()
        for rounds in batches():
            for n in rounds:
                self.system.add_stock(f"COUNTED-{n}", HALL=PIECES)
                ends.update(self.race_with_a_count(n))
            for n in rounds:
                wait_until(f"COUNTED-{n} to owe nothing", TIMEOUT_S,
                           lambda n=n: self.at_hall(f"COUNTED-{n}")["owed"] == 0)
                left = self.at_hall(f"COUNTED-{n}")
                self.assertLessEqual(left["reserved"], left["on_hand"] - left["damaged"], left)
                self.assertEqual(left["on_hand"], PIECES - 1, left)
                self.assertEqual(left["damaged"], 1, left)
        print(f"count against reservation: {dict(ends)}", file=sys.stderr)
        self.check_books()

    def race_with_a_count(self, n: int) -> list[str]:
        """One round; who was told yes."""
        sku, where = f"COUNTED-{n}", {"sku": f"COUNTED-{n}", "location": "HALL"}
        replies = self.at_once(
            *(lambda i=i: self.order(f"counted-{n}-{i}", sku) for i in range(WANT)),
            lambda: self.transfer(f"counted-{n}", sku),
            lambda: self.post("/v1/stock/counts", f"counted-{n}-count", {**where, "counted": PIECES - 1,
                                                                         "reason": "count"}),
            lambda: self.post("/v1/stock/moves", f"counted-{n}-move", {**where, "from": "sellable", "to": "damaged",
                                                                       "quantity": 1, "reason": "damage"}))
        self.assertEqual([reply.status for reply in replies[-2:]], [201, 201], [reply.data for reply in replies])
        self.assertIn(replies[WANT].status, (201, 422), replies[WANT].data)
        transfers = ["transfer"] if replies[WANT].status == 201 else []
        return [str(reply.data.get("status")) for reply in replies[:WANT] if reply.status == 201] + transfers


if __name__ == "__main__":
    unittest.main()
