"""Does a photo's own time and place fit the item it is sent for?

Job: name doubts; they are shown to people and block nothing.
Never: import flask or sqlalchemy, or refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gis.plain import Position, distance_m

TIME_APART, PLACE_APART = "time_apart", "place_apart"


@dataclass(frozen=True, slots=True)
class Told:
    """What is known without the file: from when to when it can have been taken, and where the item lies (lon, lat)."""

    since: datetime
    until: datetime
    place: Position | None


def doubts(
    taken_at: datetime | None, place: Position | None, told: Told, *, hours_max: float, metres_max: float
) -> list[str]:
    """Return ``time_apart`` and ``place_apart`` where the file's own facts lie too far off; a silent file has none."""
    margin = timedelta(hours=hours_max)
    apart = {
        TIME_APART: taken_at is not None and not told.since - margin <= taken_at <= told.until + margin,
        PLACE_APART: place is not None and told.place is not None and distance_m(place, told.place) > metres_max,
    }
    return [name for name, holds in apart.items() if holds]
