"""Whistle kinds (哨种) and the escalation table (提级规则): `whistles.csv`, `levels.csv`, `escalation.csv`.

Never applies a rule.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, cast

from server.policy import escalation
from server.policy.model import Condition, EscalationLevel, EscalationRule, WhistleKind
from server.policy.reading.sheet import Row, Sheets

GRID, TOWNSHIP = "grid", "township"


def whistles(sheets: Sheets, roles: Collection[str]) -> dict[str, WhistleKind]:
    """The four kinds of whistle (spec 7)."""
    columns = ("code", "zh", "en", "use_zh", "use_en", "grid_blowers", "township_blowers", "grid_screened")
    more = ("needs_law_article", "needs_leader", "calendar", "source")
    return {
        code: _whistle(code, row, roles)
        for code, row in sheets.keyed("whistle", sheets.rows("whistles.csv", (*columns, *more))).items()
    }


def _whistle(code: str, row: Row, roles: Collection[str]) -> WhistleKind:
    blowers = {level: frozenset(row.words(f"{level}_blowers", roles, "role")) for level in (GRID, TOWNSHIP)}
    return WhistleKind(
        code=code,
        zh=row.text("zh"),
        en=row.text("en"),
        use_zh=row.text("use_zh"),
        use_en=row.text("use_en"),
        blowers={level: found for level, found in blowers.items() if found},
        screened=frozenset({GRID}) if row.flag("grid_screened") else frozenset(),
        needs_law_article=row.flag("needs_law_article"),
        needs_leader=row.flag("needs_leader"),
        calendar=cast(Literal["24x7", "working"], row.choice("calendar", ("24x7", "working"))),
        source=row.text("source"),
    )


def levels(sheets: Sheets, roles: Collection[str]) -> dict[str, EscalationLevel]:
    """The levels of leadership, lowest first (spec 8)."""
    rows = sheets.keyed("level", sheets.rows("levels.csv", ("code", "zh", "en", "roles", "source")))
    return {
        code: EscalationLevel(
            code, row.text("zh"), row.text("en"), row.words("roles", roles, "role"), row.text("source")
        )
        for code, row in rows.items()
    }


def escalation_rules(sheets: Sheets, known: Collection[str]) -> tuple[EscalationRule, ...]:
    """The rules ER01 … (spec 8)."""
    columns = ("code", "level", "mandatory", "when", "zh", "reason", "source")
    rows = sheets.keyed("escalation", sheets.rows("escalation.csv", columns))
    return tuple(
        EscalationRule(
            code,
            row.choice("level", {*known, escalation.ONE_UP}),
            row.flag("mandatory"),
            _conditions(row),
            row.text("zh"),
            row.text("reason"),
            row.text("source"),
        )
        for code, row in rows.items()
    )


def _conditions(row: Row) -> tuple[Condition, ...]:
    try:
        return escalation.parse(row.maybe("when"))
    except ValueError as error:
        row.findings.add(row.place, f"条件“{row.maybe('when')}”写法不对", str(error))
        return ()
