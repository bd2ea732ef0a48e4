"""SMTP as RFC 5321 has it: commands, replies, pipelining, limits, dot-stuffing."""
from __future__ import annotations

import asyncio
import re
from typing import Any, Callable, Optional, Protocol

from standin_http import reset_transport

COMMAND_LIMIT = 2048
TEXT_LINE_LIMIT = 998
MAX_RECIPIENTS = 100
MAX_BAD_COMMANDS = 20
IDLE_S = 300.0

ATOM = r'[^\x00-\x20"(),.:;<>@\[\\\]\x7f]+'
LOCAL = rf'(?:{ATOM}(?:\.{ATOM})*|"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*")'
LABEL = r"[^\x00-/:-@\[-`{-\x7f](?:(?:-|[^\x00-/:-@\[-`{-\x7f])*[^\x00-/:-@\[-`{-\x7f])?"
DOMAIN = rf"(?:{LABEL}(?:\.{LABEL})*|\[[A-Za-z0-9:.]+\])"
ROUTE = rf"(?:@{DOMAIN}(?:,@{DOMAIN})*:)?"
PARAMETERS = r"((?: [A-Za-z0-9][A-Za-z0-9\-]*(?:=[!-<>-~]+)?)*)"
MAIL = re.compile(rf"(?i:FROM):<{ROUTE}({LOCAL}@{DOMAIN})?>{PARAMETERS} *\Z")
RCPT = re.compile(rf"(?i:TO):<{ROUTE}({LOCAL}@{DOMAIN}|(?i:postmaster))>{PARAMETERS} *\Z")
HELO = re.compile(rf"{DOMAIN} *\Z")


class Envelope:
    """Who sends to whom, and what the client said of the message."""

    __slots__ = ("sender", "recipients", "size", "body", "utf8")

    def __init__(self, sender: str) -> None:
        self.sender = sender
        self.recipients: list[str] = []
        self.size = 0
        self.body = "7BIT"
        self.utf8 = False


class Mailbox(Protocol):
    """What the server asks of the program behind it."""

    size_limit: int

    def greet(self) -> Optional[str]:
        """A reply that refuses the connection, or None."""

    def refuse_sender(self, sender: str) -> Optional[str]:
        """A reply that refuses a sender, or None."""

    def refuse_recipient(self, recipient: str) -> Optional[str]:
        """A reply that refuses a recipient, or None."""

    def deliver(self, envelope: Envelope, data: bytes, answer: Callable[[Optional[str]], None],
                reset: Callable[[], None]) -> None:
        """Takes a message; calls `answer` with the reply (None closes), or `reset`."""


