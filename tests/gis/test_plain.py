"""What the phone runs: the grid of a position by the standard library alone."""

import json
import math
import random

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from gis import plain
from gis.plain import Box, Placement, Point

GEOD = Geod(ellps="GRS80")
TO_PLANE = Transformer.from_crs(4490, 4547, always_xy=True)
METRE = 1 / 111_000  # of latitude, in degrees, roughly

RING = [[114.0, 23.0], [114.3, 23.0], [114.3, 23.3], [114.0, 23.3], [114.0, 23.0]]
HOLE = [[114.1, 23.1], [114.2, 23.1], [114.2, 23.2], [114.1, 23.2], [114.1, 23.1]]


def square(code, lon, lat, size=0.01):
    return plain.grid(code, shapely.geometry.mapping(shapely.box(lon, lat, lon + size, lat + size)))


# b │ a      two grids that share the border at 114.71° E; c stands alone, some 20 m east of a
A, B, C = square("a", 114.71, 23.74), square("b", 114.70, 23.74), square("c", 114.7202, 23.74)
TOWN = [A, B, C]


@pytest.mark.parametrize("place", [*RING, *HOLE, [114.0, 23.17], [114.15, 23.3], [114.2, 23.15], [114.13, 23.2]])
def test_the_border_of_a_polygon_and_of_its_hole_belong_to_it(place):
    assert plain.contains([RING, HOLE], *place)


def test_the_inside_of_a_hole_does_not_belong_to_the_polygon():
    assert plain.contains([RING, HOLE], 114.05, 23.15)
    assert not plain.contains([RING, HOLE], 114.15, 23.15)
    assert not plain.contains([RING, HOLE], 114.15, 23.35)


def test_a_ring_may_be_left_open():
    assert plain.contains([RING[:-1]], 114.0, 23.1)
    assert plain.contains([RING[:-1]], 114.1, 23.1)


def test_positions_a_rounding_step_off_slanting_borders_are_on_their_right_side():
    rng = random.Random(12)
    for _ in range(300):
        a, b, c = ([rng.uniform(-80, 80), rng.uniform(-80, 80)] for _ in range(3))
        shape = shapely.Polygon([a, b, c])
        for _ in range(20):
            share = rng.random()
            lon, lat = (nudged(a[i] + share * (b[i] - a[i]), rng) for i in (0, 1))
            assert plain.contains([[a, b, c]], lon, lat) == shapely.covers(shape, shapely.Point(lon, lat))


def nudged(value, rng):
    return value + rng.randint(-2, 2) * math.ulp(value)


lattice = st.integers(0, 8)
triangles = st.lists(st.tuples(*[st.tuples(lattice, lattice)] * 3), min_size=1, max_size=6)
positions = st.tuples(st.integers(-2, 36), st.integers(-2, 36))


def patches(corners, step=0.1, west=114.0, south=23.0):
    """The union of triangles on a lattice: polygons with holes, several parts, many points on one line."""
    shapes = [shapely.Polygon([(west + x * step, south + y * step) for x, y in three]) for three in corners]
    union = shapely.union_all([shape for shape in shapes if shape.is_valid and shape.area > 0])
    return union if union.geom_type in ("Polygon", "MultiPolygon") and union.is_valid else shapely.Polygon()


@given(triangles, st.lists(positions, min_size=1, max_size=40))
def test_a_polygon_contains_exactly_what_geos_says_it_covers(corners, quarters):
    shape = patches(corners)
    if shape.is_empty:
        return
    grid = plain.grid("x", json.loads(shapely.to_geojson(shape)))
    places = [(114.0 + x * 0.025, 23.0 + y * 0.025) for x, y in quarters] + list(shapely.get_coordinates(shape))
    for lon, lat in places:
        covered = shapely.covers(shape, shapely.Point(lon, lat))
        assert any(plain.contains(polygon, lon, lat) for polygon in grid.polygons) == covered, (lon, lat)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [114, 23]},
        {"type": "Polygon", "coordinates": []},
        {"type": "MultiPolygon", "coordinates": []},
        {"type": "GeometryCollection", "geometries": []},
    ],
)
def test_a_grid_without_area_is_refused_by_its_code(geometry):
    with pytest.raises(ValueError, match="441602001001001"):
        plain.grid("441602001001001", geometry)


def test_a_grid_knows_its_box():
    parts = shapely.MultiPolygon([shapely.box(1, 2, 3, 4), shapely.box(5, -6, 7, 0)])
    assert plain.grid("m", shapely.geometry.mapping(parts)).box == Box(1, -6, 7, 4)


def test_a_position_on_a_shared_border_belongs_to_the_smallest_code():
    assert plain.hits(TOWN, 114.71, 23.745) == ["a", "b"]
    assert plain.locate(TOWN, 114.71, 23.745) == Placement("a", "inside", ("a",), 0.0)


def test_a_position_well_inside_a_grid_belongs_to_it():
    assert plain.locate(TOWN, 114.705, 23.745, accuracy_m=30) == Placement("b", "inside", ("b",), 0.0)


