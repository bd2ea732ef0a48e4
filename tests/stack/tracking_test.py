#!/usr/bin/python3
"""tracking_test - shoppers follow their orders by a signed link: the page, and the whole way to it.

    tests/stack/tracking_test.py
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import struct
import time
import unittest
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import Any

from gateway_stack import LINK_RATE_PER_SECOND, LINK_SECRET, Answer, GatewayCase

from fake_owners import example  # isort: skip
from system import System  # isort: skip

HOUR_S = 3600
BURST_S = 5
OVER_S = 60
EMAIL = "ada@shop.example"
VOID = {"meta", "br", "link", "input", "hr", "img"}
TITLES = {"en": "Your order", "tr": "Siparişiniz", "uk": "Ваше замовлення"}


def token_of(order_id: str, in_s: float = HOUR_S, secret: str = LINK_SECRET, purpose: bytes = b"track ") -> str:
    """A token as the notification service makes it, for so long from now."""
    binary = base64.b32decode(order_id.removeprefix("ord_").upper() + "======")
    claim = binary + struct.pack(">q", int((time.time() + in_s) * 1000))
    signature = hmac.digest(secret.encode(), purpose + claim, hashlib.sha256)
    return base64.urlsafe_b64encode(claim + signature).decode().rstrip("=")


class Page(HTMLParser):
    """What of a page a screen reader goes by; well-formed, or it fails."""

    def __init__(self, text: str) -> None:
        """Read all of it."""
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        if self.open:
            raise AssertionError(f"not closed: {self.open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it, and that it is open."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        """What was opened last is closed first."""
        if self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        """The text of all that is open."""
        for tag in set(self.open):
            self.texts[tag][-1] += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element of this name."""
        return [attributes for name, attributes in self.tags if name == tag]

    def faults(self) -> list[str]:
        """What a person without eyes, mouse or colors would miss."""
        ids = [attributes["id"] for _, attributes in self.tags if "id" in attributes]
        levels = [int(tag[1]) for tag, _ in self.tags if re.fullmatch("h[1-6]", tag)]
        found = [f"{len(self.of(tag))} <{tag}>" for tag in ("html", "title", "main", "header", "footer", "nav", "h1")
                 if len(self.of(tag)) != 1]
        found += [f"id {name} twice" for name in set(ids) if ids.count(name) > 1]
        found += [f"h{level} after h{before}" for before, level in zip([0, *levels], levels) if level > before + 1]
        found += ["a section without its heading" for section in self.of("section")
                  if section.get("aria-labelledby") not in ids]
        found += ["a link without words" for words in self.texts.get("a", []) if not words.strip()]
        found += ["a column without scope" for column in self.of("th") if column.get("scope") != "col"]
        found += [f"<{tag}> with a style or a handler" for tag, attributes in self.tags
                  if any(name == "style" or name.startswith("on") for name in attributes)]
        if not self.of("html")[0].get("lang"):
            found.append("no language")
        if not any(attributes.get("name") == "viewport" for attributes in self.of("meta")):
            found.append("no viewport")
        first = next(attributes for tag, attributes in self.tags if tag == "a")
        if first.get("href") != "#main" or "main" not in ids:
            found.append("no way past the head")
        return found


