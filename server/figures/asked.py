"""What a figure is asked for: a period, whose eyes, which part of the district.

Job: turn these into conditions on any record that figures count.
Never: count, or reach outside the reader's scope.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from server.access import Actor, within
from server.db import now
from server.events.models import Event
from server.flow import Assignment
from server.objections.models import Objection
from server.whistles.models import CheckIn, Whistle

MAY = "stats.unit"
Clause = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """For which period (from inclusive, until exclusive), whose eyes, and which part of the district."""

    since: datetime
    until: datetime
    by: Actor
    township: str | None = None
    grid: str | None = None
    category: str | None = None
    unit: str | None = None

    def of(self, model: Any) -> list[Clause]:
        """Return scope and filters as conditions on ``model``."""
        found = [within(self.by, MAY, model)]
        if self.township:
            found.append(model.township_code == self.township)
        if self.grid:
            found.append(model.grid_code == self.grid)
        if self.category:
            found.append(CATEGORY[model](self.category))
        if self.unit:
            found.append(UNIT[model](self.unit))
        return found

    def during(self, moment: Any) -> Clause:
        """Return the condition that ``moment`` lies in the period."""
        return sa.and_(moment >= self.since, moment < self.until)

    def over(self, limit: Any) -> Clause:
        """Return the condition that ``limit`` ended in the period: what lies ahead has not ended yet."""
        return sa.and_(self.during(limit), limit <= now())


class Assigned:
    """An assignment seen at the place of its event; a department reaches its own ones, those that ended too."""

    township_code, village_code, grid_code = Event.township_code, Event.village_code, Event.grid_code
    scopes: ClassVar[dict[str, Any]] = {"d": lambda model, actor, hat: Assignment.unit_code == hat.unit}


_event = aliased(Event)
_whistled = sa.select(Whistle.event_id).where(Whistle.id == CheckIn.whistle_id).scalar_subquery()
_objected = sa.select(Whistle.event_id).join(CheckIn, CheckIn.whistle_id == Whistle.id)
_objected_event = sa.func.coalesce(
    _objected.where(CheckIn.id == Objection.item_id).scalar_subquery(), Objection.item_id
)


def _about(event_id: Any) -> Callable[[str], Clause]:
    return lambda code: event_id.in_(sa.select(_event.id).where(_event.category.startswith(code, autoescape=True)))


CATEGORY: dict[Any, Callable[[str], Clause]] = {
    Event: lambda code: Event.category.startswith(code, autoescape=True),
    Assigned: lambda code: Event.category.startswith(code, autoescape=True),
    Whistle: _about(Whistle.event_id),
    CheckIn: _about(_whistled),
    Objection: _about(_objected_event),
}
"""What it means that a record is about a category: its event is."""
UNIT: dict[Any, Callable[[str], Clause]] = {
    Event: lambda code: Event.id.in_(sa.select(Assignment.item_id).where(Assignment.unit_code == code)),
    Assigned: lambda code: Assignment.unit_code == code,
    Whistle: lambda code: Whistle.id.in_(sa.select(CheckIn.whistle_id).where(CheckIn.unit_code == code)),
    CheckIn: lambda code: CheckIn.unit_code == code,
    Objection: lambda code: Objection.unit_code == code,
}
"""What it means that a record is a unit's."""
