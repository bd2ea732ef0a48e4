"""bring_up.py - the steps from an empty folder to a running stack; each does nothing when it is done already."""

from __future__ import annotations

import http.client
import os
import shlex
import subprocess
import time
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from basics import LOCALHOST, StackError, log_tail, run_checked, server_account, wait_until
from kafka_server import KafkaJars, KafkaServer
from postgres_server import PostgresServer, role_names
from secret_store import SecretStore
from service_table import SERVERS, Service, fill
from settings import BUILD, ROOT, Settings, postgres_home, remember_ports, socket_dir
from supervisor import Program, Supervisor

COMMAND_LINE = BUILD / "bin/kervan"
DEMO = ROOT / "deploy/dev/demo.py"
GATEWAY = "gateway"
CHANNEL = "web"
LANES = "12"
READY_TIMEOUT_S = 60
GIVE_UP_AFTER_S = 30
BUILD_TIMEOUT_S = 1800
MIGRATE_TIMEOUT_S = 300
DEMO_TIMEOUT_S = 120
# API keys that demo.py makes, as .run/env names them.
API_KEYS = {"KERVAN_KEY": "demo-key", "KERVAN_STAFF_KEY": "staff-key"}
# Values of Authorization headers, each from the key of a stand-in.
AUTHORIZATIONS = {"payment-authorization": "payment-provider-key", "carrier-authorization": "carrier-key"}
# Where services look for those outside: scheme, the stand-in's name, which of its ports.
OUTSIDE = {
    "KERVAN_PAYMENT_URL": ("http", "payment_provider", 0),
    "KERVAN_CARRIER_URL": ("http", "carrier", 0),
    "KERVAN_SMTP_URL": ("smtp", "mail_catcher", 1),
}
# Given to every program when they are set here.
TRACING = ("KERVAN_OTLP_URL", "OTEL_EXPORTER_OTLP_ENDPOINT", "KERVAN_OTLP_AUTHORIZATION", "KERVAN_TRACE_PERCENT")
OF_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
Phase = Callable[[str], AbstractContextManager[None]]


def answers_200(url: str) -> bool:
    """Does the address answer that all is well?"""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError, http.client.HTTPException):  # nonsense comes from a port that is not its own yet
        return False


