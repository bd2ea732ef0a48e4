"""The carrier against what EasyPost's API promises."""
from __future__ import annotations

import hashlib
import hmac
import struct
import unicodedata
import zlib
from pathlib import Path
from typing import Any

import pytest

from harness import Launch, Standin, Target, bought, easypost, shipment_request, wait_until

SHIPMENTS = "/v2/shipments"


def state_of(carrier: Standin, shipment_id: str) -> str:
    """The tracker's status."""
    return easypost(carrier, "GET", f"{SHIPMENTS}/{shipment_id}").json()["tracker"]["status"]


def test_shipment_has_rates(carrier: Standin) -> None:
    answer = easypost(carrier, "POST", SHIPMENTS, shipment_request())
    made = answer.json()
    assert answer.status == 201 and made["object"] == "Shipment" and made["reference"] == "ord_1-S1"
    assert len(made["rates"]) >= 3 and made["postage_label"] is None and made["tracking_code"] is None
    assert all(isinstance(rate["rate"], str) and "." in rate["rate"] and rate["delivery_days"]
               for rate in made["rates"])
    assert easypost(carrier, "GET", f"{SHIPMENTS}/{made['id']}").json() == made
    assert easypost(carrier, "GET", f"{SHIPMENTS}/ord_1-S1").json() == made
    assert easypost(carrier, "GET", f"{SHIPMENTS}/ord_2-S1").status == 404


def test_label_is_sold_once(carrier: Standin) -> None:
    shipment = bought(carrier)
    assert shipment["tracking_code"] == shipment["tracker"]["tracking_code"]
    again = easypost(carrier, "POST", f"{SHIPMENTS}/{shipment['id']}/buy",
                     {"rate": {"id": shipment["rates"][1]["id"]}})
    assert again.status == 422 and again.json()["error"]["code"] == "SHIPMENT.POSTAGE.EXISTS"
    books = carrier.books()
    row = books["shipments"][0]
    assert (row["labels"], row["refused_buys"], row["reference"]) == (1, 1, "ord_1-S1")
    assert books["totals"]["references_with_several_labels"] == []
    bought(carrier)
    assert carrier.books()["totals"]["references_with_several_labels"] == ["ord_1-S1"]


