#!/usr/bin/python3
"""unhappy_test.py - what goes otherwise ends by itself or waits for a person: each path on the whole system.

    tests/stack/unhappy_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure

One system serves all tests; each brings its own items, and the last one judges all that they left from outside.
docs/unhappy-paths.md lists the paths.
"""

from __future__ import annotations

import signal
import sys
import unittest

from system import ADDRESS
from unhappy_case import CARD_WITH_PAGE, ONE, TWO, UnhappyCase
from unhappy_desk import AUTOMATIC, HAND, SPARE, instant

TRANSFER = {"method": "bank_transfer"}


class UnhappyTest(UnhappyCase):
    """Orders on one running system."""

    # Stock that is short.

    def test_backorder(self) -> None:
        """What is there goes; the rest waits, is told, and goes as a second share when it arrives."""
        desk = self.desk
        desk.patient_stock("LATER", EAST=1)
        order_id = desk.place("later", ("LATER", 2), channel="backorder")
        desk.until_told(order_id, "inventory.backordered")
        desk.until_told(order_id, "shipment.delivered")
        order = desk.order(order_id)
        self.assertEqual((order["status"], order["waiting"]["awaited"]), ("confirmed", "stock"))
        desk.patient_stock("LATER", WEST=1)
        order = self.assert_completed(order_id, TWO)
        self.assertEqual([share["id"][-2:] for share in order["fulfillments"]], ["F1", "F2"])
        self.assertEqual(desk.intents(order_id), [(TWO, 0)])
        self.assert_stock("LATER", 0, 0)

    def test_partial(self) -> None:
        """What is missing comes off the order and its total, and the rest goes."""
        desk = self.desk
        self.system.add_stock("SOME", EAST=1)
        order_id = desk.place("some", ("SOME", 2), channel="partial")
        order = self.assert_completed(order_id, ONE)
        self.assertEqual(order["lines"][0]["canceled_quantity"], 1)
        self.assertEqual(desk.intents(order_id), [(ONE, 0)])
        desk.mail("some", "reduced")

    def test_partial_of_nothing(self) -> None:
        """Of nothing there is no part."""
        self.system.add_stock("NONE")
        order_id = self.desk.place("none", ("NONE", 2), channel="partial")
        self.assertEqual(self.desk.until_status(order_id, "rejected")["cancel_reason"], "out_of_stock")
        self.desk.mail("none", "rejected")

    def asked(self, ref: str, channel: str = "ask") -> tuple[str, str]:
        """An order of two pieces where there is one, and the link that its shopper got."""
        self.desk.patient_stock(ref.upper(), EAST=1)
        order_id = self.desk.place(ref, (ref.upper(), 2), channel=channel)
        self.desk.until_told(order_id, "order.asked")
        return order_id, self.desk.link(ref)

    def test_asked_and_waits(self) -> None:
        """The shopper waits: what is there goes, the rest when it arrives; one answer counts."""
        desk = self.desk
        order_id, link = self.asked("patient")
        self.assertEqual(desk.order(order_id)["waiting"]["awaited"], "shopper")
        page = desk.shopper("GET", link)
        self.assertEqual(page.status, 200)
        for choice in ("wait", "accept_partial", "cancel"):
            self.assertIn(f'value="{choice}"', page.data)
        self.assertEqual(desk.shopper("POST", link, "perhaps").status, 400)
        self.assertEqual(desk.shopper("POST", link, "wait").status, 303)
        self.assertEqual(desk.shopper("POST", link, "wait").status, 303)
        self.assertEqual(desk.shopper("POST", link, "cancel").status, 409)
        desk.until_told(order_id, "shipment.delivered")
        desk.patient_stock("PATIENT", WEST=1)
        self.assert_completed(order_id, TWO)

    def test_asked_and_takes_less(self) -> None:
        """The shopper takes what is there, and pays for that."""
        order_id, link = self.asked("modest")
        self.assertEqual(self.desk.shopper("POST", link, "accept_partial").status, 303)
        self.assert_completed(order_id, ONE)
        self.assertEqual(self.desk.intents(order_id), [(ONE, 0)])

    def test_asked_what_is_possible(self) -> None:
        """What cannot be waited for is not offered, and refused; with nothing there nobody is asked."""
        desk = self.desk
        self.system.add_stock("RARE", EAST=1)
        order_id = desk.place("rare", ("RARE", 2), channel="ask")
        desk.until_told(order_id, "order.asked")
        link = desk.link("rare")
        page = desk.shopper("GET", link)
        self.assertNotIn('value="wait"', page.data)
        self.assertIn('value="accept_partial"', page.data)
        self.assertEqual(desk.order(order_id)["question"]["offered"], ["accept_partial", "cancel"])
        self.assertEqual(desk.shopper("POST", link, "wait").status, 422)
        self.assertEqual(desk.shopper("POST", link, "accept_partial").status, 303)
        self.assert_completed(order_id, ONE)
        order_id = desk.place("rarer", ("RARE", 2), channel="ask")
        self.assertEqual(desk.until_status(order_id, "rejected")["cancel_reason"], "out_of_stock")

    def test_asked_and_cancels(self) -> None:
        """The shopper wants none of it; a link that somebody changed opens nothing."""
        order_id, link = self.asked("fussy")
        at = len(link) - 10
        forged = link[:at] + ("A" if link[at] != "A" else "B") + link[at + 1:]
        self.assertEqual([self.desk.shopper(method, forged, choice).status
                          for method, choice in (("GET", ""), ("POST", "cancel"))], [404, 404])
        self.assertEqual(self.desk.shopper("POST", link, "cancel").status, 303)
        self.assert_canceled(order_id, "shopper_request", "none")
        self.assert_stock("FUSSY", 1, 1)

    def test_asked_and_says_nothing(self) -> None:
        """No answer in time is one."""
        order_id, link = self.asked("silent", "hasty")
        self.assert_canceled(order_id, "out_of_stock", "none")
        self.assertEqual(self.desk.shopper("POST", link, "wait").status, 410)
        self.assert_stock("SILENT", 1, 1)

    # Bank transfers.

    def awaited(self, ref: str, **places: int) -> str:
        """An order of one piece whose transfer is awaited."""
        self.system.add_stock(ref.upper(), **places or {AUTOMATIC: 1})
        order_id = self.desk.place(ref, (ref.upper(), 1), payment=TRANSFER)
        self.desk.until_told(order_id, "payment.requires_action")
        return order_id

    def test_transfer_abandoned(self) -> None:
        """The shopper never sends it: the order ends, its stock is free again, and the shopper is told."""
        order_id = self.awaited("never")
        self.assert_stock("NEVER", 1, 0)
        self.desk.end_of_payment(order_id)
        self.assert_canceled(order_id, "payment_expired", "failed", status="expired")
        self.assert_stock("NEVER", 1, 1)
        self.desk.mail("never", "payment_failed")
        self.desk.mail("never", "expired")

    def test_transfer_in_two_parts(self) -> None:
        """The shopper is told the reference; half of the money is not enough, all of it is, and counts once."""
        desk = self.desk
        order_id = self.awaited("halves")
        self.assertIn(desk.payment(order_id)["reference"], desk.mail("halves", "payment_awaited")["text"])
        desk.receive(order_id, 1000, "halves-1")
        desk.receive(order_id, 1000, "halves-1")
        desk.until_told(order_id, "payment.money_received")
        self.assertEqual((desk.order(order_id)["status"], desk.payment(order_id)["received_minor"]), ("placed", 1000))
        desk.receive(order_id, ONE - 1000, "halves-2")
        self.assert_completed(order_id, ONE)
        self.assertEqual(desk.intents(order_id), [])

    def test_transfer_of_less(self) -> None:
        """A piece is canceled while the transfer is awaited: what is left is due, and enough."""
        desk = self.desk
        self.system.add_stock("FEWER", EAST=2)
        order_id = desk.place("fewer", ("FEWER", 2), payment=TRANSFER)
        desk.until_told(order_id, "payment.requires_action")
        desk.sure("POST", f"/v1/orders/{order_id}/cancel",
                  {"reason": "shopper_request", "lines": [{"line_no": 1, "quantity": 1}]}, "fewer-cancel")
        desk.until("less to be due", lambda: desk.payment(order_id)["amount_minor"] == ONE)
        desk.receive(order_id, ONE, "fewer-1")
        self.assert_completed(order_id, ONE)

    def test_transfer_that_is_late(self) -> None:
        """Money for an order that was canceled meanwhile: a person sends it back, and says so."""
        desk = self.desk
        order_id = self.awaited("tardy")
        desk.sure("POST", f"/v1/orders/{order_id}/cancel", {"reason": "shopper_request"}, "tardy-cancel")
        self.assert_canceled(order_id, "shopper_request", "voided")
        desk.receive(order_id, ONE, "tardy-1")
        desk.decide(desk.task(order_id, "payment", "done_by_hand"), "done_by_hand")
        self.assertEqual(desk.order(order_id)["tasks"], [])

    def test_transfer_given_back(self) -> None:
        """Canceled after the money came: only a person can give it back, and then it is over."""
        desk = self.desk
        order_id = self.awaited("return", HALL=1)
        desk.receive(order_id, ONE, "return-1")
        desk.until_confirmed(order_id)
        desk.sure("POST", f"/v1/orders/{order_id}/cancel", {"reason": "shopper_request"}, "return-cancel")
        desk.until_status(order_id, "canceled")
        desk.decide(desk.task(order_id, "payment", "again", "done_by_hand"), "done_by_hand")
        self.assert_canceled(order_id, "shopper_request", "voided")
        self.assert_stock("RETURN", 1, 1)

    # Cards.

    def test_declined(self) -> None:
        """No money, no order; the shopper is told, and the stock is free again."""
        self.system.add_stock("POOR", EAST=1)
        order_id = self.desk.place("poor", ("POOR", 1), payment={"method": "card", "token": "tok_declined"})
        self.assert_canceled(order_id, "payment_declined", "failed")
        self.desk.mail("poor", "payment_failed")
        self.assert_stock("POOR", 1, 1)

    def test_confirmed_at_the_bank(self) -> None:
        """The shopper gets a link, and goes through with it."""
        self.system.add_stock("SECURE", EAST=1)
        order_id = self.desk.place("secure", ("SECURE", 1), payment=CARD_WITH_PAGE)
        self.desk.at_bank(order_id, "complete")
        self.assert_completed(order_id, ONE)
        self.desk.mail("secure", "payment_awaited")

    def test_abandoned_at_the_bank(self) -> None:
        """The shopper gets a link, and turns away."""
        self.system.add_stock("SHY", EAST=1)
        order_id = self.desk.place("shy", ("SHY", 1), payment=CARD_WITH_PAGE)
        self.desk.at_bank(order_id, "abandon")
        self.assert_canceled(order_id, "payment_declined", "failed")
        self.assert_stock("SHY", 1, 1)

    def test_lapsed(self) -> None:
        """The provider lets go before the parcel is packed: the money is secured anew, without anybody."""
        desk = self.desk
        self.system.add_stock("SLOW", HALL=1)
        order_id = desk.place("slow", ("SLOW", 1))
        desk.until_confirmed(order_id)
        desk.control("payment_provider", expire=desk.payment(order_id)["provider_ref"])
        desk.until_told(order_id, "payment.lapsed")
        desk.until_told(order_id, "payment.authorized", 2)
        desk.pack(order_id, 1)
        self.assert_completed(order_id, ONE)
        self.assertEqual([desk.payment(order_id, number)["captured_minor"] for number in (1, 2)], [0, ONE])

    def test_lapsed_twice(self) -> None:
        """What is secured anew lapses, too: a person has it secured once more."""
        desk = self.desk
        self.system.add_stock("SLOWER", HALL=1)
        order_id = desk.place("slower", ("SLOWER", 1))
        desk.until_confirmed(order_id)
        for number in (1, 2):
            desk.until_told(order_id, "payment.authorized", number)
            desk.control("payment_provider", expire=desk.payment(order_id, number)["provider_ref"])
            desk.until_told(order_id, "payment.lapsed", number)
        desk.decide(desk.task(order_id, "payment", "again", "cancel"), "again")
        desk.until_told(order_id, "payment.authorized", 3)
        desk.pack(order_id, 1)
        self.assert_completed(order_id, ONE)
        self.assertEqual([desk.payment(order_id, number)["captured_minor"] for number in (1, 2, 3)], [0, 0, ONE])

    def test_capture_refused(self) -> None:
        """A person has it tried again; what is not offered is 422, what is decided is 409."""
        desk = self.desk
        self.system.add_stock("STUBBORN", EAST=1)
        desk.control("payment_provider", refuse="capture", count=1)
        order_id = desk.place("stubborn", ("STUBBORN", 1))
        task = desk.task(order_id, "payment", "again", "cancel")
        path = f"/v1/tasks/{task['id']}/decide"
        self.assertIn(order_id, [order["id"] for order in desk.sure("GET", "/v1/orders?stuck=true&limit=200")["items"]])
        self.assertIn(task["id"], [one["id"] for one in desk.sure("GET", "/v1/tasks?kind=payment&limit=200")["items"]])
        self.assertEqual(desk.order(order_id)["waiting"]["awaited"], "person")
        refused = desk.ask("POST", path, {"choice": "refund"}, "stubborn-1")
        self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, "/choice"))
        desk.decide(task, "again")
        self.assert_completed(order_id, ONE)
        self.assertEqual(desk.ask("POST", path, {"choice": "cancel"}, "stubborn-2").status, 409)
        self.assertNotIn(order_id, [order["id"] for order in desk.sure("GET", "/v1/orders?stuck=true")["items"]])
        self.assertEqual(desk.intents(order_id), [(ONE, 0)])

    def test_gift_that_comes_back(self) -> None:
        """Staff give some back, and the bank does not take it: books, shopper and staff learn of it."""
        desk = self.desk
        self.system.add_stock("BOOMERANG", EAST=1)
        order_id = desk.place("boomerang", ("BOOMERANG", 1))
        self.assert_completed(order_id, ONE)
        desk.sure("POST", f"/v1/payments/{order_id}-P1/refunds", {"amount_minor": 300, "reason": "other"},
                  "boomerang-gift")
        desk.until_money(order_id, "partially_refunded")
        desk.mail("boomerang", "refunded")
        desk.control("payment_provider", fail_refund=desk.payment(order_id)["refunds"][0]["provider_ref"])
        task = desk.task(order_id, "payment", "done_by_hand", "keep")
        self.assertEqual((desk.order(order_id)["payment_status"], desk.payment(order_id)["refunded_minor"]),
                         ("paid", 0))
        self.assertIn("3.00", desk.mail("boomerang", "refund_reversed")["text"])
        desk.decide(task, "done_by_hand")
        desk.until_money(order_id, "partially_refunded")
        self.assertEqual((desk.intents(order_id), desk.payment(order_id)["refunded_minor"]), ([(ONE, 0)], 300))

    # Parcels.

    def test_address_refused(self) -> None:
        """A person corrects the address, and the parcel goes there."""
        desk = self.desk
        self.system.add_stock("NOWHERE", EAST=1)
        order_id = desk.place("nowhere", ("NOWHERE", 1), ship_to=desk.bad_address())
        task = desk.task(order_id, "shipping", "again", "cancel")
        desk.decide(task, "again", ship_to=ADDRESS)
        order = self.assert_completed(order_id, ONE)
        self.assertEqual((order["shipments"][-1]["id"], order["ship_to"]["postal_code"]),
                         (f"{order_id}-S2", ADDRESS["postal_code"]))

    def test_parcel_lost(self) -> None:
        """It will not arrive: a person gives the money back."""
        desk = self.desk
        self.system.add_stock("GONE", EAST=1)
        desk.control("carrier", trip="lost", count=1)
        order_id = desk.place("gone", ("GONE", 1))
        desk.decide(desk.task(order_id, "shipping", "wait", "refund", "resend"), "refund")
        self.assert_canceled(order_id, "undeliverable", "refunded")
        self.assertEqual(desk.intents(order_id), [(ONE, ONE)])
        desk.mail("gone", "refunded")
        self.assert_stock("GONE", 0, 0)

    def test_parcel_sent_again(self) -> None:
        """It will not arrive: nothing is left to send in its stead, then something comes; it is paid for once."""
        desk = self.desk
        self.system.add_stock("TWICE", EAST=1)
        desk.control("carrier", trip="lost", count=1)
        order_id = desk.place("twice", ("TWICE", 1))
        desk.decide(desk.task(order_id, "shipping", "wait", "refund", "resend"), "resend")
        task = desk.task(order_id, "shipping", "wait", "refund", "resend")
        self.assertIn("no stock", task["reason"])
        desk.count("TWICE", SPARE, 1)
        desk.decide(task, "resend")
        order = self.assert_completed(order_id, ONE)
        self.assertEqual([(share["id"][-3:], share["location"]) for share in order["fulfillments"]],
                         [("-F1", AUTOMATIC), ("-F2", SPARE)])
        self.assertEqual(desk.intents(order_id), [(ONE, 0)])
        self.assertEqual([state for _, _, state in desk.parcels(order_id)].count("delivered"), 1)
        self.assert_stock("TWICE", 0, 0)

    def test_given_up_by_its_place(self) -> None:
        """A place cannot make it ready, and no other has it: a person has another one do it, once it has."""
        desk = self.desk
        self.system.add_stock("PASSED", HALL=1)
        order_id = desk.place("passed", ("PASSED", 1))
        desk.until_confirmed(order_id)
        desk.sure("POST", f"/v1/fulfillments/{order_id}-F1/cancel", {"reason": "other"}, "passed-cancel")
        task = desk.task(order_id, "fulfillment", "again", "reroute", "cancel")
        desk.count("PASSED", SPARE, 1)
        desk.decide(task, "reroute")
        order = self.assert_completed(order_id, ONE)
        self.assertEqual([share["location"] for share in order["fulfillments"]], [HAND, SPARE])
        self.assertEqual(desk.stock("PASSED"), (1, 1))

    def test_given_up_and_had_elsewhere(self) -> None:
        """A place cannot make it ready, and another has it: that one does it, and nobody is asked."""
        desk = self.desk
        self.system.add_stock("HANDED", HALL=1)
        order_id = desk.place("handed", ("HANDED", 1))
        desk.until_confirmed(order_id)
        desk.count("HANDED", SPARE, 1)
        desk.sure("POST", f"/v1/fulfillments/{order_id}-F1/cancel", {"reason": "other"}, "handed-cancel")
        order = self.assert_completed(order_id, ONE)
        self.assertEqual([share["location"] for share in order["fulfillments"]], [HAND, SPARE])
        self.assertEqual(desk.stock("HANDED"), (1, 1))
        self.assertEqual(order["tasks"], [])

    def test_label_given_back(self) -> None:
        """Staff void a label; the next one has another number, and the parcel goes with it."""
        desk = self.desk
        self.system.add_stock("PEEL", EAST=1)
        desk.control("carrier", trip="held", count=1)
        order_id = desk.place("peel", ("PEEL", 1))
        desk.until_told(order_id, "shipment.labeled")
        desk.sure("POST", f"/v1/shipments/{order_id}-S1/void", {}, "peel-void")
        desk.decide(desk.task(order_id, "shipping", "again", "cancel"), "again")
        self.assert_completed(order_id, ONE)
        self.assertEqual({name[:3] for name, _, state in desk.parcels(order_id) if state == "delivered"}, {"-S2"})

    # Canceled late.

    def test_canceled_when_labeled(self) -> None:
        """It is packed, paid for and labeled, and not with the carrier: the label is given back, and the money."""
        desk = self.desk
        self.system.add_stock("RECALL", EAST=1)
        desk.control("carrier", trip="held", count=1)
        order_id = desk.place("recall", ("RECALL", 1))
        desk.until_told(order_id, "shipment.labeled")
        self.assertEqual(desk.ask("POST", f"/v1/orders/{order_id}/cancel", {"reason": "shopper_request"},
                                  "recall-cancel").status, 200)
        self.assert_canceled(order_id, "shopper_request", "refunded")
        self.assertEqual(desk.intents(order_id), [(ONE, ONE)])
        self.assertEqual([labels for _, labels, _ in desk.parcels(order_id)], [1])
        self.assertIn("shipment.voided", desk.told(order_id))
        self.assert_stock("RECALL", 1, 1)

    def test_rest_canceled(self) -> None:
        """A part has arrived: the rest is left out, and what was secured for it let go."""
        desk = self.desk
        self.system.add_stock("HALFWAY", EAST=1, HALL=1)
        order_id = desk.place("halfway", ("HALFWAY", 2))
        desk.until_told(order_id, "shipment.delivered")
        reply = desk.ask("POST", f"/v1/orders/{order_id}/cancel", {"reason": "shopper_request"}, "halfway-cancel")
        self.assertEqual((reply.status, reply.data["lines"][0]["canceled_quantity"]), (200, 1))
        self.assert_completed(order_id, ONE)
        self.assertEqual(desk.intents(order_id), [(ONE, 0)])
        desk.mail("halfway", "reduced")
        self.assert_stock("HALFWAY", 1, 1)
        late = desk.ask("POST", f"/v1/orders/{order_id}/cancel", {"reason": "shopper_request"}, "halfway-late")
        self.assertEqual((late.status, late.data["type"].rpartition("#")[2]), (409, "cancel-refused"))

    # Pieces that are not there after all.

    def test_nothing_to_pick(self) -> None:
        """The place finds none of it: the order ends, and the money was never taken."""
        desk = self.desk
        self.system.add_stock("EMPTY", HALL=2)
        order_id = desk.place("empty", ("EMPTY", 2))
        desk.until_confirmed(order_id)
        desk.sure("POST", f"/v1/fulfillments/{order_id}-F1/short",
                  {"lines": [{"line_no": 1, "quantity": 2}], "reason": "not_found"}, "empty-short")
        self.assert_canceled(order_id, "out_of_stock", "voided")
        self.assertEqual(desk.intents(order_id), [(0, 0)])
        self.assert_stock("EMPTY", 0, 0)

    def test_not_found_and_had_elsewhere(self) -> None:
        """The place finds one of two, and another has the other: all of it is sent, and paid for once."""
        desk = self.desk
        self.system.add_stock("ASTRAY", HALL=2)
        order_id = desk.place("astray", ("ASTRAY", 2))
        desk.until_confirmed(order_id)
        desk.count("ASTRAY", SPARE, 2)
        desk.sure("POST", f"/v1/fulfillments/{order_id}-F1/short",
                  {"lines": [{"line_no": 1, "quantity": 1}], "reason": "not_found"}, "astray-short")
        desk.pack(order_id, 1)
        order = self.assert_completed(order_id, TWO)
        self.assertEqual([(share["location"], share["state"]) for share in order["fulfillments"]],
                         [(HAND, "closed"), (HAND, "canceled"), (SPARE, "closed")])
        self.assertEqual(desk.stock("ASTRAY"), (1, 1))

    def test_counted_less(self) -> None:
        """A count finds less than is promised: a person says what becomes of the order."""
        desk = self.desk
        self.system.add_stock("SHRUNK", HALL=2)
        order_id = desk.place("shrunk", ("SHRUNK", 2))
        desk.until_confirmed(order_id)
        desk.count("SHRUNK", HAND, 1)
        desk.decide(desk.task(order_id, "stock", "reduce", "cancel", "keep"), "reduce")
        desk.until("the order to be smaller", lambda: desk.order(order_id)["total_minor"] == ONE)
        desk.pack(order_id, 1)
        self.assert_completed(order_id, ONE)
        self.assert_stock("SHRUNK", 0, 0)

    def test_counted_less_and_moved(self) -> None:
        """Another place has it, and nobody was told yet: the order goes from there, and nobody is asked."""
        desk = self.desk
        order_id = self.awaited("moving", HALL=1)
        self.system.add_stock("MOVING", WEST=1)
        desk.count("MOVING", HAND, 0)
        desk.until_told(order_id, "inventory.taken_back")
        desk.receive(order_id, ONE, "moving-1")
        order = self.assert_completed(order_id, ONE)
        self.assertEqual([share["location"] for share in order["fulfillments"] if share["lines"]], [SPARE])
        self.assertNotIn("order.task_decided", desk.told(order_id))

    # Holds.

    def test_held_before_it_is_confirmed(self) -> None:
        """Money comes, but it is not confirmed before the hold is released."""
        desk = self.desk
        order_id = self.awaited("doubt")
        desk.hold(order_id)
        desk.receive(order_id, ONE, "doubt-1")
        desk.until_told(order_id, "payment.authorized")
        desk.until("it to wait for the release", lambda: desk.order(order_id)["waiting"]["awaited"] == "release")
        self.assertEqual(desk.order(order_id)["status"], "placed")
        desk.sure("DELETE", f"/v1/orders/{order_id}/holds/{order_id}-W1")
        self.assert_completed(order_id, ONE)

    def test_held_for_a_while(self) -> None:
        """A hold with an end passes by itself."""
        desk = self.desk
        order_id = self.awaited("pause")
        desk.hold(order_id, until=instant(2))
        desk.receive(order_id, ONE, "pause-1")
        order = self.assert_completed(order_id, ONE)
        self.assertIn("released_at", order["holds"][0])

    # The world outside is not well.

    def test_everything_away(self) -> None:
        """No mail server, a carrier that fails, a provider that acts and does not say so: each thing once."""
        desk = self.desk
        self.system.add_stock("STORM", EAST=3)
        desk.control("mail_catcher", fault="down", operation="*")
        desk.control("carrier", fault="error_500", operation="*", count=4)
        for operation in ("create", "capture"):
            desk.control("payment_provider", fault="timeout_after_acting", operation=operation, count=2, delay_ms=200)
        ids = [desk.place(f"storm-{number}", ("STORM", 1)) for number in range(3)]
        for order_id in ids:
            desk.until_told(order_id, "shipment.labeled")
        desk.control("mail_catcher", fault="none", operation="*")
        for number, order_id in enumerate(ids):
            self.assert_completed(order_id, ONE)
            self.assertEqual(desk.intents(order_id), [(ONE, 0)])
            self.assertEqual([labels for _, labels, _ in desk.parcels(order_id)], [1])
            desk.mail(f"storm-{number}", "completed")
            self.assertEqual(sorted(desk.mails(f"storm-{number}")),
                             ["completed", "confirmed", "delivered.1", "received", "shipped.1"])

    def test_z_all_is_sound(self) -> None:
        """After all of that: whatever is open waits for a person, and every book adds up."""
        self.system.assert_sound()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    unittest.main()
