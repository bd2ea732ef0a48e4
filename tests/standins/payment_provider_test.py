"""The payment provider against what Stripe's API promises."""
from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from harness import STRIPE_HEADERS, Answer, Launch, Standin, Target, authorize, stripe, wait_until

INTENTS = "/v1/payment_intents"


def error_of(answer: Answer) -> Any:
    """The error object."""
    return answer.json()["error"]


def act(provider: Standin, intent_id: str, action: str, key: str = "", **fields: str) -> Answer:
    """Capture, cancel or confirm."""
    return stripe(provider, f"{INTENTS}/{intent_id}/{action}", fields, key)


def authorize_parts(provider: Standin, wanted: str = "if_available") -> Answer:
    """An authorization that may be captured in several parts; its token is given as card data."""
    return stripe(provider, INTENTS, {
        "amount": "3150", "currency": "usd", "capture_method": "manual", "confirm": "true",
        "payment_method_data[type]": "card", "payment_method_data[card][token]": "tok_ok",
        "payment_method_options[card][request_multicapture]": wanted})


def test_authorize_and_capture_in_part(provider: Standin, target: Target) -> None:
    answer = authorize(provider)
    intent = answer.json()
    assert answer.headers["Request-Id"].startswith("req_")
    assert (intent["status"], intent["amount_capturable"]) == ("requires_capture", 3150)
    assert stripe(provider, f"{INTENTS}/{intent['id']}").json() == intent
    captured = act(provider, intent["id"], "capture", amount_to_capture="3000").json()
    assert (captured["status"], captured["amount_received"], captured["amount_capturable"]) == (
        "succeeded", 3000, 0)
    row = provider.books()["payment_intents"][0]
    assert (row["authorized_minor"], row["captured_minor"], row["refunded_minor"]) == (3150, 3000, 0)
    assert row["effects"] == 2 and row["metadata"] == {"payment_id": "ord_1-P1"}
    wait_until(lambda: len(target.received) == 2, "both events")
    shown = {event["type"]: event["data"]["object"] for event in target.events()}
    assert shown == {"payment_intent.amount_capturable_updated": intent,
                     "payment_intent.succeeded": captured}


def test_capture_is_final_and_bounded(provider: Standin) -> None:
    intent_id = authorize(provider).json()["id"]
    assert error_of(act(provider, intent_id, "capture", amount_to_capture="3151"))["code"] == "amount_too_large"
    assert act(provider, intent_id, "capture", amount_to_capture="100").status == 200
    again = act(provider, intent_id, "capture", amount_to_capture="100")
    assert again.status == 400 and error_of(again)["code"] == "payment_intent_unexpected_state"
    assert error_of(again)["payment_intent"]["status"] == "succeeded"
    assert act(provider, intent_id, "cancel").status == 400


def test_capture_in_several_parts(provider: Standin, target: Target) -> None:
    intent_id = authorize_parts(provider).json()["id"]
    first = act(provider, intent_id, "capture", amount_to_capture="1000", final_capture="false").json()
    assert (first["status"], first["amount_received"], first["amount_capturable"]) == ("requires_capture", 1000, 2150)
    too_much = act(provider, intent_id, "capture", amount_to_capture="2151", final_capture="false")
    assert error_of(too_much)["code"] == "amount_too_large"
    assert stripe(provider, "/v1/refunds", {"payment_intent": intent_id, "amount": "400"}).status == 200
    last = act(provider, intent_id, "capture", amount_to_capture="2000").json()
    assert (last["status"], last["amount_received"], last["amount_capturable"]) == ("succeeded", 3000, 0)
    row = provider.books()["payment_intents"][0]
    assert (row["captured_minor"], row["refunded_minor"]) == (3000, 400)


def test_rest_of_a_part_is_canceled(provider: Standin) -> None:
    intent_id = authorize_parts(provider).json()["id"]
    act(provider, intent_id, "capture", amount_to_capture="1000", final_capture="false")
    canceled = act(provider, intent_id, "cancel").json()
    assert (canceled["status"], canceled["amount_received"], canceled["amount_capturable"]) == ("canceled", 1000, 0)
    assert stripe(provider, "/v1/refunds", {"payment_intent": intent_id, "amount": "1000"}).status == 200


