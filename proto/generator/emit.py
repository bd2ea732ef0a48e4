"""Writes the C of a unit: structs in NAME.h, functions in NAME_codec.h, tables in NAME.c."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from .model import Enum, Field, Object, Pattern, Unit

WIDTH = 100
C_TYPES = {
    "text": "const char *",
    "json": "const char *",
    "integer": "int64_t ",
    "time": "int64_t ",
    "boolean": "bool ",
}
LIMIT_NAMES = {-(2**63): "INT64_MIN", 2**63 - 1: "INT64_MAX"}


def quote(text: str) -> str:
    """A C string literal; bytes that are not plain ASCII as octal escapes."""
    plain = {"\\": "\\\\", '"': '\\"', "?": "\\?"}
    out = ""
    for byte in text.encode("utf-8"):
        char = chr(byte)
        out += plain.get(char, char if 32 <= byte < 127 else f"\\{byte:03o}")
    return f'"{out}"'


def head(file: str, words: str) -> str:
    """The first comment of a generated file."""
    return f"/* {file} - {words}\n *\n * Made by proto/generate.py from the schemas; do not edit. */\n"


def _guarded(file: str, words: str, body: str) -> str:
    guard = "KERVAN_GEN_PROTO_" + file.upper().replace(".", "_")
    return f"{head(file, words)}#ifndef {guard}\n#define {guard}\n\n{body}\n#endif\n"


def _comment(text: str, indent: str) -> str:
    text = " ".join(text.replace("*/", "* /").split())
    lines = textwrap.wrap(text, WIDTH - len(indent) - 6)
    return "".join(
        f"{indent}{'/*' if i == 0 else ' *'} {line}{' */' if i == len(lines) - 1 else ''}\n"
        for i, line in enumerate(lines)
    )


def _c_type(field: Field) -> str:
    if field.kind == "enum":
        assert field.enum
        return f"enum {field.enum.name} "
    if field.kind == "object":
        assert field.object
        return f"struct {field.object.name} "
    return C_TYPES[field.kind]


def _declarations(field: Field) -> list[str]:
    ctype, name = _c_type(field), field.c_name
    if field.array:
        star = f"{ctype}const *" if ctype.endswith("*") else f"const {ctype}*"
        return [f"{star}{name};", f"size_t {name}_count;"]
    if field.kind == "object" and not field.required:
        return [f"const {ctype}*{name};"]
    return [f"{ctype}{name};"]


def _extra(field: Field) -> str | None:
    """The member that says whether, or how often, the field is there."""
    if field.array:
        return f"{field.c_name}_count"
    counts = field.kind in ("integer", "time", "boolean") and not field.required
    return f"has_{field.c_name}" if counts else None


def _struct(obj: Object) -> str:
    """All values first and the has_ flags together at the end, where they need no padding."""
    out = _comment(obj.description, "") + f"struct {obj.name} {{\n"
    for field in obj.fields:
        declarations = _declarations(field)
        words = " ".join(field.description.split())
        if not field.required:
            words = f"optional: {words}" if words else "optional"
        line = f"    {declarations[0]}"
        if words and len(line) + len(words) + 7 <= WIDTH and "*/" not in words:
            out += f"{line} /* {words} */\n"
        else:
            out += _comment(words, "    ") + line + "\n"
        out += "".join(f"    {declaration}\n" for declaration in declarations[1:])
    flags = [_extra(field) for field in obj.fields if _extra(field) and not field.array]
    out += "".join(f"    bool {flag};\n" for flag in flags)
    if not obj.fields:
        out += "    char nothing; /* C knows no empty struct */\n"
    return out + "};\n"


def constants(enum: Enum) -> list[str]:
    """The names of an enum's values after ABSENT."""
    from .schema import c_name

    prefix = enum.name.upper()
    names = [f"{prefix}_{c_name(value).upper()}" for value in enum.values]
    if len(set(names)) < len(names):
        names = [f"{prefix}_{index}" for index in range(len(names))]
    return names


