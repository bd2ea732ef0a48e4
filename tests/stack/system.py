"""system.py - the whole of Kervan for a test: what `make run` starts, in a folder and on ports of its own.

    with System() as system:
        reply = system.post_order(system.order("ref-1"))
        system.wait_over([reply.data["id"]], 30)
        system.assert_sound()

supervisord holds the programs, so what a test kills comes back by itself, as it does under `make run`.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy" / "dev"), str(ROOT / "tests" / "checker")]
from basics import LOCALHOST, StackError, end_processes, free_ports, marked_processes  # noqa: E402
from basics import run_checked, wait_until  # noqa: E402
from bring_up import COMMAND_LINE, Stack  # noqa: E402
from evidence import Answer  # noqa: E402
from gather import Addresses, await_rest, gather, read_books  # noqa: E402
from judge import Verdict, findings_of, judge, report  # noqa: E402
from service_table import read_services  # noqa: E402
from settings import SERVER_PORTS, Settings, cache_dir, prepare_run_dir  # noqa: E402

SERVICES_FILE = Path(os.environ.get("KERVAN_SERVICES_FILE", ROOT / "deploy/dev/services.txt"))
STANDINS = ("payment_provider", "carrier", "mail_catcher")
SCOPES = ("orders:read,orders:write,inventory:read,inventory:write,payments:read,payments:write,"
          "fulfillments:read,fulfillments:write,shipments:read,shipments:write,tasks:read,tasks:write,"
          "customers:read,customers:write,customers:tokens,customers:erase,admin")
LANES = 12
PRICE_MINOR, SHIPPING_MINOR = 1999, 490
ADDRESS = {"name": "Ada Lovelace", "line1": "Invalidenstr. 117", "city": "Berlin", "postal_code": "10115",
           "country": "DE"}
OVER = ("completed", "rejected", "canceled", "expired")
BACK_TIMEOUT_S = 60
# Mails whose answer a death may lose, at most: they may come again, and the judge is told so.
MAILS_IN_THE_AIR = {"notification": 64, "mail_catcher": 64}
AWAY = (502, 503, 504)
Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; 0 when none came."""

    status: int
    headers: dict[str, str]
    data: Any


class BuiltStack(Stack):
    """The stack of `make run` without its build: what is tested was built before."""

    def _build(self) -> None:
        """Nothing to do."""


