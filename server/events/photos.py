"""The photos of events: who may see, send and open them, and what follows a receipt.

Job: the one row that tells ``photos`` about events.
Never: read bytes.
"""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from gis import crs
from gis.plain import Position
from server.db import db
from server.events.card import is_hidden
from server.events.machine import EVENT
from server.events.models import Event
from server.events.place import OWED
from server.flow.audience import of_item
from server.flow.walk import reach
from server.photos.subject import Subject


def _place(event: Event) -> Position:
    lon, lat = crs.convert(event.raw_lon, event.raw_lat, event.raw_sys, "cgcs2000")
    return float(lon), float(lat)


def _pay(event: Event, role: str) -> None:
    """The photo that was owed has come: the flag goes."""
    if OWED in event.flags and role == "before":
        paid = sa.func.array_remove(Event.flags, OWED)
        db.session.execute(sa.update(Event).where(Event.id == event.id).values(flags=paid))


PHOTOS = Subject(
    kind=EVENT.kind,
    path=EVENT.path,
    model=Event,
    view=EVENT.view[0],
    reach=partial(reach, EVENT),
    sends=("event.create", "event.self_handle", "event.handle", "event.verify", "event.file_dispatch"),
    opens=("event.file_dispatch", "event.handle", "event.verify", "supervision.issue"),
    hears=of_item,
    since=lambda event: event.happened_at,
    place=_place,
    hides=is_hidden,
    received=_pay,
)
"""An original is opened by whoever files, handles, verifies or supervises the event; viewing alone is not enough."""
