#!/usr/bin/python3
"""run - explores the scenarios and compares what comes out with what must.

usage: run.py [--quick] [--walk SECONDS] [scenario ...]
Exit status 1 when a verdict is not the expected one, 2 on a wrong argument.
"""

from __future__ import annotations

import argparse
import sys
from typing import NamedTuple

sys.dont_write_bytecode = True

from explorer import Outcome, explore  # noqa: E402
from scenarios import Scenario, all_scenarios  # noqa: E402
from walker import all_faults, walk  # noqa: E402

QUICK_LIMIT = 150_000
FULL_LIMIT = 3_000_000


class Verdict(NamedTuple):
    """A scenario and what its search found."""

    scenario: Scenario
    outcome: Outcome

    @property
    def found(self) -> str:
        """The verdict in a word."""
        if self.outcome.problem:
            return "broken"
        return "holds" if self.outcome.complete else "cut"

    @property
    def expected(self) -> str:
        """The word that should stand there."""
        return "broken" if self.scenario.because else "holds"

    @property
    def agrees(self) -> bool:
        """Whether the scenario came out as it must, a hole for its own reason."""
        return self.found == self.expected and self.scenario.because in (self.outcome.problem or "")


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="explore the models of the lane protocol")
    parser.add_argument("--quick", action="store_true", help="leave out the largest searches")
    parser.add_argument("--walk", type=float, default=0, metavar="SECONDS",
                        help="then walk at random with all faults at once for so long")
    parser.add_argument("scenario", nargs="*", help="names; all when none is given")
    return parser.parse_args(arguments)


def chosen(names: list[str], quick: bool) -> list[Scenario]:
    """The named scenarios, else all of this kind of run."""
    scenarios = all_scenarios()
    unknown = set(names) - {scenario.name for scenario in scenarios}
    if unknown:
        raise ValueError(f"no such scenario: {', '.join(sorted(unknown))}; "
                         f"known: {', '.join(scenario.name for scenario in scenarios)}")
    if names:
        return [scenario for scenario in scenarios if scenario.name in names]
    return [scenario for scenario in scenarios if not (quick and scenario.full_run_only)]


def show_trace(name: str, outcome: Outcome) -> None:
    """A broken promise and the steps that lead to it."""
    print(f"{name}: {outcome.problem}")
    for number, label in enumerate(outcome.trace, 1):
        print(f"  {number:2d}. {label}")
    print(flush=True)


def show_table(verdicts: list[Verdict]) -> None:
    """One line a scenario."""
    print(f"{'scenario':38s} {'states':>9s} {'ends':>6s} {'seconds':>7s}  {'verdict':8s} expected")
    for verdict in verdicts:
        outcome = verdict.outcome
        remark = "" if verdict.agrees else "   <- DIFFERS"
        print(f"{verdict.scenario.name:38s} {outcome.states:9d} {outcome.ends:6d} {outcome.seconds:7.1f}  "
              f"{verdict.found:8s} {verdict.expected}{remark}")


def main(arguments: list[str]) -> int:
    """Explore, print, judge."""
    options = parse(arguments)
    try:
        scenarios = chosen(options.scenario, options.quick)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    verdicts = []
    for scenario in scenarios:
        verdict = Verdict(scenario, explore(scenario.build(), QUICK_LIMIT if options.quick else FULL_LIMIT))
        if verdict.outcome.problem:
            show_trace(scenario.name, verdict.outcome)
        verdicts.append(verdict)
    show_table(verdicts)
    wrong = sum(not verdict.agrees for verdict in verdicts)
    total = sum(verdict.outcome.states for verdict in verdicts)
    print(f"{len(verdicts)} scenarios, {total} states, {wrong} not as expected", flush=True)
    if options.walk:
        walked = walk(all_faults(), options.walk)
        print(f"random walks with all faults: {walked.walks} walks, {walked.steps} steps, {walked.problem or 'holds'}")
        for number, label in enumerate(walked.trace, 1):
            print(f"  {number:2d}. {label}")
        wrong += walked.problem is not None
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
