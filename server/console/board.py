"""The duty board (值班看板): today's counts that open their lists, the wall of whistles, red clocks, newest events.

Job: put together what the lists of the API answer; one part that the live stream has drawn anew.
Never: count what its own list would not show.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import current_app, render_template
from flask_babel import lazy_gettext as _

from server import access, http, policy
from server.access import Actor, Hat
from server.console import language, navigation
from server.console.asking import ask
from server.console.frame import forward, room
from server.console.together import Together
from server.db import CN, db, now
from server.events import listing as events
from server.events.machine import EVENT
from server.flow.moves import MACHINES, Machine
from server.http import SIGNED_IN
from server.policy import Policy
from server.reading import load
from server.stream.shown import Heard, Part
from server.whistles import listing as whistles
from server.whistles.machine import CHECK_IN, WHISTLE

COUNTED_MAX = 10_000
"""Counting stops here; the board shows 9999+."""
WALL, RED, NEWEST = 40, 14, 16
HOT_URGENCY, HOT_WHISTLE = "U1", "EMERGENCY"
"""What makes a sound."""
SEEN = ("event.view", "whistle.view")
REPORTED = frozenset({"event.report"})
STEADY = timedelta(seconds=5)
"""How long wall and red clocks are taken as they were while only reports come in: clocks run out without a line."""
EVERYWHERE, PERSONAL = "a", frozenset("oc")
"""Letters of a scope that differ from person to person in the same post."""
NOBODY = uuid.UUID(int=2**128 - 1)
"""Created nothing, is assigned nothing: the last of all ids (RFC 9562)."""
Posts = frozenset[Hat]
"""The posts by which a board is seen, without who fills them."""
Count = Callable[[Mapping[str, Any], Actor], Any]
together = Together()


def count_events(query: Mapping[str, Any], by: Actor) -> Any:
    """Return, to be put into a statement, how many events the list with these filters holds."""
    return events.count(load(events.EventAsk, dict(query)), by, most=COUNTED_MAX)


def count_whistles(query: Mapping[str, Any], by: Actor) -> Any:
    """Return, to be put into a statement, how many whistles the list with these filters holds."""
    return whistles.count(WHISTLE, load(whistles.WhistleAsk, dict(query)), by, most=COUNTED_MAX)


def count_check_ins(query: Mapping[str, Any], by: Actor) -> Any:
    """Return, to be put into a statement, how many check-ins the list with these filters holds."""
    return whistles.count(CHECK_IN, load(whistles.CheckInAsk, dict(query)), by, most=COUNTED_MAX)


def counted(counts: Sequence[Any]) -> Sequence[int]:
    """Return the numbers of several lists, in one statement."""
    return db.session.execute(sa.select(*counts)).one() if counts else ()


@dataclass(frozen=True, slots=True)
class Tile:
    """A count of the board: its words, the list it opens, that list's filters and how to count them."""

    zh: Any
    listed: str
    query: Mapping[str, Any]
    count: Count
    may: str
    tone: str = ""


TODAY = "TODAY"
"""Stands for the first moment of this day in Beijing."""
TILES = (
    Tile(_("今日上报"), "events", {"since": TODAY}, count_events, "event.view"),
    Tile(_("待立案"), "events", {"state": ["reported"]}, count_events, "event.view"),
    Tile(_("待派遣"), "events", {"state": ["filed"]}, count_events, "event.view"),
    Tile(_("处置中"), "events", {"state": ["dispatched", "accepted", "handling"]}, count_events, "event.view"),
    Tile(_("待核查"), "events", {"state": ["handled", "self_done"]}, count_events, "event.view"),
    Tile(_("今日结案"), "events", {"state": ["closed"], "closed_since": TODAY}, count_events, "event.view"),
    Tile(_("超时未结"), "events", {"open": "true", "overdue": "true"}, count_events, "event.view", "red"),
    Tile(_("进行中的哨"), "whistles", {"open": "true"}, count_whistles, "whistle.view", "blue"),
    Tile(_("未报到部门"), "check-ins", {"state": ["no_show"], "open": "true"}, count_check_ins, "whistle.view", "red"),
)


