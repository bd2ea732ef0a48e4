"""attacks_process.py - rows 1 to 9: programs that die, stand still, multiply and come back."""

from __future__ import annotations

import os
import signal
import time

from instances import Instance
from lab import LANES, LEASE_S, SCHEMAS, Lab
from system import STANDINS

BACK_S = 2.0
TAKEN_OVER_S = LEASE_S + 1.0
POINT_S = 30


def wait_back(lab: Lab, name: str, old: int, died: float) -> None:
    """Wait until another process has the place and is ready; measure, and hold to what is promised."""
    system = lab.system
    lab.wait(f"another process for {name}", lambda: system.pid(name) not in (0, old), 10)
    lab.wait(f"the return of {name}", lambda: system.stack.is_ready(name))
    lab.promise("back_s", time.monotonic() - died, 0 if name in STANDINS else BACK_S)


def kill(lab: Lab, name: str) -> None:
    """kill -9 under supervisord, and its return."""
    old = lab.system.pid(name)
    note_mails(lab, name)
    os.kill(old, signal.SIGKILL)
    wait_back(lab, name, old, time.monotonic())


def note_mails(lab: Lab, name: str) -> None:
    """Once who sends or takes mails is dead, or stands still beyond its lease, some may come again."""
    if name in ("notification", "mail_catcher"):
        lab.lose_mail_answers()


def kill_each(lab: Lab) -> None:
    """1: each service dies at a random moment."""
    for name in lab.chance.sample(lab.system.services, len(lab.system.services)):
        lab.pause(lab.chance.uniform(0.1, 0.8))
        kill(lab, name)
        lab.wait_orders(5)


def at_point(lab: Lab, point: str, services: list[str]) -> None:
    """Each service dies where a fault point says, in the place of the one that supervisord holds."""
    for name in services:
        note_mails(lab, name)
        nth = lab.chance.randint(5, 25)
        lab.system.stop(name)
        doomed = Instance(lab, name, 1, KERVAN_FAULT=f"{point}:{nth}:kill")
        try:
            died = doomed.await_death(POINT_S)
        finally:
            if doomed.process.poll() is None:
                doomed.end(signal.SIGKILL)
            lab.system.stack.supervisor.start(name)
        lab.wait(f"the return of {name}", lambda which=name: lab.system.stack.is_ready(which))
        lab.promise("back_s", time.monotonic() - died, BACK_S)
        lab.wait_orders(3)


def after_commit(lab: Lab) -> None:
    """2: between the commit and the publication."""
    at_point(lab, "after_commit", list(SCHEMAS))


def after_acknowledged(lab: Lab) -> None:
    """3: the broker has it, the cursor is not saved."""
    at_point(lab, "after_acknowledged", list(SCHEMAS))


def mid_batch(lab: Lab) -> None:
    """4: before the batch is sent, and in the middle of what is sent with its commit."""
    at_point(lab, "before_commit", list(SCHEMAS))
    at_point(lab, "mid_save", list(SCHEMAS))


def kill_all(lab: Lab) -> None:
    """5: all at once; supervisord brings them back, stand-ins too."""
    system = lab.system
    names = [*system.services, *STANDINS]
    lab.chance.shuffle(names)
    old = {name: system.pid(name) for name in names}
    died = time.monotonic()
    for name in names:
        note_mails(lab, name)
        os.kill(old[name], signal.SIGKILL)
    for name in names:
        lab.wait(f"another process for {name}", lambda which=name: system.pid(which) not in (0, old[which]), 20)
        lab.wait(f"the return of {name}", lambda which=name: system.stack.is_ready(which))
    lab.worst("all_back_s", time.monotonic() - died)
    lab.wait_orders(20)


def gateway_before_reply(lab: Lab) -> None:
    """6: the order is durable, its caller hears nothing, and asks again under the same name."""
    for _ in range(3):
        at_point(lab, "before_reply", ["gateway"])
    repeated = [told for told in lab.load.told.values() if 0 in told.statuses]
    lab.figures["repeated"] = len(repeated)
    if not repeated:
        raise AssertionError("no caller lost an answer, so nothing was shown")


def zombie(lab: Lab) -> None:
    """7: an owner stands still beyond its leases, another takes over, it wakes up with work in hand."""
    for name in lab.chance.sample(list(SCHEMAS), len(SCHEMAS) if lab.long else 3):
        other = Instance(lab, name).await_ready()
        try:
            lab.wait("shared lanes", lambda which=name: lab.lanes_of(which, 2) == LANES // 2, 15)
            stopped = lab.system.pid(name)
            note_mails(lab, name)
            os.kill(stopped, signal.SIGSTOP)
            try:
                with lab.timed("taken_over_s", TAKEN_OVER_S):
                    lab.wait("the taking over", lambda which=name: lab.lanes_of(which, 2) == LANES, 20)
                lab.wait_orders(10)
            finally:
                os.kill(stopped, signal.SIGCONT)
            lab.wait("the lanes are shared again", lambda which=name: lab.lanes_of(which, 1) >= LANES // 2, 20)
        finally:
            other.end()


def zombie_relay(lab: Lab) -> None:
    """8: stopped between commit and publication; another publishes its rows, then it wakes up and publishes, too."""
    for name in lab.chance.sample(["order", "inventory", "payment", "fulfillment", "shipping"], 5 if lab.long else 2):
        lab.system.stop(name)
        relay = Instance(lab, name, 1, KERVAN_FAULT=f"after_commit:{lab.chance.randint(20, 60)}:stop")
        other = None
        try:
            lab.wait(f"{name} to stand still", lambda: is_stopped(relay.process.pid), POINT_S)
            other = Instance(lab, name).await_ready()
            with lab.timed("taken_over_s"):
                lab.wait("the taking over", lambda which=name: lab.lanes_of(which, 2) == LANES, 20)
            lab.wait_orders(10)
            relay.send(signal.SIGCONT)
            lab.wait("shared lanes", lambda which=name: lab.lanes_of(which, 1) >= LANES // 2, 20)
        finally:
            relay.send(signal.SIGCONT)
            relay.end()
            lab.system.restart(name)
            if other is not None:
                other.end()


def is_stopped(pid: int) -> bool:
    """Does a process stand still by SIGSTOP?"""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[0] == "T"


def scale(lab: Lab) -> None:
    """9: one instance, three, one again, in good order and by kill -9."""
    rounds = 20 if lab.long else 3
    for round_no in range(rounds):
        names = list(SCHEMAS) if not lab.long else lab.chance.sample(list(SCHEMAS), 2)
        number = signal.SIGKILL if round_no % 2 else signal.SIGTERM
        further = [Instance(lab, name, which) for name in names for which in (2, 3)]
        try:
            for one in further:
                one.await_ready()
            lab.wait("shares of a third", lambda which=names: all(
                lab.lanes_of(name, number) == LANES // 3 for name in which for number in (1, 2, 3)), 30)
            lab.wait_orders(10)
        finally:
            for one in further:
                one.end(number)
        with lab.timed("taken_over_s", TAKEN_OVER_S if number == signal.SIGKILL else 0):
            lab.wait("one instance again", lambda which=names: all(
                lab.lanes_of(name, 1) == LANES for name in which), 20)
