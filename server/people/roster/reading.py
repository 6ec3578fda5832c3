"""One row: from text to a person, a place and a span, or what is wrong with it and what to do.

Job: find the unit, the role and the grid that are meant; say every fault of the row at once, in Chinese.
Never: look into the database.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from server.people import rules
from server.people.acts import USERNAME, Place
from server.people.roster.sheet import Row
from server.people.sign_in import normal

PHONE = re.compile(r"(\+?86)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}")
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")
NAME_MAX = 60


class Fault(NamedTuple):
    """What is wrong in which column and what to do about it."""

    column: str
    problem: str
    advice: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row asks for. ``first`` None: from today, or as it is already."""

    number: int
    username: str
    name: str
    phone: str | None
    place: Place
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Directory:
    """What rows may speak of: units (code → kind and name), roles (code → name), grids in force (code → its unit)."""

    units: Mapping[str, tuple[str, str]]
    roles: Mapping[str, str]
    grids: Mapping[str, str]
    by_name: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list), init=False)

    def __post_init__(self) -> None:
        """Index units by name; two of one name are told apart by code only."""
        for code, (_, name) in self.units.items():
            self.by_name[name].append(code)


def read(row: Row, directory: Directory) -> Wanted | list[Fault]:
    """Return what the row asks for, or all its faults."""
    faults: list[Fault] = []
    username, name, phone = _person(row.cells, faults)
    role = _role(row.cells.get("role", ""), directory, faults)
    grid = _grid(row.cells.get("grid"), role, directory, faults)
    unit = _unit(row.cells.get("unit"), role, grid, directory, faults)
    first, last = (_day(row.cells.get(column), label, faults) for column, label in (("first", "起"), ("last", "止")))
    if first and last and last < first:
        faults.append(Fault("止", f"止期 {last} 早于起期 {first}", "请改正起止日期"))
    return faults or Wanted(row.number, username, name, phone, Place(role, unit, grid), first, last)


def _person(cells: Mapping[str, str], faults: list[Fault]) -> tuple[str, str, str | None]:
    username, name, phone = normal(cells.get("username", "")), cells.get("name", ""), cells.get("phone")
    if not USERNAME.fullmatch(username):
        faults.append(Fault("账号", f"账号“{username}”不可用", "填 2 至 64 个字母、数字或 . _ - @"))
    if not 0 < len(name) <= NAME_MAX:
        faults.append(Fault("姓名", "姓名为空或过长", f"填 1 至 {NAME_MAX} 个字"))
    if phone and not PHONE.fullmatch(phone):
        faults.append(Fault("手机", f"“{phone}”不是电话号码", "填 11 位手机号或带区号的座机，或留空"))
    return username, name, phone


def _role(text: str, directory: Directory, faults: list[Fault]) -> str:
    by_name = {name: code for code, name in directory.roles.items()}
    code = text.upper() if text.upper() in directory.roles else by_name.get(text, "")
    if not code or code in rules.NO_POST:
        names = "、".join(name for one, name in directory.roles.items() if one not in rules.NO_POST)
        faults.append(Fault("角色", f"没有角色“{text}”", f"填角色编码或名称：{names}"))
        return ""
    return code


def _grid(text: str | None, role: str, directory: Directory, faults: list[Fault]) -> str | None:
    needs = role in rules.GRID_ROLES
    if role and needs is not bool(text):
        problem = "网格岗位未填网格" if needs else f"角色 {role} 不属于网格岗位"
        faults.append(Fault("网格", problem, "填写网格编码" if needs else "清空网格一栏，或改填网格岗位"))
    elif text and text not in directory.grids:
        faults.append(Fault("网格", f"现行版本中没有网格 {text}", "核对网格编码；新网格请先导入并启用"))
    return text or None


def _unit(text: str | None, role: str, grid: str | None, directory: Directory, faults: list[Fault]) -> str:
    """Return the unit meant by code or name; a grid post without one belongs to its grid's village or township."""
    if not text and grid:
        return directory.grids.get(grid, "")
    text = text or ""
    found = [text] if text in directory.units else directory.by_name.get(text, [])
    if len(found) != 1:
        many = len(found) > 1
        problem = f"有 {len(found)} 个单位叫“{text}”" if many else f"没有单位“{text}”"
        faults.append(Fault("单位", problem, f"改填单位编码：{'、'.join(found)}" if many else "填单位编码或全称"))
        return ""
    kind, name = directory.units[found[0]]
    if role and not rules.fits_unit(role, kind):
        faults.append(Fault("单位", f"角色 {role} 不能设在“{name}”", "镇街角色填镇街，部门角色填部门，村居角色填村居"))
    return found[0]


def _day(text: str | None, label: str, faults: list[Fault]) -> date | None:
    if not text:
        return None
    for form in DATES:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    faults.append(Fault(label, f"“{text}”不是日期", "按 2026-01-31 的样子填写"))
    return None
