"""What the payment provider's API speaks of: intents, refunds, errors, money."""
from __future__ import annotations

import json
from typing import Any, Iterator, Optional
from urllib.parse import unquote_plus

MAX_AMOUNT = 99_999_999
MAX_METADATA_KEYS = 50
MAX_METADATA_KEY = 40
MAX_METADATA_VALUE = 500
MAX_FORM_FIELDS = 500

ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
THREE_DECIMAL = frozenset("bhd jod kwd omr tnd".split())
TWO_DECIMAL = frozenset(
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad "
    "cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl "
    "htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop "
    "mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar "
    "sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs wst "
    "xcd yer zar zmw".split())
CURRENCIES = ZERO_DECIMAL | THREE_DECIMAL | TWO_DECIMAL
DEFAULT_MINIMUM = 50
MINIMUM = {"aed": 200, "czk": 1500, "dkk": 250, "gbp": 30, "hkd": 400, "huf": 17500, "mxn": 1000,
           "myr": 200, "nok": 300, "pln": 200, "ron": 200, "sek": 300, "thb": 1000}

# What a token does when the intent is confirmed: the outcome, or a decline code.
TOKENS = {
    "tok_ok": "ok", "tok_slow": "slow", "tok_action": "action", "tok_declined": "generic_decline",
    "tok_insufficient_funds": "insufficient_funds", "tok_expired_card": "expired_card",
    "pm_card_visa": "ok", "pm_card_mastercard": "ok",
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_authenticationRequired": "action",
}
DECLINES = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "expired_card": ("expired_card", "Your card has expired."),
    "authentication": ("payment_intent_authentication_failure",
                       "The provided PaymentMethod has failed authentication."),
}
VOIDABLE = ("requires_payment_method", "requires_confirmation", "requires_action",
            "requires_capture", "processing")

Params = dict[str, Any]


