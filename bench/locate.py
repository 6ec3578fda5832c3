"""Points to grids: the locator against geopandas, shapely and PostGIS, on one core, on the same points, in one run.

    python -m bench.locate [--points 10000000]

Every answer of every contestant is compared with the locator's; one difference fails the run. The others get points
that are made already (shapely objects, indexed tables), the locator gets bare numbers, as files and sensors bring them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import geopandas
import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

from bench import page
from gis import plain
from gis.locator import GridLocator, KernelName
from gis.partition import Areas, demo_outline, draw_city
from server.config import ROOT
from server.embedded import databases
from server.embedded.cluster import SETTINGS, Cluster
from server.embedded.lease import lease
from server.embedded.places import data_place

Floats = NDArray[np.float64]
Index = NDArray[np.integer[Any]]

SHARE_INSIDE = 0.95
OBJECTS = 1_000_000
"""Points that are made as shapely objects; PostGIS and the phone get fewer."""
ROWS, STEPS = 200_000, 3_000
ROUNDS = 7

JOIN = """
SELECT array_agg(id), array_agg(grid) FROM (
    SELECT p.id, min(g.id) AS grid FROM point p JOIN grid g ON ST_Covers(g.geom, p.geom) GROUP BY p.id
) AS found
"""


@dataclass(frozen=True)
class Field:
    """What all contestants work on: the grids in the order of their codes, and the points."""

    grids: Areas
    lon: Floats
    lat: Floats
    objects: NDArray[np.object_]


@dataclass(frozen=True)
class Contestant:
    """A way to answer: for how many points, how to ask (this is timed), and how to read an index per point from it."""

    name: str
    points: int
    ask: Callable[[], Any]
    read: Callable[[Any], Index] = np.asarray


@dataclass(frozen=True)
class Result:
    """How fast a contestant was, and whether all its answers were those of the locator."""

    name: str
    points: int
    seconds: float
    agrees: bool

    @property
    def per_second(self) -> float:
        """Points per second."""
        return self.points / self.seconds


def draw_points(count: int) -> tuple[Floats, Floats]:
    """Random points, uniform over the area: 95 % in the city, the others around it in its box."""
    rng, outline = np.random.default_rng(1), demo_outline()
    west, south, east, north = outline.bounds
    shapely.prepare(outline)
    found: list[Floats] = []
    missing = {True: int(count * SHARE_INSIDE), False: count - int(count * SHARE_INSIDE)}
    while any(missing.values()):
        places = rng.uniform((west, south), (east, north), (1_000_000, 2))
        inside = shapely.contains_xy(outline, places)
        for side, wanted in missing.items():
            found.append(places[inside == side][:wanted])
            missing[side] -= len(found[-1])
    lon, lat = rng.permutation(np.concatenate(found)).T
    return np.ascontiguousarray(lon), np.ascontiguousarray(lat)


def smallest(pairs: Sequence[Sequence[int]], count: int) -> Index:
    """From pairs of a point and a grid that covers it: the smallest grid of each point, -1 for none."""
    point, grid = map(np.asarray, pairs)
    answer = np.full(count, -1)
    order = np.lexsort((grid, point))[::-1]
    answer[point[order]] = grid[order]
    return answer


def by_locator(field: Field, kernel: KernelName) -> Contestant:
    """The locator with one of its kernels, loaded before the clock runs."""
    locator = GridLocator(field.grids.polygons, field.grids.codes, kernel)
    locator.locate(field.lon[:1], field.lat[:1])
    return Contestant(f"**gis.locator, {kernel}**", len(field.lon), lambda: locator.locate(field.lon, field.lat))


def by_sjoin(field: Field) -> Contestant:
    """The spatial join of geopandas."""
    points = geopandas.GeoDataFrame(geometry=field.objects, crs=4490)
    grids = geopandas.GeoDataFrame(geometry=field.grids.polygons, crs=4490)
    return Contestant(
        "geopandas.sjoin",
        OBJECTS,
        lambda: geopandas.sjoin(points, grids),  # a point intersects what covers it; the fastest predicate
        lambda found: smallest((found.index, found["index_right"]), OBJECTS),
    )


def by_tree(field: Field) -> Contestant:
    """The index of shapely."""
    tree = shapely.STRtree(field.grids.polygons)
    return Contestant(
        "shapely STRtree.query",
        OBJECTS,
        lambda: tree.query(field.objects, predicate="covered_by"),
        lambda pairs: smallest(pairs, OBJECTS),
    )


def by_postgis(field: Field, session: psycopg.Connection[Any]) -> Contestant:
    """The spatial join of PostGIS over indexed temporary tables."""
    session.execute("SET max_parallel_workers_per_gather = 0")
    tables = {"grid": field.grids.polygons, "point": field.objects[:ROWS]}
    for name, shapes in tables.items():
        session.execute(f"CREATE TEMP TABLE {name} (id int, geom geometry(Geometry, 4490))")
        wkb = shapely.to_wkb(shapely.set_srid(shapes, 4490), include_srid=True, hex=True)
        with session.cursor().copy(f"COPY {name} FROM STDIN") as copy:
            for row in enumerate(wkb):
                copy.write_row(row)
        session.execute(f"CREATE INDEX ON {name} USING gist (geom)")
        session.execute(f"ANALYZE {name}")
    return Contestant(
        "PostGIS join, ST_Covers", ROWS, lambda: session.execute(JOIN).fetchone(), lambda row: smallest(row, ROWS)
    )


def by_phone(field: Field) -> Contestant:
    """The phone's way: pure Python, one point after the other."""
    geometries = map(json.loads, shapely.to_geojson(field.grids.polygons))
    grids = [plain.grid(code, geometry) for code, geometry in zip(field.grids.codes, geometries, strict=True)]
    number = {code: i for i, code in enumerate(field.grids.codes)}
    places = [(float(x), float(y)) for x, y in zip(field.lon[:STEPS], field.lat[:STEPS], strict=True)]
    return Contestant(
        "gis.plain, the phone's pure Python",
        STEPS,
        lambda: [plain.hits(grids, *place) for place in places],
        lambda found: np.array([number[codes[0]] if codes else -1 for codes in found]),
    )


