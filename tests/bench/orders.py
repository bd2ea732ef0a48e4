"""orders.py - the orders of the bench: what shoppers buy, as the bytes of HTTP requests, made before the clock runs."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import dataclass

PLACES = ("BENCH-A", "BENCH-B", "BENCH-C")
# Channels, and how many of 100 orders come through each.
CHANNELS = {"web": 60, "mobile": 25, "market": 15}
ITEMS = 1000
ON_HAND = 10_000_000
# How many of 100 orders have 1, 2 … 8 lines.
LINES_OF_100 = (40, 22, 14, 9, 6, 4, 3, 2)
QUANTITY_OF_100 = (80, 15, 5)
CITIES = (("Invalidenstr.", "Berlin", "10115"), ("Domstr.", "Hamburg", "20095"), ("Zeil", "Frankfurt am Main", "60313"),
          ("Sendlinger Str.", "Munich", "80331"), ("Hohe Str.", "Cologne", "50667"))
NAMES = ("Ada Lovelace", "Grace Hopper", "Alan Turing", "Edsger Dijkstra", "Barbara Liskov", "Tony Hoare")


@dataclass(frozen=True)
class Target:
    """Where requests go, and with which key."""

    host: str
    port: int
    key: str
    channel: str = "web"

    def of(self, channel: str, key: str) -> Target:
        """The same place, as another channel's storefront calls it."""
        return Target(self.host, self.port, key, channel)

    def get(self, path: str) -> bytes:
        """The bytes of a request for a document."""
        head = f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAuthorization: Bearer {self.key}\r\n\r\n"
        return head.encode()

    def request(self, method: str, path: str, body: object, headers: str = "") -> bytes:
        """The bytes of a request with a JSON body."""
        text = json.dumps(body, separators=(",", ":")).encode()
        head = (f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAuthorization: Bearer {self.key}\r\n"
                f"Content-Type: application/json\r\n{headers}Content-Length: {len(text)}\r\n\r\n")
        return head.encode() + text


def sku(rank: int) -> str:
    """The item of a rank; 0 sells best."""
    return f"BENCH-{rank + 1}"


def places_of(rank: int) -> tuple[str, ...]:
    """Where an item lies: of ten, one in each place alone, one in the last two, the rest everywhere."""
    return {4: PLACES[:1], 9: PLACES[1:2], 6: PLACES[2:], 7: PLACES[1:]}.get(rank % 10, PLACES)


def price_minor(rank: int) -> int:
    """Each item has its price."""
    return 499 + rank * 37 % 9000


class Shop:
    """Draws orders; the same seed draws the same ones."""

    def __init__(self, targets: list[Target], run: str, seed: int = 1, items: int = ITEMS) -> None:
        """`run` makes the references of this bench its own; a target a channel."""
        self.targets, self.run, self.items = targets, run, items
        self.hot = False
        self.random = random.Random(seed)
        self.number = 0
        self._ranks = range(items)
        self._weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(items)))
        self._channels = list(itertools.accumulate(CHANNELS.get(target.channel, 1) for target in targets))
        self._lines = list(itertools.accumulate(LINES_OF_100))
        self._quantities = list(itertools.accumulate(QUANTITY_OF_100))

    def order(self, channel: str = "web") -> dict[str, object]:
        """The next order: different items by Zipf's law, to one of a few cities, paid by a card that is good.

        While the shop is `hot`, every order has the item that sells best.
        """
        self.number += 1
        count = self.random.choices(range(1, len(LINES_OF_100) + 1), cum_weights=self._lines)[0]
        ranks: dict[int, None] = {0: None} if self.hot else {}
        while len(ranks) < min(count, self.items):
            ranks[self.random.choices(self._ranks, cum_weights=self._weights)[0]] = None
        lines = [{"sku": sku(rank), "quantity": self._quantity(), "unit_price_minor": price_minor(rank)}
                 for rank in ranks]
        street, city, postal_code = self.random.choice(CITIES)
        name = self.random.choice(NAMES)
        total = sum(int(line["quantity"]) * int(line["unit_price_minor"]) for line in lines)
        return {
            "channel": channel, "channel_order_ref": f"{self.run}-{self.number}", "currency": "EUR",
            "customer": {"name": name, "email": f"{self.run}-{self.number}@shop.example", "locale": "en-GB"},
            "ship_to": {"name": name, "line1": f"{street} {self.number % 180 + 1}", "city": city,
                        "postal_code": postal_code, "country": "DE", },
            "lines": lines, "shipping": {"service": "standard", "price_minor": 490},
            "payment": {"method": "card", "token": "tok_ok"}, "total_minor": total + 490}

    def requests(self, count: int, headers: str = "") -> list[bytes]:
        """The next `count` submissions."""
        targets = self.random.choices(self.targets, cum_weights=self._channels, k=count)
        return [target.request("POST", "/v1/orders", self.order(target.channel), headers) for target in targets]

    def _quantity(self) -> int:
        return self.random.choices(range(1, len(QUANTITY_OF_100) + 1), cum_weights=self._quantities)[0]


def stock_requests(target: Target, run: str, items: int = ITEMS) -> list[bytes]:
    """What makes places that need no people, items, and more stock than a bench can sell, in this order."""
    address = {"name": "Kervan bench", "line1": "Invalidenstr. 117", "city": "Berlin", "postal_code": "10115",
               "country": "DE"}
    made = [target.request("PUT", f"/v1/locations/{place}", {
        "name": place, "kind": "warehouse", "address": address, "priority": number, "active": True, "automatic": True},
        f"Idempotency-Key: {run}-{place}\r\n") for number, place in enumerate(PLACES, 1)]
    made += [target.request("PUT", f"/v1/items/{sku(rank)}", {
        "name": f"Bench item {rank + 1}", "weight_grams": 100 + rank * 13 % 2000},
        f"Idempotency-Key: {run}-{sku(rank)}\r\n") for rank in range(items)]
    made += [target.request("POST", "/v1/stock/counts", {
        "sku": sku(rank), "location": place, "counted": ON_HAND, "reason": "count"},
        f"Idempotency-Key: {run}-{sku(rank)}-{place}\r\n") for rank in range(items) for place in places_of(rank)]
    return made
