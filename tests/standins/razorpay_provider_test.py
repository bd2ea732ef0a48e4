"""The stand-in for Razorpay against what Razorpay's API promises."""
from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

import pytest

from harness import Answer, Launch, Standin, Target, wait_until

BASIC = {"Authorization": "Basic " + base64.b64encode(b"rzp_test_1:secret").decode()}
JSON = BASIC | {"Content-Type": "application/json"}
Call = Callable[..., Answer]


@pytest.fixture(scope="session")
def the_razorpay() -> Iterator[Standin]:
    """Its process, without webhooks."""
    standin = Standin("razorpay_provider.py")
    yield standin
    assert standin.stop() == 0


@pytest.fixture
def razorpay(the_razorpay: Standin) -> Standin:
    """Empty."""
    the_razorpay.control(reset=True)
    return the_razorpay


@pytest.fixture
def call(razorpay: Standin) -> Call:
    """A call with a key; a POST unless it has no body."""
    def do(path: str, body: Optional[Any] = None, **headers: str) -> Answer:
        if body is None:
            return razorpay.call("GET", f"/v1{path}", None, BASIC | headers)
        return razorpay.call("POST", f"/v1{path}", json.dumps(body), JSON | headers)
    return do


def order(amount: int = 4488, currency: str = "INR", **members: Any) -> dict[str, Any]:
    """What an order system asks for."""
    return {"amount": amount, "currency": currency, "notes": {"kervan": "1,ord_1-P1"},
            "payment": {"capture": "manual", "capture_options": {"manual_expiry_period": 7200,
                                                                 "refund_speed": "normal"}}} | members


def why(answer: Answer) -> str:
    """What is wrong."""
    assert answer.status == 400, answer.body
    return str(answer.json()["error"]["description"])


def paid(razorpay: Standin, call: Call) -> dict[str, Any]:
    """An order that a shopper paid; the payment."""
    made = call("/orders", order()).json()
    razorpay.control(pay=made["id"])
    return dict(call(f"/orders/{made['id']}/payments").json()["items"][0])


def test_who_calls(razorpay: Standin, call: Call) -> None:
    assert razorpay.call("GET", "/v1/payments?count=1").status == 401
    assert call("/payments?count=1").json() == {"entity": "collection", "count": 0, "items": []}


def test_orders(call: Call) -> None:
    made = call("/orders", order(receipt="R1")).json()
    assert (made["status"], made["amount_due"], made["receipt"]) == ("created", 4488, "R1")
    assert why(call("/orders", order(receipt="R1"))) == "The receipt has already been taken."
    assert "40 characters" in why(call("/orders", order(receipt="x" * 41)))
    assert why(call("/orders", order(99))) == "The amount must be at least INR 1.00"
    assert "last decimal" in why(call("/orders", order(295991, "KWD")))
    assert "should not be sent" in why(call("/orders", order(final=True)))
    assert [item["id"] for item in call("/orders?receipt=R1").json()["items"]] == [made["id"]]
    assert call("/orders?receipt=R2").json()["items"] == []
    assert call("/orders", order(notes={})).json()["notes"] == [], "an empty object is an empty list"


def test_a_shopper_pays(razorpay: Standin, call: Call) -> None:
    made = call("/orders", order()).json()
    place = f"/checkout?order_id={made['id']}&kervan=1%2Cord_1-P1&return_url=https%3A%2F%2Fshop.example%2Fpaid"
    assert razorpay.call("POST", place, "action=fail").status == 303
    answer = razorpay.call("POST", place, "action=pay")
    assert answer.headers["Location"].startswith("https://shop.example/paid?razorpay_payment_id=pay_")
    shown = call(f"/orders/{made['id']}?expand[]=payments").json()
    assert shown["status"] == "attempted" and shown["attempts"] == 2
    assert [payment["status"] for payment in shown["payments"]["items"]] == ["authorized", "failed"]


