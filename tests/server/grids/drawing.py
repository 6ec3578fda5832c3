"""Grids for tests: squares on a lattice, imported as an edition in one line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import shapely

from server.access import SYSTEM
from server.grids import acts, survey
from server.grids.models import Edition
from server.grids.survey import Examined, Survey

SIDE = 0.01
"""About a kilometre."""
VILLAGE = "441602001003"
A, B, C, D = (f"{VILLAGE}{number:03}" for number in (1, 2, 3, 4))
WEST, SOUTH = 114.60, 23.70

Boxes = Mapping[str, tuple[float, float, float, float]]
ROW: Boxes = {A: (0, 0, 1, 1), B: (1, 0, 2, 1), C: (2, 0, 3, 1)}
"""Three squares side by side, in units of SIDE."""


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Return a rectangle given in units of SIDE."""
    return shapely.box(WEST + west * SIDE, SOUTH + south * SIDE, WEST + east * SIDE, SOUTH + north * SIDE)


def at(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a place given in units of SIDE."""
    return WEST + x * SIDE, SOUTH + y * SIDE


def drawn(boxes: Boxes = ROW, **said: Any) -> Survey:
    """Return the survey of some rectangles."""
    return survey.drawn(list(boxes), [box(*corners) for corners in boxes.values()], name="test", **said)


def examined(boxes: Boxes = ROW, **demands: Any) -> Examined:
    """Return the rectangles, examined."""
    return survey.examine(drawn(boxes), **demands)


def imported(name: str, boxes: Boxes = ROW, *, valid_from: datetime | None = None, **said: Any) -> Edition:
    """Import rectangles as an edition; ``layer`` and what is said of the grids may be given."""
    layer = said.pop("layer", "base")
    found = survey.examine(drawn(boxes, **said), layer=layer)
    return acts.import_edition(name, found, by=SYSTEM, valid_from=valid_from)
