"""Tiles show what their reader may see and nothing more, in one statement."""

from __future__ import annotations

import math
from typing import Any

import mapbox_vector_tile
import pytest

from server.access import Actor, Hat
from server.db import db, new_id, now
from server.maps import forms, memory, tiles
from server.maps.frame import Frame
from tests.server.maps.crowd import copies
from tests.server.town import FAR_INSIDE, HOME, INSIDE, NEXT, OLD_TOWN, OUTSIDE, PUQIAN, Town

ZOOM = 12
NEAR = 14
"""The first zoom with single events."""


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
    shown = layers(busy, "centre", path(z=NEAR))
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
    shown = layers(busy, "stranger", path(z=NEAR))
    assert [event["id"] for event in shown["events"]] == [card["id"]]
    assert {grid["code"]: grid.get("n") for grid in layers(busy, "stranger", path())["grids"]} == {HOME: 1, NEXT: None}


READERS = ("mei", "gang", "part", "leader", "village", "desk", "lamp_desk", "inspector", "stranger", "far_desk")


def test_no_tile_shows_more_or_less_than_the_list(busy: Town) -> None:
    busy.report(lon=OUTSIDE[0], lat=OUTSIDE[1])
    busy.dispatched()
    for who in READERS:
        listed = {row["id"] for row in busy.get(who, "/events").json["items"]}
        afar = sum(cluster["n"] for cluster in layers(busy, who, path(z=5)).get("events", []))
        assert afar == len(listed), who
        near = {event["id"] for event in layers(busy, who, path(z=NEAR)).get("events", [])}
        assert near <= listed, who


def test_from_afar_events_stand_together(busy: Town) -> None:
    clusters = layers(busy, "centre", path())["events"]
    assert [(cluster["n"], cluster["code"]) for cluster in clusters] == [(2, HOME)]
    far = layers(busy, "centre", path(z=5))["events"]
    assert [(cluster["n"], cluster.get("code")) for cluster in far] == [(3, None)]


def test_a_heat_map_weighs_every_grid_from_afar_and_every_event_near_by(busy: Town) -> None:
    heat = "?layers=heat"
    assert [spot["n"] for spot in layers(busy, "centre", path() + heat)["heat"]] == [2]
    assert len(layers(busy, "centre", path(z=NEAR) + heat)["heat"]) == 2
    assert layers(busy, "stranger", path() + heat) == {}


def test_bare_outlines_are_alike_for_everybody_and_may_be_kept(busy: Town) -> None:
    where = path() + "?layers=outlines&layers=labels&v=1"
    answers = [busy.get(who, where) for who in ("centre", "stranger")]
    assert answers[0].data == answers[1].data
    assert "immutable" in answers[0].headers["Cache-Control"]
    drawn = layers(busy, "stranger", where)
    assert {grid["code"] for grid in drawn["outlines"]} == {HOME, NEXT}
    assert [label["code"] for label in drawn["labels"]] == [HOME], "the other grid has its name in the next tile"


def test_nobody_is_shown_a_tile_kept_for_another(busy: Town) -> None:
    """Every reader asks first and last; what others asked between must not matter."""
    busy.report("gang", lon=114.615, lat=23.705)
    where = path(z=10)
    first = {who: busy.get(who, where).data for who in READERS}
    memory.forget()
    last = {who: busy.get(who, where).data for who in reversed(READERS)}
    assert first == last
    assert len(set(first.values())) > 3


def test_a_kept_tile_ends_with_the_next_act(busy: Town) -> None:
    card = busy.report()
    before = layers(busy, "desk", path(z=NEAR))["events"]
    busy.act("desk", card, "file")
    after = layers(busy, "desk", path(z=NEAR))["events"]
    assert sorted(event["state"] for event in before) == ["reported"] * 3
    assert sorted(event["state"] for event in after) == ["filed", "reported", "reported"]


def test_open_whistles_show_who_was_called_and_who_is_there(busy: Town) -> None:
    busy.blown(("DEP28", "DEP37"))
    for where in (path(), path(z=NEAR)):
        [whistle] = layers(busy, "desk", where)["whistles"]
        assert (whistle["called"], whistle["there"]) == (2, 0)
    assert "whistles" not in layers(busy, "far_desk", path())
    [listed] = busy.get("lamp_desk", "/maps/whistles").json["items"]
    assert {each["unit"]["code"]: each["phase"] for each in listed["departments"]} == {
        "DEP28": "called",
        "DEP37": "called",
    }
    assert (listed["lon"], listed["lat"]) == pytest.approx(INSIDE)
    assert busy.get("far_desk", "/maps/whistles").json["items"] == []


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
    assert [event["id"] for event in layers(busy, "centre", path(z=NEAR))["events"]] == [newest["id"]]


def test_a_tile_takes_few_statements_and_a_kept_one_reads_no_event(busy: Town, statements) -> None:
    def read(z: int) -> tuple[int, int]:
        statements.clear()
        busy.get("centre", path(z=z) + "?layers=grids&layers=events")
        said = [one.lower() for one in statements]
        return sum("st_asmvt(" in one for one in said), sum("tallies" in one or "from events" in one for one in said)

    assert [read(ZOOM), read(NEAR)] == [(2, 1), (2, 1)]
    assert [read(ZOOM), read(NEAR)] == [(0, 0), (0, 0)]


ACTOR = Actor(new_id(), "调度员", (Hat(new_id(), "TWD", OLD_TOWN, OLD_TOWN),))


def test_a_close_tile_reads_its_points_by_index(busy: Town) -> None:
    points = [f"SRID=4490;POINT({114 + n / 5000} {23 + n / 7000})" for n in range(5000)]
    copies(busy.report()["id"], [{"township_code": PUQIAN, "point": point} for point in points])
    ask = forms.TileAsk().load({"to": now().isoformat()})
    [statement] = tiles.LAYERS["events"].draw(Frame(*number(*INSIDE, 16)), ask, ACTOR, memory.state())
    compiled = statement.compile(db.engine)
    plan = db.session.connection().exec_driver_sql(f"explain {compiled}", compiled.construct_params()).scalars().all()
    told = "\n".join(plan)
    assert "ix_events_point" in told or "ix_events_township_page" in told or "ix_events_grid" in told, told
    assert "Seq Scan on events" not in told, told