def _enum(enum: Enum) -> str:
    prefix = enum.name.upper()
    out = _comment(enum.description, "") + f"enum {enum.name} {{\n    {prefix}_ABSENT = 0,\n"
    out += "".join(f"    {name},\n" for name in constants(enum))
    if enum.tolerant:
        out += f"    {prefix}_UNKNOWN, /* a value that a newer writer knows */\n"
    return out + "};\n"


def struct_header(unit: Unit) -> str:
    """NAME.h: plain data that rules may include."""
    body = "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n\n"
    if unit.name != "types":
        body += '#include "proto/types.h"\n\n'
    body += "\n".join([_enum(enum) for enum in unit.enums] + [_struct(obj) for obj in unit.objects])
    what = "types that messages share." if unit.name == "types" else f"the messages of {unit.name}/."
    return _guarded(f"{unit.name}.h", what, body)


def _decode_signature(obj: Object) -> str:
    name = obj.name
    return (
        f"enum err {name}_decode(struct arena *arena, const char *bytes, size_t length,\n"
        f"    struct {name} *ret, struct violations *violations)"
    )


def _encode_signature(obj: Object) -> str:
    return f"void {obj.name}_encode(const struct {obj.name} *message, struct buffer *buffer)"


def codec_header(unit: Unit) -> str:
    """NAME_codec.h: the functions of a unit."""
    body = f'#include "proto/{unit.name}.h"\n#include "proto/runtime.h"\n\n'
    if unit.enums:
        body += "/* The text of a value, \"unknown\" for UNKNOWN, NULL for ABSENT; and back, ABSENT for no value. */\n"
    for enum in unit.enums:
        body += f"const char *{enum.name}_name(enum {enum.name} value);\n"
        body += f"enum {enum.name} {enum.name}_find(const char *text);\n"
    body += "\n"
    for message in unit.messages:
        body += f"/* {message.type} */\nMUST_USE {_decode_signature(message.object)};\n"
        body += f"{_encode_signature(message.object)};\n\n"
    return _guarded(f"{unit.name}_codec.h", f"decode and encode the messages of {unit.name}/.", body)


def tables_header(unit: Unit) -> str:
    """types_tables.h: the tables that other units' tables point to."""
    body = '#include "proto/runtime.h"\n\n'
    body += "".join(f"extern const struct enum_values {enum.name}_values;\n" for enum in unit.enums)
    body += "".join(f"extern const struct object_table {obj.name}_table;\n" for obj in unit.objects)
    return _guarded(f"{unit.name}_tables.h", "tables of the shared types.", body)


def _number(value: int) -> str:
    return LIMIT_NAMES.get(value, f"INT64_C({value})" if abs(value) > 2**31 - 1 else str(value))


