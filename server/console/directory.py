"""The dispatch directory (派单目录): what holds, the draft beside it, a trial run, versions with their differences.

Job: forms around the routes of amendments; what they refuse is shown beside the form with everything still there.
Never: judge a share.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from flask import render_template, request
from flask_babel import lazy_gettext as _

from server import access, policy
from server.access import Actor
from server.console import asking, choices, language, openable, tables, wording
from server.console.asking import ask
from server.console.doorway import said
from server.console.frame import forward, room
from server.console.tables import EXPORT, Table
from server.db import db
from server.errors import NotFound, Refusal
from server.http import SIGNED_IN
from server.policy import TOWN

MAY = "config.rules"
BLANK_ROWS, SHOWN = 2, 6
ASKED = ("q", "unit")
LABELS = {"q": _("案由编号或名称"), "unit": _("单位")}
"""The filters of the address."""


def _may(by: Actor) -> bool:
    return access.may(by, MAY)


def _draft(by: Actor) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = ask("amendments.show_draft", by)
    except Refusal:
        return None
    return found


def _page(name: str, by: Actor, **more: Any) -> str:
    units = [unit for unit in policy.current().units.values() if unit.takes_part and unit.dispatchable]
    given = {"may_edit": _may(by), "draft": _draft(by) if _may(by) else None, "units": units, "town": TOWN}
    return render_template(f"directory/{name}.html", **given, chosen=request.args, **more)


def _trying(what: Callable[[], Any], again: Callable[[str], str], address: str) -> Any:
    """Do ``what`` and go on to ``address``; a refusal is told on the page that ``again`` draws."""
    try:
        what()
    except Refusal as refusal:
        db.session.rollback()
        return again(refused(refusal)), refusal.status
    return forward(address)


def refused(refusal: Refusal) -> str:
    """Return what a refusal says, with the findings of the policy's own checks."""
    findings = refusal.facts.get("findings") or refusal.facts.get("errors") or ()
    lines = findings.items() if isinstance(findings, dict) else findings
    return str(_("；")).join([said(refusal), *(_finding(one) for one in list(lines)[:SHOWN])])


def _finding(one: Any) -> str:
    if isinstance(one, dict):
        words = language.named(one).removesuffix(".")
        return " ".join(str(part) for part in (one.get("line"), words) if part) or str(one)
    return " ".join(str(part) for part in one) if isinstance(one, tuple) else str(one)


@room.page("/directory", may=SIGNED_IN)
def directory(by: Actor) -> str:
    """Show the leaves with their units."""
    asked = tables.kept(*ASKED)
    found, wrong = tables.read(lambda: ask("amendments.show_directory", by, **asked), LABELS)
    leaves = found["items"]
    versions = ask("amendments.list_versions", by, subject="directory")["items"]
    shown = {
        "leaves": leaves,
        "groups": [(head, list(found)) for head, found in groupby(leaves, key=_group)],
        "in_force": next((one for one in versions if one["state"] == "in_force"), None),
        "coming": [one for one in versions if one["state"] == "coming"],
        "drafted": _drafted(by),
        "kept": tables.kept(*ASKED),
        "may_export": access.may(by, EXPORT),
        "wrong": wrong,
    }
    return _page("leaves", by, departments=choices.departments(), **shown)


COLUMNS: tuple[tables.Cell, ...] = (
    (_("案由"), lambda row: row["code"]),
    (_("名称"), language.named),
    (_("大类"), lambda row: row["group_zh"]),
    (_("分工"), lambda row: _("牵头") if row["role"] == "lead" else _("协办")),
    (_("单位"), lambda row: _("属地镇街") if row["unit"] == TOWN else wording.unit(row["unit"])),
    (_("占比 %"), lambda row: row["share_pct"]),
    (_("依据"), lambda row: row["basis"]),
    (_("可由镇街牵头"), lambda row: "、".join(map(_town, row["townships"]))),
)


def _town(code: str) -> str:
    return str(_("全部镇街")) if code == "all" else wording.unit(code)


def _shares(by: Actor) -> Iterator[tables.Row]:
    """Yield a row per unit of each leaf that the address asks for."""
    for leaf in ask("amendments.show_directory", by, **tables.kept(*ASKED))["items"]:
        yield from ({**leaf, **line} for line in leaf["units"])


tables.declare("/directory/export.<sort>", Table("directory", _("派单目录"), EXPORT, lambda: COLUMNS, _shares))


