#!/usr/bin/python3
"""bench_test - the bench itself is judged: does it keep its rate, see a stall, make good orders, find a limit?

PhasesTest takes what an order costs on the system that it has up, too, with the bounds of bounds_test.py.
"""

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
from math import inf
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy" / "dev"), str(ROOT / "tests" / "stack"), str(Path(__file__).resolve().parent)]
from bounds_test import BOUNDS, assert_within, cost_of_an_order  # noqa: E402
from compare import changes  # noqa: E402
from figures import highest, percentile, spread_ms  # noqa: E402
from flood import flood, lost_orders, normal_again_s  # noqa: E402
from growth import CHURN, bloated  # noqa: E402
from load import Load, Outcome, content_length, order_id_of  # noqa: E402
from orders import CHANNELS, PLACES, Shop, Target, places_of, sku, stock_requests  # noqa: E402
from phases import Bench, Extent  # noqa: E402
from plots import growth_data  # noqa: E402
from processes import Programs, session_role  # noqa: E402
from recovery import full_speed_s, recovery, slow_share  # noqa: E402
from rig import Rig  # noqa: E402
from statements import watch_statements  # noqa: E402
from step import Goal, Step, lateness, own_facts, refusals, step_of, tell_stages, wrong_books  # noqa: E402
from stored import stored  # noqa: E402
from system import COMMAND_LINE, System, run_checked  # noqa: E402
from watch import STAGES  # noqa: E402


