#!/usr/bin/python3
"""bench.py - the figures of the whole system on this machine: rate, latency, CPU time, memory.

    make bench                              everything, about eight minutes; a table, and .run/bench.json
    make bench BENCH="--quick"              short steps, to see that it works
    make bench BENCH="--phases latency --rate 100"
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy" / "dev"), str(ROOT / "tests" / "stack"), str(Path(__file__).resolve().parent)]
import bring_up  # noqa: E402
from figures import highest, shown, table  # noqa: E402
from floor import commits_per_s, messages_per_s  # noqa: E402
from rig import Rig  # noqa: E402
from step import Goal, Step, run_step  # noqa: E402
from system import System  # noqa: E402
from settings import MARKER, run_dir  # noqa: E402
from statements import forget_statements, top_statements, watch_statements  # noqa: E402

PHASES = ("floor", "idle", "latency", "saturation")
IDLE_S, QUICK_IDLE_S = 60.0, 5.0
STEP_S, QUICK_STEP_S = 20.0, 5.0
WARM_UP_S = 5.0
FIRST_RATE, CEILING, PRECISION = 50.0, 3200.0, 0.1
QUIET_CORES = 0.1
Figures = dict[str, Any]


def take_floor(rig: Rig, seconds: int) -> Figures:
    """What PostgreSQL and Kafka do with nothing of ours around them."""
    conninfo = rig.system.stack.postgres.conninfo("postgres")
    return {"commits_per_s_1_client": commits_per_s(conninfo, 1, seconds),
            "commits_per_s_16_clients": commits_per_s(conninfo, 16, seconds),
            "messages_per_s": messages_per_s(rig.kafka, seconds)}


def take_idle(rig: Rig, seconds: float) -> Figures:
    """Memory and CPU time of everybody while nothing happens."""
    before = rig.programs.cpu_s()
    time.sleep(seconds)
    spent = rig.programs.cpu_since(before)
    return {"rss_mb": {name: round(each, 1) for name, each in rig.programs.rss_mb().items()},
            "idle_cpu_percent": {name: round(each / seconds * 100, 2) for name, each in spent.items()},
            "idle_s": seconds}


def take_latency(rig: Rig, goal: Goal, rate: float, seconds: float) -> Figures:
    """How long after the request was due each stage is seen, at a rate far below the limit."""
    run_step(rig, rate, WARM_UP_S, goal, True)
    step = run_step(rig, rate, seconds, goal, True)
    say(step)
    return {"rate": rate, "confirmed_ms": step.stages_ms.get("confirmed", {}), "step": asdict(step)}


def take_saturation(rig: Rig, goal: Goal, seconds: float, first: float) -> Figures:
    """The highest rate at which all orders are through soon after the last one."""
    steps: list[Step] = []

    def passes(rate: float) -> bool:
        if steps and not steps[-1].drained:
            return False
        steps.append(run_step(rig, rate, seconds, goal, False))
        say(steps[-1])
        return steps[-1].passed

    rate = highest(passes, first, CEILING, PRECISION)
    best = max((step for step in steps if step.passed), key=lambda step: step.rate, default=None)
    return {"whole_orders_per_s": rate, "cpu_ms_per_order": best.cpu_ms_per_order if best else {},
            "best": asdict(best) if best else None, "steps": [asdict(step) for step in steps],
            "stuck": bool(steps) and not steps[-1].drained}


def say(step: Step) -> None:
    """A step in a line or two."""
    word = "through" if step.passed else f"NOT: {step.why}"
    print(f"  {step.rate:7.0f}/s for {step.seconds:.0f} s: {word}; {step.settle_s:.1f} s after the last one; "
          f"answered p50 {step.answered_ms['p50']} p99 {step.answered_ms['p99']} ms; came to {step.reached}; "
          f"outside {step.outside}; others used {step.others_cores} cores", flush=True)
    for failure in step.failures:
        print(f"           {failure}", flush=True)


def measure(system: System, options: argparse.Namespace) -> Figures:
    """All phases that were asked for."""
    if options.statements:
        watch_statements(system)
    rig = Rig(system, f"b{int(time.time()):x}")
    figures: Figures = {"machine": machine(), "taken_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    step_s = options.seconds or (QUICK_STEP_S if options.quick else STEP_S)
    if "idle" in options.phases:
        phase("at rest")
        figures |= take_idle(rig, QUICK_IDLE_S if options.quick else IDLE_S)
    if "floor" in options.phases:
        phase("the bare machine")
        figures["floor"] = take_floor(rig, 2 if options.quick else 5)
    if {"latency", "saturation"} & set(options.phases):
        phase("stock")
        rig.stock()
        reached = options.goal or rig.reached()
        goal = Goal(reached, reached == "completed")
        figures["reached"] = reached
        if options.statements:
            forget_statements(system)
    if "latency" in options.phases:
        phase(f"latency at {options.rate:g}/s")
        figures["latency"] = take_latency(rig, goal, options.rate, max(step_s, 1.5 * step_s))
        figures["confirmed_ms"] = figures["latency"]["confirmed_ms"]
    if "saturation" in options.phases:
        phase("the highest rate")
        figures["saturation"] = take_saturation(rig, goal, step_s, options.first)
        figures |= {name: figures["saturation"][name] for name in ("whole_orders_per_s", "cpu_ms_per_order")}
    if options.statements:
        figures["statements"] = top_statements(system)
    figures["rss_mb_after"] = {name: round(each, 1) for name, each in rig.programs.rss_mb().items()}
    return figures


def phase(name: str) -> None:
    """Say what comes."""
    print(f"{time.strftime('%H:%M:%S')} {name}", flush=True)


def machine() -> Figures:
    """What it ran on."""
    return {"cores": os.cpu_count(), "kernel": platform.release(), "lanes": int(bring_up.LANES),
            "load_average": os.getloadavg()[0]}


def services_of(figures: Figures, name: str) -> Figures:
    """A figure by process, the largest first; parts of PostgreSQL and the bench behind."""
    found = figures.get(name, {})
    return dict(sorted(found.items(), key=lambda item: ("/" in item[0], -item[1])))


def tell(figures: Figures) -> None:
    """The table for a person, with what makes a figure doubtful."""
    rows: list[tuple[str, object]] = []
    reached = figures.get("reached", "")
    if "saturation" in figures:
        what = "whole orders a second" if reached == "completed" else f"orders a second, as far as {reached}"
        rows.append((what, figures["whole_orders_per_s"]))
    if "latency" in figures:
        rows.append((f"confirmed at {figures['latency']['rate']:g}/s, ms", figures["confirmed_ms"]))
        rows += [(f"  {stage}, ms", spread) for stage, spread in figures["latency"]["step"]["stages_ms"].items()]
    rows += [(f"floor: {name}", value) for name, value in figures.get("floor", {}).items()]
    titles = {"cpu_ms_per_order": "CPU ms an order", "rss_mb": "resident at rest, MB",
              "idle_cpu_percent": "CPU % at rest", "rss_mb_after": "resident after, MB"}
    for name, title in titles.items():
        rows += [(f"{title}: {process}", value) for process, value in services_of(figures, name).items() if value]
    print("\n" + table(rows))
    for one in figures.get("statements", []):
        print(f"  {one['total_ms']:9.0f} ms {one['calls']:7} x {one['mean_ms']:8.3f} ms {one['rows_a_call']:7} rows "
              f"{one['blocks_a_call']:8} blocks  {one['role']}: {one['query'][:90]}")
    for doubt in doubts(figures):
        print(f"  note: {doubt}")


def doubts(figures: Figures) -> list[str]:
    """Why a figure is a lower bound, or not what it should be."""
    steps = figures.get("saturation", {}).get("steps", [])
    steps = steps + ([figures["latency"]["step"]] if "latency" in figures else [])
    busiest = max((step["others_cores"] for step in steps), default=0.0)
    found = []
    if busiest > QUIET_CORES:
        found.append(f"others used up to {shown(busiest)} of {os.cpu_count()} cores meanwhile: rates are lower bounds")
    if figures.get("reached", "completed") != "completed":
        found.append(f"orders come only as far as {figures['reached']}")
    if figures.get("saturation", {}).get("stuck"):
        found.append("the search ended early: orders were left behind by a step that was too fast")
    return found


def write(path: Path, figures: Figures) -> None:
    """Keep the figures; the run folder gets the mark by which `make run` and `make clean` know it."""
    path.parent.mkdir(exist_ok=True)
    if path.parent == run_dir():
        (path.parent / MARKER).touch()
    path.write_text(json.dumps(figures, indent=1) + "\n")


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description="Measure the whole system on this machine.")
    parser.add_argument("--quick", action="store_true", help="short steps")
    parser.add_argument("--phases", type=lambda text: text.split(","), default=list(PHASES), help=",".join(PHASES))
    parser.add_argument("--rate", type=float, default=FIRST_RATE, help="orders a second of the latency phase")
    parser.add_argument("--first", type=float, default=FIRST_RATE, help="first rate of the search")
    parser.add_argument("--seconds", type=float, default=0, help="length of a step")
    parser.add_argument("--lanes", type=int, default=int(bring_up.LANES), help="lanes of the cluster")
    parser.add_argument("--statements", action="store_true", help="count SQL statements, too, which costs a little")
    parser.add_argument("--goal", help="the stage that orders must come to; found out when not said")
    parser.add_argument("--output", type=Path, default=run_dir() / "bench.json")
    options = parser.parse_args()
    if unknown := set(options.phases) - set(PHASES):
        parser.error(f"no phase {', '.join(sorted(unknown))}; there are {', '.join(PHASES)}")
    return options


def main() -> None:
    """A system of one's own, measured and taken down."""
    options = arguments()
    bring_up.LANES = str(options.lanes)
    phase(f"the system, {options.lanes} lanes")
    with System(folder=Path(tempfile.mkdtemp(prefix="kervan-bench-", dir="/tmp"))) as system:
        figures = measure(system, options)
    tell(figures)
    write(options.output, figures)
    print(f"  written to {options.output}")


if __name__ == "__main__":
    main()
