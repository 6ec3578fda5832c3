"""The working calendar (工作日历): a year at a glance, what is only provisional, and the loading of a new notice.

Job: months as people draw them; a notice is tried first: which open promises would move.
Never: guess a holiday.
"""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

from flask import render_template, request

from server import access
from server.access import Actor
from server.console import asking, openable
from server.console.asking import ask
from server.console.directory import refused
from server.console.frame import forward, room
from server.db import db
from server.errors import Refusal
from server.http import SIGNED_IN
from server.people.desks import today

MAY = "config.rules"
SATURDAY = 5


@room.page("/calendar", may=SIGNED_IN, name="calendar")
def show(by: Actor) -> str:
    """Show a year."""
    return _page(by)


def _page(by: Actor, **more: Any) -> str:
    told = ask("amendments.show_calendar", by, year=request.values.get("year"))
    special = {date.fromisoformat(str(one["date"])): one for one in told["days"]}
    months = [_month(told["year"], month, special) for month in range(1, 13)]
    unknown = [one["year"] for one in told["years"] if one["status"] == "provisional"]
    given = {
        "told": told,
        "months": months,
        "status": next((one for one in told["years"] if one["year"] == told["year"]), None),
        "wanted": unknown[0] if unknown else told["year"] + 1,
        "may_edit": access.may(by, MAY),
        "typed": request.form,
        "loaded": "loaded" in request.args,
    }
    return render_template("calendar.html", **given, **more)


def _month(year: int, month: int, special: dict[date, dict[str, Any]]) -> dict[str, Any]:
    weeks = calendar.Calendar().monthdatescalendar(year, month)
    found = [[_day(day, month, special) for day in week] for week in weeks]
    return {"month": month, "weeks": found, "works": sum(bool(day and day["works"]) for week in found for day in week)}


def _day(day: date, month: int, special: dict[date, dict[str, Any]]) -> dict[str, Any] | None:
    if day.month != month:
        return None
    known = special.get(day)
    kind = known["kind"] if known else ("off" if day.weekday() >= SATURDAY else "")
    return {
        "day": day.day,
        "kind": kind,
        "works": kind != "off",
        "name": known["name"] if known else "",
        "is_today": day == today(),
    }


@room.page("/calendar", may=MAY, methods=("POST",), name="calendar_notice")
def load_notice(by: Actor) -> Any:
    """Try a notice, or put it in force: open deadlines are then counted anew."""
    text = _text() or request.form.get("text", "")
    body: dict[str, Any] = {"text": text, **{name: request.form.get(name, "") for name in ("source", "reason")}}
    body |= {"year": request.form.get("year", type=int) or 0, "check_only": "adopt" not in request.form}
    try:
        found = asking.do("amendments.load_notice", by, body).body
    except Refusal as refusal:
        db.session.rollback()
        return _page(by, wrong=refused(refusal), text=text), refusal.status
    if not body["check_only"]:
        return forward(f"/calendar?year={body['year']}&loaded=1")
    named = ((one["kind"], one["id"]) for one in found["effect"]["examples"])
    return _page(by, tried=found, text=text, opens=openable.among(named, by))


def _text() -> str:
    """Return the words of the file that was sent, in UTF-8 or GB 18030; empty when there is none."""
    file = request.files.get("file")
    raw = file.read() if file is not None and file.filename else b""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""
