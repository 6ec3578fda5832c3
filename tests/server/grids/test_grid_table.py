"""Rows of a table find their grids; real requests of Boston as the independent referee."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import sqlalchemy as sa

from gis import crs
from gis.files import Declaration
from server.access import SYSTEM
from server.db import db, now
from server.grids import acts, editions, locate, survey, table
from server.grids.editions import Span
from server.grids.locate import Wanted
from tests.server.grids.drawing import A, B, at, imported

pytestmark = pytest.mark.usefixtures("rolled_back")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding)
    return path


def located(source: Path, edition: Span, crs: str = "wgs84", columns=("lon", "lat")) -> list[dict[str, str]]:
    out = source.with_suffix(".out.csv")
    table.locate(source, out, columns=columns, crs=crs, edition=edition)
    return rows_of(out)


@pytest.fixture
def edition(rolled_back: sa.Connection) -> Span:
    return editions.span(imported("甲版"))


def test_three_columns_are_added_and_the_others_kept(tmp_path: Path, edition: Span) -> None:
    lon, lat = at(0.5, 0.5)
    (row,) = located(write(tmp_path / "in.csv", f"编号,lon,lat\n甲1,{lon},{lat}\n"), edition)
    assert row == {
        "编号": "甲1",
        "lon": str(lon),
        "lat": str(lat),
        "grid_code": A,
        "n_hits": "1",
        "distance_m": row["distance_m"],
    }
    assert float(row["distance_m"]) == pytest.approx(509.8, abs=0.5)


def test_a_point_on_a_border_lies_in_two_grids_and_is_no_way_from_either(tmp_path: Path, edition: Span) -> None:
    lon, lat = at(1, 0.5)
    (row,) = located(write(tmp_path / "in.csv", f"lon,lat\n{lon!r},{lat!r}\n"), edition)
    assert (row["grid_code"], row["n_hits"]) == (A, "2")
    assert float(row["distance_m"]) < 0.01


@pytest.mark.parametrize("text", [",", "abc,def", "nan,nan", "200,95", "114.605,"])
def test_a_row_without_a_usable_position_stays_with_empty_answers(tmp_path: Path, edition: Span, text: str) -> None:
    (row,) = located(write(tmp_path / "in.csv", f"lon,lat\n{text}\n"), edition)
    assert (row["grid_code"], row["n_hits"], row["distance_m"]) == ("", "0", "")


def test_a_point_outside_gets_no_grid_but_its_way_to_the_nearest(tmp_path: Path, edition: Span) -> None:
    lon, lat = at(-0.1, 0.5)
    (row,) = located(write(tmp_path / "in.csv", f"lon,lat\n{lon},{lat}\n"), edition)
    assert (row["grid_code"], row["n_hits"]) == ("", "0")
    assert float(row["distance_m"]) == pytest.approx(102, abs=0.5)


@pytest.mark.parametrize("system", ["gcj02", "bd09", "cgcs2000", "EPSG:4547"])
def test_positions_in_other_systems_are_converted(tmp_path: Path, edition: Span, system: str) -> None:
    x, y = at(1.001, 0.5)  # one metre inside B; the GCJ-02 shift is 560 metres
    if system in crs.SYSTEMS:
        x, y = crs.convert(x, y, "cgcs2000", system)
    else:
        from pyproj import Transformer

        x, y = Transformer.from_crs("EPSG:4490", system, always_xy=True).transform(x, y)
    (row,) = located(write(tmp_path / "in.csv", f"lon,lat\n{x!r},{y!r}\n"), edition, system)
    assert row["grid_code"] == B


def test_a_table_saved_by_a_chinese_office_program_is_read(tmp_path: Path, edition: Span) -> None:
    lon, lat = at(0.5, 0.5)
    source = write(tmp_path / "in.csv", f"经度,纬度,地址\n{lon},{lat},解放路12号\n", "gb18030")
    (row,) = located(source, edition, columns=("经度", "纬度"))
    assert (row["地址"], row["grid_code"]) == ("解放路12号", A)


def test_a_table_located_before_is_located_anew(tmp_path: Path, edition: Span) -> None:
    lon, lat = at(0.5, 0.5)
    (row,) = located(write(tmp_path / "in.csv", f"grid_code,lon,lat\nold,{lon},{lat}\n"), edition)
    assert row["grid_code"] == A


@pytest.mark.parametrize(
    ("columns", "system", "says"),
    [(("x", "lat"), "wgs84", "没有列 x"), (("lon", "lat"), "EPSG:999999", "不认识的坐标系")],
)
def test_what_cannot_be_understood_is_refused(tmp_path: Path, edition: Span, columns, system, says) -> None:
    source = write(tmp_path / "in.csv", "lon,lat\n114,23\n")
    with pytest.raises(table.Unreadable, match=says):
        located(source, edition, system, columns)


@pytest.fixture
def boston(shared: Path, rolled_back: sa.Connection) -> tuple[Path, Span]:
    """The folder and the imported edition of 255 real precincts, given in US survey feet."""
    folder = shared / "data" / "boston"
    declared = Declaration("WARD_PRECINCT", "EPSG:2249")
    found = survey.examine(survey.from_file(folder / "precincts_epsg2249.geojson", declared, repair=True))
    imported("源城")
    return folder, editions.span(acts.import_edition("boston", found, by=SYSTEM))


def test_real_requests_lie_where_the_referee_says_row_by_row(tmp_path: Path, boston) -> None:
    folder, edition = boston
    out = tmp_path / "out.csv"
    told = table.locate(
        folder / "requests_2018.csv", out, columns=("longitude", "latitude"), crs="wgs84", edition=edition
    )
    expected, answers = rows_of(folder / "expected_2018.csv"), rows_of(out)
    keys = ("case_enquiry_id", "grid_code", "n_hits")
    assert [tuple(row[key] for key in keys) for row in answers] == [
        (row["case_enquiry_id"], row["assigned_precinct"], row["n_hits"]) for row in expected
    ]
    assert (told.rows, told.inside, told.outside, told.placeless) == (7872, 7842, 25, 5)
    for row, truth in zip(answers, expected, strict=True):
        if truth["assigned_precinct"]:
            assert float(row["distance_m"]) == pytest.approx(float(truth["distance_to_boundary_m"]), abs=0.1)


def test_the_repaired_rings_and_the_overlaps_of_boston_are_named(boston) -> None:
    report = db.session.get_one(editions.Edition, boston[1].id).report
    kinds = [found["kind"] for found in report["findings"]]
    assert kinds.count("repaired") == 2
    assert kinds.count("overlap") == 26
    assert all(found["severity"] == "warning" for found in report["findings"])


def test_reports_are_located_as_the_table_is(boston) -> None:
    folder, edition = boston
    sample = rows_of(folder / "requests_2018.csv")[:2000]
    expected = rows_of(folder / "expected_2018.csv")[:2000]
    placed = [(row, truth) for row, truth in zip(sample, expected, strict=True) if truth["assigned_precinct"]]
    wanted = [Wanted(float(row["longitude"]), float(row["latitude"]), now()) for row, _ in placed]
    found = locate.locate_many(wanted, edition=edition)
    assert [(each.grid_code, str(each.n_hits)) for each in found] == [
        (truth["assigned_precinct"], truth["n_hits"]) for _, truth in placed
    ]
