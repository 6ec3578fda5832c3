"""Whether a policy makes sense as a whole: one small check per promise the policy must keep, each a row of `CHECKS`.

Each check yields what is wrong: the place, what it is (Chinese, English), what to do. Never mends anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import time
from itertools import pairwise

from server.policy import statute
from server.policy.findings import Finding, Findings, Place, Places
from server.policy.model import TOWN, Ladder, Policy
from server.policy.reading.what import SPECIAL
from server.policy.reading.when import LAMPS

DUE = 1.0
SATURDAY = 5
SETTLEMENT = ("A", "B")  # K11: concluded, or agreed only
WITHOUT_PHOTO = ("refuse", "owe")
SUITES = ("sm", "intl")
_SPAN = re.compile(r"(\d{2}:\d{2})-(\d{2}:\d{2})")


Check = Callable[[Policy, Places], Iterator[Finding]]


def run(policy: Policy, places: Places, findings: Findings) -> None:
    """Make every check and add what it finds."""
    for check in CHECKS:
        findings.found += check(policy, places)


def every_leaf_has_one_lead(policy: Policy, places: Places) -> Iterator[Finding]:
    """R2: exactly one lead unit per leaf."""
    for leaf in policy.categories:
        leads = [entry.unit for entry in policy.directory.get(leaf, ()) if entry.role == "lead"]
        if len(leads) != 1:
            place = places.things.get(("directory", leaf)) or places.of("category", leaf)
            yield Finding(
                place,
                f"{leaf} 有 {len(leads)} 个主办单位，派单目录中应恰有一个 lead",
                f"{leaf} has {len(leads)} lead units: directory.csv needs exactly one 'lead' line for it",
            )


def only_dispatchable_units_are_dispatched_to(policy: Policy, places: Places) -> Iterator[Finding]:
    """Non-dispatchable units appear on special routes only (spec 9.3)."""
    for leaf, entries in policy.directory.items():
        if leaf not in policy.categories or policy.categories[leaf].kind == SPECIAL:
            continue
        for entry in entries:
            unit = policy.units.get(entry.unit)
            if unit and not unit.dispatchable:
                yield Finding(
                    places.of("directory", leaf),
                    f"{leaf} 派给不可派单的单位 {unit.code} {unit.zh}",
                    f"{leaf} goes to {unit.code}, which takes no dispatch: name another unit or set dispatchable to 1",
                )


def a_township_leads_what_is_on_its_duty_list(policy: Policy, places: Places) -> Iterator[Finding]:
    """R11: no township leads a leaf that is not on its duty list."""
    townships = {unit.code for unit in policy.units.values() if unit.kind == "township" and unit.takes_part}
    for leaf, category in policy.categories.items():
        wanted = townships if category.lead == TOWN else {category.lead} & townships
        if wanted - policy.duty_list.get(leaf, frozenset()):
            yield Finding(
                places.of("directory", leaf),
                f"{leaf} 由镇街主办，但不在其职责清单（R11）",
                f"{leaf} is led by a township whose duty list does not name it (R11): add it to duty_list.csv",
            )


def a_sensitive_leaf_asks_for_no_photo(policy: Policy, places: Places) -> Iterator[Finding]:
    """No photos are asked where text and pictures would be masked (spec 13.12)."""
    for code, category in policy.categories.items():
        if category.sensitive and category.evidence:
            yield Finding(
                places.of("category", code),
                f"{code} 为敏感案由，不得要求照片",
                f"{code} is sensitive and must not ask for photos: empty its evidence",
            )


def every_promise_covers_every_case(policy: Policy, places: Places) -> Iterator[Finding]:
    """A clock always finds a limit: a default row, or one row for each word of a closed circumstance."""
    closed = {"urgency": policy.urgencies, "whistle": policy.whistles}
    for code, promise in policy.promises.items():
        single = [row.when for row in promise.rows if len(row.when) <= 1]
        if {} in single:
            continue
        if any(all({key: word} in single for word in words) for key, words in closed.items()):
            continue
        yield Finding(
            places.of("promise", code),
            f"{code} 缺少默认时限：请在 limits.csv 加一行 when 为空的时限",
            f"{code} has no default: add a line with an empty 'when' to limits.csv",
        )


def ladders_rise(policy: Policy, places: Places) -> Iterator[Finding]:
    """Each rung comes later than the one before, lamps do not go back, and one rung stands at the due moment."""
    for name, ladder in policy.ladders.items():
        for index, (low, high) in enumerate(pairwise(ladder.rungs), 1):
            if high.factor <= low.factor:
                yield Finding(
                    places.of("rung", f"{name} {index}"),
                    f"阶梯 {name} 未递增：{high.factor:.0%} 在 {low.factor:.0%} 之后",
                    f"ladder {name} does not rise: {high.factor:.0%} comes after {low.factor:.0%}, put them in order",
                )
            if high.lamp in LAMPS and low.lamp in LAMPS and LAMPS.index(high.lamp) < LAMPS.index(low.lamp):
                yield Finding(
                    places.of("rung", f"{name} {index}"),
                    f"阶梯 {name} 的灯色回退：{low.lamp} 之后为 {high.lamp}",
                    f"the lamp of ladder {name} goes back from {low.lamp} to {high.lamp}",
                )
        if not any(rung.factor == DUE for rung in ladder.rungs):
            yield Finding(
                places.of("ladder", name),
                f"阶梯 {name} 缺少 100 % 一级",
                f"ladder {name} has no rung at '100 %', so nothing would happen when time is up",
            )


def lateness_is_recorded_where_there_is_a_duty(policy: Policy, places: Places) -> Iterator[Finding]:
    """A duty's ladder breaches at 100 %; a right lapses and is never breached."""
    for code, promise in policy.promises.items():
        ladder = policy.ladders.get(promise.ladder)
        if ladder and (_breaches(ladder) == promise.is_right):
            wants = "不得含 breach（属于群众的权利）" if promise.is_right else "应在 100 % 记录 breach"
            en = "must not breach: the time is a resident's right" if promise.is_right else "must breach at 100 %"
            yield Finding(
                places.of("promise", code),
                f"{code} 的阶梯 {promise.ladder} {wants}",
                f"the ladder {promise.ladder} of {code} {en}: name another ladder",
            )


