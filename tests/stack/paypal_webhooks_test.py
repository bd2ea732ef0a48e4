#!/usr/bin/python3
"""paypal_webhooks_test - PayPal calls the gateway: certificates are fetched and proven, a payer is heard at once.

    /usr/bin/python3 tests/stack/paypal_webhooks_test.py        after `make services cli`
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import unittest
import urllib.request
from typing import Any

from built import BIN, ROOT, end_in_order
from basics import free_ports
from lane_stack import LANES
from payment_stack import PAYPAL_WEBHOOK_ID, PaymentStack, order_id
from paypal_test import NoRedirect
from stand_in import START_S, Body, fetch

FIRST_QUESTION_S = 60  # of poll.c: what is heard before that was told
CALLERS = 40


class Gateway:
    """The door that PayPal's webhooks come through."""

    def __init__(self, stack: PaymentStack) -> None:
        """Start it, and have PayPal call it."""
        self.stack = stack
        self.port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        stack.kervan("migrate", "--service", "gateway")
        self.start()
        stack.paypal.control(webhook_url=f"{self.url}/v1/webhooks/paypal/main")

    def start(self) -> None:
        """A gateway that is ready; the id that PayPal signs with now is the newer of two."""
        paypal = self.stack.paypal
        environment = os.environ | {
            "KERVAN_PG": self.stack.servers.pg_conninfo("gateway"), "KERVAN_KAFKA": self.stack.servers.kafka_bootstrap,
            "KERVAN_LANES": str(LANES), "KERVAN_HTTP_PORT": str(self.port), "KERVAN_INSTANCE": "gateway-1",
            "KERVAN_WEBHOOK_ID_PAYPAL": f"AN-ID-OF-LAST-YEAR {PAYPAL_WEBHOOK_ID}",
            "KERVAN_PAYPAL_CERTIFICATE_URLS": paypal.certificate_url,
            "KERVAN_PAYPAL_CERTIFICATE_ROOTS": str(paypal.roots), "KERVAN_DOCS_DIR": str(ROOT / "proto")}
        with (self.stack.servers.folder / "gateway.log").open("ab") as log:
            self.process = subprocess.Popen([str(BIN / "kervan-gateway")], env=environment, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)
        self.stack.wait("the gateway is ready", self.is_ready, START_S)

    def is_ready(self) -> bool:
        """Whether it says so."""
        if self.process.poll() is not None:
            raise AssertionError((self.stack.servers.folder / "gateway.log").read_text(errors="replace")[-3000:])
        try:
            return fetch(f"{self.url}/readyz")[0] == 200
        except OSError:
            return False

    def end(self) -> None:
        """In good order."""
        end_in_order(self.process, "the gateway")

    def figure(self, name: str) -> int:
        """A metric."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return sum(int(float(line.rpartition(" ")[2])) for line in lines if line.startswith(name))


class PayPalWebhooksTest(unittest.TestCase):
    """One stack for all; each test has orders of its own, and leaves PayPal as it was."""

    def setUp(self) -> None:
        """Everything stands."""
        self.stack = STACK
        self.paypal = STACK.paypal
        self.addCleanup(self.paypal.control, webhook="normal", fault="none", operation="*", stamp_shift_s=0)

    def ask_payer(self, number: int) -> Body:
        """Until the payer is asked to approve."""
        self.stack.authorize_by(number, "wallet", 1000, return_url="https://shop.example/paid")
        return self.stack.await_fact(number, "requires_action")

    def approve(self, number: int) -> None:
        """The payer approves it on PayPal's page."""
        page = self.stack.fact(number, "requires_action")["action_url"]
        urllib.request.build_opener(NoRedirect).open(urllib.request.Request(page, b"action=approve"), timeout=10)

    def deliveries(self) -> Body:
        """What came of PayPal's webhooks."""
        return dict(fetch(f"{self.paypal.url}/_books?format=totals")[1]["totals"]["webhooks"])

    def is_heard(self, number: int) -> None:
        """An approval is heard long before anybody asks, and has one effect."""
        begun = time.monotonic()
        self.ask_payer(number)
        self.approve(number)
        self.stack.await_fact(number, "authorized")
        self.assertLess(time.monotonic() - begun, FIRST_QUESTION_S / 2)
        self.assertEqual(len(self.paypal.orders(number)[0]["authorizations"]), 1)
        self.assertEqual(self.stack.facts(number).count("authorized"), 1)

    def is_not_heard(self, number: int, **control: Any) -> None:
        """What is not PayPal's changes nothing: it is refused, and not in the log."""
        self.paypal.control(**control)
        before = self.deliveries()["failed_attempts"]
        self.ask_payer(number)
        self.approve(number)
        self.stack.wait("it is refused twice", lambda: self.deliveries()["failed_attempts"] >= before + 2)
        self.assertEqual(self.stack.facts(number), ["requires_action"])
        self.assertEqual(self.paypal.orders(number)[0]["status"], "APPROVED")

    def call(self, headers: dict[str, str]) -> tuple[int, Any]:
        """A call that pretends to be PayPal's."""
        return fetch(f"{GATEWAY.url}/v1/webhooks/paypal/main", {"id": "WH-1"}, headers)

    def forged(self, **changes: str) -> dict[str, str]:
        """Headers as PayPal has them, with a signature of nobody."""
        return {"PAYPAL-TRANSMISSION-ID": "69cd13f0", "PAYPAL-TRANSMISSION-SIG": "c2ln",
                "PAYPAL-TRANSMISSION-TIME": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "PAYPAL-CERT-URL": f"{self.paypal.certificate_url}CERT-00000001", "PAYPAL-AUTH-ALGO": "SHA256withRSA",
                } | {name.replace("_", "-"): value for name, value in changes.items()}

    def test_heard_at_once(self) -> None:
        """Each order's approval; the certificate is fetched once."""
        self.paypal.control(signer="good")
        before = self.paypal.effects("certificate")
        proven = GATEWAY.figure('kervan_gateway_certificates_total{outcome="proven"}')
        for number in range(1, 6):
            self.is_heard(number)
        self.assertEqual(self.paypal.effects("certificate"), before + 1)
        self.assertEqual(GATEWAY.figure('kervan_gateway_certificates_total{outcome="proven"}'), proven + 1)

    def test_told_twice(self) -> None:
        """An event that is delivered twice has one effect."""
        self.paypal.control(webhook="twice")
        for number in range(10, 15):
            self.is_heard(number)

    def test_another_signs(self) -> None:
        """PayPal changes its certificate: the next one is fetched, too."""
        self.is_heard(20)
        self.paypal.control(signer="good")
        self.is_heard(21)

    def test_forged(self) -> None:
        """Who has no certificate that counts is refused, whoever says where it lies; then PayPal is heard as before."""
        for number, signer in enumerate(("other_root", "misnamed", "alone"), 30):
            self.is_not_heard(number, signer=signer)
            self.paypal.control(signer="good")
            self.stack.await_fact(number, "authorized")  # PayPal goes on trying
        self.is_heard(39)

    def test_altered_and_old(self) -> None:
        """Another body than was signed, another time than may be."""
        self.is_not_heard(40, webhook="bad_signature")
        self.paypal.control(webhook="normal")
        for number, shift_s in ((41, -4 * 86400), (42, 3600)):
            self.is_not_heard(number, stamp_shift_s=shift_s)
        self.paypal.control(stamp_shift_s=-2 * 86400)
        self.is_heard(43)

    def test_strange_places(self) -> None:
        """A certificate of a strange place is not even fetched."""
        for place in ("https://127.0.0.1:1/v1/notifications/certs/CERT-1", "http://127.0.0.1/CERT-1", "x", "",
                      f"{self.paypal.certificate_url}../../../_control", f"{self.paypal.certificate_url}a?b"):
            status, problem = self.call(self.forged(PAYPAL_CERT_URL=place))
            self.assertEqual((status, problem["status"]), (401, 401), place)
        self.assertEqual(self.call({})[0], 401)
        self.assertEqual(self.call(self.forged(PAYPAL_AUTH_ALGO="none"))[0], 401)
        self.assertEqual(self.call(self.forged(PAYPAL_CERT_URL=f"{self.paypal.certificate_url}CERT-nobody"))[0], 401)

    def test_certificate_is_away(self) -> None:
        """503 until it is there, so that PayPal tries again; nobody else waits for it."""
        self.paypal.control(signer="good")
        self.paypal.control(fault="timeout_before_acting", operation="certificate", delay_ms=60000)
        self.ask_payer(50)
        self.approve(50)
        answers: list[tuple[int, Any]] = []
        callers = [threading.Thread(target=lambda: answers.append(self.call(self.forged(
            PAYPAL_CERT_URL=f"{self.paypal.certificate_url}CERT-{number:08x}")))) for number in range(CALLERS)]
        begun = time.monotonic()
        for caller in callers:
            caller.start()
        self.assertTrue(GATEWAY.is_ready())
        self.assertLess(time.monotonic() - begun, 2)
        for caller in callers:
            caller.join()
        self.assertLess(time.monotonic() - begun, 10)
        self.assertLessEqual({status for status, _ in answers}, {503, 401})
        self.assertIn(503, {status for status, _ in answers})
        self.assertEqual(self.stack.facts(50), ["requires_action"])
        self.paypal.control(fault="none", operation="*")
        self.stack.await_fact(50, "authorized")
        self.assertEqual(order_id(50), self.stack.fact(50, "authorized")["order_id"])


if __name__ == "__main__":
    with PaymentStack() as STACK:
        STACK.start()
        STACK.await_ready()
        GATEWAY = Gateway(STACK)
        result = unittest.main(exit=False, verbosity=2).result
        GATEWAY.end()
    sys.exit(not result.wasSuccessful())
