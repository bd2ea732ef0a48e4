#!/usr/bin/python3
"""cli_test - the kervan command: its words, its help, `migrate` and `topics`, and its statements on every schema.

    tests/stack/cli_test.py

cli_lanes_test.py and cli_system_test.py have what needs services that run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import psycopg2
from confluent_kafka.admin import AdminClient, ConfigResource

sys.path.insert(0, str(Path(__file__).resolve().parent))
from built import KERVAN, ROOT, SANITIZERS  # noqa: E402
from testenv import Servers  # noqa: E402

DONE, WRONG, USAGE, MISSING, UNREACHABLE, SETUP = 0, 1, 2, 3, 4, 6
COMMAND_TIMEOUT_S = 60


def kervan(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command with nothing in its environment but what is given."""
    return subprocess.run([str(KERVAN), *words], env=SANITIZERS | environment, text=True, capture_output=True,
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

    def test_address_from_a_file(self) -> None:
        """Every command that needs the owner finds its address in a file, too."""
        with tempfile.NamedTemporaryFile("w") as file:
            print(self.owner, file=file, flush=True)
            self.assert_done(kervan("migrate", "--service", "gateway", KERVAN_PG_OWNER_FILE=file.name))
            self.assert_done(kervan("key", "create", "--scopes", "orders:read", KERVAN_PG_OWNER_FILE=file.name))

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
        self.assertEqual(done.returncode, SETUP)
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
        self.assertEqual(done.returncode, SETUP)
        self.assertIn('role "kervan_invntory" does not exist', done.stderr)
        self.assertEqual(self.rows("owner", "select to_regnamespace('invntory')"), [(None,)])
        self.assertEqual(self.migrate("Robert'); drop").returncode, USAGE)
        self.assertEqual(kervan("migrate", "--frobnicate").returncode, USAGE)
        done = kervan("migrate")
        self.assertEqual(done.returncode, SETUP)
        self.assertIn("KERVAN_PG_OWNER", done.stderr)
        self.assertEqual(kervan("migrate", KERVAN_PG_OWNER="host=127.0.0.1 port=1").returncode, UNREACHABLE)


class ReadyTest(unittest.TestCase):
    """A service that is ready, one that is not, one that is away."""

    def setUp(self) -> None:
        """It answers /readyz with 200, everything else with 503."""
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802 (the name that http.server wants)
                self.send_response(200 if self.path == "/readyz" else 503)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Silent."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = str(self.server.server_address[1])
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def tearDown(self) -> None:
        """Gone."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def test_ready(self) -> None:
        """The status tells, and a word about it."""
        self.assertEqual(kervan("ready", KERVAN_HTTP_PORT=self.port).returncode, DONE)
        self.assertEqual(kervan("ready", f"http://127.0.0.1:{self.port}/readyz").returncode, DONE)
        refused = kervan("ready", f"http://127.0.0.1:{self.port}/other")
        self.assertEqual(refused.returncode, WRONG)
        self.assertIn("answers 503", refused.stdout)
        self.assertEqual(kervan("ready", "http://127.0.0.1:1/readyz").returncode, UNREACHABLE)


class WordsTest(unittest.TestCase):
    """What the program says of itself, and what it refuses, without any server."""

    def commands(self) -> list[str]:
        """Every command, as the program lists them."""
        lines = kervan("--help").stdout.split("\n\n")[1].splitlines()
        return [line.strip().split("  ")[0] for line in lines]

    def test_every_command_has_help(self) -> None:
        """With a usage line of its own; the list has a line of meaning for each."""
        commands = self.commands()
        self.assertGreater(len(commands), 20)
        for command in commands:
            done = kervan(*command.split(), "--help")
            self.assertEqual(done.returncode, DONE, command)
            self.assertTrue(done.stdout.startswith(f"usage: kervan {command}"), done.stdout)
            self.assertIn("--json", done.stdout)

    def test_wrong_words_are_refused(self) -> None:
        """Each with what is wrong and how it is called; nothing is asked of a server."""
        cases = {
            "": "usage: kervan COMMAND",
            "frobnicate": 'there is no command "frobnicate"',
            "parked frobnicate": '"parked" has no "frobnicate"',
            "orders --frobnicate": 'unexpected "--frobnicate"',
            "orders --limit": "--limit wants N",
            "orders --limit x": '--limit is no number from 1 to 10000: "x"',
            "orders --limit=0": "--limit is no number",
            "orders --limit 3 --limit 4": "--limit is given twice",
            "orders --held=yes": "--held takes no value",
            "orders --status confused": "--status is \"confused\" and not one of: draft placed",
            "orders show": "ORDER is missing",
            "orders show ord_1 ord_2": 'unexpected "ord_2"',
            "parked discard count/1/2": "--reason is required",
            "parked discard count/1/2 --reason=": "--reason takes 1 to 500 characters",
            "lanes skip-gap count relay.events 1 --reason gone": "--to is required",
            "completion fish": "SHELL is \"fish\" and not one of: bash zsh",
            "key create": "--scopes is required",
        }
        for words, complaint in cases.items():
            done = kervan(*words.split())
            self.assertEqual(done.returncode, USAGE, words)
            self.assertIn(complaint, done.stderr, words)
            self.assertIn("kervan", done.stderr, words)
            self.assertEqual(done.stdout, "", words)

    def test_ends_are_listed(self) -> None:
        """The exit statuses are 0 and up, each with a meaning."""
        lines = kervan("--help").stdout.split("exit status:\n")[1].splitlines()
        self.assertEqual([line.split()[0] for line in lines], [str(number) for number in range(len(lines))])

    def complete(self, *words: str) -> list[str]:
        """What bash offers for the last word."""
        script = (kervan("completion", "bash").stdout + 'COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); '
                  '_kervan; complete -p kervan >/dev/null || exit 9; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-eu", "-c", script, "bash", *words], text=True, capture_output=True,
                              timeout=COMMAND_TIMEOUT_S, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_bash_completes(self) -> None:
        """Commands, their names, their options and what an option may be."""
        groups = list(dict.fromkeys(command.split()[0] for command in self.commands()))
        self.assertEqual(self.complete("kervan", ""), groups)
        self.assertEqual(self.complete("kervan", "par"), ["parked"])
        self.assertEqual(self.complete("kervan", "parked", "re"), ["redrive"])
        self.assertEqual(self.complete("kervan", "parked", "list", "--state", ""), ["failed", "behind", "newer"])
        self.assertEqual(self.complete("kervan", "parked", "--state", "b"), ["behind"])
        self.assertEqual(self.complete("kervan", "parked", "discard", "count/1/2", "--re"), ["--reason"])
        self.assertIn("--json", self.complete("kervan", "stuck", "--"))
        self.assertEqual(self.complete("kervan", "completion", "z"), ["zsh"])
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "env").touch()
            self.assertEqual(self.complete("kervan", "stuck", "--env", f"{folder}/e"), [f"{folder}/env"])

    def test_other_texts_from_the_table(self) -> None:
        """Every command is in the completion for zsh and in the manual."""
        manual, zsh = kervan("manual").stdout, kervan("completion", "zsh").stdout
        self.assertTrue(manual.startswith(".TH KERVAN 1\n"))
        for command in self.commands():
            self.assertIn(f".SS kervan {command}", manual)
            self.assertIn(command.replace(" ", ":"), zsh)

    def test_no_address(self) -> None:
        """Without a database nothing is shown, and the end says why."""
        for words in ("orders", "stuck", "tasks", "parked", "lanes", "owners", "key", "audit", "lag"):
            done = kervan(words)
            self.assertEqual(done.returncode, SETUP, words)
            self.assertIn("KERVAN_PG_OWNER is not set", done.stderr, words)
            done = kervan(words, KERVAN_PG_OWNER="host=127.0.0.1 port=1")
            self.assertEqual(done.returncode, UNREACHABLE, words)
            self.assertEqual(done.stdout, "", words)

    def test_settings_from_a_file(self) -> None:
        """As a shell reads them; what is no assignment is named by its line."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "env"
            path.write_text("# addresses\n\nexport KERVAN_PG_OWNER='host=127.0.0.1 port=1 user='\"'\"'x y'\"'\"''\n"
                            'KERVAN_KAFKA="127.0.0.1:1" # none\n')
            self.assertEqual(kervan("parked", "--env", str(path)).returncode, UNREACHABLE)
            path.write_text("KERVAN_KAFKA=a\nnonsense\n")
            done = kervan("parked", f"--env={path}")
            self.assertEqual(done.returncode, SETUP)
            self.assertIn(f'line 2 of "{path}" is no assignment', done.stderr)
            self.assertEqual(kervan("parked", "--env", f"{folder}/missing").returncode, SETUP)


class StatementsTest(unittest.TestCase):
    """Every statement of the program can be prepared on the schemas as they are."""

    def test_statements_fit_the_schemas(self) -> None:
        """All schemas, all empty: each command prepares the statements of its file and finds nothing."""
        with closing(Servers(postgres=True)) as servers:
            servers.start()
            owner = {"KERVAN_PG_OWNER": servers.pg_conninfo("owner")}
            self.assertEqual(kervan("migrate", **owner).returncode, DONE)
            words = ("orders", "tasks", "stuck", "parked", "lanes", "owners", "key", "audit --settle 0")
            for line in words:
                done = kervan(*line.split(), "--json", **owner)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (DONE, "", ""), line)
            nobody = "ord_" + "a" * 26
            self.assertEqual(kervan("edits", "list", nobody, "--json", **owner).stdout, "")
            for line in (f"edits confirm {nobody}-M1", f"orders show {nobody}", f"timeline {nobody}",
                         f"tasks show {nobody}-T1", "parked show order/1/1", "parked list --service nobody",
                         "lanes show order 0",
                         "key revoke 0000", "key rotate 0000", "parked discard order/1/1 --reason gone"):
                done = kervan(*line.split(), **owner)
                self.assertEqual(done.returncode, MISSING, line + done.stderr)
            self.check_words(servers)

    def check_words(self, servers: Servers) -> None:
        """The words that options may be are those of the order service."""
        with closing(psycopg2.connect(servers.pg_conninfo("owner"))) as connection, connection.cursor() as cursor:
            for option, function in (("--status", "order_status_word"), ("--payment", "payment_status_word"),
                                     ("--fulfillment", "fulfillment_status_word"), ("--kind", "task_kind_word")):
                cursor.execute(f"select orders.{function}(n::smallint) from generate_series(1, 40) n")
                words = " ".join(row[0] for row in cursor.fetchall() if row[0])
                command = ("tasks", "list") if option == "--kind" else ("orders", "list")
                line = next(one for one in kervan(*command, "--help").stdout.splitlines()
                            if one.startswith(f"  {option} "))
                self.assertEqual(line.split(": ")[-1], words, option)
        choices = json.loads((ROOT / "proto" / "types" / "task_choice.json").read_text())["enum"]
        self.assertIn(f": {' '.join(choices)}\n", kervan("tasks", "decide", "--help").stdout)


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
        self.assertEqual(done.returncode, SETUP)
        self.assertIn('topic "order.requests" has 12 partitions where 6 are wanted', done.stderr)
        self.assertEqual(self.topics("--channel", "Web/../x").returncode, USAGE)
        self.assertEqual(self.topics(KERVAN_KAFKA_PROPERTIES="nonsense").returncode, SETUP)
        done = self.topics(KERVAN_KAFKA_REPLICATION="3", KERVAN_GATEWAYS="4")
        self.assertEqual(done.returncode, DONE, "topics that are there need no replicas: " + done.stderr)

    def test_no_broker(self) -> None:
        """A broker that is away may come back."""
        done = kervan("topics", KERVAN_KAFKA="127.0.0.1:1")
        self.assertEqual(done.returncode, UNREACHABLE, done.stderr)


if __name__ == "__main__":
    unittest.main()
