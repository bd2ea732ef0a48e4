"""settings.py - where a stack lives and on which ports, from the environment, checked before anything starts.

    KERVAN_RUN_DIR      folder of everything that runs (.run)
    KERVAN_BUILD        folder of the programs that run: a lane of make (build/dev)
    KERVAN_CACHE_DIR    folder of what is fetched once (~/.cache/kervan)
    KERVAN_PORT_BASE    take ports from here upwards, in the order below and then of services.txt
    KERVAN_PG_PORT      PostgreSQL (15432)
    KERVAN_KAFKA_PORT   Kafka (19092), and KERVAN_KAFKA_CONTROLLER_PORT for itself (19093)
    and the port variable of each line of services.txt
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from basics import SOCKET_PATH_LIMIT, Account, StackError, bind_problem, path_hash
from service_table import Service, read_services

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("KERVAN_BUILD", "build/dev")
SERVER_PORTS = {"KERVAN_PG_PORT": 15432, "KERVAN_KAFKA_PORT": 19092, "KERVAN_KAFKA_CONTROLLER_PORT": 19093}
LONGEST_SOCKET_NAME = len("/pg-socket/.s.PGSQL.65535.lock")
MARKER = ".kervan-run"


def cache_dir() -> Path:
    """The folder of what is fetched once for all checkouts."""
    given = os.environ.get("KERVAN_CACHE_DIR")
    return Path(given).absolute() if given else Path(os.environ.get("HOME", "/root")) / ".cache" / "kervan"


def run_dir() -> Path:
    """The folder of everything that runs."""
    folder = (ROOT / os.environ.get("KERVAN_RUN_DIR", ".run")).absolute()
    if any(letter in str(folder) for letter in "\"'\\\n%"):
        raise StackError(f"KERVAN_RUN_DIR: {folder} holds a quote, a backslash or a percent sign; take another")
    return folder


def port_of(variable: str, default: int) -> int:
    """A port from the environment."""
    text = os.environ.get(variable) or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise StackError(f"{variable}={text} is no port; set a number from 1 to 65535")
    return int(text)


@dataclass(frozen=True)
class Settings:
    """One stack: its folders, its ports by variable, its services."""

    run_dir: Path
    cache_dir: Path
    ports: dict[str, int]
    services: list[Service]

    @property
    def log_dir(self) -> Path:
        """Where every program writes."""
        return self.run_dir / "log"

    def port(self, variable: str) -> int:
        """The port that a variable stands for."""
        return self.ports[variable]


def load_settings() -> Settings:
    """Read the environment and the table of services."""
    services = read_services(Path(os.environ.get("KERVAN_SERVICES_FILE", ROOT / "deploy/dev/services.txt")))
    defaults = SERVER_PORTS | {variable: port for service in services for variable, port in service.ports.items()}
    base = port_of("KERVAN_PORT_BASE", 0xFFFF) if os.environ.get("KERVAN_PORT_BASE") else None
    ports: dict[str, int] = {}
    for index, (variable, default) in enumerate(defaults.items()):
        port = port_of(variable, default if base is None else base + index)
        twin = next((name for name, taken in ports.items() if taken == port), None)
        if twin:
            raise StackError(f"{twin} and {variable} are both {port}; set {variable} to another port")
        ports[variable] = port
    return Settings(run_dir(), cache_dir(), ports, services)


def check_ports(settings: Settings, ours: Iterable[int]) -> None:
    """Raise when a port cannot be listened on; those of the stack that runs already are its own."""
    problems = []
    for variable, port in settings.ports.items():
        problem = None if port in ours else bind_problem(port)
        if problem:
            problems.append(f"port {port} cannot be used ({problem}); set {variable} to another port, "
                            f"or KERVAN_PORT_BASE to move all of them")
    if problems:
        raise StackError("\n".join(problems))


def prepare_run_dir(settings: Settings) -> None:
    """Make the folder with its marker, by which `clean` knows it."""
    folder = settings.run_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / MARKER).exists() and any(folder.iterdir()):
            raise StackError(f"{folder} holds files of something else; set KERVAN_RUN_DIR to an empty or new folder")
        folder.chmod(0o755)
        (folder / MARKER).touch()
        settings.log_dir.mkdir(exist_ok=True)
    except PermissionError as error:
        raise StackError(
            f"{folder} cannot be written ({error.strerror}); set KERVAN_RUN_DIR to a folder of yours") from error


def socket_dir(settings: Settings, account: Account) -> Path:
    """A folder for Unix sockets: the run folder, or a short one where its path is too long or closed to the server."""
    folder = settings.run_dir
    if len(str(folder)) + LONGEST_SOCKET_NAME <= SOCKET_PATH_LIMIT and account.reaches(folder):
        return folder
    remembered = folder / "socket-dir"
    if remembered.exists() and Path(remembered.read_text().strip()).is_dir():
        return Path(remembered.read_text().strip())
    place = os.environ.get("XDG_RUNTIME_DIR", "")
    usable = place and os.access(place, os.W_OK) and account.reaches(Path(place)) and len(place) < 60
    short = Path(tempfile.mkdtemp(prefix="kervan-", dir=place if usable else "/tmp"))
    short.chmod(0o711)
    remembered.write_text(f"{short}\n")
    return short


def postgres_home(settings: Settings, account: Account) -> Path:
    """The folder of PostgreSQL: under the run folder, unless its account cannot pass through to there."""
    if account.reaches(settings.run_dir):
        return settings.run_dir / "pg"
    home = Path("/var/lib/kervan-dev") / path_hash(settings.run_dir)
    home.parent.mkdir(mode=0o755, exist_ok=True)
    return home


def remember_ports(settings: Settings) -> None:
    """Keep what this stack runs on, for the next command."""
    (settings.run_dir / "ports.json").write_text(json.dumps(settings.ports, indent=1) + "\n")


def remembered_ports(folder: Path) -> dict[str, int]:
    """What the stack in this folder was started with."""
    try:
        return dict(json.loads((folder / "ports.json").read_text()))
    except (OSError, ValueError):
        return {}
