"""unhappy_desk.py - what staff, shoppers, banks and carriers do to orders that go wrong, in a line each.

    desk = Desk(system); desk.open()
    order_id = desk.place("ref", ("SKU", 1), channel="backorder")
    task = desk.task(order_id, "payment", "again", "cancel"); desk.decide(task, "again")
"""

from __future__ import annotations

import http.client
import json
import os
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg2
from system import ADDRESS, COMMAND_LINE, SCOPES, Body, Reply, System, run_checked, wait_until

WAIT_S = 30
HAND, AUTOMATIC, SPARE = "HALL", "EAST", "WEST"
POLICIES: dict[str, Body] = {
    "backorder": {"stock_policy": "backorder"}, "partial": {"stock_policy": "partial"},
    "ask": {"stock_policy": "ask"}, "hasty": {"stock_policy": "ask", "ask_deadline_ms": 1000}}
PAYMENT_OVERDUE = """
    UPDATE payment.timer SET due_at = date_trunc('milliseconds', payment.business_now())
    WHERE subject_id = %s AND kind = 'action_deadline'"""
# The order's one timer fires at once, and finds the stock late. A transaction has one instant: all three get the same.
ITS_ROW = "FROM orders.orders AS found WHERE orders.order_id_text(found.order_id) = %s AND found.order_no ="
AT_ONCE = "date_trunc('milliseconds', now())"
STOCK_OVERDUE = (
    f"UPDATE orders.detour SET stock_due_at = {AT_ONCE} {ITS_ROW} detour.order_no",
    f"UPDATE orders.timer SET due_at = {AT_ONCE} {ITS_ROW} timer.subject_number AND timer.due_at = found.watch_at",
    f"UPDATE orders.orders SET watch_at = {AT_ONCE} {ITS_ROW} orders.order_no")
# It was promised for three days before, and should have been handed over by now.
HAND_OVER_OVERDUE = (
    f"UPDATE orders.order_fulfillment SET late_at = {AT_ONCE} {ITS_ROW} order_fulfillment.order_no",
    f"UPDATE orders.timer SET due_at = {AT_ONCE} {ITS_ROW} timer.subject_number AND timer.due_at = found.watch_at",
    f"UPDATE orders.orders SET watch_at = {AT_ONCE}, promised_latest = orders.promised_latest - 3 "
    f"{ITS_ROW} orders.order_no")
LINK = re.compile(r"/choices/[A-Za-z0-9_-]{75}")


