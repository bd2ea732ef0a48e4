"""judgment.py - what must hold after an attack: the judge of tests/checker, and what it cannot see from one look.

    I1-I4, I6, I7, I10, I11   tests/checker (stock, money, one effect, progress, streams, drained, durable)
    I5    the outbox and the log hold the same numbers
    I8    no program ended by itself; memory, descriptors and threads are back
    I9    the same name was answered with the same order, always
    I12   all is at rest within the row's bound
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence import Evidence  # the lab has put its folder on the path
from gather import await_rest, gather
from judge import judge
from lab import SCHEMAS, WAIT_S, Lab, LabSystem

IDLE_LOOK_S, IDLE_SHARE_MAX = 1.0, 0.25
SLOW_REST_S = 10
# Connections to neighbors are kept for a while, as many as there were calls at once.
GROWTH_BYTES, GROWTH_DESCRIPTORS, GROWTH_THREADS = 48 << 20, 96, 24
CRASH = re.compile(r"exited: (\S+) \((?:terminated by (SIG(?!KILL|TERM)\w+)|exit status (\d+); not expected)")


@dataclass(frozen=True)
class Usage:
    """What a process takes."""

    resident_bytes: int
    descriptors: int
    threads: int


def usage(pid: int) -> Usage:
    """As the kernel counts it."""
    status = Path(f"/proc/{pid}/status").read_text()
    kib = int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]
    threads = int(re.search(r"Threads:\s+(\d+)", status)[1])  # type: ignore[index]
    return Usage(kib << 10, len(list(Path(f"/proc/{pid}/fd").iterdir())), threads)


class Baseline:
    """How the programs were before the attack."""

    def __init__(self, system: LabSystem) -> None:
        """Look now."""
        self.system = system
        self.usages = {name: usage(system.pid(name)) for name in system.services}
        self.log = system.settings.log_dir / "supervisord.log"
        self.read = self.log.stat().st_size

    def ended_by_themselves(self) -> Iterator[str]:
        """Programs of ours that crashed or gave up since; what died by our SIGKILL is none."""
        with self.log.open(errors="replace") as file:
            file.seek(self.read)
            for name, signal_name, status in CRASH.findall(file.read()):
                if name in self.usages:
                    yield f"I8: {name} ended by itself ({signal_name or 'status ' + status})"

    def growth(self) -> list[str]:
        """What is not back to where it was."""
        found = []
        for name, before in self.usages.items():
            now = usage(self.system.pid(name))
            if now.resident_bytes > before.resident_bytes + GROWTH_BYTES:
                found.append(f"I8: {name} takes {now.resident_bytes >> 20} MB, {before.resident_bytes >> 20} before")
            if now.descriptors > before.descriptors + GROWTH_DESCRIPTORS:
                found.append(f"I8: {name} has {now.descriptors} descriptors, {before.descriptors} before")
            if now.threads > before.threads + GROWTH_THREADS:
                found.append(f"I8: {name} has {now.threads} threads, {before.threads} before")
        return found


def processor_s(pid: int) -> float:
    """The processor time that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def supervision(lab: Lab) -> Iterator[str]:
    """I8: who watches programs that died has nothing to do once they are back."""
    pid = lab.system.stack.supervisor.pid()
    if pid is None:
        yield "I8: supervisord does not run"
        return
    before = processor_s(pid)
    time.sleep(IDLE_LOOK_S)
    share = (processor_s(pid) - before) / IDLE_LOOK_S
    lab.figures["supervision_share"] = round(share, 2)
    if share > IDLE_SHARE_MAX:
        yield f"I8: supervisord takes {share:.0%} of a core at rest"


def applied(lab: Lab) -> dict[tuple[str, int], tuple[int, int]]:
    """How far each stream is applied by the slowest of its consumers."""
    found: dict[tuple[str, int], tuple[int, int]] = {}
    for schema in SCHEMAS.values():
        for topic, lane, *number in lab.query(f"SELECT topic, lane, generation, number FROM {schema}.read_position"):
            found[topic, lane] = min(tuple(number), found.get((topic, lane), tuple(number)))
    return found


def same_numbers(lab: Lab, evidence: Evidence) -> Iterator[str]:
    """I5: every row of an outbox is in the log, or was deleted there and is applied."""
    logged = {(record.topic, record.partition, record.generation, record.number)
              for record in evidence.records if record.is_numbered}
    done = applied(lab) if lab.deleted else {}
    for schema in SCHEMAS.values():
        rows = lab.query(f"SELECT topic, lane, generation, number FROM {schema}.outbox")
        for topic, lane, generation, number in rows:
            deleted = topic in lab.deleted and (generation, number) <= done[topic, lane]
            if not deleted and (topic, lane, generation, number) not in logged:
                yield f"I5: {topic}/{lane} {generation}.{number} is in the outbox and not in the log"


def same_answers(lab: Lab) -> Iterator[str]:
    """I9: one name, one order."""
    for ref, told in lab.load.told.items():
        if len(told.ids) > 1:
            yield f"I9: {ref} was answered with {sorted(told.ids)}"


def await_ends(lab: Lab, bound_s: float) -> Iterator[str]:
    """I4, I12: good orders are completed and declined ones canceled, in time; an outage cancels nobody."""
    start = time.monotonic()
    for declined, end in ((False, "completed"), (True, "canceled")):
        left = max(bound_s - (time.monotonic() - start), 1)
        ends = lab.system.wait_over(lab.load.orders(declined), left)
        for order_id, found in ends.items():
            if found != end and "ends" not in lab.allowed:
                yield f"I4: {order_id} ended {found}, not {end}"
    lab.figures["ends_s"] = round(time.monotonic() - start, 2)
    if slow := await_rest(lab.system.addresses().postgres, SLOW_REST_S):
        print(f"    not at rest {SLOW_REST_S} s after the last order: {'; '.join(slow[:5])}", flush=True)
    left_over = await_rest(lab.system.addresses().postgres, max(bound_s - (time.monotonic() - start), 5))
    if left_over:
        yield f"I12: not at rest within {bound_s:g} s: {'; '.join(left_over[:5])}"
    lab.figures["rest_s"] = round(time.monotonic() - start, 2)


def verdicts(lab: Lab) -> Iterator[str]:
    """What the judge from outside says of everything, and what the lab adds."""
    evidence = gather(lab.system.addresses())
    evidence.answers = list(lab.system.answers)
    evidence.mail_copies = lab.system.mail_copies
    evidence.deleted = lab.deleted
    for verdict in judge(evidence):
        if verdict.missing:
            yield f"{verdict.rule.name} could not be judged: {', '.join(verdict.missing)}"
        if verdict.rule.name not in lab.allowed:
            yield from (str(finding) for finding in verdict.findings[:10])
    yield from same_numbers(lab, evidence)


def judge_all(lab: Lab, baseline: Baseline, bound_s: float) -> list[str]:
    """Everything that is wrong after an attack that was healed."""
    found = list(await_ends(lab, bound_s))
    found += list(same_answers(lab))
    found += list(verdicts(lab))
    found += list(supervision(lab))
    if "ended" not in lab.allowed:
        found += list(baseline.ended_by_themselves())
    end = time.monotonic() + WAIT_S
    while (grown := baseline.growth()) and time.monotonic() < end and "growth" not in lab.allowed:
        time.sleep(1)
    return found + ([] if "growth" in lab.allowed else grown)
