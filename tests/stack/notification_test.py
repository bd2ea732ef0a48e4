#!/usr/bin/python3
"""notification_test - customers are told each thing once, in their language, whatever goes away or dies meanwhile.

    tests/stack/notification_test.py [-k NAME]

One service for all tests; each brings its own orders.
"""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lane_stack import instant  # noqa: E402
from notification_stack import FOUR_DAYS_MS, NotificationStack, customer, order_id  # noqa: E402

FOUR = ["received", "confirmed", "shipped", "delivered"]
IDENTITIES = ["received", "confirmed", "shipped.1", "delivered.1"]
SUBJECTS = {
    "en-GB": ["We have received your order ref-{}", "Your order ref-{} is confirmed",
              "Your order ref-{} is on its way", "Your order ref-{} has been delivered"],
    "tr": ["ref-{} numaralı siparişinizi aldık", "ref-{} numaralı siparişiniz onaylandı",
           "ref-{} numaralı siparişiniz yola çıktı", "ref-{} numaralı siparişiniz teslim edildi"],
    "uk-UA": ["Ми отримали ваше замовлення ref-{}", "Ваше замовлення ref-{} підтверджено",
              "Ваше замовлення ref-{} вже в дорозі", "Ваше замовлення ref-{} доставлено"],
}
PIECES = [{"line_no": 1, "sku": "DEMO-1", "quantity": 1}]
REPEATS = "kervan_effects_repeated_total"
MANY = 40
CALLS_MAX = 64
KILLS = ("after_poll", "before_commit", "after_commit", "after_hand_over")


