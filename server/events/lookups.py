"""What the guards of some arrows ask about, loaded before they are asked.

Job: turn ids in an act's body into the things they name; leave None where there is nothing.
Never: refuse or change anything.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from server import access, policy
from server.db import db
from server.events import place
from server.events.models import Event
from server.flow import MACHINES, Case
from server.people import desks


def corrected_place(case: Case) -> None:
    """Locate a corrected point in the edition of the event's own moment."""
    point = case.facts.pop("point", None)
    if point:
        case.facts["place"] = place.locate([(point, case.item.happened_at, case.item.category)])[0]


def relapse(case: Case) -> None:
    """Find the closed event that this one is said to repeat within the days of a relapse (复发)."""
    said = case.facts.get("recurrence_of") or case.item.recurrence_of
    days = timedelta(days=policy.current().settings.events.recurrence_days)
    seen_at = case.item.happened_at
    closed = sa.select(Event.id).where(
        Event.id == said, Event.state == "closed", Event.closed_at.between(seen_at - days, case.item.created_at)
    )
    case.facts["relapsed"] = db.session.scalar(closed) if said else None


def parent(case: Case) -> None:
    """Lock the main event and measure the distance to it, metres."""
    found = db.session.scalars(
        sa.select(Event)
        .where(Event.id == case.facts["parent_id"], access.within(case.by, "event.file_dispatch", Event))
        .with_for_update()
    ).one_or_none()
    case.facts["parent"] = found
    if found is not None:
        points = sa.select(Event.point).where(Event.id == case.item.id).scalar_subquery()
        apart = sa.func.ST_DistanceSphere(points, Event.point)
        case.facts["distance_m"] = db.session.scalar(sa.select(apart).where(Event.id == found.id))


def target(case: Case) -> None:
    """Find the machine to convert into."""
    machine = MACHINES.get(case.facts["target_kind"])
    case.facts["target_machine"] = machine if machine and machine.from_event else None


def proposed_units(case: Case) -> None:
    """Take the dispatch directory's proposal where the dispatcher named no units."""
    if not case.facts.get("units"):
        shares = policy.at(case.item.created_at).shares(case.item.category, case.item.township_code or "")
        case.facts["units"] = [_share(entry) for entry in shares]


def _share(entry: Any) -> dict[str, Any]:
    return {"unit": entry.unit, "role": entry.role, "share_pct": entry.share_pct}


def handler(case: Case) -> None:
    """Find the post of the person named responsible (default: whoever accepts) in the lead unit."""
    lead = case.lead
    person = case.facts.pop("person_id", None) or case.by.person_id
    desk = desks.post_of(person, lead.unit_code) if lead else None
    case.facts["handler_desk"] = desk if desk and desk.post_id else None
