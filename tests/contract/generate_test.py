#!/usr/bin/python3
"""Gives the generator schemas that it must refuse, and expects the file, the pointer and the reason."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

GENERATE = Path(__file__).resolve().parents[2] / "proto/generate.py"
Schema = dict[str, Any]
BASE: Schema = {
    "$id": "https://schemas.test.example/test/done.v1.json",
    "title": "Done",
    "description": "A thing was done.",
    "x-kervan": {"type": "kervan.test.done.v1", "topic": "test.events", "kind": "event", "struct": "test_done"},
    "type": "object",
    "properties": {"id": {"type": "string", "maxLength": 10}, "place": {"$ref": "../types/place.json"}},
    "required": ["id"],
    "examples": [{"id": "a"}],
}
ANSWER = {"type": "kervan.test.done.v1", "kind": "answer", "struct": "test_done"}
PLACE: Schema = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 9}}, "required": ["city"]}

# a property in place of `id`, where the error stands below it, a part of the reason
FIELDS: list[tuple[Any, str, str]] = [
    ({"type": "string"}, "", "needs maxLength"),
    ({"type": "integer", "minimum": 1}, "", "needs minimum and maximum"),
    ({"type": "array", "items": {"type": "boolean"}}, "", "needs maxItems"),
    ({"type": "array", "maxItems": 3}, "", "needs items"),
    ({"type": "array", "maxItems": 3, "items": {"type": "string"}}, "/items", "needs maxLength"),
    ({"type": "array", "maxItems": 3, "items": {"type": "array", "items": {}}}, "/items", "array of arrays"),
    ({"type": "array", "maxItems": 999, "uniqueItems": True, "items": {"type": "boolean"}}, "/maxItems", "uniqueItems"),
    ({"type": "object"}, "", "needs x-max-bytes"),
    ({"type": "number"}, "/type", "must be string"),
    ({"type": ["string", "null"]}, "/type", "must be string"),
    ({"maxLength": 3}, "/type", "must be string"),
    (True, "", "must be an object"),
    ({"type": "string", "maxLength": 3, "minimum": 1}, "", "outside the subset"),
    ({"oneOf": []}, "/type", "must be string"),
    ({"type": "string", "oneOf": [], "maxLength": 3}, "", "outside the subset"),
    ({"type": "string", "maxLength": 3, "format": "ipv4"}, "/format", "must be one of"),
    ({"type": "string", "maxLength": "3"}, "/maxLength", "must be an integer"),
    ({"type": "integer", "minimum": 1.5, "maximum": 2}, "/minimum", "must be an integer"),
    ({"type": "integer", "minimum": 0, "maximum": 2**63}, "/maximum", "64 bits"),
    ({"type": "string", "enum": []}, "/enum", "must list strings"),
    ({"type": "string", "enum": ["a", 1]}, "/enum", "must list strings"),
    ({"type": "string", "enum": ["Big"]}, "/enum", "lower-case"),
    ({"type": "string", "enum": ["a", "unknown"]}, "/enum", "same C name"),
    ({"type": "string", "maxLength": 3, "pattern": "a+"}, "/pattern", "anchored"),
    ({"type": "string", "maxLength": 3, "pattern": "^a|b$"}, "/pattern", "uses |"),
    ({"type": "string", "maxLength": 3, "pattern": "^(a)$"}, "/pattern", "uses ("),
    ({"type": "string", "maxLength": 3, "pattern": "^a.$"}, "/pattern", "uses ."),
    ({"type": "string", "maxLength": 3, "pattern": r"^\w$"}, "/pattern", r"uses \w"),
    ({"type": "string", "maxLength": 3, "pattern": "^[a-z]*[a-f]$"}, "/pattern", "backtracking"),
    ({"type": "string", "maxLength": 3, "pattern": "^a?b?a$"}, "/pattern", "backtracking"),
    ({"type": "string", "maxLength": 3, "pattern": "^[^a]*[^b]$"}, "/pattern", "backtracking"),
    ({"type": "string", "maxLength": 3, "pattern": "^a{3,2}$"}, "/pattern", "allows nothing"),
    ({"type": "string", "maxLength": 3, "pattern": "^[a$"}, "/pattern", "too early"),
    ({"type": "string", "maxLength": 3, "pattern": "^é$"}, "/pattern", "not ASCII"),
    ({"$ref": "../types/place.json", "required": []}, "", "beside $ref"),
    ({"$ref": "../types/nowhere.json"}, "", "cannot be read"),
    ({"$ref": "#/$defs/nothing"}, "", "leads nowhere"),
    ({"$ref": "#/properties/id"}, "", "leads back"),
]
# a change of the whole message, where, a part of the reason
MESSAGES: list[tuple[Schema, str, str]] = [
    ({"required": ["id", "gone"]}, "/required", "not among the properties"),
    ({"additionalProperties": False}, "", "are open: leave"),
    ({"additionalProperties": {}}, "/additionalProperties", "true or false"),
    ({"title": None}, "", "needs title"),
    ({"examples": None}, "", "needs examples"),
    ({"$id": "https://schemas.test.example/test/other.v1.json"}, "/$id", "must end with"),
    ({"patternProperties": {}}, "", "outside the subset"),
    ({"x-kervan": {**BASE["x-kervan"], "kind": "request"}}, "", "a request is closed"),
    ({"x-kervan": {**BASE["x-kervan"], "kind": "rumor"}}, "/x-kervan/kind", "must be one of"),
    ({"x-kervan": {**BASE["x-kervan"], "kind": "answer"}}, "/x-kervan/topic", "has no topic"),
    ({"x-kervan": ANSWER, "additionalProperties": False}, "", "are open: leave"),
    ({"x-kervan": ANSWER, "properties": {"id": {"type": ["string", "null"], "maxLength": 9}}}, "/properties/id/type",
     "must be string"),
    ({"x-kervan": ANSWER, "properties": {"a": {"type": ["null", "string"], "maxLength": 9}}, "required": []},
     "/properties/a/type", "must be string"),
    ({"x-kervan": {**BASE["x-kervan"], "type": "kervan.test.done.v2"}}, "/x-kervan/type", "version"),
    ({"x-kervan": {**BASE["x-kervan"], "struct": "Done"}}, "/x-kervan/struct", "C name"),
    ({"x-kervan": {**BASE["x-kervan"], "struct": "place"}}, "", "is taken by"),
    ({"properties": {"int": {"type": "boolean"}}, "required": []}, "/properties/int", "C name"),
    ({"properties": {"aB": {"type": "boolean"}}, "required": []}, "/properties/aB", "C name"),
]


class GenerateTest(unittest.TestCase):
    """One good message, and what makes it bad."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / "proto"
        for name in ("types", "test"):
            (self.root / name).mkdir(parents=True)
        (self.root / "types/place.json").write_text(json.dumps(PLACE))

    def _run(self, schema: Schema) -> subprocess.CompletedProcess[str]:
        text = json.dumps({key: value for key, value in schema.items() if value is not None})
        (self.root / "test/done.v1.json").write_text(text)
        command = [GENERATE, self.root, self.root.parent / "out"]
        return subprocess.run(command, capture_output=True, text=True, timeout=30)

    def _refused(self, schema: Schema, pointer: str, reason: str) -> None:
        done = self._run(schema)
        self.assertEqual(done.returncode, 1, done.stderr)
        place, _, problem = done.stderr.partition(": ")[2].partition(": ")
        self.assertIn(reason, problem)
        shared = ("proto/types/nowhere.json#", "proto/types/place.json#")
        self.assertIn(place, (f"proto/test/done.v1.json#{pointer}", *shared))

    def test_good(self) -> None:
        """The message that all others are made from."""
        done = self._run(BASE)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        header = (self.root.parent / "out/test.h").read_text()
        self.assertIn("const struct place *place;", header)

    def test_fields(self) -> None:
        """A property that is outside the subset or has no limit."""
        for field, below, reason in FIELDS:
            with self.subTest(field=field):
                schema = copy.deepcopy(BASE)
                schema["properties"]["id"] = field
                self._refused(schema, f"/properties/id{below}", reason)

    def test_messages(self) -> None:
        """A message that is not as messages are."""
        for change, pointer, reason in MESSAGES:
            with self.subTest(change=change):
                self._refused({**copy.deepcopy(BASE), **change}, pointer, reason)

    def test_answer_may_say_null(self) -> None:
        """An optional field of an answer may be null."""
        fields = {"id": {"type": "string", "maxLength": 9}, "note": {"type": ["string", "null"], "maxLength": 9}}
        done = self._run({**copy.deepcopy(BASE), "x-kervan": ANSWER, "properties": fields})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual((self.root.parent / "out/test.c").read_text().count(".nullable = true"), 1)
        self.assertIn("MESSAGE_TEST_DONE, /* kervan.test.done.v1 (answer) */",
                      (self.root.parent / "out/message_type.h").read_text())

    def test_recursion(self) -> None:
        """A type that contains itself has no size."""
        inner = {**PLACE, "properties": {**PLACE["properties"], "in": {"$ref": "place.json"}}}
        (self.root / "types/place.json").write_text(json.dumps(inner))
        self._refused(BASE, "", "contains itself")

    def test_rewrites_only_changes(self) -> None:
        """Nothing is compiled again without need, and nothing old stays."""
        self._run(BASE)
        output = self.root.parent / "out"
        (output / "old.c").write_text("")
        times = {path: path.stat().st_mtime_ns for path in output.glob("*.[ch]")}
        changed = copy.deepcopy(BASE)
        changed["properties"]["more"] = {"type": "boolean"}
        self._run(changed)
        new = {path.name for path in output.glob("*.[ch]") if path.stat().st_mtime_ns != times[path]}
        self.assertEqual(new, {"test.h", "test.c"})
        self.assertFalse((output / "old.c").exists())


if __name__ == "__main__":
    sys.exit(unittest.main())
