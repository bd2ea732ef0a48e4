#!/usr/bin/python3
"""customers_test.py - who ordered: their history over all channels, and what is done with what is known of them.

    tests/stack/customers_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import json
import os
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from system import PRICE_MINOR, SCOPES, SHIPPING_MINOR, Body, Reply, System

NOBODY = "cus_aaaaaaaaaaaaaaaaaaaaaaaaaa"


class CustomersTest(unittest.TestCase):
    """One system, two channels."""

    system: System

    @classmethod
    def setUpClass(cls) -> None:
        """Bring everything up, with a key for all channels and one for each."""
        cls.system = System()
        try:
            cls.system.start()
            cls.web, cls.system.key = cls.system.key, cls.system.new_key("--scopes", SCOPES)
            cls.system.sure("PUT", "/v1/channels/app", {"name": "App"})
            cls.app = cls.system.new_key("--scopes", SCOPES, "--channel", "app")
            cls.system.add_place("HALL", automatic=False)
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

    def place(self, reference: str, channel: str = "web", **customer: str) -> str:
        """The id of an order of theirs."""
        body = self.system.order(reference) | {"channel": channel, "customer": {"name": "Grace Hopper"} | customer}
        return str(self.system.sure("POST", "/v1/orders", body).data["id"])

    def ask(self, path: str, key: str = "", **query: object) -> Reply:
        """An answer, to the key of all channels or another."""
        return self.system.request("GET", f"{path}?{urlencode(query)}" if query else path,
                                   Authorization=f"Bearer {key or self.system.key}")

    def find(self, key: str = "", **query: object) -> list[Body]:
        """Who is found."""
        reply = self.ask("/v1/customers", key, **query)
        self.assertEqual(reply.status, 200, reply.data)
        return list(reply.data["items"])

    def orders(self, customer: str, key: str = "", **query: object) -> list[str]:
        """Ids of all their orders, page by page."""
        ids: list[str] = []
        cursor: dict[str, object] = {}
        while True:
            reply = self.ask(f"/v1/customers/{customer}/orders", key, limit=2, **query, **cursor)
            self.assertEqual(reply.status, 200, reply.data)
            ids += [order["id"] for order in reply.data["items"]]
            if reply.data["next"] is None:
                return ids
            cursor = {"cursor": reply.data["next"]}

    def test_a_history_spans_channels_and_a_channel_sees_its_part(self) -> None:
        """E-mails are compared in one case; a phone counts where no e-mail is known; a channel's own name is found."""
        known = {"email": "Grace@Navy.Example", "phone": "+1 202 555 0143", "channel_customer_ref": "c-1"}
        first = self.place("history-1", **known)
        second = self.place("history-2", email="grace@navy.example")
        third = self.place("history-3", "app", email="GRACE@navy.example", name="Grace B. Hopper")
        by_phone = self.place("history-4", phone="+1 (202) 555-0143")
        [grace] = self.find(email="grace@NAVY.example")
        self.assertEqual(grace["id"], f"cus_{first[4:]}")
        self.assertEqual((grace["name"], grace["known"], grace["order_count"]), ("Grace B. Hopper", True, 3))
        self.assertEqual(grace["channels"], [{"channel": "app", "order_count": 1},
                                             {"channel": "web", "order_count": 2, "channel_customer_refs": ["c-1"]}])
        self.assertEqual(grace["sums"][0]["total_minor"], 3 * (PRICE_MINOR + SHIPPING_MINOR))
        self.assertEqual(self.orders(grace["id"]), [third, second, first])
        self.assertEqual(self.ask(f"/v1/customers/cus_{third[4:]}").data["id"], grace["id"])
        both = {grace["id"], f"cus_{by_phone[4:]}"}
        self.assertEqual({found["id"] for found in self.find(phone="2025550143")}, both)
        self.assertEqual([found["id"] for found in self.find(channel_customer_ref="c-1")], [grace["id"]])
        [seen] = self.find(self.app, email="grace@navy.example")
        self.assertEqual((seen["id"], seen["order_count"]), (f"cus_{third[4:]}", 1))
        self.assertEqual(self.orders(seen["id"], self.app), [third])
        self.assertEqual(self.ask(f"/v1/customers/{grace['id']}", self.app).status, 404)
        self.assertEqual(self.orders(grace["id"], self.app), [])
        self.assertEqual(self.find(self.app, phone="2025550143"), [])
        self.assertEqual(self.system.sure("GET", f"/v1/orders/{first}").data["customer"]["channel_customer_ref"], "c-1")

    def test_nobody_is_found_without_a_name_and_without_a_scope(self) -> None:
        """A list of all customers is none; who is not there is not found."""
        self.assertEqual(self.ask("/v1/customers").status, 400)
        self.assertEqual(self.ask("/v1/customers", phone="12").status, 400)
        self.assertEqual(self.find(email="nobody@shop.example"), [])
        self.assertEqual(self.ask(f"/v1/customers/{NOBODY}").status, 404)
        self.assertEqual(self.ask("/v1/customers/cus_x").status, 404)
        self.assertEqual(self.ask("/v1/customers", self.app, email="a@b.example", channel="web").status, 403)
        limited = self.system.new_key("--scopes", "orders:read")
        self.assertEqual(self.ask("/v1/customers", limited, email="a@b.example").status, 403)

    def token_of(self, customer: str, key: str = "", **wish: object) -> str:
        """A shopper's token."""
        reply = self.system.request("POST", f"/v1/customers/{customer}/tokens", wish or None,
                                    Authorization=f"Bearer {key or self.system.key}")
        self.assertEqual(reply.status, 201, reply.data)
        return str(reply.data["token"])

    def test_a_shopper_reads_their_own_orders_and_nothing_else(self) -> None:
        """Not another's, not another channel's, not with a token that is changed or has ended."""
        alan = self.place("shopper-1", email="alan@shop.example")
        in_app = self.place("shopper-2", "app", email="Alan@shop.example")
        other = self.place("shopper-3", email="joan@shop.example")
        customer = f"cus_{alan[4:]}"
        token = self.token_of(customer)
        mine = self.ask("/v1/me/orders", token)
        self.assertEqual([order["id"] for order in mine.data["items"]], [in_app, alan], mine.data)
        shown = self.ask(f"/v1/me/orders/{alan}", token)
        self.assertEqual((shown.status, shown.data["ship_to"]["city"]), (200, "Berlin"), shown.data)
        self.assertFalse({"holds", "notes", "screening", "tasks", "note", "customer"} & set(shown.data))
        first = self.ask("/v1/me/orders", token, limit=1)
        second = self.ask("/v1/me/orders", token, limit=1, cursor=first.data["next"])
        self.assertEqual([order["id"] for order in second.data["items"]],
                         [order["id"] for order in mine.data["items"][1:]])
        for path in (f"/v1/me/orders/{other}", "/v1/me/orders/ord_x"):
            self.assertEqual(self.ask(path, token).status, 404, path)
        for path in (f"/v1/orders/{alan}", "/v1/orders", f"/v1/customers/{customer}", "/v1/audit/log"):
            self.assertEqual(self.ask(path, token).status, 403, path)
        posted = self.system.request("POST", f"/v1/orders/{alan}/cancel", {"reason": "shopper_request"},
                                     Authorization=f"Bearer {token}", Idempotency_Key="c")
        self.assertEqual(posted.status, 403)
        web = self.token_of(customer, self.web)
        self.assertEqual([order["id"] for order in self.ask("/v1/me/orders", web).data["items"]], [alan])
        self.assertEqual(self.ask(f"/v1/me/orders/{in_app}", web).status, 404)
        self.assertEqual(self.ask("/v1/me/orders", web, channel="app").status, 400)
        changed = token[:20] + ("A" if token[20] != "A" else "B") + token[21:]
        for wrong in (changed, token[:-1], token + "A", "kvn_shopper_", self.system.key):
            self.assertEqual(self.ask("/v1/me/orders", wrong).status, 401, wrong)
        short = self.token_of(customer, valid_ms=1000)
        time.sleep(1.1)
        self.assertEqual(self.ask("/v1/me/orders", short).status, 401)

    def test_tokens_are_made_by_who_may_for_who_is_there(self) -> None:
        """A key needs the scope, and sees the customers of its channel."""
        reply = self.place("tokens-1", email="edsger@shop.example")
        path = f"/v1/customers/cus_{reply[4:]}/tokens"
        reader = self.system.new_key("--scopes", "customers:read")
        for key, asked, status in ((reader, path, 403), (self.app, path, 404),
                                   (self.system.key, f"/v1/customers/{NOBODY}/tokens", 404),
                                   (self.system.key, "/v1/customers/x/tokens", 404)):
            self.assertEqual(self.system.request("POST", asked, Authorization=f"Bearer {key}").status, status)
        self.assertEqual(self.system.request("POST", path, {"valid_ms": 5}).status, 400)

    def test_all_that_is_known_of_somebody_is_exported(self) -> None:
        """Every service's part, only theirs, only of the channel that a key sees; and who asked is known."""
        ref = {"email": "hedy@lamarr.example", "phone": "+43 1 5550199", "name": "Hedy Lamarr"}
        body = self.system.order("export-1") | {"customer": ref, "note": "Ring at Hedwig's"}
        body["ship_to"] = body["ship_to"] | {"name": "Hedy Lamarr", "line1": "Osterleitengasse 2"}
        first = str(self.system.sure("POST", "/v1/orders", body).data["id"])
        second = self.place("export-2", "app", **ref)
        self.place("export-3", email="george@antheil.example", name="George Antheil")
        self.system.wait_over([first, second], 60)
        self.system.sure("POST", f"/v1/orders/{first}/notes", {"note": "Hedy called"}, Idempotency_Key="export-note")
        path = f"/v1/customers/cus_{first[4:]}/export"
        exported = self.ask(path)
        self.assertEqual(exported.status, 200, exported.data)
        self.assertEqual([part["order"]["id"] for part in exported.data["orders"]], [second, first])
        self.assertEqual(exported.data["customer"]["emails"], ["hedy@lamarr.example"])
        part = exported.data["orders"][1]
        self.assertEqual(set(part), {"order", "payment", "fulfillment", "shipping", "notification"})
        self.assertEqual(part["order"]["ship_to"]["line1"], "Osterleitengasse 2")
        self.assertEqual(part["order"]["notes"][0]["note"], "Hedy called")
        self.assertEqual(part["fulfillment"]["fulfillments"][0]["ship_to"]["line1"], "Osterleitengasse 2")
        self.assertEqual(part["fulfillment"]["fulfillments"][0]["note"], "Ring at Hedwig's")
        self.assertEqual(part["notification"]["email"], "hedy@lamarr.example")
        self.assertIn("confirmed", [message["message"] for message in part["notification"]["messages"]])
        self.assertTrue(part["shipping"]["shipments"][0]["parcels"][0]["tracking_number"])
        self.assertNotIn("Antheil", json.dumps(exported.data))
        seen = self.ask(f"/v1/customers/cus_{second[4:]}/export", self.app)
        self.assertEqual([part["order"]["id"] for part in seen.data["orders"]], [second])
        self.assertEqual(self.ask(path, self.app).status, 404)
        self.assertEqual([part["order"]["id"] for part in self.ask(path, channel="web").data["orders"]], [first])
        self.assertEqual(self.ask(path, channel="we/b").status, 400)
        log = self.system.sure("GET", "/v1/audit/log?limit=200").data["items"]
        self.assertIn(("customer.exported", f"cus_{first[4:]}"), [(entry["action"], entry["subject"]) for entry in log])
        self.assertEqual(self.ask(f"/v1/customers/{NOBODY}/export").status, 404)

    def test_no_part_is_taken_for_all(self) -> None:
        """Where a service is away nothing is exported."""
        order = self.place("away-1", email="away@shop.example")
        self.system.stop("notification")
        try:
            self.assertEqual(self.ask(f"/v1/customers/cus_{order[4:]}/export").status, 503)
        finally:
            self.system.restart("notification")

    def merge(self, one: str, other: str, key: str = "", **headers: str) -> Reply:
        """What a person says of two."""
        return self.system.request("PUT", f"/v1/customers/{one}/merged-into", {"into_customer_id": other},
                                   Authorization=f"Bearer {key or self.system.key}", **headers)

    def test_two_customers_are_one_because_a_person_says_so(self) -> None:
        """Either id shows both; a third may join; it is taken back; of two editors one is done; who did it is known."""
        ids = [self.place(f"merge-{name}", channel, email=f"{name}@merge.example")
               for name, channel in (("a", "web"), ("b", "app"), ("c", "web"))]
        one, two, three = (f"cus_{order[4:]}" for order in ids)
        self.assertEqual(self.merge(two, one).status, 200)
        self.assertEqual(self.merge(three, two).status, 200)
        for customer in (one, two, three):
            self.assertEqual(self.orders(customer), ids[::-1])
        [found] = self.find(email="c@merge.example")
        self.assertEqual((found["id"], found["emails"]), (one, [f"{name}@merge.example" for name in "abc"]))
        self.assertEqual(self.orders(two, self.app), [ids[1]])
        self.assertEqual(self.orders(one, self.web), [ids[2], ids[0]])
        self.assertEqual(self.merge(one, three).status, 200)
        self.assertEqual(self.orders(two), ids[::-1])
        known = self.ask(f"/v1/customers/{two}/merged-into")
        self.assertEqual((known.data["into_customer_id"], known.headers["ETag"]), (one, '"1"'))
        self.assertEqual(self.merge(two, three, If_Match='"9"').status, 412)
        self.assertEqual(self.merge(two, three, If_Match='"1"').status, 200)
        self.assertEqual(self.merge(two, one, If_Match='"1"').status, 412)
        self.assertEqual(self.merge(two, three, If_Match='"1"').status, 200)
        for customer in (one, two, three):
            parted = self.system.request("DELETE", f"/v1/customers/{customer}/merged-into")
            self.assertEqual(parted.status, 204, parted.data)
        for customer, order in zip((one, two, three), ids):
            self.assertEqual(self.orders(customer), [order])
        log = self.system.sure("GET", "/v1/audit/log?limit=200").data["items"]
        done = [(entry["action"], entry["subject"]) for entry in log]
        self.assertIn(("kervan.order.customer_merge.v1", two), done)
        self.assertIn(("kervan.order.customer_part.v1", two), done)

    def test_who_cannot_be_merged_is_told_why(self) -> None:
        """Nobody with nobody, nobody with themselves, nobody by a key of one channel."""
        one = f"cus_{self.place('unmerged-1', email='unmerged@shop.example')[4:]}"
        for reply, status in ((self.merge(one, NOBODY), 422), (self.merge(NOBODY, one), 404),
                              (self.merge(one, one), 422), (self.merge("x", one), 404), (self.merge(one, "x"), 400),
                              (self.merge(one, NOBODY, self.web), 403)):
            self.assertEqual(reply.status, status, reply.data)
        self.assertEqual(self.ask(f"/v1/customers/{one}/merged-into").status, 404)
        self.assertEqual(self.system.request("DELETE", f"/v1/customers/{one}/merged-into").status, 404)

    def test_a_shopper_who_asks_too_often_is_told_so(self) -> None:
        """The rate is each shopper's own."""
        one = self.token_of(f"cus_{self.place('rate-1', email='kay@shop.example')[4:]}")
        two = self.token_of(f"cus_{self.place('rate-2', email='jay@shop.example')[4:]}")
        with ThreadPoolExecutor(8) as pool:
            statuses = set(pool.map(lambda _: self.ask("/v1/me/orders", one).status, range(400)))
        self.assertEqual(statuses, {200, 429})
        self.assertEqual(self.ask("/v1/me/orders", two).status, 200)

    # Drafts.

    def draft(self, name: str, key: str = "", **body: object) -> Reply:
        """A new one, or what is said against it."""
        return self.system.request("POST", "/v1/drafts", {"channel": "web"} | body, Idempotency_Key=name,
                                   Authorization=f"Bearer {key or self.system.key}")

    def about(self, method: str, draft: str, body: Body | None = None, key: str = "", **headers: str) -> Reply:
        """A request about one."""
        return self.system.request(method, f"/v1/drafts/{draft}", body,
                                   Authorization=f"Bearer {key or self.system.key}", **headers)

    def cart(self, **changes: object) -> Body:
        """All that an order needs, but for its payment's token and its total."""
        order = self.system.order("unused")
        return {name: order[name] for name in ("channel", "currency", "customer", "ship_to", "lines", "shipping")} | {
            "payment_method": "card"} | changes

    # What it is submitted with.
    WITH = {"token": "tok_ok", "total_minor": PRICE_MINOR + SHIPPING_MINOR}

    def test_a_draft_becomes_one_order(self) -> None:
        """Entered piece by piece, filled in from the last order, submitted by many at once and through a crash."""
        last = self.place("draft-source", email="barbara@shop.example", name="Barbara Liskov")
        made = self.draft("draft-1", last_order_of=f"cus_{last[4:]}")
        self.assertEqual((made.status, made.headers["ETag"]), (201, '"1"'), made.data)
        draft = str(made.data["id"])
        self.assertEqual(self.draft("draft-1", last_order_of=f"cus_{last[4:]}").data["id"], draft)
        self.assertEqual((made.data["content"]["customer"]["name"], made.data["content"]["ship_to"]["city"]),
                         ("Barbara Liskov", "Berlin"))
        refused = self.about("POST", f"{draft}/submit", {"token": "tok_ok"})
        self.assertEqual((refused.status, {error["pointer"] for error in refused.data["errors"]}),
                         (422, {"/lines", "/shipping", "/payment_method", "/total_minor"}), refused.data)
        body = made.data["content"] | self.cart() | {"customer": made.data["content"]["customer"]}
        self.assertEqual(self.about("PUT", draft, body, If_Match='"7"').status, 412)
        self.assertEqual(self.about("PUT", draft, body, If_Match='"1"').headers["ETag"], '"2"')
        self.assertEqual(self.about("POST", f"{draft}/submit", self.WITH, If_Match='"1"').status, 412)
        with ThreadPoolExecutor(8) as pool:
            replies = [pool.submit(self.about, "POST", f"{draft}/submit", self.WITH) for _ in range(24)]
            self.system.kill("order")
            answers = [reply.result() for reply in replies]
        self.assertLessEqual({answer.status for answer in answers}, {200, 201, 202, 503, 504}, answers)
        done = self.about("POST", f"{draft}/submit", self.WITH | {"token": "tok_other"}, Prefer="wait=20")
        self.assertIn(done.status, (200, 201), done.data)
        self.assertEqual(done.headers["Location"], f"/v1/orders/{draft[:-3]}")
        self.system.wait_over([draft[:-3]], 60)
        self.assertEqual(self.orders(f"cus_{last[4:]}"), [draft[:-3], last])
        shown = self.about("GET", draft).data
        self.assertEqual((shown["state"], shown["order_id"], "content" in shown), ("submitted", draft[:-3], False))
        for method, rest in (("PUT", body), ("DELETE", None)):
            self.assertEqual(self.about(method, draft, rest).status, 409)

    def test_a_draft_that_is_wrong_stays(self) -> None:
        """What is wrong with it refuses the request, and uses nothing up: mended it is an order."""
        draft = str(self.draft("draft-2", **self.cart()).data["id"])
        for said, pointer in (({"token": "tok_ok", "total_minor": 1}, "/total_minor"),
                              ({"total_minor": self.WITH["total_minor"]}, "/payment/token")):
            refused = self.about("POST", f"{draft}/submit", said)
            self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, pointer), refused.data)
        self.assertEqual(self.ask(f"/v1/orders/{draft[:-3]}").status, 404)
        direct = self.system.order("draft-direct") | {"draft_id": draft}
        self.assertEqual(self.system.request("POST", "/v1/orders", direct).status, 400)
        self.assertEqual(self.about("POST", f"{draft}/submit", self.WITH).status, 201)

    def test_a_draft_ends(self) -> None:
        """By itself when its channel's time is over, or by a person; what it said is gone."""
        self.system.sure("PUT", "/v1/channels/app/policy", {"stock_policy": "reject", "draft_ttl_ms": 1500})
        made = self.draft("draft-3", **self.cart(channel="app", customer={"name": "E", "email": "edith@shop.example"}))
        draft = str(made.data["id"])
        deadline = time.monotonic() + 20
        while (shown := self.about("GET", draft).data)["state"] == "open" and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertEqual((shown["state"], "content" in shown), ("expired", False))
        self.assertEqual(self.about("POST", f"{draft}/submit", self.WITH).status, 409)
        other = str(self.draft("draft-4", **self.cart()).data["id"])
        for _ in range(2):
            self.assertEqual(self.about("DELETE", other).data["state"], "discarded")
        self.assertEqual(self.about("POST", f"{other}/submit", self.WITH).status, 409)
        self.system.sure("PUT", "/v1/channels/app/policy", {"stock_policy": "reject"})

    def test_drafts_of_a_channel(self) -> None:
        """A channel's key sees its own; the list finds them by e-mail; an export of the customer has what is open."""
        mine = {"name": "Hedy", "email": "Hedy@shop.example"}
        order = self.place("draft-hedy", email="hedy@shop.example")
        web = str(self.draft("draft-5", self.web, customer=mine).data["id"])
        app = str(self.draft("draft-6", self.app, channel="app", customer=mine).data["id"])
        self.assertEqual(self.draft("draft-7", self.app).status, 403)
        self.assertEqual(self.draft("draft-8", channel="none").status, 403)
        for method, rest, body in (("GET", "", None), ("PUT", "", {"channel": "app"}), ("DELETE", "", None),
                                   ("POST", "/submit", self.WITH)):
            self.assertEqual(self.about(method, web + rest, body, self.app).status, 404)
        self.assertEqual(self.about("PUT", web, {"channel": "app"}).status, 422)
        listed = self.ask("/v1/drafts", email="hedy@SHOP.example", limit=1).data
        rest = self.ask("/v1/drafts", email="hedy@SHOP.example", cursor=listed["next"]).data
        self.assertEqual([item["id"] for item in listed["items"] + rest["items"]], [app, web])
        self.assertEqual([item["id"] for item in self.ask("/v1/drafts", self.app, state="open").data["items"]], [app])
        self.assertEqual(self.ask("/v1/drafts", state="new").status, 400)
        export = self.ask(f"/v1/customers/cus_{order[4:]}/export").data
        self.assertEqual([item["id"] for item in export["traces"]["drafts"]], [web, app])
        blind = self.system.new_key("--scopes", "orders:write,orders:read")
        self.assertEqual(self.draft("draft-9", blind, last_order_of=f"cus_{order[4:]}").status, 403)
        nobody = self.draft("draft-10", last_order_of=NOBODY)
        self.assertEqual((nobody.status, nobody.data["errors"][0]["pointer"]), (400, "/last_order_of"))

    def test_a_channel_changes_its_orders_for_a_time(self) -> None:
        """Afterwards staff alone cancel or edit an order."""
        policy = {"stock_policy": "reject", "automatic_confirmation": False}
        self.system.sure("PUT", "/v1/channels/app/policy", policy | {"edit_window_ms": 3600000})
        order = self.place("window-1", "app")
        cancel, edit = {"reason": "shopper_request"}, {"note": "Ring twice."}
        app, staff = f"Bearer {self.app}", f"Bearer {self.system.key}"
        first = self.system.request("POST", f"/v1/orders/{order}/edits", edit, Idempotency_Key="w-1", Authorization=app)
        self.assertEqual(first.status, 201, first.data)
        self.system.sure("PUT", "/v1/channels/app/policy", policy | {"edit_window_ms": 1000})
        time.sleep(1)  # the window is a clock
        for path, body in ((f"/v1/orders/{order}/edits", edit), (f"/v1/edits/{order}-M1/confirm", None),
                           (f"/v1/orders/{order}/cancel", cancel)):
            late = self.system.request("POST", path, body, Idempotency_Key="w-2", Authorization=app)
            self.assertEqual((late.status, late.data["detail"][:18]), (409, "the channel's time"), late.data)
        done = self.system.request("POST", f"/v1/orders/{order}/cancel", cancel, Idempotency_Key="w-3",
                                   Authorization=staff)
        self.assertEqual(done.status, 200, done.data)
        self.system.sure("PUT", "/v1/channels/app/policy", {"stock_policy": "reject"})


if __name__ == "__main__":
    unittest.main()
