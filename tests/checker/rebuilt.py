"""rebuilt.py - the order view, and what lies in bins, made anew from the facts of all topics, and from nothing else.

Rows are keyed as the order service's tables are, with the columns that facts tell.  Not here, because no fact
tells it: steps, deadlines, tasks, who waits, and personal data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from evidence import Record, Row, order_id_text

PLACED, CONFIRMED, COMPLETED, REJECTED, CANCELED, EXPIRED = 2, 3, 4, 5, 6, 7
OPEN, ON_HOLD, PICKED, ASSEMBLING, PACKED, CLOSED, GIVEN_UP = 2, 3, 5, 6, 7, 8, 10
PAYMENT_METHODS = ("card", "bank_transfer", "cash_on_delivery", "invoice", "prepaid", "wallet")
TAX_MODES = ("inclusive", "exclusive")
CANCEL_REASONS = ("shopper_request", "merchant_request", "out_of_stock", "payment_declined", "payment_expired", "fraud",
                  "undeliverable", "duplicate", "expired", "other")
HOLD_REASONS = ("payment", "fraud", "address", "stock", "manual", "scheduled", "return_items", "other",
                "approval", "credit")
TRACKING = ("pre_transit", "in_transit", "out_for_delivery", "available_for_pickup", "attempt_failed", "delivered",
            "return_to_sender", "failure")
EXPIRED_BECAUSE = {"payment": "payment_expired"}


def number(words: tuple[str, ...], word: str | None) -> int:
    """Words count from 1; 0 is none."""
    return words.index(word) + 1 if word in words else 0


def counter(child_id: str) -> int:
    """The number of what belongs to an order: 2 of ord_...-F2."""
    return int(child_id.rpartition("-")[2][1:])


@dataclass
class Rebuilt:
    """One order: its row, and rows of lines, shares and holds by number."""

    order: Row = field(default_factory=dict)
    lines: dict[int, Row] = field(default_factory=dict)
    shares: dict[int, Row] = field(default_factory=dict)
    holds: dict[int, Row] = field(default_factory=dict)
    money: dict[str, Row] = field(default_factory=dict)
    shipments: dict[str, int] = field(default_factory=dict)

    def share(self, number_: int) -> Row:
        """A share, new when nothing was said of it."""
        return self.shares.setdefault(number_, {})

    def share_of(self, fact: Row) -> Row:
        """The share whose parcel a fact is about."""
        if "fulfillment_id" in fact:
            self.shipments[fact["shipment_id"]] = counter(fact["fulfillment_id"])
        return self.share(self.shipments.get(fact["shipment_id"], counter(fact["shipment_id"])))


def ordered(line: Row) -> Row:
    """A line as it is ordered."""
    return {"sku": line["sku"], "quantity": line["quantity"], "unit_price_minor": line["unit_price_minor"],
            "discount_minor": line.get("discount_minor", 0), "tax_minor": line.get("tax_minor", 0),
            "canceled_quantity": 0}


def placed(view: Rebuilt, fact: Row) -> None:
    """The beginning."""
    view.order |= {name: fact[name] for name in ("channel", "currency", "shipping_service", "placed_at", "total_minor")
                   if name in fact}
    view.order |= {"channel_order_ref": fact.get("channel_order_ref"), "ship_not_before": fact.get("ship_not_before")}
    if "payment_method" in fact:
        view.order["payment_method"] = number(PAYMENT_METHODS, fact["payment_method"])
    if "tax_mode" in fact:
        view.order["tax_mode"] = number(TAX_MODES, fact["tax_mode"])
    view.order["status"] = max(PLACED, view.order.get("status", 0))
    for line in fact.get("lines", ()):
        view.lines[line["line_no"]] = ordered(line)


def confirmed(view: Rebuilt, fact: Row) -> None:
    """Stock and payment are secured."""
    view.order |= {"status": CONFIRMED, "confirmed_at": fact.get("confirmed_at")}
    promised(view, fact)


def promised(view: Rebuilt, fact: Row) -> None:
    """Between which days it arrives, as the shopper was told last; an order of an older release was told nothing."""
    if window := fact.get("promised_delivery"):
        first, last = ((date.fromisoformat(window[name]) - date(1970, 1, 1)).days for name in ("earliest", "latest"))
        view.order |= {"promised_earliest": first, "promised_latest": last}


def ended(status: int, instant: str, reason: Callable[[Row], str | None]) -> Callable[[Rebuilt, Row], None]:
    """One of the ends."""
    def apply(view: Rebuilt, fact: Row) -> None:
        view.order |= {"status": status, "ended_at": fact.get(instant),
                       "cancel_reason": number(CANCEL_REASONS, reason(fact))}
        view.order |= {name: fact[name] for name in ("channel", "channel_order_ref") if name in fact}
    return apply


def paid(column: str, told: str) -> Callable[[Rebuilt, Row], None]:
    """Sums of a payment only grow; the order shows those of all its payments."""
    def apply(view: Rebuilt, fact: Row) -> None:
        if told in fact:
            sums = view.money.setdefault(fact["payment_id"], {})
            sums[column] = max(fact[told], sums.get(column, 0))
            view.order[column] = sum(each.get(column, 0) for each in view.money.values())
    return apply


def reduced(view: Rebuilt, fact: Row) -> None:
    """Pieces were taken off."""
    view.order |= {name: fact[name] for name in ("total_minor",) if name in fact}
    for line in fact.get("lines", ()):
        view.lines[line["line_no"]]["canceled_quantity"] += line["quantity"]


def edited(view: Rebuilt, fact: Row) -> None:
    """Lines went before, by facts of their own; others came; the delivery option may be another, and cost less."""
    view.order |= {"total_minor": fact["total_minor"]}
    view.lines |= {line["line_no"]: ordered(line) for line in fact.get("added", ())}
    if "shipping" in fact:
        view.order["shipping_service"] = fact["shipping"]["service"]


def held(view: Rebuilt, fact: Row) -> None:
    """A reason to wait."""
    view.holds[counter(fact["hold_id"])] = {"reason": number(HOLD_REASONS, fact["reason"]), "until": fact.get("until"),
                                            "held_at": fact["held_at"]}


def released(view: Rebuilt, fact: Row) -> None:
    """It is over."""
    view.holds[counter(fact["hold_id"])]["released_at"] = fact["released_at"]


def worked(state: int) -> Callable[[Rebuilt, Row], None]:
    """How far a place is; what is shipped stays closed, and what is canceled stays so."""
    def apply(view: Rebuilt, fact: Row) -> None:
        share = view.share(counter(fact["fulfillment_id"]))
        if share.get("state") not in (CLOSED, GIVEN_UP):
            share["state"] = state
        if "location" in fact:
            share["location"] = fact["location"]
    return apply


def labeled(view: Rebuilt, fact: Row) -> None:
    """A parcel has its label."""
    share = view.share_of(fact)
    share["carrier"] = fact.get("carrier")
    if fact.get("parcels") and fact["parcels"][0].get("tracking_number"):
        share["tracking_number"] = fact["parcels"][0]["tracking_number"]


def shipped(view: Rebuilt, fact: Row) -> None:
    """The carrier has it."""
    share = view.share_of(fact)
    share |= {"state": CLOSED, "shipped_at": fact.get("shipped_at"), "carrier": fact.get("carrier")}
    if fact.get("tracking_number"):
        share["tracking_number"] = fact["tracking_number"]


def delivered(view: Rebuilt, fact: Row) -> None:
    """The shopper has it."""
    view.share_of(fact).update(state=CLOSED, delivered_at=fact.get("delivered_at"))


def tracked(view: Rebuilt, fact: Row) -> None:
    """What the carrier says of it."""
    if status := number(TRACKING, fact["tracking_status"]):
        view.share_of(fact)["tracking_status"] = status


FOLDS: dict[str, Callable[[Rebuilt, Row], None]] = {
    "order.placed": placed, "order.confirmed": confirmed, "order.reduced": reduced,
    "order.completed": ended(COMPLETED, "completed_at", lambda fact: None),
    "order.rejected": ended(REJECTED, "rejected_at",
                            lambda fact: "out_of_stock" if fact.get("reason") == "out_of_stock" else None),
    "order.canceled": ended(CANCELED, "canceled_at", lambda fact: fact.get("reason")),
    "order.expired": ended(EXPIRED, "expired_at", lambda fact: EXPIRED_BECAUSE.get(fact.get("awaited", ""), "expired")),
    "order.edited": edited, "order.promise_changed": promised, "order.held": held, "order.hold_released": released,
    "payment.authorized": paid("authorized_minor", "amount_minor"),
    "payment.captured": paid("captured_minor", "captured_minor"),
    "payment.refunded": paid("refunded_minor", "refunded_minor"),
    "fulfillment.opened": worked(OPEN), "fulfillment.on_hold": worked(ON_HOLD), "fulfillment.resumed": worked(OPEN),
    "fulfillment.picked": worked(PICKED), "fulfillment.assembled": worked(ASSEMBLING),
    "fulfillment.packed": worked(PACKED), "fulfillment.canceled": worked(GIVEN_UP),
    "shipment.labeled": labeled, "shipment.shipped": shipped, "shipment.delivered": delivered,
    "shipment.tracked": tracked,
}


def rebuild(facts: Iterable[Record]) -> dict[int, Rebuilt]:
    """Every order that facts tell of, by its compact number; the facts of a topic in their order."""
    views: dict[int, Rebuilt] = {}
    for record in facts:
        fold = FOLDS.get(record.type.removeprefix("kervan.").removesuffix(".v1"))
        if fold is not None and "order_no" in record.data:
            view = views.setdefault(record.data["order_no"], Rebuilt())
            view.order["order_id"] = record.data["order_id"]
            fold(view, record.data)
    return views


def rebuild_lots(facts: Iterable[Record]) -> Counter[tuple[str, str, str]]:
    """What is on hand of each lot of an item at a place, by the facts that moved it."""
    lots: Counter[tuple[str, str, str]] = Counter()
    for record in facts:
        if record.type == "kervan.inventory.lots_moved.v1":
            for lot in record.data["lots"]:
                lots[record.data["sku"], record.data["location"], lot["lot"]] += lot["on_hand"]
    return lots


def rebuild_bins(facts: Iterable[Record]) -> Counter[tuple[str, str, str]]:
    """Pieces by item, place and bin: all that facts say came into it, less what left."""
    lies: Counter[tuple[str, str, str]] = Counter()
    for record in facts:
        if record.type == "kervan.inventory.bins_changed.v1":
            for change in record.data["changes"]:
                lies[record.data["sku"], record.data["location"], change["bin"]] += change["quantity_change"]
    return lies


def live_view(order: Row, past: list[Row]) -> Row:
    """A row of orders as it is compared: its id as text, sums of all its payments."""
    view = order | {"order_id": order_id_text(order["order_id"])}
    for column in ("authorized_minor", "captured_minor", "refunded_minor"):
        if column in order:
            view[column] = order[column] + sum(row[column] for row in past)
    return view
