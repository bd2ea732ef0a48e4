#!/usr/bin/python3
"""Makes C from the message schemas: structs, validating decoders, encoders and a registry.

    proto/generate.py SCHEMAS OUTPUT [--lenient]

SCHEMAS is the folder that holds types/ and a folder a service. A file that would not change is not
written, so that nothing is compiled again without need. --lenient lets limits be absent and names
be anything; it exists for the test that runs a public test suite through the generator.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from generator import emit, registry
from generator.model import SchemaError, Unit
from generator.schema import read_tree


def outputs(units: list[Unit]) -> dict[str, str]:
    """All generated files by name."""
    types = units[0]
    files = {
        "types_tables.h": emit.tables_header(types),
        "message_type.h": registry.message_type_header(units),
        "registry.h": registry.registry_header(),
        "registry.c": registry.registry_source(units),
    }
    for unit in units:
        files[f"{unit.name}.h"] = emit.struct_header(unit)
        files[f"{unit.name}_codec.h"] = emit.codec_header(unit)
        files[f"{unit.name}.c"] = emit.source(unit)
    return files


def check_types(units: list[Unit]) -> None:
    """No two messages share a type."""
    seen: dict[str, Path] = {}
    for message in (message for unit in units for message in unit.messages):
        if message.type in seen:
            raise SchemaError(f'{message.file}: "{message.type}" is taken by {seen[message.type]}')
        seen[message.type] = message.file


def write_changed(folder: Path, files: dict[str, str]) -> None:
    """Write what differs, and remove what is no longer made."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.[ch]"):
        if old.name not in files:
            old.unlink()
    for name, text in files.items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("schemas", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--lenient", action="store_true")
    arguments = parser.parse_args()
    try:
        _, units = read_tree(arguments.schemas, arguments.lenient)
        check_types(units)
        write_changed(arguments.output, outputs(units))
    except SchemaError as error:
        print(f"generate: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
