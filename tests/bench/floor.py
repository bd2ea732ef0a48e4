"""floor.py - what the machine itself can do: commits and order work of PostgreSQL, messages of a bare producer."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

HERE = Path(__file__).resolve().parent
PGBENCH = Path("/usr/lib/postgresql/15/bin/pgbench")
TABLE = "bench_floor"
TOPIC = "bench.floor"
PARTITIONS = 12
MESSAGE_BYTES = 800
ORDERS_A_SCRIPT = 500
SCRIPT = f"INSERT INTO public.{TABLE}(body) VALUES ('one row of forty bytes, more or less that');\n"


def commits_per_s(conninfo: str, clients: int, seconds: int) -> float:
    """Transactions of one inserted row each; `conninfo` is the superuser's, the table goes again."""
    with tempfile.TemporaryDirectory(prefix="kervan-floor-") as folder:
        script = Path(folder) / "insert.sql"
        script.write_text(SCRIPT)
        execute(conninfo, f"DROP TABLE IF EXISTS public.{TABLE}",
                f"CREATE TABLE public.{TABLE}(id bigserial PRIMARY KEY, body text)")
        try:
            return scripts_per_s(conninfo, script, clients, seconds)
        finally:
            execute(conninfo, f"DROP TABLE public.{TABLE}")


def database_orders_per_s(conninfo: str, clients: int, seconds: int) -> float:
    """Whole orders as set-based statements in batches of 500, nothing else: floor_orders.sql says which rows."""
    execute(conninfo, (HERE / "floor_schema.sql").read_text())
    try:
        return ORDERS_A_SCRIPT * scripts_per_s(conninfo, HERE / "floor_orders.sql", clients, seconds)
    finally:
        execute(conninfo, "DROP SCHEMA bench_floor CASCADE")


def scripts_per_s(conninfo: str, script: Path, clients: int, seconds: int) -> float:
    """How often a second pgbench gets through a script."""
    command = [str(PGBENCH), "-n", "-M", "prepared", "-f", str(script), "-c", str(clients), "-j", "1",
               "-T", str(seconds), conninfo]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 60)
    found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    if done.returncode != 0 or found is None:
        raise RuntimeError(f"pgbench failed: {done.stderr[-1000:]}")
    return float(found.group(1))


def execute(conninfo: str, *statements: str) -> None:
    """Run statements, each in a transaction of its own."""
    connection = psycopg2.connect(conninfo)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def messages_per_s(bootstrap: str, seconds: float) -> float:
    """Acknowledged messages of an idempotent producer with acks=all, over as many partitions as there are lanes."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    make_topic(admin)
    try:
        return produce(bootstrap, seconds)
    finally:
        admin.delete_topics([TOPIC])[TOPIC].result(timeout=30)


def make_topic(admin: AdminClient) -> None:
    """Make the topic; the broker asks for patience where one of that name has just gone."""
    deadline = time.monotonic() + 30
    while True:
        try:
            admin.create_topics([NewTopic(TOPIC, num_partitions=PARTITIONS, replication_factor=1)])[TOPIC].result(30)
            return
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def produce(bootstrap: str, seconds: float) -> float:
    """Produce as fast as acknowledgements allow; those that came count."""
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "acks": "all", "linger.ms": 2})
    acknowledged = 0

    def count(error: object, _: object) -> None:
        nonlocal acknowledged
        acknowledged += error is None

    body, number = os.urandom(MESSAGE_BYTES // 2).hex().encode(), 0
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        for _ in range(100):
            number += 1
            try:
                producer.produce(TOPIC, body, partition=number % PARTITIONS, on_delivery=count)
            except BufferError:
                producer.poll(0.01)
        producer.poll(0)
    if producer.flush(30) > 0:
        raise RuntimeError("the broker did not acknowledge the bare producer's messages within 30 s")
    return acknowledged / (time.monotonic() - began)