def _breaches(ladder: Ladder) -> bool:
    return any("breach" in rung.does for rung in ladder.rungs if rung.factor == DUE)


def administrators_hold_no_business(policy: Policy, places: Places) -> Iterator[Finding]:
    """ADM, SEC and AUD are three people with no business role, and nobody else administers (spec 12)."""
    for action, permission in policy.permissions.items():
        for role in permission.scopes:
            if policy.roles[role].administers != permission.administration:
                zh = "管理员不得有业务权限" if policy.roles[role].administers else "业务角色不得有管理权限"
                yield Finding(
                    places.of("permission", action),
                    f"{role} 有权限 {action}：{zh}",
                    f"{role} holds {action}: administrators hold no business permission and nobody else administers; "
                    "write '-' in this cell",
                )
        holders = [role for role in permission.scopes if policy.roles[role].administers]
        if permission.administration and len(holders) > 1:
            yield Finding(
                places.of("permission", action),
                f"{action} 由 {'、'.join(holders)} 共同持有：三员应分立",
                f"{action} is held by {', '.join(holders)}: the three administrators are separate, leave it to one",
            )


def those_who_blow_may_blow(policy: Policy, places: Places) -> Iterator[Finding]:
    """Whoever a whistle kind lets blow also holds the permission."""
    may = policy.permissions.get("whistle.blow")
    for code, kind in policy.whistles.items():
        if not kind.blowers:
            yield Finding(places.of("whistle", code), f"{code} 无人可吹", f"nobody may blow {code}: name a role")
        for role in sorted(frozenset().union(*kind.blowers.values())):
            if may is None or role not in may.scopes:
                yield Finding(
                    places.of("whistle", code),
                    f"{code} 允许 {role} 吹哨，但其无 whistle.blow 权限",
                    f"{code} lets {role} blow, who lacks whistle.blow in permissions.csv",
                )


