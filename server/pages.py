"""Pages by cursor: bounded, steady while rows arrive, without counting.

Job: cut a select into pages by a key that orders rows uniquely, newest first or oldest first.
Never: count.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import marshmallow as ma
import orjson
import sqlalchemy as sa

from server.db import db
from server.errors import Invalid

LIMIT_MAX = 200
LIMIT = 50


class BadCursor(Invalid):
    """The cursor is not one this server gave; start again without it.
    翻页标记无效，请从第一页重新开始。
    """


class PageAsk(ma.Schema):
    """How much and from where."""

    cursor = ma.fields.String(load_default=None, validate=ma.validate.Length(max=400))
    limit = ma.fields.Integer(load_default=LIMIT, validate=ma.validate.Range(1, LIMIT_MAX))


class PageOut(ma.Schema):
    """One page of rows, and the cursor of the next one (null: this is the last)."""

    items = ma.fields.List(ma.fields.Dict(), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


def page(
    query: sa.Select[Any], keys: Sequence[Any], *, cursor: str | None, limit: int = LIMIT, newest_first: bool = True
) -> tuple[list[Any], str | None]:
    """Return at most ``limit`` rows of ``query`` ordered by ``keys`` and the cursor of the next page (None: the last).

    ``keys`` are columns that together are unique; the rows are those ``query`` selects, followed by the keys' values.
    """
    ordered = [key.desc() if newest_first else key.asc() for key in keys]
    if cursor:
        here = sa.tuple_(*(sa.literal(value, key.type) for value, key in zip(_read(cursor, keys), keys, strict=True)))
        there = sa.tuple_(*keys)
        query = query.where(there < here if newest_first else there > here)
    rows = list(db.session.execute(query.add_columns(*keys).order_by(*ordered).limit(limit + 1)))
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, _write(rows[-1][-len(keys) :]) if more and rows else None


def _write(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([str(value) for value in values])).decode().rstrip("=")


def _read(cursor: str, keys: Sequence[Any]) -> list[Any]:
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_typed(text, key.type.python_type) for text, key in zip(values, keys, strict=True)]
    except (ValueError, TypeError):
        raise BadCursor from None


def _typed(text: str, kind: type) -> Any:
    readers: dict[type, Any] = {datetime: datetime.fromisoformat, uuid.UUID: uuid.UUID, int: int}
    return readers.get(kind, kind)(text)
