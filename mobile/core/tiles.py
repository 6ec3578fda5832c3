"""Pictures below the map (底图瓦片): from a file on the phone, a configured address, or nowhere; kept for next time.

Job: one tile as bytes when the phone has it; else fetch it aside, and tell topic "tiles" when it came.
Never: be needed: the map draws the grids without any; fetch more than two at once, or while nobody looks.

A source is a mapping kept as the setting ``map_tiles`` of this phone (chosen in its settings):
``{"kind": "mbtiles", "file": "/path/base.mbtiles"}``, ``{"kind": "tianditu", "token": "…", "layer": "vec"}`` or
``{"kind": "xyz", "template": "https://…/{z}/{x}/{y}.png", "crs": "cgcs2000", "credit": "…"}``; a template that begins
with "/" lies on our own server and is asked for with the bearer's token. ``crs`` gcj02 is put right when drawn.
"""

from __future__ import annotations

import math
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from mobile.core.client import API, Client
from mobile.core.hearers import Hearers

KEPT_MAX = 4000
AGAIN_S = 30.0
"""A tile that did not come is not asked for again for so long."""
WORKERS = 2
QUEUE_MAX = 80
TIMEOUT = (5.0, 15.0)
TIANDITU: Final = (
    "https://t{s}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={token}"
)
"""Spec 14.1 rule 6: Tianditu's WMTS in EPSG:3857; the token is the unit's."""
CREDITS: Final = {"tianditu": "天地图"}
OWN_TEMPLATE: Final = "/maps/base/{z}/{x}/{y}"
"""The base map of the office's own server."""
TRIAL_ZOOM = 14
Place = tuple[int, int, int]
Told = Mapping[str, Any]


