#!/usr/bin/python3
"""erasure_test.py - a customer is forgotten: nothing of them is found in any column, but where docs/erasure.md says so.

    tests/stack/erasure_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import json
import os
import re
import unittest
from contextlib import closing

import psycopg2
from psycopg2 import sql

from system import ROOT, SCOPES, Body, Reply, System, kafka_address, kcat, wait_until

DOCUMENT = ROOT / "docs/erasure.md"
SCHEMAS = ("orders", "inventory", "payment", "fulfillment", "shipping", "notification", "gateway")
NAME, STREET, PHONE, EMAIL = "Wilhelmina Quackenbush", "Kuckucksgasse 17", "+49 30 7654321", "Mina@Quackenbush.example"
NEEDLES = ("quackenbush", "wilhelmina", "kuckucksgasse", "7654321")
ERASED = {"orders.order_contact.name", "orders.order_contact.email", "orders.order_contact.phone",
          "orders.order_contact.ship_line1", "orders.order_contact.note", "orders.order_line.customization",
          "orders.note.note", "orders.hold.note", "orders.velocity.key", "payment.payment_request.note",
          "fulfillment.fulfillment.ship_to", "fulfillment.fulfillment.note",
          "fulfillment.fulfillment_line.customization", "shipping.parcel.signed_by", "notification.contact.name",
          "notification.contact.email"}
NAME_OF_AWAY = """
SELECT name FROM orders.order_contact JOIN orders.orders USING (order_no) WHERE channel_order_ref = 'e-away'
"""
COLUMNS = """
SELECT n.nspname, c.relname, a.attname, t.typname
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname = ANY (%s)
  AND t.typname IN ('text', 'varchar', 'bpchar', 'bytea', 'json', 'jsonb', '_text', 'name')
"""


def stays() -> set[str]:
    """Columns in which the document says that something stays, and until when."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([a-z_]+\.[a-z_]+\.[a-z_]+)` \| stays", text, re.MULTILINE))


