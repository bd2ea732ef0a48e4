#!/usr/bin/python3
"""shipping_test - fulfillment and shipping on real servers: labels are bought once, and news arrive, whatever fails.

    /usr/bin/python3 tests/stack/shipping_test.py        after `make services cli`
"""

from __future__ import annotations

import json
import sys
import time
import unittest
from pathlib import Path
from typing import Any

from confluent_kafka import TopicPartition
from lane_stack import LANES, instant
from shipping_stack import ADDRESS, ShippingStack, order_id, shipment_id

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "contract"))
from model import Contracts  # noqa: E402

MANY = 40
POINTS = ("after_poll", "before_commit", "after_commit", "after_hand_over")
LABEL_FACTS = ("shipment.labeled", "shipment.shipped", "shipment.delivered")


CONTRACTS = Contracts(ROOT / "proto")


def assert_fits(kind: str, document: Any) -> None:
    """What is shown is what the contract says."""
    verdict = CONTRACTS.judge(f"kervan.{kind}.v1", json.dumps(document).encode())
    if not verdict.valid:
        raise AssertionError(f"{kind} is not valid at {sorted(verdict.pointers)}: {document}")


class FulfillmentTest(unittest.TestCase):
    """What a place does."""

    def setUp(self) -> None:
        """Everything stands."""
        self.stack = STACK

    def test_1_a_place_without_people(self) -> None:
        """Work is opened, picked and packed at once, by the weights that are known."""
        self.stack.item("A", 300)
        self.stack.wait("the item is known", lambda: self.stack.query("SELECT 1 FROM fulfillment.item") != [])
        lines = [{"line_no": 1, "sku": "A", "quantity": 2, "customization": {"engraving": "C", "color": None}},
                 {"line_no": 2, "sku": "B", "quantity": 1}]
        self.stack.fulfill(1, "WH-1", lines=lines)
        packed = self.stack.await_fact(1, "fulfillment.packed")
        self.assertEqual(self.stack.facts(1), ["fulfillment.opened", "fulfillment.picked", "fulfillment.packed"])
        self.assertEqual(packed["parcels"], [{"parcel_no": 1, "weight_grams": 1100,
                                              "lines": [{"line_no": 1, "quantity": 2}, {"line_no": 2, "quantity": 1}]}])
        status, view = self.stack.get("fulfillment", f"/v1/fulfillments/{order_id(1)}-F1")
        self.assertEqual((status, view["state"], view["ship_to"]), (200, "packed", ADDRESS))
        self.assertEqual((view["parcels"], view["lines"]), (packed["parcels"], lines))
        assert_fits("fulfillment.view", view)

    def test_2_people(self) -> None:
        """They see their work, report it, and what does not add up changes nothing."""
        self.stack.place("HALL", automatic=False)
        self.stack.fulfill(2, "HALL", note="Handle with care")
        self.stack.await_fact(2, "fulfillment.opened")
        _, page = self.stack.get("fulfillment", "/v1/fulfillments?status=open&location=HALL")
        self.assertEqual([(item["order_id"], item["note"]) for item in page["items"]],
                         [(order_id(2), "Handle with care")])
        name = f"{order_id(2)}-F1"
        self.stack.request("fulfillment.pick", order_id(2), {"fulfillment_id": name, "body": {"lines": [
            {"line_no": 1, "quantity": 1}]}})
        self.stack.request("fulfillment.pick", order_id(2), {"fulfillment_id": name, "body": {}})
        parcel = {"parcel_no": 1, "weight_grams": 900, "length_mm": 300, "lines": [
            {"line_no": 1, "quantity": 2}, {"line_no": 2, "quantity": 1}]}
        for _ in range(2):
            self.stack.request("fulfillment.pack", order_id(2), {"fulfillment_id": name, "body": {"parcels": [parcel]}})
        self.assertEqual(self.stack.await_fact(2, "fulfillment.packed")["parcels"], [parcel])
        self.stack.cancel(2)
        self.stack.await_fact(2, "fulfillment.cancel_refused")
        self.assertEqual(self.stack.facts(2), ["fulfillment.opened", "fulfillment.picked", "fulfillment.packed",
                                               "fulfillment.cancel_refused"])

    def test_3_a_cancel_that_comes_first(self) -> None:
        """It refuses the command that comes late."""
        self.stack.cancel(3)
        self.stack.fulfill(3, "WH-1")
        self.assertEqual(self.stack.await_fact(3, "fulfillment.refused")["reason"], "undone")
        self.assertEqual(self.stack.get("fulfillment", f"/v1/fulfillments/{order_id(3)}-F1")[0], 404)

    def test_4_lists_page_by_page(self) -> None:
        """Each item once, oldest first."""
        for number in range(100, 107):
            self.stack.fulfill(number, "HALL")
        self.stack.await_fact(106, "fulfillment.opened")
        self.stack.wait("all are open", lambda: len(self.pages("/v1/fulfillments?status=open&limit=3")) == 7)
        items = self.pages("/v1/fulfillments?status=open&limit=3")
        self.assertEqual(len({item["id"] for item in items}), 7)
        self.assertEqual([item["opened_at"] for item in items], sorted(item["opened_at"] for item in items))

    def test_5_less_than_was_asked_for(self) -> None:
        """What is missing leaves the work; what is asked for leaves it or is refused; holds stop and go on."""
        name = f"{order_id(5)}-F1"
        self.stack.fulfill(5, "HALL")
        self.stack.await_fact(5, "fulfillment.opened")
        self.tell(5, "hold", {"reason": "manual", "note": "The scale is broken"})
        self.stack.command(5, "fulfillment.suspend", reason="fraud")
        self.stack.wait("both hold it", lambda: len(self.stack.get("fulfillment", f"/v1/fulfillments/{name}")[1]
                                                    .get("holds", [])) == 2)
        _, page = self.stack.get("fulfillment", "/v1/fulfillments?status=on_hold&location=HALL")
        self.assertEqual([(item["id"], item["state"], item["place_note"]) for item in page["items"]],
                         [(name, "on_hold", "The scale is broken")])
        assert_fits("fulfillment.view", page["items"][0])
        self.tell(5, "hold_release", {})
        self.stack.command(5, "fulfillment.resume")
        self.stack.await_fact(5, "fulfillment.resumed")
        self.tell(5, "short", {"lines": [{"line_no": 1, "quantity": 1}], "reason": "damaged"})
        self.assertEqual(self.stack.await_fact(5, "fulfillment.shorted")["reason"], "damaged")
        line = {"line_no": 2, "sku": "B", "quantity": 1}
        for change_no in (1, 1, 2):
            self.stack.command(5, "fulfillment.reduce", change_no=change_no, valid_until=instant(60), lines=[line])
        self.assertEqual(self.stack.await_fact(5, "fulfillment.reduce_refused")["reason"], "too_many")
        self.assertEqual(self.stack.fact(5, "fulfillment.reduced")["lines"], [line])
        _, view = self.stack.get("fulfillment", f"/v1/fulfillments/{name}")
        self.assertEqual((view["state"], view["lines"], view["missing"]),
                         ("open", [{"line_no": 1, "sku": "A", "quantity": 1}], [{"line_no": 1, "quantity": 1}]))
        assert_fits("fulfillment.view", view)
        self.tell(5, "pack", {"parcels": [{"parcel_no": 1, "weight_grams": 9,
                                           "lines": [{"line_no": 1, "quantity": 1}]}]})
        self.stack.await_fact(5, "fulfillment.packed")
        self.assertEqual([fact.removeprefix("fulfillment.") for fact in self.stack.facts(5)],
                         ["opened", "on_hold", "on_hold", "resumed", "shorted", "reduced", "reduce_refused", "picked",
                          "packed"])

    def test_6_nothing_is_left(self) -> None:
        """Everything missing ends the work, and so does a place that gives up."""
        self.stack.fulfill(6, "HALL")
        self.stack.fulfill(7, "HALL")
        self.stack.await_fact(7, "fulfillment.opened")
        self.tell(6, "short", {"reason": "not_found", "lines": [{"line_no": 1, "quantity": 2},
                                                                {"line_no": 2, "quantity": 1}]})
        self.tell(7, "cancel_now", {"reason": "other"})
        self.assertEqual(self.stack.await_fact(6, "fulfillment.canceled")["reason"], "out_of_stock")
        self.assertEqual(self.stack.await_fact(7, "fulfillment.canceled")["reason"], "other")
        self.assertEqual(self.stack.get("fulfillment", f"/v1/fulfillments/{order_id(6)}-F1")[1]["lines"], [])
        self.assertEqual(self.stack.parked(), 0)

    def tell(self, number: int, what: str, body: dict[str, Any]) -> None:
        """People report something."""
        self.stack.request(f"fulfillment.{what}", order_id(number),
                           {"fulfillment_id": f"{order_id(number)}-F1", "body": body})

    def pages(self, path: str) -> list[dict[str, Any]]:
        """All items of a list."""
        items, cursor = [], ""
        while True:
            _, page = self.stack.get("fulfillment", f"{path}{cursor}")
            items += page["items"]
            for item in page["items"]:
                assert_fits("fulfillment.view", item)
            if not page.get("next"):
                return items
            cursor = f"&cursor={page['next']}"


