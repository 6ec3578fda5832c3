"""Outlines and names are drawn once per edition, by the worker, and given to whoever reads maps, and to nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import mapbox_vector_tile
import psycopg
import pytest
import sqlalchemy as sa

from server import http
from server.access import SYSTEM
from server.db import db, now
from server.grids import editions
from server.grids.models import Edition
from server.maps import ahead, clusters, memory, tiles
from server.maps.drawn import SHAPED_TO
from server.maps.frame import Frame
from server.maps.models import ShapeAhead, TileAhead
from server.people.models import Token
from tests.server.grids.drawing import imported
from tests.server.maps.test_map_tiles import number, path
from tests.server.town import FAR_INSIDE, HOME, INSIDE, NEXT, VILLAGE, Town

BARE = "?layers=outlines&layers=labels&v=1"
ELSEWHERE = path(z=13)
"""A tile that nobody has asked for."""


@pytest.fixture
def drawn(real_town: Town) -> Town:
    """A town whose tiles are drawn, and of which one was asked for by the centre."""
    assert ahead.draw() > 0
    db.session.commit()
    memory.forget()
    assert real_town.get("centre", path() + BARE).status_code == 200
    return real_town


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that went on to the application."""
    seen: list[str] = []
    inner = http.run
    monkeypatch.setattr(http, "run", lambda route, path: seen.append(route.name) or inner(route, path))
    return seen


def test_every_edition_is_drawn_once(town: Town) -> None:
    assert ahead.draw() == len(tiles.FOR_ALL) * len(ahead.frames(editions.published()[0].id))
    assert ahead.draw() == 0
    [edition] = db.session.scalars(sa.select(TileAhead.edition_id).distinct())
    assert edition == editions.published()[0].id


def test_a_tile_drawn_ahead_is_the_tile_drawn_now(town: Town) -> None:
    ahead.draw()
    held = memory.state()
    rows = db.session.scalars(sa.select(TileAhead)).all()
    assert {row.layer for row in rows if row.content} == {"outlines", "labels"}
    for row in rows:
        now_drawn = tiles.draw(row.layer, Frame(row.z, row.x, row.y), {}, SYSTEM, held)
        assert bytes(row.content) == now_drawn, (row.layer, row.z, row.x, row.y)


def test_numbers_stand_on_the_shapes_drawn_ahead_as_on_those_cut_now(town: Town) -> None:
    town.report()
    afar = [frame for frame in ahead.frames(editions.published()[0].id) if frame.z <= SHAPED_TO]
    cut = {frame: grids_of(town, frame) for frame in afar}
    ahead.draw()
    memory.forget()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ShapeAhead)) == sum(map(len, cut.values())) > 0
    for frame, features in cut.items():
        assert grids_of(town, frame) == features
    assert {one["properties"]["n"] for one in cut[afar[0]]} == {0, 1}


