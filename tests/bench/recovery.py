"""recovery.py - services that die at full load: how long until each carries it again, and how long lag stays behind."""

from __future__ import annotations

import os
import signal
import threading
import time
import urllib.request
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

import psycopg2
from confluent_kafka import Consumer, TopicPartition

from flood import lost_orders
from load import Load, Outcome
from phases import Bench, Figures, phase
from processes import TICK_S, stat_fields
from rig import CONNECTIONS, Rig
from step import DRAIN_S, SETTLE_S, Goal, Seen, await_goal, own_facts
from system import System
from watch import TOPICS, Watch

# What a service says when it has done its part of an order.
STAGE_OF = {"gateway": "placed", "order": "confirmed", "inventory": "reserved", "payment": "authorized",
            "fulfillment": "packed", "shipping": "labeled", "notification": "told"}
# Comes as long after the others as the carrier takes: where all die, what it shows is a gap of theirs.
LAST_STAGE = "told"
THROUGH = Goal("completed", True)
# Seconds: of load before the first death, after each, after that of all; at length and in short.
LEAD_S, GAP_S, LAST_GAP_S = (5.0, 2.0), (10.0, 4.0), (20.0, 6.0)
# A load without deaths, to see how long lag stays after its end.
CALM_S = (20.0, 2.0)
BACK_TIMEOUT_S, READY_POLL_S, READY_TIMEOUT_S = 60.0, 0.005, 1.0
# Full speed: four fifths of what is offered, over a second, or over as long as thirty orders take; batches are shorter.
SPEED_SHARE, WINDOW_S, WINDOW_ORDERS, STRIDE_S, STEADY_S = 0.8, 1.0, 30, 0.05, 2.0
LAG_TIMEOUT_S, LAG_POLL_S = 60.0, 0.01
STARTED, AT_END = 19, -1
Ends = dict[tuple[str, int], int]


@dataclass
class Death:
    """Services that die together, when, and how long after their start they were ready again."""

    names: tuple[str, ...]
    due_s: float
    at: float = 0.0
    ready_ms: dict[str, float] = field(default_factory=dict)


def recovery(bench: Bench, full: float, victims: tuple[str, ...] = tuple(STAGE_OF)) -> Figures:
    """Each dies at rest; then each, and all at once, at the sustained rate; then a load that nobody dies under."""
    phase(f"deaths at {full:.1f}/s")
    rig = bench.rig
    at_rest = {name: die(rig.system, (name,)).ready_ms[name] for name in victims}
    deaths = planned(victims, bench.quick)
    watch = Watch(rig.kafka, TOPICS)
    load = Load(rig.target.host, rig.target.port, CONNECTIONS)
    outcome = load_with_deaths(rig, load, full, deaths, LAST_GAP_S[bench.quick])
    await_goal(THROUGH, watch, len(outcome.due), time.monotonic() + DRAIN_S)
    calm = load.run(rig.shop.requests(max(1, round(CALM_S[bench.quick] * full))), full, SETTLE_S)
    lag_ms = lag_zero_ms(rig)
    load.close()
    await_goal(THROUGH, watch, len(outcome.due) + len(calm.due), time.monotonic() + DRAIN_S)
    seen = watch.stop()
    lost = lost_orders(outcome, seen) | lost_orders(calm, seen)
    rig.left_behind = bool(lost)
    found = {"rate": full, "statuses": outcome.statuses(), "lost": len(lost), "lost_orders": sorted(lost)[:10],
             "slow_share": {stage: slow_share(list(own_facts(calm, seen)[stage].values()), full)
                            for stage in STAGE_OF.values()},
             "services": dict(told(deaths, own_facts(outcome, seen), outcome, full))}
    figures = {"recovery": found, "start_to_ready_ms": at_rest, "lag_zero_ms": lag_ms,
               "full_speed_s": {name: one["full_speed_s"] for name, one in found["services"].items()}}
    say(figures)
    return figures


def load_with_deaths(rig: Rig, load: Load, rate: float, deaths: list[Death], last_gap_s: float) -> Outcome:
    """The load, and deaths while it runs; a storefront sends again what its connection lost."""
    reaper = threading.Thread(target=reap, args=(rig.system, deaths), daemon=True)
    reaper.start()
    orders = max(1, round((deaths[-1].due_s + last_gap_s) * rate))
    outcome = load.run(rig.shop.requests(orders), rate, SETTLE_S, again=True)
    reaper.join(BACK_TIMEOUT_S)
    if not all(death.ready_ms for death in deaths):
        raise RuntimeError("not every service that was killed came back")
    rig.know_programs()
    return outcome


def planned(victims: tuple[str, ...], quick: bool) -> list[Death]:
    """One death after the other, and that of all services at the end."""
    first = [Death((name,), LEAD_S[quick] + number * GAP_S[quick]) for number, name in enumerate(victims)]
    return [*first, Death(tuple(STAGE_OF), LEAD_S[quick] + len(first) * GAP_S[quick])]


def reap(system: System, deaths: list[Death]) -> None:
    """Let everybody die when it is due; who took longer to come back than the pause moves what follows."""
    began = time.monotonic()
    for death in deaths:
        time.sleep(max(0.0, began + death.due_s - time.monotonic()))
        done = die(system, death.names)
        death.at, death.ready_ms = done.at, done.ready_ms


