"""What time does to events: a suspension ends on its day (恢复).

Job: walk EV-13 when the end of the pause rings (spec 5.1).
Never: tell people.
"""

from __future__ import annotations

from server.events.machine import EVENT
from server.flow import by_time
from server.journal import Entry

RESUME = "resume"


def resume_on_its_day(entry: Entry) -> None:
    """Resume a suspended event when its end date is reached."""
    if entry.item_kind == EVENT.kind and RESUME in entry.facts["does"] and entry.item_id is not None:
        by_time(EVENT, entry.item_id, RESUME)
