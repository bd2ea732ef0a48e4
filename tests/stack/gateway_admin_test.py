#!/usr/bin/python3
"""gateway_admin_test - keys, channels, rates and pages from browsers, with a real PostgreSQL and Kafka.

    tests/stack/gateway_admin_test.py
"""

from __future__ import annotations

import hashlib
import json
import unittest
import uuid
from typing import Any

import psycopg2
from gateway_stack import GatewayCase, new_order

from basics import wait_until  # isort: skip (the stack makes it known)

SHOP = "https://shop.example"


class AdminTest(GatewayCase):
    """What a caller with the scope admin does, and what follows."""

    def make_key(self, **body: object) -> dict[str, str]:
        """A key by the interface."""
        answer = self.call("POST", "/v1/keys", {"scopes": ["orders:read", "orders:write"]} | body, key=self.admin)
        self.assertEqual(answer.status, 201, answer.body)
        self.assertEqual(answer.headers["location"], f"/v1/keys/{answer.json['id']}")
        return answer.json

    def put_channel(self, code: str, headers: dict[str, str], **body: object) -> int:
        """The status of a change that is allowed."""
        answer = self.call("PUT", f"/v1/channels/{code}", {"name": "A shop"} | body, key=self.admin, **headers)
        self.assertIn(answer.status, (200, 201), answer.body)
        return answer.status

    def test_keys(self) -> None:
        """Made, shown without its secret, listed, ended; a repeat makes no second one."""
        made = self.make_key(channel="web", note="the shop")
        self.assertEqual(self.call("GET", "/v1/orders", key=made["key"]).status, 200)
        shown = self.call("GET", f"/v1/keys/{made['id']}", key=self.admin)
        self.assertEqual((shown.status, shown.json["note"], shown.json["channel"]), (200, "the shop", "web"))
        self.assertNotIn(b"kvn_live", shown.body)
        listed = self.call("GET", "/v1/keys?channel=web&limit=200", key=self.admin).json["items"]
        self.assertIn(made["id"], [key["id"] for key in listed])
        self.assertEqual(self.call("DELETE", f"/v1/keys/{made['id']}", key=self.admin).status, 200)
        self.refused(self.call("GET", "/v1/orders", key=made["key"]), 401, "unauthenticated")
        name = {"key": self.admin, "Idempotency_Key": uuid.uuid4().hex}
        body = {"scopes": ["orders:read"]}
        self.assertEqual(self.call("POST", "/v1/keys", body, **name).status, 201)
        answer = self.refused(self.call("POST", "/v1/keys", body, **name), 409, "conflict")
        self.assertIn("/v1/keys/", answer.headers["location"])

    def test_rotation(self) -> None:
        """Two secrets work until the old one ends; who asks is the same."""
        made = self.make_key(channel="web")
        rotated = self.call("POST", f"/v1/keys/{made['id']}/rotate", {"old_valid_ms": 6000}, key=self.admin)
        self.assertEqual((rotated.status, rotated.json["id"]), (201, made["id"]))
        self.assertNotEqual(rotated.json["key"], made["key"])
        for key in (made["key"], rotated.json["key"]):
            self.assertEqual(self.call("GET", "/v1/orders", key=key).status, 200)
        wait_until("the end of the old secret", 30,
                   lambda: self.call("GET", "/v1/orders", key=made["key"]).status == 401)
        self.assertEqual(self.call("GET", "/v1/orders", key=rotated.json["key"]).status, 200)
        self.refused(self.call("POST", "/v1/keys/0123456789abcdef/rotate", {}, key=self.admin), 404, "not-found")

    def test_expiry(self) -> None:
        """A key that has ended is refused."""
        made = self.make_key(expires_at="2026-01-01T00:00:00Z")
        self.refused(self.call("GET", "/v1/orders", key=made["key"]), 401, "unauthenticated")

    def test_wrong_keys(self) -> None:
        """Each fault has its pointer; nobody else administers."""
        answer = self.call("POST", "/v1/keys", {"scopes": ["orders:read", "all:all"], "expires_at": "soon"},
                           key=self.admin)
        self.assertEqual(self.refused(answer, 400, "validation").json["errors"][0]["pointer"], "/expires_at")
        answer = self.refused(self.call("POST", "/v1/keys", {"scopes": ["all:all"]}, key=self.admin), 400, "validation")
        self.assertEqual(answer.json["errors"][0]["pointer"], "/scopes/0")
        answer = self.call("POST", "/v1/keys", {"scopes": ["orders:read"], "channel": "none"}, key=self.admin)
        self.assertEqual(self.refused(answer, 422, "invalid").json["errors"][0]["pointer"], "/channel")
        for method, path in (("GET", "/v1/keys"), ("GET", "/v1/channels"), ("DELETE", "/v1/keys/0123456789abcdef")):
            self.refused(self.call(method, path, key=self.staff), 403, "forbidden")
        bound = self.make_key(channel="web", scopes=["admin"])["key"]
        self.refused(self.call("GET", "/v1/keys", key=bound), 403, "forbidden")
        log = (self.servers.folder / f"gateway-{self.port}.log").read_text()
        self.assertIn("key made", log)
        self.assertNotIn("kvn_live", log)

    def test_channels_with_versions(self) -> None:
        """Made once, replaced only by who saw the present version."""
        path = "/v1/channels/market"
        self.assertEqual(self.put_channel("market", {}, origins=[SHOP]), 201)
        shown = self.call("GET", path, key=self.admin)
        self.assertEqual((shown.json["origins"], shown.headers["etag"]), ([SHOP], '"1"'))
        put = {"name": "Market"}
        self.refused(self.call("PUT", path, put, key=self.admin), 428, "precondition-required")
        self.assertEqual(self.put_channel("market", {"If_Match": '"1"'}, active=False), 200)
        self.assertEqual(self.call("GET", path, key=self.admin).headers["etag"], '"2"')
        for headers in ({"If_Match": '"1"'}, {"If_Match": '"x"'}, {"If_None_Match": "*"}):
            self.refused(self.call("PUT", path, put, key=self.admin, **headers), 412, "stale")
        again = self.put_channel("market", {"If_Match": '"1"'}, active=False)  # its answer was lost
        self.assertEqual((again, self.call("GET", path, key=self.admin).headers["etag"]), (200, '"2"'))
        self.refused(self.call("PUT", "/v1/channels/other", put, key=self.admin, If_Match='"1"'), 412, "stale")
        self.refused(self.call("PUT", path, put, key=self.admin, If_Match="W/1"), 400, "precondition")
        self.refused(self.call("PUT", "/v1/channels/-x", put, key=self.admin), 404, "not-found")
        answer = self.call("PUT", path, put | {"origins": ["ftp://x"]}, key=self.admin, If_Match='"2"')
        self.assertEqual(self.refused(answer, 400, "validation").json["errors"][0]["pointer"], "/origins/0")
        codes = [each["code"] for each in self.call("GET", "/v1/channels?limit=1", key=self.admin).json["items"]]
        self.assertEqual(len(codes), 1)

    def test_new_channel(self) -> None:
        """Made once; whoever comes second is told where it is, and changes nothing."""
        body = {"code": "kiosk", "name": "Kiosk", "origins": [SHOP]}
        made = self.call("POST", "/v1/channels", body, key=self.admin)
        self.assertEqual((made.status, made.headers["location"], made.headers["etag"]),
                         (201, "/v1/channels/kiosk", '"1"'), made.body)
        self.assertEqual(self.call("GET", "/v1/channels/kiosk", key=self.admin).json, made.json)
        again = self.call("POST", "/v1/channels", body | {"name": "Other"}, key=self.admin)
        self.assertEqual(self.refused(again, 409, "conflict").headers["location"], "/v1/channels/kiosk")
        self.assertEqual(self.call("GET", "/v1/channels/kiosk", key=self.admin).json, made.json)
        self.assertEqual(self.put_channel("kiosk", {"If_Match": '"1"'}), 200)
        answer = self.call("POST", "/v1/channels", {"code": "-x", "colour": 1}, key=self.admin)
        self.assertEqual({error["pointer"] for error in self.refused(answer, 400, "validation").json["errors"]},
                         {"/code", "/name", "/colour"})
        self.refused(self.call("POST", "/v1/channels", body, key=self.admin, If_Match='"1"'), 400, "precondition")
        self.refused(self.call("POST", "/v1/channels", body, key=self.staff), 403, "forbidden")

    def test_rates(self) -> None:
        """A key asks as often as it may, and is told when it may again; another key is not hindered."""
        made = self.make_key(channel="web", rate_limit={"per_second": 1, "burst": 3})
        answers = [self.call("GET", "/v1/orders", key=made["key"]) for _ in range(4)]
        self.assertEqual([answer.status for answer in answers[:3]], [200, 200, 200])
        limited = self.refused(answers[3], 429, "rate-limited")
        self.assertEqual(limited.headers["retry-after"], "1")
        self.assertEqual(limited.headers["ratelimit-policy"], '"key";q=3;w=3')
        self.assertEqual(limited.headers["ratelimit"], '"key";r=0;t=1')
        self.assertEqual(answers[0].headers["ratelimit"], '"key";r=2;t=1')
        self.assertEqual(self.call("GET", "/v1/orders", key=self.web).status, 200)
        wait_until("room for one more", 30, lambda: self.call("GET", "/v1/orders", key=made["key"]).status == 200)

    def test_pages_of_shops(self) -> None:
        """A preflight passes for an origin of any channel; answers are shown to the pages of the key's channel."""
        self.put_channel("pages", {}, origins=[SHOP])
        key = self.make_key(channel="pages")["key"]

        def shown(answer_of_key: str | None) -> bool:
            headers = {} if answer_of_key is None else {"key": answer_of_key}
            answer = self.call("GET", "/v1/orders", Origin=SHOP, **headers)
            return answer.headers.get("access-control-allow-origin") == SHOP

        wait_until("the origin to be known", 30, lambda: shown(key))
        self.assertTrue(shown(None), "a page may read why it is refused")
        self.assertFalse(shown(self.web), "a key of another channel")
        self.assertFalse(shown(self.staff), "a key of servers")
        preflight = self.call("OPTIONS", "/v1/orders", Origin=SHOP, Access_Control_Request_Method="POST")
        self.assertEqual((preflight.status, preflight.headers["access-control-allow-origin"]), (204, SHOP))
        self.assertIn("Idempotency-Key", preflight.headers["access-control-allow-headers"])
        self.refused(self.call("OPTIONS", "/v1/orders", Origin="https://evil.example"), 403, "forbidden")
        self.refused(self.call("OPTIONS", "/v1/orders"), 403, "forbidden")
        answer = self.call("GET", "/v1/orders", Origin="https://evil.example", key=key)
        self.assertNotIn("access-control-allow-origin", answer.headers)
        order = self.call("POST", "/v1/orders", new_order(channel="pages"), Origin=SHOP, key=key)
        self.assertEqual((order.status, order.headers["vary"]), (201, "Origin"))


