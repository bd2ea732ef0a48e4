#!/usr/bin/python3
"""picking_test - the work of a place with people: its queue, pick lists and scans, on the running system.

    tests/stack/picking_test.py [-k NAME]     KERVAN_KEEP=1 keeps the logs of a failure
"""

from __future__ import annotations

import re
import unittest
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
from system import Body, Reply, wait_until
from unhappy_case import UnhappyCase

SQL = Path(__file__).resolve().parents[2] / "services/fulfillment/api.sql"


def statement(name: str, *values: str) -> str:
    """A named statement of the service, with literals for its parameters."""
    text = re.search(rf"-- name: {name}\n(.*?)(?=\n-- name: |\Z)", SQL.read_text(), re.S)
    assert text is not None
    return re.sub(r"\$(\d)", lambda at: values[int(at[1]) - 1], re.sub(r"(?m)^--.*$", "", text[1]))


class PickingTest(UnhappyCase):
    """One system; each test has a place and items of its own."""

    requests = 0

    def ask(self, path: str, key: str, method: str = "POST", **body: Any) -> Reply:
        """Ask for something under a name."""
        return self.system.request(method, path, body, Idempotency_Key=key, Authorization=f"Bearer {self.desk.key}")

    def refused(self, reply: Reply, status: int, pointer: str) -> None:
        """The field that is wrong is named."""
        self.assertEqual((reply.status, reply.data["errors"][0]["pointer"]), (status, pointer), reply.data)

    def shares(self, place: str, sku: str, *pieces: int) -> list[str]:
        """A place with people and an order for each number of pieces, all open there: the fulfillments."""
        self.system.add_place(place, False)
        self.system.add_stock(sku, **{place: 20})
        orders = []
        for number in pieces:
            orders.append(self.desk.place(f"{sku}-{len(orders)}", (sku, number)))
            self.desk.until_confirmed(orders[-1])
        return [f"{order_id}-F1" for order_id in orders]

    def queue(self, place: str, query: str = "") -> Any:
        """What the place is to do, in order."""
        return self.desk.sure("GET", f"/v1/locations/{place}/fulfillments{query}")

    def ids(self, place: str, query: str = "") -> list[str]:
        """Of these the ids."""
        return [each["id"] for each in self.queue(place, query)["items"]]

    def test_what_an_order_says_later_reaches_its_place(self) -> None:
        """How urgent it is, and where it goes, while it is worked on; an address that came too late is refused."""
        first, second = self.shares("LATER", "LATER-A", 1, 1)
        order_id = second.rpartition("-")[0]
        urgent = self.system.sure("PUT", f"/v1/orders/{order_id}/priority", {"priority": 1})
        self.assertEqual((urgent.status, urgent.data["priority"]), (200, 1), urgent.data)
        wait_until("its place knows", 60, lambda: self.ids("LATER") == [second, first])
        there = self.system.order("any", ("LATER-A", 1))["ship_to"] | {"line1": "Way 2"}
        self.assertEqual(self.system.sure("PUT", f"/v1/orders/{order_id}/ship-to", there).status, 200)
        self.assertEqual(self.ask(f"/v1/fulfillments/{second}/pack", "pack",
                                  parcels=[{"parcel_no": 1, "weight_grams": 500,
                                            "lines": [{"line_no": 1, "quantity": 1}]}]).status, 200)
        wait_until("it is known to be packed", 60, lambda: self.system.get_order(order_id)["shipments"])
        late = self.system.request("PUT", f"/v1/orders/{order_id}/ship-to", there | {"line1": "Way 3"})
        self.assertEqual(late.status, 409)

    def test_the_queue_is_by_what_is_due(self) -> None:
        """By priority, then by when the carrier is to have it; page by page, by state, and by an index."""
        first, second, third = self.shares("QUEUE", "QUEUE-A", 1, 1, 1)
        shown: Body = self.queue("QUEUE")["items"][0]
        self.assertEqual((shown["id"], shown["priority"]), (first, 5))
        self.assertLess(shown["hand_over_by"], shown["promised_by"])
        self.assertEqual(self.ids("QUEUE"), [first, second, third])
        urgent = self.ask(f"/v1/fulfillments/{third}/priority", "urgent", priority=1)
        self.assertEqual((urgent.status, urgent.data["priority"]), (200, 1), urgent.data)
        self.assertEqual(self.ids("QUEUE"), [third, first, second])
        self.assertEqual(self.ask(f"/v1/fulfillments/{third}/priority", "never", priority=10).status, 400)
        self.assertEqual(self.ask(f"/v1/fulfillments/{first}/hold", "hold", reason="address").status, 200)
        self.assertEqual((self.ids("QUEUE", "?state=open"), self.ids("QUEUE", "?state=on_hold")),
                         ([third, second], [first]))
        self.assertEqual(self.desk.ask("GET", "/v1/locations/QUEUE/fulfillments?state=packed").status, 400)
        pages, query = [], "?limit=1"
        while query:
            page = self.queue("QUEUE", query)
            pages += [each["id"] for each in page["items"]]
            query = f"?limit=1&cursor={page['next']}" if page.get("next") else ""
        self.assertEqual(pages, [third, first, second])
        address = self.system.stack.postgres.conninfo("owner")
        with closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
            cursor.execute("SET search_path = fulfillment; SET enable_seqscan = off")
            asked = statement("read_queue", "'QUEUE'", "'open'", "5", "1", "1", "1", "1", "1", "50")
            cursor.execute(f"EXPLAIN {asked}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
        self.assertIn("fulfillment_queue", plan)
        self.assertIn("ROW(", plan.partition("Index Cond:")[2].partition("\n")[0])
        wait_until("the held one goes on", 20,
                   lambda: self.ask(f"/v1/fulfillments/{first}/release", "release").status == 200)

    def put_bins(self, place: str, sku: str, **pieces: int) -> None:
        """Bins of a place, in zones of their first letters, and so much in each."""
        for order, (bin_code, number) in enumerate(pieces.items(), 1):
            code = bin_code.replace("_", "-")
            self.assertEqual(self.ask(f"/v1/locations/{place}/bins/{code}", f"{place}{code}", "PUT", zone=code[0],
                                      pick_order=order, kind="pick").status, 200)
            self.assertEqual(self.ask("/v1/stock/bin-moves", f"{place}{code}move", sku=sku, location=place,
                                      quantity=number, to=code).status, 201)

    def make(self, key: str, **body: Any) -> Reply:
        """Ask for a pick list."""
        return self.ask("/v1/pick-lists", key, **body)

    def scan(self, path: str, scan_id: str, barcode: str, **more: Any) -> Reply:
        """A hand-held sends what it read, under a request of its own."""
        self.requests += 1
        return self.ask(f"{path}/scans", f"request-{self.requests}", scan_id=scan_id, barcode=barcode, **more)

    def verified(self, path: str) -> list[tuple[str | None, int, int]]:
        """Bin, pieces, and scanned pieces, line by line."""
        return [(line.get("bin"), line["quantity"], line["verified"])
                for line in self.desk.sure("GET", path)["lines"]]

    def test_a_batch_is_picked_by_scans(self) -> None:
        """Lines are summed by bin; scans count once, wrong ones name their field; who is held drops off at once."""
        first, second = self.shares("WALK", "WALK-A", 2, 3)
        self.desk.sure("PUT", "/v1/items/WALK-A", {"name": "Mug", "barcodes": ["4006381333931"], "packs": [
            {"unit": "case", "quantity": 2, "barcode": "14006381333938"}]})
        self.put_bins("WALK", "WALK-A", A_1=4, B_1=9)
        self.refused(self.make("no-place", location="NOWHERE"), 422, "/location")
        self.refused(self.make("twice", location="WALK", fulfillments=[first, first]), 422, "/fulfillments/1")
        self.refused(self.make("mixed", location="WALK", fulfillments=[first], limit=2), 422, "/limit")
        wait_until("the bins are known", 20, lambda: {
            line.get("bin") for line in self.desk.sure("GET", "/v1/locations/WALK/pick-list")["items"]} == {
                "A-1", "B-1"})
        made = self.make("batch", location="WALK", limit=5)
        self.assertEqual((made.status, made.data["state"]), (201, "open"), made.data)
        self.assertEqual(made.data["lines"], [
            {"sku": "WALK-A", "bin": "A-1", "zone": "A", "quantity": 4, "verified": 0, "orders": [
                {"fulfillment_id": first, "quantity": 2, "verified": 0},
                {"fulfillment_id": second, "quantity": 2, "verified": 0}]},
            {"sku": "WALK-A", "bin": "B-1", "zone": "B", "quantity": 1, "verified": 0, "orders": [
                {"fulfillment_id": second, "quantity": 1, "verified": 0}]}])
        path = f"/v1/pick-lists/{made.data['id']}"
        self.assertEqual(self.make("batch", location="WALK", limit=5).data, made.data)
        self.refused(self.make("again", location="WALK", fulfillments=[first]), 422, "/fulfillments/0")
        self.refused(self.make("nothing", location="WALK"), 422, "/location")
        self.assertEqual(self.ask(f"{path}/assign", "assign", picker="ann").data["state"], "picking")
        wait_until("barcodes are known", 20, lambda: self.scan(path, "s-1", "04006381333931", bin="B-1").status == 200)
        self.assertEqual(self.scan(path, "s-1", "04006381333931", bin="B-1").status, 200)  # its answer was lost
        self.assertEqual(self.verified(path), [("A-1", 4, 0), ("B-1", 1, 1)])
        self.refused(self.scan(path, "s-1", "WALK-A"), 422, "/scan_id")
        self.refused(self.scan(path, "s-2", "96385074"), 422, "/barcode")
        self.refused(self.scan(path, "s-3", "WALK-A", bin="Z-9"), 422, "/bin")
        self.refused(self.scan(path, "s-4", "WALK-A", bin="B-1"), 422, "/barcode")
        self.refused(self.scan(path, "s-5", "14006381333938", quantity=3), 422, "/quantity")
        self.assertEqual(self.scan(path, "s-6", "14006381333938").status, 200)
        self.assertEqual(self.ask(f"{path}/scans/s-1", "undo-1", "DELETE").status, 409)
        for key in ("undo-2", "undo-3"):
            self.assertEqual(self.ask(f"{path}/scans/s-6", key, "DELETE").status, 200)
        self.assertEqual(self.verified(path), [("A-1", 4, 0), ("B-1", 1, 1)])
        self.assertEqual(self.ask("/v1/locations/WALK/verification", "verify", "PUT", pick=True).data,
                         {"location": "WALK", "pick": True})
        self.assertEqual(self.ask(f"/v1/fulfillments/{second}/hold", "walk-hold", reason="address").status, 200)
        shown = self.desk.sure("GET", path)
        self.assertEqual([(line["bin"], line["quantity"]) for line in shown["lines"]], [("A-1", 2)])
        self.assertEqual((shown["put_back"], [each["state"] for each in shown["fulfillments"]]),
                         ([{"sku": "WALK-A", "bin": "B-1", "quantity": 1}], ["open", "on_hold"]))
        early = self.ask(f"{path}/done", "early")
        self.assertEqual((early.status, "2 of WALK-A in bin A-1" in early.data["detail"]), (409, True), early.data)
        self.assertEqual(self.scan(path, "s-7", "WALK-A", quantity=2).status, 200)
        for key in ("done", "done-again"):
            self.assertEqual(self.ask(f"{path}/done", key).data["state"], "done")
        wait_until("the first is picked", 20, lambda: self.ids("WALK", "?state=picked") == [first])
        wait_until("it left its bin", 20, lambda: {"bin": "A-1", "quantity": 2} in self.desk.sure(
            "GET", "/v1/stock/WALK-A/WALK/bins")["bins"])
        self.assertEqual(self.ask(f"/v1/fulfillments/{second}/release", "walk-go").status, 200)
        other = self.make("other", location="WALK", fulfillments=[second])
        self.assertEqual(other.status, 201, other.data)
        self.assertEqual(self.ask(f"/v1/pick-lists/{other.data['id']}/cancel", "cancel").data["state"], "canceled")
        zone = self.make("zone", location="WALK", zone="B")
        self.assertEqual((zone.status, [each["id"] for each in zone.data["fulfillments"]]), (201, [second]), zone.data)
        self.assertEqual([each["state"] for each in self.desk.sure("GET", "/v1/pick-lists?location=WALK")["items"]],
                         ["done", "canceled", "open"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
