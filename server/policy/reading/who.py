"""Units, roles and permissions (单位、角色、权限).

Files: `units.csv`, `townships.csv`, `offices.csv`, `roles.csv`, `permissions.csv`. Never names a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from server.policy.model import Permission, Role, Unit
from server.policy.reading.sheet import Row, Sheets

UNIT_KINDS = frozenset({"party", "gov", "vertical", "mass", "enterprise", "judicial"})
OFFICE_KINDS = frozenset({"office", "field_unit"})
LETTERS = frozenset("ogvtdcam*E")
NONE = "-"
SYSTEM = "SYS"  # acts by itself and stands in no column of the table


def units(sheets: Sheets) -> dict[str, Unit]:
    """Departments, then townships, each followed by its offices and field units (spec 9.3, 9.4)."""
    departments = sheets.keyed("unit", sheets.rows("units.csv", ("code", "zh", "en", "kind", "dispatchable", "source")))
    found = {code: _department(code, row) for code, row in departments.items()}
    columns = ("code", "zh", "en", "built_up", "takes_part", "source")
    townships = sheets.keyed("unit", sheets.rows("townships.csv", columns))
    offices = sheets.rows("offices.csv", ("suffix", "zh", "en", "kind", "department", "source"))
    templates = sheets.keyed("office", offices, "suffix").values()
    for row in templates:
        if row.maybe("department"):
            row.choice("department", departments, "unit")
        row.choice("kind", OFFICE_KINDS)
    for code, row in townships.items():
        township = _township(code, row)
        found[code] = township
        found.update((unit.code, unit) for unit in _offices(township, templates))
    return found


def _department(code: str, row: Row) -> Unit:
    return Unit(
        code=code,
        zh=row.text("zh"),
        en=row.text("en"),
        kind=row.choice("kind", UNIT_KINDS),
        parent="",
        township="",
        department="",
        dispatchable=row.flag("dispatchable"),
        built_up=False,
        takes_part=True,
        source=row.text("source"),
    )


def _township(code: str, row: Row) -> Unit:
    takes_part = row.flag("takes_part")
    return Unit(
        code=code,
        zh=row.text("zh"),
        en=row.text("en"),
        kind="township",
        parent="",
        township=code,
        department="",
        dispatchable=takes_part,
        built_up=row.flag("built_up"),
        takes_part=takes_part,
        source=row.text("source"),
    )


def _offices(township: Unit, templates: Iterable[Row]) -> Iterator[Unit]:
    for row in templates:
        yield Unit(
            code=f"{township.code}-{row.text('suffix')}",
            zh=f"{township.zh}{row.text('zh')}",
            en=f"{township.en}, {row.text('en')}",
            kind=row.maybe("kind"),
            parent=township.code,
            township=township.code,
            department=row.maybe("department"),
            dispatchable=False,
            built_up=township.built_up,
            takes_part=township.takes_part,
            source=row.text("source"),
        )


def roles(sheets: Sheets) -> dict[str, Role]:
    """The roles of spec 12, SYS among them."""
    rows = sheets.keyed("role", sheets.rows("roles.csv", ("code", "zh", "en", "scope", "administers", "source")))
    return {
        code: Role(code, row.text("zh"), row.text("en"), row.text("scope"), row.flag("administers"), row.text("source"))
        for code, row in rows.items()
    }


def permissions(sheets: Sheets, known: Mapping[str, Role]) -> dict[str, Permission]:
    """The permission table of spec 12: a column per role but SYS, a cell of scope letters or '-'."""
    columns = [code for code in known if code != SYSTEM]
    head = ("action", "zh", "administration", *columns, "source")
    rows = sheets.keyed("permission", sheets.rows("permissions.csv", head), "action")
    return {
        action: Permission(
            action,
            row.text("zh"),
            MappingProxyType({role: letters for role in columns if (letters := _letters(row, role))}),
            row.flag("administration"),
            row.text("source"),
        )
        for action, row in rows.items()
    }


def _letters(row: Row, role: str) -> frozenset[str]:
    cell = row.text(role)
    found = frozenset() if cell == NONE else frozenset(cell)
    for letter in sorted(found - LETTERS):
        row.findings.unknown(row.place, "scope letter", letter, LETTERS | {NONE})
    return found
