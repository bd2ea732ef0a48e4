"""results.py - what became of each row: kept as JSON, shown as a table, and written as a page."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from settings import MARKER  # the lab has put its folder on the path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".run" / "fault.json"
PAGE = ROOT / "docs" / "fault-lab.md"
PASSED, FAILED, CANNOT, NOT_RUN = "passed", "failed", "cannot run", "not run"
NOT_MEASURED = "not measured"
SHOWN_CHARACTERS = 100


class AnyRow(Protocol):
    """What a result needs of a row."""

    number: int
    what: str
    invariants: str


@dataclass
class Result:
    """What became of one row, with which seed and on which commit."""

    number: int
    what: str
    word: str
    invariants: str = ""
    seed: int = 0
    commit: str = ""
    took_s: float = 0
    figures: dict[str, float] = field(default_factory=dict)
    detail: str = ""
    crowded: bool = False

    def line(self) -> str:
        """The verdict for the screen."""
        figures = ", ".join(f"{name} {value:g}" for name, value in self.figures.items())
        because = " because" if self.word == CANNOT else ""
        return f"{self.word}{because} {self.detail} {figures} ({self.took_s:g} s)".replace("  ", " ")


def commit() -> str:
    """The commit that is tested; a plus sign when the tree differs from it."""
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")


def kept() -> dict[int, dict[str, Any]]:
    """Results of this and earlier runs, by row."""
    try:
        return {entry["number"]: entry for entry in json.loads(KEPT.read_text())["rows"]}
    except (OSError, ValueError, KeyError):
        return {}


def write_results(results: list[Result]) -> None:
    """Keep the results, beside those of rows that were not run now."""
    rows = kept() | {result.number: asdict(result) for result in results}
    KEPT.parent.mkdir(exist_ok=True)
    (KEPT.parent / MARKER).touch()
    partial = KEPT.with_suffix(".new")
    partial.write_text(json.dumps({"rows": [rows[number] for number in sorted(rows)]}, indent=1) + "\n")
    partial.replace(KEPT)


def read_results(rows: Iterable[AnyRow]) -> list[Result]:
    """A result for every row; one that was never run says so."""
    known = kept()
    return [Result(**known[row.number]) if row.number in known
            else Result(row.number, row.what, NOT_RUN, row.invariants) for row in rows]


def recovery(result: Result) -> str:
    """How long coming back took; a time taken while others used the machine says nothing."""
    times = {name: value for name, value in result.figures.items() if name.endswith("_s")}
    if result.crowded and times:
        return NOT_MEASURED
    return ", ".join(f"{name.removesuffix('_s').replace('_', ' ')} {value:g} s" for name, value in times.items())


def show(results: list[Result]) -> str:
    """The table of all rows for a terminal."""
    lines = []
    for result in results:
        seed = f"seed {result.seed}" if result.word in (PASSED, FAILED) else ""
        said = recovery(result) if result.word == PASSED else result.detail.partition("\n")[0][:SHOWN_CHARACTERS]
        lines.append(f"{result.number:>3} {result.word:<10} {result.what[:64]:<64} {seed:<12} {said}".rstrip())
    counts = {word: sum(result.word == word for result in results) for word in (PASSED, FAILED, CANNOT, NOT_RUN)}
    return "\n".join([*lines, ", ".join(f"{count} {word}" for word, count in counts.items())])


def write_page(results: list[Result]) -> None:
    """The table as a page of the documentation, below its first part, which is written by hand."""
    head, mark, _ = PAGE.read_text().partition("<!-- results -->\n")
    lines = ["| # | attack | invariants | result | seed | commit | measured |", "|---|---|---|---|---|---|---|"]
    for result in results:
        ran = result.word in (PASSED, FAILED)
        said = recovery(result) if result.word == PASSED else result.detail.partition("\n")[0]
        lines.append(f"| {result.number} | {result.what} | {result.invariants} | {result.word} | "
                     f"{result.seed if ran else ''} | {result.commit if ran else ''} | {said.replace('|', ' ')} |")
    PAGE.write_text(head + mark + "\n" + "\n".join(lines) + "\n")