def test_a_tile_drawn_from_shapes_cuts_nothing(drawn: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    said = sent_by(monkeypatch)
    for z, cuts in ((SHAPED_TO, False), (SHAPED_TO + 1, True)):
        said.clear()
        assert drawn.get("centre", path(z=z) + "?layers=grids").status_code == 200
        assert any("ST_AsMVTGeom" in one for one in said) == cuts


def grids_of(town: Town, frame: Frame) -> list[Any]:
    """The grids of a tile as the centre sees them, by their code."""
    content = town.get("centre", f"/maps/tiles/{frame.z}/{frame.x}/{frame.y}.mvt?layers=grids").data
    found = mapbox_vector_tile.decode(content).get("grids", {"features": []})["features"]
    return sorted(found, key=lambda one: one["properties"]["code"])


def sent_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that psycopg is given from now on."""
    said: list[str] = []
    inner = psycopg.Cursor.execute
    monkeypatch.setattr(
        psycopg.Cursor, "execute", lambda self, one, *more, **how: said.append(one) or inner(self, one, *more, **how)
    )
    return said


def test_every_tile_on_which_a_grid_lies_is_drawn(town: Town) -> None:
    frames = set(ahead.frames(editions.published()[0].id))
    for z in ahead.ZOOMS:
        assert {Frame(*number(*place, z)) for place in (INSIDE, FAR_INSIDE)} <= frames


def test_a_vast_area_is_drawn_from_afar_only(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "TILES_MAX", 3)
    assert 0 < len(ahead.frames(editions.published()[0].id)) <= 3


def test_the_next_edition_is_drawn_before_it_begins_and_shows_no_name_of_the_old_one(town: Town, clock: Any) -> None:
    clock.set(now())
    ahead.draw()
    halves = {f"{VILLAGE}003": (0, 0, 0.35, 1), f"{VILLAGE}004": (0.35, 0, 1, 1), NEXT: (1, 0, 2, 1)}
    new = editions.publish(imported("乙版", halves), by=SYSTEM)
    db.session.commit()
    assert ahead.draw() > 0
    clock.set(new.valid_from + timedelta(hours=1))
    town.keys.clear()
    named = mapbox_vector_tile.decode(town.get("stranger", path() + BARE).data)
    assert HOME not in {one["properties"]["code"] for one in named["labels"]["features"]}
    assert HOME not in {one["properties"]["code"] for one in named["outlines"]["features"]}


def test_tiles_end_with_their_edition(town: Town) -> None:
    draft = imported("草稿", {NEXT: (1, 0, 2, 1)})
    db.session.add(TileAhead(edition_id=draft.id, layer="outlines", z=9, x=1, y=1, content=b"x"))
    db.session.flush()
    db.session.execute(sa.delete(Edition).where(Edition.id == draft.id))
    assert not db.session.scalar(sa.select(sa.exists().where(TileAhead.edition_id == draft.id)))


def test_a_tile_never_asked_for_takes_the_short_way_in_one_statement(
    drawn: Town, passed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn.key("desk")
    sent = sent_by(monkeypatch)
    short = drawn.get("desk", ELSEWHERE + BARE)
    assert (short.status_code, passed, len(sent)) == (200, [], 1)
    memory.forget()
    long = drawn.get("desk", ELSEWHERE + BARE)
    assert passed == ["maps.tile"]
    assert short.data == long.data
    for name in ("Content-Type", "ETag", "Cache-Control", "Vary", "Content-Security-Policy", "X-Content-Type-Options"):
        assert short.headers[name] == long.headers[name]
    assert drawn.get("desk", ELSEWHERE + BARE, If_None_Match=short.headers["ETag"]).status_code == 304


@pytest.mark.parametrize(
    "more", ["&layers=grids", "&layers=events", "&layers=heat", "&layers=whistles", "&state=closed"]
)
def test_what_holds_numbers_goes_on_to_the_application(drawn: Town, passed: list[str], more: str) -> None:
    assert drawn.get("desk", ELSEWHERE + BARE + more).status_code == 200
    assert passed == ["maps.tile"]


def test_who_reads_no_maps_or_has_no_token_gets_none(drawn: Town, passed: list[str]) -> None:
    assert drawn.get("admin", ELSEWHERE + BARE).status_code == 403
    assert drawn.get(None, ELSEWHERE + BARE).status_code == 401
    drawn.key("desk")
    ended = sa.update(Token).where(Token.person_id == drawn.persons["desk"]).values(revoked_at=now())
    db.session.execute(ended.execution_options(synchronize_session=False))
    db.session.commit()
    assert drawn.get("desk", ELSEWHERE + BARE).status_code == 401


@pytest.mark.parametrize("where", ["21/0/0", "3/8/0", "9/99999999/1", "9/-1/1", "9/1/1x"])
def test_a_tile_that_is_none_is_refused_as_ever(drawn: Town, where: str) -> None:
    assert drawn.get("desk", f"/maps/tiles/{where}.mvt{BARE}").status_code in (404, 422)


def test_names_stand_in_their_grid(town: Town) -> None:
    assert set(clusters.spots(memory.state())) >= {HOME, NEXT}
