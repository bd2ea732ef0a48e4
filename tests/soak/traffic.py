"""traffic.py - a shop's day at a fixed rate: orders that go well and orders that do not, staff, readers, idle callers.

An order is due at n / rate, whatever became of those before it; what follows it (a cancel, a hold, the packing) is done
by the thread that submitted it. Everybody repeats under the same name while nobody can answer.
"""

from __future__ import annotations

import contextlib
import json
import queue
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from attacks_http import connect
from lab import LabSystem, Load, Told
from orders import Shop
from system import ADDRESS, AWAY, Body, Reply
from unhappy_desk import HAND, Desk

PATIENCE_S, POLL_S = 240.0, 0.5
WORKERS = 64
BY_HAND, PIECES = "SOAK-BY-HAND", 1_000_000
IDLE_CALLERS, IDLE_S, IDLE_EVERY_S = 200, 20.0, 60.0
CLERK_EVERY_S = 3.0
GONE = (404, 409)
FOUND, ACCEPTED = 200, 202
# The clerk gives up on some orders; an order may have lost its goods on the way, too.
BY_CLERK = "undeliverable"


class GivenUp(Exception):
    """Nobody could take an order for as long as its storefront repeats it: no order, or one that is not asked for."""


class PatientDesk(Desk):
    """Staff who ask again while nobody answers, and look only now and then."""

    def ask(self, method: str, path: str, body: Body | None = None, key: str = "") -> Reply:
        """A request, until somebody answers."""
        end = time.monotonic() + PATIENCE_S
        while (reply := super().ask(method, path, body, key)).status in (0, 429, *AWAY) and time.monotonic() < end:
            time.sleep(POLL_S)
        return reply

    def until(self, what: str, condition: Callable[[], Any], timeout_s: float = PATIENCE_S) -> None:
        """Wait, without asking often."""
        end = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not happen within {timeout_s:g} s")
            time.sleep(POLL_S)

    def maybe(self, method: str, path: str, body: Body | None = None, key: str = "") -> None:
        """A request for what may be done or over already."""
        reply = self.ask(method, path, body, key)
        if not (200 <= reply.status < 300 or reply.status in GONE):
            raise AssertionError(f"{method} {path} was answered with {reply.status}: {reply.data}")


