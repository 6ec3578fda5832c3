"""The command ``gridwhistle grids``, from a file to an edition and back, on a database of its own."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import shapely
from click.testing import CliRunner, Result

from gis.files import Declaration, read_grids
from server.cli import gridwhistle, main
from server.grids.refusals import AlreadyPublished, NameTaken
from tests.server.grids.drawing import ROW, A, B, C, at, box

Run = Callable[..., Result]


@pytest.fixture
def run(fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run("list")``: call a grid command on an installation of this test alone."""
    monkeypatch.setenv("GRIDWHISTLE_DATABASE_URL", fresh_database)
    monkeypatch.setenv("GRIDWHISTLE_VAR", str(tmp_path / "var"))

    def call(*words: object) -> Result:
        return CliRunner().invoke(gridwhistle, ["grids", *map(str, words)])

    return call


@pytest.fixture
def stored(fresh_database: str) -> Callable[[str], int]:
    """``stored("grids")``: how many rows a table has."""

    def count(table: str) -> int:
        with psycopg.connect(fresh_database) as connection:
            row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[arg-type]
        return row[0] if row else 0

    return count


def geojson(path: Path, boxes=ROW, **properties) -> Path:
    """Write rectangles as GeoJSON in WGS-84."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code} | properties,
            "geometry": shapely.geometry.mapping(box(*corners)),
        }
        for code, corners in boxes.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def test_a_file_becomes_an_edition_in_force(run: Run, stored, tmp_path: Path) -> None:
    done = run("import", geojson(tmp_path / "a.geojson"), "--edition", "甲版", "--code", "code")
    assert done.exit_code == 0, done.output
    assert "已启用，自始有效" in done.output
    assert "assumed_wgs84" in done.output
    assert (stored("grids"), stored("grid_editions"), stored("journal")) == (3, 1, 2)
    assert "甲版\t基础网格\t已启用" in run("list").output


def test_errors_are_named_per_grid_in_two_tongues_and_nothing_is_stored(run: Run, stored, tmp_path: Path) -> None:
    source = geojson(tmp_path / "a.geojson", {A: (0, 0, 1, 1), B: (0.9, 0, 2, 1), "44": (2, 0, 3, 1)})
    done = run("import", source, "--edition", "坏版", "--code", "code")
    assert done.exit_code == 1
    assert f"网格 {A}、{B} 相互重叠" in done.output
    assert f"grids {A}, {B} overlap" in done.output
    assert "编码 44 不合规则" in done.output
    assert (stored("grids"), stored("grid_editions"), stored("journal")) == (0, 0, 0)


def test_a_checked_file_is_not_stored(run: Run, stored, tmp_path: Path) -> None:
    done = run("import", geojson(tmp_path / "a.geojson"), "--edition", "甲版", "--code", "code", "--check-only")
    assert (done.exit_code, stored("grid_editions")) == (0, 0)


def test_a_control_point_in_another_place_refuses_the_file(run: Run, stored, tmp_path: Path) -> None:
    source, (lon, lat) = geojson(tmp_path / "a.geojson"), at(1.5, 0.5)
    words = ("import", source, "--edition", "甲版", "--code", "code", "--control")
    wrong = run(*words, f"{lon},{lat},{A}")
    assert (wrong.exit_code, stored("grid_editions")) == (1, 0)
    assert "控制点不在网格" in wrong.output
    assert run(*words, f"{lon},{lat},{B}").exit_code == 0


def test_an_overlap_is_imported_only_when_somebody_accepts_it(run: Run, stored, tmp_path: Path) -> None:
    source = geojson(tmp_path / "a.geojson", {A: (0, 0, 1, 1), B: (0.999, 0, 2, 1)})
    words = ("import", source, "--edition", "甲版", "--code", "code")
    assert run(*words).exit_code == 1
    done = run(*words, "--accept", "overlap")
    assert (done.exit_code, stored("grids")) == (0, 2)
    assert "已接受" in done.output
    assert run(*words, "--accept", "displaced").exit_code == 2


def test_a_second_edition_is_put_in_force_withdrawn_and_dropped_by_command(run: Run, stored, tmp_path: Path) -> None:
    source = geojson(tmp_path / "a.geojson")
    run("import", source, "--edition", "甲版", "--code", "code")
    second = run("import", source, "--edition", "乙版", "--code", "code")
    assert "乙版（已导入）" in second.output
    assert "2099-01-01 00:00 起" in run("activate", "乙版", "--at", "2099-01-01").output
    assert "乙版：已导入" in run("withdraw", "乙版").output
    assert run("drop", "乙版").exit_code == 0
    assert stored("grid_editions") == 1
    assert isinstance(run("drop", "甲版").exception, AlreadyPublished)
    assert isinstance(run("import", source, "--edition", "甲版", "--code", "code").exception, NameTaken)


def test_a_refusal_is_said_in_two_tongues_with_its_facts(run: Run, tmp_path: Path, monkeypatch) -> None:
    source = geojson(tmp_path / "a.geojson")
    run("import", source, "--edition", "甲版", "--code", "code")
    run("import", geojson(tmp_path / "b.geojson", {A: (7, 7, 8, 8)}), "--edition", "乙版", "--code", "code")
    monkeypatch.setattr(sys, "argv", ["gridwhistle", "grids", "activate", "乙版"])
    with pytest.raises(SystemExit, match=f"编码不得重复使用.*Codes of former grids.*{A}"):
        main()


def test_names_categories_and_parents_come_from_named_fields(run: Run, fresh_database: str, tmp_path: Path) -> None:
    source = geojson(tmp_path / "a.geojson", {"YQ1": (0, 0, 1, 1)}, 名称="市民公园", 案由="B03；B04", 来源=f"{A} {B}")
    fields = ("--name-field", "名称", "--categories-field", "案由", "--parents-field", "来源")
    done = run("import", source, "--edition", "园区", "--code", "code", "--layer", "special", *fields)
    assert done.exit_code == 0, done.output
    with psycopg.connect(fresh_database) as connection:
        row = connection.execute("SELECT name, categories, parents FROM grids").fetchone()
    assert row == ("市民公园", ["B03", "B04"], [A, B])


def test_an_exported_edition_is_read_back_as_it_was(run: Run, tmp_path: Path) -> None:
    run("import", geojson(tmp_path / "a.geojson"), "--edition", "甲版", "--code", "code")
    for suffix in ("gpkg", "shp", "geojson"):
        out = tmp_path / f"out.{suffix}"
        assert run("export", "甲版", out).exit_code == 0
        back = read_grids(out, Declaration("code"))
        assert back.codes == (A, B, C)
        for code, shape in zip(back.codes, back.polygons, strict=True):
            assert shape.symmetric_difference(box(*ROW[code])).area < 1e-12
    assert run("export", "甲版", tmp_path / "out.dwg").exit_code == 1


def test_grids_without_people_are_listed(run: Run, tmp_path: Path) -> None:
    run("import", geojson(tmp_path / "a.geojson"), "--edition", "甲版", "--code", "code")
    said = run("staff").output
    assert f"{A}\t缺 网格长、专职网格员" in said
    assert "3 个网格，3 个人员不齐" in said


def test_boston_is_imported_beside_the_city_and_its_requests_are_located(
    run: Run, stored, tmp_path: Path, shared: Path
) -> None:
    folder, out = shared / "data" / "boston", tmp_path / "out.csv"
    run("import", geojson(tmp_path / "a.geojson"), "--edition", "源城", "--code", "code")
    words = ("--code", "WARD_PRECINCT", "--crs", "EPSG:2249", "--edition", "boston")
    refused = run("import", folder / "precincts_epsg2249.geojson", *words)
    assert (refused.exit_code, stored("grid_editions")) == (1, 1)
    assert "--repair" in refused.output
    done = run("import", folder / "precincts_epsg2249.geojson", *words, "--repair")
    assert done.exit_code == 0, done.output
    assert stored("grids") == 258
    columns = ("--lon", "longitude", "--lat", "latitude", "--edition", "boston", "--out", out)
    assert run("locate", folder / "requests_2018.csv", *columns).exit_code == 0
    with out.open(encoding="utf-8") as answers, (folder / "expected_2018.csv").open(encoding="utf-8") as truth:
        got = [(row["grid_code"], row["n_hits"]) for row in csv.DictReader(answers)]
        assert got == [(row["assigned_precinct"], row["n_hits"]) for row in csv.DictReader(truth)]
    lon, lat = at(0.5, 0.5)
    (tmp_path / "one.csv").write_text(f"lon,lat\n{lon},{lat}\n", "utf-8")
    run("locate", tmp_path / "one.csv", "--lon", "lon", "--lat", "lat", "--out", out)
    assert A in out.read_text("utf-8")
