"""tidy_c - the rules of tools/tidy for C."""
import re
from pathlib import Path
from typing import Iterator

from tidy_source import Rule, Source

Problems = Iterator[tuple[int, str]]

FUNCTION_LINES_MAX = 70
PARAMETERS_MAX = 5
FILE_LINES_MAX = 600

PRODUCT = ("common/", "services/", "proto/", "tools/")
BANNED = {
    "strcpy": "text_copy or memcpy with a checked length", "strcat": "a bounded buffer", "sprintf": "snprintf",
    "vsprintf": "vsnprintf", "strtok": "a scan that leaves its input alone", "atoi": "strtol with its errors checked",
    "atol": "strtol with its errors checked", "atof": "strtod with its errors checked", "gets": "fgets",
    "alloca": "the arena", "system": "a library call", "rand": "the id or random functions of common/",
    "srand": "the id or random functions of common/", "localtime": "localtime_r", "gmtime": "gmtime_r",
    "asctime": "strftime", "ctime": "strftime", "sleep": "a bounded wait for the condition",
    "usleep": "a bounded wait for the condition",
}
BANNED_ABOVE = {
    **dict.fromkeys(("malloc", "calloc", "realloc", "free", "strdup", "strndup"), "the arena"),
    **dict.fromkeys(("printf", "fprintf", "vprintf", "vfprintf", "puts", "fputs", "putchar"), "the log"),
}
SQL = re.compile(r"^\s*(SELECT\s|INSERT\s+INTO\b|UPDATE\s+\w|DELETE\s+FROM\b|WITH\s+\w+\s+AS\b|MERGE\s+INTO\b"
                 r"|(CREATE|ALTER|DROP)\s+\w|TRUNCATE\s|LOCK\s+TABLE\b|FROM\s+\w|WHERE\s+\w|VALUES\s*\(|RETURNING\s)")
EVENT_TYPE = re.compile(r"^kervan\.[a-z0-9_.]+\.v\d+$")
RUNTIME_TYPE = "kervan.runtime."  # what instances of common/ say to each other; no contract with anybody else
NOLINT = re.compile(r"NOLINT\w*(?P<checks>\([^)]*\))?:?\s*(?P<reason>[^*\n]*)")
LABEL = re.compile(r"^\s*([A-Za-z_]\w*):\s*$")
GOTO = re.compile(r"\bgoto\s+(\w+)")


def function_length(source: Source) -> Problems:
    """Counted from the signature to the closing brace."""
    for one in source.functions:
        lines = one.last - one.first + 1
        if lines > FUNCTION_LINES_MAX:
            yield one.first, f"{one.name}() has {lines} lines, more than {FUNCTION_LINES_MAX}; take a part out"


def parameter_count(signature: str, name: str) -> int:
    """Parameters of a signature; `void` and `...` do not count."""
    start = re.search(rf"\b{re.escape(name)}\s*\(", signature)
    if not start:
        return 0
    depth, parts = 1, [""]
    for char in signature[start.end():]:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0:
            break
        if char == "," and depth == 1:
            parts.append("")
        else:
            parts[-1] += char
    return sum(part.strip() not in ("", "void", "...") for part in parts)


def parameters(source: Source) -> Problems:
    """Too many parameters."""
    for one in source.functions:
        count = parameter_count(one.signature, one.name)
        if count > PARAMETERS_MAX:
            yield one.first, f"{one.name}() takes {count} parameters, more than {PARAMETERS_MAX}; pass a struct"


def banned_call(source: Source) -> Problems:
    """Calls that are never right, and those that services leave to common/."""
    banned = {**BANNED, **(BANNED_ABOVE if source.path.startswith("services/") else {})}
    pattern = re.compile(r"(?<![\w.>])(" + "|".join(banned) + r")\s*\(")
    for number, line in enumerate(source.code, 1):
        for match in pattern.finditer(line):
            yield number, f"{match[1]}() is banned here; use {banned[match[1]]}"


