"""lane_producer - from the outbox to the log: sending, the cursor, sending again."""

from __future__ import annotations

from collections.abc import Iterator

from explorer import Step
from lane_owner import NAMES, with_process
from lane_state import (
    NOTHING,
    Lane,
    Number,
    Process,
    Record,
    Row,
    World,
    highest_in_log,
    number_before,
    rows_after,
    spend,
)


def appended(world: World, row: Row, lost_tails: int) -> World:
    """The log with one more record; its append time tells it from one lost before."""
    append_time = lost_tails - world.faults.lost_tail
    return world._replace(log=world.log + (Record(row.number, row.payload, row.after, append_time),))


def acknowledged(lane: Lane, world: World, process: Process, row: Row) -> Number:
    """The acknowledged number after a row's delivery report."""
    if not lane.rules.cursor_unbroken:
        return max(process.acked, row.number)
    following = rows_after(world.database.outbox, process.acked)
    return row.number if following and following[0].number == row.number else process.acked


def send_steps(lane: Lane, world: World, index: int) -> Iterator[Step]:
    """The producer sends its next row, whether or not its process still owns the lane."""
    process = world.processes[index]
    if not process.queue or (process.failed and lane.rules.gapless_producer):
        return
    row, name = process.queue[0], NAMES[index]
    sent = process._replace(queue=process.queue[1:], acked=acknowledged(lane, world, process, row))
    yield Step(f"{name} sends {row.number} {row.payload}",
               with_process(appended(world, row, lane.faults.lost_tail), index, sent))
    if world.faults.refused:
        queue = process.queue if lane.rules.gapless_producer else process.queue[1:]
        refused = process._replace(queue=queue, failed=True)
        paid = world._replace(faults=spend(world.faults, "refused"))
        yield Step(f"{name}'s {row.number} fails for good", with_process(paid, index, refused), True)


def publish_from(world: World, index: int, base: Number) -> World:
    """Queue everything after a number again; the stored cursor follows, under the fence."""
    process = world.processes[index]
    database = world.database
    if process.memory and process.memory.holder == database.holder:
        database = database._replace(cursor=min(database.cursor, base))
    again = process._replace(
        queue=rows_after(database.outbox, base), acked=base, failed=False, reconnected=False)
    return with_process(world._replace(database=database), index, again)


def new_producer_steps(lane: Lane, world: World, index: int) -> Iterator[Step]:
    """A fatal error, or a row refused for good: a new producer goes on from the cursor.

    Requests of the old one that were in flight may still reach the log later.
    """
    process = world.processes[index]
    if process.memory is None:
        return
    base = process.acked if process.failed else world.database.cursor
    if lane.rules.compare_at_new_producer:
        base = min(base, highest_in_log(world.log))
    name = NAMES[index]
    if process.failed:
        yield Step(f"{name} makes a new producer, publishes after {base}", publish_from(world, index, base))
    if world.faults.fatal and (process.queue or process.reconnected):
        paid = world._replace(faults=spend(world.faults, "fatal"))
        for in_flight in range(len(process.queue) + 1):
            late = world.late + process.queue[:in_flight]
            yield Step(f"{name}'s producer dies with {in_flight} in flight, a new one publishes after {base}",
                       publish_from(paid._replace(late=late), index, base), True)


def late_steps(lane: Lane, world: World) -> Iterator[Step]:
    """A dead producer's request reaches the broker after all."""
    if world.late:
        row = world.late[0]
        landed = appended(world._replace(late=world.late[1:]), row, lane.faults.lost_tail)
        yield Step(f"the late {row.number} {row.payload} lands", landed)


def cursor_steps(lane: Lane, world: World, index: int) -> Iterator[Step]:
    """The acknowledged prefix is saved."""
    process = world.processes[index]
    if process.memory is None or process.acked <= world.database.cursor:
        return
    if lane.rules.cursor_fenced and process.memory.holder != world.database.holder:
        return
    database = world.database._replace(cursor=process.acked)
    yield Step(f"{NAMES[index]} saves cursor {process.acked}", world._replace(database=database))


def reconnection_steps(lane: Lane, world: World, index: int) -> Iterator[Step]:
    """A connection that came back: does the log still hold what was acknowledged?"""
    process = world.processes[index]
    if not process.reconnected:
        return
    name, tail = NAMES[index], highest_in_log(world.log)
    owns = process.memory is not None and process.memory.holder == world.database.holder
    if owns and lane.rules.compare_at_reconnection and tail < max(process.acked, world.database.cursor):
        yield Step(f"{name} finds the log's tail at {tail}, publishes after it", publish_from(world, index, tail))
    else:
        settled = process._replace(reconnected=False)
        yield Step(f"{name} reconnects and goes on", with_process(world, index, settled))


def resend_steps(lane: Lane, world: World, index: int) -> Iterator[Step]:
    """The consumer asks for what it misses; the owner publishes from there again."""
    process, consumer = world.processes[index], world.consumer
    owns = process.memory is not None and process.memory.holder == world.database.holder
    gap = lane.rules.resend_on_gap and consumer.furthest > consumer.last
    silent = lane.rules.ask_where_silent and consumer.silent
    asks = (gap or silent) and consumer.position == len(world.log)
    base = number_before(world.database.outbox, consumer.last) if silent else consumer.last
    missing = rows_after(world.database.outbox, base)
    if not (owns and asks and missing) or missing[0] in process.queue:
        return
    if not lane.rules.asked_until_filled:
        world = world._replace(consumer=consumer._replace(furthest=consumer.last))
    if lane.rules.resend_moves_stored_cursor:
        resent = publish_from(world, index, base)
    else:
        resent = with_process(world, index, process._replace(queue=process.queue + missing))
    yield Step(f"{NAMES[index]} is asked and sends again after {base}", resent)


def crash_steps(world: World, index: int) -> Iterator[Step]:
    """The process is killed; its memory and all it had not sent yet are gone."""
    process = world.processes[index]
    if world.faults.crash and (process.memory or process.queue):
        fresh = Process(None, (), NOTHING, False, False, None)
        paid = world._replace(faults=spend(world.faults, "crash"))
        yield Step(f"{NAMES[index]} is killed", with_process(paid, index, fresh), True)
