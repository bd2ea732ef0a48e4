#!/usr/bin/python3
"""cli_import_test - `kervan orders import`: a file of orders, stopped anywhere, makes each of them once.

    tests/stack/cli_import_test.py
"""

from __future__ import annotations

import json
import subprocess
import unittest
import uuid
from pathlib import Path
from typing import Any

from built import KERVAN, SANITIZERS
from gateway_stack import GatewayCase, submission

from basics import wait_until  # isort: skip

DONE, WRONG, USAGE, UNREACHABLE, REFUSED = 0, 1, 2, 4, 5
Row = dict[str, Any]


class ImportTest(GatewayCase):
    """Each test has a file of its own."""

    def write(self, lines: list[bytes]) -> Path:
        """A file of these lines."""
        path: Path = self.servers.folder / f"{uuid.uuid4().hex}.ndjson"
        path.write_bytes(b"\n".join(lines))
        return path

    def orders(self, count: int, **changes: Any) -> list[bytes]:
        """Lines with references that nobody had."""
        name = uuid.uuid4().hex
        return [json.dumps(submission(channel_order_ref=f"{name}-{number}", **changes)).encode()
                for number in range(count)]

    def begin(self, *words: str, key: str | None = None, url: str | None = None) -> subprocess.Popen[str]:
        """Start an import."""
        return subprocess.Popen([str(KERVAN), "orders", "import", *words], text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=SANITIZERS | {
                                    "KERVAN_URL": url or f"http://127.0.0.1:{self.port}",
                                    "KERVAN_STAFF_KEY": key or self.staff})

    def run_import(self, *words: str, **more: Any) -> tuple[int, str, str]:
        """One to its end: status, what it said, what it said of its progress."""
        process = self.begin(*words, **more)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def results(self, path: Path) -> list[Row]:
        """What was written of it."""
        return [json.loads(line) for line in Path(f"{path}.results").read_text().splitlines()]

    def records(self, lines: list[bytes]) -> list[str]:
        """The ids under which these orders were submitted, once for each time."""
        references = {json.loads(line)["channel_order_ref"] for line in lines}
        return [record.key for record in list(self.owners.records)
                if record.topic == "order.requests" and record.json.get("channel_order_ref") in references]

    def test_whole(self) -> None:
        """Results stand in the order of the lines; called again, nothing is sent."""
        lines = self.orders(250)
        lines[9:9] = [b"", b"", b'{"colour":"red"}'] + [b""] * 100
        path = self.write(lines)
        status, out, progress = self.run_import(str(path), "--lines", "40", "--json")
        self.assertEqual(status, WRONG, progress)
        self.assertEqual(json.loads(out), {"lines": 251, "made": 250, "known": 0, "waiting": 0, "refused": 1,
                                           "results": f"{path}.results"})
        self.assertIn("line 353: 250 made, 0 known, 0 waiting, 1 refused\n", progress)
        results = self.results(path)
        self.assertEqual([row["line"] for row in results], [*range(1, 10), 12, *range(113, 354)])
        self.assertEqual(results[9]["status"], 400)
        good = [line for line in lines if b"channel" in line]
        self.assertEqual(len(self.records(good)), 250)
        again = self.run_import(str(path), "--json")
        self.assertEqual((again[0], again[1]), (status, out))
        self.assertEqual(len(self.records(good)), 250)

    def test_killed_and_called_again(self) -> None:
        """It goes on behind the last result that is whole."""
        lines = self.orders(400)
        path = self.write(lines)
        written = Path(f"{path}.results")
        process = self.begin(str(path), "--lines", "20")
        wait_until("a part of it is done", 30,
                   lambda: written.exists() and written.read_bytes().count(b"\n") >= 100, None)
        process.kill()
        process.communicate(timeout=10)
        self.assertLess(written.read_bytes().count(b"\n"), 400)
        with written.open("ab") as file:
            file.write(b'{"line":')
        status, out, progress = self.run_import(str(path))
        self.assertEqual(status, DONE, progress)
        self.assertIn("400 of 400 lines are orders now", out)
        self.assertEqual([row["line"] for row in self.results(path)], list(range(1, 401)))
        records = self.records(lines)
        self.assertEqual(len(set(records)), 400)
        self.assertLessEqual(len(records), 400 + 20)  # what was answered and not written down
        self.assertEqual({row["order_id"] for row in self.results(path)}, set(records))

    def test_lines_without_references(self) -> None:
        """They are named by the import and their numbers, whatever is sent at once."""
        path = self.write([json.dumps(submission(note=uuid.uuid4().hex)).encode() for _ in range(30)])
        self.assertEqual(self.run_import(str(path), "--lines", "7")[0], DONE)
        first = self.results(path)
        Path(f"{path}.results").unlink()
        status, out, _ = self.run_import(str(path), "--lines", "11", "--json")
        self.assertEqual((status, json.loads(out)["known"]), (DONE, 30))
        self.assertEqual([row["order_id"] for row in self.results(path)], [row["order_id"] for row in first])
        self.assertEqual(len({row["order_id"] for row in first}), 30)
        Path(f"{path}.results").unlink()
        _, out, _ = self.run_import(str(path), "--key", "another", "--json")
        self.assertEqual(json.loads(out)["made"], 30)

    def test_trouble(self) -> None:
        """What ends it, and that nothing is taken for a result that is none."""
        path = self.write(self.orders(3))
        self.assertEqual(self.run_import(str(path), key=self.staff[:-1] + "x")[0], REFUSED)
        self.assertEqual(self.run_import(str(path), url="http://127.0.0.1:1")[0], UNREACHABLE)
        self.assertEqual(self.run_import(f"{path}.none")[0], USAGE)
        self.assertEqual(self.run_import(str(path), "--results", str(path))[0], USAGE)
        self.assertEqual(self.results(path), [])
        self.assertEqual(self.run_import(str(path))[0], DONE)


if __name__ == "__main__":
    unittest.main(verbosity=2)
