"""rules_stock.py - nothing is promised twice, and no piece is lost from the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from evidence import Evidence, Finding, Rule
from rebuilt import rebuild_lots

HELD, PARTLY_CONSUMED = 1, 2
PART_HELD, PART_WAITING = 1, 2
SHIPPED = 2
DRAFT = 1


def pieces_of(line: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Items and pieces that a part of a reservation stands for: of a bundle its components."""
    words = (line.get("components") or f"{line['sku']} 1").split()
    for sku, quantity in zip(words[::2], words[1::2]):
        yield sku, line["quantity"] * int(quantity)


def reserved_pieces(evidence: Evidence) -> Counter[tuple[str, str]]:
    """Pieces that reservations and transfers hold, by item and place."""
    held: Counter[tuple[str, str]] = Counter()
    for line in evidence.rows("inventory.reservation_line"):
        if line["state"] == PART_HELD:
            for sku, pieces in pieces_of(line):
                held[sku, line["location"]] += pieces
    for line in evidence.rows("inventory.transfer_line"):
        if line["held"]:
            held[line["sku"], line["source"]] += line["held"]
    return held


def judge_holders(evidence: Evidence) -> Iterator[Finding]:
    """Only a reservation that is open holds pieces or waits for some."""
    is_open = {(row["order_no"], row["hold_no"]) for row in evidence.rows("inventory.reservation")
               if row["state"] in (HELD, PARTLY_CONSUMED)}
    for line in evidence.rows("inventory.reservation_line"):
        if line["state"] <= PART_WAITING and (line["order_no"], line["hold_no"]) not in is_open:
            yield Finding("holders", f"order {line['order_no']}, reservation {line['hold_no']}",
                          f"is over and has {line['quantity']} pieces of {line['sku']} held or waiting")


COUNTERS = {1: "on_hand", 2: "damaged", 3: "quality_control", 4: "safety", 5: "incoming"}


def judge_ledger(evidence: Evidence) -> Iterator[Finding]:
    """Each counter is the sum of all its movements."""
    moved: Counter[tuple[str, str, int]] = Counter()
    for row in evidence.rows("inventory.stock_ledger"):
        moved[row["sku"], row["location"], row["counter"]] += row["quantity"]
    for row in evidence.rows("inventory.stock"):
        for counter, name in COUNTERS.items():
            total = moved.pop((row["sku"], row["location"], counter), 0)
            if total != row[name]:
                yield Finding("ledger", f"{row['sku']} at {row['location']}",
                              f"{row[name]} {name}, the ledger says {total}")
    for (sku, place, _), total in moved.items():
        if total:
            yield Finding("ledger", f"{sku} at {place}", f"the ledger says {total} of what is not in stock")


def lots_of(row: dict[str, Any]) -> Iterator[tuple[str, int, int, int]]:
    """Lots of a row of stock: number; pieces that are sellable, damaged, in quality control."""
    for entry in (row.get("lots") or "").split(" ")[3:]:
        number, *_, pieces, damaged, control = entry.split("|")
        yield number, int(pieces), int(damaged), int(control)


def lots_there(evidence: Evidence) -> Counter[tuple[str, str, str]]:
    """Pieces of each lot of an item at a place, whoever they are picked for."""
    there: Counter[tuple[str, str, str]] = Counter()
    for row in evidence.rows("inventory.stock"):
        for number, *pieces in lots_of(row):
            there[row["sku"], row["location"], number] += sum(pieces)
    return there


def unlike(there: Counter[tuple[str, str, str]], said: Counter[tuple[str, str, str]], who: str,
           rule: str) -> Iterator[Finding]:
    """Lots of which something else is said."""
    for sku, place, number in sorted({*there, *said}):
        pieces, told = there[sku, place, number], said[sku, place, number]
        if pieces != told:
            yield Finding(rule, f"{sku} at {place}", f'{pieces} of lot "{number}", its {who} say {told}')


def judge_lots(evidence: Evidence) -> Iterator[Finding]:
    """Lots sum to the counters, each is what its movements say, and no piece is twice in stock."""
    moved: Counter[tuple[str, str, str]] = Counter()
    serials: Counter[tuple[str, str]] = Counter()
    for row in evidence.rows("inventory.lot_movement"):
        moved[row["sku"], row["location"], row["lot"]] += row["on_hand"]
    for row in evidence.rows("inventory.stock"):
        sums = tuple(sum(lot[part] for lot in lots_of(row)) for part in (1, 2, 3))
        if row.get("lots") is not None and sums != (sellable(row), row["damaged"], row["quality_control"]):
            yield Finding("lots", f"{row['sku']} at {row['location']}",
                          f"lots of {sums} pieces, {sellable(row)} are sellable, {row['damaged']} damaged, "
                          f"{row['quality_control']} in quality control")
        for number, *pieces in lots_of(row):
            serials[row["sku"], number] += sum(pieces) if row["lots"].startswith("S") and number else 0
    yield from unlike(lots_there(evidence), moved, "movements", "lots")
    for (sku, number), total in serials.items():
        if total > 1:
            yield Finding("lots", sku, f"serial number {number} is {total} times in stock")


