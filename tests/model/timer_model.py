"""timer_model - a payment deadline meets an outage of the lane.

Payment states in its numbered topic that the order is authorized; a request in
another topic may put the order on hold. Either, written before the deadline,
must keep the order alive, however late the lane gets to read it: it may lie
unread in the log, be missing from it until it is sent again, or be parked
because only a newer release understands it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from explorer import Step
from small_model import SmallModel, replaced

AUTHORIZED, NOTE, HOLD = "authorized", "note", "hold"
PAYMENTS, REQUESTS = 0, 1
WAITING, SAFE, EXPIRED = "waiting", "safe", "expired"


class State(NamedTuple):
    """Both topics, the lane's position in them, its order and its timer."""

    logs: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    positions: tuple[int, int] = (0, 0)
    due: bool = False
    kept_in_time: bool = False
    paid: bool = False
    asked_hold: bool = False
    missing: bool = False
    gap: bool = False
    parked: bool = False
    newer_release: bool = False
    ends: tuple[int, int] | None = None
    ends_after_due: bool = False
    order: str = WAITING
    crashes: int = 1


class TimerModel(SmallModel):
    """A timer fires only when its lane has read all there was when it fell due."""

    rules = frozenset({
        "waits_for_backlog", "end_seen_after_due", "all_topics", "waits_for_gap", "waits_for_parked"})

    def initial(self) -> State:
        """The order waits for its payment."""
        return State()

    def steps(self, state: State) -> list[Step]:
        """All that may happen next."""
        return [*self.world_steps(state), *self.lane_steps(state), *self.timer_steps(state)]

    def world_steps(self, state: State) -> Iterator[Step]:
        """Time passes, others write to the topics, a newer release is rolled out."""
        in_time = state.kept_in_time or not state.due
        if not state.due:
            yield Step("the timer falls due", state._replace(due=True))
        if not state.paid:
            written = state._replace(paid=True, kept_in_time=in_time)
            yield Step("payment writes 'authorized'", appended(written, PAYMENTS, AUTHORIZED), True)
            lost = appended(written._replace(missing=True), PAYMENTS, NOTE)
            yield Step("the log misses 'authorized' but holds what follows it", lost, True)
        if not state.asked_hold:
            held = state._replace(asked_hold=True, kept_in_time=in_time)
            yield Step("a request writes 'hold'", appended(held, REQUESTS, HOLD), True)
        if not state.newer_release:
            yield Step("a newer release takes the lane", state._replace(newer_release=True, ends=None))
        if state.crashes:
            yield Step("the lane's owner crashes", state._replace(ends=None, crashes=state.crashes - 1), True)

    def lane_steps(self, state: State) -> Iterator[Step]:
        """The lane reads, learns the ends of its topics, asks for what it misses, redrives."""
        for topic in (PAYMENTS, REQUESTS):
            if state.positions[topic] < len(state.logs[topic]):
                yield read(state, topic)
        ends = (len(state.logs[PAYMENTS]), len(state.logs[REQUESTS]))
        if state.ends != ends or state.ends_after_due != state.due:
            yield Step("the lane asks for the ends of its topics",
                       state._replace(ends=ends, ends_after_due=state.due))
        if state.gap and state.missing:
            resent = appended(state._replace(missing=False), PAYMENTS, AUTHORIZED)
            yield Step("payment sends 'authorized' again", resent)
        if state.parked and state.newer_release:
            yield Step("the parked message is redriven", kept(state._replace(parked=False)))

    def timer_steps(self, state: State) -> Iterator[Step]:
        """The deadline passes for the order, if it may."""
        if state.due and state.order == WAITING and self.may_fire(state):
            yield Step("the timer fires, the order expires", state._replace(order=EXPIRED))

    def may_fire(self, state: State) -> bool:
        """Whether nothing that could still stop the timer can be on its way."""
        if self.keeps("waits_for_gap") and state.gap:
            return False
        if self.keeps("waits_for_parked") and state.parked:
            return False
        if not self.keeps("waits_for_backlog"):
            return True
        if state.ends is None or (self.keeps("end_seen_after_due") and not state.ends_after_due):
            return False
        topics = (PAYMENTS, REQUESTS) if self.keeps("all_topics") else (PAYMENTS,)
        return all(state.positions[topic] >= state.ends[topic] for topic in topics)

    def violation(self, state: State) -> str | None:
        """What was written in time keeps the order alive."""
        if state.order == EXPIRED and state.kept_in_time:
            return "an order expired whose message had been written in time"
        return None

    def unfinished(self, state: State) -> str | None:
        """The order is safe or has expired."""
        return "the order still waits" if state.order == WAITING else None


def appended(state: State, topic: int, message: str) -> State:
    """One more record in a topic."""
    return state._replace(logs=replaced(state.logs, topic, state.logs[topic] + (message,)))


def kept(state: State) -> State:
    """The order no longer waits; one that has expired stays so."""
    return state._replace(order=SAFE) if state.order == WAITING else state


def read(state: State, topic: int) -> Step:
    """The lane reads one record; a note without its predecessor shows the gap."""
    message = state.logs[topic][state.positions[topic]]
    moved = state._replace(positions=replaced(state.positions, topic, state.positions[topic] + 1))
    if message == NOTE:
        return Step("the lane reads what follows, sees the gap", moved._replace(gap=True))
    if message == AUTHORIZED:
        moved = moved._replace(gap=False)
        if not state.newer_release:
            return Step("the lane parks 'authorized', it does not know its version", moved._replace(parked=True))
    return Step(f"the lane applies '{message}'", kept(moved))
