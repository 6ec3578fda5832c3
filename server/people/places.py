"""Units and grids that a filter may name (筛选用的单位与网格).

Job: validators: a code nobody knows is refused by the name of its field; an empty list would say that there is nothing.
Never: tell whether the reader may see what lies there.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import marshmallow as ma
import sqlalchemy as sa

from server import policy
from server.db import db
from server.people.models import Post, Unit

_grids = sa.table("grids", sa.column("code"))
"""Of every edition: old events keep the grids of theirs."""


@dataclass(frozen=True, slots=True)
class UnitOf:
    """A validator of filters: the value is the code of a unit, of this kind where one is named; empty asks for all.

    Known is what the policy names, and what came with the grids: their villages, a township that only they know.
    """

    kind: str = ""

    @property
    def choices(self) -> Collection[str]:
        """Return the codes that the policy knows now."""
        return [unit.code for unit in policy.current().units.values() if self.kind in ("", unit.kind)]

    def __call__(self, value: str) -> None:
        """Raise ValidationError when there is no such unit."""
        if value and value not in self.choices and not self._came_with_grids(value):
            raise ma.ValidationError(f"没有这个单位 (unknown unit): {value[:40]}")

    def _came_with_grids(self, value: str) -> bool:
        kind = [Unit.kind == self.kind] if self.kind else []
        return _is_text(value) and db.session.scalar(sa.select(Unit.code).where(Unit.code == value, *kind)) is not None


IN_TOWNSHIP = UnitOf("township")
IN_VILLAGE = UnitOf("village")
OF_UNIT = UnitOf()


def is_grid(value: str) -> bool:
    """Tell whether a grid of any edition has this code, or a post is for it."""
    drawn, manned = sa.exists().where(_grids.c.code == value), sa.exists().where(Post.grid_code == value)
    return _is_text(value) and bool(db.session.scalar(sa.select(sa.or_(drawn, manned))))


def in_grid(value: str) -> None:
    """Raise ValidationError when there is no such grid; empty asks for all."""
    if value and not is_grid(value):
        raise ma.ValidationError(f"没有这个网格 (unknown grid): {value[:40]}")


def _is_text(value: str) -> bool:
    return "\x00" not in value