class Tiles:
    """The tiles of the source that ``told`` names now; {} or None: none."""

    def __init__(self, folder: Path, client: Client, hearers: Hearers, told: Callable[[], Told | None]) -> None:
        self._folder, self._client, self._hearers, self._told = folder, client, hearers, told
        self._lock = threading.Lock()
        self._wanted: dict[Place, None] = {}
        self._failed: dict[Place, float] = {}
        self._workers = 0
        self._local = threading.local()

    @property
    def source(self) -> Told:
        """Return the source; {} when there is none."""
        return self._told() or {}

    @property
    def crs(self) -> str:
        """Return the system the tiles are drawn in."""
        return str(self.source.get("crs") or "cgcs2000")

    @property
    def credit(self) -> str:
        """Return what must stand on the map (provider and number of the map review)."""
        source = self.source
        return str(source.get("credit") or CREDITS.get(source.get("kind", ""), ""))

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return a tile (y counts from the north) when the phone has it; else it is fetched when there is a network."""
        source = self.source
        if not source:
            return None
        if source.get("kind") == "mbtiles":
            return self._of_file(str(source["file"]), z, x, y)
        found = self._kept(z, x, y)
        if found is None:
            self._want((z, x, y))
        return found

    def files(self, *more: Path) -> list[Path]:
        """Return the MBTiles files on this phone: in ``maps`` of the app's own folder and in the folders ``more``."""
        found = [path for folder in (self._folder / "maps", *more) for path in sorted(folder.glob("*.mbtiles"))]
        return [path for path in found if path.is_file()]

    def trial(self, lon: float, lat: float, zoom: int = TRIAL_ZOOM) -> bool:
        """Tell whether the source has a picture about a place (EPSG:4490). Blocks: use ``aside``."""
        place = _place(lon, lat, zoom)
        source = self.source
        if source.get("kind") == "mbtiles":
            return any(self._of_file(str(source["file"]), *_place(lon, lat, z)) for z in range(zoom, zoom - 4, -1))
        content = self._fetched(place) if source else None
        if content:
            self._keep(place, content)
        return bool(content)

    def forget_failures(self) -> None:
        """Ask again for everything: there is another source."""
        with self._lock:
            self._failed.clear()
            self._wanted.clear()
        self._hearers.tell("tiles")

    # --- on the phone -------------------------------------------------------------------------------------------------

    def _open(self, path: Path, *, make: bool) -> sqlite3.Connection | None:
        """Return this thread's connection to a file of tiles; None when it is not there."""
        known: dict[Path, sqlite3.Connection] = self._local.__dict__.setdefault("files", {})
        if path not in known:
            if not make and not path.exists():
                return None
            known[path] = sqlite3.connect(path, timeout=5.0, isolation_level=None)
            if make:
                known[path].execute(
                    "create table if not exists tiles (source text, z int, x int, y int, at real, content blob,"
                    " primary key (source, z, x, y))"
                )
        return known[path]

    def _of_file(self, file: str, z: int, x: int, y: int) -> bytes | None:
        """Return a tile of an MBTiles file, whose rows count from the south (TMS)."""
        db = self._open(Path(file), make=False)
        if db is None:
            return None
        query = "select tile_data from tiles where zoom_level = ? and tile_column = ? and tile_row = ?"
        row = db.execute(query, (z, x, (1 << z) - 1 - y)).fetchone()
        return row[0] if row else None

    @property
    def _name(self) -> str:
        source = self.source
        return f"{source.get('kind')}:{source.get('layer') or source.get('template') or ''}"

    def _cache(self) -> sqlite3.Connection:
        db = self._open(self._folder / "tiles.sqlite", make=True)
        assert db is not None
        return db

    def _kept(self, z: int, x: int, y: int) -> bytes | None:
        query = "select content from tiles where source = ? and z = ? and x = ? and y = ?"
        row = self._cache().execute(query, (self._name, z, x, y)).fetchone()
        return row[0] if row else None

    def _keep(self, place: Place, content: bytes) -> None:
        db = self._cache()
        db.execute("insert or replace into tiles values (?, ?, ?, ?, ?, ?)", (self._name, *place, time.time(), content))
        db.execute(
            "delete from tiles where rowid in (select rowid from tiles order by at desc limit -1 offset ?)", (KEPT_MAX,)
        )

    # --- fetching -----------------------------------------------------------------------------------------------------

    def _want(self, place: Place) -> None:
        with self._lock:
            if self._failed.get(place, 0.0) > time.monotonic():
                return
            self._wanted.pop(place, None)
            self._wanted[place] = None
            while len(self._wanted) > QUEUE_MAX:
                del self._wanted[next(iter(self._wanted))]
            if self._workers >= WORKERS:
                return
            self._workers += 1
        threading.Thread(target=self._work, daemon=True, name="tiles").start()

    def _work(self) -> None:
        """Fetch what is wanted, the latest first, until nothing is."""
        try:
            while (place := self._next()) is not None:
                content = self._fetched(place)
                if content:
                    self._keep(place, content)
                    self._hearers.tell("tiles")
                else:
                    self._failed[place] = time.monotonic() + AGAIN_S
        finally:
            for db in self._local.__dict__.pop("files", {}).values():
                db.close()

    def _next(self) -> Place | None:
        with self._lock:
            if not self._wanted:
                self._workers -= 1
                return None
            return self._wanted.popitem()[0]

    def _fetched(self, place: Place) -> bytes | None:
        import requests

        address, headers = self.address(*place)
        try:
            answer = requests.get(address, headers=headers, timeout=TIMEOUT, verify=self._client.verify)
        except requests.exceptions.RequestException:
            return None
        is_picture = answer.headers.get("Content-Type", "").startswith("image/")
        return answer.content if answer.status_code == 200 and is_picture else None

    def address(self, z: int, x: int, y: int) -> tuple[str, dict[str, str]]:
        """Return where a tile is asked for, and with which headers: the token goes to our own server only."""
        source = self.source
        place: dict[str, Any] = {"z": z, "x": x, "y": y, "s": (x + y) % 8}
        if source.get("kind") == "tianditu":
            return TIANDITU.format(layer=source.get("layer", "vec"), token=source["token"], **place), {}
        template = str(source["template"])
        if template.startswith("/"):
            own = template if template.startswith(API) else API + template
            return self._client.base + own.format(**place), self._client.headers()
        return template.format(**place), {}


def _place(lon: float, lat: float, z: int) -> Place:
    """Return the tile in which a point lies (Web Mercator, y from the north)."""
    side = 1 << z
    up = math.asinh(math.tan(math.radians(lat)))
    return z, int((lon + 180.0) / 360.0 * side), int((1.0 - up / math.pi) / 2.0 * side)