class SmtpConnection(asyncio.Protocol):
    """One client connection."""

    def __init__(self, mailbox: Mailbox, host: str, connections: "set[SmtpConnection]") -> None:
        self.mailbox = mailbox
        self.host = host
        self.connections = connections
        self.transport: Any = None
        self.buffer = b""
        self.scanned = 0
        self.greeted = False
        self.envelope: Optional[Envelope] = None
        self.in_data = False
        self.too_large = False
        self.last_bytes = b"\r\n"
        self.busy = False
        self.paused = False
        self.closing = False
        self.bad_commands = 0
        self.replies: list[str] = []
        self.active_at = 0.0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.connections.add(self)
        self.active_at = asyncio.get_running_loop().time()
        refusal = self.mailbox.greet()
        if refusal is not None:
            self.end(refusal)
            return
        self.transport.write(f"220 {self.host} ESMTP stand-in\r\n".encode())

    def connection_lost(self, exc: Optional[Exception]) -> None:
        self.closing = True
        self.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self.active_at = asyncio.get_running_loop().time()
        self.buffer = self.buffer + data if self.buffer else data
        if not self.busy:
            self.advance()
        elif len(self.buffer) > COMMAND_LIMIT * 64:
            self.paused = True
            self.transport.pause_reading()

    def advance(self) -> None:
        """Handles what is whole: command lines, or the text up to its final dot."""
        while self.buffer and not self.busy and not self.closing:
            if self.in_data:
                if not self.take_text():
                    break
                continue
            end = self.buffer.find(b"\n")
            if end < 0:
                if len(self.buffer) > COMMAND_LIMIT:
                    self.end("500 5.5.6 line too long")
                break
            line, self.buffer = self.buffer[:end + 1], self.buffer[end + 1:]
            self.command(line)
        self.send_replies()

    def reply(self, text: str) -> None:
        """Queues a reply; pipelined commands are answered with one write."""
        self.replies.append(text)

    def send_replies(self) -> None:
        """Writes all queued replies."""
        if self.replies:
            data = "\r\n".join(self.replies) + "\r\n"
            self.replies.clear()
            if self.transport is not None and not self.transport.is_closing():
                self.transport.write(data.encode("ascii", "replace"))

    def end(self, text: str) -> None:
        """Replies a last time and closes."""
        self.reply(text)
        self.send_replies()
        self.closing = True
        self.transport.close()

    def command(self, line: bytes) -> None:
        """Carries out one command line."""
        if not line.endswith(b"\r\n") or b"\0" in line or len(line) > COMMAND_LIMIT:
            self.bad("500 5.5.2 a command ends with CRLF and has no NUL and at most 2048 bytes")
            return
        try:
            text = line[:-2].decode("utf-8")
        except UnicodeDecodeError:
            self.bad("500 5.5.2 command is not UTF-8")
            return
        verb, _, argument = text.partition(" ")
        handler = self.VERBS.get(verb.upper())
        if handler is None:
            self.bad("500 5.5.1 command not recognized")
            return
        handler(self, argument)

    def bad(self, text: str) -> None:
        """Refuses a command; a client that sends only such ones is sent away."""
        self.bad_commands += 1
        if self.bad_commands > MAX_BAD_COMMANDS:
            self.end("421 4.7.0 too many bad commands")
            return
        self.reply(text)

    def ehlo(self, argument: str) -> None:
        """EHLO: who are you; here is what I can."""
        if not HELO.match(argument):
            self.bad("501 5.5.4 EHLO needs a domain or an address literal")
            return
        self.greeted, self.envelope = True, None
        self.reply(f"250-{self.host}\r\n250-PIPELINING\r\n250-SIZE {self.mailbox.size_limit}\r\n"
                   "250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8")

    def helo(self, argument: str) -> None:
        """HELO of old clients."""
        if not HELO.match(argument):
            self.bad("501 5.5.4 HELO needs a domain")
            return
        self.greeted, self.envelope = True, None
        self.reply(f"250 {self.host}")

    def mail(self, argument: str) -> None:
        """MAIL FROM opens a transaction."""
        match = MAIL.match(argument)
        if not self.greeted or self.envelope is not None:
            self.bad("503 5.5.1 " + ("nested MAIL command" if self.greeted else "send EHLO first"))
            return
        if match is None:
            self.bad("501 5.1.7 syntax: MAIL FROM:<address> [parameters]")
            return
        envelope = Envelope(match[1] or "")
        problem = self.read_parameters(envelope, match[2]) or mismatch(envelope.sender, envelope.utf8)
        problem = problem or self.mailbox.refuse_sender(envelope.sender)
        if problem is not None:
            self.reply(problem)
            return
        self.envelope = envelope
        self.reply("250 2.1.0 sender ok")

    def read_parameters(self, envelope: Envelope, text: str) -> Optional[str]:
        """SIZE, BODY and SMTPUTF8; a reply when one is wrong."""
        for parameter in text.split():
            name, _, value = parameter.upper().partition("=")
            if name == "SIZE" and value.isdigit() and len(value) <= 20:
                envelope.size = int(value)
                if envelope.size > self.mailbox.size_limit:
                    return "552 5.3.4 message is larger than the limit"
            elif name == "BODY" and value in ("7BIT", "8BITMIME"):
                envelope.body = value
            elif name == "SMTPUTF8" and not value:
                envelope.utf8 = True
            else:
                return "555 5.5.4 parameter not recognized"
        return None

    def rcpt(self, argument: str) -> None:
        """RCPT TO adds a recipient."""
        if self.envelope is None:
            self.bad("503 5.5.1 send MAIL first")
            return
        match = RCPT.match(argument)
        if match is None or match[2]:
            self.bad("501 5.1.3 syntax: RCPT TO:<address>" if match is None
                     else "555 5.5.4 parameter not recognized")
            return
        problem = mismatch(match[1], self.envelope.utf8)
        if problem is None and len(self.envelope.recipients) >= MAX_RECIPIENTS:
            problem = "452 4.5.3 too many recipients"
        problem = problem or self.mailbox.refuse_recipient(match[1])
        if problem is not None:
            self.reply(problem)
            return
        self.envelope.recipients.append(match[1])
        self.reply("250 2.1.5 recipient ok")

    def data(self, argument: str) -> None:
        """DATA starts the text."""
        if argument:
            self.bad("501 5.5.4 DATA takes no argument")
        elif self.envelope is None or not self.envelope.recipients:
            self.bad("503 5.5.1 send MAIL first" if self.envelope is None
                     else "554 5.5.1 no valid recipients")
        else:
            self.in_data, self.too_large, self.scanned = True, False, 0
            self.reply("354 end with <CRLF>.<CRLF>")

    def rset(self, argument: str) -> None:
        """RSET forgets the transaction."""
        self.envelope = None
        self.reply("250 2.0.0 ok")

    def noop(self, argument: str) -> None:
        """NOOP."""
        self.reply("250 2.0.0 ok")

    def vrfy(self, argument: str) -> None:
        """VRFY tells nothing."""
        self.reply("252 2.5.2 cannot verify, send and see" if argument
                   else "501 5.5.4 VRFY needs an address")

    def help(self, argument: str) -> None:
        """HELP."""
        self.reply("214 2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP VRFY QUIT")

    def quit(self, argument: str) -> None:
        """QUIT."""
        self.end("221 2.0.0 bye")

    VERBS: dict[str, Callable[["SmtpConnection", str], None]] = {
        "EHLO": ehlo, "HELO": helo, "MAIL": mail, "RCPT": rcpt, "DATA": data, "RSET": rset,
        "NOOP": noop, "VRFY": vrfy, "HELP": help, "QUIT": quit}

    def take_text(self) -> bool:
        """Takes the text once its final dot is there; a text too large is passed over."""
        if self.too_large:
            return self.skip_text()
        if self.scanned == 0 and self.buffer.startswith(b".\r\n"):
            end, skip = 0, 3
        else:
            end, skip = self.buffer.find(b"\r\n.\r\n", max(0, self.scanned - 4)), 5
        if end < 0:
            self.scanned = len(self.buffer)
            if self.scanned > self.mailbox.size_limit + 5:
                self.too_large, self.last_bytes = True, self.buffer[-4:]
                self.buffer = b""
            return False
        text = self.buffer[:end + 2] if skip == 5 else b""
        self.buffer = self.buffer[end + skip:]
        self.finish_text(text)
        return True

    def skip_text(self) -> bool:
        """Drops what arrives up to the final dot."""
        window = self.last_bytes + self.buffer
        end = window.find(b"\r\n.\r\n")
        if end < 0:
            self.last_bytes, self.buffer = window[-4:], b""
            return False
        self.buffer = window[end + 5:]
        self.in_data, self.envelope = False, None
        self.reply("552 5.3.4 message is larger than the limit")
        return True

    def finish_text(self, text: bytes) -> None:
        """Checks and unstuffs a message, and hands it over."""
        envelope, self.envelope, self.in_data, self.scanned = self.envelope, None, False, 0
        if text.startswith(b".") or b"\r\n." in text:
            text = (b"\r\n" + text).replace(b"\r\n.", b"\r\n")[2:]
        problem = wrong_text(text)
        if problem is not None or envelope is None:
            self.reply(problem or "503 5.5.1 send MAIL first")
            return
        self.busy = True
        self.send_replies()
        self.mailbox.deliver(envelope, text, self.answer, self.reset)

    def answer(self, text: Optional[str]) -> None:
        """The message's reply; None closes without one."""
        if self.closing:
            return
        if text is None:
            self.closing = True
            self.transport.close()
            return
        self.reply(text)
        self.busy = False
        if self.paused:
            self.paused = False
            self.transport.resume_reading()
        if self.buffer:
            asyncio.get_running_loop().call_soon(self.advance)
        self.send_replies()

    def reset(self) -> None:
        """Ends the connection with a RST."""
        self.closing = True
        reset_transport(self.transport)


def mismatch(address: str, utf8: bool) -> Optional[str]:
    """Addresses have limits, and need SMTPUTF8 beyond ASCII."""
    if not address.isascii() and not utf8:
        return "553 5.6.7 address needs SMTPUTF8"
    local, _, domain = address.rpartition("@")
    if len(local.encode()) > 64 or len(domain.encode()) > 255:
        return "501 5.1.3 address is too long"
    return None


def wrong_text(text: bytes) -> Optional[str]:
    """A reply when the text is not lines of at most 998 bytes that end with CRLF."""
    breaks = text.count(b"\r\n")
    if text.count(b"\n") != breaks or text.count(b"\r") != breaks or b"\0" in text:
        return "554 5.6.0 text has a bare CR or LF, or a NUL"
    if text and max(map(len, text.split(b"\r\n"))) > TEXT_LINE_LIMIT:
        return f"554 5.6.0 text has a line of more than {TEXT_LINE_LIMIT} bytes"
    return None
