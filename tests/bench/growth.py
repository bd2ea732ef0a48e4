"""growth.py - an hour of orders: what grows with them, and what must not."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

import psycopg2
from phases import Bench, Figures, phase
from rig import Rig
from step import run_step

GROWTH_S, CHUNK_S, SHARE = (3600.0, 6.0), (60.0, 3.0), 0.5
# Rows of these are removed or changed in place with every batch: however many orders there were, they stay as large.
CHURN = ("lane", "stream", "read_position", "timer", "effect", "input")
LEDGERS = ("timeline", "stock_ledger", "payment_event")
# What a table may reach after its first tenth of the time: vacuum comes when a fifth is dead, and at its own times.
TIMES, SPARE_MB = 3.0, 4.0
SIZES = """
SELECT CASE WHEN relname LIKE 'outbox%%' THEN 'outbox'
            WHEN relname = ANY (%(churn)s) THEN relname
            WHEN relname = ANY (%(ledgers)s) THEN 'ledgers' ELSE 'orders and the like' END,
       (sum(pg_total_relation_size(relid)) / 1e6)::float, sum(n_live_tup)::float
FROM pg_stat_user_tables GROUP BY 1
"""


def growth(bench: Bench, full: float) -> Figures:
    """Half of the highest rate for an hour, a look a minute."""
    seconds, chunk_s = bench.extent.seconds or GROWTH_S[bench.quick], CHUNK_S[bench.quick]
    phase(f"{seconds / 60:.0f} minutes at {full * SHARE:.0f}/s")
    samples = [sample(bench.rig, 0.0, 0)]
    began, orders = time.monotonic(), 0
    while time.monotonic() < began + seconds:
        step = run_step(bench.rig, full * SHARE, chunk_s, bench.goal, False)
        if not step.passed:
            raise RuntimeError(f"after {orders} orders a minute at {full * SHARE:.0f}/s: {step.why}")
        orders += step.orders
        samples.append(sample(bench.rig, time.monotonic() - began, orders))
    return {"growth": {"rate": full * SHARE, "orders": orders, "samples": samples, "bloated": bloated(samples)}}


def sample(rig: Rig, at_s: float, orders: int) -> Figures:
    """How large the tables are with their indexes, and how many rows are in them, by what they are."""
    with closing(psycopg2.connect(rig.system.stack.postgres.conninfo("postgres"))) as connection:
        with connection.cursor() as cursor:
            cursor.execute(SIZES, {"churn": list(CHURN), "ledgers": list(LEDGERS)})
            rows: list[Any] = cursor.fetchall()
    return {"at_s": round(at_s, 1), "orders": orders, "mb": {kind: round(size, 2) for kind, size, _ in rows},
            "rows": {kind: live for kind, _, live in rows}}


def bloated(samples: list[Figures]) -> dict[str, list[float]]:
    """What should have stayed as large and did not: how large it was after a tenth of the time, and the most since."""
    early, later = samples[max(1, len(samples) // 10)], samples[max(1, len(samples) // 10):]
    most = {kind: max(one["mb"][kind] for one in later) for kind in CHURN}
    return {kind: [early["mb"][kind], most[kind]] for kind in CHURN
            if most[kind] > early["mb"][kind] * TIMES + SPARE_MB}
