"""The payment provider's ledger: what intents and refunds may do, and who finds them."""
from __future__ import annotations

import json
import re
import secrets
import time
from typing import Any, Callable, Iterator, Optional

from payment_objects import (DECLINES, TOKENS, VOIDABLE, Intent, Params, Refund, StripeError,
                             checked_metadata, checked_money, declined, integer, intent_in, invalid,
                             nest, newest_first, restored_intent)

LIST_LIMIT = 100
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
RETRIEVE_FIELDS = frozenset(("expand",))
CANCEL_FIELDS = frozenset(("cancellation_reason", "expand"))
REFUND_FIELDS = frozenset("payment_intent charge amount reason metadata expand".split())
LIST_FIELDS = frozenset("limit starting_after ending_before created customer expand "
                        "payment_intent charge query page".split())
REFUND_REASONS = ("duplicate", "fraudulent", "requested_by_customer")
CANCEL_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


class Effect:
    """The result of acting: an answer, the intent it is about, and the operation's name."""

    __slots__ = ("operation", "status", "body", "intent", "events")

    def __init__(self, operation: str, body: str, intent: Optional[Intent], status: int = 200) -> None:
        self.operation = operation
        self.status = status
        self.body = body.encode()
        self.intent = intent
        self.events: list[tuple[str, str]] = []


class Ledger:
    """All intents and refunds."""

    def __init__(self, finish_later: Callable[[Intent], None]) -> None:
        self.finish_later = finish_later
        self.public_url = ""
        self.process_mark = secrets.token_hex(6)
        self.number = 0
        self.search_lag_ms = 0.0
        self.pending_refunds = False
        self.intents: dict[str, Intent] = {}
        self.refunds: dict[str, Refund] = {}
        self.by_metadata: dict[str, list[str]] = {}

    def clear(self) -> None:
        """Forgets everything."""
        self.intents.clear()
        self.refunds.clear()
        self.by_metadata.clear()
        self.search_lag_ms = 0.0
        self.pending_refunds = False

    def next_mark(self) -> str:
        """A number that is unique over restarts."""
        self.number += 1
        return f"{self.process_mark}{self.number:010x}"

    def new_id(self, prefix: str) -> str:
        """An id in the API's style."""
        return f"{prefix}_3{self.next_mark()}"

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
        intent.multicapture = wants_multicapture(params)
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
            self.finish_later(intent)
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
        """POST /v1/payment_intents/{id}/capture; the rest is released unless more captures are to come."""
        params = nest(pairs, CAPTURE_FIELDS)
        amount = integer(params, "amount_to_capture", required=False)
        final = params.get("final_capture", "true") != "false"
        if not final and not intent.multicapture:
            raise invalid("Multicapture is not available for this PaymentIntent.", param="final_capture")
        if intent.status != "requires_capture":
            raise unexpected_state("captured", intent, "requires_capture")
        left = intent.capturable()
        if amount is not None and amount > left:
            raise StripeError(400, "invalid_request_error", (
                f"The remaining amount available to capture for this PaymentIntent is "
                f"{left} {intent.currency}, but you tried to capture {amount}."),
                code="amount_too_large", param="amount_to_capture", stored=True)
        intent.capture(left if amount is None else amount, final)
        return self.effect("capture", intent, "payment_intent.succeeded" if intent.status == "succeeded"
                           else "payment_intent.amount_capturable_updated")

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
        refund.status = "pending" if self.pending_refunds else refund.status
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

    def find(self, intent_id: str) -> Intent:
        """An intent by its id."""
        intent = self.intents.get(intent_id)
        if intent is None:
            raise invalid(f"No such payment_intent: '{intent_id}'", code="resource_missing",
                          param="intent", status=404)
        return intent

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
        whole = wants_charges(params)
        data = ",".join(intent.to_json(self.public_url, whole_charge=whole) for intent in matches[:limit])
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
                page.append(intent.to_json(self.public_url, whole_charge=wants_charges(params)))
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


def wants_multicapture(params: Params) -> bool:
    """payment_method_options[card][request_multicapture]: may the payment be captured in parts."""
    options = params.get("payment_method_options", {})
    card = options.get("card", {}) if isinstance(options, dict) else {}
    wanted = card.get("request_multicapture", "never") if isinstance(card, dict) else None
    if wanted not in ("if_available", "never"):
        raise invalid("Invalid request_multicapture: must be if_available or never",
                      param="payment_method_options[card][request_multicapture]")
    return bool(wanted == "if_available")


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


def wants_charges(params: Params) -> bool:
    """Whether a list is to show its charges as objects: expand[]=data.latest_charge."""
    expand = params.get("expand")
    return isinstance(expand, dict) and "data.latest_charge" in expand.values()


def wants_charge(params: Params) -> bool:
    """Whether one intent is to show its charge as an object: expand[]=latest_charge."""
    expand = params.get("expand")
    return isinstance(expand, dict) and "latest_charge" in expand.values()


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
