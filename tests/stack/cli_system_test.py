#!/usr/bin/python3
"""cli_system_test - what the kervan command shows of the whole system, and whether its audit sees what is wrong.

    tests/stack/cli_system_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure

Orders live and end in the first tests; the last one stops the services and breaks one thing after the other.
"""

from __future__ import annotations

import json
import os
import subprocess
import unittest
from typing import Any

import psycopg2
from built import SANITIZERS
from system import COMMAND_LINE, Reply, System, kafka_address, kcat, wait_until

DONE, WRONG, USAGE, MISSING, UNREACHABLE, REFUSED, WAITING = 0, 1, 2, 3, 4, 5, 7
ORDERS, TIMEOUT_S = 12, 90
Row = dict[str, Any]
# Of each rule of the audit: what breaks it (as the owner of the schemas), and what mends it again.
BREAKS: dict[str, tuple[str, str]] = {
    "stock-on-hand": ("UPDATE inventory.stock SET on_hand = on_hand + 1 WHERE sku = 'CLI' AND location = 'EAST'",
                      "UPDATE inventory.stock SET on_hand = on_hand - 1 WHERE sku = 'CLI' AND location = 'EAST'"),
    "stock-counters": ("UPDATE inventory.stock SET safety = safety + 1 WHERE sku = 'CLI' AND location = 'EAST'",
                       "UPDATE inventory.stock SET safety = safety - 1 WHERE sku = 'CLI' AND location = 'EAST'"),
    "stock-reserved": ("UPDATE inventory.stock SET reserved = reserved + 1 WHERE sku = 'CLI' AND location = 'EAST'",
                       "UPDATE inventory.stock SET reserved = reserved - 1 WHERE sku = 'CLI' AND location = 'EAST'"),
    "stock-promised": ("ALTER TABLE inventory.stock DROP CONSTRAINT stock_never_oversold; "
                       "UPDATE inventory.stock SET reserved = reserved + 100000 WHERE sku = 'CLI'",
                       "UPDATE inventory.stock SET reserved = reserved - 100000 WHERE sku = 'CLI'"),
    "money-bounds": ("ALTER TABLE payment.payment DROP CONSTRAINT payment_refunded_within_captured; "
                     "UPDATE payment.payment SET refunded_minor = captured_minor + 1 WHERE order_no = {order_no}",
                     "UPDATE payment.payment SET refunded_minor = 0 WHERE order_no = {order_no}"),
    "money-ledger": ("UPDATE payment.payment_capture SET amount_minor = amount_minor + 1 WHERE order_no = {order_no}",
                     "UPDATE payment.payment_capture SET amount_minor = amount_minor - 1 WHERE order_no = {order_no}"),
    "money-at-rest": ("UPDATE orders.orders SET captured_minor = captured_minor + 1 WHERE order_no = {order_no}",
                      "UPDATE orders.orders SET captured_minor = captured_minor - 1 WHERE order_no = {order_no}"),
    "progress-watched": ("DELETE FROM orders.timer WHERE subject_number = {open_no}",
                         "INSERT INTO orders.timer VALUES (0, now() + interval '1 day', 'x', 'x', 0, {open_no})"),
    "progress-in-time": ("UPDATE orders.orders SET deadline_at = now() - interval '1 hour' WHERE order_no = {open_no}",
                         "UPDATE orders.orders SET deadline_at = NULL WHERE order_no = {open_no}"),
    "progress-tasks": ("UPDATE orders.orders SET open_tasks = open_tasks + 1 WHERE order_no = {open_no}",
                       "UPDATE orders.orders SET open_tasks = open_tasks - 1 WHERE order_no = {open_no}"),
    "once-facts": ("INSERT INTO orders.timeline "
                   "(order_no, entry_no, axes, clock, at, kind, cause_no, channel, subject) "
                   "SELECT order_no, 999, axes, clock, at, kind, cause_no, channel, subject FROM orders.timeline "
                   "WHERE order_no = {order_no} AND kind = 43",
                   "DELETE FROM orders.timeline WHERE order_no = {order_no} AND entry_no = 999"),
    "once-held": (
        "UPDATE inventory.reservation_line SET state = 1, quantity = quantity + 5 WHERE order_no = {order_no}",
        "UPDATE inventory.reservation_line SET state = 4, quantity = quantity - 5 WHERE order_no = {order_no}"),
    "once-label": ("CREATE TABLE public.copy AS SELECT * FROM shipping.shipment WHERE order_no = {order_no}; "
                   "UPDATE public.copy SET shipment_no = 99; INSERT INTO shipping.shipment SELECT * FROM public.copy",
                   "DELETE FROM shipping.shipment WHERE shipment_no = 99"),
    "agree-payment": ("UPDATE orders.orders SET refunded_minor = refunded_minor + 1 WHERE order_no = {order_no}",
                      "UPDATE orders.orders SET refunded_minor = refunded_minor - 1 WHERE order_no = {order_no}"),
    "agree-shipping": ("UPDATE shipping.shipment SET state = 4 WHERE order_no = {order_no}",
                       "UPDATE shipping.shipment SET state = 5 WHERE order_no = {order_no}"),
    "agree-stock": ("UPDATE inventory.reservation_line SET state = 1 WHERE order_no = {order_no}",
                    "UPDATE inventory.reservation_line SET state = 4 WHERE order_no = {order_no}"),
    "durable-timeline": ("UPDATE orders.orders SET entry_count = entry_count + 1 WHERE order_no = {order_no}",
                         "UPDATE orders.orders SET entry_count = entry_count - 1 WHERE order_no = {order_no}"),
    "durable-streams": ("UPDATE payment.stream SET number = number - 1000000, cursor_number = cursor_number - 1000000",
                        "UPDATE payment.stream SET number = number + 1000000, cursor_number = cursor_number + 1000000"),
    "durable-orders": ("DELETE FROM orders.submission WHERE order_no = {order_no}", ""),
}


