#!/usr/bin/python3
"""Follows every $ref of the specs and schemas, and finds schemas that no spec leads to.

    proto/lint/check_refs.py SPEC...

The specs lie in the folder that holds the schemas. Shared types count as used when a schema or a spec
uses them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml


def refs(node: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every $ref below a node, with where it stands."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield at, node["$ref"]
        for key, value in node.items():
            yield from refs(value, f"{at}/{key}")
    for index, value in enumerate(node if isinstance(node, list) else ()):
        yield from refs(value, f"{at}/{index}")


def read(path: Path) -> Any:
    """A YAML or JSON document."""
    return yaml.safe_load(path.read_text("utf-8"))


def lookup(document: Any, pointer: str) -> bool:
    """Does the pointer lead somewhere?"""
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        else:
            return False
    return True


def follow(specs: list[Path]) -> tuple[set[Path], list[str]]:
    """All documents that the specs lead to, and the refs that lead nowhere."""
    todo, problems = [path.resolve() for path in specs], []
    seen: dict[Path, Any] = {}
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen[path] = read(path)
        for at, ref in refs(seen[path]):
            name, _, pointer = ref.partition("#")
            target = (path.parent / name).resolve() if name else path
            if not target.is_file():
                problems.append(f'{path}#{at}: "{ref}" names no file')
            elif not lookup(seen.get(target) or read(target), pointer):
                problems.append(f'{path}#{at}: "{ref}" leads nowhere in {target.name}')
            else:
                todo.append(target)
    return set(seen), problems


def is_shown(path: Path) -> bool:
    """Is it a message or a view? What stays within a service, or comes from a provider, is no part of the interface."""
    facts = json.loads(path.read_text("utf-8")).get("x-kervan", {"kind": "internal"})
    return facts["kind"] not in ("internal", "answer")


def main() -> int:
    """Run the command line."""
    specs = [Path(argument) for argument in sys.argv[1:]]
    root = specs[0].resolve().parent
    seen, problems = follow(specs)
    schemas = [path for path in root.glob("*/*.json") if path.parent.name not in ("published", "lint")]
    for path in sorted(set(schemas) - seen):
        if path.parent.name != "types" and is_shown(path):
            problems.append(f"{path}: no spec leads to it")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"refs: {len(seen)} documents, {len(problems)} problems")
    return int(bool(problems) or len(seen) <= len(specs))


if __name__ == "__main__":
    sys.exit(main())
