"""telling.py - the figures for a person: a table, and what makes a figure doubtful."""

from __future__ import annotations

from typing import Any

from figures import shown, table

QUIET_CORES = 0.1
ENOUGH = 1000
QUIET_SHARE = 0.02
STAGES_TOLD = ("confirmed", "completed", "told")
READS = ("list", "filtered", "search", "view", "timeline")
BARE = {"commits_per_s": "commits a second, one row each, 16 clients",
        "commits_per_s_1_client": "commits a second, one row each, 1 client",
        "database_floor_orders_per_s": "orders a second, the pure database work",
        "database_floor_orders_per_s_1_client": "orders a second, the pure database work, 1 client",
        "messages_per_s": "messages a second of a bare producer"}
BY_PROCESS = {"cpu_ms_per_order": "CPU ms an order", "rss_mb": "resident at rest, MB",
              "idle_cpu_percent": "CPU % at rest", "rss_mb_load": "resident under full load, MB"}
WRITTEN = {"wal_kb": "WAL kB an order", "kafka_kb": "Kafka log kB an order", "commits": "commits an order",
           "messages": "messages an order", "rows_written": "rows written an order"}
Figures = dict[str, Any]


def tell(figures: Figures) -> None:
    """The table, the statements that took most, and the doubts."""
    rows = [*main_rows(figures), *latency_rows(figures), *trouble_rows(figures), *instance_rows(figures),
            *stored_rows(figures), *cost_rows(figures)]
    if rows:
        print("\n" + table(rows))
    for one in figures.get("statements", []):
        print(f"  {one['total_ms']:9.0f} ms {one['calls']:7} x {one['mean_ms']:8.3f} ms {one['rows_a_call']:7} rows "
              f"{one['blocks_a_call']:8} blocks  {one['role']}: {one['query'][:90]}")
    for doubt in doubts(figures):
        print(f"  note: {doubt}")


def main_rows(figures: Figures) -> list[tuple[str, object]]:
    """The rate, what limits it, and what the machine does without us."""
    rows: list[tuple[str, object]] = []
    if "whole_orders_per_s" in figures:
        rows = [("whole orders a second, sustained", figures["whole_orders_per_s"]), ("limit", figures["limit"])]
    if "hot" in figures:
        word = "yes" if figures["hot"]["passed"] else "no"
        rows.append((f"one item in every order at {figures['hot']['share']:.0%} of it", word))
    if "whole_orders_per_s" in figures and "database_floor_orders_per_s" in figures:
        rows.append(("share of the database floor",
                     f"{figures['whole_orders_per_s'] / figures['database_floor_orders_per_s']:.1%}"))
    return rows + [(title, figures[name]) for name, title in BARE.items() if name in figures]


def latency_rows(figures: Figures) -> list[tuple[str, object]]:
    """When stages were seen, at each rate."""
    return [(f"{stage} at {step['rate']:.0f}/s, ms", step["stages_ms"][stage])
            for step in figures.get("latency", {}).values()
            for stage in STAGES_TOLD if stage in step["stages_ms"]]


def trouble_rows(figures: Figures) -> list[tuple[str, object]]:
    """After deaths, and in a flood."""
    rows: list[tuple[str, object]] = []
    if "recovery" in figures:
        rows = [("full speed after kill -9, s", {name: "never" if each is None else each
                                                 for name, each in figures["full_speed_s"].items()}),
                ("from start to ready, ms", figures["start_to_ready_ms"]),
                ("no lag after the load, ms", figures["lag_zero_ms"]),
                ("lost with the deaths", figures["recovery"]["lost"])]
    if "flood" in figures:
        flood = figures["flood"]
        again_s = flood["normal_again_s"]
        rows += [(f"{flood['seconds']:.0f} s at {flood['rate']:.0f}/s",
                  f"{flood['lost']} lost, {flood['refused']} answered with 503, "
                  f"{flood['otherwise_refused']} otherwise"),
                 ("confirmed as before after, s", "not in the time" if again_s is None else again_s)]
    return rows


def instance_rows(figures: Figures) -> list[tuple[str, object]]:
    """With several processes of each service."""
    found = figures.get("instances", {})
    uneven = {count: max(max(each) * len(each) - 1 for each in one["shares"].values()) for count, one in found.items()}
    return [(f"carried with {count} of each service",
             f"{one['rate']:.1f} a second; most above its even share: {uneven[count]:.0%}")
            for count, one in found.items()]


def stored_rows(figures: Figures) -> list[tuple[str, object]]:
    """With many orders stored."""
    if "stored" not in figures:
        return []
    found = figures["stored"]
    return [(f"rate with {found['orders']:,} orders stored, as a share", found["rate_share"]),
            *((f"{kind} of them, ms", found["reads_ms"][kind]) for kind in READS)]


def cost_rows(figures: Figures) -> list[tuple[str, object]]:
    """What an order costs, and what the programs hold."""
    rows: list[tuple[str, object]] = []
    for name, title in BY_PROCESS.items():
        found = sorted(figures.get(name, {}).items(), key=lambda item: ("/" in item[0], -item[1]))
        rows += [(f"{title}: {process}", value) for process, value in found if value]
    runs = figures.get("sustained", {}).get("runs", [])
    if runs:
        rows += [(title, runs[-1]["work_per_order"].get(name, 0.0)) for name, title in WRITTEN.items()]
    if "statements_per_order" in figures:
        rows.append(("SQL statements an order, at half the rate", figures["statements_per_order"]))
    return rows


def steps_of(figures: Figures) -> list[Figures]:
    """Every step of a bench."""
    return [*figures.get("search", {}).get("steps", []), *figures.get("sustained", {}).get("runs", []),
            *measured_at_a_rate(figures)]


def measured_at_a_rate(figures: Figures) -> list[Figures]:
    """The steps that have to go through, or their figures tell of those orders alone that did."""
    return [*figures.get("latency", {}).values(), *([figures["steady"]] if "steady" in figures else []),
            *([figures["hot"]["step"]] if "hot" in figures else []),
            *([figures["statements_step"]] if "statements_step" in figures else [])]


def doubts(figures: Figures) -> list[str]:
    """Why a figure is a lower bound, or not what it should be."""
    busiest = max((step["others_cores"] for step in steps_of(figures)), default=0.0)
    found = []
    if busiest > QUIET_CORES:
        found.append(f"others used up to {shown(busiest)} of {figures['machine']['cores']} cores meanwhile: "
                     "rates are lower bounds")
    found += [f"at {step['rate']:.1f}/s: {step['why']}" for step in measured_at_a_rate(figures) if not step["passed"]]
    few = min((step["orders"] for step in figures.get("latency", {}).values()), default=ENOUGH)
    if few < ENOUGH:
        found.append(f"a latency comes of {few} orders: p99.9 of fewer than {ENOUGH} is their longest")
    slow = max(figures.get("recovery", {}).get("slow_share", {}).values(), default=0.0)
    if slow > QUIET_SHARE:
        found.append(f"{slow:.0%} of the time was below full speed though nobody died: full_speed_s tells of that, too")
    if figures.get("reached", "completed") != "completed":
        found.append(f"orders come only as far as {figures['reached']}")
    found += [f"{kind} grew from {early} to {most} MB" for kind, (early, most)
              in figures.get("growth", {}).get("bloated", {}).items()]
    if figures.get("search", {}).get("stuck"):
        found.append("the search ended early: orders were left behind by a step that was too fast")
    return found
