#!/usr/bin/python3
"""hostile_test.py - clients that mean harm, against a gateway with real servers: others must not notice.

    tests/stack/hostile_test.py [-k NAME]
"""

from __future__ import annotations

import http.client
import itertools
import multiprocessing
import re
import signal
import socket
import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from gateway_stack import GatewayCase, wait_until  # first: it finds the others
from postgres_server import role_names

IDLE_CONNECTIONS, SLOW_CONNECTIONS = 2000, 150  # the slow ones of each kind
CONNECTS_A_TICK, TICK_S = 20, 0.05
HEALTHY_THREADS, MEASURE_S = 4, 4.0
PACE_S = 0.005  # between the requests of a healthy client: far below what its key may ask, on any machine
P99_MAX_S = 1.0  # on a crowded machine; docs/races-and-attacks.md says what it is on a quiet one
SILENCE_S = 3
FINAL = {"document", "document_tax", "document_file", "payment_event"}  # what a trigger keeps as it was written
REFUSED = "23000"
IDENTITY_COLUMN = "428C9"  # what PostgreSQL says of an insert that it would permit
NOT_PERMITTED = "42501"
STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3}) ")
SECOND = b"GET /v1/orders HTTP/1.1\r\nHost: second\r\n\r\n"


def post(*headers: bytes, body: bytes = b"") -> bytes:
    """The head of a request with a body, and what follows it."""
    head = [b"POST /v1/orders HTTP/1.1", b"Host: a", b"Content-Type: application/json", *headers, b"", b""]
    return b"\r\n".join(head) + body


