"""stored.py - does it stay fast as it grows: the rate without and with many stored orders, and how they are read."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Any

import bring_up
import psycopg2
from figures import spread_ms
from flood import run_through
from load import Load
from phases import Bench, Figures, phase
from rig import Rig
from stored_orders import Loader, Stored

ORDERS = (1_000_000, 2000)
# Offered for so long: more than can be carried, so that what is carried is seen.
BURST_S, BURST_TIMES, BURST_RUNS = (20.0, 3.0), 1.5, (3, 1)
MIDDLE = (0.1, 0.9)
READ_S, READ_RATE, READ_TARGET_MS, READ_PATIENCE_S = (30.0, 4.0), 40.0, 20.0, 10.0
READ_CONNECTIONS, SAMPLE, PAGE = 16, 5, 50
DAY_S = 86400.0
SIZES = """
SELECT schemaname || '.' || relname, round(pg_total_relation_size(relid) / 1e6, 1)::float FROM pg_stat_user_tables
WHERE pg_total_relation_size(relid) > 1e6 ORDER BY pg_total_relation_size(relid) DESC LIMIT 12
"""


def stored(bench: Bench, full: float) -> Figures:
    """The rate, a bulk load, the rate again; then reads of what was stored."""
    rig, count = bench.rig, bench.extent.stored or ORDERS[bench.quick]
    runs = BURST_RUNS[bench.quick]
    phase(f"the rate, without stored orders, and with {count:,}")
    without = [carried_per_s(bench, full) for _ in range(runs)]
    loader = Loader(rig.system.stack.postgres.conninfo("postgres"), int(bring_up.LANES), rig.run)
    with at_rest(rig):
        loaded = loader.load(count)
    print(f"  {loaded.orders:,} orders, {loaded.rows:,} rows in {loaded.seconds} s", flush=True)
    with_stored = [carried_per_s(bench, full) for _ in range(runs)]
    found: Figures = {**asdict(loaded), "rates_without": without, "rates_with": with_stored,
                      "rate_share": round(statistics.median(with_stored) / statistics.median(without), 3),
                      "sizes_mb": sizes_mb(rig), "reads_ms": reads_ms(rig, loader, count, READ_S[bench.quick])}
    print(f"  {statistics.median(without):.1f} orders a second without, {statistics.median(with_stored):.1f} with; "
          f"reads {found['reads_ms']}", flush=True)
    return {"stored": found}


@contextmanager
def at_rest(rig: Rig) -> Iterator[None]:
    """Services that stand still: they know numbers that a load moves on."""
    for name in reversed(rig.system.services):
        rig.system.stop(name)
    yield
    for name in rig.system.services:
        rig.system.restart(name)
    rig.know_programs()


def carried_per_s(bench: Bench, full: float) -> float:
    """Whole orders a second while more than that are offered, without the beginning and the end."""
    rate, seconds = full * BURST_TIMES, BURST_S[bench.quick]
    _, seen, _ = run_through(bench, [number / rate for number in range(max(10, round(rate * seconds)))])
    times = sorted(seen["completed"].values())
    first, last = (int(share * (len(times) - 1)) for share in MIDDLE)
    return round((last - first) / (times[last] - times[first]), 2)


def sizes_mb(rig: Rig) -> dict[str, float]:
    """The largest tables with their indexes."""
    with closing(psycopg2.connect(rig.system.stack.postgres.conninfo("postgres"))) as connection:
        with connection.cursor() as cursor:
            cursor.execute(SIZES)
            return dict(cursor.fetchall())


# Reads.


def instant(at: float) -> str:
    """As the interface takes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def queries(one: Stored) -> dict[str, list[str]]:
    """What people look for, by kind: a list as it opens or further back, with filters, one by what is known of it."""
    window = f"placed_from={instant(one.placed_at - DAY_S)}&placed_to={instant(one.placed_at + 1)}"
    return {"list": [f"/v1/orders?limit={PAGE}", f"/v1/orders?limit={PAGE}&placed_to={instant(one.placed_at)}"],
            "filtered": [f"/v1/orders?limit={PAGE}&{words}" for words in (
                "status=completed", "status=placed", "payment_status=failed", f"channel={one.channel}&status=completed",
                f"channel={one.channel}&status=canceled", "fulfillment_status=delivered", window, "stuck=true")],
            "search": [f"/v1/orders?q={one.ref}", f"/v1/orders?q={one.order_id}", f"/v1/orders?q={one.order_id[:12]}",
                       f"/v1/orders?q={one.ref}-none", f"/v1/orders?q={one.ref}&channel={one.channel}"],
            "view": [f"/v1/orders/{one.order_id}"],
            "timeline": [f"/v1/orders/{one.order_id}/timeline"]}


def reads_ms(rig: Rig, loader: Loader, count: int, seconds: float) -> Figures:
    """Reads of stored orders at a fixed rate through the gateway, by kind, from when each was due."""
    chance, staff = random.Random(count), rig.staff()
    some = loader.orders([chance.randrange(count) for _ in range(round(READ_RATE * seconds))])
    for one in some[:SAMPLE]:
        assert_found(rig, staff.key, one)
    kinds = list(queries(some[0]))
    asked = [(kinds[number % len(kinds)], one) for number, one in enumerate(some)]
    load = Load(staff.host, staff.port, READ_CONNECTIONS)
    requests = [staff.get(chance.choice(queries(one)[kind])) for kind, one in asked]
    outcome = load.run(requests, READ_RATE, READ_PATIENCE_S)
    load.close()
    if set(outcome.status) != {200}:
        raise RuntimeError(f"reads of stored orders were answered with {outcome.statuses()}: {outcome.failures}")
    took = [answered - due for answered, due in zip(outcome.answered, outcome.due, strict=True)]
    found = {kind: spread_ms([each for (asked_for, _), each in zip(asked, took, strict=True) if asked_for == kind])
             for kind in kinds}
    return found | {"target": READ_TARGET_MS, "passed": all(one["p99"] <= READ_TARGET_MS for one in found.values())}


def assert_found(rig: Rig, key: str, one: Stored) -> None:
    """A stored order is what it should be, whichever way it is looked for, and every service knows its part."""
    def ask(path: str) -> Any:
        reply = rig.system.request("GET", path, Authorization=f"Bearer {key}")
        if reply.status != 200:
            raise RuntimeError(f"{path} was answered with {reply.status}: {reply.data}")
        return reply.data

    view = ask(f"/v1/orders/{one.order_id}")
    if (view["status"], view["channel_order_ref"], view["channel"]) != ("completed", one.ref, one.channel):
        raise RuntimeError(f"a stored order is shown as {view}")
    found = queries(one)
    for path in (found["search"][0], found["search"][1], found["filtered"][6]):
        if one.order_id not in [item["id"] for item in ask(path)["items"]]:
            raise RuntimeError(f"{path} does not find {one.order_id}")
    for part in ("timeline", "payments", "shipments", "fulfillments", "messages"):
        if not ask(f"/v1/orders/{one.order_id}/{part}")["items"]:
            raise RuntimeError(f"{one.order_id} has no {part}")
