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
import html
import json
import re
import secrets
import time
from typing import Any, Awaitable, Iterator, Optional, Union
from urllib.parse import quote

import standin
from payment_objects import (DECLINES, TOKENS, VOIDABLE, Intent, Params, Refund, StripeError,
                             checked_metadata, checked_money, declined, integer, intent_in, invalid,
                             nest, newest_first, parse_form, restored_intent)
from standin_books import load_records
from standin_faults import ControlError, number_in
from standin_http import Answer, Reply, Request
from standin_webhooks import Webhooks

API_VERSION = "2026-08-26.dahlia"
KEY_LIFE_S = 24 * 3600
KEY_LENGTH_LIMIT = 255
PURGE_EVERY_S = 600.0
LIST_LIMIT = 100
STANDARD_HEADERS = b"Stripe-Version: %s\r\nRequest-Id: req_%s\r\n"
SEARCH_CLAUSE = re.compile(
    r"""\s*(?:metadata\[(?P<q>['"])(?P<key>[^'"]+)(?P=q)\]|(?P<field>status|currency))"""
    r"""\s*:\s*(?P<w>['"])(?P<value>[^'"]*)(?P=w)\s*""")
CREATE_FIELDS = frozenset(
    "amount currency capture_method confirm confirmation_method customer description expand "
    "metadata payment_method payment_method_data payment_method_types payment_method_options "
    "automatic_payment_methods receipt_email return_url off_session setup_future_usage shipping "
    "statement_descriptor statement_descriptor_suffix error_on_requires_action use_stripe_sdk "
    "transfer_group".split())
CONFIRM_FIELDS = frozenset("payment_method payment_method_data return_url off_session expand "
                           "receipt_email error_on_requires_action use_stripe_sdk".split())
CAPTURE_FIELDS = frozenset("amount_to_capture final_capture metadata statement_descriptor "
                           "statement_descriptor_suffix expand".split())
CANCEL_FIELDS = frozenset(("cancellation_reason", "expand"))
REFUND_FIELDS = frozenset("payment_intent charge amount reason metadata expand".split())
LIST_FIELDS = frozenset("limit starting_after ending_before created customer expand "
                        "payment_intent charge query page".split())
REFUND_REASONS = ("duplicate", "fraudulent", "requested_by_customer")
CANCEL_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


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


class Effect:
    """The result of acting: an answer, the intent it is about, and the operation's name."""

    __slots__ = ("operation", "status", "body", "intent", "events")

    def __init__(self, operation: str, body: str, intent: Optional[Intent], status: int = 200) -> None:
        self.operation = operation
        self.status = status
        self.body = body.encode()
        self.intent = intent
        self.events: list[tuple[str, str]] = []


