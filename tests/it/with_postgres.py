#!/usr/bin/python3
"""with_postgres - runs a command against a private PostgreSQL server that lives as long as it does.

    tests/it/with_postgres.py build/dev/it/pg_test

The command finds the server in KERVAN_TEST_PG (a superuser's address of an empty database).  The
server runs on a free port in a temporary folder, as the user `postgres` when we are root (it
refuses root), without fsync: it never outlives the test.
"""
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable, Optional

SETTINGS = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=20 "
    "-c shared_buffers=32MB -c log_min_messages=panic"
)


def bin_dir() -> Path:
    """The newest server's programs, as Debian lays them out."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not folders:
        sys.exit("with_postgres: no PostgreSQL server under /usr/lib/postgresql; install postgresql-15")
    return folders[-1]


def free_port() -> int:
    """A TCP port that nobody listens on right now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def drop_root() -> Optional[Callable[[], None]]:
    """What a child does before it becomes the server."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("postgres")

    def become() -> None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    return become


def call(programs: Path, folder: Path, *arguments: str) -> None:
    """Runs one of the server's tools; its output is shown only when it fails."""
    done = subprocess.run(
        [str(programs / arguments[0]), *arguments[1:]],
        preexec_fn=drop_root(), cwd=folder, timeout=60, check=False,
        stdin=subprocess.DEVNULL, stdout=(folder / "tool.log").open("w"), stderr=subprocess.STDOUT,
    )
    if done.returncode != 0:
        sys.exit(f"with_postgres: {arguments[0]} failed:\n{(folder / 'tool.log').read_text()}")


def main() -> int:
    """Starts the server, runs the command, stops the server; returns the command's status."""
    if len(sys.argv) < 2:
        sys.exit("usage: with_postgres.py COMMAND...")
    if shutil.which(sys.argv[1]) is None:
        sys.exit(f"with_postgres: {sys.argv[1]} is not a program; build it first, with make tests")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server goes with us
    programs, port = bin_dir(), free_port()
    folder = Path(tempfile.mkdtemp(prefix="kervan-pg."))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        data = str(folder / "data")
        call(programs, folder, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
             "--no-sync", "--locale=C.UTF-8")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {SETTINGS}"
        call(programs, folder, "pg_ctl", "-D", data, "-w", "-t", "30", "-l", str(folder / "server.log"),
             "-o", options, "start")
        try:
            address = f"host=127.0.0.1 port={port} dbname=postgres user=postgres"
            environment = dict(os.environ, KERVAN_TEST_PG=address)
            return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
        finally:
            call(programs, folder, "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
