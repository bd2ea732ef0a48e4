"""hostile_orders - words that are code elsewhere, and numbers beyond every edge, in all that a caller can say."""

from __future__ import annotations

import copy
import json
import os
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import TestCase

from system import COMMAND_LINE, Body, System, run_checked

WORDS = ("'; DROP TABLE orders.orders; --", "' OR '1'='1", "x'); SELECT pg_sleep(9); --", "$1", "\\'", "%s%n%x",
         "{{7*7}}", "${jndi:ldap://x}", "<script>alert(1)</script>", "🛒'\"`;", "NULL", "/*", "../../etc/passwd")
NUMBERS = ("-1", "2147483648", "9007199254740992", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
           "1e3", "1.0", "1.5", '"1"', "true", "null", "[]", "1E400", "-0")
MONEY = ("quantity", "unit_price_minor", "discount_minor", "tax_minor", "price_minor", "total_minor")
MOST_MINOR = 9007199254740991
PATHS = ("/v1/orders/{}", "/v1/orders/{}/timeline", "/v1/orders/{}/messages", "/v1/items/{}", "/v1/locations/{}",
         "/v1/stock/{}", "/v1/payments/{}", "/v1/fulfillments/{}", "/v1/shipments/{}", "/v1/shipments/{}/label",
         "/v1/tasks/{}", "/v1/choices/{}", "/choices/{}", "/suppliers/{}", "/docs/{}", "/{}",
         "/v1/orders?{}", "/v1/orders?{}={}",
         *(f"/v1/orders?{name}={{}}" for name in ("status", "payment_status", "channel", "q", "email", "phone", "sku",
                                                  "placed_from", "placed_to", "cursor", "limit", "stuck")),
         *(f"/v1/stock?{name}={{}}" for name in ("sku", "location", "cursor")),
         *(f"/v1/fulfillments?{name}={{}}" for name in ("status", "location", "cursor")),
         *(f"/v1/tasks?{name}={{}}" for name in ("state", "kind", "cursor")))
HEADERS = ("Authorization", "If_Match", "If_None_Match", "Idempotency_Key", "Prefer", "X_Request_Id", "traceparent",
           "Origin", "Accept_Language", "Last_Event_ID", "Content_Type", "Cookie")
AT_ONCE, PATIENCE_S = 12, 8


