"""What lies near a point: the nearest grid, the grids an accuracy circle touches; phone and server agree."""

import json

import numpy as np
import shapely

from gis import plain
from gis.locator import GridLocator


def test_a_point_outside_gets_the_nearest_grid_within_50_metres(town):
    grids = GridLocator(*town)
    west, south, east, north = shapely.total_bounds(town[0])
    rng = np.random.default_rng(9)
    lon, lat = rng.uniform(west, east, 4_000), rng.uniform(south, north, 4_000)
    nearest = grids.nearest(lon, lat, within_m=200.0)
    inside = grids.locate(lon, lat)
    assert (nearest.distance_m[inside >= 0] == 0).all()
    np.testing.assert_array_equal(nearest.polygon[inside >= 0], inside[inside >= 0])
    east_m, north_m = plain.metres_per_degree(lat.mean())
    plane = shapely.transform(np.array(town[0]), lambda c: c * (east_m, north_m))
    away = shapely.distance(plane[:, None], shapely.points(lon * east_m, lat * north_m)).min(axis=0)
    near = (inside < 0) & (nearest.polygon >= 0)
    assert near.sum() > 20
    np.testing.assert_allclose(nearest.distance_m[near], away[near], rtol=0.002)
    np.testing.assert_array_equal(np.isnan(nearest.distance_m), nearest.polygon < 0)
    np.testing.assert_array_equal(nearest.polygon < 0, away > 200.0)


def test_the_candidates_are_the_grids_that_the_accuracy_circle_touches():
    a, b, c = (shapely.box(114.70 + x, 23.74, 114.71 + x, 23.75) for x in (0, 0.01, 0.0202))
    grids = GridLocator([c, b, a], ["c", "b", "a"])
    assert grids.candidates(114.7199, 23.745, 5) == ("b",)
    assert grids.candidates(114.7199, 23.745, 40) == ("b", "c")
    assert grids.candidates(114.71, 23.745, 0) == ("a", "b")
    assert grids.candidates(114.75, 23.745, 100) == ()


def test_phone_and_server_place_every_point_alike(town):
    polygons, codes = town
    grids = GridLocator(polygons, codes)
    phone = [plain.grid(c, json.loads(shapely.to_geojson(p))) for c, p in zip(codes, polygons, strict=True)]
    west, south, east, north = shapely.total_bounds(polygons)
    rng = np.random.default_rng(10)
    anywhere = rng.uniform((west, south), (east, north), (400, 2))
    vertices = np.unique(shapely.get_coordinates(polygons), axis=0)
    on_borders = vertices[rng.choice(5_000, 150)]
    outline = shapely.get_coordinates(shapely.union_all(polygons).exterior)
    beside = outline[rng.choice(len(outline), 250)] + rng.normal(0, 0.0005, (250, 2))
    seen = set()
    for lon, lat in np.concatenate([anywhere, on_borders, beside]):
        accuracy = float(rng.choice([0, 3, 10, 30, 80]))
        edge = float(rng.choice([0, 15, 50]))
        placement = grids.place(float(lon), float(lat), accuracy, edge)
        assert placement == plain.locate(phone, float(lon), float(lat), accuracy, edge)
        assert plain.hits(phone, lon, lat) == sorted(codes[i] for i in grids.hits(lon, lat).polygon)
        seen.add(placement.quality)
    assert seen == {"inside", "edge", "outside", "ambiguous"}
