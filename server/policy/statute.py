"""The statutory floor (R13): no local value shortens a right of the petitioner or lengthens a limit set by law.

Also what the law says of all its periods: they are not paused and roll over holidays. Never corrects a value.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from server.policy.findings import Finding, Place, Places
from server.policy.limit import Given, Limit
from server.policy.model import LegalDeadline, Policy, Promise

# The comparison a local number must stand: `a at_most b`.
STANDS: dict[str, Callable[[int, int], bool]] = {
    "at_most": operator.le,
    "at_least": operator.ge,
    "exactly": operator.eq,
}
SAYS = {
    "at_most": ("不得长于", "must not exceed"),
    "at_least": ("不得短于", "must not fall below"),
    "exactly": ("应等于", "must equal"),
}


@dataclass(frozen=True, slots=True)
class Local:
    """A value of the policy that a law bounds, and where it stands."""

    name: str
    value: Limit | int
    place: Place


def no_local_value_goes_below_the_law(policy: Policy, places: Places) -> Iterator[Finding]:
    """R13, for every promise, setting and leaf that a row of `law.csv` binds."""
    for law in policy.law.values():
        for bond in law.binds:
            kind, _, name = bond.partition(":")
            for local in BONDS[kind](policy, places, name):
                if not _stands(local.value, law):
                    yield _broken(local, law)


def _stands(value: Limit | int, law: LegalDeadline) -> bool:
    """Whether a value keeps to the law; a limit that only a calendar could compare with it does not."""
    if isinstance(value, int):
        return STANDS[law.bound](value, law.value)
    if value.given is Given.OR_ELSE:
        return False
    if value.unit == law.unit:
        return STANDS[law.bound](value.value, law.value)
    written = law.limit()
    mine, theirs = value.minutes(), written.minutes() if written else None
    return mine is not None and theirs is not None and STANDS[law.bound](mine, theirs)


def _broken(local: Local, law: LegalDeadline) -> Finding:
    zh, en = SAYS[law.bound]
    lawful = f"{law.value} {law.unit}"
    return Finding(
        local.place,
        f"{local.name} 为 {local.value}，{zh}法定的 {lawful}（{law.source}，R13）",
        f"{local.name} is {local.value} but {en} {lawful} ({law.source}, R13): write it in {law.unit}",
    )


def _of_promise(policy: Policy, places: Places, code: str) -> list[Local]:
    promise = policy.promises.get(code)
    rows = promise.rows if promise else ()
    return [Local(code, row.limit, place_of_limit(places, code, row.when)) for row in rows]


def _of_setting(policy: Policy, places: Places, name: str) -> list[Local]:
    return [Local(name, operator.attrgetter(name)(policy.settings), places.settings[name])]


def _of_category(policy: Policy, places: Places, code: str) -> list[Local]:
    category = policy.categories.get(code)
    return [Local(code, category.limit, places.of("category", code))] if category else []


BONDS: dict[str, Callable[[Policy, Places, str], list[Local]]] = {
    "promise": _of_promise,
    "setting": _of_setting,
    "category": _of_category,
}


def place_of_limit(places: Places, clock: str, when: Mapping[str, str]) -> Place:
    """The line of a clock's limit for these circumstances."""
    words = " ".join(f"{key}={word}" for key, word in when.items())
    return places.of("limit", f"{clock} {words}")


def statutory_time_is_not_paused(policy: Policy, places: Places) -> Iterator[Finding]:
    """Legal clocks can be extended by law only (spec 4 rule 4)."""
    for code, promise in policy.promises.items():
        if promise.statutory and promise.pausable:
            yield Finding(
                places.of("promise", code),
                f"{code} 为法定期限，不得暂停",
                f"{code} is statutory and cannot be paused: set pausable to 0",
            )


def statutory_time_alone_rolls(policy: Policy, places: Places) -> Iterator[Finding]:
    """Statutory time ends on a working day; internal time is stricter and does not wait (spec 4 rule 3)."""
    for promise in policy.promises.values():
        for row in promise.rows:
            if row.limit.roll != promise.statutory:
                zh, en = ROLLS[promise.statutory]
                place = place_of_limit(places, promise.code, row.when)
                yield Finding(place, f"{promise.code} {zh}", f"{promise.code}: {en}")


ROLLS = {
    True: ("为法定期限，末日遇节假日顺延，请加 roll", "statutory time rolls over holidays, add 'roll' to the limit"),
    False: ("为内部时限，不顺延，请去掉 roll", "internal time does not roll, remove 'roll' from the limit"),
}


def what_the_law_binds_is_statutory(policy: Policy, places: Places) -> Iterator[Finding]:
    """A deployment cannot turn a legal clock into an internal one."""
    bonds = (bond.partition(":") for law in policy.law.values() for bond in law.binds)
    for code in (name for kind, _, name in bonds if kind == "promise"):
        promise: Promise | None = policy.promises.get(code)
        if promise and not promise.statutory:
            yield Finding(
                places.of("promise", code),
                f"{code} 为法定期限，statutory 应为 1",
                f"{code} is bound by law: set statutory to 1",
            )


CHECKS = (
    no_local_value_goes_below_the_law,
    statutory_time_is_not_paused,
    statutory_time_alone_rolls,
    what_the_law_binds_is_statutory,
)
