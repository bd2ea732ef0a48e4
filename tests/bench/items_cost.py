#!/usr/bin/python3
"""items_cost.py - what an import of items takes: its time, and the processor time of each program.

    tests/bench/items_cost.py [--items 100000] [--places 5] [--lines 1000]

Every item has stock in every place.  The time is that of `kervan items import`, from its start to its last result.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psycopg2

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "stack"))
from processes import Programs  # noqa: E402
from rig import messages_in  # noqa: E402
from system import COMMAND_LINE, STANDINS, System  # noqa: E402

PATIENCE_S = 1800
LEAST_MS = 0.005


def write_items(path: Path, items: int, places: list[str]) -> None:
    """One line an item, with so many pieces in each place."""
    with path.open("w") as file:
        for number in range(items):
            stock = [{"location": place, "on_hand": 10 + number % 90} for place in places]
            file.write(json.dumps({"sku": f"COST-{number:07d}", "item": {"name": f"Item {number}"},
                                   "stock": stock}) + "\n")


def import_file(system: System, path: Path, lines: int) -> str:
    """What the command says of it."""
    environment = os.environ | {"KERVAN_URL": system.address("gateway"), "KERVAN_STAFF_KEY": system.key}
    words = [str(COMMAND_LINE), "items", "import", str(path), "--lines", str(lines)]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=True, timeout=PATIENCE_S).stdout


def rows(system: System, query: str) -> int:
    """The answer, a number."""
    with closing(psycopg2.connect(system.stack.postgres.conninfo("postgres"))) as connection:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return int(cursor.fetchone()[0])


def show(spent: dict[str, float], items: int, seconds: float) -> None:
    """A line a program, in ms an item and seconds."""
    print(f"{'program':30}{'ms an item':>12}{'s':>9}")
    for name, cpu_s in sorted(spent.items(), key=lambda one: -one[1]):
        if cpu_s * 1000 / items >= LEAST_MS:
            print(f"{name:30}{cpu_s * 1000 / items:12.3f}{cpu_s:9.1f}")
    whole_s = sum(cpu_s for name, cpu_s in spent.items() if "/" not in name)
    print(f"{'all':30}{whole_s * 1000 / items:12.3f}{whole_s:9.1f}   of {os.cpu_count()} cores in {seconds:.1f} s")


def main() -> int:
    """Take it once, on a system of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=100000)
    parser.add_argument("--places", type=int, default=5)
    parser.add_argument("--lines", type=int, default=1000, help="of a request")
    options = parser.parse_args()
    system = System()
    try:
        system.start()
        places = [f"COST-{number}" for number in range(options.places)]
        for place in places:
            system.add_place(place)
        programs = Programs({name: system.pid(name) for name in ["postgres", "kafka", *system.services, *STANDINS]})
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "items.ndjson"
            write_items(path, options.items, places)
            before, messages, began = programs.cpu_s(), messages_in(system.stack.kafka.bootstrap), time.monotonic()
            print(import_file(system, path, options.lines).strip().splitlines()[-1])
            seconds = time.monotonic() - began
        after = programs.cpu_s()
        told = messages_in(system.stack.kafka.bootstrap) - messages
        made = rows(system, "SELECT count(*) FROM inventory.stock_ledger WHERE sku LIKE 'COST-%'")
        print(f"{options.items} items with stock in {options.places} places in {seconds:.1f} s; {made} ledger lines, "
              f"{told / options.items:.2f} messages an item")
        show({name: cpu_s - before.get(name, 0.0) for name, cpu_s in after.items()}, options.items, seconds)
        return 0 if made == options.items * options.places else 1
    finally:
        system.close()


if __name__ == "__main__":
    sys.exit(main())