def test_parts_must_be_asked_for(provider: Standin) -> None:
    intent_id = authorize(provider).json()["id"]
    refused = act(provider, intent_id, "capture", amount_to_capture="1000", final_capture="false")
    assert (refused.status, error_of(refused)["param"]) == (400, "final_capture")
    assert authorize_parts(provider, "always").status == 400


def test_idempotency_key_replays(provider: Standin) -> None:
    first, second = authorize(provider, key="k1"), authorize(provider, key="k1")
    assert first.body == second.body and first.headers["Idempotent-Replayed"] is None
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]
    other = authorize(provider, key="k1", amount=3151)
    assert other.status == 400 and error_of(other)["type"] == "idempotency_error"
    elsewhere = act(provider, first.json()["id"], "capture", "k1")
    assert elsewhere.status == 400 and error_of(elsewhere)["type"] == "idempotency_error"
    assert provider.books()["totals"]["effects"] == {"create": 1}
    assert provider.books()["payment_intents"][0]["replays"] == 1


def test_order_of_parameters_does_not_matter(provider: Standin) -> None:
    headers = dict(STRIPE_HEADERS, **{"Idempotency-Key": "k"})
    bodies = ("amount=100&currency=eur", "currency=eur&amount=100")
    answers = [provider.call("POST", INTENTS, body, headers) for body in bodies]
    assert answers[0].body == answers[1].body


def test_decline_is_stored_and_validation_is_not(provider: Standin) -> None:
    first, second = (authorize(provider, key="d", token="tok_declined") for _ in range(2))
    assert first.status == second.status == 402 and first.body == second.body
    assert error_of(first)["code"] == "card_declined"
    assert error_of(first)["payment_intent"]["status"] == "requires_payment_method"
    assert authorize(provider, key="v", amount=1).status == 400
    assert authorize(provider, key="v").status == 200


def test_keys_expire_after_a_day(provider: Standin) -> None:
    first = authorize(provider, key="k").json()["id"]
    provider.control(advance_ms=24 * 3600 * 1000 - 5000)
    assert authorize(provider, key="k").json()["id"] == first
    provider.control(advance_ms=10000)
    assert authorize(provider, key="k").json()["id"] != first


@pytest.mark.parametrize("fields, code, param", [
    ({"currency": "usd"}, "parameter_missing", "amount"),
    ({"amount": "31.50", "currency": "usd"}, "parameter_invalid_integer", "amount"),
    ({"amount": "-5", "currency": "usd"}, "parameter_invalid_integer", "amount"),
    ({"amount": "100"}, "parameter_missing", "currency"),
    ({"amount": "100", "currency": "xxx"}, None, "currency"),
    ({"amount": "49", "currency": "usd"}, "amount_too_small", "amount"),
    ({"amount": "49", "currency": "jpy"}, "amount_too_small", "amount"),
    ({"amount": "100000000", "currency": "usd"}, "amount_too_large", "amount"),
    ({"amount": "1001", "currency": "kwd"}, "parameter_invalid_integer", "amount"),
    ({"amount": "100", "currency": "usd", "surprise": "1"}, "parameter_unknown", "surprise"),
    ({"amount": "100", "currency": "usd", "payment_method": "tok_none"}, "resource_missing",
     "payment_method"),
    ({"amount": "100", "currency": "usd", "metadata[k]": "x" * 501}, None, "metadata[k]"),
    ({"amount": "100", "currency": "usd", "capture_method": "later"}, None, "capture_method"),
    ({"amount": "100", "currency": "usd", "confirm": "yes"}, None, "confirm"),
])
def test_bad_parameters(provider: Standin, fields: dict[str, str], code: str, param: str) -> None:
    answer = stripe(provider, INTENTS, fields)
    assert answer.status == 400 and error_of(answer)["type"] == "invalid_request_error"
    assert (error_of(answer).get("code"), error_of(answer)["param"]) == (code, param)
    assert provider.books()["totals"]["payment_intents"] == 0


