"""The frame of a tile says in numbers what the database's projections say."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from server.db import db
from server.maps.frame import Frame, projected
from tests.server.maps.test_map_tiles import number
from tests.server.town import INSIDE, Town


@pytest.mark.parametrize("place", [(0.0, 0.0), INSIDE, (109.6, 20.2), (-179.9, -84.9), (179.9, 84.9)])
def test_a_point_lies_where_the_database_projects_it(town: Town, place: tuple[float, float]) -> None:
    point = sa.func.ST_SetSRID(sa.func.ST_MakePoint(*place), 4490)
    apart = sa.func.ST_Distance(projected(point), sa.func.ST_Transform(point, 3857))
    assert db.session.scalar(sa.select(apart)) < 1e-6


@pytest.mark.parametrize("z", [3, 9, 14, 20])
@pytest.mark.parametrize("units", [0, 256])
def test_the_edges_in_degrees_are_those_the_database_finds(town: Town, z: int, units: int) -> None:
    frame = Frame(*number(*INSIDE, z))
    theirs = sa.func.ST_Transform(frame.wider(units), 4490)
    for side in ("XMin", "YMin", "XMax", "YMax"):
        find = getattr(sa.func, f"ST_{side}")
        mine, other = db.session.execute(sa.select(find(frame.degrees(units)), find(theirs))).one()
        assert mine == pytest.approx(other, abs=1e-9)
