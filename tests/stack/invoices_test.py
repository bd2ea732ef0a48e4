#!/usr/bin/python3
"""invoices_test - invoices and credit notes on the running system: one each, numbered without gaps, kept as they are.

    tests/stack/invoices_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import unittest
from collections import Counter
from contextlib import closing
from urllib.parse import urlencode

import psycopg2
from built import SANITIZERS
from contract_view import check_view
from system import COMMAND_LINE, PRICE_MINOR, SHIPPING_MINOR, Body
from unhappy_case import ONE, UnhappyCase

AT_ONCE = 40
SERIES: list[Body] = [
    {"country": "TR", "invoices": {"prefix": "TRF", "yearly": True, "digits": 9},
     "credit_notes": {"prefix": "TRI", "yearly": True, "digits": 9}},
    {"invoices": {"prefix": "INV", "yearly": True, "digits": 6},
     "credit_notes": {"prefix": "CN", "yearly": False, "digits": 6}, "mailed": True}]


class InvoicesTest(UnhappyCase):
    """One system whose web shop has series."""

    @classmethod
    def setUpClass(cls) -> None:
        """Series by country."""
        super().setUpClass()
        cls.desk.sure("PUT", "/v1/channels/web/policy", {"stock_policy": "reject", "invoice_series": SERIES})

    def invoices(self, order: str, count: int) -> list[Body]:
        """Those of an order, once there are so many and their files are made."""
        path = f"/v1/orders/{order}/invoices"
        self.desk.until(f"{count} documents of {order}", lambda: [
            len(item["documents"]) for item in self.desk.sure("GET", path)["items"]] == [3] * count)
        return list(self.desk.sure("GET", path)["items"])

    def whole(self, item: Body) -> Body:
        """What one says, which is what its file says."""
        check_view("payment/invoice_summary.v1.json", item)
        said = dict(self.desk.sure("GET", f"/v1/invoices/{item['id']}"))
        check_view("payment/invoice.v1.json", said)
        for document in item["documents"]:
            read = self.desk.ask("GET", f"/v1/invoices/{item['id']}/documents/{document['name']}")
            bytes_ = read.data if isinstance(read.data, bytes) else json.dumps(read.data).encode()
            self.assertEqual((read.status, read.headers["ETag"]), (200, f'"{document["sha256"]}"'))
            if document["name"] != "invoice.json":
                self.assertEqual(hashlib.sha256(bytes_).hexdigest(), document["sha256"])
                self.assertIn(item["number"].encode() if document["name"].endswith("xml") else b"%PDF-1.5", bytes_)
        self.assertEqual((said["number"], said["amount_minor"]), (item["number"], item["amount_minor"]))
        return said

    def test_a_policy_shows_its_series(self) -> None:
        """As it was put; two of one country are refused by name."""
        self.assertEqual(self.desk.sure("GET", "/v1/channels/web/policy")["policy"]["invoice_series"], SERIES)
        refused = self.desk.ask("PUT", "/v1/channels/web/policy",
                                {"stock_policy": "reject", "invoice_series": [SERIES[0], SERIES[0]]})
        self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, "/invoice_series/1/country"))

    def test_what_is_taken_and_given_back(self) -> None:
        """An invoice with the tax that the order carries, then credit notes by people, each under the next number."""
        self.system.add_stock("TAXED", EAST=100)
        line = {"sku": "TAXED", "quantity": 2, "unit_price_minor": 1190, "tax_minor": 380}
        order = self.desk.place("taxed", ("TAXED", 2), lines=[line], total_minor=2380 + SHIPPING_MINOR)
        self.assert_completed(order, 2380 + SHIPPING_MINOR)
        [item] = self.invoices(order, 1)
        said = self.whole(item)
        self.assertEqual((item["kind"], item["capture_id"], said["tax_minor"], said["lines"][0]["rate_ppm"]),
                         ("invoice", f"{order}-C1", 380, 190000))
        self.assertEqual([line["kind"] for line in said["lines"]], ["goods", "shipping"])
        for amount in (1000, 1380 + SHIPPING_MINOR):
            self.desk.sure("POST", f"/v1/payments/{order}-P1/refunds", {"amount_minor": amount, "reason": "other"},
                           f"taxed-{amount}")
        items = self.invoices(order, 3)
        notes = [self.whole(item) for item in items[1:]]
        self.assertEqual([note["kind"] for note in notes], ["credit_note"] * 2)
        self.assertEqual(sum(note["tax_minor"] for note in notes), 380)
        self.assertEqual(notes[0]["corrects"], [item["number"]])
        self.assertEqual(self.whole(item), said)

    def test_they_are_mailed(self) -> None:
        """Each once, in the customer's language, with the file that is shown; again when a person asks."""
        self.system.add_stock("MAILED", EAST=100)
        order = self.desk.place("mailed", ("MAILED", 1))
        self.assert_completed(order, ONE)
        [item] = self.invoices(order, 1)
        self.told(order, ["told"])
        self.assertEqual(self.mailed("mailed@shop.example", item), 1)
        sent = self.desk.sure("POST", f"/v1/invoices/{item['id']}/mails", {"email": "books@shop.example"}, "again")
        self.assertEqual(sent["number"], item["number"])
        self.desk.sure("POST", f"/v1/invoices/{item['id']}/mails", {"email": "books@shop.example"}, "again")
        self.told(order, ["told", "told"])
        self.assertEqual(self.mailed("books@shop.example", item), 1)
        self.assertEqual(self.mailed("mailed@shop.example", item), 1)
        self.desk.sure("POST", f"/v1/payments/{order}-P1/refunds", {"amount_minor": 1, "reason": "other"}, "mailed")
        note = self.invoices(order, 2)[1]
        self.desk.until("the credit note is mailed", lambda: self.mailed("mailed@shop.example", note) == 1)

    def told(self, order: str, states: list[str]) -> None:
        """Wait until what was mailed of the first document of the order is as named."""
        path = f"/v1/orders/{order}/invoices"
        self.desk.until(f"mails of {order} are {states}", lambda: [
            mail["state"] for mail in self.desk.sure("GET", path)["items"][0].get("mails", [])] == states)
        check_view("payment/invoice_summary.v1.json", self.desk.sure("GET", path)["items"][0])

    def mailed(self, recipient: str, item: Body) -> int:
        """How many mails with this document somebody got."""
        return len([mail for mail in self.system.mails(recipient) if f"{item['id']}.mail." in mail["message_id"]])

    def test_taxes_that_are_reckoned(self) -> None:
        """By what the shop put: of the day, the class of the item and the buyer; on the order and its documents."""
        rates = {"name": "Austria", "rates": [
            {"tax_class": "standard", "rate_ppm": 190000, "valid_from": "2010-01-01"},
            {"tax_class": "standard", "rate_ppm": 200000, "valid_from": "2020-01-01"},
            {"tax_class": "reduced", "rate_ppm": 100000, "valid_from": "2020-01-01"}]}
        for version, body in enumerate(({**rates, "rates": rates["rates"][:1]}, rates), 1):
            put = self.desk.sure("PUT", "/v1/tax-rates/AT", body)
            check_view("order/tax_rates_view.v1.json", put)
            self.assertEqual((put["rates"], put["version"]), (body, version))
        self.assertEqual(self.desk.sure("GET", "/v1/tax-rates")["items"], [put])
        history = self.desk.sure("GET", "/v1/tax-rates/AT/history")["items"]
        self.assertEqual([len(each["rates"]["rates"]) for each in history], [3, 1])
        refused = self.desk.ask("PUT", "/v1/tax-rates/AT", {"rates": [rates["rates"][0]] * 2})
        self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, "/rates/1/valid_from"))
        class_ = self.desk.sure("PUT", "/v1/tax-classes/BOOK", {"tax_class": "reduced"})
        check_view("order/tax_class_view.v1.json", class_)
        self.assertEqual(self.desk.sure("GET", "/v1/tax-classes")["items"], [class_])
        policy = {"stock_policy": "reject", "invoice_series": SERIES, "tax": {"seller_country": "DE", "modes": [
            {"country": "AT", "tax_mode": "inclusive"}, {"tax_mode": "exclusive"}]}}
        self.assertEqual(self.desk.sure("PUT", "/v1/channels/web/policy", policy)["policy"]["tax"], policy["tax"])
        self.system.add_stock("BOOK", EAST=100)
        self.system.add_stock("PEN", EAST=100)
        there = {"name": "Ada", "line1": "Ring 1", "city": "Wien", "postal_code": "1010", "country": "AT"}
        order = self.desk.place("reckoned", ("BOOK", 1), ("PEN", 1), ship_to=there)
        shown = self.assert_completed(order, 2 * PRICE_MINOR + SHIPPING_MINOR)
        check_view("order/view.v1.json", shown)
        book, pen, shipping = round(PRICE_MINOR / 11), round(PRICE_MINOR / 6), round(SHIPPING_MINOR / 6)
        self.assertEqual([line["tax_minor"] for line in shown["lines"]], [book, pen])
        self.assertEqual(shown["taxes"][0], {"category": "standard", "rate_ppm": 200000, "tax_minor": shipping})
        self.assertEqual([tax["rate_ppm"] for tax in shown["taxes"]], [200000, 100000, 200000])
        [item] = self.invoices(order, 1)
        said = self.whole(item)
        self.assertEqual(said["tax_minor"], book + pen + shipping)
        self.assertEqual(sorted(tax["rate_ppm"] for tax in said["taxes"]), [100000, 200000])
        self.reverse_charged(there)
        self.desk.sure("PUT", "/v1/channels/web/policy", {"stock_policy": "reject", "invoice_series": SERIES})

    def reverse_charged(self, there: Body) -> None:
        """A company of another member state accounts for the tax itself, and is credited so."""
        company = {"name": "Austrian Ltd.", "tax_number": "ATU12345678", "currency": "EUR",
                   "tax_exemptions": [{"area": "DE", "certificate": "DE 7", "valid_from": "2026-01-01"}],
                   "buyers": [{"channel_customer_ref": "owner"}]}
        put = self.desk.sure("PUT", "/v1/companies/AUSTRIAN", company)
        check_view("order/company_view.v1.json", put)
        self.assertEqual(put["company"]["tax_exemptions"], company["tax_exemptions"])
        order = self.desk.place("reversed", ("PEN", 1), ship_to=there, company="AUSTRIAN", customer={
            "name": "Ada", "email": "ada@shop.example", "channel_customer_ref": "owner"})
        self.assert_completed(order, ONE)
        self.desk.sure("POST", f"/v1/payments/{order}-P1/refunds", {"amount_minor": ONE, "reason": "other"}, "reversed")
        for item in self.invoices(order, 2):
            said = self.whole(item)
            self.assertEqual(said["taxes"], [
                {"category": "reverse_charge", "rate_ppm": 0, "net_minor": ONE, "tax_minor": 0}])
            xml = self.desk.ask("GET", f"/v1/invoices/{item['id']}/documents/invoice.xml").data
            self.assertIn(b"<cbc:TaxExemptionReasonCode>VATEX-EU-AE</cbc:TaxExemptionReasonCode>", xml)

    def journal(self, **query: object) -> list[Body]:
        """All entries, by pages of three."""
        items: list[Body] = []
        cursor: dict[str, object] = {}
        while True:
            page = self.desk.sure("GET", f"/v1/journal?{urlencode({'limit': 3, **query, **cursor})}")
            items += page["items"]
            if page.get("next") is None:
                break
            cursor = {"cursor": page["next"]}
        return items

    def table(self, **query: object) -> list[dict[str, str]]:
        """The same as CSV."""
        reply = self.desk.ask("GET", f"/v1/journal.csv?{urlencode(query)}")
        self.assertEqual(reply.status, 200, reply.data)
        text = reply.data.decode() if isinstance(reply.data, bytes) else str(reply.data)
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def test_the_journal(self) -> None:
        """What an order took and gave back in the books: balanced, taxed, the same in every export."""
        self.system.add_stock("BOOKED", EAST=100)
        line = {"sku": "BOOKED", "quantity": 1, "unit_price_minor": 1190, "tax_minor": 190}
        order = self.desk.place("booked", ("BOOKED", 1), lines=[line], total_minor=1190 + SHIPPING_MINOR)
        self.assert_completed(order, 1190 + SHIPPING_MINOR)
        self.desk.sure("POST", f"/v1/payments/{order}-P1/refunds", {"amount_minor": 595, "reason": "other"}, "booked")
        invoice, note = self.invoices(order, 2)
        self.desk.sure("PUT", "/v1/accounts/sales", {"code": "8400", "name": "Erlöse"})
        self.assertEqual(self.desk.ask("PUT", "/v1/accounts/sails", {"code": "8400"}).status, 404)
        self.desk.until("the books", lambda: Counter(
            row["what"] for row in self.table() if row["order_id"] == order) == {
                "capture": 2, "refund": 1, "tax": 2})
        entries = [entry for entry in self.journal() if entry["order_id"] == order]
        for entry in entries:
            check_view("payment/journal_entry.v1.json", entry)
        balances: Counter[str] = Counter()
        for entry in entries:
            balances[entry["debit"]] += entry["amount_minor"]
            balances[entry["credit"]] -= entry["amount_minor"]
        credited = note["tax_minor"] if "tax_minor" in note else self.whole(note)["tax_minor"]
        self.assertEqual(balances, {"receivable": 0, "provider": 595 + SHIPPING_MINOR, "tax": credited - 190,
                                    "sales": 190 - 1190 - SHIPPING_MINOR, "refunds": 595 - credited})
        self.assertEqual({entry.get("document") for entry in entries}, {invoice["number"], note["number"]})
        self.assertEqual({entry["credit_code"] for entry in entries if entry["credit"] == "sales"}, {"8400"})
        rows = [row for row in self.table() if row["order_id"] == order]
        self.assertEqual([{name: str(value) for name, value in entry.items()} for entry in entries],
                         [{name: value for name, value in row.items() if value} for row in rows])
        first, last = entries[0]["at"], entries[-1]["at"]
        self.assert_command_exports(first, last)
        self.assertEqual({entry["at"] < last for entry in self.journal(**{"from": first, "to": last})}, {True})
        self.assertEqual(self.journal(**{"from": first, "to": first}), [])
        for query in ({"from": "yesterday"}, {"till": first}):
            self.assertEqual(self.desk.ask("GET", f"/v1/journal.csv?{urlencode(query)}").status, 400, query)
        self.assert_closes(first[:10])
        accounts = {item["account"]: item for item in self.desk.sure("GET", "/v1/accounts")["items"]}
        self.assertEqual((accounts["sales"]["body"], len(accounts)), ({"code": "8400", "name": "Erlöse"}, 12))
        self.assertEqual(self.desk.ask("GET", "/v1/journal.csv?limit=2").status, 400)

    def assert_command_exports(self, first: str, last: str) -> None:
        """`kervan journal export` writes the same; what is no instant is named."""
        environment = SANITIZERS | {"KERVAN_URL": self.system.address("gateway"), "KERVAN_STAFF_KEY": self.desk.key}

        def export(*options: str) -> subprocess.CompletedProcess[str]:
            """As a person calls it."""
            return subprocess.run([str(COMMAND_LINE), "journal", "export", *options], text=True, capture_output=True,
                                  timeout=60, check=False, env=environment)

        done = export("--from", first, "--to", last)
        self.assertEqual((done.returncode, list(csv.DictReader(io.StringIO(done.stdout, newline="")))),
                         (0, self.table(**{"from": first, "to": last})), done.stderr)
        wrong = export("--from", "march")
        self.assertNotEqual(wrong.returncode, 0)
        self.assertIn('--from: "march" is no instant', wrong.stderr)

    def assert_closes(self, date: str) -> None:
        """The day's totals are those of its journal; one that is over is closed."""
        closed = self.desk.sure("GET", f"/v1/closes/{date}")
        check_view("payment/close_view.v1.json", closed)
        totals = {total["account"]: total for total in closed["totals"] if total["provider"] == "stripe"}
        rows = self.journal(**{"from": f"{date}T00:00:00Z"})
        self.assertEqual({name: (total["debit_minor"], total["credit_minor"]) for name, total in totals.items()},
                         {name: tuple(sum(row["amount_minor"] for row in rows if row[side] == name)
                                      for side in ("debit", "credit")) for name in totals})
        self.assertEqual((closed["closed"], totals["sales"]["code"], set(totals)),
                         (False, "8400", {"receivable", "provider", "sales", "tax", "refunds"}))
        before = self.desk.sure("GET", "/v1/closes/2020-02-29")
        self.assertEqual((before["closed"], before["totals"], before["open"]), (True, [], []))
        for wrong in ("2021-02-29", "0000-01-01", "today"):
            self.assertIn(self.desk.ask("GET", f"/v1/closes/{wrong}").status, (400, 404), wrong)

    def test_by_country(self) -> None:
        """Where it is sent says in which series."""
        self.system.add_stock("ABROAD", EAST=100)
        there = {"name": "Ayşe Yılmaz", "line1": "İstiklal Cad. 7", "city": "İstanbul", "postal_code": "34433",
                 "country": "TR"}
        order = self.desk.place("abroad", ("ABROAD", 1), ship_to=there)
        self.assert_completed(order, ONE)
        [item] = self.invoices(order, 1)
        self.assertRegex(item["number"], r"^TRF-20\d\d-\d{9}$")
        self.assertEqual(self.whole(item)["buyer"]["address"]["name"], "Ayşe Yılmaz")

    def test_channels_without_series_have_none(self) -> None:
        """Nothing is written for them."""
        self.system.add_stock("PLAIN", EAST=100)
        order = self.desk.place("plain", ("PLAIN", 1), channel="partial")
        self.assert_completed(order, ONE)
        self.assertEqual(self.desk.sure("GET", f"/v1/orders/{order}/invoices")["items"], [])
        self.assertEqual(self.desk.ask("GET", f"/v1/invoices/{order}-I1").status, 404)

    def test_none_is_left_out_when_processes_die(self) -> None:
        """Many at once, and payment is killed twice: each capture has one, and the numbers have no gap."""
        self.system.add_stock("MANY", EAST=1000)
        bodies = [self.system.order(f"many-{number}", ("MANY", 1)) for number in range(AT_ONCE)]
        orders = [reply.data["id"] for reply in self.system.submit_all(bodies)]
        for _ in range(2):
            self.system.kill("payment")
            self.system.restart("payment")
        self.assertEqual(set(self.system.wait_over(orders, 120).values()), {"completed"})
        for order in orders:
            [item] = self.invoices(order, 1)
            self.assertEqual(item["amount_minor"], PRICE_MINOR + SHIPPING_MINOR)
        with closing(psycopg2.connect(self.system.stack.postgres.conninfo("owner"))) as connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT series, count(*), max(serial), count(DISTINCT (order_no, kind, subject_no)) "
                               "FROM payment.document GROUP BY series")
                rows = cursor.fetchall()
                with self.assertRaisesRegex(psycopg2.Error, "stays as it is"):
                    cursor.execute("UPDATE payment.document_file SET content = ''")
        self.assertTrue(rows)
        for series, count, last, captures in rows:
            self.assertEqual((count, captures), (last, last), series)
            self.assertTrue(re.fullmatch(r"(INV|TRF|TRI)-20\d\d|CN", series))


if __name__ == "__main__":
    unittest.main(verbosity=2)
