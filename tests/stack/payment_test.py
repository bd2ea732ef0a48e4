#!/usr/bin/python3
"""payment_test - the payment service on real servers: one charge each in the provider's books, whatever goes wrong.

    /usr/bin/python3 tests/stack/payment_test.py        after `make services cli`
"""

from __future__ import annotations

import json
import sys
import unittest
from typing import Any

import psycopg2
from contract_view import check_view
from lane_stack import instant
from payment_stack import PaymentStack, order_id
from stand_in import fetch

POINTS = ("after_poll", "before_commit", "after_commit", "after_hand_over")
MANY = 40


class PaymentTest(unittest.TestCase):
    """One stack for all; each test has orders of its own."""

    def setUp(self) -> None:
        """Everything stands."""
        self.stack = STACK
        self.provider = STACK.provider
        self.addCleanup(self.provider.control, webhook="normal", pending_refunds=False, auto_action="none")

    def one_intent(self, number: int, **expected: Any) -> None:
        """The provider's books hold one payment of an order, and it is as expected."""
        rows = self.provider.intents(number)
        self.assertEqual(len(rows), 1, rows)
        self.assertEqual({key: rows[0][key] for key in expected}, expected)

    def authorized(self, number: int, amount_minor: int) -> None:
        """Bring an order's payment so far."""
        self.stack.authorize(number, "tok_ok", amount_minor)
        self.stack.await_fact(number, "authorized")

    def test_authorize(self) -> None:
        """Money is secured, and shown as the contract says."""
        self.stack.authorize(1, "tok_ok", 4488)
        fact = self.stack.await_fact(1, "authorized")
        self.assertEqual((fact["amount_minor"], fact["currency"], fact["provider"]), (4488, "EUR", "stripe"))
        self.one_intent(1, status="requires_capture", authorized_minor=4488, captured_minor=0, currency="eur")
        view = self.stack.payment(1)
        check_view("payment/view.v1.json", view)
        self.assertEqual((view["id"], view["state"], view["provider_ref"]),
                         (f"{order_id(1)}-P1", "authorized", fact["provider_ref"]))
        self.assertEqual([(event["kind"], event["operation"]) for event in view["events"]],
                         [("request", "authorize"), ("success", "authorize")])
        status, page = self.stack.get(f"/v1/orders/{order_id(1)}/payments")
        self.assertEqual((status, page), (200, {"items": [view], "next": None}))
        self.assertEqual(self.stack.get(f"/v1/payments/{order_id(1)}-P2")[0], 404)
        self.assertEqual(self.stack.get(f"/v1/payments/{order_id(99)}-P1")[0], 404)
        self.assertEqual(self.stack.get(f"/v1/orders/{order_id(99)}/payments")[1]["items"], [])

    def test_decline(self) -> None:
        """The bank says no; the same command again hears the same."""
        self.stack.authorize(2, "tok_insufficient_funds", 4488)
        self.stack.await_fact(2, "declined")
        self.stack.authorize(2, "tok_insufficient_funds", 4488)
        self.stack.wait("it is told again", lambda: self.stack.facts(2) == ["declined", "declined"])
        fact = self.stack.fact(2, "declined")
        self.assertEqual((fact["code"], fact["retryable"]), ("insufficient_funds", True))
        self.one_intent(2, status="requires_payment_method", authorized_minor=0)

    def test_capture_in_two_parts(self) -> None:
        """Two parcels, two captures; the last one lets go of the rest."""
        self.authorized(3, 5000)
        self.stack.capture(3, "C1", 2000)
        self.stack.capture(3, "C2", 2500, final=True)
        self.stack.capture(3, "C3", 100)
        self.stack.wait("both are taken", lambda: self.stack.facts(3).count("captured") == 2)
        self.assertEqual(self.stack.fact(3, "captured")["captured_minor"], 4500)
        self.assertEqual(self.stack.fact(3, "refused")["code"], "exceeds_authorized")
        self.one_intent(3, status="succeeded", captured_minor=4500, capturable_minor=0)
        view = self.stack.await_state(3, "captured")
        check_view("payment/view.v1.json", view)
        self.assertEqual(view["released_minor"], 500)
        self.assertEqual([(part["state"], part["amount_minor"]) for part in view["captures"]],
                         [("succeeded", 2000), ("succeeded", 2500)])

    def test_void(self) -> None:
        """What is held is let go; a void that comes first refuses what comes late; one that comes at once waits."""
        self.authorized(4, 4488)
        self.stack.void(4)
        self.assertEqual(self.stack.await_fact(4, "voided")["amount_minor"], 4488)
        self.one_intent(4, status="canceled", capturable_minor=0)
        self.stack.void(5)
        self.stack.authorize(5, "tok_ok", 4488)
        self.assertEqual(self.stack.await_fact(5, "refused")["reason"], "undone")
        self.assertEqual(self.provider.intents(5), [])
        check_view("payment/view.v1.json", self.stack.payment(5))
        self.provider.control(slow_ms=500)
        self.stack.authorize(6, "tok_slow", 4488)
        self.stack.void(6)
        self.assertEqual(self.stack.await_fact(6, "voided")["amount_minor"], 4488)
        self.assertEqual(self.stack.facts(6), ["authorized", "voided"])
        self.one_intent(6, status="canceled")

    def test_refund(self) -> None:
        """Money goes back, and comes back from the shopper's bank."""
        self.authorized(7, 5000)
        self.stack.capture(7, "C1", 3000)
        self.stack.refund(7, "B1", 1000)
        self.stack.refund(7, "B2", 2001)
        self.assertEqual(self.stack.await_fact(7, "refunded")["refunded_minor"], 1000)
        self.assertEqual(self.stack.await_fact(7, "refused")["code"], "exceeds_captured")
        self.one_intent(7, captured_minor=3000, refunded_minor=1000)
        view = self.stack.payment(7)
        check_view("payment/view.v1.json", view)
        self.provider.control(fail_refund=view["refunds"][0]["provider_ref"])
        fact = self.stack.await_fact(7, "failed")
        self.assertEqual((fact["operation"], fact["operation_id"], fact["code"]),
                         ("refund", f"{order_id(7)}-B1", "expired_or_canceled_card"))
        self.one_intent(7, refunded_minor=0)
        self.assertEqual(self.stack.payment(7)["refunded_minor"], 0)

    def test_shopper_confirms(self) -> None:
        """A webhook, delivered twice, finishes what requires action."""
        self.provider.control(webhook="twice")
        self.stack.authorize(8, "tok_action", 4488)
        fact = self.stack.await_fact(8, "requires_action")
        self.assertTrue(fact["action_url"].startswith(self.provider.url + "/authenticate/"), fact)
        check_view("payment/view.v1.json", self.stack.payment(8))
        self.provider.control(action="complete", metadata={"order_id": order_id(8)})
        self.stack.await_fact(8, "authorized")
        self.stack.authorize(9, "tok_action", 4488)
        self.stack.await_fact(9, "requires_action")
        self.provider.control(action="abandon", metadata={"order_id": order_id(9)})
        self.stack.await_fact(9, "declined")
        self.provider.control(webhook="normal")
        self.stack.capture(8, "C1", 4488)
        self.stack.await_fact(8, "captured")
        self.assertEqual(self.stack.facts(8), ["requires_action", "authorized", "captured"])
        self.assertEqual(self.stack.facts(9), ["requires_action", "declined"])
        delivered = [json.loads(body)["id"] for body in self.stack.webhooks.bodies if order_id(8).encode() in body]
        self.assertGreater(len(delivered), len(set(delivered)))

    def test_shopper_is_late(self) -> None:
        """Nothing stays held when the time is over, and a confirmation that comes then finds nothing."""
        self.stack.authorize(10, "tok_action", 4488, expires_at="2026-01-01T00:00:00Z")
        self.assertEqual(self.stack.await_fact(10, "declined")["code"], "expired")
        self.one_intent(10, status="canceled")
        self.assertEqual(self.provider.control(action="complete", metadata={"order_id": order_id(10)})["finished"], [])

    def test_authorization_lapses(self) -> None:
        """The provider lets go after some days: the order is told, and a capture fails."""
        self.authorized(11, 4488)
        self.provider.control(expire=self.provider.intents(11)[0]["id"])
        self.assertEqual(self.stack.await_fact(11, "lapsed")["amount_minor"], 4488)
        self.stack.capture(11, "C1", 4488)
        self.assertEqual(self.stack.await_fact(11, "failed")["code"], "authorization_expired")
        self.one_intent(11, status="canceled", captured_minor=0)

    def test_news_before_the_answer(self) -> None:
        """The shopper confirms before we hear that he has to."""
        self.provider.control(auto_action="complete", webhook="early")
        self.provider.control(fault="timeout_after_acting", operation="create", count=1, delay_ms=1500)
        self.stack.authorize(12, "tok_action", 4488)
        self.stack.await_fact(12, "authorized")
        self.provider.control(auto_action="none", webhook="normal")
        self.one_intent(12, status="requires_capture")

    def test_bank_transfer(self) -> None:
        """Sent in two parts, late, and too much; a bank's entry counts once, whoever tells it."""
        self.stack.authorize_by(50, "bank_transfer", 4488)
        asked = self.stack.await_fact(50, "requires_action")
        self.assertEqual(asked["action"], "transfer")
        self.assertRegex(asked["reference"], r"^KV-[0-9A-Y]{4}-[0-9A-Y]{4}-[0-9A-Y]{3}$")
        self.stack.received(50, "r1", 4000, "entry_50/1")
        self.assertEqual(self.stack.await_fact(50, "money_received")["received_minor"], 4000)
        self.stack.received(50, "r2", 4000, "entry_50/1")
        self.stack.received(50, "r3", 988, "entry_50/2")
        self.assertEqual(self.stack.await_fact(50, "authorized")["provider"], "bank_transfer")
        self.assertEqual(self.stack.fact(50, "money_received")["received_minor"], 4988)
        view = self.stack.payment(50)
        check_view("payment/view.v1.json", view)
        self.assertEqual((view["received_minor"], view["reference"]), (4988, asked["reference"]))
        self.assertEqual([part["bank_reference"] for part in view["transfers"]], ["entry_50/1", "entry_50/2"])
        self.assertEqual([event.get("who") for event in view["events"] if event["operation"] == "receive"],
                         ["r1", "r3"])
        self.stack.capture(50, "C1", 4000, final=True)
        self.assertEqual(self.stack.await_fact(50, "failed")["code"], "by_hand")
        self.stack.command("void", 50, reason="other", by_hand=True)
        self.assertEqual(self.stack.await_fact(50, "voided")["amount_minor"], 488)
        self.stack.refund(50, "B1", 1000)
        self.stack.wait("the refund is left to a person", lambda: self.stack.facts(50).count("failed") == 2)
        self.stack.command("refund", 50, refund_id=f"{order_id(50)}-B1", amount_minor=1000, currency="EUR",
                           reason="other", by_hand=True)
        self.assertEqual(self.stack.await_fact(50, "refunded")["refunded_minor"], 1000)
        self.assertEqual(self.provider.intents(50), [])

    def test_transfer_is_not_sent(self) -> None:
        """The time is over; money that comes then is told as late."""
        self.stack.authorize_by(51, "bank_transfer", 4488, expires_at="2026-01-01T00:00:00Z")
        self.assertEqual(self.stack.await_fact(51, "declined")["code"], "expired")
        self.stack.received(51, "r1", 4488, "entry_51/1")
        self.assertTrue(self.stack.await_fact(51, "money_received")["late"])
        self.assertEqual(self.stack.facts(51), ["requires_action", "declined", "money_received"])

    def test_cash_on_delivery(self) -> None:
        """Trusted at once, booked when the carrier has collected it, given back by hand; let go for nothing."""
        self.stack.authorize_by(52, "cash_on_delivery", 4488)
        self.assertEqual(self.stack.await_fact(52, "authorized")["provider"], "cash_on_delivery")
        self.stack.capture(52, "C1", 4488)
        self.assertEqual(self.stack.await_fact(52, "captured")["captured_minor"], 4488)
        self.stack.refund(52, "B1", 488)
        self.assertEqual(self.stack.await_fact(52, "failed")["code"], "by_hand")
        check_view("payment/view.v1.json", self.stack.payment(52))
        self.stack.authorize_by(53, "cash_on_delivery", 4488)
        self.stack.void(53)
        self.assertEqual(self.stack.await_fact(53, "voided")["amount_minor"], 4488)

    def test_page_of_the_bank(self) -> None:
        """The shopper confirms on the bank's page and goes back to the shop; another gives up."""
        self.stack.authorize(13, "tok_action", 4488, return_url="https://shop.example/thanks")
        self.stack.await_fact(13, "requires_action")
        place = self.provider.confirm_on_page(self.provider.intents(13)[0]["id"], "complete")
        self.assertEqual(place, "https://shop.example/thanks")
        self.stack.await_fact(13, "authorized")
        self.stack.authorize(14, "tok_action", 4488, return_url="https://shop.example/thanks")
        self.stack.await_fact(14, "requires_action")
        self.provider.confirm_on_page(self.provider.intents(14)[0]["id"], "abandon")
        self.assertEqual(self.stack.await_fact(14, "declined")["code"], "payment_intent_authentication_failure")
        self.one_intent(14, captured_minor=0, capturable_minor=0)

    def test_shopper_confirms_too_late(self) -> None:
        """He confirms, nobody hears of it, and the time is over: it goes back, and the order hears no, never both."""
        self.provider.control(webhook="never")
        self.stack.authorize(15, "tok_action", 4488, expires_at=instant(4))
        self.stack.await_fact(15, "requires_action")
        self.provider.control(action="complete", metadata={"order_id": order_id(15)})
        self.one_intent(15, status="requires_capture")
        self.assertEqual(self.stack.await_fact(15, "declined")["code"], "expired")
        self.one_intent(15, status="canceled", capturable_minor=0)
        self.assertEqual(self.stack.facts(15), ["requires_action", "declined"])

    def test_no_webhook_comes(self) -> None:
        """What a shopper and a bank did is asked for; a lapsed authorization is found by the capture."""
        self.provider.control(webhook="never", pending_refunds=True)
        self.stack.authorize(16, "tok_action", 4488)
        self.stack.await_fact(16, "requires_action")
        self.provider.control(action="complete", metadata={"order_id": order_id(16)})
        self.authorized(17, 4488)
        self.stack.capture(17, "C1", 4488)
        self.stack.await_fact(17, "captured")
        self.stack.refund(17, "B1", 1000)
        self.stack.wait("the refund is pending",
                        lambda: [part["state"] for part in self.stack.payment(17)["refunds"]] == ["pending"])
        self.provider.control(settle_refund=self.stack.payment(17)["refunds"][0]["provider_ref"])
        self.authorized(18, 4488)
        self.provider.control(expire=self.provider.intents(18)[0]["id"])
        self.stack.capture(18, "C1", 4488)
        self.stack.await_fact(18, "lapsed")
        self.stack.let_timers_be_due("ask_provider")
        self.stack.await_fact(16, "authorized")
        self.stack.let_timers_be_due("ask_refund")
        self.assertEqual(self.stack.await_fact(17, "refunded")["refunded_minor"], 1000)
        self.assertEqual(self.stack.facts(18), ["authorized", "lapsed"])
        self.stack.authorize(18, "tok_ok", 4488, payment_id=f"{order_id(18)}-P2")
        self.stack.wait("a second payment", lambda: self.stack.facts(18).count("authorized") == 2)
        self.stack.command("capture", 18, payment_id=f"{order_id(18)}-P2", capture_id=f"{order_id(18)}-C2",
                           valid_until=instant(60), amount_minor=4488, currency="EUR")
        self.assertEqual(self.stack.await_fact(18, "captured")["payment_id"], f"{order_id(18)}-P2")
        self.assertEqual(sorted((row["status"], row["captured_minor"]) for row in self.provider.intents(18)),
                         [("canceled", 0), ("succeeded", 4488)])

    def test_the_provider_refuses(self) -> None:
        """Captures, voids and refunds that it will not do are failures; a person may have done it."""
        self.authorized(60, 4488)
        self.provider.control(refuse="capture", code="charge_disputed")
        self.stack.capture(60, "C1", 4488)
        self.assertEqual(self.stack.await_fact(60, "failed")["code"], "charge_disputed")
        self.stack.capture(60, "C2", 4000)
        self.stack.await_fact(60, "captured")
        self.provider.control(refuse="refund", code="charge_disputed")
        self.stack.refund(60, "B1", 1000)
        self.stack.wait("the refund fails", lambda: self.stack.facts(60).count("failed") == 2)
        self.one_intent(60, captured_minor=4000, refunded_minor=0)
        self.authorized(61, 4488)
        self.provider.control(refuse="cancel", code="payment_intent_unexpected_state")
        self.stack.void(61)
        self.assertEqual(self.stack.await_fact(61, "failed")["operation"], "void")
        self.stack.void(61)
        self.assertEqual(self.stack.await_fact(61, "voided")["amount_minor"], 4488)
        self.one_intent(61, status="canceled")

    def test_answers_are_lost(self) -> None:
        """It captures and gives back, and its answers do not come: the same keys again, once in the books."""
        self.authorized(62, 4488)
        for operation in ("capture", "refund"):
            self.provider.control(fault="timeout_after_acting", operation=operation, count=1, delay_ms=500)
        self.stack.capture(62, "C1", 4488)
        self.stack.refund(62, "B1", 1000)
        self.stack.await_fact(62, "refunded")
        self.one_intent(62, captured_minor=4488, refunded_minor=1000, replays=2)
        self.assertEqual(self.stack.facts(62), ["authorized", "captured", "refunded"])

    def test_webhooks_come_late_and_out_of_order(self) -> None:
        """Whatever order they come in, nothing is held that nobody knows of."""
        for number, mode in ((63, "late"), (64, "out_of_order")):
            self.provider.control(webhook=mode)
            self.stack.authorize(number, "tok_action", 4488)
            self.stack.await_fact(number, "requires_action")
            self.provider.control(action="complete", metadata={"order_id": order_id(number)})
            self.stack.await_fact(number, "authorized")
            self.stack.capture(number, "C1", 4488)
            self.stack.await_fact(number, "captured")
            self.one_intent(number, status="succeeded", captured_minor=4488)

    def test_people(self) -> None:
        """Staff take, give back and let go; two who give back at once never give more than was taken."""
        self.authorized(70, 4488)
        self.stack.request("capture_now", 70, "r1", {"amount_minor": 3000, "note": "agreed by phone"})
        self.assertEqual(self.stack.reply(70, "r1")["subject_id"], f"{order_id(70)}-C5001")
        self.stack.await_fact(70, "captured")
        for name in ("r2", "r3", "r4"):
            self.stack.request("refund_now", 70, name, {"amount_minor": 1600, "reason": "merchant_request"})
        self.assertEqual([self.stack.reply(70, name)["status"] for name in ("r2", "r3", "r4")], [201, 422, 422])
        problem = self.stack.reply(70, "r3")["problem"]
        self.assertEqual(problem["errors"][0]["pointer"], "/amount_minor")
        self.stack.request("refund_now", 70, "r2", {"amount_minor": 1600, "reason": "merchant_request"})
        self.stack.request("void_now", 70, "r5", {})
        self.assertEqual(self.stack.reply(70, "r5")["status"], 201)
        self.stack.await_fact(70, "voided")
        self.stack.request("void_now", 70, "r6", {})
        self.assertEqual(self.stack.reply(70, "r6")["status"], 409)
        self.stack.request("void_now", 98, "r7", {})
        self.assertEqual(self.stack.reply(98, "r7")["status"], 404)
        self.one_intent(70, captured_minor=3000, refunded_minor=1600, capturable_minor=0)
        view = self.stack.payment(70)
        check_view("payment/view.v1.json", view)
        asked = [event for event in view["events"] if event["kind"] == "request" and "who" in event]
        self.assertEqual([(event["operation"], event["who"], event["actor"]) for event in asked],
                         [("capture", "r1", "user:7"), ("refund", "r2", "user:7"), ("void", "r5", "user:7")])
        self.assertEqual(asked[0]["note"], "agreed by phone")

    def test_killed_in_the_middle_of_an_authorization(self) -> None:
        """The provider has acted and its answer is lost with us: one charge."""
        self.provider.control(fault="timeout_after_acting", operation="create", count=1, delay_ms=20000)
        self.stack.authorize(20, "tok_ok", 4488)
        self.stack.wait("the provider has acted", lambda: self.provider.intents(20) != [])
        self.stack.kill()
        self.assertEqual(self.stack.facts(20), [])
        self.stack.start()
        self.stack.await_fact(20, "authorized")
        self.one_intent(20, status="requires_capture", effects=1, replays=1)
        self.stack.capture(20, "C1", 4488)
        self.stack.await_fact(20, "captured")
        self.assertEqual(self.stack.facts(20), ["authorized", "captured"])

    def test_killed_at_every_point(self) -> None:
        """Before and after every step of a batch: each payment is taken once."""
        for index, point in enumerate(POINTS):
            number = 30 + index
            self.stack.kill()
            self.stack.start(f"{point}:2:kill")
            self.stack.authorize(number, "tok_ok", 4488)
            self.stack.capture(number, "C1", 4488)
            self.stack.await_death()
            self.stack.start()
            self.stack.await_fact(number, "authorized")
            self.stack.wait(f"the capture of order {number} is answered, also if it came before its time",
                            lambda at=number: {"captured", "refused"} & set(self.stack.facts(at)))
            if "captured" not in self.stack.facts(number):
                self.stack.capture(number, "C2", 4488)
            self.stack.await_fact(number, "captured")
            self.one_intent(number, status="succeeded", captured_minor=4488)

    def test_provider_goes_away(self) -> None:
        """Many are asked for while the provider falls over, and while it is away."""
        numbers = range(100, 100 + MANY)
        for number in numbers:
            if number == 100 + MANY // 2:
                self.provider.stop()
            self.stack.authorize(number, "tok_ok", 4488)
        self.provider.start()
        self.provider.control(fault="error_500", probability=0.3, count=20, operation="create", seed=7)
        for number in numbers:
            self.stack.await_fact(number, "authorized", 60)
            self.one_intent(number, status="requires_capture", effects=1)
        self.provider.control(fault="none")

    def test_amounts_are_bound(self) -> None:
        """The database itself refuses what does not add up."""
        self.authorized(40, 1000)
        for change, constraint in (("captured_minor = 1001", "payment_captured_within_authorized"),
                                   ("authorized_minor = 1001", "payment_authorized_as_asked"),
                                   ("refunded_minor = 1", "payment_refunded_within_captured"),
                                   ("released_minor = -1", "payment_never_negative")):
            with self.assertRaises(psycopg2.errors.CheckViolation) as caught:
                self.stack.query(f"UPDATE payment.payment SET {change} WHERE order_no = 40 RETURNING 1")
            self.assertEqual(caught.exception.diag.constraint_name, constraint)

    def test_zz_the_books_agree(self) -> None:
        """What was taken and given back, in all: their books and ours."""
        theirs = {}
        for row in fetch(f"{self.provider.url}/_books?format=json")[1]["payment_intents"]:
            theirs[row["metadata"]["payment_id"]] = (row["captured_minor"], row["refunded_minor"])
        ours = {f"{order_id(row[0])}-P{row[1]}": (int(row[2]), int(row[3])) for row in self.stack.query(
            "SELECT order_no, payment_no, captured_minor, refunded_minor FROM payment.payment"
            " WHERE provider_ref IS NOT NULL")}
        self.assertEqual(ours, theirs)
        self.assertEqual(self.stack.query("SELECT count(*) FROM payment.parked"), [(0,)])
        self.assertEqual(self.stack.query("SELECT count(*) FROM payment.effect"), [(0,)])

    # Disputes.

    def disputed(self, number: int) -> tuple[str, str]:
        """A payment that was taken, and is disputed: its names at the provider, intent and dispute."""
        self.authorized(number, 4488)
        self.stack.capture(number, "C1", 4488, final=True)
        self.stack.await_fact(number, "captured")
        intent = self.provider.intents(number)[0]["id"]
        return intent, str(self.provider.control(dispute=intent)["disputed"])

    def dispute(self, number: int) -> dict[str, Any]:
        """As the read API shows it."""
        status, view = self.stack.get(f"/v1/disputes/{order_id(number)}-X1")
        self.assertEqual(status, 200, view)
        check_view("payment/dispute_view.v1.json", view)
        return dict(view)

    def say(self, kind: str, number: int, request_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """A person answers a dispute."""
        self.stack.request(kind, number, request_id, body, dispute_id=f"{order_id(number)}-X1")
        return self.stack.reply(number, request_id)

    def test_dispute_is_won(self) -> None:
        """Webhooks come twice; nothing of it is given back; evidence is saved and sent, and the money comes back."""
        self.provider.control(webhook="twice")
        _, name = self.disputed(301)
        fact = self.stack.await_fact(301, "disputed")
        self.assertEqual((fact["state"], fact["amount_minor"], fact["reason"]), ("needs_response", 4488, "fraudulent"))
        self.stack.request("refund_now", 301, "r1", {"amount_minor": 100, "reason": "merchant_request"})
        self.assertEqual(self.stack.reply(301, "r1")["status"], 409)
        self.assertEqual(self.say("dispute_evidence", 301, "e0", {"submit": True})["status"], 422)
        saved = self.say("dispute_evidence", 301, "e1", {"evidence": {"product_description": "a lamp & more"},
                                                         "submit": False})
        self.assertEqual(saved["status"], 201)
        self.assertEqual(self.dispute(301)["evidence"], {"product_description": "a lamp & more"})
        sent = self.say("dispute_evidence", 301, "e2", {"evidence": {"carrier": "UPS", "tracking_number": "1Z9"},
                                                        "submit": True})
        self.assertEqual(sent["status"], 201)
        self.stack.wait("it is under review", lambda: self.dispute(301)["state"] == "under_review")
        self.assertEqual(self.say("dispute_accept", 301, "a1", {})["status"], 409)
        theirs = self.provider.dispute(name)
        self.assertEqual((theirs["evidence"]["shipping_carrier"], theirs["evidence"]["product_description"],
                          theirs["evidence_details"]["submission_count"]), ("UPS", "a lamp & more", 1))
        self.provider.control(decide_dispute=name, outcome="won")
        closed = self.stack.await_fact(301, "dispute_closed")
        self.assertEqual((closed["state"], closed["lost_minor"]), ("won", 0))
        self.stack.wait("the money is back", lambda: self.dispute(301)["reinstated_minor"] == 4488)
        self.stack.refund(301, "B1", 4488)
        self.stack.await_fact(301, "refunded")
        page = self.stack.get(f"/v1/orders/{order_id(301)}/disputes")[1]
        self.assertEqual([item["id"] for item in page["items"]], [f"{order_id(301)}-X1"])
        check_view("payment/view.v1.json", self.stack.payment(301))

    def test_dispute_is_accepted(self) -> None:
        """By our word it is lost; a refund of the order that waited for it is with the shopper already."""
        self.disputed(302)
        self.stack.await_fact(302, "disputed")
        self.stack.refund(302, "B1", 1000)
        self.assertEqual(self.say("dispute_accept", 302, "a1", {"note": "never sent"})["status"], 201)
        closed = self.stack.await_fact(302, "dispute_closed")
        self.assertEqual((closed["state"], closed["lost_minor"], closed["payment_lost_minor"]),
                         ("accepted", 4488, 4488))
        self.assertEqual(self.stack.await_fact(302, "failed")["code"], "lost_in_dispute")
        self.one_intent(302, refunded_minor=0, lost_minor=4488)
        view = self.stack.payment(302)
        check_view("payment/view.v1.json", view)
        self.assertEqual(view["lost_minor"], 4488)
        self.assertEqual(self.stack.get("/v1/disputes?status=nothing")[0], 400)
        self.assertIn(f"{order_id(302)}-X1", [item["id"] for item in
                                              self.stack.get("/v1/disputes?status=accepted")[1]["items"]])

    def test_no_webhook_tells_of_a_dispute(self) -> None:
        """The list of disputes has it, and what became of it is asked."""
        self.provider.control(webhook="never")
        _, name = self.disputed(304)
        self.stack.wait("the list is watched", lambda: self.stack.query("SELECT 1 FROM payment.dispute_watch"))
        self.stack.let_timers_be_due("watch_disputes")
        self.assertEqual(self.stack.await_fact(304, "disputed")["state"], "needs_response")
        self.provider.control(decide_dispute=name, outcome="lost")
        self.stack.let_timers_be_due("poll_dispute")
        self.assertEqual(self.stack.await_fact(304, "dispute_closed")["state"], "lost")


if __name__ == "__main__":
    with PaymentStack() as STACK:
        STACK.start()
        STACK.await_ready()
        sys.exit(not unittest.main(exit=False).result.wasSuccessful())
