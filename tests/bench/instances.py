"""instances.py - several processes of each service on one machine: does the rate stay, is the work spread evenly?"""

from __future__ import annotations

import signal
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bring_up
from phases import Bench, Figures, phase
from rig import Rig
from stored import carried_per_s
from further import Further
from system import wait_until

COUNTS, RUNS = ((1, 2, 4), (1, 2)), (3, 1)
ALONE = ("gateway",)  # it has no lanes: callers spread over its instances as they like
SPREAD_S = 60
Records = dict[str, list[float]]


def instances(bench: Bench, full: float) -> Figures:
    """The rate that is carried with one instance of each service, with two, with four."""
    found: Figures = {}
    for count in COUNTS[bench.quick]:
        phase(f"{count} of each service")
        with further(bench.rig, count - 1) as others:
            before = records(bench.rig, others)
            carried = [carried_per_s(bench, full) for _ in range(RUNS[bench.quick])]
            found[str(count)] = {"rates": carried, "rate": statistics.median(carried),
                                 "shares": shares(before, records(bench.rig, others)),
                                 "rss_mb": round(sum(bench.rig.programs.rss_mb().values()), 1)}
        print(f"  {found[str(count)]}", flush=True)
    return {"instances": found}


@contextmanager
def further(rig: Rig, count: int) -> Iterator[list[Further]]:
    """So many more of each service, once the lanes are spread; they end in good order."""
    names = [name for name in rig.system.services if name not in ALONE]
    others: list[Further] = []
    try:
        others += [Further(rig.system, name, 2 + number) for number in range(count) for name in names]
        wait_until("the lanes' spread", SPREAD_S, lambda: is_spread(rig, names, others))
        rig.programs.pids |= {one.name: one.process.pid for one in others}
        yield others
    finally:
        statuses = {one.name: one.end(signal.SIGTERM) for one in others}
        rig.know_programs()
    if any(statuses.values()):
        raise RuntimeError(f"on SIGTERM instances ended with {statuses}")
    wait_until("the lanes' return", SPREAD_S, lambda: is_spread(rig, names, []))


def is_spread(rig: Rig, names: list[str], others: list[Further]) -> bool:
    """Has each instance as many lanes as every other of its service, or one more, and are all held?"""
    for name in names:
        held = [one["kervan_lanes_active"] for one in figures(rig, name, others)]
        if sum(held) != int(bring_up.LANES) or max(held) - min(held) > 1:
            return False
    return True


def figures(rig: Rig, name: str, others: list[Further]) -> list[dict[str, Any]]:
    """The metrics of all instances of a service; supervisord's first."""
    return [rig.system.figures(name),
            *(one.figures() for one in others if one.name.rpartition("-")[0] == name)]


def records(rig: Rig, others: list[Further]) -> Records:
    """How many records each instance has read, by service."""
    return {name: [one["kervan_records_total"] for one in figures(rig, name, others)]
            for name in rig.system.services if name not in ALONE}


def shares(before: Records, after: Records) -> dict[str, list[float]]:
    """Of all records of a service, the part of each instance."""
    done = {name: [now - then for then, now in zip(before[name], after[name], strict=True)] for name in before}
    return {name: [round(one / max(1.0, sum(each)), 3) for one in each] for name, each in done.items()}
