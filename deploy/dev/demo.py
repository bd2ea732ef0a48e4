#!/usr/bin/python3
"""demo.py - loads what a new stack is tried out with, through the HTTP interface; says nothing when all is there.

Makes two API keys, in files of the folder $KERVAN_SECRETS: demo-key of the channel web, and staff-key, which sees all.
Then items DEMO-1 to DEMO-8, the places WH-1 and WH-2, which pick and pack by themselves, and STORE-1, where people
do, and stock. What is there already stays as it is, so that it may be run again at any time.

Wants KERVAN_URL, KERVAN_PG_OWNER and KERVAN_SECRETS in its environment, as `make run` and .run/env give them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from basics import StackError
from secret_store import SecretStore
from settings import BUILD

COMMAND_LINE = BUILD / "bin/kervan"
CHANNEL = "web"
SCOPES = ("orders:read,orders:write,inventory:read,inventory:write,payments:read,payments:write,"
          "fulfillments:read,fulfillments:write,shipments:read,shipments:write,tasks:read,tasks:write,"
          "customers:read,customers:write,customers:tokens,customers:erase,admin")
ITEMS = ("Mug", "Teapot", "Kettle", "Lamp", "Carpet", "Lantern", "Basket", "Blanket")
WEIGHTS_GRAMS = (350, 900, 1200, 1500, 4000, 800, 600, 1100)
STOCK = {"WH-1": 1000, "WH-2": 500, "STORE-1": 20}
CALL_TIMEOUT_S = 15
PATIENCE_S = 60
UNAUTHORIZED, NOT_FOUND, ACCEPTED = 401, 404, 202


@dataclass(frozen=True)
class Gateway:
    """The HTTP interface, and the key that opens it."""

    url: str
    key: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One request: status and document; 0 when nobody answers."""
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **headers}
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, content, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=CALL_TIMEOUT_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except OSError as error:
            return 0, str(error)

    def do(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """The same, again until it is done: what is away comes back, what is accepted gets done."""
        deadline = time.monotonic() + PATIENCE_S
        status, document = self.call(method, path, body, **headers)
        while status in (0, ACCEPTED) or status >= 500:
            if time.monotonic() > deadline:
                raise StackError(f"{method} {path} is not done within {PATIENCE_S} s: {status} {document}")
            time.sleep(0.2)
            status, document = self.call(method, path, body, **headers)
        return status, document

    def ensure(self, path: str, body: dict[str, Any]) -> None:
        """Put what is not there."""
        if self.do("GET", path)[0] == NOT_FOUND:
            status, document = self.do("PUT", path, body)
            if status >= 400:
                raise StackError(f"PUT {path} is refused: {document}")


def ensure_key(url: str, secrets: SecretStore, name: str, channel: list[str]) -> str:
    """The API key of a file; a new one when there is none, or it is of another database."""
    path = secrets.folder / name
    if path.exists() and Gateway(url, secrets.value(name)).do("GET", "/v1/stock?limit=1")[0] != UNAUTHORIZED:
        return secrets.value(name)
    done = subprocess.run([str(COMMAND_LINE), "key", "create", "--scopes", SCOPES, "--note", "demo", *channel],
                          check=False, capture_output=True, text=True, timeout=CALL_TIMEOUT_S)
    if done.returncode != 0:
        raise StackError(f"no API key could be made: {done.stderr.strip()}")
    secrets.write(name, done.stdout.strip())
    return secrets.value(name)


def place(code: str, priority: int) -> dict[str, Any]:
    """A place in Dublin."""
    store = code.startswith("STORE")
    return {"name": f"{'Store' if store else 'Warehouse'} {code[-1]}", "kind": "store" if store else "warehouse",
            "address": {"name": f"Kervan {code}", "line1": f"{priority} Quay Street", "city": "Dublin",
                        "postal_code": "D02 XY45", "country": "IE"},
            "priority": priority, "automatic": not store}


def load(gateway: Gateway) -> None:
    """Items, places, stock."""
    skus = [f"DEMO-{number}" for number in range(1, len(ITEMS) + 1)]
    for priority, code in enumerate(STOCK, 1):
        gateway.ensure(f"/v1/locations/{code}", place(code, priority))
    for sku, name, weight_grams in zip(skus, ITEMS, WEIGHTS_GRAMS, strict=True):
        gateway.ensure(f"/v1/items/{sku}", {"name": f"Demo {name.lower()}", "weight_grams": weight_grams})
    for sku in skus:
        there = {level["location"] for level in gateway.do("GET", f"/v1/stock/{sku}")[1]["locations"]}
        for code in STOCK.keys() - there:
            change = {"sku": sku, "location": code, "quantity_change": STOCK[code], "reason": "received"}
            status, document = gateway.do("POST", "/v1/stock/adjustments", change,
                                          **{"Idempotency-Key": f"demo-stock-{sku}-{code}"})
            if status >= 400:
                raise StackError(f"stock of {sku} at {code} is refused: {document}")


def main() -> int:
    """Make what is missing."""
    try:
        url, secrets = os.environ["KERVAN_URL"], SecretStore(Path(os.environ["KERVAN_SECRETS"]))
        ensure_key(url, secrets, "staff-key", [])
        load(Gateway(url, ensure_key(url, secrets, "demo-key", ["--channel", CHANNEL])))
    except KeyError as error:
        print(f"demo.py: {error} is not set; read .run/env first", file=sys.stderr)
        return 1
    except StackError as error:
        print(f"demo.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
