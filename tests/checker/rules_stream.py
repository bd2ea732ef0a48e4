"""rules_stream.py - what must hold for every numbered topic, whatever it speaks of."""

from __future__ import annotations

from collections.abc import Iterator

from evidence import SERVICES, STATES, Evidence, Finding, Record, Rule, lane_of

PUBLISHERS = {"commands": "order"}
PERSONAL_COLUMNS = ("name", "email", "phone", "ship_name", "ship_line1", "bill_line1", "payment_token")
# Members that name a part of an order; customers are told of facts in the order in which these are heard of.
THINGS = ("message", "shipment_id", "fulfillment_id", "payment_id", "reservation_id", "sku", "code")
TOO_COMMON_LENGTH = 6  # a shorter text is found by chance


def numbered(evidence: Evidence) -> dict[tuple[str, int], list[Record]]:
    """Numbered records by topic and partition, in their order."""
    streams: dict[tuple[str, int], list[Record]] = {}
    for record in evidence.records:
        if record.is_numbered:
            streams.setdefault((record.topic, record.partition), []).append(record)
    return {name: sorted(records, key=lambda record: record.offset) for name, records in streams.items()}


def first_appearances(records: list[Record]) -> Iterator[tuple[Record, tuple[int, int]]]:
    """Records that say something new, each with the highest (generation, number) before it."""
    highest = (0, 0)
    for record in records:
        place = (record.generation, record.number)
        if place > highest:
            yield record, highest
            highest = place


def judge_gapless(evidence: Evidence) -> Iterator[Finding]:
    """Numbers come first in ascending order and leave none out."""
    for (topic, partition), records in numbered(evidence).items():
        seen: set[tuple[int, int]] = set()
        for record, (generation, number) in first_appearances(records):
            wanted = number + 1 if record.generation == generation else 1
            if record.number != wanted and (generation, number) != (0, 0):
                yield Finding("gapless", f"{topic}/{partition}",
                              f"{record.generation}.{record.number} at offset {record.offset} follows "
                              f"{generation}.{number}")
            elif record.number != wanted and record.offset == 0:
                yield Finding("gapless", f"{topic}/{partition}", f"begins with number {record.number}")
        highest = (0, 0)
        for record in records:
            place = (record.generation, record.number)
            if place < highest and place not in seen:
                yield Finding("gapless", f"{topic}/{partition}",
                              f"{place[0]}.{place[1]} appears first behind {highest[0]}.{highest[1]}")
            seen.add(place)
            highest = max(highest, place)


def judge_same_body(evidence: Evidence) -> Iterator[Finding]:
    """A message that is there twice says the same."""
    bodies: dict[tuple[str, str], bytes] = {}
    for record in evidence.records:
        name = (record.topic, record.headers.get("ce_id", ""))
        if record.is_numbered and bodies.setdefault(name, record.body) != record.body:
            yield Finding("same-body", f"{record.topic}/{record.partition}",
                          f"{name[1]} at offset {record.offset} differs from its first copy")


def judge_one_publisher(evidence: Evidence) -> Iterator[Finding]:
    """Facts come from their owner and commands from the order service."""
    for record in evidence.records:
        owner, _, kind = record.topic.partition(".")
        wanted = f"/kervan/{STATES.get(record.topic, PUBLISHERS.get(kind, owner))}"
        source = record.headers.get("ce_source")
        if record.is_numbered and source != wanted:
            yield Finding("one-publisher", f"{record.topic}/{record.partition}@{record.offset}",
                          f"comes from {source}, not {wanted}")


def judge_lane(evidence: Evidence) -> Iterator[Finding]:
    """A numbered message lies in the lane of its key."""
    for record in evidence.records:
        if record.is_numbered and record.partition != lane_of(record.key, evidence.lanes):
            yield Finding("lane", f"{record.topic}/{record.partition}@{record.offset}",
                          f"{record.key} belongs to lane {lane_of(record.key, evidence.lanes)}")


def thing_of(record: Record) -> str:
    """What a fact is about: a part of its order, or the order, item or place itself."""
    return " ".join([record.key, *(str(record.data[name]) for name in THINGS if name in record.data)])


