"""lane_owner - taking a lane, the batch in one transaction, a commit's lost answer."""

from __future__ import annotations

from collections.abc import Iterator

from explorer import Step
from lane_state import (
    EFFECT,
    FIRST,
    NOTHING,
    SECOND,
    Batch,
    Database,
    Lane,
    Memory,
    Number,
    Process,
    Row,
    Rules,
    World,
    highest_in_log,
    last_number,
    rows_after,
    spend,
)

NAMES = "AB"


def with_process(world: World, index: int, process: Process) -> World:
    """The world with one process changed."""
    other = world.processes[1 - index]
    return world._replace(processes=(process, other) if index == 0 else (other, process))


def dropped(process: Process) -> Process:
    """The process without its lane; what its producer holds still goes out."""
    return process._replace(memory=None)


def is_held(world: World) -> bool:
    """Whether a living process holds the lane's lease."""
    holder = world.database.holder
    return any(process.memory is not None and process.memory.holder == holder for process in world.processes)


def unused_holder(world: World) -> int:
    """A holder that nobody alive still knows; as good as a random one, and finite."""
    used = {world.database.holder}
    used.update(process.memory.holder for process in world.processes if process.memory)
    used.update(batch.memory.holder for batch in world.limbo)
    if world.backup:
        used.add(world.backup.holder)
    return next(number for number in range(1, 20) if number not in used)


def taking_steps(lane: Lane, world: World, index: int) -> Iterator[Step]:
    """A process takes the lane; taking one that is held is a fault (a lease that ran out)."""
    process = world.processes[index]
    if process.memory is not None:
        return
    name = NAMES[index]
    if process.early_read is not None:
        yield Step(f"{name} writes its holder and returns the version", take(lane, world, index, process.early_read))
        return
    held = is_held(world)
    if held and not world.faults.takeover:
        return
    faults = spend(world.faults, "takeover") if held else world.faults
    paid = world._replace(faults=faults)
    if lane.rules.state_read_after_holder:
        yield Step(f"{name} takes the lane", take(lane, paid, index, world.database), held)
    else:
        reading = process._replace(early_read=world.database)
        yield Step(f"{name} reads the lane's state before it holds it", with_process(paid, index, reading), held)


def take(lane: Lane, world: World, index: int, read: Database) -> World:
    """Write a new holder, load the lane from what was read, publish from the cursor."""
    process = world.processes[index]
    holder = unused_holder(world)
    cursor = read.cursor
    if lane.rules.compare_at_taking:
        cursor = min(cursor, highest_in_log(world.log))
    memory = Memory(
        holder, world.database.version, read.next_offset, read.effect_closed,
        last_number(read.outbox), read.generation,
    )
    taker = Process(memory, process.queue + rows_after(read.outbox, cursor), cursor, False, False, None)
    database = world.database._replace(holder=holder, cursor=min(cursor, world.database.cursor))
    return with_process(world._replace(database=database), index, taker)


def undecided(memory: Memory) -> Iterator[str]:
    """The inputs that the owner believes are still to be handled.

    The effect's result moves no offset; it can come once the first input is handled.
    """
    if memory.checked:
        yield memory.checked
        return
    if memory.next_offset < 2:
        yield (FIRST, SECOND)[memory.next_offset]
    if memory.next_offset and not memory.effect_closed:
        yield EFFECT


def new_rows(lane: Lane, memory: Memory, handles: str) -> tuple[Row, ...]:
    """The messages of a batch, numbered without gaps after the last one known."""
    rows = []
    last = memory.last
    for part in range(lane.messages_of(handles)):
        number, after = (last[0], last[1] + 1), last
        if last[0] != memory.generation:
            number = (memory.generation, 1)
            after = last if lane.rules.generation_names_predecessor else NOTHING
        rows.append(Row(number, f"{handles}.{part + 1}", after))
        last = number
    return tuple(rows)


def fence_passes(rules: Rules, database: Database, memory: Memory) -> bool:
    """What the batch's first statement decides."""
    holder_ok = not rules.holder_in_fence or database.holder == memory.holder
    version_ok = not rules.version_in_fence or database.version == memory.version
    return holder_ok and version_ok


