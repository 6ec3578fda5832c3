"""The ways in to whistles and check-ins.

Never: decide.
"""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma

from server import clocks
from server.access import Actor
from server.flow.card import card
from server.flow.forms import words
from server.flow.routes import CardOut, add_routes, find
from server.http import API, Room
from server.pages import PageOut
from server.photos.routes import add_routes as add_photo_routes
from server.whistles import acts, listing
from server.whistles.forms import WhistleIn
from server.whistles.machine import CHECK_IN, WHISTLE
from server.whistles.photos import CHECK_IN_PHOTOS, WHISTLE_PHOTOS

room = Room("whistles", __name__, url_prefix=API, description="吹哨与报到")


class Contest(ma.Schema):
    """Why the score is contested."""

    reason = words("申诉理由")


class ReleaseAsk(ma.Schema):
    """What the department has done."""

    means = "吹哨方会收到通知，到现场看过后点“同意撤离”；同意之前请留在现场（事不完、人不撤）。"
    reason = words("已经办完什么")


class NotedOut(ma.Schema):
    """That it was noted."""

    noted = ma.fields.Boolean(required=True)


class CodeOut(ma.Schema):
    """The code a caller shows."""

    code = ma.fields.String(required=True)
    valid_s = ma.fields.Integer(required=True)
    meeting_code = ma.fields.String()


@room.put("/whistles/<uuid:id>", may="whistle.blow", takes=WhistleIn, gives=CardOut, zh="吹哨")
def blow_whistle(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Blow a whistle once: township or grid by the caller's post; the same bytes get the same answer."""
    case = acts.blow(id, data, by=by)
    return card(WHISTLE, case.item, by, fresh=clocks.told_fresh(case.clock_ops))


@room.get("/whistles", may=WHISTLE.view[0], on_item=True, asks=listing.WhistleAsk, gives=PageOut, zh="哨单列表")
def list_whistles(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return one page of the whistles in the reader's scope, newest first."""
    return listing.whistles(data, by)


@room.get("/check-ins", may=CHECK_IN.view[0], on_item=True, asks=listing.CheckInAsk, gives=PageOut, zh="报到列表")
def list_check_ins(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return one page of the check-ins in the reader's scope, newest first."""
    return listing.check_ins(data, by)


@room.get("/whistles/<uuid:id>/code", may="whistle.blow", on_item=True, gives=CodeOut, zh="出示报到码")
def show_code(id: uuid.UUID, by: Actor) -> dict[str, Any]:
    """Return the code that proves presence at the caller's side; it changes every few minutes."""
    return acts.codes(find(WHISTLE, id, by), by=by)


@room.post(
    "/check-ins/<uuid:id>/contest",
    may="whistle.view",
    on_item=True,
    once=True,
    takes=Contest,
    gives=NotedOut,
    zh="对评价提出申诉",
)
def contest_score(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Contest the caller's score once; the supervisors hear of it."""
    acts.contest(find(CHECK_IN, id, by), data["reason"], by=by)
    return {"noted": True}


@room.post(
    "/check-ins/<uuid:id>/ask_release",
    may="whistle.respond",
    on_item=True,
    once=True,
    takes=ReleaseAsk,
    gives=NotedOut,
    zh="申请撤离",
)
def ask_release(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Ask the caller to release the department: its work is done."""
    acts.ask_release(find(CHECK_IN, id, by), data["reason"], by=by)
    return {"noted": True}


add_routes(room, WHISTLE)
add_routes(room, CHECK_IN)
add_photo_routes(room, WHISTLE_PHOTOS)
add_photo_routes(room, CHECK_IN_PHOTOS)
