"""world.py - a small healthy world for the judge's own tests: one completed order and one whose card was declined."""

from __future__ import annotations

import json
from typing import Any

from evidence import SERVICES, Answer, Evidence, Record, Row, lane_of, order_id_text

LANES = 12
DONE, DECLINED = bytes(range(16)), bytes(range(16, 32))
DONE_ID, DECLINED_ID = order_id_text(DONE), order_id_text(DECLINED)
TOTAL_MINOR = 4488
SKU, PLACE = "DEMO-1", "WH-1"
OWNERS = {"inventory": "inventory", "payment": "payment", "fulfillment": "fulfillment", "shipment": "shipping",
          "order": "order", "notification": "notification"}
KINDS = {1: "kervan.order.placed.v1", 3: "kervan.order.confirmed.v1", 4: "kervan.order.canceled.v1",
         6: "kervan.order.completed.v1", 7: "kervan.order.cancel.v1", 20: "kervan.inventory.reserved.v1",
         22: "kervan.inventory.released.v1", 23: "kervan.inventory.consumed.v1", 40: "kervan.payment.authorized.v1",
         41: "kervan.payment.declined.v1", 43: "kervan.payment.captured.v1", 60: "kervan.fulfillment.opened.v1",
         63: "kervan.fulfillment.packed.v1", 80: "kervan.shipment.labeled.v1", 81: "kervan.shipment.shipped.v1",
         82: "kervan.shipment.delivered.v1"}


def number_of(order_id: str) -> int:
    """The compact number of the first order of its lane."""
    return (lane_of(order_id, LANES) << 40) + (1 if order_id == DONE_ID else 2)


class Log:
    """Topics under construction."""

    def __init__(self) -> None:
        """Nothing is said yet."""
        self.records: list[Record] = []
        self.ends: dict[tuple[str, int], int] = {}

    def say(self, topic: str, kind: str, order_id: str, clock: int, **more: Any) -> None:
        """Publish the next numbered message of a stream."""
        lane = lane_of(order_id, LANES)
        number = self.ends[topic, lane] = self.ends.get((topic, lane), 0) + 1
        data = {"order_id": order_id, "order_no": number_of(order_id), "clock": clock, **more}
        owner, _, way = topic.partition(".")
        headers = {"ce_id": f"{topic}/{lane}/1/{number}", "ce_type": kind, "ce_clock": str(clock),
                   "ce_generation": "1", "ce_number": str(number),
                   "ce_source": f"/kervan/{'order' if way == 'commands' else owner}"}
        self.records.append(Record(topic, lane, number - 1, order_id, headers, json.dumps(data).encode()))


def done_facts() -> list[tuple[int, Row]]:
    """What happened to the completed order; clocks count from 1."""
    share, ship = {"fulfillment_id": f"{DONE_ID}-F1"}, {"shipment_id": f"{DONE_ID}-S1"}
    money = {"payment_id": f"{DONE_ID}-P1", "amount_minor": TOTAL_MINOR}
    return [(1, {}), (20, {"reservation_id": f"{DONE_ID}-H1"}), (40, money), (3, {}), (60, share), (63, share),
            (43, {**money, "capture_id": f"{DONE_ID}-C1"}),
            (80, {**ship, **share, "parcels": [{"parcel_no": 1, "tracking_number": "TRACK1"}]}),
            (81, {**ship, **share}), (23, {"reservation_id": f"{DONE_ID}-H1", **share}),
            (82, {**ship, **share}), (6, {})]


def declined_facts() -> list[tuple[int, Row]]:
    """What happened to the other one."""
    held, money = {"reservation_id": f"{DECLINED_ID}-H1"}, {"payment_id": f"{DECLINED_ID}-P1"}
    return [(1, {}), (20, held), (41, money), (4, {"reason": "payment_declined"}), (22, held)]


