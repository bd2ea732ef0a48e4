#!/usr/bin/python3
"""audit_test - the audit that never sleeps: what is planted in a live system is found and named, and ends when mended.

    tests/stack/audit_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure

All is planted in the database by its owner, or at the provider by somebody else, while the services take orders.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import unittest
import urllib.parse
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import yaml
from system import COMMAND_LINE, ROOT, Reply, System, wait_until

FOUND_S, SKUS = 60, 6
ADMIN, WRONG = "admin", 1
SCHEMAS = {"order": "orders", "inventory": "inventory", "payment": "payment", "shipping": "shipping"}
# A list of words, calls under way, what could not be handled and waits for a person, and the table of postings.
SMALL = {"timeline_kind", "effect", "parked", "posting"}
# By a payment at the provider, not by a change here; those of PayPal and Razorpay in tests of their own.
PLANTED_OUTSIDE = {"provider-books", "paypal-books", "razorpay-books"}
Row = dict[str, Any]


@dataclass(frozen=True)
class Plant:
    """A discrepancy: the rule that must name it and of what, what is told of it, what breaks and what mends it.

    In all texts NO and ID stand for the number and the public id of a completed order of its own, OPEN_NO and OPEN_ID
    for those of one that waits for its place.
    """

    rule: str
    subject: str
    found: str
    breaks: str
    mends: str


def change(table: str, column: str, where: str, by: int = 1) -> tuple[str, str]:
    """More of something, and less of it again."""
    return (f"UPDATE {table} SET {column} = {column} + {by} WHERE {where}",
            f"UPDATE {table} SET {column} = {column} - {by} WHERE {where}")


def unlocked(table: str, text: str) -> str:
    """A change of what is never changed."""
    return (f"ALTER TABLE payment.{table} DISABLE TRIGGER {table}_final; {text}; "
            f"ALTER TABLE payment.{table} ENABLE TRIGGER {table}_final")


def final(table: str, breaks: str, mends: str) -> tuple[str, str]:
    """The same of the order's document, and back."""
    return (unlocked(table, f"UPDATE payment.{table} SET {breaks} WHERE order_no = NO"),
            unlocked(table, f"UPDATE payment.{table} SET {mends} WHERE order_no = NO"))


