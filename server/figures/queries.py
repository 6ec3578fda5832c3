"""The named queries: for each figure the records above and below the line (spec 11: K01–K10, K28, K33).

Job: build two selects of (kind, id, no) per figure; the number is their count, the drill-down is themselves.
Never: hold a number, or reach outside the reader's scope.

Moments follow the definitions of the specification: 应处置 are the events whose HANDLE limit ended in the period or
that were handled in it; later facts never flatter an earlier period, because only what happened before its end counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server.access import Actor, within
from server.clocks.models import Clock
from server.events.models import Event
from server.figures.ratio import Unit
from server.flow import Assignment
from server.journal import Entry
from server.objections.models import Objection
from server.whistles.models import CheckIn, Whistle

MAY = "stats.unit"
Clause = sa.ColumnElement[bool]
Rows = sa.Select[Any]


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
        if self.category and model is Event:
            found.append(Event.category.startswith(self.category, autoescape=True))
        if self.unit and model is Event:
            held = sa.exists().where(Assignment.item_id == Event.id, Assignment.unit_code == self.unit)
            found.append(held.correlate(Event))
        if self.unit and hasattr(model, "unit_code"):
            found.append(model.unit_code == self.unit)
        return found

    def during(self, moment: Any) -> Clause:
        """Return the condition that ``moment`` lies in the period."""
        return sa.and_(moment >= self.since, moment < self.until)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: which records count below the line, which above it."""

    code: str
    variant: str
    below: Callable[[Asked], Rows]
    above: Callable[[Asked], Rows]
    unit: Unit = "percent"


def _rows(kind: str, model: Any, *where: Any) -> Rows:
    return sa.select(sa.literal(kind).label("kind"), model.id, model.no).where(*where)


DROPPED = ("rejected", "merged", "converted", "void")
VALID = ("filed", "dispatched", "accepted", "handling", "suspended", "handled", "self_done", "closed", "merged")


def _clock(code: str, *where: Any, column: Any = None) -> Any:
    """Return the (latest) moment of a clock of an event, by default its due moment."""
    moment = column if column is not None else Clock.due_at
    found = sa.select(sa.func.max(moment)).where(Clock.item_id == Event.id, Clock.code == code, *where)
    return found.correlate(Event).scalar_subquery()


def _first_due() -> Any:
    found = sa.select(sa.func.min(Clock.original_due_at)).where(Clock.item_id == Event.id, Clock.code == "HANDLE")
    return found.correlate(Event).scalar_subquery()


def _to_handle(ask: Asked) -> list[Any]:
    """应处置: limit ended in the period, or handled in it."""
    due = sa.exists().where(
        Clock.item_id == Event.id, Clock.code == "HANDLE", Clock.result != "cancelled", ask.during(Clock.due_at)
    )
    return [*ask.of(Event), Event.state.not_in(DROPPED), sa.or_(due.correlate(Event), ask.during(Event.handled_at))]


def _handled(ask: Asked) -> Clause:
    return Event.handled_at < ask.until


def to_handle(ask: Asked) -> Rows:
    """Return the events due to be handled."""
    return _rows("event", Event, *_to_handle(ask))


def handled(ask: Asked) -> Rows:
    """Return those of them that were handled."""
    return _rows("event", Event, *_to_handle(ask), _handled(ask))


def handled_on_time(ask: Asked) -> Rows:
    """Return those handled by the original due time; what the grid solved itself has none and is on time."""
    on_time = sa.or_(_first_due().is_(None), Event.handled_at <= _first_due())
    return _rows("event", Event, *_to_handle(ask), _handled(ask), on_time)


def overdue_open(ask: Asked) -> Rows:
    """Return those past due and not handled when the period ended."""
    late = _clock("HANDLE") < sa.func.least(ask.until, sa.func.now())
    return _rows(
        "event", Event, *_to_handle(ask), late, sa.or_(Event.handled_at.is_(None), Event.handled_at >= ask.until)
    )


def _to_close(ask: Asked) -> list[Any]:
    """应结案: closing limit ended in the period, or closed in it."""
    due = sa.exists().where(
        Clock.item_id == Event.id, Clock.code == "VERIFY", Clock.result != "cancelled", ask.during(Clock.due_at)
    )
    return [
        *ask.of(Event),
        Event.state.not_in(DROPPED),
        sa.or_(due.correlate(Event), sa.and_(Event.state == "closed", ask.during(Event.closed_at))),
    ]


def to_close(ask: Asked) -> Rows:
    """Return the events due to be closed."""
    return _rows("event", Event, *_to_close(ask))


def closed(ask: Asked) -> Rows:
    """Return those closed before the period ended."""
    return _rows("event", Event, *_to_close(ask), Event.state == "closed", Event.closed_at < ask.until)


def closed_on_time(ask: Asked) -> Rows:
    """Return those closed by the original limit of the verification."""
    first = _clock("VERIFY", column=Clock.original_due_at)
    return _rows(
        "event", Event, *_to_close(ask), Event.state == "closed", Event.closed_at <= first, Event.closed_at < ask.until
    )


