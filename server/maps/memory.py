"""What maps keep in mind (缓存): finished tiles and numbers, by everything they depend on, within a bound of bytes.

Job: one place of memory per process; a key names edition, data, scope and question, so nothing is ever out of date or
another's.
Never: be asked with a key that leaves out who asks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, NamedTuple

import sqlalchemy as sa

from server.access import Actor
from server.db import db, now
from server.grids.models import BASE
from server.maps import reach

BYTES_MAX = 64 * 2**20
"""Per process."""

_kept: OrderedDict[Hashable, Any] = OrderedDict()
_lock = Lock()
_size = 0


class State(NamedTuple):
    """What every map depends on: the base grids in force now, all editions in force, how many changes are committed."""

    edition: int | None
    editions: str
    version: int


class Answer(NamedTuple):
    """A finished answer: its route, its headers, the tag of its content and the content."""

    route: str
    headers: tuple[tuple[str, str], ...]
    tag: str
    content: bytes


NOW = sa.text("""
select max(id) filter (where layer = :layer) as edition,
  coalesce(string_agg(id::text, ' ' order by id), '') as editions,
  (select folded + (select count(*) from tally_changes) from tally_marks) as version
from grid_editions where status = 'published' and tstzrange(valid_from, valid_to) @> cast(:moment as timestamptz)
""")


def state() -> State:
    """Return the present state, in one small statement."""
    return State(*db.session.connection().execute(NOW, {"layer": BASE, "moment": now()}).one())


def key(what: str, held: State, ask: dict[str, Any], by: Actor, *more: Hashable) -> Hashable:
    """Return the name of an answer: equal only for readers who see the same events of the same data."""
    asked = tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in sorted(ask.items()))
    return what, held, asked, reach.name(by), *more


def recall(name: Hashable, make: Callable[[], Any]) -> Any:
    """Return what is kept under ``name``, made now if nothing is."""
    found = kept(name)
    if found is not None:
        return found
    made = make()
    keep(name, made)
    return made


def kept(name: Hashable) -> Any:
    """Return what is kept under ``name``, None when nothing is."""
    with _lock:
        if name not in _kept:
            return None
        _kept.move_to_end(name)
        return _kept[name]


def keep(name: Hashable, made: Any) -> None:
    """Keep ``made`` under ``name``; what was longest not asked for makes room."""
    global _size  # noqa: PLW0603
    with _lock:
        if name not in _kept:
            _kept[name] = made
            _size += _weight(made)
        while _size > BYTES_MAX and len(_kept) > 1:
            _size -= _weight(_kept.popitem(last=False)[1])


def _weight(made: Any) -> int:
    """Return about how many bytes something takes; the entry itself counts too."""
    if isinstance(made, bytes | Answer):
        return 1024 + len(made.content if isinstance(made, Answer) else made)
    return 1024 + (500 * len(made["items"]) if "items" in made else 100 * len(made))


def forget() -> None:
    """Forget everything; for tests, which take back what was committed."""
    global _size  # noqa: PLW0603
    with _lock:
        _kept.clear()
        _size = 0
