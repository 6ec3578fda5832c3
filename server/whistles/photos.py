"""The photos of whistles and check-ins: who may see, send and open them.

Job: a row per kind that tells ``photos`` about it.
Never: read bytes.
"""

from __future__ import annotations

from functools import partial

from gis.plain import Position
from server.db import db
from server.flow.audience import of_item
from server.flow.walk import reach
from server.photos.subject import Subject
from server.whistles.card import place_of
from server.whistles.machine import CHECK_IN, WHISTLE
from server.whistles.models import CheckIn, Whistle

CALLERS = ("whistle.blow", "whistle.release_evaluate")
CALLED = ("whistle.respond",)
SUPERVISORS = ("supervision.issue",)


def _place(whistle: Whistle) -> Position | None:
    lon, lat = place_of(whistle)
    return None if lon is None or lat is None else (lon, lat)


WHISTLE_PHOTOS = Subject(
    kind=WHISTLE.kind,
    path=WHISTLE.path,
    model=Whistle,
    view=WHISTLE.view[0],
    reach=partial(reach, WHISTLE),
    sends=CALLERS + CALLED,
    opens=CALLERS + SUPERVISORS,
    hears=of_item,
    since=lambda whistle: whistle.created_at,
    place=_place,
)
CHECK_IN_PHOTOS = Subject(
    kind=CHECK_IN.kind,
    path=CHECK_IN.path,
    model=CheckIn,
    view=CHECK_IN.view[0],
    reach=partial(reach, CHECK_IN),
    sends=CALLERS + CALLED,
    opens=CALLERS + SUPERVISORS,
    hears=of_item,
    since=lambda check_in: check_in.created_at,
    place=lambda check_in: _place(db.session.get_one(Whistle, check_in.whistle_id)),
)
