"""lane_model - the lane protocol as a whole, and what it promises."""

from __future__ import annotations

from explorer import Step
from lane_outside import consumer_steps, fault_steps
from lane_owner import batch_steps, limbo_steps, taking_steps
from lane_producer import (
    crash_steps,
    cursor_steps,
    late_steps,
    new_producer_steps,
    reconnection_steps,
    resend_steps,
    send_steps,
)
from lane_state import Lane, Process, World, first_world, highest_in_log


def order_of(process: Process) -> tuple:
    """Sorts the two processes, which differ by their names alone."""
    return (process.memory or (), process.queue, process.acked, process.failed,
            process.reconnected, process.early_read or ())


def cursor_claims_too_much(world: World) -> bool:
    """Whether what is stored as acknowledged is not in the log, and no comparison is due."""
    holder = world.database.holder
    owners = [p for p in world.processes if p.memory is not None and p.memory.holder == holder]
    compared = any(not owner.reconnected for owner in owners)
    return compared and world.database.cursor > highest_in_log(world.log)


class LaneModel:
    """Two owners, one lane, one numbered stream and its consumer."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane

    def initial(self) -> World:
        """Nothing has happened."""
        return first_world(self.lane)

    def canonical(self, world: World) -> World:
        """The world with its processes in one fixed order."""
        first, second = world.processes
        if first == second or order_of(first) <= order_of(second):
            return world
        return world._replace(processes=(second, first))

    def steps(self, world: World) -> list[Step]:
        """All that may happen next.

        While the log can only grow, the consumer sees the same records whenever
        it reads them, so letting it read at once leaves nothing out.
        """
        lane = self.lane
        reading = list(consumer_steps(lane, world))
        may_vanish = world.faults.lost_tail or world.faults.deleted
        if reading and not may_vanish and not world.consumer.must_verify:
            return reading
        found = reading
        for index in (0, 1):
            found.extend(taking_steps(lane, world, index))
            found.extend(batch_steps(lane, world, index))
            found.extend(send_steps(lane, world, index))
            found.extend(new_producer_steps(lane, world, index))
            found.extend(cursor_steps(lane, world, index))
            found.extend(reconnection_steps(lane, world, index))
            found.extend(resend_steps(lane, world, index))
            found.extend(crash_steps(world, index))
        found.extend(limbo_steps(lane, world))
        found.extend(late_steps(lane, world))
        found.extend(fault_steps(lane, world))
        return found

    def went_back(self, world: World) -> bool:
        """Whether the publisher's database was restored on the way here."""
        return world.faults.restore < self.lane.faults.restore

    def violation(self, world: World) -> str | None:
        """One effect an input, one meaning a number, one order for all readers.

        After a restore the same input is rightly handled again; identities make
        the second one find the first, which is not this model's matter.
        """
        database, consumer = world.database, world.consumer
        if len(set(database.handled)) != len(database.handled):
            return f"an input was handled twice: {', '.join(database.handled)}"
        numbers = [row.number for row in database.outbox]
        if len(set(numbers)) != len(numbers):
            return f"a number was given twice: {numbers}"
        if self.lane.watch_cursor and cursor_claims_too_much(world):
            return f"the cursor {database.cursor} claims more than the log holds, retention may drop it"
        if self.went_back(world):
            return None
        published = tuple(row.payload for row in database.outbox)
        if consumer.applied != published[:len(consumer.applied)]:
            return f"the consumer applied {consumer.applied} of {published}"
        return None

    def unfinished(self, world: World) -> str | None:
        """At the end every input is handled and every message has arrived."""
        database = world.database
        if len(database.handled) < 3:
            return f"only {database.handled} was handled"
        lost = [row.payload for row in database.outbox if row.payload not in world.consumer.applied]
        return f"lost: {', '.join(lost)}" if lost else None