def texts(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the strings of a body are."""
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in items:
        if isinstance(value, str):
            yield (*path, name)
        yield from texts(value, (*path, name))


def at(body: Any, path: tuple[Any, ...]) -> Any:
    """What is there."""
    for name in path:
        body = body.get(name) if isinstance(body, dict) else body[name]
    return body


class HostileOrders(TestCase):
    """Tests for a class that has a running system."""

    system: System

    def full_order(self, ref: str, sku: str) -> Body:
        """An order with every text that one can have."""
        order = self.system.order(ref, (sku, 1))
        order |= {"note": "n", "bill_to": dict(order["ship_to"])}
        order["customer"] |= {"phone": "+49301234567", "company": "c"}
        order["ship_to"] |= {"company": "c", "line2": "l", "region": "r"}
        order["lines"][0]["customization"] = {"engraving": "e"}
        return order

    def test_words_in_bodies(self) -> None:
        """A text is a text: kept as it came, or refused with 4xx."""
        system = self.system
        system.add_stock("WORDS")  # none: the orders end at once
        order = self.full_order("words", "WORDS")
        changed: list[tuple[tuple[Any, ...], str, Body]] = []
        for number, (path, word) in enumerate((path, word) for path in texts(order) for word in WORDS):
            body = copy.deepcopy(order) | {"channel_order_ref": f"words-{number}"}
            at(body, path[:-1])[path[-1]] = word
            changed.append((path, word, body))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            replies = list(pool.map(lambda change: system.post_order(change[2], wait_s=20), changed))
        kept = 0
        for (path, word, _), reply in zip(changed, replies, strict=True):
            self.assertTrue(reply.status == 201 or 400 <= reply.status < 500, (path, word, reply.status, reply.data))
            if reply.status == 201 and path[0] in ("note", "customer", "ship_to", "bill_to", "lines"):
                self.assertEqual(at(system.get_order(reply.data["id"]), path), word, path)
                kept += 1
        self.assertGreater(kept, 5 * len(WORDS))

    def test_words_in_addresses_and_headers(self) -> None:
        """No path, query or header is more than what it says, and none takes long."""
        system = self.system
        words = [str(COMMAND_LINE), "key", "create", "--scopes", "orders:read,inventory:read,payments:read,"
                 "fulfillments:read,shipments:read,tasks:read"]
        staff = run_checked("making an API key", words, 30, env=os.environ | system.stack.all_addresses()).split()[-1]
        keys = {"Authorization": f"Bearer {staff}"}
        calls = [("GET", path.format(*2 * [urllib.parse.quote(word, safe="")]), keys)
                 for path in PATHS for word in WORDS]
        calls += [("GET", path.format(*2 * [urllib.parse.quote(word, safe="/'();*")]), keys) for path in PATHS[:6]
                  for word in WORDS]
        calls += [("GET", "/v1/orders", keys | {name: word}) for name in HEADERS for word in WORDS if word.isascii()]

        def ask(call: tuple[str, str, dict[str, str]]) -> tuple[int, float]:
            start = time.monotonic()
            reply = system.request(call[0], call[1], **call[2])
            return reply.status, time.monotonic() - start

        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(ask, calls))
        for call, (status, seconds) in zip(calls, answers, strict=True):
            self.assertTrue(200 <= status < 500, (call, status))
            self.assertLess(seconds, PATIENCE_S, call)

    def test_numbers(self) -> None:
        """What is no amount, or adds up to none, is refused: nothing wraps, nothing is rounded."""
        system = self.system
        system.add_stock("NUMBERS")
        base = json.dumps(system.order("numbers", ("NUMBERS", 1)))
        base = base.replace('"quantity": 1', '"quantity": 1, "discount_minor": 0, "tax_minor": 0')
        line = json.loads(base)["lines"][0]
        cases: dict[str, str] = {}
        for name in MONEY:
            before, _, after = base.partition(f'"{name}": ')
            rest = after[len(after) - len(after.lstrip("0123456789")):]
            cases |= {f"{name} {number}": f'{before}"{name}": {number}{rest}' for number in NUMBERS}
        for name, changes in {
                "a product beyond all": {"lines": [line | {"quantity": 1000000, "unit_price_minor": MOST_MINOR}]},
                "a product that wraps to nothing": {"lines": [line, line | {"quantity": 1 << 12,
                                                                            "unit_price_minor": 1 << 52}]},
                "a sum beyond all": {"lines": [line | {"unit_price_minor": MOST_MINOR}] * 3},
                "a discount above the price": {"lines": [line | {"discount_minor": line["unit_price_minor"] + 1}]},
                "no pieces": {"lines": [line | {"quantity": 0}]},
                "a line in another currency": {"lines": [line | {"currency": "USD"}]},
                "no currency of this world": {"currency": "XXQ"},
                "a currency in small letters": {"currency": "eur"}}.items():
            cases[name] = json.dumps(json.loads(base) | changes)
        for number, (name, text) in enumerate(cases.items()):
            status = self.raw(text.replace('"numbers"', f'"numbers-{number}"'))
            harmless = name.endswith(" -0") and name.split()[0] in ("discount_minor", "tax_minor")
            self.assertTrue(400 <= status < 500 or (harmless and status == 201), (name, status))

    def raw(self, text: str) -> int:
        """The answer to an order as it is written."""
        place = urllib.parse.urlsplit(self.system.address("gateway")).netloc
        connection = self.system._connect(place)
        connection.request("POST", "/v1/orders", text.encode(), {
            "Authorization": f"Bearer {self.system.key}", "Content-Type": "application/json", "Prefer": "wait=20"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
