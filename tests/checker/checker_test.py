#!/usr/bin/python3
"""checker_test.py - the judge finds nothing in a healthy world, and every planted discrepancy, by the right rule."""

from __future__ import annotations

import json
import unittest
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from evidence import Answer, Evidence, Record, Row, lane_of
from judge import RULES, findings_of, judge, report
from world import DECLINED_ID, DONE_ID, LANES, SKU, TOTAL_MINOR, healthy, PLACE

Change = Callable[[Evidence], None]


@dataclass(frozen=True)
class Plant:
    """A discrepancy, the rule that must find it, and a word of what it must say."""

    rule: str
    says: str
    change: Change


def put(table: str, index: int = 0, **values: Any) -> Change:
    """Change columns of a row."""
    return lambda world: world.rows(table)[index].update(values)


def remove(table: str, index: int = 0) -> Change:
    """Lose a row."""
    def change(world: Evidence) -> None:
        del world.tables[table][index]
    return change


def again(table: str, index: int = 0, **values: Any) -> Change:
    """Have a row twice, the second one with other values."""
    return lambda world: world.tables[table].append({**world.tables[table][index], **values})


def book(name: str, index: int = 0, **values: Any) -> Change:
    """Change a row of a book."""
    return lambda world: world.books[name][index].update(values)


def book_again(name: str, index: int = 0, **values: Any) -> Change:
    """Have a row of a book twice, the second one with other values."""
    return lambda world: world.books[name].append({**world.books[name][index], **values})


def find(world: Evidence, kind: str, order_id: str = DONE_ID) -> int:
    """Where a message of an order is."""
    return next(index for index, record in enumerate(world.records)
                if record.type == f"kervan.{kind}.v1" and record.key == order_id)


def change_record(kind: str, change: Callable[[Record], Record], order_id: str = DONE_ID) -> Change:
    """Change a message of an order."""
    def apply(world: Evidence) -> None:
        index = find(world, kind, order_id)
        world.records[index] = change(world.records[index])
    return apply


def with_header(name: str, value: str) -> Callable[[Record], Record]:
    """The message with another header."""
    return lambda record: replace(record, headers={**record.headers, name: value})


def with_data(**values: Any) -> Callable[[Record], Record]:
    """The message with other members."""
    return lambda record: replace(record, body=json.dumps({**record.data, **values}).encode())


def lose(kind: str, order_id: str = DONE_ID) -> Change:
    """Lose a message."""
    def change(world: Evidence) -> None:
        del world.records[find(world, kind, order_id)]
    return change


def copy(kind: str, change: Callable[[Record], Record] = lambda record: record) -> Change:
    """The broker has a message a second time, perhaps another one."""
    def apply(world: Evidence) -> None:
        record = world.records[find(world, kind)]
        world.records.append(change(replace(record, offset=100)))
    return apply


def told_again(kind: str, **values: Any) -> Change:
    """A fact is stated a second time, under its own number."""
    def apply(world: Evidence) -> None:
        record = world.records[find(world, kind)]
        number = 1 + max(one.number for one in world.records if one.topic == record.topic
                         and one.partition == record.partition)
        fresh = with_header("ce_number", str(number))(with_header("ce_id", f"again/{number}")(record))
        clock = 50 + number
        world.records.append(replace(with_data(clock=clock, **values)(with_header("ce_clock", str(clock))(fresh)),
                                     offset=100))
    return apply


def both(*changes: Change) -> Change:
    """Several changes that belong together."""
    def apply(world: Evidence) -> None:
        for change in changes:
            change(world)
    return apply


def publish_level(world: Evidence, number: int, body: bytes) -> None:
    """A level, of this number, behind all others."""
    levels = [record for record in world.records if record.topic == "stock.levels"]
    headers = {"ce_generation": "1", "ce_number": str(number), "ce_source": "/kervan/inventory",
               "ce_id": f"level/{number}"}
    world.records.append(Record("stock.levels", lane_of(SKU, LANES), 5 + len(levels), SKU, headers, body))


