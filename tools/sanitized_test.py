#!/usr/bin/python3
"""sanitized_test.py - holds tools/sanitized to its word, with programs built as LANE=asan builds them."""

from __future__ import annotations

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

RUNNER = Path(__file__).with_name("sanitized")
MAKEFILE = RUNNER.parents[1] / "Makefile"
SOURCE = """
#include <limits.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
    char *volatile block = malloc(8);
    volatile int number = INT_MAX;
    switch (argv[1][0]) {
    case 'l': block = NULL; return 0;
    case 'u': number += argc; return 0;
    case 'o': return block[argc + 6];
    default: free(block); return 7;
    }
}
"""


class Sanitized(unittest.TestCase):
    """One program that can do everything wrong."""

    @classmethod
    def setUpClass(cls) -> None:
        """Build it."""
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.program = f"{cls.folder.name}/wrong"
        flags = " ".join(re.findall(r"^(?:FLAGS|LINK)_asan = (.*)$", MAKEFILE.read_text(), re.MULTILINE))
        words = [word for word in flags.split() if word != "$(FAULTS)"]
        subprocess.run(["gcc", "-x", "c", "-", *words, "-o", cls.program], input=SOURCE, text=True, check=True,
                       timeout=60)

    def run_it(self, fault: str) -> tuple[int, str]:
        """Status and output of a script that hides how the program ended and what it said."""
        script = '"$0" "$1" >/dev/null 2>&1; [ "$1" = end ] || exit 0; exit 7'
        done = subprocess.run([RUNNER, "sh", "-c", script, self.program, fault], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return done.returncode, done.stdout

    def test_faults_are_found(self) -> None:
        """Memory that is lost, arithmetic beyond its type, a read behind the end."""
        for fault, word in (("leak", "detected memory leaks"), ("undefined", "signed integer overflow"),
                            ("over", "heap-buffer-overflow")):
            status, output = self.run_it(fault)
            self.assertEqual(status, 1, fault)
            self.assertIn(word, output)

    def test_status_of_the_command(self) -> None:
        """Without a report it is the command's own."""
        self.assertEqual(self.run_it("end"), (7, ""))


if __name__ == "__main__":
    unittest.main()