PLANTS = (
    Plant("stock-on-hand", "AUDIT-1 at EAST", "101 on hand", *change("inventory.stock", "on_hand", "sku = 'AUDIT-1'")),
    Plant("stock-counters", "AUDIT-1 at EAST", "2 damaged",
          *change("inventory.stock", "damaged", "sku = 'AUDIT-1'", 2)),
    Plant("stock-counters", "AUDIT-2 at EAST", "3 kept back",
          *change("inventory.stock", "safety", "sku = 'AUDIT-2'", 3)),
    Plant("stock-incoming", "AUDIT-3 at EAST", "4 incoming",
          *change("inventory.stock", "incoming", "sku = 'AUDIT-3'", 4)),
    Plant("stock-reserved", "AUDIT-2 at EAST", "1 reserved", *change("inventory.stock", "reserved", "sku = 'AUDIT-2'")),
    Plant("stock-promised", "AUDIT-3 at EAST", "200 reserved",
          "ALTER TABLE inventory.stock DROP CONSTRAINT stock_never_oversold; "
          "UPDATE inventory.stock SET reserved = 200 WHERE sku = 'AUDIT-3'",
          "UPDATE inventory.stock SET reserved = 0 WHERE sku = 'AUDIT-3'; ALTER TABLE inventory.stock "
          "ADD CONSTRAINT stock_never_oversold CHECK (reserved <= on_hand - damaged - quality_control + owed)"),
    Plant("stock-owed", "AUDIT-4 at EAST", "3 owed", *change("inventory.stock", "owed", "sku = 'AUDIT-4'", 3)),
    Plant("stock-waiting", "AUDIT-5", "1 waited for", *change("inventory.backorder", "pieces", "sku = 'AUDIT-5'")),
    Plant("stock-buying", "AUDIT-5", "0 in drafts for who waits",
          "INSERT INTO inventory.stock_buying VALUES ('AUDIT-5', 'ACME', 2, 'planted', 2, 0)",
          "DELETE FROM inventory.stock_buying WHERE sku = 'AUDIT-5'"),
    Plant("stock-holders", "order NO, reservation 1", "1 pieces held or waited for",
          "UPDATE inventory.reservation_line SET state = 1 WHERE order_no = NO",
          "UPDATE inventory.reservation_line SET state = 4 WHERE order_no = NO"),
    # A reservation without an order, and one that outlived its order.
    Plant("agree-stock", "ord_aaaaaaaaaaaaaaaaaaaaaaaaaa", "holds 7 pieces",
          r"INSERT INTO inventory.reservation SELECT 1099999999999, hold_no, 1, 0, clock, NULL, reserved_at, 0, "
          r"decode(repeat('00', 16), 'hex') FROM inventory.reservation WHERE order_no = NO; "
          "INSERT INTO inventory.reservation_line VALUES (1099999999999, 1, 1, 1, 1, 0, 0, 7, 0, 'AUDIT-6', 'EAST')",
          "DELETE FROM inventory.reservation WHERE order_no = 1099999999999; "
          "DELETE FROM inventory.reservation_line WHERE order_no = 1099999999999"),
    Plant("agree-stock", "ID", "holds 1 pieces",
          "UPDATE inventory.reservation SET state = 2 WHERE order_no = NO; "
          "UPDATE inventory.reservation_line SET state = 1 WHERE order_no = NO",
          "UPDATE inventory.reservation SET state = 3 WHERE order_no = NO; "
          "UPDATE inventory.reservation_line SET state = 4 WHERE order_no = NO"),
    Plant("money-bounds", "ID-P1", "refunded 2490 and 0 on the way, captured 2489",
          "ALTER TABLE payment.payment DROP CONSTRAINT payment_refunded_within_captured; "
          "UPDATE payment.payment SET refunded_minor = captured_minor + 1 WHERE order_no = NO",
          "UPDATE payment.payment SET refunded_minor = 0 WHERE order_no = NO; ALTER TABLE payment.payment "
          "ADD CONSTRAINT payment_refunded_within_captured CHECK (refunding_minor + refunded_minor <= captured_minor)"),
    Plant("money-sums", "ID-P1", "captured 2489, refunded 0",
          *change("payment.payment_capture", "amount_minor", "order_no = NO")),
    Plant("accounts-balance", "ID-P1", "receivable 0, provider 2490",
          *final("payment_event", "amount_minor = amount_minor + (operation = 2)::int",
                 "amount_minor = amount_minor - (operation = 2)::int")),
    Plant("dispute-sums", "ID-P1", "disputed 0, lost 1", *change("payment.payment", "lost_minor", "order_no = NO")),
    Plant("transfer-sums", "ID-P1", "received 1", *change("payment.payment", "received_minor", "order_no = NO")),
    Plant("bank-lines", "bnk_planted", "matched, counted nothing",
          "INSERT INTO payment.bank_line VALUES ('bnk_planted', 'A', 'S', 'R', true, false, 1, 'EUR', now(), NULL, "
          "NULL, NULL, NULL, NULL, now(), 3, 5, NULL, 1, 1, 1, NULL)",
          "DELETE FROM payment.bank_line WHERE line_id = 'bnk_planted'"),
    # Shown as paid, and not captured.
    Plant("agree-money", "ID", "authorized 2489, captured 0, refunded 0",
          "UPDATE payment.payment SET captured_minor = 0 WHERE order_no = NO",
          "UPDATE payment.payment SET captured_minor = 2489 WHERE order_no = NO"),
    # A cent of tax too much, a document after a number that nobody has, a number that nobody got, another amount.
    Plant("documents", "ID-I1", "amount 2489 with tax 1",
          *final("document", "tax_minor = tax_minor + 1", "tax_minor = 0")),
    Plant("document-numbers", "PLANTED 6", "none",
          "INSERT INTO payment.document SELECT order_no, 99, 1, 99, payment_no, 'PLANTED', 7, 'PLANTED-000007', "
          "amount_minor, tax_minor, currency, order_id, issued_at FROM payment.document WHERE order_no = NO",
          unlocked("document", "DELETE FROM payment.document WHERE series = 'PLANTED'")),
    Plant("document-series", "PLANT", "the last number 0",
          "INSERT INTO payment.document_series VALUES ('PLANT', 2026, 3)",
          "DELETE FROM payment.document_series WHERE code = 'PLANT'"),
    Plant("agree-documents", "ID", "invoiced 2490, credited 0",
          *final("document", "amount_minor = 2490", "amount_minor = 2489")),
    Plant("worth", "ID", "captured 2490, refunded 0", *change("orders.orders", "captured_minor", "order_no = NO")),
    Plant("agree-deliveries", "ID", "nothing",
          "UPDATE shipping.parcel SET delivered_at = NULL WHERE order_no = NO",
          "UPDATE shipping.parcel SET delivered_at = now() WHERE order_no = NO"),
    Plant("shipments", "ID-S1", "1 parcels with a label are not delivered",
          "UPDATE shipping.parcel SET delivered_at = NULL WHERE order_no = NO",
          "UPDATE shipping.parcel SET delivered_at = now() WHERE order_no = NO"),
    Plant("progress-watched", "OPEN_ID", "confirmed, and neither does",
          "CREATE TABLE public.kept AS SELECT * FROM orders.timer WHERE subject_number = OPEN_NO; "
          "DELETE FROM orders.timer WHERE subject_number = OPEN_NO",
          "INSERT INTO orders.timer SELECT * FROM public.kept; DROP TABLE public.kept"),
    Plant("progress-in-time", "OPEN_ID", "confirmed and past it",
          "UPDATE orders.order_fulfillment SET deadline_at = now() - interval '1 hour' WHERE order_no = OPEN_NO",
          "UPDATE orders.order_fulfillment SET deadline_at = now() + interval '1 day' WHERE order_no = OPEN_NO"),
    Plant("progress-tasks", "ID", "1 counted", *change("orders.orders", "open_tasks", "order_no = NO")),
    Plant("progress-edits", "OPEN_ID-M1", "nobody is",
          "INSERT INTO orders.order_edit (order_no, edit_no, state, reason, request_id, order_clock, "
          "shipping_price_minor, refusals, total_before_minor, total_minor, release_minor, refund_minor, edited_minor, "
          "proposed_at, expires_at) VALUES (OPEN_NO, 1, 2, 0, 'x', 1, 0, 0, 0, 0, 0, 0, 0, now(), now())",
          "DELETE FROM orders.order_edit WHERE order_no = OPEN_NO"),
    Plant("timeline", "ID", "entries", *change("orders.orders", "entry_count", "order_no = NO")),
    Plant("once", "ID-P1", "2 times",
          "INSERT INTO orders.timeline (order_no, entry_no, clock, at, kind, cause_no, channel, subject, axes) "
          "SELECT order_no, 999, clock, at, kind, cause_no, channel, subject, axes FROM orders.timeline "
          "WHERE order_no = NO AND kind = 40",
          "DELETE FROM orders.timeline WHERE order_no = NO AND entry_no = 999"),
    # Gone at the provider, and another amount there.
    Plant("provider-missing", "ID-P1", "nothing",
          "CREATE TABLE public.known AS SELECT order_no, provider_ref FROM payment.payment WHERE order_no = NO; "
          "UPDATE payment.payment SET provider_ref = 'pi_gone' WHERE order_no = NO",
          "UPDATE payment.payment p SET provider_ref = k.provider_ref FROM public.known k "
          "WHERE k.order_no = p.order_no; "
          "DROP TABLE public.known"),
    Plant("provider-missing", "ID-P1", "captured 2489",
          "UPDATE payment.payment SET captured_minor = 2000 WHERE order_no = NO",
          "UPDATE payment.payment SET captured_minor = 2489 WHERE order_no = NO"),
    Plant("stock-lots", "AUDIT-6 at EAST", "lots of 0, 0 and 0",
          "UPDATE inventory.stock SET lots = '1 0 0' WHERE sku = 'AUDIT-6'",
          "UPDATE inventory.stock SET lots = NULL WHERE sku = 'AUDIT-6'"),
    Plant("stock-bins", "AUDIT-5 at EAST", "2 in bins", *change("inventory.stock", "binned", "sku = 'AUDIT-5'", 2)),
    Plant("credit-sums", "aco_planted", "held 5, owed 0",
          "INSERT INTO payment.credit VALUES ('aco_planted', 1, 'EUR', 1000, 30, true, 5, 0, 0, now())",
          "DELETE FROM payment.credit WHERE company = 'aco_planted'"),
    Plant("stream-numbers", "planted/63", "acknowledged up to 1.9",
          "INSERT INTO fulfillment.stream VALUES (63, 'planted', 1, 8, 1, 9, 0, 0)",
          "DELETE FROM fulfillment.stream WHERE topic = 'planted'"),
)


