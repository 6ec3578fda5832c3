"""What follows from events besides notices to posts: a suspension ends on its day, a merged report gets its answer.

Job: walk EV-13 when the end of the pause rings; send a main event's result to every reporter (spec 5.1).
Never: happen in the act's own transaction.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from server import policy
from server.db import db
from server.events.machine import EVENT
from server.events.models import Event
from server.flow import by_time
from server.journal import Entry
from server.notices import acts as notices
from server.notices.acts import Words
from server.people.masking import mask_text

RESUME = "resume"
JUMP = "jump"
LOOK_BACK = timedelta(hours=1)


def resume_on_its_day(entry: Entry) -> None:
    """Resume a suspended event when its end date is reached."""
    if entry.item_kind == EVENT.kind and RESUME in entry.facts["does"] and entry.item_id is not None:
        by_time(EVENT, entry.item_id, RESUME)


def tell_reporters_of_merged(entry: Entry) -> None:
    """Send the result of a main event to the reporter of every event merged into it (EV-06)."""
    parent = db.session.get_one(Event, entry.item_id)
    merged = sa.select(Event.created_by).where(Event.parent_id == parent.id, Event.state == "merged").distinct()
    words = Words(
        "merged_result", f"并案事件{EVENT.state(parent.state).zh}：{parent.no}", mask_text(parent.result_text or "")
    )
    notices.tell(entry, set(db.session.scalars(merged)) - {parent.created_by}, words)


def flag_jump(entry: Entry) -> None:
    """Flag a report whose reporter would have travelled faster than anybody does (spec 14.1)."""
    event = db.session.get_one(Event, entry.item_id)
    query = sa.select(Event.captured_at, sa.func.ST_DistanceSphere(Event.point, event.point)).where(
        Event.created_by == event.created_by,
        Event.captured_at < event.captured_at,
        Event.captured_at > event.captured_at - LOOK_BACK,
        Event.id != event.id,
    )
    before = db.session.execute(query.order_by(Event.captured_at.desc()).limit(1)).first()
    if before is None:
        return
    hours = (event.captured_at - before[0]).total_seconds() / 3600
    if before[1] / 1000 > policy.current().settings.grids.jump_max_kmh * hours and JUMP not in event.flags:
        event.flags = [*event.flags, JUMP]
