#!/usr/bin/python3
"""mail_test - every template in every language, and names of every kind, as Python's mail parser reads them.

    tests/notification/mail_test.py build/dev/notification/render_test
"""

from __future__ import annotations

import base64
import email
import email.header
import email.policy
import email.utils
import hmac
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest
from dataclasses import dataclass
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "services" / "notification" / "templates"
KINDS = ("received", "confirmed", "shipped", "delivered", "canceled", "rejected", "expired", "payment_awaited",
         "payment_failed", "choice_asked", "reduced", "partly_shipped", "delayed", "refunded", "completed",
         "refund_reversed")
SECRET = "a secret of sixteen bytes or more"
PAGE = "https://pay.example/3ds/42?a=1&b=2"
LANGUAGES = ("en", "tr", "uk")
ORDER = "ord_mfrggzdfmztwq2lknnwg23tpoa"
VOID_TAGS = {"meta", "br", "hr", "img", "link", "input"}
SOME_NAMES = ("Ada Lovelace", "Şükrü Öğütçü", "Іван Їжакевич", "O'Brien, Pat", 'Bob "the" Builder', "名前",
              "a" * 120, "ş" * 120, "😀" * 40, "=?UTF-8?B?AAAA?=", "  spaces  ", "comma, semicolon; colon",
              "<script>alert(1)</script>", "back\\slash", "x" * 49, "x" * 50, "x" * 51, "é" * 15, "J. R. R. Tolkien")
LINKS = ("Visit https://evil.example now", "evil.example", "www.evil.example", "me@evil.example", "Click evil.com")


@dataclass
class Mail:
    """One rendered mail: what goes to SMTP, and what a reader sees."""

    path: str
    raw: bytes
    parsed: EmailMessage

    def part(self, kind: str) -> str:
        """The text of the part text/plain or text/html."""
        body = self.parsed.get_body((kind,))
        assert isinstance(body, EmailMessage), f"no {kind} part"
        return str(body.get_content()).replace("\r\n", "\n")


def name_in(mail: Mail, header: str) -> str:
    """The name in front of an address, by Python's older parser: the newer one leaves spaces between encoded words."""
    unfolded = re.sub(r"\r?\n", "", str(email.message_from_bytes(mail.raw, policy=email.policy.compat32)[header]))
    return str(email.header.make_header(email.header.decode_header(email.utils.parseaddr(unfolded)[0])))


class Tags(HTMLParser):
    """Checks that tags are closed in order, and collects the text."""

    def __init__(self) -> None:
        """Nothing is open."""
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""
        self.problems: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens a tag."""
        self.seen.append(tag)
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Closes what was opened last."""
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        self.text += data


def payload(kind: str = "received", **more: Any) -> dict[str, Any]:
    """A payload as the service decides it; `more` replaces members, None takes them away."""
    members: dict[str, Any] = {
        "order_id": ORDER, "order_no": 1, "message": kind, "event_no": 0, "email": "ada@shop.example",
        "name": "Ada Lovelace", "channel_order_ref": "100045", "decided_at": "2026-03-01T09:30:00.100Z",
        "happened_at": "2026-03-01T09:30:00.000Z", "total_minor": 0, "shipping_price_minor": 0, "tax_minor": 0,
        "more_lines": 0}
    if kind in ("received", "confirmed"):
        members |= {"currency": "EUR", "total_minor": 123456}
    if kind == "received":
        members |= {"shipping_price_minor": 490, "lines": [{"sku": "DEMO-1", "quantity": 2, "price_minor": 3998},
                                                           {"sku": "DEMO-2", "quantity": 1, "price_minor": 119000}]}
    if kind in ("shipped", "partly_shipped"):
        members |= {"carrier": "demo-carrier", "tracking_number": "1Z999AA10123456784", "event_no": 1}
    if kind in ("payment_awaited", "payment_failed", "refunded", "refund_reversed", "reduced"):
        members |= {"currency": "EUR", "amount_minor": 4488, "event_no": 1}
    if kind in ("reduced", "choice_asked"):
        members |= {"total_minor": 123456, "lines": [{"sku": "DEMO-1", "quantity": 3, "price_minor": 0}]}
    if kind == "payment_awaited":
        members |= {"reference": "RF42"}
    if kind in ("payment_awaited", "choice_asked", "delayed"):
        members |= {"until": "2026-03-04T18:05:00.000Z"}
    return {name: value for name, value in (members | more).items() if value is not None}


