"""The shipped policy: complete, quick to read, and what the specification says."""

import csv
import json
import re
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from server import policy
from server.policy import TOWN, Limit, Policy, load
from server.policy.plain import plain
from server.policy.settings import AWAITED

DOMAIN = Path(__file__).parents[4] / "shared" / "domain"
beside = pytest.mark.skipif(not DOMAIN.is_dir(), reason="the specification's tables lie beside the checkout only")


def table(name: str) -> list[dict[str, str]]:
    with (DOMAIN / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def shipped() -> Policy:
    return load()


def test_it_loads_in_a_tenth_of_a_second(shipped: Policy) -> None:
    times = []
    for _ in range(5):
        start = time.process_time()
        assert load().version == shipped.version
        times.append(time.process_time() - start)
    assert min(times) < 0.1


def test_it_holds_the_whole_district(shipped: Policy) -> None:
    assert len(shipped.categories) == 91
    assert len(shipped.roles) == 22
    assert len(shipped.whistles) == 4
    assert sum(unit.kind == "township" for unit in shipped.units.values()) == 8
    assert sum(unit.kind == "township" and unit.takes_part for unit in shipped.units.values()) == 7
    assert sum(not unit.township for unit in shipped.units.values()) == 40


def test_every_single_value_is_acted_on_or_said_to_be_awaited(shipped: Policy) -> None:
    shape = Path("server/policy/settings.py")
    files = [file for file in Path("server").rglob("*") if file.suffix in {".py", ".html"} and file != shape]
    words = set(re.findall(r"\w+", "\n".join(file.read_text() for file in files)))
    unread = {key for key in shipped.labels if key.rpartition(".")[2] not in words}
    assert unread == AWAITED


def test_nothing_in_it_can_be_changed(shipped: Policy) -> None:
    with pytest.raises(TypeError):
        shipped.categories["Z99"] = shipped.categories["A01"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        shipped.settings.grids.edge_m = 60  # type: ignore[misc]


def test_every_value_has_a_source(shipped: Policy) -> None:
    def sources(says: Any) -> Iterator[str]:
        if isinstance(says, dict):
            yield from (value for key, value in says.items() if key == "source")
            says = list(says.values())
        for part in says if isinstance(says, list) else ():
            yield from sources(part)

    found = list(sources(plain(shipped)))
    assert len(found) > 500
    assert all(found)
    assert all(shipped.sources.values())
    assert all(shipped.labels.values())


def test_every_leaf_has_one_lead_and_every_share_is_at_least_one_percent(shipped: Policy) -> None:
    for leaf in shipped.categories:
        entries = shipped.shares(leaf, "441602003")
        assert [entry.role for entry in entries].count("lead") == 1
        assert entries[0].role == "lead"
        assert all(1 <= entry.share_pct <= 100 for entry in entries)
        assert all(entry.unit in shipped.units for entry in entries)


def test_the_town_in_the_directory_is_the_township_of_the_place(shipped: Policy) -> None:
    assert shipped.categories["J02"].lead == TOWN
    assert shipped.shares("J02", "441602101")[0].unit == "441602101"
    assert shipped.township_may_lead("J02", "441602101")
    assert not shipped.township_may_lead("B03", "441602101")


@pytest.mark.parametrize(
    ("clock", "facts", "limit"),
    [
        ("FILE", {"urgency": "U1"}, "10 min"),
        ("FILE", {"urgency": "U4"}, "2 WH"),
        ("FILE", {"urgency": None}, "2 WH"),
        ("ACCEPT", {"urgency": "U2", "item": "appeal"}, "30 min"),
        ("ACCEPT", {"urgency": "U3", "item": "event"}, "2 WH"),
        ("ACCEPT", {"urgency": "U4", "item": "event"}, "same WD"),
        ("ACCEPT", {"urgency": "U4", "item": "appeal"}, "same day"),
        ("HANDLE", {"category": "B03", "item": "event"}, "2 WD"),
        ("HANDLE", {"item": "whistle"}, "given"),
        ("VERIFY", {"urgency": "U2", "item": "event"}, "same day"),
        ("VERIFY", {"urgency": "U1", "item": "escalation"}, "10 WD"),
        ("RESP", {"whistle": "EMERGENCY", "urgency": "U1"}, "10 min"),
        ("ARRIVE", {"whistle": "EMERGENCY", "area": "built_up"}, "30 min"),
        ("ARRIVE", {"whistle": "EMERGENCY", "area": "elsewhere"}, "60 min"),
        ("ARRIVE", {"whistle": "ENFORCEMENT", "area": "elsewhere"}, "given <= 24 H"),
        ("RESP", {"whistle": "ENFORCEMENT", "ongoing": "yes"}, "2 H"),
        ("HANDLE60", {"round": "second"}, "15 ND roll"),
        ("ARBITRATE", {"urgency": "U1"}, "1 H"),
    ],
)
def test_a_clock_promises_what_its_circumstances_ask_for(
    shipped: Policy, clock: str, facts: dict[str, str], limit: str
) -> None:
    assert shipped.limit(clock, **facts) == Limit.parse(limit)


def test_a_promise_is_not_guessed(shipped: Policy) -> None:
    with pytest.raises(LookupError, match="name the category"):
        shipped.limit("HANDLE")
    with pytest.raises(LookupError, match="promises nothing"):
        shipped.limit("RESP", whistle="SONG")
    with pytest.raises(LookupError, match="no limit depends on urgancy"):
        shipped.limit("FILE", urgancy="U1")
    with pytest.raises(KeyError):
        shipped.limit("FYLE")


def test_every_running_clock_has_a_next_moment_for_ever(shipped: Policy) -> None:
    for code in shipped.promises:
        ladder = shipped.ladder(code)
        assert ladder.repeat.value >= 1
        assert ladder.rungs[-1].factor >= 1


def test_a_leaf_whose_limit_is_law_is_bound_by_the_law(shipped: Policy) -> None:
    bound = {bond for law in shipped.law.values() for bond in law.binds}
    assert {f"category:{code}" for code, leaf in shipped.categories.items() if leaf.basis == "law"} <= bound


def test_what_the_law_binds_is_there(shipped: Policy) -> None:
    for law in shipped.law.values():
        for bond in law.binds:
            kind, _, name = bond.partition(":")
            there = {"promise": shipped.promises, "category": shipped.categories, "setting": shipped.labels}[kind]
            assert name in there, f"{law.code} binds {bond}"


def test_silence_on_a_whistle_climbs_at_twice_and_four_times_the_limit(shipped: Policy) -> None:
    assert [rung.factor for rung in shipped.ladder("RESP").rungs] == [0.5, 0.8, 1.0, 2.0, 4.0]
    assert [rung.factor for rung in shipped.ladder("RESP").rungs if "escalate" in rung.does] == [2.0, 4.0]


def test_use_puts_another_policy_in_force_for_a_while(shipped: Policy) -> None:
    before = policy.current()
    with policy.use(shipped) as inside:
        assert policy.current() is inside is shipped
    assert policy.current() is before


def test_the_merchants_came_in_a_sensitive_period(shipped: Policy) -> None:
    assert shipped.is_sensitive(date(2025, 1, 9))
    assert not shipped.is_sensitive(date(2025, 1, 29))


@beside
def test_categories_are_those_of_the_specification(shipped: Policy) -> None:
    for row in table("categories.csv"):
        leaf = shipped.categories[row["code"]]
        said = (leaf.group, leaf.group_zh, leaf.zh, leaf.en, leaf.kind, leaf.urgency, leaf.lead, ",".join(leaf.co))
        assert said == tuple(
            row[name]
            for name in ("group_code", "group_zh", "name_zh", "name_en", "kind", "urgency", "lead_unit", "co_units")
        )
        assert (str(leaf.limit), str(int(leaf.self_handle)), str(int(leaf.sensitive)), leaf.basis) == (
            f"{row['limit_value']} {row['limit_unit']}",
            row["self_handle"],
            row["sensitive"],
            row["basis"],
        )
        assert leaf.evidence == {{"B": "before", "A": "after"}[letter] for letter in row["evidence"]}


@beside
def test_units_and_townships_are_those_of_the_specification(shipped: Policy) -> None:
    for row in table("departments.csv"):
        unit = shipped.units[row["code"]]
        assert (unit.zh, unit.kind, str(int(unit.dispatchable))) == (row["name_zh"], row["kind"], row["dispatchable"])
    for row in table("townships_441602.csv"):
        assert shipped.units[row["code9"]].zh == row["name_zh"]


@beside
def test_permissions_are_those_of_the_specification(shipped: Policy) -> None:
    said = set()
    for row in table("permissions.csv"):
        permission = shipped.permissions[row["action"]]
        said.add(row.pop("action"))
        assert permission.zh == row.pop("name_zh")
        assert {role: "".join(sorted(found)) for role, found in permission.scopes.items()} == {
            role: "".join(sorted(cell)) for role, cell in row.items() if cell != "-"
        }
    own = [permission for action, permission in shipped.permissions.items() if action not in said]
    assert all(permission.source.startswith("default") for permission in own)


@beside
def test_roles_law_and_figures_are_those_of_the_specification(shipped: Policy) -> None:
    assert [(role.code, role.zh, role.scope) for role in shipped.roles.values()] == [
        (row["code"], row["name_zh"], row["scope"]) for row in table("roles.csv")
    ]
    assert [(law.code, law.zh, law.unit, str(law.value), law.source) for law in shipped.law.values()] == [
        (row["id"], row["name_zh"], row["unit"], row["value"], row["source"]) for row in table("legal_deadlines.csv")
    ]
    assert [(figure.code, figure.zh, figure.formula) for figure in shipped.figures.values()] == [
        (row["id"], row["name_zh"], row["formula"]) for row in table("kpis.csv")
    ]


@beside
def test_every_clock_of_the_specification_is_promised(shipped: Policy) -> None:
    codes = {code for row in table("clocks.csv") for code in row["code"].split(" / ")}
    assert codes <= shipped.promises.keys()


@beside
def test_escalation_rules_are_those_of_the_specification(shipped: Policy) -> None:
    said = json.loads((DOMAIN / "escalation_rules.json").read_text("utf-8"))["rules"]
    for rule, row in zip(shipped.escalation, said, strict=True):
        conditions = [plain(condition) for condition in rule.conditions]
        assert (rule.code, rule.level, rule.mandatory, rule.zh, conditions) == (
            row["id"],
            row["level"],
            row["mandatory"],
            row["zh"],
            row["all"],
        )


@beside
def test_the_calendar_is_that_of_the_notices(shipped: Policy) -> None:
    notices = json.loads((DOMAIN / "cn_holidays_2022_2026.json").read_text("utf-8"))
    for kind in ("off", "work"):
        told = {date.fromisoformat(day) for day in notices[kind] if day >= "2024"}
        assert {day for day, row in shipped.calendar.items() if row.kind == kind} == told


def test_the_next_year_is_provisional_until_its_notice_is_loaded(shipped: Policy) -> None:
    assert {year: row.status for year, row in shipped.years.items()} == {
        2024: "published",
        2025: "published",
        2026: "published",
        2027: "provisional",
    }
    assert all(not row.provisional for row in shipped.calendar.values())
    assert date(2027, 1, 1) - max(shipped.calendar) < timedelta(days=366)
