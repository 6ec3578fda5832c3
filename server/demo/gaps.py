"""Gaps in the roster (值守空缺): a seat that is vacant, leave without a stand-in, leave with one.

Job: what the dispatchers of two townships note of the last days, in grids whose workers did nothing meanwhile.
Never: touch a grid in which somebody has an account, or do it twice.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from server import journal
from server.access import Actor
from server.db import CN, db
from server.demo.story import World
from server.grids import staff
from server.journal import Entry
from server.people import acts, reach
from server.people.models import Appointment, Leave, Person, Post
from server.people.rules import Span

TOWNSHIPS = 2
"""So many townships have gaps, from the first one on."""
SINCE, FOR = timedelta(days=3), timedelta(days=4)
"""They began so long ago; who is on leave is back so long from now."""
WORKERS = 4
"""Of each township: one has left, one is away, one is away and stood in for by the fourth."""


def show(world: World, anchor: datetime) -> None:
    """Leave gaps behind in the first townships, once."""
    if db.session.scalar(sa.select(sa.exists().where(Leave.id.is_not(None)))):
        return
    first = anchor.astimezone(CN).date() - SINCE
    for township in sorted({code[:9] for code in world.places.codes})[:TOWNSHIPS]:
        _show(township, first, world.cast.one("TWD", township, None))
    journal.drain()
    db.session.commit()


def _show(township: str, first: date, by: Actor) -> None:
    """Relieve one worker, send two on leave; the neighbour stands in for the second. Too few idle: nothing."""
    idle, last = _idle(township, first), first + SINCE + FOR
    if len(idle) < WORKERS:
        return
    (gone, vacant), (ill, _alone), (resting, covered), (neighbour, _own) = idle
    staff.relieve(vacant, gone.id, by=by, last_day=first - timedelta(days=1))
    for held in (ill, resting):
        acts.send_on_leave(reach.find(held.person_id, by), first, last, by)
    stand_in = db.session.get_one(Person, neighbour.person_id)
    staff.appoint(covered, stand_in.username, "GWF", Span(first, last), by=by, deputy=True)


def _idle(township: str, first: date) -> list[tuple[Appointment, str]]:
    """Return (appointment, grid) of workers without an account who have done nothing since ``first``."""
    busy = sa.select(Entry.person_id).where(Entry.at >= datetime.combine(first, time(), CN))
    query = (
        sa.select(Appointment, Post.grid_code)
        .join(Post, Post.id == Appointment.post_id)
        .join(Person, Person.id == Appointment.person_id)
        .where(Post.role == "GWF", Post.grid_code.startswith(township), Person.password_hash.is_(None))
        .where(Person.id.not_in(busy))
    )
    found = db.session.execute(query.order_by(Post.grid_code).limit(WORKERS))
    return [(held, grid) for held, grid in found if grid]
