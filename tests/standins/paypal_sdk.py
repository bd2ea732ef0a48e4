"""PayPal's own SDK for Python against the stand-in: what it asks is understood, and it understands what is answered.

    make paypal-sdk        the SDK in a place of its own, then this
"""
from __future__ import annotations

import sys
from typing import Any

from harness import Standin
from paypalserversdk.configuration import Configuration, Environment, Server
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.capture_request import CaptureRequest
from paypalserversdk.models.checkout_payment_intent import CheckoutPaymentIntent
from paypalserversdk.models.money import Money
from paypalserversdk.models.order_request import OrderRequest
from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
from paypalserversdk.models.refund_request import RefundRequest
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

WHOLE = "return=representation"


class Desk:
    """What a shop does with the SDK."""

    def __init__(self, standin: Standin) -> None:
        self.standin = standin
        Configuration.environments[Environment.SANDBOX][Server.DEFAULT] = f"http://127.0.0.1:{standin.port}"
        client = PaypalServersdkClient(environment=Environment.SANDBOX, timeout=10, max_retries=0,
                                       client_credentials_auth_credentials=ClientCredentialsAuthCredentials(
                                           o_auth_client_id="client", o_auth_client_secret="secret"))
        self.orders, self.payments = client.orders, client.payments

    def make(self, value: str) -> Any:
        """An order; the payer approves it."""
        unit = PurchaseUnitRequest(amount=AmountWithBreakdown("EUR", value), custom_id="1,ord_1-P1")
        made = self.orders.create_order({"body": OrderRequest(CheckoutPaymentIntent.AUTHORIZE, [unit]),
                                         "paypal_request_id": f"make-{value}", "prefer": WHOLE}).body
        assert made.status == "PAYER_ACTION_REQUIRED", made
        page = [link.href for link in made.links if link.rel == "payer-action"]
        assert page == [f"{self.standin_url()}/checkoutnow?token={made.id}"], page
        self.standin.control(approve=made.id)
        assert self.orders.get_order({"id": made.id}).body.status == "APPROVED"
        return made

    def standin_url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.standin.port}"

    def hold(self, value: str) -> tuple[Any, Any]:
        """Money of an order is held."""
        made = self.make(value)
        held = self.orders.authorize_order({"id": made.id, "paypal_request_id": f"hold-{value}", "prefer": WHOLE}).body
        hold = held.purchase_units[0].payments.authorizations[0]
        assert (held.status, hold.status, hold.amount.value) == ("COMPLETED", "CREATED", value), held
        return made, self.payments.get_authorized_payment({"authorization_id": hold.id}).body

    def whole_way(self) -> None:
        """Held, taken in part, given back in part, let go."""
        made, hold = self.hold("44.88")
        body = CaptureRequest(amount=Money("EUR", "10.00"), final_capture=False, invoice_id="C1")
        asked = {"authorization_id": hold.id, "body": body, "paypal_request_id": "take", "prefer": WHOLE}
        taken = self.payments.capture_authorized_payment(asked).body
        assert self.payments.capture_authorized_payment(asked).body.id == taken.id  # the same again
        assert self.payments.get_captured_payment({"capture_id": taken.id}).body.amount.value == "10.00"
        given = self.payments.refund_captured_payment({
            "capture_id": taken.id, "body": RefundRequest(amount=Money("EUR", "3.00")), "paypal_request_id": "give",
            "prefer": WHOLE}).body
        assert self.payments.get_refund({"refund_id": given.id}).body.status == "COMPLETED"
        payments = self.orders.get_order({"id": made.id}).body.purchase_units[0].payments
        shown = [(kind, one.status, one.amount.value) for kind in ("authorizations", "captures", "refunds")
                 for one in getattr(payments, kind)]
        assert shown == [("authorizations", "PARTIALLY_CAPTURED", "44.88"),
                         ("captures", "PARTIALLY_REFUNDED", "10.00"), ("refunds", "COMPLETED", "3.00")], shown

    def refusals(self) -> None:
        """What is refused is read, too: by status, sort and issue."""
        _, hold = self.hold("7.00")
        asked = {"authorization_id": hold.id, "paypal_request_id": "more",
                 "body": CaptureRequest(amount=Money("EUR", "7.01"))}
        try:
            self.payments.capture_authorized_payment(asked)
        except ErrorException as error:
            assert (error.response_code, error.name) == (422, "UNPROCESSABLE_ENTITY"), error
            assert error.details[0].issue == "MAX_CAPTURE_AMOUNT_EXCEEDED", error
        else:
            raise AssertionError("more is taken than is held")
        self.payments.void_payment({"authorization_id": hold.id, "paypal_request_id": "let-go"})
        assert self.payments.get_authorized_payment({"authorization_id": hold.id}).body.status == "VOIDED"


def main() -> None:
    """Everything, once."""
    standin = Standin("paypal_provider.py")
    try:
        desk = Desk(standin)
        desk.whole_way()
        desk.refusals()
    finally:
        standin.stop()
    print("paypal-sdk: it reads the stand-in, and is read")


if __name__ == "__main__":
    sys.exit(main())
