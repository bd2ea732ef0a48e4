"""supervisor.py - the private supervisord that starts the stack's programs and starts again what dies."""

from __future__ import annotations

import os
import subprocess
import xmlrpc.client
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from basics import STACK_VARIABLE, StackError, read_pid, wait_until
from supervisor_transport import make_proxy

SUPERVISORD = ("/usr/bin/python3", "-P", str(Path(__file__).with_name("supervisord.py")))
START_TIMEOUT_S = 15
STOP_TIMEOUT_S = 90
GOING = ("RUNNING", "STARTING", "BACKOFF")  # the last: it ended too early, and is started again by itself


@dataclass(frozen=True)
class Program:
    """One program for supervisord."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    folder: Path = Path("/")
    user: str = ""
    stop_signal: str = "TERM"
    stop_wait_s: int = 35
    priority: int = 500

    def section(self, log_dir: Path) -> str:
        """Its part of the configuration."""
        command = " ".join(quoted(part) for part in self.command)
        variables = ",".join(f"{name}={quoted(value)}" for name, value in sorted(self.environment.items()))
        lines = [f"[program:{self.name}]", f"command={command}", f"directory={escaped(str(self.folder))}",
                 "autostart=false", "autorestart=true", "startsecs=1", "startretries=100",
                 f"stopsignal={self.stop_signal}", f"stopwaitsecs={self.stop_wait_s}", f"priority={self.priority}",
                 "redirect_stderr=true", f"stdout_logfile={log_dir}/{self.name}.log",
                 "stdout_logfile_maxbytes=20MB", "stdout_logfile_backups=2"]
        lines += [f"environment={variables}"] if variables else []
        lines += [f"user={self.user}"] if self.user else []
        return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Supervisor takes a percent sign for the start of a variable."""
    if "\n" in text or '"' in text:
        raise StackError(f"a command or variable of the stack may not hold a double quote or a line end: {text}")
    return text.replace("%", "%%")


def quoted(text: str) -> str:
    """A word of a command or a value, in supervisor's quotes, which know the backslash."""
    return '"' + escaped(text).replace("\\", "\\\\") + '"'


class Supervisor:
    """One supervisord: its configuration, its socket, its process."""

    def __init__(self, folder: Path, sockets: Path, log_dir: Path) -> None:
        """Say where everything of it is."""
        self.configuration = folder / "supervisord.conf"
        self.pid_file = folder / "supervisord.pid"
        self.socket = sockets / "supervisor.sock"
        self.log_dir = log_dir
        self.mark = str(folder)

    def pid(self) -> int | None:
        """Its process while it lives."""
        return read_pid(self.pid_file)

    def write(self, programs: list[Program]) -> None:
        """Write the configuration, readable for us alone."""
        head = [
            "[supervisord]", f"pidfile={self.pid_file}", f"logfile={self.log_dir}/supervisord.log",
            "logfile_maxbytes=5MB", "logfile_backups=1", f"childlogdir={self.log_dir}", "umask=022",
            f"environment={STACK_VARIABLE}={quoted(self.mark)}", *(["user=root"] if os.geteuid() == 0 else []),
            "[unix_http_server]", f"file={self.socket}", "chmod=0600",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
            "[supervisorctl]", f"serverurl=unix://{self.socket}"]
        text = "\n".join(head) + "\n\n" + "\n".join(program.section(self.log_dir) for program in programs)
        self.configuration.unlink(missing_ok=True)
        with os.fdopen(os.open(self.configuration, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)

    def ensure(self) -> None:
        """Start it, or let the running one take over what changed in the configuration."""
        if self.pid() is not None:
            self._update()
            return
        self.socket.unlink(missing_ok=True)
        subprocess.run([*SUPERVISORD, "-c", str(self.configuration)], check=True, timeout=START_TIMEOUT_S,
                       env=os.environ | {STACK_VARIABLE: self.mark}, stdin=subprocess.DEVNULL, cwd="/")
        wait_until("the start of supervisord", START_TIMEOUT_S, self._answers, self.log_dir / "supervisord.log")

    def ask(self, method: str, *arguments: Any) -> Any:
        """One question over its socket."""
        with make_proxy(self.socket) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)

    def states(self) -> dict[str, dict[str, Any]]:
        """What it knows of each program: statename, pid, start ..."""
        return {entry["name"]: entry for entry in self.ask("getAllProcessInfo")}

    def start(self, name: str) -> bool:
        """Start a program unless it runs, or is tried again anyway; tell whether that was needed."""
        if self.states()[name]["statename"] in GOING:
            return False
        try:
            self.ask("startProcess", name, False)
        except xmlrpc.client.Fault as fault:
            raise StackError(f"{name} cannot be started: {fault.faultString}; see {self.log_dir / name}.log") from fault
        return True

    def stop(self, name: str) -> None:
        """Stop a program if it runs, and wait for its end."""
        if self.states()[name]["statename"] in GOING:
            self.ask("stopProcess", name, True)

    def shut_down(self) -> None:
        """Stop all programs and supervisord itself."""
        if self.pid() is None:
            return
        self.ask("shutdown")
        log = self.log_dir / "supervisord.log"
        wait_until("the end of supervisord", STOP_TIMEOUT_S, lambda: self.pid() is None, log)

    def _answers(self) -> bool:
        try:
            return bool(self.ask("getState")["statename"] == "RUNNING")
        except OSError:
            return False

    def _update(self) -> None:
        """Take new programs in, put gone ones out, and do both with changed ones."""
        added, changed, removed = self.ask("reloadConfig")[0]
        for name in changed + removed:
            self.ask("stopProcessGroup", name)
            self.ask("removeProcessGroup", name)
        for name in added + changed:
            self.ask("addProcessGroup", name)
