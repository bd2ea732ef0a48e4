#!/usr/bin/python3
"""levels_cost.py - how late the level of an item is after it was reserved, and what levels cost.

    tests/bench/levels_cost.py [--orders 600] [--rate 20] [--hot 2]

One half of the orders is of items that are ordered once, the other of `--hot` items that are ordered all the time.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "stack"))
from figures import spread_ms  # noqa: E402
from levels import levels_late_s  # noqa: E402
from processes import Programs  # noqa: E402
from statements import forget_statements, statements_done, watch_statements  # noqa: E402
from system import STANDINS, System, wait_until  # noqa: E402

READY_S = 60


def take(system: System, name: str, changes: dict[str, int], rate: float) -> None:
    """One load: how late, what it cost."""
    for sku, count in changes.items():
        system.add_stock(sku, COST=count)
    programs = Programs({one: system.pid(one) for one in ["postgres", *system.services, *STANDINS]})
    forget_statements(system)
    before = programs.cpu_s()
    late = spread_ms(levels_late_s(system, changes, rate))
    after, orders = programs.cpu_s(), sum(changes.values())
    cpu = {one: 1000 * (after[one] - before.get(one, 0.0)) / orders for one in ("inventory", "postgres")}
    print(f"{name:8}{late}  an order: {statements_done(system) / orders:.1f} statements, "
          f"ms of processor time: inventory {cpu['inventory']:.2f}, postgres {cpu['postgres']:.2f}", flush=True)


def main() -> int:
    """Both, on a system of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--orders", type=int, default=600)
    parser.add_argument("--rate", type=float, default=20.0, help="orders a second")
    parser.add_argument("--hot", type=int, default=2, help="items that share half of the orders")
    options = parser.parse_args()
    with System() as system:
        watch_statements(system)
        wait_until("the system", READY_S, lambda: system.request("GET", "/v1/locations").status == 200)
        system.add_place("COST", automatic=False)
        half = options.orders // 2
        take(system, "warm up", {f"WARM-{number}": 1 for number in range(20)}, options.rate)
        take(system, "once", {f"ONCE-{number}": 1 for number in range(half)}, options.rate)
        take(system, "hot", {f"HOT-{number}": half // options.hot for number in range(options.hot)}, options.rate)
    return 0


if __name__ == "__main__":
    sys.exit(main())
