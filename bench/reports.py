"""Reports as phones write them, and how many of them became what they should.

Never measures.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from typing import Any

import shapely

from bench.city import Carrier
from server import policy
from server.db import new_id, now

PLACES = ("解放路", "建设大道", "东门市场", "滨江公园", "长塘路", "文明路", "红星小学门口", "下角桥头")
MATTERS = ("路灯不亮", "井盖缺失，行人险些跌倒", "垃圾堆放多日无人清运", "占道经营影响通行", "水管破裂路面积水")


def place(rng: random.Random, grid: shapely.Polygon) -> tuple[float, float]:
    """Return a point somewhere in `grid`."""
    west, south, east, north = grid.bounds
    while True:
        lon, lat = rng.uniform(west, east), rng.uniform(south, north)
        if shapely.contains_xy(grid, lon, lat):
            return lon, lat


def body(rng: random.Random, carrier: Carrier) -> dict[str, Any]:
    """Return the body of one report from somewhere in the grid of `carrier`."""
    lon, lat = place(rng, carrier.grid)
    return {
        "category": rng.choice(tuple(policy.current().categories)),
        "text": f"{rng.choice(PLACES)}{rng.randrange(1, 200)}号旁，{rng.choice(MATTERS)}",
        "lon": lon,
        "lat": lat,
        "crs": "cgcs2000",
        "accuracy_m": round(rng.uniform(3, 30), 1),
        "captured_at": now().isoformat(),
        "is_mock": False,
        "photos": [{"sha256": secrets.token_hex(32), "kind": "before"}],
    }


def item(rng: random.Random, carrier: Carrier) -> dict[str, Any]:
    """Return one report as an item of POST /sync."""
    return {"method": "PUT", "path": f"/events/{new_id()}", "body": body(rng, carrier)}


def items(rng: random.Random, carrier: Carrier, count: int) -> Sequence[dict[str, Any]]:
    """Return a phone's queue of reports."""
    return [item(rng, carrier) for _ in range(count)]
