"""What photos must know of the kind of item they belong to.

Job: one row per kind: who may see, send and open its photos, and what the item itself says of place and time.
Never: know a kind of item (each kind describes itself).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server import access
from server.access import Actor, Clause
from server.db import db
from server.errors import NotFound


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of item with photos. ``reach`` gives the rows an actor sees."""

    kind: str
    path: str
    model: Any
    view: str
    reach: Callable[[Actor], Clause]
    sends: tuple[str, ...]

    def find(self, item_id: uuid.UUID, by: Actor) -> Any:
        """Return an item the actor may see; NotFound alike for absent and foreign ones."""
        item = db.session.scalars(sa.select(self.model).where(self.model.id == item_id, self.reach(by))).first()
        if item is None:
            raise NotFound
        return item

    def holds(self, item: Any, by: Actor, permissions: tuple[str, ...]) -> bool:
        """Tell whether ``by`` holds one of ``permissions`` on this very item."""
        clauses = [access.within(by, permission, self.model) for permission in permissions]
        query = sa.select(sa.or_(sa.false(), *clauses)).where(self.model.id == item.id)
        return bool(db.session.scalar(query))
