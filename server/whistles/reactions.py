"""What time does to whistles: nobody came (未报到).

Job: walk CI-03 and CI-04 when the ladder's rung says so (spec 5.3).
Never: tell people; that is the page of reactions.
"""

from __future__ import annotations

from server.flow import by_time
from server.journal import Entry
from server.whistles.machine import CHECK_IN

NO_SHOW = "no_show"


def mark_no_show(entry: Entry) -> None:
    """Record the department as absent when grace is over and it neither responded nor came."""
    if entry.item_kind == CHECK_IN.kind and NO_SHOW in entry.facts["does"] and entry.item_id is not None:
        by_time(CHECK_IN, entry.item_id, NO_SHOW)