def test_a_circle_that_touches_another_grid_makes_the_place_ambiguous():
    assert plain.locate(TOWN, 114.7199, 23.745, accuracy_m=30) == Placement("a", "inside", ("a",), 0.0)
    assert plain.locate(TOWN, 114.7199, 23.745, accuracy_m=31) == Placement("a", "ambiguous", ("a", "c"), 0.0)
    assert plain.locate(TOWN, 114.71, 23.745, accuracy_m=1) == Placement("a", "ambiguous", ("a", "b"), 0.0)


def test_a_position_in_a_gap_belongs_to_the_nearest_grid_within_50_metres():
    place = plain.locate(TOWN, 114.7201 + 1e-6, 23.745, accuracy_m=5)
    assert place == Placement("c", "edge", ("c",), pytest.approx(10.1, abs=0.1))
    both = plain.locate(TOWN, 114.7201 + 1e-6, 23.745, accuracy_m=15)
    assert both == Placement("c", "ambiguous", ("c", "a"), pytest.approx(10.1, abs=0.1))


def test_the_50_metres_hold_to_the_millimetre():
    east = plain.metres_per_degree(23.745)[0]
    assert plain.locate(TOWN, 114.7302 + 50.0 / east, 23.745) == Placement("c", "edge", ("c",), 50.0)
    assert plain.locate(TOWN, 114.7302 + 50.001 / east, 23.745) == Placement(None, "outside", (), None)


def test_how_far_an_edge_reaches_is_a_setting():
    east = plain.metres_per_degree(23.745)[0]
    lon = 114.7302 + 20.0 / east
    assert plain.locate(TOWN, lon, 23.745, edge_m=20.0) == Placement("c", "edge", ("c",), 20.0)
    assert plain.locate(TOWN, lon, 23.745, edge_m=19.0) == Placement(None, "outside", (), None)
    assert plain.locate(TOWN, lon, 23.745, accuracy_m=25, edge_m=19.0) == Placement(None, "ambiguous", ("c",), None)


def test_a_position_off_every_grid_is_outside_unless_its_circle_touches_one():
    assert plain.locate(TOWN, 114.732, 23.745, accuracy_m=100) == Placement(None, "outside", (), None)
    assert plain.locate(TOWN, 114.732, 23.745, accuracy_m=300) == Placement(None, "ambiguous", ("c",), None)


def test_two_grids_equally_near_are_told_apart_by_their_codes():
    north_of_the_border = 23.75 + 20 * METRE
    place = plain.locate(TOWN, 114.71, north_of_the_border)
    assert (place.code, place.quality) == ("a", "edge")
    assert [code for _, code in plain.near(TOWN, 114.71, north_of_the_border, 25)] == ["a", "b"]


def test_a_position_that_is_not_a_number_lies_nowhere():
    assert plain.locate(TOWN, math.nan, 23.745, accuracy_m=30) == Placement(None, "outside", (), None)
    assert plain.locate(TOWN, 114.705, math.nan, accuracy_m=30) == Placement(None, "outside", (), None)


@given(st.floats(74, 135), st.floats(3, 53), st.floats(-1, 1), st.floats(-1, 1), st.integers(-6, 0))
def test_the_distance_of_two_positions_is_that_on_the_ellipsoid(lon, lat, east, north, power):
    there = Point(lon + east * 10**power, lat + north * 10**power)
    true = GEOD.inv(lon, lat, *there)[2]
    assert plain.distance_m(Point(lon, lat), there) == pytest.approx(true, rel=1.2e-5, abs=1e-6)
    assert plain.distance_m(there, Point(lon, lat)) == pytest.approx(true, rel=1.2e-5, abs=1e-6)


def test_the_distance_between_continents_is_right_within_a_few_parts_in_a_hundred_thousand():
    heyuan, boston = (114.69, 23.74), (-71.06, 42.36)
    assert plain.distance_m(heyuan, boston) == pytest.approx(GEOD.inv(*heyuan, *boston)[2], rel=2e-5)
    assert plain.distance_m(heyuan, heyuan) == 0.0


@given(st.floats(-0.003, 0.013), st.floats(-0.003, 0.013))
def test_the_distance_to_a_grid_is_that_in_the_plane_of_the_district(east, north):
    lon, lat = A.box.west + east, A.box.south + north
    plane = shapely.transform(shapely.box(*A.box), lambda c: [TO_PLANE.transform(*each) for each in c])
    true = plane.distance(shapely.Point(TO_PLANE.transform(lon, lat)))
    [(away, _)] = plain.near([A], lon, lat, 10_000)
    # In that plane a parallel of 1 km bends by 9 mm, and lengths are stretched by 7 cm per km.
    assert abs(away - true) <= 0.01 + 1e-4 * true


@given(st.floats(0, 100), st.sampled_from(["west", "north", "corner"]))
def test_near_names_each_grid_once_by_rising_distance(radius, side):
    lon, lat = {"west": (114.6999, 23.745), "north": (114.7101, 23.7502), "corner": (114.7201, 23.7501)}[side]
    found = plain.near(TOWN, lon, lat, radius)
    assert found == sorted(found)
    assert found == [(away, code) for away, code in plain.near(TOWN, lon, lat, 1000) if away <= radius]


def test_a_height_in_the_coordinates_is_passed_over():
    high = plain.grid("h", {"type": "Polygon", "coordinates": [[[*p, 12.5] for p in A.polygons[0][0]]]})
    assert plain.locate([high], 114.715, 23.745).code == "h"
