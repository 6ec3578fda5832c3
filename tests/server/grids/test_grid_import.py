"""An edition comes in whole or not at all."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from gis.partition import draw_city
from server.access import SYSTEM
from server.db import db
from server.grids import acts, survey
from server.grids.models import LOADED, PUBLISHED, Edition, Grid
from server.grids.refusals import NameTaken, SurveyRefused
from server.grids.rules import Home, home
from server.journal import Entry, flush
from server.people.models import Unit
from tests.server.grids.drawing import ROW, VILLAGE, A, B, C, box, drawn, examined, imported

pytestmark = pytest.mark.usefixtures("rolled_back")


def stored(thing: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(thing)) or 0


def test_the_code_of_a_grid_names_its_village_and_its_township() -> None:
    assert home("441602001003001") == Home("441602001003", "441602001")
    assert home("0113") == home("44160200100300A") == home("") == Home(None, None)


def test_the_first_edition_of_a_layer_holds_since_ever() -> None:
    edition = imported("甲版")
    assert (edition.status, edition.valid_from, edition.valid_to) == (PUBLISHED, None, None)


def test_a_second_edition_waits_until_it_is_published() -> None:
    first, second = imported("甲版"), imported("乙版")
    assert (first.status, second.status, second.valid_from) == (PUBLISHED, LOADED, None)


def test_a_layer_has_its_own_first_edition() -> None:
    imported("甲版")
    assert imported("园区", {"YQ1": (0, 0, 2, 1)}, layer="special").status == PUBLISHED


def test_grids_keep_their_shape_and_learn_village_township_and_area() -> None:
    edition = imported("甲版", names={A: "中山路片"})
    grid = db.session.scalars(sa.select(Grid).where(Grid.edition_id == edition.id, Grid.code == A)).one()
    assert (grid.name, grid.village_code, grid.township_code) == ("中山路片", VILLAGE, VILLAGE[:9])
    assert grid.area_km2 == pytest.approx(1.129, abs=0.001)
    assert shapely.from_wkb(bytes(grid.geom.data)).equals(box(*ROW[A]))


def test_villages_of_the_codes_become_units_under_their_township() -> None:
    imported("甲版", village_names={VILLAGE: "中山社区"})
    village = db.session.get_one(Unit, VILLAGE)
    assert (village.kind, village.zh, village.parent_code, village.township_code) == (
        "village", "中山社区", VILLAGE[:9], VILLAGE[:9],
    )  # fmt: skip
    assert db.session.get_one(Unit, VILLAGE[:9]).zh == "上城街道"


def test_codes_of_another_set_belong_to_no_village() -> None:
    edition = imported("波士顿", {"0113": (0, 0, 1, 1), "0114": (1, 0, 2, 1)})
    homes = db.session.execute(sa.select(Grid.village_code, Grid.township_code).where(Grid.edition_id == edition.id))
    assert {tuple(row) for row in homes} == {(None, None)}


def test_an_import_leaves_one_line_and_a_publication_another() -> None:
    imported("甲版")
    flush()
    lines = db.session.execute(sa.select(Entry.action, Entry.facts["edition"].astext, Entry.facts["grids"].astext))
    assert lines.all() == [("grids.imported", "甲版", "3"), ("grids.published", "甲版", None)]


@pytest.mark.parametrize(
    ("boxes", "kind"),
    [
        ({A: (0, 0, 1, 1), B: (0.99, 0, 2, 1)}, "overlap"),
        ({A: (0, 0, 1, 1), "4416": (1, 0, 2, 1)}, "malformed_code"),
        ({"0113": (0, 0, 1, 1), "0114": (0.5, 0, 1.5, 1)}, "overlap"),
    ],
)
def test_an_error_in_one_grid_keeps_the_whole_edition_out(boxes, kind) -> None:
    with pytest.raises(SurveyRefused) as refused:
        imported("坏版", boxes)
    assert [found["kind"] for found in refused.value.facts["findings"]] == [kind]
    assert stored(Edition) == stored(Grid) == 0


def test_doubled_codes_and_missing_shapes_are_named() -> None:
    bad = survey.drawn([A, A, B], [box(0, 0, 1, 1), box(1, 0, 2, 1), None], name="test")
    assert {found.kind for found in survey.examine(bad).blocking} == {"duplicate_code", "empty"}


def test_an_overlap_somebody_answers_for_is_imported_and_kept_in_the_report() -> None:
    boxes = {A: (0, 0, 1, 1), B: (0.999, 0, 2, 1)}
    assert examined(boxes).blocking
    found = survey.examine(drawn(boxes), accept=["overlap"])
    edition = acts.import_edition("甲版", found, by=SYSTEM)
    assert edition.report["accepted"] == ["overlap"]
    assert [(each["kind"], each["codes"]) for each in edition.report["findings"]] == [("overlap", [A, B])]


def test_a_rule_for_codes_may_be_given() -> None:
    boxes = {"0113": (0, 0, 1, 1), "01-14": (1, 0, 2, 1)}
    assert not examined(boxes).blocking
    (found,) = examined(boxes, code_pattern=r"\d{4}").blocking
    assert (found.kind, found.codes) == ("malformed_code", ("01-14",))


def test_a_name_is_given_once() -> None:
    imported("甲版")
    with pytest.raises(NameTaken):
        imported("甲版")


def test_the_database_itself_refuses_an_invalid_ring() -> None:
    edition = imported("甲版")
    bow = "SRID=4490;MULTIPOLYGON(((0 0, 1 1, 1 0, 0 1, 0 0)))"
    loaded = imported("乙版")
    assert edition.id != loaded.id
    with pytest.raises(sa.exc.IntegrityError, match="ck_grids_sound"), db.session.begin_nested():
        db.session.execute(
            sa.insert(Grid).values(edition_id=loaded.id, code="x", name="", categories=[], parents=[], geom=bow)
        )


def test_the_synthetic_city_is_imported_without_a_finding() -> None:
    city = draw_city()
    found = survey.examine(survey.drawn(city.grids.codes, city.grids.polygons, name="draw_city", synthetic=True))
    edition = acts.import_edition("合成城区", found, by=SYSTEM)
    assert found.findings == ()
    assert (edition.synthetic, edition.report["grids"]) == (True, 701)
    assert stored(Grid) == 701
    area = db.session.scalar(sa.select(sa.func.sum(Grid.area_km2)))
    assert area == pytest.approx(355, abs=15)
    assert np.isclose(area, city_area_km2(city.grids.polygons), rtol=1e-3)


def city_area_km2(polygons) -> float:
    from gis.metric import areas_km2

    return float(areas_km2(polygons).sum())


def test_a_special_layer_may_overlap_and_names_its_categories() -> None:
    boxes = {"YQ1": (0, 0, 2, 1), "YQ2": (1, 0, 3, 1)}
    edition = imported("园区", boxes, layer="special", categories={"YQ1": ["B03"], "YQ2": ["A"]})
    listed = db.session.execute(sa.select(Grid.code, Grid.categories).where(Grid.edition_id == edition.id))
    assert dict(listed.all()) == {"YQ1": ["B03"], "YQ2": ["A"]}
    assert C not in boxes
