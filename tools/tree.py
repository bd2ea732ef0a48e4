#!/usr/bin/python3
"""tree - which files there are, what language each is, and what a C file includes.

    tools/tree.py shell|python      lists the scripts of a language
"""
import re
import subprocess
import sys
from pathlib import Path

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)
GENERATED = Path("build/gen")


def files() -> list[str]:
    """Every file that git tracks or would track, by path from the root of the tree."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            check=True, capture_output=True, text=True).stdout
    return sorted({name for name in listed.split("\0") if name and Path(name).is_file()})


def c_files(suffixes: tuple[str, ...] = (".c", ".h")) -> list[str]:
    """The C of the tree."""
    return [name for name in files() if name.endswith(suffixes)]


def language(path: str, text: str) -> str:
    """One of c, python, shell, sql, other: by suffix, else by the #! line."""
    suffix = {".c": "c", ".h": "c", ".py": "python", ".sh": "shell", ".sql": "sql"}.get(Path(path).suffix)
    if suffix:
        return suffix
    first = text.split("\n", 1)[0]
    if first.startswith("#!"):
        return "python" if "python" in first else "shell" if re.search(r"\b(ba|da)?sh\b", first) else "other"
    return "other"


def scripts(wanted: str) -> list[str]:
    """All files of one script language."""
    found = []
    for name in files():
        if Path(name).suffix in ("", ".py", ".sh"):
            with open(name, "rb") as opened:
                head = opened.read(200).decode("utf-8", "replace")
            if language(name, head) == wanted:
                found.append(name)
    return found


class Include:
    """One #include: where it stands, what it says, and the file of ours it means, if it is ours."""

    def __init__(self, path: str, line: int, quoted: str | None, angled: str | None) -> None:
        """Resolve as the compiler does: beside the file, then the root, then generated files."""
        self.line = line
        self.name = quoted or angled or ""
        self.target: str | None = None
        beside = [Path(path).parent] if quoted else []
        for folder in [*beside, Path("."), GENERATED]:
            candidate = folder / self.name
            if candidate.is_file():
                self.target = candidate.resolve().relative_to(Path.cwd().resolve()).as_posix()
                break


def includes(path: str) -> list[Include]:
    """The includes of a C file, in its order."""
    text = Path(path).read_text(encoding="utf-8")
    return [Include(path, text.count("\n", 0, m.start()) + 1, m[1], m[2]) for m in INCLUDE.finditer(text)]


def closure(path: str) -> list[str]:
    """The file and all files of ours that it includes, directly or not."""
    seen, waiting = {path}, [path]
    while waiting:
        for include in includes(waiting.pop()):
            if include.target and include.target not in seen:
                seen.add(include.target)
                waiting.append(include.target)
    return sorted(seen)


if __name__ == "__main__":
    print("\n".join(scripts(sys.argv[1])))
