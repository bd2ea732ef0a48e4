#!/usr/bin/python3
"""check.py - judges a running Kervan from outside: its databases, its topics, and the books of the world around it.

    tests/checker/check.py --env .run/env

Prints a table of what must always hold. Ends with 1 when something does not, with 2 when it could not look
everywhere. Shares no code with what it judges.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path

from evidence import Answer
from gather import Addresses, await_rest, gather
from judge import RULES, findings_of, judge, report

BOOKS = {"payment_provider": "KERVAN_PAYMENT_URL", "carrier": "KERVAN_CARRIER_URL", "mail_catcher": "KERVAN_MAIL_URL"}
WRONG, NOT_ALL = 1, 2


def read_environment(path: Path) -> dict[str, str]:
    """NAME=value lines as a shell reads them."""
    values = {}
    for line in path.read_text().splitlines():
        words = shlex.split(line.removeprefix("export "), comments=True)
        if words and "=" in words[0]:
            name, _, value = words[0].partition("=")
            values[name] = value
    ports = path.with_name("ports.json")
    if "KERVAN_MAIL_URL" not in values and ports.exists():
        values["KERVAN_MAIL_URL"] = f"http://127.0.0.1:{json.loads(ports.read_text())['KERVAN_MAIL_PORT']}"
    return values


def addresses_of(values: dict[str, str]) -> Addresses:
    """Where everything is, from the variables that `make run` writes."""
    try:
        return Addresses(values["KERVAN_PG_OWNER"], values["KERVAN_KAFKA"], int(values.get("KERVAN_LANES", "12")),
                         {name: values[variable] for name, variable in BOOKS.items() if variable in values})
    except KeyError as error:
        sys.exit(f"check.py: the environment does not say {error}; is the stack running?")


def read_answers(path: Path | None) -> list[Answer]:
    """A journal of what callers were told: a line of JSON each, {"order_id": ..., "status": ...}."""
    lines = path.read_text().splitlines() if path else []
    return [Answer(entry["order_id"], entry["status"]) for entry in map(json.loads, lines)]


def main() -> int:
    """Gather, judge, print."""
    parser = argparse.ArgumentParser(description="Judge a running Kervan from outside.")
    parser.add_argument("--env", type=Path, required=True, help="the file of addresses, such as .run/env")
    parser.add_argument("--answers", type=Path, help="what callers were told, as JSON lines")
    parser.add_argument("--live", action="store_true", help="orders are under way: judge what holds at every moment")
    parser.add_argument("--rule", choices=[rule.name for rule in RULES], help="look for this alone")
    parser.add_argument("--patience-s", type=float, default=30, help="wait so long until all is at rest")
    options = parser.parse_args()
    addresses = addresses_of(read_environment(options.env))
    if not options.live and (left := await_rest(addresses.postgres, options.patience_s)):
        print(f"not at rest after {options.patience_s:g} s: {'; '.join(left[:10])}")
    evidence = gather(addresses)
    evidence.answers = read_answers(options.answers)
    verdicts = judge(evidence, not options.live, options.rule)
    print(report(verdicts))
    if findings_of(verdicts):
        return WRONG
    return NOT_ALL if any(verdict.missing for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
