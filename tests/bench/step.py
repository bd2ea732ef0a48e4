"""step.py - one load at one rate: sent, watched until all orders are through or time is up, and what it cost."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

from figures import spread_ms
from load import Load, Outcome
from processes import machine_busy_s
from rig import CONNECTIONS, Rig
from watch import STAGES, TOPICS, Watch

SETTLE_S = 10.0
DRAIN_S = 90.0
PAUSE_S = 0.05
LEAST_TOLD = 0.01


@dataclass
class Step:
    """What one step showed."""

    rate: float
    seconds: float
    orders: int
    passed: bool
    why: str
    statuses: dict[int, int]
    failures: list[str]
    reached: dict[str, int]
    settle_s: float
    answered_ms: dict[str, float]
    late_ms: dict[str, float]
    queued_most: int
    stages_ms: dict[str, dict[str, float]] = field(default_factory=dict)
    cpu_ms_per_order: dict[str, float] = field(default_factory=dict)
    database_per_order: dict[str, float] = field(default_factory=dict)
    load_cpu_share: float = 0.0
    others_cores: float = 0.0
    outside: dict[str, int] = field(default_factory=dict)
    drained: bool = True


class Goal:
    """The stages that all orders of a step must have come to."""

    def __init__(self, reached: str, told: bool) -> None:
        """`told`: a mail of each order must have been sent, too."""
        self.stages = [reached, *(["told"] if told else [])]

    def topics(self) -> tuple[str, ...]:
        """What tells of these stages."""
        few = ("order.events", "notification.events")
        return few if set(self.stages) <= {"placed", "confirmed", "completed", "told"} else TOPICS

    def is_met(self, watch: Watch, orders: int) -> bool:
        """Are all orders there?"""
        return all(watch.count(stage) >= orders for stage in self.stages)


def run_step(rig: Rig, rate: float, seconds: float, goal: Goal, all_topics: bool) -> Step:
    """Load, wait, count.  All topics cost more to watch, and tell of every stage."""
    requests = rig.shop.requests(round(rate * seconds))
    watch = Watch(rig.kafka, TOPICS if all_topics else goal.topics())
    load = Load(rig.target.host, rig.target.port, CONNECTIONS)
    rig.programs.alone = {"bench/load": os.getpid(), "bench/watch": watch.pid}
    books, work = rig.books(), rig.database()
    cpu, busy, began = rig.programs.cpu_s(), machine_busy_s(), time.monotonic()
    outcome = load.run(requests, rate, SETTLE_S)
    settle_s = await_goal(goal, watch, len(requests), outcome.due[-1] + SETTLE_S) - outcome.due[-1]
    met = goal.is_met(watch, len(requests))
    spent, elapsed = rig.programs.cpu_since(cpu), time.monotonic() - began
    others = (machine_busy_s() - busy - sum(each for name, each in spent.items() if "postgres/" not in name)) / elapsed
    await_goal(goal, watch, len(requests), time.monotonic() + DRAIN_S)
    drained = goal.is_met(watch, len(requests))
    load.close()
    step = judge(outcome, rate, goal, met)
    step.settle_s, step.drained, step.others_cores = round(settle_s, 2), drained, round(max(0.0, others), 2)
    step.cpu_ms_per_order = {name: round(each * 1000 / len(requests), 3) for name, each in spent.items()}
    done = {name: (each - work.get(name, 0.0)) / len(requests) for name, each in rig.database().items()}
    step.database_per_order = {name: round(each, 2) for name, each in done.items() if each >= LEAST_TOLD}
    step.load_cpu_share = round(outcome.cpu_s / seconds, 3)
    seen = watch.stop()
    step.reached = {stage: len(orders) for stage, orders in seen.items()}
    step.stages_ms = stage_spreads(outcome, seen)
    step.outside = {name: count - books[name] for name, count in rig.books().items()}
    return step


def await_goal(goal: Goal, watch: Watch, orders: int, deadline: float) -> float:
    """Wait until all orders are through, or the deadline; returns when that was."""
    while not goal.is_met(watch, orders) and time.monotonic() < deadline:
        time.sleep(PAUSE_S)
    return time.monotonic()


def judge(outcome: Outcome, rate: float, goal: Goal, met: bool) -> Step:
    """Did all go as it should?"""
    orders = len(outcome.due)
    bad = {status: count for status, count in outcome.statuses().items() if status not in (201, 202)}
    why = ""
    if bad:
        why = f"answers {bad}"
    elif not met:
        why = f"not all {' and '.join(goal.stages)} within {SETTLE_S:g} s"
    took = [answered - due for answered, due in zip(outcome.answered, outcome.due, strict=True) if answered > 0]
    late = [sent - due for sent, due in zip(outcome.sent, outcome.due, strict=True) if sent > 0]
    return Step(rate, orders / rate, orders, not why, why, outcome.statuses(), outcome.failures, {}, 0.0,
                spread_ms(took), spread_ms(late), outcome.queued_most)


def stage_spreads(outcome: Outcome, seen: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """From when a request was due to when a consumer saw the first fact of each stage."""
    due = dict(zip(outcome.order_id, outcome.due, strict=True))
    return {stage: spread_ms([at - due[order] for order, at in seen[stage].items() if order in due])
            for stage in STAGES if seen[stage]}