class Traffic(Load):
    """Orders of all kinds; a Load for the lab, with pauses."""

    patience_s = PATIENCE_S

    def __init__(self, system: LabSystem, shop: Shop, desk: PatientDesk, seed: int, rate: float) -> None:
        """Nothing is sent before go()."""
        self.system, self.shop, self.desk, self.rate = system, shop, desk, rate
        self.told: dict[str, Told] = {}
        self.kinds: dict[str, str] = {}
        self.failures: list[str] = []
        self.late_s = 0.0
        self._chance = random.Random(f"traffic {seed}")
        self._due: queue.Queue[tuple[str, str, Body] | None] = queue.Queue()
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    def go(self) -> None:
        """Begin, or go on."""
        self._stopping = threading.Event()
        work = [self._pace, self._clerk, self._idlers, *[self._work] * WORKERS]
        self._threads = [threading.Thread(target=one, daemon=True) for one in work]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """No more orders; what was begun is brought to its end, and all callers hang up."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(2 * PATIENCE_S)
        self._threads = []
        self.system.hang_up()

    def _pace(self) -> None:
        """Draw orders when they are due, for whoever is free."""
        began, n = time.monotonic(), 0
        while not self._stopping.wait(max(0.0, began + n / self.rate - time.monotonic())):
            self._due.put(self._draw())
            self.late_s = max(self.late_s, time.monotonic() - began - n / self.rate)
            n += 1
        for _ in range(WORKERS):
            self._due.put(None)

    def _draw(self) -> tuple[str, str, Body]:
        """An order by its kind: the reference, the kind, the body."""
        kind = self._chance.choices(list(KINDS), [weight for weight, _, _ in KINDS.values()])[0]
        body = self.shop.order()
        ref = str(body["channel_order_ref"])
        self.told[ref] = Told(declined=kind == "declined")
        self.kinds[ref] = kind
        return ref, kind, body

    def _work(self) -> None:
        """One order after the other, each with all that follows it."""
        while (drawn := self._due.get()) is not None:
            ref, kind, body = drawn
            try:
                KINDS[kind][1](self, ref, body)
            except GivenUp:
                pass  # counted by what it was told
            except Exception as error:  # kept, and told at the end: the day goes on
                self.failures.append(f"{kind} {ref}: {error}")
                print(f"    {self.failures[-1]}", flush=True)

    def submit(self, ref: str, body: Body, **members: Any) -> str:
        """Submit an order, changed so; its id, once it can be seen: behind 202 it is not known at once."""
        self._submit(ref, body | members)
        told = self.told[ref]
        if not told.ids:
            raise GivenUp(f"was answered with {told.statuses[-3:]}")
        order_id = next(iter(told.ids))
        if told.statuses[-1] == ACCEPTED:
            self.desk.until(f"the order {order_id}",
                            lambda: self.desk.ask("GET", f"/v1/orders/{order_id}").status == FOUND)
        return order_id

    # Who else is there.

    def _clerk(self) -> None:
        """Decides what waits for a person; ends when nobody works any more."""
        while not self._stopping.wait(CLERK_EVERY_S) or any(thread.is_alive() for thread in self._threads[3:]):
            with contextlib.suppress(AssertionError):
                self.decide_all()
            time.sleep(POLL_S)

    def decide_all(self) -> int:
        """Every open task by the first choice that ends it; how many there were."""
        tasks = self.desk.sure("GET", "/v1/tasks?state=open&limit=200")["items"]
        for task in tasks:
            choice = next((one for one in CHOICES if one in task["choices"]), task["choices"][0])
            more = {"ship_to": ADDRESS} if task["kind"] == "shipping" and choice == "again" else {}
            self.desk.maybe("POST", f"/v1/tasks/{task['id']}/decide", {"choice": choice} | more,
                            f"{task['id']}-{choice}")
        return len(tasks)

    def _idlers(self) -> None:
        """Callers who connect from many addresses and say nothing."""
        lab: Any = self
        while not self._stopping.is_set():
            held: list[socket.socket] = []
            with contextlib.suppress(OSError):
                held += [connect(lab, f"127.2.{n // 20}.1") for n in range(IDLE_CALLERS)]
            self._stopping.wait(IDLE_S)
            for connection in held:
                connection.close()
            self._stopping.wait(IDLE_EVERY_S - IDLE_S)

    # How orders go.

    def plain(self, ref: str, body: Body) -> None:
        """Bought and paid for; one in five is split over two places by what lies where."""
        self.submit(ref, body)

    def declined(self, ref: str, body: Body) -> None:
        """A bad card."""
        self.submit(ref, body, payment={"method": "card", "token": "tok_declined"})

    def at_the_bank(self, ref: str, body: Body) -> None:
        """The shopper confirms on the bank's page."""
        order_id = self.submit(ref, body, payment={"method": "card", "token": "tok_action",
                                                   "return_url": "https://shop.example/back"})
        self.desk.until(f"the bank's answer to {order_id}", lambda: self._confirm(order_id))

    def _confirm(self, order_id: str) -> bool:
        """False while the page is not there."""
        try:
            self.desk.at_bank(order_id, "complete")
        except (OSError, KeyError, IndexError):
            return False
        return True

    def canceled(self, ref: str, body: Body) -> None:
        """The shopper thinks better of it, a little later."""
        order_id = self.submit(ref, body)
        time.sleep(self._chance.uniform(0, 0.5))
        self.desk.maybe("POST", f"/v1/orders/{order_id}/cancel", {"reason": "shopper_request"}, f"{ref}-cancel")

    def held(self, ref: str, body: Body) -> None:
        """Held by staff before its money comes from a bank, then released."""
        order_id = self.submit(ref, body, payment={"method": "bank_transfer"})
        self.desk.until_told(order_id, "payment.requires_action")
        self.desk.hold(order_id)
        self.desk.receive(order_id, int(body["total_minor"]), f"{ref}-money")
        self.desk.until_told(order_id, "payment.authorized")
        self.desk.maybe("DELETE", f"/v1/orders/{order_id}/holds/{order_id}-W1")

    def by_hand(self, ref: str, body: Body) -> None:
        """Packed by people, who also count and correct."""
        order_id = self.submit(ref, self._one_by_hand(body))
        self.desk.until_confirmed(order_id)
        self.desk.pack(order_id, 1)
        for reason, change in (("found", 1), ("loss", -1)):
            self.desk.sure("POST", "/v1/stock/adjustments", {"sku": BY_HAND, "location": HAND,
                                                             "quantity_change": change, "reason": reason},
                           f"{ref}-{reason}")

    def short(self, ref: str, body: Body) -> None:
        """People do not find it."""
        order_id = self.submit(ref, self._one_by_hand(body))
        self.desk.until_confirmed(order_id)
        self.desk.maybe("POST", f"/v1/fulfillments/{order_id}-F1/short",
                        {"lines": [{"line_no": 1, "quantity": 1}], "reason": "not_found"}, f"{ref}-short")

    def sent_back(self, ref: str, body: Body) -> None:
        """The next parcel comes back to its sender; the clerk gives the money back."""
        with contextlib.suppress(OSError):
            self.desk.control("carrier", trip="returned", count=1)
        self.submit(ref, body)

    def bad_address(self, ref: str, body: Body) -> None:
        """The carrier does not take the address; the clerk corrects it."""
        self.submit(ref, body, ship_to=self.desk.bad_address())

    def looked_at(self, ref: str, body: Body) -> None:
        """Readers, and somebody who forges the provider's webhook."""
        order_id = self.submit(ref, body)
        for path in (f"/v1/orders/{order_id}", f"/v1/orders/{order_id}/timeline", "/v1/orders?limit=50", "/v1/tasks",
                     f"/v1/orders?q={ref}", f"/v1/stock/{body['lines'][0]['sku']}", "/v1/fulfillments?limit=20"):
            self.desk.sure("GET", path)
        forged = self.system.request("POST", "/v1/webhooks/stripe/demo", {"id": ref},
                                     Stripe_Signature=f"t={int(time.time())},v1={'0' * 64}")
        if forged.status not in (0, 401, *AWAY):
            raise AssertionError(f"a forged webhook was answered with {forged.status}")

    @staticmethod
    def _one_by_hand(body: Body) -> Body:
        """One piece that lies where people pack."""
        price = 1999
        return body | {"lines": [{"sku": BY_HAND, "quantity": 1, "unit_price_minor": price}],
                       "total_minor": price + int(body["shipping"]["price_minor"])}

    # How they ended.

    def ends(self) -> tuple[Counter[str], list[str]]:
        """How the orders of each kind ended, and which of them must not have ended so."""
        counts: Counter[str] = Counter()
        wrong = []
        statuses = self._statuses()
        for ref, told in self.told.items():
            kind = self.kinds[ref]
            for order_id in told.ids:
                end = statuses.get(order_id, "missing")
                if end == "canceled":
                    end = f"canceled: {self.desk.order(order_id).get('cancel_reason')}"
                counts[f"{kind} {end}"] += 1
                if end not in (*KINDS[kind][2], f"canceled: {BY_CLERK}"):
                    wrong.append(f"{kind} {ref} {order_id} ended {end}: {self._story(order_id)}")
        return counts, wrong

    def _story(self, order_id: str) -> str:
        """All that the system shows of an order, for whoever looks into it: the system is gone by then."""
        views = ("", "/timeline?limit=200", "/shipments", "/fulfillments", "/payments")
        return json.dumps([self.desk.sure("GET", f"/v1/orders/{order_id}{view}") for view in views])

    def _statuses(self) -> dict[str, str]:
        """The status of every order."""
        found: dict[str, str] = {}
        path = "/v1/orders?limit=200"
        while path:
            page = self.desk.sure("GET", path)
            found |= {order["id"]: order["status"] for order in page["items"]}
            path = f"/v1/orders?limit=200&cursor={page['next']}" if page.get("next") else ""
        return found


# What the clerk prefers, in this order.
CHOICES = ("refund", "done_by_hand", "again", "reroute", "reduce", "cancel")
REQUESTED = "canceled: shopper_request"
# How many of 100 orders go so, how, and how they may end.
KINDS: dict[str, tuple[int, Callable[[Traffic, str, Body], None], tuple[str, ...]]] = {
    "plain": (52, Traffic.plain, ("completed",)),
    "declined": (6, Traffic.declined, ("canceled: payment_declined",)),
    "at the bank": (6, Traffic.at_the_bank, ("completed",)),
    "canceled": (8, Traffic.canceled, ("completed", REQUESTED)),
    "held": (6, Traffic.held, ("completed",)),
    "by hand": (8, Traffic.by_hand, ("completed",)),
    "short": (2, Traffic.short, ("canceled: out_of_stock",)),
    "sent back": (3, Traffic.sent_back, ("completed",)),
    "bad address": (2, Traffic.bad_address, ("completed",)),
    "looked at": (7, Traffic.looked_at, ("completed",)),
}


def prepare(lab_system: LabSystem, desk: PatientDesk) -> None:
    """What lies where people pack."""
    desk.open()
    lab_system.add_stock(BY_HAND, **{HAND: PIECES})
