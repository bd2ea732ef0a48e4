"""effect_model - a charge whose outcome may stay unknown, and its compensation.

An order's lane decides a charge; a call carries it to the provider, acts there
or not, and its answer may be lost. Owners are replaced while calls are under
way. The order may be canceled at any moment; the refund then undoes the charge.
A keyed provider answers a repeated key as before, but its look-up may lag; one
that knows only our reference charges again, but its look-up is exact. What has
not acted when its time-out passes never acts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from explorer import Step
from small_model import SmallModel, replaced

NONE, UNWRITTEN, OPEN, CLOSED = range(4)
READY, CALLING, MUST_ASK = range(3)
CHARGE, REFUND = 0, 1
NAMES = ("charge", "refund")


class Effect(NamedTuple):
    """An effect row, and what its present owner knows of the call."""

    status: int = NONE
    key: int = 1
    phase: int = READY
    closings: int = 0


class Call(NamedTuple):
    """A request under way, and the owner that sent it."""

    effect: int
    key: int
    owner: int
    acted: bool = False


class State(NamedTuple):
    """The order, its two effects, the calls, the provider's books, what may still happen."""

    effects: tuple[Effect, Effect] = (Effect(), Effect())
    canceled: bool = False
    owner: int = 1
    calls: tuple[Call, ...] = ()
    charges: tuple[int, ...] = ()
    refunds: int = 0
    takeovers: int = 2
    timeouts: int = 1
    cancels: int = 1
    lags: int = 0


