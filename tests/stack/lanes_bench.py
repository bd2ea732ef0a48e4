#!/usr/bin/python3
"""lanes_bench - what a message costs on its way through two services on real servers: rate, CPU, memory, start."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lane_stack import LANES, LaneStack, wait_for  # noqa: E402
from testenv import Servers  # noqa: E402

PINGS = int(os.environ.get("LANES_BENCH_PINGS", "100000"))
REST_S = 5
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE_KB = os.sysconf("SC_PAGESIZE") // 1024


def cpu_s(stack: LaneStack) -> float:
    """CPU time of all processes so far."""
    total = 0
    for process in stack.processes.values():
        fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total * TICK_S


def resident_kb(stack: LaneStack) -> dict[str, int]:
    """Resident memory of each process."""
    return {name: int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * PAGE_KB
            for name, process in stack.processes.items()}


def lanes_held(stack: LaneStack) -> int:
    """Lanes under a live lease, both services together."""
    return sum(int(str(stack.query(f"SELECT count(*) FROM {schema}.lane WHERE lease_until > clock_timestamp()")[0][0]))
               for schema in ("relay", "count"))


def measure(stack: LaneStack) -> None:
    """Start, rest, load; print a line a figure."""
    began = time.monotonic()
    stack.start("relay", "relay-1")
    stack.start("count", "count-1")
    wait_for("all lanes held", lambda: lanes_held(stack) == 2 * LANES, 20, 0.01)
    print(f"start to all lanes of both services held: {time.monotonic() - began:.2f} s")
    time.sleep(REST_S)
    print(f"resident at rest, kB: {resident_kb(stack)}")
    before = cpu_s(stack)
    began = time.monotonic()
    stack.send(PINGS)
    stack.producer.flush(60)
    wait_for("all pings counted", lambda: stack.counted() >= PINGS, 120, 0.1)
    seconds = time.monotonic() - began
    print(f"messages a second: {PINGS / seconds:.0f}")
    print(f"CPU a message and service, µs: {(cpu_s(stack) - before) / PINGS / 2 * 1e6:.1f}")
    print(f"resident after it, kB: {resident_kb(stack)}")


def main() -> None:
    """Servers of one's own, two services, one measurement."""
    with Servers(postgres=True, kafka=True, postgres_settings={"fsync": "on"}) as servers:
        stack = LaneStack(servers)
        stack.prepare()
        try:
            measure(stack)
        finally:
            stack.close()


if __name__ == "__main__":
    main()
