#!/usr/bin/python3
"""soak.py - mixed load with faults on the whole system for long, and whether every service comes back to what it was.

    make soak MINUTES=60 [RATE=3] [SEED=7]     a table, and .run/soak.json

Two minutes of load without faults, a quiet minute (the baseline), then MINUTES of load with faults in stretches with a
quiet minute between them, rest, a last quiet minute, and the whole judgment. No service is killed in the last stretch,
so each has worked for a while since its baseline. Ends with 1 when a figure has grown beyond its tolerance,
when anything that must hold does not, or when a trouble did not pass as it should.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("soak", "fault", "bench", "stack")]
from lab import Lab, LabSystem  # noqa: E402
from judgment import Baseline, await_rest, same_answers, supervision, verdicts  # noqa: E402
from results import commit  # noqa: E402
from rig import Rig  # noqa: E402
from samples import TOLERANCES, Comparison, Sampler, compare, grown, table  # noqa: E402
from settings import MARKER, run_dir  # noqa: E402
from system import COMMAND_LINE, STANDINS  # noqa: E402
from traffic import PatientDesk, Traffic, prepare  # noqa: E402
from troubles import Calamity  # noqa: E402

WARM_UP_S, QUIET_S, STRETCH_MINUTES = 120.0, 60.0, 30
REST_S, AUDIT_S, LIGHT_LOAD_S = 300.0, 300, 10.0
Figures = dict[str, Any]


class Soak:
    """One run on a system of its own."""

    def __init__(self, system: LabSystem, seed: int, rate: float) -> None:
        """Goods, people, and everybody's places; nothing is sold yet."""
        self.system, self.seed = system, seed
        rig = Rig(system, f"s{seed}")
        rig.stock()
        desk = PatientDesk(system)
        prepare(system, desk)
        self.traffic = Traffic(system, rig.shop, desk, seed, rate)
        self.lab = Lab(system, self.traffic, random.Random(seed), seed, False, crowded=True)
        self.crashes = Baseline(system)
        self.sampler = Sampler(self.lab)
        self.calamity = Calamity(self.lab)
        self.quiet: list[str] = []
        self.findings: list[str] = []

    def run(self, minutes: float, output: Path) -> Figures:
        """All parts, and what they showed."""
        self.say(f"never killed: {', '.join(self.calamity.spared)}")
        self.load(WARM_UP_S, "warm-up")
        self.rest("the warm-up")
        stretches = max(2, math.ceil(minutes / STRETCH_MINUTES))
        for number in range(1, stretches):
            self.strike(minutes * 60 / stretches, may_kill=True)
            self.rest(f"part {number} of {stretches}")
        self.strike(minutes * 60 / stretches, may_kill=False)
        self.rest("the end")
        self.sampler.stop()
        compared = compare(self.sampler.samples, self.quiet)
        self.findings += grown(compared)
        print(table(compared), flush=True)
        write(output.with_suffix(".samples.json"), {"samples": [asdict(one) for one in self.sampler.samples]})
        self.judge()
        return self.figures(minutes, compared)

    def load(self, seconds: float, part: str) -> None:
        """Load without faults."""
        self.part(part)
        self.traffic.go()
        self.lab.pause(seconds)
        self.traffic.stop()

    def strike(self, seconds: float, may_kill: bool) -> None:
        """Load with faults; without the death of a service where too little would come after it."""
        self.part("load with faults")
        self.traffic.go()
        self.calamity.run(time.monotonic() + seconds, may_kill)
        self.traffic.stop()

    def rest(self, part: str) -> None:
        """Until nothing is under way and nobody hangs on to a connection, then a quiet minute."""
        self.part("coming to rest")
        self.settle()
        self.renew_neighbors()
        self.settle()
        self.system.hang_up()
        self.part(part)
        self.quiet.append(part)
        self.lab.pause(QUIET_S)

    def settle(self) -> None:
        """Until nothing is under way and no task is open."""
        end = time.monotonic() + REST_S
        while (left := await_rest(self.system.addresses().postgres, REST_S)) or self.traffic.decide_all():
            if time.monotonic() > end:
                self.findings.append(f"not at rest after {REST_S:g} s: {'; '.join(left[:5])}")
                return

    def renew_neighbors(self) -> None:
        """End the connections that are kept to neighbors, as many as the busiest moment needed; calls notice that."""
        for name in STANDINS:
            self.system.stop(name)
            self.system.restart(name)
        self.traffic.go()
        self.lab.pause(LIGHT_LOAD_S)
        self.traffic.stop()

    def judge(self) -> None:
        """The judge from outside, the product's own audit, and how each order ended."""
        self.part("judgment")
        self.findings += self.traffic.failures[:20] + self.calamity.failures
        self.ends, wrong = self.traffic.ends()
        self.findings += wrong[:20] + list(same_answers(self.lab)) + list(verdicts(self.lab))
        self.findings += list(supervision(self.lab)) + list(self.crashes.ended_by_themselves())
        done = subprocess.run([str(COMMAND_LINE), "audit", "run", "--wait", str(AUDIT_S)], text=True, check=False,
                              capture_output=True, timeout=AUDIT_S + 60,
                              env=os.environ | self.system.stack.all_addresses())
        if done.returncode != 0:
            self.findings.append(f"kervan audit run ended with {done.returncode}: {done.stdout}{done.stderr}")

    def figures(self, minutes: float, compared: list[Comparison]) -> Figures:
        """What is written."""
        return {"seed": self.seed, "minutes": minutes, "rate": self.traffic.rate, "commit": commit(),
                "orders": len(self.traffic.told), "late_s": round(self.traffic.late_s, 2),
                "answers": {word: self.traffic.count(word) for word in ("ok", "fail", "unknown")},
                "ends": dict(sorted(self.ends.items())), "troubles": dict(sorted(self.calamity.done.items())),
                "spared": self.calamity.spared, "times": self.lab.figures, "findings": self.findings,
                "tolerances": {name: asdict(one) for name, one in TOLERANCES.items()},
                "comparison": [asdict(one) | {"has_grown": one.has_grown} for one in compared]}

    def part(self, name: str) -> None:
        """What the samples belong to from now on."""
        self.sampler.part = name
        self.say(f"{name}; {len(self.traffic.told)} orders so far, {len(self.traffic.failures)} went wrong")

    @staticmethod
    def say(text: str) -> None:
        """A line with its time."""
        print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def write(path: Path, figures: Figures) -> None:
    """Keep the figures; the run folder gets the mark by which `make run` and `make clean` know it."""
    path.parent.mkdir(exist_ok=True)
    if path.parent == run_dir():
        (path.parent / MARKER).touch()
    path.write_text(json.dumps(figures, indent=1) + "\n")


def main() -> int:
    """A system of one's own, worn and taken down."""
    parser = argparse.ArgumentParser(description="Wear the whole system, and see that it comes back to what it was.")
    parser.add_argument("--minutes", type=float, default=60, help="of load with faults")
    parser.add_argument("--rate", type=float, default=3, help="orders a second")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is random; a fresh one without it")
    parser.add_argument("--output", type=Path, default=run_dir() / "soak.json")
    options = parser.parse_args()
    seed = options.seed or random.randrange(1, 1_000_000)
    print(f"seed {seed}", flush=True)
    with LabSystem(folder=Path(tempfile.mkdtemp(prefix="kervan-soak-", dir="/tmp"))) as system:
        figures = Soak(system, seed, options.rate).run(options.minutes, options.output)
    write(options.output, figures)
    for finding in figures["findings"]:
        print(f"  {finding}")
    print(f"  {figures['orders']} orders, troubles {figures['troubles']}; written to {options.output}")
    return int(bool(figures["findings"]))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    sys.exit(main())