def test_keys_and_forms_are_checked(provider: Standin) -> None:
    form = {"Content-Type": STRIPE_HEADERS["Content-Type"]}
    for value in (None, "Bearer pk_test_1", "Basic !!", "Digest x"):
        headers = form if value is None else dict(form, Authorization=value)
        assert provider.call("POST", INTENTS, "amount=100&currency=usd", headers).status == 401
    basic = "Basic " + base64.b64encode(b"sk_test_1:").decode()
    assert provider.call("POST", INTENTS, "amount=100&currency=usd",
                         dict(form, Authorization=basic)).status == 200
    as_json = {"Authorization": "Bearer sk_test_1", "Content-Type": "application/json"}
    assert provider.call("POST", INTENTS, '{"amount":100}', as_json).status == 400
    assert stripe(provider, "/v1/nothing").status == 404
    assert error_of(stripe(provider, f"{INTENTS}/pi_none"))["code"] == "resource_missing"


def test_search_finds_our_reference(provider: Standin) -> None:
    intent_id = authorize(provider, payment_id="ord_7-P1").json()["id"]
    authorize(provider, payment_id="ord_8-P1", token="tok_declined")

    def search(query: str) -> Any:
        return stripe(provider, f"{INTENTS}/search?query={quote(query)}").json()
    found = search("metadata['payment_id']:'ord_7-P1'")
    assert [intent["id"] for intent in found["data"]] == [intent_id] and not found["has_more"]
    assert search("metadata['payment_id']:'ord_9-P1'")["data"] == []
    assert len(search('status:"requires_payment_method" AND metadata["payment_id"]:"ord_8-P1"')["data"]) == 1
    assert "error" in search("payment_id=1")
    provider.control(search_lag_ms=60000)
    assert search("metadata['payment_id']:'ord_7-P1'")["data"] == []
    page = stripe(provider, f"{INTENTS}?limit=1").json()
    assert page["has_more"] and len(page["data"]) == 1
    rest = stripe(provider, f"{INTENTS}?limit=1&starting_after={page['data'][0]['id']}").json()
    assert rest["data"][0]["id"] == intent_id and not rest["has_more"]


def test_cancel_releases(provider: Standin, target: Target) -> None:
    intent_id = authorize(provider).json()["id"]
    canceled = act(provider, intent_id, "cancel", cancellation_reason="requested_by_customer").json()
    assert canceled["status"] == "canceled" and canceled["amount_capturable"] == 0
    assert act(provider, intent_id, "cancel").status == 400
    wait_until(lambda: len(target.received) == 2, "the event")
    assert "payment_intent.canceled" in {event["type"] for event in target.events()}


def test_refunds(provider: Standin, target: Target) -> None:
    intent_id = authorize(provider).json()["id"]

    def refund(key: str = "", **fields: str) -> Answer:
        return stripe(provider, "/v1/refunds", dict(fields, payment_intent=intent_id), key)
    assert refund(amount="100").status == 400
    act(provider, intent_id, "capture")
    first = refund("r1", amount="1000", **{"metadata[rma]": "R1"})
    assert first.json()["status"] == "succeeded" and refund("r1", amount="1000", **{
        "metadata[rma]": "R1"}).headers["Idempotent-Replayed"] == "true"
    assert refund(amount="2151").status == 400
    assert refund(amount="10", reason="because").status == 400
    assert refund().json()["amount"] == 2150
    assert error_of(refund())["code"] == "charge_already_refunded"
    row = provider.books()["payment_intents"][0]
    assert row["refunded_minor"] == 3150 and len(row["refunds"]) == 2
    listed = stripe(provider, f"/v1/refunds?payment_intent={intent_id}").json()["data"]
    assert [item["metadata"] for item in listed] == [{}, {"rma": "R1"}]
    provider.control(fail_refund=first.json()["id"])
    assert provider.books()["payment_intents"][0]["refunded_minor"] == 2150
    wait_until(lambda: "refund.failed" in {event["type"] for event in target.events()}, "refund.failed")


@pytest.mark.parametrize("action, status, event", [
    ("complete", "requires_capture", "payment_intent.amount_capturable_updated"),
    ("abandon", "requires_payment_method", "payment_intent.payment_failed")])