def today() -> str:
    """Return the first moment of this day in Beijing, as addresses carry it."""
    return now().astimezone(CN).replace(hour=0, minute=0, second=0, microsecond=0).isoformat()


def tiles(by: Actor) -> list[dict[str, Any]]:
    """Return the counts ``by`` may see, each with the address of exactly what it counts."""
    asked = _asked(by)
    if not asked.tiles:
        return []
    counts = db.session.execute(asked.statement).one()
    return [_tile(*one) for one in zip(asked.tiles, asked.queries, counts, strict=True)]


class Asked(NamedTuple):
    """What is asked for somebody's tiles, and the policy it was made by."""

    policy: Policy
    tiles: Sequence[Tile]
    queries: Sequence[Mapping[str, Any]]
    statement: sa.Select[Any]


_made: dict[tuple[Any, ...], Asked] = {}
MADE_MAX = 200


def _asked(by: Actor) -> Asked:
    """Return what is asked for the tiles of ``by``: making the statement takes longer than asking it, so it is kept."""
    name, held = (by.person_id, by.hats, today()), policy.current()
    found = _made.get(name)
    if found is None or found.policy is not held:
        mine = [tile for tile in TILES if access.may(by, tile.may)]
        queries = [
            {field: today() if given == TODAY else given for field, given in tile.query.items()} for tile in mine
        ]
        counts = [tile.count(query, by) for tile, query in zip(mine, queries, strict=True)]
        if len(_made) >= MADE_MAX:
            _made.clear()
        found = _made[name] = Asked(held, mine, queries, sa.select(*counts))
    return found


def _tile(tile: Tile, query: Mapping[str, Any], count: int) -> dict[str, Any]:
    address = f"/lists/{tile.listed}?{urlencode(query, doseq=True)}"
    return {"words": tile.zh, "count": shown_count(count), "address": address, "tone": tile.tone if count else ""}


def shown_count(count: int) -> str:
    """Return a count as it is shown: where counting stopped, 9999+."""
    return f"{COUNTED_MAX - 1}+" if count >= COUNTED_MAX else str(count)


def wall(by: Actor) -> list[dict[str, Any]]:
    """Return the open whistles, the hottest first, each with a line per called department and its running clock."""
    if not access.may(by, "whistle.view"):
        return []
    found = ask("whistles.list_whistles", by, open="true", limit=WALL)["items"]
    due = {
        (one["whistle_id"], one["unit"]["code"]): one
        for one in ask("whistles.list_check_ins", by, open="true", limit=200)["items"]
    }
    for whistle in found:
        whistle["is_hot"] = whistle["kind_code"] == HOT_WHISTLE
        whistle["lines"] = [_line(one, due.get((whistle["id"], one["unit"]["code"]))) for one in whistle["check_ins"]]
        whistle["waiting"] = sum(line["stage"] in ("called", "coming", "late") for line in whistle["lines"])
    return sorted(found, key=_heat)


def _heat(whistle: dict[str, Any]) -> tuple[bool, bool]:
    """Return the place on the wall: an emergency somebody is waited for, somebody waited for, the rest."""
    is_waiting = whistle["waiting"] > 0
    return not (is_waiting and whistle["is_hot"]), not is_waiting


STAGES: tuple[tuple[str, Callable[[dict[str, Any]], bool]], ...] = (
    ("gone", lambda one: one["state"] in ("released", "evaluated", "excused")),
    ("there", lambda one: bool(one["arrived_at"])),
    ("late", lambda one: one["state"] == "no_show"),
    ("coming", lambda one: bool(one["responded_at"])),
    ("called", lambda one: True),
)
"""How far a department is; the first that holds."""


def _line(one: dict[str, Any], check_in: dict[str, Any] | None) -> dict[str, Any]:
    stage = next(name for name, holds in STAGES if holds(one))
    more = (
        {"id": check_in["id"], "due_at": check_in["due_at"], "expected_at": check_in["expected_at"]} if check_in else {}
    )
    return one | {"stage": stage, "id": None, "due_at": None, "expected_at": None} | more


def steady(by: Actor) -> dict[str, Any]:
    """Return what of the live part a new report leaves as it is: the wall and the red clocks."""
    may_events = access.may(by, "event.view")
    red = ask("events.list_events", by, open="true", overdue="true", limit=RED)["items"] if may_events else []
    return {"wall": wall(by), "red": sorted(red, key=lambda one: one["due_at"])}


