#!/usr/bin/python3
"""fault.py - the attack lab: does the rows that are named, judges after each, and shows the table of all.

    tests/fault/fault.py [--rows 1,2,10-17] [--seed N] [--long] | --page     or make fault ROWS=1,2 SEED=7

Results are kept in .run/fault.json beside those of earlier runs, each with the seed and the commit of its run;
--page runs nothing and writes docs/fault-lab.md from them. Ends with 1 when a row failed. KERVAN_KEEP=1 keeps the logs
of a failure.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lab import CannotRun, Lab, LabSystem, Load, warm_up  # noqa: E402
from judgment import Baseline, judge_all  # noqa: E402
from results import CANNOT, FAILED, PASSED, Result, commit, read_results, show, write_page, write_results  # noqa: E402
from rows import ROWS, Attack, Missing, Row, Tests  # noqa: E402
from system import ROOT  # noqa: E402

TESTS_TIMEOUT_S = 1800
BEFORE_ORDERS = 5


@dataclass
class Runner:
    """Runs rows one after the other, on one system as long as that is sound."""

    seed: int
    long: bool
    crowded: bool = False
    system: LabSystem | None = None
    results: list[Result] = field(default_factory=list)

    def run(self, row: Row) -> Result:
        """One row, whatever becomes of it."""
        start = time.monotonic()
        result = Result(row.number, row.what, FAILED, row.invariants, self.seed, commit(), crowded=self.crowded)
        try:
            if isinstance(row.how, Missing):
                result.word, result.detail = CANNOT, row.how.reason
            elif isinstance(row.how, Tests):
                run_tests(row.how)
                result.word, result.detail = PASSED, "; ".join(row.how.commands)
            else:
                self.attack(row, row.how, result)
        except CannotRun as error:
            result.word, result.detail = CANNOT, str(error)
        except Exception as error:  # whatever it is, the other rows are run
            traceback.print_exc()
            result.detail = str(error) or repr(error)
        result.took_s = round(time.monotonic() - start, 1)
        return result

    def attack(self, row: Row, attack: Attack, result: Result) -> None:
        """Load, attack, heal, rest, judge."""
        if attack.system:
            self.stop()
        system = self.system or self.start(attack.system or LabSystem)
        baseline = Baseline(system)
        seed = self.seed * 1000 + row.number
        load = Load(system, seed, attack.per_second)
        lab = Lab(system, load, random.Random(seed), seed, self.long, self.crowded)
        try:
            lab.wait_orders(BEFORE_ORDERS)
            attack.run(lab)
            system.network.heal()
            lab.wait_orders(BEFORE_ORDERS)
            load.stop()
            found = judge_all(lab, baseline, row.bound_s * lab.patience)
        except BaseException:
            self.give_up()  # first: without it callers hear at once that nobody is there
            load.stop()
            raise
        result.figures = lab.figures | {word: load.count(word) for word in ("ok", "fail", "unknown")}
        result.word, result.detail = (FAILED, "\n".join(found[:20])) if found else (PASSED, "")
        if found:
            self.give_up()
        elif attack.fresh or attack.system:
            self.stop()

    def start(self, make: Callable[[], LabSystem]) -> LabSystem:
        """A new system, warm."""
        self.system = make()
        try:
            self.system.start()
            warm_up(self.system)
        except BaseException:
            self.give_up()
            raise
        return self.system

    def give_up(self) -> None:
        """What failed is not attacked further; its logs may be of use."""
        if self.system is not None:
            self.system.close("KERVAN_KEEP" in os.environ)
        self.system = None

    def stop(self) -> None:
        """End what runs; all must end in good order."""
        system, self.system = self.system, None
        if system is not None:
            try:
                system.end_in_order()
            finally:
                system.close()


def run_tests(tests: Tests) -> None:
    """Call other tests; each must succeed."""
    for command in tests.commands:
        process = subprocess.Popen(["/bin/bash", "-c", command], cwd=ROOT, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            output, _ = process.communicate(timeout=TESTS_TIMEOUT_S)
        except BaseException:
            process.terminate()
            raise
        if process.returncode != 0:
            raise AssertionError(f"{command} ended with {process.returncode}:\n{output[-2000:]}")


def numbers(text: str) -> list[int]:
    """1,2,10-12 as numbers; all without any."""
    found: list[int] = []
    for part in filter(None, text.replace(" ", ",").split(",")):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    known = {row.number for row in ROWS}
    if set(found) - known:
        sys.exit(f"fault: there is no row {sorted(set(found) - known)}; there are 1 to {max(known)}")
    return found or [row.number for row in ROWS]


def main() -> int:
    """Run what was asked for, and show all."""
    parser = argparse.ArgumentParser(description="Attack the whole system, and judge.")
    parser.add_argument("--rows", default="", help="such as 1,2,10-17; all without it")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is random; a fresh one without it")
    parser.add_argument("--long", action="store_true", help="as long and as often as the rows say")
    parser.add_argument("--crowded", action="store_true", help="others use the machine: times are not judged")
    parser.add_argument("--page", action="store_true", help="run nothing, write docs/fault-lab.md")
    options = parser.parse_args()
    if options.page:
        write_page(read_results(ROWS))
        return 0
    wanted = numbers(options.rows)
    runner = Runner(options.seed or random.randrange(1, 1_000_000), options.long, options.crowded)
    print(f"seed {runner.seed}", flush=True)
    try:
        for row in (row for row in ROWS if row.number in wanted):
            print(f"row {row.number}: {row.what}", flush=True)
            runner.results.append(runner.run(row))
            print(f"    {runner.results[-1].line()}", flush=True)
            write_results(runner.results)
        runner.stop()
    finally:
        runner.give_up()
    print(show(read_results(ROWS)))
    return int(any(result.word == FAILED for result in runner.results))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    sys.exit(main())
