#!/usr/bin/python3
"""Writes the fuzzer's first inputs and its dictionary from the schemas.

    tests/fuzz/make_corpus.py SCHEMAS FOLDER DICTIONARY
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def nasty(example: dict[str, Any]) -> dict[str, bytes]:
    """Shapes that broke other decoders, made of a valid message."""
    text = json.dumps(example)
    first = next(iter(example))
    return {
        "plain": text.encode(),
        "spaced": json.dumps(example, indent=2).encode(),
        "repeated": (text[:-1] + f', "{first}": null}}').encode(),
        "extra": (text[:-1] + ', "a/b~c": [1.5, {"d": "\\ud83d\\uded2"}]}').encode(),
        "empty": b"{}",
        "cut": text.encode()[: len(text) // 2],
    }


def fixed() -> dict[str, bytes]:
    """Texts that are bad for every message."""
    return {
        "deep": b"[" * 10000,
        "deep_object": b'{"a":' * 5000,
        "nul": b'{"clock":7\x00}',
        "nul_escape": b'{"order_id":"\\u0000"}',
        "surrogate": b'{"order_id":"\\ud800"}',
        "latin": b'{"order_id":"\xe9"}',
        "huge_number": b'{"clock":' + b"9" * 400 + b"}",
        "huge_real": b'{"clock":1e999}',
        "many_keys": b"{" + b",".join(b'"k%d":0' % number for number in range(5000)) + b"}",
        "nothing": b"",
    }


def words(schema: Any) -> Iterator[str]:
    """Field names, enum values and types: what a mutation should be able to write."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        yield from (value for value in schema.get("enum", ()) if isinstance(value, str))
        if "x-kervan" in schema:
            yield schema["x-kervan"]["type"] + "\t"
        for value in schema.values():
            yield from words(value)
    for item in schema if isinstance(schema, list) else ():
        yield from words(item)


def main() -> int:
    """Run the command line."""
    schemas, folder, dictionary = (Path(argument) for argument in sys.argv[1:4])
    folder.mkdir(parents=True, exist_ok=True)
    found: set[str] = set()
    for path in sorted(schemas.glob("types/*.json")) + sorted(schemas.glob("*/*.v*.json")):
        schema = json.loads(path.read_text("utf-8"))
        found.update(words(schema))
        if "x-kervan" in schema:
            name = schema["x-kervan"]["type"]
            for case, data in nasty(schema["examples"][0]).items():
                (folder / f"{name}.{case}").write_bytes(name.encode() + b"\t" + data)
    for case, data in fixed().items():
        (folder / f"fixed.{case}").write_bytes(b"kervan.order.placed.v1\t" + data)
    lines = (json.dumps(word).replace("\\t", "\\x09") for word in sorted(found))
    dictionary.write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
