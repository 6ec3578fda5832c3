"""A connection that died while it rested is not lent out again, and nobody is asked over the wire for that."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import sqlalchemy as sa
from flask import Flask

from server.db import db
from server.embedded.databases import plain

CUT = (
    "select pg_terminate_backend(pid, 60000) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)
"""Ends every other connection and waits until its process is gone: the good-bye has been said by then."""


def test_a_connection_cut_while_it_rested_is_replaced_before_anybody_notices(
    fresh_app: Flask, fresh_database: str
) -> None:
    assert db.session.scalar(sa.text("select 1")) == 1
    db.session.rollback()
    with psycopg.connect(plain(fresh_database), autocommit=True) as other:
        assert other.execute(CUT).fetchall()
    assert db.session.scalar(sa.text("select 1")) == 1


def test_every_table_stands_in_the_glossary(app: Flask) -> None:
    told = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert sorted(name for name in db.metadata.tables if not re.search(rf"`{name}\b", told)) == []
