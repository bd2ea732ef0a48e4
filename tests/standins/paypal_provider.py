#!/usr/bin/python3
"""A payment provider that speaks PayPal's Orders v2 and Payments v2, and keeps books.

Access tokens for client credentials, orders with intent AUTHORIZE that a payer approves on a page, authorizations,
captures, refunds; a request that is repeated under its PayPal-Request-Id does nothing and shows what has become of the
first.
"""
from __future__ import annotations

import argparse
import asyncio
import base64
import html
import json
import secrets
import zlib
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Awaitable, Iterator, Optional, Union
from urllib.parse import parse_qs, quote

import standin
from order_provider import OrderProvider
from paypal_certificates import SIGNERS, Certificates
from paypal_ledger import Ledger, PayPalError
from standin_faults import ControlError
from standin_http import Answer, HttpConnection, HttpServer, Reply
from standin_request import Request
from standin_webhooks import Webhooks

TOKEN_LIFE_S = 32400
CERTIFICATES = "/v1/notifications/certs/"
REQUEST_ID_LENGTH_MAX = 108
# What a path of two or three parts behind /v2 means: folder, action -> operation, kind of thing.
POSTS = {("orders", "authorize"): ("authorize", "order"), ("authorizations", "capture"): ("capture", "authorization"),
         ("authorizations", "void"): ("void", "authorization"),
         ("authorizations", "reauthorize"): ("renew", "authorization"), ("captures", "refund"): ("refund", "capture")}
KINDS = {"orders": "order", "authorizations": "authorization", "captures": "capture", "refunds": "refund"}


