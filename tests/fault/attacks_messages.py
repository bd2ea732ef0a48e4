"""attacks_messages.py - row 33: what nobody can read, on every topic that is open to others."""

from __future__ import annotations

import json
import os
import subprocess

from confluent_kafka import Producer

from bring_up import COMMAND_LINE
from lab import LANES, SCHEMAS, Lab

Headers = list[tuple[str, str]]
REQUESTS = ("inventory", "payment", "fulfillment", "shipping")
KNOWN = {"inventory": "kervan.inventory.stock_adjust.v1", "payment": "kervan.payment.refund_now.v1",
         "fulfillment": "kervan.fulfillment.pack.v1", "shipping": "kervan.shipment.void_now.v1"}
TO_STOP_ON = 100


def headers(kind: str, number: int) -> Headers:
    """Attributes of a message, all but its kind in order."""
    return [("ce_specversion", "1.0"), ("ce_id", f"poison-{number}"), ("ce_source", "/lab"), ("ce_type", kind),
            ("content-type", "application/json")]


def poisons(service: str) -> list[tuple[bytes, Headers]]:
    """Everything that a message can be without being one."""
    known = KNOWN[service]
    texts = [b"", b"{", b"null", b"[]", b'{"a": 1', b"\xff\xfe\x00", b"\x00" * 100, b'{"quantity_change": "many"}',
             json.dumps({"x": "y" * 900_000}).encode(), b"[" * 50_000]
    kinds = ["kervan.nothing.known.v1", known.replace(".v1", ".v9"), "no type at all", "\x07", "k" * 2000]
    found = [(text, headers(known, n)) for n, text in enumerate(texts)]
    found += [(b"{}", headers(kind, n)) for n, kind in enumerate(kinds, len(found))]
    return [*found, (b"{}", [])]


def poison(lab: Lab) -> None:
    """33: poisoned messages stop nobody else; what is put aside is seen, and given up by people."""
    producer = Producer({"bootstrap.servers": lab.system.stack.kafka.bootstrap})
    sent = 0
    for service in REQUESTS:
        for n, (body, fields) in enumerate(poisons(service)):
            producer.produce(f"{service}.requests", body, f"poison-{lab.seed}-{service}-{n}",
                             lab.chance.randrange(LANES), headers=fields)
            sent += 1
    if producer.flush(60):
        raise AssertionError("the poison was not published")
    with lab.timed("orders_again_s"):
        lab.wait_orders(20)
    lab.wait("some of it to be put aside", lambda: parked(lab) > 0)
    lab.figures["poisons"], lab.figures["parked"] = sent, parked(lab)
    if parked(lab) > sent:
        raise AssertionError(f"{parked(lab)} messages were put aside, {sent} were poisoned")
    discard_all(lab)


def parked(lab: Lab) -> int:
    """How many messages are put aside."""
    return sum(int(lab.query(f"SELECT count(*) FROM {schema}.parked")[0][0]) for schema in SCHEMAS.values())


def command(lab: Lab, *words: str) -> str:
    """Run the kervan command; its output."""
    done = subprocess.run([str(COMMAND_LINE), *words], env=os.environ | lab.system.stack.all_addresses(),
                          capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"kervan {' '.join(words)}: {done.stderr}")
    return done.stdout


def discard_all(lab: Lab) -> None:
    """Give up all that is put aside, as a person does."""
    listed = command(lab, "parked", "list", "--limit", str(TO_STOP_ON), "--json").splitlines()
    for entry in map(json.loads, listed):
        command(lab, "parked", "discard", str(entry["id"]), "--reason", "the lab wrote it")
    lab.wait("nothing to be put aside", lambda: parked(lab) == 0)
