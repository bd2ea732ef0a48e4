#!/usr/bin/python3
"""fault_test - the lab itself: its table is whole, its wires do what they are told, and it sees what went wrong."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from attacks_machine import FALSE_CLOCK, SHIFT  # noqa: E402
from fault import numbers  # noqa: E402
from lab import Told  # noqa: E402
from proxy import TO_CLIENT, TO_SERVER, Link, Network, Trap  # noqa: E402
from results import CANNOT, PASSED, Result, recovery, show  # noqa: E402
from rows import ROWS, Attack, Missing, Tests  # noqa: E402
from segments import HEAD, batches, cut_middle, cut_tail  # noqa: E402

PIECES = 53


class EchoServer:
    """Answers each bit of text with the same."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(client,), daemon=True).start()

    def _echo(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            while data := client.recv(4096):
                client.sendall(data)


class WireTest(unittest.TestCase):
    """A link in each of its moods."""

    def setUp(self) -> None:
        """An echo behind a link."""
        self.server = EchoServer()
        self.network = Network()
        self.link: Link = self.network.link("echo", self.server.port)
        self.client = socket.create_connection(("127.0.0.1", self.link.port), 5)

    def tearDown(self) -> None:
        """Nothing stays."""
        self.client.close()
        self.network.close()
        self.server.socket.close()

    def echo(self, text: bytes, timeout_s: float = 5) -> bytes:
        """What comes back."""
        self.client.settimeout(timeout_s)
        self.client.sendall(text)
        return self.client.recv(4096)

    def test_open(self) -> None:
        """What goes in comes out."""
        self.assertEqual(self.echo(b"hello"), b"hello")

    def test_slow(self) -> None:
        """Latency counts both ways."""
        self.link.latency_s = 0.1
        start = time.monotonic()
        self.assertEqual(self.echo(b"hello"), b"hello")
        self.assertGreaterEqual(time.monotonic() - start, 0.2)

    def test_drip(self) -> None:
        """A byte at a time, and all at once when it is healed."""
        self.link.bytes_per_s = 20
        self.assertEqual(self.echo(b"hello"), b"h")
        self.link.heal()
        rest = b""
        while len(rest) < 4:
            rest += self.client.recv(4096)
        self.assertEqual(rest, b"ello")

    def test_silent(self) -> None:
        """Nothing passes, nothing is lost."""
        self.link.silent = True
        with self.assertRaises(TimeoutError):
            self.echo(b"hello", 0.3)
        self.link.heal()
        self.client.settimeout(5)
        self.assertEqual(self.client.recv(4096), b"hello")

    def test_cut(self) -> None:
        """A reset, not an end."""
        self.assertEqual(self.echo(b"hello"), b"hello")
        self.assertEqual(self.link.cut(), 1)
        with self.assertRaises(ConnectionResetError):
            self.client.recv(1)

    def test_so_many_bytes(self) -> None:
        """A connection ends once it has brought enough."""
        self.link.bytes_max = 8
        self.assertEqual(self.echo(b"12345678"), b"12345678")
        with self.assertRaises(ConnectionResetError):
            self.echo(b"9")

    def test_trap(self) -> None:
        """Cut before the pattern passes, also when it comes in two pieces; so often and no more."""
        self.link.trap = trap = Trap(b"COMMIT", TO_SERVER, 1)
        self.assertEqual(self.echo(b"BEGIN COM"), b"BEGIN COM")
        with self.assertRaises(ConnectionResetError):
            self.echo(b"MIT")
        self.assertEqual(trap.sprung, 1)
        self.client.close()
        self.client = socket.create_connection(("127.0.0.1", self.link.port), 5)
        self.assertEqual(self.echo(b"COMMIT"), b"COMMIT")
        self.link.trap = Trap(b"COMMIT", TO_CLIENT, 1, skip=1)
        self.assertEqual(self.echo(b"COMMIT"), b"COMMIT")
        with self.assertRaises(ConnectionResetError):
            self.echo(b"COMMIT")

    def test_closed(self) -> None:
        """Who comes is turned away; who is there stays."""
        self.assertEqual(self.echo(b"hello"), b"hello")
        self.link.closed = True
        self.assertEqual(self.echo(b"hello"), b"hello")
        with socket.create_connection(("127.0.0.1", self.link.port), 5) as late, self.assertRaises(ConnectionError):
            late.sendall(b"hello")
            if not late.recv(1):
                raise ConnectionResetError


class TableTest(unittest.TestCase):
    """The rows as data, and what is said of them."""

    def test_rows_are_whole(self) -> None:
        """All attacks are listed, each once, and each says how it is run or why not."""
        self.assertEqual([row.number for row in ROWS][:PIECES], list(range(1, PIECES + 1)))
        self.assertEqual(len({row.what for row in ROWS}), len(ROWS))
        for row in ROWS:
            self.assertIsInstance(row.how, (Attack, Tests, Missing))
            self.assertTrue(not isinstance(row.how, Missing) or row.how.reason)

    def test_numbers(self) -> None:
        """Rows by numbers and ranges."""
        self.assertEqual(numbers("1,3-5 7"), [1, 3, 4, 5, 7])
        self.assertEqual(numbers(""), [row.number for row in ROWS])
        with self.assertRaises(SystemExit):
            numbers("999")

    def test_told(self) -> None:
        """What a caller knows of its order."""
        self.assertEqual(Told([0, 503, 201]).word, "ok")
        self.assertEqual(Told([503, 0]).word, "unknown")
        self.assertEqual(Told([503, 422]).word, "fail")
        self.assertEqual(Told([]).word, "unknown")

    def test_results(self) -> None:
        """The table shows times where it passed, and reasons where it could not run."""
        results = [Result(1, "one", PASSED, seed=7, figures={"back_s": 1.5, "ok": 9}),
                   Result(2, "two", CANNOT, detail="there is no mount")]
        self.assertEqual(recovery(results[0]), "back 1.5 s")
        self.assertEqual(recovery(Result(1, "one", PASSED, figures={"back_s": 1.5}, crowded=True)), "not measured")
        self.assertIn("there is no mount", show(results))
        self.assertIn("1 passed, 0 failed, 1 cannot run, 0 not run", show(results))


class SegmentTest(unittest.TestCase):
    """What a bad disk does."""

    def setUp(self) -> None:
        """A segment of five batches, one after the other."""
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.path = self.folder / "0.log"
        self.path.write_bytes(b"".join(HEAD.pack(n, 10) + bytes([n] * 10) for n in range(5)) + bytes(100))
        (self.folder / "0.index").write_bytes(b"x")

    def test_tail(self) -> None:
        """The last ones go, and what is kept about the segment."""
        self.assertEqual(cut_tail(self.path, 2), 2 * (HEAD.size + 10))
        self.assertEqual(len(batches(self.path)), 3)
        self.assertFalse((self.folder / "0.index").exists())

    def test_middle(self) -> None:
        """One goes that has others behind it."""
        self.assertEqual(cut_middle(self.path, 1), 2)
        self.assertEqual([HEAD.unpack_from(batch)[0] for batch in batches(self.path)], [0, 1, 3, 4])
        self.assertEqual(cut_middle(self.path, 4), -1)


class ClockTest(unittest.TestCase):
    """A clock that lies."""

    def test_wall_clock_alone(self) -> None:
        """What a program is told of the time is wrong by as much as is wanted, and how long it sleeps is right."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        library, shift = folder / "clock.so", folder / "shift"
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(FALSE_CLOCK)], check=True)
        shift.write_bytes(SHIFT.pack(-3600))
        program = ("import threading, time; start = time.monotonic(); "
                   "threading.Event().wait(0.2); "
                   "print(time.time(), time.monotonic() - start)")
        said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True,
                              env={"LD_PRELOAD": str(library), "FALSE_CLOCK": str(shift)}).stdout.split()
        self.assertAlmostEqual(float(said[0]), time.time() - 3600, delta=30)
        self.assertLess(float(said[1]), 30)


if __name__ == "__main__":
    unittest.main()
