"""The security administrator's import (名册导入): a file is tried first, then stored whole; codes come on paper.

Job: carry the file to the room that reads it, show a report per row, lay out the codes for printing.
Never: keep the file or a code.
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from flask import render_template, request
from flask_babel import gettext as _

from server.access import Actor
from server.console import admin, asking, sheets
from server.console.admin import SECURITY
from server.console.doorway import picture
from server.console.frame import is_fragment, room
from server.errors import Refusal

PICTURES_MAX = 120
"""QR pictures on one page; more codes come as a table and a file."""


@room.page("/admin/import", may=SECURITY, name="admin_import")
def show_import(by: Actor, **more: Any) -> str:
    """Show the form, and what came of the last file."""
    return render_template("admin/import_result.html" if is_fragment() else "admin/import.html", **more)


@room.page("/admin/import", may=SECURITY, methods=("POST",), name="admin_do_import")
def do_import(by: Actor) -> Any:
    """Examine a roster, or store it."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return show_import(by, wrong=_("请先选择名册文件。"))
    body = {
        "name": file.filename[-200:],
        "content": base64.b64encode(file.read()).decode(),
        "check_only": request.form.get("go") != "store",
        "partial": "partial" in request.form,
    }
    try:
        found = asking.do("roster.import_roster", by, body).body
    except Refusal as refusal:
        return show_import(by, wrong=admin.told(refusal), detail=refusal.detail)
    files = {"code_file": _file(found), "report_file": _report(found)}
    return show_import(by, found=found, codes=_codes(found["codes"]), **files, was_check=body["check_only"])


def _codes(codes: list[dict[str, str]]) -> list[dict[str, str]]:
    draws = len(codes) <= PICTURES_MAX
    return [one | ({"qr": picture(f"gridwhistle:enrol:{one['code']}")} if draws else {}) for one in codes]


def _report(found: dict[str, Any]) -> str:
    """Return the whole report as a file: a row per fault, and one for each row without."""
    rows: list[tuple[Any, ...]] = [(_("行"), _("账号"), _("姓名"), _("结果"), _("列"), _("问题"), _("处理"))]
    for row in found["rows"]:
        said = (row["number"], row["username"], row["name"], row["result"])
        faults = row["faults"] or [{"column": "", "problem": "", "advice": ""}]
        rows += [(*said, one["column"], one["problem"], one["advice"]) for one in faults]
    return _csv(rows)


def _file(found: dict[str, Any]) -> str:
    """Return the codes as a file that the browser makes from the page itself: nothing is kept to be fetched again."""
    codes = [(one["username"], one["name"], one["code"]) for one in found["codes"]]
    return _csv([(_("账号"), _("姓名"), _("一次性码")), *codes])


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([sheets.plain(cell) for cell in row] for row in rows)
    return "data:text/csv;charset=utf-8," + quote("\ufeff" + out.getvalue())
