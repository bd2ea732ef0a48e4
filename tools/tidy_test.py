#!/usr/bin/python3
"""tidy_test - every rule of tools/tidy finds its planted violation, and nothing in the clean twin."""
import subprocess
import sys
import unittest
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import NamedTuple

from tidy_source import Source

TOOL = Path(__file__).with_name("tidy")
HEAD = "/* x.c - a thing. */\n"


class Plant(NamedTuple):
    """A rule, a file's path, a text that breaks the rule and one that does not."""

    rule: str
    path: str
    broken: str
    clean: str


def function(lines: int) -> str:
    """A C function of so many lines."""
    return "int long_one(void)\n{\n" + "    x();\n" * (lines - 3) + "}\n"


def python_function(lines: int) -> str:
    """A Python function of so many lines."""
    return '"""x."""\n\n\ndef long_one():\n' + "    pass\n" * (lines - 1)


def words(*parts: str) -> str:
    """A text that this file itself must not hold in one piece."""
    return "".join(parts)


PLANTS = [
    Plant("function-length", "common/x.c", HEAD + function(71), HEAD + function(70)),
    Plant("parameters", "common/x.c", HEAD + "int f(int a, int (*b)(int, int), int c, int d, int e, int g)\n{\n}\n",
          HEAD + "int f(int a, int (*b)(int, int), int c, int d, const char *e, ...)\n{\n}\n"),
    Plant("banned-call", "common/x.c", HEAD + "    strcpy(a, b);\n",
          HEAD + "    /* strcpy(a) */ x->strcpy(\"strcpy(\");\n"),
    Plant("banned-call", "services/order/x.c", HEAD + "    p = malloc(1);\n", HEAD + "    p = arena_malloc(1);\n"),
    Plant("sql-in-c", "services/order/x.c", HEAD + 'q("SELECT 1");\n',
          HEAD + 'q("select a carrier"); /* "SELECT 1" */\n'),
    Plant("head-comment", "common/x.c", "/* y.c - a thing. */\n", "/* links: order */\n" + HEAD),
    Plant("goto-backward", "common/x.c", HEAD + "void f(void)\n{\nagain:\n    g();\n    goto again;\n}\n",
          HEAD + "void f(void)\n{\n    goto out;\nout:\n    g();\n}\n"),
    Plant("goto-in-service", "services/order/x.c", HEAD + "    goto out;\n", HEAD + "    /* goto out */\n"),
    Plant("typedef-struct", "common/x.c", HEAD + "typedef struct a { int b; } a;\n",
          HEAD + "typedef int (*f)(struct a *);\n"),
    Plant("file-length", "common/x.c", HEAD + "\n" * 600, HEAD + "\n" * 599),
    Plant("event-type", "services/order/x.c", HEAD + 't("kervan.order.plaecd.v1");\n',
          HEAD + 't("kervan.order.placed.v1");\n'),
    Plant("event-type", "services/order/x.c", HEAD + '#define T "kervan.runtime.resend.v1"\n',
          HEAD + '#include "SELECT "\n'),
    Plant("event-type", "common/x.c", HEAD + '#define T "kervan.order.resend.v1"\n',
          HEAD + '#define T "kervan.runtime.resend.v1"\n'),
    Plant("nolint-reason", "common/x.c", HEAD + "x(); /* NOLINT(bugprone-x) */\n",
          HEAD + "x(); /* NOLINT(bugprone-x): read before threads start */\n"),
    Plant("nolint-reason", "common/x.c", HEAD + "x(); /* NOLINT: read before threads start */\n",
          HEAD + "/* NOLINTNEXTLINE(bugprone-x): read before threads start */\n"),
    Plant("script-head", "tools/x.py", "import re\n", '"""x - finds."""\n'),
    Plant("script-head", "tools/x.sh", "#!/bin/sh\nset -eu\n", "#!/bin/sh\n# x - finds.\n"),
    Plant("sql-head", "services/order/x.sql", "SELECT 1;\n", "-- name: one\nSELECT 1;\n"),
    Plant("python-function-length", "tools/x.py", python_function(71), python_function(70)),
    Plant("python-function-length", "tools/x.py", '"""x."""\ndef f(:\n', python_function(2)),
    Plant("python-interpreter", "tools/x.py", '#!/usr/bin/env python3\n"""x."""\n', '#!/usr/bin/python3\n"""x."""\n'),
    Plant("registry-host", "README.md", words("https://registry", ".npmjs", ".org/x\n"), "the registry of npm\n"),
    Plant("registry-host", "x.json", words('"https://pypi', '.org/simple"\n'), '"https://example.org/simple"\n'),
    Plant("machine-path", "README.md", words("in /wo", "rk/main\n"), words("in https://x.example/wo", "rk/main\n")),
    Plant("machine-path", "x.sh", words("#!/bin/sh\n# x - y.\nrm /tm", "p/x\n"),
          "#!/bin/sh\n# x - y.\nrm ${TMPDIR:-/tmp}/x\n"),
    Plant("machine-path", "x.yaml", words("p: /ho", "me/someone\n"), "p: /home\n"),
    Plant("open-task", "common/x.c", HEAD + words("/* TO", "DO: later */\n"),
          HEAD + words("/* TO", "DO(#12): later */\n")),
]