class ErasureTest(unittest.TestCase):
    """One system; a channel that counts who orders."""

    system: System

    @classmethod
    def setUpClass(cls) -> None:
        """Bring everything up, with a key for all channels."""
        cls.system = System()
        try:
            cls.system.start()
            cls.web, cls.system.key = cls.system.key, cls.system.new_key("--scopes", SCOPES)
            cls.system.sure("PUT", "/v1/channels/app", {"name": "App"})
            rule = {"kind": "velocity", "points": 1, "subject": "email", "orders": 50, "within_ms": 60000}
            cls.system.sure("PUT", "/v1/channels/web/policy",
                            {"stock_policy": "reject", "fraud": {"hold_at": 100, "rules": [rule]}})
        except BaseException:
            cls.system.close("KERVAN_KEEP" in os.environ)
            raise

    @classmethod
    def tearDownClass(cls) -> None:
        """All that must hold does so; end all in good order, and leave nothing behind."""
        try:
            cls.system.assert_sound()
            cls.system.end_in_order()
        finally:
            cls.system.close("KERVAN_KEEP" in os.environ)

    # What a test says.

    def place(self, reference: str, channel: str = "web", token: str = "tok_ok", email: str = EMAIL,
              method: str = "card") -> str:
        """The id of an order of hers, which names her wherever it can."""
        body = self.system.order(reference) | {
            "channel": channel, "customer": {"name": NAME, "email": email, "phone": PHONE, "locale": "de"},
            "note": f"Ring at {NAME}'s", "payment": {"method": method} | ({"token": token} if method == "card" else {})}
        body["ship_to"] = body["ship_to"] | {"name": NAME, "line1": STREET}
        body["lines"][0]["customization"] = {"engraving": f"for {NAME}"}
        return str(self.system.sure("POST", "/v1/orders", body).data["id"])

    def erase(self, customer: str, key: str = "", name: str = "e", body: Body | None = None) -> Reply:
        """What a person asks for."""
        return self.system.request("POST", f"/v1/customers/{customer}/erase", body, Idempotency_Key=name,
                                   Authorization=f"Bearer {key or self.system.key}")

    def erasure(self, customer: str) -> Body:
        """How far it is."""
        return dict(self.system.sure("GET", f"/v1/customers/{customer}/erasure").data)

    def erased(self, customer: str, reply: Reply) -> Body:
        """The erasure that was asked for, once nothing is left."""
        self.assertEqual(reply.status, 200, reply.data)
        try:
            wait_until("the erasure", 20, lambda: self.erasure(customer)["state"] == "erased")
        except Exception as error:
            raise AssertionError(f"{error}: {self.erasure(customer)}") from error
        return self.erasure(customer)

    def cancel(self, order: str) -> None:
        """It ends, and nothing of it is on its way back."""
        self.system.sure("POST", f"/v1/orders/{order}/cancel", {"reason": "shopper_request"},
                         Idempotency_Key=f"c-{order}")
        wait_until("its end", 30, lambda: "waiting" not in self.system.get_order(order))

    def found(self) -> set[str]:
        """In which columns of which tables of all services anything of hers is."""
        found = set()
        with closing(psycopg2.connect(self.system.stack.postgres.conninfo("owner"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(COLUMNS, (list(SCHEMAS),))
                for schema, table, column, kind in cursor.fetchall():
                    form = "encode({}, 'escape')" if kind == "bytea" else "{}::text"
                    value = sql.SQL(form).format(sql.Identifier(column))
                    cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM {}.{} WHERE lower({}) ~ %s)").format(
                        sql.Identifier(schema), sql.Identifier(table), value), ("|".join(NEEDLES),))
                    if cursor.fetchone()[0]:
                        found.add(f"{schema}.{re.sub('_[0-9]+$', '', table)}.{column}")
        return found

    def column(self, query: str) -> list[object]:
        """What the databases say."""
        with closing(psycopg2.connect(self.system.stack.postgres.conninfo("owner"))) as connection, \
                connection.cursor() as cursor:
            cursor.execute(query)
            return [row[0] for row in cursor.fetchall()]

    # The tests.

    def test_nothing_is_found_but_where_it_is_said(self) -> None:
        """Two channels, a merged customer, one who pays on a page, notes of people; and somebody else, who stays."""
        orders = [self.place("e-web"), self.place("e-app", "app"), self.place("e-other", email="w@elsewhere.example")]
        action = self.place("e-action", token="tok_action")
        other = str(self.system.sure("POST", "/v1/orders", self.system.order("e-ada")).data["id"])
        self.system.wait_over([*orders, other], 60)
        customer, merged = f"cus_{orders[0][4:]}", f"cus_{orders[2][4:]}"
        self.system.sure("PUT", f"/v1/customers/{merged}/merged-into", {"into_customer_id": customer})
        self.system.sure("POST", f"/v1/orders/{orders[0]}/notes", {"note": f"{NAME} called"}, Idempotency_Key="n")
        self.system.sure("POST", f"/v1/orders/{action}/holds", {"reason": "manual", "note": NAME}, Idempotency_Key="h")
        self.system.sure("POST", f"/v1/payments/{orders[0]}-P1/refunds",
                         {"amount_minor": 100, "reason": "other", "note": f"asked for by {NAME}"}, Idempotency_Key="r")
        self.system.sure("PUT", f"/v1/block-list/email:{EMAIL}", {"note": "charge-backs"})
        draft = self.system.sure("POST", "/v1/drafts", {"channel": "web", "customer": {"name": NAME, "email": EMAIL}},
                                 Idempotency_Key="d").data["id"]
        before = self.found()
        self.assertLessEqual(ERASED, before, ERASED - before)

        refused = self.erase(customer)
        self.assertEqual(refused.status, 409, refused.data)
        self.assertIn(action, refused.data["detail"])
        self.assertEqual(self.found() | stays(), before | stays())
        self.assertEqual(self.system.request("GET", f"/v1/customers/{customer}/erasure").status, 404)
        self.cancel(action)
        self.assertEqual(self.erase(customer, body={"order_count": 3}, name="n3").status, 409)

        orders.append(action)
        told = self.erased(customer, self.erase(customer, body={"order_count": 4}, name="yes"))
        self.assertEqual({order["id"] for order in told["orders"]}, set(orders))
        self.assertEqual(told["asked_by"], self.column("SELECT asked_by FROM orders.customer_erasure")[0])
        wait_until("the end of what was begun", 20, lambda: self.system.sure(
            "GET", f"/v1/drafts/{draft}").data["state"] == "discarded")
        allowed = stays()
        self.assertIn("orders.block_list.entry", allowed)
        self.assertEqual(self.found() - allowed, set())
        self.nothing_comes_back(customer, merged, orders)
        self.assertEqual(self.system.get_order(other)["customer"]["name"], "Ada Lovelace")
        self.facts_say_nothing()

    def nothing_comes_back(self, customer: str, merged: str, orders: list[str]) -> None:
        """What reads show, now and as it was; what an export holds; what a repeat changes."""
        self.assertEqual(self.column("SELECT action_url FROM payment.payment WHERE action_url <> ''"), [])
        for name in (customer, merged):
            shown = self.system.sure("GET", f"/v1/customers/{name}").data
            self.assertTrue(shown["erased_at"])
            self.assertEqual((shown["order_count"], shown["addresses"], "name" in shown), (4, [], False))
            exported = self.system.sure("GET", f"/v1/customers/{name}/export").data
            self.assertEqual((exported["orders"], exported["traces"]),
                             ([], {"ordered_lately": [], "blocked": [], "drafts": []}))
            self.assertEqual(self.erasure(name)["state"], "erased")
        self.assertEqual(self.system.sure("GET", f"/v1/customers?email={EMAIL}").data["items"], [])
        for order in orders:
            past = self.system.timeline(order)[0]["recorded_at"]
            for path in ("", f"?at={past}", "/timeline", "/messages", "/payments", "/fulfillments", "/shipments"):
                text = json.dumps(self.system.sure("GET", f"/v1/orders/{order}{path}").data).lower()
                self.assertFalse([needle for needle in NEEDLES if needle in text], (path, text))
            types = [entry["type"] for entry in self.system.timeline(order)]
            self.assertEqual(types.count("kervan.order.erased.v1"), 1)
        self.system.sure("POST", f"/v1/orders/{orders[0]}/notes", {"note": f"{NAME} again"}, Idempotency_Key="again")
        self.erased(customer, self.erase(merged, name="once-more"))
        self.assertNotIn("orders.note.note", self.found())
        log = self.system.sure("GET", "/v1/audit/log?limit=200").data["items"]
        self.assertIn(("kervan.order.customer_erase.v1", customer),
                      [(entry["action"], entry["subject"]) for entry in log])

    def facts_say_nothing(self) -> None:
        """What is kept for ever names nobody."""
        for service in ("order", "payment", "fulfillment", "shipping", "notification", "inventory"):
            text = kcat(["-b", kafka_address(self.system), "-C", "-e", "-q", "-t", f"{service}.events"], "").lower()
            self.assertTrue(text or service == "inventory", service)
            self.assertFalse([needle for needle in NEEDLES if needle in text], service)

    def test_a_service_that_is_away_is_waited_for(self) -> None:
        """It is asked for all the same; nobody says that it is done before it is, and it goes on by itself."""
        order = self.place("e-away", email="away@shop.example")
        self.system.wait_over([order], 60)
        customer = f"cus_{order[4:]}"
        self.system.stop("shipping")
        try:
            reply = self.erase(customer, name="away")
            self.assertEqual(reply.status, 200, reply.data)
            self.assertEqual(reply.data["state"], "erasing")
            wait_until("the order's part", 20, lambda: self.column(NAME_OF_AWAY) == [None])
            self.assertEqual(self.system.request("GET", f"/v1/customers/{customer}/erasure").status, 503)
        finally:
            self.system.restart("shipping")
        self.erased(customer, self.erase(customer, name="away"))

    def test_who_may_not_is_told_so(self) -> None:
        """A scope of its own, over all channels, for somebody who is there; what is open is refused, or waited for."""
        order = self.place("e-may", method="bank_transfer", email="may@shop.example")
        customer = f"cus_{order[4:]}"
        writer = self.system.new_key("--scopes", "customers:read,customers:write,admin")
        for key, name, status in ((writer, customer, 403), (self.web, customer, 403), ("", "cus_x", 404),
                                  ("", "cus_aaaaaaaaaaaaaaaaaaaaaaaaaa", 404), ("", customer, 409)):
            self.assertEqual(self.erase(name, key).status, status, (name, status))
        bare = self.system.request("POST", f"/v1/customers/{customer}/erase", None)
        self.assertEqual(bare.status, 400)
        self.assertEqual(self.erase(customer, name="plan", body={"when_over": True}).status, 200)
        told = self.erasure(customer)
        self.assertEqual((told["state"], told["orders"]), ("erasing", [{"id": order, "left_at": ["order"]}]))
        self.assertEqual(self.system.get_order(order)["customer"]["name"], NAME)
        self.cancel(order)
        self.erased(customer, self.erase(customer, name="now"))


if __name__ == "__main__":
    unittest.main()