HASHED = ("entry_no", "at", "actor", "action", "subject", "before", "after", "request_id")


def hash_of(entry: dict[str, Any]) -> str:
    """The hash of an entry as its description says, written for this test alone."""
    text = entry["previous_hash"]
    for name in HASHED:
        value = str(entry[name]) if name in entry else None
        text += "-" if value is None else f"{len(value.encode())}:{value}"
    return hashlib.sha256(text.encode()).hexdigest()


class AuditLogTest(GatewayCase):
    """What people did stays as it was written, or the change shows."""

    def entries(self, query: str = "") -> list[dict[str, Any]]:
        """The whole log, page after page."""
        found, cursor = [], ""
        while cursor is not None:
            page = self.call("GET", f"/v1/audit/log?limit=3{query}" + (f"&cursor={cursor}" if cursor else ""),
                             key=self.admin)
            self.assertEqual(page.status, 200, page.body)
            found += page.json["items"]
            cursor = page.json["next"]
        return found

    def as_role(self, role: str, statement: str) -> None:
        """A statement alone."""
        connection = psycopg2.connect(self.servers.pg_conninfo(role))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(f"SET search_path = gateway; {statement}")
        finally:
            connection.close()

    def verify(self, *words: str) -> str:
        """What the command says of the chain."""
        try:
            return self.kervan("audit", "log", "--verify", *words)
        except AssertionError as error:
            return str(error)

    def test_what_is_in_it(self) -> None:
        """Keys, channels and commands of people, with who and what; nothing secret, and nothing of storefronts."""
        made = self.call("POST", "/v1/keys", {"scopes": ["orders:read"], "note": "Ada's laptop"}, key=self.admin).json
        rotated = self.call("POST", f"/v1/keys/{made['id']}/rotate", {}, key=self.admin).json
        self.call("DELETE", f"/v1/keys/{made['id']}", key=self.admin)
        told = self.entries(f"&subject={made['id']}")
        admin = f"key:{self.admin.split('_')[2]}"
        self.assertEqual([(entry["action"], entry["actor"]) for entry in told],
                         [("key.made", admin), ("key.rotated", admin), ("key.revoked", admin)])
        self.assertEqual(json.loads(told[2]["before"])["scopes"], ["orders:read"])
        self.assertIn("revoked_at", json.loads(told[2]["after"]))
        self.call("PUT", "/v1/channels/audited", {"name": "A shop"}, key=self.admin, If_None_Match="*")
        self.call("PUT", "/v1/channels/audited", {"name": "Another"}, key=self.admin, If_Match='"1"')
        self.assertEqual([json.loads(entry["after"])["name"] for entry in self.entries("&subject=audited")],
                         ["A shop", "Another"])
        item = {"name": "Lamp", "weight_grams": 900}
        self.call("PUT", "/v1/items/AUDITED", item, key=self.staff, Prefer="wait=0")
        self.assertEqual([entry["action"] for entry in self.entries("&subject=AUDITED")],
                         ["kervan.item.put.v1"])
        before = len(self.entries())
        self.assertIn(self.call("POST", "/v1/orders", new_order(), key=self.web, Prefer="wait=0").status, (201, 202))
        whole = self.entries()
        self.assertEqual(len(whole), before)
        for secret in (made["key"], rotated["key"], "Ada"):
            self.assertNotIn(secret.rpartition("_")[2], json.dumps(whole))
        self.refused(self.call("GET", "/v1/audit/log", key=self.staff), 403, "forbidden")

    def test_chain(self) -> None:
        """Another eye computes the same hashes; a changed, a removed and a cut off entry show."""
        for number in range(12):  # so that entries have numbers of one and of two digits
            self.kervan("key", "create", "--scopes", "orders:read", "--as", f"person {number}")
        whole = self.entries()
        self.assertIn("cli:person 4", [entry["actor"] for entry in whole])
        previous = "0" * 64
        for number, entry in enumerate(whole, 1):
            self.assertEqual((entry["entry_no"], entry["previous_hash"], entry["hash"]),
                             (number, previous, hash_of(entry)))
            previous = entry["hash"]
        head = f"{len(whole)}:{previous}"
        self.assertIn(head, self.verify("--head", head))
        for change in ("UPDATE {} SET actor = 'somebody else' WHERE entry_no = 3", "DELETE FROM {} WHERE entry_no = 3",
                       "INSERT INTO {} (entry_no, at, actor, action, subject, previous_hash, hash) "
                       "SELECT 1, now(), 'x', 'x', 'x', ''::bytea, ''::bytea", "TRUNCATE {}"):
            with self.subTest(change), self.assertRaises(psycopg2.errors.InsufficientPrivilege):
                self.as_role("gateway", change.format("gateway.audit_log"))
        self.as_role("owner", "CREATE TABLE gateway.kept AS SELECT * FROM gateway.audit_log")
        for change, says in (("UPDATE gateway.audit_log SET actor = 'somebody else' WHERE entry_no = 3",
                              "entry 3 does not say what it said"),
                             ("DELETE FROM gateway.audit_log WHERE entry_no = 3", "entry 3 is gone"),
                             ("UPDATE audit_log SET before = '{}' WHERE entry_no = 2; UPDATE audit_log l "
                              "SET hash = audit_log_hash(l) WHERE entry_no = 2", "entry 3 does not follow"),
                             (f"DELETE FROM gateway.audit_log WHERE entry_no = {len(whole)}", "not in it")):
            with self.subTest(says):
                self.as_role("owner", change)
                self.assertIn(says, self.verify("--head", head))
                self.as_role("owner", "DELETE FROM gateway.audit_log; "
                                      "INSERT INTO gateway.audit_log SELECT * FROM gateway.kept")
        self.as_role("owner", "DROP TABLE gateway.kept")
        self.assertIn(head, self.verify("--head", head))


if __name__ == "__main__":
    unittest.main(verbosity=2)