class PaymentProvider(standin.StandIn):
    """Payment intents, refunds, and what was answered under which key."""

    name = "payment"
    rows_name = "payment_intents"
    operations = ("create", "confirm", "retrieve", "list", "search", "capture", "cancel", "refund",
                  "retrieve_refund", "other")

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.api_key = standin.secret_from(options.api_key_file, "PAYMENT_API_KEY")
        self.secret = standin.webhook_secret(options).encode()
        self.webhooks = Webhooks(standin.webhook_options(
            options, "Stripe/1.0 (+https://stripe.com/docs/webhooks)"), self.books, self.sign)
        self.running: set[str] = set()
        self.process_mark = secrets.token_hex(6)
        self.number = 0
        self.slow_ms: float = options.slow_ms
        self.search_lag_ms = 0.0
        self.auto_action: Optional[tuple[str, float]] = None
        self.forget()
        load_records(self.books, self.load)

    def forget(self) -> None:
        """Empties the state in memory."""
        self.intents: dict[str, Intent] = {}
        self.refunds: dict[str, Refund] = {}
        self.answers: dict[str, StoredAnswer] = {}
        self.by_metadata: dict[str, list[str]] = {}
        self.effects: dict[str, int] = {}
        self.replays = 0
        self.auto_action = None
        self.search_lag_ms = 0.0

    # Identity and signatures.

    def new_id(self, prefix: str) -> str:
        """An id in the API's style, unique over restarts."""
        self.number += 1
        return f"{prefix}_3{self.process_mark}{self.number:010x}"

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
        if not request.slept and ("payment_method", "tok_slow") in pairs:
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
            return self.create(nest(pairs, CREATE_FIELDS))
        if request.path == "/v1/refunds":
            return self.refund(nest(pairs, REFUND_FIELDS))
        if len(parts) != 5 or parts[1:3] != ["v1", "payment_intents"]:
            raise unknown_route(request)
        intent = self.find(parts[3])
        actions = {"capture": self.capture, "cancel": self.cancel, "confirm": self.confirm}
        if parts[4] not in actions:
            raise unknown_route(request)
        try:
            return actions[parts[4]](intent, pairs)
        except StripeError as error:
            if not error.stored:
                raise
            body = error.body(intent.to_json(self.public_url)).decode()
            return Effect("refused", body, intent, error.status)

    def book(self, effect: Effect, key: str, digest: str) -> Reply:
        """Writes an effect and its events to the books, then answers."""
        intent = effect.intent
        change = self.next_change()
        if intent is not None:
            intent.change = change
        self.count(effect.operation, intent)
        self.number += 1
        request_id = f"{self.process_mark}{self.number:08x}"
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
        event_id = self.new_id("evt")
        body = (f'{{"id":"{event_id}","object":"event","api_version":"{API_VERSION}",'
                f'"created":{int(time.time())},"data":{{"object":{shown}}},"livemode":false,'
                f'"pending_webhooks":1,"request":{{"id":"req_{request_id}","idempotency_key":'
                f'{json.dumps(key) if key else "null"}}},"type":"{kind}"}}')
        self.webhooks.emit(event_id, kind, intent.id if intent else event_id, body.encode())

    def reply(self, status: int, body: bytes, headers: str = "", request_id: str = "") -> Reply:
        """An API answer with the headers that every one carries."""
        if not request_id:
            self.number += 1
            request_id = f"{self.process_mark}{self.number:08x}"
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

    # What a POST can do.

    def create(self, params: Params) -> Effect:
        """POST /v1/payment_intents."""
        amount, currency = checked_money(params)
        metadata = checked_metadata(params)
        method = params.get("capture_method", "automatic")
        if method not in ("automatic", "automatic_async", "manual"):
            raise invalid(f"Invalid capture_method: must be automatic or manual, not {method}",
                          param="capture_method")
        confirm = flag(params, "confirm")
        token = token_in(params)
        if confirm and token is None:
            raise invalid("You cannot confirm this PaymentIntent because it's missing a payment "
                          "method.", code="payment_intent_unexpected_state", param="payment_method")
        intent = Intent(self.new_id("pi"), amount, currency, int(time.time()))
        intent.born_s = time.monotonic()
        intent.manual = method == "manual"
        intent.metadata_json = json.dumps(metadata, separators=(",", ":"), ensure_ascii=False)
        intent.description = text_field(params, "description")
        intent.receipt_email = text_field(params, "receipt_email")
        intent.customer = text_field(params, "customer")
        intent.return_url = text_field(params, "return_url")
        if token is not None:
            intent.token, intent.status = token, "requires_confirmation"
        self.add(intent, metadata)
        return self.bank_answer("create", intent) if confirm else self.effect("create", intent)

    def add(self, intent: Intent, metadata: dict[str, str]) -> None:
        """Keeps an intent so that its id and its metadata find it."""
        self.intents[intent.id] = intent
        for key, value in metadata.items():
            self.by_metadata.setdefault(f"{key}\0{value}", []).append(intent.id)

    def effect(self, operation: str, intent: Intent, *kinds: str) -> Effect:
        """An effect whose answer and events show the intent."""
        shown = intent.to_json(self.public_url)
        effect = Effect(operation, shown, intent)
        effect.events = [(kind, shown) for kind in kinds]
        return effect

    def bank_answer(self, operation: str, intent: Intent) -> Effect:
        """Asks the bank, which is the token."""
        outcome = TOKENS[intent.token or ""]
        if outcome == "action":
            intent.status = "requires_action"
            if self.auto_action is not None:
                action, delay_ms = self.auto_action
                self.clock.call_after(delay_ms / 1000, self.finish_action, intent, action)
            return self.effect(operation, intent, "payment_intent.requires_action")
        if outcome in DECLINES:
            return self.decline(operation, intent, outcome)
        intent.authorize()
        return self.effect(operation, intent, "payment_intent.amount_capturable_updated"
                           if intent.manual else "payment_intent.succeeded")

    def decline(self, operation: str, intent: Intent, why: str) -> Effect:
        """The 402 of a declined card; the intent waits for another card."""
        intent.status, intent.last_decline, intent.token = "requires_payment_method", why, None
        shown = intent.to_json(self.public_url)
        effect = Effect(operation, declined(why).body(shown).decode(), intent, 402)
        effect.events = [("payment_intent.payment_failed", shown)]
        return effect

    def confirm(self, intent: Intent, pairs: list[tuple[str, str]]) -> Effect:
        """POST /v1/payment_intents/{id}/confirm."""
        params = nest(pairs, CONFIRM_FIELDS)
        token = token_in(params)
        if intent.status not in ("requires_payment_method", "requires_confirmation"):
            raise unexpected_state("confirmed", intent, "requires_payment_method, requires_confirmation")
        intent.return_url = text_field(params, "return_url") or intent.return_url
        intent.token = token or intent.token
        if intent.token is None:
            raise invalid("You cannot confirm this PaymentIntent because it's missing a payment "
                          "method.", code="payment_intent_unexpected_state", param="payment_method")
        return self.bank_answer("confirm", intent)

    def capture(self, intent: Intent, pairs: list[tuple[str, str]]) -> Effect:
        """POST /v1/payment_intents/{id}/capture; final, the rest is released."""
        params = nest(pairs, CAPTURE_FIELDS)
        amount = integer(params, "amount_to_capture", required=False)
        if params.get("final_capture") == "false":
            raise invalid("Multicapture is not available for this PaymentIntent.", param="final_capture")
        if intent.status != "requires_capture":
            raise unexpected_state("captured", intent, "requires_capture")
        if amount is not None and amount > intent.authorized:
            raise StripeError(400, "invalid_request_error", (
                f"The remaining amount available to capture for this PaymentIntent is "
                f"{intent.authorized} {intent.currency}, but you tried to capture {amount}."),
                code="amount_too_large", param="amount_to_capture", stored=True)
        intent.captured = intent.authorized if amount is None else amount
        intent.status = "succeeded"
        return self.effect("capture", intent, "payment_intent.succeeded")

    def cancel(self, intent: Intent, pairs: list[tuple[str, str]]) -> Effect:
        """POST /v1/payment_intents/{id}/cancel."""
        reason = nest(pairs, CANCEL_FIELDS).get("cancellation_reason")
        if reason is not None and reason not in CANCEL_REASONS:
            raise invalid(f"Invalid cancellation_reason: must be one of {', '.join(CANCEL_REASONS)}",
                          param="cancellation_reason")
        if intent.status not in VOIDABLE:
            raise unexpected_state("canceled", intent, ", ".join(VOIDABLE))
        return self.void("cancel", intent, reason)

    def void(self, operation: str, intent: Intent, reason: Optional[str]) -> Effect:
        """Releases what was authorized."""
        intent.status, intent.cancellation = "canceled", reason
        intent.canceled_at = int(time.time())
        return self.effect(operation, intent, "payment_intent.canceled")

    def refund(self, params: Params) -> Effect:
        """POST /v1/refunds."""
        intent = self.refundable(params)
        amount = integer(params, "amount", required=False)
        reason = params.get("reason")
        if reason is not None and reason not in REFUND_REASONS:
            raise invalid(f"Invalid reason: must be one of {', '.join(REFUND_REASONS)}", param="reason")
        metadata = checked_metadata(params)
        left = intent.captured - intent.refunded()
        if intent.captured and left == 0:
            raise invalid(f"Charge {intent.charge_id()} has already been refunded.",
                          code="charge_already_refunded")
        if left == 0:
            raise invalid(f"The payment {intent.id} has no captured charge to refund.",
                          code="charge_not_refundable", param="payment_intent")
        if amount is not None and amount > left:
            raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge "
                          f"({left})", param="amount")
        refund = Refund(self.new_id("re"), intent, left if amount is None else amount, int(time.time()))
        refund.reason = reason
        refund.metadata_json = json.dumps(metadata, separators=(",", ":"), ensure_ascii=False)
        self.add_refund(refund)
        effect = Effect("refund", refund.to_json(), intent)
        effect.events = [("refund.created", refund.to_json()), ("charge.refunded", intent.charge_json())]
        return effect

    def refundable(self, params: Params) -> Intent:
        """The intent that a refund names, directly or by its charge."""
        charge = params.get("charge")
        if isinstance(charge, str) and charge.startswith("ch_"):
            return self.find("pi_" + charge[3:])
        named = params.get("payment_intent")
        if not isinstance(named, str):
            raise invalid("One of the following params should be provided for this request: "
                          "payment_intent or charge.", code="parameter_missing")
        return self.find(named)

    def add_refund(self, refund: Refund) -> None:
        """Keeps a refund with its intent."""
        self.refunds[refund.id] = refund
        if refund.intent.refunds is None:
            refund.intent.refunds = []
        refund.intent.refunds.append(refund)

    # What a GET shows.

    def find(self, intent_id: str) -> Intent:
        """An intent by its id."""
        intent = self.intents.get(intent_id)
        if intent is None:
            raise invalid(f"No such payment_intent: '{intent_id}'", code="resource_missing",
                          param="intent", status=404)
        return intent

    def read(self, request: Request) -> str:
        """Answers a GET."""
        parts = request.path.split("/")
        if request.path == "/v1/payment_intents/search":
            return self.search(nest(parse_form(request.query), LIST_FIELDS))
        if request.path == "/v1/payment_intents":
            return self.list_intents(nest(parse_form(request.query), LIST_FIELDS))
        if request.path == "/v1/refunds":
            return self.list_refunds(nest(parse_form(request.query), LIST_FIELDS))
        if len(parts) == 4 and parts[2] == "payment_intents":
            return self.find(parts[3]).to_json(self.public_url)
        if len(parts) == 4 and parts[2] == "refunds":
            refund = self.refunds.get(parts[3])
            if refund is None:
                raise invalid(f"No such refund: '{parts[3]}'", code="resource_missing",
                              param="id", status=404)
            return refund.to_json()
        raise unknown_route(request)

    def search(self, params: Params) -> str:
        """Intents whose metadata, status and currency are as asked, newest first."""
        wanted, plain = parse_query(params.get("query"))
        limit = list_limit(params)
        if wanted:
            lists = [self.by_metadata.get(place, []) for place in wanted]
            ids = set(lists[0]).intersection(*lists[1:])
            found: Iterator[Intent] = (self.intents[i] for i in reversed(lists[0]) if i in ids)
        else:
            found = newest_first(self.intents)
        seen_until = time.monotonic() - self.search_lag_ms / 1000
        matches = [intent for intent in found if intent.born_s <= seen_until
                   and all(getattr(intent, name) == value for name, value in plain)]
        data = ",".join(intent.to_json(self.public_url) for intent in matches[:limit])
        more = "true" if len(matches) > limit else "false"
        return (f'{{"object":"search_result","url":"/v1/payment_intents/search","has_more":{more},'
                f'"next_page":null,"data":[{data}]}}')

    def list_intents(self, params: Params) -> str:
        """Intents by time, newest first."""
        limit = list_limit(params)
        bounds = params.get("created") if isinstance(params.get("created"), dict) else {}
        low, high = int(bounds.get("gte", 0)), int(bounds.get("lte", 1 << 60))
        after = params.get("starting_after")
        page: list[str] = []
        for intent in newest_first(self.intents):
            if after is not None:
                after = None if intent.id == after else after
            elif low <= intent.created <= high:
                page.append(intent.to_json(self.public_url))
            if len(page) > limit:
                break
        return list_json("/v1/payment_intents", page, limit)

    def list_refunds(self, params: Params) -> str:
        """Refunds, of one intent when it is named."""
        limit = list_limit(params)
        refunds: list[Refund] = list(self.refunds.values())
        if "payment_intent" in params or "charge" in params:
            refunds = self.refundable(params).refunds or []
        return list_json("/v1/refunds", [refund.to_json() for refund in refunds[::-1][:limit + 1]], limit)

    # The shopper's page, control, and books.

    def page(self, request: Request) -> Optional[Answer]:
        """The bank's page that a shopper is sent to."""
        if not request.path.startswith("/authenticate/"):
            return None
        intent = self.intents.get(request.path[len("/authenticate/"):])
        if intent is None:
            return Reply(404, b"no such payment\n", b"text/plain")
        if request.method == "POST":
            self.finish_action(intent, "complete" if b"action=complete" in request.body else "abandon")
            if intent.return_url:
                place = quote(intent.return_url, safe=":/?&=#%+,;@!~*'()$[]-._")
                return Reply(303, headers=b"Location: %s\r\n" % place.encode())
        text = (f"<!doctype html><meta charset=utf-8><title>Bank</title><h1>Confirm payment</h1>"
                f"<p>{intent.amount} {html.escape(intent.currency.upper())} (minor units): "
                f"{html.escape(intent.status)}</p><form method=post>"
                f"<button name=action value=complete>Confirm</button> "
                f"<button name=action value=abandon>Refuse</button></form>")
        return Reply(200, text.encode(), b"text/html; charset=utf-8")

    def finish_action(self, intent: Intent, action: str) -> bool:
        """The shopper is authenticated, or has given up."""
        if intent.status != "requires_action":
            return False
        if action == "complete":
            intent.authorize()
            effect = self.effect("authenticate", intent, "payment_intent.amount_capturable_updated"
                                 if intent.manual else "payment_intent.succeeded")
        else:
            effect = self.decline("abandon", intent, "authentication")
        self.book(effect, "", "")
        return True

    def control(self, order: dict[str, Any]) -> dict[str, Any]:
        """Control calls of payments."""
        self.slow_ms = number_in(order, "slow_ms", self.slow_ms, 0, 3_600_000)
        self.search_lag_ms = number_in(order, "search_lag_ms", self.search_lag_ms, 0, 3_600_000)
        done: dict[str, Any] = {}
        if "auto_action" in order:
            self.set_auto_action(order)
        if "action" in order:
            if order["action"] not in ("complete", "abandon"):
                raise ControlError("action must be complete or abandon")
            chosen = self.chosen(order)
            done["finished"] = [i.id for i in chosen if self.finish_action(i, order["action"])]
        if "expire" in order:
            done["expired"] = self.expire(str(order["expire"]))
        if "fail_refund" in order:
            done["failed"] = self.fail_refund(str(order["fail_refund"]))
        return done

    def set_auto_action(self, order: dict[str, Any]) -> None:
        """What becomes of intents that require action, without anybody's doing."""
        action = order["auto_action"]
        if action not in ("none", "complete", "abandon"):
            raise ControlError("auto_action must be none, complete or abandon")
        delay_ms = number_in(order, "action_delay_ms", 0, 0, 1e12)
        self.auto_action = None if action == "none" else (action, delay_ms)

    def chosen(self, order: dict[str, Any]) -> list[Intent]:
        """The intents that a control call names by id or metadata."""
        if "payment_intent" in order:
            intent = self.intents.get(str(order["payment_intent"]))
            if intent is None:
                raise ControlError("no such payment_intent")
            return [intent]
        metadata = order.get("metadata")
        if not isinstance(metadata, dict) or len(metadata) != 1:
            raise ControlError("name a payment_intent, or one key and value of its metadata")
        key, value = next(iter(metadata.items()))
        return [self.intents[i] for i in self.by_metadata.get(f"{key}\0{value}", [])]

    def expire(self, intent_id: str) -> bool:
        """An authorization lapses, as it does after seven days."""
        intent = self.intents.get(intent_id)
        if intent is None or intent.status != "requires_capture":
            raise ControlError("expire names a payment_intent that requires capture")
        self.book(self.void("expire", intent, "automatic"), "", "")
        return True

    def fail_refund(self, refund_id: str) -> bool:
        """A refund comes back from the bank."""
        refund = self.refunds.get(refund_id)
        if refund is None or refund.status != "succeeded":
            raise ControlError("fail_refund names a refund that succeeded")
        refund.status = "failed"
        effect = Effect("fail_refund", refund.to_json(), refund.intent)
        effect.events = [("refund.failed", refund.to_json())]
        self.book(effect, "", "")
        return True

    def totals(self) -> dict[str, Any]:
        """Sums over all intents."""
        money: dict[str, dict[str, int]] = {}
        statuses: dict[str, int] = {}
        for intent in self.intents.values():
            sums = money.setdefault(intent.currency, {
                "authorized_minor": 0, "captured_minor": 0, "refunded_minor": 0})
            sums["authorized_minor"] += intent.authorized
            sums["captured_minor"] += intent.captured
            sums["refunded_minor"] += intent.refunded()
            statuses[intent.status] = statuses.get(intent.status, 0) + 1
        return {"payment_intents": len(self.intents), "statuses": statuses, "money": money,
                "effects": self.effects, "replays": self.replays}

    def rows(self, since: int) -> Iterator[dict[str, Any]]:
        """Intents that changed."""
        return (intent.row() for intent in list(self.intents.values()) if intent.change > since)

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
        intent = self.load_body(record["body"])
        if intent is not None:
            intent.change = self.next_change()
        self.count(operation, intent)
        if record["key"]:
            body_start = line.index(b'"body":{') + 7
            stored = StoredAnswer(record["digest"], record["status"], start + body_start,
                                  len(line) - body_start - 1)
            stored.at_s, stored.request_id, stored.intent = record["at"], record["request"], intent
            self.answers[record["key"]] = stored

    def load_body(self, body: dict[str, Any]) -> Optional[Intent]:
        """Brings an intent or a refund to the state that an answer showed."""
        if body.get("object") == "refund":
            return self.load_refund(body)
        shown = intent_in(body)
        if shown is None:
            return None
        intent = restored_intent(shown)
        earlier = self.intents.get(intent.id)
        if earlier is None:
            self.add(intent, shown["metadata"])
            return intent
        for name in ("status", "captured", "authorized", "token", "cancellation", "canceled_at",
                     "last_decline", "return_url"):
            setattr(earlier, name, getattr(intent, name))
        return earlier

    def load_refund(self, body: dict[str, Any]) -> Intent:
        """A refund of the books, new or with a new status."""
        intent = self.intents[body["payment_intent"]]
        refund = self.refunds.get(body["id"])
        if refund is None:
            refund = Refund(body["id"], intent, body["amount"], body["created"])
            refund.reason = body["reason"]
            refund.metadata_json = json.dumps(body["metadata"], separators=(",", ":"),
                                              ensure_ascii=False)
            self.add_refund(refund)
        refund.status = body["status"]
        return intent

    async def start(self) -> str:
        """Goes on with what a kill interrupted."""
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


