"""The named queries: for each figure the records above and below the line (spec 11: K01–K10, K28, K33).

Job: build two selects of (kind, id, no) per figure; the number is their count, the drill-down is themselves.
Never: hold a number, or reach outside the reader's scope.

Moments follow the definitions of the specification: 应处置 are the events whose HANDLE limit ended in the period or
that were handled in it; later facts never flatter an earlier period, because only what happened before its end counts.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from server.clocks.models import Clock
from server.events.models import Event
from server.figures.asked import Asked, Assigned, Clause
from server.figures.closing import ended_unhandled
from server.figures.figure import Figure, Part, Rows
from server.flow import Assignment
from server.journal import Entry
from server.objections.models import Objection
from server.whistles.models import CheckIn, Whistle

_event = aliased(Event)


def _rows(kind: str, model: Any, *where: Any) -> Rows:
    return sa.select(sa.literal(kind).label("kind"), model.id, model.no).where(*where)


DROPPED = ("rejected", "merged", "converted", "void")
VALID = ("filed", "dispatched", "accepted", "handling", "suspended", "handled", "self_done", "closed", "merged")


def _first_due() -> Any:
    found = sa.select(sa.func.min(Clock.original_due_at)).where(Clock.item_id == Event.id, Clock.code == "HANDLE")
    return found.correlate(Event).scalar_subquery()


def _on_time() -> Clause:
    never = sa.literal_column("timestamptz 'infinity'")
    return sa.func.coalesce(Event.handled_at, never) <= sa.func.coalesce(_first_due(), never)


def _ended(ask: Asked, code: str) -> Any:
    """Return the ids of what had a limit that ended in the period."""
    return sa.select(Clock.item_id).where(Clock.code == code, Clock.result != "cancelled", ask.over(Clock.due_at))


def _one_of(*ids: Any) -> Clause:
    """Return the condition that an event is in any of these sets: each is read by its own index, none row by row."""
    return Event.id.in_(sa.union(*ids))


def to_handle(ask: Asked) -> Rows:
    """Return the events due to be handled (应处置): limit ended in the period, or handled in it."""
    done = sa.select(_event.id).where(ask.during(_event.handled_at))
    return _rows("event", Event, *ask.of(Event), Event.state.not_in(DROPPED), _one_of(_ended(ask, "HANDLE"), done))


def _handled(ask: Asked) -> Clause:
    return Event.handled_at < ask.until


def _handled_on_time(ask: Asked) -> Clause:
    return sa.and_(_handled(ask), _on_time())


def _handled_by_a_later_due(ask: Asked) -> Clause:
    later = sa.exists().where(
        Clock.item_id == Event.id,
        Clock.code == "HANDLE",
        Clock.due_at > Clock.original_due_at,
        Event.handled_at <= Clock.due_at,
    )
    return sa.and_(_handled(ask), later.correlate(Event), Event.handled_at > _first_due())


def _overdue_open(ask: Asked) -> Clause:
    open_then = sa.exists().where(
        Clock.item_id == Event.id,
        Clock.code == "HANDLE",
        ask.over(Clock.due_at),
        sa.or_(Clock.stopped_at.is_(None), Clock.stopped_at >= ask.until),
    )
    return open_then.correlate(Event)  # type: ignore[no-any-return]


handled = Part(to_handle, _handled)
"""Those of them that were handled."""
handled_on_time = Part(to_handle, _handled_on_time)
"""Those handled by the original due time; what the grid solved itself has none and is on time."""
handled_by_a_later_due = Part(to_handle, _handled_by_a_later_due)
"""Those handled after the original due time and by the extended one: shown apart."""
overdue_open = Part(to_handle, _overdue_open)
"""Those past due and not handled when the period ended; what was done later changes nothing."""


def to_close(ask: Asked) -> Rows:
    """Return the events due to be closed (应结案): closing limit ended in the period, of what nobody handled too, or
    closed in it.
    """
    done = sa.select(_event.id).where(_event.state == "closed", ask.during(_event.closed_at))
    found = _one_of(_ended(ask, "VERIFY"), ended_unhandled(ask), done)
    return _rows("event", Event, *ask.of(Event), Event.state.not_in(DROPPED), found)


def _closed(ask: Asked) -> Clause:
    return sa.and_(Event.state == "closed", Event.closed_at < ask.until)


def _closed_on_time(ask: Asked) -> Clause:
    last = sa.select(sa.func.max(Clock.original_due_at)).where(Clock.item_id == Event.id, Clock.code == "VERIFY")
    return sa.and_(_closed(ask), Event.closed_at <= last.correlate(Event).scalar_subquery(), _on_time())


closed = Part(to_close, _closed)
"""Those closed before the period ended."""
closed_on_time = Part(to_close, _closed_on_time)
"""Those closed by the original limit of the verification, after a handling in its original limit too."""


def _walked(ask: Asked, *moves: str) -> Rows:
    """Return one row per walk of these arrows in the period, on events in scope."""
    joined = sa.select(sa.literal("event").label("kind"), Event.id, Event.no).join(Entry, Entry.item_id == Event.id)
    return joined.where(*ask.of(Event), Entry.move.in_(moves), ask.during(Entry.at))


def reported(ask: Asked) -> Rows:
    """Return the events reported in the period."""
    return _rows("event", Event, *ask.of(Event), ask.during(Event.created_at))


valid = Part(reported, lambda ask: Event.state.in_(VALID))
"""The valid ones: filed, solved in the grid, or merged."""
solved_in_grid = Part(reported, lambda ask: sa.and_(Event.self_handled.is_(True), Event.state == "closed"))
"""Those the grid solved itself, verified by somebody else."""


def _checked(ask: Asked, *where: Any) -> Rows:
    checked = sa.exists().where(Entry.item_id == Event.id, Entry.move == "EV-18", ask.during(Entry.at), *where)
    return _rows("event", Event, *ask.of(Event), checked.correlate(Event))


def checked_in_grid(ask: Asked) -> Rows:
    """Return those the grid solved itself that were verified in the period."""
    return _checked(ask)


def checked_on_site(ask: Asked) -> Rows:
    """Return those of them that somebody looked at on the spot: at least a fifth (EV-18)."""
    return _checked(ask, Entry.facts["onsite"].as_boolean())


_ENDED = sa.func.least(sa.func.coalesce(Clock.stopped_at, Clock.due_at), Clock.due_at)
"""When a limit ended: with the answer, at the latest when it was due."""
_MET = Clock.result == "met"


def _ended_in(ask: Asked) -> tuple[Clause, ...]:
    """Return that a limit ended in the period; none ends after it is due, which an index knows."""
    return ask.over(_ENDED), Clock.due_at >= ask.since


def _calls(ask: Asked, code: str) -> list[Any]:
    """Return the conditions of check-ins with a ``code`` clock; cancelled before the limit are left out."""
    cancelled = sa.exists().where(
        Whistle.id == CheckIn.whistle_id, Whistle.state == "cancelled", Whistle.closed_at <= Clock.due_at
    )
    return [
        *ask.of(CheckIn),
        Clock.item_id == CheckIn.id,
        Clock.code == code,
        sa.or_(Clock.result != "cancelled", Clock.stopped_at > Clock.due_at),
        sa.not_(cancelled.correlate(CheckIn, Clock)),
    ]


def calls(ask: Asked) -> Rows:
    """Return whistle × department whose RESP ended in the period (variant B)."""
    return _rows("check_in", CheckIn, *_calls(ask, "RESP"), *_ended_in(ask))


calls_answered = Part(calls, lambda ask: _MET)
"""Those answered within RESP."""


def _whistles(ask: Asked, *having: Any) -> Rows:
    """Return the whistles whose last RESP ended in the period: each whistle belongs to one period."""
    last = sa.select(CheckIn.whistle_id).where(*_calls(ask, "RESP")).group_by(CheckIn.whistle_id)
    return _rows("whistle", Whistle, Whistle.id.in_(last.having(ask.over(sa.func.max(_ENDED)), *having)))


def whistles_due(ask: Asked) -> Rows:
    """Return the whistles with a response due (variant A)."""
    return _whistles(ask)


def whistles_answered(ask: Asked) -> Rows:
    """Return the whistles every called department answered within RESP."""
    return _whistles(ask, sa.func.bool_and(_MET))


def arrivals_due(ask: Asked) -> Rows:
    """Return the check-ins with an arrival due; excused ones are left out."""
    return _rows("check_in", CheckIn, *_calls(ask, "ARRIVE"), CheckIn.state != "excused", *_ended_in(ask))


arrivals_in_time = Part(arrivals_due, lambda ask: _MET)
"""Those that arrived within ARRIVE."""


def blown(ask: Asked) -> Rows:
    """Return the whistles blown in the period."""
    return _rows("whistle", Whistle, *ask.of(Whistle), ask.during(Whistle.blown_at))


def assignments(ask: Asked) -> Rows:
    """Return one row per assignment of an event made in the period."""
    joined = sa.select(sa.literal("event").label("kind"), Event.id, Event.no).join(
        Assignment, Assignment.item_id == Event.id
    )
    return joined.where(*ask.of(Assigned), ask.during(Assignment.since))


def assigned_items(ask: Asked) -> Rows:
    """Return the events assigned in the period."""
    return assignments(ask).distinct()


def objections(ask: Asked) -> Rows:
    """Return the objections filed in the period, to assignments and to calls."""
    return _rows("objection", Objection, *ask.of(Objection), ask.during(Objection.created_at))


_TO_ASSIGNMENT = Objection.item_kind == "event"
"""What stands above assignments: a call is none."""
objections_to_assignments = Part(objections, lambda ask: _TO_ASSIGNMENT)
_UPHELD, _DISMISSED = Objection.state == "upheld", Objection.state == "dismissed"

FIGURES = (
    Figure("K01", "", to_handle, handled),
    Figure("K02", "", to_handle, handled_on_time),
    Figure("K02", "E", to_handle, handled_by_a_later_due),
    Figure("K03", "A", to_close, closed),
    Figure("K03", "B", to_close, closed_on_time),
    Figure("K04", "", to_close, lambda ask: _walked(ask, "EV-17", "EV-19")),
    Figure("K05", "A", to_handle, overdue_open),
    Figure("K05", "B", to_handle, lambda ask: _walked(ask, "EV-14")),
    Figure("K06", "", reported, valid),
    Figure("K07", "", valid, solved_in_grid),
    Figure("K07", "S", checked_in_grid, checked_on_site),
    Figure("K08", "A", whistles_due, whistles_answered),
    Figure("K08", "B", calls, calls_answered),
    Figure("K09", "", arrivals_due, arrivals_in_time),
    Figure("K10", "", valid, blown),
    Figure("K28", "A", assignments, objections_to_assignments),
    Figure("K28", "B", objections, Part(objections, lambda ask: _DISMISSED)),
    Figure("K28", "C", assigned_items, lambda ask: _walked(ask, "EV-10", "EV-22", "EV-23"), "per_100"),
    Figure("K33", "", assignments, Part(objections, lambda ask: sa.and_(_TO_ASSIGNMENT, _UPHELD)), "complement"),
)
"""All figures of the main job; a figure of a later slice is a row more."""
