#!/usr/bin/python3
"""Publishes a schema, changes it in every way that matters, and expects the right answer each time."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

COMPAT = Path(__file__).resolve().parents[2] / "proto/compat.py"
Schema = dict[str, Any]
BASE: Schema = {
    "x-kervan": {"type": "kervan.test.done.v1", "topic": "test.events", "kind": "event", "struct": "test_done"},
    "description": "A thing was done.",
    "type": "object",
    "properties": {
        "id": {"type": "string", "maxLength": 10, "pattern": "^[a-z]{1,10}$"},
        "count": {"type": "integer", "minimum": 0, "maximum": 9},
        "state": {"type": "string", "enum": ["open", "closed"]},
        "place": {"$ref": "../types/place.json"},
        "lines": {"type": "array", "maxItems": 5, "items": {"$ref": "#/$defs/line"}},
    },
    "required": ["id", "state"],
    "$defs": {
        "line": {
            "type": "object",
            "properties": {"no": {"type": "integer", "minimum": 1, "maximum": 9}},
            "required": ["no"],
        }
    },
}
PLACE: Schema = {"type": "string", "maxLength": 20, "description": "A place"}


def _set(*path: str, value: Any) -> Callable[[Schema], None]:
    def change(schema: Schema) -> None:
        for step in path[:-1]:
            schema = schema[step]
        schema[path[-1]] = value

    return change


def _drop(*path: str) -> Callable[[Schema], None]:
    def change(schema: Schema) -> None:
        for step in path[:-1]:
            schema = schema[step]
        del schema[path[-1]]

    return change


# what, change, is it right for a fact, is it right for a request
CHANGES: list[tuple[str, Callable[[Schema], None], bool, bool]] = [
    ("nothing", lambda schema: None, True, True),
    ("other words", _set("description", value="Done."), True, True),
    ("optional field", _set("properties", "more", value={"type": "boolean"}), True, True),
    ("optional field inside", _set("$defs", "line", "properties", "more", value={"type": "boolean"}), True, True),
    ("new enum value", _set("properties", "state", "enum", value=["open", "closed", "lost"]), True, True),
    ("required field", _set("required", value=["id", "state", "count"]), False, False),
    ("required field inside", _set("$defs", "line", "required", value=["no", "more"]), False, False),
    ("no longer required", _set("required", value=["id"]), False, True),
    ("field gone", _drop("properties", "count"), False, False),
    ("field gone inside", _drop("$defs", "line", "properties", "no"), False, False),
    ("enum value gone", _set("properties", "state", "enum", value=["open"]), False, False),
    ("enum gone", _drop("properties", "state", "enum"), False, False),
    ("other type", _set("properties", "count", "type", value="string"), False, False),
    ("other pattern", _set("properties", "id", "pattern", value="^[a-z0-9]{1,10}$"), False, False),
    ("wider", _set("properties", "count", "maximum", value=99), False, True),
    ("wider below", _set("properties", "count", "minimum", value=-1), False, True),
    ("narrower", _set("properties", "count", "maximum", value=8), False, False),
    ("narrower below", _set("properties", "count", "minimum", value=1), False, False),
    ("longer array", _set("properties", "lines", "maxItems", value=6), False, True),
    ("shorter array", _set("properties", "lines", "maxItems", value=4), False, False),
    ("new lower limit", _set("properties", "lines", "minItems", value=1), False, False),
    ("other topic", _set("x-kervan", "topic", value="else.events"), False, False),
    ("closed", _set("additionalProperties", value=False), False, False),
]


class CompatTest(unittest.TestCase):
    """One published revision, many successors."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name in ("types", "test"):
            (self.root / name).mkdir()

    def _write(self, schema: Schema, place: Schema = PLACE) -> None:
        (self.root / "test/done.v1.json").write_text(json.dumps(schema))
        (self.root / "types/place.json").write_text(json.dumps(place))

    def _run(self, action: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([COMPAT, action, self.root], capture_output=True, text=True, timeout=30)

    def _publish(self, kind: str) -> Schema:
        base = copy.deepcopy(BASE)
        base["x-kervan"]["kind"] = kind
        self._write(base)
        self.assertEqual(self._run("publish").returncode, 0)
        return base

    def _check_changes(self, kind: str, column: int) -> None:
        base = self._publish(kind)
        for row in CHANGES:
            with self.subTest(kind=kind, change=row[0]):
                changed = copy.deepcopy(base)
                row[1](changed)
                self._write(changed)
                done = self._run("check")
                self.assertEqual(done.returncode == 0, row[column], done.stderr)
                self.assertEqual(bool(done.stderr), not row[column])

    def test_facts(self) -> None:
        """Only optional additions."""
        self._check_changes("event", 2)

    def test_requests(self) -> None:
        """We may accept more, never less."""
        self._check_changes("request", 3)

    def test_shared_type(self) -> None:
        """A change in types/ is a change of each message that uses it."""
        self._publish("event")
        self._write(BASE, {**PLACE, "maxLength": 21})
        self.assertIn("/place: maxLength was 20 and is 21", self._run("check").stderr)

    def test_message_gone(self) -> None:
        """A published type stays."""
        self._publish("event")
        (self.root / "test/done.v1.json").unlink()
        self.assertIn("taken away", self._run("check").stderr)

    def test_every_predecessor(self) -> None:
        """What came in with revision 2 may not go, though revision 1 did not have it."""
        base = self._publish("event")
        more = copy.deepcopy(base)
        more["properties"]["more"] = {"type": "boolean"}
        self._write(more)
        self.assertIn("published kervan.test.done.v1.2.json", self._run("publish").stdout)
        self.assertEqual(self._run("publish").stdout.count("published kervan"), 0)
        self._write(base)
        self.assertIn("v1.2.json: /more: was taken away", self._run("check").stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
