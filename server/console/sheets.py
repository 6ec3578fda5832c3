"""Tables as files (导出文件): CSV that office programs open in Chinese, and XLSX.

Job: write rows; say on the sheet where they come from; let no cell act as a formula.
Never: know what the rows are, or break off because of a character that no sheet can hold.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from flask import Response
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be reckoned by an office program (CSV injection)."""
Writer = Callable[[str, Sequence[str], Iterable[Sequence[Any]], str], Response]


def plain(value: Any) -> Any:
    """Return a value as a cell that is shown and never reckoned."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub(" ", str(value))  # a line broken in a word processor brings one along
    return f"'{text}" if text.startswith(FORMULA) else text


def as_csv(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]], note: str) -> Response:
    """Return a CSV in UTF-8 with its mark, so that office programs read Chinese; the note stands below."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([plain(cell) for cell in row] for row in rows)
    writer.writerow([])
    writer.writerow([f"# {note}"])
    return _file(out.getvalue().encode("utf-8-sig"), f"{name}.csv", "text/csv; charset=utf-8")


def as_xlsx(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]], note: str) -> Response:
    """Return an XLSX with a fixed head row; the note is a sheet of its own."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("数据")
    sheet.freeze_panes = "A2"
    sheet.append(_bold(sheet, head))
    for row in rows:
        sheet.append([plain(cell) for cell in row])
    book.create_sheet("说明").append([plain(note)])
    out = io.BytesIO()
    book.save(out)
    return _file(out.getvalue(), f"{name}.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def _bold(sheet: Any, head: Sequence[str]) -> list[Any]:
    from openpyxl.cell import WriteOnlyCell

    cells = [WriteOnlyCell(sheet, value=words) for words in head]
    for cell in cells:
        cell.font = Font(bold=True)
    return cells


def _file(content: bytes, name: str, kind: str) -> Response:
    response = Response(content, mimetype=kind.partition(";")[0], content_type=kind)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


WRITERS: dict[str, Writer] = {"csv": as_csv, "xlsx": as_xlsx}
"""Ending → how it is written."""
