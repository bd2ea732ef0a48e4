"""payment_stack - the payment service on real servers, with the provider's stand-in; order and gateway are played here.

    with PaymentStack() as stack:
        stack.start()
        stack.authorize(1, "tok_ok", 4488)
        stack.await_fact(1, "payment.authorized")
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import subprocess
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg2
from built import BIN, KERVAN, ROOT, end_in_order
from basics import free_ports
from confluent_kafka import Consumer, Producer, TopicPartition
from lane_stack import LANES, instant, lane_of, wait_for
from shipping_stack import Webhooks, order_id
from stand_in import START_S, Body, StandIn, fetch
from testenv import Servers

PROVIDER = ROOT / "tests" / "standins" / "payment_provider.py"
PAYPAL = ROOT / "tests" / "standins" / "paypal_provider.py"
PAYPAL_SPECS = ROOT / "build" / "paypal-specs" / "openapi"
PAYPAL_CLIENT = "client-1:paypal-secret"
PAYPAL_WEBHOOK_ID = "1JE4291016473214C"
RAZORPAY = ROOT / "tests" / "standins" / "razorpay_provider.py"
RAZORPAY_KEYS = "rzp_test_stack:razorpay-secret"
API_KEY = "sk_test_stack"
SECRET = "whsec_stack"


class PaymentWebhooks(Webhooks):
    """Where the provider's events go: into the log as they came."""

    provider = "stripe"

    def publish(self, body: bytes) -> bool:
        """Write an event to the log, in the lane of its own id."""
        event_id = json.loads(body).get("id") or hashlib.sha256(body).hexdigest()
        message = {"webhook": {"provider": self.provider, "account": "main", "received_at": instant(), "headers": [],
                               "body": base64.b64encode(body).decode()}}
        headers = [("ce_type", "kervan.payment.webhook.v1"), ("ce_id", event_id)]
        with self.lock:
            self.producer.produce("payment.requests", json.dumps(message).encode(), event_id, lane_of(event_id),
                                  headers=headers)
            return self.producer.flush(10) == 0


class Provider(StandIn):
    """The stand-in for the payment provider."""

    def __init__(self, folder: Path, webhook_url: str) -> None:
        """Start at once."""
        port = free_ports(1)[0]
        super().__init__(port, [str(PROVIDER), "--port", str(port), "--books", str(folder / "payment.books"),
                                "--webhook-url", webhook_url],
                         PAYMENT_API_KEY=API_KEY, PAYMENT_WEBHOOK_SECRET=SECRET)

    def confirm_on_page(self, intent: str, action: str) -> str:
        """What a shopper does on the bank's page; where he is sent then."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", f"/authenticate/{intent}", f"action={action}")
            return connection.getresponse().getheader("Location", "")
        finally:
            connection.close()

    def intents(self, number: int) -> list[Body]:
        """What its books hold of an order."""
        rows = fetch(f"{self.url}/_books?format=json")[1]["payment_intents"]
        return [row for row in rows if row["metadata"].get("order_id") == order_id(number)]

    def dispute(self, name: str) -> Body:
        """A dispute as its API shows it."""
        asked = urllib.request.Request(f"{self.url}/v1/disputes/{name}", headers={"Authorization": f"Bearer {API_KEY}"})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return dict(json.load(answer))


class PayPalWebhooks(PaymentWebhooks):
    """The same for PayPal's."""

    provider = "paypal"


class PayPal(StandIn):
    """The stand-in for PayPal."""

    def __init__(self, folder: Path, webhook_url: str) -> None:
        """Start at once; whom its certificates are to be proven by is in `roots`."""
        port, cert_port = free_ports(2)
        certificates = folder / "paypal-certificates"
        self.roots = certificates / "root.pem"
        self.certificate_url = f"https://127.0.0.1:{cert_port}/v1/notifications/certs/"
        super().__init__(port, [str(PAYPAL), "--port", str(port), "--books", str(folder / "paypal.books"),
                                "--webhook-url", webhook_url, "--webhook-id", PAYPAL_WEBHOOK_ID,
                                "--webhook-backoff-ms", "100", "--webhook-backoff-cap-ms", "1000",
                                "--cert-folder", str(certificates), "--cert-port", str(cert_port),
                                *(("--specs", str(PAYPAL_SPECS)) if PAYPAL_SPECS.is_dir() else ())],
                         PAYPAL_CLIENT=PAYPAL_CLIENT)

    def orders(self, number: int) -> list[Body]:
        """What its books hold of an order of ours."""
        rows = fetch(f"{self.url}/_books?format=json")[1]["orders"]
        return [row for row in rows if f",{order_id(number)}-" in row["custom_id"]]

    def totals(self) -> Body:
        """The sums of its books."""
        return dict(fetch(f"{self.url}/_books?format=totals")[1]["totals"])

    def effects(self, operation: str) -> int:
        """How often an operation was done."""
        return int(self.totals()["effects"].get(operation, 0))