class NotificationTest(unittest.TestCase):
    """Orders of one running service."""

    stack: NotificationStack

    @classmethod
    def setUpClass(cls) -> None:
        """Everything runs."""
        cls.stack = NotificationStack()
        cls.stack.start()

    @classmethod
    def tearDownClass(cls) -> None:
        """Leave nothing behind."""
        cls.stack.__exit__(None, None, None)

    def setUp(self) -> None:
        """Whatever the last test did, the service and the mail server are there."""
        if not self.stack.is_running():
            self.stack.start()
        self.stack.await_ready()

    def assert_told(self, number: int, subjects: list[str], in_order: bool = False) -> None:
        """Four mails, four facts, and support sees them; in order where all was known before the first went out."""
        stack = self.stack
        mails = stack.await_mails(number, len(FOUR))
        if not in_order:
            mails.sort(key=lambda mail: IDENTITIES.index(mail["message_id"].split("@")[0].partition(".")[2]))
        self.assertEqual([mail["subject"] for mail in mails], [one.format(number) for one in subjects])
        self.assertEqual([mail["message_id"] for mail in mails],
                         [f"<{order_id(number)}.{word}@shop.example>" for word in IDENTITIES])
        self.assertIn("1Z999AA10123456784", mails[2]["text"])
        self.assertIn("Şükrü Öğütçü", mails[0]["text"])
        stack.wait("four messages are told", lambda: list(stack.states(number).values()) == ["told"] * 4)
        self.assertEqual([message["message"] for message in stack.messages(number, limit=3)], FOUR)
        stack.wait("four facts", lambda: len(stack.facts_of(number)) >= 4)
        self.assertEqual(sorted(stack.facts_of(number)), sorted(("told", word, "email") for word in FOUR))

    def test_four_mails_in_three_languages(self) -> None:
        """Contact first, as the order service sends it; said twice, told once."""
        stack = self.stack
        for number, locale in enumerate(SUBJECTS, 1):
            stack.contact(number, locale)
            stack.whole_order(number)
        stack.flush()
        for number, subjects in enumerate(SUBJECTS.values(), 1):
            self.assert_told(number, subjects)
        for number, locale in enumerate(SUBJECTS, 1):
            stack.whole_order(number)
            stack.contact(number, locale)
        stack.flush()
        stack.await_read()
        for number in range(1, len(SUBJECTS) + 1):
            self.assertEqual(len(stack.catcher.mails(customer(number))), 4)
        self.assertEqual(stack.messages(1)[2]["shipment_id"], f"{order_id(1)}-S1")

    def test_fact_before_contact(self) -> None:
        """What comes too early waits, with its lines, and is told in the order in which it happened."""
        stack = self.stack
        stack.whole_order(20)
        stack.flush()
        waiting = "SELECT count(*) FROM notification.customer_message WHERE order_no = 20 AND state = 1"
        lines = "SELECT count(*) FROM notification.early_line WHERE order_no = 20"
        stack.wait("four messages wait", lambda: stack.query(waiting) == [(4,)])
        self.assertEqual(stack.query(lines), [(1,)])
        self.assertEqual(stack.catcher.mails(customer(20)), [])
        stack.contact(20, "tr")
        stack.flush()
        self.assert_told(20, SUBJECTS["tr"], in_order=True)
        self.assertIn("2 × DEMO-1: €39,98", stack.catcher.mails(customer(20))[0]["text"])
        self.assertEqual(stack.query(lines), [(0,)])

    def test_mail_server_away(self) -> None:
        """Nothing is lost while it is away, and nothing is sent twice when it is back."""
        stack = self.stack
        stack.catcher.stop()
        try:
            stack.contact(30, "uk")
            stack.whole_order(30)
            stack.flush()
            stack.wait("one is under way, three wait",
                       lambda: sorted(stack.states(30).values()) == ["sending"] + ["waiting"] * 3)
            stack.wait("it was tried", lambda: "effect to be tried again" in stack.log.read_text(errors="replace"))
        finally:
            stack.catcher.start()
        self.assert_told(30, SUBJECTS["uk-UA"])

    def test_unknown_outcome(self) -> None:
        """The server took it and its answer was lost: a second copy, the same to the last byte, and counted."""
        stack = self.stack
        stack.wait("nothing is under way", lambda: stack.metric("kervan_effects_open") == 0)
        before = stack.metric(REPEATS)
        stack.catcher.control(fault="timeout_after_acting", operation="data", count=1, delay_ms=50)
        stack.contact(40, "en")
        stack.placed(40)
        stack.flush()
        mails = stack.await_mails(40, 2)
        stack.wait("it is told", lambda: stack.states(40) == {"received": "told"})
        self.assertEqual(len(mails), 2)
        first, second = (stack.catcher.raw(mail["id"]) for mail in mails)
        self.assertEqual(first, second)
        self.assertEqual(stack.metric(REPEATS), before + 1)
        self.assertEqual(stack.messages(40)[0]["attempts"], 2)

    def test_who_cannot_be_told(self) -> None:
        """No address, an address that is refused, one that is no address, old news; others do not wait for them."""
        stack = self.stack
        stack.contact(50, "en", None)
        stack.contact(51, "en", "unknown51@shop.example")
        stack.contact(52, "en", "a,b@shop.example")
        stack.contact(53, "en", "full53@shop.example")
        stack.contact(54, "en")
        for number in (50, 51, 52, 53):
            stack.placed(number)
        stack.placed(54, age_s=8 * 86400)
        stack.confirmed(54)
        stack.flush()
        stack.await_mails(54, 1)
        stack.wait("four cannot be told", lambda: stack.query(
            "SELECT count(*) FROM notification.customer_message WHERE order_no BETWEEN 50 AND 54 AND state = 4"
        ) == [(4,)])
        stack.wait("facts of all", lambda: all(stack.facts_of(number) for number in (50, 51, 52, 54)))
        self.assertEqual(stack.facts_of(50), [("undeliverable", "received", "no_address")])
        self.assertEqual(stack.facts_of(51), [("undeliverable", "received", "refused")])
        self.assertEqual(stack.facts_of(52), [("undeliverable", "received", "bad_address")])
        self.assertEqual(stack.facts_of(54)[0], ("undeliverable", "received", "late"))
        self.assertEqual(stack.states(53), {"received": "sending"})
        self.assertEqual(stack.messages(51)[0]["reason"], "refused")

    def test_what_goes_otherwise(self) -> None:
        """Money awaited, refused and given back, questions, changes: each is told once; what is silenced is not."""
        stack = self.stack
        stack.contact(60, "en", silenced=["confirmed"])
        for _ in range(2):
            stack.placed(60)
            stack.publish("payment.requires_action", 60, 4, payment_id=f"{order_id(60)}-P1", amount_minor=4488,
                          currency="EUR", action="transfer", reference="RF42", expires_at=instant(86400))
            stack.confirmed(60)
            stack.publish("order.asked", 60, 6, missing=PIECES, expires_at=instant(3600), asked_at=instant())
            stack.publish("order.reduced", 60, 7, reason="out_of_stock", lines=PIECES, currency="EUR",
                          total_minor=2489, reduced_by_minor=1999, reduced_at=instant())
            stack.publish("fulfillment.opened", 60, 8, fulfillment_id=f"{order_id(60)}-F2", location="WH-1",
                          lines=PIECES)
            stack.flush()
            stack.await_read()
            stack.shipped(60)
            stack.publish("order.delayed", 60, 12, awaited="packing", delayed_at=instant())
            stack.publish("payment.declined", 60, 13, payment_id=f"{order_id(60)}-P2", amount_minor=1, currency="EUR",
                          code="insufficient_funds")
            stack.publish("payment.refunded", 60, 14, payment_id=f"{order_id(60)}-P1", refund_id=f"{order_id(60)}-B1",
                          amount_minor=1999, currency="EUR", refunded_minor=1999)
            stack.publish("order.completed", 60, 20, completed_at=instant())
        stack.flush()
        stack.wait("nine are told", lambda: list(stack.states(60).values()).count("told") == 9)
        stack.await_read()
        mails = {mail["message_id"].split("@")[0].partition(".")[2]: mail for mail in stack.catcher.mails(customer(60))}
        self.assertEqual(sorted(mails), sorted((
            "received", "payment_awaited.1", "choice_asked.6", "reduced.7", "partly_shipped.1", "delayed.12",
            "payment_failed.2", "refunded.1", "completed")))
        self.assertEqual(len(stack.catcher.mails(customer(60))), 9)
        self.assertIn("RF42", mails["payment_awaited.1"]["text"])
        self.assertRegex(mails["choice_asked.6"]["text"], r"http://127.0.0.1:8080/choices/[A-Za-z0-9_-]{75}\s")
        self.assertEqual(stack.states(60)["confirmed"], "silenced")
        self.assertEqual({message["message"] for message in stack.messages(60) if "shipment_id" in message},
                         {"partly_shipped"})

    def test_given_up(self) -> None:
        """A mailbox that always puts off is given up in the end, and what waited behind it is tried."""
        stack = self.stack
        stack.kill()
        stack.patience_ms = 1000
        try:
            stack.start()
            stack.await_ready()
            stack.contact(70, "en", "full70@shop.example")
            stack.placed(70)
            stack.confirmed(70)
            stack.flush()
            stack.wait("both are given up", lambda: list(stack.states(70).values()) == ["undeliverable"] * 2, 60)
            self.assertEqual([message["reason"] for message in stack.messages(70)], ["unreachable"] * 2)
            self.assertGreater(stack.messages(70)[0]["attempts"], 1)
        finally:
            stack.kill()
            stack.patience_ms = FOUR_DAYS_MS

    def test_replies(self) -> None:
        """4xx: again; 5xx behind DATA: refused for good; a line cut behind DATA: the same mail once more."""
        stack = self.stack
        stack.catcher.control(fault="rate_limit", operation="data", count=1)
        stack.contact(80, "en")
        stack.placed(80)
        stack.flush()
        stack.wait("put off and told", lambda: stack.states(80) == {"received": "told"})
        stack.catcher.control(fault="error_500", operation="data", count=1, status=554)
        stack.contact(81, "en")
        stack.placed(81)
        stack.flush()
        stack.wait("refused", lambda: stack.states(81) == {"received": "undeliverable"})
        self.assertEqual(stack.messages(81)[0]["reason"], "refused")
        stack.catcher.control(fault="reset", operation="data", count=1, after_acting=True)
        stack.contact(82, "en")
        stack.placed(82)
        stack.flush()
        stack.wait("cut off and told", lambda: stack.states(82) == {"received": "told"})
        self.assertEqual([len(stack.catcher.mails(customer(number))) for number in (80, 81, 82)], [1, 0, 2])

    def test_kill_in_the_middle(self) -> None:
        """kill -9 at every point and in the air: every mail arrives; copies are equal, and no more than are counted."""
        stack, first = self.stack, 100
        stack.kill()
        stack.catcher.control(fault="slow", operation="data", count=MANY, delay_ms=20)
        for number in range(first, first + MANY):
            stack.contact(number, "tr")
            stack.whole_order(number)
        stack.flush()
        for point in KILLS:
            stack.start(f"{point}:1:kill")
            stack.await_death()
        stack.start()
        stack.await_ready()
        before = stack.catcher.counts()[0]
        stack.wait("mails go out", lambda: stack.catcher.counts()[0] > before + 10)
        stack.kill()
        stack.catcher.control(fault="none", operation="data")
        stack.start()
        stack.await_ready()
        told = (f"SELECT count(*) FROM notification.customer_message WHERE state = 3 AND order_no BETWEEN {first} "
                f"AND {first + MANY - 1}")
        stack.wait("all are told", lambda: stack.query(told) == [(4 * MANY,)], 60)
        copies = 0
        for number in range(first, first + MANY):
            mails = stack.catcher.mails(customer(number))
            identities = {mail["message_id"] for mail in mails}
            self.assertEqual(len(identities), 4)
            self.assertEqual(len({stack.catcher.raw(mail["id"]) for mail in mails}), 4)
            copies += len(mails) - 4
        told_facts = [body for kind, body in stack.facts() if body["order_no"] in range(first, first + MANY)]
        self.assertEqual(len(told_facts), 4 * MANY)
        self.assertLessEqual(copies, stack.metric(REPEATS) + CALLS_MAX * len(KILLS))


if __name__ == "__main__":
    unittest.main()