def make_up_days_are_weekends(policy: Policy, places: Places) -> Iterator[Finding]:
    """A make-up working day falls on a weekend, and the calendar's years follow each other."""
    for day, row in policy.calendar.items():
        if row.kind == "work" and day.weekday() < SATURDAY:
            yield Finding(
                places.of("day", day.isoformat()),
                f"{day} 本为工作日，不应列为调休上班",
                f"{day} is a working day anyway: 'work' marks make-up days on weekends",
            )
    for year, following in pairwise(sorted(policy.years)):
        if following != year + 1:
            yield Finding(
                places.of("year", str(following)),
                f"日历缺少 {year + 1} 年",
                f"the calendar leaves out {year + 1}: list each year, as provisional when there is no notice",
            )


def working_hours_rise(policy: Policy, places: Places) -> Iterator[Finding]:
    """Working hours are spans of one day, one after the other."""
    place = places.settings["work.hours"]
    try:
        marks = [mark for text in policy.settings.work.hours for mark in span(text)]
    except ValueError:
        hours = "、".join(policy.settings.work.hours)
        yield Finding(place, f"工作时间“{hours}”写法不对", 'write working hours as ["08:30-12:00", "14:30-17:30"]')
        return
    if any(late <= early for early, late in pairwise(marks)):
        yield Finding(place, "工作时间应依次递增", "working hours must rise within one day and not overlap")


def span(text: str) -> tuple[time, time]:
    """``08:30-12:00`` as two times of day; ValueError when it is none."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return time.fromisoformat(found[1]), time.fromisoformat(found[2])


def settings_name_what_exists(policy: Policy, places: Places) -> Iterator[Finding]:
    """Words in settings that stand for units, urgencies, whistles or ways are known ones."""
    notices, figures = policy.settings.notices, policy.settings.figures
    desk, photo = policy.settings.district.dispatch_unit, policy.settings.events.report_photo
    lists: Iterable[tuple[str, tuple[str, ...], Iterable[str]]] = (
        ("district.dispatch_unit", (desk,), policy.units),
        ("events.report_photo", (photo,), WITHOUT_PHOTO),
        ("people.second_factor_roles", policy.settings.people.second_factor_roles, policy.roles),
        ("privacy.suite", (policy.settings.privacy.suite,), SUITES),
        ("notices.override_urgencies", notices.override_urgencies, policy.urgencies),
        ("notices.override_whistles", notices.override_whistles, policy.whistles),
        ("figures.settlement_variant", (figures.settlement_variant,), SETTLEMENT),
    )
    findings = Findings()
    for name, words, known in lists:
        for word in set(words) - set(known):
            findings.unknown(places.settings[name], name, word, known)
    yield from findings.found


def every_matter_has_a_level(policy: Policy, places: Places) -> Iterator[Finding]:
    """One escalation rule holds always, so that each matter has a level."""
    if not any(not rule.conditions for rule in policy.escalation):
        yield Finding(
            Place("escalation.csv", 1),
            "缺少无条件的默认规则（如 ER01）",
            "no rule without a condition: add one for the lowest level, such as ER01",
        )


CHECKS: tuple[Check, ...] = (
    every_leaf_has_one_lead,
    only_dispatchable_units_are_dispatched_to,
    a_township_leads_what_is_on_its_duty_list,
    a_sensitive_leaf_asks_for_no_photo,
    every_promise_covers_every_case,
    ladders_rise,
    lateness_is_recorded_where_there_is_a_duty,
    administrators_hold_no_business,
    those_who_blow_may_blow,
    make_up_days_are_weekends,
    working_hours_rise,
    settings_name_what_exists,
    every_matter_has_a_level,
    *statute.CHECKS,
)
