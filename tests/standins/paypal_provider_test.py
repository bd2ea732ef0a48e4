"""The stand-in for PayPal against what PayPal's API promises."""
from __future__ import annotations

import base64
import json
import ssl
import subprocess
import urllib.request
import zlib
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

import pytest

from harness import Answer, Launch, Standin, Target, wait_until

ORDERS = "/v2/checkout/orders"
BASIC = "Basic " + base64.b64encode(b"client:secret").decode()
FORM = {"Authorization": BASIC, "Content-Type": "application/x-www-form-urlencoded"}
Call = Callable[..., Answer]


def token_of(paypal: Standin) -> str:
    """An access token."""
    answer = paypal.call("POST", "/v1/oauth2/token", "grant_type=client_credentials", FORM)
    assert answer.status == 200, answer.body
    return str(answer.json()["access_token"])


@pytest.fixture(scope="session")
def the_paypal() -> Iterator[Standin]:
    """Its process, without webhooks."""
    standin = Standin("paypal_provider.py")
    yield standin
    assert standin.stop() == 0


@pytest.fixture
def paypal(the_paypal: Standin) -> Standin:
    """Empty."""
    the_paypal.control(reset=True)
    return the_paypal


@pytest.fixture
def post(paypal: Standin) -> Call:
    """A call with a token; a POST unless it has no body."""
    token = token_of(paypal)

    def call(path: str, body: Optional[Any] = None, key: str = "", **headers: str) -> Answer:
        words = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} | headers
        if key:
            words["PayPal-Request-Id"] = key
        if body is None:
            return paypal.call("GET", path, None, words)
        return paypal.call("POST", path, json.dumps(body), words)
    return call


def order(value: str = "44.88", currency: str = "EUR", **unit: Any) -> dict[str, Any]:
    """What an order system asks for."""
    amount = {"currency_code": currency, "value": value}
    return {"intent": "AUTHORIZE", "purchase_units": [{"amount": amount, "custom_id": "1,ord_1-P1"} | unit],
            "payment_source": {"paypal": {"experience_context": {"return_url": "https://shop.example/paid",
                                                                 "cancel_url": "https://shop.example/no"}}}}


def money(value: str, currency: str = "EUR") -> dict[str, Any]:
    """An amount."""
    return {"amount": {"currency_code": currency, "value": value}}


def issue_of(answer: Answer) -> str:
    """What is wrong."""
    return str(answer.json()["details"][0]["issue"])


def held(paypal: Standin, post: Call) -> tuple[str, str]:
    """An order and its authorization."""
    made = post(ORDERS, order(), "create").json()
    assert paypal.call("POST", f"/checkoutnow?token={made['id']}", "action=approve").status == 303
    shown = post(f"{ORDERS}/{made['id']}/authorize", {}, "authorize").json()
    return made["id"], shown["purchase_units"][0]["payments"]["authorizations"][0]["id"]


def test_tokens(paypal: Standin, post: Call) -> None:
    assert paypal.call("POST", "/v1/oauth2/token", "grant_type=client_credentials",
                       FORM | {"Authorization": "Basic eDp5"}).status == 401
    assert paypal.call("POST", "/v1/oauth2/token", "grant_type=password", FORM).status == 400
    assert post(ORDERS, order(), Authorization="Bearer no").status == 401
    assert post(ORDERS, order()).status == 200
    paypal.control(revoke_tokens=True)
    assert issue_of(post(ORDERS, order())) == "INVALID_TOKEN"


def test_an_order_is_approved_and_authorized(paypal: Standin, post: Call) -> None:
    made = post(ORDERS, order(), "k1").json()
    assert made["status"] == "PAYER_ACTION_REQUIRED"
    page = {link["rel"]: link["href"] for link in made["links"]}["payer-action"]
    place = page.partition(str(paypal.port))[2]
    assert issue_of(post(f"{ORDERS}/{made['id']}/authorize", {}, "k2")) == "ORDER_NOT_APPROVED"
    answer = paypal.call("POST", place, "action=cancel")
    assert answer.headers["Location"] == "https://shop.example/no"
    answer = paypal.call("POST", place, "action=approve")
    assert answer.headers["Location"] == "https://shop.example/paid"
    assert post(f"{ORDERS}/{made['id']}").json()["status"] == "APPROVED"
    assert post(ORDERS, order(), "k1").json()["status"] == "APPROVED", "the latest status under its key"
    shown = post(f"{ORDERS}/{made['id']}/authorize", {}, "k2")
    assert shown.status == 201 and shown.json()["status"] == "COMPLETED"
    again = post(f"{ORDERS}/{made['id']}/authorize", {}, "k2")
    assert again.status == 200 and again.json() == shown.json()
    assert issue_of(post(f"{ORDERS}/{made['id']}/authorize", {}, "k3")) == "ORDER_ALREADY_AUTHORIZED"
    assert paypal.books("?format=totals")["totals"]["replays"] == 2


