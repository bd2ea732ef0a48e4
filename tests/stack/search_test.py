#!/usr/bin/python3
"""search_test.py - orders are found by all that people know of them, among thousands, by whoever may see them.

    tests/stack/search_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure

The thousands are copies of orders that the system itself brought to their end (tests/bench/stored_orders.py).
"""

from __future__ import annotations

import csv
import http.client
import io
import os
import sys
import threading
import time
import unittest
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg2
from system import ADDRESS, COMMAND_LINE, LANES, PRICE_MINOR, SCOPES, SHIPPING_MINOR, Body, Reply, System, run_checked
from system import wait_until
from unhappy_desk import Desk, instant

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from stored_orders import Loader, Stored  # noqa: E402

STORED = 2400
ADA, IBRAHIM = "Ada Lovelace", "İbrahim Işık"


class SearchTest(unittest.TestCase):
    """One system with thousands of orders."""

    system: System

    @classmethod
    def setUpClass(cls) -> None:
        """Bring everything up, two channels, orders of the past, and some that are told apart."""
        cls.system = System()
        try:
            cls.system.start()
            cls.prepare()
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

    @classmethod
    def prepare(cls) -> None:
        """Three models, their copies, one order of another kind, one that is held."""
        system = cls.system
        cls.web, system.key = system.key, cls.make_key()
        system.sure("PUT", "/v1/channels/app", {"name": "App"})
        cls.app = cls.make_key("app")
        system.add_place("HALL", automatic=False)
        models = [system.order("model-1"), system.order("model-2"), system.order("model-app") | {"channel": "app"}]
        system.wait_over([cls.place(body) for body in models], 60)
        cls.load()
        cls.special = cls.place(cls.special_body())
        held = system.order("held-1", ("DEMO-4", 1)) | {"customer": {"name": "Zoë Held", "email": "zoe@shop.example"}}
        cls.held = cls.place(held)
        system.sure("POST", f"/v1/orders/{cls.held}/holds", {"reason": "fraud"}, Idempotency_Key="hold-1")
        system.wait_over([cls.special], 60)
        cls.now = instant()

    @classmethod
    def make_key(cls, channel: str = "") -> str:
        """A key, of one channel or of all."""
        words = [str(COMMAND_LINE), "key", "create", "--scopes", SCOPES, *(["--channel", channel] if channel else [])]
        return run_checked("making a key", words, 30, env=os.environ | cls.system.stack.all_addresses()).split()[-1]

    @classmethod
    def place(cls, body: Body) -> str:
        """The id of an order that is taken."""
        return str(cls.system.sure("POST", "/v1/orders", body).data["id"])

    @classmethod
    def load(cls) -> None:
        """Copies, while the services stand still."""
        system = cls.system
        for name in reversed(system.services):
            system.stop(name)
        cls.loader = Loader(system.stack.postgres.conninfo("postgres"), LANES, "past")
        cls.loader.load(STORED)
        with closing(psycopg2.connect(system.stack.postgres.conninfo("postgres"))) as connection, connection:
            connection.cursor().execute("UPDATE orders.orders SET currency = 'USD' "
                                        "WHERE channel_order_ref = 'past-stored-3'")
        for name in system.services:
            system.restart(name)

    @classmethod
    def special_body(cls) -> Body:
        """An order that nothing else is like."""
        body = cls.system.order("Special/7", ("DEMO-2", 2), ("DEMO-3", 1))
        body["customer"] = {"name": IBRAHIM, "email": "Ibrahim.Isik@Shop.Example", "phone": "+90 (532) 123-45-67"}
        body["ship_to"] = ADDRESS | {"country": "TR", "postal_code": "34000", "city": "İstanbul"}
        return body

    def ask(self, key: str = "", **filters: object) -> Reply:
        """A page."""
        bearer = f"Bearer {key or self.system.key}"
        return self.system.request("GET", f"/v1/orders?{urlencode(filters)}", Authorization=bearer)

    def pages(self, key: str = "", **filters: object) -> list[Body]:
        """All orders of a search, page by page."""
        found: list[Body] = []
        cursor: dict[str, object] = {}
        for _ in range(100):
            reply = self.ask(key, **filters, **cursor)
            self.assertEqual(reply.status, 200, reply.data)
            found += reply.data["items"]
            if reply.data["next"] is None:
                return found
            cursor = {"cursor": reply.data["next"]}
        raise AssertionError(f"{filters} has no end")

    def ids(self, key: str = "", **filters: object) -> list[str]:
        """Their ids; none twice, the newest first."""
        found = self.pages(key, **filters)
        instants = [order["created_at"] for order in found]
        self.assertEqual(instants, sorted(instants, reverse=True))
        ids = [str(order["id"]) for order in found]
        self.assertEqual(len(set(ids)), len(ids))
        return ids

    def some(self) -> Stored:
        """One of the copies."""
        return self.loader.orders([STORED // 2])[0]

    # Each filter.

    def test_found_by_each(self) -> None:
        """One order by all that is known of it, however it is written; and nothing by what is nearly so."""
        view = self.system.sure("GET", f"/v1/orders/{self.special}").data
        tracking = view["shipments"][0]["tracking_number"]
        total = view["total_minor"]
        for filters in ({"q": self.special}, {"q": self.special[:20]}, {"q": "Special/7"}, {"q": "Special/"},
                        {"channel_order_ref": "Special/7"}, {"order_no": view["order_no"]},
                        {"customer_name": IBRAHIM}, {"customer_name": "ibrahim"}, {"customer_name": "İBRAHİM IŞIK"},
                        {"email": "ibrahim.isik@shop.example"}, {"email": "IBRAHIM.ISIK@SHOP.EXAMPLE"},
                        {"email_prefix": "ibrahim."}, {"email_prefix": "IBRAHIM.ISIK@"},
                        {"phone": "1234567"}, {"phone": "0 532 123 45 67"[2:]}, {"phone": "+905321234567"},
                        {"sku": "DEMO-3"}, {"tracking_number": tracking}, {"tracking_number": tracking.lower()},
                        {"country": "TR"}, {"total_from_minor": total, "total_to_minor": total},
                        {"total_from_minor": total - 1}):
            with self.subTest(filters):
                self.assertEqual(self.ids(**filters), [self.special])
        for filters in ({"q": "Special/8"}, {"q": self.special[:-1] + "!"}, {"channel_order_ref": "Special/"},
                        {"order_no": 999}, {"customer_name": "brahim"}, {"customer_name": IBRAHIM + "x"},
                        {"email": "ibrahim.isik@shop.exampl"}, {"email_prefix": "isik"}, {"phone": "5321234"},
                        {"phone": "9905321234567"}, {"sku": "DEMO-"}, {"sku": "demo-3"},
                        {"tracking_number": tracking[:-1]}, {"country": "LI"}, {"total_from_minor": total + 1}):
            with self.subTest(filters):
                self.assertEqual(self.ids(**filters), [])

    def test_combined(self) -> None:
        """What is asked for together must all be so."""
        for more in ({"channel": "web"}, {"country": "TR"}, {"sku": "DEMO-2"}, {"status": "completed"},
                     {"payment_status": "paid"}, {"fulfillment_status": "delivered"}, {"return_status": "none"},
                     {"shopper_status": "completed"}, {"currency": "EUR"}, {"placed_from": "2026-01-01T00:00:00Z"},
                     {"q": "Special"}, {"phone": "1234567"}, {"total_from_minor": 1}, {"customer_name": "i"}):
            with self.subTest(more):
                self.assertEqual(self.ids(email="ibrahim.isik@shop.example", **more), [self.special])
        for more in ({"channel": "app"}, {"country": "DE"}, {"sku": "DEMO-1"}, {"status": "canceled"},
                     {"payment_status": "failed"}, {"fulfillment_status": "canceled"}, {"return_status": "requested"},
                     {"shopper_status": "returned"}, {"currency": "USD"}, {"placed_to": "2026-01-01T00:00:00Z"},
                     {"q": "special"}, {"phone": "7654321"}, {"total_to_minor": 1}, {"customer_name": "a"},
                     {"hold": "any"}, {"task": "any"}, {"stuck": "true"}, {"order_no": 1}, {"tracking_number": "X"},
                     {"email_prefix": "x"}, {"channel_order_ref": "Special"}):
            with self.subTest(more):
                self.assertEqual(self.ids(email="ibrahim.isik@shop.example", **more), [])

    def test_among_many(self) -> None:
        """What thousands have is walked through whole, in pages of any size, and narrowed by a time."""
        web, app = STORED // 3 * 2, STORED // 3
        self.assertEqual(len(self.ids(customer_name="ada", placed_to=self.now, limit=200)), STORED + 3)
        self.assertEqual(len(self.ids(sku="DEMO-1", channel="app", limit=97)), app + 1)
        self.assertEqual(len(self.ids(country="DE", channel="web", placed_to=self.now, limit=200)), web + 3)
        self.assertEqual(len(self.ids(total_from_minor=1, placed_to=self.now, limit=200)), STORED + 5)
        self.assertEqual(len(self.ids(status="completed", channel="app", placed_to=self.now, limit=200)), app + 1)
        self.assertEqual(len(self.ids(payment_status="paid", fulfillment_status="delivered", placed_to=self.now,
                                      limit=200)), STORED + 4)
        some = self.some()
        email = self.system.sure("GET", f"/v1/orders/{some.order_id}").data["customer"]["email"]
        self.assertEqual((self.ids(email=email), self.ids(q=some.ref)), ([some.order_id], [some.order_id]))
        self.assertEqual(self.ids(customer_name="ada", placed_from=self.at(some, -1), placed_to=self.at(some, 1)),
                         [some.order_id])

    @staticmethod
    def at(one: Stored, later_s: float) -> str:
        """A time near that of an order, as the interface takes it."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(one.placed_at + later_s))

    def test_far_back(self) -> None:
        """What is rare among what is frequent: pages may be empty, and the list goes on to it."""
        first = self.ask(country="DE", currency="USD").data
        self.assertEqual(first["items"], [])
        self.assertIsNotNone(first["next"])
        self.assertEqual(self.ids(country="DE", currency="USD"), [self.loader.orders([3])[0].order_id])

    def test_held(self) -> None:
        """Open holds, by reason; not when they are released."""
        self.assertEqual((self.ids(hold="any"), self.ids(hold="fraud"), self.ids(hold="address")),
                         ([self.held], [self.held], []))
        self.assertEqual(self.ids(hold="fraud", email="zoe@shop.example", task="any"), [])
        self.assertEqual(self.ids(q="held-1", hold="fraud"), [self.held])

    def test_with_open_task(self) -> None:
        """Orders that a person must look at, by kind."""
        desk = Desk(self.system, self.system.key)
        desk.control("payment_provider", refuse="capture", count=1)
        order_id = self.place(self.system.order("stubborn", ("DEMO-6", 1)))
        wait_until("the task", 30, lambda: self.ids(task="any") == [order_id])
        self.assertEqual((self.ids(task="payment"), self.ids(task="payment", q="stubborn"), self.ids(stuck="true")),
                         ([order_id], [order_id], [order_id]))
        self.assertEqual((self.ids(task="stock"), self.ids(task="stock", q="stubborn")), ([], []))
        desk.decide(desk.task(order_id, "payment", "again", "cancel"), "again")
        self.system.wait_over([order_id], 60)
        self.assertEqual((self.ids(task="any"), self.ids(stuck="true")), ([], []))

    # What is refused, and what is not shown.

    def test_bad_filters(self) -> None:
        """400 names the parameter."""
        for name, value in (("status", "shipped"), ("payment_status", "x"), ("fulfillment_status", ""),
                            ("return_status", "no"), ("shopper_status", "no"), ("hold", "true"), ("task", "x"),
                            ("stuck", "1"), ("country", "de"), ("country", "XX"), ("currency", "euro"),
                            ("phone", "123456"), ("phone", "none"), ("total_from_minor", "1.5"),
                            ("total_to_minor", "-1"), ("order_no", "x"), ("placed_from", "yesterday"),
                            ("placed_to", "2026-13-01T00:00:00Z"), ("sku", ""), ("sku", "x" * 65), ("email", "x" * 255),
                            ("customer_name", ""), ("q", ""), ("limit", "201"), ("cursor", "zz"), ("e-mail", "x"),
                            ("Status", "placed")):
            with self.subTest(name, value=value):
                reply = self.ask(**{name: value})
                self.assertEqual((reply.status, reply.data["errors"][0]["pointer"]), (400, name), reply.data)
                self.assertIn(f'"{name}"', reply.data["detail"])

    def test_another_channels_orders(self) -> None:
        """A channel's key finds its own, whatever it looks for."""
        for filters in ({"q": self.special}, {"email": "ibrahim.isik@shop.example"}, {"phone": "1234567"},
                        {"customer_name": "ibrahim"}, {"country": "TR"}, {"sku": "DEMO-3"}, {"hold": "any"},
                        {"channel_order_ref": "Special/7"}):
            with self.subTest(filters):
                self.assertNotEqual(self.ids(self.web, **filters), [])
                self.assertEqual(self.ids(self.app, **filters), [])
        mine = self.pages(self.app, customer_name="ada", limit=200)
        self.assertEqual(({order["channel"] for order in mine}, len(mine)), ({"app"}, STORED // 3 + 1))
        self.assertEqual(self.ask(self.app, channel="web").status, 403)

    # Saved views.

    def view(self, method: str, name: str, body: Body | None = None, key: str = "", **headers: str) -> Reply:
        """A request for one."""
        return self.system.request(method, f"/v1/views/{name}", body,
                                   Authorization=f"Bearer {key or self.system.key}", **headers)

    def save(self, name: str, filters: Body, key: str = "", **more: object) -> Reply:
        """A view that is taken."""
        reply = self.view("PUT", name, {"filters": filters} | more, key)
        self.assertEqual((reply.status, reply.headers["Location"]), (201, f"/v1/views/{name}"), reply.data)
        return reply

    def test_view(self) -> None:
        """A view shows what its filters show; the request narrows it, and goes before it; a table knows it, too."""
        self.save("turkey", {"country": "TR", "total_from_minor": 1, "stuck": False}, title="To Turkey")
        self.save("everything", {})
        self.assertEqual(self.ids(view="turkey"), [self.special])
        self.assertEqual(self.ids(view="turkey", sku="DEMO-2"), [self.special])
        self.assertEqual(self.ids(view="turkey", sku="DEMO-1"), [])
        self.assertEqual(self.ids(view="turkey", country="DE", email="zoe@shop.example"), [self.held])
        self.assertEqual([row["id"] for row in self.table(view="turkey", lines="true")], [self.special] * 2)
        self.assertEqual([row["id"] for row in self.table(view="turkey", country="LI")], [])
        self.assertEqual(self.ids(view="everything", q="Special/7"), [self.special])
        for path in ("/v1/orders", "/v1/orders.csv"):
            reply = self.system.request("GET", f"{path}?view=nothing")
            self.assertEqual((reply.status, reply.data["errors"][0]["pointer"]), (400, "view"), reply.data)
        self.assertEqual(self.system.request("GET", "/v1/tasks?view=turkey").status, 200)
        shown = self.view("GET", "turkey")
        self.assertEqual((shown.data["filters"], shown.data["title"], shown.headers["ETag"]),
                         ({"country": "TR", "total_from_minor": 1, "stuck": False}, "To Turkey", '"1"'))

    def test_view_with_bad_filters(self) -> None:
        """The list's own words say which filter it does not take; what looks for a person is not kept."""
        for name, value, detail in (
                ("status", "shipped", "must be a status of orders"), ("total_to_minor", -1, "must be 0 or more"),
                ("placed_from", "yesterday", "must be an instant as in 2026-01-31T12:00:00Z"),
                ("statuss", "placed", "is not known here"), ("cursor", "x", "is no filter"),
                ("limit", 5, "is no filter"), ("view", "x", "is no filter"), ("detail", "lines", "is no filter"),
                ("sku", ["A"], "must be a text, an integer, true or false"),
                ("sku", None, "must be a text, an integer, true or false"),
                *((name, "x", "looks for a person and is not saved; send it beside the view")
                  for name in ("email", "email_prefix", "customer_name", "phone"))):
            with self.subTest(name, value=value):
                reply = self.view("PUT", "bad", {"filters": {"country": "DE", name: value}})
                self.assertEqual((reply.status, reply.data["errors"]),
                                 (400, [{"pointer": f"/filters/{name}", "detail": detail}]), reply.data)
        for body, pointer in (({}, "/filters"), ({"filters": [], "owner": "x"}, "/filters"),
                              ({"filters": {"q": "x" * 5000}}, "/filters")):
            reply = self.view("PUT", "bad", body)
            self.assertEqual((reply.status, reply.data["errors"][0]["pointer"]), (400, pointer), reply.data)
        self.assertEqual((self.view("GET", "bad").status, self.view("PUT", "-x", {"filters": {}}).status), (404, 404))

    def test_view_with_versions(self) -> None:
        """Replaced and removed only as the version that is meant; a repeat is as good; what was done is in the log."""
        self.save("edited", {"country": "DE"})
        put = {"filters": {"country": "TR"}}
        self.assertEqual(self.view("PUT", "edited", put).status, 428)
        for headers in ({"If_Match": '"7"'}, {"If_None_Match": "*"}):
            self.assertEqual(self.view("PUT", "edited", put, **headers).status, 412)
        self.assertEqual(self.view("PUT", "missing", put, If_Match='"1"').status, 412)
        for _ in range(2):
            changed = self.view("PUT", "edited", put, If_Match='"1"')
            self.assertEqual((changed.status, changed.headers["ETag"]), (200, '"2"'), changed.data)
        self.assertEqual(self.view("DELETE", "edited", If_Match='"1"').status, 412)
        self.assertEqual(self.view("DELETE", "edited", If_Match='"2"').data["filters"], put["filters"])
        self.assertEqual(self.view("DELETE", "edited").status, 404)
        log = self.system.request("GET", "/v1/audit/log?subject=edited",
                                  Authorization=f"Bearer {self.make_key()}").data["items"]
        self.assertEqual([entry["action"] for entry in log], ["view.saved", "view.changed", "view.removed"])
        self.assertIn('"country": "TR"', log[1]["after"])

    def test_view_of_others(self) -> None:
        """A view is its key's own, or shared with those who see the same orders; a channel's key stays in it."""
        first, second = self.make_key("app"), self.make_key("app")
        self.save("own", {"status": "completed"}, first)
        self.save("ours", {"country": "DE"}, first, shared=True)
        self.assertEqual((self.view("GET", "own", key=second).status, self.view("GET", "ours", key=second).status),
                         (404, 200))
        self.assertEqual({order["channel"] for order in self.pages(second, view="ours", limit=200)}, {"app"})
        for key in (self.web, self.system.key):
            self.assertEqual((self.view("GET", "ours", key=key).status, self.ask(key, view="ours").status), (404, 400))
        listed = self.system.request("GET", "/v1/views?limit=1", Authorization=f"Bearer {first}").data
        rest = self.system.request("GET", f"/v1/views?cursor={listed['next']}", Authorization=f"Bearer {first}").data
        self.assertEqual([view["name"] for view in listed["items"] + rest["items"]], ["ours", "own"])
        self.assertEqual(self.view("PUT", "theirs", {"filters": {"channel": "web"}}, second).status, 403)
        self.assertEqual(self.view("PUT", "ours", {"filters": {}, "shared": True}, second).status, 409)
        self.assertEqual(self.view("PUT", "ours", {"filters": {"country": "TR"}}, second).status, 201)
        self.assertEqual((self.ids(second, view="ours"), self.view("DELETE", "ours", key=second).status), ([], 200))
        plain = self.system.new_key("--channel", "app", "--scopes", "orders:read")
        self.assertEqual(self.view("DELETE", "ours", key=plain).status, 403)
        self.assertEqual(self.view("DELETE", "ours", key=second).status, 200)  # it has the scope admin

    def test_count_of_views(self) -> None:
        """A key keeps a hundred."""
        key = self.make_key("app")
        for n in range(100):
            self.save(f"many-{n}", {"country": "DE"}, key)
        self.assertEqual(self.view("PUT", "one-more", {"filters": {}}, key).status, 409)
        self.assertEqual(self.view("PUT", "many-7", {"filters": {}}, key, If_Match='"1"').status, 200)

    def test_cursor_of_other_filters(self) -> None:
        """A cursor goes on with the filters that it was given for, also when a view that held them has changed."""
        self.save("moving", {"country": "DE"})
        first = self.ask(view="moving", limit=2).data["next"]
        self.assertEqual(self.ask(view="moving", limit=3, cursor=first).status, 200)
        self.assertEqual(self.ask(country="DE", cursor=first).status, 200)
        self.view("PUT", "moving", {"filters": {"country": "TR"}}, If_Match='"1"')
        for filters in ({"view": "moving"}, {}, {"country": "TR"}, {"country": "DE", "sku": "DEMO-1"}):
            reply = self.ask(**filters, cursor=first)
            self.assertEqual((reply.status, reply.data["errors"][0]["pointer"]), (400, "cursor"), reply.data)
        every = self.ask(limit=2).data["next"]
        self.assertEqual((self.ask(cursor=every).status, self.ask(country="DE", cursor=every).status), (200, 400))

    # Pages while orders come.

    def test_paging_while_orders_come(self) -> None:
        """Who goes through a list meets each order that was there exactly once, however many are placed meanwhile."""
        before = set(self.ids(customer_name="ada", limit=200))
        done, placed = threading.Event(), []

        def keep_placing() -> None:
            while not done.is_set():
                placed.append(self.place(self.system.order(f"meanwhile-{len(placed)}", ("DEMO-5", 1))))

        thread = threading.Thread(target=keep_placing)
        thread.start()
        try:
            found = self.ids(customer_name="ada", limit=50)
        finally:
            done.set()
            thread.join(60)
        self.system.wait_over(placed, 60)
        self.assertGreater(len(placed), 2)
        self.assertEqual(before - set(found), set())
        self.assertEqual(set(found) - before - set(placed), set())

    # Tables.

    def table(self, key: str = "", **filters: object) -> list[dict[str, str]]:
        """The rows of a whole table."""
        reply = self.system.request("GET", f"/v1/orders.csv?{urlencode(filters)}",
                                    Authorization=f"Bearer {key or self.system.key}")
        self.assertEqual((reply.status, reply.headers["Content-Type"]),
                         (200, "text/csv; charset=utf-8; header=present"), reply.data)
        self.assertTrue(reply.data.endswith(b"\r\n"))
        return list(csv.DictReader(io.StringIO(reply.data.decode(), newline="")))

    def test_table(self) -> None:
        """The same orders as the list, with more of each; a line an order, or a line a line."""
        rows = self.table(placed_to=self.now)
        self.assertEqual([row["id"] for row in rows], self.ids(placed_to=self.now, limit=200))
        self.assertEqual(len(rows), STORED + 5)
        mine = self.table(email="ibrahim.isik@shop.example")
        self.assertEqual([(row["id"], row["channel_order_ref"], row["customer_name"], row["country"],
                           row["total_minor"], row["status"]) for row in mine],
                         [(self.special, "Special/7", IBRAHIM, "TR", str(3 * PRICE_MINOR + SHIPPING_MINOR),
                           "completed")])
        lines = self.table(email="ibrahim.isik@shop.example", lines="true")
        self.assertEqual([(row["id"], row["line_no"], row["sku"], row["quantity"], row["unit_price_minor"])
                          for row in lines],
                         [(self.special, "1", "DEMO-2", "2", str(PRICE_MINOR)),
                          (self.special, "2", "DEMO-3", "1", str(PRICE_MINOR))])
        self.assertEqual(self.table(email="nobody@shop.example"), [])
        accepted = self.system.sure("GET", "/v1/orders?q=Special/7", Accept="text/csv")
        self.assertIn(self.special.encode(), accepted.data)

    def test_table_of_a_channel(self) -> None:
        """A channel's key gets its own orders, and is told what is wrong like in the list."""
        rows = self.table(self.app, lines="true", placed_to=self.now)
        self.assertEqual(({row["channel"] for row in rows}, len(rows)), ({"app"}, STORED // 3 + 1))
        self.assertEqual(self.table(self.app, q=self.special), [])
        for name, value, status in (("status", "x", 400), ("limit", "5", 400), ("cursor", "x", 400),
                                    ("lines", "1", 400), ("detail", "lines", 400), ("e-mail", "x", 400)):
            reply = self.system.request("GET", f"/v1/orders.csv?{name}={value}")
            self.assertEqual((reply.status, reply.data["errors"][0]["pointer"]), (status, name))
        bearer = f"Bearer {self.app}"
        self.assertEqual(self.system.request("GET", "/v1/orders.csv?channel=web", Authorization=bearer).status, 403)
        self.assertEqual(self.system.request("GET", "/v1/orders.csv", Authorization="Bearer x").status, 401)

    def test_table_with_formulas(self) -> None:
        """What a spreadsheet would run is text; what must be quoted comes back as it was."""
        names = ('=HYPERLINK("http://x","y")', "+1", "-1+2", "@SUM(A1)", 'Quoted "Q", and more')
        for n, name in enumerate(names):
            body = self.system.order(f"formula-{n}", ("DEMO-7", 1))
            body["customer"] |= {"name": name, "phone": "+49 30 1234567", "email": f"formula-{n}@shop.example"}
            self.system.wait_over([self.place(body)], 60)
            row = self.table(q=f"formula-{n}")[0]
            wanted = name if name.startswith("Quoted") else "'" + name
            self.assertEqual((row["customer_name"], row["phone"]), (wanted, "'+49 30 1234567"))

    def test_broken_table(self) -> None:
        """A table that cannot be ended is not ended: who reads it sees that; and a slow reader holds no session."""
        system = self.system
        place = urlsplit(system.address("gateway")).netloc
        connection = http.client.HTTPConnection(place, timeout=60)
        connection.request("GET", "/v1/orders.csv?lines=true", headers={"Authorization": f"Bearer {system.key}"})
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.headers["Transfer-Encoding"]), (200, "chunked"))
        answer.read(1000)
        with closing(psycopg2.connect(system.stack.postgres.conninfo("postgres"))) as session, session:
            cursor = session.cursor()
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' "
                           "AND query LIKE '%order_search_text%'")
            self.assertEqual(cursor.fetchone(), (0,))
        system.stop("order")
        try:
            self.assertRaises(http.client.IncompleteRead, self.read_all, answer)
        finally:
            system.restart("order")
            connection.close()

    @staticmethod
    def read_all(answer: http.client.HTTPResponse) -> None:
        """To the end of the body."""
        while answer.read(65536):
            pass


if __name__ == "__main__":
    unittest.main(verbosity=2)