class SystemCommandTest(unittest.TestCase):
    """One system; the tests go in the order of their numbers."""

    system: System
    replies: list[Reply]
    open_id: str

    @classmethod
    def setUpClass(cls) -> None:
        """Orders that end well, one that is declined, and one that waits for people at a place."""
        cls.system = System()
        try:
            cls.system.start()
            cls.system.add_place("EAST")
            cls.system.add_place("HALL", automatic=False)
            cls.system.add_stock("CLI", EAST=1000)
            cls.system.add_stock("HAND", HALL=10)
            bodies = [cls.system.order(f"cli-{n}", ("CLI", 1)) for n in range(ORDERS)]
            bodies.append(cls.system.order("cli-declined", ("CLI", 1), token="tok_declined"))
            cls.replies = cls.system.submit_all(bodies)
            cls.system.wait_over([reply.data["id"] for reply in cls.replies], TIMEOUT_S)
            cls.open_id = cls.system.submit(cls.system.order("cli-open", ("HAND", 1))).data["id"]
            cls.system.wait_status([cls.open_id], TIMEOUT_S, "confirmed")
        except BaseException:
            cls.system.close("KERVAN_KEEP" in os.environ)
            raise

    @classmethod
    def tearDownClass(cls) -> None:
        """Leave nothing behind."""
        cls.system.close("KERVAN_KEEP" in os.environ)

    def kervan(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command with the settings that the system wrote for its tools."""
        return subprocess.run([str(COMMAND_LINE), *words, "--env", str(self.system.settings.run_dir / "env")],
                              env=SANITIZERS | {"PATH": os.environ["PATH"], "USER": "tester"}, capture_output=True,
                              text=True, timeout=120, check=False)

    def rows(self, *words: str, status: int = DONE) -> list[Row]:
        """What a list has as JSON."""
        done = self.kervan(*words, "--json")
        self.assertEqual(done.returncode, status, f"{words}: {done.stdout}{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def change(self, statement: str) -> None:
        """Write as the owner of the schemas."""
        address = self.system.stack.postgres.conninfo("owner")
        with psycopg2.connect(address) as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def test_1_orders(self) -> None:
        """Lists with filters, and one with its axes."""
        orders = self.rows("orders")
        self.assertEqual(len(orders), ORDERS + 2)
        self.assertEqual(len(self.rows("orders", "--limit", "3")), 3)
        self.assertEqual(len(self.rows("orders", "--status", "completed")), ORDERS)
        failed = self.rows("orders", "--payment", "failed")
        self.assertEqual([row["channel_order_ref"] for row in failed], ["cli-declined"])
        self.assertEqual([row["id"] for row in self.rows("orders", "--find", "cli-open")], [self.open_id])
        self.assertEqual([row["id"] for row in self.rows("orders", "--find", self.open_id[:20])], [self.open_id])
        self.assertEqual(len(self.rows("orders", "--since", "1 hour", "--channel", "web")), ORDERS + 2)
        self.assertEqual(self.rows("orders", "--channel", "phone"), [])
        self.assertEqual(self.kervan("orders", "--since", "soon").returncode, USAGE)
        completed = next(row for row in orders if row["status"] == "completed")
        shown = json.loads(self.kervan("orders", "show", completed["id"], "--json").stdout)
        self.assertEqual([shown[name] for name in ("status", "payment_status", "fulfillment_status", "step")],
                         ["completed", "paid", "delivered", "completed"])
        self.assertEqual(shown["captured_minor"], shown["total_minor"])
        self.assertEqual([share["step"] for share in shown["shares"]], ["delivered"])
        self.assertEqual([line["sku"] for line in shown["lines"]], ["CLI"])
        text = self.kervan("orders", "show", completed["id"]).stdout
        self.assertNotIn("Lovelace", text + json.dumps(shown))
        self.assertIn("delivered", text)

    def test_2_timeline(self) -> None:
        """Every service's facts, causes before what follows from them."""
        entries = self.rows("timeline", self.replies[0].data["id"])
        self.assertEqual({row["service"] for row in entries},
                         {"order", "inventory", "payment", "fulfillment", "shipping", "notification"})
        clocks = [row["clock"] for row in entries]
        self.assertEqual(clocks, sorted(clocks))
        self.assertEqual((entries[0]["type"], entries[0]["clock"]), ("kervan.order.placed.v1", 1))
        told = {entry["type"] for entry in self.system.timeline(self.replies[0].data["id"])}
        self.assertEqual(told - {row["type"] for row in entries}, set())
        self.assertEqual(self.kervan("timeline", "ord_" + "a" * 26).returncode, MISSING)
        self.assertEqual(self.kervan("timeline", "order-1").returncode, USAGE)

    def test_3_all_is_well(self) -> None:
        """Nothing is stuck, nothing is wrong, everything answers, nothing lags."""
        self.assertEqual(self.rows("stuck"), [])
        self.assertEqual(self.rows("audit", "--settle", "0"), [])
        self.assertEqual(self.kervan("audit").stdout, "everything holds\n")
        self.assertEqual({row["state"] for row in self.rows("health")}, {"good"})
        wait_until("no lag", TIMEOUT_S, lambda: self.kervan("lag", "--max", "0").returncode == DONE)
        rules = {row["rule"] for row in self.rows("audit", "--rules")}
        self.assertEqual(rules, set(BREAKS))
        self.assertEqual(self.kervan("audit", "--rule", "no-such").returncode, USAGE)

    def test_4_keys(self) -> None:
        """A new key beside the old one, both taken until the old one ends."""
        words = ("key", "create", "--scopes", "orders:read", "--channel", "web", "--note", "cli test", "--json")
        made = json.loads(self.kervan(*words).stdout)
        self.assertEqual([row["state"] for row in self.rows("key") if row["id"] == made["id"]], ["live"])
        new = self.kervan("key", "rotate", made["id"], "--overlap", "1").stdout.strip()
        keys = {row["id"]: row for row in self.rows("key", "--channel", "web") if row["note"] == "cli test"}
        self.assertEqual(sorted(row["state"] for row in keys.values()), ["expiring", "live"])
        for key in (made["key"], new):
            self.assertEqual(self.system.request("GET", "/v1/orders", Authorization=f"Bearer {key}").status, 200)
        self.assertEqual(self.kervan("key", "rotate", new.split("_")[2], "--overlap", "0").returncode, DONE)
        wait_until("the end of the key", 30, lambda: self.system.request(
            "GET", "/v1/orders", Authorization=f"Bearer {new}").status == 401)
        self.assertEqual(self.kervan("key", "revoke", made["id"]).returncode, DONE)
        self.assertEqual(self.kervan("key", "revoke", made["id"]).returncode, MISSING)
        states = {row["id"]: row["state"] for row in self.rows("key", "--all") if row["note"] == "cli test"}
        self.assertEqual(sorted(states.values()), ["expired", "live", "revoked"])
        self.assertEqual(self.kervan("key", "create", "--scopes", "orders:everything").returncode, USAGE)

    def test_5_stuck_and_tasks(self) -> None:
        """Past its deadline, with a task, with something parked: what each waits for, and since when."""
        order_no = json.loads(self.kervan("orders", "show", self.open_id, "--json").stdout)["order_no"]
        self.change(f"UPDATE orders.orders SET open_tasks = 1 WHERE order_no = {order_no}; "
                    f"INSERT INTO orders.task (order_no, task_no, kind, matter, choices, choice, change_no, "
                    f"state, fulfillment_no, reason, opened_at) "
                    f"VALUES ({order_no}, 1, 3, 1, 18, 0, 0, 1, 1, 'nobody packs', now())")
        refused = self.kervan("tasks", "decide", f"{self.open_id}-T1", "refund")
        self.assertEqual((refused.returncode, refused.stderr.strip().rpartition(": ")[2]),
                         (REFUSED, "/choice is not what this task offers"))
        self.system.stop("order")
        wait_until("the end of the lease", 30,
                   lambda: any(row["state"] == "bad" for row in map(json.loads, self.kervan("health", "--json")
                                                                    .stdout.splitlines())))
        self.change(f"UPDATE orders.orders SET deadline_at = now() - interval '1 minute' "
                    f"WHERE order_no = {order_no}; "
                    f"INSERT INTO shipping.parked (lane, subject_id, source, topic, record_offset, key, headers, body, "
                    f"reason, state, parked_at) VALUES (0, '{self.open_id}', 'message', 't', 1, 'k', '', '', "
                    f"'planted', 'failed', now())")
        stuck = self.rows("stuck", status=WRONG)
        self.assertEqual({(row["order_id"], row["why"], row["service"]) for row in stuck},
                         {(self.open_id, "overdue", "order"), (self.open_id, "task", "order"),
                          (self.open_id, "parked", "shipping")})
        self.assertEqual([row["since"] for row in stuck], sorted(row["since"] for row in stuck))
        self.assertEqual(len(self.rows("stuck", self.open_id, status=WRONG)), 3)
        self.assertEqual(self.rows("stuck", self.replies[0].data["id"]), [])
        later = self.rows("stuck", "--grace", "3600", status=WRONG)
        self.assertEqual([row["why"] for row in later], ["task", "parked"])
        tasks = self.rows("tasks", "--kind", "fulfillment")
        self.assertEqual([(row["id"], row["reason"], row["choices"]) for row in tasks],
                         [(f"{self.open_id}-T1", "nobody packs", "again wait")])
        shown = json.loads(self.kervan("tasks", "show", tasks[0]["id"], "--json").stdout)
        self.assertEqual([shown[name] for name in ("order_id", "status", "kind")],
                         [self.open_id, "confirmed", "fulfillment"])
        self.assertEqual(self.rows("orders", "--held")[0]["id"], self.open_id)
        self.check_decision(tasks[0]["id"])
        self.assertEqual(self.kervan("tasks", "show", f"{self.open_id}-T9").returncode, MISSING)
        self.assertEqual(self.kervan("tasks", "show", self.open_id).returncode, USAGE)
        self.change(f"UPDATE orders.orders SET deadline_at = NULL, open_tasks = 0 WHERE order_no = {order_no}; "
                    f"DELETE FROM orders.task WHERE order_no = {order_no}; DELETE FROM shipping.parked")
        self.assertEqual(self.rows("stuck"), [])

    def check_decision(self, task_id: str) -> None:
        """A decision is the request that the contract names; while nobody takes it, the task stays open."""
        words = ("tasks", "decide", task_id, "again", "--note", "the carrier is back", "--wait", "0", "--json")
        done = self.kervan(*words)
        self.assertEqual(done.returncode, WAITING, done.stdout + done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual((told["id"], told["choice"], told["state"]), (task_id, "again", "open"))
        records = [json.loads(line) for line in kcat(
            ["-C", "-b", kafka_address(self.system), "-t", "order.requests", "-o", "beginning", "-e", "-q", "-J"],
            "").splitlines()]
        sent = [record for record in records
                if "kervan.order.task_decide.v1" in record["headers"] and "refund" not in record["payload"]]
        self.assertEqual([record["key"] for record in sent], [self.open_id])
        headers = dict(zip(sent[0]["headers"][::2], sent[0]["headers"][1::2], strict=True))
        self.assertEqual((headers["ce_id"], headers["ce_actor"]), (told["request_id"], "tester"))
        self.assertEqual(json.loads(sent[0]["payload"]),
                         {"task_id": task_id, "body": {"choice": "again", "note": "the carrier is back"}})
        self.assertEqual(self.kervan("tasks", "decide", task_id, "dance").returncode, USAGE)
        self.assertEqual(self.kervan("tasks", "decide", f"{self.open_id}-T9", "again").returncode, MISSING)

    def test_5_edits(self) -> None:
        """What a change would do is shown, then it is done; what is refused says why; all of it is logged."""
        order_id = self.system.submit(self.system.order("cli-edit", ("HAND", 3))).data["id"]
        self.system.wait_status([order_id], TIMEOUT_S, "confirmed")
        self.assertEqual(self.rows("edits", "list", order_id), [])
        total = self.system.get_order(order_id)["total_minor"]
        shown = json.loads(self.kervan("edits", "propose", order_id, "--line", "1*2", "--json").stdout)
        self.assertEqual((shown["id"], shown["state"], shown["total_before_minor"]),
                         (f"{order_id}-M1", "proposed", total))
        self.assertEqual([(piece["quantity"], piece["location"]) for piece in shown["pieces"]], [(1, "HALL")])
        self.assertEqual((total - shown["total_minor"], shown["refused"]), (shown["release_minor"], []))
        made = json.loads(self.kervan("edits", "confirm", shown["id"], "--json").stdout)
        self.assertEqual((made["state"], self.system.get_order(order_id)["total_minor"]),
                         ("confirmed", shown["total_minor"]))
        self.assertEqual(self.rows("edits", "list", order_id), [made])
        for words, status, why in ((("propose", order_id, "--line", "1*9"), REFUSED, "more than the order has"),
                                   (("propose", order_id, "--line", "one"), USAGE, "line_no"),
                                   (("propose", order_id, "--line", "1*0"), DONE, ""),
                                   (("confirm", f"{order_id}-M2"), REFUSED, "nothing would be left"),
                                   (("confirm", f"{order_id}-M9"), MISSING, "no edit"),
                                   (("confirm", order_id), USAGE, "no edit's id")):
            done = self.kervan("edits", *words)
            self.assertEqual(done.returncode, status, f"{words}: {done.stdout}{done.stderr}")
            self.assertIn(why, done.stderr)
        logged = self.rows("audit", "log", "--subject", shown["id"])
        self.assertEqual({(entry["actor"], entry["action"]) for entry in logged},
                         {("cli:tester", "kervan.order.edit_confirm.v1")})
        self.system.sure("POST", f"/v1/orders/{order_id}/cancel", {"reason": "other"}, Idempotency_Key="cli-edit")
        self.system.wait_over([order_id], TIMEOUT_S)

    def test_5_what_people_ask_for_is_logged(self) -> None:
        """In the chain before it is asked for: who, what, of what; and the chain is whole."""
        parked = "INSERT INTO shipping.parked (lane, subject_id, source, topic, record_offset, key, headers, body, " \
            "reason, state, parked_at) VALUES (3, 'nobody', 'message', 't', 1, 'k', '', '', 'planted', 'failed', now())"
        self.change(parked)
        name = self.rows("parked", "--subject", "nobody")[0]["id"]
        self.assertEqual(self.kervan("parked", "discard", name, "--reason", "planted", "--wait", "30").returncode, DONE)
        self.kervan("parked", "redrive", "--service", "shipping", "--as", "somebody", "--wait", "0")
        task = f"{self.open_id}-T1"
        for subject, wanted in ((name, {("cli:tester", "parked.discard")}),
                                ("shipping", {("cli:somebody", "parked.redrive")}),
                                (task, {("cli:tester", "kervan.order.task_decide.v1")})):
            logged = self.rows("audit", "log", "--subject", subject)
            self.assertEqual({(entry["actor"], entry["action"]) for entry in logged}, wanted)
        self.assertTrue(all(entry["request_id"] for entry in self.rows("audit", "log", "--subject", task)))
        proof = self.kervan("audit", "log", "--verify")
        self.assertEqual(proof.returncode, DONE, proof.stdout)

    def test_6_the_audit_sees_each_break(self) -> None:
        """Every rule finds what breaks it, and finds nothing before and after."""
        for name in self.system.services:
            self.system.stop(name)
        numbers = {"order_no": json.loads(self.kervan("orders", "show", self.replies[0].data["id"], "--json").stdout
                                          )["order_no"],
                   "open_no": json.loads(self.kervan("orders", "show", self.open_id, "--json").stdout)["order_no"]}
        audit = ("audit", "--settle", "0", "--pause", "0")
        self.assertEqual(self.rows(*audit), [])
        for rule, (breaks, mends) in BREAKS.items():
            with self.subTest(rule):
                self.change(breaks.format(**numbers))
                found = self.rows(*audit, "--rule", rule, status=WRONG)
                self.assertEqual({row["rule"] for row in found}, {rule})
                self.assertIn(rule, {row["rule"] for row in self.rows(*audit, status=WRONG)})
                if mends:
                    self.change(mends.format(**numbers))
                    self.assertEqual(self.rows(*audit, "--rule", rule), [])

    def test_7_kafka_is_away(self) -> None:
        """What needs the broker says that it cannot reach it; the rest goes on."""
        done = subprocess.run([str(COMMAND_LINE), "lag"], env={
            "KERVAN_PG_OWNER": self.system.stack.postgres.conninfo("owner"), "KERVAN_KAFKA": "127.0.0.1:1"},
            capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, UNREACHABLE, done.stderr)


if __name__ == "__main__":
    unittest.main()