class ShippingTest(unittest.TestCase):
    """What the carrier does."""

    def setUp(self) -> None:
        """Everything stands, and nothing is wrong with the carrier."""
        self.stack = STACK
        self.stack.carrier.control(fault="none", webhook="normal", trip="normal")

    def assert_sent_once(self, *numbers: int) -> None:
        """Labeled, shipped and delivered once each, by one label."""
        for number in numbers:
            self.stack.await_fact(number, "shipment.delivered", 60)
            facts = [name for name in self.stack.facts(number) if name in LABEL_FACTS]
            self.assertEqual(facts, list(LABEL_FACTS), number)
            self.assertEqual(self.stack.labels(number), 1, number)

    def test_1_from_label_to_proof(self) -> None:
        """Ship, labeled, webhooks, delivered; and what is shown of it."""
        self.stack.ship(200)
        self.assert_sent_once(200)
        row = self.stack.carrier.books(shipment_id(200))[0]
        labeled = self.stack.fact(200, "shipment.labeled")
        self.assertEqual(labeled["parcels"], [{"parcel_no": 1, "tracking_number": row["tracking_code"]}])
        self.assertEqual(labeled["cost_minor"], row["postage_minor"])
        self.assertTrue(self.stack.fact(200, "shipment.delivered")["has_proof"])
        tracked = [name for name in self.stack.facts(200) if name == "shipment.tracked"]
        self.assertEqual(len(tracked), 4)
        status, view = self.stack.get("shipping", f"/v1/shipments/{shipment_id(200)}")
        self.assertEqual((status, view["state"], view["tracking_status"]), (200, "delivered", "delivered"))
        self.assertEqual(view["parcels"][0]["signed_by"], "Ada Lovelace")
        _, labels = self.stack.get("shipping", f"/v1/shipments/{shipment_id(200)}/label")
        self.assertIn(row["id"], labels["labels"][0]["url"])
        assert_fits("shipping.labels", labels)
        assert_fits("shipping.view", view)
        _, page = self.stack.get("shipping", f"/v1/orders/{order_id(200)}/shipments")
        self.assertEqual([item["id"] for item in page["items"]], [shipment_id(200)])
        self.assertEqual(self.stack.query("SELECT consignee FROM shipping.shipment WHERE consignee IS NOT NULL"), [])

    def test_2_the_outcome_of_create_is_not_known(self) -> None:
        """Whether the carrier acted or not: one label in its books."""
        for number, fault in enumerate(self.faults(), 210):
            self.stack.carrier.control(operation="create", count=1, **fault)
            self.stack.ship(number)
            self.assert_sent_once(number)
            created = len(self.stack.carrier.books(shipment_id(number)))
            self.assertEqual(created, 1, fault)

    def test_3_the_outcome_of_buy_is_not_known(self) -> None:
        """The same for the label: it is asked for before it is bought again."""
        for number, fault in enumerate(self.faults(), 220):
            self.stack.carrier.control(operation="buy", count=1, **fault)
            self.stack.ship(number)
            self.assert_sent_once(number)
            self.assertEqual(len(self.stack.carrier.books(shipment_id(number))), 1, fault)

    @staticmethod
    def faults() -> list[dict[str, Any]]:
        """Ways in which an answer is lost, or does not say what happened."""
        return [{"fault": "timeout_after_acting", "delay_ms": 50}, {"fault": "timeout_before_acting", "delay_ms": 50},
                {"fault": "reset"}, {"fault": "reset", "after_acting": True}, {"fault": "error_500"},
                {"fault": "rate_limit"}, {"fault": "down"}]

    def test_4_news_come_twice_early_and_in_any_order(self) -> None:
        """Nothing is said twice, and the end is the same."""
        for number, mode in enumerate(("twice", "out_of_order", "early", "late"), 230):
            self.stack.carrier.control(webhook=mode, **({"delay_ms": 300} if mode == "late" else {}))
            self.stack.ship(number)
            self.assert_sent_once(number)
        for body in list(reversed(self.stack.webhooks.bodies)):
            self.assertTrue(self.stack.webhooks.publish(body))
        self.await_rest()
        self.assert_sent_once(*range(230, 234))
        self.assertEqual(self.stack.parked(), 0)

    def await_rest(self) -> None:
        """Until every request is read, and passed on."""
        positions = "SELECT lane, next_offset FROM shipping.read_position WHERE topic = 'shipping.requests'"
        waiting = "SELECT 1 FROM shipping.input"

        def rests() -> bool:
            read = dict(self.stack.query(positions))
            return (sum(read.values()) >= self.requests_written() and self.stack.query(waiting) == [])

        self.stack.wait("all requests are read", rests)

    def requests_written(self) -> int:
        """Records in shipping.requests."""
        return sum(self.stack.consumer.get_watermark_offsets(TopicPartition("shipping.requests", lane), 10)[1]
                   for lane in range(LANES))

    def test_5_parcels_that_never_arrive(self) -> None:
        """A person is told; and so of addresses that are none, and of places where nobody delivers."""
        self.stack.carrier.control(trip="returned", count=1)
        self.stack.ship(240)
        failed = self.stack.await_fact(240, "shipment.failed")
        self.assertEqual((failed["stage"], failed["code"]), ("transit", "return_to_sender"))
        self.assertIn("shipment.shipped", self.stack.facts(240))
        self.stack.ship(241, ship_to=ADDRESS | {"postal_code": "00000"})
        failed = self.stack.await_fact(241, "shipment.failed")
        self.assertEqual((failed["stage"], failed["code"]), ("label", "address_refused"))
        self.stack.ship(242, ship_to=ADDRESS | {"postal_code": "99999"})
        self.assertEqual(self.stack.await_fact(242, "shipment.failed")["code"], "no_rate")
        _, view = self.stack.get("shipping", f"/v1/shipments/{shipment_id(242)}")
        self.assertEqual((view["state"], view["failure"]["code"]), ("canceled", "no_rate"))
        assert_fits("shipping.view", view)

    def test_6_abroad_and_in_two_parcels(self) -> None:
        """Customs papers come along; each parcel has its label, and the last one's arrival counts."""
        self.stack.ship(250, parcels=2, ship_to=ADDRESS | {"country": "US"}, service="priority")
        self.stack.await_fact(250, "shipment.failed")
        self.stack.ship(251, parcels=2, ship_to=ADDRESS | {"country": "US"})
        self.stack.await_fact(251, "shipment.delivered")
        self.assertEqual(self.stack.labels(251), 2)
        facts = [name for name in self.stack.facts(251) if name in LABEL_FACTS]
        self.assertEqual(facts, list(LABEL_FACTS))
        self.assertEqual(len(self.stack.fact(251, "shipment.labeled")["parcels"]), 2)

    def test_7_voids(self) -> None:
        """Before, after, and too late."""
        self.stack.void(260)
        self.stack.ship(260)
        self.assertEqual(self.stack.await_fact(260, "shipment.refused")["reason"], "undone")
        self.assertEqual(self.stack.carrier.books(shipment_id(260)), [])
        self.stack.carrier.control(trip="held", count=1)
        self.stack.ship(261)
        self.stack.await_fact(261, "shipment.labeled")
        for fault in self.faults():
            self.stack.carrier.control(operation="refund", count=1, **fault)
        self.stack.void(261)
        self.assertEqual(self.stack.await_fact(261, "shipment.voided")["reason"], "shopper_request")
        self.assertEqual(self.stack.labels(261), 0)
        self.stack.ship(262)
        self.stack.await_fact(262, "shipment.shipped")
        self.stack.void(262)
        self.assertEqual(self.stack.await_fact(262, "shipment.refused")["reason"], "rule")
        self.assert_sent_once(262)

    def test_8_kill_9_in_the_middle(self) -> None:
        """At every point of a batch, and while the carrier is away: each shipment goes out once."""
        numbers = range(300, 300 + MANY)
        for at, number in enumerate(numbers):
            self.stack.ship(number)
            if at % 10 == 5:
                self.stack.kill("shipping")
                self.stack.start("shipping", f"{POINTS[at // 10]}:4:kill")
        self.stack.await_death("shipping")
        self.stack.carrier.stop()
        self.stack.start("shipping")
        time.sleep(0.5)  # calls fail meanwhile; what follows does not depend on how many
        self.stack.carrier.start()
        for _ in range(3):
            self.stack.kill("shipping")
            self.stack.start("shipping")
            self.stack.wait("something was said", lambda: self.progressed(numbers))
        self.assert_sent_once(*numbers)
        self.assertEqual(self.stack.parked(), 0)

    def progressed(self, numbers: range) -> bool:
        """Whether more is delivered than at the last look, or all is."""
        done = sum("shipment.delivered" in self.stack.facts(number) for number in numbers)
        before, self.done_before = getattr(self, "done_before", -1), done
        return done > before or done == len(numbers)

    def test_9_books_agree(self) -> None:
        """Over all that was done: what the carrier sold and did not take back is what our rows have."""
        ours = {(row[0], row[1]) for row in self.stack.query(
            "SELECT carrier_ref, tracking_number FROM shipping.parcel WHERE state = 4")}
        theirs = {(row["id"], row["tracking_code"]) for row in self.stack.carrier.books()
                  if row["labels"] > 0 and row["refund_status"] is None}
        self.assertEqual(ours, theirs)
        self.assertGreater(len(ours), MANY)


if __name__ == "__main__":
    with ShippingStack() as STACK:
        STACK.start("fulfillment")
        STACK.start("shipping")
        STACK.await_ready()
        STACK.place("WH-1")
        STACK.wait("the place is known", lambda: STACK.query("SELECT 1 FROM shipping.place") != []
                   and STACK.query("SELECT 1 FROM fulfillment.place") != [])
        unittest.main(exit=True, verbosity=2)
