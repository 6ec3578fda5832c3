"""The records behind a figure or a pile (指标明细): the items that a number counts, page by page, and to take away.

Job: name the side of the line, list its records with their numbers, offer a way to those that open.
Never: compute a figure, or hide a record that counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request
from flask_babel import lazy_gettext as _

from server import access
from server.access import Actor
from server.console import asking, language, openable, tables, wording
from server.console.asking import ask
from server.console.frame import room
from server.console.tables import EXPORT, Table
from server.errors import NotFound
from server.figures.asked import MAY

AT_ONCE = 50
SPAN = ("from", "to", "township")
LABELS = {"from": _("自"), "to": _("至"), "township": _("镇街"), "unit": _("单位")}
KINDS = {"event": _("网格事件"), "whistle": _("哨单"), "check_in": _("部门报到"), "objection": _("职责异议")}
COLUMNS: tuple[tables.Cell, ...] = (
    (_("类别"), lambda row: KINDS.get(row["kind"], row["kind"])),
    (_("编号"), lambda row: row["no"]),
    (_("单位"), lambda row: wording.unit(row["unit"]) if row.get("unit") else ""),
    (_("计数"), lambda row: row.get("times") or 1),
)


def _given(*more: str) -> dict[str, str]:
    return tables.kept(*SPAN, *more)


@room.page("/leaders/records/<code>", may=MAY, name="figure_records")
def figure_records(by: Actor, code: str) -> str:
    """List the records on one side of a figure."""
    given = _given("variant", "side")
    shown, wrong = tables.read(lambda: _of_figure(code, given, by), LABELS)
    return _page(shown, wrong, f"/leaders/records/{code}", by)


def _of_figure(code: str, given: dict[str, str], by: Actor) -> dict[str, Any]:
    figures = ask("figures.show_figures", by, **_given())["figures"]
    wanted = code, given.get("variant", "")
    figure = next((one for one in figures if (one["code"], one["variant"]) == wanted), None)
    if figure is None:
        raise NotFound
    is_above = given.get("side") != "below"
    return _asked("figures.show_records", {"code": code}, given, by) | {
        "title": f"{code} {language.named(figure)}",
        "side": _("分子") if is_above else _("分母"),
        "count": figure["numerator" if is_above else "denominator"],
        "formula": wording.formula(figure),
    }


def _asked(route: str, path: dict[str, str], given: dict[str, str], by: Actor) -> dict[str, Any]:
    found: dict[str, Any] = ask(route, by, path, **given, cursor=request.args.get("cursor"), limit=AT_ONCE)
    return found


@room.page("/leaders/units/<pile>", may=MAY, name="unit_records")
def unit_records(by: Actor, pile: str) -> str:
    """List the records of a unit in one pile."""
    shown, wrong = tables.read(lambda: _of_pile(pile, _given("unit"), by), LABELS)
    return _page(shown, wrong, f"/leaders/units/{pile}", by)


def _of_pile(pile: str, given: dict[str, str], by: Actor) -> dict[str, Any]:
    found = _asked("figures.show_pile", {"pile": pile}, given, by)
    told = ask("figures.show_units", by, **_given())
    unit = given.get("unit", "")
    return found | {
        "title": wording.translated(next(one["zh"] for one in told["piles"] if one["code"] == pile)),
        "side": wording.unit(unit) if unit else "",
        "count": sum(one[pile] for one in told["items"] if unit in ("", one["unit"])),
        "formula": "",
    }


def _page(shown: dict[str, Any], wrong: str, path: str, by: Actor) -> str:
    """Draw the records; what is wrong with the address is told above an empty list."""
    kept = tables.kept()
    back = urlencode({name: kept[name] for name in SPAN if name in kept and not wrong})
    blank = {"title": _("指标明细"), "side": "", "count": 0, "formula": "", "taken_at": None}
    more = {"next": tables.onward(shown), "kept": kept, "back": back, "path": path, "kinds": KINDS, "wrong": wrong}
    opens = openable.among(((row["kind"], row["id"]) for row in shown["items"]), by)
    more |= {"rows": shown["items"], "opens": opens, "may_export": access.may(by, EXPORT)}
    return render_template("leaders_records.html", **blank | shown | more)


def _taken(route: str, part: str, fields: tuple[str, ...], by: Actor, **path: str) -> Iterable[tables.Row]:
    return asking.all_of(route, by, {part: path[part]}, most=tables.EXPORT_MAX, **_given(*fields))


tables.declare(
    "/leaders/records/<code>/export.<sort>",
    Table("figure_records", _("指标明细"), EXPORT, lambda: COLUMNS,
          partial(_taken, "figures.show_records", "code", ("variant", "side"))),
)  # fmt: skip
tables.declare(
    "/leaders/units/<pile>/export.<sort>",
    Table("unit_records", _("单位清单明细"), EXPORT, lambda: COLUMNS,
          partial(_taken, "figures.show_pile", "pile", ("unit",))),
)  # fmt: skip
