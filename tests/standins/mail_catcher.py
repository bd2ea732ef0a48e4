#!/usr/bin/python3
"""A mail server that keeps every message it accepted and shows them over HTTP.

Duplicates are kept too: what counts is how often a message was accepted.
"""
from __future__ import annotations

import argparse
import asyncio
import email
import email.policy
import html
import json
import re
import sys
import time
from array import array
from email.message import EmailMessage
from typing import Any, Callable, Iterator, Optional
from urllib.parse import parse_qs

import standin
from smtp_server import IDLE_S, Envelope, SmtpConnection
from standin_faults import Fault
from standin_http import Answer, Reply
from standin_request import Request

MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(?:\r\n[ \t]+)*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
PAGE_LIMIT = 1000
PAGE_SIZE = 100
HTML_ROWS = 200
SWEEP_S = 5.0


class MailCatcher(standin.StandIn):
    """Accepted messages: a line of JSON about each, then its bytes, in the books."""

    name = "mail"
    rows_name = "messages"
    operations = ("connect", "mail", "rcpt", "data")

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.size_limit: int = options.size_limit
        self.connections: set[SmtpConnection] = set()
        self.forget()
        self.load()

    def forget(self) -> None:
        """Empties the state in memory."""
        self.starts = array("Q")
        self.first_recipients = array("q")
        self.message_ids = array("q")
        self.more_recipients: dict[int, list[int]] = {}
        self.first_id = 1
        self.refused = {"sender": 0, "recipient": 0, "data": 0}

    # SMTP.

    def greet(self) -> Optional[str]:
        """Refuses connections while a fault says so."""
        if len(self.connections) > self.options.max_connections:
            return "421 4.3.2 too many connections"
        fault = self.faults.take("connect") if "connect" in self.faults.by_operation else None
        down = self.faults.by_operation.get("*")
        if fault is None and down is not None and down.kind == "down":
            fault = self.faults.take("*")
        return "421 4.3.2 service not available" if fault is not None else None

    def command_fault(self, operation: str) -> Optional[str]:
        """Faults set on MAIL and RCPT by name."""
        if operation not in self.faults.by_operation:
            return None
        fault = self.faults.take(operation)
        return None if fault is None else refusal_of(fault)

    def refuse_sender(self, sender: str) -> Optional[str]:
        """Only a fault refuses a sender."""
        problem = self.command_fault("mail")
        self.refused["sender"] += problem is not None
        return problem

    def refuse_recipient(self, recipient: str) -> Optional[str]:
        """`unknown…@` is refused for ever, `full…@` for now."""
        problem = self.command_fault("rcpt")
        if recipient.startswith("unknown"):
            problem = "550 5.1.1 no such mailbox"
        elif recipient.startswith("full"):
            problem = "452 4.2.2 mailbox is full"
        self.refused["recipient"] += problem is not None
        return problem

    def deliver(self, envelope: Envelope, data: bytes, answer: Callable[[Optional[str]], None],
                reset: Callable[[], None]) -> None:
        """Stores a message, then answers, unless a fault has other plans."""
        fault = self.faults.take("data")
        if fault is None:
            answer(self.accept(envelope, data))
            return
        later = asyncio.get_running_loop().call_later
        if fault.kind == "slow":
            later(fault.delay_ms / 1000, lambda: answer(self.accept(envelope, data)))
        elif fault.kind in ("timeout_after_acting", "timeout_before_acting", "reset"):
            if fault.kind == "timeout_after_acting" or fault.acted:
                self.accept(envelope, data)
            later(fault.delay_ms / 1000, reset if fault.kind == "reset" else lambda: answer(None))
        else:
            self.refused["data"] += 1
            answer(refusal_of(fault))

    def accept(self, envelope: Envelope, data: bytes) -> str:
        """Writes a message to the books; the reply promises that it is there."""
        number = self.first_id + len(self.starts)
        head = standin.to_json({"id": number, "at": round(time.time(), 3), "from": envelope.sender,
                                "to": envelope.recipients, "body": envelope.body,
                                "size": len(data)}) + b"\n"
        start = self.books.append(head + data + b"\n")
        self.books.flush()
        self.index(number, start, envelope.recipients, data)
        return f"250 2.0.0 accepted as {number}"

    def index(self, number: int, start: int, recipients: list[str], data: bytes) -> None:
        """Keeps what finds a message again: its place and hashes of its names."""
        hashes = [hash(recipient.lower()) for recipient in recipients]
        self.starts.append(start)
        self.first_recipients.append(hashes[0])
        if len(hashes) > 1:
            self.more_recipients[number] = hashes[1:]
        self.message_ids.append(hash(message_id_of(data)))
        self.change_number = number

    def load(self) -> None:
        """Reads the books; a message that a kill cut short was never accepted."""
        place = 0
        while place < self.books.size:
            head, data, end = self.record_at(place)
            if end == 0:
                self.books.cut(place)
                return
            if "cleared" in head:
                self.starts, self.first_id = array("Q"), head["cleared"] + 1
            else:
                self.index(head["id"], place, head["to"], data)
            place = end

    def record_at(self, start: int) -> tuple[dict[str, Any], bytes, int]:
        """A message of the books: its line, its bytes, and where the next one starts."""
        block = self.books.read(start, 8192)
        line_end = block.find(b"\n")
        if line_end < 0:
            block = self.books.read(start, 256 * 1024)
            line_end = block.find(b"\n")
        if line_end < 0:
            return {}, b"", 0
        try:
            head = json.loads(block[:line_end])
        except ValueError:
            sys.exit(f"books are damaged at byte {start}: not a message; move the file away")
        size, place = head["size"], start + line_end + 1
        data = block[line_end + 1:line_end + 1 + size]
        if len(data) < size:
            data = self.books.read(place, size)
        return head, data, place + size + 1 if place + size < self.books.size else 0

    # HTTP.

    def page(self, request: Request) -> Optional[Answer]:
        """Everything over HTTP is for the reader, so no fault touches it."""
        parts = request.path.split("/")
        if request.path == "/" and request.method in ("GET", "HEAD"):
            return Reply(200, self.html_list(), b"text/html; charset=utf-8")
        if request.path == "/count" and request.method == "GET":
            return standin.json_reply(self.totals())
        if request.path == "/messages" and request.method == "GET":
            return self.list_messages(parse_qs(request.query))
        if request.path == "/messages" and request.method == "DELETE":
            self.clear_messages()
            return Reply(204)
        if len(parts) in (3, 4) and parts[1] == "messages" and request.method == "GET":
            return self.one_message(parts[2], parts[3] if len(parts) == 4 else "")
        return standin.json_reply({"error": f"no {request.method} {request.path} here"}, 404)

    def clear_messages(self) -> None:
        """Forgets the messages, and never gives their ids again."""
        last = self.first_id + len(self.starts) - 1
        self.books.clear()
        refused = self.refused
        self.forget()
        self.refused, self.first_id = refused, last + 1
        self.books.append(standin.to_json({"cleared": last, "size": 0}) + b"\n\n")

    def numbers(self, recipient: Optional[str], after: int) -> Iterator[int]:
        """Ids above `after`, of one recipient when it is given."""
        first = max(0, after - self.first_id + 1)
        if recipient is None:
            yield from range(self.first_id + first, self.first_id + len(self.starts))
            return
        wanted = hash(recipient.lower())
        more = sorted(number for number, hashes in self.more_recipients.items()
                      if wanted in hashes and number > after)
        place = first
        while True:
            try:
                place = self.first_recipients.index(wanted, place)
            except ValueError:
                break
            number = self.first_id + place
            while more and more[0] <= number:
                earlier = more.pop(0)
                if earlier != number:
                    yield earlier
            yield number
            place += 1
        yield from more

    def list_messages(self, query: dict[str, list[str]]) -> Reply:
        """GET /messages?to=&after=&limit=."""
        after, limit = query.get("after", ["0"])[0], query.get("limit", [str(PAGE_SIZE)])[0]
        if not (after.isdigit() and limit.isdigit() and 1 <= int(limit) <= PAGE_LIMIT):
            return standin.json_reply({"error": f"after is an id, limit is 1 to {PAGE_LIMIT}"}, 400)
        found: list[dict[str, Any]] = []
        more = False
        for number in self.numbers(query.get("to", [None])[0], int(after)):
            if len(found) == int(limit):
                more = True
                break
            found.append(self.show(number))
        return standin.json_reply({"messages": found, "more": more})

    def one_message(self, name: str, form: str) -> Reply:
        """GET /messages/{id} and /messages/{id}/raw."""
        number = int(name) if name.isdigit() and len(name) < 16 else 0
        if not self.first_id <= number < self.first_id + len(self.starts) or form not in ("", "raw"):
            return standin.json_reply({"error": "no such message"}, 404)
        if form == "raw":
            data = self.record_at(self.starts[number - self.first_id])[1]
            return Reply(200, data, b"message/rfc822")
        return standin.json_reply(self.show(number))

    def show(self, number: int) -> dict[str, Any]:
        """A message with its text decoded."""
        head, data, _ = self.record_at(self.starts[number - self.first_id])
        message = email.message_from_bytes(data, policy=email.policy.default)
        return {"id": number, "from": head["from"], "to": head["to"],
                "subject": header(message, "subject"), "header_from": header(message, "from"),
                "header_to": header(message, "to"), "message_id": header(message, "message-id"),
                "text": text_of(message, "plain"), "html": text_of(message, "html"),
                "received_at": instant(head["at"]), "size": head["size"], "body": head["body"]}

    def html_list(self) -> bytes:
        """A page for people: the newest messages."""
        last = self.first_id + len(self.starts) - 1
        rows = []
        for number in range(last, max(self.first_id, last - HTML_ROWS + 1) - 1, -1):
            shown = self.show(number)
            cells = [shown["received_at"], shown["from"], ", ".join(shown["to"]), shown["subject"] or ""]
            text = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
            body = html.escape(shown["text"] or shown["html"] or "")
            rows.append(f'<tr><td><a href="/messages/{number}/raw">{number}</a></td>{text}<td><details>'
                        f"<summary>read</summary><pre>{body}</pre></details></td></tr>")
        return ("<!doctype html><html lang=en><meta charset=utf-8><title>Mail</title><style>body{font:"
                "14px sans-serif;margin:2em}td,th{padding:.3em .8em;text-align:left;vertical-align:top}"
                "pre{white-space:pre-wrap;max-width:40em}</style>"
                f"<h1>Mail ({len(self.starts)} accepted)</h1><table><tr><th>id<th>received<th>from<th>to"
                f"<th>subject<th>text</tr>{''.join(rows)}</table></html>").encode()

    # Books.

    def totals(self) -> dict[str, Any]:
        """How many messages, and how many of them say something new."""
        return {"count": len(self.starts), "distinct_message_ids": len(set(self.message_ids)),
                "refused": self.refused}

    def rows(self, since: int) -> Iterator[dict[str, Any]]:
        """Messages after an id, without their text."""
        for number in range(max(since + 1, self.first_id), self.first_id + len(self.starts)):
            head, data, _ = self.record_at(self.starts[number - self.first_id])
            yield {"id": number, "change": number, "at": head["at"], "from": head["from"],
                   "to": head["to"], "message_id": message_id_of(data).decode("utf-8", "replace"),
                   "size": head["size"]}

    async def start(self) -> str:
        """Opens the SMTP port."""
        loop = asyncio.get_running_loop()
        options = self.options
        try:
            server = await loop.create_server(
                lambda: SmtpConnection(self, "mail.standin", self.connections), options.host,
                options.smtp_port, backlog=standin.LISTEN_BACKLOG)
        except OSError as error:
            sys.exit(f"port {options.smtp_port} cannot be opened: {error.strerror}; "
                     "name another with --smtp-port")
        self.server = server
        self.sweep()
        return f"smtp://{options.host}:{server.sockets[0].getsockname()[1]} "

    def sweep(self) -> None:
        """Sends idle clients away, for ever."""
        loop = asyncio.get_running_loop()
        for connection in list(self.connections):
            if not connection.busy and loop.time() - connection.active_at > IDLE_S:
                connection.end("421 4.4.2 idle for too long")
        loop.call_later(SWEEP_S, self.sweep)