def load_tidy() -> ModuleType:
    """The tool as a module; its name has no suffix."""
    loader = SourceFileLoader("tidy", str(TOOL))
    spec = spec_from_loader("tidy", loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules["tidy"] = module
    loader.exec_module(module)
    return module


class TidyTest(unittest.TestCase):
    """The rules, one plant at a time."""

    def setUp(self) -> None:
        """Load the tool."""
        self.tidy = load_tidy()

    def rules_broken(self, path: str, text: str) -> set[str]:
        """The names of the rules that a text breaks."""
        source = Source(path, text, self.tidy.tree.language(path, text), frozenset({"kervan.order.placed.v1"}))
        return {one.rule.name for one in self.tidy.findings_of(source)}

    def test_each_plant_is_found(self) -> None:
        """Broken is found, clean is not."""
        for plant in PLANTS:
            with self.subTest(rule=plant.rule, path=plant.path):
                self.assertIn(plant.rule, self.rules_broken(plant.path, plant.broken))
                self.assertEqual(set(), self.rules_broken(plant.path, plant.clean))

    def test_each_rule_has_a_plant(self) -> None:
        """A rule without a plant may be one that cannot fail."""
        self.assertEqual({rule.name for rule in self.tidy.RULES}, {plant.rule for plant in PLANTS})

    def test_allow_needs_the_rule_and_a_reason(self) -> None:
        """An excuse names its rule and a reason, on the line or the one above."""
        call = HEAD + "    system(a); "
        self.assertEqual(set(), self.rules_broken("common/x.c", call + "/* tidy: allow banned-call: fixed text */\n"))
        self.assertIn("banned-call", self.rules_broken("common/x.c", call + "/* tidy: allow banned-call */\n"))
        self.assertIn("banned-call", self.rules_broken("common/x.c", call + "/* tidy: allow sql-in-c: no */\n"))

    def test_exit_status(self) -> None:
        """An error fails the run; a warning does not."""
        for text, status in ((HEAD + "\n" * 700, 0), (HEAD + "typedef enum a a;\n", 1)):
            with self.subTest(status=status):
                folder = Path(self.enterContext(TemporaryDirectory()))
                (folder / "x.c").write_text(text, encoding="utf-8")
                subprocess.run(["git", "init", "-q", str(folder)], check=True)
                done = subprocess.run([str(TOOL.resolve()), "x.c"], cwd=folder, capture_output=True, text=True)
                self.assertEqual(status, done.returncode, done.stdout + done.stderr)
                self.assertIn("x.c:", done.stdout)


if __name__ == "__main__":
    unittest.main()
