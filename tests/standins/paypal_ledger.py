"""Orders, authorizations, captures and refunds as PayPal keeps them, and the rules it applies."""
from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Optional

from order_provider import Things

WHOLE = {"HUF", "JPY", "TWD"}
KNOWN = WHOLE | {"AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HKD", "ILS", "MXN", "MYR", "NOK", "NZD",
                 "PHP", "PLN", "SEK", "SGD", "THB", "USD"}
VALUE = re.compile(r"^((-?[0-9]+)|(-?([0-9]+)?[.][0-9]+))$")
HONOR_S = 3 * 86400
LIFE_S = 29 * 86400


# What each status is called, and said with.
WORDS = {
    400: ("INVALID_REQUEST", "Request is not well-formed, syntactically incorrect, or violates schema."),
    401: ("AUTHENTICATION_FAILURE", "Authentication failed due to missing authorization header, or invalid "
          "authentication credentials."),
    404: ("RESOURCE_NOT_FOUND", "The specified resource does not exist."),
    409: ("RESOURCE_CONFLICT", "The server has detected a conflict while processing this request."),
    422: ("UNPROCESSABLE_ENTITY", "The requested action could not be performed, semantically incorrect, or failed "
          "business validation."),
    429: ("RATE_LIMIT_REACHED", "Too many requests."),
    500: ("INTERNAL_SERVER_ERROR", "An internal server error occurred.")}


class PayPalError(Exception):
    """A request that is not done: status, name, and the issue."""

    def __init__(self, status: int, issue: str, field: str = "", links: Optional[list[dict[str, str]]] = None) -> None:
        super().__init__(issue)
        self.status, self.issue, self.field, self.links = status, issue, field, links or []

    def body(self, debug_id: str) -> dict[str, Any]:
        """As the API shows it."""
        detail = {"issue": self.issue, "description": self.issue.replace("_", " ").lower() + "."}
        if self.field:
            detail["field"] = self.field
        name, message = WORDS.get(self.status, WORDS[500])
        return {"name": name, "message": message, "debug_id": debug_id, "details": [detail], "links": self.links}


def only(body: Any, place: str, required: set[str], optional: set[str]) -> dict[str, Any]:
    """An object with these members and no others."""
    if not isinstance(body, dict):
        raise PayPalError(400, "INVALID_PARAMETER_SYNTAX", place)
    for name in sorted(required - set(body)):
        raise PayPalError(400, "MISSING_REQUIRED_PARAMETER", f"{place}/{name}")
    for name in sorted(set(body) - required - optional):
        raise PayPalError(400, "INVALID_PARAMETER_SYNTAX", f"{place}/{name}")
    return body


def text(body: dict[str, Any], name: str, longest: int) -> Optional[str]:
    """A text of a bounded length, or none."""
    value = body.get(name)
    if value is not None and (not isinstance(value, str) or not 1 <= len(value) <= longest):
        raise PayPalError(400, "INVALID_STRING_LENGTH", f"/{name}")
    return value


def amount_of(body: Any, place: str) -> tuple[str, Decimal]:
    """Currency and value, with as many decimals as the currency has there."""
    only(body, place, {"currency_code", "value"}, set())
    currency, value = body["currency_code"], body["value"]
    if currency not in KNOWN:
        raise PayPalError(422, "CURRENCY_NOT_SUPPORTED", f"{place}/currency_code")
    if not isinstance(value, str) or not VALUE.match(value):
        raise PayPalError(400, "INVALID_PARAMETER_SYNTAX", f"{place}/value")
    amount = Decimal(value)
    exponent = amount.as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else 0
    if amount <= 0:
        raise PayPalError(422, "CANNOT_BE_ZERO_OR_NEGATIVE", f"{place}/value")
    if digits > (0 if currency in WHOLE else 2):
        raise PayPalError(422, "DECIMAL_PRECISION", f"{place}/value")
    return currency, amount


def asked_of(body: dict[str, Any], currency: str, left: Decimal) -> tuple[str, Decimal]:
    """The amount that is asked for: all that is left, where none is named."""
    return amount_of(body["amount"], "/amount") if "amount" in body else (currency, left)


