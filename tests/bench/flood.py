"""flood.py - a minute at ten times what can be carried: what is refused, what is lost, and how long it is felt."""

from __future__ import annotations

import time
from math import inf

from figures import percentile
from load import Load, Outcome
from phases import STEP_S, Bench, Figures, phase
from step import Seen, own_facts, run_step
from watch import ENDED_BADLY, Watch

FLOOD_S = (60.0, 10.0)
AFTER_S = (90.0, 5.0)
TIMES, NORMAL_SHARE = 10.0, 0.5
# Storefronts that flood do not wait for what becomes of an order: each connection would carry one in two seconds.
HEADERS = "Prefer: wait=0\r\n"
CONNECTIONS = 256
ANSWER_PATIENCE_S, MOST_DRAIN_S, PAUSE_S = 10.0, 1200.0, 0.2
WINDOW_S, NORMAL_TIMES, CALM_WINDOWS = 5.0, 1.5, 3
TAKEN, REFUSED = (200, 201, 202), 503


def flood(bench: Bench, full: float) -> Figures:
    """Half of the highest rate, ten times of it, half of it again; then whatever was taken comes to its end."""
    seconds, after_s = bench.extent.flood_s or FLOOD_S[bench.quick], AFTER_S[bench.quick]
    normal_rate, rate = full * NORMAL_SHARE, full * TIMES
    phase(f"a flood: {seconds:g} s at {rate:.0f}/s")
    normal = run_step(bench.rig, normal_rate, bench.seconds or STEP_S[bench.quick], bench.goal, False)
    limit_s = normal.stages_ms["confirmed"]["p99"] / 1000 * NORMAL_TIMES
    offsets = [number / rate for number in range(max(1, round(seconds * rate)))]
    flooded = len(offsets)
    offsets += [seconds + number / normal_rate for number in range(max(1, round(after_s * normal_rate)))]
    captured = bench.rig.books()["captured"]
    outcome, seen, drained_s = run_through(bench, offsets)
    captured = bench.rig.books()["captured"] - captured
    end = outcome.due[0] + seconds
    waits = confirmations(outcome, seen, flooded, end)
    told = answers(outcome, flooded)
    lost = lost_orders(outcome, seen)
    return {"flood": {
        "rate": rate, "seconds": seconds, "offered": flooded, "normal_rate": normal_rate,
        "statuses": told, "refused": told.get(REFUSED, 0),
        "otherwise_refused": sum(count for status, count in told.items() if status not in (*TAKEN, REFUSED)),
        "sent_late_s": round(max(sent - due for sent, due in zip(outcome.sent, outcome.due, strict=True)), 2),
        "lost": len(lost), "lost_orders": sorted(lost)[:10], "drained_s": drained_s,
        "completed": len(seen["completed"]), "captured_outside": captured,
        "normal_ms": normal.stages_ms["confirmed"], "confirmed_ms_by_window": windows_ms(waits, after_s),
        "normal_again_s": normal_again_s(waits, limit_s, after_s)}}


def run_through(bench: Bench, offsets: list[float]) -> tuple[Outcome, Seen, float | None]:
    """Load, then wait until all that was taken has ended; how long that took after the last answer, None: too long."""
    rig = bench.rig
    requests = rig.shop.requests(len(offsets), HEADERS)
    watch = Watch(rig.kafka, bench.goal.topics())
    load = Load(rig.target.host, rig.target.port, CONNECTIONS)
    outcome = load.run_at(requests, offsets, ANSWER_PATIENCE_S)
    load.close()
    began = time.monotonic()
    taken = sum(status in TAKEN for status in outcome.status)
    while not_ended(watch, bench, taken) and time.monotonic() < began + MOST_DRAIN_S:
        time.sleep(PAUSE_S)
    drained = not not_ended(watch, bench, taken)
    drained_s = round(time.monotonic() - began, 1)
    rig.left_behind = not drained
    print(f"  answers {outcome.statuses()}; {'drained' if drained else 'NOT drained'} {drained_s} s after the last one",
          flush=True)
    return outcome, own_facts(outcome, watch.stop()), drained_s if drained else None


def not_ended(watch: Watch, bench: Bench, taken: int) -> bool:
    """Is something that was taken still on its way?"""
    bad = sum(watch.count(name.split(".")[2]) for name in ENDED_BADLY)
    return any(watch.count(stage) + bad < taken for stage in bench.goal.stages)


def answers(outcome: Outcome, count: int) -> dict[int, int]:
    """How often each status came of the first so many requests; 0 is no answer."""
    return {status: outcome.status[:count].count(status) for status in sorted(set(outcome.status[:count]))}


def lost_orders(outcome: Outcome, seen: Seen) -> set[str]:
    """What was taken and has not ended."""
    taken = {order for order, status in zip(outcome.order_id, outcome.status, strict=True) if status in TAKEN}
    ends = ("completed", *(name.split(".")[2] for name in ENDED_BADLY))
    return taken.difference(*(seen[end].keys() for end in ends))


def confirmations(outcome: Outcome, seen: Seen, flooded: int, end: float) -> list[tuple[float, float]]:
    """Of each order after the flood: how long after it, and how long until it was confirmed (inf: never)."""
    return [(due - end, seen["confirmed"].get(order, inf) - due)
            for due, order in list(zip(outcome.due, outcome.order_id, strict=True))[flooded:]]


def by_window(waits: list[tuple[float, float]], seconds: float) -> list[float]:
    """p99 of each window of some seconds."""
    found = []
    for number in range(int(seconds // WINDOW_S)):
        inside = [took for at, took in waits if number * WINDOW_S <= at < (number + 1) * WINDOW_S]
        found.append(percentile(inside, 99) if inside else inf)
    return found


def windows_ms(waits: list[tuple[float, float]], seconds: float) -> list[float | None]:
    """The same in milliseconds; None where one of them was never confirmed."""
    return [None if p99 == inf else round(p99 * 1000, 1) for p99 in by_window(waits, seconds)]


def normal_again_s(waits: list[tuple[float, float]], limit_s: float, seconds: float) -> float | None:
    """When the first of some windows in a row began whose p99 is within the limit; None when there are none."""
    good = [p99 <= limit_s for p99 in by_window(waits, seconds)]
    for number in range(len(good)):
        if all(good[number:number + CALM_WINDOWS]) and len(good) - number >= min(CALM_WINDOWS, len(good)):
            return number * WINDOW_S
    return None
