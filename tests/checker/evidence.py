"""evidence.py - what is judged: rows, records and books as plain data, and words for what is wrong with them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Row = dict[str, Any]
SERVICES = ("orders", "inventory", "payment", "fulfillment", "shipping", "notification")
# The present state of each key, with its publisher: compacted, so readers go by versions and not by numbers.
STATES = {"item.state": "inventory", "stock.levels": "inventory", "channel.state": "order"}


@dataclass(frozen=True)
class Record:
    """A record of a topic."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    body: bytes

    @property
    def is_numbered(self) -> bool:
        """Is it of a stream with one publisher? A request that missing numbers be sent again names one, too."""
        return "ce_number" in self.headers and not self.topic.endswith(".requests")

    @property
    def generation(self) -> int:
        """Of its stream; 0 when it has no number."""
        return int(self.headers.get("ce_generation", "0"))

    @property
    def number(self) -> int:
        """In its generation; 0 when it has none."""
        return int(self.headers.get("ce_number", "0"))

    @property
    def type(self) -> str:
        """CloudEvents type."""
        return self.headers.get("ce_type", "")

    @cached_property
    def data(self) -> Row:
        """The body; empty when it is no object. Read often, so parsed once."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Answer:
    """What a caller was told about an order."""

    order_id: str
    status: int


@dataclass(frozen=True)
class Finding:
    """Something that must not be."""

    rule: str
    subject: str
    what: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.rule}: {self.subject}: {self.what}"


@dataclass
class Evidence:
    """All that is known from outside at one moment."""

    lanes: int
    tables: dict[str, list[Row]] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    books: dict[str, list[Row]] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    mail_copies: int = 0  # mails whose sender was killed, or whose answer was lost by a test
    deleted: set[str] = field(default_factory=set)  # topics from whose logs a test deleted something

    def rows(self, table: str) -> list[Row]:
        """The rows of schema.table; none when it does not exist."""
        return self.tables.get(table, [])

    def facts(self, topic: str = "") -> Iterator[Record]:
        """Numbered records of a topic, or of all topics of facts, each once."""
        seen: set[tuple[str, int, int, int]] = set()
        for record in self.records:
            wanted = record.topic == topic if topic else record.topic.endswith(".events")
            name = (record.topic, record.partition, record.generation, record.number)
            if wanted and record.is_numbered and name not in seen:
                seen.add(name)
                yield record


Judge = Callable[[Evidence], Iterable[Finding]]


@dataclass(frozen=True)
class Rule:
    """A promise: where it stands in the list of promises, what it needs to be judged, and how it is judged."""

    name: str
    promise: str
    judge: Judge
    tables: tuple[str, ...] = ()
    books: tuple[str, ...] = ()
    live: bool = False  # holds at every moment, not only once all is at rest

    def missing(self, evidence: Evidence) -> list[str]:
        """What it lacks."""
        return ([name for name in self.tables if name not in evidence.tables]
                + [name for name in self.books if name not in evidence.books])


def order_id_text(raw: bytes) -> str:
    """A public id as everybody but the database writes it."""
    return "ord_" + base64.b32encode(bytes(raw)).decode().rstrip("=").lower()


def group(rows: Iterable[Row], *columns: str) -> dict[Any, list[Row]]:
    """Rows by the values of some columns."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        key = row[columns[0]] if len(columns) == 1 else tuple(row[column] for column in columns)
        groups.setdefault(key, []).append(row)
    return groups


def murmur2(data: bytes) -> int:
    """The hash by which Kafka's clients pick partitions, written for this judge alone."""
    mask, factor = 0xFFFFFFFF, 0x5BD1E995
    state = 0x9747B28C ^ len(data)
    blocks, tail = len(data) // 4, len(data) % 4
    for block in range(blocks):
        part = int.from_bytes(data[4 * block:4 * block + 4], "little") * factor & mask
        part = (part ^ part >> 24) * factor & mask
        state = (state * factor & mask) ^ part
    if tail:
        state = (state ^ int.from_bytes(data[-tail:], "little")) * factor & mask
    state = (state ^ state >> 13) * factor & mask
    return state ^ state >> 15


def lane_of(key: str, lanes: int) -> int:
    """The lane that a key belongs to; what belongs to an order counts as the order."""
    whole = key.partition("-")[0] if key.startswith("ord_") else key
    return (murmur2(whole.encode()) & 0x7FFFFFFF) % lanes
