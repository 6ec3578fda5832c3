"""Density: nothing is lost in counting, classes hold their values, hot spots are found where they were put."""

import math

import h3
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gis.density import (
    SCHEMES,
    class_breaks,
    classified,
    counts_per_grid,
    counts_per_hexagon,
    hexagon_polygons,
    per_km2,
)
from gis.hotspots import LEVELS, Neighbours, grid_neighbours, hot_spots
from gis.metric import areas_km2

SIDE = 20


@pytest.fixture(scope="module")
def board() -> np.ndarray:
    """Four hundred square grids of about 200 m, like a chess board, in EPSG:4490."""
    west, south, step = 114.60, 23.60, 0.002
    corners = ((west + step * column, south + step * row) for row in range(SIDE) for column in range(SIDE))
    return np.array([shapely.box(x, y, x + step, y + step) for x, y in corners], dtype=object)


@pytest.fixture(scope="module")
def beside(board: np.ndarray) -> Neighbours:
    return grid_neighbours(board)


def gi_star(values: np.ndarray, beside: Neighbours) -> np.ndarray:
    """The z score as Ord and Getis (1995), equation 5, write it, grid by grid."""
    n, mean, spread = len(values), values.mean(), values.std()
    scores = []
    for grid, others in enumerate(beside):
        own = [grid, *others]
        scale = spread * math.sqrt((n * len(own) - len(own) ** 2) / (n - 1))
        scores.append((values[own].sum() - mean * len(own)) / scale)
    return np.array(scores)


@given(index=st.lists(st.integers(-1, 6)))
def test_every_located_point_is_counted_once(index: list[int]):
    counts = counts_per_grid(index, 7)
    assert len(counts) == 7
    assert counts.sum() == sum(place >= 0 for place in index)
    assert all(counts[place] == index.count(place) for place in range(7))


def test_density_is_counts_by_area_and_nothing_where_there_is_no_area():
    assert per_km2([4, 0, 3], [2.0, 5.0, 0.0]).tolist() == pytest.approx([2, 0, math.nan], nan_ok=True)


@given(
    places=st.lists(st.tuples(st.floats(114.5, 114.8), st.floats(23.5, 23.9)), max_size=50),
    resolution=st.integers(5, 11),
)
def test_hexagons_hold_every_point_once_and_each_lies_in_its_cell(places: list[tuple[float, float]], resolution: int):
    lon, lat = [place[0] for place in places], [place[1] for place in places]
    found = counts_per_hexagon([*lon, math.nan], [*lat, 23.7], resolution)
    assert found.counts.sum() == len(places)
    assert list(found.cells) == sorted(set(found.cells))
    shapes = dict(zip(found.cells, hexagon_polygons(found.cells), strict=True))
    for x, y in places:
        cell = shapes[h3.latlng_to_cell(y, x, resolution)]
        assert shapely.dwithin(cell, shapely.Point(x, y), 1e-5)


def test_a_hexagon_of_resolution_nine_is_about_a_tenth_of_a_square_kilometre():
    cells = counts_per_hexagon([114.69], [23.74], 9).cells
    assert areas_km2(hexagon_polygons(cells))[0] == pytest.approx(0.105, rel=0.2)


@pytest.mark.parametrize("resolution", [-1, 16])
def test_a_resolution_that_does_not_exist_is_refused(resolution: int):
    with pytest.raises(ValueError, match="0 到 15"):
        counts_per_hexagon([114.69], [23.74], resolution)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(
    values=arrays.arrays(np.float64, st.integers(1, 60), elements=st.integers(0, 40).map(float)), k=st.integers(2, 7)
)
def test_breaks_rise_to_the_maximum_and_every_value_has_a_class(scheme: str, values: np.ndarray, k: int):
    breaks = class_breaks(values, k, scheme)
    assert 1 <= len(breaks) <= k
    assert (np.diff(breaks) > 0).all()
    assert breaks[-1] == pytest.approx(values.max())
    classes = classified(values, breaks)
    assert classes.min() >= 0
    assert (values <= breaks[classes] + 1e-9).all()
    assert (classes[values.argsort(kind="stable")] == np.sort(classes)).all()


def squares(values: np.ndarray, breaks: np.ndarray) -> float:
    """The sum of squares within the classes."""
    classes = classified(values, breaks)
    return sum(float(((part := values[classes == one]) - part.mean()).__pow__(2).sum()) for one in np.unique(classes))


@settings(max_examples=40)
@given(values=arrays.arrays(np.float64, st.integers(8, 60), elements=st.floats(0, 1000, width=32)), k=st.integers(2, 6))
def test_natural_breaks_are_at_least_as_close_as_those_of_mapclassify(values: np.ndarray, k: int):
    import mapclassify  # seconds, and only this test needs it

    assume(len(np.unique(values)) > k)
    theirs = mapclassify.FisherJenks(values, k=k).bins
    assert squares(values, class_breaks(values, k, "natural")) <= squares(values, np.unique(theirs)) * (1 + 1e-9) + 1e-6


