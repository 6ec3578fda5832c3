"""Coordinate systems: published points, round trips, and the border of China."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from gis import crs

ROOT = Path(__file__).parents[2]
GEOD = Geod(ellps="GRS80")

# name, WGS-84, GCJ-02, BD-09, EPSG:4547, EPSG:4526, shift of GCJ-02 in metres: the vectors of spec 14.1
PLACES = [
    ("centre", (114.692100, 23.749000), (114.696786, 23.746334), (114.703248, 23.752451),
     (570559.483, 2627660.427), (38570559.483, 2627660.427), 561.6),
    ("east", (114.750000, 23.740000), (114.754746, 23.737394), (114.761245, 23.743306),
     (576467.854, 2626693.499), (38576467.854, 2626693.499), 563.4),
    ("south", (114.630000, 23.560000), (114.634563, 23.557256), (114.641098, 23.563178),
     (564320.570, 2606697.778), (38564320.570, 2606697.778), 556.2),
    ("north", (114.705000, 23.830000), (114.709713, 23.827331), (114.716145, 23.833625),
     (571830.149, 2636638.517), (38571830.149, 2636638.517), 563.9),
    ("west", (114.560000, 23.640000), (114.564593, 23.637259), (114.571110, 23.643163),
     (557139.002, 2615528.599), (38557139.002, 2615528.599), 558.4),
    ("Guangzhou", (113.264400, 23.129100), (113.269730, 23.126423), (113.276151, 23.132711),
     (424654.893, 2559024.739), (38424654.893, 2559024.739), 621.2),
    ("Beijing", (116.391300, 39.907500), (116.397541, 39.908901), (116.403914, 39.915245),
     (704488.222, 4421996.946), (38704488.222, 4421996.946), 555.9),
]  # fmt: skip

NAMES = [place[0] for place in PLACES]

# from, position, to, position, tolerance in metres: published tests of other implementations (spec 16.1)
PUBLISHED = [
    ("wgs84", (121.5272106, 31.1774276), "gcj02", (121.531541859215, 31.17530398364597), 0.5),
    ("wgs84", (113.912316, 22.543847), "gcj02", (113.9171764808363, 22.540796131694766), 0.5),
    ("wgs84", (116.377817, 39.911954), "gcj02", (116.38404722455657, 39.91334545536069), 0.5),
    ("wgs84", (116.404, 39.915), "gcj02", (116.41024449916938, 39.91640428150164), 0.1),
    ("bd09", (116.404, 39.915), "gcj02", (116.39762729119315, 39.90865673957631), 0.1),
    ("gcj02", (116.404, 39.915), "bd09", (116.41036949371029, 39.92133699351021), 0.1),
    ("gcj02", (116.404, 39.915), "wgs84", (116.39775550083061, 39.91359571849836), 5.0),
    ("wgs84", (-71.0589, 42.3601), "gcj02", (-71.0589, 42.3601), 0.0),
]

# Two degrees inside the crude box, where neither end of a conversion can leave it.
china = st.tuples(st.floats(74.1, 135.7), st.floats(2.9, 53.7))
names = st.sampled_from(sorted(crs.SYSTEMS))


def metres(a, b):
    return GEOD.inv(*a, *b)[2]


@pytest.mark.parametrize("vector", PLACES, ids=NAMES)
def test_a_place_has_the_published_position_in_each_system(vector):
    _, wgs84, gcj02, bd09, _, _, shift_m = vector
    place = {"wgs84": wgs84, "cgcs2000": wgs84, "gcj02": gcj02, "bd09": bd09}
    for source, start in place.items():
        for target, end in place.items():
            assert metres(crs.convert(*start, source, target), end) < 0.25, f"{source} → {target}"
    assert metres(wgs84, crs.wgs84_to_gcj02(*wgs84)) == pytest.approx(shift_m, abs=0.1)


@pytest.mark.parametrize("vector", PLACES, ids=NAMES)
def test_the_plane_coordinates_of_the_district_come_from_proj(vector):
    _, lonlat, _, _, epsg4547, epsg4526, _ = vector
    for code, plane in ((4547, epsg4547), (4526, epsg4526)):
        there = Transformer.from_crs(4490, code, always_xy=True).transform(*lonlat)
        assert there == pytest.approx(plane, abs=0.002)


def test_the_control_point_of_proj_is_met():
    here = (114.7, 23.74)
    assert Transformer.from_crs(4490, 4547, always_xy=True).transform(*here) == pytest.approx(
        (571369.818, 2626667.527), abs=0.01
    )
    assert Transformer.from_crs(4490, 4526, always_xy=True).transform(*here) == pytest.approx(
        (38571369.818, 2626667.527), abs=0.01
    )


@pytest.mark.parametrize(("source", "start", "target", "end", "tolerance_m"), PUBLISHED)
def test_published_points_of_other_implementations_are_met(source, start, target, end, tolerance_m):
    assert metres(crs.convert(*start, source, target), end) <= tolerance_m


@given(china, names, names)
def test_a_conversion_and_its_inverse_lead_back_within_a_millimetre(place, source, target):
    there = crs.convert(*place, source, target)
    assert metres(crs.convert(*there, target, source), place) < 0.001


@given(st.floats(-180, 180), st.floats(-90, 90), names, names)
def test_outside_china_nothing_is_shifted(lon, lat, source, target):
    if not crs.inside_china(lon, lat):
        assert crs.convert(lon, lat, source, target) == (lon, lat)


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1), names, names)
def test_an_array_is_converted_like_its_single_positions(places, source, target):
    lon, lat = np.array(places).T
    lons, lats = crs.convert(lon, lat, source, target)
    singly = np.array([crs.convert(*place, source, target) for place in places])
    assert np.abs(np.column_stack([lons, lats]) - singly).max() < 1e-12


def test_an_array_keeps_its_shape_and_is_not_changed():
    lon, lat = np.full((3, 2), 114.7), np.full((3, 2), 23.74)
    there = crs.convert(lon, lat, "wgs84", "bd09")
    assert there[0].shape == there[1].shape == (3, 2)
    assert (lon == 114.7).all()
    assert (lat == 23.74).all()


def test_between_wgs84_and_cgcs2000_the_numbers_stay_the_same():
    assert crs.convert(114.7, 23.74, "wgs84", "cgcs2000") == (114.7, 23.74)


def test_every_conversion_states_its_error():
    assert crs.error_m("gcj02", "gcj02") == 0.0
    assert crs.error_m("wgs84", "cgcs2000") == 1.0
    assert crs.error_m("gcj02", "wgs84") == 0.5
    assert crs.error_m("bd09", "cgcs2000") == crs.error_m("gcj02", "bd09") == 40.0


@pytest.mark.parametrize("names", [("gcj-02", "wgs84"), ("wgs84", "EPSG:4326")])
def test_an_unknown_system_is_refused_and_the_known_ones_are_named(names):
    with pytest.raises(crs.UnknownSystem, match="wgs84、cgcs2000、gcj02、bd09"):
        crs.convert(114.7, 23.74, *names)
    with pytest.raises(crs.UnknownSystem):
        crs.error_m(*names)


def test_the_phone_needs_only_the_standard_library():
    code = (
        "import sys; before = set(sys.modules); import gis.crs, gis.geojson, gis.plain\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - sys.stdlib_module_names - {'gis'}))\n"
        "print(gis.crs.convert(114.7, 23.74, 'wgs84', 'bd09')[0] > 114.7)"
    )
    answer = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["[]", "True"]
