"""What is reported and who deals with it: the category tree (案由), the dispatch directory (派单目录), the duty lists.

Files: `groups.csv`, `categories.csv`, `urgencies.csv`, `directory.csv`, `duty_list.csv`, `grid_work.csv`,
`reasons.csv`, `figures.csv`. Never weighs shares against each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, cast

from server.policy.model import (
    TOWN,
    Category,
    CategoryGroup,
    DirectoryEntry,
    Figure,
    GridDuty,
    Reason,
    Unit,
    Urgency,
)
from server.policy.reading.sheet import Row, Sheets
from server.policy.settings import Events

COMPONENT = "component"
SPECIAL = "special"
KINDS = frozenset({COMPONENT, "event", "service", "hazard", "petition", "dispute", SPECIAL})
BASES = frozenset({"practice", "law", "seed case", "default", "local"})
EVIDENCE = frozenset({"before", "after"})
EVERYWHERE = "all"


def groups(sheets: Sheets) -> dict[str, CategoryGroup]:
    """The branches of the category tree."""
    rows = sheets.keyed("group", sheets.rows("groups.csv", ("code", "zh", "en", "source")))
    return {code: CategoryGroup(code, row.text("zh"), row.text("en"), row.text("source")) for code, row in rows.items()}


def urgencies(sheets: Sheets) -> dict[str, Urgency]:
    """The five urgencies of spec 9.1."""
    columns = ("code", "zh", "en", "meaning_zh", "on_scene", "interim", "may_suspend", "may_extend")
    return {
        code: Urgency(
            code=code,
            zh=row.text("zh"),
            en=row.text("en"),
            meaning_zh=row.text("meaning_zh"),
            on_scene=row.maybe_limit("on_scene"),
            interim=row.maybe_limit("interim"),
            may_suspend=row.flag("may_suspend"),
            may_extend=row.flag("may_extend"),
            breaks_quiet_hours=row.flag("breaks_quiet_hours"),
            source=row.text("source"),
        )
        for code, row in sheets.keyed(
            "urgency", sheets.rows("urgencies.csv", (*columns, "breaks_quiet_hours", "source"))
        ).items()
    }


def leaves(sheets: Sheets) -> dict[str, Row]:
    """The rows of the category table by leaf, not yet joined with the directory."""
    first = ("code", "group", "zh", "en", "kind", "urgency", "self_handle", "limit", "evidence", "sensitive")
    return sheets.keyed("category", sheets.rows("categories.csv", (*first, "gb_code", "basis", "source")))


def directory(
    sheets: Sheets, known: Collection[str], units: Mapping[str, Unit]
) -> dict[str, tuple[DirectoryEntry, ...]]:
    """The dispatch directory by leaf, the lead unit first; a share is at least 1 % (R1)."""
    found: dict[str, list[DirectoryEntry]] = defaultdict(list)
    for row in sheets.rows("directory.csv", ("leaf", "unit", "role", "share_pct", "basis", "source")):
        leaf, unit = row.choice("leaf", known, "category"), row.choice("unit", {TOWN, *units}, "unit")
        role = cast(Literal["lead", "co"], row.choice("role", ("lead", "co")))
        share = row.number("share_pct", 1, 100)
        if any(entry.unit == unit for entry in found[leaf]):
            row.findings.add(row.place, f"{leaf} 已有单位 {unit}", f"{leaf} names the unit {unit} twice")
        found[leaf].append(DirectoryEntry(leaf, unit, role, share, row.maybe("basis"), row.text("source")))
        sheets.places.setdefault(("directory", leaf), row.place)
    return {leaf: tuple(sorted(entries, key=lambda entry: entry.role != "lead")) for leaf, entries in found.items()}


def duty_list(sheets: Sheets, known: Collection[str], units: Mapping[str, Unit]) -> dict[str, frozenset[str]]:
    """The townships that may lead a leaf (镇街职责清单, R11); ``all`` stands for every township."""
    every = frozenset(code for code, unit in units.items() if unit.kind == "township")
    found: dict[str, frozenset[str]] = {}
    rows = sheets.rows("duty_list.csv", ("leaf", "townships", "source"))
    for leaf, row in sheets.keyed("duty", rows, "leaf").items():
        row.choice("leaf", known, "category")
        row.text("source")
        named = frozenset(row.words("townships", {EVERYWHERE, *every}, "township"))
        found[leaf] = every if EVERYWHERE in named else named
    return found


@dataclass(frozen=True, slots=True)
class Around:
    """What a leaf refers to."""

    groups: Mapping[str, CategoryGroup]
    urgencies: Mapping[str, Urgency]
    directory: Mapping[str, tuple[DirectoryEntry, ...]]
    duty_list: Mapping[str, frozenset[str]]


def categories(leaf_rows: Mapping[str, Row], around: Around, rules: Events) -> dict[str, Category]:
    """The leaves of the category tree, each with its units and the radius of the duplicate test (spec 3.2)."""
    return {code: _category(code, row, around, rules) for code, row in leaf_rows.items()}


def _category(code: str, row: Row, around: Around, rules: Events) -> Category:
    kind, group = row.choice("kind", KINDS), row.choice("group", around.groups)
    branch = around.groups.get(group)
    entries = around.directory.get(code, ())
    return Category(
        code=code,
        group=group,
        group_zh=branch.zh if branch else "",
        group_en=branch.en if branch else "",
        zh=row.text("zh"),
        en=row.text("en"),
        kind=kind,
        urgency=row.choice("urgency", around.urgencies),
        lead=next((entry.unit for entry in entries if entry.role == "lead"), ""),
        co=tuple(entry.unit for entry in entries if entry.role == "co"),
        self_handle=row.flag("self_handle"),
        limit=row.limit("limit"),
        evidence=frozenset(row.words("evidence", EVIDENCE)),
        sensitive=row.flag("sensitive"),
        basis=row.choice("basis", BASES),
        duplicate_radius_m=rules.duplicate_radius_component_m if kind == COMPONENT else rules.duplicate_radius_m,
        on_township_duty_list=code in around.duty_list,
        gb_code=row.maybe("gb_code"),
        source=row.text("source"),
    )


def grid_work(sheets: Sheets) -> dict[str, GridDuty]:
    """The published kinds of grid work (准入清单)."""
    rows = sheets.keyed("grid_work", sheets.rows("grid_work.csv", ("code", "zh", "en", "source")))
    return {code: GridDuty(code, row.text("zh"), row.text("en"), row.text("source")) for code, row in rows.items()}


def reasons(sheets: Sheets) -> dict[str, Mapping[str, Reason]]:
    """The closed lists, by list and code."""
    found: dict[str, dict[str, Reason]] = defaultdict(dict)
    for row in sheets.rows("reasons.csv", ("list", "code", "zh", "en", "needs_text", "source")):
        name, code = row.text("list"), row.text("code")
        if code in found[name]:
            row.findings.add(row.place, f"{name} 已有“{code}”", f"{name} has '{code}' twice")
        found[name][code] = Reason(
            name, code, row.text("zh"), row.text("en"), row.flag("needs_text"), row.text("source")
        )
        sheets.places.setdefault(("reason", name), row.place)
    return {name: MappingProxyType(listed) for name, listed in found.items()}


def figures(sheets: Sheets) -> dict[str, Figure]:
    """The indicators of spec 11."""
    columns = ("code", "zh", "en", "formula", "formula_zh", "notes", "variants", "source")
    return {
        code: Figure(
            code=code,
            zh=row.text("zh"),
            en=row.text("en"),
            formula=row.text("formula"),
            formula_zh=row.maybe("formula_zh"),
            notes=row.maybe("notes"),
            variants=row.words("variants"),
            source=row.text("source"),
        )
        for code, row in sheets.keyed("figure", sheets.rows("figures.csv", columns)).items()
    }
