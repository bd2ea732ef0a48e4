#!/usr/bin/python3
"""supply_test - what is sold and not there is bought, comes in parts, and goes to who waits, on the running system.

    tests/stack/supply_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import html
import http.client
import re
import unittest
import urllib.request
from contextlib import closing
from urllib.parse import urlencode, urlsplit

import psycopg2
from system import Body, Reply, wait_until
from unhappy_case import TWO, UnhappyCase

COUNTERS = ("on_hand", "damaged", "incoming", "available")


class SupplyTest(UnhappyCase):
    """One system; each test has items and suppliers of its own."""

    def post(self, path: str, key: str, body: Body) -> Reply:
        """Ask for something under a name, as staff do: what is bought is no channel's."""
        return self.desk.ask("POST", path, body, key)

    def supplier(self, code: str, sku: str, **terms: int) -> None:
        """A supplier who delivers to WEST, and sells an item."""
        self.desk.sure("PUT", f"/v1/suppliers/{code}", {"name": code, "currency": "EUR", "lead_time_days": 7,
                                                        "location": "WEST"})
        self.desk.sure("PUT", f"/v1/suppliers/{code}/items/{sku}", {"price_minor": 250, **terms})

    def draft(self, key: str, supplier: str, *lines: tuple[str, int]) -> Body:
        """A purchase order."""
        reply = self.post("/v1/purchase-orders", key, {
            "supplier": supplier, "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines]})
        self.assertEqual((reply.status, reply.data["state"]), (201, "draft"), reply.data)
        return reply.data

    def step(self, order: str, what: str, key: str, body: Body | None = None) -> Body:
        """A step of a purchase order, which must be done; the order then."""
        reply = self.post(f"/v1/purchase-orders/{order}/{what}", key, body or {})
        self.assertEqual(reply.status, 201 if what == "receipts" else 200, reply.data)
        return reply.data

    def receive(self, order: str, key: str, sku: str, quantity: int, damaged: int = 0) -> Body:
        """Pieces of an item arrive."""
        return self.step(order, "receipts", key, {"lines": [{"sku": sku, "quantity": quantity, "damaged": damaged}]})

    def wait_level(self, sku: str, place: str, **counters: int) -> None:
        """What a purchase order brings is booked a moment later."""
        def there() -> bool:
            items = self.system.sure("GET", f"/v1/stock?sku={sku}&location={place}").data["items"]
            return bool(items) and {name: items[0][name] for name in COUNTERS if items[0][name]} == counters
        wait_until(f"{counters} of {sku} at {place}", 30, there)

    def test_terms_are_data(self) -> None:
        """Put, read and listed; what they do not allow is refused by its field."""
        self.system.add_stock("SOLD", EAST=1)
        self.supplier("TERMS", "SOLD", pack_size=6, minimum_quantity=12)
        again = self.desk.sure("PUT", "/v1/suppliers/TERMS/items/SOLD",
                               {"price_minor": 250, "pack_size": 6, "minimum_quantity": 12})
        self.assertEqual(again, {
            "supplier": "TERMS", "sku": "SOLD", "version": 1, "terms": {
                "pack_size": 6, "minimum_quantity": 12, "price_minor": 250, "priority": 100,
                "service_percent": 95, "cover_days": 14, "active": True}})
        self.assertEqual(again, self.desk.sure("GET", "/v1/suppliers/TERMS/items")["items"][0])
        self.assertEqual(self.desk.ask("PUT", "/v1/suppliers/TERMS/items/NO", {"price_minor": 1}).status, 404)
        for method, path, body in (("GET", "/v1/suppliers/TERMS", None), ("PUT", "/v1/suppliers/TERMS", {}),
                                   ("PUT", "/v1/suppliers/TERMS/items/SOLD", {}), ("POST", "/v1/purchase-orders", {}),
                                   ("POST", "/v1/purchase-orders/x/send", {}), ("POST", "/v1/reorder-suggestions", {}),
                                   ("POST", "/v1/reorder-suggestions/reviews", {}), ("GET", "/v1/stock/alerts", None),
                                   ("POST", "/v1/stock/alerts/acknowledge", {}), ("GET", "/v1/purchase-alerts", None),
                                   ("POST", "/v1/purchase-alerts/x/acknowledge", {}),
                                   ("PUT", "/v1/stock/SOLD/EAST/alert-levels", {})):
            bound = self.system.request(method, path, body, Idempotency_Key="bound")  # a storefront's key
            self.assertEqual(bound.status, 403, (method, path, bound.data))
        stale = self.system.request("PUT", "/v1/suppliers/TERMS", {"name": "T", "currency": "EUR", "lead_time_days": 1},
                                    If_Match='"7"', Authorization=f"Bearer {self.desk.key}")
        self.assertEqual(stale.status, 412)
        for number, (line, pointer) in enumerate((({"quantity": 13}, "/lines/0/quantity"),
                                                  ({"quantity": 6}, "/lines/0/quantity"),
                                                  ({"sku": "NO", "quantity": 12}, "/lines/0/sku"))):
            refused = self.post("/v1/purchase-orders", f"terms-{number}",
                                {"supplier": "TERMS", "lines": [{"sku": "SOLD", **line}]})
            self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, pointer))

    def test_who_waits_gets_what_is_bought(self) -> None:
        """An order is short; what it waits for is bought, comes in two parts, and the order is completed."""
        self.desk.patient_stock("BOUGHT")
        self.supplier("TRADER", "BOUGHT", pack_size=3)
        waiting = self.desk.place("bought", ("BOUGHT", 2), channel="backorder")
        self.desk.until_told(waiting, "inventory.backordered")
        reviewed = self.post("/v1/reorder-suggestions/reviews", "bought-0", {"sku": "BOUGHT"})
        self.assertEqual((reviewed.status, len(reviewed.data["items"])), (200, 1), reviewed.data)
        due = reviewed.data["items"][0]
        self.assertEqual((due["supplier"], due["location"], due["method"], due["position"], due["quantity"]),
                         ("TRADER", "WEST", "none", -2, 3))
        self.assertEqual(self.desk.sure("GET", "/v1/reorder-suggestions?supplier=TRADER")["items"], [due])
        made = self.post("/v1/reorder-suggestions", "bought-1", {"sku": "BOUGHT", "location": "WEST"})
        self.assertEqual((made.status, made.data["state"], made.data["lines"][0]["quantity"]), (201, "draft", 3))
        order = made.data["id"]
        due = self.desk.sure("GET", "/v1/reorder-suggestions?supplier=TRADER")["items"][0]
        self.assertEqual((due["quantity"], due["drafted"]), (3, 3))
        sent = self.step(order, "send", "bought-2")
        self.assertEqual((sent["state"], sent["total_minor"], sent["lines"][0]["outstanding"]), ("sent", 750, 3))
        self.wait_level("BOUGHT", "WEST", incoming=3)
        wait_until("nothing is due any more", 30,
                   lambda: not self.desk.sure("GET", "/v1/reorder-suggestions?supplier=TRADER")["items"])
        again = self.post("/v1/reorder-suggestions", "bought-again", {"sku": "BOUGHT", "location": "WEST"})
        self.assertEqual((again.status, again.data["errors"][0]["pointer"]), (422, "/sku"))
        dated = self.step(order, "confirm", "bought-3", {"expected_on": "2030-12-24", "reference": "A-1"})
        self.assertEqual((dated["state"], dated["expected_on"]), ("confirmed", "2030-12-24"))
        promised = self.desk.sure("GET", "/v1/stock/BOUGHT/availability?quantity=1")
        self.assertEqual(promised, {"sku": "BOUGHT", "available": 0, "waiting": 2, "undated": 0, "quantity": 1,
                                    "dates": [{"date": "2030-12-24", "incoming": 3, "available": 1}],
                                    "available_on": "2030-12-24"})
        self.assertNotIn("available_on", self.desk.sure("GET", "/v1/stock/BOUGHT/availability?quantity=2"))
        part = self.receive(order, "bought-4", "BOUGHT", 1)
        self.assertEqual((part["state"], part["lines"][0]["received"]), ("partially_received", 1))
        self.assertEqual(self.receive(order, "bought-4", "BOUGHT", 1)["lines"][0]["received"], 1)  # nothing twice
        self.wait_level("BOUGHT", "WEST", on_hand=1, incoming=2)
        self.assertEqual(self.receive(order, "bought-5", "BOUGHT", 2)["state"], "received")
        self.assert_completed(waiting, TWO)
        self.wait_level("BOUGHT", "WEST", on_hand=1, available=1)
        done = self.desk.sure("GET", f"/v1/purchase-orders/{order}")
        self.assertEqual([(step["kind"], step["actor"][:4]) for step in done["steps"]],
                         [(kind, "key:") for kind in ("draft", "send", "confirm", "receive", "receive")])
        self.assertEqual([receipt["quantity"] for receipt in done["receipts"]], [1, 2])

    def gathered(self, supplier: str) -> list[Body]:
        """What was bought from a supplier by itself, the latest first."""
        return [self.desk.sure("GET", f"/v1/purchase-orders/{item['id']}")
                for item in self.desk.sure("GET", f"/v1/purchase-orders?supplier={supplier}")["items"]]

    def test_what_is_missing_is_bought_by_itself(self) -> None:
        """Orders are one draft, which shrinks with them and survives kill -9; sent, it is what they hear of."""
        self.desk.patient_stock("MISSED")
        body: Body = {"name": "Robot", "currency": "EUR", "lead_time_days": 7, "location": "WEST", "buying": "draft"}
        refused = self.desk.ask("PUT", "/v1/suppliers/ROBOT", {key: body[key] for key in body if key != "location"})
        self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, "/location"))
        self.desk.sure("PUT", "/v1/suppliers/ROBOT", body)
        self.desk.sure("PUT", "/v1/suppliers/ROBOT/items/MISSED", {"price_minor": 250, "pack_size": 2})
        first, second, third = (self.desk.place(f"missed-{number}", ("MISSED", 2), channel="backorder")
                                for number in range(3))
        wait_until("one draft of six", 30, lambda: [
            [line["quantity"] for line in order["lines"]] for order in self.gathered("ROBOT")] == [[6]])
        [draft] = self.gathered("ROBOT")
        self.assertEqual((draft["id"], draft["state"], draft["buying"], draft["unclaimed"]),
                         ("ROBOT-D1", "draft", "draft", 0))
        self.assertEqual({(row["order_id"], row["sku"], row["quantity"]) for row in draft["waiting"]},
                         {(order, "MISSED", 2) for order in (first, second, third)})
        self.desk.sure("POST", f"/v1/orders/{third}/cancel", {"reason": "other"}, "missed-cancel")
        wait_until("four are left", 30, lambda: self.gathered("ROBOT")[0]["lines"][0]["quantity"] == 4)
        self.system.kill("inventory")
        self.step("ROBOT-D1", "send", "missed-send")
        self.wait_level("MISSED", "WEST", incoming=4)
        self.desk.until_told(first, "inventory.expected")
        told = self.desk.sure("GET", f"/v1/orders/{first}/timeline?limit=200")["items"]
        details = [entry.get("data", {}).get("detail", "") for entry in told]
        self.assertEqual(len([text for text in details if text.startswith("ROBOT-D1@")]), 1, details)
        self.desk.sure("POST", f"/v1/orders/{second}/cancel", {"reason": "other"}, "missed-cancel-2")
        wait_until("two are nobody's", 30, lambda: self.gathered("ROBOT")[0].get("unclaimed") == 2)
        self.assertEqual(len(self.gathered("ROBOT")), 1)
        self.receive("ROBOT-D1", "missed-receive", "MISSED", 4)
        self.assert_completed(first, TWO)

    def alerts(self, sku: str, state: str = "open") -> dict[str, Body]:
        """Those of an item, by kind and place."""
        items = self.desk.sure("GET", f"/v1/stock/alerts?sku={sku}&state={state}")["items"]
        return {f"{item['kind']} {item['location']}": item for item in items}

    def wait_alerts(self, sku: str, *want: str) -> dict[str, Body]:
        """These are open soon, and no other; they."""
        wait_until(f"{want} of {sku}", 30, lambda: sorted(self.alerts(sku)) == sorted(want))
        return self.alerts(sku)

    def test_a_preorder_waits_for_its_day(self) -> None:
        """Sold before its day it is promised that day; another day is told, and when it has come the order goes on."""
        item: Body = {"name": "NOVEL", "weight_grams": 250, "available_from": "2031-05-02", "preorder_limit": 3}
        refused = self.desk.ask("PUT", "/v1/items/NOVEL", item | {"available_from": "2031-02-30"})
        self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, "/available_from"))
        self.desk.sure("PUT", "/v1/items/NOVEL", item)
        self.desk.sure("POST", "/v1/stock/adjustments", {"sku": "NOVEL", "location": "EAST", "quantity_change": 4,
                                                         "reason": "received"}, "novel-0")
        level = self.desk.sure("GET", "/v1/stock/NOVEL")
        self.assertEqual((level["on_hand"], level["available"], level["available_from"]), (4, 0, "2031-05-02"))
        waiting = self.desk.place("novel", ("NOVEL", 2), channel="backorder")
        self.desk.until_told(waiting, "inventory.backordered")
        promised = self.desk.until_status(waiting, "confirmed")["promised_delivery"]
        self.assertGreater(promised["earliest"], "2031-05-01")
        self.assertEqual(self.desk.sure("GET", "/v1/stock/NOVEL/availability?quantity=2"), {
            "sku": "NOVEL", "available": 0, "waiting": 2, "undated": 0, "quantity": 2, "available_from": "2031-05-02",
            "dates": [{"date": "2031-05-02", "incoming": 0, "available": 2}], "available_on": "2031-05-02"})
        beyond = self.desk.place("novel-1", ("NOVEL", 2), channel="backorder")
        self.assertEqual(self.desk.until_status(beyond, "rejected", "confirmed")["status"], "rejected")
        self.desk.sure("PUT", "/v1/items/NOVEL", item | {"available_from": "2031-09-30"})
        self.desk.until_told(waiting, "order.promise_changed")
        later = self.desk.order(waiting)["promised_delivery"]
        self.assertGreater(later["earliest"], "2031-09-29")
        self.desk.sure("PUT", "/v1/items/NOVEL", {"name": "NOVEL", "weight_grams": 250})
        self.assert_completed(waiting, TWO)
        self.assertEqual(self.desk.stock("NOVEL"), (2, 2))

    def test_what_crosses_a_line(self) -> None:
        """Low, out, back in stock, slow: said once each, listed while it holds, acknowledged by somebody."""
        self.system.add_stock("WATCHED", EAST=4)
        put = self.desk.sure("PUT", "/v1/stock/WATCHED/EAST/alert-levels", {"low": 2})
        self.assertEqual(put["levels"], {"low": 2, "slow_moving_days": 60, "excess_days": 120,
                                         "expiring_days": 14})
        order = self.desk.place("watched", ("WATCHED", 2))
        low = self.wait_alerts("WATCHED", "low EAST")["low EAST"]
        self.assertEqual((low["available"], low["threshold"], low["times"]), (2, 2, 1))
        named = {"sku": "WATCHED", "location": "EAST", "kind": "low"}
        self.assertEqual(self.post("/v1/stock/alerts/acknowledge", "watched-0", {**named, "kind": "out"}).status, 404)
        known = self.post("/v1/stock/alerts/acknowledge", "watched-1", {**named, "note": "is bought"})
        self.assertEqual((known.status, known.data["items"][0]["state"]), (200, "acknowledged"), known.data)
        self.assertEqual((known.data["items"][0]["acknowledged_by"][:4], known.data["items"][0]["note"]),
                         ("key:", "is bought"))
        self.desk.until_told(order, "order.completed")
        self.post("/v1/stock/adjustments", "watched-2", {"sku": "WATCHED", "location": "EAST", "reason": "loss",
                                                         "quantity_change": -2})
        self.wait_alerts("WATCHED", "out EAST")
        self.assertEqual(sorted(self.alerts("WATCHED", "closed")), ["low EAST"])
        self.system.add_stock("WATCHED", EAST=900)
        self.wait_alerts("WATCHED", "back_in_stock EAST")
        page = self.desk.sure("GET", "/v1/stock/alerts?kind=back_in_stock&location=EAST&limit=1")
        self.assertEqual([item["sku"] for item in page["items"]], ["WATCHED"])
        self.desk.sure("PUT", "/v1/stock/WATCHED/EAST/alert-levels", {"low": 2, "slow_moving_days": 7})
        with closing(psycopg2.connect(self.system.stack.postgres.conninfo("owner"))) as connection, connection:
            connection.cursor().execute("UPDATE inventory.stock_ledger SET at = at - interval '10 days' "
                                        "WHERE sku = 'WATCHED'")  # all of it was then
        self.post("/v1/reorder-suggestions/reviews", "watched-3", {"sku": "WATCHED"})
        slow = self.wait_alerts("WATCHED", "back_in_stock EAST", "slow_moving EAST")["slow_moving EAST"]
        self.assertEqual((slow["excess"], slow.get("cover_days")), (900, None))
        for query, name in (("kind=thin", "kind"), ("state=shut", "state"), ("limit=0", "limit"),
                            ("colour=red", "colour"), ("cursor=x", "cursor")):
            refused = self.desk.ask("GET", f"/v1/stock/alerts?{query}")
            self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (400, name), refused.data)

    def page(self, path: str, fields: dict[str, object] | None = None, language: str = "en") -> tuple[int, str]:
        """A page as a browser asks for it, without a key and without following; with fields: their form."""
        connection = http.client.HTTPConnection(urlsplit(self.system.address("gateway")).netloc, timeout=30)
        with closing(connection):
            connection.request("GET" if fields is None else "POST", path,
                               None if fields is None else urlencode(fields),
                               {"Accept-Language": language, "Content-Type": "application/x-www-form-urlencoded"})
            answer = connection.getresponse()
            return answer.status, html.unescape(answer.read().decode())

    def link(self, order: str) -> str:
        """The address that its supplier is sent."""
        made = self.desk.ask("POST", f"/v1/purchase-orders/{order}/supplier-links")
        self.assertEqual(made.status, 201, made.data)
        return str(made.data["path"])

    def test_the_supplier_answers_by_a_link(self) -> None:
        """Confirmed by item and day by the supplier itself, once; who waits hears of the day; then it is over."""
        self.desk.patient_stock("LINKED")
        self.system.add_stock("OTHER")
        self.supplier("LINKER", "LINKED")
        self.desk.sure("PUT", "/v1/suppliers/LINKER/items/OTHER", {"price_minor": 1, "supplier_sku": "<O&1>"})
        order = self.draft("linked-1", "LINKER", ("LINKED", 2), ("OTHER", 4))["id"]
        self.assertEqual(self.desk.ask("POST", f"/v1/purchase-orders/{order}/supplier-links").status, 409)
        self.assertEqual(self.system.request("POST", f"/v1/purchase-orders/{order}/supplier-links").status, 403)
        self.assertEqual(self.desk.ask("POST", "/v1/purchase-orders/nothing/supplier-links").status, 404)
        version = self.step(order, "send", "linked-2")["version"]
        waiting = self.desk.place("linked", ("LINKED", 2), channel="backorder")
        self.desk.until_told(waiting, "inventory.backordered")
        promised = self.desk.until_status(waiting, "confirmed")["promised_delivery"]
        path = self.link(order)
        for language, title in (("en", "Purchase order"), ("tr", "Satın alma siparişi"),
                                ("uk", "Замовлення постачальнику")):
            status, page = self.page(path, language=language)
            self.assertEqual((status, page.count(f"<h1>{title}</h1>"), page.count("<script")), (200, 1, 0))
        self.assertIn("<td><O&1> (OTHER)</td>", page)
        said: dict[str, object] = {"version": version, "quantity.0": 2, "day.0": "2031-01-31", "quantity.1": 3,
                                   "day.1": "", "reference": "L-1", "do": "confirm"}
        for wrong in ({**said, "day.0": "31.1.2031"}, {**said, "quantity.0": "-1"}, {**said, "do": "pay"},
                      {**said, "version": ""}, {**said, "reference": "two words"}):
            self.assertEqual(self.page(path, wrong)[0], 400, wrong)
        self.assertEqual(self.page(path, {**said, "quantity.1": 5})[0], 422)
        self.assertEqual(self.page(path, said)[0], 303)
        self.assertEqual(self.page(path, said)[0], 303)  # twice is once
        done = self.desk.sure("GET", f"/v1/purchase-orders/{order}")
        self.assertEqual((done["state"], done["reference"], [step["actor"] for step in done["steps"]][2:]),
                         ("confirmed", "L-1", ["supplier:LINKER"]))
        lines = [(line["outstanding"], line["undelivered"], line.get("expected_on")) for line in done["lines"]]
        self.assertEqual(lines, [(2, 0, "2031-01-31"), (3, 1, None)])
        status, page = self.page(path, {**said, "quantity.1": 4})
        self.assertEqual(status, 412)
        self.assertIn("was changed in the meantime", page)
        self.desk.until_told(waiting, "order.promise_changed")
        self.assertGreater(self.desk.order(waiting)["promised_delivery"]["latest"], "2031-01-31")
        self.assertLess(promised["latest"], "2031-01-31")
        no: dict[str, object] = {"version": done["version"], "reason": "discontinued", "do": "decline"}
        self.assertEqual([self.page(path, no)[0] for _ in range(2)], [303, 303])
        over = self.desk.sure("GET", f"/v1/purchase-orders/{order}")
        self.assertEqual((over["state"], over["steps"][-1]["kind"], over["steps"][-1]["reason"], len(over["steps"])),
                         ("canceled", "decline", "discontinued", 4))
        status, page = self.page(path)
        self.assertEqual((status, page.count("<button"), "The order is canceled" in page), (200, 0, True))
        self.assertEqual(self.page(path, {**said, "version": over["version"]})[0], 409)
        forged = path[:-1] + ("A" if path[-1] != "A" else "Q")
        with closing(psycopg2.connect(self.system.stack.postgres.conninfo("owner"))) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT actor, action FROM gateway.audit_log WHERE subject = %s", (order,))
            logged = cursor.fetchall()
        self.assertTrue({("supplier:LINKER", "kervan.purchase.confirm.v1"),
                         ("supplier:LINKER", "kervan.purchase.decline.v1")} <= set(logged), logged)
        self.assertEqual([self.page(wrong)[0] for wrong in (forged, "/suppliers/x", path + "A")], [404] * 3)
        self.desk.ask("POST", f"/v1/orders/{waiting}/cancel", {"reason": "other"}, "linked-9")

    def mails_to(self, address: str) -> list[email.message.EmailMessage]:
        """What arrived for somebody, as a mail program reads it."""
        catcher = self.system.address("mail_catcher")
        found = []
        for row in self.system.mails(address):
            with urllib.request.urlopen(f"{catcher}/messages/{row['id']}/raw", timeout=10) as answer:
                found.append(email.message_from_bytes(answer.read(), policy=email.policy.default))
        return [mail for mail in found if isinstance(mail, email.message.EmailMessage)]

    def test_what_is_sent_is_mailed_with_its_documents(self) -> None:
        """A real mail arrives with both files, which are those that are kept, whatever happens to the order."""
        self.system.add_stock("PAPER")
        self.supplier("PRESS", "PAPER")
        self.desk.sure("PUT", "/v1/suppliers/PRESS", {"name": "Друкарня Їжак", "email": "zakaz@press.example",
                                                      "language": "uk-UA", "currency": "UAH", "lead_time_days": 7,
                                                      "location": "WEST"})
        order = self.draft("paper-1", "PRESS", ("PAPER", 12))["id"]
        path = f"/v1/purchase-orders/{order}"
        self.assertEqual(self.desk.sure("GET", f"{path}/documents")["items"], [])
        self.step(order, "send", "paper-2")
        wait_until("two documents", 30, lambda: len(self.desk.sure("GET", f"{path}/documents")["items"]) == 2)
        shown = self.desk.sure("GET", f"{path}/documents")["items"]
        kept = {}
        for document in shown:
            read = self.desk.ask("GET", f"{path}/documents/{document['name']}")
            kept[document["name"]] = read.data
            self.assertEqual((read.status, read.headers["Content-Type"], read.headers["ETag"], len(read.data)),
                             (200, document["media_type"], f'"{document["sha256"]}"', document["size_bytes"]))
            self.assertEqual(hashlib.sha256(read.data).hexdigest(), document["sha256"])
        self.assertTrue(kept["purchase-order.pdf"].startswith(b"%PDF-1.5"))
        self.assertIn(f"<cbc:ID>{order}</cbc:ID>".encode(), kept["purchase-order.xml"])
        wait_until("the mail", 30, lambda: self.desk.sure("GET", f"{path}/messages")["items"][0:1]
                   and self.desk.sure("GET", f"{path}/messages")["items"][0]["state"] == "told")
        [mail] = self.mails_to("zakaz@press.example")
        self.assertEqual((mail["To"], "Замовлення" in mail["Subject"]), ("Друкарня Їжак <zakaz@press.example>", True))
        files = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
        self.assertEqual({name: bytes(content) if isinstance(content, bytes) else content.encode()
                          for name, content in files.items()}, kept)
        body = mail.get_body(("plain",))
        assert isinstance(body, email.message.EmailMessage)
        [link] = re.findall(r"https?://[^/\s]+(/suppliers/\S+)", body.get_content())
        status, page = self.page(link)
        self.assertEqual((status, "PAPER" in page), (200, True))
        elsewhere = {"email": "sklad@press.example", "note": "lost"}
        again = self.step(order, "send", "paper-3", elsewhere)
        self.assertEqual(self.step(order, "send", "paper-3", elsewhere)["version"], again["version"])  # once
        self.step(order, "send", "paper-bad", {"email": "sklad@-press.example"})
        want = [("zakaz@press.example", "told"), ("sklad@press.example", "told"),
                ("sklad@-press.example", "undeliverable")]
        wait_until("the ends", 30, lambda: want == [
            (mail["email"], mail["state"]) for mail in self.desk.sure("GET", path)["mails"]])
        self.assertIn(order, [row["id"] for row in
                              self.desk.sure("GET", "/v1/purchase-orders?mail=undeliverable")["items"]])
        self.see_to(order)
        [mail] = self.mails_to("sklad@press.example")
        files = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
        self.assertEqual({name: bytes(content) if isinstance(content, bytes) else content.encode()
                          for name, content in files.items()}, kept)
        self.assertEqual(self.page(link)[0], 200)  # the first link is good still
        self.step(order, "cancel", "paper-4")
        self.assertEqual(self.post(f"{path}/send", "paper-5", {}).status, 409)
        self.assertEqual(self.desk.sure("GET", f"{path}/documents")["items"], shown)
        self.assertEqual(len(self.mails_to("zakaz@press.example")), 1)
        self.assertEqual(self.desk.ask("GET", f"{path}/documents/invoice.pdf").status, 404)
        for hidden in ("documents", "documents/purchase-order.pdf", "messages"):
            self.assertEqual(self.system.request("GET", f"{path}/{hidden}").status, 403)  # a storefront's key

    def see_to(self, order: str) -> None:
        """What did not arrive is somebody's work until it does."""
        path = f"/v1/purchase-orders/{order}"
        [alert] = self.desk.sure("GET", "/v1/purchase-alerts?supplier=PRESS")["items"]
        self.assertEqual((alert["purchase_order_id"], alert["state"], alert["mail_no"]), (order, "open", 3))
        self.assertEqual((alert["reason"], alert["email"]), ("bad_address", "sklad@-press.example"))
        self.assertEqual(self.desk.sure("GET", path)["alert"], alert)
        known = self.post(f"/v1/purchase-alerts/{order}/acknowledge", "paper-seen", {"note": "I call them"})
        self.assertEqual((known.status, known.data["alert"]["state"], known.data["alert"]["note"]),
                         (200, "acknowledged", "I call them"))
        self.assertEqual(self.desk.sure("GET", "/v1/purchase-alerts?supplier=PRESS&state=open")["items"], [])
        self.assertEqual(self.post("/v1/purchase-alerts/req_none/acknowledge", "paper-none", {}).status, 404)
        self.step(order, "send", "paper-well", {"email": "ofis@press.example"})
        wait_until("that it arrives", 30, lambda: self.desk.sure("GET", path)["alert"]["state"] == "closed")
        [over] = self.desk.sure("GET", "/v1/purchase-alerts?supplier=PRESS&state=closed")["items"]
        self.assertEqual((over["purchase_order_id"], over["times"]), (order, 1))
        self.assertEqual(self.desk.ask("GET", "/v1/purchase-alerts?state=late").status, 400)
        self.assertEqual(self.post(f"/v1/purchase-alerts/{order}/acknowledge", "paper-late", {}).status, 200)

    def test_too_many_and_too_few(self) -> None:
        """What arrives is never refused, and flagged; what does not come is closed with a reason."""
        self.system.add_stock("UNEVEN")
        self.system.add_stock("UNSENT")
        self.supplier("SLOPPY", "UNEVEN")
        self.desk.sure("PUT", "/v1/suppliers/SLOPPY/items/UNSENT", {"price_minor": 1})
        order = self.draft("uneven-1", "SLOPPY", ("UNEVEN", 2), ("UNSENT", 4))["id"]
        early = self.post(f"/v1/purchase-orders/{order}/receipts", "uneven-2",
                          {"lines": [{"sku": "UNEVEN", "quantity": 1}]})
        self.assertEqual(early.status, 409)
        self.step(order, "send", "uneven-3")
        self.assertEqual(self.receive(order, "uneven-4", "UNEVEN", 5, damaged=1)["lines"][0]["over"], 3)
        closed = self.step(order, "close", "uneven-5", {"reason": "discontinued", "note": "They say so"})
        self.assertEqual((closed["state"], closed["lines"][1]["undelivered"], closed["steps"][-1]["reason"]),
                         ("closed", 4, "discontinued"))
        self.assertEqual(self.receive(order, "uneven-6", "UNSENT", 1)["lines"][1]["undelivered"], 3)
        self.wait_level("UNEVEN", "WEST", on_hand=5, damaged=1, available=4)
        self.wait_level("UNSENT", "WEST", on_hand=1, available=1)
        ledger = self.system.sure("GET", "/v1/stock/UNSENT/WEST/ledger").data["items"][::-1]
        self.assertEqual([(line["counter"], line["kind"], line["quantity"]) for line in ledger], [
            ("incoming", "ordered", 4), ("incoming", "undelivered", -4), ("on_hand", "received", 1)])

        page = self.desk.sure("GET", "/v1/purchase-orders?supplier=SLOPPY&state=closed&location=WEST")["items"]
        self.assertEqual([(item["id"], item["total_minor"]) for item in page], [(order, 504)])
        self.assertEqual(self.post("/v1/purchase-orders/nothing/send", "uneven-none", {}).status, 404)


if __name__ == "__main__":
    unittest.main(verbosity=2)
