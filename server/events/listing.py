"""Lists of events: filters, pages, search.

Job: one bounded statement per page, each row with its next due moment.
Never: count, or show what lies outside the reader's scope.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from server import access, policy
from server.access import Actor
from server.clocks.models import Clock
from server.db import db, now
from server.errors import Conflict, Forbidden
from server.events import search
from server.events.card import shown_text
from server.events.machine import EVENT
from server.events.models import Event
from server.flow import Assignment
from server.flow.card import category, iso
from server.flow.forms import of_category
from server.flow.walk import reach
from server.journal import Entry
from server.pages import PageAsk, page
from server.people.places import IN_TOWNSHIP, IN_VILLAGE, OF_UNIT, in_grid

EXCERPT = 60


class EventAsk(PageAsk):
    """Filters; all given ones must hold."""

    state = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf([s.code for s in EVENT.states])), load_default=list
    )
    category = ma.fields.String(load_default=None, validate=of_category)
    urgency = ma.fields.String(load_default=None, validate=ma.validate.OneOf(["U1", "U2", "U3", "U4", "U5"]))
    township = ma.fields.String(load_default=None, validate=IN_TOWNSHIP)
    village = ma.fields.String(load_default=None, validate=IN_VILLAGE)
    grid = ma.fields.String(load_default=None, validate=in_grid)
    placement = ma.fields.String(load_default=None)
    q = ma.fields.String(load_default=None, validate=ma.validate.Length(1, 50))
    mine = ma.fields.Boolean(load_default=False)
    open = ma.fields.Boolean(load_default=None, allow_none=True)
    overdue = ma.fields.Boolean(load_default=False)
    since = ma.fields.AwareDateTime(load_default=None)
    until = ma.fields.AwareDateTime(load_default=None)
    closed_since = ma.fields.AwareDateTime(load_default=None)
    lead = ma.fields.String(load_default=None, validate=OF_UNIT)
    part = ma.fields.String(load_default=None, validate=ma.validate.OneOf(("lead", "co")))


def _next_due() -> Any:
    due = sa.select(sa.func.min(Clock.due_at)).where(Clock.item_id == Event.id, Clock.stopped_at.is_(None))
    return due.correlate(Event).scalar_subquery()


def _lead() -> Any:
    lead = sa.select(Assignment.unit_code).where(
        Assignment.item_id == Event.id,
        Assignment.role == "lead",
        sa.or_(Assignment.until.is_(None), Assignment.ended_by == "finished"),
    )
    return lead.correlate(Event).limit(1).scalar_subquery()


def _part(role: str, by: Actor) -> Any:
    """Return the condition that a unit of ``by`` has this part in an event: leads it, or is a co-unit."""
    held = sa.or_(Assignment.until.is_(None), Assignment.ended_by == "finished")
    mine = (Assignment.role == role, Assignment.unit_code.in_(by.units), held)
    return sa.exists().where(Assignment.item_id == Event.id, *mine).correlate(Event)


_THEN: Any = sa.bindparam(None, callable_=now, type_=sa.DateTime(timezone=True))
"""The moment at which a statement is executed, not that at which it was made."""


def _is_overdue(_: bool) -> Any:
    return sa.exists().where(Clock.item_id == Event.id, Clock.stopped_at.is_(None), Clock.due_at < _THEN)


FINAL = frozenset(state.code for state in EVENT.states if state.kind == "final")


def _in(states: list[str]) -> Any:
    """Return the condition that an event is in one of these states; those that are open have an index of their own."""
    found = Event.state.in_(states)
    return sa.and_(found, Event.closed_at.is_(None)) if FINAL.isdisjoint(states) else found


def _conditions(ask: dict[str, Any], by: Actor) -> list[Any]:
    given = {
        "category": lambda code: sa.or_(Event.category == code, Event.category.startswith(code, autoescape=True)),
        "urgency": lambda code: Event.urgency == code,
        "township": lambda code: Event.township_code == code,
        "village": lambda code: Event.village_code == code,
        "grid": lambda code: Event.grid_code == code,
        "placement": lambda quality: Event.placement == quality,
        "state": _in,
        "mine": lambda _: Event.created_by == by.person_id,
        "since": lambda moment: Event.created_at >= moment,
        "until": lambda moment: Event.created_at < moment,
        "closed_since": lambda moment: Event.closed_at >= moment,
        "lead": lambda code: _lead() == code,
        "part": lambda role: _part(role, by),
        "q": search.matches,
        "overdue": _is_overdue,
    }
    found = [make(ask[name]) for name, make in given.items() if ask[name]]
    if ask["open"] is not None:
        found.append(Event.closed_at.is_(None) if ask["open"] else Event.closed_at.is_not(None))
    return found


def events(ask: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return ``{items, next_cursor}``: one page, newest first, in one statement."""
    query = sa.select(Event, _next_due(), _lead()).where(reach(EVENT, by), *_conditions(ask, by))
    rows, cursor = page(query, (Event.created_at, Event.id), cursor=ask["cursor"], limit=ask["limit"])
    return {"items": [_row(row[0], row[1], row[2], by) for row in rows], "next_cursor": cursor}


def count(ask: dict[str, Any], by: Actor, *, most: int) -> Any:
    """Return, to be put into a statement, how many events the list with these filters holds, up to ``most``."""
    listed = sa.select(sa.literal(1)).select_from(Event).where(reach(EVENT, by), *_conditions(ask, by)).limit(most)
    return sa.select(sa.func.count()).select_from(listed.subquery()).scalar_subquery()


def _row(event: Event, due: Any, lead: str | None, by: Actor) -> dict[str, Any]:
    state = EVENT.state(event.state)
    unit = policy.current().units.get(lead or "")
    return {
        "kind": EVENT.kind,
        "id": str(event.id),
        "no": event.no,
        "state": state.told(),
        "category": category(event.category),
        "urgency": event.urgency,
        "text": shown_text(event, by)[:EXCERPT],
        "grid_code": event.grid_code,
        "township_code": event.township_code,
        "placement": event.placement,
        "lead": {"code": lead, "zh": unit.zh if unit else lead} if lead else None,
        "created_at": iso(event.created_at),
        "moved_at": iso(event.moved_at),
        "due_at": iso(due),
        "overdue": bool(due and due < now()),
        "revision": event.revision,
    }


class AlreadyAsked(Conflict):
    """A second look was asked for before; it is possible only once.
    已申请过一次复核，不能再次申请。
    """


class NotRejected(Conflict):
    """Only a report that was not filed can be looked at again.
    只有“不予立案”的上报可以申请复核。
    """


class NotTheReporter(Forbidden):
    """Only the reporter may ask for a second look.
    只有上报人可以申请复核。
    """


def check_second_look(event: Event, by: Actor) -> None:
    """Refuse a second look that is not the reporter's first one on a rejected report."""
    if event.created_by != by.person_id and by is not access.SYSTEM:
        raise NotTheReporter
    if event.state != "rejected":
        raise NotRejected
    asked = sa.exists().where(Entry.item_id == event.id, Entry.action == "event.second_look_asked")
    if db.session.scalar(sa.select(asked)):
        raise AlreadyAsked
