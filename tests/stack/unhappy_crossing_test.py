#!/usr/bin/python3
"""unhappy_crossing_test.py - what is decided about an order while it goes on: places pack, money lapses, counts differ.

    tests/stack/unhappy_crossing_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure

As in unhappy_test.py, one system serves all tests, and the last one judges all that they left from outside.
"""

from __future__ import annotations

import signal
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

from system import PRICE_MINOR, Body
from unhappy_case import CARD_WITH_PAGE, ONE, TWO, UnhappyCase
from unhappy_desk import AUTOMATIC, HAND, SPARE

CASH = {"method": "cash_on_delivery"}
STOCK_GONE = ("stock", "reduce", "cancel", "keep")
STOCK_PACKED = ("stock", "cancel", "keep")
UNPAID = ("payment", "again", "cancel")
UNREFUNDED = ("payment", "again", "done_by_hand")


class UnhappyCrossingTest(UnhappyCase):
    """Orders on one running system."""

    def ordered(self, ref: str, quantity: int, channel: str = "web", payment: Body | None = None, **places: int) -> str:
        """An order of pieces that are there."""
        self.system.add_stock(ref.upper(), **places)
        more = {"payment": payment} if payment else {}
        return self.desk.place(ref, (ref.upper(), quantity), channel=channel, **more)

    def labeled(self, ref: str, quantity: int = 1, **more: Body) -> str:
        """An order whose one parcel stays here until somebody moves it."""
        self.desk.control("carrier", trip="held", count=1)
        order_id = self.ordered(ref, quantity, EAST=quantity, **more)
        self.desk.until_told(order_id, "shipment.labeled")
        return order_id

    # The promised delivery.

    def test_promised_and_late(self) -> None:
        """Who orders is told between which days it arrives, and again, once, when it is not handed over in time."""
        desk = self.desk
        order_id = self.ordered("promised", 1, HALL=1)
        order = desk.until_confirmed(order_id)
        first = order["promised_delivery"]
        share = order["fulfillments"][0]
        self.assertEqual(share["promised_delivery"], first)
        self.assertTrue(share["hand_over_on"] < first["earliest"] < first["latest"], order)
        self.assertIn("It arrives between", desk.mail("promised", "confirmed")["text"])
        desk.end_of_hand_over(order_id)
        desk.until_told(order_id, "order.promise_changed")
        later = desk.order(order_id)["promised_delivery"]
        self.assertGreaterEqual(later["latest"], first["latest"])
        self.assertIn("It now arrives between", desk.mail("promised", "promise_changed")["text"])
        desk.pack(order_id, 1)
        self.assert_completed(order_id, ONE)
        self.assertEqual(desk.order(order_id)["promise"], "kept")
        self.assertEqual(desk.told(order_id).count("order.promise_changed"), 1)
        report = desk.sure("GET", "/v1/reports/promised-deliveries")
        self.assertGreaterEqual(report["kept"], 1)
        self.assertEqual(report["delivered"], report["kept"] + report["moved"] + report["missed"])
        options = [{"service": "standard", "days_min": 1, "days_max": 1}]
        wrong = {"stock_policy": "reject", "delivery_options": [{"service": "standard", "days_min": 2, "days_max": 1}]}
        refused = desk.ask("PUT", "/v1/channels/partial/policy", wrong)
        self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, "/delivery_options/0/days_max"))
        hasty = {"stock_policy": "ask", "ask_deadline_ms": 1000, "delivery_options": options}
        desk.sure("PUT", "/v1/channels/hasty/policy", hasty)
        shown = desk.sure("GET", "/v1/channels/hasty/policy")["policy"]
        self.assertEqual(shown["delivery_options"], options)

    # Stock.

    def late(self, ref: str) -> str:
        """An order of which one piece has arrived, and the other one waits for stock."""
        self.desk.patient_stock(ref.upper(), EAST=1)
        return self.desk.place(ref, (ref.upper(), 2), channel="backorder")

    def test_late_stock(self) -> None:
        """What it waits for is late: a person waits on, or leaves the rest out, as a part is sent."""
        desk = self.desk
        waiting, leaving = self.late("overdue"), self.late("forgone")
        for order_id in (waiting, leaving):
            desk.until_told(order_id, "shipment.delivered")
        desk.end_of_waiting(waiting, leaving)
        desk.decide(desk.task(leaving, "stock", "wait", "cancel"), "cancel")
        desk.decide(desk.task(waiting, "stock", "wait", "cancel"), "wait")
        self.assert_completed(leaving, ONE)
        self.assertEqual(desk.intents(leaving), [(ONE, 0)])
        desk.mail("overdue", "delayed")
        order = desk.order(waiting)
        self.assertEqual((order["status"], order["waiting"]["awaited"]), ("confirmed", "stock"))
        desk.patient_stock("OVERDUE", WEST=1)
        self.assert_completed(waiting, TWO)
        self.assertEqual(desk.intents(waiting), [(TWO, 0)])

    def test_counted_less_when_packed(self) -> None:
        """Pieces that are packed are not left out, whether we know of it or not; a person keeps the order as it is."""
        desk = self.desk
        desk.control("carrier", trip="held", count=2)
        known, unknown = (self.ordered(ref, 2, HALL=2) for ref in ("boxed", "taped"))
        for order_id, sku in ((known, "BOXED"), (unknown, "TAPED")):
            desk.until_confirmed(order_id)
            desk.count(sku, HAND, 1)
        task = desk.task(known, *STOCK_GONE)
        desk.pack(known, 1, (1, 2))
        desk.until_told(known, "shipment.labeled")
        late = desk.ask("POST", f"/v1/tasks/{task['id']}/decide", {"choice": "reduce"}, "boxed-late")
        self.assertEqual(late.status, 409)
        desk.decide(task, "keep")
        task = desk.task(unknown, *STOCK_GONE)
        with desk.packing(unknown, 1, (1, 2)):
            desk.decide(task, "reduce")
        desk.decide(desk.task(unknown, *STOCK_PACKED), "keep")
        for order_id in (known, unknown):
            desk.until_told(order_id, "shipment.labeled")
            desk.move_parcel(order_id, 1, "delivered")
            self.assert_completed(order_id, TWO)
            self.assertEqual(desk.intents(order_id), [(TWO, 0)])

    def test_counted_less_before_it_is_confirmed(self) -> None:
        """It is canceled or made smaller, as the channel says; who confirms at the bank then pays for what is left."""
        desk = self.desk
        whole = self.ordered("uncounted", 2, payment=CARD_WITH_PAGE, EAST=2)
        less = self.ordered("recounted", 2, "partial", CARD_WITH_PAGE, EAST=2)
        for order_id, sku in ((whole, "UNCOUNTED"), (less, "RECOUNTED")):
            desk.until_told(order_id, "payment.requires_action")
            desk.count(sku, "EAST", 1)
        self.assert_canceled(whole, "out_of_stock", "voided")
        self.assert_stock("UNCOUNTED", 1, 1)
        desk.until("the order to be smaller", lambda: desk.order(less)["total_minor"] == ONE)
        desk.at_bank(less, "complete")
        self.assert_completed(less, ONE)
        self.assertEqual(desk.intents(less), [(ONE, 0)])
        desk.mail("recounted", "reduced")

    def test_counted_less_and_reserved_anew(self) -> None:
        """It waits for stock, or asks the shopper, as it would have in the beginning."""
        desk = self.desk
        desk.patient_stock("REGAINED", EAST=1)
        desk.patient_stock("RETHOUGHT", EAST=2)
        waiting = desk.place("regained", ("REGAINED", 1), channel="backorder", payment=CARD_WITH_PAGE)
        asked = desk.place("rethought", ("RETHOUGHT", 2), channel="ask", payment=CARD_WITH_PAGE)
        for order_id, sku, left in ((waiting, "REGAINED", 0), (asked, "RETHOUGHT", 1)):
            desk.until_told(order_id, "payment.requires_action")
            desk.count(sku, "EAST", left)
        desk.until_told(waiting, "inventory.backordered")
        desk.until_told(asked, "order.asked")
        self.assertEqual(desk.shopper("POST", desk.link("rethought"), "accept_partial").status, 303)
        desk.until("the order to be smaller", lambda: desk.order(asked)["total_minor"] == ONE)
        for order_id in (waiting, asked):
            desk.at_bank(order_id, "complete")
        self.assertEqual(desk.until_status(waiting, "confirmed")["waiting"]["awaited"], "stock")
        desk.patient_stock("REGAINED", WEST=1)
        for order_id in (asked, waiting):
            self.assert_completed(order_id, ONE)
            self.assertEqual(desk.intents(order_id), [(ONE, 0)])

    def test_two_counts(self) -> None:
        """Each is asked about by itself, and the younger one can be decided first."""
        desk = self.desk
        for sku in ("UPPER", "LOWER"):
            self.system.add_stock(sku, HALL=2)
        order_id = desk.place("shelves", ("UPPER", 2), ("LOWER", 2))
        desk.until_confirmed(order_id)
        desk.count("UPPER", HAND, 1)
        desk.task(order_id, *STOCK_GONE)
        desk.count("LOWER", HAND, 1)
        older, younger = desk.tasks(order_id, STOCK_GONE, STOCK_GONE)
        for task, line_no in ((younger, 2), (older, 1)):
            desk.decide(task, "reduce")
            desk.until("the line to be smaller",
                       lambda at=line_no - 1: desk.order(order_id)["lines"][at].get("canceled_quantity") == 1)
        desk.pack(order_id, 1, (1, 1), (2, 1))
        self.assert_completed(order_id, TWO)
        self.assertEqual(desk.told(order_id).count("fulfillment.reduced"), 2)

    # Money.

    def test_shipping_comes_off(self) -> None:
        """The capture with the shipping price is refused when the other one is asked for already: nobody takes it."""
        desk = self.desk
        desk.control("payment_provider", fault="down", operation="capture")
        order_id = self.ordered("carriage", 2, EAST=1, WEST=1)
        desk.until_told(order_id, "fulfillment.packed", 2)
        desk.control("payment_provider", refuse="capture", count=1)
        desk.control("payment_provider", fault="none", operation="capture")
        desk.decide(desk.task(order_id, *UNPAID), "cancel")
        self.assert_completed(order_id, PRICE_MINOR)
        self.assertEqual(desk.intents(order_id), [(PRICE_MINOR, 0)])

    def test_rest_that_is_not_paid_for(self) -> None:
        """A part is sent, and no money can be secured for the rest: it is left out, though it was just being packed."""
        desk = self.desk
        order_id = self.ordered("lapse", 2, EAST=1, HALL=1)
        desk.until_told(order_id, "shipment.delivered")
        for number in (1, 2):
            desk.until_told(order_id, "payment.authorized", number)
            desk.control("payment_provider", expire=desk.payment(order_id, number)["provider_ref"])
            desk.until_told(order_id, "payment.lapsed", number)
        task = desk.task(order_id, *UNPAID)
        with desk.packing(order_id, 2):
            desk.decide(task, "cancel")
        again = desk.task(order_id, *UNPAID)
        self.assertNotEqual(again["id"], task["id"])
        desk.decide(again, "cancel")
        self.assert_completed(order_id, ONE)
        self.assertEqual(desk.intents(order_id), [(ONE, 0), (0, 0)])
        self.assert_stock("LAPSE", 1, 1)

    def test_gift_that_comes_back_after_the_end(self) -> None:
        """The bank sends back what an order that was canceled got: a person has it tried again, and then does it."""
        desk = self.desk
        order_id = self.labeled("returned")
        desk.sure("POST", f"/v1/payments/{order_id}-P1/refunds", {"amount_minor": 300, "reason": "other"},
                  "returned-gift")
        desk.until_money(order_id, "partially_refunded")
        desk.sure("POST", f"/v1/orders/{order_id}/cancel", {"reason": "shopper_request"}, "returned-cancel")
        self.assert_canceled(order_id, "shopper_request", "refunded")
        for choice, left in (("again", 0), ("done_by_hand", 300)):
            gift, = (refund for refund in desk.payment(order_id)["refunds"]
                     if (refund["amount_minor"], refund["state"]) == (300, "succeeded"))
            desk.control("payment_provider", fail_refund=gift["provider_ref"])
            desk.decide(desk.task(order_id, *UNREFUNDED), choice)
            desk.until_money(order_id, "refunded")
            self.assertEqual(desk.intents(order_id), [(ONE, ONE - left)])

    def test_voided_before_the_door(self) -> None:
        """Cash that nobody collected, as staff had let it go: secured and taken after all, or written off."""
        desk = self.desk
        paid, unpaid = (self.labeled(ref, payment=CASH) for ref in ("doorstep", "doormat"))
        for order_id in (paid, unpaid):
            desk.sure("POST", f"/v1/payments/{order_id}-P1/void", {}, f"{order_id}-void")
            desk.task(order_id, *UNPAID)
            desk.move_parcel(order_id, 1, "delivered")
        desk.decide(desk.tasks(paid, UNPAID, UNPAID)[1], "again")
        desk.decide(desk.tasks(unpaid, UNPAID, UNPAID)[1], "cancel")
        self.assert_completed(paid, ONE)
        self.assert_canceled(unpaid, "merchant_request", "voided")
        self.assert_stock("DOORMAT", 0, 0)

    def test_nothing_is_left_and_it_lapses(self) -> None:
        """Its money lapses while its last pieces are left out: it ends, and nothing is secured anew."""
        desk = self.desk
        order_id = self.ordered("vanished", 1, HALL=1)
        desk.until_confirmed(order_id)
        desk.count("VANISHED", HAND, 0)
        task = desk.task(order_id, *STOCK_GONE)
        with desk.frozen(order_id, 1) as until_stuck:
            desk.decide(task, "reduce")
            until_stuck()
            desk.control("payment_provider", expire=desk.payment(order_id)["provider_ref"])
            desk.until_told(order_id, "payment.lapsed")
        self.assert_canceled(order_id, "merchant_request", "voided")
        self.assertEqual(desk.intents(order_id), [(0, 0)])
        self.assertEqual(len(desk.order(order_id)["payments"]), 1)

    # Parcels.

    def test_damaged_and_on_its_way_back(self) -> None:
        """Nobody waits for such a parcel: its money is given back, or it is sent once more."""
        desk = self.desk
        desk.control("carrier", trip="damaged", count=1)
        damaged = self.ordered("dented", 1, EAST=1)
        desk.until_told(damaged, "shipment.labeled")
        desk.control("carrier", trip="returned", count=1)
        returned = self.ordered("rejected", 1, EAST=2)
        desk.decide(desk.task(damaged, "shipping", "refund", "resend"), "refund")
        desk.decide(desk.task(returned, "shipping", "refund", "resend"), "resend")
        self.assert_canceled(damaged, "undeliverable", "refunded")
        self.assertEqual(desk.intents(damaged), [(ONE, ONE)])
        self.assert_completed(returned, ONE)
        self.assertEqual(desk.intents(returned), [(ONE, 0)])
        self.assert_stock("REJECTED", 0, 0)

    # Canceled late.

    def on_its_way(self, ref: str, quantity: int, **places: int) -> tuple[str, dict[str, int]]:
        """An order of which the parcel from EAST has left, and that from WEST is labeled; its id, and its shares."""
        desk = self.desk
        desk.control("carrier", trip="held", count=2)
        order_id = self.ordered(ref, quantity, **places)
        desk.until_told(order_id, "shipment.labeled", 2)
        shares = {share["location"]: int(share["id"].rpartition("-F")[2])
                  for share in desk.order(order_id)["fulfillments"]}
        desk.move_parcel(order_id, shares[AUTOMATIC], "in_transit")
        desk.until_told(order_id, "shipment.shipped")
        return order_id, shares

    def cancel(self, order_id: str) -> int:
        """Ask for it; the status that answers."""
        return self.desk.ask("POST", f"/v1/orders/{order_id}/cancel", {"reason": "shopper_request"},
                             f"{order_id}-cancel").status

    def test_rest_that_does_not_stop(self) -> None:
        """A place, or the carrier, does not stop: all of it goes on, what was labeled with a new label."""
        desk = self.desk
        order_id, shares = self.on_its_way("moving-on", 3, EAST=1, WEST=1, HALL=1)
        with ThreadPoolExecutor(1) as pool:
            with desk.packing(order_id, shares[HAND]):
                answer = pool.submit(self.cancel, order_id)
                desk.until_told(order_id, "order.cancel")
            self.assertEqual(answer.result(), 409)
        desk.until_told(order_id, "shipment.labeled", 4)
        kept, places = self.on_its_way("kept", 2, EAST=1, WEST=1)
        desk.control("carrier", void="refused", count=1)
        self.assertEqual(self.cancel(kept), 409)
        desk.move_parcel(order_id, shares[AUTOMATIC], "delivered")
        for place in (AUTOMATIC, SPARE):
            desk.move_parcel(kept, places[place], "delivered")
        self.assert_completed(kept, TWO)
        self.assert_completed(order_id, TWO + PRICE_MINOR)
        delivered = {name[:3] for name, _, state in desk.parcels(order_id) if state == "delivered"}
        self.assertEqual((len(delivered), f"-S{shares[SPARE]}" in delivered), (3, False), delivered)

    def test_z_all_is_sound(self) -> None:
        """After all of that: whatever is open waits for a person, and every book adds up."""
        self.system.assert_sound()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    unittest.main()