def stale_level(version: int, **values: Any) -> Change:
    """One more level of the item is published."""
    def apply(world: Evidence) -> None:
        body = json.dumps({"sku": SKU, "version": version, "on_hand": 8, "reserved": 0, **values}).encode()
        publish_level(world, 2, body)
    return apply


def answered(order_id: str, status: int) -> Change:
    """A caller was told something."""
    return lambda world: world.answers.append(Answer(order_id, status))


def earlier_payment(authorized_minor: int) -> Change:
    """The order shows a payment that another one took the place of."""
    return lambda world: world.tables.setdefault("orders.past_payment", []).append(
        {"order_no": world.tables["orders.orders"][0]["order_no"], "payment_no": 1,
         "authorized_minor": authorized_minor, "captured_minor": 0, "refunded_minor": 0})


def leave_a_state_unread(world: Evidence) -> None:
    """An item's state that nobody has looked at."""
    headers = {"ce_generation": "1", "ce_number": "1", "ce_source": "/kervan/inventory", "ce_clock": "1"}
    world.records.append(Record("item.state", lane_of(SKU, LANES), 0, SKU, headers, b"{}"))
    world.tables["fulfillment.read_position"].append(
        {"topic": "item.state", "lane": lane_of(SKU, LANES), "generation": 0, "number": 0, "next_offset": 0})


