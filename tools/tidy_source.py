"""tidy_source - a file as the rules of tools/tidy see it, and what a rule and a finding are."""
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Callable, Iterator, NamedTuple

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
ALLOW = re.compile(r"tidy: allow ([a-z-]+): \S+")
CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")


class Function(NamedTuple):
    """A C function: its first line, its last, what stands before the body, and the body."""

    name: str
    first: int
    last: int
    signature: str
    body: list[str]


@dataclass(frozen=True)
class Source:
    """One file."""

    path: str
    text: str
    language: str
    event_types: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def lines(self) -> list[str]:
        """The text by lines."""
        return self.text.split("\n")

    @cached_property
    def code(self) -> list[str]:
        """C by lines, with comments and the inside of literals blanked out."""
        return TOKEN.sub(blank, self.text).split("\n")

    @cached_property
    def strings(self) -> list[tuple[int, str]]:
        """The string literals of C with their lines; those of #include lines are left out."""
        return [(self.text.count("\n", 0, m.start()) + 1, m[0][1:-1]) for m in TOKEN.finditer(self.text)
                if m[0].startswith('"') and not re.match(r"\s*#\s*include\b", self.line_of(m.start()))]

    @cached_property
    def functions(self) -> list[Function]:
        """The functions of C: the style puts their braces, and no others, alone in column 0."""
        return list(self.find_functions())

    def line_of(self, offset: int) -> str:
        """The start of the line, up to an offset."""
        return self.text[self.text.rfind("\n", 0, offset) + 1:offset]

    def allows(self, rule: str, line: int) -> bool:
        """Whether the line or the one above it excuses itself from a rule."""
        near = "\n".join(self.lines[max(line - 2, 0):line])
        return any(match[1] == rule for match in ALLOW.finditer(near))

    def find_functions(self) -> Iterator[Function]:
        """Walk the lines once."""
        opened = None
        for index, line in enumerate(self.code):
            if line == "{":
                opened = index
            elif line.startswith("}") and opened is not None:
                first = self.signature_start(opened)
                signature = " ".join(self.code[first:opened])
                yield Function(name_of(signature), first + 1, index + 1, signature, self.code[opened:index + 1])
                opened = None

    def signature_start(self, opened: int) -> int:
        """The line a function begins on, given the one with its brace."""
        first = opened
        while first > 0 and self.code[first - 1].strip() and not re.search(r"^#|[;}]\s*$", self.code[first - 1]):
            first -= 1
        return first


class Rule(NamedTuple):
    """A named rule; `find` yields line and message."""

    name: str
    says: str
    languages: tuple[str, ...]
    find: Callable[[Source], Iterator[tuple[int, str]]]
    is_warning: bool = False


class Finding(NamedTuple):
    """A rule broken at a place."""

    path: str
    line: int
    rule: Rule
    text: str

    def __str__(self) -> str:
        """As compilers write it, for editors to jump to."""
        kind = "warning" if self.rule.is_warning else "error"
        return f"{self.path}:{self.line}: {kind}: {self.text} [{self.rule.name}]"


def blank(match: re.Match[str]) -> str:
    """A comment or literal as spaces, its lines and quotes kept."""
    token = match[0]
    inside = re.sub(r"[^\n]", " ", token)
    return inside if token[0] == "/" else token[0] + inside[1:-1] + token[-1]


def name_of(signature: str) -> str:
    """The function's name: the first word before a parenthesis that is no attribute."""
    names = [m[1] for m in CALL.finditer(signature) if not m[1].startswith("__")]
    return names[0] if names else "?"
