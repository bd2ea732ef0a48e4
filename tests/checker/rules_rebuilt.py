"""rules_rebuilt.py - the order view is what the facts tell from the first on: row by row, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

from evidence import Evidence, Finding, Row, Rule, group, order_id_text
from rebuilt import CLOSED, GIVEN_UP, Rebuilt, live_view, rebuild, rebuild_bins

NAME = "rebuilt"


def shown(value: Any) -> Any:
    """Instants as facts write them."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
    return value


def compare(subject: str, table: str, live: Row | None, told: Row | None) -> Iterator[Finding]:
    """Columns that both have; a row that one lacks."""
    if live is None or told is None:
        what = "is missing" if live is None else "is there, and no fact tells of it"
        yield Finding(NAME, subject, f"a row of {table} {what}")
        return
    for column, value in told.items():
        if column in live and shown(live[column]) != value:
            yield Finding(NAME, subject, f"{table}.{column} is {shown(live[column])}, its facts say {value}")


def compare_all(subject: str, table: str, column: str, live: Iterable[Row], told: dict[int, Row]) -> Iterator[Finding]:
    """Rows of one order by their numbers."""
    rows = {row[column]: row for row in live}
    for number in sorted({*rows, *told}):
        yield from compare(f"{subject} {number}", table, rows.get(number), told.get(number))


def shares_told(live: list[Row], view: Rebuilt) -> tuple[list[Row], dict[int, Row]]:
    """Shares that facts tell of; one that the order itself gave up was no fact, and was not shipped."""
    rows = [row for row in live if row["fulfillment_no"] in view.shares]
    given_up = {row["fulfillment_no"] for row in rows if row["state"] == GIVEN_UP and not row.get("shipped_at")}
    told = {number: {name: value for name, value in share.items()
                     if name != "state" or number not in given_up or value == CLOSED}
            for number, share in view.shares.items()}
    return rows, told


def judge_rebuilt(evidence: Evidence) -> Iterator[Finding]:
    """Orders, lines, shares and holds, made anew from offset 0, equal those that are shown."""
    views = rebuild(evidence.facts())
    past, lines = (group(evidence.rows(f"orders.{table}"), "order_no") for table in ("past_payment", "order_line"))
    shares, holds = (group(evidence.rows(f"orders.{table}"), "order_no") for table in ("order_fulfillment", "hold"))
    for order in evidence.rows("orders.orders"):
        number, name = order["order_no"], order_id_text(order["order_id"])
        view = views.pop(number, None)
        yield from compare(name, "orders", live_view(order, past.get(number, [])), view and view.order)
        if view is None:
            continue
        if view.lines:
            yield from compare_all(name, "order_line", "line_no", lines.get(number, []), view.lines)
        if "orders.order_fulfillment" in evidence.tables:
            rows, told = shares_told(shares.get(number, []), view)
            yield from compare_all(name, "order_fulfillment", "fulfillment_no", rows, told)
        yield from compare_all(name, "hold", "hold_no", holds.get(number, []), view.holds)
    for number, view in views.items():
        yield from compare(view.order.get("order_id", str(number)), "orders", None, view.order)


def judge_bins_rebuilt(evidence: Evidence) -> Iterator[Finding]:
    """What lies in each bin is what the facts say, from the first one on."""
    told = rebuild_bins(evidence.facts())
    for row in evidence.rows("inventory.stock_bin"):
        said = told.pop((row["sku"], row["location"], row["bin"]), 0)
        if said != row["quantity"]:
            yield Finding(NAME, f"{row['sku']} at {row['location']}",
                          f"{row['quantity']} lie in {row['bin']}, the facts say {said}")
    for (sku, place, bin_), said in told.items():
        if said:
            yield Finding(NAME, f"{sku} at {place}", f"the facts say that {said} lie in {bin_}, where nothing ever lay")


REBUILT_RULES = (
    Rule(NAME, "5 agreement: the order view made anew from the first fact on is the one that is shown", judge_rebuilt,
         ("orders.orders", "orders.order_line", "orders.hold")),
    Rule(NAME, "5 agreement: what lies in bins is what the facts say, from the first on", judge_bins_rebuilt,
         ("inventory.stock_bin",)),
)
