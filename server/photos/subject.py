"""What photos must know of the kind of item they belong to.

Job: one row per kind: who may see, send and open its photos, and what the item itself says of time and place.
Never: know a kind of item (each kind describes itself).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gis.plain import Position
from server import access
from server.access import Actor, Clause
from server.db import db
from server.errors import NotFound


def _nobody(item: Any, by: Actor) -> bool:
    return False


def _nowhere(item: Any) -> Position | None:
    return None


def _nothing(item: Any, role: str) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A kind of item with photos.

    ``view`` is the permission named in the documents, ``reach`` the rows an actor sees by it. ``sends`` may add a photo
    that was not declared, ``opens`` may open an original: permissions, of which one is needed on the very item.
    ``hides`` masks all photos of an item from a reader; ``since`` and ``place`` (lon, lat, EPSG:4490) are what a
    photo's own metadata is compared with; ``hears`` are the tags of who hears of a receipt; ``received`` follows it.
    """

    kind: str
    path: str
    model: Any
    view: str
    reach: Callable[[Actor], Clause]
    sends: tuple[str, ...]
    opens: tuple[str, ...]
    hears: Callable[[Any], Iterable[str]]
    since: Callable[[Any], datetime]
    place: Callable[[Any], Position | None] = _nowhere
    hides: Callable[[Any, Actor], bool] = _nobody
    received: Callable[[Any, str], None] = _nothing

    def find(self, item_id: uuid.UUID, by: Actor, *, lock: bool = False) -> Any:
        """Return an item the actor may see, as it is now, until the commit if asked to ``lock`` it.

        NotFound alike for absent and foreign ones.
        """
        query = sa.select(self.model).where(self.model.id == item_id, self.reach(by))
        query = query.with_for_update(of=self.model) if lock else query
        item = db.session.scalars(query.execution_options(populate_existing=True)).first()
        if item is None:
            raise NotFound
        return item

    def holds(self, item: Any, by: Actor, permissions: Iterable[str]) -> bool:
        """Tell whether ``by`` holds one of ``permissions`` on this very item."""
        clauses = [access.within(by, permission, self.model) for permission in permissions]
        query = sa.select(sa.or_(sa.false(), *clauses)).where(self.model.id == item.id)
        return bool(db.session.scalar(query))


SUBJECTS: dict[str, Subject] = {}
"""Kind → what photos know of it; filled when a kind gets its routes for attachments."""
