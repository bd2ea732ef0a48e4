"""report.py - what the stack tells a person: where everything is, and how it does."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from bring_up import GATEWAY, Stack
from settings import ROOT, Settings

ORDER = """{"channel":"web","channel_order_ref":"try-1","currency":"EUR","customer":{"name":"Ada Shopper"},
  "ship_to":{"name":"Ada Shopper","line1":"1 Quay Street","city":"Dublin","postal_code":"D02 XY45","country":"IE"},
  "lines":[{"sku":"DEMO-1","quantity":1,"unit_price_minor":1900}],"shipping":{"service":"standard","price_minor":500},
  "payment":{"method":"card","token":"tok_ok"},"total_minor":2400}"""


def shown(path: Path) -> str:
    """A path as one would type it at the top of the tree."""
    relative = os.path.relpath(path, ROOT)
    return str(path) if relative.startswith("..") else relative


def print_welcome(settings: Settings, stack: Stack, started: list[str]) -> None:
    """Say what to open and what to try."""
    environment = shown(settings.run_dir / "env")
    print(f"\nKervan is up; started {', '.join(started)}." if started else "\nKervan is running already.")
    print(f"  addresses, keys    . {environment}")
    print("  PostgreSQL         psql \"$KERVAN_PG_OWNER\"")
    print("  Kafka              kcat -L -b \"$KERVAN_KAFKA\"")
    for service in settings.services:
        print(f"  {service.name:<18} {stack.address(service)}")
    if GATEWAY in stack.service_names():
        print_try(environment)
    print("  make status, make logs S=NAME, make stop")


def print_try(environment: str) -> None:
    """Say how to place an order."""
    print("  interface          $KERVAN_URL/docs\n\nPlace an order ($KERVAN_STAFF_KEY sees all channels):\n")
    print(f". {environment}")
    print("curl -i \"$KERVAN_URL/v1/orders\" -H \"Authorization: Bearer $KERVAN_KEY\" "
          f"-H 'Content-Type: application/json' -d '{ORDER}'\n")


def state_line(stack: Stack, name: str, entry: dict[str, Any]) -> tuple[str, bool]:
    """One program's line, and whether it is well."""
    running = entry["statename"] in ("RUNNING", "STARTING") and entry["pid"] > 0
    ready = running and stack.is_ready(name)
    age_s = int(time.time() - entry["start"]) if running else 0
    pid = str(entry["pid"]) if running else "-"
    word = "ready" if ready else "not ready"
    return f"  {name:<18} {entry['statename'].lower():<9} pid {pid:<8} {age_s:>7} s  {word}", ready


def print_status(stack: Stack) -> int:
    """Print all programs; 0 when all are ready, else 1."""
    well = True
    for name, entry in stack.supervisor.states().items():
        line, ready = state_line(stack, name, entry)
        print(line)
        well = well and ready
    return 0 if well else 1
