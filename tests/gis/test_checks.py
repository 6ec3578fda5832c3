"""Checks of a grid edition: each defect is found, measured, named with its grids, and nothing else is."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import crs
from gis.checks import BASE, FOREIGN, SPECIAL, Known, Limits, check, limits_for
from gis.controls import Control
from gis.findings import KINDS, Finding, GridFileError, finding, refuse_errors
from gis.metric import Plane

PLANE = Plane(114)
EAST, NORTH = (float(value) for value in PLANE.points(114.69, 23.74))
VILLAGE = "441602001001"
CODES = tuple(f"{VILLAGE}{number:03d}" for number in range(1, 10))
ANY = Limits()


def in_degrees(shape: shapely.Geometry) -> shapely.Geometry:
    """A shape in metres from the middle of the town, in EPSG:4490."""
    return shapely.transform(shape, lambda x, y: PLANE.degrees(x + EAST, y + NORTH), interleaved=False)


def grids(*shapes: shapely.Geometry) -> np.ndarray:
    return np.array([in_degrees(shape) for shape in shapes], dtype=object)


def block(column: int, row: int) -> shapely.Geometry:
    return shapely.box(100 * column, 100 * row, 100 * column + 100, 100 * row + 100)


NINE = [block(column, row) for row in range(3) for column in range(3)]


def found(shapes: np.ndarray, limits: Limits = BASE, **options: object) -> list[Finding]:
    return check(CODES[: len(shapes)], shapes, limits, known=Known(**options))


def only(findings: list[Finding], kind: str) -> Finding:
    assert [each.kind for each in findings] == [kind]
    return findings[0]


def test_nine_blocks_that_fit_together_have_no_findings():
    assert found(grids(*NINE)) == []


def test_an_overlap_is_measured_and_both_grids_are_named():
    wide = shapely.box(0, 0, 100.5, 100)
    overlap = only(found(grids(wide, block(1, 0))), "overlap")
    assert overlap.codes == CODES[:2]
    assert overlap.measure == pytest.approx(50.0, abs=0.1)
    assert (overlap.unit, overlap.severity) == ("m²", "error")
    assert overlap.zh == f"网格 {CODES[0]}、{CODES[1]} 相互重叠 50.0 平方米"
    assert all(code in overlap.en for code in CODES[:2])
    lon, lat = overlap.at or (0.0, 0.0)
    assert shapely.dwithin(in_degrees(shapely.box(100, 0, 100.5, 100)), shapely.Point(lon, lat), 1e-7)


@pytest.mark.parametrize(("width_m", "expected"), [(0.09, 0), (0.11, 1)])
def test_an_overlap_counts_above_ten_square_metres(width_m: float, expected: int):
    shapes = grids(shapely.box(0, 0, 100 + width_m, 100), block(1, 0))
    assert sum(each.kind == "overlap" for each in found(shapes)) == expected


@settings(max_examples=25, deadline=None)
@given(shift=st.floats(0.2, 99.0), lon=st.floats(73.0, 135.0), lat=st.floats(18.0, 54.0))
def test_an_overlap_has_its_true_area_anywhere_in_china(shift: float, lon: float, lat: float):
    plane = Plane.at(lon)
    east, north = (float(value) for value in plane.points(lon, lat))
    moved = [
        shapely.affinity.translate(shape, east, north) for shape in (block(0, 0), shapely.box(100 - shift, 0, 200, 100))
    ]
    shapes = shapely.transform(np.array(moved), plane.degrees, interleaved=False)
    overlap = only(check(CODES[:2], shapes, ANY), "overlap")
    assert overlap.measure == pytest.approx(100 * shift, rel=1e-3)


def test_one_grid_inside_another_is_an_overlap():
    assert only(found(grids(block(0, 0), shapely.box(20, 20, 40, 40))), "overlap").measure == pytest.approx(
        400, rel=1e-3
    )


def test_a_hole_between_grids_is_a_gap_named_with_the_grids_around_it():
    gap = only(found(grids(*NINE[:4], *NINE[5:])), "gap")
    assert gap.measure == pytest.approx(10_000, rel=1e-3)
    assert gap.severity == "error"
    assert gap.codes == (CODES[1], CODES[3], CODES[4], CODES[6])


@pytest.mark.parametrize(("depth_m", "severity"), [(0.15, "warning"), (0.25, "error")])
def test_a_gap_refuses_above_a_thousandth_of_the_grids_beside_it(depth_m: float, severity: str):
    dented = shapely.Polygon([(100, 100), (200, 100), (200, 200), (150, 200 - depth_m), (100, 200)])
    shapes = grids(*NINE[:4], dented, *NINE[5:])
    gap = only(found(shapes, Limits(gap_m2=1.0, gap_share=0.001)), "gap")
    assert gap.measure == pytest.approx(50 * depth_m, rel=0.01)
    assert gap.codes == (CODES[4], CODES[7])
    assert gap.severity == severity


def test_a_sliver_beside_a_grid_is_named_and_a_grid_that_is_nothing_else_is_refused():
    crumb = shapely.box(300, 0, 300.4, 50)
    part = only(found(grids(shapely.MultiPolygon([block(0, 0), crumb]))), "sliver")
    assert (part.severity, part.codes) == ("warning", CODES[:1])
    assert part.measure == pytest.approx(2 * 20 / 100.8, rel=0.01)
    assert only(found(grids(crumb)), "sliver").severity == "error"


def test_borders_that_differ_by_less_than_the_snapping_distance_are_named():
    bulge = shapely.Polygon([(100, 0), (200, 0), (200, 100), (100, 100), (100.06, 50)])
    ragged = only(found(grids(block(0, 0), bulge)), "ragged_border")
    assert ragged.codes == CODES[:2]
    assert ragged.severity == "warning"
    assert ragged.measure == pytest.approx(0.06, abs=0.005)


def test_a_vertex_on_the_neighbours_straight_edge_is_no_defect():
    pieces = [block(0, 0), shapely.box(100, 0, 200, 50), shapely.box(100, 50, 200, 100)]
    assert found(grids(*pieces)) == []


@pytest.mark.parametrize("code", ["44160200100100", "4416020010010011", "44160200100100A", "", "441602001001001\n"])
def test_a_code_that_is_not_fifteen_digits_is_malformed(code: str):
    findings = check([code, CODES[1]], grids(block(0, 0), block(1, 0)))
    assert only(findings, "malformed_code").codes == (code or "#1",)


def test_any_code_will_do_for_a_foreign_layer_but_not_none():
    assert check(["0502A", "1"], grids(block(0, 0), block(1, 0)), FOREIGN) == []
    assert only(check(["", "1"], grids(block(0, 0), block(1, 0)), FOREIGN), "malformed_code").codes == ("#1",)


def test_a_doubled_code_is_named_once_with_its_number():
    doubled = only(check([CODES[0]] * 3, grids(*NINE[:3])), "duplicate_code")
    assert (doubled.codes, doubled.measure) == (CODES[:1], 3)


def test_an_invalid_ring_is_an_error_and_the_other_checks_still_run():
    eight = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    kinds = [each.kind for each in found(grids(eight, block(0, 0)))]
    assert kinds == ["invalid", "overlap"]


def test_a_missing_shape_and_a_line_are_named():
    shapes = np.array([None, in_degrees(shapely.LineString([(0, 0), (1, 1)])), shapely.Polygon()], dtype=object)
    assert [(each.kind, each.codes[0]) for each in found(shapes)] == [
        ("empty", CODES[0]),
        ("not_polygon", CODES[1]),
        ("empty", CODES[2]),
    ]


def test_grids_that_fill_their_village_pass():
    assert found(grids(*NINE), villages={VILLAGE: in_degrees(shapely.box(0, 0, 300, 300))}) == []


def test_a_village_covered_by_less_than_999_in_a_thousand_is_named():
    coverage = only(found(grids(*NINE), villages={VILLAGE: in_degrees(shapely.box(0, 0, 300, 300.6))}), "coverage")
    assert coverage.codes == (VILLAGE,)
    assert coverage.measure == pytest.approx(100 * 300 / 300.6, abs=0.01)
    assert found(grids(*NINE), villages={VILLAGE: in_degrees(shapely.box(0, 0, 300, 300.2))}) == []


def test_a_grid_outside_its_village_is_named_with_the_area_outside():
    findings = found(grids(*NINE), villages={VILLAGE: in_degrees(shapely.box(0, 0, 300, 299.5))})
    assert [(each.kind, each.codes) for each in findings] == [("outside_village", (code,)) for code in CODES[6:]]
    assert findings[0].measure == pytest.approx(50, rel=0.01)


def test_a_grid_of_no_known_village_and_a_village_without_grids_are_named():
    findings = found(grids(block(0, 0)), villages={"441602001002": in_degrees(block(5, 5))})
    assert [(each.kind, each.codes[0]) for each in findings] == [("no_village", CODES[0]), ("coverage", "441602001002")]
    assert findings[1].measure == 0


def control(x: float, y: float, code: str = CODES[0]) -> Control:
    lon, lat = (float(value) for value in PLANE.degrees(x + EAST, y + NORTH))
    return Control(lon, lat, code)


def test_a_control_point_in_its_grid_passes():
    assert found(grids(block(0, 0)), controls=[control(50, 50)]) == []


def test_a_displaced_file_is_named_with_the_distance():
    displaced = only(found(grids(block(0, 0)), controls=[control(-3000, 50)]), "displaced")
    assert displaced.measure == pytest.approx(3000, rel=1e-3)
    assert "常见" in displaced.zh


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_a_file_in_a_shifted_system_is_recognised_by_its_control_point(system: str):
    shifted = shapely.transform(grids(block(0, 0)), lambda x, y: crs.convert(x, y, "wgs84", system), interleaved=False)
    displaced = only(found(shifted, controls=[control(50, 50)]), "displaced")
    assert f"--crs {system}" in displaced.zh
    assert system.replace("gcj", "GCJ-").replace("bd", "BD-") in displaced.en
    assert 400 < displaced.measure < 1500


def test_a_file_shifted_back_though_it_was_never_shifted_is_recognised():
    shifted = shapely.transform(grids(block(0, 0)), lambda x, y: crs.convert(x, y, "gcj02", "wgs84"), interleaved=False)
    displaced = only(found(shifted, controls=[control(50, 50)]), "displaced")
    assert "多纠偏了一次" in displaced.zh
    assert "560 米" in displaced.zh or "561 米" in displaced.zh


def test_a_control_point_that_a_shifted_file_would_pass_too_is_called_weak():
    weak = only(found(grids(shapely.box(-2000, -2000, 2000, 2000)), controls=[control(0, 0)]), "weak_control")
    assert weak.severity == "warning"
    assert weak.measure == pytest.approx(561, abs=3)


def test_a_control_point_for_an_absent_grid_is_an_error():
    assert (
        only(found(grids(block(0, 0)), controls=[control(0, 0, "441602999999999")]), "no_control_grid").severity
        == "error"
    )


def test_a_control_point_is_written_as_longitude_latitude_code():
    assert Control.parse("114.69, 23.74, 441602001001001") == Control(114.69, 23.74, CODES[0])
    for nonsense in ("114.69,23.74", "23.74,114.69,1", "a,b,c", "114.69,23.74,"):
        with pytest.raises(ValueError):  # noqa: PT011  of several kinds
            Control.parse(nonsense)


def test_the_limits_follow_from_the_layer_and_the_codes():
    assert limits_for("base", CODES) is BASE
    assert limits_for("base", ["0502A"]) is FOREIGN
    assert limits_for("special", CODES) is SPECIAL


def test_special_layers_may_overlap():
    assert found(grids(block(0, 0), shapely.box(50, 0, 150, 100)), SPECIAL) == []


def test_a_foreign_layer_is_refused_for_large_faults_only():
    small, large = shapely.box(0, 0, 100.3, 100), shapely.box(0, 0, 130, 100)
    assert only(found(grids(small, block(1, 0)), FOREIGN), "overlap").severity == "warning"
    assert only(found(grids(large, block(1, 0)), FOREIGN), "overlap").severity == "error"


def test_errors_come_first_and_refuse_with_everything_found():
    crumb = shapely.MultiPolygon([block(0, 0), shapely.box(300, 0, 300.4, 50)])
    findings = check(["1", CODES[1]], grids(crumb, block(1, 0)))
    assert [each.severity for each in findings] == ["error", "warning"]
    with pytest.raises(GridFileError) as refusal:
        refuse_errors(findings)
    assert list(refusal.value.findings) == findings
    refuse_errors(findings[1:])


def test_progress_runs_to_the_end_of_every_stage():
    told: dict[str, tuple[int, int]] = {}

    def progress(stage: str, done: int, total: int) -> None:
        assert done >= told.get(stage, (0, total))[0]
        told[stage] = (done, total)

    village = {VILLAGE: in_degrees(shapely.box(0, 0, 300, 300))}
    check(CODES, grids(*NINE), known=Known(village), progress=progress)
    assert len(told) == 3
    assert all(done == total for done, total in told.values())


def test_no_grids_at_all_have_nothing_to_check():
    assert check([], np.array([], dtype=object)) == []


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_finding_has_a_sentence_in_both_tongues(kind: str):
    words = dict.fromkeys(("detail", "known", "why", "why_en", "before", "after"), "x")
    said = finding(kind, "A", "B", measure=1.0, **words)
    assert any("一" <= letter <= "鿿" for letter in said.zh)
    assert said.en.isascii() or set(said.en) - set(map(chr, range(128))) <= {"–", "²"}
