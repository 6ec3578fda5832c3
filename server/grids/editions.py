"""Which edition holds when: publish a loaded edition for a moment, withdraw a plan, drop a draft (网格版本的启用).

Job: keep each layer's editions in one row without gap or overlap, begun only in the future, never changed afterwards.
Never: look at a geometry (``lineage`` does) or commit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as of_day
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from server import journal
from server.access import Actor
from server.db import CN, db, execute, now
from server.grids import lineage
from server.grids.models import LOADED, PUBLISHED, Edition
from server.grids.refusals import AlreadyBegun, AlreadyPublished, NotAfterTheLast, UnknownEdition
from server.journal import Line


@dataclass(frozen=True, slots=True)
class Span:
    """An edition and the time in which it holds; None is open-ended."""

    id: int
    name: str
    layer: str
    valid_from: datetime | None
    valid_to: datetime | None
    digest: str

    def holds(self, moment: datetime) -> bool:
        """Tell whether this edition is in force at ``moment``."""
        return (self.valid_from is None or self.valid_from <= moment) and (
            self.valid_to is None or moment < self.valid_to
        )


_E = Edition.__table__.c
_SPAN = (_E.id, _E.name, _E.layer, _E.valid_from, _E.valid_to, _E.file_sha256)
_PUBLISHED = sa.select(*_SPAN).where(_E.status == PUBLISHED).order_by(_E.valid_from.nulls_first())


LOOK_S = 5.0
LEAD = timedelta(minutes=1)
"""From publishing to the beginning at the least: every process has looked by then, and all change over together."""
_known: WeakKeyDictionary[Any, tuple[float, list[Span]]] = WeakKeyDictionary()
"""Engine → when it was looked at, and what was found."""


def published() -> list[Span]:
    """Return every published edition of every layer, oldest first, as known within the last seconds."""
    looked_at, found = _known.get(db.engine, (-math.inf, []))
    if not found or time.monotonic() - looked_at >= LOOK_S:
        found = [Span(*row) for row in execute(_PUBLISHED)]
        _known[db.engine] = (time.monotonic(), found)
    return found


def _look_again() -> None:
    _known.pop(db.engine, None)


def named(name: str) -> Edition:
    """Return the edition of this name; raises UnknownEdition."""
    found: Edition | None = db.session.scalar(sa.select(Edition).where(Edition.name == name))
    if found is None:
        raise UnknownEdition(edition=name)
    return found


def span(edition: Edition) -> Span:
    """Return the span of ``edition``, published or not."""
    return Span(*(getattr(edition, column.key) for column in _SPAN))


def in_force(spans: Sequence[Span], layer: str, moment: datetime) -> Span | None:
    """Return the edition of ``layer`` that holds at ``moment``."""
    return next((each for each in spans if each.layer == layer and each.holds(moment)), None)


def midnight_after(moment: datetime) -> datetime:
    """Return the next midnight in Beijing: when a new edition begins unless said otherwise (spec 14.2)."""
    tomorrow = moment.astimezone(CN).date() + timedelta(days=1)
    return datetime.combine(tomorrow, of_day(), CN)


def publish(edition: Edition, *, by: Actor, at: datetime | None = None) -> Edition:
    """Put ``edition`` in force from ``at`` (aware; by default the next midnight in Beijing) and end the one before.

    The first edition of a layer holds since ever unless ``at`` says otherwise, so nothing captured earlier is lost.

    Raises:
        AlreadyPublished: it is published.
        NotAfterTheLast: ``at`` is not at least a minute ahead, or lies before the beginning of the last edition.
        CodesReused: codes of former grids would come back, or stand for another place.
    """
    line = _line_of(edition.layer)
    if edition.status == PUBLISHED:
        raise AlreadyPublished(edition=edition.name)
    before = line[-1] if line else None
    begins = at or (midnight_after(now()) if before else None)
    if before is not None:
        _check_future(begins, before)
        lineage.check_codes(edition, before, [each.id for each in line])
        lineage.draw(edition, before)
        before.valid_to = begins
        db.session.flush()
    edition.status, edition.valid_from = PUBLISHED, begins
    db.session.flush()
    _tell("grids.published", edition, by)
    return edition


def _check_future(begins: datetime | None, before: Edition) -> None:
    if begins is None or begins < now() + LEAD or (before.valid_from is not None and begins <= before.valid_from):
        raise NotAfterTheLast(last=before.name)


def _line_of(layer: str) -> list[Edition]:
    """Return the published editions of ``layer``, oldest first, locked: two officers must not publish at once."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"grid_editions:{layer}"))))
    query = sa.select(Edition).where(Edition.layer == layer, Edition.status == PUBLISHED)
    query = query.order_by(Edition.valid_from.nulls_first()).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def withdraw(edition: Edition, *, by: Actor) -> Edition:
    """Take back an edition that was published for a later moment; the one before holds on. Raises AlreadyBegun."""
    line = _line_of(edition.layer)
    begins = edition.valid_from
    if edition.status != PUBLISHED or begins is None or begins <= now() + LEAD or line[-1] is not edition:
        raise AlreadyBegun(edition=edition.name)
    edition.status, edition.valid_from, edition.valid_to = LOADED, None, None
    db.session.flush()
    for before in line[-2:-1]:
        before.valid_to = None
    _tell("grids.withdrawn", edition, by)
    return edition


def drop(edition: Edition, *, by: Actor) -> None:
    """Delete an edition that was never published, with its grids. Raises AlreadyPublished."""
    if edition.status == PUBLISHED:
        raise AlreadyPublished(edition=edition.name)
    _tell("grids.dropped", edition, by)
    db.session.delete(edition)
    db.session.flush()


def _tell(action: str, edition: Edition, by: Actor) -> None:
    _look_again()
    facts = {
        "edition": edition.name,
        "layer": edition.layer,
        "valid_from": edition.valid_from,
        "sha256": edition.file_sha256,
    }
    journal.write(Line(action, by, facts=journal.plain(facts), audience={"a"}))
