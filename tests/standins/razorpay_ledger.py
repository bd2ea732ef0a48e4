"""Orders, payments and refunds as Razorpay keeps them, and the rules it applies."""
from __future__ import annotations

import re
from typing import Any, Optional

from order_provider import Things

LEAST = 100
LIFE_MINUTES = 7200
WHOLE = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
THREE = {"BHD", "IQD", "JOD", "KWD", "OMR", "TND"}
CURRENCY = re.compile(r"^[A-Z]{3}$")
KEY = re.compile(r"^[A-Za-z0-9_-]{10,}$")
FEE_PARTS = 50  # two of a hundred
TAX_PARTS = 18


class RazorpayError(Exception):
    """A request that is not done: status, words, and the field at fault."""

    def __init__(self, status: int, description: str, field: str = "", code: str = "BAD_REQUEST_ERROR") -> None:
        super().__init__(description)
        self.status, self.description, self.field, self.code = status, description, field, code

    def body(self) -> dict[str, Any]:
        """As the API shows it."""
        error: dict[str, Any] = {"code": self.code, "description": self.description, "source": "NA", "step": "NA",
                                 "reason": "NA", "metadata": {}}
        if self.field:
            error |= {"field": self.field, "source": "business", "step": "payment_initiation",
                      "reason": "input_validation_failed"}
        return {"error": error}


def only(body: Any, required: set[str], optional: set[str]) -> dict[str, Any]:
    """An object with these members and no others."""
    if not isinstance(body, dict):
        raise RazorpayError(400, "The request body must be an object.")
    for name in sorted(required - set(body)):
        raise RazorpayError(400, f"The {name} field is required.", name)
    for name in sorted(set(body) - required - optional):
        raise RazorpayError(400, f"{name} is/are not required and should not be sent", name)
    return body


def amount_of(body: dict[str, Any], currency: str) -> int:
    """An amount in the currency's smallest unit."""
    amount = body["amount"]
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise RazorpayError(400, "The amount must be an integer.", "amount")
    if amount < LEAST:
        raise RazorpayError(400, f"The amount must be at least {currency} 1.00", "amount")
    if currency in THREE and amount % 10 != 0:
        raise RazorpayError(400, "The last decimal of three decimal currencies must be 0.", "amount")
    return amount


def notes_of(body: dict[str, Any]) -> dict[str, str]:
    """At most fifteen pairs."""
    notes = body.get("notes", {})
    if notes == []:
        return {}
    if not isinstance(notes, dict) or len(notes) > 15:
        raise RazorpayError(400, "The notes must be an object of at most 15 pairs.", "notes")
    for name, value in notes.items():
        if not isinstance(value, str) or max(len(name), len(value)) > 256:
            raise RazorpayError(400, "A note may have at most 256 characters.", "notes")
    return dict(notes)


def receipt_of(body: dict[str, Any], longest: int) -> Optional[str]:
    """Our reference."""
    receipt = body.get("receipt")
    if receipt is not None and (not isinstance(receipt, str) or not 1 <= len(receipt) <= longest):
        raise RazorpayError(400, f"The receipt may not be greater than {longest} characters.", "receipt")
    return receipt


