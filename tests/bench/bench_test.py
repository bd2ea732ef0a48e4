#!/usr/bin/python3
"""bench_test - the bench itself is judged: does it keep its rate, see a stall, make good orders, find a limit?"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
import sys
import threading
import time
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from compare import changes  # noqa: E402
from figures import highest, percentile, spread_ms  # noqa: E402
from load import Load, content_length, order_id_of  # noqa: E402
from orders import CHANNELS, PLACES, Shop, Target, places_of, sku, stock_requests  # noqa: E402
from processes import Programs, session_role  # noqa: E402


class FakeGateway:
    """Answers each POST with 201 and a Location; stalls once when told to, and closes a connection now and then."""

    def __init__(self, stall_at: int = -1, stall_s: float = 0.0, close_every: int = 0) -> None:
        """Listen on a free port of loopback."""
        self.stall_at, self.stall_s, self.close_every = stall_at, stall_s, close_every
        self.bodies: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Stop."""
        self.ending.set()
        self.thread.join(5)

    def _serve(self) -> None:
        with contextlib.closing(self.listener), selectors.DefaultSelector() as selector:
            selector.register(self.listener, selectors.EVENT_READ)
            data: dict[socket.socket, bytes] = {}
            while not self.ending.is_set():
                for key, _ in selector.select(0.1):
                    if key.fileobj is self.listener:
                        connection = self.listener.accept()[0]
                        data[connection] = b""
                        selector.register(connection, selectors.EVENT_READ)
                    else:
                        self._read(key.fileobj, data, selector)
            for connection in data:
                connection.close()

    def _read(self, connection: socket.socket, data: dict[socket.socket, bytes],
              selector: selectors.BaseSelector) -> None:
        part = connection.recv(65536)
        data[connection] += part
        request = data[connection]
        end = request.find(b"\r\n\r\n")
        closing = not part
        if not closing and end >= 0 and len(request) >= end + 4 + content_length(request, end):
            data[connection] = b""
            closing = not self._answer(connection, request[end + 4:])
        if closing:
            selector.unregister(connection)
            data.pop(connection)
            connection.close()

    def _answer(self, connection: socket.socket, body: bytes) -> bool:
        """Answer, or say that the connection is to be closed."""
        self.bodies.append(body)
        number = len(self.bodies)
        if self.close_every and number % self.close_every == 0:
            return False
        if number == self.stall_at:
            time.sleep(self.stall_s)
        connection.sendall(b"HTTP/1.1 201 Created\r\nlocation: x\r\nLocation: /v1/orders/ord_%d\r\n"
                           b"Content-Length: 2\r\n\r\n{}" % number)
        return True


