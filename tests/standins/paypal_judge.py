"""What PayPal publishes of its interface (OpenAPI 3.0) judges every request to the stand-in, and every answer of it.

The descriptions are PayPal's own files, which the tests install; without them nothing is judged.
"""
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Iterator, Optional

from jsonschema import Draft4Validator, RefResolver

FILES = ("checkout_orders_v2.json", "payments_payment_v2.json")
EVENTS = "notifications_webhooks_v1.json"
PROBLEMS_MAX = 100
# OpenAPI 3.0 has the descriptions of these ignored.
NOT_DESCRIBED = ("Content-Type", "Accept", "Authorization")
# Longer than the description of payments lets it be, whose own words name it.
PREFERENCES = ("return=minimal", "return=representation")
Document = dict[str, Any]


class Description:
    """One file of PayPal's: its paths, and the schemas that they name."""

    def __init__(self, file: Path) -> None:
        self.document: Document = json.loads(file.read_text(encoding="utf-8"))
        self.resolver = RefResolver.from_schema(self.document)
        self.paths = [(re.compile("^" + re.sub(r"\{\w+\}", "[^/]+", path) + "$"), path, item)
                      for path, item in self.document["paths"].items()]

    def resolved(self, value: Any) -> Any:
        """What a reference names."""
        while isinstance(value, dict) and "$ref" in value:
            value = self.resolver.resolve(value["$ref"])[1]
        return value

    def operation(self, method: str, path: str) -> Optional[tuple[str, Document, Document]]:
        """The operation that a request is one of, with what all of its path share."""
        for pattern, name, item in self.paths:
            if pattern.match(path) and method.lower() in item:
                return name, self.resolved(item[method.lower()]), item
        return None

    def wrong(self, schema: Document, value: Any) -> Iterator[str]:
        """What is wrong with a value, by the place in it."""
        for error in Draft4Validator(schema, resolver=self.resolver).iter_errors(value):
            place = "/".join(str(part) for part in error.absolute_path)
            yield f"/{place}: {error.message[:200]}"


def content_of(part: Document) -> Optional[Document]:
    """The schema of a JSON body."""
    return part.get("content", {}).get("application/json", {}).get("schema")


class Judge:
    """All that was found wrong, the oldest first."""

    def __init__(self, folder: Path) -> None:
        self.descriptions = [Description(folder / name) for name in FILES]
        self.events = Description(folder / EVENTS)
        self.problems: list[str] = []
        self.judged = 0

    def find(self, method: str, path: str) -> Optional[tuple[Description, str, Document, Document]]:
        """Which description knows an operation."""
        for description in self.descriptions:
            found = description.operation(method, path)
            if found is not None:
                return (description, *found)
        return None

    def add(self, what: str, wrong: Iterator[str]) -> None:
        """Notes what is wrong."""
        self.judged += 1
        for problem in wrong:
            line = f"{what} {problem}"
            if line not in self.problems and len(self.problems) < PROBLEMS_MAX:
                self.problems.append(line)

    def exchange(self, method: str, path: str, headers: dict[str, str], sent: bytes, status: int, told: bytes) -> None:
        """A request, and what was answered to it."""
        found = self.find(method, path)
        if found is None:
            if status != 404:
                self.add(f"{method} {path}", iter(["is nothing that PayPal knows"]))
            return
        description, name, operation, item = found
        if status < 400:
            self.add(f"{method} {name} <", self.wrong_request(description, operation, item, headers, sent))
        self.add(f"{method} {name} {status} >", self.wrong_answer(description, operation, status, told))

    @staticmethod
    def wrong_request(description: Description, operation: Document, item: Document, headers: dict[str, str],
                      sent: bytes) -> Iterator[str]:
        """Headers and body as they may be."""
        for one in operation.get("parameters", []) + item.get("parameters", []):
            parameter = description.resolved(one)
            value = headers.get(parameter["name"].lower())
            if parameter["in"] != "header" or parameter["name"] in NOT_DESCRIBED:
                continue
            if value is None and parameter.get("required"):
                yield f"header {parameter['name']}: is missing"
            if value is not None and not (parameter["name"] == "Prefer" and value in PREFERENCES):
                yield from (f"header {parameter['name']} {wrong}"
                            for wrong in description.wrong(parameter["schema"], value))
        body = description.resolved(operation.get("requestBody", {}))
        schema = content_of(body)
        if schema is not None and sent:
            yield from description.wrong(schema, json.loads(sent))
        elif schema is None and sent not in (b"", b"{}"):
            yield "has no body there"

    @staticmethod
    def wrong_answer(description: Description, operation: Document, status: int, told: bytes) -> Iterator[str]:
        """Status and body as they may be."""
        answers = operation["responses"]
        if status == 200 and "200" not in answers:
            status = 201  # a request that was repeated under its id is answered with what the first made
        answer = description.resolved(answers.get(str(status), answers.get("default")))
        if answer is None:
            yield "is no status of it"
            return
        schema = content_of(answer)
        if schema is not None and told:
            yield from description.wrong(schema, json.loads(told))

    def event(self, body: bytes) -> None:
        """What is told by itself."""
        schema = self.events.document["components"]["schemas"]["event"]
        self.add("event", self.events.wrong(schema, json.loads(body)))
