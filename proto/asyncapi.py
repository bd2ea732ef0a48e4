#!/usr/bin/python3
"""Writes proto/asyncapi.yaml, the description of all topics, from the schemas and topics.json.

    proto/asyncapi.py SCHEMAS            write SCHEMAS/asyncapi.yaml
    proto/asyncapi.py SCHEMAS --check    fail when it is not what would be written

topics.json says what a topic is for, whose it is and how it is keyed; the rest follows from its kind.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]
DAY_MS = 24 * 60 * 60 * 1000
LANES = 12
TOPIC_SETTINGS: dict[str, Document] = {
    "request": {"cleanup.policy": ["delete"], "retention.ms": 14 * DAY_MS},
    "command": {"cleanup.policy": ["delete"], "retention.ms": 14 * DAY_MS},
    "event": {"cleanup.policy": ["delete"], "retention.ms": -1},
    "state": {"cleanup.policy": ["compact"]},
    "reply": {"cleanup.policy": ["delete"], "retention.ms": DAY_MS},
}
WRITERS = {
    "request": "Written by the gateway and by tools with the right to; taken by the {owner} service.",
    "command": "Written by the order service alone; taken by the {owner} service.",
    "event": "Written by the {owner} service alone; anyone with the right to may read.",
    "state": "Written by the {owner} service alone; a reader sees the newest of each key.",
    "reply": "Written by the services that take requests; read by the {owner}.",
}
SERVER = {"host": "localhost:9092", "protocol": "kafka", "description": "A development stack"}
ABOUT = """\
Services talk through Kafka. A message is a CloudEvent in binary mode: its value is the JSON described
here, its attributes are headers. `X.requests` takes what the outside asks for and may be refused;
`X.commands` is what the order service tells another service; `X.events` are facts, published by their
owner alone and kept for ever.

