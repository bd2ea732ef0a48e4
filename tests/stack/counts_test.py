#!/usr/bin/python3
"""counts_test - a place is counted while it sells: sheets, several people, approval, on the running system.

    tests/stack/counts_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import os
import unittest
from datetime import datetime, timezone
from typing import Any

from system import COMMAND_LINE, SCOPES, Body, Reply, run_checked, wait_until
from unhappy_case import UnhappyCase

SHEETS = "/v1/stock/count-sheets"


def now() -> str:
    """As the interface writes it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class CountsTest(UnhappyCase):
    """One system; each test has items and a place of its own."""

    def ask(self, path: str, key: str, body: Body | None = None, **headers: str) -> Reply:
        """Ask for something under a name."""
        return self.system.request("POST", path, body or {}, Idempotency_Key=key,
                                   **{"Authorization": f"Bearer {self.desk.key}"} | headers)

    def draw(self, key: str, **body: Any) -> str:
        """A new sheet."""
        reply = self.ask(SHEETS, key, {"location": "HALL", **body})
        self.assertEqual((reply.status, reply.data["state"]), (201, "counting"), reply.data)
        return str(reply.data["id"])

    def enter(self, sheet: str, key: str, *lines: tuple[str, int, str]) -> Reply:
        """Counts with their instants."""
        return self.ask(f"{SHEETS}/{sheet}/counts", key, {"lines": [
            {"sku": sku, "counted": counted, "counted_at": at} for sku, counted, at in lines]})

    def lines(self, sheet: str) -> dict[str, Body]:
        """What is on a sheet, by SKU."""
        return {line["sku"]: line for line in self.desk.sure("GET", f"{SHEETS}/{sheet}/lines")["items"]}

    def until_posted(self, sheet: str) -> None:
        """All is booked soon."""
        wait_until(f"{sheet} is posted", 30,
                   lambda: self.desk.sure("GET", f"{SHEETS}/{sheet}")["state"] == "posted")

    def on_hand(self, sku: str) -> int:
        """Of an item at the place."""
        return int(self.system.sure("GET", f"/v1/stock?sku={sku}&location=HALL").data["items"][0]["on_hand"])

    def test_counted_while_it_sells(self) -> None:
        """Blind, by two people, of whom one errs; pieces that leave before it is booked are not missed twice."""
        for sku, pieces in (("CT-A", 10), ("CT-B", 20), ("CT-C", 30)):
            self.system.add_stock(sku, HALL=pieces)
        sheet = self.draw("sells-1", select="items", skus=["CT-A", "CT-B", "CT-C"], blind=True, tolerance_pieces=1)
        self.assertEqual({line.get("expected") for line in self.lines(sheet).values()}, {None})
        then = now()
        self.ask("/v1/stock/adjustments", "sells-2", {"sku": "CT-A", "location": "HALL", "quantity_change": -4,
                                                      "reason": "loss"})  # after it was counted
        upload = [("CT-A", 10, then), ("CT-B", 15, then)]
        for _ in range(2):  # the second time after an answer that was lost
            self.assertEqual(self.enter(sheet, "sells-3", *upload).status, 201)
        self.assertEqual(self.enter(sheet, "sells-4", *upload).data["counted_count"], 2)  # nor under another name
        self.assertEqual(self.lines(sheet)["CT-B"].get("difference"), None)
        refused = self.ask(f"{SHEETS}/{sheet}/submit", "sells-5")
        self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, "/uncounted"))
        stale = self.ask(f"{SHEETS}/{sheet}/submit", "sells-6", {"uncounted": "skip"}, If_Match='"1"')
        self.assertEqual(stale.status, 412)
        self.enter(sheet, "sells-7", ("CT-C", 31, now()))
        submitted = self.ask(f"{SHEETS}/{sheet}/submit", "sells-8")
        self.assertEqual((submitted.data["state"], submitted.data["differing_count"]), ("submitted", 2))
        lines = self.lines(sheet)
        self.assertEqual([(lines[sku]["difference"], lines[sku]["above_tolerance"])
                          for sku in ("CT-A", "CT-B", "CT-C")], [(0, False), (-5, True), (1, False)])

        again = self.ask(f"{SHEETS}/{sheet}/recount", "sells-9", {"note": "Look behind the door"})
        self.assertEqual((again.data["state"], again.data["round"]), ("counting", 2))
        old = self.enter(sheet, "sells-10", ("CT-B", 15, then))
        self.assertEqual((old.status, old.data["errors"][0]["pointer"]), (422, "/lines/0/counted_at"), old.data)
        self.enter(sheet, "sells-11", ("CT-B", 18, now()))
        self.assertEqual(self.ask(f"{SHEETS}/{sheet}/submit", "sells-12").data["state"], "submitted")
        self.assertEqual(self.ask(f"{SHEETS}/{sheet}/approve", "sells-13").status, 409)  # the same person
        other = run_checked("making a key", [str(COMMAND_LINE), "key", "create", "--scopes", SCOPES], 30,
                            env=os.environ | self.system.stack.all_addresses()).split()[-1]
        approved = self.ask(f"{SHEETS}/{sheet}/approve", "sells-14", {"note": "Seen"}, Authorization=f"Bearer {other}")
        self.assertEqual(approved.status, 200, approved.data)
        self.until_posted(sheet)
        self.assertEqual([self.on_hand(sku) for sku in ("CT-A", "CT-B", "CT-C")], [6, 18, 31])
        ledger = self.system.sure("GET", "/v1/stock/CT-B/HALL/ledger").data["items"][0]
        self.assertEqual((ledger["quantity"], ledger["reason"], ledger["request_id"]), (-2, "count", sheet))
        done = self.desk.sure("GET", f"{SHEETS}/{sheet}")
        self.assertEqual(" ".join(step["kind"] for step in done["steps"]),
                         "draw enter enter enter submit recount enter submit approve")
        self.assertEqual(len({step["actor"] for step in done["steps"]}), 2)

    def test_a_whole_place(self) -> None:
        """Sheet by sheet, by SKU; what was counted last comes last; what fits is booked without anybody else."""
        self.system.add_place("ANNEX", True)
        for number in range(5):
            self.system.add_stock(f"CW-{number}", ANNEX=4)
        first = self.draw("whole-1", location="ANNEX", select="place", limit=3)
        head = self.desk.sure("GET", f"{SHEETS}/{first}")
        self.assertEqual((head["lines_count"], head["last_sku"]), (3, "CW-2"))
        second = self.draw("whole-2", location="ANNEX", select="place", limit=3, after="CW-2")
        self.assertEqual((sorted(self.lines(second)), self.desk.sure("GET", f"{SHEETS}/{second}").get("last_sku")),
                         (["CW-3", "CW-4"], None))
        self.assertEqual({line["expected"] for line in self.lines(second).values()}, {4})
        self.enter(second, "whole-3", ("CW-3", 4, now()), ("CW-4", 4, now()))
        self.assertEqual(self.ask(f"{SHEETS}/{second}/submit", "whole-4").status, 200)
        self.until_posted(second)
        oldest = self.draw("whole-5", location="ANNEX", select="oldest", limit=4)
        self.assertEqual(sorted(self.lines(oldest)), ["CW-0", "CW-1", "CW-2", "CW-3"])
        self.assertEqual(self.ask(f"{SHEETS}/{oldest}/cancel", "whole-6", {"note": "rain"}).data["state"], "canceled")
        none = self.ask(SHEETS, "whole-7", {"location": "ANNEX", "select": "movement"})
        self.assertEqual((none.status, none.data["errors"][0]["pointer"]), (422, "/location"))
        page = self.desk.sure("GET", f"{SHEETS}?location=ANNEX&state=posted")["items"]
        self.assertEqual([item["id"] for item in page], [second])
        bad = self.desk.ask("GET", f"{SHEETS}?state=lost")
        self.assertEqual((bad.status, bad.data["errors"][0]["pointer"]), (400, "state"))
        bound = self.system.request("POST", SHEETS, {"location": "ANNEX", "select": "place"}, Idempotency_Key="bound")
        self.assertEqual(bound.status, 403)

    def classes(self, place: str, query: str = "") -> dict[str, str]:
        """Of each item at a place."""
        items = self.desk.sure("GET", f"/v1/locations/{place}/count-classes{query}")["items"]
        return {item["sku"]: item["class"] for item in items}

    def test_what_sells_most_is_counted_most_often(self) -> None:
        """Classes follow from what left with orders and the place's borders; what is due is drawn by a click."""
        self.system.add_place("DEPOT", True)
        for sku in ("ABC-1", "ABC-2", "ABC-3", "ABC-4"):
            self.system.add_stock(sku, DEPOT=50)
        self.assertEqual(self.classes("DEPOT"), dict.fromkeys(("ABC-1", "ABC-2", "ABC-3", "ABC-4"), "c"))
        placed = [self.desk.place(f"abc-{n}", (sku, pieces)) for n, (sku, pieces) in
                  enumerate([("ABC-1", 1)] * 6 + [("ABC-2", 1)] * 3 + [("ABC-3", 40)])]
        for order_id in placed:
            self.desk.until_status(order_id, "completed")
        where = "/v1/locations/DEPOT/count-policy"
        policy = {"basis": "picks", "days": 30, "a_percent": 60, "b_percent": 90, "a_days": 10, "b_days": 20,
                  "c_days": 100}
        self.assertEqual(self.desk.sure("GET", where)["version"], 0)
        wrong = self.desk.ask("PUT", where, policy | {"b_percent": 60})
        self.assertEqual((wrong.status, wrong.data["errors"][0]["pointer"]), (422, "/b_percent"))
        self.assertEqual(self.desk.sure("PUT", where, policy)["policy"], policy)
        wait_until("the classes are as it sold", 20, lambda: self.classes("DEPOT") == {
            "ABC-1": "a", "ABC-2": "b", "ABC-3": "c", "ABC-4": "c"})
        self.assertEqual(self.classes("DEPOT", "?class=a"), {"ABC-1": "a"})
        bad = self.desk.ask("GET", "/v1/locations/DEPOT/count-classes?class=d")
        self.assertEqual((bad.status, bad.data["errors"][0]["pointer"]), (400, "class"))
        self.desk.sure("PUT", where, policy | {"basis": "pieces"})
        self.assertEqual(self.classes("DEPOT"), {"ABC-3": "a", "ABC-1": "b", "ABC-2": "c", "ABC-4": "c"})
        self.desk.sure("PUT", where, policy)
        suggested = self.desk.sure("GET", "/v1/locations/DEPOT/count-suggestions")["items"]
        self.assertEqual([(each["class"], each["due_count"], each["sheet"]["skus"]) for each in suggested],
                         [("a", 1, ["ABC-1"]), ("b", 1, ["ABC-2"]), ("c", 2, ["ABC-3", "ABC-4"])])
        sheet = self.draw("abc-draw", **suggested[0]["sheet"])
        self.enter(sheet, "abc-enter", ("ABC-1", 44, now()))
        self.assertEqual(self.ask(f"{SHEETS}/{sheet}/submit", "abc-submit").status, 200)
        self.until_posted(sheet)
        wait_until("what was counted is not due", 20, lambda: [
            each["class"] for each in self.desk.sure("GET", "/v1/locations/DEPOT/count-suggestions")["items"]]
            == ["b", "c"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
