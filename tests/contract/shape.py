"""Gives an untyped schema of the public suite the types that our subset asks for.

JSON Schema lets a keyword pass over values of other types; our fields have one type each. So the
types that a schema of the suite leaves open are taken from the value of each case: as it has that very
type, that cannot change the verdict.
"""

from __future__ import annotations

import json
from typing import Any

IMPLIED = {
    "string": {"maxLength", "minLength", "pattern", "format"},
    "integer": {"minimum", "maximum"},
    "array": {"items", "maxItems", "minItems", "uniqueItems"},
    "object": {"properties", "required", "additionalProperties"},
}
KINDS = {str: "string", bool: "boolean", int: "integer", dict: "object", list: "array"}


class Mixed(Exception):
    """Values of several kinds stand where our subset has one."""


def implied(schema: dict[str, Any]) -> str | None:
    """The one type that a schema's keywords speak of, if it is one."""
    if "type" in schema:
        return "integer" if schema["type"] == "number" else schema["type"]
    kinds = {kind for kind, words in IMPLIED.items() if words & set(schema)}
    return kinds.pop() if len(kinds) == 1 else None


def hoist(schema: Any) -> tuple[Any, dict[str, Any]]:
    """Definitions go to the root of the message, where its $refs look."""
    text = json.dumps(schema).replace('"#/definitions/', '"#/$defs/')
    text = text.replace('"#/properties/', '"#/properties/value/properties/')
    made = json.loads(text)
    definitions = made.pop("definitions", {}) if isinstance(made, dict) else {}
    return made, definitions


def complete(schema: dict[str, Any], samples: list[Any]) -> dict[str, Any]:
    """The schema with a type everywhere, by its keywords or else by the samples."""
    if "$ref" in schema:
        return schema
    made = dict(schema)
    made["type"] = implied(schema) or _only_kind(samples)
    fitting = [value for value in samples if KINDS.get(type(value)) == made["type"]]
    if made["type"] == "array":
        items = [item for value in fitting for item in value]
        if isinstance(made.get("items", {}), dict):
            made["items"] = complete(made.get("items", {}), items)
    if made["type"] == "object" and isinstance(made.get("properties"), dict):
        for name, inner in made["properties"].items():
            if isinstance(inner, dict):
                values = [value[name] for value in fitting if name in value]
                made["properties"] = {**made["properties"], name: complete(inner, values)}
    return made


def _only_kind(samples: list[Any]) -> str:
    kinds = {KINDS.get(type(value), "other") for value in samples} or {"integer"}
    if len(kinds) > 1 or "other" in kinds:
        raise Mixed("values of several kinds, or of one that we do not have")
    return kinds.pop()


def passes_over(schema: dict[str, Any], value: Any) -> bool:
    """Do a schema's keywords speak of another kind than the value's, without asking for it?"""
    return "type" not in schema and "$ref" not in schema and implied(schema) not in (None, KINDS.get(type(value)))


def variants(schema: dict[str, Any], cases: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The cases by the typed schema that is right for them, as text; "" for those that have none."""
    found: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        try:
            if passes_over(schema, case["data"]):
                raise Mixed("a keyword passes over values of another kind")
            key = json.dumps(complete(schema, [case["data"]]))
        except Mixed:
            key = ""
        found.setdefault(key, []).append(case)
    return found