def sql_in_c(source: Source) -> Problems:
    """Statements belong into .sql files."""
    if source.path.startswith(PRODUCT):
        for number, literal in source.strings:
            if SQL.match(literal):
                yield number, "SQL in a C string; make it a named statement in a .sql file"


def head_comment(source: Source) -> Problems:
    """A C file says first what it decides; a unit test may name its links before."""
    name = Path(source.path).name
    first = 1 if source.lines[0].startswith("/* links:") else 0
    line = source.lines[first] if first < len(source.lines) else ""
    if not line.startswith(f"/* {name} - "):
        yield first + 1, f'the file does not open with "/* {name} - what it decides."'


def goto_backward(source: Source) -> Problems:
    """A goto only ever leaves."""
    for one in source.functions:
        start = one.last - len(one.body) + 1
        labels = {m[1]: start + i for i, line in enumerate(one.body) if (m := LABEL.match(line))}
        for index, line in enumerate(one.body):
            for match in GOTO.finditer(line):
                if labels.get(match[1], start + index + 1) <= start + index:
                    yield start + index, f'goto "{match[1]}" jumps backward; write a loop'


def goto_in_service(source: Source) -> Problems:
    """Services clean up by scope."""
    if source.path.startswith("services/"):
        for number, line in enumerate(source.code, 1):
            if GOTO.search(line):
                yield number, "goto in a service; let AUTO() clean up and return"


def typedef_struct(source: Source) -> Problems:
    """Tags are names enough."""
    for number, line in enumerate(source.code, 1):
        if re.search(r"\btypedef\s+(struct|union|enum)\b", line):
            yield number, "typedef of a struct, union or enum; use its tag"


def file_length(source: Source) -> Problems:
    """A long file holds two ideas."""
    if len(source.lines) - 1 > FILE_LINES_MAX:
        yield 1, f"{len(source.lines) - 1} lines, more than {FILE_LINES_MAX}; look for the second idea in it"


def event_type(source: Source) -> Problems:
    """A type that no contract names is a slip of the pen."""
    if source.path.startswith(PRODUCT):
        for number, literal in source.strings:
            own = source.path.startswith("common/") and literal.startswith(RUNTIME_TYPE)
            if EVENT_TYPE.match(literal) and literal not in source.event_types and not own:
                yield number, f'event type "{literal}" is not in proto/'


def nolint_reason(source: Source) -> Problems:
    """Silence is bought with a reason."""
    for number, line in enumerate(source.lines, 1):
        match = NOLINT.search(line)
        if match and "NOLINTEND" not in line and (not match["checks"] or len(match["reason"].split()) < 3):
            yield number, "NOLINT must name its check and give a reason: NOLINT(check): why it is right here"


RULES = [
    Rule("function-length", f"no function over {FUNCTION_LINES_MAX} lines", ("c",), function_length),
    Rule("parameters", f"no function of more than {PARAMETERS_MAX} parameters", ("c",), parameters),
    Rule("banned-call", "unsafe calls nowhere; malloc, free, printf not in services", ("c",), banned_call),
    Rule("sql-in-c", "no SQL in C strings outside tests", ("c",), sql_in_c),
    Rule("head-comment", 'C opens with "/* name.c - what it decides."', ("c",), head_comment),
    Rule("goto-backward", "goto only forward", ("c",), goto_backward),
    Rule("goto-in-service", "no goto in services", ("c",), goto_in_service),
    Rule("typedef-struct", "no typedef of struct, union, enum", ("c",), typedef_struct),
    Rule("file-length", f"a file over {FILE_LINES_MAX} lines is looked at again", ("c", "python"), file_length, True),
    Rule("event-type", "event types in code are named in proto/", ("c",), event_type),
    Rule("nolint-reason", "NOLINT names its check and a reason", ("c",), nolint_reason),
]
