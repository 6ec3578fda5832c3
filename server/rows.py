"""Rows in bulk: one row or five hundred go in by the same prepared statement, as one JSON parameter.

Job: make writing a few rows cheap and writing many hardly dearer. For 500 rows it is a quarter of the work of as many
thousand parameters, and PostgreSQL plans the statement once.
Never: commit, or know a table.

What the session holds unflushed goes first. A column that the rows do not name takes the default of the database. Ids,
moments, bytes and geometries (EWKT) travel as text and become what the column is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.dialects.postgresql import insert as insertion
from sqlalchemy.orm import attributes, make_transient_to_detached

from server.db import db, execute

Row = Mapping[str, Any]


def insert(
    model: Any,
    rows: Sequence[Row],
    *,
    unless_there: Sequence[str] | None = None,
    returning: Sequence[str] = (),
    after: tuple[Any, Sequence[Row]] | None = None,
) -> Sequence[Any]:
    """Insert ``rows`` of ``model``, all with the same columns, in order; return ``returning`` of those inserted.

    ``unless_there`` names a unique key (empty: any key): a row whose key is taken is left out, after waiting for the
    open transaction that takes it, if there is one. ``after`` are a model and rows that these refer to, inserted by the
    same statement where they are not there yet.
    """
    if not rows:
        return []
    key = None if unless_there is None else tuple(unless_there)
    statement = _insertion(model.__table__, tuple(rows[0]), key, tuple(returning))
    sent = {"rows": rows}
    if after is not None:
        first, sent["first"] = after
        statement = _preceded(statement, first.__table__, tuple(sent["first"][0]))
    done = _send(statement, **sent)
    return done.all() if returning else []


def update(model: Any, rows: Sequence[Row], *, key: str) -> None:
    """Change the rows of ``model`` whose ``key`` is in ``rows`` to what the other columns of these say."""
    if rows:
        _send(_change(model.__table__, tuple(rows[0]), key), rows=rows)


def store(items: Sequence[Any]) -> None:
    """Insert fresh objects of one mapped class; they belong to the session afterwards as if it had flushed them."""
    if not items:
        return
    insert(type(items[0]), [_values(item) for item in items])
    for item in items:
        make_transient_to_detached(item)
    db.session.add_all(items)


def _send(statement: Any, **sent: Sequence[Row]) -> sa.CursorResult[Any]:
    texts = {name: orjson.dumps(rows, default=_text).decode() for name, rows in sent.items()}
    return execute(statement, texts)


def _text(value: Any) -> str:
    return rf"\x{value.hex()}" if isinstance(value, bytes) else str(value)


@cache
def _insertion(table: sa.Table, names: tuple[str, ...], key: tuple[str, ...] | None, given: tuple[str, ...]) -> Any:
    sent = _sent(table, names)
    statement = insertion(table).from_select(names, sa.select(*sent.values()), include_defaults=False)
    if key is not None:
        statement = statement.on_conflict_do_nothing(index_elements=key or None)
    return statement.returning(*(table.c[name] for name in given)) if given else statement


@cache
def _preceded(statement: Any, table: sa.Table, names: tuple[str, ...]) -> Any:
    sent = _sent(table, names, "first")
    first = insertion(table).from_select(names, sa.select(*sent.values()), include_defaults=False)
    return statement.add_cte(first.on_conflict_do_nothing().cte("first"))


@cache
def _change(table: sa.Table, names: tuple[str, ...], key: str) -> Any:
    sent = _sent(table, names)
    return sa.update(table).where(table.c[key] == sent.pop(key)).values(sent)


def _sent(table: sa.Table, names: Sequence[str], parameter: str = "rows") -> dict[str, Any]:
    """Return the columns of ``parameter`` by name, read as rows of ``table``."""
    json = sa.cast(sa.bindparam(parameter, type_=sa.Text()), JSON)
    read = sa.func.json_populate_recordset(sa.text(f"null::{table.name}"), json)
    return dict(read.table_valued(*map(sa.column, names), name=f"sent_{parameter}").c.items())


def _values(item: Any) -> dict[str, Any]:
    """Return the columns of a fresh object; what it leaves open takes its default, in the object too."""
    state = attributes.instance_dict(item)
    for name, default in _defaults(type(item)):
        if name not in state:
            attributes.set_committed_value(item, name, default())
    return {column: state[name] for name, column in _columns(type(item))}


@cache
def _columns(model: Any) -> tuple[tuple[str, str], ...]:
    return tuple((prop.key, prop.columns[0].name) for prop in sa.inspect(model).column_attrs)


@cache
def _defaults(model: Any) -> tuple[tuple[str, Any], ...]:
    """Return what makes the default of each attribute of ``model``; a column without one is null."""
    columns = ((prop.key, prop.columns[0].default) for prop in sa.inspect(model).column_attrs)
    return tuple((name, _maker(default)) for name, default in columns)


def _maker(default: Any) -> Any:
    if default is None or default.is_scalar:
        value = default.arg if default is not None else None
        return lambda: value
    return lambda: default.arg(None)
