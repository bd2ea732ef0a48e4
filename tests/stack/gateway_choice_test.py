#!/usr/bin/python3
"""gateway_choice_test - shoppers answer questions through signed links, by the interface and by its page.

    tests/stack/gateway_choice_test.py
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gateway_stack import LINK_RATE_PER_SECOND, LINK_SECRET, Answer, GatewayCase, new_order

from fake_owners import await_records  # isort: skip

HOUR_S = 3600
BURST_S = 5
CHOICES = ("wait", "accept_partial", "cancel")


def token_of(order_id: str, in_s: float = HOUR_S, secret: str = LINK_SECRET) -> str:
    """A token as the notification service makes it, for so long from now."""
    binary = base64.b32decode(order_id.removeprefix("ord_").upper() + "======")
    signed = binary + struct.pack(">q", int((time.time() + in_s) * 1000))
    return base64.urlsafe_b64encode(signed + hmac.digest(secret.encode(), signed, hashlib.sha256)).decode().rstrip("=")


class ChoiceTest(GatewayCase):
    """Links of orders whose shoppers were asked."""

    def asked(self) -> str:
        """The id of an order of which something is missing."""
        order_id = str(self.submit(new_order()).json["id"])
        self.owners.documents[f"/v1/orders/{order_id}"]["question"] = {
            "open": True, "missing": [{"line_no": 1, "sku": "A-1", "quantity": 2}],
            "expires_at": "2099-01-01T00:00:00.000Z"}
        return order_id

    def choose(self, token: str, choice: str, **headers: str) -> Answer:
        """Answer through the interface."""
        return self.call("POST", f"/v1/choices/{token}", {"choice": choice}, **headers)

    def press(self, token: str, body: str) -> Answer:
        """Answer through the page."""
        return self.call("POST", f"/choices/{token}", body.encode(),
                         Content_Type="application/x-www-form-urlencoded")

    def chosen(self, order_id: str) -> list[Any]:
        """What the order service was told."""
        return [record for record in self.owners.of_key(order_id)
                if record.headers["ce_type"] == "kervan.order.choose.v1"]

    def test_question(self) -> None:
        """What is missing, and nothing of who the shopper is; without a key."""
        order_id = self.asked()
        answer = self.call("GET", f"/v1/choices/{token_of(order_id)}")
        question = self.owners.documents[f"/v1/orders/{order_id}"]["question"]
        self.assertEqual((answer.status, answer.json), (200, {"order_id": order_id, "question": question}))
        self.assertIn('"peer"', answer.headers["ratelimit-policy"])

    def test_answers(self) -> None:
        """Each goes to the order service, again as the same request; another one afterwards is refused."""
        for choice, other in zip(CHOICES, CHOICES[1:] + CHOICES[:1], strict=True):
            order_id = self.asked()
            token = token_of(order_id)
            answer = self.choose(token, choice)
            self.assertEqual((answer.status, answer.json["question"]["choice"]), (200, choice), answer.body)
            self.assertEqual(self.choose(token, choice).status, 200)
            self.refused(self.choose(token, other), 409, "conflict")
            records = self.chosen(order_id)
            self.assertEqual([record.topic for record in records], ["order.requests"] * 3)
            self.assertEqual(records[0].json, {"order_id": order_id, "body": {"choice": choice}})
            ids = [record.headers["ce_id"] for record in records]
            self.assertEqual((ids[0] == ids[1], ids[0] == ids[2]), (True, False))

    def test_without_reply(self) -> None:
        """202: the answer is durable, and what became of it is not known yet."""
        order_id = self.asked()
        self.owners.mute = True
        try:
            answer = self.choose(token_of(order_id), "wait", Prefer="wait=1")
            self.assertEqual((answer.status, answer.json["id"]), (202, order_id))
            await_records(self.owners, order_id, 2)
        finally:
            self.owners.mute = False

    def test_wrong_links(self) -> None:
        """404 for what is no token of ours, 410 for one whose time is over, by both ways."""
        order_id = self.asked()
        good = token_of(order_id)
        unasked = token_of(str(self.submit(new_order()).json["id"]))
        forged = good[:40] + ("A" if good[40] != "A" else "B") + good[41:]
        wrong = ["x", good + "A", good[1:] + "A", forged, token_of(f"ord_{'a' * 26}"), unasked,
                 token_of(order_id, secret="another-secret-than-it-is")]
        for token, status, kind in [*((token, 404, "not-found") for token in wrong),
                                    (token_of(order_id, -1), 410, "link-expired")]:
            self.refused(self.call("GET", f"/v1/choices/{token}"), status, kind)
            self.refused(self.choose(token, "wait"), status, kind)
            self.assertEqual(self.call("GET", f"/choices/{token}").status, status)
            self.assertEqual(self.press(token, "choice=wait").status, status)
        self.assertEqual(self.chosen(order_id), [])

    def test_malformed(self) -> None:
        """400 with the pointer; the body cannot name another order."""
        order_id = self.asked()
        token = token_of(order_id)
        answer = self.refused(self.choose(token, "perhaps"), 400, "validation")
        self.assertEqual(answer.json["errors"][0]["pointer"], "/choice")
        for body in (b"", b"{}", b"[]", b'{"choice":"wait"},"order_id":"ord_x"', b'{"choice":"wait","order_id":"x"}'):
            self.refused(self.call("POST", f"/v1/choices/{token}", body), 400, "validation")
        self.refused(self.call("POST", f"/v1/choices/{token}", b"choice=wait",
                               Content_Type="application/x-www-form-urlencoded"), 415, "media-type")
        for form in ("", "choice=", "choice=perhaps", "choice=wait&choice=cancel", "other=wait"):
            self.assertEqual(self.press(token, form).status, 400)
        self.assertEqual(self.chosen(order_id), [])

    def test_page(self) -> None:
        """Three buttons in the shopper's language, nothing of a script, nothing that tells of the address."""
        token = token_of(self.asked())
        for language, title in (("en", "Your order"), ("tr-TR,en;q=0.5", "Siparişiniz"),
                                ("de,uk;q=0.9,en;q=0.8", "Ваше замовлення"), ("fr", "Your order")):
            answer = self.call("GET", f"/choices/{token}", Accept_Language=language)
            page = answer.body.decode()
            self.assertEqual((answer.status, answer.headers["content-type"]), (200, "text/html; charset=utf-8"))
            self.assertIn(f"<h1>{title}</h1>", page)
            self.assertRegex(page, r"<td>A-1</td>\s*<td>2</td>")
            self.assertEqual([page.count(f'<button name="choice" value="{choice}">') for choice in CHOICES], [1] * 3)
            self.assertNotRegex(page, r"<script|https?://|src=|href=")
            self.assertIn("default-src 'none'", answer.headers["content-security-policy"])
            self.assertEqual((answer.headers["x-robots-tag"], answer.headers["referrer-policy"],
                              answer.headers["cache-control"]), ("noindex, nofollow", "no-referrer", "no-store"))

    def test_buttons(self) -> None:
        """A press is answered with the way back to the page, which says what was chosen."""
        order_id = self.asked()
        token = token_of(order_id)
        answer = self.press(token, "choice=accept_partial")
        self.assertEqual((answer.status, answer.headers["location"]), (303, f"/choices/{token}"))
        self.assertEqual(self.chosen(order_id)[0].json["body"], {"choice": "accept_partial"})
        page = self.call("GET", f"/choices/{token}")
        self.assertEqual(page.status, 200)
        self.assertIn(b"We send what is there.", page.body)
        self.assertNotIn(b"<button", page.body)
        late = self.press(token, "choice=cancel")
        self.assertEqual(late.status, 409)
        self.assertIn(b"We send what is there.", late.body)

    def test_too_often(self) -> None:
        """Who guesses is slowed down, by address; keys are not."""
        with ThreadPoolExecutor(8) as pool:  # one by one they might come no faster than is allowed
            answers = list(pool.map(lambda _: self.call("GET", "/v1/choices/x"),
                                    range(LINK_RATE_PER_SECOND * BURST_S * 2)))
        limited = [answer for answer in answers if answer.status == 429]
        self.assertGreater(len(limited), 0)
        self.refused(limited[0], 429, "rate-limited")
        self.assertGreaterEqual(int(limited[0].headers["retry-after"]), 1)
        self.assertEqual(self.submit(new_order()).status, 201)
        time.sleep(int(limited[0].headers["retry-after"]))  # the bucket is a clock
        self.assertEqual(self.call("GET", "/v1/choices/x").status, 404)


if __name__ == "__main__":
    unittest.main(verbosity=2)
