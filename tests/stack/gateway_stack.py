"""gateway_stack - a gateway with a real Kafka and PostgreSQL, and owners that do as they are told, for tests of it."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import unittest
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from built import BIN, KERVAN, ROOT, SANITIZERS, end_in_order  # noqa: E402
from basics import free_ports, wait_until  # noqa: E402
from fake_owners import FakeOwners  # noqa: E402
from testenv import Servers  # noqa: E402

LANES = 6
ALL_SCOPES = ("orders:read,orders:write,inventory:read,inventory:write,payments:read,payments:write,fulfillments:read,"
              "fulfillments:write,shipments:read,shipments:write,tasks:read,tasks:write")
STRIPE_SECRET = "whsec_0123456789abcdef"
LINK_SECRET = "link-secret-for-tests"
LINK_RATE_PER_SECOND = 40
EASYPOST_SECRETS = "an-older-secret-01 easypost-secret-0001"
ACKNOWLEDGE_MS = 1500
START_TIMEOUT_S = 30


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        """The kind of problem, behind the hash."""
        return str(self.json["type"]).partition("#")[2]


def submission(**changes: Any) -> dict[str, Any]:
    """An order that fits the schema."""
    return {"channel": "web", "currency": "EUR", "customer": {"name": "Ada"},
            "ship_to": {"name": "Ada", "line1": "1 Quay Street", "city": "Dublin", "country": "IE"},
            "lines": [{"sku": "DEMO-1", "quantity": 1, "unit_price_minor": 1900}],
            "shipping": {"service": "standard", "price_minor": 500},
            "payment": {"method": "card", "token": "tok_ok"}, "total_minor": 2400} | changes


def new_order(**changes: Any) -> dict[str, Any]:
    """One that was never submitted."""
    return submission(channel_order_ref=uuid.uuid4().hex, **changes)


class GatewayCase(unittest.TestCase):
    """One gateway for all tests of a class; those that hurt it leave it well."""

    with_shipping = False
    servers: Servers
    owners: FakeOwners
    gateway: subprocess.Popen[bytes]
    port: int
    web: str
    staff: str
    admin: str

    @classmethod
    def setUpClass(cls) -> None:
        """Servers, schema, topics, keys, owners, gateway."""
        cls.servers = Servers(postgres=True, kafka=True)
        cls.addClassCleanup(cls.servers.close)
        cls.servers.start()
        cls.kervan("migrate", "--service", "gateway")
        cls.kervan("topics")
        cls.web = cls.new_key("web", ALL_SCOPES)
        cls.staff = cls.new_key(None, ALL_SCOPES)
        cls.admin = cls.new_key(None, "admin,orders:read")
        cls.owners = FakeOwners(cls.servers.kafka_bootstrap, LANES)
        cls.addClassCleanup(cls.owners.close)
        cls.port = free_ports(1)[0]
        cls.gateway = cls.start_gateway(cls.port)
        cls.addClassCleanup(cls.end_gateway)

    @classmethod
    def kervan(cls, *words: str) -> str:
        """Run the kervan command as the owner."""
        done = subprocess.run([str(KERVAN), *words], text=True, capture_output=True, timeout=60,
                              check=False, env=SANITIZERS | {
                                  "KERVAN_PG_OWNER": cls.servers.pg_conninfo("owner"),
                                  "KERVAN_KAFKA": cls.servers.kafka_bootstrap, "KERVAN_LANES": str(LANES)})
        if done.returncode != 0:
            raise AssertionError(f"kervan {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    @classmethod
    def new_key(cls, channel: str | None, scopes: str) -> str:
        """An API key."""
        return cls.kervan("key", "create", "--scopes", scopes, *(("--channel", channel) if channel else ()))

    @classmethod
    def start_gateway(cls, port: int) -> subprocess.Popen[bytes]:
        """A gateway that is ready."""
        log = cls.servers.folder / f"gateway-{port}.log"
        environment = SANITIZERS | {
            "KERVAN_PG": cls.servers.pg_conninfo("gateway"), "KERVAN_KAFKA": cls.servers.kafka_bootstrap,
            "KERVAN_LANES": str(LANES), "KERVAN_HTTP_PORT": str(port), "KERVAN_INSTANCE": "gateway-2",
            "KERVAN_ORDER_API": cls.owners.url, "KERVAN_INVENTORY_API": cls.owners.url,
            "KERVAN_NOTIFICATION_API": cls.owners.url,
            "KERVAN_PAYMENT_API": "http://127.0.0.1:1", "KERVAN_ACKNOWLEDGE_MS": str(ACKNOWLEDGE_MS),
            "KERVAN_LINK_SECRET": LINK_SECRET, "KERVAN_LINK_RATE_PER_SECOND": str(LINK_RATE_PER_SECOND),
            "KERVAN_WEBHOOK_SECRET_STRIPE": STRIPE_SECRET, "KERVAN_WEBHOOK_SECRET_EASYPOST": EASYPOST_SECRETS,
            "KERVAN_DOCS_DIR": str(ROOT / "proto")}
        if cls.with_shipping:
            environment["KERVAN_SHIPPING_API"] = cls.owners.url
        with log.open("wb") as file:
            process = subprocess.Popen([str(BIN / "kervan-gateway")], env=environment, stdout=file,
                                       stderr=file, stdin=subprocess.DEVNULL)

        def ready() -> bool:
            if process.poll() is not None:
                raise AssertionError(log.read_text(errors="replace")[-3000:])
            try:
                return cls.call("GET", "/readyz", port=port).status == 200
            except OSError:
                return False

        wait_until("the gateway", START_TIMEOUT_S, ready, log)
        return process

    @classmethod
    def end_gateway(cls) -> None:
        """Leave no process behind."""
        end_in_order(cls.gateway, "the gateway")

    @classmethod
    def call(cls, method: str, path: str, body: Any = None, port: int | None = None,
             **headers: str) -> Answer:
        """One request; header names come with underlines for dashes, `key` is the API key."""
        sent = {name.replace("_", "-"): value for name, value in headers.items() if name != "key"}
        if "key" in headers:
            sent["Authorization"] = f"Bearer {headers['key']}"
        content = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", port or cls.port, timeout=60)
        try:
            connection.request(method, path, content, sent)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def submit(self, order: dict[str, Any], path: str = "/v1/orders", **headers: str) -> Answer:
        """Post an order with the key of channel web."""
        return self.call("POST", path, order, **({"key": self.web} | headers))

    def refused(self, answer: Answer, status: int, kind: str) -> Answer:
        """It is a problem of this status and kind, with the request's id."""
        self.assertEqual((answer.status, answer.headers["content-type"]), (status, "application/problem+json"),
                         answer.body)
        self.assertEqual((answer.json["status"], answer.problem), (status, kind))
        self.assertEqual(answer.json["request_id"], answer.headers["x-request-id"])
        return answer
