#!/usr/bin/python3
"""Measures requests or mails a second of one stand-in, over kept-alive connections.

Starts the stand-in on one core and loads it from another with bare sockets, so
that what is measured is the stand-in and not the client.
"""
from __future__ import annotations

import argparse
import json
import os
import resource
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable, Iterator

HERE = Path(__file__).resolve().parent
PAYMENT_FORM = ("amount=3150&currency=usd&capture_method=manual&confirm=true&payment_method=tok_ok"
                "&metadata%5Border_id%5D=ord_{0}&metadata%5Bpayment_id%5D=ord_{0}-P1"
                "&automatic_payment_methods%5Benabled%5D=true")
ADDRESS = {"name": "Ada Lovelace", "street1": "1 Main Street", "city": "Springfield", "state": "IL",
           "zip": "62701", "country": "US", "phone": "+12175550100", "email": "ada@example.com"}
MAIL_BODY = "".join(f"Line {n} of a message about your order, which is on its way.\r\n"
                    for n in range(30))
Step = Callable[[bytes], "bytes | None"]


def http_request(method: str, path: str, headers: str, body: str) -> bytes:
    """A request's bytes."""
    return (f"{method} {path} HTTP/1.1\r\nHost: standin\r\n{headers}"
            f"Content-Length: {len(body.encode())}\r\n\r\n{body}").encode()


