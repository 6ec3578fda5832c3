"""The map by touch: grids without a network, marks that open their events, a list below, a pin that keeps its system."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import pytest
from PIL import Image

from gis import crs as systems
from mobile.core.shapes import Outline
from mobile.screens import map_marks
from tests.mobile.screens import calls, tour, tour_calls
from tests.mobile.screens.district import SIDE, SOUTH, WEST, grid_code, middle
from tests.mobile.screens.driver import Finger
from tests.mobile.screens.phone import Phone
from tests.mobile.screens.town import Town

Make = Callable[..., Phone]


def opened(phone: Make, role: str = "GWF") -> Phone:
    """A phone with the map open and events on it."""
    one = phone(Town(role))
    tour_calls.on_map()(one)
    one.run_for(0.5)
    return one


def test_the_grids_are_drawn_without_a_network_or_a_picture_below(phone: Make) -> None:
    one = phone(Town("GWF"))
    one.offline()
    one.app.turn_to("map")
    one.settle()
    page = one.app.page
    assert len(page.land.shapes) == 9
    assert page.surface.ground.built
    assert page.surface.tiles is None
    assert page.surface.ground.strong == {grid_code(0, 0), grid_code(0, 1)}


def test_panning_back_and_forth_builds_nothing_again(phone: Make) -> None:
    one = opened(phone)
    surface = one.app.page.surface
    for dx in (-60, 60, -60, 60):
        one.drag(surface, dx, 40)
    built, at = surface.ground.built, surface.view.x
    for dx in (-60, 60):
        one.drag(surface, dx, 0)
    assert surface.ground.built == built
    one.drag(surface, -60, 0)
    assert surface.view.x > at


def test_two_fingers_zoom_about_the_place_between_them(phone: Make) -> None:
    one = opened(phone)
    surface = one.app.page.surface
    x, y = surface.to_window(*surface.center)
    zoom = surface.view.zoom
    left, right = Finger(x - 40, y), Finger(x + 40, y)
    left.down()
    right.down()
    one.step()
    for n in range(1, 6):
        left.slide(x - 40 - 8 * n, y)
        right.slide(x + 40 + 8 * n, y)
        one.step()
    left.up()
    right.up()
    one.settle()
    assert surface.view.zoom == pytest.approx(zoom + 1, abs=0.15)


def test_a_single_mark_opens_its_event_and_a_heap_comes_apart(phone: Make) -> None:
    one = opened(phone)
    surface = one.app.page.surface
    surface.view.zoom_at(0.01, *surface.center)
    surface.changed()
    one.run_for(0.3)
    heap = max(surface.heaps, key=lambda heap: len(heap.marks))
    assert len(heap.marks) > 1
    zoom = surface.view.zoom
    one.app.page._picked(heap)
    one.run_for(0.3)
    assert surface.view.zoom > zoom
    surface.view.look(surface.view.x, surface.view.y, 17.5)
    surface.changed()
    one.run_for(0.3)
    lone = next(heap for heap in surface.heaps if len(heap.marks) == 1)
    surface.view.look(lone.x, lone.y)
    surface.changed()
    one.run_for(0.3)
    surface.tap(*surface.view.screen(lone.x, lone.y))
    one.settle()
    assert (one.app.page.name, one.app.page.given["id"]) == ("card", lone.first.id)


def test_a_grid_under_the_finger_says_its_name_and_leads_to_its_events(phone: Make) -> None:
    one = opened(phone)
    page = one.app.page
    page._tapped(*middle(0, 0))
    one.settle()
    assert one.sees("南门社区第1网格")
    assert one.sees("我的网格 · 没办完")
    one.tap("看这里的事件")
    assert page.low.height
    assert {row.grid_code for row in page.shown if row.grid_code == page.only} == {grid_code(0, 0)}
    one.back()
    assert not page.low.height
    one.back()
    assert one.app.page.name == "today"


def test_only_what_is_overdue_is_shown_when_asked_for(phone: Make) -> None:
    one = opened(phone)
    one.tap("超时")
    assert {mark.style for mark in one.app.page.surface.marks} == {"late", "call_late"}
    one.tap("密度")
    assert not one.app.page.surface.marks
    hatches = {fill.hatch for fill in one.app.page.surface.ground.fills.values()}
    assert len(hatches) == 5
    assert grid_code(2, 2) not in one.app.page.surface.ground.fills


def test_the_legend_tells_every_mark_by_shape_picture_and_word(phone: Make) -> None:
    from mobile.screens.map_marks import STYLES

    one = opened(phone)
    one.tap("图例")
    assert all(one.sees(style.zh) or one.app.page.drawer.children for style in STYLES)
    assert len({style.badge.shape for style in STYLES}) == len(STYLES)
    assert len({style.badge.icon for style in STYLES}) == len(STYLES)


def test_a_pin_keeps_its_system_and_every_digit_until_it_is_moved(phone: Make) -> None:
    from mobile.widgets.map.pin import PinMap

    one = phone(Town("GWF"))
    told: list[tuple[float, float, str]] = []
    given = (114.6950001, 23.7361234, "gcj02")
    pin = PinMap(one.field.map(), lambda work, done: done(work()), given, None, lambda *at: told.append(at))
    one.app.page.fill(pin)
    one.settle()
    assert pin.place == given
    assert not told
    one.drag(pin.surface, -100, 0)
    one.run_for(0.5)
    lon, lat, crs = pin.place
    assert crs == "gcj02"
    east = (lon - given[0]) * 111_320 * math.cos(math.radians(lat))
    assert east > 20
    assert told[-1] == pin.place
    there = systems.convert(lon, lat, "gcj02", "cgcs2000")
    assert pin.surface.middle == pytest.approx(there, abs=2e-7)


def test_tiles_of_a_file_lie_below_and_those_of_gcj02_are_put_right(phone: Make) -> None:
    from mobile.widgets.map.frame import Frame, View
    from mobile.widgets.map.tiling import TileLayer, corner

    phone(Town("GWF"))
    picture = io.BytesIO()
    Image.new("RGB", (256, 256), "#cfe3c0").save(picture, "PNG")

    class Source:
        crs = "cgcs2000"

        def tile(self, z: int, x: int, y: int) -> bytes | None:
            return picture.getvalue() if (x + y) % 2 else None

    view, frame = View(), Frame(*middle())
    view.width, view.height = 360.0, 600.0
    view.look(0, 0, 14)
    layer = TileLayer(Source())
    while layer.show(view, frame):
        pass
    assert layer._laid
    plain = corner(14, 13410, 7082, frame, "cgcs2000")
    shifted = corner(14, 13410, 7082, frame, "gcj02")
    assert 400 < math.dist(plain, shifted) < 800


# --- arithmetic -------------------------------------------------------------------------------------------------------


def test_there_and_back_on_the_plane_is_the_same_place() -> None:
    from mobile.widgets.map.frame import Frame, View

    frame, view = Frame(114.64, 23.69), View(2.0)
    view.width, view.height = 720.0, 1200.0
    view.look(*frame.plane(114.655, 23.742), 16.3)
    before = view.plane(100, 900)
    view.zoom_at(1.7, 100, 900)
    assert view.plane(100, 900) == pytest.approx(before, abs=1e-6)
    assert frame.degrees(*frame.plane(114.7012345, 23.8123456)) == pytest.approx((114.7012345, 23.8123456), abs=1e-10)
    assert view.screen(*view.plane(33, 44)) == pytest.approx((33, 44))


def test_no_left_out_vertex_lies_farther_from_the_line_than_the_tolerance() -> None:
    from mobile.widgets.map import thin

    ring = [
        (math.cos(a / 50 * math.tau) * (1000 + 60 * math.sin(a * 1.7)), math.sin(a / 50 * math.tau) * 800)
        for a in range(50)
    ]
    weighed = thin.weights(ring)
    for tolerance in (1.0, 10.0, 40.0, 1e9):
        kept = thin.thinned(ring, weighed, tolerance)
        assert len(kept) >= 3
        lines = list(zip(kept, (*kept[1:], kept[0]), strict=True))
        far = max(min(_away(point, *line) for line in lines) for point in ring)
        assert far <= tolerance + 1e-9 or len(kept) == 3


def _away(p: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    along = max(0.0, min(1.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy)))
    return math.dist(p, (a[0] + along * dx, a[1] + along * dy))


def test_a_heap_looks_like_its_worst_and_loses_nobody() -> None:
    from mobile.widgets.map.clusters import Mark, heaps

    marks = [
        Mark(str(n), (n * 37) % 100, (n * 53) % 100, "late" if n == 7 else "work", 5 if n == 7 else 1, "")
        for n in range(60)
    ]
    made = heaps(marks, 30.0)
    assert sorted(int(mark.id) for heap in made for mark in heap.marks) == list(range(60))
    assert made[-1].first.style == "late"
    assert all(math.dist((a.x, a.y), (b.x, b.y)) >= 30 for a in made for b in made if a is not b)


def test_the_grid_under_a_point_is_found_and_its_name_stands_inside_it() -> None:
    from gis import plain
    from mobile.widgets.map.land import Land

    ring = [[WEST, SOUTH], [WEST + SIDE, SOUTH], [WEST + SIDE, SOUTH + SIDE], [WEST, SOUTH + SIDE], [WEST, SOUTH]]
    hole = [
        [WEST + SIDE * p, SOUTH + SIDE * q] for p, q in ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7), (0.3, 0.3))
    ]
    outline = Outline("1", "村第1网格", None, None, (WEST, SOUTH, WEST + SIDE, SOUTH + SIDE), [[ring, hole]])
    land = Land([outline])
    assert land.at(WEST + SIDE * 0.1, SOUTH + SIDE * 0.1) is land.shapes["1"]
    assert land.at(WEST + SIDE * 0.5, SOUTH + SIDE * 0.5) is None
    assert plain.contains([ring], *land.frame.degrees(*land.shapes["1"].middle))


def test_open_whistles_stand_on_the_map_with_state_and_lateness_and_open_at_a_touch(phone: Make) -> None:
    one = opened(phone, "GLD")
    page = one.app.page
    assert {row.kind for row in page.view.calls} == {"whistle"}
    looks = {map_marks.style(row).code for row in page.view.calls}
    assert looks == {"call", "call_late"}
    assert one.sees("2 个哨")
    one.tap("超时")
    assert [row.kind for row in page.shown].count("whistle") == 1
    one.tap("事件")
    mark = next(mark for mark in page.surface.marks if mark.style == "call_late")
    page.surface.view.look(mark.x, mark.y, 19.0)
    page.surface.changed()
    one.run_for(0.3)
    page.surface.tap(*page.surface.view.screen(mark.x, mark.y))
    one.settle()
    assert (one.app.page.name, one.app.page.given["id"]) == ("whistle", mark.id)


def test_a_department_sees_its_own_calls_at_their_place_without_a_network(phone: Make) -> None:
    one = phone(Town("DPH"))
    card = tour_calls.known(one, calls.check_in(one.town, "responded"))
    one.offline()
    one.app.turn_to("map")
    one.settle()
    page = one.app.page
    (row,) = page.view.calls
    assert (row.kind, row.id, row.state_zh) == ("check_in", card["id"], "已响应")
    assert (row.lon, row.lat) == pytest.approx(middle(0, 1))
    page._open(row)
    assert one.app.page.name == "check_in"


def test_my_track_is_a_line_broken_where_no_position_was_known(phone: Make) -> None:
    one = phone(Town("GWF"))
    tour.track_map(one)
    page = one.app.page
    assert page.name == "track_map"
    assert [len(way) for way in page.ways] == [20, 20]
    assert len(page.surface.traced.children)
    assert one.sees("断开处：超过 10 分钟没有定位")
    west, south, east, north = page.surface.view.box
    ends = [page.surface.frame.plane(*point) for way in page.ways for point in way]
    assert all(west < x < east and south < y < north for x, y in ends)