class TrackingPageTest(GatewayCase):
    """The page of orders that a played order service and a played shipping service show."""

    with_shipping = True

    def followed(self, **changes: Any) -> str:
        """The id of an order that can be followed."""
        order_id = "ord_" + base64.b32encode(uuid.uuid4().bytes).decode().rstrip("=").lower()
        document = json.loads(json.dumps(example("order/tracking")).replace("ord_mfrggzdfmztwq2lknnwg23tpoa", order_id))
        for shipment in document["shipments"]:
            shipment.pop("parcels", None)
        self.owners.documents[f"/v1/orders/{order_id}/tracking"] = document | changes
        self.owners.documents[f"/v1/orders/{order_id}/shipments"] = {"items": [
            {"id": f"{order_id}-S1", "parcels": [
                {"parcel_no": 1, "tracking_number": "1Z999AA10123456784", "tracking_status": "in_transit",
                 "signed_by": "Ada Lovelace"},
                {"parcel_no": 2, "tracking_number": "1Z999AA10123456785", "tracking_status": "attempt_failed",
                 "estimated_at": "2026-03-04T12:00:00.000Z"}]}], "next": None}
        return order_id

    def show(self, order_id: str, query: str = "", **headers: str) -> tuple[Answer, str, Page]:
        """The page, which has no faults."""
        answer = self.call("GET", f"/track/{token_of(order_id)}{query}", **headers)
        text = answer.body.decode()
        page = Page(text)
        self.assertEqual((answer.status, answer.headers["content-type"], page.faults()),
                         (200, "text/html; charset=utf-8", []))
        return answer, text, page

    def test_page(self) -> None:
        """Each parcel, its carrier, the promise, the items; nothing that tells who or where from."""
        answer, text, page = self.show(self.followed())
        self.assertEqual(page.texts["h1"], ["Your order 100045"])
        for words in ("On its way", "A delivery was tried", "Parcel 2 / 2", "1Z999AA10123456785", "MUG-1", "UPS",
                      "3 March 2026", "6 March 2026", "4 March 2026, 12:00 UTC", "We received your order"):
            self.assertIn(words, text)
        self.assertNotIn("Ada", text)
        self.assertEqual([link["href"] for link in page.of("a") if (link["href"] or "").startswith("http")],
                         [f"https://www.ups.com/track?tracknum=1Z999AA1012345678{last}" for last in (4, 5)])
        self.assertTrue(all("noreferrer" in (link.get("rel") or "") for link in page.of("a")
                            if (link["href"] or "").startswith("http")))
        self.assertEqual([item.get("aria-current") for item in page.of("li")][:4], [None, None, "step", None])
        self.assertEqual((answer.headers["cache-control"], answer.headers["referrer-policy"],
                          answer.headers["x-robots-tag"]), ("private, no-cache", "no-referrer", "noindex, nofollow"))

    def test_policy(self) -> None:
        """Nothing is loaded, and only our own script and style run."""
        answer, text, _ = self.show(self.followed())
        policy = answer.headers["content-security-policy"]
        for tag in ("script", "style"):
            source = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
            assert source is not None
            digest = base64.b64encode(hashlib.sha256(source[1].encode()).digest()).decode()
            self.assertIn(f"{tag}-src 'sha256-{digest}';", policy)
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertNotRegex(text, r"\ssrc=|<link|@import|url\(")
        self.assertRegex(text, r'<noscript><meta http-equiv="refresh" content="\d+"></noscript>')

    def test_languages(self) -> None:
        """What is asked for, else the order's, else what the browser likes."""
        for changes, query, accepted, language in (
                ({}, "", "tr", "en"), ({"locale": "tr-TR"}, "", "en", "tr"),
                ({"locale": "tr-TR"}, "?lang=uk", "en", "uk"),
                ({"locale": None}, "", "uk,en;q=0.5", "uk"), ({}, "?lang=xx", "tr", "en")):
            order_id = self.followed(**{name: value for name, value in changes.items() if value})
            if changes.get("locale", "") is None:
                del self.owners.documents[f"/v1/orders/{order_id}/tracking"]["locale"]
            _, text, page = self.show(order_id, query, Accept_Language=accepted)
            self.assertEqual(page.of("html")[0]["lang"], language)
            self.assertIn(TITLES[language], text)

    def test_states(self) -> None:
        """Canceled, returned, nothing sent yet, several shipments, one that comes back."""
        shipment = example("order/tracking")["shipments"][0]
        _, text, page = self.show(self.followed(shopper_status="canceled", shipments=[]))
        self.assertIn("Canceled", text)
        self.assertNotIn("aria-current=\"step\"", text)
        self.assertNotIn("Arrives between", text)
        _, text, _ = self.show(self.followed(shopper_status="returned"))
        self.assertIn("Returned", text)
        _, text, _ = self.show(self.followed(shopper_status="pending", shipments=[]))
        self.assertIn("Nothing has been sent yet.", text)
        order_id = self.followed()
        document = self.owners.documents[f"/v1/orders/{order_id}/tracking"]
        document["shipments"] = [
            shipment | {"id": f"{order_id}-S1", "parcels": []},
            shipment | {"id": f"{order_id}-S2", "state": "failed", "tracking_status": "return_to_sender",
                        "tracking_number": "X-2", "carrier": "Somebody", "parcels": []}]
        document["lines"][0]["canceled_quantity"] = 1
        document["events"].insert(0, {"what": "return_to_sender", "shipment_id": f"{order_id}-S2",
                                      "at": "2026-03-05T09:30:00.000Z"})
        _, text, page = self.show(order_id)
        for words in ("Shipment 2 / 2", "Will not arrive", "Goes back to the sender", "of these canceled: 1",
                      "(Shipment 2)"):
            self.assertIn(words, text)
        self.assertEqual(len(page.of("section")), 4)

    def test_escaped(self) -> None:
        """What is in a document stays text."""
        order_id = self.followed()
        document = self.owners.documents[f"/v1/orders/{order_id}/tracking"]
        document["shipments"][0]["carrier"] = '"><script>alert(1)</script><b>'
        _, text, page = self.show(order_id)
        self.assertEqual((len(page.of("script")), len(page.of("b"))), (1, 0))
        self.assertIn("&lt;script>", text)

    def test_changes(self) -> None:
        """Whoever has it as it is gets no copy; one that changed comes."""
        order_id = self.followed()
        for ending, headers in (("", {}), (".json", {}), ("", {"Accept": "application/json"})):
            address = f"/track/{token_of(order_id)}{ending}"
            first = self.call("GET", address, **headers)
            again = self.call("GET", address, If_None_Match=first.headers["etag"], **headers)
            self.assertEqual((again.status, again.body, again.headers["etag"]), (304, b"", first.headers["etag"]))
        answer = self.call("GET", f"/track/{token_of(order_id)}")
        self.owners.documents[f"/v1/orders/{order_id}/tracking"]["shopper_status"] = "delivered"
        self.assertEqual(self.call("GET", f"/track/{token_of(order_id)}",
                                   If_None_Match=answer.headers["etag"]).status, 200)

    def test_program(self) -> None:
        """The same as JSON, without who signed."""
        order_id = self.followed()
        document = self.call("GET", f"/track/{token_of(order_id)}.json").json
        parcels = document["shipments"][0]["parcels"]
        self.assertEqual([parcel["tracking_status"] for parcel in parcels], ["in_transit", "attempt_failed"])
        self.assertEqual([set(parcel) - {"estimated_at"} for parcel in parcels],
                         [{"parcel_no", "tracking_number", "tracking_status", "url"}] * 2)

    def test_shipping_away(self) -> None:
        """The page shows what the order knows."""
        order_id = self.followed()
        del self.owners.documents[f"/v1/orders/{order_id}/shipments"]
        _, text, _ = self.show(order_id)
        self.assertIn("1Z999AA10123456784", text)
        self.assertNotIn("Parcel 2", text)

    def test_wrong_links(self) -> None:
        """404 for what is no token of ours, 410 for one whose time is over; a link to answer is another one."""
        order_id = self.followed()
        good = token_of(order_id)
        forged = good[:40] + ("A" if good[40] != "A" else "B") + good[41:]
        wrong = ["x", good + "A", forged, token_of(f"ord_{'a' * 26}"), token_of(order_id, purpose=b""),
                 token_of(order_id, secret="another-secret-than-it-is"), ".json"]
        for token, status, kind in [*((token, 404, "not-found") for token in wrong),
                                    (token_of(order_id, -1), 410, "link-expired")]:
            answer = self.call("GET", f"/track/{token}", Accept_Language="tr")
            self.assertEqual(answer.status, status, token)
            if not token.endswith(".json"):
                self.assertIn(b'<html lang="tr">', answer.body)
            self.refused(self.call("GET", f"/track/{token}", Accept="application/json"), status, kind)
        self.assertEqual(self.call("GET", f"/choices/{good}").status, 404)

    def test_too_often(self) -> None:
        """Who guesses is slowed down, by address."""
        with ThreadPoolExecutor(8) as pool:  # one by one they might come no faster than is allowed
            answers = list(pool.map(lambda _: self.call("GET", "/track/x"), range(LINK_RATE_PER_SECOND * BURST_S * 2)))
        limited = [answer for answer in answers if answer.status == 429]
        self.assertGreater(len(limited), 0)
        time.sleep(int(limited[0].headers["retry-after"]) + 1)  # the bucket is a clock, and others need it


