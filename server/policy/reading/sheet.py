"""Policy tables: CSV files with a header, read cell by cell, each cell with its type.

A cell that cannot be read is a finding and gets a harmless stand-in, so that one mistake is told once and the rest of
the file is still looked at. Never returns a row without a source.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from server.policy.findings import Findings, Place
from server.policy.limit import Limit, LimitTextError, LimitUnit

Thing = TypeVar("Thing")
FLAGS = {"0": False, "1": True}
NO_DAY = date.max  # stands in for a date that cannot be read


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table."""

    place: Place
    cells: Mapping[str, str]
    findings: Findings

    def maybe(self, column: str) -> str:
        """The trimmed text of a cell that may be empty."""
        return self.cells.get(column, "").strip()

    def text(self, column: str) -> str:
        """The text of a cell that must not be empty."""
        if not (found := self.maybe(column)):
            hint = "，注明出处，自定的写 default" if column == "source" else ""
            note = ": say where the value comes from, 'default' when the district decides" if column == "source" else ""
            self.findings.add(self.place, f"“{column}”不能为空{hint}", f"'{column}' must not be empty{note}")
        return found

    def choice(self, column: str, known: Collection[str], what: str = "") -> str:
        """A cell that must hold one of the `known` words."""
        found = self.text(column)
        if found and found not in known:
            self.findings.unknown(self.place, what or column, found, known)
        return found

    def words(self, column: str, known: Collection[str] | None = None, what: str = "") -> tuple[str, ...]:
        """Words parted by blanks, each of the `known` ones when given."""
        found = tuple(self.maybe(column).split())
        if known is not None:
            for word in found:
                if word not in known:
                    self.findings.unknown(self.place, what or column, word, known)
        return found

    def flag(self, column: str) -> bool:
        """0 or 1."""
        return FLAGS.get(self.choice(column, FLAGS), False)

    def number(self, column: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        found = self.text(column)
        if found.isascii() and found.isdecimal() and low <= int(found) <= high:
            return int(found)
        zh = f"“{column}”应为 {low} 至 {high} 的整数，不是“{found}”"
        self.findings.add(self.place, zh, f"'{column}' must be a whole number from {low} to {high}, not '{found}'")
        return low

    def limit(self, column: str) -> Limit:
        """A limit such as ``2 WH``."""
        return self._parsed(column, Limit.parse, Limit(1, LimitUnit.WORK_DAY), "时限")

    def maybe_limit(self, column: str) -> Limit | None:
        """A limit, or None when the cell is empty."""
        return self.limit(column) if self.maybe(column) else None

    def day(self, column: str) -> date:
        """A date such as ``2025-01-28``; `NO_DAY` when it is none."""
        return self._parsed(column, date.fromisoformat, NO_DAY, "日期（年-月-日）")

    def _parsed(self, column: str, parse: Callable[[str], Thing], otherwise: Thing, what: str) -> Thing:
        text = self.text(column)
        try:
            return parse(text)
        except (LimitTextError, ValueError) as error:
            if text:
                self.findings.add(self.place, f"“{column}”应为{what}，不是“{text}”", str(error))
            return otherwise


@dataclass(slots=True)
class Sheets:
    """The policy's files by name, with the findings about them and the place of each thing read so far."""

    files: Mapping[str, bytes]
    findings: Findings = field(default_factory=Findings)
    places: dict[tuple[str, str], Place] = field(default_factory=dict)

    def rows(self, name: str, columns: Collection[str]) -> list[Row]:
        """The lines of a table that has exactly these `columns`; a missing or strange column is a finding."""
        lines = csv.reader(io.StringIO(self.text(name), newline=""))
        head = next(lines, [])
        self._check_head(Place(name, 1), head, columns)
        found, above = [], lines.line_num
        for cells in lines:
            place, above = Place(name, above + 1), lines.line_num
            if len(cells) not in (0, len(head)):
                zh = f"有 {len(cells)} 列，表头有 {len(head)} 列：含逗号的文字要加引号"
                en = f"{len(cells)} cells under {len(head)} columns: put quotes around a text with commas"
                self.findings.add(place, zh, en)
            elif cells:
                found.append(Row(place, dict(zip(head, cells, strict=True)), self.findings))
        return found

    def keyed(self, kind: str, rows: Collection[Row], column: str = "code") -> dict[str, Row]:
        """The rows by the text of `column`, which must be unique; remembers their places as things of `kind`."""
        found: dict[str, Row] = {}
        for row in rows:
            if (key := row.text(column)) in found:
                first = found[key].place
                self.findings.add(row.place, f"“{key}”与 {first} 重复", f"'{key}' is there twice, first at {first}")
            elif key:
                found[key] = row
                self.places[kind, key] = row.place
        return found

    def text(self, name: str) -> str:
        """The file's text in UTF-8, with or without byte order mark."""
        try:
            return self.files[name].decode("utf-8-sig")
        except UnicodeDecodeError:
            self.findings.add(Place(name, 1), "不是 UTF-8 编码，请另存为 UTF-8", "not UTF-8: save the file as UTF-8")
            return ""

    def _check_head(self, place: Place, head: list[str], columns: Collection[str]) -> None:
        for column in head:
            if column not in columns:
                self.findings.unknown(place, "column", column, columns)
        for column in columns:
            if head.count(column) != 1:
                self.findings.add(place, f"应有一列“{column}”", f"needs the column '{column}' exactly once")
