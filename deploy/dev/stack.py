#!/usr/bin/python3
"""stack.py - brings the development stack up, looks after it, and takes it down: run, stop, status, logs, clean.

`run` makes what is missing and leaves what is there, so it may be said at any time: to start, to take in a
rebuilt program or a new line of services.txt, or just to see the addresses again.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from basics import StackError, end_processes, marked_processes
from bring_up import Stack
from report import print_status, print_welcome
from settings import MARKER, ROOT, check_ports, load_settings, prepare_run_dir, remembered_ports, run_dir

FOLLOWED_LINES = 100
NOT_RUNNING = 3


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One command at a time in a run folder."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StackError(f"another command works on {folder}; wait for it, or set KERVAN_RUN_DIR") from error
        yield


@contextmanager
def phase(name: str) -> Iterator[None]:
    """A line with the seconds that a step took."""
    start = time.monotonic()
    print(f"  {name:<18} ", end="", flush=True)
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - start:5.1f} s", flush=True)


def run(options: argparse.Namespace) -> int:
    """Bring everything up and say where it is."""
    del options
    settings = load_settings()
    prepare_run_dir(settings)
    with locked(settings.run_dir):
        stack = Stack(settings)
        if stack.supervisor.pid() is None:
            end_leftovers(stack)
            check_ports(settings, ())
        else:
            check_ports(settings, remembered_ports(settings.run_dir).values())
        started = stack.bring_up(phase)
        print_welcome(settings, stack, started)
    return 0


def end_leftovers(stack: Stack) -> None:
    """End what this stack started and its supervisord no longer holds."""
    left = [pid for pid in marked_processes(str(stack.settings.run_dir)) if pid != os.getpid()]
    server = stack.postgres.pid()
    if server is not None and str(stack.postgres.data) in Path(f"/proc/{server}/cmdline").read_text():
        left.append(server)
    end_processes(left, 30)


def stop(options: argparse.Namespace) -> int:
    """Stop all that was started here, and nothing else."""
    del options
    folder = run_dir()
    if not (folder / MARKER).exists():
        print(f"Kervan does not run: there is no {folder}.")
        return 0
    with locked(folder):
        stack = Stack(load_settings())
        was_running = stack.supervisor.pid() is not None
        with phase("stop"):
            stack.supervisor.shut_down()
            end_leftovers(stack)
    print("Kervan is stopped." if was_running else "Kervan did not run.")
    return 0


def status(options: argparse.Namespace) -> int:
    """Print each program's state; 0 only when all are well."""
    del options
    if (run_dir() / MARKER).exists():
        stack = Stack(load_settings())
        if stack.supervisor.pid() is not None:
            return print_status(stack)
    print("Kervan does not run; `make run` starts it.")
    return NOT_RUNNING


def logs(options: argparse.Namespace) -> int:
    """Show the ends of the logs, and follow them on a terminal."""
    folder = run_dir() / "log"
    pattern = f"{options.service}*.log" if options.service else "*.log"
    files = sorted(str(path) for path in folder.glob(pattern))
    if not files:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.log"))) or "none"
        raise StackError(f"no log {pattern} in {folder}; there are: {known}")
    follow = ["-F"] if sys.stdout.isatty() else []
    return subprocess.run(["tail", "-n", str(FOLLOWED_LINES), *follow, *files], check=False).returncode


def clean(options: argparse.Namespace) -> int:
    """Stop, then remove what was built and what ran."""
    folder = run_dir()
    if (folder / MARKER).exists():
        stop(options)
        stack = Stack(load_settings())
        shutil.rmtree(stack.postgres.home, ignore_errors=True)
        if stack.supervisor.socket.parent != folder:
            shutil.rmtree(stack.supervisor.socket.parent, ignore_errors=True)
        shutil.rmtree(folder)
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    return 0


def main() -> int:
    """Carry out one command."""
    parser = argparse.ArgumentParser(description="The development stack of Kervan.")
    commands = parser.add_subparsers(required=True)
    for command in (run, stop, status, logs, clean):
        sub = commands.add_parser(command.__name__, help=command.__doc__)
        sub.set_defaults(command=command)
        if command is logs:
            sub.add_argument("service", nargs="?", help="only this program's")
    options = parser.parse_args()
    try:
        return int(options.command(options))
    except StackError as error:
        print(f"\n{options.command.__name__}: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\ninterrupted; what was started goes on until `make stop`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
