"""position_model - a topic of requests, which carry no numbers, loses its tail.

The gateway writes requests, a repeated one with the same content as before.
The broker loses its newest records and is written to again, so that the
consumer's stored offset may point behind records it has never seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from explorer import Step
from small_model import SmallModel

WRITES = 4


class Request(NamedTuple):
    """A record of the topic."""

    content: str
    append_time: int


class State(NamedTuple):
    """The topic, and what the consumer has stored."""

    log: tuple[Request, ...] = ()
    position: int = 0
    record: Request | None = None
    applied: frozenset[str] = frozenset()
    must_verify: bool = False
    writes: int = WRITES
    losses: int = 1


class PositionModel(SmallModel):
    """After each reconnection the record before the offset is read and compared first."""

    rules = frozenset({"verify_record", "by_append_time"})

    def initial(self) -> State:
        """An empty topic."""
        return State()

    def steps(self, state: State) -> list[Step]:
        """The gateway writes, the broker loses, the consumer reads."""
        return [*self.broker_steps(state), *self.consumer_steps(state)]

    def broker_steps(self, state: State) -> Iterator[Step]:
        """One more request, or fewer."""
        if state.writes:
            for content in "ab":
                request = Request(content, WRITES - state.writes)
                yield Step(f"the gateway writes {content}",
                           state._replace(log=state.log + (request,), writes=state.writes - 1), True)
        if state.losses:
            for lost in range(1, len(state.log) + 1):
                yield Step(f"the broker loses its last {lost}", state._replace(
                    log=state.log[:-lost], must_verify=True, losses=state.losses - 1), True)

    def consumer_steps(self, state: State) -> Iterator[Step]:
        """Compare first, then read on."""
        if state.must_verify:
            yield self.verified(state)
        elif state.position < len(state.log):
            request = state.log[state.position]
            yield Step(f"the consumer applies {request.content}", state._replace(
                position=state.position + 1, record=request, applied=state.applied | {request.content}))

    def verified(self, state: State) -> Step:
        """Go on if the record is the same, else go back and read forward."""
        here = state.position
        same = here <= len(state.log)
        if same and here and self.keeps("verify_record"):
            before = state.log[here - 1]
            same = before == state.record if self.keeps("by_append_time") else before.content == state.record.content
        if same:
            return Step("the consumer goes on at its offset", state._replace(must_verify=False))
        return Step("the consumer goes back", state._replace(position=0, record=None, must_verify=False))

    def violation(self, state: State) -> str | None:
        """Applying a request again is harmless: its identity finds the first."""
        return None

    def unfinished(self, state: State) -> str | None:
        """Every request in the log was applied."""
        missed = sorted({request.content for request in state.log} - state.applied)
        return f"lost: request {missed[0]} is in the log and was never read" if missed else None