class Ledger(Things):
    """What Razorpay makes of orders."""

    kind_member = "entity"

    def new(self, kind: str, now_s: float, **members: Any) -> dict[str, Any]:
        """A new thing under a new id."""
        self.count += 1
        prefix = {"order": "order", "payment": "pay", "refund": "rfnd"}[kind]
        thing = {"id": f"{prefix}_{self.count:014d}", "entity": kind, "created_at": int(now_s)} | members
        self.things[thing["id"]] = thing
        return thing

    def find(self, kind: str, name: str) -> dict[str, Any]:
        """A thing of this kind, or the API's refusal."""
        thing = self.get(kind, name)
        if thing is None:
            raise RazorpayError(400, "The id provided does not exist")
        return thing

    def of(self, kind: str, member: str, name: str) -> list[dict[str, Any]]:
        """Things of a kind that name another, the newest first."""
        return [thing for thing in reversed(self.all_of(kind)) if thing[member] == name]

    def create(self, body: Any, now_s: float) -> dict[str, Any]:
        """An order that can be paid."""
        only(body, {"amount", "currency"}, {"receipt", "notes", "payment", "partial_payment"})
        currency = body["currency"]
        if not isinstance(currency, str) or not CURRENCY.match(currency):
            raise RazorpayError(400, "Currency is not supported", "currency")
        receipt = receipt_of(body, 40)
        if receipt is not None and self.of("order", "receipt", receipt):
            raise RazorpayError(400, "The receipt has already been taken.", "receipt")
        capture = only(body.get("payment", {"capture": "automatic"}), {"capture"}, {"capture_options"})
        options = only(capture.get("capture_options", {}), set(),
                       {"automatic_expiry_period", "manual_expiry_period", "refund_speed"})
        life = options.get("manual_expiry_period", LIFE_MINUTES)
        if capture["capture"] not in ("automatic", "manual") or not isinstance(life, int) or life > LIFE_MINUTES:
            raise RazorpayError(400, "The capture options are invalid.", "payment")
        amount = amount_of(body, currency)
        return self.new("order", now_s, amount=amount, amount_paid=0, amount_due=amount, currency=currency,
                        receipt=receipt, offer_id=None, status="created", attempts=0, notes=notes_of(body),
                        capture=capture["capture"], life_s=60 * life)

    def pay(self, order: dict[str, Any], status: str, notes: dict[str, str], now_s: float) -> dict[str, Any]:
        """A shopper tries to pay it."""
        if order["status"] == "paid":
            raise RazorpayError(400, "Your payment has been declined as the order is already paid. Please initiate "
                                "the payment with a new order.")
        order["status"] = "attempted"
        order["attempts"] += 1
        return self.new("payment", now_s, amount=order["amount"], currency=order["currency"], status=status,
                        order_id=order["id"], method="card", amount_refunded=0, refund_status=None, captured=False,
                        notes=notes, fee=None, tax=None)

    def capture(self, payment: dict[str, Any], body: Any) -> dict[str, Any]:
        """All of it is taken, once."""
        only(body, {"amount", "currency"}, set())
        order = self.things[payment["order_id"]]
        if payment["captured"]:
            raise RazorpayError(400, "This payment has already been captured")
        if payment["status"] != "authorized":
            raise RazorpayError(400, "Only payments which have been authorized and not yet captured can be captured")
        if order["status"] == "paid":
            raise RazorpayError(400, "Your payment has been declined as the order is already paid. Please initiate "
                                "the payment with a new order.")
        if body["amount"] != payment["amount"] or body["currency"] != payment["currency"]:
            raise RazorpayError(400, "Capture amount must be equal to the amount authorized.", "amount")
        fee = payment["amount"] // FEE_PARTS
        payment |= {"status": "captured", "captured": True, "fee": fee, "tax": fee * TAX_PARTS // 100}
        order |= {"status": "paid", "amount_paid": payment["amount"], "amount_due": 0}
        return payment

    def expire(self, payment: dict[str, Any]) -> None:
        """What nobody captured goes back."""
        if payment["status"] != "authorized":
            raise RazorpayError(400, "The payment is not authorized")
        payment |= {"status": "refunded", "refund_status": "full", "amount_refunded": payment["amount"]}

    def refund(self, payment: dict[str, Any], body: Any, status: str, now_s: float) -> dict[str, Any]:
        """Money is given back."""
        only(body, set(), {"amount", "speed", "notes", "receipt"})
        if body.get("speed", "normal") not in ("normal", "optimum"):
            raise RazorpayError(400, "The speed is invalid.", "speed")
        if not payment["captured"]:
            raise RazorpayError(400, "The payment status should be captured for action to be taken")
        left = payment["amount"] - payment["amount_refunded"]
        if left == 0:
            raise RazorpayError(400, "The payment has been fully refunded already")
        amount = amount_of(body, payment["currency"]) if "amount" in body else left
        if amount > left:
            raise RazorpayError(400, "The refund amount provided is greater than amount captured", "amount")
        made = self.new("refund", now_s, amount=amount, currency=payment["currency"], payment_id=payment["id"],
                        notes=notes_of(body), receipt=receipt_of(body, 255), batch_id=None, status=status,
                        acquirer_data={"arn": None}, speed_requested=body.get("speed", "normal"),
                        speed_processed="normal")
        self.count_back(payment, amount)
        return made

    def count_back(self, payment: dict[str, Any], amount: int) -> None:
        """What was given back of a payment, more or less of it."""
        payment["amount_refunded"] += amount
        whole = payment["amount_refunded"] == payment["amount"]
        payment["status"] = "refunded" if whole else "captured"
        payment["refund_status"] = "full" if whole else "partial" if payment["amount_refunded"] else None
