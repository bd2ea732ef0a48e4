"""stock_model - two lanes reserve from the same stock rows, a count takes from them.

Each batch locks the rows it may touch, one after the other, decides in memory,
and commits. Lane A has two orders and lane B has one, each for one of both
items, of which there is one each; lane B also books a count that finds one
item missing. What then is reserved beyond the stock is owed, and an input
makes a reservation give back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from explorer import Step
from small_model import SmallModel, replaced

LANES = "AB"
BOTH = (0, 1)
ORDER, COUNT, GIVE_BACK = "reserve", "count", "give back"


class Item(NamedTuple):
    """A row of stock, and the open reservations of that item, newest last."""

    on_hand: int = 1
    reserved: int = 0
    owed: int = 0
    reservations: tuple[str, ...] = ()


class Worker(NamedTuple):
    """A lane's batches: those to do, and where the present one stands."""

    todo: tuple[tuple[str, tuple[int, ...]], ...]
    locked: tuple[int, ...] = ()
    seen: tuple[tuple[int, Item], ...] = ()
    stopped: bool = False


class State(NamedTuple):
    """Both items, both workers, how often a worker may still stop."""

    items: tuple[Item, Item]
    workers: tuple[Worker, Worker]
    stops: int


class StockModel(SmallModel):
    """Rows locked once a batch, in one order, before they are read."""

    rules = frozenset({"sorted_locks", "read_under_lock", "idle_timeout", "owed_booked", "give_back"})

    def initial(self) -> State:
        """Nothing is reserved."""
        lane_a = Worker(((ORDER, BOTH), (ORDER, (0,))))
        lane_b = Worker(((ORDER, BOTH if self.keeps("sorted_locks") else (1, 0)), (COUNT, (0,))))
        return State((Item(), Item()), (lane_a, lane_b), 1)

    def steps(self, state: State) -> list[Step]:
        """Each worker's next statement, and the server's time-out."""
        return [*self.worker_steps(state, 0), *self.worker_steps(state, 1)]

    def worker_steps(self, state: State, index: int) -> Iterator[Step]:
        """Lock the next row, or decide and commit; a stopped worker is cut off."""
        worker = state.workers[index]
        lane = LANES[index]
        if worker.stopped:
            if self.keeps("idle_timeout"):
                again = worker._replace(locked=(), seen=(), stopped=False)
                yield Step(f"the server ends {lane}'s idle transaction", with_worker(state, index, again))
            return
        if not worker.todo:
            return
        kind, wanted = worker.todo[0]
        if not self.keeps("read_under_lock") and not worker.seen:
            seen = tuple((item, state.items[item]) for item in wanted)
            yield Step(f"{lane} reads for '{kind}' without a lock",
                       with_worker(state, index, worker._replace(seen=seen)))
            return
        yield from self.locking_steps(state, index)
        if worker.locked and state.stops:
            stopped = with_worker(state._replace(stops=state.stops - 1), index, worker._replace(stopped=True))
            yield Step(f"{lane} stops with {len(worker.locked)} rows locked", stopped, True)

    def locking_steps(self, state: State, index: int) -> Iterator[Step]:
        """The next lock if it is free, else nothing; the commit once all are held."""
        worker = state.workers[index]
        kind, wanted = worker.todo[0]
        missing = [item for item in wanted if item not in worker.locked]
        if not missing:
            yield Step(f"{LANES[index]} commits '{kind}'", self.saved(state, index))
            return
        item = missing[0]
        if item in state.workers[1 - index].locked:
            return
        seen = worker.seen
        if self.keeps("read_under_lock"):
            seen = seen + ((item, state.items[item]),)
        locked = worker._replace(locked=worker.locked + (item,), seen=seen)
        yield Step(f"{LANES[index]} locks item {item + 1} for '{kind}'", with_worker(state, index, locked))

    def saved(self, state: State, index: int) -> State:
        """What the batch decided from what it saw is written; the locks are gone."""
        worker = state.workers[index]
        kind, wanted = worker.todo[0]
        seen = dict(worker.seen)
        name = f"{LANES[index]}{len(worker.todo)}"
        items, todo = state.items, worker.todo[1:]
        enough = all(available(seen[item]) > 0 for item in wanted)
        for item in wanted:
            if kind == ORDER and enough:
                after = reserve(seen[item], items[item], name)
            elif kind == COUNT:
                after = self.counted(seen[item])
                if after.owed and self.keeps("give_back"):
                    todo = todo + ((GIVE_BACK, (item,)),)
            elif kind == GIVE_BACK:
                after = given_back(seen[item])
            else:
                continue
            items = replaced(items, item, after)
        return with_worker(state._replace(items=items), index, Worker(todo))

    def counted(self, item: Item) -> Item:
        """One less is there; what is reserved beyond it is owed."""
        on_hand = item.on_hand - 1
        short = max(0, item.reserved - on_hand) if self.keeps("owed_booked") else 0
        return item._replace(on_hand=on_hand, owed=short)

    def violation(self, state: State) -> str | None:
        """Reservations never exceed what is there and what is owed."""
        for number, item in enumerate(state.items, 1):
            if len(item.reservations) > item.on_hand + item.owed:
                return (f"item {number} is oversold: {', '.join(item.reservations)} reserved, "
                        f"{item.on_hand} on hand, {item.owed} owed")
            if item.reserved != len(item.reservations):
                return f"item {number} says {item.reserved} reserved of {len(item.reservations)}"
        return None

    def unfinished(self, state: State) -> str | None:
        """All batches are done and nothing is owed any more."""
        waiting = [LANES[index] for index in BOTH if state.workers[index].todo]
        if len(waiting) == 2 and not any(worker.stopped for worker in state.workers):
            return "deadlock: A and B wait for each other"
        if waiting:
            return f"{' and '.join(waiting)} cannot go on"
        owed = [number for number, item in enumerate(state.items, 1) if item.owed]
        return f"item {owed[0]} still owes" if owed else None


def with_worker(state: State, index: int, worker: Worker) -> State:
    """The state with one worker changed."""
    return state._replace(workers=replaced(state.workers, index, worker))


def available(item: Item) -> int:
    """What may still be promised."""
    return item.on_hand - item.reserved


def reserve(seen: Item, present: Item, name: str) -> Item:
    """One more reservation row; the total is written from what was seen."""
    return seen._replace(reserved=seen.reserved + 1, reservations=present.reservations + (name,))


def given_back(item: Item) -> Item:
    """The youngest reservation gives back as long as anything is owed."""
    if not item.owed:
        return item
    return item._replace(
        reserved=item.reserved - 1, owed=item.owed - 1, reservations=item.reservations[:-1])
