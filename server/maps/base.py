"""The installation's own base map (底图文件): raster tiles out of one MBTiles file, for pages and phones.

Job: a tile and its type; what the file says of itself.
Never: load anything from elsewhere, or take tiles in GCJ-02: they lie some 500 m off.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import current_app

NOT_FILES = frozenset({"", "tianditu"})
"""Settings of the base map that name no file."""
MIMES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp"}
ZOOM_MAX = 24


def file() -> str:
    """Return the path of the installation's file; empty where it has none."""
    setting: str = current_app.config["GRIDWHISTLE"].basemap
    return "" if setting in NOT_FILES else setting


@cache
def described(path: str) -> Mapping[str, str]:
    """Return the metadata of an MBTiles file: format, zooms, attribution."""
    with _open(path) as db:
        return dict(db.execute("select name, value from metadata"))


def tile(z: int, x: int, y: int) -> tuple[bytes, str] | None:
    """Return a tile (y counts from the north) and its MIME type, or None; MBTiles count their rows from the south."""
    path = file()
    if not path or z > ZOOM_MAX or max(x, y) >= 2**z:
        return None
    with _open(path) as db:
        query = "select tile_data from tiles where zoom_level = ? and tile_column = ? and tile_row = ?"
        found = db.execute(query, (z, x, 2**z - 1 - y)).fetchone()
    return (found[0], MIMES.get(described(path).get("format", "png"), "image/png")) if found else None


def _open(path: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{Path(path).as_posix()}?mode=ro&immutable=1", uri=True)
