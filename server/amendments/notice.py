"""The notice of a year (放假安排通知): the State Council's holidays and make-up working days, as a small table.

Job: read a CSV, put it into the calendar's files, say what it would move, adopt it.
Never: guess a day, or rewrite a year that deadlines were computed by.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from server.access import Actor
from server.amendments import force, versions
from server.amendments.models import Amendment
from server.amendments.refusals import NoticeKnown, NoticeUnreadable
from server.amendments.subjects import CALENDAR, Files, rows, written
from server.clocks import courses, rules
from server.clocks.calendar import WorkCalendar
from server.clocks.models import Clock
from server.db import db, now
from server.policy import Policy

DAYS = ("date", "kind", "name", "source")
YEARS = ("year", "status", "source")
HEADS = {"日期": "date", "date": "date", "类型": "kind", "kind": "kind", "名称": "name", "name": "name"}
KINDS = {"off": "off", "放假": "off", "休": "off", "work": "work", "上班": "work", "调休上班": "work", "班": "work"}
FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
SHOWN, LOOKED_AT = 20, 5000


def read(year: int, text: str) -> list[dict[str, str]]:
    """Return the days of the notice in order; raises NoticeUnreadable with every fault."""
    lines = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    head = [HEADS.get(cell.strip().lower(), "") for cell in next(lines, [])]
    missing = [name for name in ("date", "kind", "name") if name not in head]
    if missing:
        head_words = _fault(1, "第一行应为表头：日期、类型、名称", "the head must be: date, kind, name")
        raise NoticeUnreadable(findings=[head_words])
    days: dict[str, dict[str, str]] = {}
    faults: list[dict[str, Any]] = []
    for number, cells in enumerate(lines, 2):
        if any(cell.strip() for cell in cells):
            _day(year, dict(zip(head, (cell.strip() for cell in cells), strict=False)), number, days, faults)
    if not days and not faults:
        faults.append(_fault(2, "没有一行日期", "no line holds a day"))
    if faults:
        raise NoticeUnreadable(findings=faults)
    return [days[day] for day in sorted(days)]


def _day(year: int, cells: dict[str, str], number: int, days: dict[str, Any], faults: list[dict[str, Any]]) -> None:
    day, kind = _date(cells.get("date", "")), KINDS.get(cells.get("kind", "").lower())
    wrong = (
        (day is None, f"“{cells.get('date', '')}”不是日期", f"“{cells.get('date', '')}” is no day"),
        (day is not None and day.year != year, f"{day} 不在 {year} 年", f"{day} is not in {year}"),
        (kind is None, f"“{cells.get('kind', '')}”应为“放假”或“上班”", f"“{cells.get('kind', '')}” is not off or work"),
        (not cells.get("name"), "缺少节日名称", "the holiday has no name"),
        (str(day) in days, f"{day} 重复", f"{day} is there twice"),
    )
    found = [_fault(number, zh, en) for is_wrong, zh, en in wrong if is_wrong]
    if found or day is None or kind is None:
        faults.extend(found)
    else:
        days[str(day)] = {"date": str(day), "kind": kind, "name": cells["name"]}


def _fault(line: int, zh: str, en: str) -> dict[str, Any]:
    return {"line": line, "zh": zh, "en": en}


def _date(text: str) -> date | None:
    for form in FORMATS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a date has no zone
        except ValueError:
            continue
    return None


def files(year: int, days: list[dict[str, str]], source: str) -> dict[str, str]:
    """Return the calendar's files with this year's notice; raises NoticeKnown."""
    before: Files = versions.files_at(CALENDAR)
    years = {line["year"]: line for line in rows(before["calendar_years.csv"])}
    if years.get(str(year), {}).get("status") == "published":
        raise NoticeKnown(year=year)
    years[str(year)] = {"year": str(year), "status": "published", "source": source}
    others = [line for line in rows(before["calendar.csv"]) if not line["date"].startswith(f"{year}-")]
    lines = sorted([*others, *({**day, "source": source} for day in days)], key=lambda line: line["date"])
    return {
        "calendar.csv": written(DAYS, lines),
        "calendar_years.csv": written(YEARS, [years[name] for name in sorted(years)]),
    }


def effect(book: Policy) -> dict[str, Any]:
    """Return how many open deadlines lean on a year not known yet, and which would move, the soonest first."""
    query = sa.select(Clock).where(Clock.provisional, Clock.stopped_at.is_(None)).order_by(Clock.due_at)
    clocks = db.session.scalars(query.limit(LOOKED_AT)).all()
    pauses, calendar = courses.pauses_of(clocks), WorkCalendar.of(book)
    moved = [
        {"kind": one.item_kind, "id": str(one.item_id), "code": one.code, "before": one.due_at, "after": due.at}
        for one in clocks
        if (due := rules.due(courses.course(one, pauses.get(one.id, ())), calendar)).at != one.due_at
    ]
    return {"provisional": len(clocks), "moved": len(moved), "examples": moved[:SHOWN]}


def adopt(year: int, new: Files, reason: str, source: str, by: Actor) -> Amendment:
    """Put the notice in force in a minute; the worker counts anew every deadline that leant on the unknown year."""
    made = versions.new(CALENDAR, new, by)
    made.source = source
    return versions.settle(made, now() + force.LEAD, reason or f"{year} 年放假安排", by)


def years(book: Policy) -> list[dict[str, Any]]:
    """Return the years of a calendar with their state and counts of days."""
    return [
        {
            "year": one.year,
            "status": one.status,
            "source": one.source,
            "off": sum(day.year == one.year and row.kind == "off" for day, row in book.calendar.items()),
            "work": sum(day.year == one.year and row.kind == "work" for day, row in book.calendar.items()),
        }
        for one in book.years.values()
    ]
