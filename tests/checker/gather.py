"""gather.py - reads evidence: every schema in one snapshot, every topic from its beginning, every book."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.extras
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from evidence import SERVICES, STATES, Evidence, Record, Row

# The outbox repeats what the log says; the rest is about programs, not about orders.
UNREAD = ("outbox", "schema_migration", "instance")
KAFKA_TIMEOUT_S = 30.0
BATCH = 2000


@dataclass(frozen=True)
class Addresses:
    """Where evidence is found; books by the names of the stand-ins."""

    postgres: str
    kafka: str
    lanes: int
    books: dict[str, str]


@contextmanager
def snapshot(conninfo: str) -> Iterator[Any]:
    """A cursor that sees one moment of all schemas."""
    with closing(psycopg2.connect(conninfo)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            yield cursor


def read_tables(conninfo: str) -> dict[str, list[Row]]:
    """Every row of every service's schema, by schema.table."""
    with snapshot(conninfo) as cursor:
        cursor.execute("SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
                       "WHERE relkind IN ('r', 'p') AND NOT relispartition AND nspname = ANY (%s) "
                       "AND relname <> ALL (%s)", (list(SERVICES), list(UNREAD)))
        names = [(row["nspname"], row["relname"]) for row in cursor.fetchall()]
        tables = {}
        for schema, table in names:
            cursor.execute(f'SELECT * FROM "{schema}"."{table}"')
            tables[f"{schema}.{table}"] = [plain(row) for row in cursor.fetchall()]
        return tables


def plain(row: Row) -> Row:
    """The row without the driver's own kinds of values."""
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}


def unrest(conninfo: str) -> list[str]:
    """What is still under way, as far as the database knows; empty when all is at rest."""
    with snapshot(conninfo) as cursor:
        cursor.execute("SELECT nspname AS schema FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
                       "WHERE relname = 'stream' AND nspname = ANY (%s)", (list(SERVICES),))
        schemas = [row["schema"] for row in cursor.fetchall()]
        if not schemas:
            return []
        found = []
        for schema in schemas:
            for table in ("effect", "input"):
                cursor.execute(f"SELECT count(*) AS count FROM {schema}.{table}")
                count = cursor.fetchone()["count"]
                found += [f"{schema}: {count} of {table}"] if count else []
        found += unsettled(cursor) if "inventory" in schemas else []
        streams = " UNION ALL ".join(f"SELECT topic, lane, generation, number, cursor_generation, cursor_number "
                                     f"FROM {schema}.stream" for schema in schemas)
        readers = " UNION ALL ".join(f"SELECT '{schema}' AS reader, topic, lane, generation, number "
                                     f"FROM {schema}.read_position" for schema in schemas)
        cursor.execute(f"SELECT reader, s.topic, s.lane FROM ({streams}) s LEFT JOIN ({readers}) r USING (topic, lane) "
                       "WHERE s.number > 0 AND ((s.generation, s.number) <> (s.cursor_generation, s.cursor_number) "
                       "OR (s.generation, s.number) > (r.generation, r.number) AND topic <> ALL (%s))",
                       (list(STATES),))
        return found + [f"{row['reader'] or 'nobody'} reads {row['topic']}/{row['lane']}" for row in cursor.fetchall()]


def unsettled(cursor: Any) -> list[str]:
    """Stock that will be looked at in a moment: debts asked back, backorders filled, levels published."""
    cursor.execute("SELECT count(*) AS count FROM inventory.timer WHERE kind IN ('stock_level', 'stock_settle')")
    count = cursor.fetchone()["count"]
    return [f"inventory: {count} items are looked at"] if count else []


def await_rest(conninfo: str, patience_s: float) -> list[str]:
    """Wait until all is at rest; what is left when patience ends."""
    end = time.monotonic() + patience_s
    while left := unrest(conninfo):
        if time.monotonic() > end:
            return left
        time.sleep(0.1)
    return []


def record_of(message: Message) -> Record:
    """A message as plain data."""
    headers = {name: (value or b"").decode(errors="replace") for name, value in message.headers() or ()}
    return Record(message.topic(), message.partition(), message.offset(),
                  (message.key() or b"").decode(errors="replace"), headers, message.value() or b"")


def read_topics(bootstrap: str) -> list[Record]:
    """Every record of every topic, up to the ends that the topics have now."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "kervan-checker", "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "enable.partition.eof": True})
    try:
        topics = consumer.list_topics(timeout=KAFKA_TIMEOUT_S).topics
        places = [TopicPartition(name, number, OFFSET_BEGINNING) for name, topic in topics.items()
                  if not name.startswith("__") for number in topic.partitions]
        left = {(place.topic, place.partition) for place in places}
        consumer.assign(places)
        return list(until_ends(consumer, left))
    finally:
        consumer.close()


def until_ends(consumer: Consumer, left: set[tuple[str, int]]) -> Iterator[Record]:
    """Records until each partition has said that it has no more."""
    end = time.monotonic() + KAFKA_TIMEOUT_S
    while left:
        messages = consumer.consume(BATCH, timeout=1.0)
        end = time.monotonic() + KAFKA_TIMEOUT_S if messages else end
        if time.monotonic() > end:
            raise TimeoutError(f"these partitions did not answer: {sorted(left)[:5]}")
        for message in messages:
            error = message.error()
            if error is None:
                yield record_of(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                left.discard((message.topic(), message.partition()))
            else:
                raise KafkaException(error)


def read_books(url: str) -> list[Row]:
    """The rows of a stand-in's books, as lines after their totals."""
    with urllib.request.urlopen(f"{url}/_books?format=ndjson", timeout=30) as answer:
        return [json.loads(line) for line in answer.read().splitlines()[1:] if line.strip()]


def gather(addresses: Addresses) -> Evidence:
    """All evidence: the tables first, so that the log is never behind them."""
    tables = read_tables(addresses.postgres)
    return Evidence(addresses.lanes, tables, read_topics(addresses.kafka),
                    {name: read_books(url) for name, url in addresses.books.items()})