def committed(rules: Rules, database: Database, batch: Batch) -> Database | None:
    """The database after a batch's transaction; None where it raises."""
    memory, handles, rows = batch
    if not memory.checked and not fence_passes(rules, database, memory):
        return None
    taken = {row.number for row in database.outbox}
    if rules.outbox_key and any(row.number in taken for row in rows):
        return None
    moved = 0 if handles == EFFECT else 1
    return database._replace(
        version=database.version + 1,
        next_offset=memory.next_offset + moved,
        effect_closed=database.effect_closed or handles == EFFECT,
        handled=database.handled + (handles,),
        outbox=database.outbox + rows,
    )


def after_commit(memory: Memory, batch: Batch) -> Memory:
    """What the owner knows once the server has answered COMMIT."""
    last: Number = batch.rows[-1].number if batch.rows else memory.last
    return memory._replace(
        version=memory.version + 1,
        next_offset=memory.next_offset + (0 if batch.handles == EFFECT else 1),
        effect_closed=memory.effect_closed or batch.handles == EFFECT,
        last=last,
        checked="",
    )


def batch_steps(lane: Lane, world: World, index: int) -> Iterator[Step]:
    """An owner handles one input in one transaction."""
    process = world.processes[index]
    memory = process.memory
    if memory is None:
        return
    name = NAMES[index]
    for handles in undecided(memory):
        if not lane.rules.fence_in_transaction and not memory.checked:
            yield early_check(lane.rules, world, index, handles)
            continue
        batch = Batch(memory, handles, new_rows(lane, memory, handles))
        database = committed(lane.rules, world.database, batch)
        if database is None:
            yield Step(f"{name}'s batch for {handles} raises, it drops the lane",
                       with_process(world, index, dropped(process)))
        else:
            done = process._replace(memory=after_commit(memory, batch), queue=process.queue + batch.rows)
            numbers = [row.number for row in batch.rows]
            yield Step(f"{name} commits {handles} {numbers}",
                       with_process(world._replace(database=database), index, done))
        if world.faults.lost_answer:
            yield from lost_answer_steps(lane, world, index, batch, database)


def early_check(rules: Rules, world: World, index: int, handles: str) -> Step:
    """The hole of a fence that is read before the transaction."""
    process = world.processes[index]
    name = NAMES[index]
    if fence_passes(rules, world.database, process.memory):
        checked = process._replace(memory=process.memory._replace(checked=handles))
        return Step(f"{name} sees that it still holds the lane", with_process(world, index, checked))
    return Step(f"{name} sees that the lane is gone", with_process(world, index, dropped(process)))


def lost_answer_steps(
    lane: Lane, world: World, index: int, batch: Batch, database: Database | None
) -> Iterator[Step]:
    """COMMIT was sent and the connection broke: applied, not applied, or still running."""
    paid = world._replace(faults=spend(world.faults, "lost_answer"))
    name = NAMES[index]
    if database is not None:
        yield Step(f"{name}'s answer for {batch.handles} is lost, it was applied",
                   go_on(lane.rules, paid._replace(database=database), index), True)
    yield Step(f"{name}'s answer for {batch.handles} is lost, it was not applied",
               go_on(lane.rules, paid, index), True)
    if paid.faults.limbo:
        running = paid._replace(faults=spend(paid.faults, "limbo"), limbo=paid.limbo + (batch,))
        yield Step(f"{name}'s answer for {batch.handles} is lost, it still runs at the server",
                   go_on(lane.rules, running, index), True)


def go_on(rules: Rules, world: World, index: int) -> World:
    """The lane is taken anew; the hole is to look at the version only and try again."""
    process = world.processes[index]
    memory = process.memory
    if rules.retake_after_lost_answer or memory.holder != world.database.holder:
        return with_process(world, index, dropped(process))
    again = memory._replace(version=world.database.version, checked="")
    return with_process(world, index, process._replace(memory=again))


def limbo_steps(lane: Lane, world: World) -> Iterator[Step]:
    """A transaction whose client is gone ends at the server."""
    for index, batch in enumerate(world.limbo):
        database = committed(lane.rules, world.database, batch)
        rest = world.limbo[:index] + world.limbo[index + 1:]
        end = "commits" if database else "raises"
        yield Step(f"the transaction in limbo for {batch.handles} {end}",
                   world._replace(database=database or world.database, limbo=rest))
