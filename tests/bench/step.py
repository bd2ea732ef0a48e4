"""step.py - one load at one rate: sent, watched until all orders are through or time is up, and what it cost."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from math import inf

from figures import spread_ms
from load import Load, Outcome
from processes import Machine
from rig import CONNECTIONS, Rig
from watch import STAGES, TOPICS, Watch

SETTLE_S = 10.0
DRAIN_S = 90.0
PAUSE_S = 0.05
LEAST_TOLD = 0.01
TAKEN = (201, 202)
# received, confirmed, shipped, delivered; more where an order is split.
MAILS_OF_AN_ORDER = 4
Seen = dict[str, dict[str, float]]


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
    work_per_order: dict[str, float] = field(default_factory=dict)
    rss_mb: dict[str, float] = field(default_factory=dict)
    load_cpu_share: float = 0.0
    others_cores: float = 0.0
    busy_share: float = 0.0
    disk_share: float = 0.0
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


@dataclass
class Meters:
    """What everybody had spent and written when a step began, and what an order of it cost since."""

    rig: Rig

    def __post_init__(self) -> None:
        """Read all meters; the clock last."""
        self.books, self.work = self.rig.books(), self.rig.database() | self.rig.log()
        self.cpu, self.machine, self.began = self.rig.programs.cpu_s(), Machine.now(), time.monotonic()

    def tell_time(self, step: Step) -> None:
        """CPU time an order, and how busy the machine was; call when the last order is through."""
        spent, machine = self.rig.programs.cpu_since(self.cpu), Machine.now()
        cores_s = (time.monotonic() - self.began) * (os.cpu_count() or 1)
        ours = sum(each for name, each in spent.items() if "postgres/" not in name)
        busy_s, disk_s = machine.busy_s - self.machine.busy_s, machine.disk_s - self.machine.disk_s
        step.others_cores = round(max(0.0, busy_s - ours) / (time.monotonic() - self.began), 2)
        step.busy_share, step.disk_share = round(busy_s / cores_s, 3), round(disk_s / cores_s, 3)
        step.cpu_ms_per_order = {name: round(each * 1000 / step.orders, 3) for name, each in spent.items()}

    def tell_work(self, step: Step) -> None:
        """What was written an order, here and outside; call when nothing moves any more."""
        now = self.rig.database() | self.rig.log()
        done = {name: (each - self.work.get(name, 0.0)) / step.orders for name, each in now.items()}
        step.work_per_order = {name: round(each, 2) for name, each in done.items() if each >= LEAST_TOLD}
        step.outside = {name: count - self.books[name] for name, count in self.rig.books().items()}


def run_step(rig: Rig, rate: float, seconds: float, goal: Goal, all_topics: bool) -> Step:
    """Load, wait, count.  All topics cost more to watch, and tell of every stage."""
    requests = rig.shop.requests(max(1, round(rate * seconds)))
    clean = not rig.left_behind
    watch = Watch(rig.kafka, TOPICS if all_topics else goal.topics())
    load = Load(rig.target.host, rig.target.port, CONNECTIONS)
    rig.programs.alone = {"bench/load": os.getpid(), "bench/watch": watch.pid}
    meters = Meters(rig)
    outcome = load.run(requests, rate, SETTLE_S)
    rss_mb = rig.programs.rss_mb()
    taken = sum(status in TAKEN for status in outcome.status)
    await_goal(goal, watch, taken, outcome.due[-1] + SETTLE_S)
    step = step_of(outcome, rate)
    meters.tell_time(step)
    await_goal(goal, watch, taken, time.monotonic() + DRAIN_S)
    load.close()
    step.rss_mb = {name: round(each, 1) for name, each in rss_mb.items()}
    step.load_cpu_share = round(outcome.cpu_s / seconds, 3)
    seen = own_facts(outcome, watch.stop())
    meters.tell_work(step)
    tell_stages(step, outcome, seen, goal)
    step.why = refusals(step) or lateness(outcome, seen, goal) or (wrong_books(step, goal) if clean else "")
    step.passed = not step.why
    rig.left_behind = not step.drained
    return step


def await_goal(goal: Goal, watch: Watch, orders: int, deadline: float) -> None:
    """Wait until as many orders are through, or the deadline."""
    while not goal.is_met(watch, orders) and time.monotonic() < deadline:
        time.sleep(PAUSE_S)


def step_of(outcome: Outcome, rate: float) -> Step:
    """What the requests alone tell."""
    took = [answered - due for answered, due in zip(outcome.answered, outcome.due, strict=True) if answered > 0]
    late = [sent - due for sent, due in zip(outcome.sent, outcome.due, strict=True) if sent > 0]
    orders = len(outcome.due)
    return Step(rate, orders / rate, orders, False, "", outcome.statuses(), outcome.failures, {}, 0.0,
                spread_ms(took), spread_ms(late), outcome.queued_most)


def own_facts(outcome: Outcome, seen: Seen) -> Seen:
    """The facts of this step's orders alone: others may have been left behind by a step before."""
    own = set(outcome.order_id)
    return {stage: {order: at for order, at in orders.items() if order in own} for stage, orders in seen.items()}


def tell_stages(step: Step, outcome: Outcome, seen: Seen, goal: Goal) -> None:
    """How many came to each stage, when, and when the last one was through."""
    step.reached = {stage: len(orders) for stage, orders in seen.items()}
    step.stages_ms = stage_spreads(outcome, seen)
    taken = sum(status in TAKEN for status in outcome.status)
    step.drained = all(step.reached[stage] >= taken for stage in goal.stages)
    last = max(max(seen[stage].values(), default=0.0) for stage in goal.stages)
    step.settle_s = round(max(0.0, last - outcome.due[-1]), 2)


def refusals(step: Step) -> str:
    """Answers that are none to a customer who wants to buy."""
    bad = {status: count for status, count in step.statuses.items() if status not in TAKEN}
    return f"answers {bad}" if bad else ""


def lateness(outcome: Outcome, seen: Seen, goal: Goal) -> str:
    """Orders that were not through soon after the last one was due, each by its own facts."""
    end = outcome.due[-1] + SETTLE_S
    late = sum(any(seen[stage].get(order, inf) > end for stage in goal.stages) for order in outcome.order_id)
    return f"{late} not {' and '.join(goal.stages)} within {SETTLE_S:g} s" if late else ""


def wrong_books(step: Step, goal: Goal) -> str:
    """What the world outside counted otherwise, once all orders are through and their customers told."""
    books = step.outside
    if goal.stages != ["completed", "told"] or not step.drained:
        return ""
    right = (books["captured"] == books["payments"] == step.orders and books["labels"] == books["delivered"]
             and books["labels"] >= step.orders and books["several_labels"] == 0
             and books["distinct_mails"] >= MAILS_OF_AN_ORDER * step.orders)
    return "" if right else f"the books outside say {books} of {step.orders} orders"


def stage_spreads(outcome: Outcome, seen: Seen) -> dict[str, dict[str, float]]:
    """From when a request was due to when a consumer saw the first fact of each stage."""
    due = dict(zip(outcome.order_id, outcome.due, strict=True))
    return {stage: spread_ms([at - due[order] for order, at in seen[stage].items() if order in due])
            for stage in STAGES if seen[stage]}
