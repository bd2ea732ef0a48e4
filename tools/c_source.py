"""c_source - what the generators share: text as C string pieces, errors an editor can jump to."""
import sys
from pathlib import Path
from typing import NoReturn

OVERLONG = '#pragma GCC diagnostic ignored "-Woverlength-strings"\n'
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\t": "\\t", "?": "\\?"})


def fail(place: str, problem: str) -> NoReturn:
    """End with file:line: error: problem."""
    sys.exit(f"{place}: error: {problem}")


def literal(text: str) -> str:
    """A text as C string pieces, each on a line of its own, the first too."""
    pieces = text.translate(ESCAPES).replace("\n", "\\n\n").split("\n")
    return "".join(f'\n            "{piece}"' for piece in pieces)


def write(path: str, text: str) -> None:
    """Write a generated file, its folder too."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")
