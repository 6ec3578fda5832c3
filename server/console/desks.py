"""The desks (工作台): queues of what waits for a person, worked by keyboard, the case file beside them.

Job: rows of queues per desk; one page that draws any of them, its list live.
Never: know an act: those stand on the case file.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request
from flask_babel import lazy_gettext as _

from server import access
from server.access import Actor
from server.console import board, case_file, lists, offers
from server.console.asking import ask
from server.console.frame import room
from server.console.listing import query
from server.errors import Forbidden, NotFound
from server.flow import asked as subtasks
from server.flow.subtasks import SubtaskAsk
from server.http import SIGNED_IN
from server.reading import load

PAGE = 60


def count_subtasks(query: Mapping[str, Any], by: Actor) -> Any:
    """Return, to be put into a statement, how many sub-tasks the list with these filters holds."""
    return subtasks.count(load(SubtaskAsk, dict(query)), by, most=board.COUNTED_MAX)


COUNTS: Mapping[str, board.Count] = {
    "events": board.count_events,
    "whistles": board.count_whistles,
    "check-ins": board.count_check_ins,
    "subtasks": count_subtasks,
}
"""List → how its rows are counted."""
PARTS = ("subtask.set", "subtask.named", "subtask.done")
"""Lines about a part of an item, which no arrow writes: a queue of such parts changes with them."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits: its name, its words, the list and filters it is a part of; ``rings``: a new row makes a sound."""

    name: str
    zh: Any
    listed: str
    query: Mapping[str, Any]
    rings: bool = False
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk: its address, words, who works at it, and its queues."""

    path: str
    zh: Any
    roles: frozenset[str]
    queues: tuple[Queue, ...]


LATE = Queue("late", _("红灯"), "events", {"open": "true", "overdue": "true"}, tone="red")
ASKED = Queue("asked", _("子任务"), "subtasks", {}, rings=True)
SET = Queue("set", _("我布置的"), "subtasks", {"whose": "set"})
CALLED = {"state": ["notified", "responded"], "open": "true"}
ON_SITE = {"state": ["checked_in", "working"], "open": "true"}
LEADS, HELPS = {"part": "lead"}, {"part": "co", "open": "true"}
UNRELEASED = ["working", "released", "no_show"]
DESKS: dict[str, Desk] = {
    "township": Desk(
        "/township", _("镇街工作台"), frozenset({"TWD", "TWL", "CEN"}),
        (
            Queue("file", _("待立案"), "events", {"state": ["reported"]}),
            Queue("dispatch", _("待派遣"), "events", {"state": ["filed"]}),
            Queue("handling", _("处置中"), "events", {"state": ["dispatched", "accepted", "handling", "suspended"]}),
            Queue("check", _("待核查"), "events", {"state": ["handled", "self_done"]}),
            LATE,
            Queue("unplaced", _("位置待定"), "events", {"open": "true", "placement": "outside"}),
            Queue("screen", _("网格哨研判"), "whistles", {"state": ["screening"]}, rings=True),
            Queue("whistles", _("进行中的哨"), "whistles", {"state": ["blown", "assembling", "handling"]}, tone="blue"),
            Queue("release", _("待撤离评价"), "check-ins", {"state": UNRELEASED, "open": "true"}),
            Queue("judge", _("待销哨"), "whistles", {"state": ["resolved"]}),
            ASKED,
            SET,
        ),
    ),
    "department": Desk(
        "/department", _("部门工作台"), frozenset({"DPD", "DPH", "DPL"}),
        (
            Queue("alarm", _("哨声"), "check-ins", CALLED, rings=True, tone="red"),
            Queue("on_site", _("在现场"), "check-ins", ON_SITE, tone="blue"),
            Queue("missed", _("未报到"), "check-ins", {"state": ["no_show"], "open": "true"}, tone="red"),
            Queue("accept", _("待签收"), "events", LEADS | {"state": ["dispatched"]}, rings=True),
            Queue("start", _("待处置"), "events", LEADS | {"state": ["accepted"]}),
            Queue("handling", _("处置中"), "events", LEADS | {"state": ["handling"]}),
            Queue("suspended", _("挂起"), "events", LEADS | {"state": ["suspended"]}),
            Queue("handled", _("待核查"), "events", LEADS | {"state": ["handled"]}),
            Queue("helping", _("协办"), "events", HELPS),
            ASKED,
            SET,
            LATE,
        ),
    ),
}  # fmt: skip
"""Name → desk."""


Counted = Sequence[tuple[Queue, int]]
"""Queues, and how many wait in each."""


def find(name: str, by: Actor) -> tuple[Desk, Counted]:
    """Return the desk of that name and its queues that ``by`` may read, with how many wait in each.

    Raises:
        NotFound, Forbidden.
    """
    desk = DESKS.get(name)
    if desk is None:
        raise NotFound
    if not desk.roles & by.roles:
        raise Forbidden
    listed = [one for one in desk.queues if access.may(by, lists.BY_NAME[one.listed].may)]
    counts = board.counted([COUNTS[one.listed](one.query, by) for one in listed])
    return desk, list(zip(listed, counts, strict=True))


def chosen(counted: Counted, name: str | None) -> Queue:
    """Return the queue of that name, by default the first in which something waits.

    Raises:
        NotFound.
    """
    if name is None:
        return next((one for one, n in counted if n), counted[0][0])
    found = next((one for one, _n in counted if one.name == name), None)
    if found is None:
        raise NotFound
    return found


def shown(desk: Desk, counted: Counted, queue: Queue, by: Actor) -> dict[str, Any]:
    """Return what the live part of a desk shows: the queues with their counts, the rows of the open one."""
    listing = lists.BY_NAME[queue.listed]
    asked = dict(queue.query) | query(listing, request.args, by)
    found = ask(listing.route, by, **asked, limit=PAGE)
    return {
        "desk": desk,
        "queue": queue,
        "queues": [{"queue": one, "count": board.shown_count(n), "is_empty": not n} for one, n in counted],
        "rows": sorted(found["items"], key=lambda row: row["due_at"] or "9999"),
        "all": f"/lists/{queue.listed}?{urlencode(queue.query, doseq=True)}",
        "is_more": found["next_cursor"] is not None,
        "chosen": request.args,
    }


def actions() -> str:
    """Return the names of the live stream's events that change a desk."""
    return " ".join((board.actions(), *PARTS))


@room.page("/<any(township, department):name>", may=SIGNED_IN, name="desk")
@room.page("/<any(township, department):name>/<queue>", may=SIGNED_IN, name="desk_queue")
def desk(by: Actor, name: str, queue: str | None = None) -> str:
    """Show a desk, with the case file of ``item`` when the address names one."""
    place, counted = find(name, by)
    found = chosen(counted, queue)
    item = request.args.get("item", type=uuid.UUID)
    kind = _kind(found) or request.args.get("kind", "")
    opened = case_file.given(offers.card_of(kind, item, by), by) if item else {"card": None}
    return render_template(
        "desk.html", **shown(place, counted, found, by), **opened, actions=actions(), kind=_kind(found)
    )


@room.page("/<any(township, department):name>/<queue>/now", may=SIGNED_IN, name="desk_now")
def desk_now(by: Actor, name: str, queue: str) -> str:
    """Return the live part of a desk."""
    place, counted = find(name, by)
    found = chosen(counted, queue)
    return render_template("desk_now.html", **shown(place, counted, found, by), kind=_kind(found))


def _kind(queue: Queue) -> str:
    """Return the kind of the items that wait in a queue; empty where each row names the item it is about."""
    machine = lists.BY_NAME[queue.listed].machine
    return machine.kind if machine else ""
