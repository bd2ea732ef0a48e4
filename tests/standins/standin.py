"""What the stand-ins have in common: the program around an API that keeps books.

A stand-in routes its API requests to operations; around them this file puts
faults, early webhooks, the control call, the books' pages and the main loop.
"""
from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import signal
import sys
from itertools import chain, islice
from typing import Any, Awaitable, Callable, Iterable, Iterator, Optional, Union
from urllib.parse import parse_qs

from standin_books import Books, Clock
from standin_faults import ControlError, Fault, Faults, number_in
from standin_http import Answer, Drop, HttpConnection, HttpServer, Reply
from standin_request import Request
from standin_webhooks import WebhookOptions, Webhooks

SWEEP_S = 0.5
LISTEN_BACKLOG = 1024
ROWS_A_SLICE = 200
ROWS_IN_ONE_DOCUMENT = 1000
CONTROL_LIMIT = 64 * 1024

Serve = Callable[[Request], Union[Answer, Awaitable[Answer]]]


class StandIn:
    """Base of all stand-ins. A child names its operations and serves them."""

    name = "stand-in"
    rows_name = "rows"
    operations: tuple[str, ...] = ()

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.books = Books(options.books)
        self.clock = Clock(self.books.flush)
        self.faults = Faults(self.operations)
        self.webhooks: Optional[Webhooks] = None
        self.change_number = 0
        self.public_url = options.public_url.rstrip("/")

    # What a child provides.

    def operation_of(self, request: Request) -> str:
        """The operation that faults are set on."""
        raise NotImplementedError

    def serve(self, request: Request) -> Union[Answer, Awaitable[Answer]]:
        """Acts on an API request."""
        raise NotImplementedError

    def fault_reply(self, kind: str) -> Reply:
        """The API's own shape of `error_500` and `rate_limit`."""
        raise NotImplementedError

    def totals(self) -> dict[str, Any]:
        """Sums over the books."""
        raise NotImplementedError

    def rows(self, since: int) -> Iterator[dict[str, Any]]:
        """The books' rows that changed after `since`."""
        raise NotImplementedError

    def forget(self) -> None:
        """Empties the state in memory."""
        raise NotImplementedError

    def control(self, order: dict[str, Any]) -> dict[str, Any]:
        """Control calls of the child's own; answers what it did."""
        return {}

    def reserve(self, request: Request) -> Optional[Reply]:
        """Marks a request that will take time; a Reply refuses it."""
        return None

    def unreserve(self, request: Request) -> None:
        """Ends what `reserve` marked."""

    def page(self, request: Request) -> Optional[Answer]:
        """Pages outside the API that no fault may touch."""
        return None

    # What they share.

    def next_change(self) -> int:
        """A number for each change, so that readers can ask for what is new."""
        self.change_number += 1
        return self.change_number

    def handle(self, request: Request) -> Union[Answer, Awaitable[Answer]]:
        """Answers any request of the HTTP port."""
        path = request.path
        if path == "/healthz" or path.startswith("/_"):
            return self.handle_own(request)
        page = self.page(request)
        if page is not None:
            self.books.flush()
            return page
        fault = self.faults.take(self.operation_of(request))
        if fault is not None:
            return self.handle_faulty(request, fault)
        return self.settle(self.serve(request))

    def settle(self, answer: Union[Answer, Awaitable[Answer]]) -> Union[Answer, Awaitable[Answer]]:
        """Writes the books; holds the answer back for webhooks that come early."""
        self.books.flush()
        if self.webhooks is None or not self.webhooks.early:
            return answer
        early, self.webhooks.early = self.webhooks.early, []
        return self.after_early(early, answer)

    async def after_early(self, early: list[asyncio.Future[None]],
                          answer: Union[Answer, Awaitable[Answer]]) -> Answer:
        """The answer, once its webhooks have gone out."""
        if self.webhooks is not None:
            await self.webhooks.wait_for_early(early)
        return answer if isinstance(answer, (Reply, Drop)) else await answer

    def handle_faulty(self, request: Request, fault: Fault) -> Union[Answer, Awaitable[Answer]]:
        """Fails as it was told to."""
        if fault.kind == "down":
            reply = Reply(503, b"<html><body><h1>503 Service Unavailable</h1></body></html>\n",
                          b"text/html", b"Retry-After: 1\r\n")
            reply.close = True
            return reply
        if fault.kind in ("error_500", "rate_limit"):
            return self.fault_reply(fault.kind)
        if fault.kind == "slow":
            return self.act_after(request, fault.delay_ms)
        return self.drop_after(request, fault)

    async def act_after(self, request: Request, delay_ms: float) -> Answer:
        """Acts after a delay, whether or not the client still waits."""
        refusal = self.reserve(request)
        if refusal is not None:
            return refusal
        await asyncio.sleep(delay_ms / 1000)
        self.unreserve(request)
        request.slept = True
        answer = self.settle(self.serve(request))
        return answer if isinstance(answer, (Reply, Drop)) else await answer

    async def drop_after(self, request: Request, fault: Fault) -> Answer:
        """Acts or not, and lets the client wait for an answer that never comes."""
        if fault.kind == "timeout_after_acting" or fault.acted:
            answer = self.settle(self.serve(request))
            if not isinstance(answer, (Reply, Drop)):
                await answer
        await asyncio.sleep(fault.delay_ms / 1000)
        return Drop(reset=fault.kind == "reset")

    def handle_own(self, request: Request) -> Answer:
        """Health, control and books."""
        if request.path == "/healthz" and request.method in ("GET", "HEAD"):
            return json_reply({"status": "ok", "standin": self.name})
        if request.path == "/_books" and request.method == "GET":
            return self.show_books(request)
        if request.path == "/_control" and request.method == "GET":
            return json_reply(self.describe_control())
        if request.path == "/_control" and request.method == "POST":
            return self.take_control(request)
        return json_reply({"error": f"no {request.method} {request.path} here"}, 404)

    def take_control(self, request: Request) -> Reply:
        """Sets faults, clock and whatever the child knows."""
        try:
            order = json.loads(request.body) if len(request.body) <= CONTROL_LIMIT else None
            if not isinstance(order, dict):
                raise ControlError("a control call is a JSON object")
            done = self.apply_control(order)
        except (ValueError, TypeError) as error:
            return json_reply({"error": str(error)}, 400)
        self.books.flush()
        return json_reply(dict(self.describe_control(), **done))

    def apply_control(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carries out every part of a control call."""
        if order.get("reset") is True:
            self.reset()
        if "fault" in order:
            self.faults.set(order)
        if "webhook" in order or "webhook_url" in order:
            if self.webhooks is None:
                raise ControlError("this stand-in sends no webhooks")
            if "webhook_url" in order:
                self.webhooks.set_url(order["webhook_url"])
            if "webhook" in order:
                self.webhooks.set_mode(order)
        if "clock_factor" in order or "advance_ms" in order:
            self.clock.change(number_in(order, "clock_factor", self.clock.factor, 0.001, 1e9),
                              number_in(order, "advance_ms", 0, 0, 1e13) / 1000)
        return self.control(order)

    def describe_control(self) -> dict[str, Any]:
        """What is set at present."""
        shown: dict[str, Any] = {"faults": self.faults.describe(), "clock_factor": self.clock.factor}
        if self.webhooks is not None:
            shown["webhooks"] = self.webhooks.describe()
        return shown

    def reset(self) -> None:
        """Empties books and memory, and ends all faults."""
        self.faults.clear()
        self.clock.clear()
        self.clock.change(1.0, 0.0)
        if self.webhooks is not None:
            self.webhooks.clear()
        self.books.clear()
        self.change_number = 0
        self.forget()

    def all_totals(self) -> dict[str, Any]:
        """The child's sums with what is known of webhooks."""
        totals = dict(self.totals(), last_change=self.change_number)
        if self.webhooks is not None:
            totals["webhooks"] = self.webhooks.describe()
        return totals

    def show_books(self, request: Request) -> Reply:
        """The books as one JSON document, or as JSON lines when they are large."""
        query = parse_qs(request.query)
        since = query.get("since", ["0"])[0]
        form = query.get("format", [""])[0]
        if not since.isdigit() or form not in ("", "json", "ndjson", "totals"):
            return json_reply({"error": "since is a number; format is json, ndjson or totals"}, 400)
        if form == "totals":
            return json_reply({"standin": self.name, "totals": self.all_totals()})
        rows = self.rows(int(since))
        first = list(islice(rows, ROWS_IN_ONE_DOCUMENT + 1)) if form == "" else []
        if form == "json" or (form == "" and len(first) <= ROWS_IN_ONE_DOCUMENT):
            first.extend(rows)
            return json_reply({"standin": self.name, "totals": self.all_totals(),
                               self.rows_name: first})
        reply = Reply(200, content_type=b"application/x-ndjson")
        head = {"standin": self.name, "totals": self.all_totals()}
        reply.stream = json_lines(head, first, rows)
        return reply


def json_lines(head: dict[str, Any], first: list[dict[str, Any]],
               rows: Iterator[dict[str, Any]]) -> Iterable[bytes]:
    """The books' head and rows, one JSON document a line."""
    yield to_json(head) + b"\n"
    every = chain(first, rows)
    for part in iter(lambda: list(islice(every, ROWS_A_SLICE)), []):
        yield b"".join(to_json(row) + b"\n" for row in part)


def to_json(value: Any) -> bytes:
    """Compact JSON on one line."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def json_reply(value: Any, status: int = 200) -> Reply:
    """A JSON document as an answer."""
    return Reply(status, to_json(value) + b"\n")


def common_arguments(description: str) -> argparse.ArgumentParser:
    """Options of every stand-in."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="HTTP port, 0 for a free one")
    parser.add_argument("--books", help="file that keeps the books over restarts")
    parser.add_argument("--public-url", default="", help="how others reach this stand-in")
    parser.add_argument("--max-connections", type=int, default=2048)
    return parser


def webhook_arguments(parser: argparse.ArgumentParser, environment: str) -> None:
    """Options of the stand-ins that send webhooks and check an API key."""
    parser.add_argument("--api-key-file", help=f"the one key let in (or {environment}_API_KEY)")
    parser.add_argument("--webhook-url", default="", help="where events are posted to")
    parser.add_argument("--webhook-secret-file",
                        help=f"signing secret (or {environment}_WEBHOOK_SECRET)")
    parser.add_argument("--webhook-events", default="", help="only these kinds, comma separated")
    parser.add_argument("--webhook-concurrency", type=int, default=8)
    parser.add_argument("--webhook-timeout-ms", type=float, default=10000)
    parser.add_argument("--webhook-tries", type=int, default=12)
    parser.add_argument("--webhook-backoff-ms", type=float, default=250)
    parser.add_argument("--webhook-backoff-cap-ms", type=float, default=30000)
    parser.set_defaults(environment=environment)


def webhook_options(options: argparse.Namespace, user_agent: str) -> WebhookOptions:
    """The webhook part of the options."""
    kinds = frozenset(kind for kind in options.webhook_events.split(",") if kind)
    return WebhookOptions(options.webhook_url, options.webhook_concurrency,
                          options.webhook_timeout_ms / 1000, options.webhook_tries,
                          options.webhook_backoff_ms, options.webhook_backoff_cap_ms,
                          user_agent, kinds)


def webhook_secret(options: argparse.Namespace) -> str:
    """The signing secret; webhooks without one are refused."""
    variable = f"{options.environment}_WEBHOOK_SECRET"
    secret = secret_from(options.webhook_secret_file, variable)
    if options.webhook_url and not secret:
        sys.exit(f"--webhook-url needs --webhook-secret-file or {variable}")
    return secret


def secret_from(path: Optional[str], variable: str) -> str:
    """A secret from a file, else from the environment, else empty."""
    if path is None:
        return os.environ.get(variable, "")
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError as error:
        sys.exit(f"secret file {path} cannot be read: {error.strerror}")


async def serve_http(standin: StandIn) -> HttpServer:
    """Opens the HTTP port and learns its number."""
    options = standin.options
    http = HttpServer(standin.handle, options.max_connections)
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(lambda: HttpConnection(http), options.host, options.port,
                                          backlog=LISTEN_BACKLOG)
    except OSError as error:
        sys.exit(f"port {options.port} cannot be opened: {error.strerror}; name another with --port")
    port = server.sockets[0].getsockname()[1]
    options.port = port
    if not standin.public_url:
        standin.public_url = f"http://{options.host}:{port}"
    return http


async def sweep(standin: StandIn, http: HttpServer) -> None:
    """Ends stalled connections, for ever."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEP_S)
        http.close_stalled(loop.time())
        if standin.webhooks is not None:
            standin.webhooks.close_stalled()
        standin.books.flush()


async def run(standin: StandIn, start: Callable[[], Awaitable[str]]) -> None:
    """Serves until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    http = await serve_http(standin)
    extra = await start()
    sweeper = asyncio.ensure_future(sweep(standin, http))
    print(f"listening {extra}http://{standin.options.host}:{standin.options.port}", flush=True)
    await stop.wait()
    sweeper.cancel()
    standin.books.flush()


def run_forever(standin: StandIn, start: Callable[[], Awaitable[str]]) -> None:
    """Runs the event loop, uvloop's where it is installed."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    try:
        import uvloop
    except ImportError:
        asyncio.run(run(standin, start))
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(standin, start))