def say_all(log: Log) -> list[Row]:
    """Publish all facts; the entries of the timelines that follow from them."""
    entries = []
    for order_id, facts in ((DONE_ID, done_facts()), (DECLINED_ID, declined_facts())):
        for clock, (kind, more) in enumerate(facts, 1):
            log.say(f"{OWNERS[KINDS[kind].split('.')[1]]}.events", KINDS[kind], order_id, clock, **more)
            entries.append({"order_no": number_of(order_id), "entry_no": clock, "clock": clock, "kind": kind,
                            "cause_no": clock - 1})
    log.say("inventory.commands", "kervan.inventory.reserve.v1", DONE_ID, 2)
    log.say("inventory.events", "kervan.inventory.bins_changed.v1", SKU, 2, sku=SKU, location=PLACE,
            changes=[{"bin": "A-1", "quantity_change": 3, "quantity": 3}])
    ship = {"shipment_id": f"{DONE_ID}-S1"}
    told = [(DONE_ID, "received", {}), (DONE_ID, "confirmed", {}), (DONE_ID, "shipped", ship),
            (DONE_ID, "delivered", ship), (DONE_ID, "completed", {}), (DECLINED_ID, "received", {}),
            (DECLINED_ID, "canceled", {}), (DECLINED_ID, "payment_failed", {})]
    for clock, (order_id, message, more) in enumerate(told, 20):
        log.say("notification.events", "kervan.notification.told.v1", order_id, clock, message=message, **more)
    return entries


def order_row(raw: bytes, **more: Any) -> Row:
    """A row of orders.orders."""
    name = order_id_text(raw)
    return {"order_no": number_of(name), "order_id": raw, "total_minor": TOTAL_MINOR, "clock": 12,
            "authorized_minor": 0, "captured_minor": 0, "refunded_minor": 0, **more}


def payment_row(raw: bytes, minor: int) -> Row:
    """A row of payment.payment, captured whole or declined."""
    return {"order_no": number_of(order_id_text(raw)), "payment_no": 1, "order_id": raw, "amount_minor": TOTAL_MINOR,
            "authorized_minor": minor, "captured_minor": minor, "released_minor": 0, "refunded_minor": 0,
            "currency": "EUR"}


def order_tables(entries: list[Row]) -> dict[str, list[Row]]:
    """What the order service holds."""
    done, declined = number_of(DONE_ID), number_of(DECLINED_ID)
    return {
        "orders.orders": [order_row(DONE, status=4, step=11, entry_count=12, authorized_minor=TOTAL_MINOR,
                                    captured_minor=TOTAL_MINOR),
                          order_row(DECLINED, status=6, step=10, entry_count=5)],
        "orders.order_line": [{"order_no": number, "line_no": 1, "quantity": 3, "canceled_quantity": 1}
                              for number in (done, declined)],
        "orders.order_contact": [{"order_no": done, "email": "ada@shop.example", "name": "Ada Lovelace"}],
        "orders.timeline_kind": [{"kind": kind, "type": name} for kind, name in KINDS.items()],
        "orders.timeline": entries, "orders.task": [], "orders.hold": [],
        "orders.timer": [{"lane": 0, "kind": "deadline", "subject_number": done}],
    }


