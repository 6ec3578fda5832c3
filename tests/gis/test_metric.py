"""Metres on the plane: agreement with the published zone, with the ellipsoid, and distances to borders."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from gis.metric import Plane, areas_km2, areas_m2, distance_to_border_m

GEOD = Geod(ellps="GRS80")
SQUARE = shapely.box(114.69, 23.74, 114.70, 23.75)


def test_the_plane_round_114_degrees_is_epsg_4547():
    east, north = Plane.at(114.7).points(114.70, 23.74)
    assert (float(east), float(north)) == pytest.approx((571369.818, 2626667.527), abs=0.001)
    expected = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True).transform(114.52, 23.53)
    assert tuple(map(float, Plane(114).points(114.52, 23.53))) == pytest.approx(expected, abs=1e-6)


@given(lon=st.floats(-179, 179), lat=st.floats(-80, 80))
def test_degrees_come_back_from_the_plane(lon: float, lat: float):
    plane = Plane.at(lon)
    assert abs(plane.meridian - lon) <= 1.5
    back = plane.degrees(*plane.points(lon, lat))
    assert tuple(map(float, back)) == pytest.approx((lon, lat), abs=1e-8)


@given(lon=st.floats(73, 135), lat=st.floats(3.5, 53.5))
def test_areas_agree_with_the_ellipsoid_everywhere_in_china(lon: float, lat: float):
    square = shapely.box(lon, lat, lon + 0.01, lat + 0.01)
    true_m2 = abs(GEOD.geometry_area_perimeter(square)[0])
    assert areas_m2([square])[0] == pytest.approx(true_m2, rel=8e-4)


def test_a_missing_or_empty_shape_has_no_area():
    assert areas_km2([None, shapely.Polygon(), SQUARE]).tolist() == pytest.approx([0, 0, 1.1294], abs=1e-3)
    assert areas_m2([]).tolist() == []


def test_a_point_is_measured_to_the_border_of_its_own_grid_holes_included():
    pond = shapely.Polygon(SQUARE.exterior.coords, [shapely.box(114.694, 23.744, 114.696, 23.746).exterior.coords])
    lon, lat = np.array([114.693, 114.691]), np.array([23.745, 23.745])
    metres = distance_to_border_m([pond], lon, lat, [0, 0])
    for found, to in zip(metres, (114.694, 114.690), strict=True):
        assert found == pytest.approx(GEOD.inv(lon[list(metres).index(found)], 23.745, to, 23.745)[2], abs=0.05)


def test_a_point_in_no_grid_is_measured_to_the_nearest_border_and_one_without_a_position_is_not():
    beside = shapely.box(114.70, 23.74, 114.71, 23.75)
    metres = distance_to_border_m([SQUARE, beside], [114.72, np.nan], [23.745, 23.745], [-1, -1])
    assert metres[0] == pytest.approx(GEOD.inv(114.71, 23.745, 114.72, 23.745)[2], abs=0.2)
    assert np.isnan(metres[1])
