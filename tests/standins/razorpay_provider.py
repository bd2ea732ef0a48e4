#!/usr/bin/python3
"""A payment provider that speaks Razorpay's API, and keeps books.

Orders that a shopper pays on a page (`/checkout`, as a shop's page that opens Razorpay's checkout), payments that are
captured whole and once or go back by themselves, refunds with keys of their own, signed webhooks.
"""
from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import html
import json
from typing import Any, Awaitable, Iterator, Optional, Union
from urllib.parse import parse_qs, quote, urlencode

import standin
from order_provider import OrderProvider
from razorpay_ledger import KEY, Ledger, RazorpayError
from standin_faults import ControlError
from standin_http import Answer, Reply
from standin_request import Request
from standin_webhooks import Webhooks

COUNT_MAX = 100


class RazorpayProvider(OrderProvider):
    """What Razorpay does with requests, what shoppers do at its checkout, and whom it tells."""

    name = "razorpay"
    operations = ("create", "capture", "refund", "orders", "order", "order_payments", "payments", "payment",
                  "refunds", "refund_shown", "other")

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.keys = standin.secret_from(options.api_key_file, "RAZORPAY_API_KEY") or "rzp_test_1:secret"
        self.secret = standin.webhook_secret(options)
        self.webhooks = Webhooks(standin.webhook_options(options, "Razorpay-Webhook/v1"), self.books, self.sign)
        self.ledger = Ledger()
        self.open_books()

    def forget(self) -> None:
        """Empties the state in memory."""
        super().forget()
        self.pending = False
        self.notes_are_lost = False

    def sign(self, body: bytes) -> bytes:
        """The headers of a webhook; its id is the same at every delivery."""
        mark = hashlib.sha256(body).hexdigest()[:14]
        signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        return f"X-Razorpay-Event-Id: {mark}\r\nX-Razorpay-Signature: {signature}\r\n".encode()

    # What is asked.

    def operation_of(self, request: Request) -> str:
        """The operation that faults are set on."""
        parts = request.path.strip("/").split("/")
        kinds = {("POST", "orders", 2): "create", ("POST", "payments", 4): parts[-1], ("GET", "orders", 2): "orders",
                 ("GET", "orders", 3): "order", ("GET", "orders", 4): "order_payments",
                 ("GET", "payments", 2): "payments", ("GET", "payments", 3): "payment",
                 ("GET", "payments", 4): "refunds", ("GET", "payments", 5): "refund_shown",
                 ("GET", "refunds", 3): "refund_shown"}
        found = kinds.get((request.method, parts[1] if len(parts) > 1 else "", len(parts)), "other")
        return found if found in self.operations and parts[0] == "v1" else "other"

    def serve(self, request: Request) -> Union[Answer, Awaitable[Answer]]:
        """Answers an API request."""
        try:
            scheme, _, value = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "basic" or value != base64.b64encode(self.keys.encode()).decode():
                raise RazorpayError(401, "Authentication failed")
            operation = self.operation_of(request)
            if operation == "other":
                raise RazorpayError(400, "The requested URL was not found on the server.")
            shown = self.act(request, operation) if request.method == "POST" else self.look(request, operation)
            return Reply(200, standin.to_json(shown))
        except RazorpayError as error:
            return Reply(error.status, standin.to_json(error.body()))

    def look(self, request: Request, operation: str) -> dict[str, Any]:
        """What is there."""
        parts = request.path.strip("/").split("/")
        query = parse_qs(request.query)
        if operation == "order":
            order = self.ledger.find("order", parts[2])
            expanded = {"payments": self.many("payment", "order_id", parts[2], query)}
            return self.show(order) | (expanded if query.get("expand[]") == ["payments"] else {})
        if operation == "order_payments":
            return self.many("payment", "order_id", self.ledger.find("order", parts[2])["id"], {})
        if operation == "payment":
            return self.show(self.ledger.find("payment", parts[2]))
        if operation == "refund_shown":
            return self.show(self.ledger.find("refund", parts[-1]))
        if operation == "refunds":
            return self.many("refund", "payment_id", self.ledger.find("payment", parts[2])["id"], query)
        kind = operation.removesuffix("s")
        return self.many(kind, "receipt" if "receipt" in query else "entity", query.get("receipt", [kind])[0], query)

    def many(self, kind: str, member: str, name: str, query: dict[str, list[str]]) -> dict[str, Any]:
        """A collection; its search for receipts finds what contains them."""
        count = int(query.get("count", ["10"])[0])
        if not 1 <= count <= COUNT_MAX:
            raise RazorpayError(400, "The count may not be greater than 100.", "count")
        things = [thing for thing in reversed(self.ledger.all_of(kind))
                  if (name in str(thing[member]) if member == "receipt" else thing[member] == name)]
        items = [self.show(thing) for thing in things[:count]]
        return {"entity": "collection", "count": len(items), "items": items}

    def act(self, request: Request, operation: str) -> dict[str, Any]:
        """Does it; a refund once for each key."""
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise RazorpayError(400, "The request must be JSON.")
        try:
            body = json.loads(request.body) if request.body else {}
        except ValueError:
            raise RazorpayError(400, "The request must be JSON.") from None
        refusals = self.refusals.get(operation)
        if refusals:
            raise RazorpayError(400, refusals.pop(0))
        now_s = self.clock.now_s()
        if operation == "create":
            made = self.ledger.create(body, now_s)
            self.book(operation, made, [])
            return self.show(made)
        payment = self.ledger.find("payment", request.path.split("/")[3])
        if operation == "refund":
            return self.show(self.refund(request, payment, body, now_s))
        self.ledger.capture(payment, body)
        self.book(operation, payment, [("payment.captured", {"payment": payment}),
                                       ("order.paid", {"payment": payment, "order": self.order_of(payment)})])
        return self.show(payment)

    def refund(self, request: Request, payment: dict[str, Any], body: Any, now_s: float) -> dict[str, Any]:
        """Gives back, or shows what became of the first request with this key."""
        key = request.headers.get("x-refund-idempotency", "")
        digest = f"{request.path}\0{request.body.decode(errors='replace')}"
        if key and not KEY.match(key):
            raise RazorpayError(400, "The idempotency key is invalid.")
        earlier = self.answered.get(key)
        if earlier is not None and earlier[0] != digest:
            raise RazorpayError(400, "Different request with the same idempotency key has already been processed.")
        if earlier is not None:
            self.replays += 1
            return self.ledger.things[earlier[1]]
        made = self.ledger.refund(payment, body, "pending" if self.pending else "processed", now_s)
        if key:
            self.answered[key] = (digest, made["id"])
        about = {"payment": payment, "refund": made}
        self.book("refund", made, [("refund.created", about)] +
                  ([] if self.pending else [("refund.processed", about)]), key, digest)
        return made

    def fault_reply(self, kind: str) -> Reply:
        """Errors in the API's shape that come before anything is done."""
        error = RazorpayError(429, "Too many requests.") if kind == "rate_limit" else RazorpayError(
            500, "We are facing some trouble completing your request at the moment.", code="SERVER_ERROR")
        return Reply(error.status, standin.to_json(error.body()))

    # What it shows.

    def order_of(self, thing: dict[str, Any]) -> dict[str, Any]:
        """The order that a thing belongs to."""
        if thing["entity"] == "refund":
            thing = self.ledger.things[thing["payment_id"]]
        return thing if thing["entity"] == "order" else self.ledger.things[thing["order_id"]]

    @staticmethod
    def show(thing: dict[str, Any]) -> dict[str, Any]:
        """A thing as the API shows it: an empty object is an empty list."""
        hidden = ("capture", "life_s", "change")
        return {name: value for name, value in thing.items() if name not in hidden} | {"notes": thing["notes"] or []}

    def emit(self, kind: str, about: dict[str, dict[str, Any]]) -> None:
        """Sends an event about things as they are now."""
        if self.webhooks is None or not self.webhooks.wants(kind):
            return
        body = standin.to_json({
            "entity": "event", "account_id": "acc_BFQ7uQEaa7j2z7", "event": kind, "contains": sorted(about),
            "payload": {name: {"entity": self.show(thing)} for name, thing in about.items()},
            "created_at": int(self.clock.now_s())})
        thing = next(iter(about.values()))
        mark = hashlib.sha256(body).hexdigest()[:14]
        self.webhooks.emit(mark, kind, self.order_of(thing)["id"], body)

    # Shoppers, control, and books.

    def pay(self, order: dict[str, Any], status: str, kervan: str) -> dict[str, Any]:
        """What a shopper does at the checkout."""
        notes = {"kervan": kervan} if kervan and not self.notes_are_lost else {}
        payment = self.ledger.pay(order, status, notes, self.clock.now_s())
        self.book("pay", payment, [(f"payment.{status}", {"payment": payment})])
        return payment

    def page(self, request: Request) -> Optional[Answer]:
        """A shop's page that opens the checkout for an order."""
        if request.path != "/checkout":
            return None
        query = {name: values[0] for name, values in parse_qs(request.query).items()}
        order = self.ledger.things.get(query.get("order_id", ""))
        if order is None or order["entity"] != "order":
            return Reply(404, b"no such order\n", b"text/plain")
        if request.method == "POST" and order["status"] != "paid":
            way = "authorized" if b"action=pay" in request.body else "failed"
            payment = self.pay(order, way, query.get("kervan", ""))
            signed = f"{order['id']}|{payment['id']}".encode()
            told = {"razorpay_payment_id": payment["id"], "razorpay_order_id": order["id"],
                    "razorpay_signature": hmac.new(self.keys.partition(":")[2].encode(), signed,
                                                   hashlib.sha256).hexdigest()}
            back = query.get("return_url", "")
            if back:
                place = quote(back, safe=":/?&=#%+,;@!~*'()$[]-._") + ("&" if "?" in back else "?") + urlencode(told)
                return Reply(303, headers=f"Location: {place}\r\n".encode())
        words = (f"<!doctype html><meta charset=utf-8><title>Pay</title><h1>Pay</h1>"
                 f"<p>{order['amount']} {html.escape(order['currency'])}: {order['status']}</p><form method=post>"
                 "<button name=action value=pay>Pay</button> <button name=action value=fail>Fail</button></form>")
        return Reply(200, words.encode(), b"text/html; charset=utf-8")

    def control(self, order: dict[str, Any]) -> dict[str, Any]:
        """What shoppers, banks and Razorpay itself do."""
        done: dict[str, Any] = {}
        try:
            if "pay" in order:
                made = self.chosen(str(order["pay"]))
                done["paid"] = self.pay(made, str(order.get("status", "authorized")), made["notes"].get("kervan", ""))
            if "expire" in order:
                payment = self.ledger.find("payment", str(order["expire"]))
                self.ledger.expire(payment)
                self.book("expire", payment, [])
            if "settle" in order:
                self.end_refund(self.ledger.find("refund", str(order["settle"])), str(order.get("status", "processed")))
        except RazorpayError as error:
            raise ControlError(str(error)) from error
        if "refuse" in order:
            if order["refuse"] not in self.operations or not isinstance(order.get("description"), str):
                raise ControlError("refuse names an operation, and description is a text")
            self.refusals[order["refuse"]] = [order["description"]] * int(order.get("count", 1))
        self.pending = bool(order.get("pending", self.pending))
        self.notes_are_lost = bool(order.get("notes_are_lost", self.notes_are_lost))
        if "webhook_secret" in order:
            self.secret = str(order["webhook_secret"])
        return done

    def end_refund(self, refund: dict[str, Any], status: str) -> None:
        """A refund that is pending ends; one that failed stays with the shop."""
        payment = self.ledger.things[refund["payment_id"]]
        if status not in ("processed", "failed") or refund["status"] == "failed":
            raise RazorpayError(400, "settle names a refund, and status is processed or failed")
        refund["status"] = status
        if status == "failed":
            self.ledger.count_back(payment, -refund["amount"])
        self.book("settle", refund, [(f"refund.{status}", {"payment": payment, "refund": refund})])

    def chosen(self, name: str) -> dict[str, Any]:
        """An order by its id or its receipt."""
        for order in self.ledger.all_of("order"):
            if name in (order["id"], order["receipt"]):
                return order
        raise ControlError(f"no order {name}")

    def rows(self, since: int) -> Iterator[dict[str, Any]]:
        """Orders that changed, with what was made of each."""
        for order in self.ledger.all_of("order"):
            if order.get("change", 0) > since:
                payments = [thing for thing in self.ledger.all_of("payment") if thing["order_id"] == order["id"]]
                names = {payment["id"] for payment in payments}
                yield order | {"payments": payments, "refunds": [
                    thing for thing in self.ledger.all_of("refund") if thing["payment_id"] in names]}


def main() -> None:
    """Starts the provider."""
    parser = standin.common_arguments(__doc__ or "")
    standin.webhook_arguments(parser, "RAZORPAY")
    provider = RazorpayProvider(parser.parse_args())
    standin.run_forever(provider, provider.start)


if __name__ == "__main__":
    main()