STREAM_PLANTS = (
    Plant("gapless", "follows", lose("order.confirmed")),
    Plant("gapless", "begins with", change_record("payment.declined", with_header("ce_number", "2"), DECLINED_ID)),
    Plant("gapless", "appears first behind", lambda world: (
        copy("order.confirmed")(world), lose("order.confirmed")(world))),
    Plant("same-body", "differs", copy("payment.captured", with_data(amount_minor=1))),
    Plant("one-publisher", "comes from /kervan/order",
          change_record("payment.captured", with_header("ce_source", "/kervan/order"))),
    Plant("one-publisher", "not /kervan/order",
          change_record("inventory.reserve", with_header("ce_source", "/kervan/payment"))),
    Plant("lane", "belongs to", change_record(
        "payment.captured", lambda record: replace(record, partition=(record.partition + 1) % LANES))),
    Plant("clocks", "has clock 1 after 3", change_record(
        "payment.captured", lambda record: with_header("ce_clock", "1")(with_data(clock=1)(record)))),
    Plant("clocks", "inside", change_record("payment.captured", with_data(clock=99))),
    Plant("privacy", "personal", change_record("fulfillment.opened", with_data(note="call ada@shop.example"))),
    Plant("drained", "log ends", put("payment.stream", number=99)),
    Plant("drained", "has applied", put("orders.read_position", number=0)),
    Plant("drained", "has read to", leave_a_state_unread),
    Plant("drained", "effect 7", lambda world: world.tables["payment.effect"].append(
        {"lane": 1, "id": 7, "key": "x", "kind": "capture"})),
    Plant("drained", "parked 8", lambda world: world.tables["orders.parked"].append(
        {"lane": 1, "id": 8, "key": "x", "subject_id": DONE_ID, "reason": "impossible"})),
)
STOCK_PLANTS = (
    Plant("ledger", "the ledger says 8", put("inventory.stock", on_hand=9)),
    Plant("ledger", "not in stock", again("inventory.stock_ledger", location="WH-2")),
    Plant("lots", "8 are sellable", put("inventory.stock", lots="L 0 0 L1|-1|0|0|7|0|0")),
    Plant("lots", "its movements say 0", put("inventory.stock", lots="L 0 0 L1|-1|0|0|8|0|0")),
    Plant("lots", "serial number S1 is 2 times in stock", put("inventory.stock", lots="S 0 0 S1|-1|0|0|2|0|0")),
    Plant("lots-told", "its facts say 0", put("inventory.stock", lots="L 0 0 L1|-1|0|7|8|0|0")),
    Plant("bins", "they hold 3", put("inventory.stock", binned=2)),
    Plant("bins", "its ledger says 3", put("inventory.stock_bin", quantity=4)),
    Plant("bins", "9 lie in bins, 8 are on hand", both(put("inventory.stock", binned=9), both(
        put("inventory.stock_bin", quantity=9), put("inventory.bin_ledger", quantity=9)))),
    Plant("rebuilt", "4 lie in A-1, the facts say 3", put("inventory.stock_bin", quantity=4)),
    Plant("reserved", "open reservations hold 0", put("inventory.stock", reserved=1)),
    Plant("reserved", "0 reserved, open reservations hold 2", put("inventory.reservation_line", 1, state=1)),
    Plant("reserved", "6 are held of what is not in stock",
          put("inventory.reservation_line", 1, state=1, components="OTHER 3")),
    Plant("left", "pieces of OTHER", put("inventory.reservation_line", components="OTHER 1")),
    Plant("reserved", "oversold", put("inventory.stock", reserved=9)),
    Plant("reserved", "not in stock", both(put("inventory.reservation_line", 1, state=1),
                                           put("inventory.reservation_line", 1, location="WH-2"))),
    Plant("ledger", "2 damaged, the ledger says 0", put("inventory.stock", damaged=2)),
    Plant("reserved", "open reservations hold 1", put("inventory.transfer_line", held=1, source=PLACE)),
    Plant("incoming", "0 incoming, transfers and purchase orders bring 3", both(
        put("inventory.purchase_order_line", outstanding=3), put("inventory.purchase_order_line", quantity=9))),
    Plant("incoming", "6 were ordered by p-1, of 5", put("inventory.purchase_order_line", undelivered=1)),
    Plant("incoming", "6 were ordered by p-1, of 6", put("inventory.purchase_order", state=1)),
    Plant("incoming", "1 incoming, transfers and purchase orders bring 0", put("inventory.stock", incoming=1)),
    Plant("incoming", "0 incoming, transfers and purchase orders bring 4",
          put("inventory.transfer_line", in_transit=4)),
    Plant("incoming", "nowhere", put("inventory.transfer_line", lost=0)),
    Plant("incoming", "nobody waits for", put("inventory.transfer_line", in_transit=4, destination="OTHER")),
    Plant("owed", "owed still", put("inventory.stock", owed=1)),
    Plant("holders", "is over and has 2 pieces", put("inventory.reservation_line", 1, state=2)),
    Plant("backorders", "0 are waited for, orders wait for 2", put("inventory.reservation_line", 1, state=2)),
    Plant("backorders", "of what nobody waits for", both(put("inventory.reservation_line", 1, state=2),
                                                         put("inventory.reservation_line", 1, sku="OTHER"))),
    Plant("filled", "1 are waited for, and 8 are free", put("inventory.backorder", pieces=1)),
    Plant("left", "pieces of", again("inventory.stock_ledger", 1)),
    Plant("left", "pieces of", put("inventory.reservation_line", quantity=1)),
    Plant("levels", "were published", stale_level(4, on_hand=9)),
    Plant("levels", "after a later one", stale_level(2)),
)
MONEY_PLANTS = (
    Plant("bounds", "captured", put("payment.payment", captured_minor=5000)),
    Plant("bounds", "refunded", put("payment.payment", refunded_minor=5000)),
    Plant("sums", "captured, its parts make 8976", again("payment.payment_capture")),
    Plant("sums", "its ledger 0", remove("payment.payment_event", 1)),
    Plant("sums", "refunded", put("payment.payment", refunded_minor=1)),
    Plant("provider", "captured", book("payment_provider", captured_minor=1)),
    Plant("provider", "the provider says 100", book("payment_provider", refunded_minor=100)),
    Plant("provider", "the provider holds", book("payment_provider", 1, capturable_minor=4488)),
    Plant("provider", "the provider has", book("payment_provider", currency="usd")),
    Plant("provider", "we do not", book_again("payment_provider", metadata={}, id="pi_9")),
    Plant("worth", "was paid for it", put("orders.orders", total_minor=5000)),
    Plant("worth", "is kept", put("payment.payment", 1, authorized_minor=4488, captured_minor=4488)),
    Plant("worth", "still held", put("payment.payment", 1, authorized_minor=4488)),
)
ORDER_PLANTS = (
    Plant("progress", "no timer and no person", both(put("orders.orders", status=3, step=5), remove("orders.timer"))),
    Plant("ended", "is not over", put("orders.orders", status=3, step=5)),
    Plant("ended", "step 8", put("orders.orders", 1, step=8)),
    Plant("identity", "orders have this", again("orders.orders", order_no=3)),
    Plant("identity", "another lane", put("orders.orders", order_no=99 << 40)),
    Plant("life", "was completed 2 times", told_again("order.completed")),
    Plant("life", "several ways", change_record("order.confirmed", with_header("ce_type", "kervan.order.expired.v1"))),
    Plant("life", "its facts say", put("orders.orders", 1, status=4)),
    Plant("life", "never placed", change_record("order.placed", with_header("ce_type", "kervan.order.noted.v1"))),
    Plant("life", "is not there", remove("orders.orders")),
    Plant("timeline", "is missing", both(remove("orders.timeline", 11), put("orders.orders", entry_count=11))),
    Plant("timeline", "do not count", remove("orders.timeline", 4)),
    Plant("timeline", "too often", again("orders.timeline", entry_no=13)),
    Plant("timeline", "below its timeline", put("orders.orders", clock=2)),
    Plant("timeline", "not later than its cause", put("orders.timeline", 3, cause_no=9)),
    Plant("money-shown", "shows captured_minor 1", put("orders.orders", captured_minor=1)),
    Plant("stock-shown", "is completed", put("inventory.reservation", state=2)),
    Plant("stock-shown", "ended early", put("inventory.reservation", 1, state=1)),
    Plant("stock-shown", "ended early", put("inventory.reservation", 1, state=3)),
    Plant("money-shown", "shows authorized_minor", earlier_payment(1)),
    Plant("lines", "left", put("orders.order_line", quantity=4)),
    Plant("lines", "left", put("orders.order_line", canceled_quantity=0)),
    Plant("stock-shown", "is completed", again("inventory.reservation", hold_no=2, state=1)),
    Plant("durable", "is not there", answered("ord_gone", 202)),
    Plant("durable", "never placed",
          change_record("order.placed", with_header("ce_type", "kervan.order.noted.v1"))),
    Plant("durable", "was answered with 422", answered(DONE_ID, 422)),
)
EFFECT_PLANTS = (
    Plant("made-once", "differently", told_again("inventory.reserved", allocations=[1])),
    Plant("made-once", "differently", told_again("payment.captured", amount_minor=1)),
    Plant("made-once", "differently", told_again("shipment.labeled", parcels=[])),
    Plant("told-once", "2 times", told_again("notification.told")),
    Plant("provider-once", "2 payments", book_again("payment_provider", captured_minor=0)),
    Plant("provider-once", "refund", book("payment_provider", refunds=[
        {"id": name, "metadata": {"refund_id": "B1"}} for name in ("re_1", "re_2")])),
    Plant("carrier-once", "2 labels", book("carrier", labels=2)),
    Plant("carrier-once", "2 labels", book_again("carrier")),
    Plant("carrier-once", "we know of", book("carrier", tracking_code="TRACK9")),
    Plant("carrier-once", "knows nothing", lambda world: world.books["carrier"].clear()),
    Plant("mail", "7 different mails", lambda world: world.books["mail_catcher"].pop()),
    Plant("mail", "9 different mails", book_again("mail_catcher", message_id="<other>")),
    Plant("mail-copies", "1 mails arrived again, 0 may have", book_again("mail_catcher")),
    Plant("mail-copies", "two different mails", book_again("mail_catcher", size=901)),
    Plant("told-all", "nobody was told canceled", both(
        lose("notification.told", DECLINED_ID), lose("notification.told", DECLINED_ID))),
    Plant("told-all", "nobody was told refunded", change_record(
        "payment.captured", with_header("ce_type", "kervan.payment.refunded.v1"))),
    Plant("told-once", "2 times", told_again("notification.told", message="received")),
    Plant("told-all", "which did not happen", told_again("notification.told", message="refunded")),
)
REBUILT_PLANTS = (
    Plant("rebuilt", "orders.status is 4, its facts say 6", put("orders.orders", 1, status=4)),
    Plant("rebuilt", "orders.authorized_minor is 1, its facts say", put("orders.orders", authorized_minor=1)),
    Plant("rebuilt", "a row of orders is missing", remove("orders.orders")),
    Plant("rebuilt", "1: a row of hold is there, and no fact tells of it", lambda world: (
        world.tables["orders.hold"].append({"order_no": world.tables["orders.orders"][0]["order_no"], "hold_no": 1}))),
    Plant("rebuilt", "order_line.canceled_quantity is 1, its facts say 0", change_record("order.placed", with_data(
        lines=[{"line_no": 1, "sku": SKU, "quantity": 3, "unit_price_minor": 1999}]))),
    Plant("rebuilt", "order_fulfillment.carrier is swift, its facts say slow", both(
        change_record("shipment.shipped", with_data(carrier="slow")),
        lambda world: world.tables.update({"orders.order_fulfillment": [
            {"order_no": world.tables["orders.orders"][0]["order_no"], "fulfillment_no": 1, "state": 8,
             "replaced": False, "carrier": "swift"}]}))),
)
PLANTS = (*STREAM_PLANTS, *STOCK_PLANTS, *MONEY_PLANTS, *ORDER_PLANTS, *REBUILT_PLANTS, *EFFECT_PLANTS)


