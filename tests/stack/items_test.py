#!/usr/bin/python3
"""items_test.py - items through the whole system: barcodes, variants, packs, and files of items with their stock.

    tests/stack/items_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import unittest
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg2
from system import COMMAND_LINE, Body, Reply, System, wait_until

RACES, RACERS = 40, 4
DONE, WRONG = 0, 1
FILE_LINES = 3000
MUG: Body = {
    "name": "Mug, blue", "unit": "piece", "barcodes": ["4006381333931", "96385074"],
    "packs": [{"unit": "case", "quantity": 12, "barcode": "14006381333938"}, {"unit": "pallet", "quantity": 480}],
    "product": "MUG", "options": [{"name": "color", "value": "blue"}, {"name": "size", "value": "0.3 l"}],
    "substitutes": ["MUG-RED", "CUP"], "lot_tracked": True, "expires": True, "serial_tracked": False,
    "weight_grams": 350, "active": True, "backorder_allowed": False,
}


def gtin(number: int) -> str:
    """The GTIN-13 of twelve digits."""
    digits = f"{number:012d}"
    weighed = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits))
    return digits + str(-weighed % 10)


class ItemsTest(unittest.TestCase):
    """One system; each test has items of its own."""

    system: System

    @classmethod
    def setUpClass(cls) -> None:
        """Bring everything up."""
        cls.system = System()
        try:
            cls.system.start()
            cls.system.add_place("EAST")
            cls.system.add_place("WEST")
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

    def put(self, sku: str, **body: Any) -> Reply:
        """An item as it should be."""
        return self.system.request("PUT", f"/v1/items/{sku}", {"name": sku} | body)

    def skus(self, query: str) -> list[str]:
        """Which items are listed."""
        return [item["sku"] for item in self.system.sure("GET", f"/v1/items?{query}").data["items"]]

    def refused(self, reply: Reply, pointer: str) -> None:
        """It names the field."""
        self.assertEqual(reply.status, 422, reply.data)
        self.assertEqual([fault["pointer"] for fault in reply.data["errors"]], [pointer])

    def count(self, table: str, schema: str = "inventory") -> int:
        """Rows of a table."""
        conninfo = self.system.stack.postgres.conninfo("owner")
        with closing(psycopg2.connect(conninfo)) as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {schema}.{table}")
            return int(cursor.fetchone()[0])

    # --- One item ------------------------------------------------------------------------------------

    def test_bundles_are_made_of_items_that_are_there(self) -> None:
        """A bundle shows its components; what it cannot be made of is named."""
        for sku in ("KIT-CUP", "KIT-LID"):
            self.assertEqual(self.put(sku).status, 200)
        components = [{"sku": "KIT-CUP", "quantity": 2}, {"sku": "KIT-LID", "quantity": 1}]
        self.assertEqual(self.put("KIT", components=components).status, 200)
        self.assertEqual(self.system.sure("GET", "/v1/items/KIT").data["item"]["components"], components)
        self.refused(self.put("KIT-2", components=[{"sku": "KIT", "quantity": 1}]), "/components/0/sku")
        self.refused(self.put("KIT-2", components=[{"sku": "KIT-NONE", "quantity": 1}]), "/components/0/sku")
        self.refused(self.put("KIT-CUP", components=[{"sku": "KIT-LID", "quantity": 1}]), "/components")

    def test_an_item_is_kept_whole(self) -> None:
        """What was put is shown, and replaced as a whole."""
        made = self.put("MUG-BLUE", **MUG)
        self.assertEqual((made.status, made.data["version"]), (200, 1), made.data)
        self.assertEqual(made.data["item"], MUG)
        self.assertEqual(self.put("MUG-BLUE", **MUG).data["version"], 1)
        changed = self.put("MUG-BLUE", **MUG | {"substitutes": ["CUP", "MUG-RED"]})
        self.assertEqual((changed.data["version"], changed.data["item"]["substitutes"]), (2, ["CUP", "MUG-RED"]))
        bare = self.put("MUG-BLUE").data
        self.assertEqual(bare["version"], 3)
        self.assertEqual(set(bare["item"]), {"name", "active", "backorder_allowed", "lot_tracked", "expires",
                                             "serial_tracked"})

    def test_variants_are_listed_together(self) -> None:
        """Page by page, by their product."""
        for size in "LMS":
            self.put(f"SHIRT-{size}", product="SHIRT", options=[{"name": "size", "value": size}])
        self.put("SHIRT-X")
        self.assertEqual(self.skus("product=SHIRT"), ["SHIRT-L", "SHIRT-M", "SHIRT-S"])
        page = self.system.sure("GET", "/v1/items?product=SHIRT&limit=2").data
        self.assertEqual([item["sku"] for item in page["items"]], ["SHIRT-L", "SHIRT-M"])
        self.assertEqual(self.skus(f"product=SHIRT&limit=2&cursor={page['next']}"), ["SHIRT-S"])
        self.assertEqual(self.skus("product=NONE"), [])

    def test_what_is_wrong_is_named(self) -> None:
        """By its field; and nothing of it is done."""
        self.refused(self.put("WRONG", barcodes=["4006381333930"]), "/barcodes/0")
        self.refused(self.put("WRONG", packs=[{"unit": "box", "quantity": 6}, {"unit": "box", "quantity": 8}]),
                     "/packs/1/unit")
        self.refused(self.put("WRONG", options=[{"name": "size", "value": "L"}]), "/product")
        self.refused(self.put("WRONG", substitutes=["WRONG"]), "/substitutes/0")
        self.refused(self.put("WRONG", expires=True), "/expires")
        self.assertEqual(self.put("WRONG", barcodes=["12"]).status, 400)
        self.assertEqual(self.put("WRONG", packs=[{"unit": "box", "quantity": 1}]).status, 400)
        self.assertEqual(self.system.request("GET", "/v1/items/WRONG").status, 404)
        self.assertEqual(self.system.request("GET", "/v1/items?barcode=12x").status, 400)

    # --- Barcodes ------------------------------------------------------------------------------------

    def test_a_barcode_finds_its_item(self) -> None:
        """Its own or its pack's, with zeros before it or without; one that was given up finds nothing."""
        own, pack, other = gtin(700_000_000_001), gtin(700_000_000_002), gtin(700_000_000_003)
        self.put("SCAN", barcodes=[own], packs=[{"unit": "case", "quantity": 6, "barcode": f"0{pack}"}])
        self.assertEqual([self.skus(f"barcode={text}") for text in (own, f"0{own}", pack, other)],
                         [["SCAN"], ["SCAN"], ["SCAN"], []])
        self.refused(self.put("SCAN-2", barcodes=[other, pack]), "/barcodes/1")
        self.assertEqual(self.skus(f"barcode={other}"), [])
        self.put("SCAN", barcodes=[other])
        self.assertEqual(self.put("SCAN-2", barcodes=[pack]).status, 200)
        self.assertEqual([self.skus(f"barcode={text}") for text in (own, pack, other)], [[], ["SCAN-2"], ["SCAN"]])

    def test_one_of_many_gets_a_barcode(self) -> None:
        """Items of several lanes want it at the same instant, again and again."""
        with ThreadPoolExecutor(RACERS) as racers:
            for race in range(RACES):
                code = gtin(710_000_000_000 + race)
                replies = list(racers.map(lambda lane, code=code, race=race: self.put(
                    f"RACE-{race}-{lane}", barcodes=[code]), range(RACERS)))
                self.assertEqual(sorted(reply.status for reply in replies), [200] + [422] * (RACERS - 1))
                winner = [reply.status for reply in replies].index(200)
                self.assertEqual(self.skus(f"barcode={code}"), [f"RACE-{race}-{winner}"])
        self.assertEqual(self.count("parked"), 0)

    # --- Many, with their stock ----------------------------------------------------------------------

    def line(self, sku: str, **stock: int) -> Body:
        """A line of a bulk."""
        return {"sku": sku, "item": {"name": sku}, "stock": [
            {"location": place, "on_hand": pieces} for place, pieces in stock.items()]}

    def bulk(self, lines: list[Body | str], key: str = "", query: str = "", token: str = "") -> tuple[int, list[Body]]:
        """Send lines in one request; the status, and what became of each."""
        fields = {"Authorization": f"Bearer {token or self.system.key}", "Content-Type": "application/x-ndjson"}
        body = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
        with closing(http.client.HTTPConnection(urllib.parse.urlsplit(self.system.address("gateway")).netloc,
                                                timeout=60)) as connection:
            connection.request("POST", f"/v1/items/bulk{query}", body.encode(),
                               fields | ({"Idempotency-Key": key} if key else {}))
            answer = connection.getresponse()
            data = answer.read()
        return answer.status, [json.loads(line) for line in data.splitlines()] if answer.status == 200 else []

    def level(self, sku: str) -> dict[str, tuple[int, int]]:
        """On hand and kept back, by place."""
        return {place["location"]: (place["on_hand"], place["safety"])
                for place in self.system.sure("GET", f"/v1/stock/{sku}").data["locations"]}

    def test_each_line_has_its_result(self) -> None:
        """In their order, the bad ones among the good; what is refused is not done at all."""
        lines: list[Body | str] = [self.line(f"BULK-{number}", EAST=number, WEST=1) for number in range(1, 301)]
        lines[9] = {"sku": "BULK-10", "item": {}}
        lines[19] = "{"
        lines[29] = self.line("BULK-30", EAST=5, NOWHERE=1)
        lines[39] = self.line("BULK-40", EAST=3) | {"item": {"name": "x", "barcodes": ["4006381333930"]}}
        lines[49] = ""
        lines[50] = {"sku": "BULK-51", "item": {"name": "x"},
                     "stock": [{"location": "EAST", "on_hand": 9, "safety": 4}]}
        status, results = self.bulk(lines, key="each")
        self.assertEqual(status, 200)
        self.assertEqual([result["line"] for result in results], [n for n in range(1, 301) if n != 50])
        bad = {10: (400, "/item/name"), 20: (400, None), 30: (422, "/stock/1/location"), 40: (422, "/item/barcodes/0")}
        for result in results:
            status, pointer = bad.get(result["line"], (201, None))
            self.assertEqual(result["status"], status, result)
            if status == 201:
                self.assertEqual(result["sku"], f"BULK-{result['line']}")
            elif pointer:
                self.assertEqual(result["problem"]["errors"][0]["pointer"], pointer)
        self.assertEqual(self.level("BULK-7"), {"EAST": (7, 0), "WEST": (1, 0)})
        self.assertEqual(self.level("BULK-51"), {"EAST": (9, 4)})
        for sku in ("BULK-10", "BULK-30", "BULK-40"):
            self.assertEqual(self.system.request("GET", f"/v1/items/{sku}").status, 404)

    def test_a_line_is_done_once_under_its_name(self) -> None:
        """Sent again it is known, whatever happened meanwhile; under another key it is another count."""
        lines: list[Body | str] = [self.line("ONCE-1", EAST=5), self.line("ONCE-2", EAST=6)]
        self.assertEqual([result["status"] for result in self.bulk(lines, key="once")[1]], [201, 201])
        self.system.sure("POST", "/v1/stock/adjustments", {"sku": "ONCE-1", "location": "EAST", "quantity_change": -2,
                                                           "reason": "damage"}, Idempotency_Key="once-damage")
        self.assertEqual([result["status"] for result in self.bulk(lines, key="once")[1]], [200, 200])
        self.assertEqual(self.level("ONCE-1"), {"EAST": (3, 0)})
        again = self.bulk(lines[1:], key="once", query="?first_line=2")[1]
        self.assertEqual([(result["line"], result["status"]) for result in again], [(2, 200)])
        self.assertEqual([result["status"] for result in self.bulk(lines, key="other")[1]], [200, 200])
        self.assertEqual(self.level("ONCE-1"), {"EAST": (5, 0)})
        changed = self.bulk([self.line("ONCE-1", EAST=9)], key="once")[1][0]
        self.assertEqual((changed["status"], changed["problem"]["type"].partition("#")[2]),
                         (422, "idempotency-key-reused"))

    def test_who_may(self) -> None:
        """Who may put items; and it is in the trail of what people did."""
        reader = self.system.new_key("--scopes", "inventory:read")
        self.assertEqual(self.bulk([self.line("WHO", EAST=1)], token=reader)[0], 403)
        self.assertEqual(self.bulk([self.line("WHO", EAST=1)], key="who")[1][0]["status"], 201)
        logged = "audit_log WHERE action = 'kervan.item.import.v1' AND subject = 'who'"
        self.assertEqual(self.count(logged, "gateway"), 1)

    def test_a_file_is_imported_once(self) -> None:
        """Killed half-way and called again: each line once, and each ledger line once."""
        path = self.system.settings.log_dir / "items.ndjson"
        path.write_text("".join(json.dumps(self.line(f"FILE-{number:04d}", EAST=number, WEST=2)) + "\n"
                                for number in range(1, FILE_LINES + 1)))
        written = path.with_name("items.ndjson.results")
        environment = os.environ | {"KERVAN_URL": self.system.address("gateway"), "KERVAN_STAFF_KEY": self.system.key}
        words = [str(COMMAND_LINE), "items", "import", str(path), "--lines", "200"]
        with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            wait_until("a part of it is done", 60,
                       lambda: written.exists() and written.read_bytes().count(b"\n") >= 400, None)
            process.kill()
        self.assertLess(written.read_bytes().count(b"\n"), FILE_LINES)
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn(f"{FILE_LINES} of {FILE_LINES} lines are items now", done.stdout)
        self.assertEqual([json.loads(line)["line"] for line in written.read_text().splitlines()],
                         list(range(1, FILE_LINES + 1)))
        self.assertEqual(self.count("item WHERE sku LIKE 'FILE-%'"), FILE_LINES)
        self.assertEqual(self.count("stock_ledger WHERE sku LIKE 'FILE-%'"), 2 * FILE_LINES)
        self.assertEqual(self.level("FILE-0123"), {"EAST": (123, 0), "WEST": (2, 0)})
        path.write_text(json.dumps(self.line("FILE-X", NOWHERE=1)) + "\n")
        self.assertEqual(subprocess.run([*words, "--results", f"{path}.bad"], env=environment, capture_output=True,
                                        check=False, timeout=60).returncode, WRONG)


if __name__ == "__main__":
    unittest.main(verbosity=2)
