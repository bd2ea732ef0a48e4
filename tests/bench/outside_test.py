#!/usr/bin/python3
"""outside_test - the bench's cheap outside is held to the stand-ins: same requests, same answers, events and books."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "standins"))
from harness import Standin, Target, bought, easypost, shipment_request, stripe, wait_until  # noqa: E402

OUTSIDE = ROOT / "build/dev/bench/outside"
SECRET = "whsec_test"
# What differs from run to run: ids, instants, codes of parcels, ports.
VOLATILE = ((r"\b(pi|ch|evt|req|shp|adr|prcl|pl|trk|rfnd)_[0-9a-f]+", r"\1_*"),
            (r"\brate_[0-9a-f]+(\d\d)\b", r"rate_*\1"), (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "*"),
            (r'"(created|canceled_at)": ?\d+', r'"\1":0'), (r"\b9400\d{18}\b", "9400*"),
            (r"127\.0\.0\.1:\d+", "HOST"))
# Totals that only one of the two keeps.
OWN = ("last_change", "webhooks")
TRANSIT = "pre_transit=10,in_transit=20,out_for_delivery=10,delivered=10"
REFUND = "1500"  # long enough to be looked at before, on a busy machine, too
TEXT = "From: a@shop.example\r\nMessage-ID: <{0}@shop>\r\nSubject: x\r\n\r\nHello\r\n..dot\r\n.\r\n"
Said = list[Any]


def steady(data: bytes) -> Any:
    """JSON without what differs from run to run."""
    text = data.decode()
    for pattern, replacement in VOLATILE:
        text = re.sub(pattern, replacement, text)
    return json.loads(text)


def authorization(payment: str, **changes: str) -> dict[str, str]:
    """An authorization as our payment service asks for it."""
    return {"amount": "3150", "currency": "eur", "capture_method": "manual", "confirm": "true",
            "payment_method_data[type]": "card", "payment_method_data[card][token]": "tok_ok",
            "payment_method_types[0]": "card",
            "payment_method_options[card][request_multicapture]": "if_available",
            "return_url": "http://shop.example/?a=b", "description": f"Order ord_{payment} \"é\"",
            "metadata[order_id]": f"ord_{payment}", "metadata[order_no]": "7",
            "metadata[payment_id]": f"ord_{payment}-P1"} | changes


class OutsideTest(unittest.TestCase):
    """One conversation with each role, and with its model."""

    def setUp(self) -> None:
        """Somebody who takes webhooks, and the secret they are signed with."""
        self.target = Target()
        self.addCleanup(self.target.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.secret = Path(folder.name) / "secret"
        self.secret.write_text(SECRET + "\n")

    def start(self, role: str, cheap: bool, *options: str) -> Standin:
        """A program in a role."""
        words = (str(OUTSIDE), role) if cheap else (f"{role}.py",)
        standin = Standin(words[0], *words[1:], "--port", "0", *options)
        self.addCleanup(standin.kill)
        self.addCleanup(lambda: standin.process.stdout.close())
        return standin

    def with_webhooks(self, role: str, cheap: bool, *options: str) -> Standin:
        """One that sends events, and lets in who shows the key of the harness."""
        key = self.secret.with_name("key")
        key.write_text("EZTK" if role == "carrier" else "sk_test_1")
        return self.start(role, cheap, "--api-key-file", str(key), "--webhook-url", self.target.url,
                          "--webhook-secret-file", str(self.secret), "--webhook-backoff-ms", "20", *options)

    def compare(self, converse: Callable[[bool], Said]) -> Said:
        """The same is said by both; what it was."""
        self.maxDiff = None
        model = converse(False)
        said = converse(True)
        self.assertEqual(len(model), len(said))
        for number, (wanted, found) in enumerate(zip(model, said, strict=True)):
            self.assertEqual(wanted, found, f"answer {number}")
        return said

    def events(self, count: int) -> Said:
        """What was sent: all of it, in some order, each well signed."""
        wait_until(lambda: len(self.target.received) >= count, f"{count} events")
        found = []
        for headers, body in self.target.received:
            self.assertTrue(self.signed(headers, body), headers)
            kept = {name: value for name, value in headers.items() if not name.endswith("signature")
                    and name not in ("host", "content-length")}
            found.append([kept, steady(body)])
        self.target.clear()
        return sorted(found, key=json.dumps)

    @staticmethod
    def signed(headers: dict[str, str], body: bytes) -> bool:
        """Whether the signature is that of the secret."""
        stripe_said = re.fullmatch(r"t=(\d+),v1=(.*)", headers.get("stripe-signature", ""))
        signed = stripe_said[1].encode() + b"." + body if stripe_said else body
        given = stripe_said[2] if stripe_said else headers["x-hmac-signature"].removeprefix("hmac-sha256-hex=")
        return hmac.compare_digest(given, hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest())

    def books(self, standin: Standin) -> Any:
        """Totals that both keep."""
        totals = json.loads(standin.call("GET", "/_books?format=totals").body)["totals"]
        counted = {name: value for name, value in totals.get("effects", {}).items() if value}
        return {name: value for name, value in totals.items() if name not in OWN} | {"effects": counted}

    def test_payments(self) -> None:
        """Authorize, capture in parts, cancel, look up; wrong ones; keys used again; events; books."""
        self.compare(self.pay)

    def pay(self, cheap: bool) -> Said:
        """The conversation."""
        standin = self.with_webhooks("payment_provider", cheap)
        said: Said = []

        def ask(path: str, fields: dict[str, str] | None = None, key: str = "") -> Any:
            answer = stripe(standin, path, fields, key)
            names = ("Idempotency-Key", "Idempotent-Replayed", "Stripe-Version", "Content-Type")
            said.append([path.split("?")[0].rsplit("/", 1)[-1][:3], answer.status, steady(answer.body),
                         [answer.headers[name] for name in names]])
            return json.loads(answer.body)

        at = "/v1/payment_intents"
        first = ask(at, authorization("1"), "key-1")["id"]
        second = ask(at, authorization("2"), "key-2")["id"]
        self.assertEqual(ask(at, dict(reversed(authorization("1").items())), "key-1")["id"], first)
        ask(at, authorization("1", amount="3151"), "key-1")
        for token in ("tok_declined", "tok_insufficient_funds", "tok_expired_card", "tok_unheard_of"):
            ask(at, authorization(token, **{"payment_method_data[card][token]": token}), f"key-{token}")
        ask(at, authorization("tok", **{"payment_method_data[card][token]": "tok_declined"}), "key-no")
        ask(at, authorization("tok", **{"payment_method_data[card][token]": "tok_declined"}), "key-no")
        for change in ({"amount": "1"}, {"amount": "x"}, {"amount": "100000000"}, {"currency": "xxx"},
                       {"surprise": "1"}):
            ask(at, authorization("wrong", **change), f"key-{change}")
        ask(f"{at}/{first}/capture", {"amount_to_capture": "4000"}, "key-3")
        ask(f"{at}/{first}/capture", {"amount_to_capture": "4000"}, "key-3")
        ask(f"{at}/{first}/capture", {"amount_to_capture": "1000", "final_capture": "false"}, "key-4")
        ask(f"{at}/{first}/capture", {"amount_to_capture": "2000"}, "key-5")
        ask(f"{at}/{first}/capture", {"amount_to_capture": "1000", "final_capture": "false"}, "key-4")
        ask(f"{at}/{first}/capture", {}, "key-6")
        ask(f"{at}/{second}/cancel", {"cancellation_reason": "abandoned"}, "key-7")
        ask(f"{at}/{second}/cancel", {}, "key-8")
        ask(f"{at}/{second}/cancel", {"cancellation_reason": "boredom"}, "key-9")
        ask(f"{at}/pi_none/cancel", {}, "key-10")
        for path in (f"{at}/{first}", f"{at}/{second}", f"{at}/pi_none", "/v1/elsewhere"):
            ask(path)
        ask(f"{at}?limit=2&expand[]=data.latest_charge")
        ask(f"{at}?limit=2&expand[]=data.latest_charge&starting_after={second}")
        ask(f"{at}/search?limit=100&expand[]=data.latest_charge"
            "&query=metadata%5B%27payment_id%27%5D%3A%27ord_1-P1%27")
        ask(f"{at}/search?query=metadata%5B%27order_no%27%5D%3A%277%27+AND+status%3A%27succeeded%27")
        ask(f"{at}/search?query=nonsense")
        said.append(standin.call("POST", at, "amount=1").status)
        said += [self.books(standin), *self.events(9)]
        return said

    def test_parcels(self) -> None:
        """Rates, one label each, a void, trackers, wrong addresses; each step of the way told; books."""
        self.compare(self.carry)

    def carry(self, cheap: bool) -> Said:
        """The conversation."""
        standin = self.with_webhooks("carrier", cheap, "--transit-ms", TRANSIT, "--refund-ms", REFUND)
        said: Said = []

        def ask(method: str, path: str, body: Any = None) -> Any:
            answer = easypost(standin, method, path, body)
            said.append([method, answer.status, steady(answer.body)])
            return json.loads(answer.body)

        first = bought(standin, "ord_1-S1/1")
        wait_until(lambda: len(self.target.received) >= 4, "four events")
        ask("GET", f"/v2/shipments/{first['id']}")
        ask("GET", f"/v2/trackers/{first['tracking_code']}")
        ask("POST", f"/v2/shipments/{first['id']}/buy", {"rate": {"id": first["rates"][0]["id"]}})
        ask("POST", f"/v2/shipments/{first['id']}/refund", {})
        second = ask("POST", "/v2/shipments", shipment_request("ord_2-S1", options={"label_format": "PDF"},
                                                               parcel={"weight": 8.9}))
        ask("POST", f"/v2/shipments/{second['id']}/refund", {})
        ask("POST", f"/v2/shipments/{second['id']}/buy", {"rate": {"id": first["rates"][0]["id"]}})
        ask("POST", f"/v2/shipments/{second['id']}/buy", {"rate": {"id": second["rates"][3]["id"]}})
        ask("POST", f"/v2/shipments/{second['id']}/refund", {})
        ask("GET", "/v2/shipments/ord_2-S1")
        ask("GET", "/v2/shipments/nobody")
        good = shipment_request()["shipment"]["to_address"]
        for change in ({"zip": "00000"}, {"zip": "99999"}, {"street1": ""}, {"name": None}, {"country": "DE"},
                       {"city": 7}):
            made = ask("POST", "/v2/shipments", shipment_request("ord_3-S1", to_address=good | change))
            if made.get("rates"):
                ask("POST", f"/v2/shipments/{made['id']}/buy", {"rate": {"id": made["rates"][0]["id"]}})
        ask("POST", "/v2/shipments", shipment_request(parcel={"weight": -1}))
        ask("POST", "/v2/shipments", [])
        wait_until(lambda: any(event["description"] == "refund.successful" for event in self.target.events()),
                   "a refund")
        said.append([standin.call("GET", "/v2/shipments/ord_2-S1").status,
                     standin.call("GET", "/v2/shipments/ord_2-S1", None, {"Authorization": "Bearer EZTK"}).status])
        said += [self.books(standin), *self.events(5)]
        return said

    def test_mail(self) -> None:
        """A session with several messages, pipelined, some of them twice; refusals; counts."""
        said = self.compare(self.mail)
        self.assertEqual((said[-2]["count"], said[-2]["distinct_message_ids"]), (3, 2))

    def mail(self, cheap: bool) -> Said:
        """The conversation."""
        standin = self.start("mail_catcher", cheap, "--smtp-port", "0")
        begin = "MAIL FROM:<a@shop.example> SIZE=100 BODY=8BITMIME\r\nRCPT TO:<b@shop.example>\r\n"
        letters = "".join(f"{begin}DATA\r\n{TEXT.format(name)}" for name in ("one", "two", "one"))
        words = ("RCPT TO:<x@y.example>\r\nEHLO shop.example\r\n" + letters
                 + begin + "RCPT TO:<unknown@shop.example>\r\nRCPT TO:<full@shop.example>\r\n"
                 + "RCPT TO:nonsense\r\nRSET\r\n"
                 + "DATA\r\nMAIL FROM:<a@shop.example> SIZE=99999999\r\nMAIL FROM:<> NONSENSE\r\nFLY\r\n"
                 + begin + "DATA\r\nbare\nline\r\n.\r\n"
                 + begin + "DATA\r\n" + "x" * 999 + "\r\n.\r\nNOOP\r\nQUIT\r\n")
        with socket.create_connection(("127.0.0.1", standin.smtp_port), timeout=5) as client:
            for part in (words[:300], words[300:310], words[310:]):
                client.sendall(part.encode())
            replies = b"".join(iter(lambda: client.recv(65536), b"")).decode()
        return [*replies.split("\r\n"), json.loads(standin.call("GET", "/count").body), self.books(standin)]

    def test_tries_again(self) -> None:
        """What is not taken comes again, and only the taken one counts as delivered."""
        self.target.statuses = [503, 500]
        standin = self.with_webhooks("payment_provider", True)
        stripe(standin, "/v1/payment_intents", authorization("1"), "key")
        self.events(1)
        counts = {}

        def delivered() -> bool:
            counts.update(json.loads(standin.call("GET", "/_books?format=totals").body)["totals"]["webhooks"])
            return bool(counts["delivered"] == 1)

        wait_until(delivered, "the delivery in the books")
        self.assertEqual((counts["attempts"], counts["failed_attempts"], counts["pending"]), (3, 2, 0))

    def test_refuses(self) -> None:
        """It is no yes-sayer: of forty cards it declines ten when told so, and its books show it."""
        standin = self.with_webhooks("payment_provider", True, "--refuse-percent", "25")
        statuses = [stripe(standin, "/v1/payment_intents", authorization(str(number)), f"key-{number}").status
                    for number in range(40)]
        self.assertEqual((statuses.count(402), statuses.count(200)), (10, 30))
        self.assertEqual(self.books(standin)["statuses"], {"requires_payment_method": 10, "requires_capture": 30})

    def test_odd_bytes(self) -> None:
        """Requests in pieces and in a row are answered in order; what is none is refused."""
        standin = self.start("payment_provider", True)
        one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        with socket.create_connection(("127.0.0.1", standin.port), timeout=5) as client:
            client.sendall(one * 2 + one[:20])
            client.sendall(one[20:] + b"nonsense\r\n\r\n")
            answers = b"".join(iter(lambda: client.recv(65536), b""))
        self.assertEqual((answers.count(b"200 OK"), answers.count(b"400 Bad Request")), (3, 1))
        self.assertIn(b"501", standin.raw(b"POST /v1/payment_intents HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"))
        wrong = subprocess.run([OUTSIDE, "carrier", "--wings", "2"], capture_output=True, check=False, timeout=5)
        self.assertEqual(wrong.returncode, 1)


if __name__ == "__main__":
    unittest.main()