class CheckerTest(unittest.TestCase):
    """The judge judged."""

    def test_nothing_is_found_in_a_healthy_world(self) -> None:
        """No finding, and every rule was judged."""
        verdicts = judge(healthy())
        self.assertEqual(findings_of(verdicts), [])
        self.assertEqual([verdict.rule.name for verdict in verdicts if verdict.missing or verdict.skipped], [])

    def test_every_plant_is_found(self) -> None:
        """By the rule that is meant, in words that name it."""
        for plant in PLANTS:
            with self.subTest(f"{plant.rule}: {plant.says}"):
                world = healthy()
                plant.change(world)
                found = [str(finding) for finding in findings_of(judge(world)) if finding.rule == plant.rule]
                self.assertTrue(any(plant.says in text for text in found), f"found {found}")

    def test_every_rule_has_a_plant(self) -> None:
        """A rule that was never seen to find anything proves nothing."""
        self.assertEqual({rule.name for rule in RULES} - {plant.rule for plant in PLANTS}, set())

    def test_copies_and_repeated_facts_are_no_discrepancy(self) -> None:
        """At least once is how a log is written; a told fact may be told again."""
        world = healthy()
        copy("payment.captured")(world)
        self.assertEqual(findings_of(judge(world)), [])

    def test_a_lost_answer_allows_a_second_mail(self) -> None:
        """Two copies, and two tries in the books of the sender."""
        world = healthy()
        book_again("mail_catcher")(world)
        world.tables["notification.customer_message"].append({"attempts": 2})
        self.assertEqual(findings_of(judge(world)), [])

    def test_what_goes_otherwise_is_no_discrepancy(self) -> None:
        """A reduction that was told, and a reservation that was short beside the one that counts."""
        world = healthy()
        number = world.tables["orders.orders"][0]["order_no"]
        told_again("notification.told", message="reduced")(world)
        change_record("inventory.consumed", with_header("ce_type", "kervan.order.reduced.v1"))(world)
        world.tables["orders.timeline"][9]["kind"] = 9
        world.tables["orders.timeline_kind"].append({"kind": 9, "type": "kervan.order.reduced.v1"})
        world.tables["inventory.reservation"].append({"order_no": number, "hold_no": 2, "state": 7})
        book_again("mail_catcher", message_id="<reduced>")(world)
        self.assertEqual({finding.rule for finding in findings_of(judge(world))} - {"drained"}, set())

    def test_who_waits_or_is_held_is_not_stuck(self) -> None:
        """A hold is a person's, and goods that are not there are nobody's fault."""
        for table, row in (("orders.hold", {"released_at": None}), ("inventory.reservation_line", {"state": 2})):
            world = healthy()
            put("orders.orders", status=3, step=5)(world)
            number = world.tables["orders.orders"][0]["order_no"]
            world.tables[table].append({"order_no": number, "hold_no": 1, "line_no": 1, "quantity": 1, "sku": SKU,
                                        "fulfillment_no": 0, "location": "", **row})
            rules = {finding.rule for finding in findings_of(judge(world))}
            self.assertNotIn("ended", rules)

    def test_a_payment_that_lapsed_counts_beside_the_next(self) -> None:
        """The payment service holds both, and so does the order."""
        world = healthy()
        earlier_payment(7)(world)
        again("payment.payment", authorized_minor=7, captured_minor=0, released_minor=7, payment_no=2)(world)
        self.assertNotIn("money-shown", {finding.rule for finding in findings_of(judge(world))})

    def test_what_staff_gave_back_beside_is_no_discrepancy(self) -> None:
        """But no more than that may be missing, and what the order itself told is not such a gift."""
        gift: Row = {"payment_no": 1, "refund_no": 5001, "amount_minor": 300, "state": 4}
        for net, told, found in ((4188, False, False), (4187, False, True), (4188, True, True)):
            world = healthy()
            number = world.tables["orders.orders"][0]["order_no"]
            put("payment.payment", refunded_minor=TOTAL_MINOR - net)(world)
            world.tables["payment.payment_refund"].append({"order_no": number, **gift})
            world.tables.setdefault("orders.refund", []).extend([{"order_no": number, **gift}] if told else [])
            self.assertEqual("worth" in {finding.rule for finding in findings_of(judge(world))}, found)

    def test_a_refund_that_came_back_and_was_given_by_hand(self) -> None:
        """The provider knows of none in the end, the ledger of three steps, and we gave it back all the same."""
        refund: Row = {"payment_no": 1, "refund_no": 5001, "amount_minor": 300, "state": 7}
        steps = [{"kind": kind, "operation": 4, "amount_minor": 300, "payment_no": 1} for kind in (2, 4, 2)]
        for missing, found in ((None, set()), (steps, {"sums"}), (refund, {"sums", "provider", "worth"})):
            world = healthy()
            number = world.tables["orders.orders"][0]["order_no"]
            put("payment.payment", refunded_minor=300)(world)
            world.tables["payment.payment_refund"] += [{"order_no": number, **refund}] if missing is not refund else []
            world.tables["payment.payment_event"] += [{"order_no": number, **step} for step in steps
                                                      if missing is not steps]
            world.tables.setdefault("orders.refund", []).append({"order_no": number, **refund, "state": 6})
            rules = {finding.rule for finding in findings_of(judge(world))}
            self.assertEqual(rules & {"sums", "provider", "worth", "bounds"}, found)

    def test_a_parcel_that_was_sent_again_left_twice(self) -> None:
        """Another share took the place of one that was shipped."""
        for shipped_at, found in (("2026-03-01", False), (None, True)):
            world = healthy()
            number = world.tables["orders.orders"][0]["order_no"]
            again("inventory.reservation_line", fulfillment_no=2, hold_no=2)(world)
            world.tables.setdefault("orders.order_fulfillment", []).append(
                {"order_no": number, "fulfillment_no": 2, "replaced": True, "shipped_at": shipped_at})
            self.assertEqual("lines" in {finding.rule for finding in findings_of(judge(world))}, found)

    def test_lost_parcels_may_have_left(self) -> None:
        """An order that ended because its parcels were lost has sent its stock."""
        world = healthy()
        put("inventory.reservation", 1, state=3)(world)
        number = world.tables["orders.orders"][1]["order_no"]
        world.tables.setdefault("shipping.shipment", []).append({"order_no": number, "failure_stage": 3})
        self.assertNotIn("stock-shown", {finding.rule for finding in findings_of(judge(world))})

    def test_what_cash_did_not_come_for_may_have_left(self) -> None:
        """Nobody else gets a parcel and no bill."""
        for method, shipped_at, found in ((3, "2026-03-01", False), (1, "2026-03-01", True), (3, None, True)):
            world = healthy()
            put("inventory.reservation", 1, state=3)(world)
            put("orders.orders", 1, payment_method=method)(world)
            number = world.tables["orders.orders"][1]["order_no"]
            world.tables.setdefault("orders.order_fulfillment", []).append(
                {"order_no": number, "fulfillment_no": 1, "replaced": True, "shipped_at": shipped_at})
            self.assertEqual("stock-shown" in {finding.rule for finding in findings_of(judge(world))}, found)

    def test_what_is_silenced_need_not_be_told(self) -> None:
        """The row says so."""
        world = healthy()
        lose("notification.told", DECLINED_ID)(world)
        world.books["mail_catcher"].pop()
        number = world.tables["orders.orders"][1]["order_no"]
        silenced = {"order_no": number, "kind": 1, "event_no": 0, "state": 5, "attempts": 0}
        world.tables["notification.customer_message"].append(silenced)
        self.assertEqual({finding.rule for finding in findings_of(judge(world))} - {"gapless", "drained"}, set())

    def test_what_was_deleted_in_a_log_is_handled(self) -> None:
        """Then the log's end says nothing, and what was given says it all."""
        for number, expected in ((3, False), (2, True)):
            world = healthy()
            world.deleted = {"payment.commands"}
            world.records = [record for record in world.records if record.topic != "payment.commands"]
            world.tables["orders.stream"] = [{"topic": "payment.commands", "lane": 0, "generation": 1, "number": 3}]
            world.tables["payment.read_position"] = [
                {"topic": "payment.commands", "lane": 0, "generation": 1, "number": number,
                 "next_offset": number}]
            found = [finding for finding in findings_of(judge(world))
                     if finding.rule == "drained" and finding.subject == "payment.commands/0"]
            self.assertEqual(bool(found), expected, found)

    def test_a_level_again(self) -> None:
        """What is published again under its number, behind later ones, is no earlier version."""
        world = healthy()
        first = next(record for record in world.records if record.topic == "stock.levels")
        for number, version in ((2, 4), (3, 5)):
            publish_level(world, number, first.body.replace(b'"version": 3', b'"version": %d' % version))
        world.records.append(replace(first, offset=8))
        self.assertEqual([finding for finding in findings_of(judge(world)) if finding.rule == "levels"], [])

    def test_later_generations_count_anew(self) -> None:
        """Number 1 may come again, of a higher generation."""
        world = healthy()
        record = world.records[find(world, "notification.told")]
        fresh = with_header("ce_generation", "2")(with_header("ce_number", "1")(with_header("ce_id", "g2")(record)))
        world.records.append(replace(with_data(clock=99)(with_header("ce_clock", "99")(fresh)), offset=100))
        found = [finding for finding in findings_of(judge(world)) if finding.rule == "gapless"]
        self.assertEqual(found, [])

    def test_what_is_missing_is_not_judged(self) -> None:
        """A service that is not there makes no findings, and is named."""
        world = healthy()
        del world.tables["inventory.stock"]
        verdicts = {verdict.rule.name: verdict for verdict in judge(world)}
        self.assertEqual(verdicts["ledger"].word, "not judged")
        self.assertIn("lacks inventory.stock", report(list(verdicts.values())))

    def test_while_orders_are_under_way(self) -> None:
        """Only what holds at every moment is judged."""
        world = healthy()
        put("orders.orders", status=3, step=5)(world)
        put("inventory.stock", on_hand=9)(world)
        rules = {finding.rule for finding in findings_of(judge(world, at_rest=False))}
        self.assertEqual(rules, {"ledger"})


if __name__ == "__main__":
    unittest.main()
