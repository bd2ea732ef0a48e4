"""stored_orders.py - a bulk loader: orders of the past in every service's schema, as many as wanted.

Each is a copy of an order that the system itself brought to its end: all rows of it in all schemas, under a number, a
public id and a lane of its own, at an instant of its own. So what is stored is what the services write, also after
their tables have changed. Services must stand still meanwhile.
"""

from __future__ import annotations

import hashlib
import io
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "checker"))
from evidence import lane_of, order_id_text  # noqa: E402

HERE = Path(__file__).resolve().parent
MODELS_MAX, CHUNK = 1000, 50_000
# The newest is older than what outboxes keep, and than what is compared with the provider's books.
NEWEST_DAYS, DAYS = 3, 365
LANE_BITS = 40
# Rows that only a young order has; a ledger goes by its own numbers, and stored_ledger.sql copies it.
LEFT_OUT = ("webhook_seen", "stock_ledger")
# What is not as it was, by the name of the column; m is the copy, t the row of its model.
OWN = {"order_no": "m.order_no", "order_id": "m.order_id", "channel_order_ref": "m.ref",
       "email": "m.n || '.' || t.email", "tracking_number": "t.tracking_number || lpad(m.n::text, 9, '0')",
       **{name: f"t.{name} || '-' || m.n" for name in ("key", "bank_reference", "provider_ref", "carrier_ref")}}
INSTANT = "timestamp with time zone"
TABLES = """
SELECT c.table_schema, c.table_name, array_agg(c.column_name::text ORDER BY c.ordinal_position),
       array_agg(c.data_type::text ORDER BY c.ordinal_position)
FROM information_schema.columns AS c JOIN information_schema.tables AS t USING (table_schema, table_name)
WHERE t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
  AND t.table_schema IN ('orders', 'inventory', 'payment', 'fulfillment', 'shipping', 'notification')
GROUP BY 1, 2 HAVING bool_or(c.column_name = 'order_no') ORDER BY 1, 2
"""
MODELS = """
SELECT order_no, channel, channel_order_ref FROM orders.orders
WHERE step = 11 AND channel_order_ref IS NOT NULL ORDER BY placed_at DESC LIMIT %s
"""


@dataclass(frozen=True)
class Stored:
    """One stored order, as its storefront knows it."""

    order_id: str
    channel: str
    ref: str
    placed_at: float  # seconds since 1970


@dataclass(frozen=True)
class Loaded:
    """What was loaded."""

    orders: int
    rows: int
    seconds: float


def order_id_of(channel: str, ref: str) -> bytes:
    """Who submits a reference again through a channel names the same order: the id follows from both."""
    return hashlib.sha256(f"{channel}\nref\n{ref}".encode()).digest()[:16]


