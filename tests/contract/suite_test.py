#!/usr/bin/python3
"""Runs the public JSON Schema test suite through the generator and the decoders it makes.

    tests/contract/suite_test.py BUILD OBJECT... [--suite FOLDER]

BUILD is a folder to work in, the OBJECTs are those of the decoders' runtime and of proto_check. A
schema of the suite becomes the field `value` of a message, in variants where it leaves types open (see
shape.py). What the generator refuses is outside our subset and is counted with its reason, and so is
every case that we judge otherwise on purpose.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SUITE = Path("/usr/share/json-schema-test-suite/tests/draft7")
ANNOTATIONS = ("optional/format/email.json", "optional/format/uri.json")
GROUPS_MIN, CASES_MIN = 30, 90

sys.path[:0] = [str(ROOT / "proto"), str(ROOT / "tests/contract")]
from generator.model import SchemaError, Unit  # noqa: E402
from generator.schema import Library  # noqa: E402
from shape import hoist, variants  # noqa: E402


@dataclass
class Group:
    """A schema of the suite that is in our subset, as a message."""

    file: str
    words: str
    schema: dict[str, Any]
    definitions: dict[str, Any]
    cases: list[dict[str, Any]]
    type: str = ""


@dataclass
class Tally:
    """What ran and what did not."""

    left_out: Counter[str] = field(default_factory=Counter)
    skipped_cases: Counter[str] = field(default_factory=Counter)
    ran: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def read_groups(suite: Path, tally: Tally) -> Iterator[Group]:
    """All groups of the suite in their variants, whether we can take them or not."""
    files = sorted(suite.glob("*.json")) + sorted(suite.glob("optional/**/*.json"))
    for path in files:
        name = str(path.relative_to(suite))
        for group in json.loads(path.read_text("utf-8")):
            schema, definitions = hoist(group["schema"])
            if name in ANNOTATIONS or not isinstance(schema, dict):
                tally.left_out["the format is an annotation" if name in ANNOTATIONS else "schema true or false"] += 1
                continue
            yield from read_variants(Group(name, group["description"], schema, definitions, group["tests"]), tally)


def read_variants(group: Group, tally: Tally) -> Iterator[Group]:
    """A group for each shape of value in the cases of a group."""
    for schema, cases in variants(group.schema, group.cases).items():
        if schema == "":
            tally.skipped_cases["a value of another kind than the keyword's, or of several"] += len(cases)
        else:
            yield Group(group.file, group.words, json.loads(schema), group.definitions, cases)


def write_message(folder: Path, group: Group, index: int) -> Path:
    """Write a group's schema as the only field of a message."""
    group.type = f"suite.g{index}.v1"
    inner = {key: value for key, value in group.schema.items() if key != "$schema"}
    message = {
        "x-kervan": {"type": group.type, "topic": "suite", "kind": "reply", "struct": f"g{index}"},
        "type": "object",
        "properties": {"value": inner},
        "required": ["value"],
        "additionalProperties": False,
        "$defs": group.definitions,
    }
    path = folder / f"g{index}.v1.json"
    path.write_text(json.dumps(message), "utf-8")
    return path


def take(schemas: Path, tally: Tally, groups: Iterator[Group]) -> list[Group]:
    """The groups that the generator accepts, written as messages."""
    folder = schemas / "suite"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    taken = []
    for index, group in enumerate(groups):
        path = write_message(folder, group, index)
        try:
            Library(schemas, lenient=True).message(path, Unit("suite"))
            taken.append(group)
        except SchemaError as error:
            path.unlink()
            tally.left_out[_reason(str(error))] += 1
    return taken


def _reason(error: str) -> str:
    """The problem without its place."""
    text = error.split(": ", 1)[1]
    if text.startswith("cannot be read"):
        return "refers to another document"
    keywords = re.search(r"\[(.*)\] is outside", text)
    return f"keyword {keywords[1]}" if keywords else re.sub(r'".*?"', '"..."', text)


def difference(data: Any, valid: bool) -> str | None:
    """Why we judge a case otherwise on purpose, None when we do not."""
    text = json.dumps(data)
    if valid and re.search(r"\d\.\d|\d[eE]", re.sub(r'"[^"]*"', "", text)):
        return "a number with a fraction or an exponent is no integer here"
    if valid and any(len(digits) > 18 for digits in re.findall(r"\d+", text)):
        return "integers have 64 bits"
    if valid and isinstance(data, str) and re.match(r"19[0-6]\d-", data):
        return "instants begin in 1970"
    return None


def build(folder: Path, objects: list[Path], more: list[str]) -> Path:
    """Generate and compile decoders for what was taken; the checker that has them."""
    generated = folder / "gen" / "proto"
    subprocess.run([ROOT / "proto/generate.py", folder / "schemas", generated, "--lenient"], check=True, timeout=60)
    flags = [*more, "-std=c17", "-D_POSIX_C_SOURCE=200809L", "-O0", "-Wall", "-Wextra", "-Werror"]
    flags += [f"-I{ROOT}", f"-I{folder / 'gen'}", "-o"]
    program = folder / "suite-check"
    sources = [*sorted(generated.glob("*.c")), ROOT / "tests/contract/proto_check.c"]
    command = [os.environ.get("CC", "gcc"), *flags, program, *sources, *objects, "-ljansson"]
    subprocess.run(command, check=True, timeout=180)
    return program


def run_cases(program: Path, groups: list[Group], tally: Tally) -> None:
    """Ask for every case and compare the verdicts."""
    asked: list[tuple[Group, dict[str, Any]]] = []
    for group in groups:
        for case in group.cases:
            why = difference(case["data"], case["valid"])
            if why:
                tally.skipped_cases[why] += 1
            else:
                asked.append((group, case))
    lines = (f"{group.type}\t" + json.dumps({"value": case["data"]}) + "\n" for group, case in asked)
    done = subprocess.run([program], input="".join(lines), capture_output=True, text=True, check=True, timeout=60)
    for (group, case), answer in zip(asked, done.stdout.splitlines(), strict=True):
        tally.ran[group.file] += 1
        if answer.startswith("ok") != case["valid"]:
            tally.failures.append(f"{group.file}: {group.words}: {case['description']}: {case['data']!r} gave {answer}")


def report(groups: list[Group], tally: Tally) -> int:
    """Print what ran and what did not, and return the exit status."""
    for file, count in sorted(tally.ran.items()):
        print(f"  {count:4} cases of {file}")
    for why, count in tally.left_out.most_common():
        print(f"  {count:4} schemas left out: {why}")
    for why, count in tally.skipped_cases.most_common():
        print(f"  {count:4} cases left out: {why}")
    for failure in tally.failures:
        print(f"FAIL {failure}")
    ran = tally.ran.total()
    if len(groups) < GROUPS_MIN or ran < CASES_MIN:
        print(f"FAIL only {len(groups)} schemas and {ran} cases ran; at least {GROUPS_MIN} and {CASES_MIN} should")
        return 1
    print(f"suite: {len(groups)} schemas of {len(groups) + tally.left_out.total()}")
    print(f"{ran - len(tally.failures)} passed, {len(tally.failures)} failed")
    return int(bool(tally.failures))


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("objects", type=Path, nargs="+")
    parser.add_argument("--flag", action="append", default=[], help="for the compiler")
    parser.add_argument("--suite", type=Path, default=SUITE)
    options = parser.parse_args()
    tally = Tally()
    groups = take(options.build / "schemas", tally, read_groups(options.suite, tally))
    run_cases(build(options.build, options.objects, options.flag), groups, tally)
    return report(groups, tally)


if __name__ == "__main__":
    sys.exit(main())
