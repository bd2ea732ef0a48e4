"""contract_view.py - what is shown, as proto/ says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

PROTO = Path(__file__).resolve().parents[2] / "proto"


def check_view(name: str, document: dict[str, Any]) -> None:
    """A document is as the contract says; `name` is a file below proto/."""
    store = {}
    for path in [*PROTO.glob("types/*.json"), PROTO / name]:
        schema = json.loads(path.read_text())
        store[schema["$id"]] = schema
    view = json.loads((PROTO / name).read_text())
    resolver = jsonschema.RefResolver(view["$id"], view, store=store)
    jsonschema.Draft7Validator(view, resolver=resolver).validate(document)
