"""What the tests of the stand-ins need: processes, plain clients, a webhook target."""
from __future__ import annotations

import http.client
import json
import os
import select
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable, Optional
from urllib.parse import urlencode, urlsplit

HERE = Path(__file__).resolve().parent
START_S = 10.0
WAIT_S = 30.0


def wait_until(condition: Callable[[], Any], what: str, limit_s: float = WAIT_S) -> Any:
    """Polls for a condition, and names it when it does not come."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"waited {limit_s} s in vain for: {what}")


class Answer:
    """An HTTP answer."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Standin:
    """A stand-in as a process of its own."""

    def __init__(self, program: str, *options: str, secret: str = "whsec_test") -> None:
        self.program = program
        self.options = list(options)
        self.environment = dict(os.environ, PAYMENT_WEBHOOK_SECRET=secret, CARRIER_WEBHOOK_SECRET=secret,
                                RAZORPAY_WEBHOOK_SECRET=secret)
        self.start()

    def start(self) -> None:
        """Starts the process and reads where it listens."""
        self.process = subprocess.Popen([str(HERE / self.program), *self.options], text=True,
                                        stdout=subprocess.PIPE, env=self.environment)
        ready, _, _ = select.select([self.process.stdout], [], [], START_S)
        line = self.process.stdout.readline() if ready and self.process.stdout else ""
        assert line.startswith("listening "), f"{self.program} did not start: {line!r}"
        places = {urlsplit(word).scheme: urlsplit(word).port for word in line.split()[1:]}
        self.port, self.smtp_port = places["http"], places.get("smtp")

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait(5)

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.process.terminate()
        return self.process.wait(5)

    def call(self, method: str, path: str, body: Any = None, headers: Optional[dict[str, str]] = None,
             timeout_s: float = 5.0) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def control(self, **order: Any) -> Any:
        """A control call that must succeed."""
        answer = self.call("POST", "/_control", json.dumps(order))
        assert answer.status == 200, answer.body
        return answer.json()

    def books(self, query: str = "") -> Any:
        """The books."""
        return self.call("GET", f"/_books{query}").json()

    def raw(self, data: bytes, wanted: bytes = b"", limit_s: float = 2.0) -> bytes:
        """Sends bytes, reads until the end, or until `wanted` has come."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=limit_s) as client:
            client.sendall(data)
            received = b""
            while not wanted or wanted not in received:
                part = client.recv(65536)
                if not part:
                    break
                received += part
            return received


Launch = Callable[..., Standin]


class Target:
    """A webhook target that records what it gets and answers as told."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.connections: set[Any] = set()
        target = self

        class Handler(BaseHTTPRequestHandler):
            """Takes a POST."""

            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                """Records and answers."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = target.statuses.pop(0) if target.statuses else 200
                if status == 200:
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    target.received.append((headers, body))
                target.connections.add(self.client_address)
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *arguments: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/webhooks/x?y=1"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def events(self) -> list[dict[str, Any]]:
        """The events received so far."""
        return [json.loads(body) for _, body in list(self.received)]

    def clear(self) -> None:
        """Forgets what was received."""
        self.received.clear()
        self.statuses.clear()

    def close(self) -> None:
        """Stops the server."""
        self.server.shutdown()
        self.server.server_close()


STRIPE_HEADERS = {"Authorization": "Bearer sk_test_1",
                  "Content-Type": "application/x-www-form-urlencoded"}
EASYPOST_HEADERS = {"Authorization": "Basic RVpUSzo=", "Content-Type": "application/json"}


def stripe(standin: Standin, path: str, fields: Optional[dict[str, str]] = None,
           key: str = "", **more: Any) -> Answer:
    """A call of the payment API: a POST when it has fields."""
    headers = dict(STRIPE_HEADERS)
    if key:
        headers["Idempotency-Key"] = key
    if fields is None:
        return standin.call("GET", path, None, headers, **more)
    return standin.call("POST", path, urlencode(fields), headers, **more)


def authorize(standin: Standin, key: str = "", payment_id: str = "ord_1-P1", token: str = "tok_ok",
              amount: int = 3150, **more: Any) -> Answer:
    """An authorization as an order system asks for it."""
    return stripe(standin, "/v1/payment_intents", {
        "amount": str(amount), "currency": "usd", "capture_method": "manual", "confirm": "true",
        "payment_method": token, "metadata[payment_id]": payment_id}, key, **more)


def easypost(standin: Standin, method: str, path: str, body: Any = None, **more: Any) -> Answer:
    """A call of the carrier's API."""
    text = None if body is None else json.dumps(body)
    return standin.call(method, path, text, dict(EASYPOST_HEADERS), **more)


def shipment_request(reference: str = "ord_1-S1", **changes: Any) -> dict[str, Any]:
    """A shipment as an order system asks for it."""
    address = {"name": "Ayşe Yılmaz", "street1": "1 Main Street", "city": "Springfield", "state": "IL",
               "zip": "62701", "country": "US"}
    shipment = {"reference": reference, "to_address": address, "from_address": dict(address),
                "parcel": {"weight": 18.5, "length": 9, "width": 6, "height": 2}}
    shipment.update(changes)
    return {"shipment": shipment}


def bought(standin: Standin, reference: str = "ord_1-S1") -> dict[str, Any]:
    """A shipment with its label."""
    made = easypost(standin, "POST", "/v2/shipments", shipment_request(reference)).json()
    answer = easypost(standin, "POST", f"/v2/shipments/{made['id']}/buy",
                      {"rate": {"id": made["rates"][0]["id"]}})
    assert answer.status == 200, answer.body
    return answer.json()