def parts(by: Actor, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return everything the live part of the board shows; ``known`` is what of it is known to have stayed."""
    may_events = access.may(by, "event.view")
    newest = ask("events.list_events", by, limit=NEWEST)["items"] if may_events else []
    return {
        **(known or steady(by)),
        "tiles": tiles(by),
        "newest": newest,
        "fresh_after": (now() - timedelta(minutes=10)).isoformat(),
        "hot_urgency": HOT_URGENCY,
        "may_events": may_events,
    }


def actions() -> str:
    """Return the names of the live stream's events that change the board."""
    return " ".join(
        f"{kind}.{act}" for kind, machine in MACHINES.items() for act in {move.act for move in machine.moves}
    )


@room.page("/board", may=SIGNED_IN)
def board(by: Actor) -> Any:
    """Show the board; who sees neither events nor whistles is sent to the own work."""
    if not any(access.may(by, permission) for permission in SEEN):
        return forward(navigation.start(by))
    return render_template("board.html", actions=actions(), **parts(by))


@room.page("/board/now", may=SIGNED_IN)
def board_now(by: Actor) -> str:
    """Return the live part of the board to who asks: the stream shows it to whom it is drawn for without asking."""
    posts = alike(by)
    if posts is None:
        return render_template("board_now.html", **parts(by))
    draw = lambda: _drawn_for(posts)  # noqa: E731
    return together.answer((language.code(), posts), draw, aside=http.step_aside)


def draw(posts: Posts, code: str, heard: Heard) -> str:
    """Return the live part as it is for everybody of ``posts``, in the language ``code``; outside of any request.

    Where all that was ``heard`` of since are reports, wall and red clocks are taken as they were, for some seconds.
    """
    cookie = {"Cookie": f"{language.COOKIE}={code}"}
    with current_app.test_request_context("/board/now", headers=cookie), http.transaction():
        return _drawn_for(posts, _known(posts, heard))


_steady: dict[Posts, tuple[datetime, Mapping[str, Any]]] = {}


def _known(posts: Posts, heard: Heard) -> Mapping[str, Any]:
    at, known = _steady.get(posts, (None, {}))
    if heard is None or not heard <= REPORTED or at is None or now() - at >= STEADY:
        if len(_steady) >= MADE_MAX:
            _steady.clear()
        at, known = _steady[posts] = now(), steady(_in_nobodys_name(posts))
    return known


def _drawn_for(posts: Posts, known: Mapping[str, Any] | None = None) -> str:
    return render_template("board_now.html", **parts(_in_nobodys_name(posts), known))


def _in_nobodys_name(posts: Posts) -> Actor:
    """Return who sees what everybody of ``posts`` sees: nothing a person sees beyond can stand on others' boards."""
    return Actor(NOBODY, "", tuple(sorted(posts, key=str)))


def alike(by: Actor) -> Posts | None:
    """Return by which posts a reader sees what others of them see; None for who sees what those others do not.

    Same posts reach the same items, but for what is own: assigned to the person, or created out of the post's reach.
    """
    held = [letters for hat in by.hats for may in SEEN if (letters := access.letters(hat.role, may))]
    if not held or any(letters & PERSONAL for letters in held):
        return None
    own = [_own_elsewhere(machine, by) for machine in (EVENT, WHISTLE, CHECK_IN)]
    if not all(EVERYWHERE in letters for letters in held) and any(counted(own)):
        return None
    return frozenset(replace(hat, post_id=NOBODY) for hat in by.hats)


def _own_elsewhere(machine: Machine, by: Actor) -> Any:
    model = machine.model
    posted = sa.or_(*(access.within(by, permission, model) for permission in machine.view))
    elsewhere = sa.not_(sa.func.coalesce(posted, sa.false()))
    own = sa.select(sa.literal(1)).where(model.created_by == by.person_id, elsewhere).limit(1)
    return sa.select(sa.func.count()).select_from(own.subquery()).scalar_subquery()


LIVE = Part(alike, draw)
"""What the live stream shows of the board."""