class EffectModel(SmallModel):
    """Effects are written before they are sent, repeated under one key, and undone in order."""

    rules = frozenset({
        "row_before_call", "same_key", "asks_outcome", "waits_before_asking",
        "compensation_waits", "closing_fenced"})
    keyed = True

    def initial(self) -> State:
        """The order is placed, nothing is charged."""
        return State(lags=1 if self.keyed else 0)

    def steps(self, state: State) -> list[Step]:
        """All that may happen next."""
        return [
            *self.decisions(state), *self.call_steps(state), *self.disturbances(state),
            *self.effect_steps(state, CHARGE), *self.effect_steps(state, REFUND)]

    def decisions(self, state: State) -> Iterator[Step]:
        """The order's lane decides the charge, and the refund of a canceled order."""
        charge, refund = state.effects
        if charge.status == NONE and not state.canceled:
            if self.keeps("row_before_call"):
                yield Step("the lane decides the charge", with_effect(state, CHARGE, charge._replace(status=OPEN)))
            else:
                yield Step("the lane calls for the charge before it commits",
                           called(state, CHARGE, charge._replace(status=UNWRITTEN)))
        undo = charge.status == CLOSED or (charge.status == OPEN and not self.keeps("compensation_waits"))
        if state.canceled and undo and refund.status == NONE:
            yield Step("the lane decides the refund", with_effect(state, REFUND, refund._replace(status=OPEN)))

    def effect_steps(self, state: State, which: int) -> Iterator[Step]:
        """The pool sends an open effect, or asks what became of it."""
        effect = state.effects[which]
        if effect.status != OPEN:
            return
        name = NAMES[which]
        if effect.phase == READY:
            yield Step(f"owner {state.owner} sends the {name}, key {effect.key}", called(state, which, effect))
        if effect.phase == MUST_ASK and self.may_ask(state, which):
            if not self.keeps("asks_outcome"):
                yield Step(f"owner {state.owner} takes the {name} for not made", self.retried(state, which))
                return
            found = state.refunds if which == REFUND else effect.key in state.charges
            if found:
                yield Step(f"owner {state.owner} asks, the {name} was made", closed(state, which))
            else:
                yield Step(f"owner {state.owner} asks, the {name} is not found", self.retried(state, which))
            if found and state.lags:
                lagging = self.retried(state._replace(lags=state.lags - 1), which)
                yield Step(f"owner {state.owner} asks, the {name} is not found yet", lagging, True)

    def may_ask(self, state: State, which: int) -> bool:
        """Whether no earlier call of this effect can still act."""
        under_way = any(call.effect == which for call in state.calls)
        return not under_way or not self.keeps("waits_before_asking")

    def retried(self, state: State, which: int) -> State:
        """The same call again, under the same key."""
        effect = state.effects[which]
        key = effect.key if self.keeps("same_key") else effect.key + 1
        return with_effect(state, which, effect._replace(phase=READY, key=key))

    def call_steps(self, state: State) -> Iterator[Step]:
        """A call acts, its answer comes, or its time-out passes."""
        for index, call in enumerate(state.calls):
            name = f"owner {call.owner}'s {NAMES[call.effect]}"
            rest = state._replace(calls=state.calls[:index] + state.calls[index + 1:])
            current = call.owner == state.owner
            if not call.acted:
                yield Step(f"{name} acts, key {call.key}", self.acted(state, index))
            elif current:
                yield Step(f"{name} is answered", closed(rest, call.effect))
            elif not self.keeps("closing_fenced"):
                yield Step(f"{name} is answered to the old owner", closed(rest, call.effect))
            if not current:
                yield Step(f"the time-out of {name} passes", rest)
            elif state.timeouts:
                waiting = after_timeout(rest.effects[call.effect])
                paid = with_effect(rest._replace(timeouts=state.timeouts - 1), call.effect, waiting)
                yield Step(f"{name} times out", paid, True)

    def acted(self, state: State, index: int) -> State:
        """The provider does what it is asked; a keyed one does it once a key."""
        call = state.calls[index]
        done = state._replace(calls=replaced(state.calls, index, call._replace(acted=True)))
        if call.effect == REFUND:
            return done._replace(refunds=len(state.charges))
        if self.keyed and call.key in state.charges:
            return done
        return done._replace(charges=state.charges + (call.key,))

    def disturbances(self, state: State) -> Iterator[Step]:
        """The shopper cancels; another owner takes the lane."""
        if state.cancels:
            yield Step("the order is canceled", state._replace(canceled=True, cancels=0), True)
        if state.takeovers:
            effects = tuple(map(after_timeout, state.effects))
            taken = state._replace(effects=effects, owner=state.owner + 1, takeovers=state.takeovers - 1)
            yield Step(f"owner {taken.owner} takes the lane", taken, True)

    def violation(self, state: State) -> str | None:
        """One charge an order, one result an effect."""
        if len(state.charges) > 1:
            return f"charged twice, keys {state.charges}"
        twice = [NAMES[which] for which in (CHARGE, REFUND) if state.effects[which].closings > 1]
        return f"the result of the {twice[0]} was stated twice" if twice else None

    def unfinished(self, state: State) -> str | None:
        """No charge is left on a canceled order, no effect is left open."""
        if state.canceled and state.refunds < len(state.charges):
            return "a charge is left on a canceled order"
        left = [NAMES[which] for which in (CHARGE, REFUND) if state.effects[which].status in (UNWRITTEN, OPEN)]
        return f"the {left[0]} is left open" if left else None


class ReferenceEffectModel(EffectModel):
    """A provider without keys: repeating a call charges again, a look-up by reference is exact."""

    keyed = False


def with_effect(state: State, which: int, effect: Effect) -> State:
    """The state with one effect changed."""
    return state._replace(effects=replaced(state.effects, which, effect))


def called(state: State, which: int, effect: Effect) -> State:
    """A request leaves for the provider."""
    call = Call(which, effect.key, state.owner)
    return with_effect(state, which, effect._replace(phase=CALLING))._replace(calls=state.calls + (call,))


def closed(state: State, which: int) -> State:
    """The result closes the row in a transaction of the lane."""
    effect = state.effects[which]
    return with_effect(state, which, effect._replace(
        status=CLOSED, phase=READY, closings=effect.closings + 1))


def after_timeout(effect: Effect) -> Effect:
    """What is known without an answer: an open row's outcome is not, an unwritten one is forgotten."""
    if effect.status == UNWRITTEN:
        return effect._replace(status=NONE, key=effect.key + 1, phase=READY)
    return effect._replace(phase=MUST_ASK) if effect.status == OPEN else effect
