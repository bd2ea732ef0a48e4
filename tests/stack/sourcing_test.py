#!/usr/bin/python3
"""sourcing_test - a shop's rules of sourcing on the running system: put, gone by, and explained.

    tests/stack/sourcing_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import json
import os
import unittest
from typing import Any

from system import ADDRESS, Body, System, kafka_address, kcat, wait_until

# Places with their position, in millionths of a degree, and what a parcel costs.
PLACES = {"BERLIN": (52531000, 13385000, 900), "COLOGNE": (50938000, 6957000, 300), "MUNICH": (48137000, 11575000, 500)}
NEAREST: Body = {"rules": [{"kind": "single_place"}, {"kind": "nearest"}]}
CHEAPEST: Body = {"rules": [{"kind": "cheapest"}]}


class SourcingTest(unittest.TestCase):
    """One system with three places that all have the goods."""

    system: System
    admin: dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        """Bring everything up; where postal codes are comes before the places that take theirs from it."""
        cls.system = System()
        try:
            cls.system.start()
            key = cls.system.new_key("--scopes", "admin")
            cls.admin = {"Authorization": f"Bearer {key}"}
            cls.system.sure("PUT", "/v1/postal-areas/DE", {"areas": [
                {"prefix": "10", "position": {"latitude_microdegrees": 52520000, "longitude_microdegrees": 13405000}},
                {"prefix": "", "position": {"latitude_microdegrees": -5, "longitude_microdegrees": 10000000}}]})
            for code, (latitude, longitude, cost) in PLACES.items():
                cls.system.sure("PUT", f"/v1/locations/{code}", {
                    "name": code, "kind": "distribution_center", "address": ADDRESS, "automatic": True,
                    "position": {"latitude_microdegrees": latitude, "longitude_microdegrees": longitude},
                    "parcel_cost_minor": cost, "capacity": {"orders_a_day": 100000},
                    "opening": {"time_zone": "Europe/Berlin", "cut_off": "14:00"}})
            cls.system.add_stock("MUG", BERLIN=100, COLOGNE=100, MUNICH=100)
            cls.system.add_stock("TRAY", COLOGNE=100, MUNICH=100)
            cls.system.add_stock("LAMP", MUNICH=100)
        except BaseException:
            cls.system.close("KERVAN_KEEP" in os.environ)
            raise

    @classmethod
    def tearDownClass(cls) -> None:
        """Whatever happened, the books are right; leave nothing behind."""
        try:
            cls.system.assert_sound(at_rest=False)
        finally:
            cls.system.close("KERVAN_KEEP" in os.environ)

    def place(self, ref: str, *lines: tuple[str, int]) -> str:
        """An order that is confirmed; its id."""
        reply = self.system.post_order(self.system.order(ref, *lines), until="confirmed", wait_s=30)
        self.assertEqual(reply.status, 201, reply.data)
        return str(reply.data["id"])

    def decision(self, order_id: str) -> dict[str, Any]:
        """The one decision of an order."""
        items = self.system.sure("GET", f"/v1/orders/{order_id}/sourcing").data["items"]
        self.assertEqual(len(items), 1, items)
        return dict(items[0])

    def put_rules(self, scope: str, rules: Body) -> None:
        """Rules that are read back as they were put."""
        reply = self.system.sure("PUT", f"/v1/sourcing/rules/{scope}", rules, **self.admin)
        self.assertEqual(reply.data["policy"], rules)

    def test_an_order_comes_from_where_the_rules_say(self) -> None:
        """Rules are changed between two orders; each decision is explained by the rules of its time."""
        self.put_rules("web", NEAREST)
        near = self.decision(self.place("near", ("MUG", 2)))
        self.put_rules("web", CHEAPEST)
        cheap = self.decision(self.place("cheap", ("MUG", 2), ("TRAY", 1), ("MUG", 1)))

        self.assertEqual((near["channel"], near["ship_country"], near["proven"]), ("web", "DE", True))
        self.assertEqual(near["rules"], ["single_place", "nearest", "count", "priority", "code"])
        self.assertEqual(near["places"][0], {
            "location": "BERLIN", "distance_km": 2, "taken": [{"sku": "MUG", "quantity": 2, "lines": [1]}]})
        self.assertEqual(near["places"][1], {"location": "COLOGNE", "distance_km": 477, "why_not": {
            "reason": "rule", "rule": "nearest", "value": 477, "best": 2, "instead_of": "BERLIN"}})
        self.assertEqual(cheap["places"][1]["taken"], [
            {"sku": "MUG", "quantity": 3, "lines": [1, 3]}, {"sku": "TRAY", "quantity": 1, "lines": [2]}])
        self.assertEqual(cheap["places"][0]["why_not"], {"reason": "lacks"})
        self.assertEqual(cheap["places"][2]["why_not"], {
            "reason": "rule", "rule": "cheapest", "value": 500, "best": 300, "instead_of": "COLOGNE"})

    def test_only_some_places_are_allowed(self) -> None:
        """A place that a rule leaves out is named; where there was no choice nothing is explained."""
        rules: Body = {"rules": [{"kind": "allowed", "locations": ["MUNICH"], "countries": ["DE", "FR"]},
                                 {"kind": "nearest", "band_km": 50}]}
        self.put_rules("web", rules)
        decision = self.decision(self.place("allowed", ("MUG", 1)))
        alone = self.place("alone", ("LAMP", 1))

        self.assertEqual([place.get("why_not") for place in decision["places"]],
                         [{"reason": "not_allowed"}, {"reason": "not_allowed"}, None])
        self.assertEqual(self.system.sure("GET", f"/v1/orders/{alone}/sourcing").data["items"], [])

    def test_a_channel_gets_into_no_buffer(self) -> None:
        """However many order at once: what is kept back from one channel is there for another, and levels say so."""
        self.system.add_stock("SCARCE", BERLIN=6, COLOGNE=6)
        self.put_rules("web", {"rules": [{"kind": "buffer", "skus": ["SCARCE"], "pieces": 5},
                                         {"kind": "buffer", "percent": 10}]})
        orders = [self.system.order(f"scarce-{number}", ("SCARCE", 1)) for number in range(16)]
        placed = [reply.data["id"] for reply in self.system.submit_all(orders)]
        ends = self.system.wait_status(placed, 60, "confirmed", "completed", "rejected")
        self.assertEqual(sorted(ends.values()).count("rejected"), 16 - (12 - 5))

        def level() -> Body:
            """The last of the item on its topic."""
            lines = kcat(["-b", kafka_address(self.system), "-C", "-e", "-q", "-t", "stock.levels"], "").splitlines()
            return dict(max((one for one in map(json.loads, lines) if one["sku"] == "SCARCE"),
                            key=lambda one: one["version"]))

        wait_until("the level of what is left", 60, lambda: level()["available"] == 5)
        self.assertEqual(level()["channels"], [{"channel": "web", "available": 0}])
        wrong = self.system.request("PUT", "/v1/sourcing/rules/web", {"rules": [{"kind": "buffer"}]}, **self.admin)
        self.assertEqual((wrong.status, wrong.data["errors"][0]["pointer"]), (422, "/rules/0"))
        self.put_rules("web", {"rules": []})
        self.place("scarce-last", ("SCARCE", 5))

    def test_what_is_lost_is_moved_by_the_rules(self) -> None:
        """What breaks in Berlin comes from where the rules of now say; why is shown beside the first decision."""
        self.system.add_stock("VASE", BERLIN=2, COLOGNE=5, MUNICH=5)
        self.put_rules("web", NEAREST)
        order_id = self.place("moved", ("VASE", 2))
        self.put_rules("web", {"rules": [{"kind": "allowed", "locations": ["BERLIN", "MUNICH"]}, {"kind": "cheapest"}]})
        self.system.sure("POST", "/v1/stock/adjustments", {
            "sku": "VASE", "location": "BERLIN", "quantity_change": -1, "reason": "damage"}, Idempotency_Key="vase")

        def decisions() -> list[Any]:
            return list(self.system.sure("GET", f"/v1/orders/{order_id}/sourcing").data["items"])

        wait_until("that the move is explained", 30, lambda: len(decisions()) == 2)
        placed, moved = decisions()
        self.assertEqual((placed["cause"], moved["cause"]), ("placed", "moved"))
        self.assertEqual(moved["reservation_id"], f"{order_id}-H1")
        self.assertEqual(moved["rules"], ["cheapest", "count", "priority", "code"])
        self.assertEqual([(place["location"], place.get("why_not", {}).get("reason")) for place in moved["places"]],
                         [("COLOGNE", "not_allowed"), ("MUNICH", None)])
        self.assertGreater(moved["clock"], 1)
        first = self.system.sure("GET", f"/v1/orders/{order_id}/sourcing?limit=1").data
        rest = self.system.sure("GET", f"/v1/orders/{order_id}/sourcing?cursor={first['next']}").data
        self.assertEqual(rest["items"], [moved])

    def test_past_orders_are_sourced_by_other_rules(self) -> None:
        """A report of what the nearest place would have had of what the cheapest got; nothing of the orders changes."""
        self.put_rules("web", CHEAPEST)
        placed = [self.place(f"past-{number}", ("MUG", 1)) for number in range(3)]
        since = min(self.decision(order_id)["decided_at"] for order_id in placed)
        question = {"name": "nearer", "channel": "web", "from": since} | NEAREST
        asked = self.system.sure("POST", "/v1/sourcing/what-if", question, Idempotency_Key="what-if-1", **self.admin)
        self.assertEqual((asked.status, asked.data["name"]), (201, "nearer"))

        report = self.report("nearer")
        self.assertEqual((report["orders"], report["changed"], report["unserved"]), (3, 3, 0))
        self.assertEqual(report["rules"], NEAREST["rules"])
        self.assertEqual(report["parcels"], {"before": 3, "after": 3})
        self.assertEqual(report["distance_km"], {"before": 3 * 477, "after": 3 * 2})
        self.assertEqual(report["places"], [
            {"location": "BERLIN", "orders": {"before": 0, "after": 3}},
            {"location": "COLOGNE", "orders": {"before": 3, "after": 0}},
            {"location": "MUNICH", "orders": {"before": 0, "after": 0}}])
        self.assertEqual({example["order_id"] for example in report["examples"]}, set(placed))
        self.assertEqual(report["examples"][0]["before"], ["COLOGNE"])
        self.assertEqual(report["examples"][0]["after"], ["BERLIN"])
        self.assertEqual(self.decision(placed[0])["rules"][0], "cheapest")

    def report(self, name: str) -> dict[str, Any]:
        """A report that is done."""
        def is_done() -> bool:
            shown = self.system.sure("GET", f"/v1/sourcing/what-if/{name}", **self.admin)
            return bool(shown.data["state"] == "done")

        wait_until(f"the report {name}", 30, is_done)
        return dict(self.system.sure("GET", f"/v1/sourcing/what-if/{name}", **self.admin).data)

    def test_rules_have_versions(self) -> None:
        """Who changes what somebody else has changed is told so; the same again is no change."""
        first = self.system.sure("PUT", "/v1/sourcing/rules/phone", NEAREST, **self.admin)
        again = self.system.sure("PUT", "/v1/sourcing/rules/phone", NEAREST, **self.admin)
        self.assertEqual((first.data["version"], again.data["version"]), (1, 1))
        second = self.system.sure("PUT", "/v1/sourcing/rules/phone", CHEAPEST, If_Match='"1"', **self.admin)
        self.assertEqual(second.data["version"], 2)
        stale = self.system.request("PUT", "/v1/sourcing/rules/phone", NEAREST, If_Match='"1"', **self.admin)
        self.assertEqual(stale.status, 412)
        self.put_rules("*", CHEAPEST)
        scopes = [item["scope"] for item in self.system.sure("GET", "/v1/sourcing/rules", **self.admin).data["items"]]
        self.assertIn("*", scopes)
        self.system.sure("PUT", "/v1/sourcing/rules/*", {"rules": []}, **self.admin)

    def test_what_is_put_is_shown(self) -> None:
        """Postal areas and the hours of a place are read back; a zone that does not exist is refused."""
        areas = self.system.sure("GET", "/v1/postal-areas/DE").data["postal_areas"]["areas"]
        self.assertEqual([(area["prefix"], area["position"]["latitude_microdegrees"]) for area in areas],
                         [("10", 52520000), ("", -5)])
        self.system.sure("PUT", "/v1/locations/DERIVED", {"name": "Derived", "kind": "showroom", "address": ADDRESS})
        place = self.system.sure("GET", "/v1/locations/BERLIN").data["location"]
        self.assertEqual(place["opening"], {"time_zone": "Europe/Berlin", "cut_off": "14:00"})
        self.assertEqual(place["kind"], "distribution_center")
        place["opening"]["time_zone"] = "Europe/Atlantis"
        refused = self.system.request("PUT", "/v1/locations/BERLIN", place)
        self.assertEqual((refused.status, refused.data["errors"][0]["pointer"]), (422, "/opening/time_zone"))


if __name__ == "__main__":
    unittest.main()
