"""processes.py - CPU time and resident memory of programs, with all their children, from /proc."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGESIZE") / 1e6
UTIME, CUTIME, PARENT = 11, 13, 1


def stat_fields(pid: int) -> list[str]:
    """What follows the name in /proc/PID/stat; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return []


def children() -> dict[int, list[int]]:
    """The children of every process."""
    found: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        fields = stat_fields(int(entry)) if entry.isdigit() else []
        if fields:
            found.setdefault(int(fields[PARENT]), []).append(int(entry))
    return found


def own_cpu_s(pid: int, with_reaped: bool) -> float:
    """CPU time of one process, and of its children that are gone already."""
    fields = stat_fields(pid)
    if not fields:
        return 0.0
    last = CUTIME + 2 if with_reaped else CUTIME
    return sum(int(field) for field in fields[UTIME:last]) * TICK_S


def tree_cpu_s(pid: int, below: dict[int, list[int]]) -> float:
    """CPU time of a process, its living children, and those that are gone."""
    return own_cpu_s(pid, True) + sum(tree_cpu_s(child, below) for child in below.get(pid, ()))


def tree_rss_mb(pid: int, below: dict[int, list[int]]) -> float:
    """Resident memory; pages that children share count more than once."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        pages = 0
    return pages * PAGE_MB + sum(tree_rss_mb(child, below) for child in below.get(pid, ()))


def session_role(pid: int) -> str:
    """Whom a PostgreSQL backend works for, as its title says: a role, or a process of the server's own."""
    try:
        title = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode(errors="replace")
    except OSError:
        return ""
    found = re.match(r"postgres: (?:kervan_)?(\w+) kervan ", title)
    return found.group(1) if found else re.sub(r"^postgres: ", "", title).strip().replace(" ", "-")


class Programs:
    """The programs whose cost is told, by name."""

    def __init__(self, pids: dict[str, int]) -> None:
        """`postgres` is told apart by role, too; those in `alone` have children that are told apart."""
        self.pids = pids
        self.alone: dict[str, int] = {}

    def cpu_s(self) -> dict[str, float]:
        """CPU time so far; postgres/ROLE is a part of postgres."""
        below = children()
        spent = {name: tree_cpu_s(pid, below) for name, pid in self.pids.items()}
        for pid in below.get(self.pids.get("postgres", -1), ()):
            name = f"postgres/{session_role(pid)}"
            spent[name] = spent.get(name, 0.0) + own_cpu_s(pid, True)
        return spent | {name: own_cpu_s(pid, False) for name, pid in self.alone.items()}

    def rss_mb(self) -> dict[str, float]:
        """Resident memory."""
        below = children()
        return {name: tree_rss_mb(pid, below) for name, pid in self.pids.items()}

    def cpu_since(self, before: dict[str, float]) -> dict[str, float]:
        """CPU time since a former cpu_s(); a session that ended meanwhile is in postgres alone."""
        return {name: max(0.0, spent - before.get(name, 0.0)) for name, spent in self.cpu_s().items()}


@dataclass(frozen=True)
class Machine:
    """CPU time of the whole machine so far, over all cores: on work, and idle while a disk was waited for."""

    busy_s: float
    disk_s: float

    @staticmethod
    def now() -> Machine:
        """As /proc/stat has it."""
        first = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
        user, nice, system, _, disk, interrupts, soft = (int(field) for field in first[:7])
        return Machine((user + nice + system + interrupts + soft) * TICK_S, disk * TICK_S)
