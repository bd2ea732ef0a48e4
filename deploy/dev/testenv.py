#!/usr/bin/python3
"""testenv.py - private servers for a test: started on free ports in a temporary folder, and ended with it.

From Python:

    with Servers(postgres=True, kafka=True) as servers:
        servers.pg_conninfo("order"), servers.kafka_bootstrap

For anything else, a command that finds the addresses in its environment:

    deploy/dev/testenv.py [--postgres] [--kafka] -- COMMAND...

    KERVAN_PG_OWNER, KERVAN_PG_SUPERUSER, KERVAN_PG_ORDER ...   conninfo of each role
    KERVAN_KAFKA                                                bootstrap address
    KERVAN_TEST_DIR                                             the temporary folder, where the logs are too

The servers are those of `make run`, by the same code.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from basics import STACK_VARIABLE, StackError, end_processes, free_ports, marked_processes  # noqa: E402
from basics import server_account, wait_until  # noqa: E402
from kafka_server import KafkaJars, KafkaServer  # noqa: E402
from postgres_server import SUPERUSER, PostgresServer, role_names  # noqa: E402
from secret_store import SecretStore  # noqa: E402
from settings import cache_dir  # noqa: E402

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
DIE_WITH_PARENT = 1
SERVER_NAMES = ("postgres", "kafka")


@dataclass
class Running:
    """A server under way: how it is started again, and how one sees that it is there."""

    command: list[str]
    options: dict[str, Any]
    stop_signal: signal.Signals
    kill_signal: signal.Signals
    is_ready: Callable[[], bool]
    log: Path
    process: subprocess.Popen[bytes] | None = None


class Servers:
    """PostgreSQL or Kafka or both, alone in the world; use it as a context manager."""

    def __init__(self, postgres: bool = False, kafka: bool = False,
                 postgres_settings: dict[str, str] | None = None,
                 kafka_settings: dict[str, str] | None = None) -> None:
        """Say what is wanted; start() makes it."""
        self.folder = self._make_folder()
        self.secrets = SecretStore(self.folder / "secrets")
        ports = free_ports(3)
        self.postgres = (PostgresServer(self.folder / "pg", ports[0], self.secrets, self.folder / "s")
                         if postgres else None)
        self.kafka = (KafkaServer(self.folder / "kafka", ports[1], ports[2], KafkaJars(cache_dir()),
                                  self.folder / "kafka.log") if kafka else None)
        self._settings = (postgres_settings or {}, kafka_settings or {})
        self._running: dict[str, Running] = {}

    def __enter__(self) -> Servers:
        """Start, or leave nothing behind."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Stop and remove everything."""
        self.close()

    @property
    def kafka_bootstrap(self) -> str:
        """The address of the broker."""
        if self.kafka is None:
            raise StackError("these servers were made without kafka=True")
        return self.kafka.bootstrap

    def pg_conninfo(self, role: str) -> str:
        """What a role (owner, gateway, order ..., postgres) connects with."""
        if self.postgres is None:
            raise StackError("these servers were made without postgres=True")
        return self.postgres.conninfo(role)

    def pid(self, name: str) -> int:
        """The main process of postgres or kafka."""
        process = self._running[name].process
        if process is None or process.poll() is not None:
            raise StackError(f"{name} does not run")
        return process.pid

    def start(self, name: str | None = None) -> None:
        """Start all servers, or one that was stopped, and wait until they answer."""
        if not self._running:
            self._prepare()
        names = [name] if name else list(self._running)
        for each in names:
            self._launch(self._running[each])
        for each in names:
            self._await(each)
        if self.postgres is not None and "postgres" in names:
            self.postgres.create_roles()

    def stop(self, name: str) -> None:
        """End a server in good order."""
        self._end(name, self._running[name].stop_signal)

    def kill(self, name: str) -> None:
        """End a server as a crash does: without a word, its files as they are."""
        self._end(name, self._running[name].kill_signal)

    def restart(self, name: str, immediate: bool = False) -> None:
        """Stop, or kill when immediate, and start again."""
        if immediate:
            self.kill(name)
        else:
            self.stop(name)
        self.start(name)

    def close(self) -> None:
        """End everything that was started and remove the folder."""
        for name in reversed(list(self._running)):
            self._end(name, self._running[name].kill_signal)
        end_processes(marked_processes(str(self.folder)), 1)
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """The addresses as the variables that services read."""
        values = {"KERVAN_TEST_DIR": str(self.folder)}
        if self.postgres is not None:
            values |= {f"KERVAN_PG_{name.upper()}": self.pg_conninfo(name) for name in role_names()}
            values["KERVAN_PG_SUPERUSER"] = self.pg_conninfo(SUPERUSER)
        if self.kafka is not None:
            values["KERVAN_KAFKA"] = self.kafka_bootstrap
        return values

    @staticmethod
    def _make_folder() -> Path:
        """A short path that the servers' account may pass through."""
        account = server_account()
        place = Path(tempfile.gettempdir())
        if len(str(place)) > 60 or not account.reaches(place):
            place = Path("/tmp")
        folder = Path(tempfile.mkdtemp(prefix="kervan-test-", dir=place))
        folder.chmod(0o711)
        return folder

    def _prepare(self) -> None:
        """Make the folders and know how each server starts."""
        if self.postgres is not None:
            self.postgres.prepare(self._settings[0], durable=False)
            self._running["postgres"] = Running(
                self.postgres.command(), {"cwd": "/", **self.postgres.account.options()},
                signal.SIGINT, signal.SIGQUIT, self.postgres.is_ready, self.folder / "postgres.log")
        if self.kafka is not None:
            self.kafka.jars.ensure()
            self.kafka.prepare(self._settings[1])
            self._running["kafka"] = Running(self.kafka.command(), {"cwd": str(self.folder)}, signal.SIGTERM,
                                             signal.SIGKILL, self.kafka.is_ready, self.folder / "kafka.log")

    def _launch(self, server: Running) -> None:
        """Start the process, which ends with this one even if this one is killed."""
        if server.process is not None and server.process.poll() is None:
            return
        library = ctypes.CDLL(None)
        number = int(server.kill_signal)
        with server.log.with_suffix(".out").open("ab") as log:
            server.process = subprocess.Popen(
                server.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env=os.environ | {STACK_VARIABLE: str(self.folder)},
                preexec_fn=lambda: library.prctl(DIE_WITH_PARENT, number), **server.options)

    def _await(self, name: str) -> None:
        """Wait until the server answers, and no longer once it has died."""
        server = self._running[name]
        log = server.log if server.log.exists() else server.log.with_suffix(".out")

        def ready() -> bool:
            process = server.process
            if process is None or process.poll() is not None:
                raise StackError(f"{name} ended by itself; see {log}:\n{log.read_text(errors='replace')[-3000:]}")
            return server.is_ready()

        wait_until(f"the start of {name}", START_TIMEOUT_S, ready, log)

    def _end(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a server of ours and wait for its end."""
        process = self._running[name].process
        if process is None or process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def main() -> int:
    """Run a command with servers around it, and end as it ends."""
    parser = argparse.ArgumentParser(description="Run a command with private servers of its own.")
    parser.add_argument("--postgres", action="store_true", help="start PostgreSQL")
    parser.add_argument("--kafka", action="store_true", help="start Kafka")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="-- COMMAND...")
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command or not (options.postgres or options.kafka):
        parser.error("name at least one server and a command")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        with Servers(options.postgres, options.kafka) as servers:
            return subprocess.run(command, check=False, env=os.environ | servers.environment()).returncode
    except StackError as error:
        print(f"testenv: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
