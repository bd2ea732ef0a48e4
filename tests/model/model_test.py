#!/usr/bin/python3
"""model_test - the explorer finds what it should, and every rule has its hole."""

from __future__ import annotations

import contextlib
import io
import sys
import unittest
from dataclasses import fields

sys.dont_write_bytecode = True

import run  # noqa: E402
from effect_model import EffectModel  # noqa: E402
from explorer import Outcome, Step, explore  # noqa: E402
from lane_model import LaneModel  # noqa: E402
from lane_state import Faults, Lane, Rules, first_world, rules_without  # noqa: E402
from scenarios import Scenario, all_scenarios  # noqa: E402
from small_model import SmallModel  # noqa: E402
from walker import walk  # noqa: E402


class Counter:
    """Counts to five by ones and twos; steps are given as (from, to, fault)."""

    def __init__(self, edges: list[tuple[int, int, bool]], bad: int = -1, end: int = 5) -> None:
        self.edges, self.bad, self.end = edges, bad, end

    def initial(self) -> int:
        return 0

    def canonical(self, state: int) -> int:
        return state

    def steps(self, state: int) -> list[Step]:
        return [Step(f"{here}-{there}", there, fault) for here, there, fault in self.edges if here == state]

    def violation(self, state: int) -> str | None:
        return "bad" if state == self.bad else None

    def unfinished(self, state: int) -> str | None:
        return None if state == self.end else f"ends at {state}"


def line(length: int) -> list[tuple[int, int, bool]]:
    """The edges of a straight way."""
    return [(number, number + 1, False) for number in range(length)]


class ExplorerTest(unittest.TestCase):
    """The search itself, on graphs that are seen through at a glance."""

    def test_sees_all_and_finds_nothing_wrong(self) -> None:
        outcome = explore(Counter(line(5)), 100)
        self.assertEqual((6, 1, True, None), outcome[:4])

    def test_trace_is_a_shortest_one(self) -> None:
        outcome = explore(Counter([*line(5), (0, 3, True)], bad=4), 100)
        self.assertEqual(("0-3", "3-4"), outcome.trace)
        self.assertEqual("bad", outcome.problem)

    def test_end_with_something_owed_is_a_problem(self) -> None:
        outcome = explore(Counter([*line(5), (2, 9, False)]), 100)
        self.assertEqual(("ends at 9", ("0-1", "1-2", "2-9")), (outcome.problem, outcome.trace))

    def test_state_with_faults_only_is_an_end(self) -> None:
        outcome = explore(Counter([*line(5), (5, 0, True)]), 100)
        self.assertEqual((1, None), (outcome.ends, outcome.problem))

    def test_circle_without_a_way_out_is_a_problem(self) -> None:
        outcome = explore(Counter([*line(5), (1, 7, True), (7, 8, False), (8, 7, False), (8, 5, True)]), 100)
        self.assertIn("no end can be reached", outcome.problem or "")
        self.assertEqual(("0-1", "1-7"), outcome.trace)

    def test_limit_leaves_the_search_incomplete(self) -> None:
        outcome = explore(Counter(line(5)), 3)
        self.assertEqual((False, None), (outcome.complete, outcome.problem))


class LaneModelTest(unittest.TestCase):
    """The lane model's own arithmetic."""

    def test_processes_differ_by_name_alone(self) -> None:
        model = LaneModel(Lane(Faults()))
        first, second = (step.state for step in model.steps(first_world(model.lane)))
        self.assertNotEqual(first, second)
        self.assertEqual(model.canonical(first), model.canonical(second))

    def test_process_keeps_its_name_along_a_trace(self) -> None:
        lane = Lane(Faults(takeover=1), rules_without("fence_in_transaction"), (1, 0, 1))
        trace = explore(LaneModel(lane), 1000).trace
        takers = [label[0] for label in trace if "takes the lane" in label]
        self.assertEqual(["A", "B"], takers)

    def test_unknown_rule_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "no such rule: fense"):
            rules_without("fense")
        with self.assertRaisesRegex(ValueError, "no such rule: key"):
            EffectModel("key")

    def test_walk_finds_a_hole(self) -> None:
        lane = Lane(Faults(takeover=1), rules_without("fence_in_transaction"), (1, 0, 1))
        walked = walk(LaneModel(lane), 20)
        self.assertIn("handled twice", walked.problem or "")


class ScenariosTest(unittest.TestCase):
    """The list of scenarios leaves no rule untried."""

    def test_names_are_unique_and_tell_what_is_expected(self) -> None:
        names = [scenario.name for scenario in all_scenarios()]
        self.assertEqual(len(names), len(set(names)))
        for scenario in all_scenarios():
            self.assertTrue(scenario.name.startswith("hole-" if scenario.because else "ok-"), scenario.name)

    def test_every_rule_of_the_lane_has_a_hole(self) -> None:
        off = set()
        for model in (scenario.build() for scenario in all_scenarios() if scenario.because):
            if isinstance(model, LaneModel):
                off.update(rule.name for rule in fields(Rules) if not getattr(model.lane.rules, rule.name))
        self.assertEqual({rule.name for rule in fields(Rules)}, off)

    def test_every_rule_of_the_small_models_has_a_hole(self) -> None:
        off: dict[frozenset[str], set[str]] = {}
        for scenario in all_scenarios():
            model = scenario.build()
            if isinstance(model, SmallModel):
                seen = off.setdefault(model.rules, set())
                seen.update(model.without if scenario.because else ())
        for rules, switched_off in off.items():
            self.assertEqual(rules, switched_off)


class VerdictTest(unittest.TestCase):
    """What counts as expected."""

    @staticmethod
    def verdict(because: str, problem: str | None, complete: bool) -> run.Verdict:
        scenario = Scenario("x", lambda: Counter(line(5)), because, False)
        return run.Verdict(scenario, Outcome(1, 1, complete, problem, (), 0.0))

    def test_ok_must_be_complete(self) -> None:
        self.assertTrue(self.verdict("", None, True).agrees)
        self.assertFalse(self.verdict("", None, False).agrees)
        self.assertFalse(self.verdict("", "lost", False).agrees)

    def test_hole_must_break_for_its_own_reason(self) -> None:
        self.assertTrue(self.verdict("lost", "lost: x", False).agrees)
        self.assertFalse(self.verdict("lost", "handled twice", False).agrees)
        self.assertFalse(self.verdict("lost", None, True).agrees)

    def test_command_line(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.assertEqual(0, run.main(["ok-calm", "hole-blind-retry"]))
        self.assertIn("2 scenarios", printed.getvalue())
        with contextlib.redirect_stderr(io.StringIO()) as refused:
            self.assertEqual(2, run.main(["ok-clam"]))
        self.assertIn("no such scenario: ok-clam", refused.getvalue())


if __name__ == "__main__":
    unittest.main()
