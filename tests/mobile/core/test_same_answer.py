"""Same polygons, same answer: the phone's pure Python against PostGIS on the server, border candidates included."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from flask import Flask

from gis import plain
from gis.partition import draw_city
from mobile.core.grids import Grids
from mobile.core.store import Store
from server.access import SYSTEM
from server.db import db, now
from server.grids import acts, editions, locate, outlines, survey
from server.grids.models import Grid

POINTS, CIRCLES = 100_000, 4_000
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def phone(app: Flask, rolled_back: sa.Connection, tmp_path: Path) -> Grids:
    """The synthetic city on the server, and the very bytes it tells a phone, kept by the phone."""
    drawn = draw_city().grids
    found = survey.drawn(drawn.codes, drawn.polygons, name="city", synthetic=True)
    acts.import_edition("city", survey.examine(found), by=SYSTEM)
    db.session.commit()
    edition = editions.in_force(editions.published(), "base", now())
    assert edition is not None
    grids = Grids(Store(tmp_path))
    grids.keep(json.loads(outlines.outlines(edition, None).plain), "tag", "2026-03-02T09:00:00+08:00")
    return grids


def points(count: int, seed: int) -> np.ndarray:
    """Points all over the city; every tenth within metres of a border, where answers could differ."""
    polygons = draw_city().grids.polygons
    west, south, east, north = shapely.total_bounds(np.asarray(polygons, dtype=object))
    rng = np.random.default_rng(seed)
    found = rng.uniform((west, south), (east, north), (count, 2))
    corners = shapely.get_coordinates(np.asarray(polygons, dtype=object))
    near = rng.choice(len(corners), count // 10)
    found[::10][: len(near)] = corners[near] + rng.normal(0, 5e-5, (len(near), 2))
    return np.round(found, 7)


def in_postgis(where: np.ndarray) -> dict[int, list[str]]:
    """Return point → codes of the grids that PostGIS says cover it; outlines as phones are told them (six decimals)."""
    told = sa.func.ST_GeomFromGeoJSON(sa.func.ST_AsGeoJSON(Grid.geom, 6))
    db.session.execute(sa.text("create temp table told (code text, geom geometry)"))
    rows = sa.select(Grid.code, sa.func.ST_SetSRID(told, 4490))
    db.session.execute(
        sa.insert(sa.table("told", sa.column("code"), sa.column("geom"))).from_select(["code", "geom"], rows)
    )
    db.session.execute(sa.text("create index on told using gist (geom)"))
    db.session.execute(sa.text("create temp table asked (n int, geom geometry)"))
    db.session.execute(
        sa.text(
            "insert into asked select n, ST_SetSRID(ST_MakePoint(x, y), 4490)"
            " from unnest(cast(:n as int[]), cast(:x as float8[]), cast(:y as float8[])) as t(n, x, y)"
        ),
        {"n": list(range(len(where))), "x": where[:, 0].tolist(), "y": where[:, 1].tolist()},
    )
    found: dict[int, list[str]] = defaultdict(list)
    joined = sa.text("select n, code from asked join told on ST_Covers(told.geom, asked.geom) order by n, code")
    for n, code in db.session.execute(joined):
        found[n].append(code)
    return found


def test_a_phone_finds_the_grid_that_postgis_finds_for_a_hundred_thousand_points(phone: Grids) -> None:
    where = points(POINTS, 1)
    covering = in_postgis(where)
    phone.locate(0.0, 0.0, 0.0, 50.0)
    for n, (lon, lat) in enumerate(where.tolist()):
        said = plain.hits(phone._around(lon, lat, 1.0), lon, lat)
        assert said == covering.get(n, []), (lon, lat)


def test_border_candidates_and_edges_are_those_of_the_server(phone: Grids) -> None:
    where = points(CIRCLES, 2)
    rng = np.random.default_rng(3)
    circles = rng.choice([0.0, 5.0, 12.0, 30.0, 80.0], CIRCLES)
    wanted = [locate.Wanted(lon, lat, now(), float(r)) for (lon, lat), r in zip(where.tolist(), circles, strict=True)]
    for asked, told in zip(wanted, locate.locate_many(wanted), strict=True):
        said = phone.locate(asked.lon, asked.lat, float(asked.accuracy_m or 0.0), 50.0)
        assert said is not None
        assert (said.code, said.quality) == (told.grid_code, told.quality), (asked, said, told)
        assert set(said.candidates) == set(told.candidates), (asked, said, told)