@contextmanager
def database() -> Iterator[psycopg.Connection[Any]]:
    """A session in a PostGIS: the one in GRIDWHISTLE_DATABASE_URL, or a private one for the time of the run."""
    if url := os.environ.get("GRIDWHISTLE_DATABASE_URL"):
        with psycopg.connect(databases.plain(url), autocommit=True) as session:
            yield session
        return
    with (
        lease(Cluster(data_place(ROOT / "var", "pg-bench"), SETTINGS)) as cluster,
        databases.scratch(cluster.url(), "bench_locate") as url,
        psycopg.connect(url, autocommit=True) as session,
    ):
        session.execute("CREATE EXTENSION postgis")
        yield session


def seconds_to_compile(field: Field) -> float:
    """The time to import the compiler and compile the kernel; a later process finds it in its cache."""
    locator = GridLocator(field.grids.polygons[:1], field.grids.codes[:1], "compiled")
    with tempfile.TemporaryDirectory() as cache:
        os.environ["NUMBA_CACHE_DIR"] = cache
        [timed] = page.best_of(1, lambda: locator.locate(field.lon[:1], field.lat[:1]))
        return timed.seconds


def measure(field: Field, session: psycopg.Connection[Any]) -> list[Result]:
    """The results of all contestants, the locator first, whose answers the others are held to."""
    entrants = [*(by_locator(field, kernel) for kernel in ("compiled", "numpy"))]
    entrants += [by_sjoin(field), by_tree(field), by_postgis(field, session), by_phone(field)]
    timed = page.best_of(ROUNDS, *(entrant.ask for entrant in entrants))
    answers = [entrant.read(each.answer) for entrant, each in zip(entrants, timed, strict=True)]
    return [
        Result(entrant.name, entrant.points, each.seconds, np.array_equal(answer, answers[0][: entrant.points]))
        for entrant, each, answer in zip(entrants, timed, answers, strict=True)
    ]


def standings(results: Sequence[Result]) -> str:
    """The table of the contestants."""
    sjoin = next(result.per_second for result in results if "sjoin" in result.name)
    rows = [
        (
            result.name,
            f"{result.points:,}",
            f"{result.per_second / 1e6:,.3f}",
            f"{result.per_second / sjoin:,.2f}",
            "all" if result.agrees else "**not all**",
        )
        for result in results
    ]
    return page.table(("", "points", "million points/s", "× sjoin", "answers agree"), rows)


def story(field: Field, compiling: float, results: Sequence[Result]) -> str:
    """The section of the page: what was asked, the table, what else it took."""
    vertices = shapely.get_num_coordinates(field.grids.polygons).mean()
    building, making = page.best_of(
        ROUNDS,
        lambda: GridLocator(field.grids.polygons, field.grids.codes),
        lambda: shapely.points(field.lon[:OBJECTS], field.lat[:OBJECTS]),
    )
    return f"""
Random points, 95 % of them inside the city; {len(field.grids.codes)} grids of {vertices:.0f} vertices on average; one
core; the best of {ROUNDS} rounds. The locator reads bare numbers; the others find their points made and loaded (making
{OBJECTS:,} shapely points takes {making.seconds:.2f} s).

{standings(results)}

Building the locator takes {building.seconds:.2f} s; compiling its kernel {compiling:.1f} s, once on a machine.
Goal: ≥ 20 million points/s and ≥ 50 × sjoin, exact on every point.
"""


def main() -> int:
    """Measure, compare, publish; 1 when one answer differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--points", type=int, default=10_000_000, help="points for the locator, at least a million")
    count = max(parser.parse_args().points, OBJECTS)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    lon, lat = draw_points(count)
    field = Field(draw_city().grids, lon, lat, shapely.points(lon[:OBJECTS], lat[:OBJECTS]))
    compiling = seconds_to_compile(field)
    with database() as session:
        results = measure(field, session)
    page.publish("python -m bench.locate", "Points to grids", story(field, compiling, results))
    return 0 if all(result.agrees for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