def test_action(provider: Standin, target: Target, action: str, status: str, event: str) -> None:
    intent = authorize(provider, token="tok_action").json()
    assert intent["status"] == "requires_action"
    assert intent["next_action"]["redirect_to_url"]["url"].endswith(f"/authenticate/{intent['id']}")
    assert provider.control(action=action, metadata={"payment_id": "ord_1-P1"})["finished"] == [intent["id"]]
    assert stripe(provider, f"{INTENTS}/{intent['id']}").json()["status"] == status
    assert provider.control(action=action, payment_intent=intent["id"])["finished"] == []
    wait_until(lambda: event in {item["type"] for item in target.events()}, event)


def test_action_by_itself_and_on_the_bank_page(provider: Standin) -> None:
    provider.control(auto_action="complete", action_delay_ms=3600_000)
    intent_id = authorize(provider, token="tok_action").json()["id"]
    provider.control(advance_ms=3600_000)
    wait_until(lambda: stripe(provider, f"{INTENTS}/{intent_id}").json()["status"] == "requires_capture",
               "the action to complete")
    provider.control(auto_action="none")
    second = authorize(provider, token="tok_action").json()["id"]
    assert b"requires_action" in provider.call("GET", f"/authenticate/{second}").body
    assert provider.call("POST", f"/authenticate/{second}", "action=abandon").status == 200
    assert stripe(provider, f"{INTENTS}/{second}").json()["status"] == "requires_payment_method"
    confirmed = act(provider, second, "confirm", payment_method="tok_ok").json()
    assert confirmed["status"] == "requires_capture" and confirmed["last_payment_error"] is None


def test_refuses_as_ordered(provider: Standin) -> None:
    intent_id = authorize(provider).json()["id"]
    provider.control(refuse="capture", code="charge_disputed")
    refused = act(provider, intent_id, "capture", "c1", amount_to_capture="1000")
    assert (refused.status, error_of(refused)["code"]) == (400, "charge_disputed")
    assert act(provider, intent_id, "capture", "c1", amount_to_capture="1000").body == refused.body
    assert act(provider, intent_id, "capture", "c2", amount_to_capture="1000").status == 200
    provider.control(refuse="refund", code="charge_disputed", count=2)
    for key in ("r1", "r2"):
        assert stripe(provider, "/v1/refunds", {"payment_intent": intent_id}, key).status == 400
    row = provider.books()["payment_intents"][0]
    assert (row["captured_minor"], row["refunded_minor"]) == (1000, 0)
    assert stripe(provider, "/v1/refunds", {"payment_intent": intent_id}, "r3").status == 200
    second = authorize(provider, payment_id="ord_2-P1").json()["id"]
    provider.control(refuse="cancel", code="payment_intent_unexpected_state")
    assert act(provider, second, "cancel", "v1").status == 400
    assert act(provider, second, "cancel", "v2").status == 200
    assert "error" in provider.call("POST", "/_control", '{"refuse":"create"}', {}).body.decode()


def test_refunds_are_pending(provider: Standin, target: Target) -> None:
    intent_id = authorize(provider).json()["id"]
    act(provider, intent_id, "capture")
    provider.control(pending_refunds=True)
    refunds = [stripe(provider, "/v1/refunds", {"payment_intent": intent_id, "amount": "100"}, key).json()
               for key in ("r1", "r2")]
    assert [refund["status"] for refund in refunds] == ["pending", "pending"]
    provider.control(settle_refund=refunds[0]["id"])
    provider.control(fail_refund=refunds[1]["id"])
    shown = [stripe(provider, f"/v1/refunds/{refund['id']}").json()["status"] for refund in refunds]
    assert shown == ["succeeded", "failed"]
    wait_until(lambda: {"refund.updated", "refund.failed"} <= {event["type"] for event in target.events()}, "events")


def test_authorization_expires(provider: Standin) -> None:
    intent_id = authorize(provider).json()["id"]
    provider.control(expire=intent_id)
    shown = stripe(provider, f"{INTENTS}/{intent_id}").json()
    assert (shown["status"], shown["cancellation_reason"]) == ("canceled", "expired")


