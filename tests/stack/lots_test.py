#!/usr/bin/python3
"""lots_test.py - lots with a last day and serial numbers through the whole system, from receipt to recall.

    tests/stack/lots_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import os
import unittest

from system import Body, Reply, System, wait_until


class LotsTest(unittest.TestCase):
    """One system; each test has items of its own."""

    system: System
    reader: str

    @classmethod
    def setUpClass(cls) -> None:
        """Bring everything up, with two places where people pick."""
        cls.system = System()
        try:
            cls.system.start()
            cls.system.add_place("EAST", automatic=False)
            cls.system.add_place("WEST", automatic=False)
            cls.reader = cls.system.new_key("--scopes", "inventory:read")  # of no channel: it sees all orders
        except BaseException:
            cls.system.close("KERVAN_KEEP" in os.environ)
            raise

    @classmethod
    def tearDownClass(cls) -> None:
        """Whatever happened, the books are right; leave nothing behind."""
        try:
            cls.system.assert_sound(at_rest=False)
        finally:
            cls.system.close("KERVAN_KEEP" in os.environ)

    def post(self, path: str, key: str, body: Body) -> Reply:
        """Ask for something under a name."""
        return self.system.request("POST", path, body, Idempotency_Key=key)

    def received(self, sku: str, key: str, *lots: Body) -> Reply:
        """Pieces came to EAST."""
        return self.post("/v1/stock/adjustments", key, {
            "sku": sku, "location": "EAST", "quantity_change": sum(lot["quantity"] for lot in lots),
            "reason": "received", "lots": list(lots)})

    def lots(self, sku: str, quantity: int = 0) -> list[tuple[str, int, int, int]]:
        """Lots in the order in which they are to leave: number, free, picked, to be taken."""
        query = f"?quantity={quantity}" if quantity else ""
        found = self.system.sure("GET", f"/v1/stock/{sku}/EAST/lots{query}").data["lots"]
        return [(lot["lot"], lot["available"], lot["picked"], lot.get("take", 0)) for lot in found]

    def went_to(self, sku: str, lot: str) -> list[tuple[str, int, str]]:
        """Orders that got some of a lot, how many, and from where."""
        items = self.system.sure("GET", f"/v1/stock/{sku}/lots/{lot}/orders",
                                 Authorization=f"Bearer {self.reader}").data["items"]
        return [(row["order_id"], row["quantity"], row["location"]) for row in items]

    def confirmed(self, ref: str, sku: str, quantity: int) -> str:
        """An order that is to be picked."""
        order = self.system.submit(self.system.order(ref, (sku, quantity)))
        self.system.wait_status([order.data["id"]], 30, "confirmed")
        return str(order.data["id"])

    def pack(self, order: str, quantity: int) -> None:
        """All of it leaves in one parcel."""
        path = f"/v1/fulfillments/{order}-F1"
        wait_until("the task of the place", 30, lambda: self.system.request("GET", path).status == 200)
        parcel = {"parcel_no": 1, "weight_grams": 400, "lines": [{"line_no": 1, "quantity": quantity}]}
        self.assertEqual(self.post(f"{path}/pack", f"{order}-pack", {"parcels": [parcel]}).status, 200)

    def test_from_receipt_to_recall(self) -> None:
        """The picker names what was taken; who got a lot is found by its number."""
        self.system.sure("PUT", "/v1/items/MILK", {"name": "Milk", "lot_tracked": True, "expires": True,
                                                   "minimum_shelf_life_days": 5})
        bare = self.post("/v1/stock/adjustments", "milk-0", {"sku": "MILK", "location": "EAST", "quantity_change": 5,
                                                             "reason": "received"})
        self.assertEqual((bare.status, bare.data["errors"][0]["pointer"]), (422, "/lots"))
        early, late = {"lot": "L2", "expires_on": "2090-01-31"}, {"lot": "L1", "expires_on": "2091-01-31"}
        self.assertEqual(self.received("MILK", "milk-1", {**late, "quantity": 5}, {**early, "quantity": 3}).status, 201)
        order = self.confirmed("milk-order", "MILK", 4)
        self.assertEqual(self.lots("MILK", 4), [("L2", 3, 0, 3), ("L1", 5, 0, 1)])
        pick = {"order_id": order, "sku": "MILK", "location": "EAST"}
        wrong = self.post("/v1/stock/picks", "milk-2", {**pick, "lots": [{"lot": "L9", "quantity": 1}]})
        self.assertEqual((wrong.status, wrong.data["errors"][0]["pointer"]), (422, "/lots/0/lot"))
        self.assertIn("L9", wrong.data["errors"][0]["detail"])
        done = self.post("/v1/stock/picks", "milk-3", {**pick, "lots": [{"lot": "L1", "quantity": 4}]})
        self.assertEqual(done.status, 201, done.data)
        self.assertEqual(self.lots("MILK"), [("L2", 3, 0, 0), ("L1", 1, 4, 0)])
        self.pack(order, 4)
        wait_until("that the lots left", 60, lambda: self.lots("MILK") == [("L2", 3, 0, 0), ("L1", 1, 0, 0)])
        where = self.system.sure("GET", "/v1/stock/MILK/lots/L1/where").data
        self.assertEqual((where["on_hand"], where["shipped"], where["expires_on"]), (1, 4, "2091-01-31"))
        self.assertEqual(where["locations"], [{"location": "EAST", "on_hand": 1, "damaged": 0, "quality_control": 0}])
        self.assertEqual(self.went_to("MILK", "L1"), [(order, 4, "EAST")])
        self.assertEqual(self.went_to("MILK", "L2"), [])
        self.assertEqual(self.system.request("GET", "/v1/stock/MILK/lots/L9/where").status, 404)

    def test_what_ended_is_not_for_sale(self) -> None:
        """It goes to quality control by itself, in the ledger, as soon as it is known."""
        self.system.sure("PUT", "/v1/items/OLD", {"name": "Old", "lot_tracked": True, "expires": True})
        self.received("OLD", "old-1", {"lot": "L1", "quantity": 5, "expires_on": "2020-01-31"},
                      {"lot": "L2", "quantity": 2, "expires_on": "2090-01-31"})

        def counters() -> tuple[int, int]:
            """In quality control, and available."""
            level = self.system.sure("GET", "/v1/stock/OLD").data
            return level["quality_control"], level["available"]

        wait_until("that it is set apart", 30, lambda: counters() == (5, 2))
        ledger = self.system.sure("GET", "/v1/stock/OLD/EAST/ledger").data["items"]
        self.assertEqual([(line["counter"], line["quantity"]) for line in ledger if line.get("reason") == "expired"],
                         [("quality_control", 5)])

    def test_a_serial_number_goes_to_one_order(self) -> None:
        """One that is not there, or another order's, is refused by name."""
        self.system.sure("PUT", "/v1/items/PHONE", {"name": "Phone", "serial_tracked": True})
        self.assertEqual(self.received("PHONE", "phone-1", {"lot": "S1", "quantity": 1},
                                       {"lot": "S2", "quantity": 1}).status, 201)
        again = self.received("PHONE", "phone-2", {"lot": "S1", "quantity": 1})
        self.assertEqual((again.status, again.data["errors"][0]["pointer"]), (422, "/lots/0/lot"))
        first, second = self.confirmed("phone-a", "PHONE", 1), self.confirmed("phone-b", "PHONE", 1)
        named = {"sku": "PHONE", "location": "EAST", "lots": [{"lot": "S2", "quantity": 1}]}
        self.assertEqual(self.post("/v1/stock/picks", "phone-3", {**named, "order_id": first}).status, 201)
        taken = self.post("/v1/stock/picks", "phone-4", {**named, "order_id": second})
        self.assertEqual(taken.status, 422)
        self.assertIn('"S2"', taken.data["errors"][0]["detail"])
        self.pack(first, 1)
        wait_until("that it left", 60, lambda: self.lots("PHONE") == [("S1", 1, 0, 0)])
        self.assertEqual(self.went_to("PHONE", "S2"), [(first, 1, "EAST")])


if __name__ == "__main__":
    unittest.main(verbosity=2)
