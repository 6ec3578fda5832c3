"""Time: promises and their limits (时限承诺), ladders (催办阶梯), the calendar (日历) and the law (法定期限).

Files: `promises.csv`, `limits.csv`, `ladders.csv`, `calendar.csv`, `calendar_years.csv`, `sensitive_periods.csv`,
`law.csv`. Never computes a moment.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Literal, cast

from server.policy.limit import Limit, LimitUnit
from server.policy.model import (
    CIRCUMSTANCES,
    CalendarDay,
    CalendarYear,
    Ladder,
    LegalDeadline,
    LimitRow,
    Promise,
    Rung,
    SensitivePeriod,
)
from server.policy.reading.sheet import NO_DAY, Row, Sheets

LAMPS = ("green", "yellow", "red")
DOES = frozenset({"remind", "breach", "no_show", "escalate", "propose_supervision", "lapse"})
BOUNDS = ("at_most", "at_least", "exactly", "reference")
COUNTABLES = frozenset({"people", "months", "years"})
_PERCENT = re.compile(r"([1-9]\d{0,4}) ?%")
_EVERY = re.compile(r"every (.+)")


def promises(sheets: Sheets, closed: Mapping[str, Collection[str]], ladders: Collection[str]) -> dict[str, Promise]:
    """The promise of each clock with its limits; `closed` holds the words a circumstance may take."""
    columns = ("code", "zh", "starts_at_zh", "items", "ladder", "statutory", "pausable", "is_right", "source")
    rows = sheets.keyed("promise", sheets.rows("promises.csv", columns))
    kept = _limits(sheets, rows, closed)
    return {
        code: Promise(
            code=code,
            zh=row.text("zh"),
            starts_at_zh=row.text("starts_at_zh"),
            items=row.words("items", closed["item"]),
            ladder=row.choice("ladder", ladders),
            statutory=row.flag("statutory"),
            pausable=row.flag("pausable"),
            is_right=row.flag("is_right"),
            rows=tuple(kept[code]),
            source=row.text("source"),
        )
        for code, row in rows.items()
    }


def _limits(
    sheets: Sheets, clocks: Collection[str], closed: Mapping[str, Collection[str]]
) -> Mapping[str, list[LimitRow]]:
    found: dict[str, list[LimitRow]] = defaultdict(list)
    for row in sheets.rows("limits.csv", ("clock", "when", "limit", "source")):
        clock, when = row.choice("clock", clocks), _circumstances(row, closed)
        if any(other.when == when for other in found[clock]):
            row.findings.add(row.place, f"{clock} 已有同样条件的时限", f"{clock} has a limit for the same case already")
        found[clock].append(LimitRow(when, row.limit("limit"), row.text("source")))
        words = " ".join(f"{key}={word}" for key, word in when.items())
        sheets.places.setdefault(("limit", f"{clock} {words}"), row.place)
    return found


def _circumstances(row: Row, closed: Mapping[str, Collection[str]]) -> dict[str, str]:
    """``urgency=U1 item=event`` as a mapping."""
    found: dict[str, str] = {}
    for word in row.words("when"):
        key, _, value = word.partition("=")
        if key not in CIRCUMSTANCES:
            row.findings.unknown(row.place, "circumstance", key, CIRCUMSTANCES)
        elif value not in closed.get(key, (value,)) or not value:
            row.findings.unknown(row.place, key, value, closed.get(key, ()))
        found[key] = value
    return found


def ladders(sheets: Sheets, roles: Collection[str]) -> dict[str, Ladder]:
    """The ladders: rungs at a percentage of the limit, the last line ``every …`` repeated for ever."""
    rungs: dict[str, list[Rung]] = defaultdict(list)
    repeats: dict[str, tuple[Limit, Rung]] = {}
    for row in sheets.rows("ladders.csv", ("ladder", "at", "does", "tells", "lamp", "zh", "source")):
        name, at = row.text("ladder"), row.text("at")
        sheets.places.setdefault(("ladder", name), row.place)
        sheets.places["rung", f"{name} {len(rungs[name])}"] = row.place
        if percent := _PERCENT.fullmatch(at):
            rungs[name].append(_rung(row, int(percent[1]) / 100, roles))
        elif every := _EVERY.fullmatch(at):
            repeats[name] = _repeat(row, every[1]), _rung(row, 0.0, roles)
        else:
            en = f"'at' must be a percentage of the limit such as '80 %' or 'every 1 WD', not '{at}'"
            row.findings.add(row.place, f"“at”应为时限的百分比（如 80 %）或 every 1 WD，不是“{at}”", en)
    for name in rungs.keys() - repeats.keys():
        en = f"ladder {name} needs a last line 'every 1 WD', or a late clock falls silent"
        sheets.findings.add(sheets.places["ladder", name], f"阶梯 {name} 缺少最后的 every 行", en)
    return {name: Ladder(name, tuple(steps), *repeats[name]) for name, steps in rungs.items() if name in repeats}


def _repeat(row: Row, text: str) -> Limit:
    return Row(row.place, {"every": text}, row.findings).limit("every")


def _rung(row: Row, factor: float, roles: Collection[str]) -> Rung:
    lamp = cast(Literal["green", "yellow", "red"], row.choice("lamp", LAMPS))
    return Rung(
        factor, row.words("does", DOES), row.words("tells", roles, "role"), lamp, row.text("zh"), row.text("source")
    )


def years(sheets: Sheets) -> dict[int, CalendarYear]:
    """The years of the calendar and whether their notice is known."""
    found = {}
    for row in sheets.rows("calendar_years.csv", ("year", "status", "source")):
        status = cast(Literal["published", "provisional"], row.choice("status", ("published", "provisional")))
        year = row.number("year", 2000, 2999)
        if year in found:
            row.findings.add(row.place, f"{year} 年重复", f"{year} is there twice")
        sheets.places["year", str(year)] = row.place
        found[year] = CalendarYear(year, status, row.text("source"))
    return found


def calendar(sheets: Sheets, known: Mapping[int, CalendarYear]) -> dict[date, CalendarDay]:
    """The days that are not what their weekday says."""
    found: dict[date, CalendarDay] = {}
    for row in sheets.keyed("day", sheets.rows("calendar.csv", ("date", "kind", "name", "source")), "date").values():
        day = row.day("date")
        kind = cast(Literal["off", "work"], row.choice("kind", ("off", "work")))
        if day is NO_DAY:
            continue
        if day.year not in known:
            en = f"{day} lies in a year that calendar_years.csv does not list"
            row.findings.add(row.place, f"{day} 所在年份未列入 calendar_years.csv", en)
        provisional = day.year not in known or known[day.year].status == "provisional"
        found[day] = CalendarDay(day, kind, row.text("name"), provisional, row.text("source"))
    return found


def sensitive_periods(sheets: Sheets) -> tuple[SensitivePeriod, ...]:
    """The sensitive periods, in the order of the file."""
    found = []
    for row in sheets.rows("sensitive_periods.csv", ("begins", "ends", "zh", "source")):
        period = SensitivePeriod(row.day("begins"), row.day("ends"), row.text("zh"), row.text("source"))
        if period.ends < period.begins:
            row.findings.add(row.place, "结束早于开始", "ends before it begins")
        found.append(period)
    return tuple(found)


def law(sheets: Sheets) -> dict[str, LegalDeadline]:
    """The legal deadlines of spec 4."""
    columns = ("code", "zh", "en", "value", "unit", "bound", "binds", "confidence", "source")
    return {
        code: LegalDeadline(
            code=code,
            zh=row.text("zh"),
            en=row.text("en"),
            value=row.number("value", 1, 1000),
            unit=row.choice("unit", COUNTABLES | frozenset(LimitUnit)),
            bound=cast(Literal["at_most", "at_least", "exactly", "reference"], row.choice("bound", BOUNDS)),
            binds=row.words("binds"),
            confidence=row.text("confidence"),
            source=row.text("source"),
        )
        for code, row in sheets.keyed("law", sheets.rows("law.csv", columns)).items()
    }
