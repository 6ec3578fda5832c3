"""The leaders' page (指标): the day in one screen: figures with both counts, silent departments, overdue, a map.

Job: choose a period, ask the figures, name the page of records behind each number.
Never: compute a figure, or show a person.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request
from flask_babel import lazy_gettext as _

from server import access, bounds
from server.access import Actor
from server.console import board, choices, language, tables
from server.console.asking import ask
from server.console.frame import room
from server.console.records import LABELS
from server.db import CN, now
from server.errors import Invalid
from server.figures.acts import WrongPeriod
from server.figures.asked import MAY
from server.maps import picture

SHOWN = ("K01", "K02", "K03", "K04", "K05", "K06", "K07", "K08", "K09", "K10")
TARGETS = {"K01": True, "K02": True, "K03": True, "K04": False, "K05": False, "K08": True, "K09": True}
"""Whether more is better, where that is clear (K10: neither); colours the change and nothing else."""
DAY = timedelta(days=1)
Span = tuple[date, date]
ROWS = 40
"""Grids in the table beside the small map; the others stand beside the map itself."""
PERIODS: dict[str, tuple[Any, Callable[[date], date]]] = {
    "day": (_("今日"), lambda day: day),
    "week": (_("本周"), lambda day: day - timedelta(days=day.weekday())),
    "month": (_("本月"), lambda day: day.replace(day=1)),
    "year": (_("本年"), lambda day: day.replace(month=1, day=1)),
}
"""Code → words, and the first day of the period that holds a day."""


def _today() -> date:
    return now().astimezone(CN).date()


def period() -> tuple[str, Span]:
    """Return the period of the address: one of ``PERIODS`` to this day, or two days of its own."""
    name, given = request.args.get("period", "month"), request.args
    if given.get("from") and given.get("to"):
        try:
            own = date.fromisoformat(given["from"]), date.fromisoformat(given["to"])
        except ValueError:
            raise WrongPeriod from None
        if bounds.fault(own):
            raise WrongPeriod
        return "own", own
    name = name if name in PERIODS else "month"
    return name, (PERIODS[name][1](_today()), _today())


def before(name: str, span: Span) -> Span:
    """Return the same stretch of the period before: the first days of last month, week or year; else as many days."""
    first, last = span
    if name in ("month", "year"):
        start = PERIODS[name][1](first - DAY)
        return start, min(start + (last - first), first - DAY)
    length = timedelta(days=7) if name == "week" else last - first + DAY
    return first - length, last - length


def _fields(span: Span) -> dict[str, str]:
    asked = {"from": span[0].isoformat(), "to": span[1].isoformat(), "township": request.args.get("township", "")}
    return {name: text for name, text in asked.items() if text}


@room.page("/leaders", may=MAY)
def leaders(by: Actor) -> str:
    """Show the day in one screen."""
    try:
        name, span = period()
        found = _parts(name, span, by)
    except Invalid as refusal:
        name, span = "month", (PERIODS["month"][1](_today()), _today())
        found = {"wrong": tables.trouble(refusal, LABELS)}
    wide = {
        "townships": choices.townships() if is_district_wide(by) else [],
        "township": request.args.get("township", ""),
    }
    return render_template("leaders.html", period=name, span=span, periods=PERIODS, today=_today(), **wide, **found)


def is_district_wide(by: Actor) -> bool:
    """Tell whether ``by`` sees the figures of the whole district."""
    return any("a" in access.letters(hat.role, MAY) for hat in by.hats)


def _parts(name: str, span: Span, by: Actor) -> dict[str, Any]:
    fields = _fields(span)
    figures = ask("figures.show_figures", by, **fields)
    earlier = ask("figures.show_figures", by, **_fields(before(name, span)))["figures"]
    units = ask("figures.show_units", by, **fields)["items"]
    return {
        "figures": [_figure(now_, then, fields) for now_, then in zip(figures["figures"], earlier, strict=True)
                    if now_["code"] in SHOWN],
        "taken_at": figures["taken_at"],
        "tiles": board.tiles(by),
        "overdue": _pile(units, "overdue", fields),
        "silent": _silent(units, fields),
        "map": _map(span, by),
        "address": urlencode(fields),
    }  # fmt: skip


def records_address(code: str, variant: str, side: str, fields: dict[str, str]) -> str:
    """Return the page of the records on one side of a figure."""
    return f"/leaders/records/{code}?{urlencode({'variant': variant, 'side': side, **fields})}"


def _figure(one: dict[str, Any], then: dict[str, Any], fields: dict[str, str]) -> dict[str, Any]:
    """Return a figure with its name, its addresses and how it changed against the period before."""
    delta = None if None in (one["value"], then["value"]) else round(one["value"] - then["value"], 2)
    better = TARGETS.get(one["code"])
    tone = "" if not delta or better is None else ("good" if (delta > 0) == better else "bad")
    sides = {side: records_address(one["code"], one["variant"], side, fields) for side in ("above", "below")}
    return one | {"name": language.named(one), "delta": delta, "tone": tone, "then": then["text"], **sides}


def _pile(units: list[dict[str, Any]], code: str, fields: dict[str, str]) -> list[dict[str, Any]]:
    """Return the units with anything in a pile, the fullest first, each with the page of its records."""
    found = sorted((one for one in units if one[code]), key=lambda one: (-one[code], one["unit"]))
    most = max((one[code] for one in found), default=1)
    return [
        {
            "unit": one["unit"],
            "n": one[code],
            "share": round(100 * one[code] / most),
            "address": _unit(code, one, fields),
        }
        for one in found
    ]


def _unit(code: str, one: dict[str, Any], fields: dict[str, str]) -> str:
    return f"/leaders/units/{code}?{urlencode({'unit': one['unit'], **fields})}"


def _silent(units: list[dict[str, Any]], fields: dict[str, str]) -> list[dict[str, Any]]:
    """Return the departments that left calls unanswered or never came, the most silent first."""
    found = [one for one in units if one["silent"] or one["absent"]]
    found.sort(key=lambda one: (-one["silent"], -one["absent"], one["unit"]))
    return [one | {f"at_{name}": _unit(name, one, fields) for name in ("silent", "absent", "called")} for one in found]


def _map(span: Span, by: Actor) -> dict[str, Any] | None:
    """Return the small picture: a path and a class per grid, for who may see events."""
    drawn = picture.of_now() if access.may(by, "event.view") else None
    if drawn is None:
        return None
    asked = {"from": span[0].isoformat(), "to": span[1].isoformat(), "township": request.args.get("township", "")}
    try:
        told = ask("maps.density_of_events", by, **asked)
    except Invalid:
        return None
    classes = {one["code"]: (one["class"] + 1 if one["n"] else 0) for one in told["items"]}
    paths = [(path, classes.get(code)) for code, path in drawn.paths]
    full = sorted((one for one in told["items"] if one["n"]), key=lambda one: (-one["per_km2"], one["code"]))
    shown = {"width": drawn.width, "height": drawn.height, "paths": paths, "total": told["total"]}
    return shown | {"rows": full[:ROWS], "left": max(0, len(full) - ROWS)}
