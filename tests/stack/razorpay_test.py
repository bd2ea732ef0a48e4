#!/usr/bin/python3
"""razorpay_test - payments at Razorpay on real servers: paid on its checkout, taken whole, the rest given back.

    /usr/bin/python3 tests/stack/razorpay_test.py        after `make services cli`
"""

from __future__ import annotations

import base64
import sys
import unittest
import urllib.request
from typing import Any

from payment_stack import RAZORPAY_KEYS, PaymentStack
from paypal_test import NoRedirect
from stand_in import Body, fetch

RACES = 10


class RazorpayTest(unittest.TestCase):
    """One stack for all; each test has orders of its own."""

    maxDiff = None

    def setUp(self) -> None:
        """Everything stands."""
        self.stack = STACK
        self.razorpay = STACK.razorpay
        self.addCleanup(self.razorpay.control, webhook="normal", pending=False, notes_are_lost=False, fault="none",
                        operation="*")

    def ask_shopper(self, number: int, amount_minor: int) -> Body:
        """Until the shopper is asked to pay; what he is told."""
        self.stack.authorize_by(number, "card", amount_minor, currency="INR", return_url="https://shop.example/paid")
        return self.stack.await_fact(number, "requires_action")

    def act(self, number: int, action: str) -> None:
        """What the shopper does on the page."""
        page = self.stack.fact(number, "requires_action")["action_url"]
        opener = urllib.request.build_opener(NoRedirect)
        answer = opener.open(urllib.request.Request(page, f"action={action}".encode()), timeout=10)
        self.assertTrue(answer.headers["Location"].startswith("https://shop.example/paid?razorpay_payment_id=pay_"))

    def hold(self, number: int, amount_minor: int = 4488) -> None:
        """Bring an order's payment so far."""
        self.ask_shopper(number, amount_minor)
        self.act(number, "pay")
        self.stack.await_fact(number, "authorized")

    def capture(self, number: int, capture: str, amount_minor: int, final: bool = False) -> None:
        """Take money."""
        self.stack.capture(number, capture, amount_minor, final, currency="INR")

    def refund(self, number: int, refund: str, amount_minor: int) -> None:
        """Give money back."""
        self.stack.refund(number, refund, amount_minor, currency="INR")

    def one_order(self, number: int) -> Body:
        """Razorpay's books hold one order of a payment of ours."""
        rows = self.razorpay.orders(number)
        self.assertEqual(len(rows), 1, rows)
        return rows[0]

    def sums(self, number: int) -> tuple[list[tuple[str, int]], list[int]]:
        """Where its payments are, and what was given back."""
        row = self.one_order(number)
        return ([(made["status"], made["amount_refunded"]) for made in row["payments"]],
                [made["amount"] for made in row["refunds"] if made["status"] != "failed"])

    def test_paid_taken_given_back(self) -> None:
        """The whole way: a card declined, another one, a capture that takes all, one that is booked, a refund."""
        fact = self.ask_shopper(1, 4488)
        self.assertTrue(fact["action_url"].startswith(f"{self.razorpay.url}/checkout?order_id=order_"), fact)
        self.act(1, "fail")
        self.act(1, "pay")
        fact = self.stack.await_fact(1, "authorized")
        self.assertEqual((fact["provider"], fact["amount_minor"]), ("razorpay", 4488))
        self.capture(1, "C1", 1000)
        self.stack.await_fact(1, "captured")
        self.assertEqual(self.sums(1), ([("failed", 0), ("captured", 0)], []))
        self.capture(1, "C2", 3488, final=True)
        self.stack.wait("both are taken", lambda: self.stack.facts(1).count("captured") == 2)
        self.refund(1, "B1", 1500)
        self.stack.await_fact(1, "refunded")
        self.assertEqual(self.sums(1), ([("failed", 0), ("captured", 1500)], [1500]))
        view = self.stack.payment(1)
        self.assertEqual((view["provider"], view["captured_minor"], view["refunded_minor"]), ("razorpay", 4488, 1500))

    def test_rest_is_given_back(self) -> None:
        """What a final capture leaves, and what is let go after a part was taken."""
        self.hold(2)
        self.capture(2, "C1", 1000, final=True)
        self.stack.await_state(2, "captured")
        self.assertEqual(self.sums(2), ([("captured", 3488)], [3488]))
        self.hold(3)
        self.capture(3, "C1", 2000)
        self.stack.await_fact(3, "captured")
        self.stack.void(3)
        self.assertEqual(self.stack.await_fact(3, "voided")["amount_minor"], 2488)
        self.assertEqual(self.sums(3), ([("captured", 2488)], [2488]))

    def test_what_is_not_taken_is_left_alone(self) -> None:
        """Razorpay knows no void: it goes back by itself; what was paid too late, too."""
        self.hold(4)
        self.stack.void(4)
        self.stack.await_fact(4, "voided")
        self.assertEqual(self.sums(4), ([("authorized", 0)], []))
        self.ask_shopper(5, 4488)
        self.stack.void(5)
        self.stack.await_fact(5, "voided")
        self.act(5, "pay")
        self.stack.await_state(5, "voided")
        self.assertEqual(self.sums(5), ([("authorized", 0)], []))

    def test_webhook_and_poll_at_once(self) -> None:
        """It is told twice while it is asked about: held once, each time."""
        for number in range(100, 100 + RACES):
            self.razorpay.control(webhook="twice")
            self.ask_shopper(number, 1000)
            self.act(number, "pay")
        self.stack.let_timers_be_due("ask_provider")
        for number in range(100, 100 + RACES):
            self.stack.await_fact(number, "authorized")
            self.assertEqual(self.stack.facts(number).count("authorized"), 1)

    def test_no_webhook_comes(self) -> None:
        """What no webhook brought, or one that does not say whose it is, the question finds."""
        self.razorpay.control(notes_are_lost=True)
        self.ask_shopper(6, 1000)
        self.act(6, "pay")
        self.stack.let_timers_be_due("ask_provider")
        self.stack.await_fact(6, "authorized")

    def test_answers_are_lost(self) -> None:
        """Whatever answer is lost, it is looked at what became of it, and nothing is done twice."""
        for number, operation in enumerate(("create", "capture", "refund"), 10):
            self.razorpay.control(fault="timeout_after_acting", operation=operation, count=1, delay_ms=50)
            self.hold(number, 1000)
            self.capture(number, "C1", 600, final=True)
            self.stack.await_state(number, "captured")
            self.refund(number, "B1", 400)
            self.stack.await_fact(number, "refunded")
            self.assertEqual(self.sums(number), ([("captured", 800)], [400, 400]))

    def test_lapsed(self) -> None:
        """Five days have passed: it went back by itself, and the order hears of it once."""
        self.hold(20, 1000)
        self.razorpay.control(expire=self.one_order(20)["payments"][0]["id"])
        self.stack.let_timers_be_due("renew_hold")
        self.assertEqual(self.stack.await_fact(20, "lapsed")["amount_minor"], 1000)

    def test_pending_refund(self) -> None:
        """It is given back when Razorpay says so, and not when that fails."""
        self.hold(30, 1000)
        self.capture(30, "C1", 1000, final=True)
        self.stack.await_fact(30, "captured")
        self.razorpay.control(pending=True)
        self.refund(30, "B1", 400)
        self.refund(30, "B2", 300)
        self.stack.wait("Razorpay has both", lambda: len(self.one_order(30)["refunds"]) == 2)
        self.stack.wait("both are known", lambda: self.stack.query(
            "SELECT count(*) FROM payment.payment_refund WHERE order_no = 30 AND state = 3")[0][0] == 2)
        self.assertNotIn("refunded", self.stack.facts(30))
        names = {made["receipt"][-2:]: made["id"] for made in self.one_order(30)["refunds"]}
        self.razorpay.control(settle=names["B1"])
        self.razorpay.control(settle=names["B2"], status="failed")
        self.stack.await_fact(30, "refunded")
        self.assertEqual(self.stack.await_fact(30, "failed")["code"], "refund_failed")

    def findings(self, number: int) -> list[str]:
        """What the audit found at Razorpay of an order's payment."""
        return self.stack.findings("razorpay-books", number)

    def at_razorpay(self, path: str, **body: Any) -> None:
        """Somebody else's call, with our account."""
        basic = base64.b64encode(RAZORPAY_KEYS.encode()).decode()
        status, told = fetch(f"{self.razorpay.url}{path}", body, {"Authorization": f"Basic {basic}",
                                                                  "Content-Type": "application/json"})
        self.assertEqual(status, 200, told)

    def test_audit(self) -> None:
        """What Razorpay has otherwise than we is found, what it has as we have it is not; mending ends it."""
        for number in (90, 91, 92, 93):
            self.hold(number, 1000)
        for number in (91, 92):
            self.capture(number, "C1", 400)
            self.stack.await_fact(number, "captured")
        self.stack.void(92)
        self.stack.await_fact(92, "voided")
        self.refund(92, "B1", 150)
        self.stack.await_fact(92, "refunded")
        whose = f"payment.payment SET provider_ref = '%s' WHERE order_no = {93} RETURNING 1"
        reference = self.one_order(93)["id"]
        self.stack.query(f"UPDATE {whose % 'order_gone'}")
        self.at_razorpay(f"/v1/payments/{self.one_order(91)['payments'][0]['id']}/refund", amount=300)
        self.stack.wait("both are found", lambda: self.findings(91) and self.findings(93), 60)
        self.assertEqual(self.findings(91), ["held 0, captured 1000, refunded 300"])
        self.stack.query(f"UPDATE {whose % reference}")
        self.stack.wait("it has ended", lambda: not self.findings(93), 60)
        self.assertEqual((self.findings(90), self.findings(92)), ([], []))


if __name__ == "__main__":
    with PaymentStack() as STACK:
        STACK.start()
        STACK.await_ready()
        result = unittest.main(exit=False, verbosity=2).result
    sys.exit(not result.wasSuccessful())