def stock_tables() -> dict[str, list[Row]]:
    """What the inventory service holds: 10 pieces came, 2 left."""
    done, declined = number_of(DONE_ID), number_of(DECLINED_ID)
    where = {"sku": SKU, "location": PLACE}
    part = {"hold_no": 1, "line_no": 1, "part_no": 1, "quantity": 2, **where}
    return {
        "inventory.stock": [{**where, "on_hand": 8, "reserved": 0, "owed": 0, "safety": 0, "damaged": 0,
                             "quality_control": 0, "incoming": 0, "binned": 3}],
        "inventory.stock_bin": [{**where, "bin": "A-1", "quantity": 3}],
        "inventory.bin_ledger": [{**where, "bin": "A-1", "version": 2, "kind": 3, "quantity": 3}],
        "inventory.transfer_line": [{"transfer_id": "t-1", "sku": SKU, "source": "OTHER", "destination": PLACE,
                                     "held": 0, "shipped": 3, "in_transit": 0, "received": 2, "lost": 1}],
        "inventory.purchase_order": [{"purchase_order_id": "p-1", "state": 6}],
        "inventory.purchase_order_line": [{"purchase_order_id": "p-1", **where, "quantity": 6, "outstanding": 0,
                                           "received": 5, "undelivered": 2, "over": 1}],
        "inventory.lot_movement": [],
        "inventory.backorder": [{"sku": SKU, "pieces": 0}],
        "inventory.location": [{"code": PLACE, "active": True}],
        "inventory.stock_ledger": [
            {**where, "counter": 1, "kind": 1, "quantity": 10, "order_no": 0, "fulfillment_no": 0},
            {**where, "counter": 1, "kind": 2, "quantity": -2, "order_no": done, "fulfillment_no": 1}],
        "inventory.reservation": [{"order_no": done, "hold_no": 1, "state": 3},
                                  {"order_no": declined, "hold_no": 1, "state": 4}],
        "inventory.reservation_line": [{"order_no": done, "state": 4, "fulfillment_no": 1, **part},
                                       {"order_no": declined, "state": 5, "fulfillment_no": 0, **part}],
    }


def payment_tables() -> dict[str, list[Row]]:
    """What the payment service holds."""
    name = {"order_no": number_of(DONE_ID), "payment_no": 1, "amount_minor": TOTAL_MINOR}
    return {
        "payment.payment": [payment_row(DONE, TOTAL_MINOR), payment_row(DECLINED, 0)],
        "payment.payment_capture": [{**name, "state": 3}], "payment.payment_refund": [],
        "payment.payment_event": [{**name, "kind": 2, "operation": 1}, {**name, "kind": 2, "operation": 2}],
    }


def books() -> dict[str, list[Row]]:
    """What the world outside wrote down."""
    intent = {"currency": "eur", "capturable_minor": 0, "refunded_minor": 0, "refunds": []}
    return {
        "payment_provider": [
            {**intent, "id": "pi_1", "captured_minor": TOTAL_MINOR, "metadata": {"payment_id": f"{DONE_ID}-P1"}},
            {**intent, "id": "pi_2", "captured_minor": 0, "metadata": {"payment_id": f"{DECLINED_ID}-P1"}}],
        "carrier": [{"reference": f"{DONE_ID}-S1", "labels": 1, "refund_status": None, "tracking_code": "TRACK1"}],
        "mail_catcher": [
            {"message_id": f"<{number}@kervan.example>", "to": ["ada"], "size": 900} for number in range(8)],
    }


def healthy() -> Evidence:
    """All of it, with nothing wrong."""
    log = Log()
    tables = order_tables(say_all(log)) | stock_tables() | payment_tables()
    for service in SERVICES:
        tables |= {f"{service}.{table}": [] for table in ("stream", "read_position", "effect", "input", "parked")}
    for (topic, lane), number in log.ends.items():
        service = {"order": "orders"}.get(topic.split(".")[0], topic.split(".")[0])
        place = {"topic": topic, "lane": lane, "generation": 1, "number": number, "next_offset": number}
        tables["orders.stream" if topic.endswith("commands") else f"{service}.stream"].append(place)
        tables["orders.read_position" if topic.endswith("events") else f"{service}.read_position"].append(dict(place))
    tables["notification.customer_message"] = []
    level = json.dumps({"sku": SKU, "version": 3, "on_hand": 8, "reserved": 0}).encode()
    log.records.append(Record("stock.levels", lane_of(SKU, LANES), 0, SKU,
                              {"ce_generation": "1", "ce_number": "1", "ce_source": "/kervan/inventory",
                               "ce_id": "level/1"}, level))
    return Evidence(LANES, tables, log.records, books(), [Answer(DONE_ID, 201), Answer(DECLINED_ID, 202)])