def test_captures_are_bounded(paypal: Standin, post: Call) -> None:
    _, hold = held(paypal, post)
    path = f"/v2/payments/authorizations/{hold}/capture"
    assert issue_of(post(path, money("44.89"), "c0")) == "MAX_CAPTURE_AMOUNT_EXCEEDED"
    first = post(path, money("4.88") | {"invoice_id": "C1"}, "c1").json()
    assert (first["status"], first["amount"]["value"]) == ("COMPLETED", "4.88")
    assert issue_of(post(path, money("1.00") | {"invoice_id": "C1"}, "c2")) == "DUPLICATE_INVOICE_ID"
    assert issue_of(post(path, money("9.00"), "c1")) == "PAYPAL_REQUEST_ID_PREVIOUSLY_USED"
    assert post(path, money("20.00") | {"final_capture": True}, "c3").status == 201
    assert issue_of(post(path, money("1.00"), "c4")) == "AUTHORIZATION_ALREADY_CAPTURED"
    refund = f"/v2/payments/captures/{first['id']}/refund"
    assert issue_of(post(refund, money("4.89"), "r0")) == "REFUND_AMOUNT_EXCEEDED"
    assert post(refund, money("4.00"), "r1").json()["status"] == "COMPLETED"
    assert issue_of(post(refund, money("0.89"), "r2")) == "REFUND_AMOUNT_EXCEEDED"
    assert post(refund, money("0.88"), "r3").status == 201
    assert issue_of(post(refund, money("0.01"), "r4")) == "CAPTURE_FULLY_REFUNDED"


def test_void_and_renewal(paypal: Standin, post: Call) -> None:
    name, hold = held(paypal, post)
    path = f"/v2/payments/authorizations/{hold}"
    assert issue_of(post(f"{path}/reauthorize", money("44.88"), "n1")) == "REAUTHORIZATION_TOO_SOON"
    paypal.control(advance_ms=3 * 86400 * 1000 + 1000)
    renewed = post(f"{path}/reauthorize", money("44.88"), "n2", Authorization=f"Bearer {token_of(paypal)}").json()
    headers = {"Authorization": f"Bearer {token_of(paypal)}"}
    assert renewed["status"] == "CREATED" and renewed["id"] != hold
    assert issue_of(post(f"{path}/capture", money("1.00"), "n3", **headers)) == "AUTHORIZATION_VOIDED"
    new = f"/v2/payments/authorizations/{renewed['id']}"
    assert issue_of(post(f"{new}/reauthorize", money("44.88"), "n4", **headers)) == "REAUTHORIZATION_NOT_ALLOWED"
    assert post(f"{new}/void", {}, "v1", **headers).status == 204
    assert post(f"{new}/void", {}, "v1", Prefer="return=representation", **headers).json()["status"] == "VOIDED"
    assert issue_of(post(f"{new}/void", {}, "v2", **headers)) == "PREVIOUSLY_VOIDED"
    assert len(post(f"{ORDERS}/{name}", **headers).json()["purchase_units"][0]["payments"]["authorizations"]) == 2


@pytest.mark.parametrize(("body", "issue"), [
    (order("1.001"), "DECIMAL_PRECISION"), (order("1.5", "HUF"), "DECIMAL_PRECISION"),
    (order("0"), "CANNOT_BE_ZERO_OR_NEGATIVE"), (order("1,00"), "INVALID_PARAMETER_SYNTAX"),
    (order("1.000", "KWD"), "CURRENCY_NOT_SUPPORTED"), (order(custom_id="x" * 128), "INVALID_STRING_LENGTH"),
    (order() | {"intent": "CAPTURE"}, "INTENT_NOT_SUPPORTED_HERE"), (order() | {"more": 1}, "INVALID_PARAMETER_SYNTAX"),
    ({"intent": "AUTHORIZE"}, "MISSING_REQUIRED_PARAMETER"),
])
def test_bodies_are_checked(post: Call, body: Any, issue: str) -> None:
    assert issue_of(post(ORDERS, body)) == issue


def test_books_survive(launch: Launch, tmp_path: Path) -> None:
    books = str(tmp_path / "books")
    first = launch("paypal_provider.py", "--books", books)
    headers = {"Authorization": f"Bearer {token_of(first)}", "Content-Type": "application/json",
               "PayPal-Request-Id": "k"}
    made = first.call("POST", ORDERS, json.dumps(order()), headers).json()
    first.kill()
    second = launch("paypal_provider.py", "--books", books)
    headers["Authorization"] = f"Bearer {token_of(second)}"
    assert second.call("POST", ORDERS, json.dumps(order()), headers).json()["id"] == made["id"]
    assert len(second.books()["orders"]) == 1


def test_webhooks_are_signed(launch: Launch, target: Target, tmp_path: Path) -> None:
    public, signature = tmp_path / "public.pem", tmp_path / "signature"
    standin = launch("paypal_provider.py", "--webhook-url", target.url, "--cert-folder", str(tmp_path / "certs"),
                     "--webhook-id", "1JE4291016473214C")
    headers = {"Authorization": f"Bearer {token_of(standin)}", "Content-Type": "application/json"}
    made = standin.call("POST", ORDERS, json.dumps(order()), headers).json()
    standin.control(approve=made["id"])
    wait_until(lambda: len(target.received) == 1, "the event")
    told, body = target.received[0]
    assert json.loads(body)["event_type"] == "CHECKOUT.ORDER.APPROVED"
    signed = "|".join((told["paypal-transmission-id"], told["paypal-transmission-time"], "1JE4291016473214C",
                       str(zlib.crc32(body))))
    signature.write_bytes(base64.b64decode(told["paypal-transmission-sig"]))
    trusted = ssl.create_default_context(cafile=tmp_path / "certs" / "root.pem")
    with urllib.request.urlopen(told["paypal-cert-url"], context=trusted, timeout=10) as answer:
        certificate = answer.read()
    shown = subprocess.run(["openssl", "x509", "-pubkey", "-noout"], check=True, input=certificate, capture_output=True)
    public.write_bytes(shown.stdout)
    subprocess.run(["openssl", "dgst", "-sha256", "-verify", public, "-signature", signature], check=True,
                   input=signed.encode(), capture_output=True)
