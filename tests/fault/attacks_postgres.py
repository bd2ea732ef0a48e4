"""attacks_postgres.py - rows 15 to 20: a database that dies, throws everybody out, is cut off, locked and held up."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

from lab import ITEMS, LANES, SCHEMAS, Lab, postgres_link
from proxy import TO_CLIENT, TO_SERVER, Trap

POSTGRES = "postgres"
LOCKED_S, SNAPSHOT_S, SNAPSHOT_LONG_S = 30, 40, 600
STORM_S, STORM_LONG_S, STORM_EVERY_S = 12, 60, 2
COMMIT_ANSWER = b"C\x00\x00\x00\x0bCOMMIT\x00"
# Bind of the unnamed portal to the statement that the runtime prepares under this name.
COMMIT_REQUEST = b"\x00commit\x00"
CALLERS = 32


def immediate(lab: Lab) -> None:
    """15: as by `pg_ctl stop -m immediate`: no checkpoint, recovery from the log of changes, twice."""
    for _ in range(4 if lab.long else 2):
        server = lab.system.stack.postgres.pid()
        if server is None:
            raise AssertionError("PostgreSQL does not run")
        with lab.timed("orders_again_s"):
            os.kill(server, signal.SIGQUIT)
            lab.wait("another PostgreSQL", lambda which=server: lab.system.stack.postgres.pid() not in (None, which))
            lab.wait("PostgreSQL", lambda: lab.system.stack.is_ready(POSTGRES))
            lab.wait_orders(5)


def storms(lab: Lab) -> None:
    """16: a restart in good order; then every session is ended each two seconds."""
    with lab.timed("orders_again_s"):
        lab.system.stop(POSTGRES)
        lab.system.restart(POSTGRES)
        lab.wait_orders(5)
    ended = 0
    end = time.monotonic() + (STORM_LONG_S if lab.long else STORM_S)
    while time.monotonic() < end:
        ended += len(lab.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                               "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"))
        lab.pause(STORM_EVERY_S)
    lab.figures["sessions_ended"] = ended
    if not ended:
        raise AssertionError("no session was ended, so nothing was shown")


def cut_at_commit(lab: Lab) -> None:
    """17: the answer to a commit is lost, and the commit itself is, for each service in turn."""
    for service in SCHEMAS:
        link = lab.system.link(postgres_link(service))
        traps = [Trap(COMMIT_ANSWER, TO_CLIENT, 3, lab.chance.randint(0, 5)),
                 Trap(COMMIT_REQUEST, TO_SERVER, 3, lab.chance.randint(0, 5))]
        for trap in traps:
            link.trap = trap
            lab.wait(f"the commits of {service} to be cut", lambda which=trap: which.sprung >= which.times)
            link.trap = None
            with lab.timed("orders_again_s"):
                lab.wait_orders(3)
    lab.figures["commits_cut"] = 2 * 3 * len(SCHEMAS)


@contextmanager
def session(lab: Lab) -> Iterator[psycopg2.extensions.cursor]:
    """A session of somebody else; what it did is rolled back in the end."""
    connection = psycopg2.connect(lab.system.stack.postgres.conninfo(POSTGRES))
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def hold_a_row(lab: Lab) -> None:
    """18: somebody holds a stock row for 30 s: its lane waits, nothing is parked, all goes on when it is free."""
    with session(lab) as cursor:
        cursor.execute("SELECT 1 FROM inventory.stock WHERE sku = %s FOR UPDATE", (ITEMS[0],))
        lab.pause(LOCKED_S)
        parked = lab.query("SELECT count(*) FROM inventory.parked")[0][0]
    if parked:
        raise AssertionError(f"{parked} messages were parked for the sake of a lock")
    with lab.timed("orders_again_s"):
        lab.wait_orders(5)


def old_snapshot(lab: Lab) -> None:
    """19: a snapshot stays open: batches do not get slower, tables of the runtime stay small."""
    with session(lab) as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = 0; BEGIN ISOLATION LEVEL REPEATABLE READ; "
                       "SELECT count(*) FROM orders.orders")
        early = timed_order(lab)
        lab.pause(SNAPSHOT_LONG_S if lab.long else SNAPSHOT_S)
        late = timed_order(lab)
    lab.figures["placed_early_s"], lab.figures["placed_late_s"] = round(early, 2), round(late, 2)
    if late > 10 * early + 1 and not lab.crowded:
        raise AssertionError(f"an order was placed within {early:.2f} s, later within {late:.2f} s")
    for schema in SCHEMAS.values():
        size = lab.query(f"SELECT pg_total_relation_size('{schema}.lane')")[0][0]
        if size > 16 << 20:
            raise AssertionError(f"{schema}.lane has grown to {size} bytes for {LANES} rows")


def timed_order(lab: Lab) -> float:
    """How long a caller waits until an order is placed; the median of five."""
    times = []
    for n in range(5):
        start = time.monotonic()
        lab.system.submit(lab.system.order(f"timed-{lab.seed}-{start}-{n}", (ITEMS[1], 1)))
        times.append(time.monotonic() - start)
    return sorted(times)[2]


def opposite(lab: Lab) -> None:
    """20: 32 callers at once order the same items in opposite order: sorted locks know no deadlock."""
    before = deadlocks(lab)
    replies = []

    def order(n: int) -> None:
        items = ITEMS if n % 2 else ITEMS[::-1]
        for turn in range(20 if lab.long else 5):
            body = lab.system.order(f"opposite-{lab.seed}-{n}-{turn}", *((sku, 1) for sku in items))
            replies.append(lab.system.submit(body))

    threads = [threading.Thread(target=order, args=(n,), daemon=True) for n in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    if {reply.status for reply in replies} - {200, 201, 202}:
        raise AssertionError(f"callers heard {sorted({reply.status for reply in replies})}")
    lab.system.wait_over([reply.data["id"] for reply in replies], 90)
    lab.figures["deadlocks"] = deadlocks(lab) - before
    if lab.figures["deadlocks"]:
        raise AssertionError(f"{lab.figures['deadlocks']} deadlocks")


def deadlocks(lab: Lab) -> int:
    """How many PostgreSQL has seen."""
    lab.query("SELECT pg_stat_clear_snapshot()")
    return int(lab.query("SELECT sum(deadlocks) FROM pg_stat_database")[0][0])
