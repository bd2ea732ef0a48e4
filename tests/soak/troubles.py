"""troubles.py - what goes wrong during a soak, by chance: attacks of the lab, one at a time, each healed at its end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import attacks_kafka as kafka
import attacks_network as network
import attacks_postgres as postgres
import attacks_process as process
from lab import Lab, postgres_link
from system import STANDINS

AWAY_S, SLOW_MS, SLOW_WIRE_S = 20, 1000, 0.05
LEAST_PAUSE_S, MOST_PAUSE_S = 15.0, 45.0
# So many services are never killed: what they take is compared over the whole run.
SPARED = 3


@dataclass(frozen=True)
class Trouble:
    """A trouble, and whether a service of ours dies of it."""

    name: str
    run: Callable[[Lab, list[str]], None]
    kills: bool = False
    weight: int = 1


def kill_service(lab: Lab, mortals: list[str]) -> None:
    """kill -9 of a service."""
    process.kill(lab, lab.chance.choice(mortals))


def restart_broker(lab: Lab, _: list[str]) -> None:
    """The broker in good order."""
    kafka.stop(lab)
    kafka.start(lab)


def kill_broker(lab: Lab, _: list[str]) -> None:
    """The broker by kill -9."""
    kafka.kill(lab)


def restart_database(lab: Lab, _: list[str]) -> None:
    """PostgreSQL in good order."""
    lab.system.stop(postgres.POSTGRES)
    lab.system.restart(postgres.POSTGRES)


def crash_database(lab: Lab, _: list[str]) -> None:
    """PostgreSQL at once, and its recovery."""
    server = lab.system.stack.postgres.pid()
    if server is None:
        raise AssertionError("PostgreSQL does not run")
    os.kill(server, signal.SIGQUIT)
    lab.wait("another PostgreSQL", lambda: lab.system.stack.postgres.pid() not in (None, server))
    lab.wait("PostgreSQL", lambda: lab.system.stack.is_ready(postgres.POSTGRES))


def end_sessions(lab: Lab, _: list[str]) -> None:
    """Every session of the database is ended, again and again."""
    end = time.monotonic() + postgres.STORM_S
    while time.monotonic() < end:
        lab.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                  "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'")
        lab.pause(postgres.STORM_EVERY_S)


def lose_commits(lab: Lab, _: list[str]) -> None:
    """A service's connection is cut before the answer to its commit."""
    service = lab.chance.choice(list(process.SCHEMAS))
    link = lab.system.link(postgres_link(service))
    link.trap = postgres.Trap(postgres.COMMIT_ANSWER, postgres.TO_CLIENT, 3, lab.chance.randint(0, 5))
    lab.pause(AWAY_S)


def stop_neighbor(lab: Lab, _: list[str]) -> None:
    """Provider, carrier or mail server is away for a while."""
    name = lab.chance.choice(STANDINS)
    lab.lose_mail_answers()
    lab.system.stop(name)
    lab.pause(AWAY_S)
    lab.system.restart(name)


def slow_neighbor(lab: Lab, _: list[str]) -> None:
    """Provider, carrier or mail server takes a second longer for each thing."""
    name = lab.chance.choice(STANDINS)
    lab.lose_mail_answers()
    lab.control(name, fault="slow", operation="*", delay_ms=SLOW_MS)
    lab.pause(AWAY_S)
    lab.control(name, fault="none", operation="*")


def silent_neighbor(lab: Lab, _: list[str]) -> None:
    """The provider acts and does not say so; its webhooks come twice."""
    lab.control("payment_provider", webhook="twice", count=50)
    for operation in ("create", "capture"):
        lab.control("payment_provider", fault="timeout_after_acting", operation=operation, delay_ms=1000, count=3)
    lab.pause(AWAY_S)
    lab.control("payment_provider", fault="none", operation="*")


def slow_wires(lab: Lab, _: list[str]) -> None:
    """Every wire to the database is slow."""
    for link in network.links_of_postgres(lab):
        link.latency_s = SLOW_WIRE_S
    lab.pause(AWAY_S)


TROUBLES = (
    Trouble("kill -9 of a service", kill_service, kills=True, weight=5),
    Trouble("the broker restarts", restart_broker),
    Trouble("kill -9 of the broker", kill_broker),
    Trouble("PostgreSQL restarts", restart_database),
    Trouble("PostgreSQL stops at once", crash_database),
    Trouble("sessions are ended", end_sessions),
    Trouble("answers to commits are lost", lose_commits),
    Trouble("a neighbor is away", stop_neighbor, weight=2),
    Trouble("a neighbor is slow", slow_neighbor, weight=2),
    Trouble("the provider acts and says nothing", silent_neighbor),
    Trouble("wires to the database are slow", slow_wires),
)


class Calamity:
    """Draws one trouble after the other until a time, with pauses between."""

    def __init__(self, lab: Lab) -> None:
        """Choose who is never killed."""
        self.lab = lab
        services = list(lab.system.services)
        self.spared = sorted(lab.chance.sample(services, SPARED))
        self.mortals = [name for name in services if name not in self.spared]
        self.done: dict[str, int] = {}
        self.failures: list[str] = []

    def run(self, end: float, may_kill: bool) -> None:
        """Until `end`; without the death of a service where what follows could not be compared any more."""
        drawn = [trouble for trouble in TROUBLES if may_kill or not trouble.kills]
        while time.monotonic() + LEAST_PAUSE_S < end:
            self.lab.pause(self.lab.chance.uniform(LEAST_PAUSE_S, min(MOST_PAUSE_S, end - time.monotonic())))
            if time.monotonic() < end:
                self._strike(self.lab.chance.choices(drawn, [trouble.weight for trouble in drawn])[0])
        self.lab.pause(max(0.0, end - time.monotonic()))

    def _strike(self, trouble: Trouble) -> None:
        """One of them, healed whatever becomes of it; orders must go on."""
        print(f"{time.strftime('%H:%M:%S')}   {trouble.name}", flush=True)
        try:
            trouble.run(self.lab, self.mortals)
            self.lab.system.network.heal()
            self.lab.wait_orders(5)
        except Exception as error:  # kept, and told at the end: the run goes on
            self.failures.append(f"{trouble.name}: {error}")
            print(f"    {error}", flush=True)
        finally:
            self.lab.system.network.heal()
        self.done[trouble.name] = self.done.get(trouble.name, 0) + 1
