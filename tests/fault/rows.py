"""rows.py - the attacks as data: what is done, how it is run, what must hold then, and how soon.

A row is run by an attack of the lab, by other tests that attack the same (their commands are called, nothing is taken
on trust), or cannot be run, and then it says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import attacks_http as http
import attacks_kafka as kafka
import attacks_machine as machine
import attacks_messages as messages
import attacks_network as network
import attacks_postgres as postgres
import attacks_process as process
import cluster
from attacks_mix import mix
from lab import Lab, LabSystem

ALL = "I1-I12"


@dataclass(frozen=True)
class Attack:
    """Something done to a loaded system; `fresh`: no other row uses it afterwards, nor one of the row's own making."""

    run: Callable[[Lab], None]
    fresh: bool = False
    system: Callable[[], LabSystem] | None = None
    per_second: float = 15


@dataclass(frozen=True)
class Tests:
    """Commands of other tests that do the same; all of them must succeed."""

    commands: tuple[str, ...]


@dataclass(frozen=True)
class Missing:
    """Why it cannot be run."""

    reason: str


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    number: int
    what: str
    how: Attack | Tests | Missing
    invariants: str = ALL
    bound_s: float = 90


def tests(*commands: str) -> Tests:
    """Other tests that are the row."""
    return Tests(commands)


def small_disk_for(folder: str) -> Callable[[], LabSystem]:
    """A system where this folder lies on a small disk."""
    return lambda: LabSystem(small_disk=folder)


def unit(name: str) -> str:
    """The command of a unit test."""
    program = f"build/dev/unit/{name}_test"
    return f"make {program} && {program}"


RETURNS = Missing("returns are not built yet")
ANALYTICS = Missing("analytics are not built yet")

