"""Write lines: buffered in the session, inserted together just before the commit.

Job: one line per act, whatever the number of acts in one transaction.
Never: commit, update or delete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server import rows
from server.access import Actor, Hat
from server.db import db, now
from server.journal import wake
from server.journal.models import Entry

_BUFFER = "journal.lines"
_WRITTEN = "journal.written"
_UNHEARD = "journal.unheard"


@dataclass(slots=True)
class Line:
    """What one act leaves behind; ``audience`` are the tags of those who may hear of it live."""

    action: str
    by: Actor
    hat: Hat | None = None
    item: Any = None
    kind: str | None = None
    move: str | None = None
    state_from: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    audience: Iterable[str] = ()
    at: datetime | None = None
    captured_at: datetime | None = None

    def row(self) -> dict[str, Any]:
        """Return the column values."""
        hat = self.hat or (self.by.hats[0] if self.by.hats else None)
        item = self.item
        return {
            "at": self.at or now(),
            "captured_at": self.captured_at,
            "action": self.action,
            "move": self.move,
            "item_kind": self.kind,
            "item_id": item.id if item is not None else None,
            "item_no": getattr(item, "no", None),
            "revision": item.revision if item is not None and self.move else None,
            "state_from": self.state_from,
            "state_to": item.state if item is not None and self.move else None,
            "person_id": self.by.person_id,
            "post_id": hat.post_id if hat else None,
            "role": hat.role if hat else "",
            "unit_code": hat.unit if hat else "",
            "device_id": self.by.device_id,
            "facts": self.facts,
            "audience": sorted(set(self.audience)),
        }


def write(line: Line) -> None:
    """Keep ``line`` for this transaction; the row is frozen now, inserted by ``flush``."""
    unheard = {"audience": []} if is_unheard() else {}
    db.session.info.setdefault(_BUFFER, []).append(line.row() | unheard)


def is_unheard() -> bool:
    """Tell whether lines written now have no audience."""
    return bool(db.session.info.get(_UNHEARD))


@contextmanager
def unheard() -> Iterator[None]:
    """Lines written within the block have no audience: they tell of a past that nobody must hear of as news."""
    db.session.info[_UNHEARD] = True
    try:
        yield
    finally:
        db.session.info.pop(_UNHEARD, None)


def flush() -> list[Any]:
    """Insert the buffered lines in one statement and return (id, action, item_id) of each, in the order written."""
    lines = db.session.info.pop(_BUFFER, [])
    if not lines:
        return []
    rows.insert(Entry, lines)
    written = sorted(rows.returning("id", "action", "item_id"))
    db.session.info.setdefault(_WRITTEN, []).extend(written)
    wake.after_commit(db.session)
    return written


def drain() -> list[Any]:
    """Return and forget all lines inserted in this transaction (for what must follow from them)."""
    flush()
    return list(db.session.info.pop(_WRITTEN, []))


def forget() -> None:
    """Drop the buffers: the transaction was rolled back."""
    db.session.info.pop(_BUFFER, None)
    db.session.info.pop(_WRITTEN, None)


@contextmanager
def savepoint() -> Iterator[None]:
    """A part of the transaction that may fail on its own: its rows and its lines are undone together."""
    flush()
    written = len(db.session.info.get(_WRITTEN, ()))
    try:
        with db.session.begin_nested():
            yield
            db.session.flush()
            flush()
    except BaseException:
        db.session.expunge_all()
        db.session.info.pop(_BUFFER, None)
        del db.session.info.get(_WRITTEN, [])[written:]
        raise


def plain(value: Any) -> Any:
    """Return ``value`` as JSON can hold it: ids and moments as text."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
