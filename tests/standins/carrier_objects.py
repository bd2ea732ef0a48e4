"""What the carrier's API speaks of: shipments, rates, trackers, errors."""
from __future__ import annotations

import functools
import json
import time
from typing import Any, Optional

MAX_WEIGHT_OZ = 1120
MAX_TEXT = 255
ADDRESS_FIELDS = ("name", "company", "street1", "street2", "city", "state", "zip", "country",
                  "phone", "email", "federal_tax_id", "state_tax_id")
LABEL_FORMATS = ("png", "pdf", "zpl")

# carrier, service, cents for the first ounce, cents an ounce more, days
DOMESTIC = (("USPS", "GroundAdvantage", 475, 12, 4), ("USPS", "Priority", 790, 18, 2),
            ("USPS", "Express", 2840, 45, 1), ("UPS", "Ground", 910, 14, 3),
            ("UPS", "NextDayAir", 4120, 60, 1))
INTERNATIONAL = (("USPS", "FirstClassPackageInternationalService", 1675, 40, 14),
                 ("USPS", "PriorityMailInternational", 4290, 70, 8),
                 ("UPS", "Expedited", 5150, 85, 4))

# status: detail, message of the tracking line
STEPS = {
    "pre_transit": ("label_created", "Shipping label created, waiting for the parcel"),
    "in_transit": ("departed_facility", "Departed sorting facility"),
    "out_for_delivery": ("out_for_delivery", "Out for delivery"),
    "delivered": ("arrived_at_destination", "Delivered, signed for at the door"),
    "available_for_pickup": ("available_for_pickup", "Waiting at the pickup point"),
    "return_to_sender": ("return", "Returning to the sender"),
    "failure": ("delivery_attempted", "Delivery failed"),
    "lost": ("lost", "The parcel cannot be found"),
    "damaged": ("damaged", "The parcel is damaged and will not be delivered"),
    "cancelled": ("cancelled", "Label canceled"),
    "error": ("unknown", "The carrier reported an error"),
}


# What the API calls steps that it has no status for.
STATUS_WORDS = {"lost": "failure", "damaged": "failure"}

compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class EasyPostError(Exception):
    """An error answer in the API's shape."""

    def __init__(self, status: int, code: str, message: str,
                 errors: Optional[list[dict[str, Any]]] = None) -> None:
        super().__init__(message)
        self.status = status
        self.document = {"error": {"code": code, "message": message, "errors": errors or []}}

    def body(self) -> bytes:
        """The JSON document."""
        return json.dumps(self.document, separators=(",", ":")).encode()


def wrong_field(field: str, message: str) -> EasyPostError:
    """A field of the request is missing or wrong."""
    return EasyPostError(422, "SHIPMENT.INVALID_PARAMS", "Unable to create shipment, one or more "
                         "parameters were invalid.", [{"field": field, "message": message}])


def not_found() -> EasyPostError:
    """Nothing of that name."""
    return EasyPostError(404, "NOT_FOUND", "The requested resource could not be found.")


def stamp(at_s: float) -> str:
    """An instant in the API's form."""
    return stamp_of_second(int(at_s))


@functools.lru_cache(maxsize=1024)
def stamp_of_second(second: int) -> str:
    """Most instants that are asked for lie in the same few seconds."""
    whole = time.gmtime(second)
    return (f"{whole[0]}-{whole[1]:02}-{whole[2]:02}T{whole[3]:02}:{whole[4]:02}:{whole[5]:02}Z")


def money(cents: int) -> str:
    """A price as the API's string."""
    return f"{cents // 100}.{cents % 100:02}"


