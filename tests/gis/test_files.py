"""Grid files: what is read from which format, in which system, and what is refused rather than guessed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Transformer

from gis import crs
from gis.files import Declaration, GridSet, read_grids, write_grids
from gis.findings import GridFileError

CODES = ("441602001001001", "441602001001002")
NAMES = ("上城街道第一网格", "上城街道第二网格")
SQUARES = np.array([shapely.box(114.690, 23.740, 114.692, 23.742), shapely.box(114.692, 23.740, 114.694, 23.742)])
FORMATS = (".gpkg", ".shp", ".geojson")
CODE = Declaration(code="code")


def write(path: Path, shapes: Any = SQUARES, system: str | None = "EPSG:4490", **options: Any) -> Path:
    """Write the two grids as another program would, in the coordinates given."""
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.asarray(shapes)),
        field_data=[np.array(CODES, dtype=object), np.array(NAMES, dtype=object)],
        fields=["code", "name"],
        geometry_type="Polygon",
        crs=system,
        **options,
    )
    return path


def moved(convert: Any) -> Any:
    return shapely.transform(SQUARES, convert, interleaved=False)


def projected(system: str) -> Any:
    return moved(Transformer.from_crs("EPSG:4490", system, always_xy=True).transform)


def geojson(path: Path, member: Any = "absent", shapes: Any = SQUARES, **properties: Any) -> Path:
    """Write a GeoJSON whose `crs` member is absent, null or the name given."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, **properties},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for code, shape in zip(CODES, shapes, strict=True)
    ]
    text: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if member != "absent":
        text["crs"] = member and {"type": "name", "properties": {"name": member}}
    path.write_text(json.dumps(text), encoding="utf-8")
    return path


def refusal(path: Path, declared: Declaration = CODE) -> list[str]:
    with pytest.raises(GridFileError) as refused:
        read_grids(path, declared)
    assert all(found.zh and found.en for found in refused.value.findings)
    return [found.kind for found in refused.value.findings]


def assert_same(grids: GridSet, within_degrees: float = 1e-9) -> None:
    assert grids.codes == CODES
    assert shapely.is_valid(grids.polygons).all()
    assert shapely.hausdorff_distance(grids.polygons, SQUARES).max() <= within_degrees


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_is_written_is_read_back_the_same(tmp_path: Path, suffix: str):
    path = tmp_path / f"grids{suffix}"
    write_grids(path, CODES, SQUARES, {"name": np.array(NAMES, dtype=object), "weight": np.array([0.25, 0.75])})
    grids = read_grids(path, CODE)
    assert_same(grids)
    assert grids.source_crs == "EPSG:4490"
    assert grids.properties[1] == {"code": CODES[1], "name": NAMES[1], "weight": 0.75}
    assert grids.findings == ()


@pytest.mark.parametrize("system", ["EPSG:4547", "EPSG:4526", "EPSG:4326", "EPSG:3857", "EPSG:32650"])
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_that_names_its_system_is_converted_to_cgcs2000(tmp_path: Path, suffix: str, system: str):
    grids = read_grids(write(tmp_path / f"grids{suffix}", projected(system), system), CODE)
    assert_same(grids)
    assert grids.source_crs == system


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_declared_shifted_is_shifted_back_whatever_degrees_it_claims(tmp_path: Path, suffix: str, system: str):
    shapes = moved(lambda lon, lat: crs.convert(lon, lat, "wgs84", system))
    path = write(tmp_path / f"grids{suffix}", shapes, "EPSG:4326")
    grids = read_grids(path, Declaration(code="code", crs=system))
    assert_same(grids, 1e-8)
    assert grids.source_crs == system


def test_baidu_coordinates_are_marked_as_rough(tmp_path: Path):
    grids = read_grids(write(tmp_path / "grids.gpkg", system="EPSG:4326"), Declaration(code="code", crs="bd09"))
    assert [(found.kind, found.measure) for found in grids.findings] == [("rough_datum", 40.0)]


