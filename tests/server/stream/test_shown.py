"""What hangs open is shown: a change stands on every board of its scope, on no other, drawn once for all who see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from server.access import Actor
from server.console import board
from server.db import db
from server.people import tokens
from server.people.models import Appointment, Post, Token
from server.stream.guard import listens_for
from server.stream.hub import Client, Hub
from server.stream.shown import ALONE, Heard, Part, Shown
from tests.server.stream.lines import publish_all
from tests.server.town import FAR_INSIDE, PUQIAN, Town


class Wall:
    """Boards that hang open in one process of the stream, and how often any part was drawn."""

    def __init__(self, town: Town) -> None:
        self.town, self.hub, self.draws = town, Hub(), 0
        self.shown = Shown(town.app, self.hub, {"board": Part(board.LIVE.alike, self._counted(board.LIVE.draw))})
        publish_all(self.hub)

    def _counted(self, draw: Callable[[Any, str, Heard], str]) -> Callable[[Any, str, Heard], str]:
        def counted(alike: Any, language: str, heard: Heard) -> str:
            self.draws += 1
            return draw(alike, language, heard)

        return counted

    def hang(self, who: str, language: str = "zh") -> Client:
        """Open a board and take what it is shown at first."""
        actor = tokens.read(self.town.key(who))
        assert actor is not None
        client = Client(actor, listens_for(actor), lambda: None)
        self.hub.join(client, None)
        self.shown.join(client, "board", language)
        return client

    def go_on(self) -> None:
        """Let everything that was committed reach the boards."""
        publish_all(self.hub)
        self.shown.round()


@pytest.fixture
def wall(real_town: Town) -> Iterator[Wall]:
    """An empty wall."""
    wall = Wall(real_town)
    yield wall
    wall.shown.hands.shutdown()


def shows(client: Client) -> str:
    """Return what the client was shown last, "" when nothing was since it was last looked at."""
    _, _, data = client.take().rpartition(b"event: shown\ndata: ")
    return str(orjson.loads(data.strip())) if data.strip().startswith(b'"') else ""


def test_what_one_does_stands_on_the_boards_of_the_scope_and_on_no_other(wall: Wall) -> None:
    desk, chief, centre, far = (wall.hang(who) for who in ("desk", "chief", "centre", "far_desk"))
    wall.go_on()
    assert all(shows(one) for one in (desk, chief, centre, far))
    event = wall.town.report("mei")
    wall.go_on()
    for one in (desk, chief, centre):
        assert f"n-{event['id']}" in shows(one)
    assert shows(far) == ""
    other = wall.town.report("stranger", lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
    wall.go_on()
    assert f"n-{other['id']}" in shows(far)
    assert shows(desk) == shows(chief) == ""
    assert f"n-{other['id']}" in shows(centre)


def test_a_part_is_drawn_once_for_all_who_see_the_same_however_much_happened(wall: Wall) -> None:
    boards = [wall.hang(who) for who in ("centre", "centre_two", "centre")]
    in_english = wall.hang("centre", "en")
    wall.go_on()
    assert wall.draws == 2
    for _ in range(3):
        wall.town.report("mei")
    wall.go_on()
    assert wall.draws == 4
    first, *others = [shows(one) for one in boards]
    assert first
    assert all(other == first for other in others)
    assert "今日上报" not in shows(in_english)
    wall.go_on()
    assert wall.draws == 4


def test_a_whistle_is_on_the_wall_at_once_though_reports_alone_leave_the_wall_as_it_was(wall: Wall) -> None:
    desk = wall.hang("desk")
    wall.town.report("mei")
    wall.go_on()
    assert 'id="w-' not in shows(desk)
    whistle = wall.town.blown(("DEP28",))
    wall.go_on()
    assert f"w-{whistle['id']}" in shows(desk)
    wall.town.report("mei")
    wall.go_on()
    assert f"w-{whistle['id']}" in shows(desk)


def test_what_one_sees_beyond_the_post_stands_on_nobody_elses_board(wall: Wall) -> None:
    desk, chief = wall.hang("desk"), wall.hang("chief")
    wall.go_on()
    assert shows(desk)
    own = wall.town.report("desk", lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
    wall.go_on()
    assert client_must_ask(desk)
    wall.town.report("mei")
    wall.go_on()
    assert own["id"] not in shows(chief)
    assert shows(desk) == ""


def client_must_ask(client: Client) -> bool:
    return client.take().endswith(ALONE)


def test_whose_session_ended_is_shown_nothing_more(wall: Wall) -> None:
    desk, colleague = wall.hang("desk"), wall.hang("chief")
    wall.go_on()
    desk.take()
    tokens.revoke(Token.person_id == wall.town.persons["desk"])
    db.session.commit()
    event = wall.town.report("mei")
    wall.go_on()
    assert b"shown" not in desk.take()
    assert desk.closing
    assert event["id"] in shows(colleague)


def test_who_takes_another_post_sees_its_board_from_the_next_round_on(wall: Wall) -> None:
    desk = wall.hang("desk")
    wall.go_on()
    desk.take()
    moved = sa.select(Appointment.post_id).where(Appointment.person_id == wall.town.persons["desk"])
    db.session.execute(sa.update(Post).where(Post.id.in_(moved)).values(unit_code=PUQIAN))
    db.session.commit()
    here = wall.town.report("mei")
    there = wall.town.report("stranger", lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
    wall.go_on()
    seen = shows(desk)
    assert there["id"] in seen
    assert here["id"] not in seen


def test_a_shared_board_is_drawn_in_nobodys_name(real_town: Town) -> None:
    far = real_town.report("desk", lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
    near = real_town.report("mei")
    actor = who(real_town, "desk")
    posts = frozenset(replace(hat, post_id=board.NOBODY) for hat in actor.hats)
    drawn = board.draw(posts, "zh", None)
    assert near["id"] in drawn
    assert far["id"] not in drawn


def who(town: Town, name: str) -> Actor:
    actor = tokens.read(town.key(name))
    assert actor is not None
    return actor


def test_of_two_parts_only_the_newer_is_sent() -> None:
    client = Client(None, {}, lambda: None)
    client.put(b"line ")
    client.show(b"old")
    client.show(b"new")
    assert client.take() == b"line new"
    assert not client.is_owed