def http_whole(data: bytes) -> bool:
    """Whether an answer with a length has arrived."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = int(data[:end].lower().split(b"content-length:")[1].split(b"\r\n")[0])
    return len(data) >= end + 4 + length


def body_of(data: bytes) -> bytes:
    """What follows the head."""
    return data[data.find(b"\r\n\r\n") + 4:]


class Client:
    """One connection that steps through a conversation, again and again."""

    def __init__(self, address: tuple[str, int], script: Iterator[bytes],
                 whole: Callable[[bytes], bool]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.script = script
        self.whole = whole
        self.data = b""
        self.answers: list[bytes] = []

    def feed(self) -> bool:
        """Reads; True when an answer is whole."""
        part = self.socket.recv(65536)
        if not part:
            raise SystemExit("the stand-in closed the connection")
        self.data += part
        return self.whole(self.data)


def authorize_script(client_number: int, answers: list[bytes]) -> Iterator[bytes]:
    """Authorizations, each with its own key."""
    number = 0
    while True:
        number += 1
        name = f"{client_number}_{number}"
        yield http_request("POST", "/v1/payment_intents", (
            "Authorization: Bearer sk_test_measure\r\nAccept: */*\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Idempotency-Key: key-{name}\r\n"), PAYMENT_FORM.format(name))
        if b" 200 OK" not in answers[0][:20]:
            raise SystemExit(answers[0].decode())


def capture_script(client_number: int, answers: list[bytes]) -> Iterator[bytes]:
    """Authorize and capture in turn."""
    for request in authorize_script(client_number, answers):
        yield request
        intent = json.loads(body_of(answers[0]))
        yield http_request("POST", f"/v1/payment_intents/{intent['id']}/capture", (
            "Authorization: Bearer sk_test_measure\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Idempotency-Key: c-{intent['id']}\r\n"), "amount_to_capture=3150")


def buy_script(client_number: int, answers: list[bytes]) -> Iterator[bytes]:
    """Shipment and label in turn."""
    number = 0
    headers = "Authorization: Basic RVpUSzo=\r\nContent-Type: application/json\r\n"
    while True:
        number += 1
        shipment = {"reference": f"ord_{client_number}_{number}-S1", "to_address": ADDRESS,
                    "from_address": ADDRESS, "parcel": {"weight": 18, "length": 9, "width": 6,
                                                        "height": 2}}
        yield http_request("POST", "/v2/shipments", headers, json.dumps({"shipment": shipment}))
        made = json.loads(body_of(answers[0]))
        yield http_request("POST", f"/v2/shipments/{made['id']}/buy", headers,
                           json.dumps({"rate": {"id": made["rates"][0]["id"]}}))
        if b" 200 OK" not in answers[0][:20]:
            raise SystemExit(answers[0].decode())


def mail_script(client_number: int, answers: list[bytes]) -> Iterator[bytes]:
    """Mails as a client without pipelining sends them; four round trips each."""
    yield b"EHLO measure.example\r\n"
    number = 0
    while True:
        number += 1
        yield b"MAIL FROM:<shop@example.com> SIZE=2500\r\n"
        yield b"RCPT TO:<c%d@example.com>\r\n" % number
        yield b"DATA\r\n"
        text = (f"From: Shop <shop@example.com>\r\nTo: <c{number}@example.com>\r\n"
                f"Subject: Order {number}\r\nMessage-ID: <{client_number}.{number}@example.com>\r\n"
                f"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n{MAIL_BODY}.\r\n")
        yield text.encode()
        if not answers[0].startswith(b"250"):
            raise SystemExit(answers[0].decode())


def smtp_whole(data: bytes) -> bool:
    """Whether the last line of a reply has arrived."""
    line = data[:-2].rpartition(b"\r\n")[2]
    return data.endswith(b"\r\n") and line[3:4] == b" "


def drive(clients: list[Client], seconds: float, answers_of: dict[Client, list[bytes]]) -> int:
    """Runs all conversations for a while; returns the number of answers."""
    selector = selectors.DefaultSelector()
    for client in clients:
        selector.register(client.socket, selectors.EVENT_READ, client)
        client.socket.sendall(next(client.script))
    count, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        for key, _ in selector.select(1.0):
            client = key.data
            if client.feed():
                answers_of[client][0], client.data = client.data, b""
                count += 1
                client.socket.sendall(next(client.script))
    return count


def start(program: str, options: list[str]) -> tuple[subprocess.Popen[str], str]:
    """Starts a stand-in on the first core and reads where it listens."""
    process = subprocess.Popen([str(HERE / program), "--port", "0", *options], text=True,
                               stdout=subprocess.PIPE,
                               preexec_fn=lambda: os.sched_setaffinity(0, {0}))
    assert process.stdout is not None
    return process, process.stdout.readline()


def measure(name: str, program: str, script: Callable[[int, list[bytes]], Iterator[bytes]],
            steps: int, options: argparse.Namespace) -> None:
    """Measures one conversation and prints what it costs."""
    with tempfile.TemporaryDirectory() as folder:
        process, line = start(program, ["--books", f"{folder}/books", *options.extra.split()])
        try:
            scheme = "smtp" if script is mail_script else "http"
            place = [word for word in line.split() if word.startswith(scheme)][0]
            host, _, port = place.split("//")[1].partition(":")
            run_clients(name, process, (host, int(port)), script, steps, options)
        finally:
            process.terminate()
            process.wait(10)


def run_clients(name: str, process: subprocess.Popen[str], address: tuple[str, int],
                script: Callable[[int, list[bytes]], Iterator[bytes]], steps: int,
                options: argparse.Namespace) -> None:
    """Loads the stand-in and reads its CPU time before and after."""
    smtp = script is mail_script
    clients, answers_of = [], {}
    for number in range(options.connections):
        answers = [b"HTTP/1.1 200 OK" if not smtp else b"250"]
        client = Client(address, script(number, answers), smtp_whole if smtp else http_whole)
        if smtp:
            client.socket.recv(1000)
        answers_of[client] = answers
        clients.append(client)
    before, started = cpu_s(process.pid), time.monotonic()
    count = drive(clients, options.seconds, answers_of) / steps
    wall, used = time.monotonic() - started, cpu_s(process.pid) - before
    print(f"{name:22} {count / wall:8.0f}/s   {1e6 * used / count:6.0f} us CPU each   "
          f"{count / used:8.0f}/s of one core   {memory_mb(process.pid):.0f} MB", flush=True)


def cpu_s(process_id: int) -> float:
    """CPU seconds a process has used."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(process_id: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    """Measures what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--extra", default="", help="more options for the stand-in")
    parser.add_argument("what", nargs="*", default=["authorize", "capture", "buy", "mail"])
    options = parser.parse_args()
    os.sched_setaffinity(0, set(os.sched_getaffinity(0)) - {0} or {0})
    runs = {"authorize": ("authorize", "payment_provider.py", authorize_script, 1),
            "capture": ("authorize + capture", "payment_provider.py", capture_script, 2),
            "buy": ("shipment + label", "carrier.py", buy_script, 2),
            "mail": ("mail", "mail_catcher.py", mail_script, 4)}
    for what in options.what:
        if what not in runs:
            sys.exit(f"{what}: measure one of {', '.join(runs)}")
        measure(*runs[what], options)


if __name__ == "__main__":
    main()
