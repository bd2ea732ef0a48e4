#!/usr/bin/python3
"""bounds_test - an order costs no more than it did: SQL statements, messages, rows, and instructions of our rules.

Figures depend little on how fast the machine is: orders come one at a time, so batches hold one message each, which
is the dearest; instructions are counted by valgrind over a simulation. What goes by the clock, leases and the audit,
counts with them: up to a sixth of the rows on a machine that ten others use. Whoever lowers a figure lowers its bound;
whoever raises one says why where the bound stands.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy" / "dev"), str(ROOT / "tests" / "stack"), str(Path(__file__).resolve().parent)]
from phases import Bench, Extent  # noqa: E402
from rig import Rig  # noqa: E402
from statements import forget_statements, statements_done, watch_statements  # noqa: E402
from step import Goal, run_step, wrong_books  # noqa: E402
from system import System  # noqa: E402

SIM = ROOT / "build/sim/bin/sim"
SIM_ORDERS, SIM_TIMEOUT_S = 250, 240
RATE, SECONDS, ITEMS = 2.0, 6.0, 40
# What an order may cost, a tenth above what it did.
BOUNDS, INSTRUCTIONS = {"statements": 500.0, "messages": 53.0, "rows": 540.0}, 17_500_000
# What is far below its bound was not counted, or its bound is to be lowered.
LEAST = 0.6


def cost_of_an_order(bench: Bench) -> dict[str, float]:
    """Statements, messages and rows of whole orders that come one at a time; the server counts statements."""
    system, goal = bench.rig.system, Goal("completed", True)
    run_step(bench.rig, RATE, 2, goal, False)
    forget_statements(system)
    step = run_step(bench.rig, RATE, SECONDS, goal, False)
    statements = statements_done(system) / step.orders
    if not step.drained or wrong_books(step, goal):
        raise AssertionError(f"not all orders went through: {wrong_books(step, goal)} {step}")
    found = {"statements": round(statements, 1), "messages": step.work_per_order["messages"],
             "rows": step.work_per_order["rows_written"]}
    print(f"  an order: {found}", flush=True)
    return found


def assert_within(figure: float, bound: float) -> None:
    """At most the bound, and not so little that it cannot be true."""
    if not LEAST * bound < figure <= bound:
        raise AssertionError(f"{figure:,} is not within {LEAST * bound:,.0f} and {bound:,}")


class BoundsTest(unittest.TestCase):
    """What an order costs."""

    def test_of_the_system(self) -> None:
        """What its services do in PostgreSQL and Kafka."""
        with System() as system:
            watch_statements(system)
            bench = Bench(Rig(system, "bounds", ITEMS), Extent(quick=True))
            bench.prepare("completed")
            for name, cost in cost_of_an_order(bench).items():
                assert_within(cost, BOUNDS[name])

    def test_of_the_rules(self) -> None:
        """Instructions of all services' rules, codecs and lanes, with everything that goes wrong in a simulation."""
        counted = subprocess.run(
            ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--branch-sim=no", "--cachegrind-out-file=/dev/null",
             str(SIM), "--seed=1", f"--orders={SIM_ORDERS}"], capture_output=True, text=True, check=False,
            timeout=SIM_TIMEOUT_S, env=os.environ)
        self.assertEqual(counted.returncode, 0, counted.stdout[-2000:])
        found = re.search(r"I +refs: +([0-9,]+)", counted.stderr)
        self.assertIsNotNone(found, counted.stderr[-2000:])
        instructions = int(found[1].replace(",", "")) // SIM_ORDERS
        print(f"  an order: {instructions:,} instructions", flush=True)
        assert_within(instructions, INSTRUCTIONS)


if __name__ == "__main__":
    unittest.main()