class LoadTest(unittest.TestCase):
    """The load against a gateway that does nothing."""

    def drive(self, gateway: FakeGateway, count: int, rate: float, connections: int = 8):
        """One run; what became of it."""
        self.addCleanup(gateway.close)
        shop = Shop([Target("127.0.0.1", gateway.port, "key")], "test")
        load = Load("127.0.0.1", gateway.port, connections)
        self.addCleanup(load.close)
        return load.run(shop.requests(count), rate, 5)

    def test_keeps_its_rate(self) -> None:
        """All requests come, about when they were due, and each answer is kept with its request."""
        gateway = FakeGateway()
        outcome = self.drive(gateway, 500, 500)
        self.assertEqual(outcome.statuses(), {201: 500})
        self.assertEqual(len(set(outcome.order_id)), 500)
        self.assertEqual([json.loads(body)["channel_order_ref"] for body in gateway.bodies],
                         [f"test-{number}" for number in range(1, 501)])
        late = [sent - due for sent, due in zip(outcome.sent, outcome.due, strict=True)]
        self.assertGreaterEqual(min(late), 0)
        self.assertLess(percentile(late, 50), 0.1)
        self.assertAlmostEqual(outcome.due[-1] - outcome.due[0], 499 / 500, delta=0.001)

    def test_sees_a_stall(self) -> None:
        """Half a second without answers is told by all requests that were due in it, not by one alone."""
        outcome = self.drive(FakeGateway(stall_at=100, stall_s=0.5), 500, 500)
        took = [answered - due for answered, due in zip(outcome.answered, outcome.due, strict=True)]
        self.assertGreater(sum(1 for one in took if one > 0.1), 150)
        self.assertGreater(spread_ms(took)["p90"], 200)

    def test_survives_closed_connections(self) -> None:
        """Who closes a connection costs the request on it, and no other."""
        outcome = self.drive(FakeGateway(close_every=50), 200, 500)
        self.assertEqual(outcome.statuses(), {0: 4, 201: 196})
        self.assertTrue(outcome.failures)

    def test_gives_up(self) -> None:
        """One that never answers is waited for no longer than was said."""
        gateway = FakeGateway(stall_at=1, stall_s=3)
        shop = Shop([Target("127.0.0.1", gateway.port, "key")], "test")
        load = Load("127.0.0.1", gateway.port, 2)
        self.addCleanup(gateway.close)
        self.addCleanup(load.close)
        began = time.monotonic()
        outcome = load.run(shop.requests(4), 100, 0.5)
        self.assertLess(time.monotonic() - began, 2)
        self.assertEqual(outcome.statuses(), {0: 4})

    def test_reads_answers(self) -> None:
        """Header names in any case; an answer without a Location."""
        self.assertEqual(content_length(b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 12\r\n\r\n", 36), 12)
        self.assertEqual(order_id_of(b"HTTP/1.1 422 No\r\n\r\n"), "")


class OrdersTest(unittest.TestCase):
    """What the shop sells."""

    def test_adds_up(self) -> None:
        """Totals, line counts, different items of an order, and the law of what sells."""
        shop = Shop([Target("127.0.0.1", 1, "key")], "test")
        orders = [shop.order() for _ in range(3000)]
        sold: Counter[str] = Counter()
        sizes: Counter[int] = Counter()
        for order in orders:
            lines = order["lines"]
            total = sum(one["quantity"] * one["unit_price_minor"] for one in lines)
            self.assertEqual(order["total_minor"], total + 490)
            self.assertEqual(len({one["sku"] for one in lines}), len(lines))
            sold.update(one["sku"] for one in lines)
            sizes[len(lines)] += 1
        self.assertEqual(sorted(sizes), list(range(1, 9)))
        self.assertEqual(len({order["channel_order_ref"] for order in orders}), 3000)
        self.assertGreater(sold[sku(0)], 5 * sold[sku(19)])

    def test_stock(self) -> None:
        """Each item lies somewhere, some in one place alone."""
        self.assertEqual({places_of(rank) for rank in range(10)},
                         {PLACES, ("BENCH-A",), ("BENCH-B",), ("BENCH-C",), ("BENCH-B", "BENCH-C")})
        requests = stock_requests(Target("127.0.0.1", 1, "key"), "test", 10)
        self.assertEqual(len(requests), 3 + 10 + 6 * 3 + 3 + 2)

    def test_channels(self) -> None:
        """Orders come through every channel, with its key, in its name; a hot item is in every order."""
        first = Target("127.0.0.1", 1, "web-key")
        shop = Shop([first, first.of("mobile", "mobile-key"), first.of("market", "market-key")], "test")
        requests = shop.requests(1000)
        for channel, share in CHANNELS.items():
            of_it = [one for one in requests if b'"channel":"%s"' % channel.encode() in one]
            self.assertTrue(all(b"Bearer %s-key" % channel.encode() in one for one in of_it))
            self.assertAlmostEqual(len(of_it), share * 10, delta=60)
        shop.hot = True
        self.assertTrue(all(sku(0) in {line["sku"] for line in shop.order()["lines"]} for _ in range(100)))


class FiguresTest(unittest.TestCase):
    """The arithmetic."""

    def test_percentile(self) -> None:
        """Of a hundred values, the 99th."""
        values = [float(number) for number in range(100, 0, -1)]
        self.assertEqual([percentile(values, percent) for percent in (1, 50, 90, 99, 100)], [1, 50, 90, 99, 100])
        self.assertEqual(percentile([7.0], 99), 7)

    def test_search(self) -> None:
        """Finds the limit, asks rarely, stops at the ceiling, and at a system that does nothing."""
        for limit in (3, 49, 50, 51, 777, 1500):
            asked: list[float] = []
            found = highest(lambda rate: asked.append(rate) or rate <= limit, 50, 2000, 0.1)
            self.assertLessEqual(found, limit)
            self.assertGreater(found * 1.1, limit)
            self.assertLess(len(asked), 12)
        self.assertEqual(highest(lambda rate: True, 50, 2000, 0.1), 2000)
        self.assertEqual(highest(lambda rate: False, 50, 2000, 0.1), 0)


class CompareTest(unittest.TestCase):
    """When a difference counts."""

    def test_tells_change_from_noise(self) -> None:
        """The same 5 % more each time is worse; 5 % up and down is not; a little less is better."""
        base = [100.0, 110.0, 90.0, 105.0]
        before = [{"more": one, "noise": one, "less": one} for one in base]
        after = [{"more": one * 1.05, "noise": one * (1.05 if number % 2 else 0.95), "less": one * 0.97}
                 for number, one in enumerate(base)]
        more, noise, less = changes(before, after)
        self.assertTrue(more.worse and not more.better)
        self.assertFalse(noise.worse or noise.better)
        self.assertTrue(less.better and not less.worse)


class ProcessesTest(unittest.TestCase):
    """What /proc says."""

    def test_own_cpu(self) -> None:
        """Work is seen, and that of a child that is gone."""
        programs = Programs({"self": os.getpid()})
        before = programs.cpu_s()
        child = os.fork()
        if child == 0:
            busy(0.2)
            os._exit(0)
        os.waitpid(child, 0)
        busy(0.2)
        self.assertGreater(programs.cpu_since(before)["self"], 0.35)
        self.assertGreater(programs.rss_mb()["self"], 5)

    def test_role(self) -> None:
        """No PostgreSQL, no role; a process that is gone neither."""
        self.assertEqual(session_role(2 ** 22 + 1), "")


def busy(cpu_s: float) -> None:
    """Use CPU time."""
    end = time.process_time() + cpu_s
    while time.process_time() < end:
        pass


if __name__ == "__main__":
    unittest.main()
