#!/usr/bin/python3
"""plots.py - draws bench.json with gnuplot: latency over the rate, an order's CPU time, sizes of tables over an hour.

    tests/bench/plots.py [BENCH_JSON [FOLDER]]      .run/bench.json, the folder beside it
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 60
LEAST_MS = 0.02
HEAD = """set terminal svg size 760,420 dynamic font "sans-serif,13" background rgb "white"
set output {output}
set title {title}
set grid ytics lc rgb "#dddddd"
set border 3
set tics nomirror
"""
LATENCY = """set key outside right
set logscale y
set xlabel "orders a second"
set ylabel "ms"
plot for [column=2:{columns}] "-" using 1:column with linespoints lw 2 pt 7 ps 0.6 title columnheader(column)
"""
CPU = """unset key
set style fill solid 0.8
set boxwidth 0.6
set xtics rotate by -35
set yrange [0:]
set ylabel "ms of CPU an order"
plot "-" using 0:2:xtic(1) with boxes lc rgb "#3465a4"
"""
GROWTH = """set key outside right
set xlabel "minutes"
set ylabel "MB"
set yrange [0:]
plot for [column=2:{columns}] "-" using 1:column with lines lw 2 title columnheader(column)
"""
PERCENTILES = ("p50", "p90", "p99", "p99.9")
Figures = dict[str, Any]


def quoted(text: str) -> str:
    """A string as gnuplot reads it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def latency_data(figures: Figures) -> list[str]:
    """A head line, then a line a rate: rate, and percentiles of confirmed and completed."""
    columns = [(stage, percent) for stage in ("confirmed", "completed") for percent in PERCENTILES]
    lines = [" ".join(["rate", *(quoted(f"{stage} {percent}") for stage, percent in columns)])]
    for step in figures["latency"].values():
        stages = step["stages_ms"]
        lines.append(" ".join([f"{step['rate']:.1f}", *(str(stages[stage][percent]) for stage, percent in columns)]))
    return lines


def cpu_data(figures: Figures) -> list[str]:
    """A line a process: name, milliseconds an order; most first, parts of a process left out."""
    spent = {name: each for name, each in figures["cpu_ms_per_order"].items() if "/" not in name or "bench" in name}
    return [f"{quoted(name)} {each}" for name, each in sorted(spent.items(), key=lambda item: -item[1])
            if each >= LEAST_MS]


def growth_data(figures: Figures) -> list[str]:
    """A head line, then a line a look: minutes, and the size of each kind of table."""
    samples = figures["growth"]["samples"]
    kinds = sorted(samples[-1]["mb"], key=lambda kind: -samples[-1]["mb"][kind])
    return [" ".join(["minutes", *map(quoted, kinds)]),
            *(" ".join(str(value) for value in (one["at_s"] / 60, *(one["mb"][kind] for kind in kinds)))
              for one in samples)]


def draw(output: Path, title: str, plot: str, data: list[str], columns: int = 2) -> None:
    """Run gnuplot; the data is said once for each line that it draws."""
    script = HEAD.format(output=quoted(str(output)), title=quoted(title)) + plot.replace("{columns}", str(columns))
    script += ("\n".join([*data, "e"]) + "\n") * (columns - 1)
    done = subprocess.run(["gnuplot"], input=script, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    if done.returncode != 0:
        sys.exit(f"gnuplot could not draw {output}: {done.stderr[-1000:]}")


def draw_all(figures: Figures, folder: Path) -> list[Path]:
    """Every plot that the figures are there for."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    if figures.get("latency"):
        drawn.append(folder / "bench-latency.svg")
        draw(drawn[-1], "From the request to the fact", LATENCY, latency_data(figures),
             len(PERCENTILES) * 2 + 1)
    if figures.get("cpu_ms_per_order"):
        drawn.append(folder / "bench-cpu.svg")
        draw(drawn[-1], f"CPU time of an order at {figures['whole_orders_per_s']:g}/s", CPU, cpu_data(figures))
    if figures.get("growth"):
        drawn.append(folder / "bench-growth.svg")
        draw(drawn[-1], f"Tables at {figures['growth']['rate']:g} orders a second", GROWTH, growth_data(figures),
             len(figures["growth"]["samples"][-1]["mb"]) + 1)
    return drawn


def main() -> None:
    """What the arguments name."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".run/bench.json"
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else source.parent
    for path in draw_all(json.loads(source.read_text()), folder):
        print(f"  drawn: {path}")


if __name__ == "__main__":
    main()