def test_a_capture_is_whole_and_once(razorpay: Standin, call: Call) -> None:
    payment = paid(razorpay, call)
    path = f"/payments/{payment['id']}/capture"
    assert "equal to the amount authorized" in why(call(path, {"amount": 4487, "currency": "INR"}))
    taken = call(path, {"amount": 4488, "currency": "INR"}).json()
    assert (taken["status"], taken["captured"], taken["fee"] > 0) == ("captured", True, True)
    assert why(call(path, {"amount": 4488, "currency": "INR"})) == "This payment has already been captured"
    assert call(f"/orders/{payment['order_id']}").json()["status"] == "paid"


def test_refunds(razorpay: Standin, call: Call) -> None:
    payment = paid(razorpay, call)
    path, key = f"/payments/{payment['id']}/refund", {"X-Refund-Idempotency": "refund-0001"}
    assert "should be captured" in why(call(path, {"amount": 1000}))
    call(f"/payments/{payment['id']}/capture", {"amount": 4488, "currency": "INR"})
    made = call(path, {"amount": 1000, "receipt": "B1"}, **key).json()
    assert (made["status"], made["amount"]) == ("processed", 1000)
    assert call(path, {"amount": 1000, "receipt": "B1"}, **key).json()["id"] == made["id"]
    assert "same idempotency key" in why(call(path, {"amount": 1001, "receipt": "B1"}, **key))
    assert "key is invalid" in why(call(path, {"amount": 1000}, **{"X-Refund-Idempotency": "a/b"}))
    assert "greater than amount captured" in why(call(path, {"amount": 3489}))
    assert [item["receipt"] for item in call(f"/payments/{payment['id']}/refunds").json()["items"]] == ["B1"]
    assert call(path, {"amount": 3488}).status == 200
    assert call(f"/payments/{payment['id']}").json()["status"] == "refunded"
    assert "fully refunded" in why(call(path, {"amount": 100}))


def test_pending_and_expired(razorpay: Standin, call: Call) -> None:
    payment = paid(razorpay, call)
    razorpay.control(expire=payment["id"])
    shown = call(f"/payments/{payment['id']}").json()
    assert (shown["status"], shown["captured"]) == ("refunded", False)
    assert "not yet captured" in why(call(f"/payments/{payment['id']}/capture", {"amount": 4488, "currency": "INR"}))
    payment = paid(razorpay, call)
    call(f"/payments/{payment['id']}/capture", {"amount": 4488, "currency": "INR"})
    razorpay.control(pending=True)
    made = call(f"/payments/{payment['id']}/refund", {"amount": 1000}).json()
    assert made["status"] == "pending"
    razorpay.control(settle=made["id"], status="failed")
    assert call(f"/refunds/{made['id']}").json()["status"] == "failed"
    assert call(f"/payments/{payment['id']}").json()["amount_refunded"] == 0


def test_webhooks_are_signed(launch: Launch, target: Target) -> None:
    standin = launch("razorpay_provider.py", "--webhook-url", target.url)
    made = standin.call("POST", "/v1/orders", json.dumps(order()), JSON).json()
    standin.control(pay=made["id"])
    wait_until(lambda: len(target.received) == 1, "the first")
    standin.control(webhook_secret="another-secret")
    standin.control(pay=made["id"], status="failed")
    wait_until(lambda: len(target.received) == 2, "the second")
    for (headers, body), secret in zip(target.received, (b"whsec_test", b"another-secret")):
        assert headers["x-razorpay-signature"] == hmac.new(secret, body, hashlib.sha256).hexdigest()
        assert headers["x-razorpay-event-id"]
    assert [event["event"] for event in target.events()] == ["payment.authorized", "payment.failed"]


def test_books_outlive_a_kill(launch: Launch, tmp_path: Path) -> None:
    standin = launch("razorpay_provider.py", "--books", str(tmp_path / "books"))
    call = {"path": "/v1/orders", "body": json.dumps(order(receipt="R1")), "headers": JSON}
    made = standin.call("POST", **call).json()
    standin.control(pay="R1")
    standin.kill()
    standin.start()
    shown = standin.call("GET", f"/v1/orders/{made['id']}?expand[]=payments", None, BASIC).json()
    assert [payment["status"] for payment in shown["payments"]["items"]] == ["authorized"]
    assert standin.call("POST", **call).status == 400