def flag(params: Params, name: str) -> bool:
    """A boolean parameter."""
    value = params.get(name, "false")
    if value not in ("true", "false"):
        raise invalid(f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def text_field(params: Params, name: str) -> Optional[str]:
    """A plain optional string."""
    value = params.get(name)
    if value is not None and not isinstance(value, str):
        raise invalid(f"Invalid string: {name} is a hash", param=name)
    return value or None


def token_in(params: Params) -> Optional[str]:
    """The payment method's token, given plainly or as card data."""
    token = params.get("payment_method")
    data = params.get("payment_method_data")
    if token is None and isinstance(data, dict) and isinstance(data.get("card"), dict):
        token = data["card"].get("token")
    if token is not None and token not in TOKENS:
        raise invalid(f"No such PaymentMethod: '{token}'", code="resource_missing",
                      param="payment_method")
    return token


def list_limit(params: Params) -> int:
    """How many objects a page holds."""
    limit = integer(params, "limit", required=False) or 10
    if limit > LIST_LIMIT:
        raise invalid(f"limit must be at most {LIST_LIMIT}", param="limit")
    return limit


def list_json(url: str, page: list[str], limit: int) -> str:
    """A list object; one more than the limit tells that there are more."""
    more = "true" if len(page) > limit else "false"
    return f'{{"object":"list","url":"{url}","has_more":{more},"data":[{",".join(page[:limit])}]}}'


def parse_query(query: Any) -> tuple[list[str], list[tuple[str, str]]]:
    """Clauses of the search language, joined by AND."""
    if not isinstance(query, str) or not query:
        raise invalid("Missing required param: query.", code="parameter_missing", param="query")
    wanted: list[str] = []
    plain: list[tuple[str, str]] = []
    for part in re.split(r"\s+AND\s+", query):
        clause = SEARCH_CLAUSE.fullmatch(part)
        if clause is None:
            raise invalid(f"We were unable to parse your search query at: {part}", param="query")
        if clause["key"]:
            wanted.append(f"{clause['key']}\0{clause['value']}")
        else:
            plain.append((clause["field"], clause["value"]))
    return wanted, plain


def unexpected_state(verb: str, intent: Intent, wanted: str) -> StripeError:
    """The intent is past, or not yet at, what is asked for."""
    return StripeError(400, "invalid_request_error", (
        f"This PaymentIntent could not be {verb} because it has a status of {intent.status}. Only a "
        f"PaymentIntent with one of the following statuses may be {verb}: {wanted}."),
        code="payment_intent_unexpected_state", stored=True)


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
