"""Stripe's and Razorpay's own SDKs against the stand-ins: what they ask is understood, what is said they read.

    make provider-sdks        both in a place of their own, then this
"""
from __future__ import annotations

import sys
from typing import Any

import razorpay
import stripe
from harness import Standin, Target, wait_until

SECRET = "whsec_test"
KEYS = ("rzp_test_1", "secret")
NAMES = {"order_id": "ord_1", "order_no": "1", "payment_id": "ord_1-P1"}


def refused(error: type[Exception], call: Any, *arguments: Any, **named: Any) -> Any:
    """What an SDK raises."""
    try:
        call(*arguments, **named)
    except error as found:
        return found
    raise AssertionError(f"{call} was not refused")


class StripeDesk:
    """What a shop does with Stripe's SDK, as our calls do it."""

    def __init__(self, standin: Standin, target: Target) -> None:
        self.standin, self.target = standin, target
        self.client = stripe.StripeClient("sk_test_1", base_addresses={"api": f"http://127.0.0.1:{standin.port}"},
                                          max_network_retries=0)

    def make(self, key: str, token: str = "tok_ok") -> Any:
        """A payment intent, confirmed as it is made."""
        return self.client.v1.payment_intents.create(
            {"amount": 4488, "currency": "eur", "capture_method": "manual", "confirm": True,
             "payment_method_data": {"type": "card", "card": {"token": token}}, "payment_method_types": ["card"],
             "payment_method_options": {"card": {"request_multicapture": "if_available"}},
             "return_url": "https://shop.example/paid", "description": "Order ord_1", "metadata": NAMES},
            {"idempotency_key": key})

    def whole_way(self) -> None:
        """Held, taken in part, given back in part; a second one is let go."""
        made = self.make("k1")
        assert (made.status, made.amount_capturable, made.metadata["payment_id"]) == (
            "requires_capture", 4488, "ord_1-P1"), made
        assert self.make("k1").id == made.id, "the same again"
        taken = self.client.v1.payment_intents.capture(made.id, {"amount_to_capture": 1000})
        assert (taken.status, taken.amount_received) == ("succeeded", 1000), taken
        given = self.client.v1.refunds.create({"payment_intent": made.id, "amount": 300, "metadata": NAMES,
                                               "reason": "requested_by_customer"})
        assert (given.object, given.status) == ("refund", "succeeded"), given
        assert self.client.v1.refunds.retrieve(given.id).amount == 300
        second = self.make("k2")
        gone = self.client.v1.payment_intents.cancel(second.id, {"cancellation_reason": "abandoned"})
        assert gone.status == "canceled", gone
        listed = self.client.v1.payment_intents.list({"limit": 100, "expand": ["data.latest_charge"]})
        assert {intent.id for intent in listed.data} == {made.id, second.id}, listed

    def refusals(self) -> None:
        """What is refused it reads, too."""
        error = refused(stripe.CardError, self.make, "k3", "tok_declined")
        assert (error.http_status, error.code) == (402, "card_declined"), error
        error = refused(stripe.InvalidRequestError, self.client.v1.payment_intents.retrieve, "pi_none")
        assert (error.http_status, error.code) == (404, "resource_missing"), error

    def events(self) -> None:
        """Webhooks are signed as it proves them; with another secret they are not."""
        wait_until(lambda: len(self.target.received) >= 3, "webhooks")
        for headers, body in list(self.target.received):
            event = stripe.Webhook.construct_event(body, headers["stripe-signature"], SECRET)
            assert event.object == "event" and event.id.startswith("evt_"), event
            refused(stripe.SignatureVerificationError, stripe.Webhook.construct_event, body,
                    headers["stripe-signature"], "whsec_another")


class RazorpayDesk:
    """The same with Razorpay's."""

    def __init__(self, standin: Standin, target: Target) -> None:
        self.standin, self.target = standin, target
        self.client = razorpay.Client(auth=KEYS, base_url=f"http://127.0.0.1:{standin.port}")

    def whole_way(self) -> None:
        """Paid, taken whole, given back in part; found again."""
        made = self.client.order.create({
            "amount": 4488, "currency": "INR", "receipt": "ord_1-P1", "notes": {"kervan": "1,ord_1-P1"},
            "payment": {"capture": "manual", "capture_options": {"manual_expiry_period": 7200,
                                                                 "refund_speed": "normal"}}})
        assert (made["status"], made["receipt"]) == ("created", "ord_1-P1"), made
        found = self.client.order.all({"receipt": "ord_1-P1"})["items"]
        assert [order["id"] for order in found] == [made["id"]], found
        self.standin.control(pay=made["id"])
        payment = self.client.order.payments(made["id"])["items"][0]
        assert (payment["status"], payment["captured"]) == ("authorized", False), payment
        taken = self.client.payment.capture(payment["id"], 4488, {"currency": "INR"})
        assert taken["status"] == "captured", taken
        assert self.client.payment.fetch(payment["id"])["captured"] is True
        given = self.client.payment.refund(payment["id"], {"amount": 1000, "speed": "normal", "receipt": "ord_1-B1"})
        assert (given["entity"], given["status"]) == ("refund", "processed"), given
        assert self.client.refund.fetch(given["id"])["receipt"] == "ord_1-B1"
        listed = self.client.payment.fetch_multiple_refund(payment["id"])["items"]
        assert [refund["amount"] for refund in listed] == [1000], listed

    def refusals(self) -> None:
        """What is refused it reads, too."""
        error = refused(razorpay.errors.BadRequestError, self.client.order.create, {"amount": 99, "currency": "INR"})
        assert "at least INR 1.00" in str(error), error

    def events(self) -> None:
        """Webhooks are signed as it proves them, and so is what the checkout gives the shopper along."""
        wait_until(lambda: len(self.target.received) >= 4, "webhooks")
        for headers, body in list(self.target.received):
            signed = (body.decode(), headers["x-razorpay-signature"])
            assert self.client.utility.verify_webhook_signature(*signed, SECRET)
            refused(razorpay.errors.SignatureVerificationError, self.client.utility.verify_webhook_signature, *signed,
                    "another")
        made = self.client.order.create({"amount": 500, "currency": "INR"})
        place = f"/checkout?order_id={made['id']}&return_url=https%3A%2F%2Fshop.example%2Fpaid"
        told = self.standin.call("POST", place, "action=pay").headers["Location"].partition("?")[2]
        assert self.client.utility.verify_payment_signature(dict(pair.split("=") for pair in told.split("&")))


def main() -> None:
    """Everything, once."""
    for program, desk_of in (("payment_provider.py", StripeDesk), ("razorpay_provider.py", RazorpayDesk)):
        target = Target()
        standin = Standin(program, "--webhook-url", target.url, secret=SECRET)
        try:
            desk = desk_of(standin, target)
            desk.whole_way()
            desk.refusals()
            desk.events()
        finally:
            standin.stop()
            target.close()
    print("provider-sdks: they read the stand-ins, and are read")


if __name__ == "__main__":
    sys.exit(main())
