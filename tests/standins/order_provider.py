"""What the providers have in common whose books are orders with what was made of each: PayPal's and Razorpay's."""
from __future__ import annotations

import argparse
from typing import Any, Optional

import standin
from standin_books import load_records


class Things:
    """Everything by its id; each thing is a plain document, so that the books can keep it."""

    kind_member = "kind"

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Empties it."""
        self.things: dict[str, dict[str, Any]] = {}
        self.count = 0

    def get(self, kind: str, name: str) -> Optional[dict[str, Any]]:
        """The thing of this kind with this id."""
        thing = self.things.get(name)
        return thing if thing is not None and thing[self.kind_member] == kind else None

    def all_of(self, kind: str) -> list[dict[str, Any]]:
        """Everything of a kind, the oldest first."""
        return [thing for thing in self.things.values() if thing[self.kind_member] == kind]

    def take_back(self, thing: dict[str, Any]) -> None:
        """A thing as the books have it."""
        self.count += thing["id"] not in self.things
        self.things[thing["id"]] = thing


class OrderProvider(standin.StandIn):
    """A child has its webhooks and its ledger before `open_books`, and says what belongs together and what is told."""

    rows_name = "orders"
    ledger: Things

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.answered: dict[str, tuple[str, str]] = {}
        self.effects: dict[str, int] = {}
        self.replays = 0
        self.refusals: dict[str, list[str]] = {}

    def open_books(self) -> None:
        """Begins with what the books have."""
        self.forget()
        load_records(self.books, self.load)

    def forget(self) -> None:
        """Empties the state in memory."""
        self.ledger.clear()
        self.answered.clear()
        self.effects.clear()
        self.replays = 0
        self.refusals.clear()

    def order_of(self, thing: dict[str, Any]) -> dict[str, Any]:
        """The order that a thing belongs to."""
        raise NotImplementedError

    def emit(self, kind: str, about: Any) -> None:
        """Sends an event about things as they are now."""
        raise NotImplementedError

    def book(self, operation: str, thing: dict[str, Any], events: list[tuple[str, Any]], key: str = "",
             digest: str = "") -> None:
        """Writes all that belongs to the order to the books, then tells."""
        order = self.order_of(thing)
        order["change"] = self.next_change()
        self.effects[operation] = self.effects.get(operation, 0) + 1
        mine = [other for other in self.ledger.things.values() if self.order_of(other) is order]
        self.books.append(standin.to_json({"op": operation, "key": key, "digest": digest, "shown": thing["id"],
                                           "things": mine}) + b"\n")
        for kind, about in events:
            self.emit(kind, about)

    def totals(self) -> dict[str, Any]:
        """Sums over all orders."""
        return {"orders": len(self.ledger.all_of("order")), "effects": self.effects, "replays": self.replays}

    def load(self, start: int, line: bytes, record: dict[str, Any]) -> None:
        """Takes one record back at the start."""
        if record["op"] in ("event", "sent", "gave_up"):
            if self.webhooks is not None:
                self.webhooks.load(start, line, record)
            return
        for thing in record["things"]:
            self.ledger.take_back(thing)
            self.change_number = max(self.change_number, thing.get("change", 0))
        self.effects[record["op"]] = self.effects.get(record["op"], 0) + 1
        if record["key"]:
            self.answered[record["key"]] = (record["digest"], record["shown"])

    async def start(self) -> str:
        """Goes on with what a kill interrupted."""
        if self.webhooks is not None:
            self.webhooks.resume()
        return ""
