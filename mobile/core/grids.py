"""The cached edition of the grids (网格缓存): all outlines of the district, so that a place is found without a network.

Job: keep the server's GeoJSON with its ETag, read it once into ``gis.plain`` grids, answer points and outlines.
Never: convert a coordinate by another rule than ``gis.crs``, or answer otherwise than the server would.
"""

from __future__ import annotations

import json
import os
import threading
from typing import Any

from gis import plain
from mobile.core.shapes import Outline
from mobile.core.store import Store

FILE = "grids.geojson"
KEPT = "grids"
CELL = 0.01
"""Degrees of the lattice by which a point finds the few grids about it."""


class Grids:
    """The base edition in force when last told."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._tag: str | None = None
        self._grids: dict[str, plain.Grid] = {}
        self._about: dict[str, dict[str, Any]] = {}
        self._lattice: dict[tuple[int, int], list[plain.Grid]] = {}

    @property
    def etag(self) -> str | None:
        """Return the ETag to ask with; None when there is no edition yet."""
        return self._told().get("etag")

    @property
    def edition(self) -> str | None:
        """Return the name of the edition."""
        return self._told().get("edition")

    @property
    def told_at(self) -> str | None:
        """Return when it was told."""
        return self._told().get("told_at")

    def _told(self) -> dict[str, Any]:
        return self._store.kept(KEPT) or {}

    def keep(self, collection: dict[str, Any], etag: str | None, told_at: str) -> None:
        """Keep a fresh edition: the file first, then the note that it holds."""
        path = self._store.folder / FILE
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            json.dump(collection, file, ensure_ascii=False, separators=(",", ":"))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        self._store.keep(KEPT, {"etag": etag, "edition": collection.get("edition"), "told_at": told_at})

    def _load(self) -> None:
        tag = self.told_at
        with self._lock:
            path = self._store.folder / FILE
            if tag == self._tag or tag is None or not path.exists():
                return
            features = json.loads(path.read_text(encoding="utf-8"))["features"]
            self._grids = {one["id"]: plain.grid(one["id"], one["geometry"]) for one in features}
            self._about = {one["id"]: one["properties"] for one in features}
            self._lattice = _lattice(self._grids.values())
            self._tag = tag

    def locate(self, lon: float, lat: float, accuracy_m: float, edge_m: float) -> plain.Placement | None:
        """Return the placement of a point in degrees (EPSG:4490) as spec 14.2 has it; None without an edition."""
        self._load()
        if not self._grids:
            return None
        return plain.locate(self._around(lon, lat, max(accuracy_m, edge_m)), lon, lat, accuracy_m, edge_m)

    def _around(self, lon: float, lat: float, reach_m: float) -> list[plain.Grid]:
        box = plain.around(lon, lat, reach_m)
        found: dict[str, plain.Grid] = {}
        for cell in _cells(box):
            found |= {grid.code: grid for grid in self._lattice.get(cell, ())}
        return sorted(found.values(), key=lambda grid: grid.code)

    def name(self, code: str | None) -> str:
        """Return how people call a grid; its code when it has no name."""
        self._load()
        return (self._about.get(code or "", {}).get("name") or code or "") if code else ""

    def township(self, code: str | None) -> str | None:
        """Return the township a grid lies in."""
        self._load()
        return self._about.get(code or "", {}).get("township_code")

    def outlines(self) -> tuple[Outline, ...]:
        """Return every grid to draw."""
        self._load()
        return tuple(
            Outline(
                code,
                self._about[code].get("name") or "",
                self._about[code].get("village_code"),
                self._about[code].get("township_code"),
                (grid.box.west, grid.box.south, grid.box.east, grid.box.north),
                grid.polygons,
            )
            for code, grid in self._grids.items()
        )


def _cells(box: plain.Box) -> list[tuple[int, int]]:
    west, south, east, north = (int(side // CELL) for side in box)
    return [(x, y) for x in range(west, east + 1) for y in range(south, north + 1)]


def _lattice(grids: Any) -> dict[tuple[int, int], list[plain.Grid]]:
    cells: dict[tuple[int, int], list[plain.Grid]] = {}
    for grid in grids:
        for cell in _cells(grid.box):
            cells.setdefault(cell, []).append(grid)
    return cells
