#!/usr/bin/python3
"""gateway_test - the gateway with real callers: orders, commands, reads, webhooks, pages and trouble.

    tests/stack/gateway_test.py
"""

from __future__ import annotations

import base64
import concurrent.futures
import hashlib
import hmac
import http.client
import json
import os
import re
import signal
import threading
import time
import unittest
import uuid
from contextlib import closing
from typing import Any

import yaml
from gateway_stack import ALL_SCOPES, LANES, ROOT, STRIPE_SECRET, Answer, GatewayCase, new_order, submission

from basics import free_ports, wait_until  # isort: skip
from fake_owners import await_records  # isort: skip
from lane_stack import murmur2  # isort: skip


REPEATS = 64


class GatewayTest(GatewayCase):
    """Orders, commands, reads, webhooks, pages and trouble."""

    # --- Submissions ---------------------------------------------------------------------------------

    def test_placed(self) -> None:
        """201 with the document, and a record as the order service wants it."""
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        order = new_order()
        answer = self.submit(order, traceparent=trace, Idempotency_Key='"k-1"')
        self.assertEqual(answer.status, 201, answer.body)
        order_id = answer.json["id"]
        self.assertEqual(answer.headers["location"], f"/v1/orders/{order_id}")
        self.assertEqual(answer.headers["etag"], '"7"')
        digest = hashlib.sha256(f"web\nref\n{order['channel_order_ref']}".encode()).digest()[:16]
        self.assertEqual(order_id, "ord_" + base64.b32encode(digest).decode().lower().rstrip("="))
        record = await_records(self.owners, order_id, 1)[0]
        headers = record.headers
        self.assertEqual(record.partition, (murmur2(order_id.encode()) & 0x7FFFFFFF) % LANES)
        self.assertEqual(record.json, order)
        self.assertEqual((headers["ce_type"], headers["ce_channel"], headers["ce_idempotencykey"],
                          headers["ce_specversion"], headers["ce_replypartition"]),
                         ("kervan.order.submit.v1", "web", "k-1", "1.0", "2"))
        self.assertEqual(headers["ce_actor"], f"key:{self.web.split('_')[2]}")
        self.assertEqual(headers["traceparent"], trace)  # nobody keeps traces here: it goes on as it came

    def test_accepted(self) -> None:
        """202 at once without a wait, and after the wait when nothing is known."""
        start = time.monotonic()
        answer = self.submit(new_order(note="ignore"), Prefer="wait=0")
        self.assertEqual((answer.status, answer.json["status"]), (202, "pending"))
        self.assertLess(time.monotonic() - start, 0.9)
        self.assertEqual(answer.headers["location"], f"/v1/orders/{answer.json['id']}")
        self.assertNotIn("ce_requestid", await_records(self.owners, answer.json["id"], 1)[0].headers)
        start = time.monotonic()
        answer = self.submit(new_order(note="ignore"), Prefer="wait=1")
        self.assertEqual(answer.status, 202)
        self.assertGreaterEqual(time.monotonic() - start, 1)

    def test_without_reply(self) -> None:
        """The order service is asked before an answer is given."""
        self.assertEqual(self.submit(new_order(note="silent"), Prefer="wait=4").status, 201)
        answer = self.refused(self.submit(new_order(note="reject"), Prefer="wait=4"), 422, "invalid")
        self.assertEqual(answer.json["errors"][0]["pointer"], "/lines/0/sku")

    def test_refused(self) -> None:
        """The owner's words, as ours."""
        answer = self.refused(self.submit(new_order(note="refuse")), 422, "invalid")
        self.assertEqual(answer.json["errors"], [{"detail": "does not add up", "pointer": "/total_minor"}])

    def test_until_confirmed(self) -> None:
        """The second reply counts."""
        answer = self.submit(new_order(note="slow"), "/v1/orders?until=confirmed", Prefer="wait=10")
        self.assertEqual((answer.status, answer.json["status"]), (201, "confirmed"))
        answer = self.submit(new_order(note="slow"), "/v1/orders?until=placed")
        self.assertEqual((answer.status, answer.json["status"]), (201, "placed"))
        answer = self.submit(new_order(), "/v1/orders?until=confirmed", Prefer="wait=1")
        self.assertEqual(answer.status, 202)
        answer = self.submit(new_order(note="decline"), "/v1/orders?until=confirmed", Prefer="wait=1")
        self.refused(answer, 422, "payment-declined")
        self.assertEqual(self.submit(new_order(note="decline"), Prefer="wait=1").status, 201)
        self.refused(self.submit(new_order(), "/v1/orders?until=never"), 400, "invalid-parameter")

    def test_repeats_until_confirmed(self) -> None:
        """The order service tells the first one alone; all who wait for the same order hear of it then."""
        order, path = new_order(note="slow"), "/v1/orders?until=confirmed"
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(REPEATS) as pool:
            waiting = [pool.submit(self.submit, order, path, Prefer="wait=20") for _ in range(REPEATS)]
            answers = [one.result(30) for one in waiting]
        self.assertLess(time.monotonic() - start, 8)
        self.assertEqual({(answer.status, answer.body) for answer in answers}, {(201, answers[0].body)})
        self.assertEqual(answers[0].json["status"], "confirmed")

    def test_repeat_outlives_the_first(self) -> None:
        """Who waits longer hears what came too late for the first; another body is refused, whoever else waits."""
        order, path = new_order(note="slower"), "/v1/orders?until=confirmed"
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            first = pool.submit(self.submit, order, path, Prefer="wait=1")
            digest = hashlib.sha256(f"web\nref\n{order['channel_order_ref']}".encode()).digest()[:16]
            await_records(self.owners, "ord_" + base64.b32encode(digest).decode().lower().rstrip("="), 1)
            repeat = pool.submit(self.submit, order, path, Prefer="wait=20")
            other = self.submit(order | {"customer": {"name": "Eve"}}, path, Prefer="wait=20")
            self.refused(other, 422, "idempotency-key-reused")
            self.assertEqual(first.result(10).status, 202)
            self.assertEqual(repeat.result(10).json["status"], "confirmed")

    def test_malformed(self) -> None:
        """400 says what is wrong and where; nothing is written."""
        before = len(self.owners.records)
        answer = self.refused(self.submit(new_order(colour="red")), 400, "validation")
        self.assertEqual(answer.json["errors"][0]["pointer"], "/colour")
        bad_line = [{"sku": "DEMO-1", "quantity": 0, "unit_price_minor": 1}]
        answer = self.refused(self.submit(new_order(lines=bad_line)), 400, "validation")
        self.assertEqual(answer.json["errors"][0]["pointer"], "/lines/0/quantity")
        for body in (b"", b"{", b"[]", b'{"channel":"web","channel":"web"}', b"\xff"):
            self.refused(self.call("POST", "/v1/orders", body, key=self.web), 400, "validation")
        self.refused(self.submit(submission()), 400, "identity-required")
        for key in ("", '""', "a b", "x" * 256):
            self.refused(self.submit(submission(), Idempotency_Key=key), 400, "idempotency-key")
        self.refused(self.submit(submission(), Idempotency_Key="\xe9"), 400, "identity-required")  # no UTF-8: absent
        self.assertEqual(len(self.owners.records), before)

    def test_card_numbers(self) -> None:
        """They are refused wherever they stand, and are in no answer, record or log."""
        card = "4111 1111 1111 1111"
        for order, pointer in ((new_order(note=f"take {card}"), "/note"), (new_order() | {card: 1}, "/(card number)")):
            answer = self.refused(self.submit(order), 400, "validation")
            self.assertEqual(answer.json["errors"][0]["pointer"], pointer)
            self.assertNotIn(b"1111", answer.body)
        self.refused(self.submit(submission(), Idempotency_Key=card.replace(" ", "")), 400, "idempotency-key")
        self.assertFalse([record for record in self.owners.records if b"1111 1111" in record.body])
        log = self.servers.folder / f"gateway-{self.port}.log"
        self.assertNotIn("1111 1111", log.read_text())

    def test_messages(self) -> None:
        """What the customer was told: of one's own orders."""
        path = self.submit(new_order()).headers["location"]
        self.owners.documents[f"{path}/messages"] = {"items": [{"kind": "shipped"}], "next": None}
        answer = self.call("GET", f"{path}/messages?limit=5", key=self.web)
        self.assertEqual((answer.status, answer.json["items"]), (200, [{"kind": "shipped"}]))
        self.assertEqual(self.owners.reads[-1], f"{path}/messages?limit=5")
        other = self.new_key("app", "orders:read")
        self.refused(self.call("GET", f"{path}/messages", key=other), 404, "not-found")

    def test_limits_of_the_body(self) -> None:
        """413 and 415."""
        self.refused(self.call("POST", "/v1/orders", b" " * (256 * 1024 + 1), key=self.web), 413, "too-large")
        for media_type in ("text/plain", "application/jsonx", "application/x-www-form-urlencoded"):
            self.refused(self.submit(new_order(), Content_Type=media_type), 415, "media-type")
        self.assertEqual(self.submit(new_order(), Content_Type="Application/JSON; charset=utf-8").status, 201)

    def test_repeats(self) -> None:
        """The same name is the same order; another body is refused."""
        for headers, order in (({"Idempotency_Key": uuid.uuid4().hex}, submission()), ({}, new_order()),
                               ({"Idempotency_Key": uuid.uuid4().hex * 7}, submission())):
            first, second = self.submit(order, **headers), self.submit(order, **headers)
            self.assertEqual((first.status, second.status), (201, 201), first.body)
            self.assertEqual(first.json, second.json)
            records = await_records(self.owners, first.json["id"], 2)
            self.assertEqual(records[0].headers["ce_id"], records[1].headers["ce_id"])
            self.assertNotEqual(records[0].headers["ce_requestid"], records[1].headers["ce_requestid"])
            other = order | {"total_minor": 2401}
            self.refused(self.submit(other, **headers), 422, "idempotency-key-reused")

    def test_many_at_once_under_one_name(self) -> None:
        """64 callers, one order, one answer."""
        order, key = submission(), uuid.uuid4().hex
        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            answers = list(pool.map(lambda _: self.submit(order, Idempotency_Key=key, Prefer="wait=20"), range(64)))
        self.assertEqual({answer.status for answer in answers}, {201})
        self.assertEqual(len({answer.body for answer in answers}), 1)
        records = await_records(self.owners, answers[0].json["id"], 64)
        self.assertEqual(len({record.headers["ce_id"] for record in records}), 1)
        self.assertEqual(len({record.headers["ce_requestid"] for record in records}), 64)

    # --- Who may ---------------------------------------------------------------------------------------

    def test_unauthenticated(self) -> None:
        """401 says how to authenticate."""
        answer = self.refused(self.call("POST", "/v1/orders", new_order()), 401, "unauthenticated")
        self.assertEqual(answer.headers["www-authenticate"], 'Bearer realm="kervan"')
        wrong_secret = self.web[:-1] + ("0" if self.web[-1] != "0" else "1")
        for key in ("", "nonsense", wrong_secret, "kvn_live_0123456789abcdef_" + "0" * 64):
            answer = self.refused(self.submit(new_order(), key=key), 401, "unauthenticated")
            self.assertIn('error="invalid_token"', answer.headers["www-authenticate"])
        for path in ("/v1/orders", "/v1/stock", "/v1/tasks"):
            self.refused(self.call("GET", path), 401, "unauthenticated")

    def test_scopes(self) -> None:
        """403 names the scope that is missing."""
        reader = self.new_key("web", "orders:read")
        answer = self.refused(self.submit(new_order(), key=reader), 403, "forbidden")
        self.assertIn('scope="orders:write"', answer.headers["www-authenticate"])
        self.refused(self.call("GET", "/v1/stock", key=reader), 403, "forbidden")
        self.assertEqual(self.call("GET", "/v1/orders", key=reader).status, 200)

    def test_channels(self) -> None:
        """A bound key acts and sees within its channel only."""
        self.refused(self.submit(new_order(channel="app")), 403, "channel")
        self.refused(self.submit(new_order(channel="nowhere"), key=self.staff), 403, "channel")
        app = self.new_key("app", ALL_SCOPES)
        order_id = self.submit(new_order(channel="app"), key=app).json["id"]
        self.assertEqual(self.submit(new_order(), key=self.staff).status, 201)
        own = f"/v1/orders/{order_id}"
        self.assertEqual(self.call("GET", own, key=app).status, 200)
        self.assertEqual(self.call("GET", own, key=self.staff).status, 200)
        self.refused(self.call("GET", own, key=self.web), 404, "not-found")
        self.refused(self.call("GET", f"{own}/timeline", key=self.web), 404, "not-found")
        then = f"{own}?at=2026-01-01T00:00:00Z"
        self.refused(self.call("GET", then, key=self.web), 404, "not-found")
        self.assertEqual(self.owners.reads[-1], own)
        self.refused(self.call("GET", then, key=app), 404, "not-found")
        self.assertEqual(self.owners.reads[-1], f"{own}/past?at=2026-01-01T00%3A00%3A00Z")
        cancel = {"reason": "shopper_request"}
        self.refused(self.call("POST", f"{own}/cancel", cancel, key=self.web, Idempotency_Key="c"), 404, "not-found")
        self.call("GET", "/v1/orders?limit=1&q=a%26b%3D%2F", key=self.web)
        self.assertEqual(self.owners.reads[-1], "/v1/orders?limit=1&q=a%26b%3D%2F&channel=web")
        self.call("GET", "/v1/orders?channel=app", key=self.staff)
        self.assertEqual(self.owners.reads[-1], "/v1/orders?channel=app")
        self.refused(self.call("GET", "/v1/orders?channel=app", key=self.web), 403, "channel")
        self.refused(self.call("GET", "/v1/fulfillments", key=self.web), 403, "forbidden")

    def test_events(self) -> None:
        """A bound key reads its channel's, another says which; who waits is answered when there is one."""
        self.assertEqual(self.call("GET", "/v1/events?after=c1&limit=5", key=self.web).status, 200)
        self.assertEqual(self.owners.reads[-1], "/v1/events?after=c1&limit=5&channel=web")
        self.refused(self.call("GET", "/v1/events?channel=app", key=self.web), 403, "channel")
        answer = self.refused(self.call("GET", "/v1/events", key=self.staff), 400, "invalid-parameter")
        self.assertEqual(answer.json["errors"][0]["pointer"], "channel")
        for wait in ("21", "-1", "soon"):
            answer = self.refused(self.call("GET", f"/v1/events?wait={wait}", key=self.web), 400, "invalid-parameter")
            self.assertEqual(answer.json["errors"][0]["pointer"], "wait")
        self.refused(self.call("GET", "/v1/events", key=self.new_key("web", "inventory:read")), 403, "forbidden")
        came = self.owners.documents["/v1/events"]
        timer = threading.Timer(1.2, self.owners.documents.__setitem__, ("/v1/events", came))
        self.owners.documents["/v1/events"] = {"items": [], "next": "c1"}
        before, began = len(self.owners.reads), time.monotonic()
        timer.start()
        answer = self.call("GET", "/v1/events?channel=app&wait=15", key=self.staff)
        self.assertEqual((answer.status, answer.json), (200, came))
        self.assertTrue(1 < time.monotonic() - began < 10)
        self.assertLess(len(self.owners.reads) - before, 20)

    def test_revoked_key(self) -> None:
        """A key that is ended is refused within seconds."""
        key = self.new_key("web", "orders:read")
        self.assertEqual(self.call("GET", "/v1/orders", key=key).status, 200)
        self.kervan("key", "revoke", key.split("_")[2])
        wait_until("the end of the key", 6, lambda: self.call("GET", "/v1/orders", key=key).status == 401)

    # --- Commands and reads ------------------------------------------------------------------------------

    def test_cancel(self) -> None:
        """A command of an order, answered with the order."""
        path = self.submit(new_order()).headers["location"]
        cancel, order_id = {"reason": "shopper_request"}, path.rpartition("/")[2]
        self.refused(self.call("POST", f"{path}/cancel", cancel, key=self.web), 400, "identity-required")
        answer = self.call("POST", f"{path}/cancel", cancel, key=self.web, Idempotency_Key="c-1")
        self.assertEqual((answer.status, answer.json["status"]), (200, "canceled"))
        record = await_records(self.owners, order_id, 2)[1]
        self.assertEqual(record.json, {"order_id": order_id, "body": cancel})
        self.assertEqual(record.headers["ce_type"], "kervan.order.cancel.v1")
        answer = self.call("POST", f"{path}/cancel", {"reason": "no", "x": 1}, key=self.web, Idempotency_Key="c-2")
        self.refused(answer, 400, "validation")
        self.assertEqual({error["pointer"] for error in answer.json["errors"]}, {"/reason", "/x"})
        smuggled = b'{"reason":"shopper_request"},"order_id":"ord_aaaaaaaaaaaaaaaaaaaaaaaaaa"'
        answer = self.call("POST", f"{path}/cancel", smuggled, key=self.web, Idempotency_Key="c-3")
        self.refused(answer, 400, "validation")
        self.refused(self.call("POST", "/v1/orders/x/cancel", cancel, key=self.web, Idempotency_Key="c"), 404,
                     "not-found")

    def test_items_and_stock(self) -> None:
        """PUT and POST of the inventory, with and without a reply."""
        answer = self.call("PUT", "/v1/items/DEMO-1", {"name": "Mug", "weight_grams": 350}, key=self.web)
        self.assertEqual((answer.status, answer.json["item"]["name"]), (200, "Mug"), answer.body)
        mug = {"name": "Mug"}
        for headers in ({"If_Match": '"1"'}, {"If_Match": 'W/"7", "71"'}, {"If_None_Match": "*"}):
            answer = self.call("PUT", "/v1/items/DEMO-1", mug, key=self.web, **headers)
            self.refused(answer, 412, "stale")
            self.assertEqual(answer.headers["etag"], '"7"')
        answer = self.call("PUT", "/v1/items/NONE-1", mug, key=self.web, If_Match="*")
        self.refused(answer, 412, "stale")
        self.assertNotIn("etag", answer.headers)
        for headers in ({"If_Match": '"7"'}, {"If_Match": '"1", "7"'}, {"If_Match": "*"}):
            self.assertEqual(self.call("PUT", "/v1/items/DEMO-1", mug, key=self.web, **headers).status, 200)
        for headers in ({"If_None_Match": '"1"'}, {"If_Match": "7"}, {"If_Match": "*", "If_None_Match": "*"}):
            self.refused(self.call("PUT", "/v1/items/DEMO-1", mug, key=self.web, **headers), 400, "precondition")
        self.refused(self.submit(new_order(), If_Match="*"), 400, "precondition")
        change = {"sku": "DEMO-1", "location": "WH-1", "quantity_change": 5, "reason": "received"}
        for note, status in (("", 201), ("silent", 201), ("ignore", 202)):
            answer = self.call("POST", "/v1/stock/adjustments", change | ({"note": note} if note else {}),
                               key=self.web, Idempotency_Key=uuid.uuid4().hex, Prefer="wait=1")
            self.assertEqual(answer.status, status, answer.body)
            if status == 202:
                self.assertEqual((answer.headers["location"], answer.json["id"]), ("/v1/stock/DEMO-1", "DEMO-1"))
            else:
                self.assertEqual(answer.json["on_hand"], 5)

    def test_commands_of_an_order(self) -> None:
        """Each goes to its owner as what it is, at the lane of the order, for those who may see the order."""
        order_id = self.submit(new_order()).json["id"]
        other = self.new_key("app", ALL_SCOPES)
        for path, kind, ids, body in (
                (f"orders/{order_id}/holds", "order.hold", {"order_id": ""}, {"reason": "fraud"}),
                (f"orders/{order_id}/notes", "order.note", {"order_id": ""}, {"note": "Ring twice"}),
                (f"orders/{order_id}/edits", "order.edit", {"order_id": ""}, {"note": "Ring twice"}),
                (f"edits/{order_id}-M1/confirm", "order.edit_confirm", {"edit_id": "-M1"}, None),
                (f"tasks/{order_id}-T1/decide", "order.task_decide", {"task_id": "-T1"}, {"choice": "again"}),
                (f"payments/{order_id}-P1/capture", "payment.capture_now", {"payment_id": "-P1"}, None),
                (f"payments/{order_id}-P1/void", "payment.void_now", {"payment_id": "-P1"}, {}),
                (f"payments/{order_id}-P1/refunds", "payment.refund_now", {"payment_id": "-P1"},
                 {"reason": "merchant_request"}),
                (f"fulfillments/{order_id}-F1/hold", "fulfillment.hold", {"fulfillment_id": "-F1"},
                 {"reason": "manual"}),
                (f"fulfillments/{order_id}-F1/release", "fulfillment.hold_release", {"fulfillment_id": "-F1"}, None),
                (f"fulfillments/{order_id}-F1/priority", "fulfillment.prioritize", {"fulfillment_id": "-F1"},
                 {"priority": 1}),
                (f"shipments/{order_id}-S1/void", "shipment.void_now", {"shipment_id": "-S1"}, None)):
            before = len(self.owners.of_key(order_id))
            self.refused(self.call("POST", f"/v1/{path}", body, key=other, Idempotency_Key="x"), 404, "not-found")
            answer = self.call("POST", f"/v1/{path}", body, key=self.web, Idempotency_Key=uuid.uuid4().hex)
            self.assertIn(answer.status, (200, 201, 202), answer.body)
            record = await_records(self.owners, order_id, before + 1)[before]
            self.assertEqual(record.headers["ce_type"], f"kervan.{kind}.v1")
            expected = {name: order_id + end for name, end in ids.items()} | {"body": body or {}}
            self.assertEqual(record.json, expected)
        self.refused(self.call("POST", f"/v1/payments/{order_id}-P1/capture", {"amount_minor": 1.5}, key=self.web,
                               Idempotency_Key="c"), 400, "validation")
        reader = self.new_key("web", "payments:read")
        self.refused(self.call("POST", f"/v1/payments/{order_id}-P1/void", {}, key=reader, Idempotency_Key="c"), 403,
                     "forbidden")

    def test_release_of_a_hold(self) -> None:
        """An address with two ids, and a request without a body."""
        order_id = self.submit(new_order()).json["id"]
        answer = self.call("DELETE", f"/v1/orders/{order_id}/holds/{order_id}-W1", key=self.web)
        self.assertEqual((answer.status, answer.json["id"]), (200, order_id), answer.body)
        record = await_records(self.owners, order_id, 2)[1]
        self.assertEqual(record.json, {"order_id": order_id, "hold_id": f"{order_id}-W1", "body": {}})
        self.refused(self.call("DELETE", f"/v1/orders/{order_id}/holds/W1", key=self.web), 404, "not-found")

    def test_policy_of_a_channel(self) -> None:
        """It is the order service's, at the lane of the channel's code."""
        policy, path = {"stock_policy": "reject"}, "/v1/channels/web/policy"
        self.refused(self.call("PUT", path, policy, key=self.staff), 403, "forbidden")
        self.refused(self.call("PUT", path, policy, key=self.new_key("web", "admin")), 403, "forbidden")
        self.owners.documents[path] = {"code": "web", "version": 1, "policy": policy}
        answer = self.call("PUT", path, policy, key=self.admin)
        self.assertEqual((answer.status, answer.json["policy"]), (200, policy), answer.body)
        record = await_records(self.owners, "web", 1)[-1]
        self.assertEqual(record.headers["ce_type"], "kervan.order.channel_put.v1")
        self.assertEqual(record.json, {"code": "web", "body": policy})
        self.assertEqual(self.call("GET", path, key=self.admin).json["policy"], policy)

    def entry(self, number: int) -> dict[str, Any]:
        """Of a timeline."""
        return {"clock": number, "entry_no": number, "type": "kervan.order.placed.v1",
                "recorded_at": "2026-03-01T09:30:00.000Z", "data": {"order_id": "ord_" + "a" * 26}}

    def test_stream(self) -> None:
        """What arrives in the timeline is written as it arrives, once; a reader goes on where they were."""
        path = self.submit(new_order()).headers["location"]
        timeline: dict[str, Any] = {"items": [self.entry(1)], "next": None}
        self.owners.documents[f"{path}/timeline"] = timeline
        self.refused(self.call("GET", f"{path}/stream", key=self.new_key("app", "orders:read")), 404, "not-found")
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request("GET", f"{path}/stream", headers={"Authorization": f"Bearer {self.web}"})
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/event-stream"))
            self.assertEqual(self.next_event(answer), ["retry: 2000"])
            self.assertEqual(self.next_event(answer)[:2], ["id: 1", "event: kervan.order.placed.v1"])
            timeline["items"] = [self.entry(1), self.entry(3), self.entry(2)]
            self.assertEqual([self.next_event(answer)[0] for _ in range(2)], ["id: 3", "id: 2"])
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            headers = {"Authorization": f"Bearer {self.web}", "Last-Event-ID": "2"}
            connection.request("GET", f"{path}/stream", headers=headers)
            answer = connection.getresponse()
            self.next_event(answer)
            event = self.next_event(answer)
            self.assertEqual((event[0], json.loads(event[2][6:])), ("id: 3", self.entry(3)))

    @staticmethod
    def next_event(answer: http.client.HTTPResponse) -> list[str]:
        """The lines of the next one."""
        lines: list[str] = []
        while line := answer.readline().decode().rstrip("\n"):
            lines.append(line)
        return lines

    def test_owner_away(self) -> None:
        """503 says when to come again."""
        answer = self.refused(self.call("GET", "/v1/payments/ord_aaaaaaaaaaaaaaaaaaaaaaaaaa-P1", key=self.staff), 503,
                              "unavailable")
        self.assertEqual(answer.headers["retry-after"], "1")
        self.refused(self.call("GET", "/v1/shipments/x", key=self.staff), 503, "unavailable")
        self.refused(self.call("GET", "/v1/nothing", key=self.staff), 404, "not-found")
        self.refused(self.call("DELETE", "/v1/orders", key=self.staff), 405, "method-not-allowed")

    # --- Too many orders -----------------------------------------------------------------------------------

    def until_refused(self) -> tuple[list[Answer], Answer]:
        """Submit orders while services get later by four seconds a second: what was taken, and the first refusal."""
        taken, began = [], time.monotonic()
        while time.monotonic() < began + 20:
            self.owners.documents["/v1/lateness"] = {"late_ms": 3000 + int((time.monotonic() - began) * 4000)}
            answer = self.submit(new_order(), Prefer="wait=0")
            if answer.status == 503:
                return taken, answer
            taken.append(answer)
        raise AssertionError(f"{len(taken)} orders were taken, and none refused")

    def test_more_orders_than_are_worked_on(self) -> None:
        """503 before the log, nothing else is refused, and all are taken again when the services are in time."""
        try:
            taken, answer = self.until_refused()
            self.refused(answer, 503, "overloaded")
            self.assertEqual(answer.headers["retry-after"], "1")
            self.assertEqual({each.status for each in taken}, {202})
            for each in taken:
                await_records(self.owners, each.json["id"], 1)
            order_id = taken[0].json["id"]
            self.assertEqual(self.call("POST", f"/v1/orders/{order_id}/cancel", {"reason": "shopper_request"},
                                       key=self.web, Idempotency_Key="c-flood").status, 200)
            statuses: set[int] = set()

            def some_are_taken() -> bool:
                """In bursts: one at a time, with the pauses of `wait_until` between, is less than is always taken."""
                statuses.update(self.submit(new_order(), Prefer="wait=0").status for _ in range(50))
                return {202, 503} <= statuses

            wait_until("that some are taken and some refused", 20, some_are_taken)
            self.assertEqual(statuses, {202, 503})
        finally:
            self.owners.documents["/v1/lateness"] = {"late_ms": 0}
            wait_until("that all are taken", 20, lambda: b"\nkervan_gateway_orders_limit_per_second 0\n"
                       in self.call("GET", "/metrics").body)
        self.assertEqual({self.submit(new_order(), Prefer="wait=0").status for _ in range(100)}, {202})

    # --- Webhooks, pages -----------------------------------------------------------------------------------

    def stripe(self, body: bytes, secret: str, age_s: int = 0) -> Answer:
        """A call of the payment provider."""
        stamp = int(time.time()) - age_s
        digest = hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
        return self.call("POST", "/v1/webhooks/stripe/demo", body, Stripe_Signature=f"t={stamp},v1={digest}")

    def test_webhooks(self) -> None:
        """Genuine calls are in the log, raw, before they are answered; others are not."""
        event = uuid.uuid4().hex
        body = json.dumps({"id": event, "weight": 614.0, "name": "Çelik"}, ensure_ascii=False).encode()
        before = len(self.owners.records)
        self.refused(self.stripe(body, STRIPE_SECRET + "x"), 401, "signature")
        self.refused(self.stripe(body, STRIPE_SECRET, 400), 401, "signature")
        self.refused(self.call("POST", "/v1/webhooks/stripe/demo", body), 401, "signature")
        self.refused(self.call("POST", "/v1/webhooks/paypal/demo", body), 404, "not-found")
        self.refused(self.call("POST", "/v1/webhooks/stripe/De%20mo", body), 404, "not-found")
        self.assertEqual(len(self.owners.records), before)
        self.assertEqual([self.stripe(body, STRIPE_SECRET).status for _ in range(2)], [200, 200])
        parcel = b'{"result":{"tracking_code":"EZ1"},' + body[1:]
        digest = hmac.new(b"easypost-secret-0001", parcel, hashlib.sha256).hexdigest()
        answer = self.call("POST", "/v1/webhooks/easypost/demo", parcel, X_Hmac_Signature=f"hmac-sha256-hex={digest}")
        self.assertEqual(answer.status, 200)
        wait_until("three records", 10, lambda: len(self.owners.records) >= before + 3)
        records = self.owners.records[before:]
        self.assertEqual(sorted(record.topic for record in records),
                         ["payment.requests", "payment.requests", "shipping.requests"])
        payment = [record for record in records if record.topic == "payment.requests"]
        self.assertEqual(len({(record.key, record.headers["ce_id"]) for record in payment}), 1)
        self.assertEqual([record.key for record in records if record not in payment], ["EZ1"])  # what it is about
        webhook = payment[0].json["webhook"]
        self.assertEqual(base64.b64decode(webhook["body"]), body)
        self.assertEqual((webhook["provider"], webhook["account"]), ("stripe", "demo"))
        self.assertEqual({header["name"] for header in webhook["headers"]}, {"content-type", "stripe-signature"})

    def test_pages(self) -> None:
        """The description of the interface, and nothing else of the disk."""
        answer = self.call("GET", "/docs/openapi.yaml")
        self.assertEqual((answer.status, answer.body), (200, (ROOT / "proto/openapi.yaml").read_bytes()))
        self.assertEqual(self.call("GET", "/docs/order/submit.v1.json").json["title"], "Submit an order")
        for path in ("/docs", "/docs/problems", "/docs/problems/validation", "/docs/errors/stale"):
            self.assertIn("text/html", self.call("GET", path).headers["content-type"])
        page = self.call("GET", "/docs").body
        self.assertIn(b'<h3 id="submitOrder"><code>POST /v1/orders</code>', page)
        self.assertIn(b"<code>lines[].quantity</code>", page)
        self.assertNotRegex(page, rb"(src|href)=\"https?:")
        self.assertIn(b'id="outcome-unknown"', self.call("GET", "/docs/problems").body)
        for path in ("/docs/generate.py", "/docs/../Makefile", "/docs/..%2FMakefile", "/docs/problems/x",
                     "/docs/lint/.spectral.yaml", "/docs/%2Fetc%2Fpasswd", "/docs/none.json"):
            self.refused(self.call("GET", path), 404, "not-found")
        self.assertEqual(self.call("GET", "/healthz").status, 200)
        self.assertIn(b'kervan_gateway_replies_total{awaited="yes"}', self.call("GET", "/metrics").body)

    def test_every_address_is_there(self) -> None:
        """What openapi.yaml describes is answered, and wants a key."""
        described = yaml.safe_load((ROOT / "proto/openapi.yaml").read_text())["paths"]
        calls = [(method.upper(), re.sub(r"\{\w+\}", "x", path)) for path, item in described.items()
                 for method in item if method != "parameters" and path.startswith("/v1")
                 and not path.startswith(("/v1/webhooks/", "/v1/choices/"))]
        self.assertGreater(len(calls), 40)
        for method, path in calls:
            self.refused(self.call(method, path), 401, "unauthenticated")

    # --- Trouble ---------------------------------------------------------------------------------------------

    def test_database_away(self) -> None:
        """Keys that were good a moment ago still are; others cannot be known."""
        self.assertEqual(self.submit(new_order()).status, 201)
        self.servers.stop("postgres")
        try:
            self.assertEqual(self.submit(new_order()).status, 201)
            unknown = "kvn_live_fedcba9876543210_" + "0" * 64
            self.refused(self.submit(new_order(), key=unknown), 503, "unavailable")
            self.assertEqual(self.call("GET", "/readyz").status, 503)
            self.assertEqual(self.call("GET", "/healthz").status, 200)
        finally:
            self.servers.start("postgres")
        wait_until("the gateway", 10, lambda: self.call("GET", "/readyz").status == 200)

    def test_broker_hangs(self) -> None:
        """What was sent and not acknowledged may have happened: 504, and a repeat finds it."""
        order = new_order()
        os.kill(self.servers.pid("kafka"), signal.SIGSTOP)
        try:
            answer = self.refused(self.submit(order), 504, "outcome-unknown")
        finally:
            os.kill(self.servers.pid("kafka"), signal.SIGCONT)
        self.assertIn("same name", answer.json["detail"])
        wait_until("the gateway", 20, lambda: self.call("GET", "/readyz").status == 200)
        self.assertEqual(self.submit(order, Prefer="wait=20").status, 201)

    def test_broker_away(self) -> None:
        """Surely nothing happened: 503 at once, and all is well when the broker is back."""
        self.servers.kill("kafka")
        try:
            wait_until("that it is noticed", 20, lambda: self.call("GET", "/readyz").status == 503)
            start = time.monotonic()
            answer = self.refused(self.submit(new_order()), 503, "unavailable")
            self.assertLess(time.monotonic() - start, 0.5)
            self.assertEqual(answer.headers["retry-after"], "1")
        finally:
            self.servers.start("kafka")
        wait_until("the gateway", 30, lambda: self.call("GET", "/readyz").status == 200)
        wait_until("an order", 30, lambda: self.submit(new_order(), Prefer="wait=5").status == 201)

    def test_drain(self) -> None:
        """SIGTERM answers whoever waits with what is known, and ends in good order."""
        port = free_ports(1)[0]
        other = self.start_gateway(port)
        order = new_order(note="ignore")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(self.call, "POST", "/v1/orders", order, port, key=self.web, Prefer="wait=30")
            digest = hashlib.sha256(f"web\nref\n{order['channel_order_ref']}".encode()).digest()[:16]
            await_records(self.owners, "ord_" + base64.b32encode(digest).decode().lower().rstrip("="), 1)
            start = time.monotonic()
            other.send_signal(signal.SIGTERM)
            self.assertEqual(waiting.result(20).status, 202)
            self.assertEqual(other.wait(20), 0)
            self.assertLess(time.monotonic() - start, 10)


if __name__ == "__main__":
    unittest.main(verbosity=2)
