"""Checks what the carrier is asked for, and makes the lasting part of a shipment of it."""
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from carrier_objects import (LABEL_FORMATS, MAX_TEXT, MAX_WEIGHT_OZ, EasyPostError, Shipment, address_json,
                             checked_weight, compact, stamp, wrong_field)
from standin_request import Request

NO_RATES_ZIP = "99999"


@dataclass
class Rules:
    """What this carrier refuses, and the money it takes."""

    currency: str
    refused_zips: frozenset[str]


def fixed_json(shipment: Shipment, asked: dict[str, Any], rules: Rules) -> str:
    """Checks a request and returns the members of the object that never change."""
    at, key = stamp(shipment.created_s), shipment.key()
    reference = asked.get("reference")
    if reference is not None and (not isinstance(reference, str) or len(reference) > MAX_TEXT):
        raise wrong_field("reference", f"must be text of at most {MAX_TEXT} characters")
    to_json = address_json(asked.get("to_address"), "to_address", f"adr_{key}01", at)
    from_json = address_json(asked.get("from_address"), "from_address", f"adr_{key}02", at)
    check_zip(asked["to_address"], rules)
    parcel = asked.get("parcel")
    shipment.weight_oz = checked_weight(parcel)
    shipment.reference = reference
    shipment.international = asked["to_address"]["country"] != asked["from_address"]["country"]
    shipment.customs = bool(asked.get("customs_info"))
    shipment.rateless = (shipment.weight_oz > MAX_WEIGHT_OZ
                         or asked["to_address"].get("zip") == NO_RATES_ZIP)
    shipment.label_format = label_format(asked.get("options"))
    set_destination(shipment, asked["to_address"])
    rates = ",".join(shipment.rate_json(number, rules.currency)
                     for number in range(len(shipment.services())))
    messages = [{"carrier": "USPS", "type": "rate_error", "carrier_account_id": "ca_usps",
                 "message": "The parcel cannot be carried to this address."}]
    return (f'"object":"Shipment","mode":"test","created_at":"{at}","is_return":false,'
            f'"reference":{compact(reference)},"to_address":{to_json},"from_address":{from_json},'
            f'"parcel":{compact(dict(parcel, id=f"prcl_{key}", object="Parcel"))},'
            f'"customs_info":{compact(asked.get("customs_info"))},'
            f'"options":{compact(asked.get("options") or {})},"insurance":null,"forms":[],'
            f'"fees":[],"messages":{compact(messages) if shipment.rateless else "[]"},'
            f'"rates":[{rates}]')


def check_zip(address: dict[str, Any], rules: Rules) -> None:
    """Refuses addresses that the rule calls undeliverable."""
    if address.get("zip") in rules.refused_zips:
        raise EasyPostError(422, "ADDRESS.VERIFY.FAILURE", "Unable to verify address.", [
            {"code": "E.ADDRESS.NOT_FOUND", "field": "address",
             "message": "Address not found", "suggestion": None}])


def json_object(request: Request) -> dict[str, Any]:
    """The request's JSON body."""
    try:
        value = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise EasyPostError(400, "BAD_REQUEST", "The request body is not JSON.") from None
    if not isinstance(value, dict):
        raise EasyPostError(400, "BAD_REQUEST", "The request body is not a JSON object.")
    return value


def label_format(options: Any) -> str:
    """The label format of a shipment's options."""
    asked = str(options.get("label_format", "png")).lower() if isinstance(options, dict) else "png"
    if asked not in LABEL_FORMATS:
        raise EasyPostError(422, "SHIPMENT.POSTAGE.INVALID_FORMAT",
                            f"label_format must be one of {', '.join(LABEL_FORMATS)}.")
    return asked


def set_destination(shipment: Shipment, address: dict[str, Any]) -> None:
    """What the tracker needs to know of the address."""
    shipment.city, shipment.country = address["city"], address["country"]
    shipment.signer = str(address.get("name") or address.get("company"))