class FakeGateway:
    """Answers each POST with 201 and a Location; stalls once when told to, and closes a connection now and then."""

    def __init__(self, stall_at: int = -1, stall_s: float = 0.0, close_every: int = 0, port: int = 0) -> None:
        """Listen on a port of loopback; 0: a free one."""
        self.stall_at, self.stall_s, self.close_every = stall_at, stall_s, close_every
        self.bodies: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", port), backlog=256)
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
        came = [json.loads(body)["channel_order_ref"] for body in gateway.bodies]
        self.assertEqual([came[int(order_id.removeprefix("ord_")) - 1] for order_id in outcome.order_id],
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

    def test_goes_on_after_a_death(self) -> None:
        """Who is away for a while takes each request in the end, those that were under way once more."""
        gateway = FakeGateway()
        shop = Shop([Target("127.0.0.1", gateway.port, "key")], "test")
        load = Load("127.0.0.1", gateway.port, 4)
        self.addCleanup(load.close)

        def die() -> None:
            time.sleep(0.2)
            gateway.close()
            time.sleep(0.3)
            self.addCleanup(FakeGateway(port=gateway.port).close)

        death = threading.Thread(target=die)
        death.start()
        outcome = load.run(shop.requests(200), 200, 5, again=True)
        death.join()
        self.assertEqual(outcome.statuses(), {201: 200})
        took = [answered - due for answered, due in zip(outcome.answered, outcome.due, strict=True)]
        self.assertGreater(max(took), 0.2)

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
        self.assertEqual(order_id_of(b'HTTP/1.1 200 OK\r\n\r\n{"self": "/v1/orders/ord_a"}'), "")


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


def outcome_of(dues: list[float], ids: list[str], status: int = 201) -> Outcome:
    """Requests that were answered at once."""
    return Outcome(dues, dues, dues, [status] * len(dues), ids)


class JudgmentTest(unittest.TestCase):
    """When a step is through: its own orders, each in time, and the world outside says the same."""

    GOAL = Goal("completed", True)
    BOOKS = {"captured": 2, "payments": 2, "labels": 3, "delivered": 3, "several_labels": 0, "mails": 8,
             "distinct_mails": 8}

    def step(self, **books: int) -> Step:
        """Two orders that are through."""
        step = step_of(outcome_of([0.0, 1.0], ["a", "b"]), 1.0)
        step.drained, step.outside = True, self.BOOKS | books
        return step

    def test_others_orders_do_not_count(self) -> None:
        """What a step before left behind ends in this one, and is none of its own."""
        outcome = outcome_of([0.0, 1.0], ["a", "b"])
        seen = {stage: {"a": 2.0, "left": 2.0} for stage in STAGES}
        step = step_of(outcome, 1.0)
        tell_stages(step, outcome, own_facts(outcome, seen), self.GOAL)
        self.assertEqual((step.reached["told"], step.drained), (1, False))
        self.assertIn("1 not completed and told", lateness(outcome, own_facts(outcome, seen), self.GOAL))

    def test_late_is_not_through(self) -> None:
        """Ten seconds after the last one is due are enough, eleven are not."""
        outcome = outcome_of([0.0, 1.0], ["a", "b"])
        for at, late in ((11.0, False), (12.1, True)):
            seen = {stage: {"a": 2.0, "b": at} for stage in ("completed", "told")}
            self.assertEqual(bool(lateness(outcome, seen, self.GOAL)), late)

    def test_refusals_show(self) -> None:
        """Any answer but 201 and 202."""
        self.assertEqual(refusals(step_of(outcome_of([0.0], ["a"]), 1.0)), "")
        self.assertIn("503", refusals(step_of(outcome_of([0.0], [""], 503), 1.0)))

    def test_books_are_compared(self) -> None:
        """Money, labels and mails as the world outside counted them; a split order has several labels."""
        self.assertEqual(wrong_books(self.step(), self.GOAL), "")
        for name, count in (("captured", 1), ("payments", 3), ("labels", 1), ("delivered", 2), ("several_labels", 1),
                            ("distinct_mails", 7)):
            self.assertIn("books", wrong_books(self.step(**{name: count}), self.GOAL), name)


class TroubleTest(unittest.TestCase):
    """What comes of a flood and of deaths, from the instants of facts."""

    def test_full_speed(self) -> None:
        """Nothing for so long, then what had waited at once; a death that nobody notices; one that lasts."""
        def flow(silence: float) -> list[float]:
            return [10 + silence if 10 < at < 10 + silence else at for at in (n / 50 for n in range(1500))]

        self.assertAlmostEqual(full_speed_s(flow(2.5), 10, 30, 50) or 0.0, 2.5, delta=0.1)
        self.assertEqual(full_speed_s(flow(0.05), 10, 30, 50), 0.0)
        late = [at for at in flow(1.5) if not 20 < at < 22]
        self.assertAlmostEqual(full_speed_s(late, 10, 30, 50) or 0.0, 1.5, delta=0.2)
        self.assertIsNone(full_speed_s(flow(100), 10, 30, 50))
        self.assertIsNone(full_speed_s([at for at in flow(0) if at < 10 or round(at * 50) % 2], 10, 30, 50))

    def test_slow_without_a_death(self) -> None:
        """A fifth of the time without facts shows; an even flow does not."""
        flow = [n / 50 for n in range(1000)]
        self.assertEqual(slow_share(flow, 50), 0)
        self.assertAlmostEqual(slow_share([at for at in flow if not 8 < at < 12], 50), 0.24, delta=0.05)

    def test_normal_again(self) -> None:
        """The first of three calm windows in a row."""
        def waits(slow_s: float) -> list[tuple[float, float]]:
            return [(at / 10, 3.0 if at / 10 < slow_s else 0.1) for at in range(600)]

        self.assertEqual([normal_again_s(waits(slow_s), 0.2, 60) for slow_s in (0, 4, 12, 44, 46, 100)],
                         [0, 5, 15, 45, None, None])
        self.assertEqual(normal_again_s([*waits(0), (12.0, inf)], 0.2, 60), 15)

    def test_lost(self) -> None:
        """What was taken has to end, well or badly."""
        outcome = outcome_of([0.0] * 3, ["a", "b", "c"], 202)
        ends = dict.fromkeys(("completed", "rejected", "canceled", "expired"), {})
        self.assertEqual(lost_orders(outcome, ends | {"completed": {"a": 1.0}, "canceled": {"b": 1.0}}), {"c"})
        self.assertEqual(lost_orders(outcome_of([0.0], [""], 503), ends), set())


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


class GrowthTest(unittest.TestCase):
    """What should stay as large."""

    @staticmethod
    def samples(*sizes_mb: float) -> list[dict]:
        """Looks at which the timers were so large, and nothing else grew."""
        return [{"at_s": 60.0 * number, "mb": dict.fromkeys(CHURN, 1.0) | {"timer": size, "outbox": 10.0 * number}}
                for number, size in enumerate(sizes_mb)]

    def test_bloated(self) -> None:
        """A table that grows on is named, with its sizes; one that does not, and the outbox, are not."""
        self.assertEqual(bloated(self.samples(1, 2, 3, 4, 4, 3, 4)), {})
        self.assertEqual(bloated(self.samples(1, 2, 4, 6, 8, 10, 12)), {"timer": [2, 12]})

    def test_lines(self) -> None:
        """A line a look, as many columns as there are kinds."""
        lines = growth_data({"growth": {"samples": self.samples(1, 2)}})
        self.assertEqual([line.count(" ") for line in lines], [len(CHURN) + 1] * 3)


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


class PhasesTest(unittest.TestCase):
    """Phases that need the whole system, at a rate that any machine carries."""

    RATE, ITEMS, STORED = 4.0, 40, 300

    def test_cost_trouble_and_growth(self) -> None:
        """What an order costs; deaths, a flood, and stored orders: nothing is lost, and all is as sound as before."""
        with System() as system:
            watch_statements(system)
            bench = Bench(Rig(system, "phases", self.ITEMS), Extent(True, 2.0, 0, 2.0, self.STORED))
            bench.prepare("completed")
            for name, cost in cost_of_an_order(bench).items():
                assert_within(cost, BOUNDS[name])
            self.recovers(recovery(bench, self.RATE, ("shipping",)))
            self.floods(flood(bench, self.RATE))
            self.grows(stored(bench, self.RATE))
            run_checked("the audit", [str(COMMAND_LINE), "audit", "run", "--wait", "60"], 90,
                        env=os.environ | system.stack.all_addresses())

    def recovers(self, figures: dict) -> None:
        """One service, and all of them."""
        self.assertEqual(figures["recovery"]["lost"], 0, figures)
        self.assertEqual(set(figures["full_speed_s"]), {"shipping", "all"})
        self.assertGreater(figures["start_to_ready_ms"]["shipping"], 0)
        self.assertLess(figures["start_to_ready_ms"]["shipping"], 30_000)
        self.assertGreater(figures["lag_zero_ms"] or 0, 0)
        self.assertEqual(len(figures["recovery"]["services"]["all"]["ready_ms"]), 7)

    def floods(self, figures: dict) -> None:
        """Ten times the rate, and what was taken of it ends."""
        found = figures["flood"]
        self.assertEqual((found["lost"], found["otherwise_refused"]), (0, 0), found)
        self.assertEqual((found["offered"], sum(found["statuses"].values())), (80, 80))
        self.assertIsNotNone(found["drained_s"])
        self.assertEqual(found["captured_outside"], found["completed"])

    def grows(self, figures: dict) -> None:
        """So many more, each found in every way."""
        found = figures["stored"]
        self.assertEqual(found["orders"], self.STORED)
        self.assertGreater(found["rows"], 30 * self.STORED)
        self.assertGreater(found["rate_share"], 0)
        self.assertEqual(set(found["reads_ms"]), {"list", "filtered", "search", "view", "timeline", "target", "passed"})


def busy(cpu_s: float) -> None:
    """Use CPU time."""
    end = time.process_time() + cpu_s
    while time.process_time() < end:
        pass


if __name__ == "__main__":
    unittest.main()