class Renderer:
    """The product's program that writes mails."""

    def __init__(self, program: str) -> None:
        """Where it is."""
        self.program = program

    def run(self, payloads: list[dict[str, Any]], **environment: str) -> subprocess.CompletedProcess[bytes]:
        """Render all payloads in one run."""
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in payloads)
        return subprocess.run([self.program], input=lines.encode(), capture_output=True, timeout=60, check=False,
                              env=os.environ | {"KERVAN_TEMPLATES": str(TEMPLATES), "KERVAN_LINK_SECRET": SECRET,
                                                "KERVAN_PUBLIC_URL": "https://shop.example"} | environment)

    def render(self, payloads: list[dict[str, Any]], **environment: str) -> list[Mail]:
        """Render all, and parse what came out."""
        done = self.run(payloads, **environment)
        if done.returncode != 0:
            raise AssertionError(done.stderr.decode())
        mails, at = [], 0
        while at < len(done.stdout):
            end = done.stdout.index(b"\n", at)
            size, _, path = done.stdout[at:end].decode().partition(" ")
            if int(size) < 0:
                raise AssertionError(f"payload refused: {path}")
            raw = done.stdout[end + 1:end + 1 + int(size)]
            parsed = email.message_from_bytes(raw, policy=email.policy.default)
            assert isinstance(parsed, EmailMessage)
            mails.append(Mail(path, raw, parsed))
            at = end + 1 + int(size)
        if len(mails) != len(payloads):
            raise AssertionError(f"{len(mails)} mails of {len(payloads)} payloads")
        return mails


