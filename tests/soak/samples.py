"""samples.py - what every service takes, looked at again and again, and whether it comes back to what it was.

A baseline is the median over the first quiet minute of a process that has worked before; who was started anew gets a
new one. At the end the median over the last quiet minute is held against it.
"""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

import psycopg2
from judgment import usage
from lab import Lab

EVERY_S = 10.0
SESSIONS = ("SELECT usename, count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
            "AND usename LIKE 'kervan\\_%' GROUP BY 1")
ROLE_PREFIX = "kervan_"
Figures = dict[str, float]


@dataclass(frozen=True)
class Tolerance:
    """How much more than before is no growth: so much, or that share of it, whichever is more; and why.

    What is not above `always` is none either: a bound that the program keeps itself.
    """

    more: float
    share: float
    why: str
    always: float = 0

    def allowed(self, before: float) -> float:
        """The most that counts as the same."""
        return max(self.always, before + max(self.more, before * self.share))


TOLERANCES = {
    "rss_mb": Tolerance(8, 0.15, "code that was run for the first time, and what the allocator keeps after a burst: a "
                                 "backlog that an outage left is the largest batch of a life"),
    "descriptors": Tolerance(8, 0, "kept connections to neighbors and brokers, as many as the busiest moment needed"),
    "threads": Tolerance(4, 0, "the Kafka client keeps a thread a broker it has known, and ends it late"),
    "connections": Tolerance(1, 0, "a session that the server has not yet seen the end of; a pool holds as many as its "
                                   "busiest moment needed, six with those of worker and auditor", always=6),
}


@dataclass(frozen=True)
class Sample:
    """One look at one service; `part` is the part of the run."""

    at_s: float
    part: str
    service: str
    pid: int
    figures: Figures


@dataclass(frozen=True)
class Comparison:
    """A service's figure before and after, as far as both are known of the same process."""

    service: str
    figure: str
    baseline: float | None
    end: float
    since: str
    highest: float

    @property
    def has_grown(self) -> bool:
        """Is it more than what the tolerance lets pass?"""
        return self.baseline is not None and self.end > TOLERANCES[self.figure].allowed(self.baseline)


class Sampler:
    """A thread that looks every ten seconds."""

    def __init__(self, lab: Lab) -> None:
        """Begin; `part` says what the samples belong to."""
        self.lab, self.part = lab, "start"
        self.samples: list[Sample] = []
        self._began = time.monotonic()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No more samples."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_S - (time.monotonic() - self._began) % EVERY_S):
            self.samples += self._look()

    def _look(self) -> list[Sample]:
        """Whoever runs at this moment; who is just being started anew is left out."""
        at_s, part, found = round(time.monotonic() - self._began, 1), self.part, []
        states, sessions = self.lab.system.stack.supervisor.states(), self._sessions()
        for service in self.lab.system.services:
            pid = int(states[service]["pid"])
            with contextlib.suppress(OSError, TypeError):
                taken = usage(pid)
                figures = {"rss_mb": round(taken.resident_bytes / (1 << 20), 2), "descriptors": taken.descriptors,
                           "threads": taken.threads}
                if sessions is not None:
                    figures["connections"] = sessions.get(service, 0)
                found.append(Sample(at_s, part, service, pid, figures))
        return found

    def _sessions(self) -> dict[str, int] | None:
        """Sessions of each service as the database counts them; nothing while it is away."""
        try:
            return {role.removeprefix(ROLE_PREFIX): count for role, count in self.lab.query(SESSIONS)}
        except psycopg2.Error:
            return None


def medians(samples: Iterable[Sample]) -> Figures:
    """Of each figure."""
    values: dict[str, list[float]] = {}
    for sample in samples:
        for name, value in sample.figures.items():
            values.setdefault(name, []).append(value)
    return {name: round(statistics.median(each), 2) for name, each in values.items()}


def by_process(samples: Iterable[Sample]) -> dict[tuple[str, int], list[Sample]]:
    """The samples of each life of each service."""
    found: dict[tuple[str, int], list[Sample]] = {}
    for sample in samples:
        found.setdefault((sample.service, sample.pid), []).append(sample)
    return found


def compare(samples: list[Sample], quiet_parts: list[str]) -> list[Comparison]:
    """Every figure of every service at the end, against the first quiet part that the same process has seen."""
    *earlier, last = quiet_parts
    lives, found = by_process(samples), []
    for (service, _), life in lives.items():
        end = medians(sample for sample in life if sample.part == last)
        since = next((part for part in earlier if any(sample.part == part for sample in life)), "")
        baseline = medians(sample for sample in life if since and sample.part == since)
        for figure, value in end.items():
            highest = max(sample.figures.get(figure, 0.0) for sample in life)
            found.append(Comparison(service, figure, baseline.get(figure), value, since, highest))
    return found


def grown(comparisons: Iterable[Comparison]) -> list[str]:
    """What did not come back, in words."""
    return [f"{one.service}: {one.figure} {one.end:g} at the end, {one.baseline:g} after {one.since}, "
            f"at most {TOLERANCES[one.figure].allowed(one.baseline or 0):g} is the same"
            for one in comparisons if one.has_grown]


def table(comparisons: list[Comparison]) -> str:
    """A line a service, with each figure before, after, and at its highest."""
    names = list(TOLERANCES)
    lines = [f"{'':14}" + "".join(f"{name:>28}" for name in names) + "   baseline"]
    for service in dict.fromkeys(one.service for one in comparisons):
        own = {one.figure: one for one in comparisons if one.service == service}
        cells = [f"{cell(own[name]):>28}" if name in own else f"{'':28}" for name in names]
        since = next(iter(own.values())).since or "none: started anew"
        lines.append(f"{service:14}" + "".join(cells) + f"   {since}")
    return "\n".join(lines)


def cell(one: Comparison) -> str:
    """Before, after and the highest; a mark where it has grown."""
    before = "?" if one.baseline is None else f"{one.baseline:g}"
    return f"{'! ' if one.has_grown else ''}{before} > {one.end:g} (max {one.highest:g})"
