"""Databases beside one another on one server: make, copy, rename, drop.

Job: what backup, restore, checks and tests need of the server as a whole.
Never: look into a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from server.embedded.places import EmbeddedError

IS_EMPTY = """
SELECT NOT EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))
"""
"""No table but those that extensions brought."""

COLUMNS_OF_NUMBERS = """
SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.atttypid = 'xid8'::regtype AND a.attnum > 0
"""
USE_UP = """
DO $$ BEGIN
    WHILE pg_current_xact_id() <= '{}'::xid8 LOOP COMMIT; END LOOP;
END $$
"""


def plain(url: str) -> str:
    """Return ``url`` as libpq reads it, without the name of a driver."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def name_of(url: str) -> str:
    """Return the name of the database in ``url``."""
    return make_url(url).database or ""


def sibling(url: str, name: str) -> str:
    """Return the address of database ``name`` on the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def make(url: str, name: str, template: str = "template1", strategy: str = "") -> str:
    """Make database ``name`` beside ``url`` as a copy of ``template``; return its address.

    Strategy ``FILE_COPY`` (PostgreSQL 15 on) writes a checkpoint first; where that costs little, it is the faster one.
    """
    _command(url, f"CREATE DATABASE {{}} TEMPLATE {{}}{strategy and f' STRATEGY {strategy}'}", name, template)
    return sibling(url, name)


def rename(url: str, old: str, new: str) -> None:
    """Rename a database; raises psycopg's ObjectInUse while anybody is connected to it."""
    _command(url, "ALTER DATABASE {} RENAME TO {}", old, new)


def drop(url: str, name: str) -> None:
    """Drop database ``name`` beside ``url`` if there is one, whoever is connected to it."""
    _command(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def names(url: str) -> list[str]:
    """Return the names of the databases on the server."""
    with _maintenance(url) as connection:
        return [row[0] for row in connection.execute("SELECT datname FROM pg_database ORDER BY datname")]


def demand_answer(url: str) -> None:
    """Raise EmbeddedError when the database at ``url`` cannot be reached."""
    try:
        psycopg.connect(plain(url), connect_timeout=10).close()
    except psycopg.OperationalError as failure:
        raise EmbeddedError(
            f"数据库连不上 · the database in GRIDWHISTLE_DATABASE_URL does not answer: {failure}"
        ) from None


def is_empty(url: str) -> bool:
    """Say whether the database holds no table of ours yet."""
    with psycopg.connect(plain(url)) as connection:
        row = connection.execute(IS_EMPTY).fetchone()
    return bool(row and row[0])


def advance_transactions(url: str) -> None:
    """Use up transaction numbers until the next one is above every number stored in a table.

    A restored table may hold numbers (type xid8) of another server, whose counter was ahead of this one's. Whoever
    reads rows in the order of their transactions would take them for unfinished ones. 400,000 numbers take a second.
    """
    with psycopg.connect(plain(url), autocommit=True) as connection:
        stored = [
            connection.execute(sql.SQL("SELECT max({}) FROM {}").format(sql.Identifier(column), sql.Identifier(table)))
            for table, column in connection.execute(COLUMNS_OF_NUMBERS).fetchall()
        ]
        highest = max((int(row[0]) for cursor in stored if (row := cursor.fetchone()) and row[0]), default=0)
        connection.execute(sql.SQL(USE_UP).format(sql.Literal(highest)))


@contextmanager
def scratch(url: str, name: str, template: str = "template1", strategy: str = "") -> Iterator[str]:
    """Yield the address of a database that is gone afterwards; made as :func:`make` does."""
    drop(url, name)
    try:
        yield make(url, name, template, strategy)
    finally:
        drop(url, name)


def _command(url: str, words: str, *databases: str) -> None:
    with _maintenance(url) as connection:
        connection.execute(sql.SQL(words).format(*map(sql.Identifier, databases)))


def _maintenance(url: str) -> psycopg.Connection[tuple[str]]:
    return psycopg.connect(plain(sibling(url, "postgres")), autocommit=True)
