#!/usr/bin/python3
"""Holds the message schemas against every revision that was published before.

    proto/compat.py check SCHEMAS      compare with SCHEMAS/published/
    proto/compat.py publish SCHEMAS    write a revision for each schema that changed

See proto/published/README.md for what may change.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Schema = dict[str, Any]
LOWER_LIMITS = ("minimum", "minLength", "minItems")
UPPER_LIMITS = ("maximum", "maxLength", "maxItems", "x-max-bytes")
FIXED = ("type", "format", "pattern", "const", "uniqueItems", "additionalProperties", "x-kervan")
WORDS = ("$id", "$comment", "title", "description", "examples", "default", "$defs")


def resolve(schema: Any, file: Path, root: Any) -> Any:
    """A copy without $ref and without words, which change nothing."""
    while isinstance(schema, dict) and "$ref" in schema:
        name, _, pointer = schema["$ref"].partition("#")
        if name:
            file = file.parent / name
            root = json.loads(file.read_text("utf-8"))
        schema = root
        for step in pointer.split("/")[1:]:
            schema = schema[step]
    if not isinstance(schema, dict):
        return schema
    made = {key: value for key, value in schema.items() if key not in WORDS}
    if "properties" in made:
        made["properties"] = {key: resolve(value, file, root) for key, value in made["properties"].items()}
    if "items" in made:
        made["items"] = resolve(made["items"], file, root)
    return made


@dataclass(frozen=True)
class Comparison:
    """An older and a newer schema of one message type."""

    reader_decides: bool  # a request: only we read it, so we may accept more than before

    def problems(self, old: Schema, new: Schema, at: str = "") -> Iterator[str]:
        """Every change that would break a reader or a writer."""
        for key in FIXED:
            if old.get(key) != new.get(key):
                yield f'{at or "/"}: {key} was {old.get(key)!r} and is {new.get(key)!r}'
        yield from self._limits(old, new, at)
        lost = [value for value in old.get("enum", ()) if value not in new.get("enum", ())]
        if lost or ("enum" in new and "enum" not in old):
            yield f"{at}: enum values were taken away: {lost}"
        if "properties" in old or "properties" in new:
            yield from self._fields(old, new, at)
        if "items" in old and "items" in new:
            yield from self.problems(old["items"], new["items"], f"{at}/items")

    def _limits(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        for key, sign in [*((key, -1) for key in LOWER_LIMITS), *((key, 1) for key in UPPER_LIMITS)]:
            before, after = old.get(key), new.get(key)
            if before == after:
                continue
            if before is not None and after is not None and (after - before) * sign > 0 and self.reader_decides:
                continue
            if after is None and self.reader_decides:
                continue
            yield f"{at}: {key} was {before} and is {after}"

    def _fields(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
        for name in before:
            if name not in after:
                yield f"{at}/{name}: was taken away"
            elif name in needed_before - needed_after and not self.reader_decides:
                yield f"{at}/{name}: was required and is optional"
            else:
                yield from self.problems(before[name], after[name], f"{at}/{name}")
        for name in sorted(needed_after - needed_before):
            yield f"{at}/{name}: is required and was not"


def current(root: Path) -> dict[str, Schema]:
    """The schemas of the tree by type, resolved."""
    found = {}
    for file in sorted(root.glob("*/*.v*.json")):
        schema = json.loads(file.read_text("utf-8"))
        if file.parent.name != "published":
            found[schema["x-kervan"]["type"]] = resolve(schema, file, schema)
    return found


def published(root: Path, name: str) -> list[Path]:
    """The published revisions of a type, oldest first."""
    files = [path for path in (root / "published").glob("*.json") if path.name.rsplit(".", 2)[0] == name]
    return sorted(files, key=lambda path: int(path.name.split(".")[-2]))


def check(root: Path) -> int:
    """Print what broke and return the exit status."""
    schemas, broken, held = current(root), 0, 0
    for path in sorted((root / "published").glob("*.json")):
        name, old = path.name.rsplit(".", 2)[0], json.loads(path.read_text("utf-8"))
        held += 1
        if name not in schemas:
            found = ["the type was taken away"]
        else:
            request = old["x-kervan"]["kind"] == "request"
            found = list(Comparison(request).problems(old, schemas[name]))
        for problem in found:
            print(f"{path.name}: {problem}", file=sys.stderr)
        broken += bool(found)
    print(f"compat: {held - broken} of {held} published revisions kept, {len(schemas)} types in the tree")
    return int(broken > 0)


def publish(root: Path) -> int:
    """Write the next revision of each changed schema."""
    if check(root) != 0:
        return 1
    (root / "published").mkdir(exist_ok=True)
    for name, schema in current(root).items():
        revisions = published(root, name)
        text = json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
        if not revisions or revisions[-1].read_text("utf-8") != text:
            path = root / "published" / f"{name}.{len(revisions) + 1}.json"
            path.write_text(text, "utf-8")
            print(f"published {path.name}")
    return 0


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("check", "publish"))
    parser.add_argument("schemas", type=Path)
    options = parser.parse_args()
    return {"check": check, "publish": publish}[options.action](options.schemas)


if __name__ == "__main__":
    sys.exit(main())
