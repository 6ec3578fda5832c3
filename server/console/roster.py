"""The roster of a township (值守): who stands in which grid today, and where nobody does.

Job: one row per grid with its people and its gaps.
Never: show a position or a telephone.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from flask import render_template, request

from server import access, policy
from server.access import Actor
from server.console import choices
from server.console.frame import room
from server.db import db, now
from server.grids import staff
from server.grids.models import BASE, Edition, Grid, in_force
from server.people.desks import today
from server.people.models import Appointment, Leave
from server.people.rules import GRID_ROLES

MOST = 900
NEEDED = ("GLD", "GWF")
"""A grid without one of these has a gap."""


@room.page("/roster", may="grid.edit")
def roster(by: Actor) -> str:
    """Show the grids in reach; ``gaps`` alone when the address says so, ``township`` for the district's people."""
    codes = _grids(by)
    people: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    gone = _away()
    for row in staff.staff(code for code, *_ in codes):
        if row["name"]:
            people[row["grid_code"]][row["role"]].append(row | {"is_away": row["id"] in gone})
    rows = [_row(code, name, village, people[code]) for code, name, village in codes]
    gaps = [row for row in rows if row["gaps"]]
    shown = gaps if request.args.get("gaps") else rows
    return render_template(
        "roster.html",
        rows=shown,
        all=len(rows),
        gaps=len(gaps),
        roles=policy.current().roles,
        columns=sorted(GRID_ROLES),
        townships=choices.townships(),
        chosen=request.args,
    )


def _grids(by: Actor) -> list[Any]:
    query = (
        sa.select(Grid.code, Grid.name, Grid.village_code)
        .join(Edition, Edition.id == Grid.edition_id)
        .where(Edition.layer == BASE, in_force(now()), access.within(by, "grid.edit", Grid))
    )
    if request.args.get("township"):
        query = query.where(Grid.township_code == request.args["township"])
    return list(db.session.execute(query.order_by(Grid.code).limit(MOST)).all())


def _away() -> set[Any]:
    """Return the appointments whose holders are on leave today."""
    query = sa.select(Appointment.id).join(Leave, Leave.person_id == Appointment.person_id)
    return set(db.session.scalars(query.where(Leave.first_day <= today(), Leave.last_day >= today())))


def _row(code: str, name: str, village: str | None, people: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    present = {role for role, held in people.items() if any(not one["is_away"] for one in held)}
    gaps = [role for role in NEEDED if role not in present]
    return {"code": code, "name": name, "village": village, "people": people, "gaps": gaps}
