"""The map (地图): what the page needs to begin, and what it shows of one grid.

Job: options of the filters within the reader's area, the bounds, the words; numbers and tiles come from the rooms.
Never: count, or show a person's phone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import g, render_template
from flask_babel import gettext as _

from server import access, policy
from server.access import Actor
from server.console import basemap, language, wording
from server.console.asking import ask
from server.console.frame import room
from server.db import CN, db, now
from server.errors import NotFound
from server.events.machine import EVENT
from server.flow.moves import MACHINES
from server.grids import outlines, staff
from server.grids.models import Grid
from server.maps import memory, reach
from server.maps import whistles as hushes
from server.whistles.machine import WHISTLE

SMALL = 5
"""Fewer events than this make a rate that one more event would turn over: such grids are hatched."""
NEWEST = 12


def townships(by: Actor) -> list[dict[str, str]]:
    """Return the townships with grids in force in which ``by`` may see something, by code."""
    held = memory.state()
    query = sa.select(Grid.township_code).distinct().where(Grid.edition_id == held.edition)
    codes = sorted(code for code in db.session.scalars(query) if code)
    mine = {hat.township for hat, letter in reach.held(by) if letter in "tvg"}
    sees_all = any(letter in "ad" or letter == "c" for _, letter in reach.held(by))
    return [_named(code) for code in codes if sees_all or code in mine]


def _named(code: str) -> dict[str, str]:
    return {"code": code, "zh": wording.unit(code)}


def _names(things: Iterable[Any]) -> dict[str, str]:
    return {one.code: language.named(one) for one in things}


def bounds(held: memory.State) -> list[float] | None:
    """Return west, south, east, north of the grids in force, or None when there are none."""
    box = sa.func.ST_Extent(Grid.geom)
    corners = [make(box) for make in (sa.func.ST_XMin, sa.func.ST_YMin, sa.func.ST_XMax, sa.func.ST_YMax)]
    row = db.session.execute(sa.select(*corners).where(Grid.edition_id == held.edition)).one()
    return [round(value, 5) for value in row] if row[0] is not None else None


def given(by: Actor) -> dict[str, Any]:
    """Return everything the page begins with."""
    held, current = memory.state(), policy.current()
    day = now().astimezone(CN).date()
    units = [unit for unit in current.units.values() if unit.dispatchable]
    return {
        "edition": held.edition,
        "bounds": memory.recall(("bounds", held.edition), lambda: {"box": bounds(held)})["box"],
        "today": day.isoformat(),
        "first": (day - timedelta(days=29)).isoformat(),
        "small": SMALL,
        "mayWhistles": access.may(by, "whistle.view"),
        "states": _names(EVENT.states),
        "categories": _names(current.categories.values()),
        "groups": _names(current.groups.values()),
        "townships": townships(by),
        "units": [_named(unit.code) for unit in units],
        "base": basemap.sources(),
        "kinds": _names(current.whistles.values()),
        "whistleStates": _names(WHISTLE.states),
        "district": language.named({"zh": current.settings.district.name_zh, "en": current.settings.district.name_en}),
    }


def actions() -> str:
    """Return the names of the live stream's events that change the map."""
    kinds = ("event", "whistle", "check_in")
    return " ".join(f"{kind}.{act}" for kind in kinds for act in sorted({move.act for move in MACHINES[kind].moves}))


@room.page("/map", may="event.view", name="map")
def map_page(by: Actor) -> str:
    """Show the map."""
    g.sources = basemap.origins()
    begin = given(by)
    states = [state for state in EVENT.states if state.kind != "initial"]
    return render_template("map.html", begin=begin, actions=actions(), states=states, policy=policy.current())


@room.page("/map/grids/<code>", may="event.view", name="map_grid")
def map_grid(by: Actor, code: str) -> str:
    """Return what the panel shows of one grid: its people, open whistles, newest events, as far as ``by`` may see."""
    grid = outlines.grid_in_force(code)
    near = sa.select(Grid.id).where(Grid.id == grid.id, access.within(by, "event.view", Grid))
    people = staff.shown(code, by)
    if db.session.scalar(near) is None:
        people = []
    events = ask("events.list_events", by, grid=code, limit=NEWEST)["items"]
    open_here = [one for one in hushes.open_whistles(by) if one["grid_code"] == code]
    if not (people or events or open_here) and db.session.scalar(near) is None:
        raise NotFound
    title = grid.name or _("%(code)s 网格", code=code)
    place = wording.unit(grid.township_code)
    return render_template(
        "map_grid.html", grid=grid, title=title, place=place, people=people, events=events, whistles=open_here
    )
