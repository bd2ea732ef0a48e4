#!/usr/bin/python3
"""items_test.py - items through the whole system: barcodes, variants, packs, substitutes.

    tests/stack/items_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import os
import unittest
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg2
from system import Body, Reply, System

RACES, RACERS = 40, 4
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

    def count(self, table: str) -> int:
        """Rows of a table of the inventory."""
        conninfo = self.system.stack.postgres.conninfo("owner")
        with closing(psycopg2.connect(conninfo)) as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM inventory.{table}")
            return int(cursor.fetchone()[0])

    # --- One item ------------------------------------------------------------------------------------

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


if __name__ == "__main__":
    unittest.main(verbosity=2)