def refusal_of(fault: Fault) -> str:
    """The reply of a fault that answers; `status` of the control call says another one."""
    if fault.status is not None:
        return f"{fault.status} {fault.status // 100}.3.0 as I was told"
    if fault.kind == "down":
        return "421 4.3.2 service not available"
    if fault.kind == "rate_limit":
        return "450 4.7.1 too many messages, try later"
    return "451 4.3.0 local error in processing"


def message_id_of(data: bytes) -> bytes:
    """The Message-ID header's value."""
    end = data.find(b"\r\n\r\n")
    match = MESSAGE_ID.search(data, 0, end + 2 if end >= 0 else len(data))
    return match[1].strip() if match else b""


def header(message: EmailMessage, name: str) -> Optional[str]:
    """A decoded header, or None; a broken one is shown as far as it goes."""
    try:
        value = message[name]
    except (ValueError, IndexError, AttributeError):
        return None
    return None if value is None else str(value)


def text_of(message: EmailMessage, kind: str) -> Optional[str]:
    """The decoded text of the first part of a kind."""
    for part in message.walk():
        if part.get_content_type() == f"text/{kind}" and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            try:
                return payload.decode(part.get_content_charset() or "utf-8", "replace")
            except (LookupError, AttributeError):
                return None
    return None


def instant(at_s: float) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_s)) + f".{int(at_s * 1000) % 1000:03}Z"


def main() -> None:
    """Starts the mail server."""
    parser = standin.common_arguments(__doc__ or "")
    parser.add_argument("--smtp-port", type=int, default=0, help="SMTP port, 0 for a free one")
    parser.add_argument("--size-limit", type=int, default=10 * 1024 * 1024)
    catcher = MailCatcher(parser.parse_args())
    standin.run_forever(catcher, catcher.start)


if __name__ == "__main__":
    main()