def judge_clocks(evidence: Evidence) -> Iterator[Finding]:
    """Clocks of what a service says of one thing never fall, and are the same inside and outside."""
    last: dict[tuple[str, str], int] = {}
    for (topic, _), records in numbered(evidence).items():
        for record, _ in first_appearances(records):
            clock = int(record.headers.get("ce_clock", "-1"))
            inside = record.data.get("clock", clock)
            thing = (topic, thing_of(record))
            if inside != clock:
                yield Finding("clocks", thing[1], f"{record.type} has clock {clock} outside and {inside} inside")
            if clock < last.get(thing, -1):
                yield Finding("clocks", thing[1], f"{topic}: {record.type} has clock {clock} after {last[thing]}")
            last[thing] = clock


def judge_privacy(evidence: Evidence) -> Iterator[Finding]:
    """Facts are kept for ever: nothing of a person is in them."""
    secrets: dict[int, set[bytes]] = {}
    for row in evidence.rows("orders.order_contact"):
        texts = {str(row[column]).encode() for column in PERSONAL_COLUMNS if row.get(column)}
        secrets[row["order_no"]] = {text for text in texts if len(text) >= TOO_COMMON_LENGTH}
    for record in evidence.facts():
        for text in secrets.get(record.data.get("order_no", 0), ()):
            if text in record.body:
                yield Finding("privacy", record.key, f"{record.type} holds personal data of the order")
                break


def log_ends(evidence: Evidence) -> dict[tuple[str, int], tuple[int, int]]:
    """The highest (generation, number) of each numbered stream in the log."""
    return {name: max((record.generation, record.number) for record in records)
            for name, records in numbered(evidence).items()}


def given(evidence: Evidence, topics: set[str]) -> dict[tuple[str, int], tuple[int, int]]:
    """The last (generation, number) that was given in each stream of these topics."""
    return {(row["topic"], row["lane"]): (row["generation"], row["number"])
            for service in SERVICES for row in evidence.rows(f"{service}.stream")
            if row["topic"] in topics and row["number"] > 0}


def states_unread(evidence: Evidence) -> Iterator[Finding]:
    """Who reads states has read them to their end."""
    lengths = {name: records[-1].offset + 1 for name, records in numbered(evidence).items() if name[0] in STATES}
    for service in SERVICES:
        for row in evidence.rows(f"{service}.read_position"):
            if row["next_offset"] < lengths.get((row["topic"], row["lane"]), 0):
                yield Finding("drained", f"{row['topic']}/{row['lane']}",
                              f"{service} has read to {row['next_offset']}")


def judge_drained(evidence: Evidence) -> Iterator[Finding]:
    """What was decided is in the log, and who reads it has handled it; so it has what was deleted there."""
    ends = log_ends(evidence) | given(evidence, evidence.deleted)
    yield from states_unread(evidence)
    for service in SERVICES:
        for row in evidence.rows(f"{service}.stream"):
            end = ends.get((row["topic"], row["lane"]), (row["generation"], 0))
            if row["number"] > 0 and end != (row["generation"], row["number"]):
                yield Finding("drained", f"{row['topic']}/{row['lane']}",
                              f"{service} gave {row['generation']}.{row['number']}, the log ends with {end}")
        for row in evidence.rows(f"{service}.read_position"):
            wanted = ends.get((row["topic"], row["lane"]))
            if wanted and row["topic"] not in STATES and (row["generation"], row["number"]) != wanted:
                yield Finding("drained", f"{row['topic']}/{row['lane']}",
                              f"{service} has applied {row['generation']}.{row['number']} of {wanted}")
        for table in ("input", "effect", "parked"):
            for row in evidence.rows(f"{service}.{table}"):
                yield Finding("drained", f"{service}, lane {row['lane']}",
                              f"{table} {row['id']} is left: {row.get('subject_id', row.get('key'))} "
                              f"{row.get('reason', row.get('kind', ''))}")


STREAM_RULES = (
    Rule("gapless", "numbers have no gaps and first appear in order", judge_gapless, live=True),
    Rule("same-body", "a copy says what the first one said", judge_same_body, live=True),
    Rule("one-publisher", "a numbered topic has one publisher", judge_one_publisher, live=True),
    Rule("lane", "a message lies in the lane of its key", judge_lane, live=True),
    Rule("clocks", "clocks never fall", judge_clocks, live=True),
    Rule("privacy", "facts carry no personal data", judge_privacy, ("orders.order_contact",), live=True),
    Rule("drained", "at rest nothing is under way or put aside", judge_drained, ("orders.stream",)),
)
