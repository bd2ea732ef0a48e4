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


if __name__ == "__main__":
    unittest.main(verbosity=2)