def _walked(ask: Asked, *moves: str) -> Rows:
    """Return one row per walk of these arrows in the period, on events in scope."""
    joined = sa.select(sa.literal("event").label("kind"), Event.id, Event.no).join(Entry, Entry.item_id == Event.id)
    return joined.where(*ask.of(Event), Entry.move.in_(moves), ask.during(Entry.at))


def reported(ask: Asked) -> Rows:
    """Return the events reported in the period."""
    return _rows("event", Event, *ask.of(Event), ask.during(Event.created_at))


def valid(ask: Asked) -> Rows:
    """Return the valid ones: filed, solved in the grid, or merged."""
    return _rows("event", Event, *ask.of(Event), ask.during(Event.created_at), Event.state.in_(VALID))


def solved_in_grid(ask: Asked) -> Rows:
    """Return those the grid solved itself, verified by somebody else."""
    solved = (Event.self_handled.is_(True), Event.state == "closed")
    return _rows("event", Event, *ask.of(Event), ask.during(Event.created_at), *solved)


def _calls(ask: Asked, code: str) -> list[Any]:
    """Return the check-ins whose ``code`` clock ended in the period; cancelled before any limit are left out."""
    ended = sa.func.least(sa.func.coalesce(Clock.stopped_at, Clock.due_at), Clock.due_at)
    return [
        *ask.of(CheckIn),
        Clock.item_id == CheckIn.id,
        Clock.code == code,
        ask.during(ended),
        sa.or_(Clock.result != "cancelled", Clock.stopped_at > Clock.due_at),
        CheckIn.state != "excused",
    ]


def _in_time(ask: Asked) -> Clause:
    """The clock was met before the period ended."""
    return sa.and_(Clock.result == "met", Clock.stopped_at < ask.until)


def calls(ask: Asked) -> Rows:
    """Return whistle × department with a response due (variant B)."""
    return _rows("check_in", CheckIn, *_calls(ask, "RESP"))


def calls_answered(ask: Asked) -> Rows:
    """Return those answered within RESP."""
    return _rows("check_in", CheckIn, *_calls(ask, "RESP"), _in_time(ask))


def whistles_due(ask: Asked) -> Rows:
    """Return the whistles with a response due (variant A)."""
    due = sa.select(CheckIn.whistle_id).where(*_calls(ask, "RESP"))
    return _rows("whistle", Whistle, Whistle.id.in_(due))


def whistles_answered(ask: Asked) -> Rows:
    """Return the whistles every called department answered within RESP."""
    due = sa.select(CheckIn.whistle_id).where(*_calls(ask, "RESP"))
    missed = sa.select(CheckIn.whistle_id).where(*_calls(ask, "RESP"), sa.not_(sa.func.coalesce(_in_time(ask), False)))
    return _rows("whistle", Whistle, Whistle.id.in_(due), Whistle.id.not_in(missed))


def arrivals_due(ask: Asked) -> Rows:
    """Return the check-ins with an arrival due."""
    return _rows("check_in", CheckIn, *_calls(ask, "ARRIVE"))


def arrivals_in_time(ask: Asked) -> Rows:
    """Return those that arrived within ARRIVE."""
    return _rows("check_in", CheckIn, *_calls(ask, "ARRIVE"), _in_time(ask))


def blown(ask: Asked) -> Rows:
    """Return the whistles blown in the period."""
    return _rows("whistle", Whistle, *ask.of(Whistle), ask.during(Whistle.blown_at))


def assignments(ask: Asked) -> Rows:
    """Return one row per assignment made in the period."""
    joined = sa.select(sa.literal("event").label("kind"), Event.id, Event.no).join(
        Assignment, Assignment.item_id == Event.id
    )
    return joined.where(*ask.of(Event), ask.during(Assignment.since))


def assigned_items(ask: Asked) -> Rows:
    """Return the events assigned in the period."""
    return assignments(ask).distinct()


def objections(ask: Asked, *states: str) -> Rows:
    """Return the objections filed in the period, those in ``states`` when given."""
    where = [*ask.of(Objection), ask.during(Objection.created_at)]
    return _rows("objection", Objection, *where, *([Objection.state.in_(states)] if states else []))


FIGURES = (
    Figure("K01", "", to_handle, handled),
    Figure("K02", "", to_handle, handled_on_time),
    Figure("K03", "A", to_close, closed),
    Figure("K03", "B", to_close, closed_on_time),
    Figure("K04", "", to_close, lambda ask: _walked(ask, "EV-17", "EV-19")),
    Figure("K05", "A", to_handle, overdue_open),
    Figure("K05", "B", to_handle, lambda ask: _walked(ask, "EV-14")),
    Figure("K06", "", reported, valid),
    Figure("K07", "", valid, solved_in_grid),
    Figure("K08", "A", whistles_due, whistles_answered),
    Figure("K08", "B", calls, calls_answered),
    Figure("K09", "", arrivals_due, arrivals_in_time),
    Figure("K10", "", valid, blown),
    Figure("K28", "A", assignments, objections),
    Figure("K28", "B", objections, lambda ask: objections(ask, "dismissed")),
    Figure("K28", "C", assigned_items, lambda ask: _walked(ask, "EV-10", "EV-22", "EV-23"), "per_100"),
    Figure("K33", "", assignments, lambda ask: objections(ask, "upheld"), "complement"),
)
"""All figures of the main job; a figure of a later slice is a row more."""