def test_a_shapefile_without_a_system_is_refused_and_the_option_named(tmp_path: Path):
    path = write(tmp_path / "grids.shp")
    path.with_suffix(".prj").unlink()
    assert refusal(path) == ["no_crs"]
    assert_same(read_grids(path, Declaration(code="code", crs="EPSG:4490")))


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_geopackage_with_an_undefined_system_is_refused(tmp_path: Path):
    path = write(tmp_path / "grids.gpkg", system=None)
    assert refusal(path) == ["no_crs"]
    assert_same(read_grids(path, Declaration(code="code", crs="EPSG:4490")))


def test_degrees_in_a_geojson_without_a_system_are_wgs84_by_its_standard_and_that_is_said(tmp_path: Path):
    grids = read_grids(geojson(tmp_path / "grids.geojson"), CODE)
    assert_same(grids)
    assert [found.kind for found in grids.findings] == ["assumed_wgs84"]


def test_metres_in_a_geojson_without_a_system_are_refused(tmp_path: Path):
    path = geojson(tmp_path / "grids.geojson", shapes=projected("EPSG:4547"))
    assert refusal(path) == ["no_crs"]
    assert_same(read_grids(path, Declaration(code="code", crs="EPSG:4547")))


def test_a_geojson_that_says_its_system_is_unknown_is_refused(tmp_path: Path):
    assert refusal(geojson(tmp_path / "grids.geojson", member=None)) == ["no_crs"]


def test_the_crs_member_of_a_geojson_counts(tmp_path: Path):
    path = geojson(tmp_path / "grids.geojson", "urn:ogc:def:crs:EPSG::4547", projected("EPSG:4547"))
    assert_same(read_grids(path, CODE))


def test_metres_that_claim_to_be_degrees_are_refused_unless_the_true_system_is_declared(tmp_path: Path):
    path = geojson(tmp_path / "grids.geojson", "urn:ogc:def:crs:OGC:1.3:CRS84", projected("EPSG:4547"))
    assert refusal(path) == ["not_degrees"]
    assert refusal(path, Declaration(code="code", crs="gcj02")) == ["not_degrees"]
    assert_same(read_grids(path, Declaration(code="code", crs="EPSG:4547")))


@pytest.mark.parametrize(("own", "declared"), [("EPSG:4547", "EPSG:4526"), ("EPSG:4547", "gcj02")])
def test_a_declaration_that_contradicts_the_file_is_refused(tmp_path: Path, own: str, declared: str):
    path = write(tmp_path / "grids.gpkg", projected(own), own)
    assert refusal(path, Declaration(code="code", crs=declared)) == ["contradicting_crs"]


def test_a_declaration_wins_over_the_file_when_the_caller_insists(tmp_path: Path):
    path = write(tmp_path / "grids.gpkg", projected("EPSG:4526"), "EPSG:4547")
    assert refusal(path) == ["off_the_earth"]
    assert_same(read_grids(path, Declaration(code="code", crs="EPSG:4526", override_crs=True)))


def test_wgs84_declared_as_cgcs2000_is_no_contradiction(tmp_path: Path):
    path = write(tmp_path / "grids.gpkg", system="EPSG:4326")
    assert_same(read_grids(path, Declaration(code="code", crs="EPSG:4490")))


def test_an_unknown_system_is_refused_by_name(tmp_path: Path):
    path = write(tmp_path / "grids.gpkg")
    assert refusal(path, Declaration(code="code", crs="EPSG:99999")) == ["unknown_crs"]
    assert refusal(path, Declaration(code="code", crs="mars")) == ["unknown_crs"]


def test_an_old_datum_without_published_transformation_is_marked(tmp_path: Path):
    path = write(tmp_path / "grids.gpkg", projected("EPSG:4547"), "EPSG:2383")
    assert [found.kind for found in read_grids(path, CODE).findings] == ["unknown_datum"]


def test_a_place_outside_the_area_of_its_system_is_marked(tmp_path: Path):
    west = shapely.transform(SQUARES, lambda lon, lat: (lon - 9.0, lat), interleaved=False)
    to_plane = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True).transform
    path = write(tmp_path / "grids.gpkg", shapely.transform(west, to_plane, interleaved=False), "EPSG:4547")
    assert [found.kind for found in read_grids(path, CODE).findings] == ["off_area"]


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
@pytest.mark.parametrize("named", [True, False])
def test_chinese_attributes_of_a_shapefile_are_read_with_and_without_a_named_encoding(
    tmp_path: Path, encoding: str, named: bool
):
    path = write(tmp_path / "grids.shp", encoding=encoding)
    if not named:
        path.with_suffix(".cpg").unlink()
    assert [grid["name"] for grid in read_grids(path, CODE).properties] == list(NAMES)


