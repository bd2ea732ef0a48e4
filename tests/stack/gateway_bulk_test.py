#!/usr/bin/python3
"""gateway_bulk_test - orders by the hundred in one request: a result a line, nothing twice, and nobody starved.

    tests/stack/gateway_bulk_test.py
"""

from __future__ import annotations

import concurrent.futures
import json
import socket
import time
import unittest
import uuid
from typing import Any

from gateway_stack import Answer, GatewayCase, new_order, submission

from basics import wait_until  # isort: skip

BULK = "/v1/orders/bulk"
LINE_BYTES_MAX = 256 * 1024
LINES_MAX = 10_000
Order = dict[str, Any]


def body_of(orders: list[Order]) -> bytes:
    """A line each."""
    return b"".join(json.dumps(order).encode() + b"\n" for order in orders)


def orders_of(name: str, count: int) -> list[Order]:
    """Orders with references of their own."""
    return [submission(channel_order_ref=f"{name}-{number}") for number in range(1, count + 1)]


class BulkTest(GatewayCase):
    """Lines in, results out."""

    def bulk(self, body: bytes, path: str = BULK, **headers: str) -> Answer:
        """Send a bulk with the key of channel web."""
        return self.call("POST", path, body, **({"key": self.web, "Content-Type": "application/x-ndjson"} | headers))

    def results(self, body: bytes, path: str = BULK, **headers: str) -> list[Order]:
        """What became of its lines."""
        answer = self.bulk(body, path, **headers)
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "application/x-ndjson"), answer.body)
        return [json.loads(line) for line in answer.body.splitlines()]

    def made(self, prefix: str) -> list[str]:
        """References of the orders that were made, by their first letters; sorted."""
        return sorted(json.loads(record.body)["channel_order_ref"] for record in
                      {record.key: record for record in list(self.owners.records)}.values()
                      if record.topic == "order.requests"
                      and json.loads(record.body).get("channel_order_ref", "").startswith(prefix))

    # --- Lines ---------------------------------------------------------------------------------------

    def test_each_line_has_its_result(self) -> None:
        """In their order, the bad ones among the good; the same again when it is sent again."""
        name = uuid.uuid4().hex
        orders = orders_of(name, 300)
        orders[17]["colour"] = "red"
        orders[40]["lines"][0] = orders[40]["lines"][0] | {"quantity": 0}
        orders[99]["channel"] = "phone"
        orders[123]["note"] = "refuse"
        first = self.results(body_of(orders))
        self.assertEqual([result["line"] for result in first], list(range(1, 301)))
        bad = {18: (400, "/colour"), 41: (400, "/lines/0/quantity"), 100: (403, None), 124: (422, "/total_minor")}
        for result in first:
            status, pointer = bad.get(result["line"], (201, None))
            self.assertEqual(result["status"], status, result)
            self.assertEqual("order_id" in result, status == 201)
            if pointer is not None:
                self.assertEqual(result["problem"]["errors"][0]["pointer"], pointer)
        alone = self.submit(orders[0])
        self.assertEqual((alone.status, alone.json["id"]), (201, first[0]["order_id"]))
        again = self.results(body_of(orders))
        self.assertEqual(again, [result | ({"status": 200} if result["status"] == 201 else {}) for result in
                                 [one if "problem" not in one else one | {"problem": other["problem"]}
                                  for one, other in zip(first, again, strict=True)]])
        self.assertEqual(len(self.made(name)), 297)

    def test_lines_of_all_kinds(self) -> None:
        """CR LF, blank lines, one that is too long, one that is no UTF-8, and no end of the last."""
        good = [json.dumps(new_order()).encode() for _ in range(4)]
        body = b"\r\n".join([good[0], b"", b" \t", good[1], b"{", b'{"note":"' + b"x" * LINE_BYTES_MAX + b'"}',
                             good[2][:-1] + b',"note":"\xff"}', good[3]])
        answered = [(result["line"], result["status"]) for result in self.results(body)]
        self.assertEqual(answered, [(1, 201), (4, 201), (5, 400), (6, 413), (7, 400), (8, 201)])
        self.assertEqual(self.results(b""), [])
        self.assertEqual(self.results(b"\n\n"), [])

    def test_names(self) -> None:
        """A line without a reference is named by the request's key and its number, however the file is cut."""
        key = uuid.uuid4().hex
        lines = [submission(note=f"n{number}") for number in range(1, 7)]
        nameless = self.results(body_of(lines[:1]))[0]
        self.assertEqual(nameless["status"], 400)
        self.assertEqual(nameless["problem"]["type"].partition("#")[2], "identity-required")
        self.assertIn("Idempotency-Key", nameless["problem"]["detail"])
        whole = self.results(body_of(lines), Idempotency_Key=key)
        self.assertEqual({result["status"] for result in whole}, {201})
        self.assertEqual(len({result["order_id"] for result in whole}), 6)
        tail = self.results(body_of(lines[3:]), BULK + "?first_line=4", Idempotency_Key=f'"{key}"')
        self.assertEqual(tail, [result | {"status": 200} for result in whole[3:]])
        other = self.results(body_of(lines[:1]), Idempotency_Key=key + "x")
        self.assertNotEqual(other[0]["order_id"], whole[0]["order_id"])
        changed = self.results(body_of([submission(note="other")]), Idempotency_Key=key)
        self.assertEqual(changed[0]["status"], 422)

    def test_refused_at_its_head(self) -> None:
        """As a single order would be; nothing is made of its lines."""
        name = uuid.uuid4().hex
        body = body_of(orders_of(name, 20))
        self.refused(self.call("POST", BULK, body, Content_Type="application/x-ndjson"), 401, "unauthenticated")
        reader = self.new_key("web", "orders:read")
        self.refused(self.bulk(body, key=reader), 403, "forbidden")
        self.refused(self.call("POST", BULK, body, key=self.web), 415, "media-type")
        self.refused(self.bulk(body, Idempotency_Key="a b"), 400, "idempotency-key")
        for number in ("0", "-1", "x", "9" * 15):
            self.refused(self.bulk(body, f"{BULK}?first_line={number}"), 400, "invalid-parameter")
        self.refused(self.bulk(body, "/v1/orders/b%75lk"), 404, "not-found")
        self.assertEqual(self.made(name), [])

    def test_longer_than_a_bulk_may_be(self) -> None:
        """The line at which it ends is told, and nothing behind it is looked at."""
        results = self.results(b"x\n" * (LINES_MAX + 20))
        self.assertEqual([result["line"] for result in results], list(range(1, LINES_MAX + 2)))
        self.assertEqual({result["status"] for result in results[:-1]}, {400})
        self.assertEqual(results[-1]["status"], 413)

    def test_many_faults(self) -> None:
        """What is wrong is told in full as far as the gateway's memory goes; then lines are to be sent again."""
        results = self.results(b"{}\n" * LINES_MAX)
        statuses = [result["status"] for result in results]
        refused = statuses.index(503)
        self.assertEqual(statuses, [400] * refused + [503] * (LINES_MAX - refused))
        self.assertGreater(refused, 1000)
        self.assertEqual(results[-1]["retry_after_s"], 1)

    # --- Trouble -------------------------------------------------------------------------------------

    def test_interrupted_and_sent_again(self) -> None:
        """Half of it arrived; all of it, sent again, makes each order once."""
        name, count = uuid.uuid4().hex, 400
        body = body_of(orders_of(name, count))
        head = (f"POST {BULK} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.web}\r\n"
                f"Content-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(head.encode() + body[: len(body) // 2])
            wait_until("lines are taken before the body is whole", 10, lambda: len(self.made(name)) > 20, None)
        wait_until("all whole lines that came are taken", 10, lambda: len(self.made(name)) >= count // 2 - 40, None)
        self.assertLess(len(self.made(name)), count)
        results = self.results(body)
        self.assertEqual([result["line"] for result in results], list(range(1, count + 1)))
        self.assertEqual({result["status"] for result in results}, {200, 201})
        self.assertGreaterEqual(sum(result["status"] == 200 for result in results), count // 2 - 40)
        self.assertEqual(self.made(name), sorted(f"{name}-{number}" for number in range(1, count + 1)))

    def test_waits_for_services_that_are_late(self) -> None:
        """A bulk stands still while services are half as late as may be; single orders come in; then it goes on."""
        name = uuid.uuid4().hex
        self.owners.documents["/v1/lateness"] = {"late_ms": 1500}
        self.addCleanup(self.owners.documents.pop, "/v1/lateness", None)
        self.results(body_of([new_order()]))  # is asked for by the first

        def is_seen() -> bool:
            self.submit(new_order())
            metrics = self.call("GET", "/metrics").body.decode()
            return "\nkervan_gateway_behind_seconds 1.5" in metrics

        wait_until("the lateness is known", 10, is_seen, None)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(self.results, body_of(orders_of(name, 100)))
            end = time.monotonic() + 1.5
            while time.monotonic() < end:
                self.assertEqual(self.submit(new_order()).status, 201)
            self.assertEqual(self.made(name), [])
            self.assertFalse(waiting.done())
            self.owners.documents["/v1/lateness"] = {"late_ms": 0}
            self.assertEqual({result["status"] for result in waiting.result(30)}, {201})

    def test_paced_by_the_rate_of_its_key(self) -> None:
        """A key that may ask 10 times a second submits 10 lines a second, and its single requests are not refused."""
        key = self.call("POST", "/v1/keys", {"scopes": ["orders:write", "orders:read"], "channel": "web",
                                             "rate_limit": {"per_second": 10, "burst": 10}},
                        key=self.admin, Idempotency_Key=uuid.uuid4().hex).json["key"]
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(self.results, body_of(orders_of(uuid.uuid4().hex, 60)), key=key)
            self.assertEqual(self.submit(new_order(), key=key).status, 201)
            self.assertEqual({result["status"] for result in waiting.result(30)}, {201})
        self.assertGreaterEqual(time.monotonic() - start, 4.8)


if __name__ == "__main__":
    unittest.main(verbosity=2)
