"""The locator against GEOS: every point alike, with both kernels, in ordinary and in hostile layers."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import locator, raster, sweep
from gis.locator import GridLocator, UnfitPolygons
from gis.partition import draw_city
from gis.plain import Placement
from gis.raster import OUTSIDE, UNSURE

ROOT = Path(__file__).parents[2]
KERNELS = ["numpy", pytest.param("compiled", marks=pytest.mark.skipif(not locator.HAS_NUMBA, reason="no numba"))]


def by_geos(polygons, codes, lon, lat):
    """The index of the smallest code among the polygons that cover each point (-1: none), and how many there are."""
    shapes = np.array(polygons, dtype=object)
    index, count = np.full(len(lon), -1), np.zeros(len(lon), dtype=int)
    points = shapely.points(lon, lat)
    for i in sorted(range(len(codes)), key=codes.__getitem__, reverse=True):
        covered = shapely.covers(shapes[i], points)
        index[covered] = i
        count += covered
    return index, count


def assert_like_geos(polygons, codes, lon, lat, kernel="numpy"):
    grids = GridLocator(polygons, codes, kernel)
    index, count = by_geos(polygons, codes, lon, lat)
    np.testing.assert_array_equal(grids.locate(lon, lat), index)
    hits = grids.hits(lon, lat)
    np.testing.assert_array_equal(np.bincount(hits.point, minlength=len(lon)), count)
    first = np.unique(hits.point, return_index=True)[1]
    np.testing.assert_array_equal(hits.polygon[first], index[index >= 0])


@pytest.fixture(scope="module")
def city():
    return draw_city().grids


def vertices(polygons):
    return np.unique(shapely.get_coordinates(polygons), axis=0)


def middles(polygons):
    """A point on, or one rounding step beside, the middle of every edge."""
    corner, polygon = shapely.get_coordinates(polygons, return_index=True)
    return ((corner[:-1] + corner[1:]) / 2)[polygon[:-1] == polygon[1:]]


def nudged(places, rng):
    """The places moved by at most two rounding steps in each direction."""
    steps = rng.integers(-2, 3, places.shape)
    return places + steps * np.spacing(places)


@pytest.mark.parametrize("kernel", KERNELS)
def test_random_points_of_the_city_get_the_grid_that_geos_gives_them(city, kernel):
    west, south, east, north = shapely.total_bounds(city.polygons)
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(west - 0.02, east + 0.02, 200_000), rng.uniform(south - 0.02, north + 0.02, 200_000)
    point, polygon = shapely.STRtree(city.polygons).query(shapely.points(lon, lat), predicate="covered_by")
    expected = np.full(len(lon), -1)
    expected[point] = polygon  # no random point lies on a border
    assert len(np.unique(point)) == len(point) > 60_000
    np.testing.assert_array_equal(GridLocator(city.polygons, city.codes, kernel).locate(lon, lat), expected)


@pytest.mark.parametrize("kernel", KERNELS)
def test_points_on_vertices_and_edges_and_a_rounding_step_beside_them_are_decided_as_geos_does(town, kernel):
    rng = np.random.default_rng(2)
    on_borders = rng.permutation(np.concatenate([vertices(town[0]), middles(town[0])]))[:4_000]
    places = np.concatenate([on_borders, nudged(on_borders, rng)])
    assert_like_geos(*town, *places.T, kernel)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_point_on_a_shared_border_belongs_to_the_smallest_code(kernel):
    squares = [shapely.box(x, y, x + 1, y + 1) for x in range(3) for y in range(3)]
    codes = ["5", "9", "1", "8", "2", "7", "3", "6", "4"]
    grids = GridLocator(squares, codes, kernel)
    assert grids.codes_at(grids.locate([1, 2, 1.5, 0], [1, 2, 2, 0])).tolist() == ["2", "2", "2", "5"]
    steps = np.arange(0, 3.25, 0.25)
    assert_like_geos(squares, codes, *(axis.ravel() for axis in np.meshgrid(steps, steps)), kernel)


@pytest.mark.parametrize("kernel", KERNELS)
def test_holes_and_parts_inside_holes_are_honoured(kernel):
    ring = shapely.box(0, 0, 9, 9).difference(shapely.box(1, 1, 8, 8))
    core = shapely.MultiPolygon([shapely.box(3, 3, 4, 4), shapely.box(5, 5, 6, 6)])
    steps = np.arange(-0.5, 10, 0.25)
    lon, lat = (axis.ravel() for axis in np.meshgrid(steps, steps))
    assert_like_geos([ring, core, shapely.box(1, 1, 8, 8).difference(core)], ["a", "b", "c"], lon, lat, kernel)


@pytest.mark.parametrize("kernel", KERNELS)
def test_overlapping_grids_of_a_special_layer_are_all_named_and_the_smallest_code_wins(kernel):
    rng = np.random.default_rng(3)
    discs = shapely.buffer(shapely.points(rng.uniform(0, 1, 60), rng.uniform(0, 1, 60)), rng.uniform(0.02, 0.6, 60))
    codes = [f"{code:02d}" for code in rng.permutation(60)]
    lon, lat = rng.uniform(-0.5, 1.5, (2, 20_000))
    assert_like_geos(discs, codes, lon, lat, kernel)


@pytest.mark.parametrize("kernel", KERNELS)
def test_slivers_specks_and_giants_in_one_layer_are_all_found(kernel):
    shapes = [
        shapely.box(100, 20, 130, 50),
        shapely.Polygon([(100, 20), (130, 50), (130, 50.000001)]),
        shapely.box(114.7, 23.7, 114.7 + 1e-9, 23.7 + 1e-9),
        shapely.buffer(shapely.Point(114.69, 23.75), 1e-4),
        shapely.box(114.6, 23.7, 114.6 + 1e-13, 50),
    ]
    rng = np.random.default_rng(4)
    on_borders = np.concatenate([vertices(shapes), middles(shapes)])
    places = np.concatenate([on_borders, nudged(on_borders.repeat(20, axis=0), rng), rng.uniform(20, 130, (5_000, 2))])
    along = rng.uniform(100, 130, 2_000)
    places = np.concatenate([places, nudged(np.column_stack([along, along - 80]), rng)])
    assert_like_geos(shapes, ["4", "2", "3", "1", "0"], *places.T, kernel)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("size", [1e-12, 1e-7, 30.0])
def test_a_layer_of_any_size_is_located_in_exactly(size, kernel):
    corner = np.array([(0, 0), (1, 0.1), (2, 0), (1.9, 1), (2, 2), (1, 1.5), (0, 2), (0.3, 1)]) * size + (40, 20)
    shape = shapely.Polygon(corner)
    rng = np.random.default_rng(5)
    places = np.concatenate(
        [nudged(corner.repeat(30, axis=0), rng), rng.uniform(-0.5, 2.5, (4_000, 2)) * size + (40, 20)]
    )
    assert_like_geos([shape], ["x"], *places.T, kernel)


def reference_points(shape):
    """The reference points (rows, columns, 2) of the raster behind a layer with fewer than a hundred edges."""
    frame = raster.frame_of(raster.edges_of(np.array([shape])).ends)
    cells = np.arange(frame.rows * frame.columns)
    return raster.references(frame, cells).reshape(frame.rows, frame.columns, 2)


@pytest.mark.parametrize("kernel", KERNELS)
def test_borders_through_the_reference_points_of_the_raster_do_no_harm(kernel):
    field = shapely.box(114, 23, 115, 24)
    points = reference_points(field)
    # Level and upright edges on which a whole row or column of reference points lies, and a slanting one between two.
    corner, opposite, other = points[11, 9], points[38, 45], points[50, 20]
    plot, wedge = shapely.box(*corner, *opposite), shapely.Polygon([corner, opposite, other])
    shapes = [field, plot, plot.reverse(), wedge, wedge.reverse()]
    rng = np.random.default_rng(11)
    anywhere = rng.uniform(corner - 0.03, opposite + 0.03, (20_000, 2))
    places = np.concatenate([anywhere, nudged(points[8:52, 8:52].reshape(-1, 2), rng)])
    for several in (shapes[:2], shapes[:3:2], shapes[::3], shapes[::4], shapes):
        assert_like_geos(several, ["5", "4", "3", "2", "1"][: len(several)], *places.T, kernel)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_way_to_the_reference_point_that_leads_through_a_vertex_is_left_to_geos(kernel):
    field = shapely.box(114, 23, 115, 24)
    middle = reference_points(field)[30, 30]
    corner = middle + np.array([2.0**-12, 2.0**-13])
    beyond = corner + (corner - middle)
    notch = shapely.Polygon(corner + np.array([[0, 0], [-0.005, 0.02], [-0.03, 0], [0.01, -0.02]]))
    grids, raw = GridLocator([field, notch], ["b", "a"], kernel), np.empty(1, dtype=np.int32)
    assert grids._kernel_for(1)(grids._raster, *beyond.reshape(2, 1), raw) == 1
    assert_like_geos([field, notch], ["b", "a"], *beyond.reshape(2, 1), kernel)


@pytest.mark.parametrize("kernel", KERNELS)
def test_points_a_rounding_step_off_long_slanting_borders_are_decided_as_geos_does(kernel):
    rng = np.random.default_rng(12)
    for corners in rng.uniform(-80, 80, (12, 3, 2)):
        along = np.linspace(corners[0], corners[1], 1_000)
        assert_like_geos([shapely.Polygon(corners)], ["s"], *nudged(along, rng).T, kernel)


lattice = st.integers(0, 8)
triangles = st.lists(st.tuples(*[st.tuples(lattice, lattice)] * 3), min_size=1, max_size=5)


def patches(corners):
    """The union of triangles on a lattice: holes, parts, many points on one line; None when it has no area."""
    shapes = [shapely.Polygon([(114 + x * 0.1, 23 + y * 0.1) for x, y in three]) for three in corners]
    union = shapely.union_all([shape for shape in shapes if shape.is_valid and shape.area > 0])
    return union if union.geom_type in ("Polygon", "MultiPolygon") and union.is_valid and not union.is_empty else None


@pytest.mark.parametrize("kernel", KERNELS)
@settings(deadline=None, max_examples=150)
@given(layer=st.lists(triangles, min_size=1, max_size=6), seed=st.integers(0, 2**32))
def test_any_layer_of_patches_is_located_in_exactly_as_geos_does(kernel, layer, seed):
    shapes = [shape for shape in map(patches, layer) if shape is not None]
    codes = [str(code) for code in np.random.default_rng(seed).permutation(len(shapes))]
    steps = np.arange(-1, 37) * 0.025
    lon, lat = (axis.ravel() for axis in np.meshgrid(114 + steps, 23 + steps))
    assert_like_geos(shapes, codes, lon, lat, kernel)


spokes = st.tuples(st.floats(0, 6.28), st.floats(1e-6, 1))
offsets = st.tuples(st.floats(-1, 1), st.floats(-1, 1))


@settings(deadline=None, max_examples=60)
@given(st.lists(spokes, min_size=3, max_size=30, unique_by=lambda spoke: spoke[0]), st.lists(offsets, max_size=30))
def test_any_star_is_located_in_exactly_as_geos_does(star, places):
    corner = [(114 + r * np.cos(t), 23 + r * np.sin(t)) for t, r in sorted(star)]
    shape = shapely.Polygon(corner)
    if shape.is_valid:
        on_border = middles([shape])
        anywhere = [(114 + east, 23 + north) for east, north in places]
        lon, lat = np.array([*anywhere, *corner, *on_border]).T
        for kernel in ("numpy", "compiled" if locator.HAS_NUMBA else "numpy"):
            assert_like_geos([shape], ["x"], lon, lat, kernel)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_point_about_which_rounding_could_decide_is_left_to_geos(town, kernel):
    grids = GridLocator(*town, kernel)
    places, raw = vertices(town[0])[:500], np.empty(500, dtype=np.int32)
    assert grids._kernel_for(500)(grids._raster, *np.ascontiguousarray(places.T), raw) == 500
    assert (raw == UNSURE).all()
    assert (grids.locate(*places.T) != OUTSIDE).all()


@pytest.mark.parametrize("kernel", KERNELS)
def test_points_that_are_no_numbers_or_far_away_lie_outside(town, kernel):
    odd = np.array([np.nan, np.inf, -np.inf, 1e308, -1e308, 0.0, 114.69, 23.75])
    lon, lat = (axis.ravel() for axis in np.meshgrid(odd, odd))
    grids = GridLocator(*town, kernel)
    inside = (lon == 114.69) & (lat == 23.75)
    np.testing.assert_array_equal(grids.locate(lon, lat) != OUTSIDE, inside)
    np.testing.assert_array_equal(grids.nearest(lon, lat).polygon != OUTSIDE, inside)
    assert len(grids.hits(lon, lat).point) == 1


def test_both_kernels_leave_the_same_points_to_geos(town):
    compiled = pytest.importorskip("gis.compiled")
    table = GridLocator(*town)._raster
    rng = np.random.default_rng(8)
    places = nudged(np.concatenate([vertices(town[0]), rng.uniform((114.5, 23.5), (114.8, 23.9), (50_000, 2))]), rng)
    answers = np.empty((2, len(places)), dtype=np.int32)
    for kernel, answer in zip((sweep, compiled), answers, strict=True):
        kernel.locate(table, *np.ascontiguousarray(places.T), answer)
    sure = (answers != UNSURE).all(axis=0)
    assert sure.mean() > 0.7
    np.testing.assert_array_equal(answers[0, sure], answers[1, sure])
    assert not ((answers[0] != UNSURE) & (answers[1] == UNSURE)).any()


def test_answers_have_the_shape_of_the_question(town):
    grids = GridLocator(*town)
    lon, lat = np.full((4, 3), 114.69), np.full((4, 3), 23.75)
    assert grids.locate(lon.T, lat.T).shape == (3, 4)
    assert grids.locate([], []).shape == (0,)
    assert grids.locate(114.69, 23.75).shape == (1,)
    assert len(grids.hits([], []).point) == len(grids.nearest([], []).polygon) == 0
    with pytest.raises(ValueError, match="shape"):
        grids.locate([114.69, 114.7], [23.75])


def test_a_layer_without_grids_covers_nothing():
    none = GridLocator([], [])
    assert none.locate([114.69], [23.75]).tolist() == [OUTSIDE]
    assert none.codes_at(none.locate([114.69], [23.75])).tolist() == [None]
    assert none.place(114.69, 23.75, 30) == Placement(None, "outside", (), None)


BOW_TIE = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
SQUARE = shapely.box(0, 0, 1, 1)


@pytest.mark.parametrize(
    ("shapes", "codes", "message"),
    [
        ([SQUARE, BOW_TIE], ["a", "b"], "图形无效：b"),
        ([SQUARE, shapely.Point(0, 0)], ["a", "b"], "图形不是面：b"),
        ([None, SQUARE], ["a", "b"], "图形不是面：a"),
        ([shapely.Polygon(), SQUARE], ["a", "b"], "图形不是面：a"),
        ([SQUARE, shapely.box(571369, 2626667, 571400, 2626700)], ["a", "b"], "坐标不是经纬度：b"),
        ([SQUARE, SQUARE, SQUARE], ["a", "b", "a"], "编码重复：a"),
        ([SQUARE], ["a", "b"], "数目不一致"),
    ],
)
def test_polygons_in_which_nothing_can_be_located_exactly_are_refused_by_code(shapes, codes, message):
    with pytest.raises(UnfitPolygons, match=f"{message}$|{message}"):
        GridLocator(shapes, codes)


def test_the_compiler_is_loaded_only_for_many_points(town, monkeypatch):
    monkeypatch.setattr(locator, "MANY", 10)
    monkeypatch.setattr(locator, "HAS_NUMBA", True)
    grids = GridLocator(*town)
    assert grids._kernel_for(9) is sweep.locate
    if "numba" in sys.modules:
        assert grids._kernel_for(10).__module__ == "gis.compiled"
    monkeypatch.setattr(locator, "HAS_NUMBA", False)
    assert grids._kernel_for(10) is sweep.locate


def test_without_numba_the_locator_still_locates():
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "import shapely; from gis import locator; locator.MANY = 1\n"
        "grids = locator.GridLocator([shapely.box(0, 0, 1, 1)], ['g'])\n"
        "print(grids.codes_at(grids.locate([0.5, 1, 2], [0.5, 1, 2])))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['g' 'g' None]"