class Ledger(Things):
    """What PayPal makes of orders."""

    def new(self, kind: str, **members: Any) -> dict[str, Any]:
        """A new thing under a new id."""
        self.count += 1
        prefix = {"order": "5O", "authorization": "0A", "capture": "2G", "refund": "1J"}[kind]
        thing = {"kind": kind, "id": f"{prefix}{self.count:015d}"} | members
        self.things[thing["id"]] = thing
        return thing

    def find(self, kind: str, name: str) -> dict[str, Any]:
        """A thing of this kind, or the API's refusal."""
        thing = self.get(kind, name)
        if thing is None:
            raise PayPalError(404, "INVALID_RESOURCE_ID", "id")
        return thing

    def of_order(self, kind: str, order: str) -> list[dict[str, Any]]:
        """What was made of an order, the oldest first."""
        return [thing for thing in self.all_of(kind) if thing["order"] == order]

    def create(self, body: Any) -> dict[str, Any]:
        """An order that a payer may approve."""
        only(body, "", {"intent", "purchase_units"}, {"payment_source", "payer", "application_context"})
        if body["intent"] != "AUTHORIZE":
            raise PayPalError(422, "INTENT_NOT_SUPPORTED_HERE", "/intent")
        units = body["purchase_units"]
        if not isinstance(units, list) or len(units) != 1:
            raise PayPalError(422, "INVALID_ARRAY_MAX_ITEMS", "/purchase_units")
        unit = only(units[0], "/purchase_units/0", {"amount"},
                    {"reference_id", "custom_id", "invoice_id", "description", "soft_descriptor"})
        for name, longest in (("reference_id", 256), ("custom_id", 127), ("invoice_id", 127), ("description", 127)):
            text(unit, name, longest)
        currency, amount = amount_of(unit["amount"], "/purchase_units/0/amount")
        wallet = only(body.get("payment_source", {"paypal": {}}), "/payment_source", {"paypal"}, set())["paypal"]
        context = only(wallet, "/payment_source/paypal", set(), {"experience_context"}).get("experience_context", {})
        only(context, "/payment_source/paypal/experience_context", set(),
             {"user_action", "shipping_preference", "return_url", "cancel_url", "locale", "brand_name"})
        return self.new("order", status="PAYER_ACTION_REQUIRED", currency=currency, value=str(amount),
                        custom_id=unit.get("custom_id"), reference_id=unit.get("reference_id", "default"),
                        return_url=context.get("return_url"), cancel_url=context.get("cancel_url"))

    def approve(self, order: dict[str, Any]) -> bool:
        """The payer says yes."""
        if order["status"] != "PAYER_ACTION_REQUIRED":
            return False
        order["status"] = "APPROVED"
        return True

    def authorize(self, order: dict[str, Any], now_s: float) -> dict[str, Any]:
        """Money is held."""
        if order["status"] == "COMPLETED":
            raise PayPalError(422, "ORDER_ALREADY_AUTHORIZED")
        if order["status"] != "APPROVED":
            raise PayPalError(422, "ORDER_NOT_APPROVED")
        order["status"] = "COMPLETED"
        return self.new("authorization", status="CREATED", order=order["id"], currency=order["currency"],
                        value=order["value"], at_s=now_s, renewed=False)

    def captured(self, authorization: dict[str, Any]) -> Decimal:
        """What was taken of a hold."""
        return sum((Decimal(thing["value"]) for thing in self.things.values() if thing["kind"] == "capture"
                    and thing["authorization"] == authorization["id"] and thing["status"] != "DECLINED"), Decimal(0))

    def check_held(self, authorization: dict[str, Any], now_s: float) -> None:
        """A hold that is there still."""
        if authorization["status"] == "VOIDED":
            raise PayPalError(422, "AUTHORIZATION_VOIDED")
        if authorization["status"] == "CAPTURED":
            raise PayPalError(422, "AUTHORIZATION_ALREADY_CAPTURED")
        if now_s - authorization["at_s"] > LIFE_S:
            raise PayPalError(422, "AUTHORIZATION_EXPIRED")

    def capture(self, authorization: dict[str, Any], body: Any, now_s: float, pending: bool) -> dict[str, Any]:
        """Money is taken."""
        only(body, "", set(), {"amount", "final_capture", "invoice_id", "note_to_payer"})
        self.check_held(authorization, now_s)
        left = Decimal(authorization["value"]) - self.captured(authorization)
        currency, amount = asked_of(body, authorization["currency"], left)
        if currency != authorization["currency"]:
            raise PayPalError(422, "CURRENCY_MISMATCH", "/amount/currency_code")
        if amount > left:
            raise PayPalError(422, "MAX_CAPTURE_AMOUNT_EXCEEDED", "/amount")
        invoice = text(body, "invoice_id", 127)
        if invoice is not None and any(thing.get("invoice_id") == invoice for thing in self.things.values()):
            raise PayPalError(422, "DUPLICATE_INVOICE_ID", "/invoice_id")
        final = body.get("final_capture") is True or amount == left
        authorization["status"] = "CAPTURED" if final else "PARTIALLY_CAPTURED"
        return self.new("capture", status="PENDING" if pending else "COMPLETED", order=authorization["order"],
                        authorization=authorization["id"], currency=currency, value=str(amount), final=final,
                        invoice_id=invoice)

    def void(self, authorization: dict[str, Any]) -> dict[str, Any]:
        """What is held is let go."""
        if authorization["status"] == "VOIDED":
            raise PayPalError(422, "PREVIOUSLY_VOIDED")
        if authorization["status"] == "CAPTURED":
            raise PayPalError(422, "PREVIOUSLY_CAPTURED")
        authorization["status"] = "VOIDED"
        return authorization

    def renew(self, authorization: dict[str, Any], body: Any, now_s: float) -> dict[str, Any]:
        """What is held is held anew, once."""
        only(body, "", set(), {"amount"})
        self.check_held(authorization, now_s)
        if authorization["renewed"]:
            raise PayPalError(422, "REAUTHORIZATION_NOT_ALLOWED")
        if now_s - authorization["at_s"] < HONOR_S:
            raise PayPalError(422, "REAUTHORIZATION_TOO_SOON")
        left = Decimal(authorization["value"]) - self.captured(authorization)
        currency, amount = asked_of(body, authorization["currency"], left)
        if currency != authorization["currency"] or amount > left * Decimal("1.15"):
            raise PayPalError(422, "AMOUNT_NOT_ALLOWED", "/amount")
        authorization["status"] = "VOIDED"
        return self.new("authorization", status="CREATED", order=authorization["order"], currency=currency,
                        value=str(amount), at_s=now_s, renewed=True)

    def refunded(self, capture: dict[str, Any]) -> Decimal:
        """What was given back of a capture."""
        return sum((Decimal(thing["value"]) for thing in self.things.values() if thing["kind"] == "refund"
                    and thing["capture"] == capture["id"] and thing["status"] != "FAILED"), Decimal(0))

    def refund(self, capture: dict[str, Any], body: Any, pending: bool) -> dict[str, Any]:
        """Money is given back."""
        only(body, "", set(), {"amount", "invoice_id", "custom_id", "note_to_payer"})
        if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED"):
            raise PayPalError(422, "CAPTURE_FULLY_REFUNDED" if capture["status"] == "REFUNDED" else "PENDING_CAPTURE")
        left = Decimal(capture["value"]) - self.refunded(capture)
        currency, amount = asked_of(body, capture["currency"], left)
        if currency != capture["currency"]:
            raise PayPalError(422, "CURRENCY_MISMATCH", "/amount/currency_code")
        if amount > left:
            raise PayPalError(422, "REFUND_AMOUNT_EXCEEDED", "/amount")
        capture["status"] = "REFUNDED" if amount == left else "PARTIALLY_REFUNDED"
        return self.new("refund", status="PENDING" if pending else "COMPLETED", order=capture["order"],
                        capture=capture["id"], currency=currency, value=str(amount),
                        custom_id=text(body, "custom_id", 127), invoice_id=text(body, "invoice_id", 127))