def judge_lots_told(evidence: Evidence) -> Iterator[Finding]:
    """What is there of each lot is what the facts that moved it tell."""
    told = rebuild_lots(evidence.facts("inventory.events"))
    yield from unlike(lots_there(evidence), told, "facts", "lots-told")


def judge_bins(evidence: Evidence) -> Iterator[Finding]:
    """What lies in bins is the sum of each, each is the sum of its ledger, and no more than is on hand lies in them."""
    lies: Counter[tuple[str, str]] = Counter()
    moved: Counter[tuple[str, str, str]] = Counter()
    for row in evidence.rows("inventory.bin_ledger"):
        moved[row["sku"], row["location"], row["bin"]] += row["quantity"]
    for row in evidence.rows("inventory.stock_bin"):
        lies[row["sku"], row["location"]] += row["quantity"]
        total = moved.pop((row["sku"], row["location"], row["bin"]), 0)
        if total != row["quantity"]:
            yield Finding("bins", f"{row['sku']} at {row['location']}",
                          f"{row['quantity']} lie in {row['bin']}, its ledger says {total}")
    for row in evidence.rows("inventory.stock"):
        name, total = f"{row['sku']} at {row['location']}", lies.pop((row["sku"], row["location"]), 0)
        if total != row["binned"]:
            yield Finding("bins", name, f"{row['binned']} lie in bins, they hold {total}")
        if row["binned"] > row["on_hand"]:
            yield Finding("bins", name, f"{row['binned']} lie in bins, {row['on_hand']} are on hand")


def sellable(row: dict[str, Any]) -> int:
    """What is there and neither damaged nor in quality control."""
    return row["on_hand"] - row["damaged"] - row["quality_control"]


def judge_reserved(evidence: Evidence) -> Iterator[Finding]:
    """What is reserved is the sum of open reservations, and is there or owed."""
    held = reserved_pieces(evidence)
    for row in evidence.rows("inventory.stock"):
        name = f"{row['sku']} at {row['location']}"
        total = held.pop((row["sku"], row["location"]), 0)
        if total != row["reserved"]:
            yield Finding("reserved", name, f"{row['reserved']} reserved, open reservations hold {total}")
        if row["reserved"] > sellable(row) + row["owed"]:
            yield Finding("reserved", name,
                          f"oversold: {row['reserved']} reserved, {sellable(row)} sellable, {row['owed']} owed")
    for (sku, place), total in held.items():
        yield Finding("reserved", f"{sku} at {place}", f"{total} are held of what is not in stock")


def judge_incoming(evidence: Evidence) -> Iterator[Finding]:
    """What is incoming is what transfers and purchase orders bring, and what was sent or ordered is somewhere."""
    brought: Counter[tuple[str, str]] = Counter()
    drafts = {row["purchase_order_id"] for row in evidence.rows("inventory.purchase_order") if row["state"] == DRAFT}
    for line in evidence.rows("inventory.purchase_order_line"):
        brought[line["sku"], line["location"]] += line["outstanding"]
        told = line["outstanding"] + line["received"] + line["undelivered"] - line["over"]
        if told != (0 if line["purchase_order_id"] in drafts else line["quantity"]):
            yield Finding("incoming", f"{line['sku']} for {line['location']}",
                          f"{line['quantity']} were ordered by {line['purchase_order_id']}, of {told} it is known "
                          "what became of them")
    for line in evidence.rows("inventory.transfer_line"):
        brought[line["sku"], line["destination"]] += line["in_transit"]
        if line["shipped"] > line["in_transit"] + line["received"] + line["lost"]:
            yield Finding("incoming", f"{line['sku']} from {line['source']}",
                          f"{line['shipped']} were sent by {line['transfer_id']}, and some of them are nowhere")
    for row in evidence.rows("inventory.stock"):
        total = brought.pop((row["sku"], row["location"]), 0)
        if total != row["incoming"]:
            yield Finding("incoming", f"{row['sku']} at {row['location']}",
                          f"{row['incoming']} incoming, transfers and purchase orders bring {total}")
    for (sku, place), total in brought.items():
        if total:
            yield Finding("incoming", f"{sku} at {place}", f"transfers and purchase orders bring {total} that nobody "
                                                           "waits for")


def judge_backorders(evidence: Evidence) -> Iterator[Finding]:
    """What is waited for is the sum of who waits."""
    waiting: Counter[str] = Counter()
    for line in evidence.rows("inventory.reservation_line"):
        if line["state"] == PART_WAITING:
            waiting[line["sku"]] += line["quantity"]
    for row in evidence.rows("inventory.backorder"):
        total = waiting.pop(row["sku"], 0)
        if total != row["pieces"]:
            yield Finding("backorders", row["sku"], f"{row['pieces']} are waited for, orders wait for {total}")
    for sku, total in waiting.items():
        yield Finding("backorders", sku, f"orders wait for {total} of what nobody waits for")


