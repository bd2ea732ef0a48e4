"""input_model - what one lane learns for another lane of its service.

Lane X reads a webhook that concerns an aggregate of lane Y. Its owner writes
an input row in the transaction that moves its offset; Y's owner applies and
deletes it in one transaction. X has one owner that may crash, Y two processes
that may both believe to own it. Y publishes one message for the input and one
of its own, on its numbered stream, which a consumer reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from explorer import Step
from small_model import SmallModel, replaced


class Owner(NamedTuple):
    """A process that believes to own lane Y: its fence, what it has loaded."""

    holder: int = 0
    loaded: bool = False
    applied: bool = False


class State(NamedTuple):
    """Both lanes in the database, their owners, and the stream of lane Y."""

    moved: bool = False
    written: bool = False
    input_row: bool = False
    handled: int = 0
    own_done: bool = False
    holder: int = 0
    owners: tuple[Owner, Owner] = (Owner(), Owner())
    next_number: int = 1
    queues: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    log: tuple[int, ...] = ()
    takeovers: int = 1
    crashes: int = 1


X_QUEUE, Y_QUEUE = 0, 1


class InputModel(SmallModel):
    """Inputs are written with the offset, applied and deleted together, by the owner alone."""

    rules = frozenset({
        "written_with_offset", "applied_by_owner", "deleted_with_effect", "raises_if_gone", "fence"})

    def initial(self) -> State:
        """The webhook waits in X's topic."""
        return State()

    def steps(self, state: State) -> list[Step]:
        """All that may happen next."""
        return [
            *self.x_steps(state), *self.publish_steps(state),
            *self.y_steps(state, 0), *self.y_steps(state, 1)]

    def x_steps(self, state: State) -> Iterator[Step]:
        """X's owner reads the webhook."""
        if state.moved:
            return
        if not self.keeps("applied_by_owner"):
            number = state.next_number
            queues = replaced(state.queues, X_QUEUE, state.queues[X_QUEUE] + (number,))
            yield Step(f"X writes Y's aggregate and Y's message {number} itself", state._replace(
                moved=True, handled=state.handled + 1, next_number=number + 1, queues=queues))
        elif self.keeps("written_with_offset"):
            yield Step("X commits the input with its offset", state._replace(moved=True, input_row=True))
        elif not state.written:
            yield Step("X commits the input", state._replace(written=True, input_row=True))
        else:
            yield Step("X commits its offset", state._replace(moved=True))
        if state.written and state.crashes:
            yield Step("X crashes and reads from its offset again",
                       state._replace(written=False, crashes=state.crashes - 1), True)

    def y_steps(self, state: State, index: int) -> Iterator[Step]:
        """A process takes lane Y, loads its inputs, applies one."""
        owner, name = state.owners[index], f"Y{index + 1}"
        if not owner.holder:
            held = any(other.holder == state.holder and state.holder for other in state.owners)
            if held and not state.takeovers:
                return
            holder = state.holder + 1
            taken = state._replace(holder=holder, owners=replaced(state.owners, index, Owner(holder)))
            yield Step(f"{name} takes lane Y", taken._replace(takeovers=state.takeovers - held), held)
            return
        if state.input_row and not owner.loaded:
            loaded = replaced(state.owners, index, owner._replace(loaded=True))
            yield Step(f"{name} loads the input", state._replace(owners=loaded))
        if owner.loaded:
            yield self.apply_step(state, index)
        if not state.own_done:
            own = self.published(state, f"{name} commits a batch of its own", index)
            yield own._replace(state=own.state._replace(own_done=True)) if own.state.owners[index].holder else own
        if owner.applied and state.crashes:
            fresh = state._replace(owners=replaced(state.owners, index, Owner()), crashes=state.crashes - 1)
            yield Step(f"{name} crashes", fresh, True)

    def apply_step(self, state: State, index: int) -> Step:
        """The loaded input is applied and deleted; a lost fence or a gone row raises."""
        owner, name = state.owners[index], f"Y{index + 1}"
        if owner.applied:
            done = replaced(state.owners, index, owner._replace(loaded=False, applied=False))
            return Step(f"{name} deletes the input", state._replace(input_row=False, owners=done))
        if self.keeps("raises_if_gone") and not state.input_row:
            return Step(f"{name} finds the input gone, raises, drops the lane", without_lane(state, index))
        step = self.published(state, f"{name} applies the input", index)
        if not step.state.owners[index].holder:
            return step
        together = self.keeps("deleted_with_effect")
        after = owner._replace(loaded=not together, applied=not together)
        return step._replace(state=step.state._replace(
            handled=state.handled + 1, input_row=state.input_row and not together,
            owners=replaced(state.owners, index, after)))

    def published(self, state: State, label: str, index: int) -> Step:
        """A batch of Y with one message; its fence decides."""
        if self.keeps("fence") and state.owners[index].holder != state.holder:
            return Step(f"Y{index + 1}'s fence raises, it drops the lane", without_lane(state, index))
        number = state.next_number
        queues = replaced(state.queues, Y_QUEUE, state.queues[Y_QUEUE] + (number,))
        return Step(f"{label}, message {number}", state._replace(next_number=number + 1, queues=queues))

    def publish_steps(self, state: State) -> Iterator[Step]:
        """The producers send what was committed."""
        for index, queue in enumerate(state.queues):
            if queue:
                rest = replaced(state.queues, index, queue[1:])
                yield Step(f"the producer of lane {'XY'[index]} sends {queue[0]}",
                           state._replace(queues=rest, log=state.log + queue[:1]))

    def violation(self, state: State) -> str | None:
        """The webhook counts once, and the stream arrives in the order of its numbers."""
        if state.handled > 1:
            return "the input was applied twice"
        if state.log != tuple(range(1, len(state.log) + 1)):
            return f"the stream of lane Y reads {state.log}: a gap that no fault made"
        return None

    def unfinished(self, state: State) -> str | None:
        """The webhook was applied."""
        return None if state.handled == 1 else "the input was never applied"


def without_lane(state: State, index: int) -> State:
    """The process has dropped the lane and may take it again."""
    return state._replace(owners=replaced(state.owners, index, Owner()))