Requests are closed: an unknown field is an error. All other messages are open: a reader skips fields and
enum values that it does not know, and they change by optional additions only. Facts carry no personal
data. Numbered topics (commands and events) have exactly one publisher; a reader drops what it has seen
and notices what is missing by generation and number.
"""


def text(maximum: int, description: str, **more: Any) -> Document:
    """A header."""
    return {"type": "string", "maxLength": maximum, "description": description, **more}


def header_schemas() -> Document:
    """The headers of all messages, and what numbered and requested ones have beside."""
    common = {
        "content-type": text(64, "Of the value", const="application/json"),
        "ce_specversion": text(3, "Of CloudEvents", const="1.0"),
        "ce_source": text(128, "The stream that it comes from"),
        "ce_id": text(128, "Names the message; a repeat has the same"),
        "ce_subject": text(128, "What it is about"),
        "ce_clock": text(20, "Logical time, as in the value"),
        "ce_causationid": text(128, "The ce_id of the message that led to this one"),
        "traceparent": text(55, "W3C Trace Context"),
    }
    numbered = {
        "ce_generation": text(20, "Counts how often the stream began anew after its database went back in time"),
        "ce_number": text(20, "Counts the messages of a partition from 1 without gaps"),
    }
    asked = {
        "ce_channel": text(32, "Who speaks"),
        "ce_idempotencykey": text(100, "The caller's name for the request"),
        "ce_precondition": text(128, "Which version of its subject is meant: 17, or 17,19; * any, 0 none yet"),
        "ce_actor": text(128, "The key or the person behind it"),
        "ce_requestid": text(128, "Names the request that waits for a reply"),
        "ce_replypartition": text(20, "The partition of gateway.replies to answer on"),
    }
    return {
        "common": {"type": "object", "properties": common, "required": ["ce_id"]},
        "numbered": {"type": "object", "properties": numbered, "required": list(numbered)},
        "asked": {"type": "object", "properties": asked},
    }


def message(schema: Document, file: Path) -> Document:
    """A message object; the ce_type tells it from all others on its topic."""
    facts = schema["x-kervan"]
    parts = ["common"] + {"event": ["numbered"], "command": ["numbered"], "request": ["asked"]}.get(facts["kind"], [])
    headers = [{"$ref": f"#/components/schemas/{part}"} for part in parts]
    kind = {"type": "object", "properties": {"ce_type": {"const": facts["type"]}}, "required": ["ce_type"]}
    # Beside allOf, for tools that look for a type and properties.
    return {
        "name": facts["type"],
        "title": schema["title"],
        "summary": schema["description"],
        "contentType": "application/json",
        "headers": {**kind, "allOf": headers},
        "payload": {"$ref": f"./{file.parent.name}/{file.name}"},
    }


def channel(name: str, about: Document, structs: list[str]) -> Document:
    """A topic with its messages."""
    settings = TOPIC_SETTINGS[about["kind"]]
    partitions = {} if about["kind"] == "reply" else {"partitions": LANES}
    return {
        "address": name,
        "title": name,
        "description": f"{about['description']} Key: {about['key']}.",
        "messages": {struct: {"$ref": f"#/components/messages/{struct}"} for struct in structs},
        "tags": [{"name": about["owner"]}],
        "bindings": {"kafka": {**partitions, "topicConfiguration": settings, "bindingVersion": "0.5.0"}},
    }


def operation(identifier: str, about: Document, structs: list[str]) -> Document:
    """What Kervan as a whole does with a topic: it takes requests and states everything else."""
    action = "receive" if about["kind"] == "request" else "send"
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{identifier}"},
        "summary": about["description"],
        "description": WRITERS[about["kind"]].format(owner=about["owner"]),
        "messages": [{"$ref": f"#/channels/{identifier}/messages/{struct}"} for struct in structs],
    }


def describe(root: Path) -> Document:
    """The whole document."""
    topics: Document = json.loads((root / "topics.json").read_text("utf-8"))
    messages: Document = {}
    by_topic: dict[str, list[str]] = {name: [] for name in topics}
    for file in sorted(root.glob("*/*.v*.json")):
        schema = json.loads(file.read_text("utf-8"))
        facts = schema["x-kervan"]
        if file.parent.name == "published" or "topic" not in facts:
            continue
        if facts["topic"] not in topics or topics[facts["topic"]]["kind"] != facts["kind"]:
            raise SystemExit(f"{file}: topics.json has no topic \"{facts['topic']}\" for a {facts['kind']}")
        messages[facts["struct"]] = message(schema, file)
        by_topic[facts["topic"]].append(facts["struct"])
    used = {name: (name.replace(".", "_"), structs) for name, structs in by_topic.items() if structs}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Kervan",
            "version": "1.0.0",
            "description": ABOUT,
            "contact": {"name": "Kervan", "url": "https://kervan.example/docs/"},
            "license": {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "tags": [{"name": owner} for owner in sorted({topic["owner"] for topic in topics.values()})],
        },
        "defaultContentType": "application/json",
        "servers": {"development": SERVER},
        "channels": {key: channel(name, topics[name], structs) for name, (key, structs) in used.items()},
        "operations": {key: operation(key, topics[name], structs) for name, (key, structs) in used.items()},
        "components": {"messages": messages, "schemas": header_schemas()},
    }


class Dumper(yaml.SafeDumper):
    """Plain YAML: no anchors, long texts as blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write every value out."""
        return True


def _write_text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


Dumper.add_representer(str, _write_text)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("schemas", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    target = options.schemas / "asyncapi.yaml"
    made = "# Made by proto/asyncapi.py from the schemas and topics.json; do not edit.\n"
    made += yaml.dump(describe(options.schemas), Dumper=Dumper, sort_keys=False, width=100, allow_unicode=True)
    if not options.check:
        target.write_text(made, "utf-8")
    elif not target.exists() or target.read_text("utf-8") != made:
        print(f"{target} is stale: run proto/asyncapi.py {options.schemas}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