class PayPalProvider(OrderProvider):
    """What PayPal does with requests, what payers do on its page, and whom it tells."""

    name = "paypal"
    operations = ("token", "create", "retrieve", "authorize", "capture", "void", "renew", "refund", "certificate",
                  "other")

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.client = standin.secret_from(options.client_file, "PAYPAL_CLIENT") or "client:secret"
        self.webhooks = Webhooks(standin.webhook_options(options, "PayPal/AUHD-1.0"), self.books, self.sign)
        self.ledger = Ledger()
        self.certificates = Certificates(Path(options.cert_folder)) if options.cert_folder else None
        self.judge = make_judge(options.specs)
        self.open_books()

    def forget(self) -> None:
        """Empties the state in memory."""
        super().forget()
        self.tokens: dict[str, float] = {}
        self.events = 0
        self.pending: set[str] = set()
        self.stamp_shift_s = 0.0

    # Who calls, and what.

    def sign(self, body: bytes) -> bytes:
        """The headers of a webhook: an RSA signature over id, time, our webhook's id and the body's CRC-32."""
        mark = secrets.token_hex(16)
        at = datetime.now(timezone.utc) + timedelta(seconds=self.stamp_shift_s)
        time = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        signed = f"{mark}|{time}|{self.options.webhook_id}|{zlib.crc32(body)}".encode()
        signature, place = b"", ""
        if self.certificates is not None:
            signature = base64.b64encode(self.certificates.sign(signed))
            place = (f"https://{self.options.host}:{self.options.cert_port}{CERTIFICATES}"
                     f"{self.certificates.signer}")
        return (f"PAYPAL-TRANSMISSION-ID: {mark}\r\nPAYPAL-TRANSMISSION-TIME: {time}\r\n"
                f"PAYPAL-CERT-URL: {place}\r\n"
                f"PAYPAL-AUTH-ALGO: SHA256withRSA\r\n").encode() + b"PAYPAL-TRANSMISSION-SIG: %s\r\n" % signature

    def operation_of(self, request: Request) -> str:
        """The operation that faults are set on."""
        parts = request.path.strip("/").split("/")
        if request.path == "/v1/oauth2/token":
            return "token"
        if request.path.startswith(CERTIFICATES):
            return "certificate"
        if request.path == "/v2/checkout/orders":
            return "create"
        if len(parts) == 5 and parts[0] == "v2":
            return POSTS.get((parts[2], parts[4]), ("other", ""))[0]
        return "retrieve" if request.method == "GET" and len(parts) == 4 else "other"

    def serve(self, request: Request) -> Union[Answer, Awaitable[Answer]]:
        """Answers an API request."""
        reply = self.answer_to(request)
        if self.judge is not None and request.path.startswith("/v2/"):
            self.judge.exchange(request.method, request.path, request.headers, request.body, reply.status, reply.body)
        return reply

    def answer_to(self, request: Request) -> Reply:
        """What the API answers."""
        try:
            if self.operation_of(request) == "token":
                return self.give_token(request)
            if self.operation_of(request) == "certificate":
                return self.show_certificate(request)
            self.check_token(request)
            if request.method == "GET":
                return self.reply(200, self.show(self.thing_of(request)))
            return self.serve_post(request)
        except PayPalError as error:
            return self.reply(error.status, error.body(secrets.token_hex(7)))

    def show_certificate(self, request: Request) -> Reply:
        """Who signed, for everybody."""
        shown = None
        if self.certificates is not None and request.method == "GET":
            shown = self.certificates.shown(request.path.removeprefix(CERTIFICATES))
        if shown is None:
            raise PayPalError(404, "RESOURCE_NOT_FOUND")
        self.effects["certificate"] = self.effects.get("certificate", 0) + 1
        return Reply(200, shown, b"application/x-pem-file")

    def give_token(self, request: Request) -> Reply:
        """An access token for client credentials."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        right = base64.b64encode(self.client.encode()).decode()
        if request.method != "POST" or scheme.lower() != "basic" or value != right:
            raise PayPalError(401, "INVALID_CLIENT")
        if parse_qs(request.body.decode()) != {"grant_type": ["client_credentials"]}:
            raise PayPalError(400, "UNSUPPORTED_GRANT_TYPE")
        token = "A21AA" + secrets.token_urlsafe(32)
        self.tokens[token] = self.clock.now_s() + TOKEN_LIFE_S
        self.effects["token"] = self.effects.get("token", 0) + 1
        return self.reply(200, {"scope": "https://uri.paypal.com/services/payments/payment", "access_token": token,
                                "token_type": "Bearer", "app_id": "APP-1", "expires_in": TOKEN_LIFE_S})

    def check_token(self, request: Request) -> None:
        """Lets in whoever has a token that is good."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or self.tokens.get(value, 0) <= self.clock.now_s():
            raise PayPalError(401, "INVALID_TOKEN")

    def thing_of(self, request: Request) -> dict[str, Any]:
        """What a path names."""
        parts = request.path.strip("/").split("/")
        place = {"orders": "checkout"}.get(parts[2], "payments") if len(parts) > 3 else ""
        if len(parts) not in (4, 5) or parts[0] != "v2" or parts[1] != place or parts[2] not in KINDS:
            raise PayPalError(404, "INVALID_URI")
        return self.ledger.find(KINDS[parts[2]], parts[3])

    # What is done, once for each PayPal-Request-Id.

    def serve_post(self, request: Request) -> Reply:
        """Acts, or shows what became of the first request with this id."""
        operation = self.operation_of(request)
        key = request.headers.get("paypal-request-id", "")
        digest = f"{request.path}\0{request.body.decode(errors='replace')}"
        if operation in ("other", "retrieve", "token"):
            raise PayPalError(404, "INVALID_URI")
        if request.body and not request.headers.get("content-type", "").startswith("application/json"):
            raise PayPalError(400, "MALFORMED_REQUEST_JSON")
        if len(key) > REQUEST_ID_LENGTH_MAX:
            raise PayPalError(400, "INVALID_PAYPAL_REQUEST_ID")
        earlier = self.answered.get(key) if key else None
        if earlier is not None:
            if earlier[0] != digest:
                raise PayPalError(422, "PAYPAL_REQUEST_ID_PREVIOUSLY_USED")
            self.replays += 1
            return self.answer(request, operation, self.ledger.things[earlier[1]], 200)
        refusals = self.refusals.get(operation)
        if refusals:
            raise self.refusal(request, refusals.pop(0))
        thing, events = self.act(request, operation)
        shown = self.order_of(thing) if operation == "authorize" else thing
        if key:
            self.answered[key] = (digest, shown["id"])
        self.book(operation, shown, events, key, digest)
        return self.answer(request, operation, shown, 200 if operation == "create" else 201)

    def refusal(self, request: Request, issue: str) -> PayPalError:
        """What was ordered; a payer whose way to pay was declined chooses another one on his page."""
        if issue != "INSTRUMENT_DECLINED":
            return PayPalError(422, issue)
        order = self.thing_of(request)
        order["status"] = "PAYER_ACTION_REQUIRED"
        return PayPalError(422, issue, links=[{"href": self.page_of(order["id"]), "rel": "redirect", "method": "GET"}])

    def act(self, request: Request, operation: str) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
        """Does it; what was made, and what is told of it."""
        try:
            body = json.loads(request.body) if request.body else {}
        except ValueError:
            raise PayPalError(400, "MALFORMED_REQUEST_JSON") from None
        now_s = self.clock.now_s()
        if operation == "create":
            return self.ledger.create(body), []
        thing = self.thing_of(request)
        if operation == "authorize":
            made = self.ledger.authorize(thing, now_s)
            return made, [("PAYMENT.AUTHORIZATION.CREATED", made)]
        if operation == "capture":
            made = self.ledger.capture(thing, body, now_s, "capture" in self.pending)
            return made, [(f"PAYMENT.CAPTURE.{made['status']}", made)]
        if operation == "void":
            return self.ledger.void(thing), [("PAYMENT.AUTHORIZATION.VOIDED", thing)]
        if operation == "renew":
            made = self.ledger.renew(thing, body, now_s)
            return made, [("PAYMENT.AUTHORIZATION.VOIDED", thing), ("PAYMENT.AUTHORIZATION.CREATED", made)]
        made = self.ledger.refund(thing, body, "refund" in self.pending)
        return made, [("PAYMENT.CAPTURE.REFUNDED", made)] if made["status"] == "COMPLETED" else []

    def answer(self, request: Request, operation: str, thing: dict[str, Any], status: int) -> Reply:
        """A representation, where it is asked for."""
        if operation == "void" and request.headers.get("prefer") != "return=representation":
            return Reply(204)
        return self.reply(200 if operation == "void" else status, self.show(thing))

    def reply(self, status: int, body: dict[str, Any]) -> Reply:
        """An API answer with the headers that every one carries."""
        headers = f"Paypal-Debug-Id: {secrets.token_hex(7)}\r\n".encode()
        if status == 429:
            headers += b"Retry-After: 1\r\n"
        return Reply(status, standin.to_json(body), headers=headers)

    def fault_reply(self, kind: str) -> Reply:
        """Errors in the API's shape that come before anything is done."""
        error = PayPalError(429, "RATE_LIMIT_REACHED") if kind == "rate_limit" else PayPalError(500, "INTERNAL_ERROR")
        return self.reply(error.status, error.body(secrets.token_hex(7)))

    # What it shows.

    def order_of(self, thing: dict[str, Any]) -> dict[str, Any]:
        """The order that a thing belongs to."""
        return thing if thing["kind"] == "order" else self.ledger.things[thing["order"]]

    def page_of(self, order: str) -> str:
        """Where the payer approves an order."""
        return f"{self.public_url}/checkoutnow?token={order}"

    def show(self, thing: dict[str, Any]) -> dict[str, Any]:
        """A thing as the API shows it."""
        shown: dict[str, Any] = {"id": thing["id"], "status": thing["status"]}
        amount = {"currency_code": thing["currency"], "value": thing["value"]}
        order = self.order_of(thing)
        if thing["kind"] != "order":
            shown |= {"amount": amount, "custom_id": thing.get("custom_id") or order["custom_id"],
                      "supplementary_data": {"related_ids": {"order_id": order["id"]}}, "links": []}
            if thing.get("invoice_id"):
                shown["invoice_id"] = thing["invoice_id"]
            if thing["kind"] == "capture":
                shown["supplementary_data"]["related_ids"]["authorization_id"] = thing["authorization"]
            if thing["status"] == "PENDING":
                shown["status_details"] = {"reason": "PENDING_REVIEW"}
            return shown
        payments = {f"{kind}s": [self.show(made) for made in self.ledger.of_order(kind, thing["id"])]
                    for kind in ("authorization", "capture", "refund")}
        unit = {"reference_id": thing["reference_id"], "custom_id": thing["custom_id"], "amount": amount}
        if payments["authorizations"]:
            unit["payments"] = {kind: made for kind, made in payments.items() if made}
        links = [{"href": f"{self.public_url}/v2/checkout/orders/{thing['id']}", "rel": "self", "method": "GET"}]
        if thing["status"] == "PAYER_ACTION_REQUIRED":
            links.append({"href": self.page_of(thing["id"]), "rel": "payer-action", "method": "GET"})
        return shown | {"intent": "AUTHORIZE", "purchase_units": [unit], "links": links}

    def emit(self, kind: str, thing: dict[str, Any]) -> None:
        """Sends an event about a thing as it is now."""
        if self.webhooks is None or not self.webhooks.wants(kind):
            return
        self.events += 1
        event_id = f"WH-{self.events:09d}-{secrets.token_hex(8).upper()}"
        kinds = {"order": "checkout-order"}
        body = standin.to_json({
            "id": event_id, "event_version": "1.0",
            "create_time": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "resource_type": kinds.get(thing["kind"], thing["kind"]), "resource_version": "2.0", "event_type": kind,
            "summary": kind, "resource": self.show(thing), "links": []})
        if self.judge is not None:
            self.judge.event(body)
        self.webhooks.emit(event_id, kind, self.order_of(thing)["id"], body)

    # Payers, control, and books.

    def page(self, request: Request) -> Optional[Answer]:
        """The page where a payer approves an order."""
        if request.path != "/checkoutnow":
            return None
        order = self.ledger.things.get(parse_qs(request.query).get("token", [""])[0])
        if order is None or order["kind"] != "order":
            return Reply(404, b"no such order\n", b"text/plain")
        if request.method == "POST":
            back = order["cancel_url"]
            if b"action=approve" in request.body:
                self.approve(order)
                back = order["return_url"]
            if back:
                place = quote(back, safe=":/?&=#%+,;@!~*'()$[]-._")
                return Reply(303, headers=f"Location: {place}\r\n".encode())
        words = (f"<!doctype html><meta charset=utf-8><title>Pay</title><h1>Approve payment</h1>"
                 f"<p>{html.escape(order['value'])} {order['currency']}: {order['status']}</p><form method=post>"
                 "<button name=action value=approve>Approve</button> "
                 "<button name=action value=cancel>Cancel</button></form>")
        return Reply(200, words.encode(), b"text/html; charset=utf-8")

    def approve(self, order: dict[str, Any]) -> bool:
        """The payer says yes, and is believed once."""
        if not self.ledger.approve(order):
            return False
        self.book("approve", order, [("CHECKOUT.ORDER.APPROVED", order)])
        return True

    def control(self, order: dict[str, Any]) -> dict[str, Any]:
        """What payers and PayPal itself do."""
        done: dict[str, Any] = {}
        if "approve" in order:
            done["approved"] = self.approve(self.chosen(str(order["approve"])))
        if "refuse" in order:
            if order["refuse"] not in self.operations or not isinstance(order.get("issue"), str):
                raise ControlError("refuse names an operation, and issue is a text")
            self.refusals[order["refuse"]] = [order["issue"]] * int(order.get("count", 1))
        if "pending" in order:
            self.pending = set(order["pending"])
        if "settle" in order:
            thing = self.ledger.things.get(str(order["settle"]))
            if thing is None or thing["status"] != "PENDING":
                raise ControlError("settle names a capture or refund that is pending")
            thing["status"] = "COMPLETED"
            kind = "PAYMENT.CAPTURE.COMPLETED" if thing["kind"] == "capture" else "PAYMENT.CAPTURE.REFUNDED"
            self.book("settle", thing, [(kind, thing)])
        if "expire" in order:
            thing = self.ledger.void(self.ledger.find("authorization", str(order["expire"])))
            self.book("expire", thing, [("PAYMENT.AUTHORIZATION.VOIDED", thing)])
        if order.get("judge_anew") is True and self.judge is not None:
            self.judge.problems.clear()
        if order.get("revoke_tokens") is True:
            self.tokens.clear()
        if "signer" in order:
            if self.certificates is None or order["signer"] not in SIGNERS:
                raise ControlError(f"signer must be one of {', '.join(SIGNERS)}, and --cert-folder be given")
            self.certificates.choose(order["signer"])
        if "stamp_shift_s" in order:
            self.stamp_shift_s = float(order["stamp_shift_s"])
        return done

    def chosen(self, name: str) -> dict[str, Any]:
        """An order by its id or the end of our name of it."""
        for order in self.ledger.all_of("order"):
            if order["id"] == name or str(order["custom_id"]).endswith(name):
                return order
        raise ControlError(f"no order {name}")

    def totals(self) -> dict[str, Any]:
        """Sums over all orders."""
        return super().totals() | {"judged": 0 if self.judge is None else self.judge.judged,
                                   "wrong": [] if self.judge is None else self.judge.problems}

    def rows(self, since: int) -> Iterator[dict[str, Any]]:
        """Orders that changed, with what was made of each."""
        for order in self.ledger.all_of("order"):
            if order.get("change", 0) > since:
                made = {f"{kind}s": self.ledger.of_order(kind, order["id"])
                        for kind in ("authorization", "capture", "refund")}
                yield {key: value for key, value in order.items() if key != "kind"} | made

    async def start(self) -> str:
        """Opens the HTTPS side, and goes on with what a kill interrupted."""
        told = ""
        if self.certificates is not None:
            https = HttpServer(self.handle, self.options.max_connections)
            server = await asyncio.get_running_loop().create_server(
                lambda: HttpConnection(https), self.options.host, self.options.cert_port,
                ssl=self.certificates.tls())
            self.options.cert_port = server.sockets[0].getsockname()[1]
            told = f"https://{self.options.host}:{self.options.cert_port} "
        return told + await super().start()


def make_judge(folder: Optional[str]) -> Any:
    """Whoever knows PayPal's descriptions, where they are given: he needs more than Python alone."""
    if not folder:
        return None
    from paypal_judge import Judge
    return Judge(Path(folder))


def main() -> None:
    """Starts the provider."""
    parser = standin.common_arguments(__doc__ or "")
    standin.webhook_arguments(parser, "PAYPAL")
    parser.add_argument("--client-file", help="client and secret with a colon between (or PAYPAL_CLIENT)")
    parser.add_argument("--webhook-id", default="WH-TEST", help="our id of the webhook, which is signed with")
    parser.add_argument("--cert-folder", help="where certificates are made that webhooks are signed with; root.pem "
                        "there is to be trusted; none: they are not signed")
    parser.add_argument("--specs", help="folder of PayPal's own descriptions, which judge what is asked and answered")
    parser.add_argument("--cert-port", type=int, default=0, help="HTTPS port where they are shown, 0 for a free one")
    provider = PayPalProvider(parser.parse_args())
    standin.run_forever(provider, provider.start)


if __name__ == "__main__":
    main()
