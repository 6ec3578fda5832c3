"""The ways in to events: report by PUT, look, list, act.

Job: shapes and permissions; one line to the act.
Never: decide.
"""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma

from gis import crs
from server import journal
from server.access import Actor
from server.db import new_id, now
from server.events import acts, duplicates, intake, listing, search
from server.events.acts import Report
from server.events.forms import DuplicateAsk, EventIn
from server.events.machine import EVENT
from server.events.models import Event
from server.events.photos import PHOTOS
from server.flow.forms import Reasoned
from server.flow.routes import CardOut, add_routes, find
from server.http import API, Room
from server.journal import Line
from server.pages import PageOut
from server.photos.routes import add_routes as add_photo_routes

room = Room("events", __name__, url_prefix=API, description="网格事件")


class DuplicatesOut(ma.Schema):
    """Open events that may be the same; id, text and thumbnail only of those the reader may see."""

    duplicates = ma.fields.List(ma.fields.Dict(), required=True)


class Asked(ma.Schema):
    """What was noted."""

    noted = ma.fields.Boolean(required=True)


@room.put(
    "/events/<uuid:id>",
    may="event.create",
    takes=EventIn,
    gives=CardOut,
    together=intake.together,
    zh="上报事件",
)
def report_event(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Report an event once: 201 new, 200 the stored first reply for the same bytes, 409 for other bytes."""
    return intake.first_replies(acts.report([Report(id, data, by, intake.clock_error())]))[0]


@room.get("/events/duplicates", may="event.create", asks=DuplicateAsk, gives=DuplicatesOut, zh="上报前查重（疑似重复）")
def duplicates_before(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return the open events a report about to be sent may repeat, most alike first."""
    lon, lat = crs.convert(data["lon"], data["lat"], data["crs"], "cgcs2000")
    seen_at = min(data["captured_at"] or now(), now())
    asked = duplicates.Asked(new_id(), float(lon), float(lat), data["category"], seen_at, data["text"], by)
    return {"duplicates": duplicates.candidates([asked])[asked.id]}


@room.get("/events/<uuid:id>/duplicates", may="event.view", on_item=True, gives=DuplicatesOut, zh="疑似重复")
def duplicates_of(id: uuid.UUID, by: Actor) -> dict[str, Any]:
    """Return the open events this one may repeat, most alike first; the act ``merge`` joins it to one of them."""
    return {"duplicates": duplicates.of_stored(find(EVENT, id, by), by)}


@room.get("/events", may="event.view", asks=listing.EventAsk, gives=PageOut, zh="事件列表")
def list_events(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return one page of the events in the reader's scope, newest first; that somebody searched for words is noted."""
    found = listing.events(data, by)
    if data["q"] and not data["cursor"]:
        facts = {"trace": search.trace(data["q"]), "found": len(found["items"])}
        journal.write(Line("event.searched", by, kind=EVENT.kind, facts=facts))
    return found


@room.post(
    "/events/<uuid:id>/ask_void",
    may="event.file_dispatch",
    on_item=True,
    once=True,
    takes=Reasoned,
    gives=Asked,
    zh="申请作废",
)
def ask_void(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Ask for an event to be voided; another officer of the centre confirms by the act ``void``."""
    _note(find(EVENT, id, by, may="event.file_dispatch"), "event.void_asked", data["reason"], by)
    return {"noted": True}


@room.post(
    "/events/<uuid:id>/second_look",
    may="event.create",
    on_item=True,
    once=True,
    takes=Reasoned,
    gives=Asked,
    zh="申请复核不予立案",
)
def second_look(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Ask once for a second look at a report that was not filed (EV-05)."""
    event = find(EVENT, id, by)
    listing.check_second_look(event, by)
    _note(event, "event.second_look_asked", data["reason"], by)
    return {"noted": True}


def _note(event: Event, action: str, reason: str, by: Actor) -> None:
    tags = {"a", *([f"t:{event.township_code}"] if event.township_code else [])}
    journal.write(Line(action, by, item=event, kind=EVENT.kind, facts={"reason": reason}, audience=tags))


add_routes(room, EVENT)
add_photo_routes(room, PHOTOS)
