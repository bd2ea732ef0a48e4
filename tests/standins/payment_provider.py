#!/usr/bin/python3
"""A payment provider that speaks Stripe's API and keeps books.

It knows the part of the API that an order system needs: payment intents with
manual capture, refunds, search, idempotency keys and signed webhooks.
"""
from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import time
from typing import Any, Awaitable, Iterator, Optional, Union

import standin
from payment_disputes import Disputes
from payment_ledger import CREATE_FIELDS, LIST_FIELDS, REFUND_FIELDS, RETRIEVE_FIELDS, Effect, Ledger, wants_charge
from payment_objects import Intent, StripeError, invalid, nest, parse_form
from payment_people import People
from standin_books import load_records
from standin_http import Answer, Reply
from standin_request import Request
from standin_webhooks import Webhooks

API_VERSION = "2026-08-26.dahlia"
KEY_LIFE_S = 24 * 3600
KEY_LENGTH_LIMIT = 255
PURGE_EVERY_S = 600.0
SLOW = {("payment_method", "tok_slow"), ("payment_method_data[card][token]", "tok_slow")}
STANDARD_HEADERS = b"Stripe-Version: %s\r\nRequest-Id: req_%s\r\n"


class StoredAnswer:
    """What an idempotency key was answered with; the body lies in the books."""

    __slots__ = ("digest", "status", "start", "length", "at_s", "request_id", "intent")

    def __init__(self, digest: str, status: int, start: int, length: int) -> None:
        self.digest = digest
        self.status = status
        self.start = start
        self.length = length
        self.at_s = 0.0
        self.request_id = ""
        self.intent: Optional[Intent] = None