def test_disputes(provider: Standin, target: Target) -> None:
    """A charge is disputed, answered and decided; meanwhile nothing of it is given back."""
    intent_id = authorize(provider).json()["id"]
    act(provider, intent_id, "capture")
    dispute_id = provider.control(dispute=intent_id)["disputed"]
    shown = stripe(provider, f"/v1/disputes/{dispute_id}?expand[]=payment_intent").json()
    assert (shown["status"], shown["amount"], shown["payment_intent"]["id"]) == ("needs_response", 3150, intent_id)
    assert shown["balance_transactions"][0]["amount"] == -3150
    refused = stripe(provider, "/v1/refunds", {"payment_intent": intent_id}, "r1")
    assert (refused.status, error_of(refused)["code"]) == (400, "charge_disputed")
    assert error_of(stripe(provider, f"/v1/disputes/{dispute_id}", {"evidence[color]": "red"}))["code"] == (
        "parameter_unknown")
    saved = stripe(provider, f"/v1/disputes/{dispute_id}",
                   {"evidence[product_description]": "a lamp", "submit": "false"})
    assert (saved.json()["status"], saved.json()["evidence_details"]["has_evidence"]) == ("needs_response", True)
    sent = stripe(provider, f"/v1/disputes/{dispute_id}", {"evidence[shipping_carrier]": "UPS"}, "e1").json()
    assert (sent["status"], sent["evidence"]["product_description"]) == ("under_review", "a lamp")
    assert error_of(stripe(provider, f"/v1/disputes/{dispute_id}/close", {}, "c1"))["code"] == "dispute_not_answerable"
    provider.control(decide_dispute=dispute_id, outcome="won")
    listed = stripe(provider, "/v1/disputes?limit=1").json()["data"]
    assert [(item["id"], item["status"], len(item["balance_transactions"])) for item in listed] == [
        (dispute_id, "won", 2)]
    assert stripe(provider, f"/v1/disputes?created[gte]={shown['created'] + 60}").json()["data"] == []
    assert stripe(provider, "/v1/refunds", {"payment_intent": intent_id}, "r2").status == 200
    kinds = {f"charge.dispute.{kind}"
             for kind in ("created", "funds_withdrawn", "updated", "closed", "funds_reinstated")}
    wait_until(lambda: kinds <= {event["type"] for event in target.events()}, "events")


def test_dispute_is_accepted_and_outlives_a_kill(tmp_path: Path, launch: Launch) -> None:
    """What was accepted is lost, also after a restart."""
    books = tmp_path / "books"
    provider = launch("payment_provider.py", "--books", str(books))
    intent_id = authorize(provider).json()["id"]
    act(provider, intent_id, "capture")
    dispute_id = provider.control(dispute=intent_id, amount=1000)["disputed"]
    assert stripe(provider, f"/v1/disputes/{dispute_id}/close", {}, "c1").json()["status"] == "lost"
    provider.kill()
    provider = launch("payment_provider.py", "--books", str(books))
    assert stripe(provider, f"/v1/disputes/{dispute_id}").json()["status"] == "lost"
    assert provider.books()["payment_intents"][0]["lost_minor"] == 1000
    assert stripe(provider, f"/v1/disputes/{dispute_id}/close", {}, "c1").json()["status"] == "lost"


def test_books_outlive_a_kill(tmp_path: Path, launch: Launch) -> None:
    books = tmp_path / "books"
    provider = launch("payment_provider.py", "--books", str(books))
    first = authorize(provider, key="k1", payment_id="Ü-1")
    intent_id = first.json()["id"]
    act(provider, intent_id, "capture", "c1", amount_to_capture="3000")
    stripe(provider, "/v1/refunds", {"payment_intent": intent_id, "amount": "500"}, "r1")
    declined = authorize(provider, key="k2", token="tok_declined")
    authorize(provider, key="k1", payment_id="Ü-1")
    authorize(provider, token="tok_action")
    provider.control(expire=authorize(provider).json()["id"])
    before = provider.books()
    provider.kill()
    with open(books, "ab") as file:
        file.write(b'{"op":"create","at":17')
    provider.start()
    assert provider.books() == before
    again = authorize(provider, key="k1", payment_id="Ü-1")
    assert again.body == first.body and again.headers["Idempotent-Replayed"] == "true"
    assert authorize(provider, key="k2", token="tok_declined").body == declined.body
    query = quote("metadata['payment_id']:'Ü-1'")
    found = stripe(provider, f"{INTENTS}/search?query={query}").json()["data"]
    assert [intent["amount_received"] for intent in found] == [3000]
    after = provider.books()
    provider.kill()
    provider.start()
    assert provider.books() == after
