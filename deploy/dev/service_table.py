"""service_table.py - reads services.txt, the list of what `make run` starts beside PostgreSQL and Kafka."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from string import Template

from basics import StackError

SERVERS = ("postgres", "kafka")
COLUMNS = ("name", "command", "ports", "ready", "needs", "environment")


@dataclass(frozen=True)
class Service:
    """One line of the table; $NAME in command and environment is filled in at start."""

    name: str
    command: str
    ports: dict[str, int]
    ready: str
    needs: list[str]
    environment: dict[str, str]

    @property
    def port_variable(self) -> str:
        """The variable of its own HTTP port, which is named first."""
        return next(iter(self.ports))


def fill(text: str, values: dict[str, str], where: str) -> str:
    """Put values in the place of $NAME."""
    try:
        return Template(text).substitute(values)
    except (KeyError, ValueError) as error:
        raise StackError(f"{where}: nothing is known of {error} in '{text}'") from error


def parse_pairs(text: str, where: str) -> dict[str, str]:
    """NAME=value NAME=value"""
    pairs = {}
    for part in shlex.split(text):
        name, mark, value = part.partition("=")
        if not mark or not re.fullmatch(r"[A-Z][A-Z0-9_]*", name):
            raise StackError(f"{where}: '{part}' is not NAME=value")
        pairs[name] = value
    return pairs


def parse_line(line: str, where: str) -> Service:
    """One line of the table."""
    cells = [cell.strip() for cell in line.split("|")]
    if len(cells) != len(COLUMNS):
        raise StackError(f"{where}: wants {len(COLUMNS)} columns ({', '.join(COLUMNS)}), has {len(cells)}")
    name, command, ports, ready, needs, environment = ("" if cell == "-" else cell for cell in cells)
    if not re.fullmatch(r"[a-z][a-z_]*", name) or name in SERVERS:
        raise StackError(f"{where}: '{name}' cannot name a service")
    numbers = {variable: int(port) for variable, port in parse_pairs(ports, where).items()}
    if not command or not numbers or not ready.startswith("/"):
        raise StackError(f"{where}: {name} wants a command, a port and a path that answers 200 once it is ready")
    return Service(name, command, numbers, ready, needs.split(), parse_pairs(environment, where))


def in_order(services: list[Service], where: str) -> list[Service]:
    """What is needed comes first."""
    done: dict[str, Service] = {}
    waiting = list(services)
    while waiting:
        ready = [one for one in waiting if all(need in done or need in SERVERS for need in one.needs)]
        if not ready:
            names = ", ".join(one.name for one in waiting)
            raise StackError(f"{where}: {names} need each other, or something that is not listed")
        done |= {one.name: one for one in ready}
        waiting = [one for one in waiting if one.name not in done]
    return list(done.values())


def read_services(path: Path) -> list[Service]:
    """The services of the table, those that are needed first."""
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise StackError(f"{path}: {error.strerror}; it lists what to start") from error
    services = [parse_line(line, f"{path}:{number}") for number, line in enumerate(lines, 1)
                if line.strip() and not line.startswith("#")]
    names = [service.name for service in services]
    if len(set(names)) != len(names):
        raise StackError(f"{path}: a name is listed twice")
    return in_order(services, str(path))
