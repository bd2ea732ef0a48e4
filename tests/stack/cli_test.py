#!/usr/bin/python3
"""cli_test - `kervan migrate` and `kervan topics` against real servers.

    tests/stack/cli_test.py [build/dev/bin/kervan]

Names a schema after a service that has a role and no migrations of its own, so only the runtime's are applied.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import unittest
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
from confluent_kafka.admin import AdminClient, ConfigResource

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "dev"))
from testenv import Servers  # noqa: E402

PROGRAM = str(ROOT / "build/dev/bin/kervan")
DONE, CANNOT, USAGE, LATER = 0, 1, 64, 75
COMMAND_TIMEOUT_S = 60


def kervan(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command with nothing in its environment but what is given."""
    return subprocess.run([PROGRAM, *words], env=environment, text=True, capture_output=True,
                          timeout=COMMAND_TIMEOUT_S, check=False)


class MigrateTest(unittest.TestCase):
    """Each test works in a schema of its own."""

    servers: Servers
    owner: str

    @classmethod
    def setUpClass(cls) -> None:
        """One database for all tests."""
        cls.servers = Servers(postgres=True)
        cls.servers.start()
        cls.owner = cls.servers.pg_conninfo("owner")

    @classmethod
    def tearDownClass(cls) -> None:
        """Leave nothing behind."""
        cls.servers.close()

    def migrate(self, service: str, *more: str) -> subprocess.CompletedProcess[str]:
        """Migrate one service's schema as the owner."""
        return kervan("migrate", "--service", service, *more, KERVAN_PG_OWNER=self.owner)

    def connect(self, role: str) -> Any:
        """A connection that commits each statement."""
        connection = psycopg2.connect(self.servers.pg_conninfo(role))
        connection.autocommit = True
        return closing(connection)

    def rows(self, role: str, sql: str) -> list[tuple[Any, ...]]:
        """Run a statement as a role."""
        with self.connect(role) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []

    def assert_done(self, done: subprocess.CompletedProcess[str]) -> None:
        """It ended well."""
        self.assertEqual(done.returncode, DONE, done.stdout + done.stderr)

    def test_applies_once(self) -> None:
        """The second time nothing happens, and the register is as it was."""
        register = "select component, number, sha256, applied_at from returns.schema_migration order by 1, 2"
        first = self.migrate("returns")
        self.assert_done(first)
        self.assertIn("returns: applied runtime 0001_runtime", first.stdout)
        before = self.rows("owner", register)
        self.assertEqual(before[0][:2], ("runtime", 1))
        second = self.migrate("returns")
        self.assert_done(second)
        self.assertEqual(second.stdout, "returns: up to date\n")
        self.assertEqual(self.rows("owner", register), before)

    def test_refuses_a_changed_migration(self) -> None:
        """A file that is not what was applied stops everything."""
        self.assert_done(self.migrate("analytics"))
        self.rows("owner", "update analytics.schema_migration set sha256 = 'other' where number = 1")
        done = self.migrate("analytics")
        self.assertEqual(done.returncode, CANNOT)
        self.assertIn('0001_runtime was changed after it was applied to schema "analytics"', done.stderr)
        self.assertIn("changed since", self.migrate("analytics", "--status").stdout)

    def test_order_lives_in_orders(self) -> None:
        """The one service whose schema has another name."""
        self.assert_done(self.migrate("order"))
        self.assertEqual(self.rows("order", "select count(*) from orders.lane")[0][0], 0)

    def test_a_service_writes_rows_and_makes_nothing(self) -> None:
        """Rows of its own schema, no DDL, no register, nobody else's schema."""
        self.assert_done(self.migrate("shipping"))
        self.assert_done(self.migrate("fulfillment"))
        self.rows("shipping", "insert into shipping.lane (lane) values (1)")
        self.rows("shipping", "select business_now()")
        self.rows("shipping", "select * from shipping.schema_migration")
        forbidden = (
            "create table shipping.mine ()", "drop table shipping.lane", "alter table shipping.lane add x int",
            "truncate shipping.lane", "create schema mine", "update shipping.schema_migration set name = ''",
            "select * from fulfillment.lane", "insert into fulfillment.lane (lane) values (1)",
            "select fulfillment.business_now()",
        )
        for sql in forbidden:
            with self.subTest(sql), self.assertRaises(psycopg2.errors.InsufficientPrivilege):
                self.rows("shipping", sql)

    def test_status_changes_nothing(self) -> None:
        """Pending before, with an instant afterwards."""
        self.assertRegex(self.migrate("payment", "--status").stdout, r"payment +runtime +0001_runtime +pending")
        self.assertEqual(self.rows("owner", "select to_regclass('payment.lane')"), [(None,)])
        self.assert_done(self.migrate("payment"))
        self.assertRegex(self.migrate("payment", "--status").stdout, r"0001_runtime +20\d\d-\d\d-\d\dT")

    def test_two_at_once(self) -> None:
        """One waits for the other; both end well and each migration is applied once."""
        results: list[subprocess.CompletedProcess[str]] = []
        threads = [threading.Thread(target=lambda: results.append(self.migrate("inventory"))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(COMMAND_TIMEOUT_S)
        self.assertEqual(len(results), 3)
        for done in results:
            self.assert_done(done)
        self.assertEqual(sum("applied runtime 0001" in done.stdout for done in results), 1)

    def test_a_lock_is_waited_for(self) -> None:
        """A service that holds a lock for longer than one try of ours only delays us."""
        self.assert_done(self.migrate("notification"))
        self.rows("owner", "drop schema notification cascade; create schema notification")
        self.assert_done(self.migrate("notification", "--status"))
        self.rows("owner", "create table notification.schema_migration (component text, number smallint, name text,"
                           " sha256 text, applied_at timestamptz default now(), primary key (component, number))")
        with closing(psycopg2.connect(self.servers.pg_conninfo("owner"))) as holder, holder.cursor() as cursor:
            cursor.execute("lock table notification.schema_migration in share mode")
            release = threading.Timer(3.5, holder.rollback)
            release.start()
            start = time.monotonic()
            done = self.migrate("notification")
            release.join()
        self.assert_done(done)
        self.assertGreater(time.monotonic() - start, 3)
        self.assertEqual(self.rows("owner", "select count(*) from notification.schema_migration "
                                            "where component = 'runtime' and number = 1"), [(1,)])

    def test_says_what_is_wrong(self) -> None:
        """Misspelled services make nothing; a missing address, a wrong one and wrong words have their own ends."""
        done = self.migrate("invntory")
        self.assertEqual(done.returncode, CANNOT)
        self.assertIn('role "kervan_invntory" does not exist', done.stderr)
        self.assertEqual(self.rows("owner", "select to_regnamespace('invntory')"), [(None,)])
        self.assertEqual(self.migrate("Robert'); drop").returncode, USAGE)
        self.assertEqual(kervan("migrate", "--frobnicate").returncode, USAGE)
        self.assertEqual(kervan("frobnicate").returncode, USAGE)
        self.assertEqual(kervan("--help").returncode, DONE)
        done = kervan("migrate")
        self.assertEqual(done.returncode, CANNOT)
        self.assertIn("KERVAN_PG_OWNER", done.stderr)
        self.assertEqual(kervan("migrate", KERVAN_PG_OWNER="host=127.0.0.1 port=1").returncode, LATER)


class TopicsTest(unittest.TestCase):
    """All on one broker, in order."""

    def setUp(self) -> None:
        """A broker without topics."""
        self.servers = Servers(kafka=True)
        self.addCleanup(self.servers.close)
        self.servers.start()
        self.admin = AdminClient({"bootstrap.servers": self.servers.kafka_bootstrap})

    def topics(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command against the broker."""
        return kervan("topics", *words, KERVAN_KAFKA=self.servers.kafka_bootstrap, **environment)

    def setting(self, topic: str, name: str) -> str:
        """What the broker says of a topic."""
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
        entries = self.admin.describe_configs([resource])[resource].result(timeout=20)
        return str(entries[name].value)

    def check_settings(self) -> None:
        """Retention and the rest, a topic of each kind."""
        retention = {"order.requests": 1209600000, "payment.commands": 1209600000, "payment.events": -1,
                     "gateway.replies": 3600000, "order.requests.web": 1209600000}
        for topic, expected_ms in retention.items():
            self.assertEqual(self.setting(topic, "retention.ms"), str(expected_ms), topic)
            self.assertEqual(self.setting(topic, "cleanup.policy"), "delete", topic)
        for topic in ("item.state", "stock.levels", "channel.state"):
            self.assertEqual(self.setting(topic, "cleanup.policy"), "compact", topic)
        for topic in (*retention, "item.state"):
            self.assertEqual(self.setting(topic, "message.timestamp.type"), "LogAppendTime", topic)
            self.assertEqual(self.setting(topic, "max.message.bytes"), "1048576", topic)

    def test_topics(self) -> None:
        """Made once, found the second time, refused with another number of partitions."""
        done = self.topics("--channel", "web")
        self.assertEqual(done.returncode, DONE, done.stderr)
        found = {name: len(topic.partitions) for name, topic in self.admin.list_topics(timeout=20).topics.items()
                 if not name.startswith("_")}
        self.assertEqual(len(found), 22)
        self.assertNotIn("order.commands", found)
        self.assertEqual(found.pop("gateway.replies"), 4)
        self.assertEqual(set(found.values()), {12})
        self.check_settings()
        done = self.topics("--channel", "mobile")
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn("created order.requests.mobile", done.stdout)
        self.assertIn("22 topics, 1 of them new", done.stdout)
        done = self.topics(KERVAN_LANES="6")
        self.assertEqual(done.returncode, CANNOT)
        self.assertIn('topic "order.requests" has 12 partitions where 6 are wanted', done.stderr)
        self.assertEqual(self.topics("--channel", "Web/../x").returncode, USAGE)
        self.assertEqual(self.topics(KERVAN_KAFKA_PROPERTIES="nonsense").returncode, CANNOT)
        done = self.topics(KERVAN_KAFKA_REPLICATION="3", KERVAN_GATEWAYS="4")
        self.assertEqual(done.returncode, DONE, "topics that are there need no replicas: " + done.stderr)

    def test_no_broker(self) -> None:
        """A broker that is away may come back."""
        done = kervan("topics", KERVAN_KAFKA="127.0.0.1:1")
        self.assertEqual(done.returncode, LATER, done.stderr)


if __name__ == "__main__":
    if len(sys.argv) > 1 and os.path.exists(sys.argv[1]):
        PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
