"""Duty (在岗): shifts, positions inside them, coverage of grids without names (spec 13.7).

Job: open and close a shift at its true moment, keep positions only inside one, forget them in time.
Never: keep a position off duty, or let anyone but the worker see a track.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from server import journal, policy
from server.access import SYSTEM, Actor
from server.db import CN, db, now
from server.duty.models import Coverage, Fix, Shift
from server.duty.refusals import NoGrid, NotOnDuty, ShiftMoment
from server.journal import Line
from server.people.models import Person


@dataclass(frozen=True, slots=True)
class Position:
    """One position as EPSG:4490 degrees, with its moment and its accuracy in metres."""

    at: datetime
    lon: float
    lat: float
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class InGrid:
    """The grid a position lies in."""

    grid: str
    village: str | None
    township: str | None


Locate = Callable[[Sequence[Position]], Sequence[InGrid | None]]


def start(by: Actor, at: datetime | None = None) -> Shift:
    """Go on duty at ``at`` (default now); who is on duty then already stays so.

    Raises:
        NoGrid: the actor stands in no grid.
        ShiftMoment: the moment lies ahead, too far back, or before a later shift.
    """
    if not by.grids:
        raise NoGrid
    at = _moment(at)
    _lock(by)
    close_forgotten(Shift.person_id == by.person_id)
    later = sa.select(Shift).where(
        Shift.person_id == by.person_id, sa.or_(Shift.ended_at.is_(None), Shift.ended_at > at)
    )
    meeting = db.session.scalars(later.order_by(Shift.started_at).limit(1)).first()
    if meeting and meeting.started_at <= at:
        return meeting
    if meeting:
        raise ShiftMoment
    shift = Shift(person_id=by.person_id, started_at=at)
    db.session.add(shift)
    db.session.flush()
    journal.write(Line(action="duty.started", by=by, at=at))
    return shift


def end(by: Actor, at: datetime | None = None) -> Shift:
    """Go off duty at ``at`` (default now); a shift that ended already stays as it is.

    Raises:
        NotOnDuty: there was no shift at that moment.
        ShiftMoment: the moment lies ahead or too far back.
    """
    at = _moment(at)
    _lock(by)
    close_forgotten(Shift.person_id == by.person_id)
    query = sa.select(Shift).where(Shift.person_id == by.person_id, Shift.started_at <= at)
    shift = db.session.scalars(query.order_by(Shift.started_at.desc()).limit(1)).first()
    if shift is None:
        raise NotOnDuty
    if shift.ended_at is None:
        shift.ended_at = at
        journal.write(Line(action="duty.ended", by=by, at=at))
    return shift


def current(by: Actor) -> Shift | None:
    """Return the open shift of the actor, or None."""
    query = sa.select(Shift).where(
        Shift.person_id == by.person_id, Shift.ended_at.is_(None), Shift.started_at > now() - longest()
    )
    return db.session.scalar(query)


def longest() -> timedelta:
    """Return after what time a shift ends by itself, so that nobody is followed home."""
    return timedelta(hours=policy.current().settings.people.shift_max_h)


def kept_for() -> timedelta:
    """Return how long a track is kept."""
    return timedelta(days=policy.current().settings.privacy.track_days)


def _moment(at: datetime | None) -> datetime:
    """Return ``at`` when it can be believed: a phone may run ahead a little, the past ends with the tracks."""
    ahead = timedelta(minutes=policy.current().settings.work.device_clock_error_min)
    if at is None:
        return now()
    if not now() - kept_for() < at <= now() + ahead:
        raise ShiftMoment
    return min(at, now())


def _lock(by: Actor) -> None:
    """Let two requests of one worker follow each other."""
    db.session.execute(sa.select(Person.id).where(Person.id == by.person_id).with_for_update(key_share=True))


def record(by: Actor, positions: Sequence[Position], locate: Locate) -> dict[str, int]:
    """Keep the positions inside a shift and return how many were kept and how many were not.

    Positions may arrive late and twice; each is kept once. Coverage counts those that are new.

    Raises:
        NotOnDuty: none of them lies inside a shift.
    """
    inside = _on_duty(by, positions)
    if not inside:
        raise NotOnDuty
    rows = [
        {"person_id": by.person_id, "at": one.at, "accuracy_m": one.accuracy_m, "point": _ewkt(one)} for one in inside
    ]
    fresh = insert(Fix).on_conflict_do_nothing().returning(Fix.at)
    new = set(db.session.scalars(fresh, rows))
    _cover([one for one in inside if one.at in new], locate)
    return {"kept": len(inside), "refused": len(positions) - len(inside)}


def _ewkt(position: Position) -> str:
    return f"SRID=4490;POINT({position.lon!r} {position.lat!r})"


def _on_duty(by: Actor, positions: Sequence[Position]) -> list[Position]:
    """Return the positions inside a shift, one per moment, neither ahead nor older than tracks are kept."""
    moments = [one.at for one in positions]
    query = sa.select(Shift.started_at, Shift.ended_at).where(
        Shift.person_id == by.person_id,
        Shift.started_at <= max(moments),
        sa.or_(Shift.ended_at.is_(None), Shift.ended_at >= min(moments)),
    )
    spans = [(since, until or since + longest()) for since, until in db.session.execute(query)]
    oldest, latest = now() - kept_for(), now()
    found = {
        one.at: one
        for one in positions
        if oldest < one.at <= latest and any(since <= one.at <= until for since, until in spans)
    }
    return [found[at] for at in sorted(found)]


def _cover(positions: Sequence[Position], locate: Locate) -> None:
    """Add new positions to the coverage of their grids and days, in one order for everybody."""
    if not positions:
        return
    moments: dict[tuple[InGrid, date], list[datetime]] = defaultdict(list)
    for position, found in zip(positions, locate(positions), strict=True):
        if found:
            moments[found, position.at.astimezone(CN).date()].append(position.at)
    rows = [
        {
            "grid_code": found.grid,
            "day": day,
            "village_code": found.village,
            "township_code": found.township,
            "fixes": len(ats),
            "first_at": min(ats),
            "last_at": max(ats),
        }
        for (found, day), ats in sorted(moments.items(), key=lambda one: (one[0][0].grid, one[0][1]))
    ]
    if rows:
        db.session.execute(_covered(), rows)


def _covered() -> Any:
    added = insert(Coverage)
    return added.on_conflict_do_update(
        index_elements=["grid_code", "day"],
        set_={
            "fixes": Coverage.fixes + added.excluded.fixes,
            "first_at": sa.func.least(Coverage.first_at, added.excluded.first_at),
            "last_at": sa.func.greatest(Coverage.last_at, added.excluded.last_at),
        },
    )


def close_forgotten(*which: sa.ColumnElement[bool]) -> int:
    """End the shifts left open too long, at the moment the longest shift would have ended; return how many."""
    left = sa.update(Shift).where(Shift.ended_at.is_(None), Shift.started_at <= now() - longest(), *which)
    done: Any = db.session.execute(left.values(ended_at=Shift.started_at + longest()))
    return int(done.rowcount)


def tidy() -> dict[str, int]:
    """Close forgotten shifts, delete old positions; return how many rows of each. The worker calls and commits."""
    return {"shifts_closed": close_forgotten(), "positions": purge()}


def purge() -> int:
    """Delete the positions older than tracks are kept (spec 13.10) and return how many; a line says so."""
    done: Any = db.session.execute(sa.delete(Fix).where(Fix.at <= now() - kept_for()))
    if done.rowcount:
        journal.write(Line(action="tracks.purged", by=SYSTEM, facts={"rows": int(done.rowcount)}))
    return int(done.rowcount)
