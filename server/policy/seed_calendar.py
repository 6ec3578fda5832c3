"""Writes the calendar files from the holiday notices that the library chinesecalendar knows.

A year it does not know becomes provisional: weekends only, and said so. Run once a year, when the State Council has
published its notice: ``gridwhistle policy seed-calendar``. Never run while serving.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from chinese_calendar.constants import Holiday, holidays, workdays

NOTICES = {
    2024: "https://www.gov.cn/zhengce/zhengceku/202310/content_6911528.htm",
    2025: "https://www.gov.cn/zhengce/zhengceku/202411/content_6986383.htm",
    2026: "https://www.gov.cn/zhengce/zhengceku/202511/content_7047091.htm",
}
NO_NOTICE = "default: no notice yet, weekends only"
_ZH = {holiday.value: holiday.chinese for holiday in Holiday}


def seed(years: Iterable[int], folder: Path) -> dict[int, str]:
    """Write `calendar.csv` and `calendar_years.csv` for these years into `folder`; returns each year's status."""
    chosen = sorted(years)
    library = f"chinesecalendar {version('chinesecalendar')}"
    known = {day.year for day in holidays}
    days = [
        (day.isoformat(), kind, _ZH[names[day]] + note, NOTICES.get(day.year, library))
        for kind, names, note in (("off", holidays, ""), ("work", workdays, "调休上班"))
        for day in names
        if day.year in chosen
    ]
    status = {year: "published" if year in known else "provisional" for year in chosen}
    sources = {year: NOTICES.get(year, library) if year in known else NO_NOTICE for year in chosen}
    _write(folder / "calendar.csv", ("date", "kind", "name", "source"), sorted(days))
    _write(
        folder / "calendar_years.csv",
        ("year", "status", "source"),
        [(year, status[year], sources[year]) for year in chosen],
    )
    return status


def _write(path: Path, head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)