def address_json(address: Any, field: str, made_id: str, at: str) -> str:
    """A checked address as the API shows it."""
    if not isinstance(address, dict):
        raise wrong_field(field, "is required")
    known: dict[str, Any] = {"id": made_id, "object": "Address", "mode": "test",
                             "created_at": at, "updated_at": at}
    for name in ADDRESS_FIELDS:
        value = address.get(name)
        if value is not None and (not isinstance(value, str) or len(value) > MAX_TEXT):
            raise wrong_field(f"{field}.{name}", f"must be text of at most {MAX_TEXT} characters")
        known[name] = value
    for name in ("street1", "city", "country"):
        if not known[name]:
            raise wrong_field(f"{field}.{name}", "is required")
    if not (known["name"] or known["company"]):
        raise wrong_field(f"{field}.name", "name or company is required")
    if not (len(known["country"]) == 2 and known["country"].isascii() and known["country"].isalpha()):
        raise wrong_field(f"{field}.country", "must be a two letter code")
    known["verifications"] = {}
    return compact(known)


def checked_weight(parcel: Any) -> float:
    """The parcel's weight in ounces."""
    if not isinstance(parcel, dict):
        raise wrong_field("parcel", "is required")
    for name in ("weight", "length", "width", "height"):
        value = parcel.get(name)
        if value is None and name != "weight":
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e6:
            raise wrong_field(f"parcel.{name}", "must be a number greater than 0 and below a million")
    return float(parcel["weight"])