class WholeWayTest(unittest.TestCase):
    """An order on the real services: the mail leads to its page."""

    def test_mail_leads_to_page(self) -> None:
        """Until it is delivered; and it tells nobody's name."""
        with System() as system:
            order_id = system.submit(system.order("followed-1", email=EMAIL)).data["id"]
            system.wait_over([order_id], OVER_S)
            deadline = time.monotonic() + OVER_S
            links: list[str] = []
            while not links and time.monotonic() < deadline:
                with urllib.request.urlopen(f"{system.address('mail_catcher')}/messages?to={EMAIL}") as answer:
                    links = re.findall(r"/track/([A-Za-z0-9_-]{75})", answer.read().decode())
                time.sleep(0.2)
            self.assertTrue(links, "no mail has a link")
            reply = system.request("GET", f"/track/{links[0]}.json")
            self.assertEqual((reply.status, reply.data["id"]), (200, order_id))
            self.assertIn(reply.data["shopper_status"], ("delivered", "completed"))
            self.assertEqual([parcel["tracking_status"] for shipment in reply.data["shipments"]
                              for parcel in shipment["parcels"]], ["delivered"])
            happened = [event["what"] for event in reply.data["events"]]
            self.assertEqual((happened[-1], "delivered" in happened, "confirmed" in happened), ("placed", True, True))
            self.assertNotIn("Lovelace", json.dumps(reply.data))


if __name__ == "__main__":
    unittest.main(verbosity=2)
