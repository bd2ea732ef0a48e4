"""Reads schemas and checks that they stay in the subset that draft-07 and 2020-12 share.

Everything outside the subset is an error that names file and pointer, and so is a missing limit:
every string has a maxLength, every array a maxItems, every integer a minimum and a maximum.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from .model import Enum, Field, Message, Object, Place, Unit
from .pattern import parse_pattern

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
MESSAGE_BYTES_DEFAULT = 256 * 1024
ARRAY_ITEMS_LIMIT = 10_000
UNIQUE_ITEMS_LIMIT = 256
KINDS = ("command", "event", "request", "reply", "state", "view", "internal", "answer")
WITHOUT_TOPIC = ("view", "internal", "answer")
FORMATS = ("date-time", "email", "uri")
ANNOTATIONS = {"$comment", "$id", "$schema", "title", "description", "examples", "default"}
KEYWORDS = {
    "string": {"minLength", "maxLength", "pattern", "format", "enum", "const", "x-long-numbers"},
    "integer": {"minimum", "maximum", "const"},
    "boolean": set(),
    "array": {"items", "minItems", "maxItems", "uniqueItems"},
    "object": {"properties", "required", "additionalProperties", "$defs", "x-max-bytes"},
}
C_KEYWORDS = set(
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while bool true false".split()
)
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")


class Library:
    """All schema files below a folder, read once, and the C types made of them so far."""

    def __init__(self, root: Path, lenient: bool = False) -> None:
        self.root = root.resolve()
        self.lenient = lenient
        self.types = Unit("types")
        self._files: dict[Path, Any] = {}
        self._shared: dict[str, Object | Enum] = {}
        self._owners: dict[str, Place] = {}
        self._open_refs: list[str] = []

    def load(self, path: Path) -> Any:
        """The parsed file; a second reader gets the same object."""
        path = path.resolve()
        if path not in self._files:
            try:
                self._files[path] = json.loads(path.read_text("utf-8"))
            except (OSError, ValueError) as error:
                Place(self.relative(path)).fail(f"cannot be read: {error}")
        return self._files[path]

    def relative(self, path: Path) -> Path:
        """The path as error messages show it."""
        try:
            return path.resolve().relative_to(self.root.parent)
        except ValueError:
            return path

    def resolve(self, ref: str, place: Place) -> tuple[Any, Place]:
        """The schema that a $ref names, and where it stands."""
        name, _, pointer = ref.partition("#")
        path = (self.root.parent / place.file).parent / name if name else self.root.parent / place.file
        schema = self.load(path)
        target = Place(self.relative(path))
        for step in pointer.split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(schema, dict) or step not in schema:
                place.fail(f'$ref "{ref}" leads nowhere')
            schema, target = schema[step], target.at(step)
        return schema, target

    def claim(self, name: str, place: Place) -> None:
        """Make sure that a C type name is used once."""
        if name in self._owners and self._owners[name] != place:
            place.fail(f'the C type "{name}" is taken by {self._owners[name].file}')
        self._owners[name] = place

    def message(self, path: Path, unit: Unit) -> Message:
        """Read one message schema and add its types to the unit."""
        schema, place = self.load(path), Place(self.relative(path))
        facts = schema.get("x-kervan")
        if not isinstance(facts, dict) or set(facts) - {"type", "topic", "kind", "struct"}:
            place.at("x-kervan").fail("must be {type, topic, kind, struct}")
        kind, struct = facts.get("kind"), facts.get("struct", "")
        if kind not in KINDS:
            place.at("x-kervan", "kind").fail("must be one of " + ", ".join(KINDS))
        if not NAME.match(struct):
            place.at("x-kervan", "struct").fail("must be a C name in lower case")
        if (kind in WITHOUT_TOPIC) != ("topic" not in facts):
            place.at("x-kervan", "topic").fail(f"one of {', '.join(WITHOUT_TOPIC)} has no topic, all others have one")
        body = {key: value for key, value in schema.items() if key != "x-kervan"}
        _check_head(schema, place, self.lenient)
        reader = Reader(self, unit, tolerant=schema.get("additionalProperties") is not False, nullable=kind == "answer")
        obj = reader.object(body, place, struct)
        obj.bytes_max = _integer(schema, "x-max-bytes", MESSAGE_BYTES_DEFAULT, place)
        if kind == "request" and not obj.closed:
            place.fail("a request is closed: additionalProperties must be false")
        if kind in ("command", "event", "answer") and obj.closed:
            place.fail("facts, commands and answers are open: leave additionalProperties out")
        message = Message(obj, facts["type"], kind, facts.get("topic"), place.file)
        unit.messages.append(message)
        return message

    def shared(self, target: Place, schema: Any) -> Object | Enum:
        """The C type of a file in types/, made at its first use."""
        key = f"{target.file}#{target.pointer}"
        if key in self._open_refs:
            target.fail("the type contains itself")
        if key not in self._shared:
            self._open_refs.append(key)
            reader = Reader(self, self.types, tolerant=True)
            name = target.file.stem
            made: Object | Enum
            if schema.get("type") == "object":
                made = reader.object(schema, target, name)
            else:
                made = reader.enum(schema, target, name)
            self._shared[key] = made
            self._open_refs.pop()
        return self._shared[key]

    def is_shared(self, target: Place) -> bool:
        """Does the place stand in types/ as a whole file?"""
        return target.pointer == "" and target.file.parent.name == "types"


def _check_head(schema: dict[str, Any], place: Place, lenient: bool) -> None:
    if lenient:
        return
    for key in ("$id", "title", "description", "examples"):
        if key not in schema:
            place.fail(f"a message needs {key}")
    if not str(schema["$id"]).endswith("/".join(place.file.parts[-2:])):
        place.at("$id").fail("must end with the file's folder and name")
    if place.file.parts[-1].split(".")[-2] != schema["x-kervan"]["type"].rsplit(".", 1)[-1]:
        place.at("x-kervan", "type").fail("must end with the version in the file's name")


def _integer(schema: dict[str, Any], key: str, default: int, place: Place) -> int:
    value = schema.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int):
        place.at(key).fail("must be an integer")
    if not INT64_MIN <= value <= INT64_MAX:
        place.at(key).fail("must fit in 64 bits")
    return value


class Reader:
    """Turns one schema into fields and C types of a unit."""

    def __init__(self, library: Library, unit: Unit, tolerant: bool, nullable: bool = False) -> None:
        self.library = library
        self.unit = unit
        self.tolerant = tolerant
        self.nullable = nullable

    def object(self, schema: dict[str, Any], place: Place, name: str) -> Object:
        """Read an object with properties into a struct."""
        self._check_keywords(schema, place, "object")
        self.library.claim(name, place)
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        for key in required:
            if key not in properties:
                place.at("required").fail(f'"{key}" is not among the properties')
        closed = schema.get("additionalProperties", True)
        if not isinstance(closed, bool):
            place.at("additionalProperties").fail("must be true or false")
        obj = Object(name, schema.get("description", ""), not closed)
        for key, value in properties.items():
            spot = place.at("properties", key)
            obj.fields.append(self.field(value, spot, (name, key), key in required))
        names = [field.c_name for field in obj.fields]
        if len(set(names)) < len(names):
            place.fail("two properties have the same C name")
        self.unit.objects.append(obj)
        return obj

    def enum(self, schema: dict[str, Any], place: Place, name: str) -> Enum:
        """Read a string with an enum into a C enum."""
        self._check_keywords(schema, place, "string")
        self.library.claim(name, place)
        values = schema["enum"]
        if not values or not all(isinstance(value, str) for value in values):
            place.at("enum").fail("must list strings")
        if not self.library.lenient and not all(NAME.match(value) for value in values):
            place.at("enum").fail("values are lower-case names")
        taken = ["absent", "unknown"] if self.tolerant else ["absent"]
        constants = [c_name(value).lower() for value in values] + taken
        if len(set(constants)) < len(constants) and not self.library.lenient:
            place.at("enum").fail("two values have the same C name, or that of ABSENT or UNKNOWN")
        made = Enum(name, values, self.tolerant, schema.get("description", ""))
        self.unit.enums.append(made)
        return made

    def field(
        self, schema: Any, place: Place, names: tuple[str, str], required: bool
    ) -> Field:
        """Read one property; `names` are those of the struct and of the property."""
        owner, key = names
        if not isinstance(schema, dict):
            place.fail("must be an object; true and false are not supported")
        if not self.library.lenient and (not NAME.match(key) or key in C_KEYWORDS):
            place.fail("the name must be a lower-case C name")
        field = Field(key, c_name(key), "", required, schema.get("description", ""))
        schema, target = self._follow(schema, place)
        if self.nullable and not required and _is_nullable(schema):
            field.nullable = True
            schema = {**schema, "type": schema["type"][0]}
        if schema.get("type") == "array":
            self._array(field, schema, target, owner)
        else:
            self._value(field, schema, target, f"{owner}_{field.c_name}")
        return field

    def _follow(self, schema: dict[str, Any], place: Place) -> tuple[dict[str, Any], Place]:
        """Resolve $ref, whose siblings draft-07 ignores and may therefore only be words."""
        seen: list[Place] = []
        while "$ref" in schema:
            if not isinstance(schema["$ref"], str):
                place.at("$ref").fail("must be text")
            extra = set(schema) - ANNOTATIONS - {"$ref"}
            if extra:
                place.fail(f"draft-07 ignores {sorted(extra)} beside $ref")
            if place in seen:
                place.fail("the $ref leads back to itself")
            seen.append(place)
            schema, place = self.library.resolve(schema["$ref"], place)
            if not isinstance(schema, dict):
                place.fail("must be an object; true and false are not supported")
        return schema, place

    def _array(self, field: Field, schema: dict[str, Any], place: Place, owner: str) -> None:
        self._check_keywords(schema, place, "array")
        if not isinstance(schema.get("items"), dict):
            place.fail("an array needs items, one schema for all")
        items, target = self._follow(schema["items"], place.at("items"))
        if items.get("type") == "array":
            target.fail("an array of arrays is not supported")
        self._value(field, items, target, f"{owner}_{_singular(field.c_name)}")
        field.array = True
        field.items_min = _integer(schema, "minItems", 0, place)
        limit = ARRAY_ITEMS_LIMIT if self.library.lenient else -1
        field.items_max = _integer(schema, "maxItems", limit, place)
        field.unique = bool(schema.get("uniqueItems", False))
        if field.items_max < 0:
            place.fail("an array needs maxItems")
        if field.unique and not self.library.lenient and field.items_max > UNIQUE_ITEMS_LIMIT:
            place.at("maxItems").fail(f"with uniqueItems at most {UNIQUE_ITEMS_LIMIT}")

    def _value(self, field: Field, schema: dict[str, Any], place: Place, type_name: str) -> None:
        kind = schema.get("type")
        if not isinstance(kind, str) or kind not in KEYWORDS or kind == "array":
            place.at("type").fail("must be string, integer, boolean, array or object")
        self._check_keywords(schema, place, kind)
        if kind == "string":
            self._string(field, schema, place, type_name)
        elif kind == "integer":
            self._number(field, schema, place)
        elif kind == "boolean":
            field.kind = "boolean"
        else:
            self._inner_object(field, schema, place, type_name)

    def _string(self, field: Field, schema: dict[str, Any], place: Place, name: str) -> None:
        if schema.get("format", FORMATS[0]) not in FORMATS:
            place.at("format").fail("must be one of " + ", ".join(FORMATS))
        if "enum" in schema:
            field.kind = "enum"
            shared = self.library.is_shared(place)
            made = self.library.shared(place, schema) if shared else self._own_enum(schema, place, name)
            assert isinstance(made, Enum)
            field.enum = made
        elif schema.get("format") == "date-time":
            if {"pattern", "minLength", "const"} & set(schema):
                place.fail("a date-time takes no other limits")
            field.kind = "time"
        else:
            self._text(field, schema, place)

    def _own_enum(self, schema: dict[str, Any], place: Place, name: str) -> Enum:
        if _is_definition(place):
            name = self._definition_name(place)
            for made in self.unit.enums:
                if made.name == name:
                    return made
        return self.enum(schema, place, name)

    def _text(self, field: Field, schema: dict[str, Any], place: Place) -> None:
        field.kind = "text"
        field.min = _integer(schema, "minLength", 0, place)
        constant = schema.get("const")
        if constant is not None and not isinstance(constant, str):
            place.at("const").fail("must be a string")
        field.constant = constant
        unlimited = INT64_MAX if self.library.lenient or constant is not None else -1
        field.max = _integer(schema, "maxLength", unlimited, place)
        if field.max < 0:
            place.fail("a string needs maxLength")
        field.long_numbers = schema.get("x-long-numbers", False)
        if not isinstance(field.long_numbers, bool):
            place.at("x-long-numbers").fail("must be true or false")
        if "pattern" in schema:
            field.pattern = parse_pattern(schema["pattern"], place.at("pattern"))

    def _number(self, field: Field, schema: dict[str, Any], place: Place) -> None:
        field.kind = "integer"
        bounded = self.library.lenient or "const" in schema
        if not bounded and not {"minimum", "maximum"} <= set(schema):
            place.fail("an integer needs minimum and maximum")
        field.min = _integer(schema, "minimum", INT64_MIN, place)
        field.max = _integer(schema, "maximum", INT64_MAX, place)
        if "const" in schema:
            field.min = field.max = _integer(schema, "const", 0, place)

    def _inner_object(self, field: Field, schema: dict[str, Any], place: Place, name: str) -> None:
        if not schema.get("properties") and schema.get("additionalProperties", True) is True:
            if schema.get("required"):
                place.at("required").fail("a free object cannot require fields")
            field.kind = "json"
            limit = INT64_MAX if self.library.lenient else -1
            field.max = _integer(schema, "x-max-bytes", limit, place)
            if field.max < 0:
                place.fail("a free object needs x-max-bytes")
            return
        field.kind = "object"
        if self.library.is_shared(place):
            made = self.library.shared(place, schema)
            assert isinstance(made, Object)
            field.object = made
            return
        if _is_definition(place):
            name = self._definition_name(place)
            field.object = next((known for known in self.unit.objects if known.name == name), None)
            if field.object:
                return
        field.object = self.object(schema, place, name)

    def _definition_name(self, place: Place) -> str:
        root = self.library.load(self.library.root.parent / place.file)
        owner = root.get("x-kervan", {}).get("struct", place.file.stem)
        return f"{owner}_{place.pointer.rsplit('/', 1)[-1]}"

    def _check_keywords(self, schema: dict[str, Any], place: Place, kind: str) -> None:
        unknown = set(schema) - KEYWORDS[kind] - ANNOTATIONS - {"type"}
        if unknown:
            place.fail(f"{sorted(unknown)} is outside the subset for {kind}")
        if schema.get("type") != kind:
            place.at("type").fail(f"must be {kind}")


def _is_definition(place: Place) -> bool:
    return place.pointer.startswith("/$defs/") and place.pointer.count("/") == 2


def _is_nullable(schema: dict[str, Any]) -> bool:
    kinds = schema.get("type")
    return isinstance(kinds, list) and len(kinds) == 2 and kinds[1] == "null"


def c_name(text: str) -> str:
    """A C name for any text; for proper names it is the text."""
    name = re.sub(r"[^A-Za-z0-9_]", lambda match: f"_x{ord(match[0]):x}", text)
    return name if name and not name[0].isdigit() and name not in C_KEYWORDS else f"v_{name}"


def _singular(name: str) -> str:
    if name.endswith("sses") or name.endswith("xes"):
        return name[:-2]
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else f"{name}_item"


def read_tree(root: Path, lenient: bool = False) -> tuple[Library, list[Unit]]:
    """All messages below the root, a unit a folder, and the shared types first."""
    library = Library(root, lenient)
    units = []
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        files = sorted(folder.glob("*.v*.json"))
        if folder.name == "published" or not files:
            continue
        unit = Unit(folder.name)
        for file in files:
            library.message(file, unit)
        units.append(unit)
    _read_unused_types(library)
    return library, [library.types, *units]


def _read_unused_types(library: Library) -> None:
    """A type that no message uses yet is checked all the same."""
    for path in sorted((library.root / "types").glob("*.json")):
        schema, place = library.load(path), Place(library.relative(path))
        if schema.get("type") == "object" or "enum" in schema:
            library.shared(place, schema)
        else:
            probe = replace(place)
            Reader(library, Unit("probe"), True).field(schema, probe, ("probe", "value"), True)
