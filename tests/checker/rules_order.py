"""rules_order.py - orders: none is stuck, none is lost, and what is shown of them is what their owners hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evidence import Evidence, Finding, Record, Row, Rule, group, lane_of, order_id_text

OVER = {"completed": 4, "rejected": 5, "canceled": 6, "expired": 7}
PLACED, CONFIRMED, COMPLETED, REJECTED = 2, 3, 4, 5
OPEN_TASK = 1
# May happen to an order again and again.
REPEATABLE = ("held", "hold_released", "reduced", "delayed", "asked", "answered", "task_decided",
              "readdressed", "edited", "promise_changed")
# What people ask of an order stands in its timeline, and is no fact.
REQUESTS = tuple(f"kervan.order.{name}.v1"
                 for name in ("cancel", "hold", "hold_release", "note", "task_decide", "choose", "edit_confirm"))
LANE_BITS = 40
CONSUMED, NOTHING_HELD = 3, (4, 5, 6, 7)
IN_TRANSIT = 3
CASH_ON_DELIVERY = 3
PART_WAITING = 2
RESERVING, UNDOING = 2, (7, 8, 9)
OVER_STEPS = (10, 11)


def short_type(record: Record) -> str:
    """kervan.order.placed.v1 is placed."""
    return record.type.split(".")[2] if record.type.count(".") >= 3 else record.type


def with_people(evidence: Evidence) -> set[int]:
    """Orders that a person has: a task is open, or a hold is not released."""
    tasks = {row["order_no"] for row in evidence.rows("orders.task") if row["state"] == OPEN_TASK}
    return tasks | {row["order_no"] for row in evidence.rows("orders.hold") if row.get("released_at") is None}


def judge_progress(evidence: Evidence) -> Iterator[Finding]:
    """An order is over, or a timer or a person (who holds it, or has its task) will look at it."""
    timed = {row["subject_number"] for row in evidence.rows("orders.timer") if row["kind"] == "deadline"}
    people = with_people(evidence)
    for order in evidence.rows("orders.orders"):
        over = order["status"] in OVER.values() and order["step"] in OVER_STEPS
        if not over and order["order_no"] not in timed | people:
            yield Finding("progress", order_id_text(order["order_id"]),
                          f"is at step {order['step']}, and no timer and no person will see it")


def judge_ended(evidence: Evidence) -> Iterator[Finding]:
    """At rest every order is over, or a person has it, or it waits for goods that are not there."""
    waiting = {row["order_no"] for row in evidence.rows("inventory.reservation_line") if row["state"] == PART_WAITING}
    people = with_people(evidence)
    for order in evidence.rows("orders.orders"):
        over = order["status"] in OVER.values() and order["step"] in OVER_STEPS
        if not over and order["order_no"] not in people | waiting:
            yield Finding("ended", order_id_text(order["order_id"]),
                          f"is not over: status {order['status']}, step {order['step']}")


def judge_identity(evidence: Evidence) -> Iterator[Finding]:
    """An order has one number, minted in its lane, and one public id."""
    for column in ("order_no", "order_id"):
        for value, rows in group(evidence.rows("orders.orders"), column).items():
            if len(rows) > 1:
                yield Finding("identity", str(value), f"{len(rows)} orders have this {column}")
    for order in evidence.rows("orders.orders"):
        name = order_id_text(order["order_id"])
        if order["order_no"] >> LANE_BITS != lane_of(name, evidence.lanes):
            yield Finding("identity", name, f"number {order['order_no']} is of another lane")


def judge_life(evidence: Evidence) -> Iterator[Finding]:
    """Facts of an order: placed once, at most one end, and its status is the last of them."""
    said: dict[str, Counter[str]] = {}
    for record in evidence.facts("order.events"):
        if "draft_id" not in record.data:  # what is to become an order is none yet
            said.setdefault(record.key, Counter())[short_type(record)] += 1
    for order in evidence.rows("orders.orders"):
        name = order_id_text(order["order_id"])
        facts = said.pop(name, Counter())
        for word, count in facts.items():
            if count > 1 and word not in REPEATABLE:
                yield Finding("life", name, f"was {word} {count} times")
        ends = sorted(word for word in OVER if facts[word])
        if len(ends) > 1:
            yield Finding("life", name, f"ended several ways: {', '.join(ends)}")
        wanted = OVER[ends[0]] if ends else CONFIRMED if facts["confirmed"] else PLACED
        if order["status"] != wanted:
            yield Finding("life", name, f"has status {order['status']}, its facts say {wanted}")
        if not facts["placed"] and order["status"] != REJECTED:
            yield Finding("life", name, "was never placed")
    for name, facts in said.items():
        yield Finding("life", name, f"has facts ({', '.join(facts)}) and is not there")


def judge_timeline(evidence: Evidence) -> Iterator[Finding]:
    """Every fact of an order stands in its timeline once, with its clock; entries count without gaps."""
    kinds = {row["kind"]: row["type"] for row in evidence.rows("orders.timeline_kind")}
    entries = group(evidence.rows("orders.timeline"), "order_no")
    facts: dict[int, Counter[tuple[str, int]]] = {}
    for record in evidence.facts():
        if record.type in kinds.values() and "order_no" in record.data:
            facts.setdefault(record.data["order_no"], Counter())[record.type, record.data["clock"]] += 1
    for order in evidence.rows("orders.orders"):
        rows = entries.get(order["order_no"], [])
        name = order_id_text(order["order_id"])
        if sorted(row["entry_no"] for row in rows) != list(range(1, order["entry_count"] + 1)):
            yield Finding("timeline", name, f"{len(rows)} entries do not count from 1 to {order['entry_count']}")
        shown = Counter((kinds[row["kind"]], row["clock"]) for row in rows)
        happened = facts.get(order["order_no"], Counter())
        for (kind, clock), count in (happened - shown).items():
            yield Finding("timeline", name, f"{kind} at clock {clock} is missing {count} times")
        for (kind, clock), count in (shown - happened).items():
            if kind not in REQUESTS:
                yield Finding("timeline", name, f"{kind} at clock {clock} is shown {count} times too often")
        if rows and max(row["clock"] for row in rows) > order["clock"]:
            yield Finding("timeline", name, f"its clock {order['clock']} is below its timeline's")
        yield from judge_causes(name, rows)


def judge_causes(name: str, rows: list[Row]) -> Iterator[Finding]:
    """An entry is later than what caused it."""
    clocks = {row["entry_no"]: row["clock"] for row in rows}
    for row in rows:
        if row["cause_no"] and clocks.get(row["cause_no"], row["clock"]) >= row["clock"]:
            yield Finding("timeline", name, f"entry {row['entry_no']} is not later than its cause {row['cause_no']}")


def judge_money_shown(evidence: Evidence) -> Iterator[Finding]:
    """What the order shows of its money, with payments that others took the place of, is what their owner holds."""
    payments = group(evidence.rows("payment.payment"), "order_no")
    past = group(evidence.rows("orders.past_payment"), "order_no")
    for order in evidence.rows("orders.orders"):
        rows = payments.get(order["order_no"], [])
        for column in ("authorized_minor", "captured_minor", "refunded_minor"):
            total = sum(row[column] for row in rows)
            shown = order[column] + sum(row[column] for row in past.get(order["order_no"], []))
            if total != shown:
                yield Finding("money-shown", order_id_text(order["order_id"]),
                              f"shows {column} {shown}, the payment service holds {total}")


def written_off(evidence: Evidence) -> set[int]:
    """Orders of which something was sent for cash that did not come, and was given up."""
    cash = {row["order_no"] for row in evidence.rows("orders.orders") if row.get("payment_method") == CASH_ON_DELIVERY}
    return {share["order_no"] for share in evidence.rows("orders.order_fulfillment")
            if share["order_no"] in cash and share["replaced"] and share.get("shipped_at") is not None}


def judge_stock_shown(evidence: Evidence) -> Iterator[Finding]:
    """A completed order's stock has left; one that ended early holds none, and sent none but what a person gave up."""
    holds = group(evidence.rows("inventory.reservation"), "order_no")
    lost = {row["order_no"] for row in evidence.rows("shipping.shipment") if row.get("failure_stage") == IN_TRANSIT}
    # The carrier may have found it since: that it was told of as lost stays.
    lost |= {record.data["order_no"] for record in evidence.facts("shipping.events")
             if record.type == "kervan.shipment.failed.v1" and record.data["stage"] == "transit"}
    lost |= written_off(evidence)
    for order in evidence.rows("orders.orders"):
        rows = holds.get(order["order_no"], [])
        states = sorted(row["state"] for row in rows)
        name = order_id_text(order["order_id"])
        if order["status"] == COMPLETED and not (
                CONSUMED in states and all(state in (CONSUMED, *NOTHING_HELD) for state in states)):
            yield Finding("stock-shown", name, f"is completed, its reservations are in states {states}")
        early = order["status"] in OVER.values() and order["status"] != COMPLETED
        allowed = NOTHING_HELD + ((CONSUMED,) if order["order_no"] in lost else ())
        if early and any(state not in allowed for state in states):
            yield Finding("stock-shown", name, f"ended early, its reservations are in states {states}")


