"""Tiles show what their reader may see and nothing more, in one statement."""

from __future__ import annotations

import math
from typing import Any

import mapbox_vector_tile
import pytest

from server.access import Actor, Hat
from server.db import db, new_id, now
from server.maps import forms, tiles
from tests.server.maps.crowd import copies
from tests.server.town import FAR_INSIDE, HOME, INSIDE, NEXT, OLD_TOWN, PUQIAN, Town

ZOOM = 12


def number(lon: float, lat: float, z: int = ZOOM) -> tuple[int, int, int]:
    """Return z, x, y of the tile that holds a place (the usual formula of web maps)."""
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return z, int((lon + 180) / 360 * 2**z), int(y * 2**z)


def path(lon: float = INSIDE[0], lat: float = INSIDE[1], z: int = ZOOM) -> str:
    return "/maps/tiles/{}/{}/{}.mvt".format(*number(lon, lat, z))


def layers(town: Town, who: str, where: str) -> dict[str, list[dict[str, Any]]]:
    """Return layer → attributes of its features."""
    answer = town.get(who, where)
    assert answer.status_code == 200
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    decoded = mapbox_vector_tile.decode(answer.data)
    return {name: [feature["properties"] for feature in layer["features"]] for name, layer in decoded.items()}


@pytest.fixture
def busy(town: Town) -> Town:
    """Two reports in the home grid and one in the far township."""
    town.report()
    town.report(lon=114.607, lat=23.706)
    town.report("stranger", lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
    return town


def test_a_tile_holds_outlines_with_counts_and_the_events(busy: Town) -> None:
    shown = layers(busy, "centre", path())
    assert {grid["code"]: grid["n"] for grid in shown["grids"]} == {HOME: 2, NEXT: 0}
    assert {event["state"] for event in shown["events"]} == {"reported"}
    assert len({event["id"] for event in shown["events"]}) == 2


def test_a_stranger_sees_outlines_without_counts_and_no_event(busy: Town) -> None:
    for who in ("stranger", "far_desk", "lamp_desk"):
        shown = layers(busy, who, path())
        assert "events" not in shown
        assert {grid["code"] for grid in shown["grids"]} == {HOME, NEXT}
        assert not any("n" in grid or "per_km2" in grid for grid in shown["grids"])


def test_a_reporter_sees_the_own_report_wherever_it_is(busy: Town) -> None:
    card = busy.report("stranger")
    shown = layers(busy, "stranger", path())
    assert [event["id"] for event in shown["events"]] == [card["id"]]
    assert {grid["code"]: grid.get("n") for grid in shown["grids"]} == {HOME: 1, NEXT: None}


def test_no_tile_shows_more_than_the_list(busy: Town) -> None:
    for who in ("mei", "gang", "part", "leader", "village", "desk", "lamp_desk", "inspector", "stranger", "far_desk"):
        listed = {row["id"] for row in busy.get(who, "/events").json["items"]}
        drawn = {event["id"] for event in layers(busy, who, path(z=5)).get("events", [])}
        assert drawn == listed, who


def test_filters_hold_in_tiles_too(busy: Town) -> None:
    assert "events" not in layers(busy, "centre", path() + "?state=closed")
    assert {grid["n"] for grid in layers(busy, "centre", path() + "?category=A")["grids"]} == {0}
    assert len(layers(busy, "centre", path() + "?category=B&from=2020-01-01&to=2021-01-01")) == 1


def test_an_unchanged_tile_is_not_sent_again(busy: Town) -> None:
    first = busy.get("centre", path())
    assert first.headers["Cache-Control"] == "private, max-age=15"
    again = busy.get("centre", path(), If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    busy.report()
    assert busy.get("centre", path(), If_None_Match=first.headers["ETag"]).status_code == 200


def test_one_readers_tag_opens_nothing_for_another(busy: Town) -> None:
    tag = busy.get("centre", path()).headers["ETag"]
    assert busy.get("stranger", path(), If_None_Match=tag).status_code == 200


@pytest.mark.parametrize("where", ["21/0/0", "3/8/0", "3/0/8", "0/1/0"])
def test_there_are_tiles_only_where_there_is_a_world(town: Town, where: str) -> None:
    refused = town.get("centre", f"/maps/tiles/{where}.mvt")
    assert (refused.status_code, refused.json["code"]) == (422, "no_such_tile")


@pytest.mark.parametrize("where", ["0/0/0", "20/0/0", "20/1048575/1048575", "1/1/1"])
def test_a_tile_anywhere_in_the_world_is_answered(busy: Town, where: str) -> None:
    assert busy.get("centre", f"/maps/tiles/{where}.mvt").status_code == 200


def test_an_empty_tile_has_no_bytes(busy: Town) -> None:
    assert busy.get("centre", path(0.0, 0.0)).data == b""


def test_tiles_are_for_those_who_see_cases(town: Town) -> None:
    assert town.get("admin", path()).status_code == 403
    assert town.get(None, path()).status_code == 401


def test_the_newest_points_go_first_when_there_are_too_many(busy: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = busy.report()
    monkeypatch.setattr(tiles, "POINTS_MAX", 1)
    assert [event["id"] for event in layers(busy, "centre", path())["events"]] == [newest["id"]]


def test_a_tile_takes_one_statement(busy: Town, statements) -> None:
    busy.get("centre", path())
    statements.clear()
    busy.get("centre", path())
    assert len([said for said in statements if "st_asmvt" in said.lower()]) == 1
    assert len([said for said in statements if "from events" in said.lower()]) == 1


ACTOR = Actor(new_id(), "调度员", (Hat(new_id(), "TWD", OLD_TOWN, OLD_TOWN),))


def test_a_close_tile_reads_its_grids_and_points_by_index(busy: Town) -> None:
    points = [f"SRID=4490;POINT({114 + n / 5000} {23 + n / 7000})" for n in range(5000)]
    copies(busy.report()["id"], [{"township_code": PUQIAN, "point": point} for point in points])
    ask = forms.EventsAsk().load({"to": now().isoformat()})
    statement = tiles.statement(*number(*INSIDE, 16), ask, ACTOR)
    compiled = statement.compile(db.engine)
    plan = db.session.connection().exec_driver_sql(f"explain {compiled}", compiled.construct_params()).scalars().all()
    told = "\n".join(plan)
    assert "ix_events_point" in told or "ix_events_township_page" in told, told
    assert "Seq Scan on events" not in told, told
