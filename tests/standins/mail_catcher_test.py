"""The mail server, with Python's own SMTP client and with bare lines."""
from __future__ import annotations

import smtplib
import socket
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from harness import Launch, Standin

SUBJECT = "Siparişiniz yola çıktı – teşekkürler, Şükrü Ağa! İyi günler"


def order_mail(to: str = "sukru@example.com", number: int = 1) -> EmailMessage:
    """A mail as a shop sends it: two forms, a Turkish subject."""
    message = EmailMessage()
    message["From"] = "Mağaza <shop@example.com>"
    message["To"] = to
    message["Subject"] = SUBJECT
    message["Message-ID"] = f"<ord-{number}@example.com>"
    message.set_content("Merhaba,\n.\n..iki nokta\nParanız güvende: 31,50 ₺\n", cte="quoted-printable")
    message.add_alternative("<p>Merhaba <b>Şükrü</b></p>", subtype="html")
    return message


def send(mail: Standin, *messages: EmailMessage) -> None:
    """Sends over one connection."""
    with smtplib.SMTP("127.0.0.1", mail.smtp_port or 0, timeout=5) as client:
        for message in messages:
            client.send_message(message)


def messages(mail: Standin, query: str = "") -> Any:
    """The messages over HTTP."""
    return mail.call("GET", f"/messages{query}").json()["messages"]


class Lines:
    """A bare SMTP conversation."""

    def __init__(self, mail: Standin, hello: bool = True) -> None:
        self.socket = socket.create_connection(("127.0.0.1", mail.smtp_port), timeout=3)
        self.file = self.socket.makefile("rb")
        self.greeting = self.reply()
        if hello:
            assert self.say("EHLO test.example")[:3] == "250"

    def say(self, line: str) -> str:
        """One command, its reply."""
        self.socket.sendall(line.encode() + b"\r\n")
        return self.reply()

    def text(self, data: bytes) -> str:
        """MAIL, RCPT, DATA and a text."""
        for line in ("MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA"):
            assert self.say(line)[0] in "23"
        self.socket.sendall(data)
        return self.reply()

    def reply(self) -> str:
        """A reply, its last line."""
        while True:
            line = self.file.readline().decode()
            if line[3:4] != "-":
                return line.rstrip("\r\n")

    def close(self) -> None:
        """Ends the connection."""
        self.file.close()
        self.socket.close()


def test_multipart_with_turkish_subject(mail: Standin) -> None:
    send(mail, order_mail())
    shown = messages(mail)[0]
    assert shown["subject"] == SUBJECT and shown["message_id"] == "<ord-1@example.com>"
    assert shown["text"].replace("\r\n", "\n") == (
        "Merhaba,\n.\n..iki nokta\nParanız güvende: 31,50 ₺\n")
    assert shown["html"].strip() == "<p>Merhaba <b>Şükrü</b></p>"
    assert (shown["from"], shown["to"]) == ("shop@example.com", ["sukru@example.com"])
    assert shown["received_at"].endswith("Z") and len(shown["received_at"]) == 24
    raw = mail.call("GET", f"/messages/{shown['id']}/raw")
    assert raw.headers["Content-Type"] == "message/rfc822" and len(raw.body) == shown["size"]
    assert mail.call("GET", f"/messages/{shown['id']}").json() == shown
    page = mail.call("GET", "/")
    assert "Şükrü Ağa" in page.body.decode() and b"<b>" not in page.body


def test_duplicates_are_kept_and_counted(mail: Standin) -> None:
    send(mail, order_mail(), order_mail(), order_mail(number=2))
    count = mail.call("GET", "/count").json()
    assert (count["count"], count["distinct_message_ids"]) == (3, 2)


def test_filters(mail: Standin) -> None:
    several = order_mail("a@example.com, B@example.com, c@example.com", 9)
    send(mail, order_mail("a@example.com", 1), order_mail("b@example.com", 2), several,
         order_mail("b@example.com", 3))
    assert [shown["id"] for shown in messages(mail, "?to=b@example.com")] == [2, 3, 4]
    assert [shown["id"] for shown in messages(mail, "?to=B%40example.com&after=2")] == [3, 4]
    assert [shown["id"] for shown in messages(mail, "?after=1&limit=2")] == [2, 3]
    assert messages(mail, "?to=nobody@example.com") == []
    assert mail.call("GET", "/messages?after=x").status == 400
    assert mail.call("DELETE", "/messages").status == 204 and messages(mail) == []
    send(mail, order_mail())
    assert messages(mail)[0]["id"] == 5
    assert mail.call("GET", "/messages/4").status == 404


def test_pipelining_and_dot_stuffing(mail: Standin) -> None:
    lines = Lines(mail)
    lines.socket.sendall(b"MAIL FROM:<>\r\nRCPT TO:<b@example.com>\r\nRCPT TO:<unknown1@example.com>\r\nDATA\r\n")
    assert [lines.reply()[:3] for _ in range(4)] == ["250", "250", "550", "354"]
    lines.socket.sendall(b"..\r\n...dots\r\nx.\r\n.")
    lines.socket.sendall(b"\r\nNOOP\r\nQUIT\r\n")
    assert [lines.reply()[:3] for _ in range(3)] == ["250", "250", "221"]
    lines.close()
    assert mail.call("GET", "/messages/1/raw").body == b".\r\n..dots\r\nx.\r\n"
    empty = Lines(mail)
    assert empty.text(b".\r\n").startswith("250")
    assert mail.call("GET", "/messages/2/raw").body == b""
    empty.close()


