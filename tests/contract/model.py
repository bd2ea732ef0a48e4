"""What a message means by the schemas alone: a second opinion on the generated decoders.

Judges with Debian's jsonschema, reads the schema files itself and shares no code with the generator.
Our rules beyond JSON Schema are modeled here: integers are written as integers and fit in 64 bits,
no U+0000, no lone surrogates, no repeated fields, bounded depth and bytes, and open messages that
forgive unknown fields and enum values.
"""

from __future__ import annotations

import copy
import datetime
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema

DEPTH_MAX = 32
MESSAGE_BYTES = 256 * 1024
INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class Unreadable(Exception):
    """The text is no JSON that we accept."""


def parse(data: bytes) -> Any:
    """Read JSON by our rules, or raise Unreadable."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_no_repeats,
            parse_int=_int64,
            parse_constant=_refuse,
        )
        _check_text(value, 1)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    return value


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a field is repeated")
    return dict(pairs)


def _int64(text: str) -> int:
    if not -(2**63) <= (value := int(text[:40])) < 2**63 or len(text) > 40:
        raise ValueError("beyond 64 bits")
    return value


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def _check_text(value: Any, depth: int) -> None:
    if isinstance(value, str):
        value.encode("utf-8")
        if "\0" in value:
            raise ValueError("U+0000")
    if isinstance(value, (dict, list)) and depth > DEPTH_MAX:
        raise ValueError("too deep")
    for item in value if isinstance(value, list) else ():
        _check_text(item, depth + 1)
    for key, item in value.items() if isinstance(value, dict) else ():
        _check_text(key, depth)
        _check_text(item, depth + 1)


def instant_ms(text: str) -> int | None:
    """Milliseconds since the epoch, None for what is no instant between 1970 and 9999."""
    match = INSTANT.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    zone, leap = match[8], second == 60
    offset = 0 if zone in "Zz" else (int(zone[1:3]) * 60 + int(zone[4:])) * (-1 if zone[0] == "-" else 1)
    if zone not in "Zz" and (int(zone[1:3]) > 23 or int(zone[4:]) > 59):
        return None
    try:
        local = datetime.datetime(year, month, day, hour, minute, 59 if leap else second)
    except ValueError:
        return None
    seconds = (local - datetime.datetime(1970, 1, 1)) // datetime.timedelta(seconds=1) + leap - offset * 60
    if leap and seconds % 86400:
        return None
    value = seconds * 1000 + int(((match[7] or ".0")[1:] + "00")[:3])
    return value if 0 <= value <= 253402300799999 else None


NOTHING = "nothing"  # what may be null and is an object otherwise: PHP writes one without members as an empty list


@dataclass
class Verdict:
    """Is it valid, and if not, at which pointers; `exact` says that the pointers are all of them."""

    valid: bool
    pointers: set[str] = field(default_factory=set)
    exact: bool = True
    value: Any = None


def pointer(steps: Any) -> str:
    """A JSON Pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


