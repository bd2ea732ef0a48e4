#!/usr/bin/python3
"""bench.py - the figures of the whole system on this machine: rate, latency, CPU time, memory.

    make bench                              everything, about fifteen minutes; a table, .run/bench.json, plots
    make bench BENCH="--quick"              short steps, to see that it works
    make bench BENCH="--phases latency --rate 100"
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from shutil import which

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy" / "dev"), str(ROOT / "tests" / "stack"), str(Path(__file__).resolve().parent)]
import bring_up  # noqa: E402
from flood import flood  # noqa: E402
from growth import growth  # noqa: E402
from instances import instances  # noqa: E402
from orders import ITEMS  # noqa: E402
from phases import Bench, Extent, Figures, phase  # noqa: E402
from plots import draw_all  # noqa: E402
from recovery import recovery  # noqa: E402
from rig import Rig  # noqa: E402
from stored import stored  # noqa: E402
import system as whole  # noqa: E402
from system import STANDINS, System  # noqa: E402
from settings import MARKER, run_dir  # noqa: E402
from telling import tell  # noqa: E402

# Phases at a rate, in their order; behind them what is run only when it is asked for.
AT_A_RATE: dict[str, Callable[[Bench, float], Figures]] = {
    "sustained": Bench.sustained, "latency": Bench.latency, "hot": Bench.hot, "statements": Bench.statements,
    "recovery": recovery, "flood": flood, "instances": instances, "stored": stored,
    "growth": growth, "steady": Bench.steady}
OF_ORDERS = ("search", *AT_A_RATE)
ASKED_FOR = ("growth", "steady")
PHASES = ("idle", "floor", *(name for name in OF_ORDERS if name not in ASKED_FOR))
FIRST_RATE = 50.0
OUTSIDE = ROOT / "build/dev/bench/outside"


def measure(system: System, options: argparse.Namespace) -> Figures:
    """All phases that were asked for, in their order; what one of them took is kept, should another not end."""
    extent = Extent(options.quick, options.seconds, options.first, options.flood_seconds, options.stored)
    bench = Bench(Rig(system, f"b{int(time.time()):x}", options.items), extent)
    figures: Figures = {"machine": machine(), "taken_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    for name in ("idle", "floor"):
        if name in options.phases:
            figures |= getattr(bench, name)()
            write(options.output, figures)
    if set(OF_ORDERS) & set(options.phases):
        figures |= bench.prepare(options.goal)
    rate = options.rate
    if "search" in options.phases:
        figures |= bench.search()
        rate = figures["search"]["rate"] or rate
        write(options.output, figures)
    for name, run in AT_A_RATE.items():
        if name in options.phases:
            figures |= run(bench, rate)
            rate = figures.get("whole_orders_per_s") or rate
            write(options.output, figures)
    figures["rss_mb_after"] = {name: round(each, 1) for name, each in bench.rig.programs.rss_mb().items()}
    return figures


def cheap_outside(folder: Path) -> Path:
    """The table of services with the bench's own program in the place of the three stand-ins."""
    if not OUTSIDE.exists():
        raise SystemExit(f"bench: {OUTSIDE} is missing; make bench builds it, --outside python does without")
    table = whole.SERVICES_FILE.read_text()
    for name in STANDINS:
        command = f"tests/standins/{name}.py "
        if command not in table:
            raise SystemExit(f"bench: {whole.SERVICES_FILE} does not start {command}; use --outside python")
        table = table.replace(command, f"{OUTSIDE} {name} ")
    path = folder / "services.txt"
    path.write_text(table)
    return path


def machine() -> Figures:
    """What it ran on."""
    return {"cores": os.cpu_count(), "kernel": platform.release(), "lanes": int(bring_up.LANES),
            "load_average": os.getloadavg()[0]}


def write(path: Path, figures: Figures) -> None:
    """Keep the figures; the run folder gets the mark by which `make run` and `make clean` know it."""
    path.parent.mkdir(exist_ok=True)
    if path.parent == run_dir():
        (path.parent / MARKER).touch()
    path.write_text(json.dumps(figures, indent=1) + "\n")


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description="Measure the whole system on this machine.")
    parser.add_argument("--quick", action="store_true", help="short steps")
    parser.add_argument("--phases", type=lambda text: text.split(","), default=list(PHASES), help=",".join(PHASES))
    parser.add_argument("--rate", type=float, default=FIRST_RATE,
                        help="the highest rate, where no search is to find it")
    parser.add_argument("--first", type=float, default=FIRST_RATE, help="first rate of the search")
    parser.add_argument("--seconds", type=float, default=0, help="length of a step")
    parser.add_argument("--flood-seconds", type=float, default=0, help="length of the flood")
    parser.add_argument("--stored", type=int, default=0, help="how many orders the phase `stored` loads")
    parser.add_argument("--lanes", type=int, default=int(bring_up.LANES), help="lanes of the cluster")
    parser.add_argument("--items", type=int, default=ITEMS, help="how many items are sold")
    parser.add_argument("--goal", help="the stage that orders must come to; found out when not said")
    parser.add_argument("--outside", choices=("c", "python"), default="c",
                        help="payment provider, carrier and mailbox: one cheap program, or the stand-ins of the tests")
    parser.add_argument("--output", type=Path, default=run_dir() / "bench.json")
    options = parser.parse_args()
    if unknown := set(options.phases) - {*PHASES, *OF_ORDERS}:
        parser.error(f"no phase {', '.join(sorted(unknown))}; there are {', '.join(PHASES)} and steady")
    return options


def main() -> None:
    """A system of one's own, measured and taken down."""
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bring_up.LANES = str(options.lanes)
    phase(f"the system, {options.lanes} lanes")
    folder = Path(tempfile.mkdtemp(prefix="kervan-bench-", dir="/tmp"))
    if options.outside == "c":
        whole.SERVICES_FILE = cheap_outside(folder)
    with System(folder=folder) as system:
        figures = measure(system, options) | {"outside": options.outside}
    tell(figures)
    write(options.output, figures)
    print(f"  written to {options.output}")
    for path in draw_all(figures, options.output.parent) if which("gnuplot") else ():
        print(f"  drawn: {path}")


if __name__ == "__main__":
    main()