class MailTest(unittest.TestCase):
    """What comes out of the program for which payload."""

    renderer: Renderer

    def assert_sound(self, mail: Mail) -> None:
        """No line or part that a mail program could misread."""
        head, _, body = mail.raw.partition(b"\r\n\r\n")
        self.assertEqual(mail.raw.count(b"\n"), mail.raw.count(b"\r\n"))
        self.assertEqual(mail.raw.count(b"\r"), mail.raw.count(b"\r\n"))
        self.assertTrue(mail.raw.isascii())
        self.assertLessEqual(max(map(len, body.split(b"\r\n"))), 76)
        self.assertNotRegex(body, rb"[ \t]\r\n")  # servers on the way may cut it off
        self.assertLessEqual(max(map(len, head.split(b"\r\n"))), 78)
        self.assertTrue(all(len(word) <= 75 for word in re.findall(rb"=\?.*?\?=", head)))
        for part in mail.parsed.walk():
            self.assertEqual(part.defects, [])
            for name, value in part.items():
                self.assertEqual(value.defects, (), f"{name}: {value}")
        self.assertEqual(mail.parsed.get_content_type(), "multipart/alternative")
        self.assertEqual([part.get_content_type() for part in mail.parsed.iter_parts()], ["text/plain", "text/html"])

    def assert_html(self, mail: Mail, language: str) -> Tags:
        """Tags are closed, nothing active, the language is said."""
        html, tags = mail.part("html"), Tags()
        tags.feed(html)
        tags.close()
        self.assertEqual((tags.open, tags.problems), ([], []))
        self.assertNotIn("script", tags.seen)
        self.assertNotIn("img", tags.seen)
        self.assertIn(f'<html lang="{language}">', html)
        return tags

    def test_every_template_in_every_language(self) -> None:
        """What a fact says stands in both parts, and no tag is left."""
        wanted = [(kind, language) for kind in KINDS for language in LANGUAGES]
        mails = self.renderer.render([payload(kind, locale=language) for kind, language in wanted])
        subjects = set()
        for (kind, language), mail in zip(wanted, mails):
            with self.subTest(kind=kind, language=language):
                self.assert_sound(mail)
                self.assertEqual(mail.parsed["Content-Language"], language)
                shown = [mail.parsed["Subject"], mail.part("plain"), self.assert_html(mail, language).text]
                for text in shown:
                    self.assertIn("100045", text)
                    self.assertNotRegex(text, r"\{\{|\}\}")
                for text in shown[1:]:
                    self.assertIn("Ada Lovelace", text)
                    self.assert_says(kind, language, text)
                subjects.add(shown[0])
        self.assertEqual(len(subjects), len(wanted))

    def assert_says(self, kind: str, language: str, text: str) -> None:
        """The facts of this kind of message."""
        total = {"en": "€1,234.56", "tr": "€1.234,56", "uk": "1\u00a0234,56\u00a0€"}[language]
        if kind in ("received", "confirmed", "reduced"):
            self.assertIn(total, text)
        if kind in ("payment_awaited", "payment_failed", "refunded", "refund_reversed", "reduced"):
            self.assertIn("44.88" if language == "en" else "44,88", text)
        if kind in ("reduced", "choice_asked"):
            self.assertIn("DEMO-1", text)
        if kind == "payment_awaited":
            self.assertIn("RF42", text)
        if kind in ("payment_awaited", "choice_asked", "delayed"):
            self.assertIn({"en": "4 March 2026, 18:05 UTC", "tr": "4 Mart 2026, 18:05 UTC",
                           "uk": "4 березня 2026\u00a0р., 18:05 UTC"}[language], text)
        if kind == "received":
            for word in ("DEMO-1", "DEMO-2", "4,90" if language != "en" else "4.90"):
                self.assertIn(word, text)
        if kind in ("shipped", "partly_shipped"):
            self.assertIn("1Z999AA10123456784", text)
            self.assertIn("demo-carrier", text)
        if kind != "confirmed":
            self.assertIn({"en": "1 March 2026", "tr": "1 Mart 2026", "uk": "1 березня 2026"}[language], text)

    def test_a_choice_is_signed(self) -> None:
        """The link leads to the gateway and holds order, deadline and a signature over both."""
        mail, other = self.renderer.render([payload("choice_asked", locale=language) for language in ("en", "tr")])
        link = re.search(r"https://shop\.example/choices/([A-Za-z0-9_-]{75})\n", mail.part("plain"))
        assert link is not None
        self.assertIn(f'href="{link[0].strip()}"', mail.part("html"))
        self.assertIn(link[0].strip(), other.part("plain"))
        token = base64.urlsafe_b64decode(link[1] + "=")
        self.assertEqual(base64.b32encode(token[:16]).decode().rstrip("=").lower(), ORDER.removeprefix("ord_"))
        self.assertEqual(int.from_bytes(token[16:24], "big"), 1772647500000)
        self.assertEqual(token[24:], hmac.digest(SECRET.encode(), token[:24], "sha256"))
        self.assertNotEqual(self.renderer.run([], KERVAN_LINK_SECRET="short").returncode, 0)

    def test_ways_to_pay(self) -> None:
        """A transfer has a reference, a card a page; neither is said where there is none."""
        transfer, card = self.renderer.render([payload("payment_awaited"),
                                               payload("payment_awaited", reference=None, url=PAGE)])
        self.assertNotIn("href", transfer.part("html"))
        self.assertNotIn("RF42", card.part("plain"))
        self.assertIn(PAGE, card.part("plain"))
        self.assertIn('href="https://pay.example/3ds/42?a=1&amp;b=2"', card.part("html"))

    def test_what_a_delay_waits_for(self) -> None:
        """Each reason has its words, in every language; an unknown one says that we will write."""
        for language in LANGUAGES:
            shown = {mail.part("plain") for mail in self.renderer.render(
                [payload("delayed", locale=language, awaited=awaited)
                 for awaited in ("stock", "packing", "carrier", "delivery", None)])}
            self.assertEqual(len(shown), 4)

    def test_headers(self) -> None:
        """Who, to whom, when, and an identity that does not change."""
        one = payload("shipped", name="Şükrü Öğütçü", locale="tr-TR")
        mail, again = self.renderer.render([one, one], KERVAN_SHOP_NAME="Dükkân", KERVAN_MAIL_FROM="shop@mail.example")
        self.assertEqual(mail.raw, again.raw)
        self.assertEqual(mail.path, "shop@mail.example ada@shop.example")
        sender, to = mail.parsed["From"].addresses, mail.parsed["To"].addresses
        self.assertEqual([(one.display_name, one.addr_spec) for one in sender], [("Dükkân", "shop@mail.example")])
        self.assertEqual([(one.display_name, one.addr_spec) for one in to], [("Şükrü Öğütçü", "ada@shop.example")])
        self.assertEqual(mail.parsed["Message-ID"], f"<{ORDER}.test@mail.example>")
        self.assertEqual(mail.parsed["Date"].datetime.isoformat(), "2026-03-01T09:30:00+00:00")
        self.assertEqual(mail.parsed["Auto-Submitted"], "auto-generated")
        self.assertEqual(mail.parsed["Subject"], "100045 numaralı siparişiniz yola çıktı")

    def test_names_come_through(self) -> None:
        """Any name arrives as it was typed, in the header and in both parts."""
        mails = self.renderer.render([payload("confirmed", name=name) for name in SOME_NAMES])
        for name, mail in zip(SOME_NAMES, mails):
            with self.subTest(name=name):
                self.assert_sound(mail)
                if "/" in name or "\\" in name or ":" in name:
                    continue  # would be taken for a link: see below
                self.assertEqual(name_in(mail, "To").strip(), name.strip())
                self.assertIn(name, mail.part("plain"))
                self.assertIn(name, self.assert_html(mail, "en").text)

    def test_names_that_are_links_are_left_out(self) -> None:
        """A stranger's address with a name like a link would make us send advertisements."""
        mails = self.renderer.render([payload("received", name=name, locale=locale)
                                      for name in LINKS for locale in LANGUAGES])
        for mail in mails:
            self.assert_sound(mail)
            self.assertNotIn(b"evil", mail.raw)
            self.assertEqual(mail.parsed["To"].addresses[0].display_name, "")
            self.assertNotIn("evil", mail.part("plain") + mail.part("html"))

    def test_random_texts(self) -> None:
        """Names and references at random: the mail is sound, the reference arrives."""
        chance = random.Random(7)
        letters = "aZ09 ._-=?<>&\"'(),;@\\%ığşöçüİЖїєґ€😀\u0301\u200f\u2028"
        some = [payload(chance.choice(KINDS), locale=chance.choice(LANGUAGES), event_no=1,
                        name="".join(chance.choices(letters, k=chance.randint(1, 120))),
                        channel_order_ref="".join(chr(chance.randint(33, 126)) for _ in range(chance.randint(1, 100))))
                for _ in range(500)]
        for one, mail in zip(some, self.renderer.render(some)):
            with self.subTest(name=one["name"], order=one["channel_order_ref"]):
                self.assert_sound(mail)
                self.assertIn(one["channel_order_ref"], mail.parsed["Subject"])
                self.assertIn(one["channel_order_ref"], mail.part("plain"))
                self.assertIn(one["channel_order_ref"], self.assert_html(mail, one["locale"]).text)
                self.assertEqual([to.addr_spec for to in mail.parsed["To"].addresses], ["ada@shop.example"])

    def test_what_is_not_known_is_not_said(self) -> None:
        """No tracking number, no reference of the shop, no locale, no tax."""
        bare = payload("shipped", tracking_number=None, channel_order_ref=None)
        taxed, free = payload(tax_minor=1999), payload(locale="xx-YY")
        shown, with_tax, without = self.renderer.render([bare, taxed, free])
        self.assertIn(ORDER, shown.part("plain"))
        self.assertNotIn("Tracking", shown.part("plain") + shown.part("html"))
        for kind in ("plain", "html"):
            self.assertIn("19.99", with_tax.part(kind))
            self.assertNotIn("Taxes", without.part(kind))

    def test_a_long_order(self) -> None:
        """A hundred lines are listed, and how many more there are."""
        lines = [{"sku": f"SKU-{number}", "quantity": 1000, "price_minor": 1} for number in range(1, 101)]
        for locale in LANGUAGES:
            mail, = self.renderer.render([payload(lines=lines, more_lines=400, locale=locale)])
            self.assert_sound(mail)
            for kind in ("plain", "html"):
                self.assertIn("SKU-100", mail.part(kind))
                self.assertIn("400", mail.part(kind))

    def test_templates_of_a_shop(self) -> None:
        """A folder of one's own is read; what is wrong with it is told with file and line."""
        with tempfile.TemporaryDirectory() as folder:
            for file in TEMPLATES.iterdir():
                (Path(folder) / file.name).write_bytes(file.read_bytes())
            own = Path(folder) / "confirmed.en.text"
            own.write_text("Ahoy {{name}}!\n.\n..\nFrom here\n" + "long " * 100 + "\n \n", encoding="utf-8")
            mail, = self.renderer.render([payload("confirmed")], KERVAN_TEMPLATES=folder)
            self.assert_sound(mail)
            self.assertEqual(mail.part("plain").rstrip("\n"),
                             "Ahoy Ada Lovelace!\n.\n..\nFrom here\n" + "long " * 100 + "\n ")
            wrong = {b"a\n{{nme}}\n": "line 2: there is no such name: {{nme}}", b"": "is empty",
                     b"\xff": "is not UTF-8", b"x" * 16385: "must have at most 16384 bytes", b"a\0b": "is not UTF-8",
                     b"{{#lines}}" + b"y" * 10000 + b"{{/lines}}": "a mail could become too large"}
            for content, problem in wrong.items():
                own.write_bytes(content)
                self.assert_refused(folder, own, problem)
            own.unlink()
            self.assert_refused(folder, own, "is KERVAN_TEMPLATES right?")
            self.assertNotEqual(self.renderer.run([], KERVAN_MAIL_FROM="nobody").returncode, 0)

    def assert_refused(self, folder: str, file: Path, problem: str) -> None:
        """The program does not start, and names the file and the reason."""
        done = self.renderer.run([payload("confirmed")], KERVAN_TEMPLATES=folder)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f'"{file}"', done.stderr.decode())
        self.assertIn(problem, done.stderr.decode())


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: mail_test.py build/dev/notification/render_test")
    MailTest.renderer = Renderer(str(ROOT / sys.argv.pop(1)))
    unittest.main()
