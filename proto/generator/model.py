"""What the generator knows about a message, between reading its schema and writing C."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn


class SchemaError(Exception):
    """A schema that we cannot or do not want to turn into C."""


@dataclass(frozen=True)
class Place:
    """A file and a JSON Pointer into it, for error messages."""

    file: Path
    pointer: str = ""

    def at(self, *steps: str | int) -> Place:
        """The place some steps further down."""
        escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in steps)
        return Place(self.file, "/".join([self.pointer, *escaped]))

    def fail(self, problem: str) -> NoReturn:
        """Refuse the schema, naming where."""
        raise SchemaError(f"{self.file}#{self.pointer}: {problem}")


@dataclass(frozen=True)
class PatternItem:
    """A run of characters of one class."""

    ascii: int
    others: bool
    min: int
    max: int


@dataclass(frozen=True)
class Pattern:
    """A regular expression as a sequence of runs."""

    source: str
    items: tuple[PatternItem, ...]


@dataclass
class Enum:
    """A C enum; `tolerant` ones have an UNKNOWN value."""

    name: str
    values: list[str]
    tolerant: bool
    description: str


@dataclass
class Field:
    """A field of a struct. `min` and `max` mean characters, bytes or the number, by kind."""

    json_name: str
    c_name: str
    kind: str
    required: bool
    description: str = ""
    nullable: bool = False
    long_numbers: bool = False
    array: bool = False
    unique: bool = False
    min: int = 0
    max: int = 0
    items_min: int = 0
    items_max: int = 0
    constant: str | None = None
    pattern: Pattern | None = None
    enum: Enum | None = None
    object: Object | None = None


@dataclass
class Object:
    """A C struct and its table."""

    name: str
    description: str
    closed: bool
    fields: list[Field] = field(default_factory=list)
    bytes_max: int = 0


@dataclass
class Message:
    """A root object: on a topic, kept within a service, from outside, or a view that a read API answers with."""

    object: Object
    type: str
    kind: str
    topic: str | None
    file: Path

    @property
    def constant(self) -> str:
        """The name of its enum message_type value."""
        return "MESSAGE_" + self.object.name.upper()


@dataclass
class Unit:
    """One generated header and source: the shared types, or the messages of a folder."""

    name: str
    enums: list[Enum] = field(default_factory=list)
    objects: list[Object] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
