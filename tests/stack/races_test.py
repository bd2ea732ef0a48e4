#!/usr/bin/python3
"""races_test.py - those who want the same thing at the same moment: one legal outcome, and the books equal.

    tests/stack/races_test.py [-k NAME]     KERVAN_RACE_ROUNDS=1000 for the long run (make test-long); 20 without it

One system serves all races; what must always hold is judged from outside after each.  Rounds go in batches: what they
need is made for all of a batch at once, and so is what became of them looked at; each is raced as if it were alone.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
import unittest
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from races_case import ROUNDS, TIMEOUT_S, RacesCase, batches
from system import PRICE_MINOR, SHIPPING_MINOR, STANDINS, Body, Reply, System, wait_until
from further import Further  # isort: skip

CLIENTS, PIECES = 64, 10
HEAD_START_S = 0.02  # of who packs, none to four of them: else who cancels is first nearly always
END_TIMEOUT_S = 60 + ROUNDS // 2
ORDERS_A_CHANGE = 5
FOLLOWERS, FOLLOWED = 2, 2 * ROUNDS + 20


@dataclass
class Edit:
    """A change, and whether it was made, by what is shown then."""

    command: str  # "": the thing is put
    body: Body
    is_seen: Callable[[Body], bool]


EDITS = {
    "orders and cancel": (Edit("/holds", {"reason": "fraud"}, lambda order: bool(order["holds"])),
                          Edit("/cancel", {"reason": "shopper_request"}, lambda order: order["status"] == "canceled")),
    "fulfillments": (Edit("/hold", {"reason": "manual"}, lambda work: work["state"] == "on_hold"),
                     Edit("/pick", {}, lambda work: work["state"] == "picked")),
    "orders and note": (Edit("/holds", {"reason": "address"}, lambda order: bool(order["holds"])),
                        Edit("/notes", {"note": "Ring twice"}, lambda order: "notes" in order)),
    "items": (Edit("", {"name": "one"}, lambda item: item["item"]["name"] == "one"),
              Edit("", {"name": "two"}, lambda item: item["item"]["name"] == "two")),
    "stock": (Edit("adjust", {"counted": 2}, lambda stock: stock["on_hand"] == 2),
              Edit("adjust", {"counted": 3}, lambda stock: stock["on_hand"] == 3)),
}


@dataclass
class EditorsRace:
    """What two have read, and what each does to it."""

    path: str
    etag: str
    edits: tuple[Edit, Edit]
    count: Body


UNTOLD = ("cancel", "edit_confirm", "note", "task_decided", "refused", "cancel_refused", "reduce_refused")


class Follower:
    """A storefront without Kafka: reads the events of its channel from the beginning, one page after the other."""

    def __init__(self, system: System) -> None:
        """Nothing is read yet."""
        self.system = system
        self.events: list[Body] = []
        self.query = ""

    def read(self, wait_s: int = 0) -> int:
        """One page; how many events it had."""
        reply = self.system.request("GET", f"/v1/events?limit=50&wait={wait_s}{self.query}")
        if reply.status != 200:
            return 0
        self.events += reply.data["items"]
        self.query = f"&after={reply.data['next']}"
        return len(reply.data["items"])

    def read_until(self, done: threading.Event) -> None:
        """Follow."""
        while not done.is_set():
            self.read()

    def read_rest(self) -> None:
        """Until nothing came for longer than an idle instance may be behind."""
        while self.read(wait_s=3) > 0:
            pass


class RacesTest(RacesCase):
    """Races on one running system."""

    CLIENTS = CLIENTS

    @classmethod
    def furnish(cls) -> None:
        """A place that works by itself and one where people do."""
        cls.system.add_place("AUTO")
        cls.system.add_place("HALL", automatic=False)

    def control(self, standin: str, **settings: Any) -> None:
        """Tell a stand-in how to behave."""
        request = urllib.request.Request(f"{self.system.address(standin)}/_control", json.dumps(settings).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            self.assertEqual(answer.status, 200)

    def intents(self, order_ids: set[str]) -> list[Body]:
        """The provider's payments of these orders."""
        return [row for row in self.system.books("payment_provider")
                if row["metadata"].get("payment_id", "").partition("-")[0] in order_ids]

    def for_all(self, call: Callable[[Any], Any], of: Iterable[Any]) -> list[Any]:
        """What a call answers for each, many at a time."""
        return list(self.pool.map(call, of))

    def opened_order(self, ref: str, sku: str, pieces: int = 1) -> str:
        """An order that waits for the people of a place, and for nothing else."""
        reply = self.system.post_order(self.system.order(ref, (sku, pieces)), until="confirmed", wait_s=20)
        self.assertEqual((reply.status, reply.data.get("status")), (201, "confirmed"), reply.data)
        order_id = str(reply.data["id"])

        wait_until("the work to be open", TIMEOUT_S, lambda: "kervan.fulfillment.opened.v1" in {
            entry["type"] for entry in self.system.timeline(order_id)})
        return order_id

    def test_the_last_pieces(self) -> None:
        """64 clients for the last 10 pieces: 10 confirmed, the rest rejected and nobody's money held."""
        system = self.system
        for rounds in batches():
            self.for_all(lambda n: system.add_stock(f"LAST-{n}", HALL=PIECES), rounds)
            for n in rounds:
                bodies = [system.order(f"last-{n}-{client}", (f"LAST-{n}", 1)) for client in range(CLIENTS)]
                replies = self.at_once(*(lambda body=body: system.post_order(body, until="confirmed", wait_s=20)
                                         for body in bodies))
                self.assertEqual(Counter(reply.status for reply in replies), {201: PIECES, 422: CLIENTS - PIECES})
                self.assertEqual({reply.data["status"] for reply in replies if reply.status == 201}, {"confirmed"})
            lost = set().union(*self.for_all(self.losers, rounds))
            self.assertEqual(len(lost), len(rounds) * (CLIENTS - PIECES))
            self.assertEqual(self.intents(lost), [])
        system.assert_sound(at_rest=False)

    def losers(self, n: int) -> set[str]:
        """Who got nothing of the last pieces of a round."""
        found = self.system.sure("GET", f"/v1/orders?q=last-{n}-&limit=100").data["items"]
        self.assertEqual(Counter(order["status"] for order in found),
                         {"confirmed": PIECES, "rejected": CLIENTS - PIECES})
        return {order["id"] for order in found if order["status"] == "rejected"}

    def test_the_same_order(self) -> None:
        """One order from 64 connections at once: one id, one order, one piece held."""
        system = self.system
        for rounds in batches():
            self.for_all(lambda n: system.add_stock(f"SAME-{n}", HALL=CLIENTS), rounds)
            ids: list[str] = []
            for n in rounds:
                body = system.order(f"same-{n}", (f"SAME-{n}", 1))
                replies = self.at_once(*[lambda body=body: system.post_order(body, wait_s=20)] * CLIENTS)
                self.assertEqual({reply.status for reply in replies} - {201, 202}, set())
                self.assertEqual(len({reply.data["id"] for reply in replies}), 1)
                ids.append(replies[0].data["id"])
            system.wait_status(ids, TIMEOUT_S, "confirmed")
            held = self.for_all(lambda n: system.sure("GET", f"/v1/stock/SAME-{n}").data["reserved"], rounds)
            self.assertEqual(held, [1] * len(ids))
            self.assertEqual(len(self.intents(set(ids))), len(ids))
        system.assert_sound(at_rest=False)

    def test_cancel_against_pack(self) -> None:
        """Canceled or sent, never both: whoever was told yes is right."""
        system = self.system
        system.add_stock("PACKED", HALL=2 * ROUNDS)
        ends: Counter[str] = Counter()
        for rounds in batches():
            ids = self.for_all(lambda n: self.opened_order(f"packed-{n}", "PACKED"), rounds)
            calls = [call for n, order_id in enumerate(ids)
                     for call in (lambda n=n, order_id=order_id: self.cancel(order_id, HEAD_START_S * (n % 5)),
                                  lambda order_id=order_id: self.pack(order_id))]
            replies = self.at_once(*calls)
            over = system.wait_over(ids, TIMEOUT_S)
            ends.update(over.values())
            for order_id, canceled, packed in zip(ids, replies[::2], replies[1::2], strict=True):
                # What is packed and has its label can still be called back.
                self.assertIn((canceled.status, packed.status),
                              ((200, 409), (200, 200)) if over[order_id] == "canceled" else ((409, 200),),
                              (over[order_id], canceled.data, packed.data))
            self.check_money(over)
        print(f"cancel against pack: {dict(ends)}", file=sys.stderr)
        self.assertEqual(set(ends) - {"canceled", "completed"}, set())
        system.assert_sound(at_rest=False)

    def pack(self, order_id: str, pieces: int = 1, later_s: float = 0) -> Reply:
        """Everything in one parcel, so much later than the others begin."""
        time.sleep(later_s)
        return self.system.request(
            "POST", f"/v1/fulfillments/{order_id}-F1/pack",
            {"parcels": [{"parcel_no": 1, "weight_grams": 300, "lines": [{"line_no": 1, "quantity": pieces}]}]},
            Idempotency_Key=f"pack-{pieces}-{order_id}", Prefer="wait=20")

    def cancel(self, order_id: str, later_s: float) -> Reply:
        """Ask to cancel, so much later than the others begin; what is not decided is asked again under the same key."""
        replies: list[Reply] = []
        time.sleep(later_s)

        def decided() -> bool:
            replies.append(self.system.request("POST", f"/v1/orders/{order_id}/cancel", {"reason": "shopper_request"},
                                               Idempotency_Key=f"cancel-{order_id}"))
            return replies[-1].status not in (0, 202)

        wait_until(f"an answer whether {order_id} can be canceled", TIMEOUT_S, decided)
        return replies[-1]

    def check_money(self, ends: dict[str, str]) -> None:
        """Taken in full and kept, or nothing is held."""
        def is_settled(row: Body) -> bool:
            kept = row["captured_minor"] - row["refunded_minor"]
            completed = ends[row["metadata"]["payment_id"].partition("-")[0]] == "completed"
            return bool(kept == row["amount_minor"] if completed else kept == 0 == row["capturable_minor"])

        wait_until(f"the money of {len(ends)} orders", TIMEOUT_S,
                   lambda: sum(map(is_settled, self.intents(set(ends)))) == len(ends))

    # --- Two editors ---------------------------------------------------------------------------------------

    def test_two_editors(self) -> None:
        """Two who have read the same version: one change is made, the other refused with the version of then."""
        system = self.system
        system.add_stock("EDITED", HALL=2 * ROUNDS)
        firsts = 0
        for rounds in batches():
            races = self.for_all(self.race_of_editors, rounds)
            calls = [lambda race=race, edit=edit: self.edit(race, edit) for race in races for edit in race.edits]
            replies = self.at_once(*calls)
            for race, first, second in zip(races, replies[::2], replies[1::2], strict=True):
                firsts += first.status < 300
                self.check_edits(race, first, second)
        print(f"two editors: the first was done {firsts} times of {ROUNDS}", file=sys.stderr)
        system.assert_sound(at_rest=False)

    def race_of_editors(self, n: int) -> EditorsRace:
        """Something that two people read."""
        kind = list(EDITS)[n % len(EDITS)]
        name = f"EDITED-{n}"
        if kind in ("items", "stock"):
            self.system.add_stock(name, HALL=1)
        else:
            name = self.opened_order(f"edited-{n}", "EDITED") + ("-F1" if kind == "fulfillments" else "")
        path = f"/v1/{kind.partition(' ')[0]}/{name}"
        etag = self.system.sure("GET", path).headers["ETag"]
        return EditorsRace(path, etag, EDITS[kind], {"sku": name, "location": "HALL", "reason": "count"})

    def edit(self, race: EditorsRace, edit: Edit) -> Reply:
        """Change what was read."""
        path = "/v1/stock/adjustments" if edit.command == "adjust" else f"{race.path}{edit.command}"
        body = race.count | edit.body if edit.command == "adjust" else edit.body
        return self.system.request("POST" if edit.command else "PUT", path, body, If_Match=race.etag, Prefer="wait=20",
                                   Idempotency_Key=f"{race.path.rpartition('/')[2]}-{race.edits.index(edit)}")

    def check_edits(self, race: EditorsRace, first: Reply, second: Reply) -> None:
        """One is done and to be seen, the other is neither."""
        done, refused = (first, second) if first.status < 300 else (second, first)
        self.assertEqual((done.status // 100, refused.status), (2, 412), (race, first.data, second.data))
        read, then = int(race.etag.strip('"')), int(refused.headers["ETag"].strip('"'))
        reply = self.system.sure("GET", race.path)
        self.assertTrue(read < then <= int(reply.headers["ETag"].strip('"')), (race, refused.headers, reply.headers))
        self.assertEqual([edit.is_seen(reply.data) for edit in race.edits], [done is first, done is second],
                         (race, reply.data))

    # --- Edits ---------------------------------------------------------------------------------------------

    def shown(self, order_id: str, pieces: int, who: str = "") -> Reply:
        """What it would do to leave so many pieces of an order's line."""
        wanted = {"lines": [{"line_no": 1, "quantity": pieces}]}
        reply = self.system.sure("POST", f"/v1/orders/{order_id}/edits", wanted,
                                 Idempotency_Key=f"edit-{who}-{order_id}", Prefer="wait=20")
        self.assertEqual((reply.status, reply.data["preview"]["refused"]), (201, []), reply.data)
        return reply

    def confirm(self, edit_id: str, etag: str = "*") -> Reply:
        """Do what was shown; what is not decided is asked again under the same key."""
        replies: list[Reply] = []

        def decided() -> bool:
            replies.append(self.system.request("POST", f"/v1/edits/{edit_id}/confirm", Idempotency_Key=f"yes-{edit_id}",
                                               If_Match=etag, Prefer="wait=20"))
            return replies[-1].status not in (0, 202)

        wait_until(f"an answer whether {edit_id} is made", TIMEOUT_S, decided)
        return replies[-1]

    def test_edit_against_pack(self) -> None:
        """One of two pieces is left out, or both are packed: what was shown is what is paid, or what it was before."""
        system = self.system
        system.add_stock("SPARED", HALL=2 * ROUNDS)
        edited = 0
        for rounds in batches():
            ids = self.for_all(lambda n: self.opened_order(f"spared-{n}", "SPARED", 2), rounds)
            edits = self.for_all(lambda order_id: self.shown(order_id, 1), ids)
            calls = [call for n, edit in enumerate(edits)
                     for call in (lambda edit=edit: self.confirm(edit.data["id"]),
                                  lambda n=n, edit=edit: self.pack(edit.data["order_id"], 2, HEAD_START_S * (n % 5)))]
            replies = self.at_once(*calls)
            totals = {edit.data["order_id"]: self.check_spared(edit.data, confirmed, packed)
                      for edit, confirmed, packed in zip(edits, replies[::2], replies[1::2], strict=True)}
            edited += sum(total == PRICE_MINOR + SHIPPING_MINOR for total in totals.values())
            self.assertEqual(set(system.wait_over(ids, TIMEOUT_S).values()), {"completed"})
            self.check_taken(totals)
        print(f"edit against pack: {edited} of {ROUNDS} edited", file=sys.stderr)
        system.assert_sound(at_rest=False)

    def check_spared(self, edit: Body, confirmed: Reply, packed: Reply) -> int:
        """Who was told yes is right, and only one was; what the order costs then."""
        made = confirmed.status == 200
        self.assertEqual((confirmed.status, packed.status == 200), (200, False) if made else (409, True),
                         (confirmed.data, packed.data))
        then = self.system.sure("GET", f"/v1/edits/{edit['id']}").data
        self.assertEqual((then["state"], then.get("reason")), ("confirmed", None) if made else ("declined", "packed"))
        self.assertEqual(then["preview"], edit["preview"])
        total = edit["preview"]["total_minor" if made else "total_before_minor"]
        self.assertEqual(self.system.get_order(edit["order_id"])["total_minor"], total)
        if made:
            self.assertEqual(self.pack(edit["order_id"]).status, 200)
        return int(total)

    def check_taken(self, totals: dict[str, int]) -> None:
        """The provider took what the orders cost, once, and gave nothing back."""
        def taken() -> dict[str, int]:
            return {row["metadata"]["payment_id"].partition("-")[0]: row["captured_minor"]
                    for row in self.intents(set(totals)) if row["refunded_minor"] == 0}

        wait_until(f"the money of {len(totals)} orders", TIMEOUT_S, lambda: taken() == totals)

    def test_two_editors_of_lines(self) -> None:
        """Two confirm what they were shown of one version: one is done to the cent, the other changes nothing."""
        system = self.system
        system.add_stock("SHARED", HALL=3 * ROUNDS)
        firsts = 0
        for rounds in batches():
            ids = self.for_all(lambda n: self.opened_order(f"shared-{n}", "SHARED", 3), rounds)
            pairs = self.for_all(lambda order_id: (self.shown(order_id, 2, "a"), self.shown(order_id, 1, "b")), ids)
            replies = self.at_once(*[lambda edit=edit: self.confirm(edit.data["id"], etag=edit.headers["ETag"])
                                     for pair in pairs for edit in pair])
            for pair, first, second in zip(pairs, replies[::2], replies[1::2], strict=True):
                firsts += first.status == 200
                self.check_pair(pair, first, second)
        print(f"two editors of lines: the first was done {firsts} times of {ROUNDS}", file=sys.stderr)
        system.assert_sound(at_rest=False)

    def check_pair(self, pair: tuple[Reply, Reply], first: Reply, second: Reply) -> None:
        """One is done; what the other was shown is not done any more, though it were asked for without a version."""
        self.assertEqual({first.status, second.status}, {200, 412}, (first.data, second.data))
        won, lost = pair if first.status == 200 else pair[::-1]
        order = self.system.get_order(won.data["order_id"])
        self.assertEqual(order["total_minor"], won.data["preview"]["total_minor"])
        again = self.system.request("POST", f"/v1/edits/{lost.data['id']}/confirm", Prefer="wait=20",
                                    Idempotency_Key=f"again-{lost.data['id']}")
        self.assertEqual(again.status, 409, again.data)
        self.assertEqual(self.system.sure("GET", f"/v1/edits/{lost.data['id']}").data["state"], "declined")
        self.assertEqual(self.system.get_order(order["id"])["total_minor"], order["total_minor"])

    # --- Those outside -------------------------------------------------------------------------------------

    def test_webhook_against_answer(self) -> None:
        """The provider's and the carrier's webhooks early, twice and out of order: each counts once."""
        system = self.system
        system.add_stock("HOOK", AUTO=4 * ROUNDS)
        ids: list[str] = []
        for n, manner in enumerate(["early", "twice", "out_of_order"] * ((ROUNDS + 2) // 3)):
            for standin in ("payment_provider", "carrier"):
                self.control(standin, webhook=manner)
            ids.append(system.submit(system.order(f"hook-{n}", ("HOOK", 1))).data["id"])
        try:
            self.assertEqual(set(system.wait_over(ids, END_TIMEOUT_S).values()), {"completed"})
        finally:
            for standin in ("payment_provider", "carrier"):
                self.control(standin, webhook="normal")
        rows = self.intents(set(ids))
        self.assertEqual(len(rows), len(ids))
        self.assertEqual([row for row in rows if row["captured_minor"] != row["amount_minor"]], [])
        system.assert_sound(at_rest=False)

    def test_instances_come_and_go(self) -> None:
        """A second instance of each service comes, and goes in good order or by kill -9, while orders pass."""
        system = self.system
        system.add_stock("TWIN", AUTO=100000)
        done, replies = threading.Event(), list[Reply]()

        def submit_until_done(thread: int) -> None:
            n = 0
            while not done.is_set():
                replies.append(system.submit(system.order(f"twin-{thread}-{n}", ("TWIN", 1)), wait_s=0.5))
                n += 1

        threads = [threading.Thread(target=submit_until_done, args=(n,), daemon=True) for n in range(4)]
        for thread in threads:
            thread.start()
        try:
            for n in range(max(1, ROUNDS // 20)):
                for name in (one for one in system.services if one not in STANDINS):
                    self.pass_through(name, signal.SIGKILL if n % 2 == 0 else signal.SIGTERM, replies)
        finally:
            done.set()
            for thread in threads:
                thread.join(TIMEOUT_S)
        self.assertEqual({reply.status for reply in replies} - {201, 202}, set())
        ends = system.wait_over([reply.data["id"] for reply in replies], END_TIMEOUT_S)
        print(f"{len(ends)} orders while instances came and went", file=sys.stderr)
        self.assertEqual(set(ends.values()), {"completed"})
        system.assert_sound()

    def test_events_of_two_instances(self) -> None:
        """Two instances commit facts apart from each other: who follows misses none, and is told none twice."""
        system = self.system
        system.add_stock("TOLD", AUTO=100000)
        twin, done = Further(system, "order"), threading.Event()
        followers = [Follower(system) for _ in range(FOLLOWERS)]
        threads = [threading.Thread(target=one.read_until, args=(done,), daemon=True) for one in followers]
        for thread in threads:
            thread.start()
        try:
            replies = system.submit_all([system.order(f"told-{n}", ("TOLD", 1)) for n in range(FOLLOWED)])
            ids = {reply.data["id"] for reply in replies}
            system.wait_over(list(ids), END_TIMEOUT_S)
        finally:
            done.set()
            for thread in threads:
                thread.join(TIMEOUT_S)
            twin.end(signal.SIGTERM)
        facts = sum(self.pool.map(self.facts, ids), Counter())
        for follower in followers:
            follower.read_rest()
            told = Counter((event["id"], event["type"]) for event in follower.events if event["subject"] in ids)
            self.assertEqual((told - facts, facts - told), (Counter(), Counter()))
            times = [event["time"] for event in follower.events]
            self.assertEqual(times, sorted(times))

    def facts(self, order_id: str) -> Counter[tuple[str, str]]:
        """What storefronts hear of an order's timeline."""
        return Counter((f"{order_id}-E{entry['entry_no']}", entry["type"])
                       for entry in self.system.timeline(order_id) if entry["type"].split(".")[2] not in UNTOLD)

    def pass_through(self, name: str, number: int, replies: list[Reply]) -> None:
        """One second instance comes, works, and goes."""
        twin = Further(self.system, name)
        try:
            before = len(replies)
            wait_until(f"orders beside a second {name}", TIMEOUT_S, lambda: len(replies) >= before + ORDERS_A_CHANGE)
        finally:
            if name == "notification" and number == signal.SIGKILL:
                self.system.mail_copies += CLIENTS
            twin.end(number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    unittest.main()
