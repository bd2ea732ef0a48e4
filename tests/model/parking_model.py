"""parking_model - one order's message cannot be handled; the others go on.

A lane reads messages of the orders x and y. The first of x cannot be handled
until it is mended; what follows for x, and the result of a call made for x,
parks behind it and is redriven in order, while y goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from explorer import Step
from small_model import SmallModel

LOG = ("x1", "y1", "x2", "x3")
BAD = "x1"
RESULT = "xr"


class State(NamedTuple):
    """The lane's stored position, parked rows and effects, and its owner's memory."""

    position: int = 0
    parked: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    result_came: bool = False
    mended: bool = False
    knows_parked: bool = False
    half_parked: str = ""
    half_redriven: str = ""
    overtaken: bool = False
    crashes: int = 1


class ParkingModel(SmallModel):
    """Parked with the offset, behind its order's first, redriven in order, row by row."""

    rules = frozenset({
        "lane_goes_on", "later_park_behind", "results_park_too", "keys_loaded_at_taking",
        "redriven_in_order", "parked_with_offset", "deleted_with_effect"})

    def initial(self) -> State:
        """Four messages wait."""
        return State()

    def steps(self, state: State) -> list[Step]:
        """All that may happen next."""
        return [*self.reading_steps(state), *self.redrive_steps(state), *self.outside_steps(state)]

    def reading_steps(self, state: State) -> Iterator[Step]:
        """The next message of the log, or the result of the call."""
        if state.half_parked:
            parked = state._replace(parked=state.parked + (state.half_parked,), half_parked="", knows_parked=True)
            yield Step(f"the lane parks {state.half_parked}", parked)
            return
        if state.position < len(LOG):
            yield from self.handled(state._replace(position=state.position + 1), LOG[state.position])
        if not state.result_came:
            yield from self.handled(state._replace(result_came=True), RESULT)

    def handled(self, state: State, message: str) -> Iterator[Step]:
        """A message is applied, or parked because it must wait."""
        bad = message == BAD and not state.mended
        behind = message[0] == "x" and state.knows_parked
        if message == RESULT:
            behind = behind and self.keeps("results_park_too")
        else:
            behind = behind and self.keeps("later_park_behind")
        if not bad and not behind:
            overtaken = message == RESULT and bool(state.parked)
            yield Step(f"the lane applies {message}",
                       state._replace(applied=state.applied + (message,), overtaken=overtaken))
        elif bad and not self.keeps("lane_goes_on"):
            return
        elif self.keeps("parked_with_offset"):
            parked = state._replace(parked=state.parked + (message,), knows_parked=True)
            yield Step(f"the lane parks {message} and moves on", parked)
        else:
            yield Step(f"the lane moves on over {message}", state._replace(half_parked=message))

    def redrive_steps(self, state: State) -> Iterator[Step]:
        """Parked messages of the mended order are handled, oldest first."""
        if state.half_redriven:
            yield Step(f"the lane deletes the parked {state.half_redriven}",
                       unparked(state, state.half_redriven)._replace(half_redriven=""))
            return
        if not state.mended:
            return
        ready = state.parked[:1] if self.keeps("redriven_in_order") else state.parked
        for message in ready:
            applied = state._replace(applied=state.applied + (message,))
            if self.keeps("deleted_with_effect"):
                yield Step(f"the lane redrives {message}", unparked(applied, message))
            else:
                yield Step(f"the lane applies the parked {message}", applied._replace(half_redriven=message))

    def outside_steps(self, state: State) -> Iterator[Step]:
        """Someone mends what was wrong; the owner crashes and the lane is taken anew."""
        if not state.mended:
            yield Step("what was wrong with x1 is mended", state._replace(mended=True), True)
        if state.crashes:
            knows = bool(state.parked) and self.keeps("keys_loaded_at_taking")
            yield Step("the owner crashes, the lane is taken anew", state._replace(
                knows_parked=knows, half_parked="", half_redriven="", crashes=state.crashes - 1), True)

    def violation(self, state: State) -> str | None:
        """Each message once, those of one order in their order, results not before them."""
        if len(set(state.applied)) != len(state.applied):
            return f"applied twice: {', '.join(state.applied)}"
        order = [message for message in state.applied if message[0] == "x" and message != RESULT]
        if order != sorted(order) or (order and order[0] != BAD):
            return f"out of order: {', '.join(order)}"
        if state.overtaken:
            return "the result of a call was applied while its order was parked"
        return None

    def unfinished(self, state: State) -> str | None:
        """All is applied, or waits behind what nobody has mended."""
        there = set(state.applied) | set(state.parked)
        missing = [message for message in (*LOG, RESULT) if message not in there]
        if missing:
            return f"lost: {', '.join(missing)}" if state.position == len(LOG) else f"the lane stands before {BAD}"
        return "parked though mended" if state.mended and state.parked else None


def unparked(state: State, message: str) -> State:
    """The row is gone; with the last one the order is free again."""
    parked = tuple(other for other in state.parked if other != message)
    return state._replace(parked=parked, knows_parked=bool(parked))
