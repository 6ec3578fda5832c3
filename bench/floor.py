"""The floor under a report: the bare rows of a real one, inserted by pgbench into the same tables of the same database.

Job: turn the stored rows of one report into a script of literal INSERTs, and let PostgreSQL's own tool repeat it.
Never: leave out an index, a trigger or a check that a report pays for.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from bench.city import City
from server.embedded.databases import plain

FRESH_ID = "gen_random_uuid()"
FRESH: dict[str, dict[str, str]] = {
    "replies": {"key": FRESH_ID},
    "events": {"id": FRESH_ID, "no": "gen_random_uuid()::text"},
    "custody": {"id": FRESH_ID, "item_id": FRESH_ID},
    "clocks": {"id": FRESH_ID, "item_id": FRESH_ID},
    "photos": {"id": FRESH_ID, "item_id": FRESH_ID},
    "journal": {"item_id": FRESH_ID},
    "procrastinate_jobs": {},
}
"""The tables a report writes to, and what must differ from one row to the next."""
GIVEN = {"journal": ("id", "xid"), "procrastinate_jobs": ("id",)}
"""Columns the database fills."""
VARIABLE = re.compile(r":(?=[^\W\d])")
"""What pgbench would take for one of its variables, such as the ``:null`` of a JSON text; a blank prevents it."""
COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_name = %s AND is_generated = 'NEVER' AND column_name <> ALL (%s) ORDER BY ordinal_position
"""


class Floor(NamedTuple):
    """How fast the bare rows go in."""

    per_second: float
    mean_ms: float


def script(city: City) -> str:
    """Return INSERTs of `:rows` copies of the rows of the last report, as one transaction."""
    with psycopg.connect(plain(city.config.database_url)) as session:
        words = [_insert(session, table) for table in FRESH]
    return "\n".join(["BEGIN;", *words, "COMMIT;\n"])


def _insert(session: psycopg.Connection[Any], table: str) -> str:
    columns = [row[0] for row in session.execute(COLUMNS, (table, list(GIVEN.get(table, ()))))]
    literals = sql.SQL(", ").join(sql.SQL("quote_nullable({}::text)").format(sql.Identifier(name)) for name in columns)
    last = sql.SQL("SELECT {} FROM {} ORDER BY ctid DESC LIMIT 1").format(literals, sql.Identifier(table))
    row = session.execute(last).fetchone()
    assert row is not None, f"no report has written to {table}"
    values = [FRESH[table].get(name, VARIABLE.sub(": ", text)) for name, text in zip(columns, row, strict=True)]
    names = ", ".join(sql.Identifier(name).as_string(session) for name in columns)
    return f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM generate_series(1, :rows);"  # noqa: S608


def measure(city: City, *, rows: int, clients: int, seconds: int) -> Floor:
    """Insert for `seconds` over `clients` connections, `rows` reports per transaction."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.sql"
        path.write_text(script(city), encoding="utf-8")
        words = [city.cluster.program("pgbench"), "-n", "-M", "prepared", "-c", clients, "-j", 1, "-T", seconds]
        words += ["-D", f"rows={rows}", "-f", path, plain(city.config.database_url)]
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"pgbench: {done.stderr[-2000:]}")
    said = done.stdout
    found = {name: float(value) for name, value in re.findall(r"^(tps|latency average) = ([\d.]+)", said, re.MULTILINE)}
    return Floor(found["tps"] * rows, found["latency average"])
