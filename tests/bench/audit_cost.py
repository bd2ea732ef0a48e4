#!/usr/bin/python3
"""audit_cost.py - what the audit takes: the processor time of its threads and sessions, beside that of everything.

    tests/bench/audit_cost.py [--rate 10] [--seconds 60]

Processor time is counted by thread and by session, so the figures hold on a machine that others use, too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2

sys.path.insert(0, str(Path(__file__).resolve().parent))
from load import Load  # noqa: E402
from processes import TICK_S, UTIME, own_cpu_s  # noqa: E402
from rig import CONNECTIONS, Rig  # noqa: E402
from system import System  # noqa: E402

THREAD = "audit"
SETTLE_S = 20.0
SESSIONS = ("SELECT pid, replace(usename, 'kervan_', ''), application_name LIKE '%% audit' FROM pg_stat_activity "
            "WHERE usename LIKE 'kervan\\_%%' AND usename <> 'kervan_owner'")
Spent = dict[str, list[float]]


def audit_threads_s(pid: int) -> Iterator[float]:
    """Processor time of the auditor's thread of a process, which has a name."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        name, _, rest = (task / "stat").read_text().rpartition(")")
        if name.endswith(f"({THREAD}"):
            fields = rest.split()
            yield (int(fields[UTIME]) + int(fields[UTIME + 1])) * TICK_S


def spent_s(system: System, pids: dict[str, int]) -> Spent:
    """By service: its process, its audit's thread, its sessions, its audit's session."""
    found = {name: [own_cpu_s(pid, False), sum(audit_threads_s(pid)), 0.0, 0.0] for name, pid in pids.items()}
    with closing(psycopg2.connect(system.stack.postgres.conninfo("postgres"))) as connection:
        with connection.cursor() as cursor:
            cursor.execute(SESSIONS)
            for pid, service, audits in cursor.fetchall():
                taken_s = own_cpu_s(pid, False)
                found[service][2] += taken_s
                found[service][3] += taken_s if audits else 0.0
    return found


def table(spent: Spent, orders: int, seconds: float) -> str:
    """A line a service, in ms an order, and all of it."""
    spent |= {"all": [sum(column) for column in zip(*spent.values(), strict=True)]}
    lines = [f"{'ms of processor time an order':30}{'process':>10}{'audit':>10}{'sessions':>10}{'audit':>10}"
             f"{'share':>9}{'of a core':>11}"]
    for service, (process, thread, sessions, session) in spent.items():
        cells = "".join(f"{each / orders * 1000:10.3f}" for each in (process, thread, sessions, session))
        lines.append(f"{service:30}{cells}{(thread + session) / max(process + sessions, TICK_S):9.1%}"
                     f"{(thread + session) / seconds:11.2%}")
    return "\n".join(lines)


def main() -> None:
    """Load at a fixed rate, and the difference of the counters."""
    parser = argparse.ArgumentParser(description="Measure what the audit takes.")
    parser.add_argument("--rate", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with System(folder=Path(tempfile.mkdtemp(prefix="kervan-bench-", dir="/tmp"))) as system:
        rig = Rig(system, f"a{int(time.time()):x}")
        rig.stock()
        pids = {name: system.pid(name) for name in system.services}
        before, began = spent_s(system, pids), time.monotonic()
        requests = rig.shop.requests(round(options.rate * options.seconds))
        load = Load(rig.target.host, rig.target.port, CONNECTIONS)
        statuses = load.run(requests, options.rate, SETTLE_S).statuses()
        load.close()
        if set(statuses) - {201, 202}:
            sys.exit(f"not all orders were taken: answers {statuses}")
        time.sleep(SETTLE_S)
        seconds = time.monotonic() - began
        spent = {name: [max(0.0, now - then) for now, then in zip(each, before[name], strict=True)]
                 for name, each in spent_s(system, pids).items()}
    print(f"{len(requests)} orders, {options.rate:g} a second, {seconds:.0f} s\n{table(spent, len(requests), seconds)}")


if __name__ == "__main__":
    main()