def statements(file: Path) -> list[tuple[str, str]]:
    """The statements of a file, by name."""
    parts = re.split(r"^-- name: (\w+)\n", file.read_text(), flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def whole_reads(plan: Row) -> set[str]:
    """Tables that a plan reads without a key."""
    by_key = {"Index Cond", "Recheck Cond"} & plan.keys()
    found = {plan["Relation Name"]} if "Relation Name" in plan and not by_key else set()
    return found.union(*(whole_reads(part) for part in plan.get("Plans", [])))


class Traffic:
    """Ordinary orders, one after the other, until it is told to stop."""

    def __init__(self, system: System) -> None:
        """Begin."""
        self.system = system
        self.ids: list[str] = []
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        """Submit."""
        while not self.stopped.wait(0.2):
            body = self.system.order(f"traffic-{len(self.ids)}", ("SOLD", 1))
            self.ids.append(self.system.submit(body).data["id"])

    def stop(self) -> list[str]:
        """End; the orders that were submitted."""
        self.stopped.set()
        self.thread.join()
        return self.ids


class AuditTest(unittest.TestCase):
    """One system with completed orders, and one that waits for its place."""

    system: System
    done: list[str]
    open: str
    admin: str

    @classmethod
    def setUpClass(cls) -> None:
        """Stock, a completed order a plant, one that waits."""
        cls.system = System()
        cls.addClassCleanup(cls.system.close)
        cls.system.start()
        system = cls.system
        cls.admin = cls.kervan("key", "create", "--scopes", ADMIN).stdout.split()[-1]
        numbers = {"invoices": {"prefix": "INV", "yearly": True}, "credit_notes": {"prefix": "CN"}}
        system.sure("PUT", "/v1/channels/web/policy", {"stock_policy": "reject", "invoice_series": [numbers]},
                    Authorization=f"Bearer {cls.admin}")
        system.add_place("EAST")
        system.add_place("HANDS", automatic=False)
        system.add_stock("SOLD", EAST=10000)
        system.add_stock("SLOW", HANDS=10)
        for number in range(1, SKUS + 1):
            system.add_stock(f"AUDIT-{number}", EAST=100)
        cls.open = system.submit(system.order("open", ("SLOW", 1))).data["id"]
        bodies = [system.order(f"done-{number}", ("SOLD", 1)) for number in range(len(PLANTS) + 1)]
        cls.done = [reply.data["id"] for reply in system.submit_all(bodies)]
        system.wait_over(cls.done, 60)
        system.wait_status([cls.open], 30, "confirmed")

    @classmethod
    def kervan(cls, *words: str) -> subprocess.CompletedProcess[str]:
        """The command line, as the owner of the schemas."""
        return subprocess.run([str(COMMAND_LINE), *words], text=True, capture_output=True, timeout=120, check=False,
                              env=os.environ | cls.system.stack.all_addresses())

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Statements of the owner in one transaction; the rows of the last."""
        with closing(psycopg2.connect(self.system.stack.postgres.conninfo("owner"))) as connection:
            with connection, connection.cursor() as cursor:
                cursor.execute(text)
                return cursor.fetchall() if cursor.description else []

    def number_of(self, order_id: str) -> str:
        """The compact number of an order."""
        rows = self.sql("SELECT order_no FROM orders.orders "
                        f"WHERE order_id = orders.order_id_bound('{order_id}', false)")
        return str(rows[0][0])

    def fill(self, text: str, order_id: str) -> str:
        """A plant's text, with what it is about."""
        values = {"OPEN_NO": self.number_of(self.open), "OPEN_ID": self.open, "NO": self.number_of(order_id),
                  "ID": order_id}
        return re.sub(r"\b(OPEN_NO|OPEN_ID|NO|ID)\b", lambda match: values[match[1]], text)

    def audit(self) -> Row:
        """What the gateway shows of it."""
        reply = self.system.request("GET", "/v1/audit", Authorization=f"Bearer {self.admin}")
        self.assertEqual(reply.status, 200, reply.data)
        return dict(reply.data)

    def findings(self) -> list[Row]:
        """What is wrong."""
        return list(self.audit()["findings"])

    def await_nothing(self) -> None:
        """All that was found is gone."""
        wait_until("the end of all findings", FOUND_S, lambda: self.audit()["findings_open"] == 0)

    def missing(self, wanted: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        """What was planted and is not found yet."""
        shown = self.findings()
        return [(rule, subject, found) for rule, subject, found in wanted
                if not any((row["rule"], row["subject"]) == (rule, subject) and found in row["found"] for row in shown)]

    def rules(self) -> set[tuple[str, str]]:
        """Every rule that a service shows, with the service."""
        return {(name, match[1]) for name in self.system.services for sample in self.system.figures(name)
                if (match := re.fullmatch(r'kervan_audit_rule_age_seconds{rule="(.*)"}', sample))}

    def unwalked(self, rules: set[tuple[str, str]]) -> list[tuple[str, str]]:
        """Those of them that have looked at everything never."""
        walked = {(name, row[0]) for name in {name for name, _ in rules}
                  for row in self.sql(f"SELECT rule FROM {SCHEMAS.get(name, name)}.audit_walk")}
        return sorted(rules - walked)

    def provider(self, path: str, **fields: Any) -> Row:
        """Somebody else's call to the provider, with our account."""
        key = (self.system.settings.run_dir / "secrets" / "payment-provider-key").read_text().strip()
        request = urllib.request.Request(f"{self.system.address('payment_provider')}{path}",
                                         urllib.parse.urlencode(fields).encode(), {"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))

    def pay_twice(self) -> tuple[list[Row], list[tuple[str, str, str]]]:
        """A second payment at the provider under one of our names, and one under a name that is nobody's."""
        order, number = self.done[-1], self.number_of(self.done[-1])
        intents = [self.provider("/v1/payment_intents", amount=700, currency="eur", confirm="true",
                                 capture_method="manual", payment_method="pm_card_visa",
                                 **{"metadata[order_no]": number, "metadata[payment_id]": name})
                   for name in (f"{order}-P1", f"{order}-P9")]
        return intents, [("provider-books", f"{order}-P1", "held 700, captured 2489"),
                         ("provider-books", f"{order}-P9", "held 700, captured 0")]

    def test_1_nothing_is_wrong(self) -> None:
        """Every service answers, every rule has looked at everything, nothing is wrong; administrators see it."""
        rules = self.rules()
        self.assertEqual({rule for _, rule in rules}, {plant.rule for plant in PLANTS} | PLANTED_OUTSIDE)
        try:
            wait_until("a walk of every rule", FOUND_S, lambda: not self.unwalked(rules))
        except Exception as error:
            raise AssertionError(f"rules that have not looked at everything: {self.unwalked(rules)}") from error
        audit = self.audit()
        self.assertTrue(all(service["reachable"] for service in audit["services"]), audit)
        self.assertEqual(sum(service["rules"] for service in audit["services"]), len(rules))
        self.assertEqual(audit["findings"], [])
        self.assertEqual(self.system.request("GET", "/v1/audit").status, 403)
        self.assertEqual(self.kervan("audit", "findings").returncode, 0)

    def test_1_windows_are_read_by_key(self) -> None:
        """Whatever the planner thinks of a window, no statement of an auditor reads a table from end to end."""
        for service, schema in SCHEMAS.items():
            found = [statement for file in (ROOT / f"services/{service}").glob("*.sql")
                     for statement in statements(file) if statement[0].startswith("audit_")]
            self.assertTrue(found, service)
            # As the planner knows tables before they are analyzed, and as it knows small ones.
            for known in (False, True):
                if known:
                    self.sql("ANALYZE")
                for name, text in found:
                    with self.subTest(name, known=known):
                        self.assertEqual(self.read_whole(schema, text) - SMALL, set())

    def read_whole(self, schema: str, text: str) -> set[str]:
        """Tables that a statement would read without a key, in an auditor's session."""
        nothing = ", ".join(["NULL"] * len(set(re.findall(r"\$\d", text))))
        session = f"SET search_path = {schema}; SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan"
        rows = self.sql(f"{session}; PREPARE it AS {text}; EXPLAIN (FORMAT JSON) EXECUTE it ({nothing})")
        return whole_reads(rows[0][0][0]["Plan"])

    def test_1_alerts(self) -> None:
        """Every metric that an alert asks for is one that a service shows."""
        shown = {sample.partition("{")[0] for name in self.system.services for sample in self.system.figures(name)}
        rules = [rule for group in yaml.safe_load((ROOT / "deploy/alerts/kervan.yml").read_text())["groups"]
                 for rule in group["rules"]]
        self.assertIn("KervanAuditFinding", {rule["alert"] for rule in rules})
        for rule in rules:
            metrics = re.findall(r"kervan_[a-z_]+", rule["expr"])
            self.assertTrue(metrics and set(metrics) <= shown, rule)

    def test_2_every_kind_is_found(self) -> None:
        """All is planted as orders go through: each is named within a minute, no ordinary order is; mending ends it."""
        traffic = Traffic(self.system)
        self.addCleanup(traffic.stop)
        filled = [(plant, self.done[index]) for index, plant in enumerate(PLANTS)]
        wanted = [(plant.rule, self.fill(plant.subject, order), plant.found) for plant, order in filled]
        for plant, order in filled:
            self.sql(self.fill(plant.breaks, order))
        intents, twice = self.pay_twice()
        wanted += twice
        try:
            wait_until("findings of all kinds", FOUND_S, lambda: not self.missing(wanted))
        except Exception as error:
            raise AssertionError(f"not found: {self.missing(wanted)}") from error
        named = {row["subject"][:30] for row in self.findings()}
        self.assertEqual(named & set(traffic.ids), set())
        told = self.kervan("audit", "findings", "--json", "--limit", "1000")
        self.assertEqual(told.returncode, WRONG)
        self.assertIn("stock-on-hand", {json.loads(line)["rule"] for line in told.stdout.splitlines()})
        figures = self.system.figures("inventory")
        self.assertGreaterEqual(figures['kervan_audit_findings{rule="stock-on-hand"}'], 1)
        for plant, order in filled:
            self.sql(self.fill(plant.mends, order))
        for intent in intents:
            self.provider(f"/v1/payment_intents/{intent['id']}/cancel")
        self.await_nothing()
        self.system.wait_over(traffic.stop(), 60)

    def test_3_a_run_now(self) -> None:
        """What people ask for is looked at without pauses, and is done when the command ends."""
        plant = PLANTS[0]
        self.sql(plant.breaks)
        done = self.kervan("audit", "run", "--service", "inventory", "--wait", "60")
        self.assertEqual(done.returncode, WRONG, done)
        self.assertIn(plant.found, done.stdout)
        self.repair()

    def test_4_a_run_of_all_services(self) -> None:
        """The command asks all that look, and waits for them; whose schema nobody looks at is not waited for."""
        done = self.kervan("audit", "run", "--wait", "60")
        self.assertEqual(done.returncode, 0, done)

    def test_4_a_run_over_http(self) -> None:
        """Asked for under a name, found again under it, and read until it is done with what it found."""
        plant = PLANTS[1]
        self.sql(plant.breaks)
        asked = self.ask("POST", "/v1/audit/runs", "run-1")
        self.assertEqual((asked.status, asked.data["state"]), (202, "running"), asked.data)
        place = asked.headers["Location"]
        self.assertEqual(place, f"/v1/audit/runs/{asked.data['id']}")
        self.assertEqual(self.ask("POST", "/v1/audit/runs", "run-1").data["id"], asked.data["id"])
        wait_until("the end of the run", FOUND_S, lambda: self.ask("GET", place).data["state"] == "done")
        run = self.ask("GET", place).data
        self.assertEqual({service["reachable"] and service["done_at"] > service["asked_at"]
                          for service in run["services"]}, {True})
        self.assertIn((plant.rule, plant.subject), [(row["rule"], row["subject"]) for row in run["findings"]])
        self.sql(plant.mends)
        self.await_nothing()
        named = self.kervan("audit", "log", "--subject", asked.data["id"], "--json").stdout
        self.assertEqual(json.loads(named.splitlines()[0])["action"], "audit.run")

    def test_4_runs_that_there_are_not(self) -> None:
        """404 for a name that nobody asked for and for what is none; 403 for who does not administer."""
        for name in (f"req_{'0' * 32}", "req_1", "run-1"):
            self.assertEqual(self.ask("GET", f"/v1/audit/runs/{name}").status, 404)
        self.assertEqual(self.system.request("POST", "/v1/audit/runs").status, 403)
        self.assertEqual(self.system.request("GET", f"/v1/audit/runs/req_{'0' * 32}").status, 403)

    def test_5_who_is_away_keeps_no_other_rule_from_looking(self) -> None:
        """A difference that waits for a second look waits for a service that is away; all other rules go on."""
        number = self.number_of(self.done[-1])
        change_it = f"UPDATE orders.orders SET authorized_minor = authorized_minor + 1 WHERE order_no = {number}"
        over = threading.Event()

        def waver() -> None:
            """It says something else at each look, so that it is no finding yet."""
            while not over.wait(1):
                self.sql(change_it)

        self.sql(change_it)
        since = self.sql("SELECT clock_timestamp()::text")[0][0]
        self.addCleanup(self.sql, f"UPDATE orders.orders SET authorized_minor = 2489 WHERE order_no = {number}")
        thread = threading.Thread(target=waver)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(over.set)
        wait_until("a first look at it", FOUND_S, lambda: self.sql(
            f"SELECT began_at > '{since}' FROM orders.audit_walk WHERE rule = 'agree-money'")[0][0])
        self.system.stop("payment")
        self.addCleanup(self.system.restart, "payment")
        before = self.walks("timeline")
        # One round may have begun before the second look is due; a second one has not.
        wait_until("two more walks of another rule", FOUND_S, lambda: self.walks("timeline") >= before + 2)

    def walks(self, rule: str) -> int:
        """How often a rule of the order service has looked at everything."""
        return int(self.sql(f"SELECT walks FROM orders.audit_walk WHERE rule = '{rule}'")[0][0])

    def ask(self, method: str, path: str, key: str = "") -> Reply:
        """A request of an administrator."""
        named = {"Idempotency_Key": key} if key else {}
        return self.system.request(method, path, Authorization=f"Bearer {self.admin}", **named)

    def repair(self) -> None:
        """By a command that the ledger keeps: what it missed is booked there alone, and only once."""
        body = {"sku": "AUDIT-1", "location": "EAST", "quantity_change": 1, "reason": "audit", "note": "as counted"}
        for _ in range(2):
            self.system.sure("POST", "/v1/stock/adjustments", body, Idempotency_Key="audit-repair")
        self.await_nothing()
        places = self.system.sure("GET", "/v1/stock/AUDIT-1").data["locations"]
        self.assertEqual([place["on_hand"] for place in places], [101])
        entries = self.sql("SELECT kind, quantity, reason FROM inventory.stock_ledger WHERE sku = 'AUDIT-1' "
                           "ORDER BY version")
        self.assertEqual(entries[-1], (5, 1, 9))


if __name__ == "__main__":
    unittest.main(verbosity=2)
