"""lab.py - the whole system under attack: every wire through a proxy, a load that remembers what it was told.

An attack is a function of a Lab. The load runs while it runs; it leaves everything healed. Then the lab waits until
all is at rest, and judges.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "stack"))
from proxy import Link, Network  # noqa: E402
from stand_in import fetch  # noqa: E402
from system import AWAY, STANDINS, BuiltStack, Reply, System, wait_until  # noqa: E402
from basics import LOCALHOST, free_ports  # noqa: E402
from bring_up import Stack  # noqa: E402
from service_table import Service  # noqa: E402
from settings import Settings  # noqa: E402
from supervisor import Program  # noqa: E402
import psycopg2  # noqa: E402

# Services, and the schemas that they own; all of them hold lanes.
SCHEMAS = {"order": "orders", "inventory": "inventory", "payment": "payment", "fulfillment": "fulfillment",
           "shipping": "shipping", "notification": "notification"}
LANES, LEASE_S = 12, 3.0
ITEMS = [f"LAB-{n}" for n in range(6)]
OUTSIDE = {"KERVAN_PAYMENT_URL": "payment_provider", "KERVAN_CARRIER_URL": "carrier", "KERVAN_SMTP_URL": "mail_catcher"}
KAFKA = "kafka"
WARM_ORDERS, MAILS_IN_THE_AIR = 40, 64
SMALL_DISK = "400m"
CROWDED_PATIENCE = 4
WAIT_S = 60


class CannotRun(Exception):
    """The machine does not allow this attack; the text says why."""


def postgres_link(service: str) -> str:
    """The name of the link between a service and the database."""
    return f"{service}-postgres"


class LabStack(BuiltStack):
    """The stack with a proxy on every wire: to the database one a service, to the broker one for all."""

    def __init__(self, settings: Settings, network: Network) -> None:
        """Know every part; the links lead to ports where nobody listens yet."""
        super().__init__(settings)
        behind = free_ports(1)[0]
        self.network = network
        self.extra: dict[str, dict[str, str]] = {}
        kafka = network.link(KAFKA, behind)
        plain = f"PLAINTEXT://{self.kafka.bootstrap}"
        # A client goes where the broker says it is: behind the proxy it says that it is the proxy.
        self.server_settings[KAFKA] = {
            "listeners": f"{plain},LAB://{LOCALHOST}:{behind},CONTROLLER://{LOCALHOST}:{self.kafka.controller_port}",
            "advertised.listeners": f"{plain},LAB://{LOCALHOST}:{kafka.port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,LAB:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.retention.check.interval.ms": "1000"}
        for service in settings.services:
            if "postgres" in service.needs:
                network.link(postgres_link(service.name), self.postgres.port)
            if service.name in STANDINS:
                network.link(service.name, settings.port(list(service.ports)[-1]))

    def programs(self) -> list[Program]:
        """Everything that supervisord holds; servers, too, may be started with more in their environment."""
        return [replace(program, environment=program.environment | self.extra.get(program.name, {}))
                for program in super().programs()]

    def _program(self, service: Service) -> Program:
        """A service that knows the servers by their proxies only, with what an attack wants of it."""
        program = super()._program(service)
        values = dict(program.environment)
        links = self.network.links
        if "KERVAN_PG" in values:
            values["KERVAN_PG"] = values["KERVAN_PG"].replace(
                f"port={self.postgres.port}", f"port={links[postgres_link(service.name)].port}")
        if "KERVAN_KAFKA" in values:
            values["KERVAN_KAFKA"] = f"{LOCALHOST}:{links[KAFKA].port}"
        for variable, standin in OUTSIDE.items():
            if variable in values:
                values[variable] = f"{values[variable].rpartition(':')[0]}:{links[standin].port}"
        return replace(program, environment=values)


@dataclass
class LabSystem(System):
    """A system whose wires can be attacked, with the folder of one server on a small disk of its own perhaps."""

    small_disk: str = ""

    def __post_init__(self) -> None:
        """Make the network first: the stack is laid over it."""
        super().__post_init__()
        self.network = Network()
        self.mounted: Path | None = None

    def make_stack(self) -> Stack:
        """The stack over the network."""
        self.lab_stack = LabStack(self.settings, self.network)
        if self.small_disk:
            self._mount(self.settings.run_dir / self.small_disk)
        return self.lab_stack

    def _mount(self, folder: Path) -> None:
        """Give a folder a file system of its own, so that only its server meets the end of it."""
        folder.mkdir(parents=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "kervan-lab", str(folder)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CannotRun(f"a small file system cannot be mounted here: {done.stderr.strip()}")
        self.mounted = folder
        self.lab_stack.server_settings["postgres"] = {"max_wal_size": "64MB", "min_wal_size": "32MB"}

    def end_all(self) -> None:
        """End the network and the small disk, too."""
        super().end_all()
        self.network.close()
        if self.mounted is not None:
            subprocess.run(["umount", str(self.mounted)], check=True, timeout=30)
            self.mounted = None

    def link(self, name: str) -> Link:
        """A wire by its name."""
        return self.network.links[name]

    def reconfigure(self, name: str, **extra: str) -> None:
        """Start a program anew with more in its environment; with nothing as `make run` starts it."""
        self.lab_stack.extra[name] = extra
        self.stack.supervisor.write(self.stack.programs())
        self.stack.supervisor.ensure()
        self.restart(name)


@dataclass
class Told:
    """What a storefront heard about one order."""

    statuses: list[int] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    declined: bool = False

    @property
    def word(self) -> str:
        """ok, fail, or unknown: it may be there or not."""
        if any(status in (200, 201, 202) for status in self.statuses):
            return "ok"
        return "fail" if self.statuses and 400 <= self.statuses[-1] < 500 else "unknown"


class Load:
    """Storefronts that submit orders at a steady pace, repeat under the same name, and keep what they were told."""

    patience_s: float = WAIT_S

    def __init__(self, system: System, seed: int, per_second: float, threads: int = 6) -> None:
        """Start at once."""
        self.system, self.pause_s = system, threads / per_second
        self.told: dict[str, Told] = {}
        self._stopping, self._resting = threading.Event(), threading.Event()
        self._busy = [False] * threads
        self._threads = [threading.Thread(target=self._run, args=(seed, n), daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    def _run(self, seed: int, thread: int) -> None:
        """Submit until told to stop."""
        chance = random.Random(f"{seed}/{thread}")
        n = 0
        while not self._stopping.wait(self.pause_s):
            self._busy[thread] = True  # first: who asks whether all rest must not miss it
            if self._resting.is_set():
                self._busy[thread] = False
                continue
            lines = [(sku, chance.randint(1, 2)) for sku in chance.sample(ITEMS, chance.randint(1, 3))]
            declined = chance.random() < 0.05
            ref = f"lab-{seed}-{thread}-{n}"
            self.told[ref] = Told(declined=declined)
            self._submit(ref, self.system.order(ref, *lines, token="tok_declined" if declined else "tok_ok"))
            n += 1
            self._busy[thread] = False

    def _submit(self, ref: str, body: dict[str, Any]) -> None:
        """Repeat while nobody can answer."""
        told, end = self.told[ref], time.monotonic() + self.patience_s
        while True:
            reply = self.system.post_order(body, wait_s=0.5)
            told.statuses.append(reply.status)
            if reply.status in (200, 201, 202):
                told.ids.add(str(reply.data["id"]))
            if reply.status not in (0, *AWAY) or time.monotonic() > end:
                return
            time.sleep(0.1)

    def rest(self) -> None:
        """No more orders until `go_on`."""
        self._resting.set()

    def is_resting(self) -> bool:
        """Are those under way answered, too?"""
        return self._resting.is_set() and not any(self._busy)

    def go_on(self) -> None:
        """Orders again."""
        self._resting.clear()

    def stop(self) -> None:
        """No more orders; those under way are answered or given up."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(WAIT_S + 60)

    def count(self, word: str = "ok") -> int:
        """How many orders were answered so."""
        return sum(1 for told in list(self.told.values()) if told.word == word)

    def orders(self, declined: bool) -> list[str]:
        """Ids of those that were accepted."""
        return [order_id for told in self.told.values() if told.declined is declined for order_id in told.ids]


