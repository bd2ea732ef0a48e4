#!/usr/bin/python3
"""Writes openapi.yaml as one JSON document with every $ref replaced by what it names.

    proto/openapi_whole.py proto/openapi.yaml build/gen/openapi.json

For tools that cannot follow references from file to file.  No schema here refers to itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

OURS = ("$id", "x-kervan", "x-max-bytes", "x-long-numbers")


def load(path: Path, files: dict[Path, Any]) -> Any:
    """A file, read once."""
    if path not in files:
        text = path.read_text("utf-8")
        files[path] = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    return files[path]


def named(path: Path, reference: str, files: dict[Path, Any]) -> tuple[Path, Any]:
    """What a reference in a file names, and the file that it is in."""
    file, _, pointer = reference.partition("#")
    target = (path.parent / file).resolve() if file else path
    found = load(target, files)
    for step in pointer.split("/")[1:]:
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return target, found


def whole(path: Path, value: Any, files: dict[Path, Any]) -> Any:
    """The value without references; words beside one count for more than those behind it."""
    if isinstance(value, list):
        return [whole(path, item, files) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        beside = {key: item for key, item in value.items() if key != "$ref"}
        target, found = named(path, value["$ref"], files)
        return {**whole(target, found, files), **beside}
    schema = "x-kervan" in value or str(value.get("$id", "")).startswith("https://")
    return {key: whole(path, item, files) for key, item in value.items()
            if key not in OURS and not (schema and key == "$defs")}


def flatten(path: Path) -> dict[str, Any]:
    """The whole description."""
    files: dict[Path, Any] = {}
    document = whole(path.resolve(), load(path.resolve(), files), files)
    return {key: value for key, value in document.items() if key != "components"} | {
        "components": {"securitySchemes": document["components"]["securitySchemes"]}}


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(flatten(Path(sys.argv[1])), indent=1) + "\n", "utf-8")
