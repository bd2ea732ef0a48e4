"""basics.py - what every part of the development stack needs: errors for people, bounded waits, ports, accounts."""

from __future__ import annotations

import hashlib
import os
import pwd
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVER_USER = "kervan"
LOCALHOST = "127.0.0.1"
SOCKET_PATH_LIMIT = 107
# Below the kernel's own range for outgoing connections, so that none of those takes the port first.
FREE_PORT_RANGE = (20000, 32000)
STACK_VARIABLE = "KERVAN_STACK"


class StackError(Exception):
    """What is wrong and what to do about it, for a person to read."""


def log_tail(path: Path, lines: int = 20) -> str:
    """The last lines of a log, or a word that there is none."""
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return f"(no log at {path})"
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or f"({path} is empty)"


def wait_until(what: str, timeout_s: float, condition: Callable[[], bool], log: Path | None = None) -> None:
    """Return once the condition holds; raise with the tail of the log when it does not in time."""
    deadline = time.monotonic() + timeout_s
    pause_s = 0.02
    while not condition():
        if time.monotonic() > deadline:
            tail = f"; the end of {log}:\n{log_tail(log)}" if log else ""
            raise StackError(f"{what} did not happen within {timeout_s:g} s{tail}")
        time.sleep(pause_s)
        pause_s = min(0.2, pause_s * 1.5)


def run_checked(what: str, command: list[str], timeout_s: float, **options: Any) -> str:
    """Run a program to its end and return what it said; raise with its last words when it fails."""
    try:
        done = subprocess.run(command, timeout=timeout_s, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False, **({"stdin": subprocess.DEVNULL} | options))
    except FileNotFoundError as error:
        raise StackError(f"{what}: {command[0]} is missing; run deploy/dev/install.sh") from error
    except subprocess.TimeoutExpired as error:
        raise StackError(f"{what} took longer than {timeout_s:g} s") from error
    if done.returncode != 0:
        tail = "\n".join(f"    {line}" for line in done.stdout.splitlines()[-20:])
        raise StackError(f"{what} failed with exit status {done.returncode}:\n{tail}")
    return done.stdout


def is_listening(port: int) -> bool:
    """Does anything accept connections on the port?"""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOCALHOST, port)) == 0


def bind_problem(port: int) -> str | None:
    """Why a server could not listen on the port, or None when it could."""
    for address in (LOCALHOST, "0.0.0.0"):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                return error.strerror or str(error)
    return None


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    picked: list[int] = []
    for port in random.sample(range(*FREE_PORT_RANGE), 2000):
        if bind_problem(port) is None:
            picked.append(port)
        if len(picked) == count:
            return picked
    raise StackError(f"found no {count} free ports between {FREE_PORT_RANGE[0]} and {FREE_PORT_RANGE[1]}")


@dataclass(frozen=True)
class Account:
    """The user a database server runs as: oneself, or for root the account that install.sh makes."""

    name: str
    uid: int
    gid: int

    @property
    def borrowed(self) -> bool:
        """Is it another account than our own?"""
        return self.uid != os.geteuid()

    def options(self) -> dict[str, Any]:
        """What subprocess needs to start a program as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.borrowed else {}

    def own(self, folder: Path, mode: int) -> None:
        """Make the folder if it is missing, and make it this account's."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
        if self.borrowed:
            os.chown(folder, self.uid, self.gid)

    def reaches(self, folder: Path) -> bool:
        """May this account pass through the folder, which lies in the caller's home perhaps?"""
        if not self.borrowed:
            return True
        return subprocess.run(["test", "-x", str(folder)], check=False, cwd="/", **self.options()).returncode == 0


def server_account() -> Account:
    """The account that may run PostgreSQL, which refuses root."""
    if os.geteuid() != 0:
        return Account(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(SERVER_USER)
    except KeyError as error:
        raise StackError(f"there is no user {SERVER_USER} to run PostgreSQL; run deploy/dev/install.sh") from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def path_hash(path: Path) -> str:
    """A short name for a path."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


def is_alive(pid: int) -> bool:
    """Does the process exist and run? A zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return False
    return state not in "ZX"


def read_pid(path: Path) -> int | None:
    """The process a pid file names, if that lives."""
    try:
        pid = int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if is_alive(pid) else None


def marked_processes(mark: str) -> list[int]:
    """Every process that was started with the stack's mark in its environment."""
    wanted = f"{STACK_VARIABLE}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted in environment and is_alive(int(entry.name)):
            found.append(int(entry.name))
    return found


def end_processes(pids: Iterable[int], timeout_s: float) -> None:
    """Ask the processes to end, then end them; raise when one outlives even that."""
    left = [pid for pid in pids if is_alive(pid)]
    for number, patience_s in ((signal.SIGTERM, timeout_s), (signal.SIGKILL, 5.0)):
        for pid in left:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + patience_s
        while (left := [pid for pid in left if is_alive(pid)]) and time.monotonic() < deadline:
            time.sleep(0.05)
    if left:
        raise StackError(f"these processes could not be stopped: {' '.join(map(str, left))}")
