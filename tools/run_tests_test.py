#!/usr/bin/python3
"""run_tests_test.py - holds tools/run-tests to its word: what passes, fails or hangs is told apart."""

from __future__ import annotations

import subprocess
import tempfile
import unittest
from pathlib import Path

RUNNER = Path(__file__).with_name("run-tests")


class RunTests(unittest.TestCase):
    """Each test runs a table of its own."""

    def run_table(self, table: str, *names: str, at_once: str = "1") -> tuple[int, list[str], str]:
        """Status, lines and results file of a run."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "groups.txt"
            path.write_text(table)
            words = [RUNNER, "--groups", path, "--out", folder, "--at-once", at_once, *names]
            done = subprocess.run(words, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=60)
            results = Path(folder) / "test-results.txt"
            return done.returncode, done.stdout.splitlines(), results.read_text() if results.exists() else ""

    def test_all_pass(self) -> None:
        """Comments and empty lines are no groups."""
        status, lines, results = self.run_table("# a comment\n\none 5 true\ntwo 5 echo said >&2\n")
        self.assertEqual((status, lines[-1]), (0, "2 passed, 0 failed"))
        self.assertRegex(results, r"\Apass one [0-9.]+\npass two [0-9.]+\n\Z")

    def test_failure_shows_its_log(self) -> None:
        """A failing group does not stop the others."""
        status, lines, results = self.run_table("one 5 echo the reason; exit 3\ntwo 5 true\n")
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"))
        self.assertIn("    the reason", lines)
        self.assertRegex(results, r"\Afail one [0-9.]+\npass two [0-9.]+\n\Z")

    def test_hanging_group_is_ended(self) -> None:
        """What a group started ends with it."""
        status, lines, _ = self.run_table("one 1 sleep 3211 & sleep 3211\n")
        self.assertEqual((status, lines[-1]), (1, "0 passed, 1 failed"))
        left = subprocess.run(["pgrep", "-f", "^sleep 3211$"], check=False, stdout=subprocess.PIPE, text=True)
        self.assertEqual(left.stdout, "")

    def test_together_and_alone(self) -> None:
        """Two that wait for each other end only together; one that is to be alone meets nobody."""
        with tempfile.TemporaryDirectory() as folder:
            meet = f"mkfifo {folder}/meet 2>/dev/null; "
            table = (f"one 9 {meet}echo > {folder}/meet\ntwo 9 {meet}read -r < {folder}/meet || true\n"
                     f"three 9! rm {folder}/meet\nfour 9 test ! -e {folder}/meet\n")
            status, lines, results = self.run_table(table, at_once="2")
        self.assertEqual((status, lines[-1]), (0, "4 passed, 0 failed"), lines)
        self.assertRegex(results, r"pass three [0-9.]+\npass four [0-9.]+\n\Z")

    def test_names_choose(self) -> None:
        """Only what is named runs; an unknown name is an error."""
        self.assertEqual(self.run_table("one 5 false\ntwo 5 true\n", "two")[1][-1], "1 passed, 0 failed")
        self.assertNotEqual(self.run_table("one 5 true\n", "three")[0], 0)

    def test_no_group_fails(self) -> None:
        """Nothing run is nothing proved; a line that cannot be read is no group."""
        self.assertEqual(self.run_table("# none\n")[0], 1)
        self.assertNotEqual(self.run_table("one true\n")[0], 0)


if __name__ == "__main__":
    unittest.main()