CHUNKED = b"Transfer-Encoding: chunked"
# What may be read in two ways, and each by which another request could be smuggled past a proxy, or none could end.
SHAPES = {
    "length and chunks": post(b"Content-Length: 5", CHUNKED, body=b"0\r\n\r\n" + SECOND),
    "chunks and length": post(CHUNKED, b"Content-Length: 5", body=b"0\r\n\r\n" + SECOND),
    "two lengths": post(b"Content-Length: 2", b"Content-Length: 40", body=b"{}" + SECOND),
    "the same length twice": post(b"Content-Length: 2", b"Content-Length: 2", body=b"{}" + SECOND),
    "a list of lengths": post(b"Content-Length: 2, 2", body=b"{}" + SECOND),
    "a signed length": post(b"Content-Length: +2", body=b"{}" + SECOND),
    "a negative length": post(b"Content-Length: -2", body=b"{}" + SECOND),
    "a length in hex": post(b"Content-Length: 0x2", body=b"{}" + SECOND),
    "a length beyond numbers": post(b"Content-Length: 99999999999999999999999", body=b"{}"),
    "a length of ten gigabytes": post(b"Content-Length: 10000000000", b"Expect: 100-continue"),
    "an unknown coding": post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n" + SECOND),
    "two codings": post(b"Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n" + SECOND),
    "two coding headers": post(CHUNKED, b"Transfer-Encoding: identity", body=b"0\r\n\r\n" + SECOND),
    "a coding behind a blank": post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n" + SECOND),
    "a length behind a blank": post(b"Content-Length : 2", body=b"{}" + SECOND),
    "a chunk without a size": post(CHUNKED, body=b"\r\n{}\r\n0\r\n\r\n" + SECOND),
    "a chunk of no number": post(CHUNKED, body=b"zz\r\n{}\r\n0\r\n\r\n" + SECOND),
    "a chunk of a negative size": post(CHUNKED, body=b"-2\r\n{}\r\n0\r\n\r\n" + SECOND),
    "a chunk beyond numbers": post(CHUNKED, body=b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n" + SECOND),
    "a chunk longer than it says": post(CHUNKED, body=b"1\r\n{}\r\n0\r\n\r\n" + SECOND),
    "a folded header": post(b"X-Folded: a", b" Content-Length: 2"),
    "a folded coding": post(b"Transfer-Encoding:", b" chunked", body=b"0\r\n\r\n" + SECOND),
    "a header of no name": post(b": x"),
    "a header of no colon": post(b"nonsense", body=SECOND),
    "a NUL in a header": post(b"X-Nul: a\x00b"),
    "a bare CR in a header": post(b"X-Cr: a\rContent-Length: 2", body=SECOND),
    "no host": b"GET /v1/orders HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /v1/orders HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "an unknown method": b"FOO /v1/orders HTTP/1.1\r\nHost: a\r\n\r\n",
    "a method in lower case": b"get /v1/orders HTTP/1.1\r\nHost: a\r\n\r\n",
    "TRACE": b"TRACE /v1/orders HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT": b"CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP/2 at once": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an old version": b"GET /v1/orders\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
}


@dataclass
class Manner:
    """How a connection of an attacker behaves: what it sends first, then each moment, and whether it reads."""

    first: bytes = b""
    then: bytes = b""
    read_bytes: int = 0


IDLE = Manner()
SLOW = (
    Manner(b"GET /v1/orders HTTP/1.1\r\nX-Slow: ", b"x"),
    Manner(post(b"Content-Length: 200000"), b"x"),
    Manner(post(CHUNKED), b"4000\r\n" + b"x" * 0x4000 + b"\r\n"),
    Manner(b"GET /docs HTTP/1.1\r\nHost: a\r\n\r\n" * 50, b"", 1),
)


class Attack:
    """Many connections from many addresses, each of which comes back when it is cut; a process of its own."""

    def __init__(self, port: int, manners: list[Manner]) -> None:
        """Nothing happens yet."""
        self.port, self.manners = port, manners
        self.held: dict[int, socket.socket] = {}
        self.connects = multiprocessing.Value("q", 0)
        self.stop = multiprocessing.Event()
        self.process = multiprocessing.Process(target=self._run, daemon=True)

    def __enter__(self) -> Attack:
        """Attack until the end."""
        self.process.start()
        wait_until("the attack to be under way", 60, lambda: self.connects.value >= len(self.manners))
        return self

    def __exit__(self, *unused: object) -> None:
        """Leave."""
        self.stop.set()
        self.process.join(10)

    def _run(self) -> None:
        """Tick by tick."""
        while not self.stop.wait(TICK_S):
            missing = [number for number in range(len(self.manners)) if number not in self.held]
            beginning = self.connects.value < len(self.manners)
            for number in missing[:10 * CONNECTS_A_TICK if beginning else CONNECTS_A_TICK]:
                self._connect(number)
            for number, peer in list(self.held.items()):
                self._live(number, peer, self.manners[number])

    def _connect(self, number: int) -> None:
        """From an address that few others share."""
        peer = socket.socket()
        peer.setblocking(False)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.connects.value += 1
        try:
            peer.bind((f"127.0.{1 + number // 250 % 250}.{1 + number % 250}", 0))
            peer.connect_ex(("127.0.0.1", self.port))
        except OSError:
            peer.close()
            return
        self.held[number] = peer

    def _live(self, number: int, peer: socket.socket, manner: Manner) -> None:
        """A moment of a connection."""
        try:
            if manner.first:
                peer.send(manner.first)
                self.manners[number] = Manner(b"", manner.then, manner.read_bytes)
            elif manner.then:
                peer.send(manner.then)
            if (manner.read_bytes or not manner.then) and peer.recv(manner.read_bytes or 1) == b"":
                raise ConnectionError
        except BlockingIOError:
            pass
        except OSError:
            peer.close()
            del self.held[number]


@dataclass
class Healthy:
    """A client that does nothing wrong, with a connection that it keeps and now and then a new one."""

    port: int
    key: str
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def run(self, until: float) -> None:
        """Ask at a pace that any machine keeps."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        for due in itertools.count(time.monotonic(), PACE_S):
            time.sleep(max(0.0, due - time.monotonic()))
            if time.monotonic() >= until:
                break
            if len(self.seconds) % 10 == 9:
                connection.close()
            start = time.monotonic()
            try:
                connection.request("GET", "/v1/channels", headers={"Authorization": f"Bearer {self.key}"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.failures.append(str(answer.status))
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
            self.seconds.append(time.monotonic() - start)
        connection.close()


class HostileTest(GatewayCase):
    """Attacks on one gateway, and the look of those who did nothing."""

    def converse(self, sent: bytes, half_close: bool = False) -> tuple[bytes, bool]:
        """What comes back for raw bytes, and whether the gateway closed."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as peer:
            peer.settimeout(SILENCE_S)
            got = b""
            try:
                peer.sendall(sent)
                if half_close:
                    peer.shutdown(socket.SHUT_WR)
                while block := peer.recv(65536):
                    got += block
            except TimeoutError:
                return got, False
            except ConnectionError:
                pass
            return got, True

    def test_shapes(self) -> None:
        """What is not one request is refused or cut, and what hides behind it is never read as another."""
        with ThreadPoolExecutor(len(SHAPES)) as pool:
            outcomes = dict(zip(SHAPES, pool.map(self.converse, SHAPES.values()), strict=True))
        for name, (got, _) in outcomes.items():
            with self.subTest(name):
                status = int(found[1]) if (found := STATUS_LINE.match(got)) else 0
                self.assertTrue(status in (0, 100, 501, 505) or 400 <= status < 500, got)
                self.assertLessEqual(got.count(b"X-Request-Id:"), 1, got)
        for name in ("length and chunks", "two lengths", "two coding headers", "a coding behind a blank",
                     "a length behind a blank", "a chunk longer than it says"):
            self.assertEqual(STATUS_LINE.match(outcomes[name][0])[1], b"400", name)  # type: ignore[index]
            self.assertTrue(outcomes[name][1], f"{name}: not closed")
        self.assertEqual(self.call("GET", "/readyz").status, 200)

    def test_half_closed(self) -> None:
        """Who has said everything is answered; who stops in the middle is not."""
        whole = b"GET /v1/channels HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n" % self.admin.encode()
        got, closed = self.converse(whole, half_close=True)
        self.assertEqual((STATUS_LINE.findall(got), closed), ([b"200"], True))
        for cut in (whole[:40], post(b"Content-Length: 100", body=b"{")):
            got, closed = self.converse(cut, half_close=True)
            self.assertEqual((got[:12] in (b"", b"HTTP/1.1 400"), closed), (True, True), got)

    def measure(self, what: str) -> float:
        """The 99th percentile of what healthy clients wait, who are all served."""
        clients = [Healthy(self.port, self.admin) for _ in range(HEALTHY_THREADS)]
        until = time.monotonic() + MEASURE_S
        with ThreadPoolExecutor(HEALTHY_THREADS) as pool:
            list(pool.map(lambda client: client.run(until), clients))
        seconds = sorted(one for client in clients for one in client.seconds)
        p99 = seconds[len(seconds) * 99 // 100]
        p50 = seconds[len(seconds) // 2]
        print(f"{what}: {len(seconds)} requests, p50 {1000 * p50:.1f} ms, p99 {1000 * p99:.1f} ms, "
              f"at most {1000 * seconds[-1]:.1f} ms", file=sys.stderr)
        self.assertEqual([failure for client in clients for failure in client.failures], [], what)
        return p99

    def test_crowds(self) -> None:
        """2,000 idle connections, and slow ones of every kind: healthy clients do not notice."""
        self.measure("alone")
        with Attack(self.port, [IDLE] * IDLE_CONNECTIONS):
            self.assertLess(self.measure("beside 2,000 idle connections"), P99_MAX_S)
        with Attack(self.port, [manner for manner in SLOW for _ in range(SLOW_CONNECTIONS)]):
            self.assertLess(self.measure("beside 600 slow connections"), P99_MAX_S)
        self.assertIsNone(self.gateway.poll())

    # --- The database ----------------------------------------------------------------------------------------

    def psql(self, role: str, statements: list[str]) -> list[str]:
        """What became of each statement: the SQLSTATE of its error, or "done"."""
        script = "\\set VERBOSITY sqlstate\n" + "".join(f"{one};\n\\echo :SQLSTATE\n" for one in statements)
        done = subprocess.run(["psql", "-XqAt", "-d", self.servers.pg_conninfo(role)], input=script, text=True,
                              capture_output=True, timeout=60, check=True)
        states = [line for line in done.stdout.splitlines() if re.fullmatch(r"[0-9A-Z]{5}", line)]
        self.assertEqual(len(states), len(statements), done.stderr)
        return ["done" if state == "00000" else state for state in states]

    def tables(self) -> dict[str, list[str]]:
        """The tables of each schema."""
        rows = subprocess.run(
            ["psql", "-XqAt", "-d", self.servers.pg_conninfo("owner"), "-c",
             "SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'"],
            text=True, capture_output=True, timeout=60, check=True).stdout.splitlines()
        found: dict[str, list[str]] = {}
        for schema, _, table in (row.partition("|") for row in rows):
            found.setdefault(schema, []).append(table)
        return found

    def test_roles_of_the_database(self) -> None:
        """Each service's role reads and writes the rows of its own schema, and can do nothing else."""
        self.kervan("migrate")
        tables = self.tables()
        kept = {"schema_migration", "audit_log"}  # written by the owner alone, or appended to alone
        for role in (name for name in role_names() if name != "owner"):
            own = "orders" if role == "order" else role
            if own not in tables:
                continue
            allowed = [f"SELECT count(*) > -1 FROM {own}.{table}" for table in tables[own]] + [
                f"{verb} {own}.{table} WHERE false" for table in tables[own] if table not in kept
                for verb in ("DELETE FROM", f"INSERT INTO {own}.{table} SELECT * FROM")
                if not (table in FINAL and verb == "DELETE FROM")]
            self.assertEqual(set(self.psql(role, allowed)) - {"done", IDENTITY_COLUMN}, set(), role)
            final = [f"{verb} WHERE false" for table in FINAL & set(tables[own])
                     for verb in (f"DELETE FROM {own}.{table}", f"UPDATE {own}.{table} SET order_no = order_no")]
            self.assertEqual(set(self.psql(role, final)) - {REFUSED}, set(), role)
            first = next(table for table in tables[own] if table not in kept)
            denied = [f"{verb} {schema}.{table}" for schema in tables if schema != own for table in tables[schema]
                      for verb in ("SELECT FROM", "DELETE FROM")] + [
                f"DELETE FROM {own}.{table}" for table in tables[own] if table in kept] + [
                f"CREATE TABLE {own}.mine (n int)", "CREATE TABLE public.mine (n int)", "CREATE SCHEMA mine",
                "CREATE TEMPORARY TABLE mine (n int)", f"DROP TABLE {own}.{first}", f"TRUNCATE {own}.{first}",
                f"ALTER TABLE {own}.{first} ADD mine int", f"CREATE INDEX ON {own}.{first} ((1))",
                f"CREATE VIEW {own}.mine AS SELECT 1",
                f"CREATE FUNCTION {own}.mine() RETURNS int LANGUAGE sql RETURN 1",
                "CREATE ROLE mine", "CREATE DATABASE mine", "SET ROLE kervan_owner",
                "SET SESSION AUTHORIZATION postgres", "COPY (SELECT 1) TO PROGRAM 'true'",
                "COPY pg_class TO '/mine'", "SELECT pg_read_file('PG_VERSION')", "SELECT lo_import('/etc/passwd')",
                "ALTER SYSTEM SET fsync = off"]
            outcomes = dict(zip(denied, self.psql(role, denied), strict=True))
            self.assertEqual({text: state for text, state in outcomes.items() if state != NOT_PERMITTED}, {}, role)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    unittest.main()
