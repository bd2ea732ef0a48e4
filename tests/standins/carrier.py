#!/usr/bin/python3
"""A carrier that speaks EasyPost's API, moves its parcels and keeps books.

Shipments are rated, bought once, tracked by signed webhooks and voided; the
trip of a parcel runs on a clock that can be made faster.
"""
from __future__ import annotations

import argparse
import base64
import hmac
import json
import secrets
import sys
import time
import unicodedata
from typing import Any, Awaitable, Iterator, Union
from urllib.parse import parse_qs, unquote

import standin
from carrier_labels import CONTENT_TYPES, render
from carrier_objects import LABEL_FORMATS, EasyPostError, Shipment, not_found, stamp, wrong_field
from carrier_requests import Rules, fixed_json, json_object, set_destination
from carrier_trips import Trips, parse_transit
from standin_books import load_records
from standin_faults import ControlError
from standin_http import Answer, Reply
from standin_request import Request
from standin_webhooks import Webhooks

DEFAULT_TRANSIT = "pre_transit=100,in_transit=600,out_for_delivery=700,delivered=600"
PAGE_LIMIT = 100


class Carrier(standin.StandIn):
    """Shipments, labels, and parcels on their way."""

    name = "carrier"
    rows_name = "shipments"
    operations = ("create", "buy", "refund", "retrieve", "list", "tracker", "label", "other")

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.api_key = standin.secret_from(options.api_key_file, "CARRIER_API_KEY")
        secret = standin.webhook_secret(options)
        self.secret = unicodedata.normalize("NFKD", secret).encode()
        self.webhooks = Webhooks(standin.webhook_options(options, "EasyPost/v2 WebhookClient"),
                                 self.books, self.sign)
        self.rules = Rules(options.currency, frozenset(options.refuse_zip.split(",")))
        self.process_mark = secrets.token_hex(6)
        self.number = 0
        try:
            self.trips = Trips(self, parse_transit(options.transit_ms))
        except ControlError as error:
            sys.exit(f"--transit-ms: {error}")
        self.forget()
        load_records(self.books, self.load)

    def forget(self) -> None:
        """Empties the state in memory."""
        self.shipments: dict[str, Shipment] = {}
        self.by_reference: dict[str, list[str]] = {}
        self.by_code: dict[str, str] = {}
        self.effects = {"create": 0, "buy": 0, "refund": 0}
        self.refused_buys = 0
        self.keys_revoked = False
        self.trips.clear()

    def new_key(self) -> str:
        """The unique part of a shipment's id and of its children's."""
        self.number += 1
        return f"{self.process_mark}{self.number:08x}"

    def new_tracking_code(self) -> str:
        """22 digits with a check digit; the mark keeps them apart over restarts."""
        digits = f"9400{int(self.process_mark, 16) % 10**9:09}{self.number:08}"
        odd, even = sum(map(int, digits[-1::-2])), sum(map(int, digits[-2::-2]))
        return digits + str(-(3 * odd + even) % 10)

    def sign(self, body: bytes) -> bytes:
        """The signature header of a webhook."""
        return b"X-Hmac-Signature: hmac-sha256-hex=%s\r\n" % (
            hmac.digest(self.secret, body, "sha256").hex().encode())

    def check_key(self, request: Request) -> None:
        """Lets in Basic (the key is the user) or Bearer."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        key = value if scheme.lower() == "bearer" else ""
        if scheme.lower() == "basic":
            try:
                key = base64.b64decode(value, validate=True).decode().partition(":")[0]
            except ValueError:
                key = ""
        if self.keys_revoked or not key or (self.api_key and key != self.api_key):
            raise EasyPostError(401, "APIKEY.INACTIVE",
                                "This api key is no longer active. Please use a different api key.")

    # Requests.

    def operation_of(self, request: Request) -> str:
        """The operation that faults are set on."""
        parts = request.path.split("/")
        if parts[1] == "labels":
            return "label"
        if parts[1:3] == ["v2", "trackers"]:
            return "tracker"
        if parts[1:3] != ["v2", "shipments"]:
            return "other"
        if len(parts) == 3:
            return "create" if request.method == "POST" else "list"
        if len(parts) == 4:
            return "retrieve"
        return parts[4] if parts[4] in ("buy", "refund", "label") else "other"

    def serve(self, request: Request) -> Union[Answer, Awaitable[Answer]]:
        """Answers an API request."""
        try:
            if request.path.startswith("/labels/") and request.method in ("GET", "HEAD"):
                return self.label_file(request.path[len("/labels/"):])
            self.check_key(request)
            return self.route(request)
        except EasyPostError as error:
            return Reply(error.status, error.body())

    def route(self, request: Request) -> Reply:
        """Finds what a method and a path ask for."""
        parts = request.path.split("/")
        if request.path == "/v2/shipments":
            return self.create(request) if request.method == "POST" else self.list_shipments(request)
        if parts[1:3] == ["v2", "trackers"]:
            return self.show_tracker(request, parts[3:])
        if parts[1:3] != ["v2", "shipments"] or len(parts) not in (4, 5):
            raise not_found()
        shipment = self.find(unquote(parts[3]))
        action = (request.method, parts[4] if len(parts) == 5 else "")
        if action == ("GET", ""):
            return self.show(shipment)
        if action == ("POST", "buy"):
            return self.buy(shipment, request)
        if action in (("POST", "refund"), ("GET", "refund")):
            return self.refund(shipment)
        if action == ("GET", "label"):
            return self.change_label(shipment, request)
        raise not_found()

    def find(self, name: str) -> Shipment:
        """A shipment by its id, else the newest with that reference."""
        shipment = self.shipments.get(name)
        if shipment is None:
            ids = self.by_reference.get(name)
            shipment = self.shipments[ids[-1]] if ids else None
        if shipment is None:
            raise not_found()
        return shipment

    def show(self, shipment: Shipment, status: int = 200) -> Reply:
        """The shipment object: its fixed part lies in the books."""
        fixed = self.books.read(shipment.start, shipment.length)
        changing = shipment.dynamic_json(self.public_url, self.options.currency)
        return Reply(status, b'{"id":"%s",%s,%s}' % (shipment.id.encode(), fixed, changing.encode()))

    def create(self, request: Request) -> Reply:
        """POST /v2/shipments."""
        asked = json_object(request).get("shipment")
        if not isinstance(asked, dict):
            raise EasyPostError(422, "PARAMETER.REQUIRED", "Missing required parameter.",
                                [{"field": "shipment", "message": "cannot be blank"}])
        shipment = Shipment(f"shp_{self.new_key()}", time.time())
        fixed = fixed_json(shipment, asked, self.rules).encode()
        head = (b'{"op":"create","id":"%s","at":%.3f,"weight":%s,"international":%d,"customs":%d,'
                b'"rateless":%d,"format":"%s","body":{' % (
                    shipment.id.encode(), shipment.created_s, repr(shipment.weight_oz).encode(),
                    shipment.international, shipment.customs, shipment.rateless,
                    shipment.label_format.encode()))
        shipment.start = self.books.append(head + fixed + b"}}\n") + len(head)
        shipment.length = len(fixed)
        self.add(shipment)
        return self.show(shipment, 201)

    def add(self, shipment: Shipment) -> None:
        """Keeps a new shipment."""
        shipment.change = self.next_change()
        self.effects["create"] += 1
        self.shipments[shipment.id] = shipment
        if shipment.reference is not None:
            self.by_reference.setdefault(shipment.reference, []).append(shipment.id)

    def buy(self, shipment: Shipment, request: Request) -> Reply:
        """POST /v2/shipments/{id}/buy: once."""
        rate = json_object(request).get("rate")
        rate_id = rate.get("id") if isinstance(rate, dict) else None
        if shipment.tracking_code is not None:
            self.refuse_buy(shipment)
        ids = [f"rate_{shipment.key()}{number:02}" for number in range(len(shipment.services()))]
        if rate_id not in ids:
            raise EasyPostError(422, "SHIPMENT.POSTAGE.FAILURE", "Unable to buy postage: the rate "
                                "does not belong to this shipment.", [{"field": "rate", "message": "invalid"}])
        if shipment.international and not shipment.customs:
            raise EasyPostError(422, "SHIPMENT.CUSTOMS_INFO.REQUIRED",
                                "Customs information is required for international shipments.")
        self.number += 1
        code, trip, service = self.new_tracking_code(), self.trips.take_trip(), ids.index(rate_id)
        now_s = time.time()
        self.books.append(b'{"op":"buy","id":"%s","at":%.3f,"service":%d,"code":"%s","trip":"%s"}\n' % (
            shipment.id.encode(), now_s, service, code.encode(), trip.encode()))
        self.apply_buy(shipment, service, code, now_s, trip)
        self.trips.plan_next_step(shipment)
        return self.show(shipment)

    def refuse_buy(self, shipment: Shipment) -> None:
        """A second label is never sold."""
        shipment.refused_buys += 1
        shipment.change = self.next_change()
        self.refused_buys += 1
        self.books.append(b'{"op":"refused_buy","id":"%s"}\n' % shipment.id.encode())
        raise EasyPostError(422, "SHIPMENT.POSTAGE.EXISTS",
                            "Postage already exists for this shipment.")

    def apply_buy(self, shipment: Shipment, service: int, code: str, at_s: float, trip: str) -> None:
        """The label is bought."""
        shipment.service, shipment.tracking_code = service, code
        shipment.bought_s, shipment.trip = at_s, trip
        shipment.buys += 1
        shipment.change = self.next_change()
        self.effects["buy"] += 1
        self.by_code[code] = shipment.id

    def refund(self, shipment: Shipment) -> Reply:
        """POST /v2/shipments/{id}/refund: voids a label that no scanner has seen."""
        self.trips.void(shipment)
        return self.show(shipment)

    def change_label(self, shipment: Shipment, request: Request) -> Reply:
        """GET /v2/shipments/{id}/label?file_format=ZPL."""
        asked = parse_qs(request.query).get("file_format", [""])[0].lower()
        if shipment.tracking_code is None or asked not in LABEL_FORMATS:
            raise EasyPostError(422, "SHIPMENT.POSTAGE.FORMAT_UNAVAILABLE",
                                "The label is not available in that format.")
        shipment.label_format = asked
        self.books.append(b'{"op":"format","id":"%s","format":"%s"}\n' % (
            shipment.id.encode(), asked.encode()))
        return self.show(shipment)

    def label_file(self, name: str) -> Reply:
        """The label itself."""
        shipment_id, _, kind = name.partition(".")
        shipment = self.shipments.get(shipment_id)
        if shipment is None or shipment.tracking_code is None or kind not in CONTENT_TYPES:
            return Reply(404, b"no such label\n", b"text/plain")
        fixed = json.loads(b"{" + self.books.read(shipment.start, shipment.length) + b"}")
        address = fixed["to_address"]
        lines = [str(address[field]) for field in ("name", "company", "street1", "street2", "zip",
                                                   "city", "state", "country") if address[field]]
        lines.append(f"Ref {shipment.reference}" if shipment.reference else "")
        return Reply(200, render(kind, shipment.tracking_code, lines), CONTENT_TYPES[kind])

    def list_shipments(self, request: Request) -> Reply:
        """GET /v2/shipments, newest first."""
        query = parse_qs(request.query)
        size = query.get("page_size", ["20"])[0]
        if not size.isdigit() or not 1 <= int(size) <= PAGE_LIMIT:
            raise wrong_field("page_size", f"must be a number from 1 to {PAGE_LIMIT}")
        before = query.get("before_id", [None])[0]
        page: list[bytes] = []
        for shipment in reversed(list(self.shipments.values())):
            if before is not None:
                before = None if shipment.id == before else before
                continue
            page.append(self.show(shipment).body)
            if len(page) > int(size):
                break
        more = b"true" if len(page) > int(size) else b"false"
        return Reply(200, b'{"shipments":[%s],"has_more":%s}' % (b",".join(page[:int(size)]), more))

    def show_tracker(self, request: Request, rest: list[str]) -> Reply:
        """Trackers by id or tracking code; a POST finds the one that exists."""
        if request.method == "POST":
            asked = json_object(request).get("tracker")
            code = asked.get("tracking_code") if isinstance(asked, dict) else None
        else:
            code = rest[0] if rest else parse_qs(request.query).get("tracking_code", [""])[0]
        name = str(code)
        shipment_id = self.by_code.get(name, "shp_" + name[4:])
        shipment = self.shipments.get(shipment_id)
        if shipment is None or shipment.tracking_code is None:
            raise not_found()
        body = shipment.tracker_json(self.public_url).encode()
        if request.method == "GET" and not rest:
            body = b'{"trackers":[%s],"has_more":false}' % body
        return Reply(200, body)

    def fault_reply(self, kind: str) -> Reply:
        """Errors in the API's shape that come before anything is done."""
        if kind == "rate_limit":
            error = EasyPostError(429, "RATE_LIMITED", "You have been rate limited. Try again later.")
            return Reply(429, error.body(), headers=b"Retry-After: 1\r\n")
        broken = EasyPostError(500, "INTERNAL_SERVER_ERROR", "We're sorry, something went wrong.")
        return Reply(500, broken.body())

    def emit(self, kind: str, shipment: Shipment, previous: str, result: str) -> None:
        """Sends an event about a parcel."""
        if self.webhooks is None or not self.webhooks.wants(kind):
            return
        event_id, at = f"evt_{self.new_key()}", stamp(time.time())
        body = (f'{{"id":"{event_id}","object":"Event","mode":"test","description":"{kind}",'
                f'"previous_attributes":{previous},"pending_urls":[],"completed_urls":[],'
                f'"created_at":"{at}","updated_at":"{at}","user_id":"user_standin",'
                f'"status":"pending","result":{result}}}')
        self.webhooks.emit(event_id, kind, shipment.id, body.encode())

    # Control and books.

    def control(self, order: dict[str, Any]) -> dict[str, Any]:
        """Control calls of parcels."""
        if "transit_ms" in order:
            self.trips.transit = parse_transit(str(order["transit_ms"]))
        if "trip" in order:
            self.trips.set_trip(order)
        if "void" in order:
            self.trips.set_voids(order)
        if "keys" in order:
            self.set_keys(order)
        if "refuse_zip" in order:
            self.rules.refused_zips = frozenset(str(order["refuse_zip"]).split(","))
        return {"moved": self.trips.move_by_hand(order)} if "move" in order else {}

    def set_keys(self, order: dict[str, Any]) -> None:
        """Whether API keys are good."""
        if order["keys"] not in ("good", "revoked"):
            raise ControlError("keys must be good or revoked")
        self.keys_revoked = order["keys"] == "revoked"

    def totals(self) -> dict[str, Any]:
        """Sums over all shipments."""
        states: dict[str, int] = {}
        labels: dict[str, int] = {}
        for shipment in self.shipments.values():
            states[shipment.status()] = states.get(shipment.status(), 0) + 1
            if shipment.reference is not None and shipment.refund_status is None:
                labels[shipment.reference] = labels.get(shipment.reference, 0) + shipment.buys
        return {"shipments": len(self.shipments), "states": states, "effects": self.effects,
                "refused_buys": self.refused_buys,
                "references_with_several_labels": [name for name, n in labels.items() if n > 1][:1000]}

    def rows(self, since: int) -> Iterator[dict[str, Any]]:
        """Shipments that changed."""
        return (shipment.row() for shipment in list(self.shipments.values())
                if shipment.change > since)

    def load(self, start: int, line: bytes, record: dict[str, Any]) -> None:
        """Takes one record back at the start."""
        operation = record["op"]
        if operation in ("event", "sent", "gave_up"):
            if self.webhooks is not None:
                self.webhooks.load(start, line, record)
        elif operation == "create":
            self.load_shipment(start, line, record)
        else:
            self.load_change(self.shipments[record["id"]], record)

    def load_shipment(self, start: int, line: bytes, record: dict[str, Any]) -> None:
        """A shipment of the books."""
        shipment = Shipment(record["id"], record["at"])
        body_start = line.index(b'"body":{') + 8
        shipment.start, shipment.length = start + body_start, len(line) - body_start - 2
        shipment.reference = record["body"]["reference"]
        shipment.weight_oz = float(record["weight"])
        shipment.international = bool(record["international"])
        shipment.customs, shipment.rateless = bool(record["customs"]), bool(record["rateless"])
        shipment.label_format = record["format"]
        set_destination(shipment, record["body"]["to_address"])
        self.add(shipment)

    def load_change(self, shipment: Shipment, record: dict[str, Any]) -> None:
        """What happened to a shipment of the books."""
        operation = record["op"]
        if operation == "buy":
            self.apply_buy(shipment, record["service"], record["code"], record["at"], record["trip"])
        elif operation == "move":
            self.trips.apply_move(shipment, record["status"], record["at"])
        elif operation == "refund":
            self.trips.apply_refund(shipment, record["status"])
        elif operation == "format":
            shipment.label_format = record["format"]
        elif operation == "refused_buy":
            shipment.refused_buys += 1
            self.refused_buys += 1

    async def start(self) -> str:
        """Goes on with what a kill interrupted."""
        if self.webhooks is not None:
            self.webhooks.resume()
        for shipment in self.shipments.values():
            if shipment.refund_status == "submitted":
                self.clock.call_after(self.options.refund_ms / 1000, self.trips.finish_refund, shipment)
            elif shipment.tracking_code is not None and shipment.refund_status is None:
                self.trips.plan_next_step(shipment)
        return ""


def main() -> None:
    """Starts the carrier."""
    parser = standin.common_arguments(__doc__ or "")
    standin.webhook_arguments(parser, "CARRIER")
    parser.add_argument("--transit-ms", default=DEFAULT_TRANSIT,
                        help="STATUS=MS,… after the status before; only these occur")
    parser.add_argument("--refund-ms", type=float, default=200, help="until a void is paid back")
    parser.add_argument("--refuse-zip", default="00000", help="postal codes that fail verification")
    parser.add_argument("--currency", default="USD")
    carrier = Carrier(parser.parse_args())
    standin.run_forever(carrier, carrier.start)


if __name__ == "__main__":
    main()
