#!/usr/bin/python3
"""picking_test - the work of a place with people: its queue, on the running system.

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
        with closing(psycopg2.connect(self.system.stack.postgres.conninfo("owner"))) as connection, connection.cursor() as cursor:
            cursor.execute("SET search_path = fulfillment; SET enable_seqscan = off")
            asked = statement("read_queue", "'QUEUE'", "'open'", "5", "1", "1", "1", "1", "1", "50")
            cursor.execute(f"EXPLAIN {asked}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
        self.assertIn("fulfillment_queue", plan)
        self.assertIn("ROW(", plan.partition("Index Cond:")[2].partition("\n")[0])
        wait_until("the held one goes on", 20,
                   lambda: self.ask(f"/v1/fulfillments/{first}/release", "release").status == 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
