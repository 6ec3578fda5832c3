"""The base map (底图): none, Tianditu, or a file of tiles; its source, its origin, its tiles.

Job: turn one setting into a raster source of the map and into exactly the origins the page may ask.
Never: load anything from elsewhere unless the installation says so; take tiles in GCJ-02: they lie some 500 m off.
"""

from __future__ import annotations

from typing import Any

from flask import Response, abort, current_app

from server.access import Actor
from server.console.frame import room
from server.maps import base

NONE, TIANDITU = "", "tianditu"
HOSTS = [f"https://t{n}.tianditu.gov.cn" for n in range(8)]
WMTS = (
    "{host}/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default&TILEMATRIXSET=w"
    "&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={token}"
)
"""Tianditu's web Mercator tiles; its positions are CGCS2000, as ours, so nothing is shifted."""
TIANDITU_LAYERS = ("vec", "cva")
"""The map and its names."""
WEEK_S = 7 * 86_400


def sources() -> list[dict[str, Any]]:
    """Return the raster sources of the map, lowest first."""
    return SOURCES.get(_setting(), _file_sources)()


def origins() -> str:
    """Return the foreign origins the page may load from, as a policy writes them."""
    return " ".join(HOSTS) if _setting() == TIANDITU else ""


def _setting() -> str:
    setting: str = current_app.config["GRIDWHISTLE"].basemap
    return setting


def _tianditu() -> list[dict[str, Any]]:
    token = current_app.config["GRIDWHISTLE"].tianditu_token
    return [
        {
            "type": "raster",
            "tiles": [WMTS.format(host=host, layer=layer, token=token) for host in HOSTS],
            "tileSize": 256,
            "maxzoom": 18,
            "attribution": "天地图",
        }
        for layer in TIANDITU_LAYERS
    ]


def _file_sources() -> list[dict[str, Any]]:
    told = base.described(_setting())
    return [
        {
            "type": "raster",
            "tiles": ["/map/base/{z}/{x}/{y}"],
            "tileSize": 256,
            "minzoom": int(told.get("minzoom", 0)),
            "maxzoom": int(told.get("maxzoom", 18)),
            "attribution": told.get("attribution", ""),
        }
    ]


SOURCES = {NONE: list, TIANDITU: _tianditu}


@room.page("/map/base/<int:z>/<int:x>/<int:y>", may="event.view", name="base_tile")
def base_tile(by: Actor, z: int, x: int, y: int) -> Response:
    """Return a tile of the installation's own file."""
    found = base.tile(z, x, y)
    if found is None:
        abort(404)
    response = Response(found[0], mimetype=found[1])
    response.headers["Cache-Control"] = f"private, max-age={WEEK_S}"
    return response