def instant(later_s: float = 0) -> str:
    """Now, or a little later, as the interface writes it."""
    return (datetime.now(timezone.utc) + timedelta(seconds=later_s)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclass
class Desk:
    """A running system, seen by the people who mend what goes wrong."""

    system: System
    key: str = ""
    controlled: set[str] = field(default_factory=set)
    opened_at: str = field(default_factory=instant)

    def open(self) -> None:
        """A key of all channels, places with and without people, a channel for each policy."""
        words = [str(COMMAND_LINE), "key", "create", "--scopes", SCOPES]
        self.key = run_checked("making a key", words, WAIT_S,
                               env=os.environ | self.system.stack.all_addresses()).split()[-1]
        for code, automatic in ((AUTOMATIC, True), (SPARE, True), (HAND, False)):
            self.system.add_place(code, automatic)
        for code, policy in POLICIES.items():
            self.sure("PUT", f"/v1/channels/{code}", {"name": code})
            self.sure("PUT", f"/v1/channels/{code}/policy", policy)

    # Requests.

    def ask(self, method: str, path: str, body: Body | None = None, key: str = "") -> Reply:
        """A request of the staff; `key` names it for repeats."""
        named = {"Idempotency_Key": key} if key else {}
        return self.system.request(method, path, body, Authorization=f"Bearer {self.key}", **named)

    def sure(self, method: str, path: str, body: Body | None = None, key: str = "") -> Any:
        """One that must succeed; its document."""
        reply = self.ask(method, path, body, key)
        if not 200 <= reply.status < 300:
            raise AssertionError(f"{method} {path} was answered with {reply.status}: {reply.data}")
        return reply.data

    def control(self, standin: str, **members: Any) -> None:
        """Tell a stand-in how to behave."""
        self.controlled.add(standin)
        request = urllib.request.Request(f"{self.system.address(standin)}/_control", json.dumps(members).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()

    def calm(self) -> None:
        """Everybody outside behaves again."""
        for standin in list(self.controlled):
            self.control(standin, fault="none")
        self.controlled.clear()

    # Orders.

    def place(self, ref: str, *lines: tuple[str, int], channel: str = "web", **members: Any) -> str:
        """Submit an order; members replace those of its body."""
        body = self.system.order(ref, *lines) | {"channel": channel} | members
        reply = self.ask("POST", "/v1/orders", body)
        if reply.status not in (201, 202):
            raise AssertionError(f"the order {ref} was answered with {reply.status}: {reply.data}")
        return str(reply.data["id"])

    def order(self, order_id: str) -> Body:
        """The single view."""
        return dict(self.sure("GET", f"/v1/orders/{order_id}"))

    def until(self, what: str, condition: Callable[[], Any], timeout_s: float = WAIT_S) -> None:
        """Wait for something that must happen."""
        wait_until(what, timeout_s, lambda: bool(condition()))

    def until_status(self, order_id: str, *statuses: str) -> Body:
        """Wait until the order has one of these; the order then."""
        end = {"found": self.order(order_id)}

        def there() -> bool:
            end["found"] = self.order(order_id)
            return end["found"]["status"] in statuses

        try:
            self.until(f"{' or '.join(statuses)} of {order_id}", there)
        except Exception as error:
            raise AssertionError(f"{error}; it is {end['found']['status']}, {self.told(order_id)}, "
                                 f"waiting: {end['found'].get('waiting')}") from error
        return end["found"]

    def told(self, order_id: str) -> list[str]:
        """The kinds of facts of an order: order.placed and so on."""
        items = self.sure("GET", f"/v1/orders/{order_id}/timeline?limit=200")["items"]
        return [item["type"].removeprefix("kervan.").removesuffix(".v1") for item in items]

    def until_told(self, order_id: str, kind: str, times: int = 1) -> None:
        """Wait until the timeline has a fact so often."""
        try:
            self.until(f"{kind} of {order_id}", lambda: self.told(order_id).count(kind) >= times)
        except Exception as error:
            raise AssertionError(f"{error}; told: {self.told(order_id)}") from error

    def until_confirmed(self, order_id: str) -> Body:
        """Wait until it is confirmed, and its first share open with its place."""
        self.until_status(order_id, "confirmed")
        self.until_told(order_id, "fulfillment.opened")
        return self.order(order_id)

    def payment(self, order_id: str, number: int = 1) -> Body:
        """A payment as its owner shows it."""
        return dict(self.sure("GET", f"/v1/payments/{order_id}-P{number}"))

    def until_money(self, order_id: str, payment_status: str) -> None:
        """Wait until the order's money is as named."""
        self.until(f"{payment_status} of {order_id}",
                   lambda: self.order(order_id)["payment_status"] == payment_status)

    # People.

    def open_tasks(self, order_id: str) -> list[Body]:
        """What people are asked about an order now, the oldest first."""
        found = [task for task in self.order(order_id).get("tasks", []) if task["state"] == "open"]
        return sorted(found, key=lambda task: int(task["id"].rpartition("-T")[2]))

    def tasks(self, order_id: str, *offers: tuple[str, ...]) -> list[Body]:
        """Wait for so many open tasks: by their numbers they must be of these kinds and offer just this."""
        found: list[Body] = []

        def all_open() -> bool:
            found[:] = self.open_tasks(order_id)
            return len(found) >= len(offers)

        try:
            self.until(f"a task of {order_id}", all_open)
        except Exception as error:
            raise AssertionError(f"{error}; told: {self.told(order_id)}") from error
        seen = [(task["kind"], *sorted(task["choices"])) for task in found]
        if seen != [(kind, *sorted(choices)) for kind, *choices in offers]:
            raise AssertionError(f"tasks of {order_id} are {seen}, not {offers}")
        return found

    def task(self, order_id: str, kind: str, *choices: str) -> Body:
        """Wait for the one open task of an order; it must be of this kind and offer just this."""
        return self.tasks(order_id, (kind, *choices))[0]

    def decide(self, task: Body, choice: str, **more: Any) -> None:
        """A person decides, and the task waits no more."""
        self.sure("POST", f"/v1/tasks/{task['id']}/decide", {"choice": choice} | more, f"{task['id']}-{choice}")
        closed = self.sure("GET", "/v1/tasks?state=closed&limit=200")["items"]
        if (task["id"], choice) not in [(one["id"], one["choice"]) for one in closed if "choice" in one]:
            raise AssertionError(f"after {choice} {task['id']} is not closed with it")

    def pack(self, order_id: str, share: int, *pieces: tuple[int, int]) -> None:
        """A place packs a share into one parcel: of lines and quantities, or of one piece of line 1."""
        lines = [{"line_no": number, "quantity": quantity} for number, quantity in pieces or ((1, 1),)]
        name = f"{order_id}-F{share}"
        self.sure("POST", f"/v1/fulfillments/{name}/pack",
                  {"parcels": [{"parcel_no": 1, "weight_grams": 400, "lines": lines}]}, f"{name}-pack")

    def hold(self, order_id: str, **members: Any) -> None:
        """Staff hold an order."""
        self.sure("POST", f"/v1/orders/{order_id}/holds", {"reason": "manual"} | members, f"{order_id}-hold")

    def receive(self, order_id: str, amount_minor: int, entry: str) -> None:
        """Money arrives on the account."""
        self.sure("POST", f"/v1/payments/{order_id}-P1/received",
                  {"amount_minor": amount_minor, "currency": "EUR", "received_at": self.opened_at,
                   "bank_reference": entry}, entry)

    def change_while_stopped(self, service: str, *changes: tuple[str, str]) -> None:
        """A service finds time passed as it starts: each statement changes the one row of an order."""
        self.system.stop(service)
        with closing(psycopg2.connect(self.system.stack.postgres.conninfo("owner"))) as connection, connection:
            cursor = connection.cursor()
            for statement, order_id in changes:
                cursor.execute(statement, (order_id,))
                if cursor.rowcount != 1:
                    raise AssertionError(f"{cursor.rowcount} rows of {order_id} are meant by {statement}")
        self.system.restart(service)

    def end_of_payment(self, order_id: str) -> None:
        """The two weeks that a shopper has for a transfer are over."""
        self.change_while_stopped("payment", (PAYMENT_OVERDUE, order_id))

    def end_of_waiting(self, *order_ids: str) -> None:
        """The stock that orders wait for should have been there by now."""
        self.change_while_stopped("order", *((statement, order_id) for order_id in order_ids
                                             for statement in STOCK_OVERDUE))

    def end_of_hand_over(self, *order_ids: str) -> None:
        """The day on which the carrier was to have them is over."""
        self.change_while_stopped("order", *((statement, order_id) for order_id in order_ids
                                             for statement in HAND_OVER_OVERDUE))

    @contextmanager
    def frozen(self, order_id: str, share: int) -> Iterator[Callable[[], None]]:
        """Nothing becomes of a place's share until the end; what is yielded waits until something would.

        Not for longer than the lock timeout of a service, or it tries again, with what has come meanwhile.
        """
        with closing(psycopg2.connect(self.system.stack.postgres.conninfo("owner"))) as connection:
            holder = connection.cursor()
            holder.execute("SELECT pg_backend_pid() FROM fulfillment.fulfillment WHERE fulfillment_no = %s "
                           "AND fulfillment.order_id_text(order_id) = %s FOR UPDATE", (share, order_id))
            pid = holder.fetchone()[0]

            def somebody_waits() -> bool:
                holder.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND %s = ANY (pg_blocking_pids(pid))",
                               (pid,))
                return bool(holder.fetchone()[0])

            yield lambda: self.until(f"work on the share {share} of {order_id}", somebody_waits)

    @contextmanager
    def packing(self, order_id: str, share: int, *pieces: tuple[int, int]) -> Iterator[None]:
        """A place packs a share, and nobody hears of it before the end: what it is told meanwhile comes too late."""
        with ThreadPoolExecutor(1) as pool:
            with self.frozen(order_id, share) as until_stuck:
                packed = pool.submit(self.pack, order_id, share, *pieces)
                until_stuck()
                yield
            packed.result()

    def count(self, sku: str, place: str, counted: int) -> None:
        """Somebody counts what lies on a shelf."""
        self.sure("POST", "/v1/stock/counts", {"sku": sku, "location": place, "counted": counted, "reason": "count"},
                  f"count-{sku}-{place}-{counted}")

    def patient_stock(self, sku: str, **pieces: int) -> None:
        """An item that may be sold before it is there, and pieces of it."""
        self.sure("PUT", f"/v1/items/{sku}", {"name": sku, "weight_grams": 250, "backorder_allowed": True})
        for place, quantity in pieces.items():
            self.sure("POST", "/v1/stock/adjustments",
                      {"sku": sku, "location": place, "quantity_change": quantity, "reason": "received"},
                      f"{sku}-{place}-{quantity}")

    def stock(self, sku: str) -> tuple[int, int]:
        """What is on hand of an item, and what of it is free."""
        level = self.sure("GET", f"/v1/stock/{sku}")
        return level["on_hand"], level["available"]

    def at_bank(self, order_id: str, action: str) -> None:
        """The shopper confirms or refuses the payment on the provider's page."""
        self.until_told(order_id, "payment.requires_action")
        page = urllib.parse.urlsplit(self.order(order_id)["payments"][0]["action_url"])
        connection = http.client.HTTPConnection(page.netloc, timeout=10)
        connection.request("POST", page.path, f"action={action}")
        connection.getresponse().read()
        connection.close()

    # What the world outside has seen.

    def mails(self, ref: str) -> dict[str, Body]:
        """Mails about an order by what they tell: received, shipped.1 and so on. None may be there twice."""
        url = f"{self.system.address('mail_catcher')}/messages?to={ref}@shop.example&limit=1000"
        with urllib.request.urlopen(url, timeout=10) as answer:
            mails = json.loads(answer.read())["messages"]
        named = {mail["message_id"].split("@")[0].partition(".")[2]: mail for mail in mails}
        if len(named) != len(mails):
            raise AssertionError(f"mails of {ref} came twice: {sorted(mail['message_id'] for mail in mails)}")
        return named

    def mail(self, ref: str, kind: str) -> Body:
        """Wait for the mail that tells this, and return it."""
        found: list[Body] = []

        def arrived() -> bool:
            found[:] = [mail for name, mail in self.mails(ref).items() if name.partition(".")[0] == kind]
            return bool(found)

        try:
            self.until(f"the mail {kind} of {ref}", arrived)
        except Exception as error:
            raise AssertionError(f"{error}; there are {sorted(self.mails(ref))}") from error
        return found[0]

    def link(self, ref: str) -> str:
        """The path of the link by which the shopper answers."""
        found = LINK.search(self.mail(ref, "choice_asked")["text"])
        if found is None:
            raise AssertionError("the mail holds no link")
        return found.group()

    def shopper(self, method: str, path: str, choice: str = "") -> Reply:
        """A shopper's browser: no key, and a form's body."""
        place = urllib.parse.urlsplit(self.system.address("gateway")).netloc
        connection = http.client.HTTPConnection(place, timeout=40)
        try:
            connection.request(method, path, f"choice={choice}" if choice else None,
                               {"Content-Type": "application/x-www-form-urlencoded"} if choice else {})
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.headers), answer.read().decode())
        finally:
            connection.close()

    def intents(self, order_id: str) -> list[tuple[int, int]]:
        """What the provider took and gave back for an order, a payment each."""
        return [(row["captured_minor"], row["refunded_minor"]) for row in self.system.books("payment_provider")
                if row["metadata"].get("payment_id", "").startswith(f"{order_id}-P")]

    def move_parcel(self, order_id: str, shipment: int, status: str) -> None:
        """The carrier says something of a parcel."""
        name = f"{order_id}-S{shipment}"
        codes = [row["id"] for row in self.system.books("carrier") if (row["reference"] or "").startswith(name)]
        self.control("carrier", move=codes[0], status=status)

    def parcels(self, order_id: str) -> list[tuple[str, int, str]]:
        """What the carrier has of an order: its name, labels, and state."""
        return [(row["reference"].removeprefix(order_id), row["labels"], row["state"])
                for row in self.system.books("carrier") if (row["reference"] or "").startswith(order_id)]

    def bad_address(self) -> Body:
        """One that the carrier does not take."""
        return ADDRESS | {"postal_code": "00000"}
