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

IS_EMPTY = """
SELECT NOT EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))
"""
"""No table but those that extensions brought."""


def plain(url: str) -> str:
    """Return ``url`` as libpq reads it, without the name of a driver."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def name_of(url: str) -> str:
    """Return the name of the database in ``url``."""
    return make_url(url).database or ""


def sibling(url: str, name: str) -> str:
    """Return the address of database ``name`` on the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def make(url: str, name: str, template: str = "template1") -> str:
    """Make database ``name`` beside ``url`` as a copy of ``template``; return its address."""
    _command(url, "CREATE DATABASE {} TEMPLATE {}", name, template)
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


def is_empty(url: str) -> bool:
    """Say whether the database holds no table of ours yet."""
    with psycopg.connect(plain(url)) as connection:
        row = connection.execute(IS_EMPTY).fetchone()
    return bool(row and row[0])


@contextmanager
def scratch(url: str, name: str, template: str = "template1") -> Iterator[str]:
    """Yield the address of a database that is gone afterwards."""
    drop(url, name)
    try:
        yield make(url, name, template)
    finally:
        drop(url, name)


def _command(url: str, words: str, *databases: str) -> None:
    with _maintenance(url) as connection:
        connection.execute(sql.SQL(words).format(*map(sql.Identifier, databases)))


def _maintenance(url: str) -> psycopg.Connection[tuple[str]]:
    return psycopg.connect(plain(sibling(url, "postgres")), autocommit=True)