def test_attributes_in_no_known_encoding_are_refused_until_it_is_declared(tmp_path: Path):
    path = write(tmp_path / "grids.shp", encoding="GBK")
    path.with_suffix(".cpg").unlink()
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace("上城".encode("GBK"), b"\xe9\xff\xff "))
    assert refusal(path) == ["undecodable"]
    assert read_grids(path, Declaration(code="code", encoding="ISO-8859-1")).codes == CODES


def test_a_number_field_gives_codes_without_a_decimal_point(tmp_path: Path):
    path = tmp_path / "grids.gpkg"
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(SQUARES),
        field_data=[np.array(CODES, dtype=np.float64), np.array(CODES, dtype=np.int64)],
        fields=["float", "int"],
        geometry_type="Polygon",
        crs="EPSG:4490",
    )
    assert read_grids(path, Declaration(code="float")).codes == CODES
    assert read_grids(path, Declaration(code="int")).codes == CODES


def test_a_missing_code_field_names_the_fields_there_are(tmp_path: Path):
    path = write(tmp_path / "grids.gpkg")
    with pytest.raises(GridFileError, match="code、name"):
        read_grids(path, Declaration(code="WGBM"))


def test_of_several_layers_one_must_be_named(tmp_path: Path):
    path = write(tmp_path / "grids.gpkg", layer="old")
    write(path, layer="new", append=True)
    assert refusal(path) == ["several_layers"]
    assert refusal(path, Declaration(code="code", layer="none")) == ["no_layer"]
    assert_same(read_grids(path, Declaration(code="code", layer="new")))


def test_a_file_that_is_absent_broken_or_of_another_format_is_refused(tmp_path: Path):
    assert refusal(tmp_path / "absent.gpkg") == ["unreadable"]
    (tmp_path / "broken.geojson").write_text("{not json")
    assert refusal(tmp_path / "broken.geojson") == ["unreadable"]
    assert refusal(write(tmp_path / "grids.fgb", driver="FlatGeobuf")) == ["unknown_format"]
    with pytest.raises(GridFileError, match="不支持的格式"):
        write_grids(tmp_path / "grids.kml", CODES, SQUARES)


def test_a_file_without_any_shape_is_refused(tmp_path: Path):
    path = tmp_path / "grids.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}')
    assert refusal(path) == ["no_grids"]
    feature = {"type": "Feature", "properties": {"code": "1"}, "geometry": None}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert refusal(path) == ["no_grids"]


def test_heights_are_dropped(tmp_path: Path):
    path = geojson(tmp_path / "grids.geojson", shapes=shapely.force_3d(SQUARES, 37.0))
    assert not shapely.has_z(read_grids(path, CODE).polygons).any()


def test_an_invalid_ring_is_mended_on_request_only_and_its_areas_told(tmp_path: Path):
    spike = shapely.Polygon([(114.690, 23.740), (114.692, 23.742), (114.690, 23.742), (114.692, 23.740)])
    path = geojson(tmp_path / "grids.geojson", "urn:ogc:def:crs:EPSG::4490", [spike, SQUARES[1]])
    asis = read_grids(path, CODE)
    assert not asis.polygons[0].is_valid
    assert asis.findings == ()
    mended = read_grids(path, CODE, repair=True)
    assert shapely.is_valid(mended.polygons).all()
    assert [(found.kind, found.codes) for found in mended.findings] == [("repaired", (CODES[0],))]
    square_m2 = 203.9 * 221.5
    assert mended.findings[0].measure == pytest.approx(square_m2 / 2, rel=0.01)
    assert mended.polygons[1] == asis.polygons[1]


def test_progress_is_told_from_beginning_to_end(tmp_path: Path):
    told: list[tuple[str, int, int]] = []
    read_grids(write(tmp_path / "grids.gpkg"), CODE, progress=lambda *step: told.append(step))
    assert told[0][1] == 0
    assert told[-1][1] == told[-1][2]