def _group(leaf: dict[str, Any]) -> tuple[str, str]:
    return leaf["group"], leaf["group_en"] if language.code() == "en" else leaf["group_zh"]


def _drafted(by: Actor) -> set[str]:
    """Return the leaves that the draft says something else of."""
    draft = _draft(by) if _may(by) else None
    return {one["leaf"]["code"] for one in draft["changes"]} if draft else set()


@room.page("/directory/leaves/<leaf>", may=SIGNED_IN, name="directory_leaf")
def show_leaf(by: Actor, leaf: str) -> str:
    """Show one leaf: what holds, and the draft as a form for who keeps the rules."""
    return _leaf(by, leaf)


def _leaf(by: Actor, leaf: str, wrong: str = "") -> str:
    told = ask("amendments.show_leaf", by, {"leaf": leaf})
    typed = request.form if wrong else None
    rows = _typed_rows() if typed else told["drafted"]["units"]
    blank: list[dict[str, Any]] = [{}] * BLANK_ROWS
    return _page("leaf", by, told=told, rows=[*rows, *blank], wrong=wrong, townships=choices.townships())


def _typed_rows() -> list[dict[str, Any]]:
    columns = [request.form.getlist(name) for name in ("unit", "role", "share_pct", "basis")]
    return [
        {"unit": unit, "role": role, "share_pct": int(share) if share.isdecimal() else 0, "basis": basis.strip()}
        for unit, role, share, basis in zip(*columns, strict=False)
        if unit
    ]


@room.page("/directory/leaves/<leaf>", may=MAY, methods=("POST",), name="directory_change")
def change_leaf(by: Actor, leaf: str) -> Any:
    """Write the leaf into the draft, which is begun when there is none."""

    def write() -> None:
        begun = asking.do("amendments.begin_draft", by).body
        revision = request.form.get("revision", type=int) or begun["revision"]
        body = {"revision": revision, "units": _typed_rows(), "townships": request.form.getlist("townships")}
        asking.do("amendments.change_leaf", by, body, path={"leaf": leaf})

    return _trying(write, lambda wrong: _leaf(by, leaf, wrong), "/directory/draft")


@room.page("/directory/draft", may=MAY, name="directory_draft")
def show_draft(by: Actor) -> str:
    """Show what the draft changes, how the last days would have gone, and the form that lets it hold."""
    return _draft_page(by)


def _draft_page(by: Actor, wrong: str = "") -> str:
    draft = _draft(by)
    if draft is None:
        raise NotFound
    trial = ask("amendments.try_draft", by, days=request.args.get("days") or 30)
    named = (("event", event["id"]) for leaf in trial["leaves"] for event in leaf["examples"])
    return _page("draft", by, trial=trial, wrong=wrong, typed=request.form, opens=openable.among(named, by))


@room.page("/directory/draft/<any(adopt, discard):act>", may=MAY, methods=("POST",), name="directory_settle")
def settle_draft(by: Actor, act: str) -> Any:
    """Let the draft hold from a day on, or throw it away."""
    body: dict[str, Any] = {"revision": request.form.get("revision", type=int) or 0}
    if act == "adopt":
        body |= {name: request.form.get(name, "") for name in ("begins_on", "reason")}
    address = {"adopt": "/directory/versions", "discard": "/directory"}[act]
    return _trying(
        lambda: asking.do(f"amendments.{act}_draft", by, body), lambda wrong: _draft_page(by, wrong), address
    )


@room.page("/directory/versions", may=SIGNED_IN, name="directory_versions")
def versions(by: Actor) -> str:
    """Show the adopted versions."""
    return _page("versions", by, versions=ask("amendments.list_versions", by, subject="directory")["items"])


@room.page("/directory/versions/<uuid:id>", may=SIGNED_IN, name="directory_version")
def version(by: Actor, id: uuid.UUID) -> str:
    """Show one version with its differences."""
    return _version(by, id)


def _version(by: Actor, id: uuid.UUID, wrong: str = "") -> str:
    return _page("version", by, one=ask("amendments.show_version", by, {"id": id}), wrong=wrong)


@room.page("/directory/versions/<uuid:id>", may=MAY, methods=("POST",), name="directory_withdraw")
def withdraw(by: Actor, id: uuid.UUID) -> Any:
    """Take back a version that has not begun."""
    body = {"reason": request.form.get("reason", "")}
    return _trying(
        lambda: asking.do("amendments.withdraw_version", by, body, path={"id": id}),
        lambda wrong: _version(by, id, wrong),
        "/directory/versions",
    )
