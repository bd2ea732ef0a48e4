"""lane_state - what the lane model remembers, and the rules it can switch off.

One lane of a publishing service, two processes that may own it, one numbered
stream in the broker's log, and the consumer of that stream. Everything is a
tuple, so that states hash and compare by value.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import NamedTuple

Number = tuple[int, int]  # (generation, number) of a message in its stream

NOTHING: Number = (1, 0)

FIRST, SECOND, EFFECT = "first", "second", "effect"


class Row(NamedTuple):
    """A message of the outbox; after is the number of the row before it."""

    number: Number
    payload: str
    after: Number


class Record(NamedTuple):
    """A message in the log; two records never share an append time after a loss."""

    number: Number
    payload: str
    after: Number
    append_time: int


class Database(NamedTuple):
    """The publisher's schema, as far as one lane is concerned."""

    holder: int
    version: int
    next_offset: int
    effect_closed: bool
    handled: tuple[str, ...]
    outbox: tuple[Row, ...]
    cursor: Number
    generation: int


class Memory(NamedTuple):
    """What an owner knows of its lane; it may be out of date."""

    holder: int
    version: int
    next_offset: int
    effect_closed: bool
    last: Number
    generation: int
    checked: str = ""


class Process(NamedTuple):
    """An instance of the service: its lane, if any, and its producer."""

    memory: Memory | None
    queue: tuple[Row, ...]
    acked: Number
    failed: bool
    reconnected: bool
    early_read: Database | None


class Consumer(NamedTuple):
    """The stored state of the stream's reader."""

    position: int
    last: Number
    applied: tuple[str, ...]
    furthest: Number
    record: Record | None
    must_verify: bool
    silent: bool = False  # what it had not read was deleted, and nothing has come since


class Batch(NamedTuple):
    """A transaction on its way: who sends it, on which knowledge, what it handles."""

    memory: Memory
    handles: str
    rows: tuple[Row, ...]


class Faults(NamedTuple):
    """How often each thing may still go wrong."""

    takeover: int = 0
    crash: int = 0
    lost_answer: int = 0
    limbo: int = 0
    fatal: int = 0
    refused: int = 0
    lost_tail: int = 0
    deleted: int = 0
    restore: int = 0
    consumer_restart: int = 0


class World(NamedTuple):
    """A state of the model."""

    database: Database
    log: tuple[Record, ...]
    processes: tuple[Process, ...]
    consumer: Consumer
    late: tuple[Row, ...]
    limbo: tuple[Batch, ...]
    backup: Database | None
    faults: Faults


@dataclass(frozen=True)
class Rules:
    """The protocol's rules; a hole switches one off, or one with its backups."""

    fence_in_transaction: bool = True
    version_in_fence: bool = True
    holder_in_fence: bool = True
    outbox_key: bool = True
    state_read_after_holder: bool = True
    retake_after_lost_answer: bool = True
    cursor_fenced: bool = True
    cursor_unbroken: bool = True
    gapless_producer: bool = True
    compare_at_taking: bool = True
    compare_at_new_producer: bool = True
    compare_at_reconnection: bool = True
    resend_on_gap: bool = True
    asked_until_filled: bool = True
    ask_where_silent: bool = True
    resend_moves_stored_cursor: bool = True
    gap_stored: bool = True
    verify_record: bool = True
    new_generation: bool = True
    generation_names_predecessor: bool = True
    owners_ask_timeline: bool = True


@dataclass(frozen=True)
class Lane:
    """A scenario: the rules in force, the faults allowed, messages an input makes.

    With watch_cursor the stored cursor, which says what retention may drop, is
    held against the log in every state.
    """

    faults: Faults
    rules: Rules = field(default_factory=Rules)
    messages: tuple[int, int, int] = (1, 1, 1)
    watch_cursor: bool = False

    def messages_of(self, handles: str) -> int:
        """How many messages the handling of an input publishes."""
        return self.messages[(FIRST, SECOND, EFFECT).index(handles)]


def rules_without(*names: str) -> Rules:
    """All rules but the named ones."""
    known = {entry.name for entry in fields(Rules)}
    unknown = set(names) - known
    if unknown:
        raise ValueError(f"no such rule: {', '.join(sorted(unknown))}")
    return Rules(**dict.fromkeys(names, False))


def first_world(lane: Lane) -> World:
    """Nobody owns the lane, nothing is handled, the log is empty."""
    database = Database(0, 0, 0, False, (), (), NOTHING, 1)
    process = Process(None, (), NOTHING, False, False, None)
    consumer = Consumer(0, NOTHING, (), NOTHING, None, False)
    return World(database, (), (process, process), consumer, (), (), None, lane.faults)


def spend(faults: Faults, name: str) -> Faults:
    """The faults that are left after one more of a kind."""
    return faults._replace(**{name: getattr(faults, name) - 1})


def number_before(outbox: tuple[Row, ...], number: Number) -> Number:
    """What the row of a number follows; the number itself when there is no such row."""
    return next((row.after for row in outbox if row.number == number), number)


def rows_after(outbox: tuple[Row, ...], number: Number) -> tuple[Row, ...]:
    """The rows that follow a number."""
    return tuple(row for row in outbox if row.number > number)


def last_number(outbox: tuple[Row, ...]) -> Number:
    """The number that the next row follows."""
    return max((row.number for row in outbox), default=NOTHING)


def highest_in_log(log: tuple[Record, ...]) -> Number:
    """The highest own number in the log's tail."""
    return max((record.number for record in log), default=NOTHING)
