"""The ways in to maps: density numbers and vector tiles.

Job: shapes, permission, what a client may keep.
Never: decide.
"""

from __future__ import annotations

from typing import Any

from flask import Response, request

from server.access import Actor
from server.errors import NotFound
from server.http import API, BYTES, Answer, Room
from server.maps import base, counts, density, forms, memory, points, shortcut, sights, tiles, whistles
from server.people.forms import NothingOut

room = Room("maps", __name__, url_prefix=f"{API}/maps", description="地图")

MVT = "application/vnd.mapbox-vector-tile"
FRESH_S = 15
"""Seconds a client may show a tile without asking again; then it asks with the ETag."""
WEEK_S = 7 * 24 * 3600


@room.get("/density", may="event.view", asks=forms.DensityAsk, gives=forms.DensityOut, zh="事件密度")
def density_of_events(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return counts per grid or H3 cell and per km² with class breaks, over what the reader may see."""
    held = memory.state()
    if not data["overdue"]:
        shortcut.offer(held, by)
    return density.density(data, by, held)


@room.get("/series", may="event.view", asks=forms.SeriesAsk, gives=forms.SeriesOut, zh="事件时间序列")
def series_of_events(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return how many events were reported on each day or in each month, of what the reader may see."""
    if not data["overdue"]:
        shortcut.offer(memory.state(), by)
    found = counts.by_time(data, by, data["span"])
    items = [{"start": start.isoformat(), "n": n} for start, n in found.items()]
    head = {"span": data["span"], "from": data["since"], "to": data["until"]}
    return head | {"total": sum(found.values()), "items": items}


@room.get("/whistles", may="whistle.view", gives=forms.WhistlesOut, zh="地图上的哨")
def whistles_on_the_map(by: Actor) -> dict[str, Any]:
    """Return open whistles with their places, and who was called, is coming, arrived."""
    return {"items": whistles.open_whistles(by)}


@room.get("/points", may="event.view", gives=forms.PointsOut, zh="地图上的未结事件")
def open_events_on_the_map(by: Actor) -> dict[str, Any]:
    """Return the newest open events with their places, at most 500, for a phone to draw without a network."""
    return {"items": points.open_events(by)}


@room.get("/base/<int:z>/<int:x>/<int:y>", may="event.view", gives=BYTES, media="image/*", zh="底图瓦片")
def base_tile(z: int, x: int, y: int, by: Actor) -> Response:
    """Return a raster tile of the installation's own file, for phones: 404 where there is none."""
    found = base.tile(z, x, y)
    if found is None:
        raise NotFound
    response = Response(found[0], mimetype=found[1])
    response.headers["Cache-Control"] = f"private, max-age={WEEK_S}"
    return response


@room.get("/sight", may="event.view", gives=NothingOut, status=204, zh="地图所见（供前置服务器）")
def sight_of_maps(by: Actor) -> Answer:
    """Return, in X-Map-Sight, the name of what the reader sees of maps now: the front keeps tiles under it."""
    response = Response(status=204)
    response.headers[sights.ASKED] = sights.sight(memory.state(), by).name
    response.headers[sights.KEEP] = "1"
    return Answer(204, response)


@room.get(
    "/tiles/<int:z>/<int:x>/<int:y>.mvt",
    may="event.view",
    asks=forms.TileAsk,
    gives=BYTES,
    media=MVT,
    zh="矢量瓦片",
)
def tile(z: int, x: int, y: int, data: dict[str, Any], by: Actor) -> Response:
    """Return a Mapbox vector tile of outlines with counts, events and whistles the reader may see; 304 if unchanged."""
    held = memory.state()
    if tiles.is_kept(data):
        shortcut.offer(held, by, data["layers"])
    made = tiles.tile(z, x, y, data, by, held)
    response = Response(made.content, mimetype=MVT)
    response.set_etag(made.tag)
    lasts = data["v"] and tiles.is_for_all(data["layers"])
    response.headers["Cache-Control"] = (
        f"private, max-age={WEEK_S}, immutable" if lasts else f"private, max-age={FRESH_S}"
    )
    response.headers["Vary"] = "Authorization, Cookie"
    return response.make_conditional(request)  # type: ignore[return-value]
