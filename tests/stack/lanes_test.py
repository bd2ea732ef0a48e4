#!/usr/bin/python3
"""lanes_test - kill -9 at every named point, zombies, a broker and a database that go away: each ping is counted once.

LANES_TEST_PINGS sets how many pings a scenario sends at least (default 100000 over all).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lane_stack import KEYS, LANES, LaneStack, wait_for  # noqa: E402
from testenv import Servers  # noqa: E402

POINTS = ("after_poll", "before_commit", "after_commit", "after_hand_over")
PINGS = int(os.environ.get("LANES_TEST_PINGS", "100000"))


class Load:
    """Pings in the background at a steady pace, until stopped."""

    def __init__(self, stack: LaneStack, pings_a_second: int) -> None:
        """Start at once."""
        self.stack, self.pace, self.stopping = stack, pings_a_second, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.stopping.wait(0.02):
            self.stack.send(self.pace // 50)

    def stop(self) -> None:
        """No more pings; all sent ones are in the log."""
        self.stopping.set()
        self.thread.join(timeout=10)
        if self.stack.producer.flush(60) > 0:
            raise AssertionError("pings did not reach the broker")


class LanesTest(unittest.TestCase):
    """One stack for all scenarios: the count goes on from one to the next, so nothing can be forgotten between them."""

    @classmethod
    def setUpClass(cls) -> None:
        """Servers, topics, schemas."""
        cls.servers = Servers(postgres=True, kafka=True, postgres_settings={"fsync": "on"})
        cls.servers.start()
        cls.stack = LaneStack(cls.servers)
        cls.stack.prepare()

    @classmethod
    def tearDownClass(cls) -> None:
        """Everything ends."""
        try:
            cls.stack.close()
        finally:
            cls.servers.close()

    def setUp(self) -> None:
        """Two instances of each service."""
        for role in ("relay", "count"):
            for number in (1, 2):
                if f"{role}-{number}" not in self.stack.processes:
                    self.stack.start(role, f"{role}-{number}")

    def settle(self, timeout_s: float = 60) -> None:
        """Wait until all that was sent is counted, and compare."""
        stack = self.stack
        try:
            wait_for("all pings counted", lambda: stack.counted() >= stack.sent, timeout_s, 0.2)
            wait_for("all effects, timers and inputs done", lambda: not stack.differences(), 30, 0.2)
        except AssertionError as error:
            lagging = stack.query("SELECT lane, topic, next_offset, number, seen_number FROM count.read_position")
            raise AssertionError(f"{error}\n{stack.differences()[:5]}\n{lagging}\n" + "\n".join(
                stack.log_tail(instance) for instance in stack.processes)) from error
        self.assertEqual(stack.counted(), stack.sent)

    def test_1_kill_at_every_point_with_two_instances(self) -> None:
        """Each point kills each role once while the load runs; the process is started again under its name."""
        load = Load(self.stack, 4000)
        for point in POINTS:
            for role in ("relay", "count"):
                self.stack.kill(f"{role}-1")
                self.stack.start(role, f"{role}-1", f"{point}:20:kill")
                self.stack.await_death(f"{role}-1", 30)
                self.stack.start(role, f"{role}-1")
        load.stop()
        self.settle()

    def test_2_kill_at_every_point_with_one_instance(self) -> None:
        """The same alone: nobody takes over, the restarted process goes on where the dead one was."""
        for role in ("relay", "count"):
            self.stack.kill(f"{role}-2")
        load = Load(self.stack, 4000)
        for point in POINTS:
            for role in ("relay", "count"):
                self.stack.kill(f"{role}-1")
                self.stack.start(role, f"{role}-1", f"{point}:15:kill")
                self.stack.await_death(f"{role}-1", 30)
                self.stack.start(role, f"{role}-1")
        load.stop()
        self.settle()

    def test_3_a_zombie_comes_back(self) -> None:
        """Owners stand still beyond their leases, others take over, then they wake up with work in hand."""
        load = Load(self.stack, 2000)
        for role in ("relay", "count"):
            self.stack.signal(f"{role}-1", signal.SIGSTOP)
        wait_for("the others hold all lanes", lambda: self.lanes_of("-2") == 2 * LANES, 15)
        for role in ("relay", "count"):
            self.stack.signal(f"{role}-1", signal.SIGCONT)
        wait_for("the lanes are shared again", lambda: self.lanes_of("-1") == LANES, 20)
        load.stop()
        self.settle()

    def lanes_of(self, suffix: str) -> int:
        """Lanes with a live lease held by instances of this suffix, both services together."""
        return sum(int(str(self.stack.query(
            f"SELECT count(*) FROM {schema}.lane WHERE instance LIKE '%{suffix}'"
            " AND lease_until > clock_timestamp()")[0][0])) for schema in ("relay", "count"))

    def test_4_the_broker_dies_and_comes_back(self) -> None:
        """kill -9 of Kafka under load; producers may go fatal, nothing may be lost or doubled."""
        load = Load(self.stack, 2000)
        wait_for("work is under way", lambda: self.stack.counted() > 0, 30)
        self.servers.restart("kafka", immediate=True)
        before = self.stack.counted()
        wait_for("counting goes on", lambda: self.stack.counted() > before + 1000, 60)
        load.stop()
        self.settle()

    def test_5_the_broker_loses_its_tail(self) -> None:
        """The last acknowledged records of a numbered topic are gone: the publisher sends them again."""
        self.settle()
        self.servers.kill("kafka")
        cut = self.cut_tails("relay.events", 2000)
        self.assertGreater(cut, 0)
        self.servers.start("kafka")
        load = Load(self.stack, 1000)
        time.sleep(1)
        load.stop()
        self.settle()

    def cut_tails(self, topic: str, size: int) -> int:
        """Cut the end off the last segment of every partition of a topic; returns how many bytes went."""
        gone = 0
        for lane in range(LANES):
            segments = sorted(self.servers.folder.glob(f"kafka/**/{topic}-{lane}/*.log"))
            length = segments[-1].stat().st_size
            os.truncate(segments[-1], max(length - size, 0))
            gone += min(size, length)
        return gone

    def test_6_the_database_dies_and_comes_back(self) -> None:
        """PostgreSQL stops at once (as by a crash) under load, and recovers."""
        load = Load(self.stack, 2000)
        for _ in range(2):
            self.servers.restart("postgres", immediate=True)
            before = self.stack.counted()
            wait_for("counting goes on", lambda floor=before: self.stack.counted() > floor + 500, 60)
        load.stop()
        self.settle()

    def test_7_the_impossible_is_parked_and_driven_again(self) -> None:
        """One poisoned message stops its key alone; a later release counts it, and what waited behind it, in order."""
        self.settle()
        key = self.stack.send_impossible()
        wait_for("both pings are parked", lambda: self.parked() == 2, 20)
        self.stack.send(200)
        self.stack.producer.flush(60)
        behind = len([n for n in range(self.stack.sent - 199, self.stack.sent + 1) if f"key-{n % KEYS}" == key])
        wait_for("all else is counted", lambda: self.stack.counted() == self.stack.sent - 2 - behind, 30)
        listing = self.stack.kervan("parked", "--service", "count", "--json").splitlines()
        self.assertIn("is negative", listing[0])
        self.assertEqual([json.loads(line)["subject_id"] for line in listing], [key] * (2 + behind))
        for number in (1, 2):
            self.stack.kill(f"count-{number}")
            self.stack.start("count", f"count-{number}", accept_negative=True)
        wait_for("the new release has the lanes", lambda: self.lanes_of("") == 2 * LANES, 20)
        head = json.loads(self.stack.kervan("parked", "--subject", key, "--limit", "1", "--json"))
        self.stack.kervan("parked", "redrive", head["id"])
        wait_for("nothing is parked", lambda: self.parked() == 0, 20)
        self.settle()

    def parked(self) -> int:
        """Rows that the counter has parked."""
        return int(str(self.stack.query("SELECT count(*) FROM count.parked")[0][0]))

    def test_8_enough_pings(self) -> None:
        """What is missing to the wanted number is sent in one go."""
        self.stack.send(max(PINGS - self.stack.sent, 0))
        self.assertEqual(self.stack.producer.flush(60), 0)
        self.settle(120)
        self.assertGreaterEqual(self.stack.counted(), PINGS)


if __name__ == "__main__":
    unittest.main(failfast=True)
