"""The file: CSV in UTF-8 or GB 18030, or XLSX; Chinese or English headings in any order.

Job: turn a file into numbered rows of trimmed text under our own column names.
Never: judge a value, or take a column nobody asked for.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl

HEADINGS = {
    "name": ("姓名",),
    "username": ("账号", "用户名"),
    "phone": ("手机", "手机号", "电话"),
    "role": ("角色", "岗位"),
    "unit": ("单位",),
    "grid": ("网格", "网格编码", "grid_code"),
    "first": ("起", "起始日期", "valid_from"),
    "last": ("止", "截止日期", "valid_to"),
}
"""Our column → what it may be called besides; personal data beyond these is neither asked for nor taken (spec 13.1)."""
DEMANDED = ("name", "username", "role")
ROWS_MAX = 100_000
_COLUMN = {word: column for column, words in HEADINGS.items() for word in (column, *words)}


class SheetError(Exception):
    """The file cannot be read as a table of staff; the message says why and what to do, in Chinese."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as the spreadsheet shows it, and its cells by our column names."""

    number: int
    cells: dict[str, str]


def rows(file: Path) -> list[Row]:
    """Return the rows of ``file`` without the blank ones.

    Raises:
        SheetError: unreadable, a heading is missing, twice, or strange.
    """
    lines = _xlsx(file) if file.suffix.casefold() in {".xlsx", ".xlsm"} else _csv(file)
    numbered = enumerate(lines, start=1)
    columns = _columns(next(numbered, (1, []))[1])
    found = []
    for number, line in numbered:
        cells = {column: text for column, text in zip(columns, line, strict=False) if column and text}
        if cells:
            found.append(Row(number, cells))
        if len(found) > ROWS_MAX:
            raise SheetError(f"超过 {ROWS_MAX} 行，请分成几个文件导入")
    return found


def _columns(heads: list[str]) -> list[str]:
    columns = [_COLUMN.get(head.casefold(), "") for head in heads]
    strange = [head for head, column in zip(heads, columns, strict=True) if head and not column]
    if strange:
        known = "、".join(words[0] for words in HEADINGS.values())
        raise SheetError(f"不认识的列：{'、'.join(strange)}；请删除后再导入（可用的列：{known}）")
    for column in HEADINGS:
        if columns.count(column) > 1:
            raise SheetError(f"列“{HEADINGS[column][0]}”出现了 {columns.count(column)} 次，请只保留一列")
    if missing := [HEADINGS[column][0] for column in DEMANDED if column not in columns]:
        raise SheetError(f"缺少列：{'、'.join(missing)}；第一行应为表头")
    return columns


def _csv(file: Path) -> Iterator[list[str]]:
    raw = file.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise SheetError("文件编码无法识别，请另存为 UTF-8 编码的 CSV 或 XLSX")
    try:
        yield from ([cell.strip() for cell in line] for line in csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as problem:
        raise SheetError(f"CSV 格式有误：{problem}") from None


def _xlsx(file: Path) -> Iterator[list[str]]:
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError) as problem:
        raise SheetError(f"不是有效的 XLSX 文件：{problem}") from None
    try:
        sheet: Any = book.worksheets[0]
        yield from (_texts(line) for line in sheet.iter_rows(values_only=True))
    finally:
        book.close()


def _texts(line: Iterable[Any]) -> list[str]:
    return [_text(value) for value in line]


def _text(value: Any) -> str:
    """Return a cell as a person reads it: dates as dates, whole numbers without a point."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()