def judge_lines(evidence: Evidence) -> Iterator[Finding]:
    """A completed order got what it ordered, less what was taken off, by lines; a lost parcel counts for nothing."""
    ordered = group(evidence.rows("orders.order_line"), "order_no")
    left: dict[int, Counter[int]] = {}
    lost = {(share["order_no"], share["fulfillment_no"]) for share in evidence.rows("orders.order_fulfillment")
            if share["replaced"] and share.get("shipped_at") is not None}
    for part in evidence.rows("inventory.reservation_line"):
        if part["fulfillment_no"] and (part["order_no"], part["fulfillment_no"]) not in lost:
            left.setdefault(part["order_no"], Counter())[part["line_no"]] += part["quantity"]
    for order in evidence.rows("orders.orders"):
        wanted = Counter({line["line_no"]: line["quantity"] - line.get("canceled_quantity", 0)
                          for line in ordered.get(order["order_no"], [])})
        got = left.get(order["order_no"], Counter())
        if order["status"] == COMPLETED and got != +wanted:
            yield Finding("lines", order_id_text(order["order_id"]), f"ordered {dict(wanted)}, {dict(got)} left")


def judge_durable(evidence: Evidence) -> Iterator[Finding]:
    """What was answered is so: 202 is an order, 201 one that was placed, 422 one that was refused if it is any."""
    orders = {order_id_text(row["order_id"]): row for row in evidence.rows("orders.orders")}
    placed = {record.key for record in evidence.facts("order.events") if short_type(record) == "placed"}
    for answer in evidence.answers:
        order = orders.get(answer.order_id)
        if order is None and answer.status in (200, 201, 202):
            yield Finding("durable", answer.order_id, f"was answered with {answer.status} and is not there")
        elif answer.status in (200, 201) and answer.order_id not in placed:
            yield Finding("durable", answer.order_id, f"was answered with {answer.status} and never placed")
        elif order is not None and answer.status == 422 and order["status"] != REJECTED:
            yield Finding("durable", answer.order_id, f"was answered with 422 and has status {order['status']}")


ORDERS = "orders.orders"
ORDER_RULES = (
    Rule("progress", "3 progress: every order is over, timed, or a person's", judge_progress,
         (ORDERS, "orders.timer", "orders.task"), live=True),
    Rule("ended", "3 progress: at rest every order is over", judge_ended, (ORDERS, "orders.task")),
    Rule("identity", "4 one effect: one order an id", judge_identity, (ORDERS,), live=True),
    Rule("life", "5 agreement: an order is what its facts say", judge_life, (ORDERS,)),
    Rule("timeline", "5 agreement: the timeline holds every fact once", judge_timeline,
         (ORDERS, "orders.timeline", "orders.timeline_kind")),
    Rule("money-shown", "5 agreement: money as its owner holds it", judge_money_shown, (ORDERS, "payment.payment")),
    Rule("stock-shown", "5 agreement: stock as its owner holds it", judge_stock_shown,
         (ORDERS, "inventory.reservation")),
    Rule("lines", "5 agreement: what left is what was ordered, less what was taken off", judge_lines,
         (ORDERS, "orders.order_line", "inventory.reservation_line")),
    Rule("durable", "6 durability: what was answered is there", judge_durable, (ORDERS,)),
)