class _Source:
    """The .c file of a unit."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.linkage = "" if unit.name == "types" else "static "
        self.patterns: dict[str, str] = {}

    def text(self) -> str:
        body = "\n".join(self._parts())
        includes = f'#include "proto/{self.unit.name}_codec.h"\n#include "proto/types_tables.h"\n\n'
        includes += "#include <stddef.h>\n#include <string.h>\n\n"
        return head(f"{self.unit.name}.c", f"tables of {self.unit.name}/, and what reads them.") + includes + body

    def _parts(self) -> Iterator[str]:
        for enum in self.unit.enums:
            yield self._enum_values(enum)
        tables = [self._object_table(obj) for obj in self.unit.objects]
        yield from self.patterns.values()
        yield from tables
        for enum in self.unit.enums:
            yield self._enum_functions(enum)
        for message in self.unit.messages:
            yield self._functions(message.object)

    def _enum_values(self, enum: Enum) -> str:
        names = "".join(f"    {quote(value)},\n" for value in enum.values)
        return (
            f"static const char *const {enum.name}_texts[] = {{\n{names}}};\n"
            f"{self.linkage}const struct enum_values {enum.name}_values = {{\n"
            f"    .names = {enum.name}_texts,\n    .count = {len(enum.values)},\n"
            f"    .has_unknown = {str(enum.tolerant).lower()},\n}};\n"
            f'_Static_assert(sizeof(enum {enum.name}) == sizeof(unsigned), "stored as one");\n'
        )

    def _pattern(self, pattern: Pattern) -> str:
        name = f"pattern_{len(self.patterns)}"
        if pattern.source in self.patterns:
            return f"pattern_{list(self.patterns).index(pattern.source)}"
        items = "".join(
            "    { { "
            + ", ".join(f"0x{item.ascii >> shift & 0xFFFFFFFF:08x}" for shift in (0, 32, 64, 96))
            + f" }}, {str(item.others).lower()}, {item.min}, {item.max}u }},\n"
            for item in pattern.items
        ) or "    { { 0, 0, 0, 0 }, false, 0, 0 },\n"
        self.patterns[pattern.source] = (
            f"static const struct pattern_item {name}_items[] = {{\n{items}}};\n"
            f"static const struct pattern {name} = {{\n    .source = {quote(pattern.source)},\n"
            f"    .items = {name}_items,\n    .count = {len(pattern.items)},\n}};\n"
        )
        return name

    def _object_table(self, obj: Object) -> str:
        fields = "".join(self._field_row(obj, field) for field in obj.fields)
        rows = f"static const struct field_table {obj.name}_fields[] = {{\n{fields}}};\n" if fields else ""
        return (
            f"{rows}{self.linkage}const struct object_table {obj.name}_table = {{\n"
            f"    .name = {quote(obj.name)},\n    .size = sizeof(struct {obj.name}),\n"
            f"    .bytes_max = {obj.bytes_max},\n    .closed = {str(obj.closed).lower()},\n"
            f"    .field_count = {len(obj.fields)},\n"
            f"    .fields = {obj.name + '_fields' if fields else 'NULL'},\n}};\n"
        )

    def _field_row(self, obj: Object, field: Field) -> str:
        offset = f"offsetof(struct {obj.name}, "
        row = [
            f".key = {quote(',' + json.dumps(field.json_name, ensure_ascii=False) + ':')}",
            f".name_length = {len(field.json_name.encode())}",
            f".offset = {offset}{field.c_name})",
            f".kind = FIELD_{field.kind.upper()}",
            f".required = {str(field.required).lower()}",
        ]
        if extra := _extra(field):
            row.append(f".extra_offset = {offset}{extra})")
        if field.nullable:
            row.append(".nullable = true")
        if field.long_numbers:
            row.append(".long_numbers = true")
        if field.kind in ("text", "integer", "json"):
            row += [f".min = {_number(field.min)}", f".max = {_number(field.max)}"]
        if field.array:
            row += [".array = true", f".items_min = {field.items_min}", f".items_max = {field.items_max}"]
            row += [".unique = true"] if field.unique else []
        if field.constant is not None:
            row.append(f".constant = {quote(field.constant)}")
        if field.pattern:
            row.append(f".pattern = &{self._pattern(field.pattern)}")
        if field.enum:
            row.append(f".values = &{field.enum.name}_values")
        if field.object:
            row.append(f".object = &{field.object.name}_table")
        return "    {\n" + "".join(f"        {part},\n" for part in row) + "    },\n"

    def _enum_functions(self, enum: Enum) -> str:
        name = enum.name
        return (
            f"const char *{name}_name(enum {name} value)\n{{\n"
            f"    return enum_text(&{name}_values, (unsigned)value);\n}}\n\n"
            f"enum {name} {name}_find(const char *text)\n{{\n"
            f"    return (enum {name})enum_find(&{name}_values, text);\n}}\n"
        )

    def _functions(self, obj: Object) -> str:
        return (
            f"{_decode_signature(obj)}\n{{\n"
            "    struct message_source source = { .arena = arena, .bytes = bytes, .length = length };\n\n"
            f"    return message_decode(&{obj.name}_table, &source, ret, violations);\n}}\n\n"
            f"{_encode_signature(obj)}\n{{\n    message_encode(&{obj.name}_table, message, buffer);\n}}\n"
        )


def source(unit: Unit) -> str:
    """NAME.c."""
    return _Source(unit).text()