class Loader:
    """Copies finished orders."""

    def __init__(self, conninfo: str, lanes: int, run: str) -> None:
        """`conninfo` is the superuser's; `run` makes the references its own."""
        self.conninfo, self.lanes, self.run = conninfo, lanes, run
        self.newest = time.time() - NEWEST_DAYS * 86400

    def load(self, count: int) -> Loaded:
        """Copy, and leave the tables as a database leaves them that has had its time."""
        began = time.monotonic()
        with closing(psycopg2.connect(self.conninfo)) as connection:
            models, tables = self._prepare(connection)
            self.count = count
            last = self._counters(connection)
            rows = 0
            for first in range(0, count, CHUNK):
                self._name_copies(connection, models, last, range(first, min(first + CHUNK, count)))
                rows += self._copy(connection, tables)
            self._finish(connection, last)
            connection.autocommit = True
            with connection.cursor() as cursor:
                for schema, table in [*tables, ("inventory", "stock_ledger")]:
                    cursor.execute(f"VACUUM (FREEZE, ANALYZE) {schema}.{table}")
                cursor.execute("CHECKPOINT")
        return Loaded(count, rows, round(time.monotonic() - began, 1))

    def orders(self, numbers: list[int]) -> list[Stored]:
        """Stored orders by their numbers from 0 on, which go by age, the oldest first."""
        return [Stored(order_id_text(order_id_of(self._channel(n), self._ref(n))), self._channel(n), self._ref(n),
                       self._placed_at(n)) for n in numbers]

    def _channel(self, number: int) -> str:
        return self.channels[number % len(self.channels)]

    def _ref(self, number: int) -> str:
        return f"{self.run}-stored-{number}"

    def _placed_at(self, number: int) -> float:
        return self.newest - (self.count - number) / self.count * DAYS * 86400

    def _prepare(self, connection: Connection) -> tuple[list[int], dict[tuple[str, str], tuple[list[str], list[str]]]]:
        """The models, and a table of each table's rows of them."""
        with connection.cursor() as cursor:
            cursor.execute(MODELS, (MODELS_MAX,))
            found = cursor.fetchall()
            if not found:
                raise RuntimeError("no order has come to its end yet: there is nothing to copy")
            models, self.channels = [order_no for order_no, _, _ in found], [channel for _, channel, _ in found]
            cursor.execute((HERE / "stored_orders.sql").read_text())
            cursor.execute(TABLES)
            tables = {(schema, table): (columns, kinds) for schema, table, columns, kinds in cursor.fetchall()
                      if table not in LEFT_OUT}
            for schema, table in [*tables, ("inventory", "stock_ledger")]:
                cursor.execute(f"CREATE TEMP TABLE model_{schema}_{table} AS SELECT * FROM {schema}.{table} "
                               "WHERE order_no = ANY (%s)", (models,))
        connection.commit()
        return models, tables

    def _counters(self, connection: Connection) -> dict[int, int]:
        """The last number that each lane gave."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT lane, last FROM orders.order_counter")
            return {lane: 0 for lane in range(self.lanes)} | dict(cursor.fetchall())

    def _name_copies(self, connection: Connection, models: list[int], last: dict[int, int], numbers: range) -> None:
        """Number, id, reference and instant of each copy of a chunk."""
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE copied")
            cursor.copy_expert("COPY copied (n, model_no, order_no, order_id, ref, placed_at) FROM STDIN",
                               io.StringIO("".join(self._lines(models, last, numbers))))
            cursor.execute("UPDATE copied SET shift = copied.placed_at - o.placed_at FROM orders.orders o "
                           "WHERE o.order_no = model_no")
            cursor.execute("ANALYZE copied")

    def _lines(self, models: list[int], last: dict[int, int], numbers: range) -> Iterator[str]:
        for number in numbers:
            order_id = order_id_of(self._channel(number), self._ref(number))
            lane = lane_of(order_id_text(order_id), self.lanes)
            last[lane] += 1
            at = time.strftime("%Y-%m-%d %H:%M:%S+00", time.gmtime(self._placed_at(number)))
            order_no = (lane << LANE_BITS) + last[lane]
            yield (f"{number}\t{models[number % len(models)]}\t{order_no}\t\\\\x{order_id.hex()}\t"
                   f"{self._ref(number)}\t{at}\n")

    @staticmethod
    def _copy(connection: Connection, tables: dict[tuple[str, str], tuple[list[str], list[str]]]) -> int:
        """All rows of a chunk's copies, a statement a table; how many they were."""
        rows = 0
        with connection.cursor() as cursor:
            for (schema, table), (columns, kinds) in tables.items():
                values = [OWN.get(column, f"t.{column}{' + m.shift' if kind == INSTANT else ''}")
                          for column, kind in zip(columns, kinds, strict=True)]
                cursor.execute(f"INSERT INTO {schema}.{table} ({', '.join(columns)}) SELECT {', '.join(values)} "
                               f"FROM copied m JOIN model_{schema}_{table} t ON t.order_no = m.model_no ORDER BY m.n")
                rows += cursor.rowcount
            cursor.execute((HERE / "stored_ledger.sql").read_text())
            rows += cursor.rowcount
        connection.commit()
        return rows

    @staticmethod
    def _finish(connection: Connection, last: dict[int, int]) -> None:
        """The lanes go on behind the copies."""
        with connection.cursor() as cursor:
            for lane, number in last.items():
                cursor.execute("INSERT INTO orders.order_counter (lane, last) VALUES (%s, %s) "
                               "ON CONFLICT (lane) DO UPDATE SET last = excluded.last", (lane, number))
        connection.commit()
