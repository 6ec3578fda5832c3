"""The schema goes up and down, and ends where the tables in code are."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from server import schema
from server.embedded import databases
from server.embedded.cluster import Cluster


@pytest.fixture
def nothing(cluster: Cluster) -> Iterator[str]:
    """The address of a database without a schema."""
    with databases.scratch(cluster.url(), f"test_{os.getpid()}_schema") as url:
        yield url


SHAPE = """
WITH brought AS (SELECT objid FROM pg_depend WHERE deptype = 'e'),
     relations AS (SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'alembic%'
                   AND relkind IN ('r', 'v', 'm', 'S') AND oid NOT IN (SELECT objid FROM brought))
SELECT relkind::text, relname::text, '' FROM relations
UNION ALL SELECT relname, '', pg_get_indexdef(indexrelid) FROM relations r JOIN pg_index i ON indrelid = r.oid
UNION ALL SELECT relname, attname, format_type(atttypid, atttypmod) FROM relations r
    JOIN pg_attribute ON attrelid = r.oid
    WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT relname, conname, pg_get_constraintdef(c.oid) FROM relations r JOIN pg_constraint c ON conrelid = r.oid
UNION ALL SELECT relname, tgname, pg_get_triggerdef(t.oid) FROM relations r JOIN pg_trigger t ON tgrelid = r.oid
    WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname, prosrc FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND oid NOT IN (SELECT objid FROM brought)
UNION ALL SELECT 'type', typname, '' FROM pg_type
    WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd') AND oid NOT IN (SELECT objid FROM brought)
ORDER BY 1, 2, 3
"""
"""Every relation, column, constraint, trigger, function and type that is ours and no extension's."""


def shape(url: str) -> list[tuple[str, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(SHAPE).fetchall()


def test_every_migration_can_be_taken_back_and_leaves_nothing_behind(nothing: str) -> None:
    numbers = [script.revision for script in ScriptDirectory(str(schema.FOLDER)).walk_revisions()][::-1]
    shapes = []
    for number in numbers:
        shapes.append(shape(nothing))
        schema.migrate(nothing, number)
    for number, before in zip(reversed(["base", *numbers[:-1]]), reversed(shapes), strict=True):
        schema.unmigrate(nothing, number)
        assert shape(nothing) == before, f"back to {number}"


def test_the_tables_in_code_are_those_of_the_last_migration(fresh_database: str) -> None:
    schema.check(fresh_database)


def test_two_processes_that_migrate_at_once_do_it_once(nothing: str) -> None:
    failures: list[Exception] = []

    def migrate() -> None:
        try:
            schema.migrate(nothing)
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=migrate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert schema.is_current(nothing)


def test_a_migration_waits_for_a_busy_table_without_blocking_the_others(
    nothing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "LOCK_TIMEOUT", "200ms")
    monkeypatch.setattr(schema, "PAUSE", 0.2)
    schema.migrate(nothing)
    with psycopg.connect(nothing) as busy:
        busy.execute("LOCK TABLE journal IN ACCESS SHARE MODE")
        back = threading.Thread(target=schema.unmigrate, args=(nothing, "base"))
        back.start()
        time.sleep(1)
        assert back.is_alive()
    back.join()
    assert not schema.is_current(nothing)


def test_a_migration_gives_up_on_a_table_that_stays_busy(nothing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(schema, "PAUSE", 0.01)
    schema.migrate(nothing)
    with psycopg.connect(nothing) as busy:
        busy.execute("LOCK TABLE journal IN ACCESS SHARE MODE")
        with pytest.raises(OperationalError, match="lock timeout"):
            schema.unmigrate(nothing, "base")
