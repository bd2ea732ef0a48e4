"""cluster.py - three brokers instead of one: every topic on all of them, two must have what is acknowledged.

Row 54: one broker is lost, then one that leads; with two lost nothing is accepted that could be lost.
"""

from __future__ import annotations

from dataclasses import replace

from confluent_kafka.admin import AdminClient

from basics import LOCALHOST, free_ports
from bring_up import Phase, Stack
from kafka_server import KafkaServer
from lab import KAFKA, Lab, LabStack, LabSystem
from proxy import Network
from service_table import Service
from settings import Settings
from supervisor import Program

OTHERS = ("kafka_b", "kafka_c")
MEMORY = "384m"
AWAY_S, AWAY_LONG_S = 10, 60
SETTINGS = {"default.replication.factor": "3", "min.insync.replicas": "2", "offsets.topic.replication.factor": "3",
            "replica.lag.time.max.ms": "5000", "num.network.threads": "2", "num.io.threads": "4"}


class ClusterStack(LabStack):
    """The stack with two further brokers; services know all of them, without a proxy."""

    def __init__(self, settings: Settings, network: Network) -> None:
        """Three nodes that vote; the first is the stack's own."""
        super().__init__(settings, network)
        ports = free_ports(2 * len(OTHERS))
        self.others = {name: KafkaServer(settings.run_dir / name, ports[2 * n], ports[2 * n + 1], self.kafka.jars,
                                         settings.log_dir / f"{name}-server.log") for n, name in enumerate(OTHERS)}
        nodes = [self.kafka, *self.others.values()]
        voters = ",".join(f"{number}@{LOCALHOST}:{node.controller_port}" for number, node in enumerate(nodes, 1))
        self.quorum = SETTINGS | {"controller.quorum.voters": voters}
        self.server_settings[KAFKA] = self.quorum
        for node in nodes:
            node.memory = MEMORY

    def bring_up(self, phase: Phase) -> list[str]:
        """The others are prepared before the first one starts: alone it is no quorum."""
        self.kafka.jars.ensure()
        self.kafka.prepare(self.quorum)
        for number, node in enumerate(self.others.values(), 2):
            node.identity = self.kafka.identity
            node.prepare(self.quorum | {"node.id": str(number)})
        return super().bring_up(phase)

    def _start_servers(self, phase: Phase) -> list[str]:
        """All brokers at once."""
        started = [name for name in self.others if self.supervisor.start(name)]
        return started + super()._start_servers(phase)

    def programs(self) -> list[Program]:
        """The others beside the first; they are stopped as a crash stops them."""
        return super().programs() + [Program(name, node.command(), folder=self.settings.run_dir, stop_signal="KILL",
                                             priority=100) for name, node in self.others.items()]

    def is_ready(self, name: str) -> bool:
        """Does the program do its work?"""
        return self.others[name].is_ready() if name in self.others else super().is_ready(name)

    def all_addresses(self) -> dict[str, str]:
        """Topics are made on all brokers."""
        return super().all_addresses() | {"KERVAN_KAFKA_REPLICATION": "3"}

    def _program(self, service: Service) -> Program:
        """A service that knows all brokers."""
        program = super()._program(service)
        if "KERVAN_KAFKA" not in program.environment:
            return program
        nodes = [self.kafka, *self.others.values()]
        return replace(program, environment=program.environment | {
            "KERVAN_KAFKA": ",".join(node.bootstrap for node in nodes)})


class ClusterSystem(LabSystem):
    """A system on three brokers."""

    def make_stack(self) -> Stack:
        """The stack with further brokers."""
        self.lab_stack = ClusterStack(self.settings, self.network)
        return self.lab_stack


def in_sync(lab: Lab, count: int) -> bool:
    """Have all partitions so many replicas that are not behind?"""
    topics = AdminClient({"bootstrap.servers": lab.system.stack.kafka.bootstrap}).list_topics(timeout=20).topics
    return all(len(partition.isrs) >= count and partition.leader > 0 for name, topic in topics.items()
               if not name.startswith("__") for partition in topic.partitions.values())


def lose_brokers(lab: Lab) -> None:
    """54: one is lost, it comes back, another one is lost, then both."""
    system = lab.system
    for name in OTHERS:
        system.stop(name)
        with lab.timed("orders_without_one_s"):
            lab.wait_orders(10)
        system.restart(name)
        with lab.timed("in_sync_again_s"):
            lab.wait("all replicas to be in sync", lambda: in_sync(lab, 3))
    for name in OTHERS:
        system.stop(name)
    lab.pause(AWAY_LONG_S if lab.long else AWAY_S)
    for name in OTHERS:
        system.restart(name)
    with lab.timed("orders_again_s"):
        lab.wait_orders(10)
