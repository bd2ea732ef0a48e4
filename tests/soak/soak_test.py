#!/usr/bin/python3
"""soak_test - what counts as growth: medians, lives of processes, tolerances, and the mix of orders."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("soak", "fault", "bench", "stack")]
import lab  # noqa: E402, F401  (knows where the judge is)
from samples import TOLERANCES, Sample, compare, grown, medians, table  # noqa: E402
from traffic import KINDS  # noqa: E402

WARM, MIDDLE, END = "the warm-up", "part 1 of 2", "the end"


def sample(part: str, descriptors: float, pid: int = 1, service: str = "order") -> Sample:
    """One look."""
    return Sample(0.0, part, service, pid, {"descriptors": descriptors, "threads": 10})


class GrowthTest(unittest.TestCase):
    """The end held against the first quiet part of the same process."""

    def test_a_leak_is_growth(self) -> None:
        """One more than the tolerance is growth and is named; the tolerance itself is none."""
        more = TOLERANCES["descriptors"].more
        for end, words in ((30 + more, 0), (31 + more, 1)):
            found = grown(compare([sample(WARM, 30), sample("load", 900), sample(END, end)], [WARM, END]))
            self.assertEqual(len(found), words, found)
        self.assertIn("order: descriptors", found[0])

    def test_a_peak_is_none(self) -> None:
        """What a busy moment took and gave back is shown, and is no growth."""
        compared = compare([sample(WARM, 30), sample("load", 900), sample(END, 30)], [WARM, END])
        self.assertEqual((grown(compared), compared[0].highest), ([], 900))
        self.assertIn("30 > 30 (max 900)", table(compared))

    def test_another_process_has_another_baseline(self) -> None:
        """Who was started anew is compared with its own first quiet part; without one with nothing."""
        looks = [sample(WARM, 30), sample(MIDDLE, 80, pid=2), sample(END, 81, pid=2), sample(END, 99, pid=3)]
        compared = {one.since: one for one in compare(looks, [WARM, MIDDLE, END]) if one.figure == "descriptors"}
        self.assertEqual((compared[MIDDLE].baseline, compared[MIDDLE].end), (80, 81))
        self.assertEqual((compared[""].baseline, grown(compared.values())), (None, []))

    def test_medians(self) -> None:
        """One look beside the others moves nothing."""
        self.assertEqual(medians([sample(WARM, count) for count in (30, 31, 500)])["descriptors"], 31)


class TrafficTest(unittest.TestCase):
    """The table of what customers and staff do."""

    def test_kinds_are_of_100(self) -> None:
        """Weights are percentages, and each kind says how it may end."""
        self.assertEqual(sum(weight for weight, _, _ in KINDS.values()), 100)
        self.assertTrue(all(ends for _, _, ends in KINDS.values()))


if __name__ == "__main__":
    unittest.main()
