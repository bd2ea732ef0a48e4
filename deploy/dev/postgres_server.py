"""postgres_server.py - a private PostgreSQL: how its folder is made, how it is started, who may enter."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from basics import LOCALHOST, StackError, read_pid, run_checked, server_account
from secret_store import SecretStore

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
DATABASE = "kervan"
SUPERUSER = "postgres"
ROLES_FILE = Path(__file__).with_name("roles.sql")
DEFAULTS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "password_encryption": "scram-sha-256",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_lock_waits": "on",
    "timezone": "UTC",
}


def role_names() -> list[str]:
    """The roles that roles.sql makes, without their prefix: owner, gateway, order ..."""
    return re.findall(r"\('kervan_([a-z]+)'", ROLES_FILE.read_text())


class PostgresServer:
    """One server in one folder; the caller starts command() as account, and ends it with SIGINT."""

    def __init__(self, home: Path, port: int, secrets: SecretStore, socket_dir: Path) -> None:
        """Say where everything of this server is; nothing is made yet."""
        self.home = home
        self.data = home / "data"
        self.port = port
        self.secrets = secrets
        self.socket_dir = socket_dir
        self.account = server_account()

    def prepare(self, settings: dict[str, str] | None = None, durable: bool = True) -> None:
        """Make the data folder if there is none, and write the configuration."""
        self.account.own(self.home, 0o700)
        self.account.own(self.socket_dir, 0o755)
        if not self.data.exists():
            self._initialize(durable)
        self._write_configuration(settings or {})

    def command(self) -> list[str]:
        """What starts the server in the foreground."""
        return [str(PROGRAMS / "postgres"), "-D", str(self.data)]

    def is_ready(self) -> bool:
        """Does it take connections? Fails too when another server has the port: the pid file names ours."""
        if read_pid(self.data / "postmaster.pid") is None:
            return False
        probe = [str(PROGRAMS / "pg_isready"), "-q", "-h", LOCALHOST, "-p", str(self.port)]
        return subprocess.run(probe, check=False, timeout=10).returncode == 0

    def pid(self) -> int | None:
        """The server's main process, while it lives."""
        return read_pid(self.data / "postmaster.pid")

    def conninfo(self, role: str, database: str = DATABASE) -> str:
        """Where a role (owner, gateway, order ... or postgres) connects; the password is in a file."""
        user = SUPERUSER if role == SUPERUSER else f"kervan_{role}"
        passfile = self.secrets.write(f"{role}.pgpass", f"*:*:*:{user}:{self.secrets.value(role)}")
        quoted = str(passfile).replace("\\", "\\\\").replace("'", "\\'")
        shown = f"'{quoted}'" if " " in quoted else quoted
        return f"host={LOCALHOST} port={self.port} dbname={database} user={user} passfile={shown}"

    def create_roles(self) -> None:
        """Make database, roles and schemas, or bring them up to date."""
        variables = "".join(f"\\set {name}_password '{self.secrets.value(name)}'\n" for name in role_names())
        psql = ["psql", "-X", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", self.conninfo(SUPERUSER, "postgres")]
        run_checked("making the database roles", psql, 60, stdin=None, input=variables + ROLES_FILE.read_text())

    def _initialize(self, durable: bool) -> None:
        """Make the data folder beside its place and move it there, so that half of one is never taken for whole."""
        partial, password = self.home / "data.new", self.home / "password"
        shutil.rmtree(partial, ignore_errors=True)
        password.write_text(self.secrets.value(SUPERUSER) + "\n")
        password.chmod(0o600)
        os.chown(password, self.account.uid, self.account.gid)
        command = [str(PROGRAMS / "initdb"), "-D", str(partial), "-U", SUPERUSER, "--data-checksums",
                   "--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--locale=C.UTF-8"]
        try:
            run_checked("initdb", command + ([] if durable else ["--no-sync"]), 120, cwd="/", **self.account.options())
        finally:
            password.unlink()
        with (partial / "postgresql.conf").open("a") as file:
            file.write("\ninclude 'kervan.conf'\n")
        partial.rename(self.data)

    def _write_configuration(self, settings: dict[str, str]) -> None:
        """The settings of the stack, those of the caller last."""
        own = {"listen_addresses": LOCALHOST, "port": str(self.port), "unix_socket_directories": str(self.socket_dir)}
        lines = [f"{name} = '{value}'" for name, value in (DEFAULTS | own | settings).items()]
        if any("'" in value or "\n" in value for value in (own | settings).values()):
            raise StackError("a PostgreSQL setting or the path of the run folder holds a quote; choose another")
        path = self.data / "kervan.conf"
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o644)
