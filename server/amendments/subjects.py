"""What can be amended in the console: the dispatch directory and the calendar, each with its files.

Job: name the files of a subject, write tables back as text.
Never: know what a table means.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Row = Mapping[str, str]
Files = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """A part of the policy that is amended as a whole."""

    code: str
    zh: str
    en: str
    files: tuple[str, ...]


DIRECTORY = Subject("directory", "派单目录与镇街职责清单", "dispatch directory", ("directory.csv", "duty_list.csv"))
CALENDAR = Subject("calendar", "工作日历", "working calendar", ("calendar.csv", "calendar_years.csv"))
SUBJECTS = {one.code: one for one in (DIRECTORY, CALENDAR)}


def rows(text: str) -> list[dict[str, str]]:
    """Return the lines of a table by column."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def written(head: Sequence[str], lines: Iterable[Row]) -> str:
    """Return a table as text, the way the shipped files are written."""
    out = io.StringIO()
    table = csv.DictWriter(out, head, lineterminator="\n")
    table.writeheader()
    table.writerows(lines)
    return out.getvalue()
