#!/usr/bin/python3
"""checks_test - the generators and checks of tools/ accept a sound small tree and refuse a broken one."""
import os
import subprocess
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

TOOLS = Path(__file__).resolve().parent


class TreeTest(unittest.TestCase):
    """A test with a small tree of its own."""

    def setUp(self) -> None:
        """Make the tree; git lists its files."""
        self.root = Path(self.enterContext(TemporaryDirectory()))
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)

    def write(self, path: str, text: str) -> None:
        """Put a file into the tree."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def run_tool(self, *command: str) -> tuple[int, str]:
        """Exit status and output of a tool, run in the tree."""
        done = subprocess.run([str(TOOLS / command[0]), *command[1:]], cwd=self.root, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def assert_refused(self, expected: str, *command: str) -> None:
        """The tool fails and says why."""
        status, output = self.run_tool(*command)
        self.assertEqual(1, status, output)
        self.assertIn(expected, output)

    def assert_accepted(self, *command: str) -> None:
        """The tool has nothing to say against the tree."""
        status, output = self.run_tool(*command)
        self.assertEqual(0, status, output)


class SqlgenTest(TreeTest):
    """tools/sqlgen."""

    COMMAND = ("sqlgen", "stock_sql", "gen", "a.sql")

    def test_statements(self) -> None:
        """Names, text without comments, highest parameter."""
        self.write("a.sql", "-- a - x.\n\n-- name: lock\n-- why $99\n"
                   "SELECT '\"\\' -- here\n  FROM a WHERE b = $10 OR c = $2;\n")
        self.assert_accepted(*self.COMMAND)
        header, table = (self.root / "gen/stock_sql.h").read_text(), (self.root / "gen/stock_sql.c").read_text()
        self.assertIn("    STOCK_SQL_LOCK = 0, /* a.sql:3 */\n    STOCK_SQL_COUNT\n", header)
        self.assertIn(".parameter_count = 10,", table)
        self.assertIn('"SELECT \'\\"\\\\\' -- here\\n"', table)
        self.assertIn('"FROM a WHERE b = $10 OR c = $2"', table)
        self.assertNotIn("why", table)

    def test_refusals(self) -> None:
        """Each with file and line."""
        for text, expected in (
            ("-- name: a\nSELECT 1;\n-- name: b\n-- x\n;\n", 'a.sql:3: error: statement "b" is empty'),
            ("-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;\n",
             'a.sql:3: error: statement "a" was already opened at a.sql:1'),
            ("SELECT 1;\n", "a.sql:1: error: text before"),
            ("-- name: Lock It\nSELECT 1;\n", "a.sql:1: error: cannot read"),
            ("-- nothing\n", "a.sql: error: no statement"),
        ):
            with self.subTest(expected=expected):
                self.write("a.sql", text)
                self.assert_refused(expected, *self.COMMAND)


class EmbedTest(TreeTest):
    """tools/embed."""

    def embed(self, *files: str) -> tuple[str, ...]:
        """The command line for these files, which are written."""
        for file in files:
            self.write(file, "CREATE TABLE a ();\n")
        return "embed", "gen/migrations", *files

    def test_order(self) -> None:
        """The runtime first, then services by number."""
        self.assert_accepted(*self.embed("services/a/schema/0002_y.sql", "services/a/schema/0001_x.sql",
                                         "common/schema/0001_lane.sql"))
        text = (self.root / "gen/migrations.c").read_text()
        self.assertLess(text.index('"lane"'), text.index('"x"'))
        self.assertLess(text.index('"x"'), text.index('"y"'))

    def test_refusals(self) -> None:
        """A gap, a number twice, a name that says nothing."""
        self.assert_refused("migration 0002 of \"a\" where 0001 is due", *self.embed("services/a/schema/0002_y.sql"))
        self.assert_refused("where 0002 is due", *self.embed("common/schema/0001_a.sql", "common/schema/0001_b.sql"))
        self.assert_refused("cannot read the name", *self.embed("services/a/schema/1-x.sql"))


class LayersTest(TreeTest):
    """tools/check-layers."""

    def setUp(self) -> None:
        """A sound tree."""
        super().setUp()
        self.write("common/LAYERS", "# x\n0 money\n1 pg libpq-fe.h\n2 lane\n")
        self.write("common/money.h", "#include <stdint.h>\n")
        self.write("common/pg.c", '#include <libpq-fe.h>\n#include "common/money.h"\n')
        self.write("common/lane.h", '#include "common/money.h"\n')
        self.write("proto/decode.c", '#include "common/money.h"\n')
        self.write("services/order/order.h", '#include "common/lane.h"\n')
        self.write("services/order/webhooks/a.c", '#include "services/order/order.h"\n#include <sys/types.h>\n')
        self.write("tests/unit/a_test.c", '#include <cmocka.h>\n#include "services/order/order.h"\n')

    def test_sound(self) -> None:
        """Nothing to say."""
        self.assert_accepted("check-layers")

    def test_refusals(self) -> None:
        """One broken file at a time."""
        self.write("services/stock/stock.h", "")
        self.write("build/gen/sql/order_sql.h", "")
        self.write("build/gen/sql/runtime_sql.h", "")
        for path, text, expected in (
            ("common/money.h", '#include "common/lane.h"\n', '"common/lane.h" is of a higher level (2 > 0)'),
            ("common/money.h", "#include <libpq-fe.h>\n", "<libpq-fe.h> is an outside header"),
            ("common/lane.h", "#include <libpq-fe.h>\n", "<libpq-fe.h> is an outside header"),
            ("common/pg.c", "#include <curl/curl.h>\n", "<curl/curl.h> is an outside header"),
            ("common/pg.c", '#include "proto/x.h"\n', "<proto/x.h> is an outside header"),
            ("common/new.c", "", "common/new has no level"),
            ("proto/decode.c", '#include "common/lane.h"\n', "is of a higher level (2 > 1.5)"),
            ("proto/decode.c", "#include <jansson.h>\n", "<jansson.h> is an outside header"),
            ("services/order/order.h", "#include <jansson.h>\n", "<jansson.h> is an outside header"),
            ("services/order/order.h", '# include "../stock/stock.h"\n', "belongs to service stock"),
            ("services/stock/stock.h", '#include "sql/order_sql.h"\n', "belongs to service order"),
            ("services/stock/stock.h", '#include "sql/runtime_sql.h"\n', "for common/ alone"),
            ("tests/services/probe/a.c", '#include "services/order/order.h"\n', "belongs to service order"),
            ("common/LAYERS", "0 money\n1 pg libpq-fe.h\n2 lane x.h\n", "LAYERS:3: error: only a file of level 1"),
            ("common/LAYERS", "0 money\n0 money\n", "LAYERS:2: error: \"money\" has a level already"),
            ("common/LAYERS", "3 money\n", "LAYERS:1: error: cannot read"),
            ("common/LAYERS", "0 money\n1 pg libpq-fe.h\n2 lane\n2 gone\n", '"gone" is no file of common/'),
        ):
            with self.subTest(path=path, expected=expected):
                before = (self.root / path).read_text() if (self.root / path).exists() else None
                self.write(path, text)
                self.assert_refused(expected, "check-layers")
                if before is None:
                    (self.root / path).unlink()
                else:
                    self.write(path, before)
        self.assert_accepted("check-layers")


class PureTest(TreeTest):
    """tools/check-pure."""

    def build(self, path: str, text: str) -> None:
        """Write a C file and compile it to where the build would."""
        self.write(path, text)
        target = (self.root / "obj" / path).with_suffix(".o")
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["gcc", "-O1", "-w", "-fPIE", "-c", "-o", str(target), str(self.root / path)], check=True)

    def setUp(self) -> None:
        """A rule that uses level 0, which allocates in its arena alone."""
        super().setUp()
        self.write("common/LAYERS", "0 arena\n0 money\n0 table # a header\n1 clock\n")
        self.write("services/order/PURE", "# rules\norder.c\n")
        self.build("common/arena.c", "#include <stdlib.h>\nvoid *arena(void) { return malloc(9); }\n")
        self.build("common/money.c", "#include <string.h>\nint money(char *a) { return (int)strlen(a); }\n")
        self.build("services/order/order.c", "int money(char *);\nint order(char *a) { return money(a); }\n")

    def test_refusals(self) -> None:
        """A clock, the heap, an unknown function, a file that is not there."""
        self.assert_accepted("check-pure", "obj")
        for path, text, expected in (
            ("services/order/order.c", "long time(long *);\nlong order(void) { return time(0); }\n",
             "order.o needs time,"),
            ("services/order/order.c", "void order_save(void);\nvoid a(void) { order_save(); }\n", "needs order_save"),
            ("services/order/order.c", "char *strtok(char *, char *);\nvoid a(void) { strtok(0, 0); }\n",
             "needs strtok"),
            ("common/money.c", "#include <stdlib.h>\nvoid *a(void) { return malloc(9); }\n", "money.o needs malloc"),
            ("common/money.c", "#include <stdio.h>\nvoid money(void) { puts(\"\"); }\n", "common level 0: error:"),
        ):
            with self.subTest(expected=expected):
                before = (self.root / path).read_text()
                self.build(path, text)
                self.assert_refused(expected, "check-pure", "obj")
                self.build(path, before)
        self.assert_accepted("check-pure", "obj")
        self.write("common/PURE", "reply.c\n")
        self.build("common/reply.c", "int reply(void) { return 1; }\n")
        self.build("services/order/order.c", "int reply(void);\nint order(void) { return reply(); }\n")
        self.assert_accepted("check-pure", "obj")
        self.build("common/reply.c", "long time(long *);\nlong reply(void) { return time(0); }\n")
        self.assert_refused("reply.o needs time,", "check-pure", "obj")
        self.build("common/reply.c", "int reply(void) { return 1; }\n")
        self.write("services/order/PURE", "gone.c\n")
        self.assert_refused("services/order/gone.c listed", "check-pure", "obj")


class ClangTidyTest(TreeTest):
    """tools/run-clang-tidy."""

    def test_remembers_only_what_was_clean(self) -> None:
        """A clean file is skipped until a header of it changes; a bad one is never skipped."""
        command = ("run-clang-tidy", "1", "-I.")
        self.write(".clang-tidy", "Checks: '-*,readability-named-parameter'\n"
                   "WarningsAsErrors: '*'\nHeaderFilterRegex: '.*'\n")
        self.write("a.h", "int f(int a);\n")
        self.write("a.c", '#include "a.h"\nint f(int a)\n{\n    return a;\n}\n')
        self.assert_accepted(*command)
        stamp = self.root / "build/tidy/a.c.ok"
        first = stamp.stat().st_mtime_ns
        self.assert_accepted(*command)
        self.assertEqual(first, stamp.stat().st_mtime_ns)
        self.write("a.h", "static inline int g(int)\n{\n    return 1;\n}\nint f(int a);\n")
        self.assert_refused("readability-named-parameter", *command)
        self.assert_refused("readability-named-parameter", *command)


class RunUnitTest(TreeTest):
    """tools/run-unit."""

    def test_runs_all_and_sums_up(self) -> None:
        """A failure or a time-out stops nothing and is not lost."""
        for name, body in (("a_test", "echo broken; exit 3"), ("b_test", "exit 0"), ("c_test", "sleep 60")):
            self.write(f"u/{name}", f"#!/bin/sh\n{body}\n")
            (self.root / "u" / name).chmod(0o755)
        status, output = self.run_tool("run-unit", "1", "u", "a_test", "b_test", "c_test")
        self.assertEqual(1, status, output)
        self.assertIn("FAIL a_test (exit status 3)\n    broken\n", output)
        self.assertIn("ran longer than 1 s", output)
        self.assertIn("unit: 1 passed, 2 failed: a_test c_test", output)
        self.assert_accepted("run-unit", "1", "u", "b_test")

    def test_with(self) -> None:
        """WITH runs around each test."""
        for name, body in (("wrap", "echo around; \"$@\"; exit 4"), ("a_test", "exit 0")):
            self.write(f"u/{name}", f"#!/bin/sh\n{body}\n")
            (self.root / "u" / name).chmod(0o755)
        with patch.dict(os.environ, {"WITH": "u/wrap"}):
            self.assert_refused("FAIL a_test (exit status 4)\n    around\n", "run-unit", "1", "u", "a_test")


class PreCommitTest(TreeTest):
    """tools/pre-commit."""

    def test_staged_files_only(self) -> None:
        """What is not staged is not judged."""
        subprocess.run(["cp", "-r", str(TOOLS), str(self.root / "tools")], check=True)
        subprocess.run(["cp", str(TOOLS.parent / ".clang-format"), str(self.root)], check=True)
        self.write("a.c", "/* a.c - a. */\nint  a;\n")
        self.assert_accepted("pre-commit")
        subprocess.run(["git", "add", "a.c"], cwd=self.root, check=True)
        self.assert_refused("clang-format", "pre-commit")
        self.write("a.c", "/* a.c - a. */\ntypedef struct b b;\n")
        subprocess.run(["git", "add", "a.c"], cwd=self.root, check=True)
        self.assert_refused("typedef-struct", "pre-commit")


if __name__ == "__main__":
    unittest.main()
