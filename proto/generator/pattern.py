"""Reads the regular expressions that need no backtracking: ^ (class quantifier)* $.

Such an expression is a sequence of runs, and taking each run greedily is right as long as the
class of a run of open length shares no character with what may follow it. Others are refused.
"""

from __future__ import annotations

from .model import Pattern, PatternItem, Place

UNBOUNDED = 0xFFFFFFFF
ALL_ASCII = (1 << 128) - 1
CONTROL = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}
DIGITS = sum(1 << code for code in range(ord("0"), ord("9") + 1))


class _Reader:
    """A cursor over the text of an expression."""

    def __init__(self, text: str, place: Place) -> None:
        self.text, self.place, self.at = text, place, 0

    def more(self) -> bool:
        return self.at < len(self.text)

    def peek(self) -> str:
        return self.text[self.at] if self.more() else ""

    def take(self) -> str:
        if not self.more():
            self.place.fail("the pattern ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def take_if(self, char: str) -> bool:
        if self.peek() != char:
            return False
        self.at += 1
        return True


def _bit(reader: _Reader, char: str) -> int:
    if ord(char) > 127:
        reader.place.fail(f"the pattern names {char!r}, which is not ASCII")
    return 1 << ord(char)


def _escape(reader: _Reader) -> int:
    char = reader.take()
    if char == "d":
        return DIGITS
    if char == "u":
        return _bit(reader, chr(int("".join(reader.take() for _ in range(4)), 16)))
    if char in CONTROL:
        return _bit(reader, CONTROL[char])
    if char.isalnum():
        reader.place.fail(f"the pattern uses \\{char}, which we do not support")
    return _bit(reader, char)


def _class_char(reader: _Reader) -> int:
    char = reader.take()
    return _escape(reader) if char == "\\" else _bit(reader, char)


def _class(reader: _Reader) -> tuple[int, bool]:
    negated = reader.take_if("^")
    bits = 0
    while not reader.take_if("]"):
        low = _class_char(reader)
        if reader.peek() == "-" and reader.text[reader.at + 1 : reader.at + 2] not in ("", "]"):
            reader.take()
            high = _class_char(reader)
            if high < low or low.bit_count() > 1 or high.bit_count() > 1:
                reader.place.fail("the pattern has a range that is none")
            low = (high << 1) - low
        bits |= low
    return (ALL_ASCII & ~bits, True) if negated else (bits, False)


def _quantifier(reader: _Reader) -> tuple[int, int]:
    if reader.take_if("?"):
        return 0, 1
    if reader.take_if("*"):
        return 0, UNBOUNDED
    if reader.take_if("+"):
        return 1, UNBOUNDED
    if not reader.take_if("{"):
        return 1, 1
    text = ""
    while not reader.take_if("}"):
        text += reader.take()
    low, comma, high = text.partition(",")
    if not low.isdigit() or (high and not high.isdigit()):
        reader.place.fail(f"the pattern has a quantifier {{{text}}} that is none")
    most = (int(high) if high else UNBOUNDED) if comma else int(low)
    return int(low), most


def _item(reader: _Reader) -> PatternItem:
    char = reader.take()
    if char in "^$.()|?*+{}]":
        reader.place.fail(f"the pattern uses {char}, which we do not support here")
    if char == "[":
        bits, others = _class(reader)
    else:
        bits, others = (_escape(reader) if char == "\\" else _bit(reader, char)), False
    low, high = _quantifier(reader)
    if reader.peek() in ("?", "*", "+", "{") and reader.peek():
        reader.place.fail("the pattern has two quantifiers in a row")
    if high < low:
        reader.place.fail("the pattern has a quantifier that allows nothing")
    return PatternItem(bits, others, low, high)


def _check_greedy(items: list[PatternItem], place: Place) -> None:
    for index, item in enumerate(items):
        if item.min == item.max:
            continue
        for follower in items[index + 1 :]:
            if item.ascii & follower.ascii or (item.others and follower.others):
                place.fail("the pattern needs backtracking: a run meets what may follow it")
            if follower.min > 0:
                break


def parse_pattern(text: str, place: Place) -> Pattern:
    """Read an anchored expression, or fail naming what is not supported."""
    if not text.startswith("^") or not text.endswith("$") or text.endswith("\\$"):
        place.fail("the pattern must be anchored: ^...$")
    reader = _Reader(text[1:-1], place)
    items: list[PatternItem] = []
    while reader.more():
        items.append(_item(reader))
    _check_greedy(items, place)
    return Pattern(text, tuple(items))