@pytest.mark.parametrize("line, code", [
    ("NONSENSE", "500"), ("MAIL FROM: <a@example.com>", "501"), ("MAIL FROM:a@example.com", "501"),
    ("MAIL FROM:<a@example..com>", "501"), ("MAIL FROM:<a b@example.com>", "501"),
    ("MAIL FROM:<a@example.com> SIZE=99999999", "552"), ("MAIL FROM:<a@example.com> X=1", "555"),
    ("MAIL FROM:<ö@example.com>", "553"), ("mail from:<ö@example.com> SMTPUTF8 BODY=8BITMIME", "250"),
    (f"MAIL FROM:<{'a' * 65}@example.com>", "501"), ("RCPT TO:<a@example.com>", "503"), ("DATA", "503"),
    ("EHLO", "501"), ("VRFY a@example.com", "252"), ("X" * 3000, "500")], ids=lambda value: value[:30])
def test_commands(mail: Standin, line: str, code: str) -> None:
    lines = Lines(mail)
    assert lines.say(line).startswith(code)
    lines.close()


def test_order_of_commands(mail: Standin) -> None:
    lines = Lines(mail, hello=False)
    assert lines.greeting.startswith("220") and lines.say("MAIL FROM:<a@example.com>").startswith("503")
    lines.say("HELO x")
    assert lines.say("MAIL FROM:<a@example.com>").startswith("250")
    assert lines.say("MAIL FROM:<a@example.com>").startswith("503")
    assert lines.say("DATA").startswith("554")
    assert lines.say("RSET").startswith("250") and lines.say("DATA").startswith("503")
    lines.close()


@pytest.mark.parametrize("text, code", [
    (b"a\r\nb\n.\r\nc\r\n.\r\n", "554"), (b"bare\rcr\r\n.\r\n", "554"), (b"nul\0\r\n.\r\n", "554"),
    (b"x" * 999 + b"\r\n.\r\n", "554"), (b"x" * 998 + b"\r\n.\r\n", "250"),
    (b".." + b"x" * 997 + b"\r\n.\r\n", "250"), ((b"x" * 70 + b"\r\n") * 3000 + b".\r\n", "552")],
    ids=["bare LF", "bare CR", "NUL", "line too long", "longest line", "stuffed dot", "too large"])
def test_texts(mail: Standin, text: bytes, code: str) -> None:
    lines = Lines(mail)
    assert lines.text(text).startswith(code)
    assert lines.say("NOOP").startswith("250")
    lines.close()


def test_large_message_over_many_packets(mail: Standin) -> None:
    lines = Lines(mail)
    assert lines.text((b"y" * 70 + b"\r\n") * 1200 + b".\r\n").startswith("250")
    lines.close()
    assert len(mail.call("GET", "/messages/1/raw").body) == 1200 * 72


def test_faults(mail: Standin) -> None:
    for kind, code in (("error_500", 451), ("rate_limit", 450), ("down", 421)):
        mail.control(fault=kind, operation="data", count=1)
        with pytest.raises(smtplib.SMTPDataError) as caught:
            send(mail, order_mail())
        assert caught.value.smtp_code == code
    mail.control(fault="error_500", operation="data", count=1, status=554)
    with pytest.raises(smtplib.SMTPDataError) as caught:
        send(mail, order_mail())
    assert caught.value.smtp_code == 554
    mail.control(fault="down", operation="connect", count=1)
    with pytest.raises(smtplib.SMTPConnectError):
        send(mail, order_mail())
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(mail, order_mail("unknown@example.com"))
    assert mail.call("GET", "/count").json()["count"] == 0


@pytest.mark.parametrize("kind, kept", [("timeout_after_acting", 1), ("timeout_before_acting", 0),
                                        ("reset", 0)])
def test_lost_answers(mail: Standin, kind: str, kept: int) -> None:
    mail.control(fault=kind, operation="data", count=1, delay_ms=30)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(mail, order_mail())
    assert mail.call("GET", "/count").json()["count"] == kept
    send(mail, order_mail())
    assert mail.call("GET", "/count").json()["count"] == kept + 1


def test_books_outlive_a_kill(tmp_path: Path, launch: Launch) -> None:
    books = tmp_path / "books"
    mail = launch("mail_catcher.py", "--books", str(books))
    send(mail, order_mail(number=1))
    assert mail.call("DELETE", "/messages").status == 204
    send(mail, order_mail(number=2), order_mail("a@example.com, b@example.com", 2))
    before = messages(mail), mail.books()
    mail.kill()
    with open(books, "ab") as file:
        file.write(b'{"id":4,"at":1,"from":"a","to":["b"],"body":"7BIT","size":100}\ncut')
    mail.start()
    assert (messages(mail), mail.books()) == before
    send(mail, order_mail("c@example.com", 3))
    assert messages(mail, f"?to={quote('c@example.com')}")[0]["id"] == 4
    after = mail.books()
    assert len(after["messages"]) == 3
    mail.kill()
    mail.start()
    assert mail.books() == after