class RazorpayWebhooks(PaymentWebhooks):
    """The same for Razorpay's."""

    provider = "razorpay"


class Razorpay(StandIn):
    """The stand-in for Razorpay, and the shop's page that opens its checkout."""

    def __init__(self, folder: Path, webhook_url: str) -> None:
        """Start at once."""
        port = free_ports(1)[0]
        super().__init__(port, [str(RAZORPAY), "--port", str(port), "--books", str(folder / "razorpay.books"),
                                "--webhook-url", webhook_url], RAZORPAY_API_KEY=RAZORPAY_KEYS,
                         RAZORPAY_WEBHOOK_SECRET=SECRET)

    def orders(self, number: int) -> list[Body]:
        """What its books hold of an order of ours."""
        rows = fetch(f"{self.url}/_books?format=json")[1]["orders"]
        return [row for row in rows if row["receipt"].startswith(f"{order_id(number)}-")]


class PaymentStack:
    """Servers, the provider, the service, and a publisher of its commands."""

    def __init__(self) -> None:
        """Start what is around the service."""
        self.servers = Servers(postgres=True, kafka=True)
        self.process: subprocess.Popen[bytes] | None = None
        self.port = free_ports(1)[0]
        self.numbers: dict[int, int] = {}
        self.clock = 1
        try:
            self.servers.start()
            self.kervan("migrate", "--service", "payment")
            self.kervan("topics")
            self.webhooks = PaymentWebhooks(self.servers.kafka_bootstrap)
            self.provider = Provider(self.servers.folder, self.webhooks.url)
            self.paypal_webhooks = PayPalWebhooks(self.servers.kafka_bootstrap)
            self.paypal = PayPal(self.servers.folder, self.paypal_webhooks.url)
            self.razorpay_webhooks = RazorpayWebhooks(self.servers.kafka_bootstrap)
            self.razorpay = Razorpay(self.servers.folder, self.razorpay_webhooks.url)
        except BaseException:
            self.servers.close()
            raise
        self.producer = Producer({"bootstrap.servers": self.servers.kafka_bootstrap, "enable.idempotence": True})
        self.consumer = Consumer({"bootstrap.servers": self.servers.kafka_bootstrap, "group.id": "test",
                                  "enable.auto.commit": False})
        self.consumer.assign([TopicPartition("payment.events", lane, 0) for lane in range(LANES)])
        self.reply_consumer = Consumer({"bootstrap.servers": self.servers.kafka_bootstrap, "group.id": "replies",
                                        "enable.auto.commit": False})
        self.reply_consumer.assign([TopicPartition("gateway.replies", 0, 0)])
        self._replies: dict[str, Body] = {}
        self._facts: dict[tuple[int, bytes, bytes], tuple[str, Body]] = {}

    def __enter__(self) -> PaymentStack:
        """As it is."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """End everything, and the service in good order unless something failed."""
        if self.process is not None and kind is None:
            end_in_order(self.process, "payment")
        self.kill()
        self.provider.stop()
        self.webhooks.close()
        self.paypal.stop()
        self.paypal_webhooks.close()
        self.razorpay.stop()
        self.razorpay_webhooks.close()
        self.consumer.close()
        self.reply_consumer.close()
        self.servers.close()

    def kervan(self, *words: str) -> None:
        """One of the product's own commands."""
        environment = os.environ | {"KERVAN_PG_OWNER": self.servers.pg_conninfo("owner"),
                                    "KERVAN_KAFKA": self.servers.kafka_bootstrap, "KERVAN_LANES": str(LANES)}
        done = subprocess.run([str(KERVAN), *words], env=environment, capture_output=True, text=True,
                              timeout=120, check=False)
        if done.returncode != 0:
            raise AssertionError(f"kervan {' '.join(words)}: {done.stderr}")

    # The service.

    def start(self, fault: str = "") -> None:
        """Start it; `fault` is a KERVAN_FAULT for it."""
        environment = os.environ | {
            "KERVAN_PG": self.servers.pg_conninfo("payment"), "KERVAN_KAFKA": self.servers.kafka_bootstrap,
            "KERVAN_LANES": str(LANES), "KERVAN_INSTANCE": "payment-1", "KERVAN_HTTP_PORT": str(self.port),
            "KERVAN_PAYMENT_URL": self.provider.url, "KERVAN_PAYMENT_AUTHORIZATION": f"Bearer {API_KEY}",
            "KERVAN_PAYPAL_URL": self.paypal.url,
            "KERVAN_PAYPAL_AUTHORIZATION": f"Basic {base64.b64encode(PAYPAL_CLIENT.encode()).decode()}",
            "KERVAN_RAZORPAY_URL": self.razorpay.url,
            "KERVAN_RAZORPAY_AUTHORIZATION": f"Basic {base64.b64encode(RAZORPAY_KEYS.encode()).decode()}",
            "KERVAN_RAZORPAY_CHECKOUT_URL": f"{self.razorpay.url}/checkout",
            "KERVAN_PAYMENT_ROUTES": "card/INR=razorpay card=stripe wallet=paypal", "KERVAN_FAULT": fault}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([str(BIN / "kervan-payment")], env=environment, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)

    @property
    def log(self) -> Path:
        """What the service says."""
        return self.servers.folder / "payment.log"

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def await_death(self) -> None:
        """Until a fault has killed it."""
        if self.process is not None:
            self.process.wait(START_S)
            self.process = None

    def get(self, path: str) -> tuple[int, Any]:
        """What the read API answers."""
        return fetch(f"http://127.0.0.1:{self.port}{path}")

    def await_ready(self) -> None:
        """Until it says that it is ready."""
        self.wait("the service is ready", self._is_ready)

    def _is_ready(self) -> bool:
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def let_timers_be_due(self, kind: str) -> None:
        """Have the service find, as it starts, that its timers of a kind are due; it knows them to the millisecond."""
        self.kill()
        self.query("UPDATE payment.timer SET due_at = date_trunc('milliseconds', payment.business_now())"
                   f" WHERE kind = '{kind}' RETURNING 1")
        self.start()

    def findings(self, rule: str, number: int) -> list[str]:
        """What a rule of the audit found of an order's payment."""
        return [row["found"] for row in self.get("/v1/audit")[1]["findings"]
                if (row["rule"], row["subject"]) == (rule, f"{order_id(number)}-P1")]

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        connection = psycopg2.connect(self.servers.pg_conninfo("owner"))
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                rows = list(cursor.fetchall())
            connection.commit()
            return rows
        finally:
            connection.close()

    def wait(self, what: str, condition: Any, timeout_s: float = 30) -> None:
        """Wait for something, and show the service's log when it does not come."""
        try:
            wait_for(what, condition, timeout_s)
        except AssertionError as error:
            log = self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""
            raise AssertionError(f"{error}\n{log}") from error

    # What the order service asks for.

    def command(self, kind: str, number: int, **members: Any) -> None:
        """A numbered command, as its one publisher would write it."""
        key, topic = order_id(number), "payment.commands"
        lane = lane_of(key)
        self.clock += 1
        count = self.numbers[lane] = self.numbers.get(lane, 0) + 1
        body = {"order_id": key, "order_no": number, "clock": self.clock, "payment_id": f"{key}-P1"} | members
        headers = {"ce_specversion": "1.0", "ce_type": f"kervan.payment.{kind}.v1", "ce_source": "/test",
                   "ce_subject": key, "ce_clock": str(self.clock), "ce_id": f"{topic}/{lane}/{count}",
                   "ce_generation": "1", "ce_number": str(count)}
        self.producer.produce(topic, json.dumps(body).encode(), key, lane, headers=list(headers.items()))
        if self.producer.flush(30) > 0:
            raise AssertionError("a command did not reach the broker")

    def authorize(self, number: int, token: str, amount_minor: int, **members: Any) -> None:
        """Secure money."""
        fields = {"valid_until": instant(60), "method": "card", "token": token, "amount_minor": amount_minor,
                  "currency": "EUR", "channel": "web", "country": "DE", "expires_at": instant(3600)}
        self.command("authorize", number, **(fields | members))

    def authorize_by(self, number: int, method: str, amount_minor: int, **members: Any) -> None:
        """Secure money that no card pays."""
        fields = {"valid_until": instant(60), "method": method, "amount_minor": amount_minor, "currency": "EUR",
                  "channel": "web", "country": "DE", "expires_at": instant(3600)}
        self.command("authorize", number, **(fields | members))

    def capture(self, number: int, capture: str, amount_minor: int, final: bool = False, **members: Any) -> None:
        """Take money; `capture` is "C1"."""
        fields = {"valid_until": instant(60), "capture_id": f"{order_id(number)}-{capture}",
                  "amount_minor": amount_minor, "currency": "EUR", "final": final}
        self.command("capture", number, **(fields | members))

    def void(self, number: int) -> None:
        """Let go of it."""
        self.command("void", number, reason="shopper_request")

    def refund(self, number: int, refund: str, amount_minor: int, **members: Any) -> None:
        """Give money back; `refund` is "B1"."""
        fields = {"refund_id": f"{order_id(number)}-{refund}", "amount_minor": amount_minor, "currency": "EUR",
                  "reason": "shopper_request"}
        self.command("refund", number, **(fields | members))

    # What people ask for, as the gateway would pass it on.

    def request(self, kind: str, number: int, request_id: str, body: Body, **subject: str) -> None:
        """An unnumbered request about a payment, or what `subject` names, in the lane of its order."""
        key = order_id(number)
        message = (subject or {"payment_id": f"{key}-P1"}) | {"body": body}
        headers = {"ce_type": f"kervan.payment.{kind}.v1", "ce_id": request_id, "ce_actor": "user:7",
                   "ce_requestid": f"{number}-{request_id}", "ce_replypartition": "0"}
        self.producer.produce("payment.requests", json.dumps(message).encode(), key, lane_of(key),
                              headers=list(headers.items()))
        if self.producer.flush(30) > 0:
            raise AssertionError("a request did not reach the broker")

    def reply(self, number: int, request_id: str, timeout_s: float = 30) -> Body:
        """Until the request of an order is answered; the last answer."""
        name = f"{number}-{request_id}"
        self.wait(f"an answer to {name}", lambda: name in self._read_replies(), timeout_s)
        return self._replies[name]

    def _read_replies(self) -> dict[str, Body]:
        while (record := self.reply_consumer.poll(0.05)) is not None:
            if record.error() is None:
                body = json.loads(record.value())
                self._replies[body["request_id"]] = body
        return self._replies

    def received(self, number: int, request_id: str, amount_minor: int, bank_reference: str) -> None:
        """A transfer arrived."""
        self.request("received", number, request_id, {"amount_minor": amount_minor, "currency": "EUR",
                                                      "received_at": instant(), "bank_reference": bank_reference})

    # What came of it.

    def facts(self, number: int) -> list[str]:
        """Names of what was stated of an order, in order; what is in the log twice has one number, and counts once."""
        return [kind for kind, body in self._read_facts() if body["order_id"] == order_id(number)]

    def fact(self, number: int, name: str) -> Body:
        """The last fact of this name."""
        return [body for kind, body in self._read_facts() if body["order_id"] == order_id(number) and kind == name][-1]

    def _read_facts(self) -> list[tuple[str, Body]]:
        while (record := self.consumer.poll(0.05)) is not None:
            if record.error() is not None:
                continue
            headers = dict(record.headers() or [])
            place = (record.partition(), headers["ce_generation"], headers["ce_number"])
            name = headers["ce_type"].decode().removeprefix("kervan.payment.").removesuffix(".v1")
            self._facts.setdefault(place, (name, json.loads(record.value())))
        return list(self._facts.values())

    def await_fact(self, number: int, name: str, timeout_s: float = 30) -> Body:
        """Until a fact was stated; it."""
        self.wait(f"{name} of order {number}; so far {self.facts(number)}", lambda: name in self.facts(number),
                  timeout_s)
        return self.fact(number, name)

    def payment(self, number: int) -> Body:
        """The payment as the read API shows it."""
        status, view = self.get(f"/v1/payments/{order_id(number)}-P1")
        if status != 200:
            raise AssertionError(f"payment of order {number}: {status} {view}")
        return dict(view)

    def await_state(self, number: int, state: str) -> Body:
        """Until the payment is there."""
        self.wait(f"payment of order {number} is {state}", lambda: self.payment(number)["state"] == state)
        return self.payment(number)