@dataclass
class Lab:
    """What an attack works with."""

    system: LabSystem
    load: Load
    chance: random.Random
    seed: int
    long: bool
    crowded: bool = False
    figures: dict[str, float] = field(default_factory=dict)
    # Rules of the judge that this attack breaks by what it does itself.
    allowed: set[str] = field(default_factory=set)
    # Topics from whose logs something was deleted, read or not.
    deleted: set[str] = field(default_factory=set)

    @property
    def patience(self) -> float:
        """How much longer everything may take because others use the machine, too."""
        return CROWDED_PATIENCE if self.crowded else 1

    def worst(self, name: str, seconds: float) -> None:
        """Keep the longest time of its kind."""
        self.figures[name] = round(max(seconds, self.figures.get(name, 0.0)), 2)

    @contextmanager
    def timed(self, name: str, bound_s: float = 0) -> Iterator[None]:
        """Measure something; with a bound it must not take longer."""
        start = time.monotonic()
        yield
        taken_s = time.monotonic() - start
        self.promise(name, taken_s, bound_s)

    def promise(self, name: str, taken_s: float, bound_s: float = 0) -> None:
        """Keep a time; it must be what is promised, unless others use the machine, too."""
        self.worst(name, taken_s)
        if bound_s and taken_s > bound_s and not self.crowded:
            raise AssertionError(f"{name} was {taken_s:.2f} s, at most {bound_s:g} s are promised")

    def lose_mail_answers(self) -> None:
        """The judge is told: what becomes of mails in the air is not known to who sent them, and they come again."""
        self.system.mail_copies += MAILS_IN_THE_AIR

    def wait(self, what: str, condition: Callable[[], bool], timeout_s: float = WAIT_S) -> None:
        """Wait for something, with a bound."""
        wait_until(what, timeout_s * self.patience, condition)

    def wait_orders(self, count: int = 20, timeout_s: float = WAIT_S) -> None:
        """Wait until so many more orders were answered."""
        before = self.load.count()
        self.wait(f"{count} more orders", lambda: self.load.count() >= before + count, timeout_s)

    def pause(self, seconds: float) -> None:
        """Let a trouble last."""
        time.sleep(seconds)

    @contextmanager
    def no_load(self) -> Iterator[None]:
        """Everything ordered so far is over, and nothing more is ordered meanwhile."""
        self.load.rest()
        try:
            self.wait("the load to rest", self.load.is_resting, WAIT_S + 60)
            self.system.wait_over(self.load.orders(False) + self.load.orders(True), WAIT_S * self.patience)
            yield
        finally:
            self.load.go_on()

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the database itself."""
        connection = psycopg2.connect(self.system.stack.postgres.conninfo("postgres"))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def lanes_of(self, service: str, number: int) -> int:
        """How many lanes an instance holds."""
        return int(self.query(f"SELECT count(*) FROM {SCHEMAS[service]}.lane WHERE instance = '{service}-{number}' "
                              "AND lease_until > clock_timestamp()")[0][0])

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """One request to the gateway."""
        return self.system.request(method, path, body, **headers)

    def control(self, standin: str, **settings: Any) -> None:
        """Tell a stand-in how to behave."""
        status, answer = fetch(f"{self.system.address(standin)}/_control", settings)
        if status != 200:
            raise AssertionError(f"{standin} refuses {settings}: {answer}")


def warm_up(system: LabSystem) -> None:
    """Goods to sell, and some orders, so that every program has done all its work once."""
    system.add_place("LAB-A")
    system.add_place("LAB-B")
    for sku in ITEMS:
        system.add_stock(sku, LAB_A=1_000_000, LAB_B=1_000_000)
    replies = system.submit_all([system.order(f"warm-{os.getpid()}-{n}", (ITEMS[n % len(ITEMS)], 1))
                                 for n in range(WARM_ORDERS)], 8)
    system.wait_over([reply.data["id"] for reply in replies], WAIT_S)
