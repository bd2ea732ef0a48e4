"""attacks_mix.py - row 53: one attack after the other, as chance has it."""

from __future__ import annotations

import time
from collections.abc import Callable

from lab import Lab

SHORT_S, LONG_S = 90, 3600


def mix(*attacks: Callable[[Lab], None]) -> Callable[[Lab], None]:
    """An attack that does these in random order, for an hour when it is to be long."""
    def run(lab: Lab) -> None:
        """53: the seed decides what comes when."""
        end, done = time.monotonic() + (LONG_S if lab.long else SHORT_S), 0
        long, lab.long = lab.long, False
        while time.monotonic() < end:
            lab.chance.choice(attacks)(lab)
            lab.system.network.heal()
            lab.wait_orders(5)
            done += 1
        lab.long = long
        lab.figures["attacks"] = done

    return run
