"""How a page asks the rooms (页面取数与办理): the routes of the API are called by name, with all of their checks.

Job: read, act in one commit, page through everything for an export.
Never: go around a permission, a shape or the exactly-once door.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict

from server import http
from server.access import Actor
from server.errors import Refusal
from server.http import IN_EACH_OTHERS_WAY, ROUTES, TRIES, Answer, Route

AT_ONCE = 200


def ask(name: str, by: Actor, path: Mapping[str, Any] | None = None, **query: Any) -> Any:
    """Return what the route called ``name`` answers to ``by``; raises Refusal like the route."""
    given = MultiDict((key, one) for key, value in query.items() for one in _each(value))
    return http.perform(ROUTES[name], by, dict(path or {}), None, query=given).body


def _each(value: Any) -> list[Any]:
    """Return the values of one query field: none for what was left empty."""
    values = value if isinstance(value, list | tuple) else [value]
    return [str(one) if not isinstance(one, str) else one for one in values if one not in (None, "")]


def all_of(
    name: str, by: Actor, path: Mapping[str, Any] | None = None, *, most: int, **query: Any
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a list route, page after page, at most ``most``."""
    cursor, left = None, most
    while left > 0:
        page = ask(name, by, path, **query | {"cursor": cursor, "limit": min(AT_ONCE, left)})
        yield from page["items"]
        left, cursor = left - len(page["items"]), page["next_cursor"]
        if cursor is None:
            return


def do(
    name: str,
    by: Actor | None,
    body: Mapping[str, Any] | None = None,
    *,
    path: Mapping[str, Any] | None = None,
    key: uuid.UUID | None = None,
) -> Answer:
    """Perform one act and commit it, like a request of its own; ``key`` makes a repetition harmless.

    Raises:
        Refusal: nothing was changed but what the refusal itself leaves.
    """
    route = ROUTES[name]
    try:
        return _committed(route, by, dict(body or {}), dict(path or {}), key, 1 if route.streams else TRIES)
    except Refusal as refusal:
        if refusal.leaves:
            with http.transaction():
                refusal.leaves()
        raise


def _committed(
    route: Route, by: Actor | None, body: dict[str, Any], path: dict[str, Any], key: uuid.UUID | None, tries: int
) -> Answer:
    try:
        with http.transaction():
            return http.perform(route, by, path, body if route.takes else None, key=key)
    except OperationalError as problem:
        if tries == 1 or getattr(problem.orig, "sqlstate", None) not in IN_EACH_OTHERS_WAY:
            raise
    return _committed(route, by, body, path, key, tries - 1)
