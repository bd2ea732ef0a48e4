#!/usr/bin/python3
"""bins_test - bins inside a place: put, filled, moved between, counted and audited, on the running system.

    tests/stack/bins_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import unittest
from typing import Any

from system import Body, Reply, wait_until
from unhappy_case import UnhappyCase

PLACE = "/v1/locations/HALL"


class BinsTest(UnhappyCase):
    """One system; each test has items of its own."""

    def ask(self, path: str, key: str, method: str = "POST", **body: Any) -> Reply:
        """Ask for something under a name."""
        return self.system.request(method, path, body, Idempotency_Key=key, Authorization=f"Bearer {self.desk.key}")

    def put_bins(self, *codes: str) -> None:
        """Bins of the hall, in the order in which they are picked."""
        for order, code in enumerate(codes, 1):
            reply = self.ask(f"{PLACE}/bins/{code}", f"put-{code}", "PUT", zone=code[0], pick_order=order, kind="pick")
            self.assertEqual((reply.status, reply.data["bin"]), (200, code), reply.data)

    def bins(self, sku: str) -> Body:
        """In which bins an item lies."""
        return self.desk.sure("GET", f"/v1/stock/{sku}/HALL/bins")

    def lies(self, sku: str) -> tuple[int, int, dict[str, int]]:
        """On hand, in no bin, and in each bin."""
        found = self.bins(sku)
        return found["on_hand"], found["unbinned"], {each["bin"]: each["quantity"] for each in found["bins"]}

    def move(self, sku: str, key: str, quantity: int, **way: str) -> Reply:
        """From bin to bin."""
        return self.ask("/v1/stock/bin-moves", key, sku=sku, location="HALL", quantity=quantity, **way)

    def test_moved_counted_and_refused(self) -> None:
        """Pieces are put away and moved, once each; what cannot be names its field; the rest lies in none."""
        self.system.add_stock("BIN-A", HALL=10)
        self.put_bins("M-1", "M-2")
        self.assertEqual(self.lies("BIN-A"), (10, 10, {}))
        for _ in range(2):  # the second time after an answer that was lost
            self.assertEqual(self.move("BIN-A", "move-1", 6, to="M-1").status, 201)
        self.assertEqual(self.move("BIN-A", "move-2", 2, **{"from": "M-1", "to": "M-2"}).status, 201)
        self.assertEqual(self.lies("BIN-A"), (10, 4, {"M-1": 4, "M-2": 2}))
        for key, quantity, way, pointer in (("bad-1", 5, {"to": "M-1"}, "/quantity"),
                                            ("bad-2", 1, {"to": "NONE"}, "/to"),
                                            ("bad-3", 1, {}, "/to"), ("bad-4", 9, {"from": "M-1"}, "/quantity")):
            refused = self.move("BIN-A", key, quantity, **way)
            self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, pointer), refused.data)
        reused = self.move("BIN-A", "move-1", 5, to="M-1")
        self.assertEqual((reused.status, reused.data["type"].rpartition("#")[2]), (422, "idempotency-key-reused"))
        counted = self.ask("/v1/stock/adjustments", "count-1", sku="BIN-A", location="HALL", bin="M-2", counted=5,
                           reason="count")
        self.assertEqual(counted.status, 201, counted.data)
        self.assertEqual(self.lies("BIN-A"), (13, 4, {"M-1": 4, "M-2": 5}))
        needed = self.ask("/v1/stock/adjustments", "less-1", sku="BIN-A", location="HALL", quantity_change=-5,
                          reason="loss")
        self.assertEqual((needed.status, needed.data["errors"][0]["pointer"]), (422, "/bin"), needed.data)
        ledger = self.desk.sure("GET", "/v1/stock/BIN-A/HALL/bins/ledger")["items"]
        self.assertEqual([(line["bin"], line["kind"], line["quantity"]) for line in ledger],
                         [("M-2", "adjusted", 3), ("M-2", "moved", 2), ("M-1", "moved", -2), ("M-1", "moved", 6)])
        self.assertEqual(self.desk.sure("GET", f"{PLACE}/bins/M-2/stock")["items"], [{"sku": "BIN-A", "quantity": 5}])
        self.assertEqual([each["bin"] for each in self.desk.sure("GET", f"{PLACE}/bins?zone=M")["items"]],
                         ["M-1", "M-2"])

    def test_received_into_a_bin_and_counted_away(self) -> None:
        """A transfer is put into a bin; when a count of the whole place finds less, the fullest bins give it up."""
        self.system.add_stock("BIN-B", **{"HALL": 1, "WH-2": 5})
        self.put_bins("R-1", "R-2")
        transfer = self.ask("/v1/stock/transfers", "tr-1", **{"from": "WH-2", "to": "HALL"},
                            lines=[{"sku": "BIN-B", "quantity": 5}]).data["id"]
        self.assertEqual(self.ask(f"/v1/stock/transfers/{transfer}/ship", "tr-2").status, 200)
        unknown = self.ask(f"/v1/stock/transfers/{transfer}/receive", "tr-3",
                           lines=[{"sku": "BIN-B", "quantity": 5, "bin": "NONE"}])
        self.assertEqual((unknown.status, unknown.data["errors"][0]["pointer"]), (422, "/lines/0/bin"))
        self.assertEqual(self.ask(f"/v1/stock/transfers/{transfer}/receive", "tr-4",
                                  lines=[{"sku": "BIN-B", "quantity": 5, "bin": "R-1"}]).status, 200)
        wait_until("it is put away", 20, lambda: self.lies("BIN-B") == (6, 1, {"R-1": 5}))
        self.assertEqual(self.move("BIN-B", "mv-1", 1, **{"from": "R-1", "to": "R-2"}).status, 201)
        self.assertEqual(self.ask("/v1/stock/adjustments", "whole-1", sku="BIN-B", location="HALL", counted=3,
                                  reason="count").status, 201)
        wait_until("the bins gave up what is not there", 20,
                   lambda: self.lies("BIN-B") == (3, 0, {"R-1": 2, "R-2": 1}))

    def test_picked_by_the_way_of_the_bins(self) -> None:
        """The pick list leads from bin to bin; what is picked leaves its bin."""
        self.system.add_place("HALL", False)
        self.system.add_stock("BIN-C", HALL=6)
        self.put_bins("P-1", "P-2")
        self.assertEqual(self.move("BIN-C", "p-1", 2, to="P-2").status, 201)
        self.assertEqual(self.move("BIN-C", "p-2", 2, to="P-1").status, 201)
        orders = []
        for pieces in (3, 2):
            orders.append(self.desk.place(f"pick-{pieces}", ("BIN-C", pieces)))
            self.desk.until_confirmed(orders[-1])

        def way() -> list[tuple[str, str | None, int]]:
            """Of the item: for whom, out of which bin, how many."""
            lines = self.desk.sure("GET", f"{PLACE}/pick-list")["items"]
            return [(line["fulfillment_id"], line.get("bin"), line["quantity"])
                    for line in lines if line["sku"] == "BIN-C"]

        wait_until("both are to be picked", 30, lambda: len({line[0] for line in way()}) == 2)
        first, second = (f"{order_id}-F1" for order_id in orders)
        self.assertEqual(way(), [(first, "P-1", 2), (first, "P-2", 1), (second, "P-2", 1), (second, None, 1)])
        many = self.ask(f"/v1/fulfillments/{first}/pick", "pick-1",
                        bins=[{"sku": "BIN-C", "bin": "P-1", "quantity": 4}])
        self.assertEqual((many.status, many.data["errors"][0]["pointer"]), (422, "/bins/0"), many.data)
        done = self.ask(f"/v1/fulfillments/{first}/pick", "pick-2", bins=[
            {"sku": "BIN-C", "bin": "P-1", "quantity": 2}, {"sku": "BIN-C", "bin": "P-2", "quantity": 1}])
        self.assertEqual(done.status, 200, done.data)
        wait_until("they left their bins", 20, lambda: self.lies("BIN-C") == (6, 5, {"P-2": 1}))
        ledger = self.desk.sure("GET", "/v1/stock/BIN-C/HALL/bins/ledger")["items"]
        self.assertEqual({(line["bin"], line["quantity"]) for line in ledger if line["kind"] == "picked"},
                         {("P-1", -2), ("P-2", -1)})
        wait_until("the second is led on", 20, lambda: [line[1:] for line in way()] == [("P-2", 1), (None, 1)])

    def suggested(self) -> list[Body]:
        """Moves that would make picking in the aisle shorter."""
        items: list[Body] = self.desk.sure("GET", "/v1/locations/AISLE/bin-suggestions")["items"]
        return items

    def test_moves_are_suggested_by_what_was_picked(self) -> None:
        """What is picked often and lies late belongs in front, and its bin is refilled; a click does it."""
        self.system.add_place("AISLE", False)
        self.system.add_stock("BIN-D", AISLE=30)
        self.system.add_stock("BIN-E", AISLE=1)
        for code, order, kind in (("S-1", 1, "pick"), ("S-2", 2, "pick"), ("S-9", 9, "pick"), ("B-1", 50, "bulk")):
            self.assertEqual(self.ask(f"/v1/locations/AISLE/bins/{code}", f"aisle-{code}", "PUT", pick_order=order,
                                      kind=kind).status, 200)
        for sku, pieces, code in (("BIN-D", 10, "S-9"), ("BIN-D", 20, "B-1"), ("BIN-E", 1, "S-2")):
            put = self.ask("/v1/stock/bin-moves", f"aisle-{sku}-{code}", sku=sku, location="AISLE", quantity=pieces,
                           to=code)
            self.assertEqual(put.status, 201, put.data)
        self.assertEqual(self.suggested(), [])
        order_id = self.desk.place("aisle", ("BIN-D", 9))
        self.desk.until_confirmed(order_id)
        wait_until("there is work", 30, lambda: self.ask(f"/v1/fulfillments/{order_id}-F1/pick", "aisle-pick", bins=[
            {"sku": "BIN-D", "bin": "S-9", "quantity": 9}]).status == 200)
        wait_until("both are suggested", 20, lambda: len(self.suggested()) == 2)
        move = {"sku": "BIN-D", "location": "AISLE"}
        self.assertEqual(self.suggested(), [
            {"kind": "forward", "picks": 1, "pieces": 9, "from_pick_order": 9, "to_pick_order": 1,
             "move": move | {"from": "S-9", "to": "S-1", "quantity": 1}},
            {"kind": "refill", "picks": 1, "pieces": 9, "from_pick_order": 50, "to_pick_order": 9,
             "move": move | {"from": "B-1", "to": "S-9", "quantity": 2}}])
        first = self.desk.sure("GET", "/v1/locations/AISLE/bin-suggestions?limit=1")
        rest = self.desk.sure("GET", f"/v1/locations/AISLE/bin-suggestions?limit=1&cursor={first['next']}")
        self.assertEqual([first["items"][0]["kind"], rest["items"][0]["kind"]], ["forward", "refill"])
        for kind in ("forward", "refill"):
            clicked = next(each["move"] for each in self.suggested() if each["kind"] == kind)
            self.assertEqual(self.ask("/v1/stock/bin-moves", f"aisle-{kind}", **clicked).status, 201)
        self.assertEqual(self.suggested(), [])
        self.assertEqual(self.desk.sure("GET", "/v1/stock/BIN-D/AISLE/bins")["bins"],
                         [{"bin": "S-1", "quantity": 3}, {"bin": "B-1", "quantity": 18}])


if __name__ == "__main__":
    unittest.main(verbosity=2)