@pytest.mark.parametrize("kind", ["PNG", "PDF", "ZPL"])
def test_label_is_real(carrier: Standin, kind: str) -> None:
    made = easypost(carrier, "POST", SHIPMENTS, shipment_request(options={"label_format": kind})).json()
    label = easypost(carrier, "POST", f"{SHIPMENTS}/{made['id']}/buy",
                     {"rate": {"id": made["rates"][0]["id"]}}).json()
    path = label["postage_label"]["label_url"].partition(f":{carrier.port}")[2]
    answer = carrier.call("GET", path)
    assert answer.headers["Content-Type"] == label["postage_label"]["label_file_type"]
    if kind == "PNG":
        width, height = struct.unpack(">II", answer.body[16:24])
        data = answer.body[answer.body.index(b"IDAT") + 4:answer.body.index(b"IEND") - 8]
        assert len(zlib.decompress(data)) == height * (1 + (width + 7) // 8)
    else:
        start = b"%PDF-1.4" if kind == "PDF" else b"^XA"
        assert answer.body.startswith(start) and label["tracking_code"].encode() in answer.body


def test_label_in_another_format(carrier: Standin) -> None:
    shipment = bought(carrier)
    shown = easypost(carrier, "GET", f"{SHIPMENTS}/{shipment['id']}/label?file_format=ZPL").json()
    assert shown["postage_label"]["label_zpl_url"].endswith(".zpl")
    assert easypost(carrier, "GET", f"{SHIPMENTS}/{shipment['id']}/label?file_format=X").status == 422


def changed(where: str, name: str, value: Any) -> dict[str, Any]:
    """A shipment request with one thing wrong."""
    request = shipment_request()
    request["shipment"][where][name] = value
    return request


@pytest.mark.parametrize("request_body, code", [
    ({}, "PARAMETER.REQUIRED"),
    (changed("to_address", "zip", "00000"), "ADDRESS.VERIFY.FAILURE"),
    (changed("to_address", "street1", None), "SHIPMENT.INVALID_PARAMS"),
    (changed("to_address", "country", "USA"), "SHIPMENT.INVALID_PARAMS"),
    (changed("to_address", "country", '"}'), "SHIPMENT.INVALID_PARAMS"),
    (changed("to_address", "city", 5), "SHIPMENT.INVALID_PARAMS"),
    (changed("parcel", "weight", 0), "SHIPMENT.INVALID_PARAMS"),
    (changed("parcel", "weight", float("nan")), "SHIPMENT.INVALID_PARAMS"),
    (changed("parcel", "weight", "18"), "SHIPMENT.INVALID_PARAMS"),
    (shipment_request(options={"label_format": "gif"}), "SHIPMENT.POSTAGE.INVALID_FORMAT"),
])
def test_bad_shipments(carrier: Standin, request_body: Any, code: str) -> None:
    answer = easypost(carrier, "POST", SHIPMENTS, request_body)
    assert answer.status == 422 and answer.json()["error"]["code"] == code
    assert carrier.books()["totals"]["shipments"] == 0


def test_keys_json_and_routes(carrier: Standin) -> None:
    assert carrier.call("GET", SHIPMENTS).status == 401
    assert easypost(carrier, "POST", SHIPMENTS, []).status == 400
    assert easypost(carrier, "GET", "/v2/nothing").status == 404
    for _ in range(3):
        bought(carrier)
    page = easypost(carrier, "GET", f"{SHIPMENTS}?page_size=2").json()
    assert len(page["shipments"]) == 2 and page["has_more"]
    rest = easypost(carrier, "GET", f"{SHIPMENTS}?before_id={page['shipments'][1]['id']}").json()
    assert len(rest["shipments"]) == 1 and not rest["has_more"]


def test_no_rates_and_foreign_rates(carrier: Standin) -> None:
    made = easypost(carrier, "POST", SHIPMENTS, changed("to_address", "zip", "99999")).json()
    assert made["rates"] == [] and made["messages"][0]["type"] == "rate_error"
    other = easypost(carrier, "POST", SHIPMENTS, shipment_request()).json()
    answer = easypost(carrier, "POST", f"{SHIPMENTS}/{made['id']}/buy",
                      {"rate": {"id": other["rates"][0]["id"]}})
    assert answer.status == 422 and answer.json()["error"]["code"] == "SHIPMENT.POSTAGE.FAILURE"


def test_customs(carrier: Standin) -> None:
    abroad = changed("to_address", "country", "TR")
    made = easypost(carrier, "POST", SHIPMENTS, abroad).json()
    buy = {"rate": {"id": made["rates"][0]["id"]}}
    refused = easypost(carrier, "POST", f"{SHIPMENTS}/{made['id']}/buy", buy)
    assert refused.json()["error"]["code"] == "SHIPMENT.CUSTOMS_INFO.REQUIRED"
    abroad["shipment"]["customs_info"] = {"contents_type": "merchandise", "customs_items": []}
    made = easypost(carrier, "POST", SHIPMENTS, abroad).json()
    assert made["customs_info"]["contents_type"] == "merchandise"
    buy = {"rate": {"id": made["rates"][0]["id"]}}
    assert easypost(carrier, "POST", f"{SHIPMENTS}/{made['id']}/buy", buy).status == 200


def test_parcel_travels_and_tells(carrier: Standin, target: Target) -> None:
    shipment = bought(carrier)
    wait_until(lambda: len(target.received) == 4, "four events")
    for headers, body in target.received:
        secret = unicodedata.normalize("NFKD", "sécret").encode()
        wanted = "hmac-sha256-hex=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        assert headers["x-hmac-signature"] == wanted
    events = sorted(target.events(), key=lambda event: len(event["result"]["tracking_details"]))
    assert [event["result"]["status"] for event in events] == [
        "pre_transit", "in_transit", "out_for_delivery", "delivered"]
    assert [event["previous_attributes"]["status"] for event in events] == [
        "unknown", "pre_transit", "in_transit", "out_for_delivery"]
    last = events[-1]
    assert last["object"] == "Event" and last["description"] == "tracker.updated"
    assert last["result"]["signed_by"] == "Ayşe Yılmaz" and last["result"]["shipment_id"] == shipment["id"]
    tracker = easypost(carrier, "GET", f"/v2/trackers/{shipment['tracker']['id']}").json()
    assert tracker == last["result"]
    found = easypost(carrier, "GET", f"/v2/trackers?tracking_code={shipment['tracking_code']}").json()
    assert found["trackers"] == [tracker]
    assert easypost(carrier, "POST", "/v2/trackers", {
        "tracker": {"tracking_code": shipment["tracking_code"]}}).json() == tracker


def test_clock_runs_faster(carrier: Standin) -> None:
    carrier.control(transit_ms="pre_transit=0,in_transit=3600000,delivered=86400000")
    shipment_id = bought(carrier)["id"]
    wait_until(lambda: state_of(carrier, shipment_id) == "pre_transit", "pre_transit at once")
    carrier.control(clock_factor=1e6)
    wait_until(lambda: state_of(carrier, shipment_id) == "delivered", "a day to pass")


@pytest.mark.parametrize("trip, last", [
    ("silent", "in_transit"), ("returned", "return_to_sender"), ("failed", "failure"), ("held", "unknown")])
def test_other_trips(carrier: Standin, trip: str, last: str) -> None:
    carrier.control(trip=trip, count=1)
    first, second = bought(carrier)["id"], bought(carrier)["id"]
    wait_until(lambda: state_of(carrier, second) == "delivered", "the other parcel to arrive")
    wait_until(lambda: state_of(carrier, first) == last, last)
    carrier.control(move=first, status="delivered")
    assert state_of(carrier, first) == "delivered"


@pytest.mark.parametrize("trip", ["lost", "damaged"])
def test_parcels_that_are_lost_or_damaged(carrier: Standin, target: Target, trip: str) -> None:
    carrier.control(trip=trip, count=1)
    shipment_id = bought(carrier)["id"]
    wait_until(lambda: state_of(carrier, shipment_id) == "failure", trip)
    tracker = easypost(carrier, "GET", f"{SHIPMENTS}/{shipment_id}").json()["tracker"]
    assert tracker["status_detail"] == trip
    assert (tracker["tracking_details"][-1]["status"], tracker["tracking_details"][-1]["status_detail"]) == (
        "failure", trip)
    wait_until(lambda: target.events()[-1]["result"]["status"] == "failure", "its event")
    assert carrier.control(move=shipment_id, status="lost") and state_of(carrier, shipment_id) == "failure"


def test_void_refused_or_left_open(carrier: Standin) -> None:
    carrier.control(trip="held", void="refused", count=1)
    refused = bought(carrier)["id"]
    assert easypost(carrier, "POST", f"{SHIPMENTS}/{refused}/refund").json()["refund_status"] == "rejected"
    carrier.control(void="pending", count=1)
    pending = bought(carrier, "ord_2-S1")["id"]
    assert easypost(carrier, "POST", f"{SHIPMENTS}/{pending}/refund").json()["refund_status"] is None
    assert easypost(carrier, "POST", f"{SHIPMENTS}/{pending}/refund").json()["refund_status"] == "submitted"


def test_what_is_refused_can_be_told(carrier: Standin) -> None:
    carrier.control(refuse_zip="94105")
    asked = shipment_request()
    asked["shipment"]["to_address"]["zip"] = "94105"
    assert easypost(carrier, "POST", SHIPMENTS, asked).json()["error"]["code"] == "ADDRESS.VERIFY.FAILURE"
    carrier.control(refuse_zip="00000", keys="revoked")
    assert easypost(carrier, "POST", SHIPMENTS, asked).status == 401
    carrier.control(keys="good")
    assert easypost(carrier, "POST", SHIPMENTS, asked).status == 201


def test_void(carrier: Standin, target: Target) -> None:
    carrier.control(transit_ms="pre_transit=0,in_transit=60000")
    shipment_id = bought(carrier)["id"]
    answer = easypost(carrier, "POST", f"{SHIPMENTS}/{shipment_id}/refund")
    assert answer.json()["refund_status"] == "submitted"
    wait_until(lambda: "refund.successful" in {event["description"] for event in target.events()},
               "the refund's event")
    assert easypost(carrier, "GET", f"{SHIPMENTS}/{shipment_id}").json()["refund_status"] == "refunded"
    again = easypost(carrier, "POST", f"{SHIPMENTS}/{shipment_id}/refund")
    assert again.status == 422 and again.json()["error"]["code"] == "SHIPMENT.REFUND.UNAVAILABLE"
    carrier.control(advance_ms=60000)
    bought(carrier, "ord_2-S1")
    assert state_of(carrier, shipment_id) == "pre_transit"


def test_no_void_after_the_scan(carrier: Standin) -> None:
    shipment_id = bought(carrier)["id"]
    wait_until(lambda: state_of(carrier, shipment_id) == "delivered", "delivery")
    assert easypost(carrier, "POST", f"{SHIPMENTS}/{shipment_id}/refund").status == 422
    made = easypost(carrier, "POST", SHIPMENTS, shipment_request()).json()
    assert easypost(carrier, "POST", f"{SHIPMENTS}/{made['id']}/refund").status == 422


def test_unknown_outcome_is_found_by_reference(carrier: Standin) -> None:
    made = easypost(carrier, "POST", SHIPMENTS, shipment_request()).json()
    carrier.control(fault="timeout_after_acting", operation="buy", delay_ms=20, count=1)
    with pytest.raises(ConnectionError):
        easypost(carrier, "POST", f"{SHIPMENTS}/{made['id']}/buy", {"rate": {"id": made["rates"][0]["id"]}})
    assert easypost(carrier, "GET", f"{SHIPMENTS}/ord_1-S1").json()["postage_label"]["label_url"]
    carrier.control(fault="rate_limit", operation="create", count=1)
    limited = easypost(carrier, "POST", SHIPMENTS, shipment_request())
    assert limited.status == 429 and limited.json()["error"]["code"] == "RATE_LIMITED"


def test_books_outlive_a_kill(tmp_path: Path, launch: Launch) -> None:
    carrier = launch("carrier.py", "--books", str(tmp_path / "books"), "--public-url", "http://carrier",
                     "--transit-ms", "pre_transit=0,in_transit=1500,delivered=0", "--refund-ms", "1500")
    shipment_id, voided = bought(carrier)["id"], bought(carrier, "ord_2-S1")["id"]
    easypost(carrier, "POST", f"{SHIPMENTS}/{voided}/refund")
    easypost(carrier, "POST", SHIPMENTS, shipment_request("ord_3-S1"))
    wait_until(lambda: state_of(carrier, shipment_id) == "pre_transit", "the first scan")
    before, shown = carrier.books(), easypost(carrier, "GET", f"{SHIPMENTS}/{shipment_id}").json()
    carrier.kill()
    carrier.start()
    assert carrier.books() == before
    assert easypost(carrier, "GET", f"{SHIPMENTS}/{shipment_id}").json() == shown
    wait_until(lambda: state_of(carrier, shipment_id) == "delivered", "the trip to go on")
    wait_until(lambda: easypost(carrier, "GET", f"{SHIPMENTS}/{voided}").json()["refund_status"] == "refunded",
               "the void to be paid")


def test_what_the_books_showed_outlives_a_kill(tmp_path: Path, launch: Launch) -> None:
    carrier = launch("carrier.py", "--books", str(tmp_path / "books"), "--transit-ms", "delivered=50")
    bought(carrier)
    wait_until(lambda: carrier.books()["shipments"][0]["state"] == "delivered", "delivery in the books")
    carrier.kill()
    carrier.options[2:] = ["--transit-ms", ""]
    carrier.start()
    assert carrier.books()["shipments"][0]["state"] == "delivered"