def judge_filled(evidence: Evidence) -> Iterator[Finding]:
    """At rest nobody waits for what is free at a place that is active."""
    active = {row["code"] for row in evidence.rows("inventory.location") if row["active"]}
    free: Counter[str] = Counter()
    for row in evidence.rows("inventory.stock"):
        if row["location"] in active:
            free[row["sku"]] += max(sellable(row) - row["reserved"] - row["safety"], 0)
    for row in evidence.rows("inventory.backorder"):
        if row["pieces"] and free[row["sku"]]:
            yield Finding("filled", row["sku"], f"{row['pieces']} are waited for, and {free[row['sku']]} are free")


def judge_owed(evidence: Evidence) -> Iterator[Finding]:
    """What is owed is given back in the end."""
    for row in evidence.rows("inventory.stock"):
        if row["owed"]:
            yield Finding("owed", f"{row['sku']} at {row['location']}", f"{row['owed']} are owed still")


def judge_left(evidence: Evidence) -> Iterator[Finding]:
    """What left with an order is what its reservation says, once."""
    booked: Counter[tuple[int, int, str]] = Counter()
    for row in evidence.rows("inventory.stock_ledger"):
        if row["kind"] == SHIPPED:
            booked[row["order_no"], row["fulfillment_no"], row["sku"]] -= row["quantity"]
    for line in evidence.rows("inventory.reservation_line"):
        if line["fulfillment_no"]:
            for sku, pieces in pieces_of(line):
                booked[line["order_no"], line["fulfillment_no"], sku] -= pieces
    for (order_no, fulfillment_no, sku), difference in booked.items():
        if difference:
            yield Finding("left", f"order {order_no}, fulfillment {fulfillment_no}",
                          f"the ledger has {difference:+} pieces of {sku} beside what the reservation says")


def judge_levels(evidence: Evidence) -> Iterator[Finding]:
    """What was published last of an item is what lies there, and versions ascend."""
    stock: dict[str, tuple[int, int]] = {}
    for row in evidence.rows("inventory.stock"):
        on_hand, reserved = stock.get(row["sku"], (0, 0))
        stock[row["sku"]] = (on_hand + row["on_hand"], reserved + row["reserved"])
    told = {}
    # A level that is published again under its number, behind later ones, says nothing new.
    for record in sorted(evidence.facts("stock.levels"), key=lambda one: (one.partition, one.offset)):
        level = record.data
        if level["version"] < told.get(level["sku"], level)["version"]:
            yield Finding("levels", level["sku"], f"version {level['version']} was published after a later one")
        told[level["sku"]] = level
    for sku, (on_hand, reserved) in stock.items():
        if sku in told and (told[sku]["on_hand"], told[sku]["reserved"]) != (on_hand, reserved):
            yield Finding("levels", sku, f"{told[sku]['on_hand']} on hand and {told[sku]['reserved']} reserved were "
                                         f"published, {on_hand} and {reserved} are")


STOCK = "inventory.stock"
LEDGER = "inventory.stock_ledger"
LINES = "inventory.reservation_line"
TRANSFERS = "inventory.transfer_line"
PURCHASES = "inventory.purchase_order"
PURCHASE_LINES = "inventory.purchase_order_line"
BACKORDER = "inventory.backorder"
STOCK_RULES = (
    Rule("ledger", "1 stock: each counter is the sum of its ledger", judge_ledger, (STOCK, LEDGER), live=True),
    Rule("lots", "1 stock: lots sum to what is on hand, each to its movements", judge_lots,
         (STOCK, "inventory.lot_movement"), live=True),
    Rule("lots-told", "1 stock: lots are what facts tell of them", judge_lots_told, (STOCK,)),
    Rule("bins", "1 stock: what lies in bins is the sum of each, and there", judge_bins,
         (STOCK, "inventory.stock_bin")),
    Rule("reserved", "1 stock: reserved is the sum of open reservations, and is there or owed", judge_reserved,
         (STOCK, LINES, TRANSFERS), live=True),
    Rule("incoming", "1 stock: incoming is what transfers and purchase orders bring", judge_incoming,
         (STOCK, TRANSFERS, PURCHASES, PURCHASE_LINES)),
    Rule("holders", "1 stock: only open reservations hold or wait", judge_holders, (LINES, "inventory.reservation"),
         live=True),
    Rule("backorders", "1 stock: backorders are the sum of who waits", judge_backorders, (LINES, BACKORDER), live=True),
    Rule("filled", "1 stock: nobody waits for what is there", judge_filled,
         (STOCK, BACKORDER, "inventory.location")),
    Rule("owed", "1 stock: owed returns to 0", judge_owed, (STOCK,)),
    Rule("left", "1 stock: what left is what was held for the order", judge_left, (LEDGER, LINES), live=True),
    Rule("levels", "1 stock: the published level is the present one", judge_levels, (STOCK,)),
)
