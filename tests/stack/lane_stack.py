"""lane_stack - the two test services on a real PostgreSQL and a real Kafka, and what to do to them.

A test starts processes, sends pings, lets things go wrong, and asks the database what was counted.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2
from built import BIN, KERVAN, ROOT, end_in_order
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from testenv import Servers

LANES = 6
KEYS = 37
PROGRAM = BIN / "test-relay"


def murmur2(data: bytes) -> int:
    """Kafka's murmur2, written here anew: the product's own is what is tested."""
    multiplier, mask = 0x5BD1E995, 0xFFFFFFFF
    value = (0x9747B28C ^ len(data)) & mask
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at:at + 4], "little") * multiplier & mask
        word ^= word >> 24
        value = (value * multiplier & mask) ^ (word * multiplier & mask)
    rest = data[whole:]
    if rest:
        value ^= int.from_bytes(rest, "little")
        value = value * multiplier & mask
    value ^= value >> 13
    value = value * multiplier & mask
    return value ^ (value >> 15)


def lane_of(key: str) -> int:
    """The lane that a key belongs to."""
    return (murmur2(key.encode()) & 0x7FFFFFFF) % LANES


def instant(shift_s: float = 0) -> str:
    """Now, or so many seconds later, as messages write it."""
    at = time.time() + shift_s
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03d}Z"


def wait_for(what: str, condition: Callable[[], bool], timeout_s: float, pause_s: float = 0.05) -> None:
    """Polls until the condition holds; says what it waited for when it never does."""
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout_s} s: {what}")
        time.sleep(pause_s)


class Echo:
    """An outside system that acts once a key, and keeps books."""

    def __init__(self) -> None:
        """Listen on a free port of loopback."""
        self.acts: dict[str, int] = {}
        echo = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_POST(self) -> None:  # noqa: N802 (the name that http.server wants)
                length = int(self.headers.get("Content-Length", "0"))
                self.rfile.read(length)
                key = self.headers["Idempotency-Key"]
                echo.acts[key] = echo.acts.get(key, 0) + 1
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *arguments: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()


@dataclass
class Expected:
    """What must have been counted for one key."""

    count: int = 0
    total: int = 0
    last: int = -1
    echoes: int = 0
    fired: int = 0


@dataclass
class LaneStack:
    """Servers, topics, schemas, the outside, and the processes of the test services."""

    servers: Servers
    echo: Echo = field(default_factory=Echo)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    expected: dict[str, Expected] = field(default_factory=dict)
    hubs: dict[str, int] = field(default_factory=dict)
    sent: int = 0

    def prepare(self) -> None:
        """Make topics and schemas."""
        admin = AdminClient({"bootstrap.servers": self.servers.kafka_bootstrap})
        topics = [NewTopic(name, num_partitions=LANES, replication_factor=1)
                  for name in ("relay.requests", "relay.requests.shop", "relay.events", "count.requests")]
        for done in admin.create_topics(topics).values():
            done.result(timeout=30)
        runtime = sorted((ROOT / "common" / "schema").glob("*.sql"))
        tally = sorted((ROOT / "tests" / "services" / "relay" / "schema").glob("*.sql"))
        with psycopg2.connect(self.servers.pg_conninfo("owner")) as connection, connection.cursor() as cursor:
            for schema, files in (("relay", runtime + tally), ("count", runtime + tally)):
                cursor.execute(f"CREATE SCHEMA {schema}; SET search_path = {schema}")
                for file in files:
                    cursor.execute(file.read_text())
        self.producer = Producer({"bootstrap.servers": self.servers.kafka_bootstrap, "enable.idempotence": True,
                                  "linger.ms": 2})

    def start(self, role: str, instance: str, fault: str = "", accept_negative: bool = False) -> None:
        """Start a process; `fault` is a KERVAN_FAULT for it, and a later release accepts negative numbers."""
        environment = os.environ | {
            "KERVAN_PG": self.servers.pg_conninfo("owner"),
            "KERVAN_KAFKA": self.servers.kafka_bootstrap,
            "KERVAN_LANES": str(LANES),
            "KERVAN_INSTANCE": instance,
            "KERVAN_HTTP_PORT": "0",
            "KERVAN_ECHO_URL": self.echo.url,
            "KERVAN_FAULT": fault,
        }
        if accept_negative:
            environment["TEST_ACCEPT_NEGATIVE"] = "1"
        if role == "relay":
            del environment["KERVAN_ECHO_URL"]
        log = (self.servers.folder / f"{instance}.log").open("ab")
        self.processes[instance] = subprocess.Popen([str(PROGRAM), role], env=environment, stdout=log, stderr=log,
                                                    stdin=subprocess.DEVNULL)
        log.close()

    def kill(self, instance: str) -> None:
        """kill -9, and wait until it is gone."""
        process = self.processes.pop(instance)
        process.kill()
        process.wait(timeout=10)

    def signal(self, instance: str, number: signal.Signals) -> None:
        """SIGSTOP or SIGCONT."""
        self.processes[instance].send_signal(number)

    def await_death(self, instance: str, timeout_s: float) -> None:
        """Wait until a fault point has killed the process."""
        process = self.processes.pop(instance)
        process.wait(timeout=timeout_s)
        if process.returncode != -signal.SIGKILL:
            raise AssertionError(f"{instance} ended with {process.returncode}: {self.log_tail(instance)}")

    def log_tail(self, instance: str) -> str:
        """The end of a process's log."""
        return (self.servers.folder / f"{instance}.log").read_text(errors="replace")[-3000:]

    def send(self, count: int) -> None:
        """Send the next `count` pings, keys in turn, and note what must come of them."""
        for _ in range(count):
            self.sent += 1
            n, key = self.sent, f"key-{self.sent % KEYS}"
            self._expect(key, n)
            while True:
                try:
                    self.producer.produce("relay.requests", key=key, partition=lane_of(key),
                                          value=f'{{"n":{n},"key":"{key}"}}')
                    break
                except BufferError:
                    self.producer.poll(0.05)
        self.producer.poll(0)

    def send_impossible(self) -> str:
        """Send a ping that today's counter cannot count, and one more behind it; returns their key."""
        key = f"key-{self.sent % KEYS}"
        for sign in (-1, 1):
            self.sent += 1
            self._expect(key, self.sent)
            self.producer.produce("relay.requests", key=key, partition=lane_of(key),
                                  value=f'{{"n":{sign * self.sent},"key":"{key}"}}')
        self.producer.flush(30)
        return key

    def kervan(self, *words: str) -> str:
        """Run the kervan command; its output."""
        environment = os.environ | {"KERVAN_PG_OWNER": self.servers.pg_conninfo("owner"),
                                    "KERVAN_KAFKA": self.servers.kafka_bootstrap}
        done = subprocess.run([str(KERVAN), *words], env=environment, capture_output=True, text=True,
                              timeout=30, check=False)
        if done.returncode != 0:
            raise AssertionError(f"kervan {words}: {done.stderr}")
        return done.stdout

    def _expect(self, key: str, n: int) -> None:
        expected = self.expected.setdefault(key, Expected())
        expected.count += 1
        expected.total += n
        expected.last = n
        expected.echoes += n % 10 == 0
        expected.fired += n % 7 == 0
        if n % 11 == 0:
            hub = f"hub-{n // 11 % 5}"
            self.hubs[hub] = self.hubs.get(hub, 0) + 1

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """Ask the database, as a superuser would."""
        connection = psycopg2.connect(self.servers.pg_conninfo("owner"))
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall()
        finally:
            connection.close()

    def counted(self) -> int:
        """How many pings were counted so far."""
        return int(str(self.query("SELECT coalesce(sum(count), 0) FROM count.tally")[0][0]))

    def differences(self) -> list[str]:
        """What was counted and what had to be, where they differ."""
        rows = {str(row[0]): row[1:] for row in self.query(
            "SELECT key, count, sum, last_n, disorder, echoes, fired, hubbed FROM count.tally")}
        found = []
        for key, want in self.expected.items():
            row = rows.get(key)
            wanted = (want.count, want.total, want.last, 0, want.echoes, want.fired, 0)
            if row != wanted:
                found.append(f"{key}: counted {row}, wanted {wanted}")
        for hub, want_hub in self.hubs.items():
            if hub not in rows or rows[hub][6] != want_hub:
                found.append(f"{hub}: counted {rows.get(hub)}, wanted {want_hub}")
        return found

    def close(self) -> None:
        """End every process."""
        try:
            for instance, process in self.processes.items():
                end_in_order(process, instance)
        finally:
            for process in self.processes.values():
                process.kill()
            self.echo.close()
