"""Rows in bulk: one row or five hundred go in by the same prepared statement, as one JSON parameter per table.

Job: make writing a few rows cheap and writing many hardly dearer. For 500 rows it is a quarter of the work of as many
thousand parameters, and PostgreSQL plans the statement once.
Never: commit, or know a table.

Rows nobody waits for are held back, table after table, and sent together: by the next statement of whatever kind that
the session sends, so nobody ever reads without them, and by the commit at the latest. A report is written by two
statements instead of six.

What the session holds unflushed goes first. A column that the rows do not name takes the default of the database. Ids,
moments, bytes and geometries (EWKT) travel as text and become what the column is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa
from flask import has_app_context
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.dialects.postgresql import insert as insertion
from sqlalchemy.orm import attributes, make_transient_to_detached

from server.db import db

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one table on their way, and their columns.

    ``unless``: the unique key that may be taken already (None: none may). ``where``: the rows are there, and this
    column tells which is which.
    """

    table: sa.Table
    names: tuple[str, ...]
    unless: tuple[str, ...] | None = None
    where: str | None = None


@dataclass(slots=True)
class Held:
    """What is held back, and the connection of the transaction it belongs to."""

    connection: Any = None
    rows: list[tuple[Part, Sequence[Row]]] = field(default_factory=list)


_HELD = "rows.held"
_STORED = "rows.stored"


def insert(model: Any, rows: Sequence[Row], *, unless_there: Sequence[str] | None = None) -> None:
    """Insert ``rows`` of ``model``, all with the same columns, in order, with the next statement of the session.

    ``unless_there`` names a unique key (empty: any key): a row whose key is taken is left out, after waiting for the
    open transaction that takes it, if there is one. What the database refuses comes to light when the rows are sent.
    """
    _hold(model, rows, unless=None if unless_there is None else tuple(unless_there))


def update(model: Any, rows: Sequence[Row], *, key: str) -> None:
    """Change the rows of ``model`` whose ``key`` is in ``rows`` to what the other columns of these say, likewise."""
    _hold(model, rows, where=key)


def _hold(model: Any, rows: Sequence[Row], **how: Any) -> None:
    if rows:
        db.session.flush()
        if any(part.table is model.__table__ for part, _ in db.session.info.get(_HELD, Held()).rows):
            send()  # the parts of one statement do not see each other's rows
        held = db.session.info.setdefault(_HELD, Held(db.session.connection()))
        held.rows.append((Part(model.__table__, tuple(rows[0]), **how), rows))


def returning(*names: str) -> Sequence[Any]:
    """Send what is held back, and return the columns ``names`` of what was inserted last."""
    return _send(names).all() if _HELD in db.session.info else []


def send() -> None:
    """Send what is held back."""
    if _HELD in db.session.info:
        _send()


def store(items: Sequence[Any]) -> None:
    """Insert fresh objects of one mapped class; they belong to the session afterwards as if it had flushed them."""
    if not items:
        return
    insert(type(items[0]), [_values(item) for item in items])
    for item in items:
        make_transient_to_detached(item)
    db.session.add_all(items)
    db.session.info.setdefault(_STORED, []).extend(items)


def _send(given: Sequence[str] = ()) -> sa.CursorResult[Any]:
    held: Held = db.session.info.pop(_HELD)
    told = {f"rows{place}": _told(rows) for place, (_, rows) in enumerate(held.rows)}
    return held.connection.execute(_statement(tuple(part for part, _ in held.rows), tuple(given)), told)


def _told(rows: Sequence[Row]) -> str:
    return orjson.dumps(rows, default=_text).decode()


def _text(value: Any) -> str:
    return rf"\x{value.hex()}" if isinstance(value, bytes) else str(value)


@cache
def _statement(parts: tuple[Part, ...], given: tuple[str, ...]) -> Any:
    """Return one statement that writes all ``parts``, the last one returning what is asked."""
    *others, statement = (_writing(part, f"rows{place}") for place, part in enumerate(parts))
    if given:
        statement = statement.returning(*(parts[-1].table.c[name] for name in given))
    return statement.add_cte(*(one.cte(f"part{place}") for place, one in enumerate(others)))


def _writing(part: Part, parameter: str) -> Any:
    sent = _sent(part.table, part.names, parameter)
    if part.where is not None:
        return sa.update(part.table).where(part.table.c[part.where] == sent.pop(part.where)).values(sent)
    statement = insertion(part.table).from_select(part.names, sa.select(*sent.values()), include_defaults=False)
    return statement if part.unless is None else statement.on_conflict_do_nothing(index_elements=part.unless or None)


def _sent(table: sa.Table, names: Sequence[str], parameter: str) -> dict[str, Any]:
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


def _before_anything(connection: Any, _: Any, statement: str, *__: Any) -> None:
    """Send what is held back before any other statement of its transaction; what is undone takes it along."""
    if not has_app_context() or not db.session.registry.has():
        return
    held: Held | None = db.session.info.get(_HELD)
    if held is None or held.connection is not connection:
        return
    if statement.startswith("ROLLBACK"):
        _forget(db.session)
    else:
        send()


def _forget(session: Any) -> None:
    session.info.pop(_HELD, None)


def _undone(session: Any) -> None:
    """Take out of the session what it holds as stored and the database never kept: the same may be stored again."""
    _forget(session)
    for item in session.info.pop(_STORED, ()):
        if item in session:
            session.expunge(item)


def _over(session: Any, transaction: Any) -> None:
    if transaction.parent is None:
        session.info.pop(_STORED, None)


sa.event.listen(sa.Engine, "before_cursor_execute", _before_anything)
sa.event.listen(db.session, "before_commit", lambda _: send())
sa.event.listen(db.session, "after_rollback", _undone)
sa.event.listen(db.session, "after_transaction_end", _over)