class Stack:
    """The servers and services of one run folder."""

    def __init__(self, settings: Settings) -> None:
        """Know every part; nothing is started yet."""
        self.settings = settings
        account = server_account()
        sockets = socket_dir(settings, account)
        self.secrets = SecretStore(settings.run_dir / "secrets")
        self.postgres = PostgresServer(postgres_home(settings, account), settings.port("KERVAN_PG_PORT"),
                                       self.secrets, sockets / "pg-socket")
        self.kafka = KafkaServer(settings.run_dir / "kafka", settings.port("KERVAN_KAFKA_PORT"),
                                 settings.port("KERVAN_KAFKA_CONTROLLER_PORT"), KafkaJars(settings.cache_dir),
                                 settings.log_dir / "kafka-server.log")
        self.supervisor = Supervisor(settings.run_dir, sockets, settings.log_dir)
        self.server_settings: dict[str, dict[str, str]] = {"postgres": {}, "kafka": {}}

    def bring_up(self, phase: Phase) -> list[str]:
        """Do every step; return the names of what was not running before."""
        with phase("kafka jars"):
            self.kafka.jars.ensure()
        with phase("build"):
            self._build()
        with phase("prepare"):
            self.postgres.prepare(self.server_settings["postgres"])
            self.kafka.prepare(self.server_settings["kafka"])
            self._write_authorizations()
            self.supervisor.write(self.programs())
            self.supervisor.ensure()
            remember_ports(self.settings)
        started = self._start_servers(phase)
        with phase("database roles"):
            self.postgres.create_roles()
        if COMMAND_LINE.exists():
            with phase("migrate"):
                self._command_line("migrate")
            with phase("topics"):
                self._command_line("topics", "--channel", CHANNEL)
        started += self._start_services(phase)
        self._write_environment()
        if GATEWAY in self.service_names():
            with phase("demo data"):
                run_checked("loading the demo data", [str(DEMO)], DEMO_TIMEOUT_S,
                            env=os.environ | self.all_addresses() | {"KERVAN_SECRETS": str(self.secrets.folder)})
            self._write_environment()
        return started

    def service_names(self) -> list[str]:
        """The names in services.txt."""
        return [service.name for service in self.settings.services]

    def programs(self) -> list[Program]:
        """Everything that supervisord holds."""
        account = self.postgres.account
        servers = [
            Program("postgres", self.postgres.command(), user=account.name if account.borrowed else "",
                    stop_signal="INT", priority=100),
            Program("kafka", self.kafka.command(), folder=self.settings.run_dir, priority=100)]
        return servers + [self._program(service) for service in self.settings.services]

    def is_ready(self, name: str) -> bool:
        """Does the program do its work?"""
        if name == "postgres":
            return self.postgres.is_ready()
        if name == "kafka":
            return self.kafka.is_ready()
        service = next(one for one in self.settings.services if one.name == name)
        return answers_200(self.address(service) + service.ready)

    def address(self, service: Service) -> str:
        """A service's own HTTP address."""
        return f"http://{LOCALHOST}:{self.settings.port(service.port_variable)}"

    def addresses(self, names: list[str]) -> dict[str, str]:
        """The addresses of what is named, as variables."""
        values = {"KERVAN_LANES": LANES}
        if "kafka" in names:
            values["KERVAN_KAFKA"] = self.kafka.bootstrap
        for service in self.settings.services:
            if service.name not in names:
                continue
            if service.name == GATEWAY:
                values["KERVAN_URL"] = self.address(service)
            outside = [variable for variable, (_, name, _) in OUTSIDE.items() if name == service.name]
            for variable in outside:
                scheme, _, index = OUTSIDE[variable]
                values[variable] = f"{scheme}://{LOCALHOST}:{self.settings.port(list(service.ports)[index])}"
            if not outside:
                values[f"KERVAN_{service.name.upper()}_API"] = self.address(service)
        return values

    def all_addresses(self) -> dict[str, str]:
        """Every address of the stack."""
        values = self.addresses(["kafka", *self.service_names()])
        return values | {f"KERVAN_PG_{name.upper()}": self.postgres.conninfo(name) for name in role_names()}

    def _build(self) -> None:
        """Build everything; make runs on its own, apart from the one that called us."""
        environment = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
        log = self.settings.log_dir / "build.log"
        with log.open("w") as file:
            try:
                status = subprocess.run(["make", f"LANE={BUILD.name}", "all"], cwd=ROOT, check=False, stdout=file,
                                        stderr=file, stdin=subprocess.DEVNULL, timeout=BUILD_TIMEOUT_S,
                                        env=environment).returncode
            except subprocess.TimeoutExpired as error:
                raise StackError(f"the build took longer than {BUILD_TIMEOUT_S} s; see {log}") from error
        if status != 0:
            raise StackError(f"`make LANE={BUILD.name} all` failed; the end of {log}:\n{log_tail(log, 30)}")

    def _start_servers(self, phase: Phase) -> list[str]:
        """Start both servers at once and wait for each."""
        started = [name for name in ("postgres", "kafka") if self.supervisor.start(name)]
        logs = {"postgres": self.settings.log_dir / "postgres.log", "kafka": self.kafka.log}
        for name, log in logs.items():
            with phase(name):
                self._await(name, log)
        return started

    def _start_services(self, phase: Phase) -> list[str]:
        """Start all whose needs are ready at once, wait for each, and go on with those that need them."""
        waiting, ready, started = list(self.settings.services), set(SERVERS), []
        while waiting:  # ends: the table is in order
            wave = [service for service in waiting if ready.issuperset(service.needs)]
            started += [service.name for service in wave if self._launch(service)]
            for service in wave:
                with phase(service.name):
                    self._await(service.name, self.settings.log_dir / f"{service.name}.log")
            ready.update(service.name for service in wave)
            waiting = [service for service in waiting if service.name not in ready]
        return started

    def _launch(self, service: Service) -> bool:
        """Start a service, or start it again when its program was built since; whether it was started."""
        entry = self.supervisor.states()[service.name]
        program = ROOT / shlex.split(service.command)[0].replace("$KERVAN_BUILD", str(BUILD))
        if entry["statename"] == "RUNNING" and program.exists() and program.stat().st_mtime > entry["start"]:
            self.supervisor.stop(service.name)
        return self.supervisor.start(service.name)

    def _await(self, name: str, log: Path) -> None:
        """Wait until a program is ready; one that keeps ending is given up earlier."""
        deadline = time.monotonic() + GIVE_UP_AFTER_S

        def ready() -> bool:
            if self.is_ready(name):
                return True
            state = self.supervisor.states()[name]["statename"]
            if state == "FATAL" or (state == "BACKOFF" and time.monotonic() > deadline):
                raise StackError(f"{name} ends again and again; the end of {log}:\n{log_tail(log)}")
            return False

        wait_until(f"the start of {name}", READY_TIMEOUT_S, ready, log)

    def _command_line(self, *words: str) -> None:
        """Let the kervan command do its part, as the owner."""
        run_checked(f"kervan {words[0]}", [str(COMMAND_LINE), *words], MIGRATE_TIMEOUT_S, cwd=ROOT,
                    env=os.environ | self.all_addresses())

    def _program(self, service: Service) -> Program:
        """A service as supervisord starts it."""
        values = self.addresses(service.needs) | {
            "KERVAN_INSTANCE": f"{service.name}-1",
            "KERVAN_HTTP_PORT": str(self.settings.port(service.port_variable))}
        if "postgres" in service.needs:
            values["KERVAN_PG"] = self.postgres.conninfo(service.name)
        known = {variable: str(port) for variable, port in self.settings.ports.items()}
        known |= {"KERVAN_SECRETS": str(self.secrets.folder), "KERVAN_RUN_DIR": str(self.settings.run_dir),
                  "KERVAN_BUILD": str(BUILD)}
        values |= {name: os.environ[name] for name in TRACING if os.environ.get(name)}
        values |= {name: self._filled(text, known, service) for name, text in service.environment.items()}
        words = [self._filled(word, values | known, service) for word in shlex.split(service.command)]
        words[0] = str(ROOT / words[0])
        return Program(service.name, words, values, ROOT)

    def _filled(self, text: str, values: dict[str, str], service: Service) -> str:
        """Put in the values; a file of the secrets' folder is made when it is first named."""
        filled = fill(text, values, f"services.txt, {service.name}")
        folder = f"{self.secrets.folder}/"
        if filled.startswith(folder):
            self.secrets.path(filled.removeprefix(folder))
        return filled

    def _write_authorizations(self) -> None:
        """The headers that the outside lets our services in by."""
        for name, key in AUTHORIZATIONS.items():
            self.secrets.write(name, f"Bearer {self.secrets.value(key)}")

    def _write_environment(self) -> None:
        """Leave addresses and keys for shells and tools."""
        values = self.all_addresses() | {"KERVAN_SECRETS": str(self.secrets.folder)}
        values |= {variable: self.secrets.value(name) for variable, name in API_KEYS.items()
                   if (self.secrets.folder / name).exists()}
        text = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(values.items()))
        path = self.settings.run_dir / "env"
        path.touch(mode=0o600)
        path.write_text(text)
