"""The ways in to maps: density numbers and vector tiles.

Job: shapes, permission, what a client may keep.
Never: decide.
"""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, request

from server.access import Actor
from server.http import API, BYTES, Room
from server.maps import density, forms, tiles

room = Room("maps", __name__, url_prefix=f"{API}/maps", description="地图")

MVT = "application/vnd.mapbox-vector-tile"
FRESH_S = 15
"""Seconds a client may show a tile without asking again; then it asks with the ETag."""


@room.get("/density", may="event.view", asks=forms.DensityAsk, gives=forms.DensityOut, zh="事件密度")
def density_of_events(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return counts per grid or H3 cell and per km² with class breaks, over what the reader may see."""
    return density.density(data, by)


@room.get(
    "/tiles/<int:z>/<int:x>/<int:y>.mvt",
    may="event.view",
    asks=forms.EventsAsk,
    gives=BYTES,
    media=MVT,
    zh="矢量瓦片",
)
def tile(z: int, x: int, y: int, data: dict[str, Any], by: Actor) -> Response:
    """Return a Mapbox vector tile of outlines with counts and of the events the reader may see; 304 when unchanged."""
    content = tiles.tile(z, x, y, data, by)
    response = Response(content, mimetype=MVT)
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    response.headers["Cache-Control"] = f"private, max-age={FRESH_S}"
    response.headers["Vary"] = "Authorization, Cookie"
    return response.make_conditional(request)  # type: ignore[return-value]
