"""races_case - one running system, and calls that are made at the same moment."""

from __future__ import annotations

import os
import sys
import threading
import time
import unittest
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from system import System

TIMEOUT_S = 60
ROUNDS = int(os.environ.get("KERVAN_RACE_ROUNDS", "20"))
BATCH = 20  # rounds


def batches() -> Iterator[range]:
    """The rounds, some at a time."""
    for first in range(0, ROUNDS, BATCH):
        if ROUNDS > 10 * BATCH:
            print(f"{time.strftime('%H:%M:%S')} {first} of {ROUNDS} rounds passed", file=sys.stderr)
        yield range(first, min(first + BATCH, ROUNDS))


class RacesCase(unittest.TestCase):
    """Races on one running system."""

    CLIENTS: int  # that can call at once

    system: System
    pool: ThreadPoolExecutor

    @classmethod
    def furnish(cls) -> None:
        """What the races need of the system once it runs."""
        raise NotImplementedError

    @classmethod
    def setUpClass(cls) -> None:
        """Bring everything up."""
        cls.system = System()
        cls.pool = ThreadPoolExecutor(cls.CLIENTS)
        try:
            cls.system.start()
            cls.furnish()
        except BaseException:
            cls.system.close("KERVAN_KEEP" in os.environ)
            raise

    @classmethod
    def tearDownClass(cls) -> None:
        """Leave nothing behind."""
        cls.pool.shutdown()
        cls.system.close("KERVAN_KEEP" in os.environ)

    def at_once(self, *calls: Callable[[], Any]) -> list[Any]:
        """What the calls answer, made at the same moment by a thread each."""
        start = threading.Barrier(len(calls))

        def run(call: Callable[[], Any]) -> Any:
            start.wait(TIMEOUT_S)
            return call()

        return list(self.pool.map(run, calls))