class PaymentProvider(standin.StandIn):
    """Payment intents, refunds, and what was answered under which key."""

    name = "payment"
    rows_name = "payment_intents"
    operations = ("create", "confirm", "retrieve", "list", "search", "capture", "cancel", "refund",
                  "retrieve_refund", "dispute", "answer_dispute", "other")

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.api_key = standin.secret_from(options.api_key_file, "PAYMENT_API_KEY")
        self.secret = standin.webhook_secret(options).encode()
        self.webhooks = Webhooks(standin.webhook_options(
            options, "Stripe/1.0 (+https://stripe.com/docs/webhooks)"), self.books, self.sign)
        self.running: set[str] = set()
        self.slow_ms: float = options.slow_ms
        self.people = People(self)
        self.ledger = Ledger(self.people.finish_later)
        self.disputes = Disputes(self)
        self.forget()
        load_records(self.books, self.load)

    def forget(self) -> None:
        """Empties the state in memory."""
        self.ledger.clear()
        self.disputes.all.clear()
        self.answers: dict[str, StoredAnswer] = {}
        self.effects: dict[str, int] = {}
        self.replays = 0
        self.people.auto_action = None
        self.people.refusals.clear()

    # Identity and signatures.

    def sign(self, body: bytes) -> bytes:
        """The signature header of a webhook."""
        stamp = b"%d" % int(time.time())
        digest = hmac.digest(self.secret, stamp + b"." + body, "sha256").hex().encode()
        return b"Stripe-Signature: t=%s,v1=%s\r\n" % (stamp, digest)

    def check_key(self, request: Request) -> None:
        """Lets in Bearer or Basic with the secret key."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                value = base64.b64decode(value, validate=True).decode().partition(":")[0]
            except ValueError:
                value = ""
        elif scheme.lower() != "bearer":
            raise invalid("You did not provide an API key. You need to provide your API key in the "
                          "Authorization header, using Bearer auth.", status=401)
        right = value == self.api_key if self.api_key else value.startswith("sk_test_")
        if not right:
            raise invalid(f"Invalid API Key provided: {value[:8]}****", status=401)

    # Requests.

    def operation_of(self, request: Request) -> str:
        """The operation that faults are set on."""
        parts = request.path.split("/")
        if parts[1:3] == ["v1", "refunds"]:
            return "refund" if request.method == "POST" else "retrieve_refund"
        if parts[1:3] == ["v1", "disputes"]:
            return "answer_dispute" if request.method == "POST" else "dispute"
        if parts[1:3] != ["v1", "payment_intents"]:
            return "other"
        if len(parts) == 3:
            return "create" if request.method == "POST" else "list"
        if len(parts) == 4:
            return "search" if parts[3] == "search" else "retrieve"
        return parts[4] if parts[4] in self.operations else "other"

    def serve(self, request: Request) -> Union[Answer, Awaitable[Answer]]:
        """Answers an API request, once for each idempotency key."""
        try:
            self.check_key(request)
            if request.method == "GET":
                return self.reply(200, self.read(request).encode())
            if request.method != "POST":
                raise unknown_route(request)
            return self.serve_post(request)
        except StripeError as error:
            return self.reply(error.status, error.body())

    def serve_post(self, request: Request) -> Union[Answer, Awaitable[Answer]]:
        """Acts, or replays what was answered before."""
        content_type = request.headers.get("content-type", "")
        if request.body and not content_type.startswith("application/x-www-form-urlencoded"):
            raise invalid("Request Content-Type must be application/x-www-form-urlencoded.")
        pairs = decoded_form(request.body)
        key = request.headers.get("idempotency-key", "")
        digest = ""
        if key:
            digest = digest_of(request.path, pairs)
            earlier = self.earlier_answer(key, digest)
            if earlier is not None:
                return earlier
        if not request.slept and not SLOW.isdisjoint(pairs):
            return self.act_after(request, self.slow_ms)
        effect = self.act(request, pairs)
        return self.book(effect, key, digest)

    def earlier_answer(self, key: str, digest: str) -> Optional[Reply]:
        """The stored answer of a key, or the refusal of another use of it."""
        if len(key) > KEY_LENGTH_LIMIT:
            raise invalid(f"Idempotency-Key must be at most {KEY_LENGTH_LIMIT} characters")
        if key in self.running:
            raise key_in_use(key)
        stored = self.answers.get(key)
        if stored is None or self.clock.now_s() - stored.at_s > KEY_LIFE_S:
            return None
        if stored.digest != digest:
            raise StripeError(400, "idempotency_error", (
                "Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Try using a key other than '{key}' if you meant to execute a "
                "different request."))
        self.note_replay(stored.intent)
        self.books.append(b'{"op":"replay","key":%s}\n' % standin.to_json(key))
        headers = (f"Idempotency-Key: {header_safe(key)}\r\nIdempotent-Replayed: true\r\n"
                   f"Original-Request: req_{stored.request_id}\r\n")
        return self.reply(stored.status, self.books.read(stored.start, stored.length), headers)

    def note_replay(self, intent: Optional[Intent]) -> None:
        """Counts a repeated request."""
        self.replays += 1
        if intent is not None:
            intent.replays += 1
            intent.change = self.next_change()

    def reserve(self, request: Request) -> Optional[Reply]:
        """Marks a key as under way."""
        key = request.headers.get("idempotency-key", "")
        if not key or request.method != "POST":
            return None
        if key in self.running:
            error = key_in_use(key)
            return self.reply(error.status, error.body())
        self.running.add(key)
        return None

    def unreserve(self, request: Request) -> None:
        """Ends what `reserve` marked."""
        self.running.discard(request.headers.get("idempotency-key", ""))

    def act(self, request: Request, pairs: list[tuple[str, str]]) -> Effect:
        """Does what a POST asks for; stored errors are effects too."""
        parts = request.path.split("/")
        if request.path == "/v1/payment_intents":
            return self.ledger.create(nest(pairs, CREATE_FIELDS))
        if request.path == "/v1/refunds":
            return self.act_refund(pairs)
        if parts[1:3] == ["v1", "disputes"] and (len(parts) == 4 or parts[4:] == ["close"]):
            return self.act_dispute(parts, pairs)
        if len(parts) != 5 or parts[1:3] != ["v1", "payment_intents"]:
            raise unknown_route(request)
        intent = self.ledger.find(parts[3])
        actions = {"capture": self.ledger.capture, "cancel": self.ledger.cancel, "confirm": self.ledger.confirm}
        if parts[4] not in actions:
            raise unknown_route(request)
        try:
            self.people.check_refusal(parts[4])
            return actions[parts[4]](intent, pairs)
        except StripeError as error:
            if not error.stored:
                raise
            body = error.body(intent.to_json(self.public_url)).decode()
            return Effect("refused", body, intent, error.status)

    def act_dispute(self, parts: list[str], pairs: list[tuple[str, str]]) -> Effect:
        """An answer to a dispute, or the no that is remembered."""
        try:
            return self.disputes.act(parts, pairs)
        except StripeError as error:
            if not error.stored:
                raise
            return Effect("refused", error.body().decode(), self.disputes.find(parts[3]).intent, error.status)

    def act_refund(self, pairs: list[tuple[str, str]]) -> Effect:
        """A refund, or the no that was ordered."""
        params = nest(pairs, REFUND_FIELDS)
        try:
            self.people.check_refusal("refund")
            self.disputes.check_refund(self.ledger.refundable(params))
        except StripeError as error:
            return Effect("refused", error.body().decode(), self.ledger.refundable(params), error.status)
        return self.ledger.refund(params)

    def book(self, effect: Effect, key: str, digest: str) -> Reply:
        """Writes an effect and its events to the books, then answers."""
        intent = effect.intent
        change = self.next_change()
        if intent is not None:
            intent.change = change
        self.count(effect.operation, intent)
        request_id = self.ledger.next_mark()
        now_s = self.clock.now_s()
        head = b'{"op":"%s","at":%.3f,"key":%s,"digest":"%s","request":"%s","status":%d,"body":' % (
            effect.operation.encode(), now_s, standin.to_json(key), digest.encode(),
            request_id.encode(), effect.status)
        start = self.books.append(head + effect.body + b"}\n") + len(head)
        if key:
            stored = StoredAnswer(digest, effect.status, start, len(effect.body))
            stored.at_s, stored.request_id, stored.intent = now_s, request_id, intent
            self.answers[key] = stored
        for kind, shown in effect.events:
            self.emit(kind, shown, intent, request_id, key)
        headers = f"Idempotency-Key: {header_safe(key)}\r\n" if key else ""
        return self.reply(effect.status, effect.body, headers, request_id)

    def count(self, operation: str, intent: Optional[Intent]) -> None:
        """Counts an effect, or a refusal that is no effect."""
        self.effects[operation] = self.effects.get(operation, 0) + 1
        if intent is not None and operation != "refused":
            intent.effects += 1

    def emit(self, kind: str, shown: str, intent: Optional[Intent], request_id: str,
             key: str) -> None:
        """Sends an event about an object as it is now."""
        if self.webhooks is None or not self.webhooks.wants(kind):
            return
        event_id = self.ledger.new_id("evt")
        body = (f'{{"id":"{event_id}","object":"event","api_version":"{API_VERSION}",'
                f'"created":{int(time.time())},"data":{{"object":{shown}}},"livemode":false,'
                f'"pending_webhooks":1,"request":{{"id":"req_{request_id}","idempotency_key":'
                f'{json.dumps(key) if key else "null"}}},"type":"{kind}"}}')
        self.webhooks.emit(event_id, kind, intent.id if intent else event_id, body.encode())

    def reply(self, status: int, body: bytes, headers: str = "", request_id: str = "") -> Reply:
        """An API answer with the headers that every one carries."""
        if not request_id:
            request_id = self.ledger.next_mark()
        standard = STANDARD_HEADERS % (API_VERSION.encode(), request_id.encode())
        return Reply(status, body, headers=standard + headers.encode("latin-1", "replace"))

    def fault_reply(self, kind: str) -> Reply:
        """Errors in the API's shape that come before anything is done."""
        if kind == "rate_limit":
            error = invalid("Request rate limit exceeded. Learn more about rate limits here "
                            "https://stripe.com/docs/rate-limits.", code="rate_limit", status=429)
            return self.reply(429, error.body(), "Retry-After: 1\r\nStripe-Should-Retry: true\r\n")
        broken = StripeError(500, "api_error", "An unknown error occurred")
        return self.reply(500, broken.body())

    def read(self, request: Request) -> str:
        """Answers a GET."""
        parts = request.path.split("/")
        if request.path == "/v1/payment_intents/search":
            return self.ledger.search(nest(parse_form(request.query), LIST_FIELDS))
        if request.path == "/v1/payment_intents":
            return self.ledger.list_intents(nest(parse_form(request.query), LIST_FIELDS))
        if request.path == "/v1/refunds":
            return self.ledger.list_refunds(nest(parse_form(request.query), LIST_FIELDS))
        if parts[2] == "disputes" and len(parts) <= 4:
            return self.disputes.read(parts, nest(parse_form(request.query), LIST_FIELDS))
        if len(parts) == 4 and parts[2] == "payment_intents":
            params = nest(parse_form(request.query), RETRIEVE_FIELDS)
            return self.ledger.find(parts[3]).to_json(self.public_url, whole_charge=wants_charge(params))
        if len(parts) == 4 and parts[2] == "refunds":
            refund = self.ledger.refunds.get(parts[3])
            if refund is None:
                raise invalid(f"No such refund: '{parts[3]}'", code="resource_missing",
                              param="id", status=404)
            return refund.to_json()
        raise unknown_route(request)

    # The shopper's page, control, and books.

    def page(self, request: Request) -> Optional[Answer]:
        """The bank's page that a shopper is sent to."""
        return self.people.page(request)

    def control(self, order: dict[str, Any]) -> dict[str, Any]:
        """Control calls of payments."""
        return self.people.control(order) | self.disputes.control(order)

    def totals(self) -> dict[str, Any]:
        """Sums over all intents."""
        money: dict[str, dict[str, int]] = {}
        statuses: dict[str, int] = {}
        for intent in self.ledger.intents.values():
            sums = money.setdefault(intent.currency, {
                "authorized_minor": 0, "captured_minor": 0, "refunded_minor": 0})
            sums["authorized_minor"] += intent.authorized
            sums["captured_minor"] += intent.captured
            sums["refunded_minor"] += intent.refunded()
            statuses[intent.status] = statuses.get(intent.status, 0) + 1
        return {"payment_intents": len(self.ledger.intents), "statuses": statuses, "money": money,
                "effects": self.effects, "replays": self.replays}

    def rows(self, since: int) -> Iterator[dict[str, Any]]:
        """Intents that changed."""
        return (intent.row() | {"lost_minor": self.disputes.lost_minor(intent)}
                for intent in list(self.ledger.intents.values()) if intent.change > since)

    def load(self, start: int, line: bytes, record: dict[str, Any]) -> None:
        """Takes one record back at the start."""
        operation = record["op"]
        if operation in ("event", "sent", "gave_up"):
            if self.webhooks is not None:
                self.webhooks.load(start, line, record)
            return
        if operation == "replay":
            stored = self.answers.get(record["key"])
            self.note_replay(stored.intent if stored else None)
            return
        body = record["body"]
        intent = self.disputes.load(body) if body.get("object") == "dispute" else self.ledger.load_body(body)
        if intent is not None:
            intent.change = self.next_change()
        self.count(operation, intent)
        if record["key"]:
            body_start = line.index(b'"body":{') + 7
            stored = StoredAnswer(record["digest"], record["status"], start + body_start,
                                  len(line) - body_start - 1)
            stored.at_s, stored.request_id, stored.intent = record["at"], record["request"], intent
            self.answers[record["key"]] = stored

    async def start(self) -> str:
        """Goes on with what a kill interrupted."""
        self.ledger.public_url = self.public_url
        if self.webhooks is not None:
            self.webhooks.resume()
        self.clock.call_after(PURGE_EVERY_S, self.purge)
        return ""

    def purge(self) -> None:
        """Forgets keys that are too old; they lie in order of their age."""
        limit_s = self.clock.now_s() - KEY_LIFE_S
        old = []
        for key, stored in self.answers.items():
            if stored.at_s > limit_s:
                break
            old.append(key)
        for key in old:
            del self.answers[key]
        self.clock.call_after(PURGE_EVERY_S, self.purge)


