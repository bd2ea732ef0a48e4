#!/usr/bin/python3
"""dev_stack_test.py - make run, status and stop, in a folder and on ports of their own, with what may go wrong between.

The tests of DevStack run in the order of their names: each goes on from where the one before left the stack.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/dev"))
from basics import bind_problem, free_ports, is_alive, marked_processes, server_account, wait_until  # noqa: E402
from service_table import read_services  # noqa: E402
from settings import LONGEST_SOCKET_NAME, SERVER_PORTS, SOCKET_PATH_LIMIT, Settings, socket_dir  # noqa: E402

RUN_TIMEOUT_S = 240
SECOND_RUN_LIMIT_S = 30
BACK_TIMEOUT_S = 45
PROBE = ("probe | tests/stack/probe_service.py | KERVAN_PROBE_PORT=1 | /readyz | kafka | "
         "PROBE_KEY_FILE=$KERVAN_SECRETS/probe")
SECOND_PROBE = "late | tests/stack/probe_service.py | KERVAN_LATE_PORT=2 | /readyz | probe | -"


class DevStack(unittest.TestCase):
    """One stack through its life."""

    @classmethod
    def setUpClass(cls) -> None:
        """A folder, a table of services with a probe in it, a free port for each variable."""
        cls.folder = Path(tempfile.mkdtemp(prefix="kervan-stack-", dir="/tmp"))
        cls.folder.chmod(0o755)
        cls.run_dir = cls.folder / "run"
        cls.table = cls.folder / "services.txt"
        cls.table.write_text((ROOT / "deploy/dev/services.txt").read_text() + PROBE + "\n")
        variables = [*SERVER_PORTS, "KERVAN_LATE_PORT"]
        variables += [name for service in read_services(cls.table) for name in service.ports]
        cls.ports = dict(zip(variables, free_ports(len(variables)), strict=True))
        cls.environment = {name: value for name, value in os.environ.items()
                           if name not in ("MAKEFLAGS", "MAKELEVEL", "KERVAN_PORT_BASE")}
        cls.environment |= {name: str(port) for name, port in cls.ports.items()}
        cls.environment |= {"KERVAN_RUN_DIR": str(cls.run_dir), "KERVAN_SERVICES_FILE": str(cls.table)}

    @classmethod
    def tearDownClass(cls) -> None:
        """Leave nothing behind, whatever failed."""
        for folder in (cls.run_dir, cls.folder / "other"):
            environment = cls.environment | {"KERVAN_RUN_DIR": str(folder)}
            subprocess.run(["make", "stop"], cwd=ROOT, env=environment, check=False,
                           timeout=RUN_TIMEOUT_S, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        shutil.rmtree(cls.folder)

    def make(self, target: str, expected: int = 0, **variables: str) -> str:
        """Run make; its output, once its status was as expected."""
        done = subprocess.run(["make", target], cwd=ROOT, env=self.environment | variables, check=False, text=True,
                              timeout=RUN_TIMEOUT_S, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode != 0, expected != 0, done.stdout)
        return done.stdout

    def pids(self) -> dict[str, int]:
        """The process of each program, as make status says."""
        lines = [line.split() for line in self.make("status").splitlines() if " pid " in line]
        return {words[0]: int(words[3]) for words in lines}

    def source(self, name: str) -> str:
        """A variable of the environment file, as a shell reads it."""
        command = f'. "$1" && printf %s "${name}"'
        return subprocess.run(["sh", "-ec", command, "sh", str(self.run_dir / "env")], check=True, text=True,
                              stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"]}).stdout

    def query(self, role: str, sql: str) -> subprocess.CompletedProcess[str]:
        """What PostgreSQL answers a role."""
        return subprocess.run(["psql", "-XAtq", "-c", sql, self.source(f"KERVAN_PG_{role}")], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)

    def wait_well(self) -> None:
        """Wait until make status finds everything ready."""
        command = [sys.executable, str(ROOT / "deploy/dev/stack.py"), "status"]
        wait_until("a healthy stack", BACK_TIMEOUT_S, lambda: subprocess.run(
            command, env=self.environment, check=False, stdout=subprocess.DEVNULL, timeout=60).returncode == 0)

    def test_1_run(self) -> None:
        """An empty folder becomes a running stack."""
        self.assertIn("make run", self.make("status", expected=2))
        output = self.make("run")
        self.assertIn("Kervan is up", output)
        self.assertIn("postgres", self.pids())
        self.assertEqual((self.run_dir / "env").stat().st_mode & 0o777, 0o600)
        for secret in (self.run_dir / "secrets").iterdir():
            self.assertEqual(secret.stat().st_mode & 0o777, 0o600, secret)

    def test_2_service_is_given_what_it_needs(self) -> None:
        """A line of the table gives a service its addresses and its key."""
        url = f"http://127.0.0.1:{self.ports['KERVAN_PROBE_PORT']}/environment"
        with urllib.request.urlopen(url, timeout=10) as answer:
            values = json.load(answer)
        self.assertEqual(values["KERVAN_KAFKA"], f"127.0.0.1:{self.ports['KERVAN_KAFKA_PORT']}")
        self.assertEqual((values["KERVAN_INSTANCE"], values["KERVAN_LANES"]), ("probe-1", "12"))
        self.assertNotIn("KERVAN_PG", values)
        self.assertTrue((self.run_dir / "secrets/probe").exists())

    def test_2_roles_keep_to_their_schema(self) -> None:
        """A service reads and writes its own rows and can do nothing else."""
        made = self.query("OWNER", "CREATE TABLE orders.stack_probe(a int); CREATE TABLE payment.stack_probe(a int)")
        self.assertEqual(made.returncode, 0, made.stdout)
        self.assertEqual(self.query("ORDER", "INSERT INTO stack_probe VALUES (7)").returncode, 0)
        self.assertEqual(self.query("ORDER", "SELECT a FROM stack_probe").stdout, "7\n")
        for sql in ("SELECT * FROM payment.stack_probe", "CREATE TABLE more(a int)",
                    "CREATE TEMPORARY TABLE more(a int)", "DROP TABLE orders.stack_probe",
                    "CREATE SCHEMA more", "CREATE TABLE public.more(a int)",
                    "TRUNCATE stack_probe"):
            refused = self.query("ORDER", sql)
            self.assertNotEqual(refused.returncode, 0, sql)
            self.assertRegex(refused.stdout, "permission denied|must be owner", sql)
        self.assertEqual(self.query("OWNER", "DROP TABLE payment.stack_probe").returncode, 0)

    def test_3_second_run_changes_nothing(self) -> None:
        """It says that all runs already, soon, and with the same processes."""
        before = self.pids()
        start = time.monotonic()
        self.assertIn("running already", self.make("run"))
        self.assertLess(time.monotonic() - start, SECOND_RUN_LIMIT_S)
        self.assertEqual(self.pids(), before)

    def test_4_new_line_is_a_new_service(self) -> None:
        """A line more, and make run starts that alone."""
        before = self.pids()
        self.table.write_text(self.table.read_text() + SECOND_PROBE + "\n")
        self.assertIn("started late.", self.make("run"))
        after = self.pids()
        self.assertIn("late", after)
        self.assertEqual({name: after[name] for name in before}, before)

    def test_5_what_dies_comes_back(self) -> None:
        """Kafka, PostgreSQL and a service are started again after kill -9."""
        before = self.pids()
        for name in ("kafka", "postgres", "probe"):
            os.kill(before[name], signal.SIGKILL)
            wait_until(f"the end of {name}", 10, lambda pid=before[name]: not is_alive(pid))
        self.wait_well()
        after = self.pids()
        for name in ("kafka", "postgres", "probe"):
            self.assertNotEqual(after[name], before[name])
        self.assertEqual(self.query("ORDER", "SELECT a FROM stack_probe").stdout, "7\n")

    def test_6_taken_port(self) -> None:
        """A port in use is named with the variable to set, and nothing is started."""
        other = self.folder / "other"
        output = self.make("run", expected=2, KERVAN_RUN_DIR=str(other))
        self.assertIn(f"port {self.ports['KERVAN_PG_PORT']}", output)
        self.assertIn("set KERVAN_PG_PORT", output)
        self.assertFalse((other / "supervisord.pid").exists())
        self.assertEqual(marked_processes(str(other)), [])

    def test_7_stop(self) -> None:
        """Nothing of the stack is left, and a second stop does no harm."""
        before = self.pids()
        self.assertIn("Kervan is stopped", self.make("stop"))
        self.assertEqual([name for name, pid in before.items() if is_alive(pid)], [])
        self.assertEqual(marked_processes(str(self.run_dir)), [])
        self.assertEqual([name for name, port in self.ports.items() if bind_problem(port)], [])
        self.assertIn("did not run", self.make("stop"))

    def test_8_data_outlive_a_stop(self) -> None:
        """The next start is quick and finds what was there."""
        start = time.monotonic()
        self.make("run")
        self.assertLess(time.monotonic() - start, SECOND_RUN_LIMIT_S)
        self.assertEqual(self.query("ORDER", "SELECT a FROM stack_probe").stdout, "7\n")

    def test_9_stop_finds_orphans(self) -> None:
        """Even when its supervisord was killed, stop ends what that had started."""
        before = self.pids()
        os.kill(int((self.run_dir / "supervisord.pid").read_text()), signal.SIGKILL)
        self.make("stop")
        self.assertEqual([name for name, pid in before.items() if is_alive(pid)], [])


class Refusals(unittest.TestCase):
    """What make run refuses before it does anything."""

    def refused(self, **variables: str) -> str:
        """The words of a run that fails."""
        done = subprocess.run([ROOT / "deploy/dev/stack.py", "run"], env=os.environ | variables, check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done.stdout

    def test_bad_settings(self) -> None:
        """A port that is none, one port twice, a folder of something else."""
        with tempfile.TemporaryDirectory() as folder:
            fresh = str(Path(folder) / "run")
            self.assertIn("KERVAN_PG_PORT=x", self.refused(KERVAN_RUN_DIR=fresh, KERVAN_PG_PORT="x"))
            twice = {"KERVAN_PG_PORT": "20001", "KERVAN_KAFKA_PORT": "20001"}
            self.assertIn("both 20001", self.refused(KERVAN_RUN_DIR=fresh, **twice))
            (Path(folder) / "letter").touch()
            self.assertIn("KERVAN_RUN_DIR", self.refused(KERVAN_RUN_DIR=folder))

    def test_bad_table(self) -> None:
        """A line that cannot be read is named with its number."""
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "services.txt"
            for line, word in (("order | x", ":1: wants 6 columns"),
                               ("kafka | x | KERVAN_X_PORT=1 | /readyz | - | -", "cannot name a service"),
                               ("one | x | KERVAN_X_PORT=1 | /readyz | two | -", "one need each other")):
                table.write_text(line + "\n")
                self.assertIn(word, self.refused(KERVAN_RUN_DIR=f"{folder}/run", KERVAN_SERVICES_FILE=str(table)))

    def test_long_path_gets_short_sockets(self) -> None:
        """A Unix socket's path has a limit that a folder's has not."""
        with tempfile.TemporaryDirectory() as folder:
            long = Path(folder) / ("x" * SOCKET_PATH_LIMIT)
            long.mkdir()
            settings = Settings(long, long, {}, [])
            short = socket_dir(settings, server_account())
            self.addCleanup(shutil.rmtree, short, ignore_errors=True)
            self.assertEqual(socket_dir(settings, server_account()), short)
            with contextlib.closing(socket.socket(socket.AF_UNIX)) as probe:
                probe.bind(f"{short}/{'s' * (LONGEST_SOCKET_NAME - 1)}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
