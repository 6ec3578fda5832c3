"""The ways in to figures.

Never: compute.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import marshmallow as ma

from server.access import Actor
from server.db import now
from server.errors import NotFound
from server.figures import acts, units
from server.figures.asked import MAY, Asked
from server.flow.forms import of_category
from server.http import API, Room
from server.pages import LIMIT, LIMIT_MAX, PageOut
from server.people.places import IN_TOWNSHIP, OF_UNIT, in_grid

room = Room("figures", __name__, url_prefix=API, description="指标")


class FigureAsk(ma.Schema):
    """Period (days, both included) and part of the district."""

    first = ma.fields.Date(required=True, data_key="from", metadata={"description": "开始日期"})
    last = ma.fields.Date(required=True, data_key="to", metadata={"description": "结束日期（含）"})
    township = ma.fields.String(load_default=None, validate=IN_TOWNSHIP)
    grid = ma.fields.String(load_default=None, validate=in_grid)
    category = ma.fields.String(load_default=None, validate=of_category)
    unit = ma.fields.String(load_default=None, validate=OF_UNIT)


class RecordAsk(FigureAsk):
    """Which side of the line, from where."""

    side = ma.fields.String(load_default="above", validate=ma.validate.OneOf(("above", "below")))
    variant = ma.fields.String(load_default="", validate=ma.validate.Length(max=2))
    cursor = ma.fields.String(load_default=None, validate=ma.validate.Length(max=400))
    limit = ma.fields.Integer(load_default=LIMIT, validate=ma.validate.Range(1, LIMIT_MAX))


class FiguresOut(ma.Schema):
    """Figures with both counts, and the moment they were taken."""

    first = ma.fields.Date(data_key="from", required=True)
    last = ma.fields.Date(data_key="to", required=True)
    figures = ma.fields.List(ma.fields.Dict(), required=True)
    taken_at = ma.fields.AwareDateTime(required=True)


def _asked(data: dict[str, Any], by: Actor) -> Asked:
    since, until = acts.period(data["first"], data["last"])
    return Asked(since, until, by, data["township"], data["grid"], data["category"], data["unit"])


@room.get("/figures", may=MAY, asks=FigureAsk, gives=FiguresOut, zh="指标")
def show_figures(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return the figures of a period in the reader's scope; 0/0 is shown as —."""
    shown = {"from": data["first"].isoformat(), "to": data["last"].isoformat(), "taken_at": now().isoformat()}
    return shown | {"figures": acts.compute(_asked(data, by))}


@room.get("/figures/<code>/records", may=MAY, asks=RecordAsk, gives=PageOut, zh="指标明细")
def show_records(code: str, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return one page of the records behind one side of a figure."""
    page = {"cursor": data["cursor"], "limit": data["limit"]}
    return acts.records(_asked(data, by), code, data["variant"], data["side"], **page)


class UnitsOut(ma.Schema):
    """A row per unit with how many records lie in each pile."""

    items = ma.fields.List(ma.fields.Dict(), required=True)
    piles = ma.fields.List(ma.fields.Dict(), required=True)
    taken_at = ma.fields.AwareDateTime(required=True)


@room.get("/figures/by-unit", may=MAY, asks=FigureAsk, gives=UnitsOut, zh="单位清单")
def show_units(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return per unit what is overdue with it, which calls it left unanswered, where it never came."""
    piles = [{"code": pile.code, "zh": pile.zh, "is_now": pile.is_now} for pile in units.PILES]
    return {"items": units.by_unit(_asked(data, by)), "piles": piles, "taken_at": now().isoformat()}


@room.get("/figures/by-unit/<pile>/records", may=MAY, asks=RecordAsk, gives=PageOut, zh="单位清单明细")
def show_pile(pile: str, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return one page of the records of a pile, of one unit or all."""
    if pile not in units.BY_CODE:
        raise NotFound
    asked = replace(_asked(data, by), unit=None)
    return units.records(asked, pile, data["unit"], cursor=data["cursor"], limit=data["limit"])
