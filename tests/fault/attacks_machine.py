"""attacks_machine.py - rows 26 to 29, 49, 51: clocks that lie, full disks, calls that fail, another cluster."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab import SCHEMAS, CannotRun, Lab
from postgres_server import PROGRAMS

FALSE_CLOCK = Path(__file__).with_name("false_clock.c")
SHIFT, HOUR_S = struct.Struct("q"), 3600
FIU = [Path("/usr/lib/fiu/fiu_run_preload.so"), Path("/usr/lib/fiu/fiu_posix_preload.so")]
POSTGRES, KAFKA = "postgres", "kafka"
LEFT_BYTES = 2 << 20
FULL_S, FULL_LONG_S = 10, 60
FAILING = ("posix/io/net/*", "posix/io/rw/write", "posix/mm/malloc")
FAILING_S, FAILING_LONG_S = 5, 60


def need(files: list[Path], package: str) -> None:
    """Without these files there is no such attack."""
    if not files or not all(file.exists() for file in files):
        raise CannotRun(f"Debian's package {package} is not installed: deploy/dev/install.sh fault")


class FalseClock:
    """A clock that one program believes, and that can be set while it runs."""

    def __init__(self, lab: Lab, name: str) -> None:
        """Start the program with it; it is right at first."""
        self.lab, self.name = lab, name
        library = lab.system.settings.run_dir / "false_clock.so"
        if not library.exists():
            subprocess.run(["gcc", "-std=c17", "-O2", "-shared", "-fPIC", "-o", str(library), str(FALSE_CLOCK)],
                           check=True, timeout=120)
        self.file = lab.system.settings.run_dir / f"{name}.clock"
        self.file.write_bytes(SHIFT.pack(0))
        lab.system.reconfigure(name, LD_PRELOAD=str(library), FALSE_CLOCK=str(self.file))

    def set(self, shift_s: int) -> None:
        """Another time from now on."""
        with self.file.open("r+b") as file:
            file.write(SHIFT.pack(shift_s))

    def close(self) -> None:
        """The program gets the machine's clock back."""
        self.lab.system.reconfigure(self.name)


@contextmanager
def false_clocks(lab: Lab, *names: str) -> Iterator[list[FalseClock]]:
    """Clocks for programs, taken away in the end."""
    clocks: list[FalseClock] = []
    try:
        for name in names:
            clocks.append(FalseClock(lab, name))
        yield clocks
    finally:
        for clock in clocks:
            clock.close()


def skew(lab: Lab) -> None:
    """26: programs' clocks are an hour off, each its own way, and jump; the gateway's by less than its patience."""
    with false_clocks(lab, *SCHEMAS, "gateway") as clocks:
        for _ in range(6 if lab.long else 2):
            for clock in clocks:
                clock.set(lab.chance.choice((-1, 1)) * (120 if clock.name == "gateway" else HOUR_S))
            lab.pause(2)
            with lab.timed("orders_again_s"):
                lab.wait_orders(10)


def step_back(lab: Lab) -> None:
    """27: the database's clock steps back 10 s, and forth again."""
    with false_clocks(lab, POSTGRES) as (clock,):
        lab.wait_orders(5)
        for shift_s in (-10, 0, -10, -20) if lab.long else (-10, 0):
            clock.set(shift_s)
            lab.pause(2)
            with lab.timed("orders_again_s"):
                lab.wait_orders(10)


def free_bytes(folder: Path) -> int:
    """What is left of a file system."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


@contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """A file takes what is left of the file system."""
    filler = folder / "filler"
    size = free_bytes(folder) - LEFT_BYTES
    try:
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(size, 1))
        yield
    finally:
        filler.unlink(missing_ok=True)


def database_disk_full(lab: Lab) -> None:
    """28: PostgreSQL cannot write until there is room again; callers hear 503 or wait, nothing is corrupted."""
    fill(lab, lab.system.stack.postgres.home, POSTGRES)


def broker_disk_full(lab: Lab) -> None:
    """29: the broker stops over a full disk; the outbox holds what it cannot take."""
    fill(lab, lab.system.stack.kafka.home, KAFKA)


def fill(lab: Lab, folder: Path, name: str) -> None:
    """Fill the file system of a server, wait until that hurts, free it, and wait for orders."""
    accepted = lab.load.count()
    lab.lose_mail_answers()
    with full_disk(folder):
        lab.wait("the disk to be full", lambda: free_bytes(folder) < LEFT_BYTES // 2, 120)
        lab.pause(FULL_LONG_S if lab.long else FULL_S)
    lab.figures["accepted_meanwhile"] = lab.load.count() - accepted
    with lab.timed("orders_again_s"):
        lab.system.restart(name)
        lab.wait_orders(5, 120)


def failing_calls(lab: Lab) -> None:
    """49: one service after the other, calls for memory, to write, and to the network fail at random."""
    need(FIU, "fiu-utils")
    lab.lose_mail_answers()
    lab.allowed |= {"ended", "growth"}  # an end over a failed allocation is in order: it is started again
    for name in ("order", "inventory", "payment", "fulfillment", "shipping", "gateway"):
        for point in FAILING if lab.long else (lab.chance.choice(FAILING),):
            lab.system.reconfigure(name, LD_PRELOAD=" ".join(map(str, FIU)),
                                   FIU_ENABLE=f"enable_random name={point},probability=0.001")
            lab.pause(FAILING_LONG_S if lab.long else FAILING_S)
        lab.system.reconfigure(name)
        lab.wait_orders(3)


def another_cluster(lab: Lab) -> None:
    """51: the database is dumped, a new cluster takes its place, the log stays: streams go on in a new generation."""
    system, server = lab.system, lab.system.stack.postgres
    for name in reversed(system.services):
        system.stop(name)
    environment = os.environ | {"PGPASSFILE": str(server.secrets.folder / "postgres.pgpass")}
    where = ["-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres"]
    server.conninfo("postgres")  # writes the file of passwords
    dump = system.folder / "dump.sql"
    with dump.open("wb") as file:
        subprocess.run([str(PROGRAMS / "pg_dumpall"), *where], check=True, stdout=file, env=environment, timeout=120)
    system.stop(POSTGRES)
    shutil.move(server.data, system.folder / "old-cluster")
    server.prepare(system.stack.server_settings[POSTGRES])
    started = time.monotonic()
    system.restart(POSTGRES)
    subprocess.run(["psql", "-X", "-q", "-o", os.devnull, *where, "-d", "postgres", "-f", str(dump)], check=True,
                   env=environment, timeout=120, stderr=subprocess.DEVNULL)
    for name in system.services:
        system.restart(name)
    lab.wait_orders(10)
    lab.worst("orders_again_s", time.monotonic() - started)
