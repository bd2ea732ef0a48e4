"""Breaks messages in ways that matter: at the limits, in the types, in the text of the JSON."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

from model import Contracts

NUMBERS = ["0", "-0", "-1", "1.0", "1e3", "0.1", "1e999", "01", "+1", "9007199254740991",
           "9007199254740992", "9223372036854775807", "9223372036854775808",
           "-9223372036854775808", "-9223372036854775809", "1" + "0" * 60, "NaN", "Infinity"]
TEXTS = ["", " ", "a", "\n", "é", "漢字", "🛒", "a\tb", "x" * 121, "Ω" * 120, "\u007f", "\u2028", "'; drop",
         "ord_mfrggzdfmztwq2lknnwg23tpoa\n", "EUR\n", "A" * 300, "\ufeff", "\U0010ffff"]
RAW_TEXTS = [r'"\u0000"', r'"\ud800"', r'"\udc00\ud800"', r'"\ud83d\uded2"', r'"\u00e9"', r'"\x"', r'"a']
INSTANTS = ["2026-02-29T00:00:00Z", "2024-02-29T23:59:59.999999999+14:00", "2026-01-01T00:00:00",
            "2026-01-01 00:00:00Z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "1970-01-01T00:30:00+01:00",
            "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-01:00", "2016-12-31T23:59:60Z",
            "2016-12-31T22:59:60Z", "2026-13-01T00:00:00Z", "2026-01-01t00:00:00z", "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z", "2026-01-01T00:00:00+24:00"]
OTHERS: list[Any] = [None, True, False, [], {}, [1], {"a": 1}, 7, "text"]
RAW = "@@raw@@"

Document = dict[str, Any]


class Mutator:
    """Makes mutations of one message from a seed."""

    def __init__(self, contracts: Contracts, name: str, seed: int) -> None:
        self.contracts = contracts
        self.name = name
        self.random = random.Random(f"{name} {seed}")

    def make(self, example: Document) -> bytes:
        """One mutation of an example, as bytes without a line feed."""
        raw: list[str] = []
        value = copy.deepcopy(example)
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            self.random.choice(self._ways())(value, raw)
        text = json.dumps(value, ensure_ascii=self.random.random() < 0.5)
        for index, fragment in enumerate(raw):
            text = text.replace(f'"{RAW}{index}"', fragment, 1)
        data = text.encode("utf-8", "surrogatepass")
        if self.random.random() < 0.15:
            data = self.random.choice(self._text_ways())(data)
        return data.replace(b"\n", b" ")

    def _ways(self) -> list[Callable[[Any, list[str]], None]]:
        return [self._limit, self._limit, self._limit, self._number, self._text, self._other, self._remove,
                self._extra, self._character, self._raw_text, self._nothing, self._repeat_field]

    def _text_ways(self) -> list[Callable[[bytes], bytes]]:
        return [self._cut, self._byte, self._invalid_utf8, self._nest, self._surround]

    def _spot(self, value: Any) -> tuple[Any, Any, dict[str, Any]] | None:
        """A random node below the root: its container, its key and its schema."""
        nodes = [(path, schema) for path, _, schema in self.contracts.walk(self.name, value) if path]
        if not nodes:
            return None
        path, schema = self.random.choice(nodes)
        container = value
        for step in path[:-1]:
            container = container[step]
        return container, path[-1], schema

    def _set(self, value: Any, new: Any) -> None:
        if spot := self._spot(value):
            spot[0][spot[1]] = new

    def _set_raw(self, value: Any, raw: list[str], fragment: str) -> None:
        if self._spot(value):
            self._set(value, f"{RAW}{len(raw)}")
            raw.append(fragment)

    def _nothing(self, value: Any, raw: list[str]) -> None:
        """Valid messages must stay valid, too."""

    def _number(self, value: Any, raw: list[str]) -> None:
        self._set_raw(value, raw, self.random.choice(NUMBERS))

    def _raw_text(self, value: Any, raw: list[str]) -> None:
        self._set_raw(value, raw, self.random.choice(RAW_TEXTS))

    def _text(self, value: Any, raw: list[str]) -> None:
        self._set(value, self.random.choice(TEXTS + INSTANTS))

    def _other(self, value: Any, raw: list[str]) -> None:
        self._set(value, copy.deepcopy(self.random.choice(OTHERS)))

    def _remove(self, value: Any, raw: list[str]) -> None:
        if spot := self._spot(value):
            del spot[0][spot[1]]

    def _extra(self, value: Any, raw: list[str]) -> None:
        spot = self._spot(value)
        target = spot[0] if spot and isinstance(spot[0], dict) else value
        name = self.random.choice(["extra", "Order_id", "a/b~c", "", "漢", "x" * 300, "__proto__", "order_id "])
        target[name] = copy.deepcopy(self.random.choice([*OTHERS, 1.5]))

    def _repeat_field(self, value: Any, raw: list[str]) -> None:
        """A free object or an unknown field may not repeat a name either."""
        self._set_raw(value, raw, self.random.choice(['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"a":{"b":1.5}}']))

    def _character(self, value: Any, raw: list[str]) -> None:
        spot = self._spot(value)
        if not spot or not isinstance(spot[0][spot[1]], str) or not spot[0][spot[1]]:
            return
        text, char = spot[0][spot[1]], self.random.choice(" !-_.~@/0aAzZ9[`{|\u00e9\u0001\u001f\t")
        at = self.random.randrange(len(text) + 1)
        spot[0][spot[1]] = text[:at] + char + text[at + self.random.randrange(2) :]

    def _limit(self, value: Any, raw: list[str]) -> None:
        spot = self._spot(value)
        if not spot:
            return
        container, key, schema = spot
        kind = schema.get("type")
        if kind == "integer":
            low, high = schema["minimum"], schema["maximum"]
            container[key] = self.random.choice([low - 1, low, low + 1, high - 1, high, high + 1])
        elif kind == "string" and "maxLength" in schema:
            length = schema["maxLength"] + self.random.choice((-1, 0, 1))
            length = length if self.random.random() < 0.7 else schema.get("minLength", 0)
            filler = self.random.choice(["a", "A", "7", "é", str(container[key])[-1:] or "a"])
            container[key] = (str(container[key]) + filler * length)[: max(length, 0)]
        elif kind == "string":
            container[key] = self.random.choice([*schema.get("enum", ()), "newer_value", *INSTANTS])
        elif kind == "array" and isinstance(container[key], list) and container[key]:
            count = self.random.choice([schema.get("minItems", 0), schema["maxItems"], schema["maxItems"] + 1])
            container[key] = [copy.deepcopy(container[key][0]) for _ in range(min(count, 1100))]
        elif kind == "object" and not schema.get("properties"):
            size = schema["x-max-bytes"] - len('{"k":""}') + self.random.choice((-1, 0, 1))
            container[key] = {"k": "y" * size}

    def _cut(self, data: bytes) -> bytes:
        return data[: self.random.randrange(len(data))]

    def _byte(self, data: bytes) -> bytes:
        at = self.random.randrange(len(data))
        return data[:at] + bytes([self.random.randrange(256)]) + data[at + 1 :]

    def _invalid_utf8(self, data: bytes) -> bytes:
        bad = self.random.choice([b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x00"])
        at = self.random.randrange(len(data))
        return data[:at] + bad + data[at:]

    def _nest(self, data: bytes) -> bytes:
        depth = self.random.choice((29, 30, 31, 32, 33, 2000))
        inner = b"[" * depth + b"]" * depth
        return data[:-1] + b', "deep": ' + inner + b"}"

    def _surround(self, data: bytes) -> bytes:
        ways = [(b" \t", b"\r "), (b"\xef\xbb\xbf", b""), (b"", b"x"), (b"[", b"]"), (b"", b" {}")]
        before, after = self.random.choice(ways)
        return before + data + after
