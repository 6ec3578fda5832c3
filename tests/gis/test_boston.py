"""Real input: the precincts of Boston in US survey feet, and a year's requests located in them."""

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import shapely

from gis.checks import check, limits_for
from gis.files import Declaration, GridSet, read_grids
from gis.findings import GridFileError, refuse_errors
from gis.locator import GridLocator
from gis.metric import distance_to_border_m


class Requests(NamedTuple):
    lon: np.ndarray
    lat: np.ndarray
    expected: list[dict[str, str]]


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    if not (shared / "data" / "boston").is_dir():
        pytest.skip("no Boston data beside this checkout")
    return shared / "data" / "boston"


@pytest.fixture(scope="module")
def precincts(folder: Path) -> GridSet:
    return read_grids(
        folder / "precincts_epsg2249.geojson", Declaration(code="WARD_PRECINCT", crs="EPSG:2249"), repair=True
    )


@pytest.fixture(scope="module")
def requests(folder: Path) -> Requests:
    rows, expected = (rows_of(folder / name) for name in ("requests_2018.csv", "expected_2018.csv"))
    assert [row["case_enquiry_id"] for row in rows] == [row["case_enquiry_id"] for row in expected]
    lon, lat = (np.array([float(row[axis] or "nan") for row in rows]) for axis in ("longitude", "latitude"))
    return Requests(lon, lat, expected)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_feet_in_a_geojson_are_read_when_their_system_is_declared(precincts: GridSet):
    assert len(precincts.codes) == len(set(precincts.codes)) == 255
    assert precincts.source_crs == "EPSG:2249"
    west, south, east, north = shapely.total_bounds(precincts.polygons)
    assert -71.2 < west < east < -70.9
    assert 42.2 < south < north < 42.5


def test_feet_in_a_geojson_are_refused_when_nobody_names_their_system(folder: Path):
    with pytest.raises(GridFileError) as refusal:
        read_grids(folder / "precincts_epsg2249.geojson", Declaration(code="WARD_PRECINCT"))
    assert [found.kind for found in refusal.value.findings] == ["no_crs"]
    assert "--crs" in str(refusal.value)


def test_exactly_two_rings_are_repaired_and_named(precincts: GridSet):
    repaired = [found for found in precincts.findings if found.kind == "repaired"]
    assert sorted(found.codes[0] for found in repaired) == ["0511", "1713"]
    assert all(abs(found.measure) < 0.01 for found in repaired)


def test_unrepaired_rings_are_errors(folder: Path):
    asis = read_grids(folder / "precincts_epsg2249.geojson", Declaration(code="WARD_PRECINCT", crs="EPSG:2249"))
    found = check(asis.codes, asis.polygons, limits_for("base", asis.codes))
    assert sorted(each.codes[0] for each in found if each.severity == "error") == ["0511", "1713"]
    with pytest.raises(GridFileError):
        refuse_errors(found)


def test_small_faults_of_a_foreign_layer_are_named_but_do_not_refuse_it(precincts: GridSet):
    found = check(precincts.codes, precincts.polygons, limits_for("base", precincts.codes))
    overlaps = [each for each in found if each.kind == "overlap"]
    assert overlaps[0].codes == ("0113", "0114")
    assert overlaps[0].measure == pytest.approx(956.4, abs=0.5)
    assert len(overlaps) == 26
    refuse_errors(found)


def test_every_request_gets_the_expected_precinct_and_number_of_hits(precincts: GridSet, requests: Requests):
    locator = GridLocator(precincts.polygons, precincts.codes)
    codes = locator.codes_at(locator.locate(requests.lon, requests.lat))
    hits = np.bincount(locator.hits(requests.lon, requests.lat).point, minlength=len(requests.lon))
    got = [(code or "", int(n)) for code, n in zip(codes, hits, strict=True)]
    assert got == [(row["assigned_precinct"], int(row["n_hits"])) for row in requests.expected]
    assert len(got) == 7872


def test_distances_to_the_border_agree_with_the_expected_ones(precincts: GridSet, requests: Requests):
    index = GridLocator(precincts.polygons, precincts.codes).locate(requests.lon, requests.lat)
    got = distance_to_border_m(precincts.polygons, requests.lon, requests.lat, index)
    expected = np.array([float(row["distance_to_boundary_m"] or "nan") for row in requests.expected])
    assert (np.isnan(got) == np.isnan(expected)).all()
    rounding = 0.06 + 2e-4 * expected  # a decimetre there, and two planes whose scales differ by up to 0.02 %
    inside, outside = index >= 0, (index < 0) & np.isfinite(expected)
    assert (np.abs(got - expected) <= rounding)[inside].all()
    # For three places far outside the reference measured to the precinct nearest in degrees, not in metres.
    assert (got <= expected + rounding)[outside].all()
    assert np.count_nonzero((np.abs(got - expected) > rounding)[outside]) == 3
