#!/usr/bin/python3
"""compare.py - did anything get slower between two revisions, beyond the noise of this machine?

    make bench-check BASE=main~3 [ROUNDS=5] [RATE=50]

Builds the base beside what stands here, and brings up each in turn, round after round, the one that begins changing;
every round loads both with the same orders at the same rate. A figure is worse when the mean of its paired differences
lies above nothing by more than their 95 % interval, and by more than 1 %.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD_TIMEOUT_S, BENCH_TIMEOUT_S, END_TIMEOUT_S = 1800, 600, 90
ITEMS = "100"
LEAST_WORSE = 0.01
BY_CHANCE = 0.025  # outside the interval, on the one side
# Student's t, 97.5 %, by degrees of freedom from 1 on; the last one stands for all above.
T_975 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20)
WORK = ("messages", "commits", "rows_written", "wal_kb", "kafka_kb")


def run_to_end(words: list[str], environment: dict[str, str]) -> str:
    """Run a bench; return what it said if it failed. Who is ended meanwhile lets it take its system down."""
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as bench:
        try:
            said = bench.communicate(timeout=BENCH_TIMEOUT_S)[0]
        finally:
            bench.terminate()
            bench.wait(END_TIMEOUT_S)
    return said[-4000:] or "nothing was said" if bench.returncode != 0 else ""


@dataclass(frozen=True)
class Revision:
    """Programs of one revision, with the list of services and the mails that go with them."""

    name: str
    root: Path

    def environment(self) -> dict[str, str]:
        """What makes the bench of this tree run that revision's programs."""
        return os.environ | {"KERVAN_BUILD": str(self.root / "build/dev"),
                             "KERVAN_SERVICES_FILE": str(self.root / "deploy/dev/services.txt"),
                             "KERVAN_TEMPLATES": str(self.root / "services/notification/templates")}

    def build(self) -> None:
        """Its programs."""
        subprocess.run(["make", "-C", str(self.root), "services", "cli"], check=True, timeout=BUILD_TIMEOUT_S,
                       stdout=subprocess.DEVNULL)

    def measure(self, rate: float, seconds: float) -> dict[str, float]:
        """One system of its own, loaded at a rate; its figures, the smaller the better."""
        with tempfile.TemporaryDirectory(prefix="kervan-compare-", dir="/tmp") as folder:
            output = Path(folder) / "bench.json"
            words = [str(ROOT / "tests/bench/bench.py"), "--phases", "steady", "--rate", str(rate), "--seconds",
                     str(seconds), "--goal", "completed", "--items", ITEMS, "--output", str(output)]
            said = run_to_end(words, self.environment())
            if said:
                sys.exit(f"the bench of {self.name} failed:\n{said}")
            step = json.loads(output.read_text())["steady"]
            if not step["passed"]:
                sys.exit(f"{self.name} does not get {rate:g} orders a second through: {step['why']}")
            return figures_of(step)


def figures_of(step: dict[str, dict[str, float]]) -> dict[str, float]:
    """What is compared: CPU time, waiting, and what is written an order."""
    spent = step["cpu_ms_per_order"]
    figures = {f"cpu ms: {name}": each for name, each in spent.items() if "/" not in name}
    figures["cpu ms: all"] = sum(figures.values())
    figures |= {f"{stage} {percent} ms": step["stages_ms"][stage][percent]
                for stage in ("confirmed", "completed") for percent in ("p50", "p99")}
    return figures | {name: step["work_per_order"][name] for name in WORK}


@dataclass(frozen=True)
class Change:
    """How a figure changed: as a share of what it was, with half the width of the 95 % interval."""

    name: str
    before: float
    share: float
    margin: float

    @property
    def worse(self) -> bool:
        """Beyond the noise, and enough to matter."""
        return self.share - self.margin > 0 and self.share > LEAST_WORSE

    @property
    def better(self) -> bool:
        """The same the other way."""
        return self.share + self.margin < 0 and -self.share > LEAST_WORSE

    def __str__(self) -> str:
        """A line of the table."""
        word = "WORSE" if self.worse else "better" if self.better else ""
        return f"  {self.name:<26} {self.before:10.2f} {self.share:+8.1%} ± {self.margin:.1%}  {word}"


def changes(before: list[dict[str, float]], after: list[dict[str, float]]) -> list[Change]:
    """By figure, from the same rounds of both."""
    found = []
    for name in before[0]:
        pairs = [(one[name], other[name]) for one, other in zip(before, after, strict=True)]
        mean = statistics.fmean(old for old, _ in pairs)
        if mean <= 0:
            continue
        shares = [(new - old) / mean for old, new in pairs]
        width = T_975[min(len(shares) - 1, len(T_975)) - 1] * statistics.stdev(shares) / math.sqrt(len(shares))
        found.append(Change(name, mean, statistics.fmean(shares), width))
    return found


@contextmanager
def base_of(revision: str) -> Iterator[Revision]:
    """The base in a folder of its own, which goes again."""
    with tempfile.TemporaryDirectory(prefix="kervan-base-", dir="/tmp") as folder:
        tree = Path(folder) / "tree"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--detach", str(tree), revision], check=True, capture_output=True)
        try:
            yield Revision(revision, tree)
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=False, capture_output=True)


def main() -> int:
    """1 when something got slower."""
    parser = argparse.ArgumentParser(description="Compare two revisions in one run.")
    parser.add_argument("base", help="the revision that this tree is compared with")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rate", type=float, default=50.0, help="orders a second")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each load")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.rounds < 2:
        parser.error("--rounds: two at least, or there is no telling the noise")
    with base_of(options.base) as base:
        here = Revision("this tree", ROOT)
        found: dict[str, list[dict[str, float]]] = {base.name: [], here.name: []}
        for one in (base, here):
            one.build()
        for number in range(options.rounds):
            for one in (base, here) if number % 2 == 0 else (here, base):
                found[one.name].append(one.measure(options.rate, options.seconds))
                print(f"  round {number + 1}, {one.name}: {found[one.name][-1]['cpu ms: all']:.2f} ms of CPU an order",
                      flush=True)
        compared = changes(found[base.name], found[here.name])
    print(f"\n  {options.rounds} rounds at {options.rate:g}/s: {base.name}, and how this tree differs")
    print("\n".join(str(one) for one in compared))
    print(f"  by chance alone up to {len(compared) * BY_CHANCE:.1f} of these {len(compared)} figures are called worse: "
          "take it again with more rounds")
    return int(any(one.worse for one in compared))


if __name__ == "__main__":
    sys.exit(main())
