#!/usr/bin/python3
"""cli_lanes_test - what the kervan command shows of lanes and asks of their owners, on test services that run and die.

    tests/stack/cli_lanes_test.py [-k NAME]

Messages are parked and a stream loses numbers for good; each test leaves nothing parked and no gap.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

import psycopg2

sys.path.insert(0, str(Path(__file__).resolve().parent))
from built import KERVAN, SANITIZERS  # noqa: E402
from lane_stack import KEYS, LANES, LaneStack, lane_of, wait_for  # noqa: E402
from testenv import Servers  # noqa: E402

DONE, USAGE, MISSING, REFUSED, WAITING = 0, 2, 3, 5, 7
Row = dict[str, Any]


class LanesCommandTest(unittest.TestCase):
    """One relay and one counter, as the command sees them."""

    servers: Servers
    stack: LaneStack

    @classmethod
    def setUpClass(cls) -> None:
        """Both services work."""
        cls.servers = Servers(postgres=True, kafka=True)
        cls.servers.start()
        cls.stack = LaneStack(cls.servers)
        cls.stack.prepare()
        cls.stack.start("relay", "relay-1")
        cls.stack.start("count", "count-1")
        wait_for("all lanes have owners", cls.all_owned, 60)

    @classmethod
    def tearDownClass(cls) -> None:
        """Leave nothing behind."""
        for instance in list(cls.stack.processes):
            cls.stack.kill(instance)
        cls.stack.echo.close()
        cls.servers.close()

    @classmethod
    def all_owned(cls) -> bool:
        """Every lane of both services has an owner."""
        lanes = cls.rows("lanes")
        return len(lanes) == 2 * LANES and all(lane["owner"] for lane in lanes)

    @classmethod
    def kervan(cls, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command."""
        environment = {"KERVAN_PG_OWNER": cls.servers.pg_conninfo("owner"), "USER": "tester",
                       "KERVAN_KAFKA": cls.servers.kafka_bootstrap, "PATH": os.environ["PATH"]} | SANITIZERS
        return subprocess.run([str(KERVAN), *words], env=environment, capture_output=True, text=True,
                              timeout=60, check=False)

    @classmethod
    def rows(cls, *words: str) -> list[Row]:
        """What a list has as JSON."""
        done = cls.kervan(*words, "--json")
        if done.returncode != DONE:
            raise AssertionError(f"kervan {words}: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def change(self, statement: str) -> None:
        """Write as the owner of the schemas."""
        with psycopg2.connect(self.servers.pg_conninfo("owner")) as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def settle(self) -> None:
        """Everything sent is counted, once and in order."""
        self.stack.producer.flush(60)
        wait_for("everything is counted", lambda: not self.stack.differences(), 60)

    def forget(self, key: str, n: int) -> None:
        """A ping that is given up is not expected any more."""
        expected = self.stack.expected[key]
        expected.count -= 1
        expected.total -= n
        expected.echoes -= n % 10 == 0
        expected.fired -= n % 7 == 0
        if n % 11 == 0:
            self.stack.hubs[f"hub-{n // 11 % 5}"] -= 1

    def park(self) -> tuple[str, Row]:
        """An impossible ping and one behind it; returns their key and what is listed of the first."""
        key = self.stack.send_impossible()
        wait_for("both are parked", lambda: len(self.rows("parked", "--subject", key)) == 2, 30)
        return key, self.rows("parked", "--subject", key, "--state", "failed")[0]

    def restart_counter(self, accept_negative: bool) -> None:
        """Another release of the counter."""
        self.stack.kill("count-1")
        self.stack.start("count", "count-1", accept_negative=accept_negative)

    def test_1_lanes_and_owners(self) -> None:
        """Who owns what, and how far it is."""
        self.stack.send(500)
        self.settle()
        owners = {row["instance"]: row for row in self.rows("owners")}
        self.assertEqual(set(owners), {"relay-1", "count-1"})
        self.assertEqual(owners["count-1"] | {"seen_ms_ago": 0}, {
            "service": "count", "instance": "count-1", "live": True, "seen_ms_ago": 0, "lanes": LANES,
            "fair_share": LANES})
        lane = self.rows("lanes", "--service", "count")[lane_of("key-1")]
        self.assertEqual((lane["service"], lane["lane"], lane["owner"]), ("count", lane_of("key-1"), "count-1"))
        self.assertGreater(lane["version"], 1)
        shown = json.loads(self.kervan("lanes", "show", "relay", str(lane_of("key-1")), "--json").stdout)
        said = next(stream for stream in shown["streams"] if stream["topic"] == "relay.events")
        read = json.loads(self.kervan("lanes", "show", "count", str(lane_of("key-1")), "--json").stdout)["reads"][0]
        self.assertEqual((read["topic"], read["number"], read["gap"]), ("relay.events", said["number"], False))
        self.assertEqual(self.kervan("lanes", "show", "count", "99").returncode, MISSING)
        self.assertEqual(self.kervan("lanes", "show", "nobody", "1").returncode, MISSING)
        wait_for("nothing lags", lambda: all(row["lag"] == 0 for row in self.rows("lag")), 30)
        self.assertEqual(len(self.rows("lag", "--lanes", "--service", "count")) % LANES, 0)

    def test_2_a_table_lines_up(self) -> None:
        """Headings stand over their columns; no colors outside a terminal."""
        text = self.kervan("owners").stdout
        lines = text.splitlines()
        self.assertNotIn("\033", text)
        self.assertRegex(lines[0], "^SERVICE +INSTANCE +LIVE +SEEN MS AGO +LANES +FAIR SHARE$")
        at = lines[0].index("INSTANCE")
        self.assertEqual([line[at:].split()[0] for line in lines[1:]], ["count-1", "relay-1"])

    def test_3_show_and_redrive(self) -> None:
        """What is impossible again says so; a later release does it, in order, and every step is on record."""
        key, parked = self.park()
        self.assertEqual(parked["service"], "count")
        self.assertIn("is negative", parked["reason"])
        shown = json.loads(self.kervan("parked", "show", parked["id"], "--json").stdout)
        self.assertIn(f'"key":"{key}"', shown["body"])
        self.assertEqual((shown["behind"], shown["subject_id"], shown["type"]), (1, key, parked["type"]))
        self.assertIn("is negative", self.kervan("parked", "show", parked["id"]).stdout)
        done = self.kervan("parked", "redrive", parked["id"], "--json")
        self.assertEqual(done.returncode, REFUSED, done.stderr)
        self.assertIn("is negative", json.loads(done.stdout)["detail"])
        self.restart_counter(accept_negative=True)
        done = self.kervan("parked", "redrive", "--service", "count", "--reason", "release 2", "--wait", "30")
        self.assertEqual(done.returncode, DONE, done.stdout + done.stderr)
        self.assertEqual(self.rows("parked"), [])
        asked = json.loads(self.kervan("lanes", "show", "count", str(parked["lane"]), "--json").stdout)["asked"]
        self.assertEqual([(row["kind"], row["actor"], row["reason"], row["outcome"]) for row in asked[:2]],
                         [("redrive", "tester", "all of the service", "done"), ("redrive", "tester", "", "refused")])
        self.settle()
        self.restart_counter(accept_negative=False)

    def test_4_a_redrive_outlives_its_owner(self) -> None:
        """Asked for while nobody owns the lane, and again with an owner that dies over it: the next one does it."""
        _, parked = self.park()
        self.stack.kill("count-1")
        done = self.kervan("parked", "redrive", parked["id"], "--wait", "0")
        self.assertEqual(done.returncode, WAITING, done.stdout + done.stderr)
        self.assertEqual(self.rows("parked")[0]["asked"], "redrive")
        self.stack.start("count", "count-1", fault="before_commit:1:kill", accept_negative=True)
        self.stack.await_death("count-1", 60)
        self.assertEqual(len(self.rows("parked")), 2)
        self.stack.start("count", "count-1", accept_negative=True)
        wait_for("nothing is parked", lambda: self.rows("parked") == [], 60)
        self.settle()
        self.restart_counter(accept_negative=False)

    def test_5_discard(self) -> None:
        """Only with a reason; what was behind goes on, and who did it stays known."""
        key, parked = self.park()
        n = -json.loads(json.loads(self.kervan("parked", "show", parked["id"], "--json").stdout)["body"])["n"]
        self.assertEqual(self.kervan("parked", "discard", parked["id"]).returncode, USAGE)
        self.assertEqual(self.kervan("parked", "discard", "count/0/999999", "--reason", "x").returncode, MISSING)
        done = self.kervan("parked", "discard", parked["id"], "--reason", "sent by mistake", "--as", "ada",
                           "--wait", "30")
        self.assertEqual(done.returncode, DONE, done.stdout + done.stderr)
        self.forget(key, n)
        wait_for("what was behind is counted", lambda: self.rows("parked") == [], 30)
        asked = json.loads(self.kervan("lanes", "show", "count", str(parked["lane"]), "--json").stdout)["asked"][0]
        self.assertEqual((asked["kind"], asked["actor"], asked["reason"], asked["outcome"], asked["detail"]),
                         ("discard", "ada", "sent by mistake", "done", "discarded"))
        self.stack.send(KEYS)  # the last number of each key is one that counts
        self.settle()

    def lose_numbers(self, lane: int) -> int:
        """Three numbers of the relay's stream that nobody can send; returns the last of them."""
        self.stack.kill("relay-1")
        self.change(f"UPDATE relay.stream SET number = number + 3, cursor_number = cursor_number + 3 "
                    f"WHERE topic = 'relay.events' AND lane = {lane}")
        number = f"SELECT number FROM relay.stream WHERE topic = 'relay.events' AND lane = {lane}"
        last = int(str(self.stack.query(number)[0][0]))
        self.stack.start("relay", "relay-1")
        return last

    def gap_of(self, lane: int) -> Row:
        """How far the counter is in that lane."""
        return dict(json.loads(self.kervan("lanes", "show", "count", str(lane), "--json").stdout)["reads"][0])

    def test_6_skip_gap(self) -> None:
        """Only what is missing can be given up; then the lane goes on, and nothing behind the gap is lost."""
        lane = lane_of("key-1")
        self.settle()
        self.assertEqual(self.skip(lane, 3).returncode, REFUSED)
        last = self.lose_numbers(lane)
        self.stack.send(5 * KEYS)
        self.stack.producer.flush(60)
        wait_for("the gap is seen", lambda: self.gap_of(lane)["gap"], 60)
        self.assertEqual(self.gap_of(lane)["number"], last - 3)
        self.assertTrue(any(row["gaps"] for row in self.rows("lanes", "--service", "count")))
        self.assertTrue(any(row["missing"] for row in self.rows("lag")))
        self.assertEqual(self.skip(lane, last - 3).returncode, REFUSED)
        self.assertEqual(self.skip(lane, self.gap_of(lane)["seen_number"]).returncode, REFUSED)
        self.assertEqual(self.skip(99, last).returncode, MISSING)
        done = self.skip(lane, last)
        self.assertEqual(done.returncode, DONE, done.stdout + done.stderr)
        self.settle()
        self.assertFalse(self.gap_of(lane)["gap"])

    def skip(self, lane: int, number: int) -> subprocess.CompletedProcess[str]:
        """Ask to give up numbers of relay.events."""
        return self.kervan("lanes", "skip-gap", "count", "relay.events", str(lane), "--to", str(number), "--reason",
                           "its disk is gone", "--wait", "30")


if __name__ == "__main__":
    unittest.main()