def die(system: System, names: tuple[str, ...]) -> Death:
    """kill -9, and wait until supervisord has started each anew and it is ready."""
    pids = [system.pid(name) for name in names]
    at = time.monotonic()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return Death(names, 0.0, at, await_ready(system, names))


def await_ready(system: System, names: Iterable[str]) -> dict[str, float]:
    """Until each answers that it is ready: how long after the start of its process, in ms, to 10 ms."""
    waiting, ready_at = set(names), {}
    deadline = time.monotonic() + BACK_TIMEOUT_S
    while waiting:
        for name in [one for one in sorted(waiting) if is_ready(f"{system.address(one)}/readyz")]:
            ready_at[name] = time.clock_gettime(time.CLOCK_BOOTTIME)
            waiting.discard(name)
        if time.monotonic() > deadline:
            raise RuntimeError(f"{', '.join(sorted(waiting))} did not come back within {BACK_TIMEOUT_S:g} s")
        time.sleep(READY_POLL_S)
    return {name: round((at - started_at(system.pid(name))) * 1000, 0) for name, at in ready_at.items()}


def is_ready(url: str) -> bool:
    """Does it answer with 200?"""
    try:
        with urllib.request.urlopen(url, timeout=READY_TIMEOUT_S) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def started_at(pid: int) -> float:
    """When a process began, in seconds since the machine did."""
    return int(stat_fields(pid)[STARTED]) * TICK_S


def told(deaths: list[Death], seen: Seen, outcome: Outcome, rate: float) -> Iterable[tuple[str, Figures]]:
    """What came of each death, until the next one or the end of the load."""
    ends = [*(death.at for death in deaths[1:]), outcome.due[-1]]
    for death, end in zip(deaths, ends, strict=True):
        stages = {STAGE_OF[name]: full_speed_s(list(seen[STAGE_OF[name]].values()), death.at, end, rate)
                  for name in death.names}
        name = death.names[0] if len(death.names) == 1 else "all"
        counted = [each for stage, each in stages.items() if name != "all" or stage != LAST_STAGE]
        yield name, {"full_speed_s": None if None in counted else max(each for each in counted if each is not None),
                     "by_stage_s": stages, "ready_ms": death.ready_ms}


def windows(times: list[float], begin: float, end: float, rate: float) -> Iterator[tuple[float, bool]]:
    """The ends of windows that begin one soon after the other, and whether less was done in each than full speed is."""
    times, length, number = sorted(times), max(WINDOW_S, WINDOW_ORDERS / rate), 0
    while (at := begin + number * STRIDE_S) + length <= end:
        yield at + length, bisect_left(times, at + length) - bisect_left(times, at) < SPEED_SHARE * rate * length
        number += 1


def full_speed_s(times: list[float], died: float, end: float, rate: float) -> float | None:
    """When the last slow window ended before some seconds without one; None: there are none before the end."""
    since = first = died
    for at, slow in windows(times, died, end, rate):
        first = at if first == died else first
        since = at if slow else since
        if at - max(since, first) >= STEADY_S:
            return round(since - died, 2)
    return None


def slow_share(times: list[float], rate: float) -> float:
    """How many windows are slow though nobody died, from the first fact to the last."""
    slow = [each for _, each in windows(times, min(times, default=0.0), max(times, default=0.0), rate)]
    return round(sum(slow) / max(1, len(slow)), 3)


def say(figures: Figures) -> None:
    """A line a death."""
    found, at_rest = figures["recovery"], figures["start_to_ready_ms"]
    print(f"  answers {found['statuses']}, {found['lost']} lost, no lag {figures['lag_zero_ms']} ms after a load",
          flush=True)
    for name, one in found["services"].items():
        print(f"  {name:<13} full speed after {one['full_speed_s']} s ({one['by_stage_s']}), ready after "
              f"{one['ready_ms']} ms, at rest {at_rest.get(name, '')}", flush=True)


# Lag, from outside.


def lag_zero_ms(rig: Rig) -> float | None:
    """How long until every service has handled all that is in the log now; None: longer than is waited for."""
    began = time.monotonic()
    with closing(psycopg2.connect(rig.system.stack.postgres.conninfo("postgres"))) as connection:
        connection.autocommit = True
        positions = positions_query(connection)
        ends = log_ends(rig.kafka)
        while behind(connection, positions, ends):
            if time.monotonic() > began + LAG_TIMEOUT_S:
                return None
            time.sleep(LAG_POLL_S)
    return round((time.monotonic() - began) * 1000, 0)


def positions_query(connection: psycopg2.extensions.connection) -> str:
    """Asks how far each lane of each service has handled each topic."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'read_position'")
        return " UNION ALL ".join(f"SELECT topic, lane, next_offset FROM {schema}.read_position"
                                  for schema, in cursor.fetchall())


def log_ends(bootstrap: str) -> Ends:
    """Where each partition ends, asked for all at once."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "bench-ends", "enable.auto.commit": False})
    try:
        wanted = [TopicPartition(topic, partition, AT_END)
                  for topic, known in consumer.list_topics(timeout=10).topics.items() for partition in known.partitions]
        return {(one.topic, one.partition): one.offset for one in consumer.offsets_for_times(wanted, timeout=10)}
    finally:
        consumer.close()


def behind(connection: psycopg2.extensions.connection, positions: str, ends: Ends) -> bool:
    """Has somebody something to handle that was in the log then?"""
    with connection.cursor() as cursor:
        cursor.execute(positions)
        return any(offset < ends.get((topic, lane), 0) for topic, lane, offset in cursor.fetchall())