def decoded_form(body: bytes) -> list[tuple[str, str]]:
    """The form, or the API's refusal of bytes that are not one."""
    try:
        return parse_form(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise invalid("Invalid UTF-8 in the request body.") from None


def digest_of(path: str, pairs: list[tuple[str, str]]) -> str:
    """A digest that does not depend on the order of parameters."""
    text = path + "\0" + "\0".join(f"{name}\1{value}" for name, value in sorted(pairs))
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def header_safe(key: str) -> str:
    """A key as it came, without what would end a header."""
    return key.replace("\r", "").replace("\n", "")


def key_in_use(key: str) -> StripeError:
    """The first request with this key is still running."""
    return StripeError(409, "idempotency_error", (
        "There is currently another in-progress request using this Idempotent Key (that probably "
        "means you submitted twice, and the other request is still going through): "
        f"{header_safe(key)}. Please try again later."), code="idempotency_key_in_use")


def unknown_route(request: Request) -> StripeError:
    """No such URL in this API."""
    return invalid(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)


def main() -> None:
    """Starts the provider."""
    parser = standin.common_arguments(__doc__ or "")
    standin.webhook_arguments(parser, "PAYMENT")
    parser.add_argument("--slow-ms", type=float, default=3000, help="how long tok_slow takes")
    provider = PaymentProvider(parser.parse_args())
    standin.run_forever(provider, provider.start)


if __name__ == "__main__":
    main()
