#!/usr/bin/python3
"""stock_test - what happens to pieces without an order, on the running system: every counter, who did it, and why.

    tests/stack/stock_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import os
import time
import unittest
from datetime import datetime, timezone
from typing import Any

from levels import levels_late_s
from system import Body, Reply, System, wait_until

# A second is promised as p99, and what is gathered waits for half of one.  Few changes, a crowded machine: so many
# seconds bound what nine of ten take.
ONCE_S, GATHERED_S = 0.5, 1.0
COUNTERS = ("on_hand", "reserved", "owed", "damaged", "quality_control", "safety", "incoming", "available")


class StockTest(unittest.TestCase):
    """One system; each test has items of its own."""

    system: System

    @classmethod
    def setUpClass(cls) -> None:
        """Bring everything up, with two places."""
        cls.system = System()
        try:
            cls.system.start()
            cls.system.add_place("EAST", automatic=False)
            cls.system.add_place("WEST", automatic=False)
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

    def level(self, sku: str, place: str = "EAST") -> Body:
        """The counters of an item at a place that are not 0."""
        items = self.system.sure("GET", f"/v1/stock?sku={sku}&location={place}").data["items"]
        return {name: items[0][name] for name in COUNTERS if items[0][name] != 0} if items else {}

    def lines(self, sku: str, place: str = "EAST") -> list[tuple[str, str, int]]:
        """The ledger, the first line first, read in pages of two."""
        lines: list[tuple[str, str, int]] = []
        query = "limit=2"
        while query:
            page = self.system.sure("GET", f"/v1/stock/{sku}/{place}/ledger?{query}").data
            for line in page["items"]:
                self.assertTrue(line["actor"].startswith("key:"), line)
                self.assertIn("at", line)
                lines.append((line["counter"], line["kind"], line["quantity"]))
            query = f"limit=2&cursor={page['next']}" if page.get("next") else ""
        return lines[::-1]

    def test_pieces_change_their_condition(self) -> None:
        """Damaged pieces and such in quality control are there, and nobody is promised them."""
        self.system.add_stock("SHELF", EAST=10)
        where = {"sku": "SHELF", "location": "EAST"}
        apart = {**where, "from": "sellable", "to": "damaged", "quantity": 4, "reason": "damage", "note": "Rain"}
        done = self.post("/v1/stock/moves", "shelf-1", apart)
        self.assertEqual((done.status, done.data["damaged"], done.data["available"]), (201, 4, 6))
        again = self.post("/v1/stock/moves", "shelf-1", apart)
        self.assertEqual((again.status, again.data["damaged"]), (201, 4))
        self.assertEqual(self.post("/v1/stock/moves", "shelf-1", {**apart, "quantity": 1}).status, 422)
        self.post("/v1/stock/moves", "shelf-2", {**apart, "to": "quality_control", "quantity": 3})
        self.assertEqual(self.post("/v1/stock/safety", "shelf-3", {**where, "quantity": 2}).status, 201)
        self.assertEqual(self.level("SHELF"),
                         {"on_hand": 10, "damaged": 4, "quality_control": 3, "safety": 2, "available": 1})
        order = self.system.submit(self.system.order("shelf-order", ("SHELF", 2)))
        self.assertEqual(self.system.wait_over([order.data["id"]], 30), {order.data["id"]: "rejected"})

        off = self.post("/v1/stock/moves", "shelf-4", {**where, "from": "damaged", "to": "written_off", "quantity": 4,
                                                       "reason": "damage"})
        self.assertEqual((off.status, off.data["on_hand"]), (201, 6))
        self.post("/v1/stock/moves", "shelf-5", {**where, "from": "quality_control", "to": "sellable", "quantity": 3,
                                                 "reason": "inspection"})
        self.assertEqual(self.level("SHELF"), {"on_hand": 6, "safety": 2, "available": 4})
        self.assertEqual(self.lines("SHELF"), [
            ("on_hand", "adjusted", 10), ("damaged", "moved", 4), ("quality_control", "moved", 3),
            ("safety", "adjusted", 2), ("on_hand", "written_off", -4), ("damaged", "written_off", -4),
            ("quality_control", "moved", -3)])

    def test_what_cannot_be_is_refused(self) -> None:
        """With the field that is wrong."""
        self.system.add_stock("BENT", EAST=2)
        move = {"sku": "BENT", "location": "EAST", "from": "sellable", "to": "damaged", "quantity": 1,
                "reason": "damage"}
        for number, (wrong, pointer) in enumerate((({"quantity": 3}, "/quantity"), ({"to": "written_off"}, "/to"),
                                                   ({"location": "NORTH"}, "/location"), ({"sku": "NO"}, "/sku"))):
            refused = self.post("/v1/stock/moves", f"bent-{number}", {**move, **wrong})
            self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, pointer))
        self.assertEqual(self.level("BENT"), {"on_hand": 2, "available": 2})

    def test_what_is_broken_and_promised_is_given_up(self) -> None:
        """An order that waits to be picked gives up its pieces, and is served from elsewhere."""
        self.system.add_stock("CRACKED", EAST=3)
        order = self.system.submit(self.system.order("cracked-order", ("CRACKED", 3)))
        self.assertEqual(order.status, 201)
        self.system.wait_status([order.data["id"]], 30, "confirmed")
        self.system.add_stock("CRACKED", WEST=3)
        self.post("/v1/stock/moves", "cracked-1", {"sku": "CRACKED", "location": "EAST", "from": "sellable",
                                                   "to": "quality_control", "quantity": 3, "reason": "recall"})
        wait_for = {"on_hand": 3, "quality_control": 3}
        wait_until("that the order gives up what is recalled", 30, lambda: self.level("CRACKED") == wait_for)
        self.assertEqual(self.level("CRACKED", "WEST"), {"on_hand": 3, "reserved": 3})

    def test_who_packs_sees_the_components(self) -> None:
        """As they were when it was reserved; a missing one is lost alone, what else was in the bundle is free."""
        self.system.add_stock("CRATE-CUP", EAST=10)
        self.system.add_stock("CRATE-LID", EAST=4)
        components = [{"sku": "CRATE-CUP", "quantity": 2}, {"sku": "CRATE-LID", "quantity": 1}]
        self.system.sure("PUT", "/v1/items/CRATE", {"name": "Crate", "components": components})
        order = self.system.submit(self.system.order("crate-order", ("CRATE", 2), ("CRATE-CUP", 1)))
        self.system.wait_status([order.data["id"]], 30, "confirmed")
        self.system.sure("PUT", "/v1/items/CRATE", {"name": "Crate", "components": components[:1]})
        path = f"/v1/fulfillments/{order.data['id']}-F1"
        wait_until("the task of the place", 30, lambda: self.system.request("GET", path).status == 200)
        work = self.system.sure("GET", path).data
        self.assertEqual(work["lines"][0], {"line_no": 1, "sku": "CRATE", "quantity": 2, "components": components})
        self.assertNotIn("components", work["lines"][1])
        self.assertEqual(work["pick_list"], [{"sku": "CRATE-CUP", "quantity": 5}, {"sku": "CRATE-LID", "quantity": 2}])
        short = {"lines": [{"line_no": 1, "quantity": 1}], "reason": "not_found"}
        wrong = self.post(f"{path}/short", "crate-wrong",
                          {**short, "components": [{"line_no": 1, "sku": "CRATE-LID", "quantity": 2}]})
        self.assertEqual((wrong.status, wrong.data["errors"][0]["pointer"]), (422, "/components/0/quantity"))
        lid = [{"line_no": 1, "sku": "CRATE-LID", "quantity": 1}]
        self.assertEqual(self.post(f"{path}/short", "crate-short", {**short, "components": lid}).status, 200)
        wait_until("that one lid is lost", 30, lambda: self.level("CRATE-LID").get("on_hand") == 3)
        self.assertEqual(self.level("CRATE-LID"), {"on_hand": 3, "reserved": 1, "available": 2})
        self.assertEqual(self.level("CRATE-CUP"), {"on_hand": 10, "reserved": 3, "available": 7})
        work = self.system.sure("GET", path).data
        self.assertEqual(work["pick_list"], [{"sku": "CRATE-CUP", "quantity": 3}, {"sku": "CRATE-LID", "quantity": 1}])
        self.assertEqual(work["missing"], [{"line_no": 1, "quantity": 1,
                                            "components": [{"sku": "CRATE-LID", "quantity": 1}]}])

    def test_a_bundle_is_shipped_by_its_components(self) -> None:
        """What is in it is held, leaves and is in the ledger; the bundle is there as often as they allow."""
        self.system.add_place("ROBOT")
        self.system.add_stock("KIT-CUP", ROBOT=10)
        self.system.add_stock("KIT-LID", ROBOT=3)
        components = [{"sku": "KIT-CUP", "quantity": 2}, {"sku": "KIT-LID", "quantity": 1}]
        self.system.sure("PUT", "/v1/items/KIT", {"name": "Kit", "components": components})

        def kits() -> int:
            """How many bundles may be promised."""
            return int(self.system.sure("GET", "/v1/stock/KIT").data["available"])

        self.assertEqual(kits(), 3)
        order = self.system.submit(self.system.order("kit-order", ("KIT", 2), ("KIT-CUP", 1)))
        self.assertEqual(order.status, 201)
        wait_until("that the components left", 60, lambda: self.level("KIT-CUP", "ROBOT").get("on_hand") == 5)
        self.assertEqual(self.level("KIT-CUP", "ROBOT"), {"on_hand": 5, "available": 5})
        self.assertEqual(self.level("KIT-LID", "ROBOT"), {"on_hand": 1, "available": 1})
        ledger = self.system.sure("GET", "/v1/stock/KIT-CUP/ROBOT/ledger").data["items"]
        self.assertEqual(sum(line["quantity"] for line in ledger if line["kind"] == "shipped"), -5)
        self.assertEqual((kits(), self.level("KIT", "ROBOT")), (1, {}))
        self.assertEqual(self.system.wait_over([order.data["id"]], 60), {order.data["id"]: "completed"})
        lines = self.system.get_order(order.data["id"])["lines"]
        self.assertEqual([line["sku"] for line in lines], ["KIT", "KIT-CUP"])
        short = self.system.submit(self.system.order("kit-short", ("KIT", 2)))
        self.assertEqual(self.system.wait_over([short.data["id"]], 30), {short.data["id"]: "rejected"})

    def test_a_count_says_when_it_was_made(self) -> None:
        """What left and came between counting and booking is counted, too, and who counts again changes nothing."""
        self.system.add_stock("SHELVED", EAST=10)
        then = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        count = {"sku": "SHELVED", "location": "EAST", "counted": 8, "counted_at": then, "reason": "count"}
        time.sleep(0.002)  # the next instant of the database
        self.post("/v1/stock/adjustments", "shelved-1", {"sku": "SHELVED", "location": "EAST", "quantity_change": 5,
                                                         "reason": "received"})
        self.post("/v1/stock/moves", "shelved-2", {"sku": "SHELVED", "location": "EAST", "from": "sellable",
                                                   "to": "damaged", "quantity": 1, "reason": "damage"})
        self.post("/v1/stock/moves", "shelved-3", {"sku": "SHELVED", "location": "EAST", "from": "damaged",
                                                   "to": "written_off", "quantity": 1, "reason": "damage"})
        for number in range(2):
            counted = self.post("/v1/stock/counts", f"shelved-count-{number}", count)
            self.assertEqual((counted.status, counted.data["on_hand"]), (201, 12), counted.data)
        self.assertEqual(self.lines("SHELVED")[-1], ("on_hand", "adjusted", -2))
        late = self.post("/v1/stock/counts", "shelved-4", {**count, "counted_at": "2026-01-01T00:00:00.000Z"})
        self.assertEqual((late.status, late.data["errors"][0]["pointer"]), (422, "/counted_at"))

    def transfer(self, key: str, sku: str, quantity: int, **more: Any) -> str:
        """From EAST to WEST; its id."""
        reply = self.post("/v1/stock/transfers", key, {"from": "EAST", "to": "WEST",
                                                       "lines": [{"sku": sku, "quantity": quantity}], **more})
        self.assertEqual((reply.status, reply.data["state"]), (201, "requested"), reply.data)
        return str(reply.data["id"])

    def step(self, transfer: str, what: str, key: str, body: Body | None = None) -> Body:
        """A step of a transfer, which must be done; the transfer then."""
        reply = self.post(f"/v1/stock/transfers/{transfer}/{what}", key, body or {})
        self.assertEqual(reply.status, 200, reply.data)
        return reply.data

    def wait_level(self, sku: str, place: str, **counters: int) -> None:
        """What a transfer brings is booked a moment later."""
        wait_until(f"{counters} of {sku} at {place}", 30, lambda: self.level(sku, place) == counters)

    def test_a_transfer_goes_from_place_to_place(self) -> None:
        """In two steps, with partial receipts, damage and loss in between."""
        self.system.add_stock("BOX", EAST=10)
        transfer = self.transfer("box-1", "BOX", 6, note="For the weekend")
        self.assertEqual(self.transfer("box-1", "BOX", 6, note="For the weekend"), transfer)
        self.assertEqual(self.level("BOX"), {"on_hand": 10, "reserved": 6, "available": 4})
        more = self.post("/v1/stock/transfers", "box-2", {"from": "EAST", "to": "WEST",
                                                          "lines": [{"sku": "BOX", "quantity": 5}]})
        self.assertEqual((more.status, more.data["errors"][0]["pointer"]), (422, "/lines/0/quantity"))
        self.assertEqual(self.post(f"/v1/stock/transfers/{transfer}/receive", "box-3",
                                   {"lines": [{"sku": "BOX", "quantity": 1}]}).status, 409)

        self.assertEqual(self.step(transfer, "ship", "box-4")["state"], "in_transit")
        self.assertEqual(self.level("BOX"), {"on_hand": 4, "available": 4})
        self.wait_level("BOX", "WEST", incoming=6)
        part = {"lines": [{"sku": "BOX", "quantity": 3, "damaged": 1}]}
        self.assertEqual(self.step(transfer, "receive", "box-5", part)["state"], "partially_received")
        self.assertEqual(self.step(transfer, "receive", "box-5", part)["lines"][0]["received"], 3)
        self.wait_level("BOX", "WEST", on_hand=3, damaged=1, incoming=3, available=2)
        self.step(transfer, "receive", "box-6", {"lines": [{"sku": "BOX", "quantity": 2}]})
        closed = self.step(transfer, "close", "box-7", {"note": "One is nowhere"})
        self.assertEqual(closed["lines"], [{"sku": "BOX", "quantity": 6, "held": 0, "shipped": 6, "in_transit": 0,
                                            "received": 5, "damaged": 1, "lost": 1}])
        self.assertEqual([(step["kind"], step["actor"][:4]) for step in closed["steps"]],
                         [(kind, "key:") for kind in ("request", "ship", "receive", "receive", "close")])
        self.wait_level("BOX", "WEST", on_hand=5, damaged=1, available=4)
        self.assertEqual(self.lines("BOX", "WEST"), [
            ("incoming", "sent", 6), ("on_hand", "arrived", 3), ("damaged", "arrived", 1), ("incoming", "arrived", -3),
            ("on_hand", "arrived", 2), ("incoming", "arrived", -2), ("incoming", "lost", -1)])

    def test_transfers_are_listed(self) -> None:
        """By state and place, the latest first, page by page."""
        self.system.add_stock("LISTED", EAST=10)
        made = [self.transfer(f"listed-{number}", "LISTED", 1) for number in range(3)]
        self.assertEqual(self.step(made[1], "cancel", "listed-cancel")["state"], "canceled")
        self.assertEqual(self.post(f"/v1/stock/transfers/{made[1]}/ship", "listed-ship", {}).status, 409)
        self.assertEqual(self.level("LISTED"), {"on_hand": 10, "reserved": 2, "available": 8})
        listed, query = [], "state=requested&location=WEST&limit=1"
        while query:
            page = self.system.sure("GET", f"/v1/stock/transfers?{query}").data
            listed += [item["id"] for item in page["items"] if item["id"] in made]
            query = f"state=requested&location=WEST&limit=1&cursor={page['next']}" if page.get("next") else ""
        self.assertEqual(listed, [made[2], made[0]])
        self.assertEqual(self.system.request("GET", "/v1/stock/transfers/nothing").status, 404)
        self.assertEqual(self.post("/v1/stock/transfers/nothing/ship", "listed-none", {}).status, 404)

    def test_a_count_takes_from_a_transfer_first(self) -> None:
        """What an order holds stays held while a transfer can give up pieces."""
        self.system.add_stock("SHRUNK", EAST=6)
        order = self.system.submit(self.system.order("shrunk-order", ("SHRUNK", 3)))
        self.system.wait_status([order.data["id"]], 30, "confirmed")
        transfer = self.transfer("shrunk-1", "SHRUNK", 3)
        self.post("/v1/stock/counts", "shrunk-2", {"sku": "SHRUNK", "location": "EAST", "counted": 4,
                                                   "reason": "count"})
        self.wait_level("SHRUNK", "EAST", on_hand=4, reserved=4)
        self.assertEqual(self.step(transfer, "ship", "shrunk-3")["lines"][0]["shipped"], 1)
        self.wait_level("SHRUNK", "EAST", on_hand=3, reserved=3)

    def test_levels_are_told_within_a_second(self) -> None:
        """The first change after a rest at once, what follows soon together; the last one is told, too."""
        once, hot = {f"TOLD-{number}": 1 for number in range(20)}, {"TOLD-OFTEN": 30}
        for sku, count in (once | hot).items():
            self.system.add_stock(sku, EAST=count)
        for changes, bound_s in ((once, ONCE_S), (hot, GATHERED_S)):
            late = sorted(levels_late_s(self.system, changes, 20))
            self.assertEqual(len(late), sum(changes.values()))
            self.assertLess(late[len(late) * 9 // 10], bound_s, late)


if __name__ == "__main__":
    unittest.main()
