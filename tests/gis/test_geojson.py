"""GeoJSON in and out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis import geojson

SQUARE = {"type": "Polygon", "coordinates": [[[114, 23], [115, 23], [115, 24], [114, 24], [114, 23]]]}
numbers = st.floats(-80, 80)
positions = st.lists(numbers, min_size=2, max_size=3)


def document(*features, **members):
    return {"type": "FeatureCollection", "features": list(features), **members}


def feature(geometry=SQUARE, **properties):
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def test_features_are_read_in_the_order_of_the_file():
    text = json.dumps(document(feature(code="b"), feature(code="a")))
    assert [each.properties["code"] for each in geojson.read(text)] == ["b", "a"]
    assert geojson.read(text.encode())[0].geometry == SQUARE


def test_a_single_feature_is_a_file_of_one():
    assert geojson.read(feature(code="x")) == [geojson.Feature(SQUARE, {"code": "x"})]


def test_a_feature_without_place_or_properties_is_kept():
    assert geojson.read(document({"type": "Feature", "geometry": None, "properties": None, "id": 7})) == [
        geojson.Feature(None, {}, 7)
    ]


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4490", "EPSG:4326"])
def test_a_declared_system_of_longitude_and_latitude_is_accepted(name):
    assert geojson.read(document(feature(), crs={"type": "name", "properties": {"name": name}}))


@pytest.mark.parametrize("crs", [{"properties": {"name": "EPSG:14326"}}, {"properties": {"name": "EPSG:4547"}}, {}, 7])
def test_any_other_declared_system_is_refused(crs):
    with pytest.raises(geojson.NotLonLat):
        geojson.read(document(feature(), crs=crs))


def test_a_file_in_feet_is_refused_naming_the_feature():
    feet = {"type": "Point", "coordinates": [787723.7, 2965812.6]}
    with pytest.raises(geojson.NotLonLat, match="第 2 个要素"):
        geojson.read(document(feature(), feature(feet)))
    with pytest.raises(geojson.NotLonLat):
        geojson.read(feature({"type": "GeometryCollection", "geometries": [feet]}))


NOT_GEOJSON = [
    "[]",
    '{"type": "Polygon"}',
    document({"type": "Polygon"}),
    document(7),
    document(feature({"type": "Point", "coordinates": ["a", "b"]})),
]


@pytest.mark.parametrize("source", NOT_GEOJSON)
def test_what_is_not_geojson_is_refused(source):
    with pytest.raises(geojson.NotGeoJson):
        geojson.read(source)


def test_a_text_that_is_not_even_json_is_refused():
    with pytest.raises(ValueError, match="Expecting value"):
        geojson.read("网格")


def test_a_file_carries_seven_decimals_and_a_list_six():
    point = geojson.Feature({"type": "Point", "coordinates": [114.123456789, 23.987654321, 5.5]}, {"name": "源城"}, "g")
    assert geojson.write([point]) == (
        '{"type":"FeatureCollection","features":[{"type":"Feature","id":"g",'
        '"geometry":{"type":"Point","coordinates":[114.1234568,23.9876543,5.5]},"properties":{"name":"源城"}}]}'
    )
    assert geojson.collection([point])["features"][0]["geometry"]["coordinates"] == [114.123457, 23.987654, 5.5]


def test_a_number_that_json_does_not_know_is_not_written():
    with pytest.raises(ValueError, match="JSON compliant"):
        geojson.write([geojson.Feature(None, {"area": float("nan")})])


def test_rounding_leaves_no_minus_zero():
    assert str(geojson.rounded({"type": "Point", "coordinates": [-1e-9, 0]}, 7)["coordinates"]) == "[0.0, 0.0]"


@given(st.lists(st.lists(positions, min_size=4), min_size=1), st.lists(positions))
def test_what_is_written_is_read_again_within_half_a_unit_of_the_last_decimal(rings, line):
    parts = [{"type": "Polygon", "coordinates": rings}, {"type": "LineString", "coordinates": line}]
    whole = geojson.Feature({"type": "GeometryCollection", "geometries": parts}, {"街道": "东埔"}, 3)
    again = geojson.read(geojson.write([whole]))[0]
    assert again._replace(geometry=None) == whole._replace(geometry=None)
    for before, after in zip(parts, again.geometry["geometries"], strict=True):
        assert flat(after["coordinates"]) == pytest.approx(flat(before["coordinates"]), abs=0.51e-7)


@given(st.lists(positions, min_size=1))
def test_rounding_twice_changes_nothing_more(line):
    once = geojson.rounded({"type": "LineString", "coordinates": line}, 6)
    assert geojson.rounded(once, 6) == once


def flat(coordinates):
    return [number for part in coordinates for number in (flat(part) if isinstance(part, list) else [part])]
