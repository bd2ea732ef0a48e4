#!/usr/bin/python3
"""shipping_trouble_test - what ends badly at the carrier ends, and is said: with a patience of two seconds.

    /usr/bin/python3 tests/stack/shipping_trouble_test.py        after `make services cli`
"""

from __future__ import annotations

import unittest
from typing import Any

from shipping_stack import ADDRESS, API_KEY, ShippingStack, order_id, shipment_id
from stand_in import fetch

PATIENCE_MS = 2000


class TroubleTest(unittest.TestCase):
    """One carrier, told to fail."""

    def setUp(self) -> None:
        """Nothing is wrong with the carrier."""
        self.stack = STACK
        self.stack.carrier.control(fault="none", webhook="normal", trip="normal", void="normal", keys="good",
                                   refuse_zip="00000")

    def assert_failed(self, number: int, stage: str, code: str) -> None:
        """Said in a fact, and shown."""
        failed = self.stack.await_fact(number, "shipment.failed")
        self.assertEqual((failed["stage"], failed["code"]), (stage, code))
        _, view = self.stack.get("shipping", f"/v1/shipments/{shipment_id(number)}")
        self.assertEqual((view["failure"]["stage"], view["failure"]["code"]), (stage, code))

    def recall(self, number: int) -> None:
        """People want the labels back."""
        self.stack.request("shipment.void_now", order_id(number), {"shipment_id": shipment_id(number), "body": {}})

    def labeled(self, number: int) -> None:
        """A shipment with a label that is not scanned."""
        self.stack.carrier.control(trip="held", count=1)
        self.stack.ship(number)
        self.stack.await_fact(number, "shipment.labeled")

    def test_1_parcels_that_do_not_arrive(self) -> None:
        """Each end has its code; also where the carrier tells it twice, and late."""
        for number, (trip, code) in enumerate((("lost", "lost"), ("damaged", "damaged"), ("failed", "failure"),
                                               ("returned", "return_to_sender")), 400):
            self.stack.carrier.control(trip=trip, count=1, webhook=("twice", "late")[number % 2], delay_ms=100)
            self.stack.ship(number)
            self.assert_failed(number, "transit", code)
            self.assertEqual(self.stack.facts(number).count("shipment.failed"), 1)

    def test_2_another_address(self) -> None:
        """An address that the carrier refuses; then a second shipment of the same parcels, to a better one."""
        self.stack.carrier.control(refuse_zip=ADDRESS["postal_code"])
        self.stack.ship(410)
        self.assert_failed(410, "label", "address_refused")
        second = f"{order_id(410)}-S2"
        self.stack.ship(410, ship_to=ADDRESS | {"postal_code": "10117"}, shipment_id=second)
        self.assertEqual(self.stack.await_fact(410, "shipment.delivered")["shipment_id"], second)

    def test_3_labels_wanted_back(self) -> None:
        """Granted; refused; or neither, which ends, too; and one shipment at a time."""
        self.labeled(420)
        self.stack.ship(420, shipment_id=f"{order_id(420)}-S2")
        self.assertEqual(self.stack.await_fact(420, "shipment.refused")["reason"], "rule")
        self.recall(420)
        self.assertEqual(self.stack.await_fact(420, "shipment.voided")["reason"], "merchant_request")
        self.assertEqual(self.stack.labels(420), 0)
        for number, void in ((421, "refused"), (422, "pending")):
            self.labeled(number)
            self.stack.carrier.control(void=void)
            self.recall(number)
            refused = self.stack.await_fact(number, "shipment.refused")
            self.assertEqual((refused["command"], refused["reason"]), ("kervan.shipment.void.v1", "rule"))
            _, view = self.stack.get("shipping", f"/v1/shipments/{shipment_id(number)}")
            self.assertEqual(view["state"], "labeled")

    def test_4_a_key_that_is_not_good(self) -> None:
        """It is said after a while; with a good key the next shipment goes out."""
        self.stack.carrier.control(keys="revoked")
        self.stack.ship(430)
        self.assert_failed(430, "rate", "provider_unavailable")
        self.stack.carrier.control(keys="good")
        self.stack.ship(430, shipment_id=f"{order_id(430)}-S2")
        self.stack.await_fact(430, "shipment.delivered")

    def test_5_a_label_in_doubt(self) -> None:
        """The carrier sold it and never says so: given up, and asked back when the carrier answers again."""
        self.stack.carrier.control(fault="timeout_after_acting", operation="buy", delay_ms=20)
        self.stack.carrier.control(fault="down", operation="retrieve")
        self.stack.carrier.control(trip="held", count=1)
        self.stack.ship(440)
        self.assert_failed(440, "label", "provider_unavailable")
        self.assertEqual(self.stack.carrier.books(shipment_id(440))[0]["labels"], 1)
        self.stack.carrier.control(fault="none")
        self.stack.wait("the label is given back", lambda: self.stack.labels(440) == 0)

    def test_6_cash_on_delivery(self) -> None:
        """The carrier is told what to collect, in its own words."""
        self.stack.ship(450, cash_on_delivery_minor=3998)
        self.stack.await_fact(450, "shipment.labeled")
        options = self.at_carrier(450)["options"]
        self.assertEqual((options["cod_amount"], options["cod_method"]), ("39.98", "CASH"))
        self.stack.ship(451)
        self.stack.await_fact(451, "shipment.labeled")
        self.assertNotIn("cod_amount", self.at_carrier(451)["options"])

    def at_carrier(self, number: int) -> Any:
        """The shipment as the carrier shows it."""
        return fetch(f"{self.stack.carrier.url}/v2/shipments/{shipment_id(number)}",
                     headers={"Authorization": f"Bearer {API_KEY}"})[1]

    def test_7_books_agree(self) -> None:
        """What the carrier sold and did not take back is what our rows have, and nothing is put aside."""
        ours = {row[0] for row in self.stack.query("SELECT carrier_ref FROM shipping.parcel WHERE state = 4")}
        theirs = {row["id"] for row in self.stack.carrier.books()
                  if row["labels"] > 0 and row["refund_status"] in (None, "rejected")}
        self.assertEqual(ours, theirs)
        self.assertEqual(self.stack.parked(), 0)


if __name__ == "__main__":
    with ShippingStack() as STACK:
        STACK.start("fulfillment")
        STACK.start("shipping", patience_ms=PATIENCE_MS)
        STACK.await_ready()
        STACK.place("WH-1")
        STACK.wait("the place is known", lambda: STACK.query("SELECT 1 FROM shipping.place") != [])
        unittest.main(verbosity=2)
