"""unhappy_case.py - tests of orders that go wrong, all on one system: how they begin and end, and what they assert."""

from __future__ import annotations

import os
import unittest

from system import PRICE_MINOR, SHIPPING_MINOR, Body, System
from unhappy_desk import Desk

ONE, TWO = PRICE_MINOR + SHIPPING_MINOR, 2 * PRICE_MINOR + SHIPPING_MINOR
CARD_WITH_PAGE = {"method": "card", "token": "tok_action", "return_url": "https://shop.example/back"}


class UnhappyCase(unittest.TestCase):
    """Orders on one running system."""

    system: System
    desk: Desk

    @classmethod
    def setUpClass(cls) -> None:
        """Bring everything up once."""
        cls.system = System()
        try:
            cls.system.start()
            cls.desk = Desk(cls.system)
            cls.desk.open()
        except BaseException:
            cls.system.close("KERVAN_KEEP" in os.environ)
            raise

    @classmethod
    def tearDownClass(cls) -> None:
        """End all in good order, and leave nothing behind."""
        try:
            cls.system.end_in_order()
        finally:
            cls.system.close("KERVAN_KEEP" in os.environ)

    def tearDown(self) -> None:
        """Whoever was told to misbehave stops it."""
        self.desk.calm()

    def assert_completed(self, order_id: str, total_minor: int) -> Body:
        """It is completed for so much, and all of that was taken."""
        order = self.desk.until_status(order_id, "completed", "canceled", "rejected", "expired")
        self.assertEqual((order["status"], order["total_minor"], order["payment_status"]),
                         ("completed", total_minor, "paid"), self.desk.told(order_id))
        return order

    def assert_canceled(self, order_id: str, reason: str, payment_status: str, status: str = "canceled") -> Body:
        """It is canceled, or expired, for this reason, and its money let go or given back."""
        order = self.desk.until_status(order_id, "completed", "canceled", "rejected", "expired")
        self.assertEqual((order["status"], order.get("cancel_reason")), (status, reason),
                         self.desk.told(order_id))
        self.desk.until_money(order_id, payment_status)
        return order

    def assert_stock(self, sku: str, on_hand: int, available: int) -> None:
        """The books come to this."""
        self.desk.until(f"{on_hand} of {sku} on hand, {available} free",
                        lambda: self.desk.stock(sku) == (on_hand, available))
