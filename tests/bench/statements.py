"""statements.py - which SQL statements the database spends its time on, by pg_stat_statements."""

from __future__ import annotations

from typing import Any

import psycopg2
from system import System

MOST = 25
TEXT_LENGTH = 160
TOP = f"""
SELECT r.rolname, s.calls, s.total_exec_time, s.rows, s.shared_blks_hit + s.shared_blks_read,
       left(regexp_replace(s.query, '\\s+', ' ', 'g'), {TEXT_LENGTH})
FROM public.pg_stat_statements AS s JOIN pg_roles AS r ON r.oid = s.userid
WHERE r.rolname LIKE 'kervan_%' AND r.rolname <> 'kervan_owner'
ORDER BY s.total_exec_time DESC LIMIT {MOST}
"""

ALL = """
SELECT coalesce(sum(s.calls), 0)
FROM public.pg_stat_statements AS s JOIN pg_roles AS r ON r.oid = s.userid
WHERE r.rolname LIKE 'kervan_%' AND r.rolname <> 'kervan_owner'
"""


def execute(system: System, *statements: str) -> None:
    """Run statements as the superuser, each in a transaction of its own."""
    connection = psycopg2.connect(system.stack.postgres.conninfo("postgres"))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def watch_statements(system: System) -> None:
    """Let the server count statements; it is started anew for that, so this comes before everything else."""
    execute(system, "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
    system.stop("postgres")
    system.restart("postgres")
    execute(system, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public")


def forget_statements(system: System) -> None:
    """Count from here on."""
    execute(system, "SELECT public.pg_stat_statements_reset()")


def statements_done(system: System) -> float:
    """How many statements the services ran since it was last forgotten."""
    connection = psycopg2.connect(system.stack.postgres.conninfo("postgres"))
    try:
        with connection.cursor() as cursor:
            cursor.execute(ALL)
            return float(cursor.fetchone()[0])
    finally:
        connection.close()


def top_statements(system: System) -> list[dict[str, Any]]:
    """The statements that took most, most first."""
    connection = psycopg2.connect(system.stack.postgres.conninfo("postgres"))
    try:
        with connection.cursor() as cursor:
            cursor.execute(TOP)
            return [{"role": role.removeprefix("kervan_"), "calls": calls, "total_ms": round(total, 1),
                     "mean_ms": round(total / calls, 3), "rows_a_call": round(rows / calls, 1),
                     "blocks_a_call": round(blocks / calls, 1), "query": query}
                    for role, calls, total, rows, blocks, query in cursor.fetchall()]
    finally:
        connection.close()
