"""The synthetic city: a clean partition with the promised numbers, the same for the same seed, natural to look at."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.allotment import connected, gather, neighbours, shares
from gis.checks import BASE, Known, check
from gis.files import Declaration, read_grids, write_grids
from gis.metric import areas_km2
from gis.partition import TOWNSHIP_CENTRES, TOWNSHIPS, City, demo_outline, draw_city, village_codes
from gis.tessellation import spread, tessellate

ALL_TOWNSHIPS = tuple(TOWNSHIP_CENTRES)
URBAN, RURAL = ("441602001", "441602002"), ("441602100", "441602101")


@pytest.fixture(scope="module")
def city() -> City:
    return draw_city()


def clean(city: City) -> bool:
    villages = dict(zip(city.villages.codes, city.villages.polygons, strict=True))
    return check(city.grids.codes, city.grids.polygons, BASE, known=Known(villages)) == []


def test_the_city_has_701_grids_in_72_villages_of_7_townships(city: City):
    assert len(city.grids.codes) == len(set(city.grids.codes)) == 701
    assert len(city.villages.codes) == 72
    assert city.townships.codes == TOWNSHIPS
    assert city.villages.codes == village_codes()


def test_the_eighth_township_comes_with_its_four_villages():
    city = draw_city(townships=ALL_TOWNSHIPS)
    assert len(city.grids.codes) == 701
    assert len(city.villages.codes) == 76
    assert city.townships.codes == ALL_TOWNSHIPS
    assert clean(city)


def test_the_village_codes_are_those_of_the_statistical_list():
    kinds = Counter("residents" if int(code[9:]) < 200 else "villagers" for code in village_codes(ALL_TOWNSHIPS))
    assert kinds == {"residents": 46, "villagers": 30}


def test_every_check_of_a_grid_edition_passes(city: City):
    assert clean(city)


@pytest.mark.parametrize(("seed", "n"), [(1, 300), (2, 1000)])
def test_every_check_passes_for_other_seeds_and_numbers(seed: int, n: int):
    city = draw_city(seed, n)
    assert len(city.grids.codes) == n
    assert clean(city)


def test_the_grids_fill_the_outline_and_do_not_leave_it(city: City):
    together = shapely.coverage_union_all(city.grids.polygons)
    assert shapely.hausdorff_distance(together, demo_outline()) < 1e-6
    assert demo_outline().buffer(1e-7).covers(together)


def test_shared_borders_are_identical_vertex_by_vertex(city: City):
    for level in (city.townships, city.villages, city.grids):
        assert shapely.coverage_is_valid(level.polygons)
        assert shapely.is_valid(level.polygons).all()
        assert set(shapely.get_type_id(level.polygons)) == {shapely.GeometryType.POLYGON}


def test_codes_nest_and_grids_are_numbered_from_001(city: City):
    for village in city.villages.codes:
        numbers = [code[12:] for code in city.grids.codes if code.startswith(village)]
        assert numbers == [f"{number:03d}" for number in range(1, len(numbers) + 1)]
        assert len(numbers) >= 2


def test_villages_and_townships_are_the_unions_of_their_grids(city: City):
    for level, digits in ((city.villages, 12), (city.townships, 9)):
        for code, polygon in zip(level.codes, level.polygons, strict=True):
            own = [grid[:digits] == code for grid in city.grids.codes]
            assert shapely.equals(polygon, shapely.union_all(city.grids.polygons[own]))


def test_grids_are_small_in_the_urban_core_and_large_in_the_south(city: City):
    area = areas_km2(city.grids.polygons)
    urban, rural = (
        np.median([a for code, a in zip(city.grids.codes, area, strict=True) if code[:9] in where])
        for where in (URBAN, RURAL)
    )
    assert rural > 5 * urban
    assert area.min() > 0.01


def test_borders_wind_like_surveyed_ones(city: City):
    corners = shapely.get_num_coordinates(city.grids.polygons)
    assert 140 <= corners.mean() <= 200
    two_metres = 2e-5
    kept = shapely.get_num_coordinates(shapely.simplify(city.grids.polygons, two_metres))
    assert np.median(kept) > 20  # straight borders would leave about seven corners


def test_the_weights_are_shares_of_the_people(city: City):
    for level in (city.townships, city.villages, city.grids):
        assert level.weights.sum() == pytest.approx(1)
        assert (level.weights > 0).all()


def test_the_same_seed_draws_the_same_city_and_another_a_different_one(city: City):
    again, other = draw_city(), draw_city(seed=7)
    assert again.grids.codes == city.grids.codes
    assert (again.grids.polygons == city.grids.polygons).all()
    assert not (other.grids.polygons[:5] == city.grids.polygons[:5]).any()


def test_coordinates_have_seven_decimals_and_survive_a_file(city: City, tmp_path: Path):
    coordinates = shapely.get_coordinates(city.grids.polygons)
    assert (coordinates == np.round(coordinates, 7)).all()
    path = tmp_path / "city.geojson"
    write_grids(path, city.grids.codes, city.grids.polygons, {"weight": city.grids.weights})
    read = read_grids(path, Declaration(code="code"))
    assert read.codes == city.grids.codes
    assert shapely.coverage_is_valid(read.polygons)
    assert (shapely.get_coordinates(read.polygons) == coordinates).all()


def test_another_outline_with_a_bay_is_filled_too():
    horseshoe = demo_outline().difference(shapely.box(114.60, 23.55, 114.62, 23.65))
    city = draw_city(seed=5, n=200, outline=max(shapely.get_parts(horseshoe), key=lambda part: part.area))
    assert len(city.grids.codes) == 200
    assert clean(city)


def test_a_township_without_a_place_is_refused():
    with pytest.raises(KeyError):
        draw_city(townships=("110101001",))


def test_too_few_grids_for_the_villages_are_refused():
    with pytest.raises(ValueError, match="cannot be shared"):
        draw_city(n=100)


@settings(max_examples=20, deadline=None)
@given(n=st.integers(2, 60), seed=st.integers(0, 2**32 - 1))
def test_any_number_of_sites_is_tessellated_cleanly(n: int, seed: int):
    ground, rng = shapely.box(0, 0, 5000, 3000), np.random.default_rng(seed)
    sites = spread(ground, lambda points: np.ones(len(points)), n, rng)
    drawn = tessellate(ground, sites, rng, lambda points: np.round(points, 3))
    assert len(drawn.cells) == n
    assert shapely.coverage_is_valid(drawn.cells)
    assert shapely.area(drawn.cells).sum() == pytest.approx(ground.area, rel=1e-6)


@given(
    total=st.integers(10, 500),
    weights=st.lists(st.floats(0.01, 100), min_size=1, max_size=10),
    least=st.integers(0, 1),
)
def test_shares_add_up_and_follow_the_weights(total: int, weights: list[float], least: int):
    given_out = shares(total, np.array(weights), least)
    assert given_out.sum() == total
    assert given_out.min() >= least
    order = np.argsort(weights)
    assert (np.diff(given_out[order]) >= -1).all()


def test_groups_of_cells_are_connected_and_about_as_large_as_asked():
    squares = np.array([shapely.box(x, y, x + 1, y + 1) for y in range(10) for x in range(10)])
    middles = shapely.get_coordinates(shapely.centroid(squares))
    borders = neighbours(squares)
    group = gather(middles, np.array([50, 30, 20]), borders, np.array([[2.0, 2.0], [8.0, 2.0], [5.0, 8.0]]))
    assert np.abs(np.bincount(group) - (50, 30, 20)).max() <= 3
    for number in range(3):
        assert shapely.union_all(squares[group == number]).geom_type == "Polygon"


def test_a_detached_piece_joins_the_neighbour_it_shares_most_border_with():
    squares = np.array([shapely.box(x, 0, x + 1, 1) for x in range(6)])
    assert connected(np.array([0, 0, 0, 1, 1, 0]), neighbours(squares)).tolist() == [0, 0, 0, 1, 1, 1]
