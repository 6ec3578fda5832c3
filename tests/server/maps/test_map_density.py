"""Density counts what its reader may see, as it was assigned then or in the grids of now."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from server.access import SYSTEM
from server.db import db, now
from server.grids import editions
from server.grids.models import Grid
from server.maps import density, hexagons, memory, tallies
from tests.server.grids.drawing import imported
from tests.server.maps.crowd import copies
from tests.server.town import FAR, FAR_INSIDE, FARTHER, HOME, NEXT, OUTSIDE, PUQIAN, VILLAGE, Town

HOME_POINTS = [(114.602, 23.702), (114.603, 23.703), (114.604, 23.704)]


def counted(town: Town, who: str, query: str = "") -> dict[str, int]:
    """Return code → count as ``who`` sees it."""
    return {item["code"]: item["n"] for item in seen(town, who, query)["items"]}


def seen(town: Town, who: str, query: str = "") -> dict:
    answer = town.get(who, f"/maps/density{query}")
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


@pytest.fixture
def busy(town: Town) -> Town:
    """Three reports in the home grid, one next to it, one far away, one outside."""
    for lon, lat in HOME_POINTS:
        town.report(lon=lon, lat=lat)
    town.report("gang", lon=114.615, lat=23.705, category="C01")
    town.report("stranger", lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
    town.report("stranger", lon=OUTSIDE[0], lat=OUTSIDE[1])
    return town


def test_the_district_sees_every_grid_with_counts_per_square_kilometre(busy: Town) -> None:
    told = seen(busy, "centre")
    assert {item["code"]: item["n"] for item in told["items"]} == {HOME: 3, NEXT: 1, FAR: 1, FARTHER: 0}
    assert (told["total"], told["outside"]) == (6, 1)
    home = next(item for item in told["items"] if item["code"] == HOME)
    assert home["per_km2"] == pytest.approx(3 / home["area_km2"], abs=1e-4)
    assert [item["class"] for item in told["items"]] == [3, 2, 1, 0]


def test_a_township_sees_its_own_grids_only(busy: Town) -> None:
    assert counted(busy, "desk") == {HOME: 3, NEXT: 1}
    assert counted(busy, "far_desk") == {FAR: 1, FARTHER: 0}
    assert seen(busy, "desk")["outside"] == 0


def test_a_worker_sees_the_own_grid_and_own_reports(busy: Town) -> None:
    assert counted(busy, "mei") == {HOME: 3}
    assert counted(busy, "stranger") == {FAR: 1}
    assert seen(busy, "stranger")["outside"] == 1


def test_a_department_sees_what_it_was_given(busy: Town) -> None:
    assert counted(busy, "lamp_desk") == {}
    busy.dispatched(lon=114.606, lat=23.706)
    assert counted(busy, "lamp_desk") == {HOME: 1}


def test_who_holds_no_case_sees_no_map_of_cases(busy: Town) -> None:
    for who in ("admin", "security", "auditor"):
        assert busy.get(who, "/maps/density").status_code == 403


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?category=C01", {HOME: 0, NEXT: 1, FAR: 0, FARTHER: 0}),
        ("?category=B", {HOME: 3, NEXT: 0, FAR: 1, FARTHER: 0}),
        ("?state=closed", {HOME: 0, NEXT: 0, FAR: 0, FARTHER: 0}),
        ("?state=closed&state=reported", {HOME: 3, NEXT: 1, FAR: 1, FARTHER: 0}),
        (f"?township={PUQIAN}", {FAR: 1, FARTHER: 0}),
        ("?from=2020-01-01&to=2020-12-31", {HOME: 0, NEXT: 0, FAR: 0, FARTHER: 0}),
    ],
)
def test_filters_narrow_the_count(busy: Town, query: str, expected: dict[str, int]) -> None:
    assert counted(busy, "centre", query) == expected


def test_a_date_as_the_end_of_a_period_is_counted_whole(busy: Town) -> None:
    day = (now() + timedelta(hours=8)).date().isoformat()
    assert counted(busy, "centre", f"?from={day}&to={day}")[HOME] == 3


@pytest.mark.parametrize("query", ["?from=2024-01-01&to=2023-01-01", "?from=2020-01-01&to=2024-01-01"])
def test_a_period_has_a_length_and_an_end(town: Town, query: str) -> None:
    refused = town.get("centre", f"/maps/density{query}")
    assert (refused.status_code, refused.json["code"]) == (422, "period_too_long")


@pytest.mark.parametrize(
    "query",
    [
        "?from=yesterday",
        "?to=2024-01-01T00:00:00",
        "?state=lost",
        "?by=moon",
        "?resolution=15",
        "?from=9998-01-01&to=9999-12-31",
        "?to=0001-01-01",
        "?from=0001-01-01T00:00:00%2B14:00&to=0001-01-05",
    ],
)
def test_what_makes_no_sense_is_named(town: Town, query: str) -> None:
    refused = town.get("centre", f"/maps/density{query}")
    assert (refused.status_code, refused.json["code"]) == (422, "wrong_shape")


def test_cells_hold_every_event_once_inside_their_outline(busy: Town) -> None:
    told = seen(busy, "centre", "?by=h3&resolution=8")
    assert sum(item["n"] for item in told["items"]) == told["total"] == 6
    for item in told["items"]:
        assert item["per_km2"] == pytest.approx(item["n"] / item["area_km2"], abs=1e-3)
        assert len(item["outline"]) >= 6
    assert seen(busy, "desk", "?by=h3&resolution=8")["total"] == 4


def test_too_many_cells_are_refused(busy: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(density, "CELLS_MAX", 2)
    refused = busy.get("centre", "/maps/density?by=h3&resolution=11")
    assert (refused.status_code, refused.json["code"]) == (422, "too_much_for_one_map")


@pytest.mark.parametrize("query", ["resolution=10", "resolution=5&category=B", "resolution=9&state=reported"])
def test_too_many_places_are_refused_where_no_tally_answers(
    busy: Town, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(hexagons, "POINTS_MAX", 2)
    refused = busy.get("centre", f"/maps/density?by=h3&{query}")
    assert (refused.status_code, refused.json["code"]) == (422, "too_much_for_one_map")
    tallies.fold()
    assert seen(busy, "centre", "?by=h3&resolution=5")["total"] == 6


def test_a_redrawn_grid_is_counted_as_then_or_as_now(busy: Town, clock) -> None:
    clock.set(now())
    halves = {f"{VILLAGE}003": (0, 0, 0.35, 1), f"{VILLAGE}004": (0.35, 0, 1, 1), NEXT: (1, 0, 2, 1)}
    new = editions.publish(imported("乙版", halves), by=SYSTEM)
    clock.set(new.valid_from + timedelta(hours=1))
    busy.keys.clear()
    busy.report(lon=114.608, lat=23.705)
    then, today = counted(busy, "centre"), counted(busy, "centre", "?edition=now")
    assert {code: n for code, n in then.items() if n} == {HOME: 3, NEXT: 1, FAR: 1, f"{VILLAGE}004": 1}
    assert {code: n for code, n in today.items() if n} == {NEXT: 1, f"{VILLAGE}003": 2, f"{VILLAGE}004": 2}
    assert seen(busy, "centre", "?edition=now")["outside"] == 2
    assert seen(busy, "centre", "?edition=now")["total"] == seen(busy, "centre")["total"] == 7


def test_a_map_takes_few_statements_however_many_events(busy: Town, statements) -> None:
    def asked(query: str) -> int:
        seen(busy, "centre", query)
        memory.forget()
        statements.clear()
        seen(busy, "centre", query)
        return len(
            [
                said
                for said in statements
                if re.search(
                    r"from (events|tallies|tally_cells|tally_holdings|grids|tally_marks)\b", said, re.IGNORECASE
                )
            ]
        )

    queries = ("", "?edition=now", "?by=h3", "?hotspots=true")
    few = [asked(query) for query in queries]
    for lon, lat in HOME_POINTS * 5:
        busy.report(lon=lon, lat=lat, text="又一处")
    assert [asked(query) for query in queries] == few
    assert few == [3, 3, 2, 4], "one of them asks whether the kept answer still holds; editions are remembered apart"


def test_hot_spots_are_found_where_much_was_reported(town: Town, clock) -> None:
    lattice = {f"{VILLAGE}{500 + 10 * y + x}": (x, y, x + 1, y + 1) for x in range(9) for y in range(9)}
    new = editions.publish(imported("格子", lattice), by=SYSTEM)
    clock.set(new.valid_from)
    hot = {f"{VILLAGE}{500 + 10 * y + x}" for x in (4, 5, 6) for y in (4, 5, 6)}
    grids = db.session.execute(sa.select(Grid.id, Grid.code).where(Grid.edition_id == new.id, Grid.code.in_(hot))).all()
    copies(town.report()["id"], [{"grid_id": id, "grid_code": code} for id, code in grids for _ in range(9)])
    items = {item["code"]: item for item in seen(town, "centre", "?hotspots=true")["items"]}
    assert items[f"{VILLAGE}555"]["hot"] == 3
    assert items[f"{VILLAGE}500"]["hot"] <= 0
    assert items[f"{VILLAGE}555"]["z"] > 2.58


@pytest.mark.parametrize("query", ["?category=%00", "?township=%00", "?state=%00&state=closed"])
def test_characters_no_text_holds_are_refused(town: Town, query: str) -> None:
    assert town.get("centre", f"/maps/density{query}").json["code"] == "wrong_shape"
