"""walker - random walks through a model that is too large to be searched."""

from __future__ import annotations

import random
import time
from typing import NamedTuple

from explorer import Model
from lane_model import LaneModel
from lane_state import Faults, Lane

FAULT_SHARE = 0.12
LONGEST_WALK = 500


class Walked(NamedTuple):
    """How far the walks went, and the first broken promise with its seed."""

    walks: int
    steps: int
    problem: str | None = None
    trace: tuple[str, ...] = ()


def all_faults() -> Model:
    """The lane protocol with every fault at once."""
    return LaneModel(Lane(Faults(
        takeover=3, crash=2, lost_answer=2, limbo=1, fatal=1, refused=1, lost_tail=1, deleted=1, restore=1,
        consumer_restart=1)))


def walk(model: Model, seconds: float) -> Walked:
    """Walk from the start again and again, seed after seed, until the time is over."""
    until = time.monotonic() + seconds
    seed = steps = 0
    while time.monotonic() < until:
        problem, labels = one_walk(model, random.Random(seed))
        steps += len(labels)
        seed += 1
        if problem:
            return Walked(seed, steps, f"seed {seed - 1}: {problem}", labels)
    return Walked(seed, steps)


def one_walk(model: Model, chance: random.Random) -> tuple[str | None, tuple[str, ...]]:
    """One walk to an end, faults now and then; what broke, and the way there."""
    state, labels = model.initial(), []
    for _ in range(LONGEST_WALK):
        steps = model.steps(state)
        repairs = [step for step in steps if not step.fault]
        if not repairs:
            problem = model.unfinished(state)
            if problem:
                return problem, tuple(labels)
        if not steps:
            return None, tuple(labels)
        choices = steps if not repairs or chance.random() < FAULT_SHARE else repairs
        label, state, _ = chance.choice(choices)
        labels.append(label)
        problem = model.violation(state)
        if problem:
            return problem, tuple(labels)
    return f"no end after {LONGEST_WALK} steps", tuple(labels)