class Contracts:
    """All schemas below a folder, judged one message type at a time."""

    def __init__(self, root: Path) -> None:
        self.messages: dict[str, dict[str, Any]] = {}
        self.strict: dict[str, Any] = {}
        for path in sorted(root.glob("types/*.json")) + sorted(root.glob("*/*.v*.json")):
            schema = json.loads(path.read_text("utf-8"))
            self.strict[schema["$id"]] = schema
            if "x-kervan" in schema:
                self.messages[schema["x-kervan"]["type"]] = schema
        self.closed_store = {key: _adapt(value, False) for key, value in self.strict.items()}
        self.open_store = {key: _adapt(value, True) for key, value in self.strict.items()}
        self.validators = {name: self._validator(schema) for name, schema in self.messages.items()}

    def is_open(self, name: str) -> bool:
        """Does the message forgive what it does not know?"""
        return self.messages[name].get("additionalProperties") is not False

    def _validator(self, schema: dict[str, Any]) -> jsonschema.Draft7Validator:
        store = self.closed_store if schema.get("additionalProperties") is False else self.open_store
        types = jsonschema.Draft7Validator.TYPE_CHECKER.redefine(
            "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
        )
        types = types.redefine(NOTHING, lambda _, value: value == [])
        kind = jsonschema.validators.extend(jsonschema.Draft7Validator, type_checker=types)
        checker = jsonschema.FormatChecker(formats=())
        checker.checks("date-time")(lambda value: not isinstance(value, str) or instant_ms(value) is not None)
        resolver = jsonschema.RefResolver(schema["$id"], store[schema["$id"]], store=store)
        return kind(store[schema["$id"]], resolver=resolver, format_checker=checker)

    def judge(self, name: str, data: bytes) -> Verdict:
        """What the decoder should say of a message."""
        if len(data) > self.messages[name].get("x-max-bytes", MESSAGE_BYTES):
            return Verdict(False, {""})
        try:
            value = parse(data)
        except Unreadable:
            return Verdict(False, {""})
        if not isinstance(value, (dict, list)):
            return Verdict(False, {""})
        verdict = Verdict(True, value=value)
        repeats = set()
        for error in self.validators[name].iter_errors(value):
            verdict.valid = False
            if error.validator == "uniqueItems":
                repeats |= _pointers(error)
                continue
            verdict.pointers |= _pointers(error)
            verdict.exact &= error.validator != "maxItems"
        bad_free = {pointer(path) for path, node, schema in self.walk(name, value) if _breaks_free(node, schema)}
        verdict.valid &= not bad_free
        verdict.pointers |= bad_free
        # Items are compared with each other when all of them are of the right form.
        verdict.pointers |= {array for array in repeats
                             if not any(one.startswith(array + "/") for one in verdict.pointers)}
        return verdict

    def resolve(self, schema: dict[str, Any], base: str) -> tuple[dict[str, Any], str]:
        """Follow $ref in the schemas as written."""
        while "$ref" in schema:
            name, _, inner = schema["$ref"].partition("#")
            if name:
                up = 2 if name.startswith("../") else 1
                base = base.rsplit("/", up)[0] + "/" + name.removeprefix("../")
            schema = self.strict[base]
            for step in inner.split("/")[1:]:
                schema = schema[step]
        return schema, base

    def walk(self, name: str, value: Any) -> Iterator[tuple[tuple[Any, ...], Any, dict[str, Any]]]:
        """Every node of a value that a schema speaks of, with its path and schema."""
        root = self.messages[name]
        yield from self._walk((), value, root, root["$id"])

    def _walk(self, path: tuple[Any, ...], value: Any, schema: Any, base: str) -> Iterator[Any]:
        schema, base = self.resolve(schema, base)
        schema = _not_null(schema)
        yield path, value, schema
        if schema.get("type") == "object" and isinstance(value, dict):
            for key, inner in schema.get("properties", {}).items():
                if key in value:
                    yield from self._walk((*path, key), value[key], inner, base)
        if schema.get("type") == "array" and isinstance(value, list):
            for index, item in enumerate(value):
                yield from self._walk((*path, index), item, schema["items"], base)

    def project(self, name: str, value: Any) -> Any:
        """What the encoder should write of a valid value."""
        root = self.messages[name]
        return self._project(value, root, root["$id"])

    def _project(self, value: Any, schema: Any, base: str) -> Any:
        schema, base = self.resolve(schema, base)
        schema = _not_null(schema)
        if schema["type"] == "array":
            return [self._project(item, schema["items"], base) for item in value]
        if schema.get("format") == "date-time":
            return {"instant_ms": instant_ms(value)}
        if "enum" in schema and value not in schema["enum"]:
            return "unknown"
        if not schema.get("properties"):
            return value
        made = {}
        for key, inner in schema["properties"].items():
            emptied = value.get(key) in ([], None) and key not in schema.get("required", ())
            if key in value and not emptied:
                made[key] = self._project(value[key], inner, base)
        return made


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What a nullable schema says of a value that is not null."""
    kinds = schema.get("type")
    return {**schema, "type": kinds[0]} if isinstance(kinds, list) else schema


def _breaks_free(node: Any, schema: dict[str, Any]) -> bool:
    if schema.get("type") != "object" or schema.get("properties") or not isinstance(node, dict):
        return False
    text = json.dumps(node, ensure_ascii=False, separators=(",", ":"))
    return _has_float(node) or len(text.encode("utf-8")) > schema["x-max-bytes"]


def _has_float(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_float(item) for item in value.values())
    return any(_has_float(item) for item in value) if isinstance(value, list) else isinstance(value, float)


def _pointers(error: jsonschema.ValidationError) -> set[str]:
    path = list(error.absolute_path)
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return {pointer([*path, key]) for key in missing}
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        return {pointer([*path, key]) for key in error.instance if key not in known}
    return {pointer(path)}


def _adapt(schema: Any, forgiving: bool) -> Any:
    """A copy for Python: its $ would match before a last newline; and open messages forgive."""
    if isinstance(schema, list):
        return [_adapt(item, forgiving) for item in schema]
    if not isinstance(schema, dict):
        return copy.copy(schema)
    made = {key: _adapt(value, forgiving) for key, value in schema.items() if key != "examples"}
    if isinstance(made.get("pattern"), str):
        made["pattern"] = made["pattern"][:-1] + r"\Z"
    if forgiving and made.get("additionalProperties") is False:
        del made["additionalProperties"]
    if forgiving and isinstance(made.get("enum"), list):
        del made["enum"]
    if made.get("type") in (["object", "null"], ["null", "object"]):
        made["type"] = [*made["type"], NOTHING]
    return made
