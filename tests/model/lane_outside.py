"""lane_outside - the stream's consumer, and what broker and database do to it all."""

from __future__ import annotations

from collections.abc import Iterator

from explorer import Step
from lane_state import Consumer, Lane, World, spend


def verify(lane: Lane, world: World) -> Step:
    """After a reconnection: is the record before the stored offset still the same?"""
    consumer = world.consumer
    here = consumer.position
    same = here <= len(world.log) and (here == 0 or world.log[here - 1] == consumer.record)
    if not lane.rules.verify_record:
        same = here <= len(world.log)
    if same:
        checked = consumer._replace(must_verify=False)
        return Step("the consumer goes on at its offset", world._replace(consumer=checked))
    back = consumer._replace(position=0, record=None, must_verify=False)
    return Step("the consumer finds another record before its offset, goes back", world._replace(consumer=back))


def read(world: World) -> Step:
    """The consumer reads one record: applies it, drops it, or skips it over a gap.

    In a generation the row before is simply the number before; the first of a
    new generation names the last of the one that the restore left.
    """
    consumer = world.consumer
    record = world.log[consumer.position]
    moved = consumer._replace(position=consumer.position + 1, record=record, silent=False)
    if record.after <= consumer.last < record.number:
        applied = moved._replace(
            last=record.number, applied=consumer.applied + (record.payload,),
            furthest=max(consumer.furthest, record.number))
        return Step(f"the consumer applies {record.number} {record.payload}", world._replace(consumer=applied))
    if record.number <= consumer.last:
        return Step(f"the consumer drops {record.number}", world._replace(consumer=moved))
    skipped = moved._replace(furthest=max(consumer.furthest, record.number))
    return Step(f"the consumer skips {record.number}, misses what follows {consumer.last}",
                world._replace(consumer=skipped))


def consumer_steps(lane: Lane, world: World) -> Iterator[Step]:
    """The consumer's only next step, if there is one."""
    consumer = world.consumer
    if consumer.must_verify:
        yield verify(lane, world)
    elif consumer.position < len(world.log):
        yield read(world)


def restarted(lane: Lane, consumer: Consumer) -> Consumer:
    """The consumer after a restart; a gap that was not stored is forgotten."""
    return consumer if lane.rules.gap_stored else consumer._replace(furthest=consumer.last)


def fault_steps(lane: Lane, world: World) -> Iterator[Step]:
    """Lost tails, deleted logs, restarts of the consumer, a database that goes back in time."""
    faults = world.faults
    if faults.lost_tail:
        for lost in range(1, min(2, len(world.log)) + 1):
            yield Step(f"the broker loses its last {lost}", without_tail(world, lost), True)
    settled = not (world.late or world.consumer.must_verify or any(process.queue for process in world.processes))
    if faults.deleted and world.log and settled:
        yield Step("retention deletes the log", without_log(world), True)
    if faults.consumer_restart and world.consumer.furthest > world.consumer.last:
        paid = world._replace(faults=spend(faults, "consumer_restart"))
        yield Step("the consumer restarts", paid._replace(consumer=restarted(lane, world.consumer)), True)
    if faults.restore and world.backup is None:
        yield Step("the database is backed up", world._replace(backup=world.database), True)
    elif faults.restore and world.backup != world.database:
        yield Step("the database is restored", restored(lane, world), True)


def without_tail(world: World, lost: int) -> World:
    """The broker comes back without its newest records; all its clients reconnect."""
    processes = tuple(
        process._replace(reconnected=process.memory is not None) for process in world.processes)
    return world._replace(
        log=world.log[:-lost], processes=processes, consumer=world.consumer._replace(must_verify=True),
        faults=spend(world.faults, "lost_tail"))


def without_log(world: World) -> World:
    """Nothing is left in the log, read or not; who had not read it all is behind its end, and hears nothing."""
    consumer = world.consumer
    silent = consumer.silent or consumer.position < len(world.log)
    emptied = consumer._replace(position=0, record=None, silent=silent)
    return world._replace(log=(), consumer=emptied, faults=spend(world.faults, "deleted"))


def restored(lane: Lane, world: World) -> World:
    """Later commits are gone, all connections are cut, a new timeline begins."""
    database = world.backup
    if lane.rules.new_generation:
        database = database._replace(generation=world.database.generation + 1)
    processes = world.processes
    if lane.rules.owners_ask_timeline:
        processes = tuple(process._replace(memory=None, early_read=None) for process in processes)
    return world._replace(
        database=database, processes=processes, limbo=(), backup=world.backup,
        faults=spend(world.faults, "restore"))