def test_many_different_values_are_cut_in_bounded_memory():
    values = np.random.default_rng(1).pareto(1.5, 20_000)
    breaks = class_breaks(values, 5, "natural")
    assert len(breaks) == 5
    assert breaks[-1] == values.max()


def test_natural_breaks_fall_between_clusters():
    values = [1, 2, 2, 3, 50, 51, 52, 200, 201]
    assert class_breaks(values, 3, "natural").tolist() == [3, 52, 201]


def test_equal_breaks_divide_the_range_and_quantiles_the_grids():
    values = np.arange(101.0)
    assert class_breaks(values, 4, "equal").tolist() == [25, 50, 75, 100]
    assert np.bincount(classified(values[1:], class_breaks(values[1:], 4, "quantile"))).tolist() == [25] * 4


def test_a_grid_without_a_value_has_no_class():
    assert class_breaks([1.0, math.nan, 3.0]).tolist() == [1, 3]
    assert classified([1.0, math.nan, 3.0], [1, 3]).tolist() == [0, -1, 1]
    assert class_breaks([]).tolist() == []


def test_neighbours_touch_with_a_side_or_a_corner(beside: Neighbours):
    assert beside[0] == (1, SIDE, SIDE + 1)
    assert len(beside[SIDE + 1]) == 8
    assert all(grid in beside[other] for grid, others in enumerate(beside) for other in others)


def test_a_crack_of_half_a_metre_still_leaves_neighbours():
    crack = 0.5 / 102_000
    pair = np.array([shapely.box(114.0, 23.0, 114.01, 23.01), shapely.box(114.01 + crack, 23.0, 114.02, 23.01)])
    assert grid_neighbours(pair) == ((1,), (0,))


@given(seed=st.integers(0, 10_000))
def test_the_score_is_that_of_ord_and_getis(seed: int, beside: Neighbours):
    values = np.random.default_rng(seed).poisson(3, SIDE * SIDE).astype(float)
    assert hot_spots(values, beside).z == pytest.approx(gi_star(values, beside), abs=1e-9)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_hot_spots_are_those_of_esda(seed: int, beside: Neighbours):
    import esda.getisord  # seconds, and only this test needs them
    import libpysal

    values = np.random.default_rng(seed).poisson(3, SIDE * SIDE).astype(np.float64)
    weights = libpysal.weights.W({grid: [grid, *near] for grid, near in enumerate(beside)}, silence_warnings=True)
    theirs = esda.getisord.G_Local(values + 1, weights, transform="B", permutations=0, star=None)
    found = hot_spots(values, beside, corrected=False)
    assert found.z == pytest.approx(theirs.Zs, abs=1e-9)
    assert found.p == pytest.approx(2 * theirs.p_norm, abs=1e-9)


def test_a_hot_spot_and_a_cold_spot_are_found_where_they_were_put(beside: Neighbours):
    values = np.random.default_rng(1).poisson(20, (SIDE, SIDE)).astype(float)
    values[3:7, 3:7] += 30
    values[13:17, 13:17] -= 12
    level = hot_spots(values.ravel(), beside).level.reshape(SIDE, SIDE)
    assert (level[3:7, 3:7] == 3).all()
    assert (level[14:16, 14:16] < 0).all()
    assert (level[9:12, 9:12] == 0).all()
    assert set(np.unique(level)) <= set(LEVELS)


def test_chance_alone_makes_few_hot_spots_when_corrected_for_many_grids(beside: Neighbours):
    rng = np.random.default_rng(2)
    quiet = [hot_spots(rng.poisson(20, SIDE * SIDE), beside) for _ in range(20)]
    raw = [hot_spots(rng.poisson(20, SIDE * SIDE), beside, corrected=False) for _ in range(20)]
    assert np.mean([(spots.level != 0).any() for spots in quiet]) <= 0.3
    assert np.mean([(spots.level != 0).mean() for spots in raw]) == pytest.approx(0.10, abs=0.03)


def test_probabilities_are_two_sided(beside: Neighbours):
    spots = hot_spots(np.random.default_rng(3).poisson(20, SIDE * SIDE), beside)
    expected = [math.erfc(abs(score) / math.sqrt(2)) for score in spots.z]
    assert spots.p == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("value", [0.0, 5.0, -1.0])
def test_equal_values_have_no_hot_spots(beside: Neighbours, value: float):
    spots = hot_spots(np.full(SIDE * SIDE, value), beside)
    assert not spots.level.any()
    assert (spots.p == 1).all()


def test_islands_and_grids_that_touch_all_others_are_endured():
    island = hot_spots([1.0, 2.0, 9.0], ((1,), (0,), ()))
    assert np.isfinite(island.z).all()
    everywhere = hot_spots([1.0, 5.0], ((1,), (0,)))
    assert everywhere.z.tolist() == [0, 0]
    assert everywhere.p.tolist() == [1, 1]
    assert hot_spots([], ()).z.tolist() == []


@pytest.mark.parametrize("values", [[1.0], [1.0, math.nan]])
def test_a_value_that_is_missing_is_refused(values: list[float]):
    with pytest.raises(ValueError, match="有限"):
        hot_spots(values, ((1,), (0,)))