ROWS = (
    Row(1, "kill -9 of each service at a random moment", Attack(process.kill_each)),
    Row(2, "kill -9 after the commit, before publication", Attack(process.after_commit)),
    Row(3, "kill -9 after the broker's acknowledgment, before the cursor is saved",
        Attack(process.after_acknowledged)),
    Row(4, "kill -9 in the middle of a batch, and of what is sent with its commit", Attack(process.mid_batch)),
    Row(5, "kill -9 of everything at once, in any order", Attack(process.kill_all)),
    Row(6, "kill -9 of the gateway between durable and answered; the caller repeats",
        Attack(process.gateway_before_reply)),
    Row(7, "SIGSTOP of an owner past its lease; another takes over; SIGCONT", Attack(process.zombie)),
    Row(8, "a zombie publishes what another published after the take-over", Attack(process.zombie_relay)),
    Row(9, "one instance, three, one, under load, again and again", Attack(process.scale)),
    Row(10, "kill -9 of the broker under load", Attack(kafka.kill)),
    Row(11, "the broker stops in good order, and is away while orders come", Attack(kafka.away)),
    Row(12, "the broker's disk loses acknowledged tails", Attack(kafka.lose_tails)),
    Row(13, "retention deletes what was not read", Attack(kafka.retention, fresh=True)),
    Row(14, "a producer's fatal errors",
        tests("make build/dev/kafka/broker_kafka_test && tests/kafka/with_kafka.py build/dev/kafka/broker_kafka_test",
              unit("worker"))),
    Row(15, "PostgreSQL stops at once, and recovers, under load", Attack(postgres.immediate)),
    Row(16, "PostgreSQL restarts in good order; all sessions are ended every 2 s", Attack(postgres.storms)),
    Row(17, "the connection is cut right at the commit: before it, and before its answer",
        Attack(postgres.cut_at_commit)),
    Row(18, "a stock row is held by somebody for 30 s", Attack(postgres.hold_a_row)),
    Row(19, "an old snapshot stays open", Attack(postgres.old_snapshot)),
    Row(20, "orders with the same items in opposite order, 32 at once", Attack(postgres.opposite)),
    Row(21, "every message comes again, one to three times", Attack(kafka.again)),
    Row(22, "messages come in another order, across orders and inside one", Attack(kafka.disorder)),
    Row(23, "a message is lost in the middle of a log", Attack(kafka.lose_one, fresh=True)),
    Row(24, "a compensation comes before what it undoes",
        tests(*map(unit, ("inventory_release", "payment_state", "payment_property", "order_crossing")),
              "tests/stack/shipping_test.py -k test_3_a_cancel_that_comes_first")),
    Row(25, "an answer comes after the time-out and the compensation", Attack(network.late_answer)),
    Row(26, "clocks of programs are an hour off, and jump", Attack(machine.skew)),
    Row(27, "the database's clock steps back 10 s", Attack(machine.step_back)),
    Row(28, "PostgreSQL's disk is full, then freed", Attack(machine.database_disk_full, system=small_disk_for("pg"))),
    Row(29, "the broker's disk is full, then freed", Attack(machine.broker_disk_full, system=small_disk_for("kafka"))),
    Row(30, "a slow consumer: the provider takes a hundred times as long", Attack(network.slow_consumer)),
    Row(31, "slow, dripping, torn and silent wires to PostgreSQL and Kafka", Attack(network.bad_wires)),
    Row(32, "wires fail one by one, and heal in any order", Attack(network.swizzle)),
    Row(33, "poisoned messages of every kind", Attack(messages.poison)),
    Row(34, "poison in the middle of one subject's sequence",
        tests("make cli tests && tests/stack/lanes_test.py -k test_7",
              "tests/stack/cli_lanes_test.py")),
    Row(35, "everything outside is away while orders come", Attack(network.outage)),
    Row(36, "the provider acts and does not answer; webhooks early, twice, never", Attack(network.half_answers)),
    Row(37, "webhooks replayed, forged, unsigned, signed for another body",
        tests(unit("gateway_webhook"),
              "tests/stack/gateway_test.py -k test_webhooks")),
    Row(38, "64 clients for the last pieces, again and again",
        tests("KERVAN_RACE_ROUNDS=20 tests/stack/races_test.py -k test_the_last_pieces")),
    Row(39, "one idempotency key from 64 clients at once; the same with another body",
        tests("KERVAN_RACE_ROUNDS=20 tests/stack/races_test.py -k test_the_same_order",
              "tests/stack/gateway_test.py -k test_many_at_once_under_one_name")),
    Row(40, "cancel, ship and pay race on one order",
        tests("KERVAN_RACE_ROUNDS=20 tests/stack/races_test.py -k test_cancel_against_pack",
              "KERVAN_RACE_ROUNDS=20 tests/stack/races_test.py -k test_webhook_against_answer")),
    Row(41, "double returns, over-refunds, returns of what was not shipped", RETURNS),
    Row(42, "amounts and quantities at and over every limit", Attack(http.limits)),
    Row(43, "SQL in every field, header, path and query", Attack(http.injection)),
    Row(44, "huge, endless and lying bodies", Attack(http.bodies)),
    Row(45, "deep, wide and broken JSON; invalid UTF-8 everywhere", Attack(http.broken_json)),
    Row(46, "slow headers, slow bodies, slow readers, 2,000 idle connections", Attack(http.slow_callers)),
    Row(47, "shapes of request smuggling", Attack(http.smuggling)),
    Row(48, "everything that openapi.yaml allows, and more",
        tests("make schemathesis")),
    Row(49, "memory, writes and sockets fail", Attack(machine.failing_calls)),
    Row(50, "old and new programs side by side; a migration dies half-way",
        Missing("there is no earlier release to run beside this one")),
    Row(51, "PostgreSQL is dumped and restored to a new cluster, Kafka stays",
        Attack(machine.another_cluster, fresh=True)),
    Row(52, "analytics rebuilt from offset 0 equal the live ones", ANALYTICS),
    Row(53, "a random mix of all that",
        Attack(mix(process.kill_each, process.mid_batch, process.zombie, kafka.kill, postgres.immediate,
                   postgres.storms, postgres.cut_at_commit, network.swizzle)), bound_s=180),
    Row(54, "three brokers: one is lost, then the leader", Attack(cluster.lose_brokers, system=cluster.ClusterSystem)),
    Row(55, "the end of a log is lost unread, by a bad disk and by retention, and nothing comes after it",
        Attack(kafka.lose_ends, fresh=True)),
)
