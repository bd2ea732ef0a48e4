#!/usr/bin/python3
"""paypal_test - payments at PayPal beside those at Stripe, on real servers: each held, taken and given back once.

    /usr/bin/python3 tests/stack/paypal_test.py        after `make services cli`
"""

from __future__ import annotations

import base64
import json
import sys
import unittest
import urllib.request
from typing import Any

from payment_stack import PAYPAL_CLIENT, PAYPAL_SPECS, PaymentStack, order_id
from stand_in import Body, fetch

RACES = 10


class PayPalTest(unittest.TestCase):
    """One stack for all; each test has orders of its own."""

    def setUp(self) -> None:
        """Everything stands."""
        self.stack = STACK
        self.paypal = STACK.paypal
        self.addCleanup(self.paypal.control, webhook="normal", pending=[], fault="none", operation="*")

    maxDiff = None

    def tearDown(self) -> None:
        """Nothing was asked or answered that PayPal's own descriptions do not have, where they are there."""
        totals = self.paypal.totals()
        self.assertEqual(totals["wrong"], [])
        self.assertEqual(totals["judged"] > 0, PAYPAL_SPECS.is_dir())

    def ask_payer(self, number: int, amount_minor: int) -> Body:
        """Until the payer is asked to approve; what he is told."""
        self.stack.authorize_by(number, "wallet", amount_minor, return_url="https://shop.example/paid")
        return self.stack.await_fact(number, "requires_action")

    def approve(self, number: int) -> None:
        """The payer approves it on PayPal's page."""
        page = self.stack.fact(number, "requires_action")["action_url"]
        opener = urllib.request.build_opener(NoRedirect)
        answer = opener.open(urllib.request.Request(page, b"action=approve"), timeout=10)
        self.assertEqual(answer.headers["Location"], "https://shop.example/paid")

    def hold(self, number: int, amount_minor: int) -> None:
        """Bring an order's payment so far."""
        self.ask_payer(number, amount_minor)
        self.approve(number)
        self.stack.await_fact(number, "authorized")

    def one_order(self, number: int, **expected: Any) -> Body:
        """PayPal's books hold one order and one hold of a payment of ours."""
        rows = self.paypal.orders(number)
        self.assertEqual(len(rows), 1, rows)
        self.assertEqual({key: rows[0][key] for key in expected}, expected)
        return rows[0]

    def sums(self, number: int) -> tuple[str, list[str], list[str]]:
        """Where the last hold is, and what was taken and given back."""
        row = self.one_order(number)
        return (row["authorizations"][-1]["status"], [made["value"] for made in row["captures"]],
                [made["value"] for made in row["refunds"] if made["status"] != "FAILED"])

    def test_approved_taken_given_back(self) -> None:
        """The whole way, with two captures, and a refund of each."""
        fact = self.ask_payer(1, 4488)
        self.assertTrue(fact["action_url"].startswith(self.paypal.url), fact)
        self.one_order(1, status="PAYER_ACTION_REQUIRED", value="44.88", currency="EUR")
        self.approve(1)
        fact = self.stack.await_fact(1, "authorized")
        self.assertEqual((fact["provider"], fact["amount_minor"]), ("paypal", 4488))
        self.stack.capture(1, "C1", 1000)
        self.stack.capture(1, "C2", 2000, final=True)
        self.stack.wait("both are taken", lambda: self.stack.facts(1).count("captured") == 2)
        self.stack.refund(1, "B1", 1500)
        self.stack.refund(1, "B2", 1000)
        self.stack.wait("both are given back", lambda: self.stack.facts(1).count("refunded") == 2)
        self.assertEqual(self.sums(1), ("CAPTURED", ["10.00", "20.00"], ["15.00", "10.00"]))
        view = self.stack.payment(1)
        self.assertEqual((view["provider"], view["method"], view["refunded_minor"]), ("paypal", "wallet", 2500))

    def test_two_providers(self) -> None:
        """A card's payment goes to Stripe as before, a wallet's to PayPal, in one order, too."""
        self.stack.authorize(2, "tok_ok", 700)
        self.assertEqual(self.stack.await_fact(2, "authorized")["provider"], "stripe")
        self.hold(3, 900)
        self.assertEqual(len(self.stack.provider.intents(2)), 1)
        self.assertEqual(self.paypal.orders(2), [])
        self.assertEqual(self.stack.provider.intents(3), [])

    def test_webhook_and_poll_at_once(self) -> None:
        """The approval is told twice while it is asked about: held once, each time."""
        for number in range(100, 100 + RACES):
            self.paypal.control(webhook="twice")
            self.ask_payer(number, 1000)
            self.approve(number)
        self.stack.let_timers_be_due("ask_provider")
        for number in range(100, 100 + RACES):
            self.stack.await_fact(number, "authorized")
            row = self.one_order(number, status="COMPLETED")
            self.assertEqual(len(row["authorizations"]), 1)
            self.assertEqual(self.stack.facts(number).count("authorized"), 1)

    def test_no_webhook_comes(self) -> None:
        """What no webhook brought, the question finds."""
        self.paypal.control(webhook="never")
        self.ask_payer(4, 1000)
        self.approve(4)
        self.stack.let_timers_be_due("ask_provider")
        self.stack.await_fact(4, "authorized")
        self.one_order(4, status="COMPLETED")

    def test_answers_are_lost(self) -> None:
        """Whatever answer is lost, it is asked for under its key, and nothing is done twice."""
        for number, operation in enumerate(("create", "authorize", "capture", "refund"), 5):
            self.paypal.control(fault="timeout_after_acting", operation=operation, count=1, delay_ms=50)
            self.hold(number, 1000)
            self.stack.capture(number, "C1", 1000, final=True)
            self.stack.await_fact(number, "captured")
            self.stack.refund(number, "B1", 400)
            self.stack.await_fact(number, "refunded")
            row = self.one_order(number)
            self.assertEqual((len(row["authorizations"]), len(row["captures"]), len(row["refunds"])), (1, 1, 1))

    def test_token_is_not_good_any_more(self) -> None:
        """PayPal forgets its tokens: another one is asked for, and nobody else notices."""
        before = self.paypal.effects("token")
        self.hold(20, 1000)
        self.paypal.control(revoke_tokens=True)
        self.stack.capture(20, "C1", 1000, final=True)
        self.stack.await_fact(20, "captured")
        self.assertLessEqual(self.paypal.effects("token") - before, 2)
        self.assertEqual(len(self.one_order(20)["captures"]), 1)

    def test_killed_at_each_point(self) -> None:
        """kill -9 around the call that holds the money: one hold."""
        for number, point in enumerate(("before_commit", "after_commit"), 30):
            self.ask_payer(number, 1000)
            self.stack.kill()
            self.approve(number)
            self.stack.start(f"{point}:1:kill")
            try:
                self.stack.await_death()
            finally:
                self.stack.kill()
                self.stack.start()
            self.stack.let_timers_be_due("ask_provider")
            self.stack.await_fact(number, "authorized")
            self.assertEqual(len(self.one_order(number)["authorizations"]), 1)

    def test_let_go(self) -> None:
        """What is held is let go; what nobody approved holds nothing."""
        self.hold(40, 1000)
        self.stack.void(40)
        self.stack.await_fact(40, "voided")
        self.assertEqual(self.sums(40)[0], "VOIDED")
        self.ask_payer(41, 1000)
        self.stack.void(41)
        self.stack.await_fact(41, "voided")
        self.approve(41)
        self.one_order(41, status="APPROVED", authorizations=[])

    def test_payer_chooses_another_way(self) -> None:
        """His card there is declined: he is sent to the same page once more."""
        self.paypal.control(refuse="authorize", issue="INSTRUMENT_DECLINED")
        self.ask_payer(50, 1000)
        self.approve(50)
        self.stack.wait("he is asked again", lambda: self.stack.facts(50).count("requires_action") == 2)
        self.assertEqual(self.stack.facts(50), ["requires_action", "requires_action"])
        self.approve(50)
        self.stack.await_fact(50, "authorized")
        self.assertEqual(len(self.one_order(50)["authorizations"]), 1)

    def test_pending_capture(self) -> None:
        """PayPal looks at it first: it is taken when PayPal says so."""
        self.hold(60, 1000)
        self.paypal.control(pending=["capture"])
        self.stack.capture(60, "C1", 1000, final=True)
        self.stack.wait("PayPal has it", lambda: len(self.one_order(60)["captures"]) == 1)
        self.assertNotIn("captured", self.stack.facts(60))
        self.paypal.control(settle=self.one_order(60)["captures"][0]["id"])
        self.stack.await_fact(60, "captured")

    def test_renewed(self) -> None:
        """After three days it is held anew, and taken under its new name."""
        self.hold(70, 1000)
        self.paypal.control(advance_ms=3 * 86400 * 1000 + 1000)
        self.stack.let_timers_be_due("renew_hold")
        self.stack.wait("it is held anew", lambda: len(self.one_order(70)["authorizations"]) == 2)
        self.stack.await_state(70, "authorized")
        self.stack.capture(70, "C1", 1000, final=True)
        self.stack.await_fact(70, "captured")
        row = self.one_order(70)
        self.assertEqual(row["captures"][0]["authorization"], row["authorizations"][1]["id"])

    def test_lapsed(self) -> None:
        """PayPal lets go by itself: the order hears of it once."""
        self.hold(80, 1000)
        self.paypal.control(expire=self.one_order(80)["authorizations"][0]["id"])
        self.assertEqual(self.stack.await_fact(80, "lapsed")["amount_minor"], 1000)
        self.assertEqual(order_id(80), self.stack.fact(80, "lapsed")["order_id"])

    def findings(self, number: int) -> list[str]:
        """What the audit found at PayPal of an order's payment."""
        return self.stack.findings("paypal-books", number)

    def at_paypal(self, path: str, key: str, **body: Any) -> None:
        """Somebody else's call, with our account."""
        basic = base64.b64encode(PAYPAL_CLIENT.encode()).decode()
        form = urllib.request.Request(f"{self.paypal.url}/v1/oauth2/token", b"grant_type=client_credentials",
                                      {"Authorization": f"Basic {basic}"})
        with urllib.request.urlopen(form, timeout=10) as answer:
            token = json.load(answer)["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        status, told = fetch(f"{self.paypal.url}{path}", body, headers | ({"PayPal-Request-Id": key} if key else {}))
        self.assertEqual(status, 201, told)

    def test_audit(self) -> None:
        """What PayPal has otherwise than we is found, what it has as we have it is not; mending ends it."""
        for number in (90, 91, 92, 93):
            self.hold(number, 1000)
        for number in (91, 92):
            self.stack.capture(number, "C1", 400)
            self.stack.await_fact(number, "captured")
        self.stack.refund(92, "B1", 150)
        self.stack.await_fact(92, "refunded")
        whose = f"payment.payment SET provider_ref = '%s' WHERE order_no = {93} RETURNING 1"
        reference = self.one_order(93)["id"]
        self.stack.query(f"UPDATE {whose % '5O_gone'}")
        self.at_paypal(f"/v2/payments/captures/{self.one_order(91)['captures'][0]['id']}/refund", "by-hand",
                       amount={"currency_code": "EUR", "value": "3.00"})
        self.stack.wait("both are found", lambda: self.findings(91) and self.findings(93), 60)
        self.assertEqual(self.findings(91), ["held 600, captured 400, refunded 300"])
        self.assertEqual(self.findings(93), ["nothing"])
        self.stack.query(f"UPDATE {whose % reference}")
        self.paypal.control(revoke_tokens=True)  # the auditor's, too
        self.stack.wait("it has ended", lambda: not self.findings(93), 60)
        self.assertEqual((self.findings(90), self.findings(92)), ([], []))

    @unittest.skipUnless(PAYPAL_SPECS.is_dir(), "make paypal-specs")
    def test_judged(self) -> None:
        """PayPal's descriptions find what is wrong: a header, and words that we do not send."""
        self.hold(95, 1000)
        self.addCleanup(self.paypal.control, judge_anew=True)
        authorization = self.one_order(95)["authorizations"][0]["id"]
        self.at_paypal(f"/v2/payments/authorizations/{authorization}/capture", "", final_capture="yes")
        wrong = self.paypal.totals()["wrong"]
        self.paypal.control(judge_anew=True)
        self.assertIn("final_capture: 'yes' is not of type 'boolean'", "\n".join(wrong))
        self.assertIn("header PayPal-Request-Id: is missing", "\n".join(wrong))


class NoRedirect(urllib.request.HTTPErrorProcessor):
    """Shows where a page sends the shopper."""

    def http_response(self, _request: Any, response: Any) -> Any:
        """As it came."""
        return response

    https_response = http_response


if __name__ == "__main__":
    with PaymentStack() as STACK:
        STACK.start()
        STACK.await_ready()
        result = unittest.main(exit=False, verbosity=2).result
    sys.exit(not result.wasSuccessful())