def figures_at(url: str) -> dict[str, float]:
    """The metrics of a process, by name and labels as they are written."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        lines = [line for line in answer.read().decode().splitlines() if not line.startswith("#")]
    return {sample: float(value) for sample, _, value in (line.rpartition(" ") for line in lines)}


@contextmanager
def quiet(name: str) -> Iterator[None]:
    """Steps of the start are only named when they fail."""
    try:
        yield
    except BaseException:
        print(f"the system did not come up: {name}", file=sys.stderr)
        raise


@dataclass
class System:
    """Everything that runs, its addresses, and what a storefront would do with it."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="kervan-system-", dir="/tmp")))
    answers: list[Answer] = field(default_factory=list)
    key: str = ""
    mail_copies: int = 0

    def __post_init__(self) -> None:
        """Know every part; nothing is started yet."""
        self.folder.chmod(0o711)
        services = read_services(SERVICES_FILE)
        variables = [*SERVER_PORTS, *(name for service in services for name in service.ports)]
        ports = dict(zip(variables, free_ports(len(variables)), strict=True))
        self.settings = Settings(self.folder / "run", cache_dir(), ports, services)
        self._threads = threading.local()
        self._connections: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def __enter__(self) -> System:
        """Start, or leave nothing behind."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Stop and remove everything; after a failure the logs stay when KERVAN_KEEP is set."""
        try:
            if error is None:
                self.end_in_order()
        finally:
            self.close(keep=error is not None and "KERVAN_KEEP" in os.environ)

    # What runs.

    def start(self) -> None:
        """Servers, schemas, topics, stand-ins, services, and a key for the channel web."""
        prepare_run_dir(self.settings)
        self.stack = self.make_stack()
        self.stack.bring_up(quiet)
        self.key = self.new_key("--channel", "web", "--scopes", SCOPES)

    def new_key(self, *words: str) -> str:
        """An API key, made with the command line."""
        return run_checked("making an API key", [str(COMMAND_LINE), "key", "create", *words], 30,
                           env=os.environ | self.stack.all_addresses()).split()[-1]

    def make_stack(self) -> Stack:
        """The stack that is brought up; a lab may want another."""
        return BuiltStack(self.settings)

    def end_in_order(self) -> None:
        """SIGTERM for each service, callers before those they call; all must drain and end with status 0."""
        for name in reversed(self.services):
            self.stop(name)
        ends = {name: self.stack.supervisor.states()[name]["exitstatus"] for name in self.services}
        if any(ends.values()):
            raise AssertionError(f"on SIGTERM services ended with {ends}; see {self.settings.log_dir}")

    def close(self, keep: bool = False) -> None:
        """End every process that was started, and remove the folder."""
        self.end_all()
        if keep:
            print(f"the logs are in {self.settings.log_dir}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def end_all(self) -> None:
        """End every process that was started, at once."""
        self.hang_up()
        supervisor = self.stack.supervisor.pid() if hasattr(self, "stack") else None
        if supervisor is not None:
            os.kill(supervisor, signal.SIGKILL)  # first, or it would start again what ends
        end_processes(marked_processes(str(self.settings.run_dir)), 0)

    @property
    def services(self) -> list[str]:
        """Our own programs, without the stand-ins."""
        return [service.name for service in self.settings.services if service.name not in STANDINS]

    def address(self, name: str) -> str:
        """The HTTP address of a service or a stand-in."""
        return self.stack.address(next(one for one in self.settings.services if one.name == name))

    def pid(self, name: str) -> int:
        """The process that supervisord holds under a name; 0 while there is none."""
        return int(self.stack.supervisor.states()[name]["pid"])

    def kill(self, name: str) -> None:
        """kill -9, and wait until another process has its place and is ready."""
        old = self.pid(name)
        self.mail_copies += MAILS_IN_THE_AIR.get(name, 0)
        os.kill(old, signal.SIGKILL)
        wait_until(f"another process for {name}", BACK_TIMEOUT_S, lambda: self.pid(name) not in (0, old))
        wait_until(f"the return of {name}", BACK_TIMEOUT_S, lambda: self.stack.is_ready(name), self.log(name))

    def stop(self, name: str) -> None:
        """End a program in good order, and leave it ended."""
        self.stack.supervisor.stop(name)

    def restart(self, name: str) -> None:
        """Start a program that was stopped, and wait until it is ready."""
        self.stack.supervisor.start(name)
        wait_until(f"the return of {name}", BACK_TIMEOUT_S, lambda: self.stack.is_ready(name), self.log(name))

    def log(self, name: str) -> Path:
        """Where a program writes."""
        return self.settings.log_dir / f"{name}.log"

    def figures(self, name: str) -> dict[str, float]:
        """The metrics of a service."""
        return figures_at(self.address(name))

    # What a caller does.

    def request(self, method: str, path: str, body: Body | None = None, **headers: str) -> Reply:
        """One request to the gateway over this thread's kept connection."""
        place = urllib.parse.urlsplit(self.address("gateway")).netloc
        text = None if body is None else json.dumps(body).encode()
        fields = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()}
        kept = getattr(self._threads, "connection", None)
        try:
            return self._exchange(kept or self._connect(place), method, path, text, fields)
        except (http.client.RemoteDisconnected, ConnectionError):
            if kept is None:
                return Reply(0, {}, None)
        except (OSError, http.client.HTTPException):
            return Reply(0, {}, None)
        return self.request(method, path, body, **headers)  # the kept one had been idle for too long

    def _exchange(self, connection: http.client.HTTPConnection, method: str, path: str, text: bytes | None,
                  fields: dict[str, str]) -> Reply:
        """One request and its answer; a connection that fails is forgotten."""
        try:
            connection.request(method, path, text, fields)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            self._threads.connection = None
            raise
        kind = answer.headers.get_content_type()
        return Reply(answer.status, dict(answer.headers), json.loads(data) if "json" in kind and data else data)

    def _connect(self, place: str) -> http.client.HTTPConnection:
        """A connection that this thread keeps."""
        self._threads.connection = http.client.HTTPConnection(place, timeout=40)
        with self._lock:
            self._connections.append(self._threads.connection)
        return self._threads.connection

    def hang_up(self) -> None:
        """Close the kept connections of all threads, which must be idle; they open again when they are used."""
        for connection in self._connections:
            connection.close()

    def sure(self, method: str, path: str, body: Body | None = None, **headers: str) -> Reply:
        """A request that must succeed."""
        reply = self.request(method, path, body, **headers)
        if not 200 <= reply.status < 300:
            raise AssertionError(f"{method} {path} was answered with {reply.status}: {reply.data}")
        return reply

    def add_place(self, code: str, automatic: bool = True) -> None:
        """A warehouse; an automatic one picks and packs without people."""
        self.sure("PUT", f"/v1/locations/{code}", {"name": code, "kind": "warehouse", "address": ADDRESS,
                                                   "automatic": automatic})

    def add_stock(self, sku: str, **pieces: int) -> None:
        """An item, and so many pieces of it at places; an underscore in a place's name stands for a dash."""
        self.sure("PUT", f"/v1/items/{sku}", {"name": sku, "weight_grams": 250})
        for place, quantity in pieces.items():
            self.sure("POST", "/v1/stock/adjustments",
                      {"sku": sku, "location": place.replace("_", "-"), "quantity_change": quantity,
                       "reason": "received"}, Idempotency_Key=f"{sku}-{place}-{quantity}")

    def order(self, ref: str, *lines: tuple[str, int], token: str = "tok_ok", email: str = "") -> Body:
        """The body of an order: of lines (sku, quantity), or of one piece of DEMO-1."""
        items = lines or (("DEMO-1", 1),)
        total = sum(quantity * PRICE_MINOR for _, quantity in items) + SHIPPING_MINOR
        return {"channel": "web", "channel_order_ref": ref, "currency": "EUR",
                "customer": {"name": "Ada Lovelace", "email": email or f"{ref}@shop.example", "locale": "en"},
                "ship_to": ADDRESS, "total_minor": total,
                "lines": [{"sku": sku, "quantity": quantity, "unit_price_minor": PRICE_MINOR}
                          for sku, quantity in items],
                "shipping": {"service": "standard", "price_minor": SHIPPING_MINOR},
                "payment": {"method": "card", "token": token}}

    def post_order(self, body: Body, until: str = "", wait_s: float = 2) -> Reply:
        """Submit an order once; what was answered is remembered for the judge."""
        query = f"?until={until}" if until else ""
        reply = self.request("POST", f"/v1/orders{query}", body, Prefer=f"wait={wait_s:g}")
        if reply.status in (200, 201, 202):
            with self._lock:
                self.answers.append(Answer(reply.data["id"], reply.status))
        return reply

    def submit(self, body: Body, wait_s: float = 2, patience_s: float = 60) -> Reply:
        """Submit an order as a storefront does: while nobody can answer it is repeated under the same name."""
        end = time.monotonic() + patience_s
        while (reply := self.post_order(body, wait_s=wait_s)).status in (0, *AWAY) and time.monotonic() < end:
            time.sleep(0.1)
        return reply

    def submit_all(self, bodies: list[Body], at_once: int = 16) -> list[Reply]:
        """Submit many orders side by side."""
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(self.submit, bodies))

    def get_order(self, order_id: str) -> Body:
        """The single view."""
        return dict(self.sure("GET", f"/v1/orders/{order_id}").data)

    def timeline(self, order_id: str) -> list[Body]:
        """Every fact of an order."""
        data = self.sure("GET", f"/v1/orders/{order_id}/timeline").data
        return list(data["items"] if isinstance(data, dict) else data)

    def wait_status(self, ids: list[str], timeout_s: float, *statuses: str) -> dict[str, str]:
        """Wait until every order has one of the statuses; return them."""
        found: dict[str, str] = {}

        def all_there() -> bool:
            for order_id in ids:
                if found.get(order_id) not in statuses:
                    reply = self.request("GET", f"/v1/orders/{order_id}")
                    found[order_id] = reply.data["status"] if reply.status == 200 else f"HTTP {reply.status}"
                    if found[order_id] not in statuses:
                        return False
            return True

        try:
            wait_until(f"{' or '.join(statuses)} of {len(ids)} orders", timeout_s, all_there)
        except StackError as error:
            left = {order_id: self._where(order_id) for order_id in ids if found.get(order_id) not in statuses}
            raise AssertionError(f"{error}; left: {dict(list(left.items())[:5])}") from error
        return found

    def wait_over(self, ids: list[str], timeout_s: float) -> dict[str, str]:
        """Wait until every order has ended; return how."""
        return self.wait_status(ids, timeout_s, *OVER)

    def _where(self, order_id: str) -> list[str]:
        """What an order went through, for a failure's report."""
        reply = self.request("GET", f"/v1/orders/{order_id}/timeline")
        items = reply.data["items"] if isinstance(reply.data, dict) and "items" in reply.data else []
        return [entry["type"] for entry in items] or [f"HTTP {reply.status}: {reply.data}"]

    # What the world outside and the judge say.

    def books(self, standin: str) -> list[Body]:
        """The rows of a stand-in's books."""
        return read_books(self.address(standin))

    def mails(self, recipient: str) -> list[Body]:
        """Mails to somebody, as they arrived."""
        return [mail for mail in self.books("mail_catcher") if recipient in mail["to"]]

    def addresses(self) -> Addresses:
        """Where the judge finds its evidence."""
        return Addresses(self.stack.postgres.conninfo("owner"), self.stack.kafka.bootstrap, LANES,
                         {name: self.address(name) for name in STANDINS})

    def verdicts(self, at_rest: bool = True, patience_s: float = 30) -> list[Verdict]:
        """Everything that must hold, judged from outside."""
        addresses = self.addresses()
        if at_rest and (left := await_rest(addresses.postgres, patience_s)):
            print(f"not at rest: {'; '.join(left[:10])}", file=sys.stderr)
        evidence = gather(addresses)
        evidence.answers = list(self.answers)
        evidence.mail_copies = self.mail_copies
        return judge(evidence, at_rest)

    def assert_sound(self, at_rest: bool = True) -> None:
        """Nothing that must hold is broken, and everything could be judged."""
        verdicts = self.verdicts(at_rest)
        if findings_of(verdicts) or any(verdict.missing for verdict in verdicts):
            raise AssertionError("\n" + report(verdicts))


def kcat(arguments: list[str], text: str) -> str:
    """Run kcat with some input, as a shell would."""
    done = subprocess.run(["kcat", *arguments], input=text, text=True, capture_output=True, timeout=30, check=False)
    if done.returncode != 0:
        raise AssertionError(f"kcat {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def kafka_address(system: System) -> str:
    """The broker, for tools."""
    return f"{LOCALHOST}:{system.settings.port('KERVAN_KAFKA_PORT')}"
