#!/usr/bin/python3
"""Holds the generated decoders against jsonschema, on thousands of mutated messages.

    tests/contract/messages_test.py PROTO_CHECK SCHEMAS [--count N] [--seed N]

For every message type: its examples are valid; the verdict on each mutation is that of the model, and
so are the pointers to what is wrong; what is valid comes back from decode and encode as it went in.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from model import Contracts, Verdict, instant_ms  # noqa: E402
from mutate import Mutator  # noqa: E402

VIOLATIONS_MAX = 20
POINTER_MAX = 150
FAILURES_SHOWN = 10


@dataclass
class Case:
    """A message with what we expect of it."""

    name: str
    data: bytes
    verdict: Verdict


def check_examples(contracts: Contracts, name: str) -> list[bytes]:
    """The examples of a message, which must be valid."""
    texts = [json.dumps(example).encode() for example in contracts.messages[name]["examples"]]
    for text in texts:
        verdict = contracts.judge(name, text)
        if not verdict.valid:
            raise SystemExit(f"{name}: an example is not valid at {sorted(verdict.pointers)}: {text!r}")
    return texts


def cases_of(contracts: Contracts, name: str, options: argparse.Namespace) -> list[Case]:
    """The examples of a message and their mutations."""
    mutator = Mutator(contracts, name, options.seed)
    examples = contracts.messages[name]["examples"]
    texts = check_examples(contracts, name)
    texts += [mutator.make(mutator.random.choice(examples)) for _ in range(options.count)]
    return [Case(name, data, contracts.judge(name, data)) for data in texts]


def ask(program: Path, cases: list[Case]) -> list[bytes]:
    """The program's line for each case."""
    lines = (case.name.encode() + b"\t" + case.data + b"\n" for case in cases)
    done = subprocess.run([program], input=b"".join(lines), capture_output=True, timeout=120)
    answers = done.stdout.split(b"\n")[:-1]
    if done.returncode != 0 or len(answers) != len(cases):
        raise SystemExit(f"{program} ended with {done.returncode} after {len(answers)} lines:\n{done.stderr.decode()}")
    return answers


def problem(contracts: Contracts, case: Case, answer: bytes) -> str | None:
    """What is wrong with an answer, None when nothing is."""
    verdict, _, rest = answer.partition(b"\t")
    expected = b"ok" if case.verdict.valid else b"input"
    if verdict != expected:
        return f"expected {expected.decode()} {sorted(case.verdict.pointers)}, got {answer[:300]!r}"
    if case.verdict.valid:
        return _value_problem(contracts, case, rest)
    found = {part.rsplit(b" ", 1)[0].decode().replace("<nul>", "") for part in rest.split(b"\t")}
    wanted = case.verdict.pointers
    long = any(len(pointer.encode()) > POINTER_MAX for pointer in wanted)
    too_many = len(rest.split(b"\t")) >= VIOLATIONS_MAX or long
    if too_many or found == wanted or (not case.verdict.exact and found <= wanted):
        return None
    return f"expected pointers {sorted(wanted)}, got {sorted(found)}"


def _value_problem(contracts: Contracts, case: Case, encoded: bytes) -> str | None:
    wanted = contracts.project(case.name, case.verdict.value)
    got = contracts.project(case.name, json.loads(encoded))
    if wanted != got:
        return f"came back as {encoded[:500]!r}"
    compact = json.dumps(json.loads(encoded), ensure_ascii=False, separators=(",", ":"))
    if compact.encode() != encoded:
        return f"is not compact: {encoded[:500]!r}"
    return None


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("schemas", type=Path)
    parser.add_argument("--count", type=int, default=150, help="mutations of each message type")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    assert instant_ms("2026-03-01T09:30:00.000Z") == 1772357400000
    options.program = options.program.resolve()
    contracts = Contracts(options.schemas)
    seen: Counter[str] = Counter()
    for name in contracts.messages:
        if contracts.messages[name]["x-kervan"]["kind"] == "view":
            check_examples(contracts, name)
            continue
        cases = cases_of(contracts, name, options)
        for case, answer in zip(cases, ask(options.program, cases), strict=True):
            seen["valid" if case.verdict.valid else "invalid"] += 1
            if wrong := problem(contracts, case, answer):
                seen["failed"] += 1
                if seen["failed"] <= FAILURES_SHOWN:
                    print(f"FAIL {name}\n  {case.data[:600]!r}\n  {wrong}")
    total = seen["valid"] + seen["invalid"]
    verdicts = f"{seen['valid']} valid, {seen['invalid']} invalid"
    print(f"messages: {len(contracts.messages)} types, {verdicts}, seed {options.seed}")
    print(f"{total - seen['failed']} passed, {seen['failed']} failed")
    return int(seen["failed"] > 0 or min(seen["valid"], seen["invalid"]) < total // 20)


if __name__ == "__main__":
    sys.exit(main())