class Shipment:
    """One shipment and, once bought, its label and tracker."""

    __slots__ = ("id", "reference", "created_s", "start", "length", "weight_oz", "international",
                 "customs", "rateless", "label_format", "service", "tracking_code", "bought_s",
                 "history", "refund_status", "trip", "change", "city", "country", "signer",
                 "buys", "refused_buys")

    def __init__(self, shipment_id: str, created_s: float) -> None:
        self.id = shipment_id
        self.created_s = created_s
        self.reference: Optional[str] = None
        self.start = 0
        self.length = 0
        self.weight_oz = 0.0
        self.international = False
        self.customs = False
        self.rateless = False
        self.label_format = "png"
        self.service = -1
        self.tracking_code: Optional[str] = None
        self.bought_s = 0.0
        self.history: list[tuple[str, float]] = []
        self.refund_status: Optional[str] = None
        self.trip = "normal"
        self.change = 0
        self.city = ""
        self.country = ""
        self.signer = ""
        self.buys = 0
        self.refused_buys = 0

    def key(self) -> str:
        """The part of the id that child ids share."""
        return self.id[4:]

    def status(self) -> str:
        """The tracker's status."""
        return self.history[-1][0] if self.history else "unknown"

    def services(self) -> tuple[tuple[str, str, int, int, int], ...]:
        """What is on offer for this parcel."""
        if self.rateless:
            return ()
        return INTERNATIONAL if self.international else DOMESTIC

    def cents(self, service: int) -> int:
        """The price of a service."""
        _, _, first, more, _ = self.services()[service]
        return first + int(more * max(0.0, self.weight_oz - 1))

    def rate_json(self, service: int, currency: str) -> str:
        """A rate object."""
        carrier, name, _, _, days = self.services()[service]
        price, at = money(self.cents(service)), stamp(self.created_s)
        return (f'{{"id":"rate_{self.key()}{service:02}","object":"Rate","created_at":"{at}",'
                f'"updated_at":"{at}","mode":"test","service":"{name}","carrier":"{carrier}",'
                f'"rate":"{price}","currency":"{currency}","retail_rate":"{price}",'
                f'"retail_currency":"{currency}","list_rate":"{price}","list_currency":"{currency}",'
                f'"billing_type":"easypost","delivery_days":{days},"delivery_date":null,'
                f'"delivery_date_guaranteed":false,"est_delivery_days":{days},'
                f'"shipment_id":"{self.id}","carrier_account_id":"ca_{carrier.lower()}"}}')

    def label_json(self, public_url: str) -> str:
        """The postage label, null before it is bought."""
        if self.tracking_code is None:
            return "null"
        at, kind = stamp(self.bought_s), self.label_format
        url = f"{public_url}/labels/{self.id}.{kind}"
        media = {"png": "image/png", "pdf": "application/pdf", "zpl": "application/zpl"}[kind]
        pdf_url, zpl_url = (f'"{url}"' if kind == name else "null" for name in ("pdf", "zpl"))
        return (f'{{"id":"pl_{self.key()}","object":"PostageLabel","created_at":"{at}",'
                f'"updated_at":"{at}","date_advance":0,"integrated_form":"none","label_date":"{at}",'
                f'"label_resolution":203,"label_size":"4x6","label_type":"default",'
                f'"label_file_type":"{media}","label_url":"{url}","label_pdf_url":{pdf_url},'
                f'"label_zpl_url":{zpl_url},"label_epl2_url":null,"label_file":null}}')

    def details_json(self) -> str:
        """Every step of the trip so far."""
        carrier = self.services()[self.service][0]
        return ",".join(
            f'{{"object":"TrackingDetail","message":"{STEPS[status][1]}","description":"",'
            f'"status":"{STATUS_WORDS.get(status, status)}","status_detail":"{STEPS[status][0]}",'
            f'"datetime":"{stamp(at_s)}",'
            f'"source":"{carrier}","carrier_code":"","tracking_location":{{"object":'
            f'"TrackingLocation","city":{compact(self.city)},"state":null,'
            f'"country":"{self.country}","zip":null}}}}'
            for status, at_s in self.history)

    def tracker_json(self, public_url: str) -> str:
        """The tracker object with its proof of delivery."""
        carrier, _, _, _, days = self.services()[self.service]
        status = self.status()
        signed = compact(self.signer) if status == "delivered" else "null"
        changed_s = self.history[-1][1] if self.history else self.bought_s
        detail = STEPS[status][0] if status in STEPS else "unknown"
        return (f'{{"id":"trk_{self.key()}","object":"Tracker","mode":"test",'
                f'"tracking_code":"{self.tracking_code}","status":"{STATUS_WORDS.get(status, status)}",'
                f'"status_detail":"{detail}","created_at":"{stamp(self.bought_s)}",'
                f'"updated_at":"{stamp(changed_s)}","signed_by":{signed},"weight":{self.weight_oz},'
                f'"est_delivery_date":"{stamp(self.bought_s + 86400 * days)}",'
                f'"shipment_id":"{self.id}","carrier":"{carrier}",'
                f'"tracking_details":[{self.details_json()}],"carrier_detail":null,"fees":[],'
                f'"public_url":"{public_url}/track/trk_{self.key()}"}}')

    def dynamic_json(self, public_url: str, currency: str) -> str:
        """The members of the shipment object that change."""
        bought = self.tracking_code is not None
        rate = self.rate_json(self.service, currency) if bought else "null"
        code = f'"{self.tracking_code}"' if bought else "null"
        refund = f'"{self.refund_status}"' if self.refund_status else "null"
        tracker = self.tracker_json(public_url) if bought else "null"
        changed_s = self.history[-1][1] if self.history else (self.bought_s or self.created_s)
        status = STATUS_WORDS.get(self.status(), self.status())
        return (f'"updated_at":"{stamp(changed_s)}","status":"{status}",'
                f'"tracking_code":{code},"refund_status":{refund},"selected_rate":{rate},'
                f'"postage_label":{self.label_json(public_url)},"tracker":{tracker}')

    def row(self) -> dict[str, Any]:
        """The line of the books."""
        bought = self.tracking_code is not None
        carrier, service = self.services()[self.service][:2] if bought else (None, None)
        return {"id": self.id, "change": self.change, "reference": self.reference,
                "labels": self.buys, "refused_buys": self.refused_buys, "carrier": carrier,
                "service": service, "postage_minor": self.cents(self.service) if bought else 0,
                "tracking_code": self.tracking_code, "tracker_id": f"trk_{self.key()}",
                "state": self.status(), "refund_status": self.refund_status, "trip": self.trip,
                "history": [{"status": status, "at": round(at_s, 3)} for status, at_s in self.history]}
