"""tidy_text - the rules of tools/tidy for scripts, SQL and every other text."""
import ast
import re
from typing import Iterator

from tidy_source import Rule, Source

Problems = Iterator[tuple[int, str]]

FUNCTION_LINES_MAX = 70
# Written with [.] so that this file does not name the hosts it looks for.
HOSTS = ("registry[.]npmjs", "registry[.]yarnpkg", "npmmirror[.]com", "pypi[.]org", "files[.]pythonhosted",
         "repo1?[.]maven", "search[.]maven", "deb[.]debian", "security[.]debian", "ftp[.][a-z.]*debian",
         "proxy[.]golang", "sum[.]golang", "(static|index)[.]crates", "index[.]docker", "registry-1[.]docker")
HOST = re.compile("|".join(HOSTS))
MACHINE_PATH = re.compile(r"(?<![\w.$}~/-])/(?:(?:work|root|tmp)/[\w.]|home/\w+)")
OPEN_TASK = re.compile(r"\b(?:TO" r"DO|FIX" r"ME)\b(?!\(#\d+\))")


def script_head(source: Source) -> Problems:
    """A script says first what it is for."""
    lines = source.lines[1:] if source.lines[0].startswith("#!") else source.lines
    number = len(source.lines) - len(lines) + 1
    if source.language == "python":
        if source.text.strip() and not (lines and lines[0].startswith(('"""', 'r"""'))):
            yield number, "a Python file opens with a docstring that says what it is for"
    elif not (lines and re.match(r"# \S", lines[0])):
        yield number, 'a shell script opens with "# name - what it does"'


def sql_head(source: Source) -> Problems:
    """An SQL file says first what it holds."""
    if not source.lines[0].startswith("-- "):
        yield 1, 'an SQL file opens with "-- what it holds"'


def python_function_length(source: Source) -> Problems:
    """As in C."""
    try:
        module = ast.parse(source.text)
    except SyntaxError as error:
        yield error.lineno or 1, f"cannot parse: {error.msg}"
        return
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield node.lineno, f"{node.name}() has {lines} lines, more than {FUNCTION_LINES_MAX}; take a part out"


def python_interpreter(source: Source) -> Problems:
    """Debian's Python has Debian's modules; another one in the PATH may not."""
    first = source.lines[0]
    if first.startswith("#!") and first != "#!/usr/bin/python3":
        yield 1, 'the interpreter is "#!/usr/bin/python3"'


def registry_host(source: Source) -> Problems:
    """Where a machine gets its packages is that machine's business."""
    for number, line in enumerate(source.lines, 1):
        if match := HOST.search(line):
            yield number, f'names the package host "{match[0]}"'


def machine_path(source: Source) -> Problems:
    """A path of one machine does not exist on the next."""
    for number, line in enumerate(source.lines, 1):
        if match := MACHINE_PATH.search(line):
            yield number, f'names a path of this machine, "{match[0]}…"; derive it or take it from configuration'


def open_task(source: Source) -> Problems:
    """Work left over is an issue with a number."""
    for number, line in enumerate(source.lines, 1):
        if match := OPEN_TASK.search(line):
            yield number, f'"{match[0]}" without an issue number; write "{match[0]}(#12)" or do it'


RULES = [
    Rule("script-head", "scripts open with what they are for", ("python", "shell"), script_head),
    Rule("sql-head", "SQL files open with what they hold", ("sql",), sql_head),
    Rule("python-function-length", f"no function over {FUNCTION_LINES_MAX} lines", ("python",), python_function_length),
    Rule("python-interpreter", "scripts run under #!/usr/bin/python3", ("python",), python_interpreter),
    Rule("registry-host", "no host of a package registry in any file", (), registry_host),
    Rule("machine-path", "no path of one machine in any file", (), machine_path),
    Rule("open-task", "open tasks have an issue number", ("c", "python", "shell", "sql"), open_task),
]
