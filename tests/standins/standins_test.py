"""What all stand-ins share: HTTP, faults, webhooks' faults, control, books."""
from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import subprocess
import threading
import time
from pathlib import Path

import pytest

from harness import HERE, STRIPE_HEADERS, Launch, Standin, Target, authorize, stripe, wait_until

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


def status_of(answer: bytes) -> int:
    """The status of raw answer bytes."""
    return int(answer.split(b" ", 2)[1])


def test_health_and_unknown_paths(provider: Standin) -> None:
    assert provider.call("GET", "/healthz").json() == {"status": "ok", "standin": "payment"}
    assert provider.call("GET", "/_nothing").status == 404
    head = provider.raw(b"HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert status_of(head) == 200 and head.endswith(b"\r\n\r\n") and b"Content-Length: 3" in head


def test_pipelined_requests_are_answered_in_order(provider: Standin) -> None:
    provider.control(fault="slow", operation="retrieve", delay_ms=100, count=1)
    slow = b"GET /v1/payment_intents/pi_x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_test_1\r\n\r\n"
    answer = provider.raw(slow + GET + b"\r\n" + GET + b"Connection: close\r\n\r\n")
    assert [status_of(part) for part in answer.split(b"HTTP/1.1")[1:]
            for part in [b"HTTP/1.1" + part]] == [404, 200, 200]


def test_connections_are_kept_and_http10_is_not(provider: Standin) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", provider.port, timeout=2)
    for _ in range(3):
        connection.request("GET", "/healthz")
        first = connection.sock
        assert connection.getresponse().read() and connection.sock is first
    connection.close()
    assert status_of(provider.raw(b"GET /healthz HTTP/1.0\r\n\r\n")) == 200


def test_chunked_body_split_over_packets(provider: Standin) -> None:
    form = b"amount=3150&currency=usd&confirm=false"
    chunks = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(part), part) for part in (form[:7], form[7:]))
    head = (b"POST /v1/payment_intents HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"Authorization: Bearer sk_test_1\r\nConnection: close\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n")
    answer = provider.raw(head + chunks + b"0\r\nTrailer: x\r\n\r\n")
    assert status_of(answer) == 200 and b'"amount":3150' in answer


def test_expect_continue(provider: Standin) -> None:
    answer = provider.raw(b"POST /_control HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                          b"Expect: 100-continue\r\n\r\n", wanted=b"100 Continue\r\n\r\n")
    assert status_of(answer) == 100


@pytest.mark.parametrize("request_bytes, status", [
    (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    (b"GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    (GET + b"Bad Name: 1\r\n\r\n", 400),
    (GET + b" folded\r\n\r\n", 400),
    (GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    (GET + b"Content-Length: -1\r\n\r\n", 400),
    (GET + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    (GET + b"Transfer-Encoding: gzip\r\n\r\n", 501),
    (GET + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    (GET + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n", 400),
    (GET + b"Content-Length: 99999999\r\n\r\n", 413),
    (GET + b"X: " + b"y" * 20000 + b"\r\n\r\n", 431),
    (b"GET /" + b"y" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
])
def test_bad_requests_are_refused(provider: Standin, request_bytes: bytes, status: int) -> None:
    assert status_of(provider.raw(request_bytes)) == status


def test_error_faults_count_down(provider: Standin) -> None:
    provider.control(fault="error_500", operation="create", count=2)
    assert [authorize(provider).status for _ in range(3)] == [500, 500, 200]
    provider.control(fault="rate_limit", operation="create", count=1)
    limited = authorize(provider)
    assert limited.status == 429 and limited.json()["error"]["code"] == "rate_limit"
    assert provider.books()["totals"]["payment_intents"] == 1


def test_down_and_reset_do_not_act(provider: Standin) -> None:
    provider.control(fault="down", count=1)
    down = authorize(provider)
    assert down.status == 503 and down.headers["Content-Type"] == "text/html"
    provider.control(fault="reset")
    with pytest.raises(ConnectionResetError):
        authorize(provider)
    provider.control(fault="none")
    assert authorize(provider).status == 200
    assert provider.books()["totals"]["payment_intents"] == 1


@pytest.mark.parametrize("kind, acted", [("timeout_after_acting", 1), ("timeout_before_acting", 0)])
def test_time_outs_never_answer(provider: Standin, kind: str, acted: int) -> None:
    provider.control(fault=kind, operation="create", count=1, delay_ms=100)
    with pytest.raises(http.client.RemoteDisconnected):
        authorize(provider, key="k")
    assert provider.books()["totals"]["payment_intents"] == acted
    again = authorize(provider, key="k")
    assert again.status == 200 and provider.books()["totals"]["payment_intents"] == 1
    assert again.headers["Idempotent-Replayed"] == ("true" if acted else None)


def test_slow_acts_after_the_client_has_left(provider: Standin) -> None:
    provider.control(fault="slow", operation="create", delay_ms=1500, count=1)
    with pytest.raises(TimeoutError):
        authorize(provider, key="k", timeout_s=0.05)
    assert authorize(provider, key="k").status == 409
    wait_until(lambda: provider.books()["totals"]["payment_intents"], "the slow request to act")
    assert authorize(provider, key="k").headers["Idempotent-Replayed"] == "true"


def test_probability_is_seeded(provider: Standin) -> None:
    def run(seed: int) -> list[int]:
        provider.control(fault="error_500", operation="create", probability=0.5, seed=seed)
        return [authorize(provider).status for _ in range(20)]
    first = run(7)
    assert set(first) == {200, 500} and run(7) == first and run(8) != first


def test_bad_control_calls_are_refused(provider: Standin) -> None:
    for body in ("[]", "{", '{"fault":"nonsense"}', '{"fault":"slow","operation":"x"}',
                 '{"fault":"slow","delay_ms":-1}', '{"webhook":"x"}', '{"clock_factor":0}',
                 '{"webhook_url":"ftp://x"}'):
        assert provider.call("POST", "/_control", body).status == 400, body


def test_webhook_signature_and_kept_connection(provider: Standin, target: Target) -> None:
    target.connections.clear()
    for number in range(5):
        authorize(provider, payment_id=f"p{number}")
        wait_until(lambda: provider.books()["totals"]["webhooks"]["delivered"] == number + 1, "the webhook")
    assert len(target.connections) == 1
    for headers, body in target.received:
        parts = dict(part.split("=", 1) for part in headers["stripe-signature"].split(","))
        wanted = hmac.new(b"whsec_test", parts["t"].encode() + b"." + body, hashlib.sha256)
        assert parts["v1"] == wanted.hexdigest() and abs(int(parts["t"]) - time.time()) < 5
    event = target.events()[0]
    assert event["type"] == "payment_intent.amount_capturable_updated"
    assert event["data"]["object"]["metadata"] == {"payment_id": "p0"}


def test_bad_signature_fault(provider: Standin, target: Target) -> None:
    provider.control(webhook="bad_signature", count=1)
    authorize(provider)
    wait_until(lambda: target.received, "the webhook")
    headers, body = target.received[0]
    parts = dict(part.split("=", 1) for part in headers["stripe-signature"].split(","))
    wanted = hmac.new(b"whsec_test", parts["t"].encode() + b"." + body, hashlib.sha256)
    assert parts["v1"] != wanted.hexdigest() and len(parts["v1"]) == 64


def test_webhooks_are_tried_again_and_given_up(provider: Standin, target: Target) -> None:
    target.statuses = [500, 302]
    authorize(provider)
    wait_until(lambda: target.received, "the third attempt")
    assert provider.books()["totals"]["webhooks"]["failed_attempts"] == 2
    target.statuses = [500] * 4
    authorize(provider)
    wait_until(lambda: provider.books()["totals"]["webhooks"]["gave_up"] == 1, "the sender to give up")


def test_webhook_modes(provider: Standin, target: Target) -> None:
    provider.control(webhook="twice", count=1)
    authorize(provider)
    wait_until(lambda: len(target.received) == 2, "two copies")
    assert target.events()[0]["id"] == target.events()[1]["id"]
    provider.control(webhook="never", count=1)
    authorize(provider)
    provider.control(webhook="late", delay_ms=200)
    began = time.monotonic()
    authorize(provider)
    wait_until(lambda: len(target.received) == 3, "the late one")
    assert time.monotonic() - began >= 0.2
    assert provider.books()["totals"]["webhooks"]["suppressed"] == 1


def test_early_webhook_comes_before_the_answer(provider: Standin, target: Target) -> None:
    provider.control(webhook="early")
    for number in range(5):
        assert authorize(provider).status == 200
        assert len(target.received) == number + 1


def test_out_of_order_webhooks(provider: Standin, target: Target) -> None:
    provider.control(webhook="out_of_order", delay_ms=3000)
    intent = authorize(provider).json()
    stripe(provider, f"/v1/payment_intents/{intent['id']}/capture", {})
    wait_until(lambda: len(target.received) == 2, "both events")
    assert [event["type"] for event in target.events()] == [
        "payment_intent.succeeded", "payment_intent.amount_capturable_updated"]


def test_webhook_outlives_a_kill(tmp_path: Path, launch: Launch, target: Target) -> None:
    quick = ("--books", str(tmp_path / "books"), "--webhook-backoff-ms", "20", "--webhook-url")
    standin = launch("payment_provider.py", *quick, "http://127.0.0.1:9/")
    authorize(standin)
    standin.kill()
    standin.options = [*quick, target.url]
    standin.start()
    wait_until(lambda: target.received, "the event after the restart")


def test_books_in_parts(provider: Standin) -> None:
    for number in range(2):
        authorize(provider, payment_id=f"p{number}")
    body = "amount=100&currency=usd"
    connection = http.client.HTTPConnection("127.0.0.1", provider.port, timeout=5)
    for _ in range(1003):
        connection.request("POST", "/v1/payment_intents", body, STRIPE_HEADERS)
        connection.getresponse().read()
    connection.close()
    answer = provider.call("GET", "/_books")
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert lines[0]["totals"]["payment_intents"] == 1005 and len(lines) == 1006
    last = lines[0]["totals"]["last_change"]
    assert len(provider.books(f"?since={last - 3}")["payment_intents"]) == 3
    assert "payment_intents" not in provider.books("?format=totals")


def test_books_are_not_shared(tmp_path: Path, launch: Launch) -> None:
    books = str(tmp_path / "books")
    launch("carrier.py", "--books", books)
    second = subprocess.run([str(HERE / "carrier.py"), "--books", books], capture_output=True, text=True,
                            timeout=10, check=False)
    assert second.returncode == 1 and "in use" in second.stderr


def test_concurrent_same_key_acts_once(provider: Standin) -> None:
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(
        authorize(provider, key="same", token="tok_slow").status)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert sorted(statuses) == [200, 409, 409, 409]
    assert provider.books()["totals"]["effects"]["create"] == 1
