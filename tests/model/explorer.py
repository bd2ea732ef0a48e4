"""explorer - visits every state a model can reach, breadth first.

A model says what may happen next in a state; the explorer finds the shortest
way to a state that breaks a promise. Visited states are kept whole in a
dictionary (equal hashes are told apart by comparing the states), so "no
violation" never rests on two different states sharing a hash.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple, Protocol


class Step(NamedTuple):
    """One thing that may happen: what it is called and the state it leads to."""

    label: str
    state: Any
    fault: bool = False


class Model(Protocol):
    """What the explorer needs to know of a model."""

    def initial(self) -> Any:
        """The state before anything has happened."""

    def steps(self, state: Any) -> list[Step]:
        """All that may happen next."""

    def canonical(self, state: Any) -> Any:
        """One representative of all states that differ by names alone."""

    def violation(self, state: Any) -> str | None:
        """The promise that this state breaks."""

    def unfinished(self, state: Any) -> str | None:
        """What is still owed in a state where nothing but faults can happen."""


class Outcome(NamedTuple):
    """What a search found; complete is False when it met the limit first."""

    states: int
    ends: int
    complete: bool
    problem: str | None
    trace: tuple[str, ...]
    seconds: float


class Search:
    """The visited states of one search, numbered in the order they were met."""

    def __init__(self, model: Model) -> None:
        self.model = model
        first = model.canonical(model.initial())
        self.number_of: dict[Any, int] = {first: 0}
        self.states: list[Any] = [first]
        self.parents: list[int] = [-1]
        self.repairs: list[tuple[int, ...]] = []
        self.ends: list[int] = []

    def expand(self, number: int) -> tuple[int, str] | None:
        """Visit the successors of a state; the number and name of a broken one."""
        model = self.model
        repairs = []
        for step in model.steps(self.states[number]):
            state = model.canonical(step.state)
            target = self.number_of.get(state)
            if target is None:
                target = self.add(state, number)
                problem = model.violation(state)
                if problem:
                    return target, problem
            if not step.fault:
                repairs.append(target)
        self.repairs.append(tuple(repairs))
        if repairs:
            return None
        self.ends.append(number)
        owed = model.unfinished(self.states[number])
        return (number, owed) if owed else None

    def add(self, state: Any, parent: int) -> int:
        """Remember a state that was not met before."""
        number = len(self.states)
        self.number_of[state] = number
        self.states.append(state)
        self.parents.append(parent)
        return number

    def stranded(self) -> int | None:
        """The first state from which no end can be reached without a fault."""
        finishes = bytearray(len(self.states))
        for number in self.ends:
            finishes[number] = 1
        changed = True
        while changed:
            changed = False
            for number in range(len(self.states) - 1, -1, -1):
                if not finishes[number] and any(finishes[target] for target in self.repairs[number]):
                    finishes[number] = 1
                    changed = True
        missing = finishes.find(0)
        return None if missing < 0 else missing

    def trace(self, number: int) -> tuple[str, ...]:
        """The names of the steps that lead to a state, replayed from the start.

        The replay starts from the uncanonical first state, so a process keeps
        its name along the whole trace.
        """
        path = []
        while number > 0:
            path.append(self.states[number])
            number = self.parents[number]
        state = self.model.initial()
        labels = []
        for wanted in reversed(path):
            step = next(s for s in self.model.steps(state) if self.model.canonical(s.state) == wanted)
            labels.append(step.label)
            state = step.state
        return tuple(labels)


def explore(model: Model, limit: int) -> Outcome:
    """Search a model until a promise breaks, all is seen, or the limit is met."""
    started = time.monotonic()
    search = Search(model)

    def outcome(complete: bool, problem: str | None, at: int | None) -> Outcome:
        trace = search.trace(at) if at is not None else ()
        return Outcome(len(search.states), len(search.ends), complete, problem, trace, time.monotonic() - started)

    number = 0
    while number < len(search.states):
        broken = search.expand(number)
        if broken:
            return outcome(False, broken[1], broken[0])
        if len(search.states) > limit:
            return outcome(False, None, None)
        number += 1
    at = search.stranded()
    return outcome(True, None if at is None else "no end can be reached any more without another fault", at)
