"""The roster of a township (值守): who stands in which grid today, and where nobody does.

Job: one row per grid with its people and its gaps.
Never: show a position or a telephone.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import render_template, request
from flask_babel import lazy_gettext as _

from server import access, policy
from server.access import Actor
from server.console import choices, language, tables, wording
from server.console.frame import room
from server.console.tables import Table
from server.db import db, now
from server.errors import Forbidden, Invalid
from server.grids import staff
from server.grids.models import BASE, Edition, Grid, in_force
from server.people.desks import today
from server.people.models import Appointment, Leave
from server.people.rules import GRID_ROLES

MOST, PAGE = 900, 100
NEEDED = ("GLD", "GWF")
"""A grid without one of these has a gap."""
MAY = "grid.edit"


class UnknownTownship(Invalid):
    """There is no such township; choose one from the list.
    没有这个镇街，请从列表中选择。
    """


@room.page("/roster", may=MAY)
def roster(by: Actor) -> str:
    """Show the grids in reach; ``gaps`` alone when the address says so, ``township`` for the district's people."""
    found, wrong = tables.read(lambda: _page(by))
    wide = any("a" in access.letters(role, MAY) for role in by.roles)
    return render_template(
        "roster.html",
        rows=found["items"],
        all=found.get("all", 0),
        gaps=found.get("gaps", 0),
        next=tables.onward(found),
        wrong=wrong,
        kept=tables.kept(),
        roles=policy.current().roles,
        columns=sorted(GRID_ROLES),
        townships=choices.townships() if wide else [],
        may_export=access.may(by, tables.EXPORT),
    )


def _page(by: Actor) -> dict[str, Any]:
    """Return one page of the grids, how many there are and how many of them have a gap."""
    every = _rows(by)
    gaps = [row for row in every if row["gaps"]]
    shown = gaps if request.args.get("gaps") else every
    left = [row for row in shown if row["code"] > request.args.get("cursor", "")]
    cursor = left[PAGE - 1]["code"] if len(left) > PAGE else None
    return {"items": left[:PAGE], "next_cursor": cursor, "all": len(every), "gaps": len(gaps)}


def _rows(by: Actor) -> list[dict[str, Any]]:
    """Return a row per grid in reach that the address asks for, with its people and its gaps."""
    codes = _grids(by)
    people: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    gone = _away()
    for row in staff.staff(code for code, _name, _village in codes):
        if row["name"]:
            people[row["grid_code"]][row["role"]].append(row | {"is_away": row["id"] in gone})
    return [_row(code, name, village, people[code]) for code, name, village in codes]


def _columns() -> list[tables.Cell]:
    roles = policy.current().roles
    return [
        (_("网格"), lambda row: row["code"]),
        (_("名称"), lambda row: row["name"]),
        (_("村（社区）"), lambda row: wording.unit(row["village"])),
        *((language.named(roles[role]), partial(_names, role)) for role in sorted(GRID_ROLES)),
        (_("空缺"), lambda row: "、".join(language.named(roles[role]) for role in row["gaps"])),
    ]


def _names(role: str, row: tables.Row) -> str:
    """Return who stands in a grid in one role, and who of them is a deputy or away."""
    marks = (("deputy", _("代")), ("is_away", _("休假")))
    return "、".join(
        one["name"] + "".join(f"（{words}）" for mark, words in marks if one[mark])
        for one in row["people"].get(role, [])
    )


def _taken(by: Actor) -> list[dict[str, Any]]:
    if not access.may(by, MAY):
        raise Forbidden
    return [row for row in _rows(by) if row["gaps"] or not request.args.get("gaps")]


tables.declare("/roster/export.<sort>", Table("roster", _("网格值守"), tables.EXPORT, _columns, _taken))


def _grids(by: Actor) -> list[Any]:
    query = (
        sa.select(Grid.code, Grid.name, Grid.village_code)
        .join(Edition, Edition.id == Grid.edition_id)
        .where(Edition.layer == BASE, in_force(now()), access.within(by, MAY, Grid))
    )
    if township := request.args.get("township"):
        if township not in dict(choices.townships()):
            raise UnknownTownship
        query = query.where(Grid.township_code == township)
    if begins := request.args.get("q", "").strip():
        named = (column.contains(begins, autoescape=True) for column in (Grid.code, Grid.name))
        query = query.where(sa.or_(*named))
    return list(db.session.execute(query.order_by(Grid.code).limit(MOST)).all())


def _away() -> set[Any]:
    """Return the appointments whose holders are on leave today."""
    query = sa.select(Appointment.id).join(Leave, Leave.person_id == Appointment.person_id)
    return set(db.session.scalars(query.where(Leave.first_day <= today(), Leave.last_day >= today())))


def _row(code: str, name: str, village: str | None, people: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    present = {role for role, held in people.items() if any(not one["is_away"] for one in held)}
    gaps = [role for role in NEEDED if role not in present]
    return {"code": code, "name": name, "village": village, "people": people, "gaps": gaps}
