"""From a point as the device sent it to a place in the grid.

Job: convert the declared coordinate system, locate in the edition of the moment, say what is doubtful.
Never: guess a coordinate system.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gis import crs
from server import policy
from server.grids import locate as grids

OWED = "photo_owed"
"""The flag of a report whose leaf asks for a photo it did not come with."""


@dataclass(frozen=True, slots=True)
class Place:
    """A located point: EPSG:4490, its grid, and how sure that is."""

    lon: float
    lat: float
    grid_id: int | None
    edition_id: int | None
    grid_code: str | None
    village_code: str | None
    township_code: str | None
    quality: str
    candidates: tuple[str, ...]

    def columns(self) -> dict[str, Any]:
        """Return the place as columns of an event."""
        names = ("grid_id", "edition_id", "grid_code", "village_code", "township_code")
        found = {name: getattr(self, name) for name in names}
        return found | {"point": self.wkb, "placement": self.quality, "candidates": list(self.candidates)}

    @property
    def wkb(self) -> str:
        """Return the point as EWKT."""
        return f"SRID=4490;POINT({self.lon!r} {self.lat!r})"


def locate(points: Sequence[tuple[Mapping[str, Any], datetime, str]]) -> list[Place]:
    """Locate (point with lon, lat, crs, accuracy_m; moment; leaf) tuples, each in the edition of its moment."""
    wanted, lonlats = [], []
    for point, moment, category in points:
        lon, lat = crs.convert(point["lon"], point["lat"], point["crs"], "cgcs2000")
        lonlats.append((float(lon), float(lat)))
        wanted.append(grids.Wanted(float(lon), float(lat), moment, point.get("accuracy_m"), category))
    return [
        Place(
            lon,
            lat,
            found.grid_id,
            found.edition_id,
            found.grid_code,
            found.village_code,
            found.township_code,
            found.quality,
            tuple(found.candidates),
        )
        for (lon, lat), found in zip(lonlats, grids.locate_many(wanted), strict=True)
    ]


def doubts(data: Mapping[str, Any], place: Place, clock_error_s: float | None) -> list[str]:
    """Return the flags of a report: what is doubtful about its place and time; none of them blocks it (spec 14.1)."""
    settings = policy.current().settings
    tolerated = settings.work.device_clock_error_min * 60
    flags = {
        "mock": data["is_mock"],
        "inaccurate": (data.get("accuracy_m") or 0) > settings.grids.accuracy_max_m,
        "clock_error": clock_error_s is not None and abs(clock_error_s) > tolerated,
        place.quality: place.quality != "inside",
        OWED: photo_is_owed(data),
    }
    return [name for name, holds in flags.items() if holds]


def photo_is_owed(data: Mapping[str, Any]) -> bool:
    """Tell whether the leaf asks for a photo before and the report declares none."""
    return "before" in policy.current().categories[data["category"]].evidence and not data["photos"]