class StripeError(Exception):
    """An error answer; `stored` ones belong to the idempotency key that met them."""

    def __init__(self, status: int, kind: str, message: str, *, code: str = "", param: str = "",
                 decline_code: str = "", stored: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.stored = stored
        self.fields: dict[str, Any] = {"type": kind, "message": message}
        for name, value in (("code", code), ("param", param), ("decline_code", decline_code)):
            if value:
                self.fields[name] = value
        if code:
            self.fields["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"

    def body(self, intent_json: str = "") -> bytes:
        """The JSON document, with the payment intent where the error is about one."""
        text = json.dumps({"error": self.fields}, separators=(",", ":"))
        if intent_json:
            text = f'{text[:-2]},"payment_intent":{intent_json}}}}}'
        return text.encode()


def invalid(message: str, *, code: str = "", param: str = "", status: int = 400) -> StripeError:
    """An error of the request's own making."""
    return StripeError(status, "invalid_request_error", message, code=code, param=param)


def declined(decline_code: str) -> StripeError:
    """The card's bank said no."""
    code, message = DECLINES[decline_code]
    return StripeError(402, "card_error", message, code=code, stored=True,
                       decline_code=decline_code if code == "card_declined" else "")


def parse_form(text: str) -> list[tuple[str, str]]:
    """The fields of a form body or query, decoded."""
    if not text:
        return []
    fields = text.split("&")
    if len(fields) > MAX_FORM_FIELDS:
        raise invalid("Too many parameters")
    pairs = []
    for field in fields:
        name, _, value = field.partition("=")
        if "%" in name or "+" in name:
            name = unquote_plus(name)
        if "%" in value or "+" in value:
            value = unquote_plus(value)
        pairs.append((name, value))
    return pairs


def nest(pairs: list[tuple[str, str]], known: frozenset[str]) -> Params:
    """`metadata[a]=b` becomes {"metadata": {"a": "b"}}; unknown names are refused."""
    params: Params = {}
    for name, value in pairs:
        root, bracket, rest = name.partition("[")
        if root not in known:
            raise invalid(f"Received unknown parameter: {root}", code="parameter_unknown", param=root)
        if not bracket:
            params[root] = value
            continue
        if not rest.endswith("]"):
            raise invalid(f"Invalid parameter name: {name}", param=root)
        keys = rest[:-1].split("][")
        place = params.setdefault(root, {})
        for key in keys[:-1]:
            place = place.setdefault(key, {}) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            raise invalid(f"Invalid {root}: both a value and a hash are given", param=root)
        place[keys[-1] or str(len(place))] = value
    return params


def integer(params: Params, name: str, *, required: bool = True) -> Optional[int]:
    """A whole number, in the API's words when it is not one."""
    value = params.get(name)
    if value is None or value == "":
        if required:
            raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
        return None
    if not isinstance(value, str) or not value.lstrip("-").isdigit() or len(value) > 18:
        raise invalid(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
    number = int(value)
    if number < 1:
        raise invalid("This value must be greater than or equal to 1.",
                      code="parameter_invalid_integer", param=name)
    return number


def checked_money(params: Params) -> tuple[int, str]:
    """Amount and currency of a new intent."""
    amount = integer(params, "amount") or 0
    currency = params.get("currency")
    if not isinstance(currency, str):
        raise invalid("Missing required param: currency.", code="parameter_missing", param="currency")
    currency = currency.lower()
    if currency not in CURRENCIES:
        raise invalid(f"Invalid currency: {currency}. It is not supported.", param="currency")
    if amount > MAX_AMOUNT:
        raise invalid(f"Amount must be no more than {MAX_AMOUNT} {currency}",
                      code="amount_too_large", param="amount")
    if amount < MINIMUM.get(currency, DEFAULT_MINIMUM):
        raise invalid(f"Amount must be at least {MINIMUM.get(currency, DEFAULT_MINIMUM)} {currency}",
                      code="amount_too_small", param="amount")
    if currency in THREE_DECIMAL and amount % 10:
        raise invalid(f"Invalid amount: {currency} amounts must be divisible by 10.",
                      code="parameter_invalid_integer", param="amount")
    return amount, currency


def checked_metadata(params: Params) -> dict[str, str]:
    """Metadata within the API's limits."""
    metadata = params.get("metadata") or {}
    if not isinstance(metadata, dict) or len(metadata) > MAX_METADATA_KEYS:
        raise invalid(f"Metadata is a hash of at most {MAX_METADATA_KEYS} keys", param="metadata")
    for key, value in metadata.items():
        if not isinstance(value, str) or len(key) > MAX_METADATA_KEY:
            raise invalid(f"Metadata keys have at most {MAX_METADATA_KEY} characters "
                          "and plain values", param="metadata")
        if len(value) > MAX_METADATA_VALUE:
            raise invalid(f"Metadata values can have up to {MAX_METADATA_VALUE} characters",
                          param=f"metadata[{key}]")
    return metadata


def quoted(value: Optional[str]) -> str:
    """A JSON string or null."""
    return "null" if value is None else json.dumps(value, ensure_ascii=False)


class Refund:
    """Money given back."""

    __slots__ = ("id", "intent", "amount", "status", "created", "reason", "metadata_json")

    def __init__(self, refund_id: str, intent: "Intent", amount: int, created: int) -> None:
        self.id = refund_id
        self.intent = intent
        self.amount = amount
        self.status = "succeeded"
        self.created = created
        self.reason: Optional[str] = None
        self.metadata_json = "{}"

    def to_json(self) -> str:
        """The API's object."""
        failure = ',"failure_reason":"expired_or_canceled_card"' if self.status == "failed" else ""
        return (f'{{"id":"{self.id}","object":"refund","amount":{self.amount},'
                f'"balance_transaction":null,"charge":"{self.intent.charge_id()}",'
                f'"created":{self.created},"currency":"{self.intent.currency}",'
                f'"metadata":{self.metadata_json},"payment_intent":"{self.intent.id}",'
                f'"reason":{quoted(self.reason)},"receipt_number":null,'
                f'"source_transfer_reversal":null,"status":"{self.status}",'
                f'"transfer_reversal":null{failure}}}')


class Intent:
    """One payment intent."""

    __slots__ = ("id", "amount", "currency", "status", "authorized", "captured", "created",
                 "manual", "multicapture", "token", "metadata_json", "description", "receipt_email", "customer",
                 "return_url", "cancellation", "canceled_at", "last_decline", "refunds", "effects",
                 "replays", "change", "born_s")

    def __init__(self, intent_id: str, amount: int, currency: str, created: int) -> None:
        self.id = intent_id
        self.amount = amount
        self.currency = currency
        self.created = created
        self.status = "requires_payment_method"
        self.authorized = 0
        self.captured = 0
        self.manual = False
        self.multicapture = False
        self.token: Optional[str] = None
        self.metadata_json = "{}"
        self.description: Optional[str] = None
        self.receipt_email: Optional[str] = None
        self.customer: Optional[str] = None
        self.return_url: Optional[str] = None
        self.cancellation: Optional[str] = None
        self.canceled_at: Optional[int] = None
        self.last_decline: Optional[str] = None
        self.refunds: Optional[list[Refund]] = None
        self.effects = 0
        self.replays = 0
        self.change = 0
        self.born_s = 0.0

    def charge_id(self) -> str:
        """The charge has the intent's own number."""
        return "ch_" + self.id[3:]

    def capturable(self) -> int:
        """What can be captured now."""
        return self.authorized - self.captured if self.status == "requires_capture" else 0

    def refunded(self) -> int:
        """What was given back and arrived."""
        return sum(refund.amount for refund in self.refunds or () if refund.status != "failed")

    def capture(self, amount: int, final: bool) -> None:
        """Takes money; the last capture lets go of the rest."""
        self.captured += amount
        if final or self.captured == self.authorized:
            self.status = "succeeded"

    def options_json(self) -> str:
        """payment_method_options."""
        return '{"card":{"request_multicapture":"if_available"}}' if self.multicapture else "{}"

    def authorize(self) -> None:
        """The bank said yes."""
        self.authorized = self.amount
        self.last_decline = None
        if self.manual:
            self.status = "requires_capture"
        else:
            self.status, self.captured = "succeeded", self.amount

    def error_json(self) -> str:
        """last_payment_error."""
        if self.last_decline is None:
            return "null"
        return json.dumps(declined(self.last_decline).fields, separators=(",", ":"))

    def next_action_json(self, public_url: str) -> str:
        """Where the shopper goes to be authenticated."""
        if self.status != "requires_action":
            return "null"
        return (f'{{"type":"redirect_to_url","redirect_to_url":{{"return_url":'
                f'{quoted(self.return_url)},"url":"{public_url}/authenticate/{self.id}"}}}}')

    def to_json(self, public_url: str, *, whole_charge: bool = False) -> str:
        """The API's object; its charge is an id, or the object where that was asked for."""
        shown = self.charge_json() if whole_charge else f'"{self.charge_id()}"'
        charge = shown if self.authorized else "null"
        return (
            f'{{"id":"{self.id}","object":"payment_intent","amount":{self.amount},'
            f'"amount_capturable":{self.capturable()},"amount_received":{self.captured},'
            f'"application":null,"application_fee_amount":null,"automatic_payment_methods":null,'
            f'"canceled_at":{"null" if self.canceled_at is None else self.canceled_at},'
            f'"cancellation_reason":{quoted(self.cancellation)},'
            f'"capture_method":"{"manual" if self.manual else "automatic"}",'
            f'"client_secret":"{self.id}_secret_s","confirmation_method":"automatic",'
            f'"created":{self.created},"currency":"{self.currency}",'
            f'"customer":{quoted(self.customer)},"description":{quoted(self.description)},'
            f'"last_payment_error":{self.error_json()},"latest_charge":{charge},"livemode":false,'
            f'"metadata":{self.metadata_json},"next_action":{self.next_action_json(public_url)},'
            f'"on_behalf_of":null,"payment_method":{quoted(self.token)},'
            f'"payment_method_options":{self.options_json()},"payment_method_types":["card"],"processing":null,'
            f'"receipt_email":{quoted(self.receipt_email)},"review":null,"setup_future_usage":null,'
            f'"shipping":null,"source":null,"statement_descriptor":null,'
            f'"statement_descriptor_suffix":null,"status":"{self.status}","transfer_data":null,'
            f'"transfer_group":null}}')

    def charge_json(self) -> str:
        """The charge behind the intent, as refund events show it."""
        refunded = self.refunded()
        return (f'{{"id":"{self.charge_id()}","object":"charge","amount":{self.amount},'
                f'"amount_captured":{self.captured},"amount_refunded":{refunded},'
                f'"captured":{"true" if self.captured else "false"},"created":{self.created},'
                f'"currency":"{self.currency}","livemode":false,"metadata":{self.metadata_json},'
                f'"paid":true,"payment_intent":"{self.id}",'
                f'"refunded":{"true" if refunded >= self.captured else "false"},'
                f'"status":"succeeded"}}')

    def row(self) -> dict[str, Any]:
        """The line of the books."""
        return {"id": self.id, "change": self.change, "created": self.created,
                "status": self.status, "currency": self.currency, "amount_minor": self.amount,
                "authorized_minor": self.authorized, "capturable_minor": self.capturable(),
                "captured_minor": self.captured, "refunded_minor": self.refunded(),
                "payment_method": self.token, "metadata": json.loads(self.metadata_json),
                "effects": self.effects, "replays": self.replays,
                "refunds": [{"id": refund.id, "amount_minor": refund.amount, "status": refund.status,
                             "metadata": json.loads(refund.metadata_json)}
                            for refund in self.refunds or ()]}


def restored_intent(shown: dict[str, Any]) -> Intent:
    """An intent from the object that the books hold."""
    intent = Intent(shown["id"], shown["amount"], shown["currency"], shown["created"])
    intent.status = shown["status"]
    intent.captured = shown["amount_received"]
    intent.manual = shown["capture_method"] == "manual"
    intent.multicapture = bool(shown["payment_method_options"])
    intent.token = shown["payment_method"]
    intent.metadata_json = json.dumps(shown["metadata"], separators=(",", ":"), ensure_ascii=False)
    intent.description = shown["description"]
    intent.receipt_email = shown["receipt_email"]
    intent.customer = shown["customer"]
    intent.cancellation = shown["cancellation_reason"]
    intent.canceled_at = shown["canceled_at"]
    intent.last_decline = decline_of(shown["last_payment_error"])
    action = shown["next_action"]
    intent.return_url = action["redirect_to_url"]["return_url"] if action else None
    if shown["latest_charge"]:
        intent.authorized = intent.amount
    return intent


def decline_of(error: Optional[dict[str, Any]]) -> Optional[str]:
    """The decline that an error object tells of."""
    if error is None:
        return None
    if "decline_code" in error:
        return str(error["decline_code"])
    return "authentication" if "authentication" in error["code"] else "expired_card"


def intent_in(body: dict[str, Any]) -> Optional[dict[str, Any]]:
    """The payment intent that an answer shows, if it shows one."""
    if body.get("object") == "payment_intent":
        return body
    error = body.get("error")
    return error.get("payment_intent") if isinstance(error, dict) else None


def newest_first(intents: dict[str, Intent]) -> Iterator[Intent]:
    """Intents in the order of the API's lists."""
    return reversed(list(intents.values()))
