"""phases.py - what the bench measures, one phase after the other; each returns its part of bench.json."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from typing import Any

from figures import highest, middle
from floor import commits_per_s, database_orders_per_s, messages_per_s
from rig import Rig
from statements import forget_statements, statements_done, top_statements, watch_statements
from step import Goal, Step, run_step

# Lengths of the phases in seconds: as they are, and when only their working is to be seen.
IDLE_S, FLOOR_S, STEP_S, LONG_S = (60.0, 5.0), (5, 2), (20.0, 5.0), (60.0, 8.0)
WARM_UP_S = 5.0
CEILING, PRECISION = 3200.0, 0.1
RUNS, TRIES, LOWER = 3, 4, 0.9
SHARES = {"10": 0.1, "50": 0.5, "90": 0.9}
HOT_SHARE = 0.8
FULL_SHARE = 0.9
Figures = dict[str, Any]


def phase(name: str) -> None:
    """Say what comes."""
    print(f"{time.strftime('%H:%M:%S')} {name}", flush=True)


def say(step: Step) -> None:
    """A step in a line or two."""
    word = "through" if step.passed else f"NOT: {step.why}"
    print(f"  {step.rate:7.1f}/s for {step.seconds:.0f} s: {word}; {step.settle_s:.1f} s after the last one; "
          f"answered p50 {step.answered_ms['p50']} p99 {step.answered_ms['p99']} ms; came to {step.reached}; "
          f"outside {step.outside}; others used {step.others_cores} cores", flush=True)
    for failure in step.failures:
        print(f"           {failure}", flush=True)


@dataclass(frozen=True)
class Extent:
    """How thoroughly is measured: lengths in seconds and a number of orders, each 0 where it is the usual one."""

    quick: bool = False
    seconds: float = 0  # of a step
    first: float = 50  # orders a second that the search begins with
    flood_s: float = 0
    stored: int = 0


class Bench:
    """A rig, and how thoroughly it is measured."""

    def __init__(self, rig: Rig, extent: Extent) -> None:
        """Nothing is sent yet."""
        self.rig, self.extent = rig, extent
        self.quick, self.seconds, self.first = extent.quick, extent.seconds, extent.first
        self.goal = Goal("completed", True)

    def idle(self) -> Figures:
        """Memory and CPU time of everybody while nothing happens."""
        phase("at rest")
        seconds = IDLE_S[self.quick]
        before = self.rig.programs.cpu_s()
        time.sleep(seconds)
        spent = self.rig.programs.cpu_since(before)
        return {"rss_mb": {name: round(each, 1) for name, each in self.rig.programs.rss_mb().items()},
                "idle_cpu_percent": {name: round(each / seconds * 100, 2) for name, each in spent.items()},
                "idle_s": seconds}

    def floor(self) -> Figures:
        """What PostgreSQL and Kafka do with nothing of ours around them."""
        phase("the bare machine")
        seconds = FLOOR_S[self.quick]
        conninfo = self.rig.system.stack.postgres.conninfo("postgres")
        return {"commits_per_s": commits_per_s(conninfo, 16, seconds),
                "commits_per_s_1_client": commits_per_s(conninfo, 1, seconds),
                "database_floor_orders_per_s": database_orders_per_s(conninfo, os.cpu_count() or 1, 2 * seconds),
                "database_floor_orders_per_s_1_client": database_orders_per_s(conninfo, 1, 2 * seconds),
                "messages_per_s": messages_per_s(self.rig.kafka, seconds)}

    def prepare(self, stage: str | None) -> Figures:
        """Stock to sell, and how far orders come."""
        phase("stock")
        self.rig.stock()
        reached = stage or self.rig.reached()
        self.goal = Goal(reached, reached == "completed")
        return {"reached": reached}

    def steady(self, rate: float) -> Figures:
        """One load at one rate, every stage watched; what two revisions are compared by."""
        phase(f"{rate:g}/s")
        run_step(self.rig, rate, WARM_UP_S, self.goal, True)
        return {"steady": asdict(self._step(rate, self.seconds or STEP_S[self.quick], True))}

    def search(self) -> Figures:
        """The highest rate at which all orders of a step are through soon after the last one."""
        phase("the highest rate")
        steps: list[Step] = []

        def passes(rate: float) -> bool:
            if steps and not steps[-1].drained:
                return False
            steps.append(self._step(rate, self.seconds or STEP_S[self.quick]))
            return steps[-1].passed

        rate = highest(passes, self.first, CEILING, PRECISION)
        return {"search": {"rate": rate, "steps": [asdict(step) for step in steps],
                           "stuck": bool(steps) and not steps[-1].drained}}

    def sustained(self, rate: float) -> Figures:
        """Three long runs, of which two must be through: at the rate that the search found, or a lower one."""
        phase("a minute, three times")
        for _ in range(TRIES):
            runs = [self._step(rate, LONG_S[self.quick]) for _ in range(RUNS)]
            if sum(step.passed for step in runs) * 2 > RUNS or rate < 1:
                break
            rate *= LOWER
        passed = [step for step in runs if step.passed]
        whole = middle([step.rate if step.passed else 0.0 for step in runs])
        best = passed[-1] if passed else runs[-1]
        return {"whole_orders_per_s": round(whole, 1), "cpu_ms_per_order": best.cpu_ms_per_order,
                "rss_mb_load": best.rss_mb, "limit": limit_of(best),
                "sustained": {"rate": rate, "runs": [asdict(step) for step in runs]}}

    def latency(self, full: float) -> Figures:
        """When each stage is seen, at a tenth, half and nine tenths of the highest rate."""
        found = {}
        for name, share in SHARES.items():
            phase(f"latency at {full * share:.1f}/s")
            run_step(self.rig, full * share, WARM_UP_S, self.goal, True)
            found[name] = asdict(self._step(full * share, 1.5 * (self.seconds or STEP_S[self.quick]), True))
        return {"latency": found, "confirmed_ms": found["10"]["stages_ms"].get("confirmed", {}),
                "completed_ms": found["10"]["stages_ms"].get("completed", {})}

    def hot(self, full: float) -> Figures:
        """Every order has the same item: does four fifths of the highest rate still go through?"""
        phase("one item in every order")
        self.rig.shop.hot = True
        step = self._step(full * HOT_SHARE, self.seconds or STEP_S[self.quick])
        self.rig.shop.hot = False
        return {"hot": {"share": HOT_SHARE, "passed": step.passed, "step": asdict(step)}}

    def statements(self, full: float) -> Figures:
        """SQL statements and messages an order at half of the highest rate; counting slows the database a little."""
        phase("statements")
        watch_statements(self.rig.system)
        self.rig.know_programs()
        run_step(self.rig, full / 2, WARM_UP_S, self.goal, False)
        forget_statements(self.rig.system)
        step = self._step(full / 2, self.seconds or STEP_S[self.quick])
        return {"statements_per_order": round(statements_done(self.rig.system) / step.orders, 2),
                "messages_per_order": step.work_per_order.get("messages", 0.0), "statements_step": asdict(step),
                "statements": top_statements(self.rig.system)}

    def _step(self, rate: float, seconds: float, all_topics: bool = False) -> Step:
        step = run_step(self.rig, rate, seconds, self.goal, all_topics)
        say(step)
        return step


def limit_of(step: Step) -> str:
    """Which resource of the machine a full step had used up."""
    programs = {name: each for name, each in step.cpu_ms_per_order.items() if "/" not in name}
    most = max(programs, key=lambda name: programs[name], default="")
    if step.busy_share >= FULL_SHARE:
        return f"the cores ({step.busy_share:.0%} busy; {most} takes the largest part)"
    if step.busy_share + step.disk_share >= FULL_SHARE:
        return f"the disk ({step.disk_share:.0%} of the time nobody worked and a disk was waited for)"
    return f"waiting ({step.busy_share:.0%} of the cores busy, {step.disk_share:.0%} waiting for a disk)"
