"""Plans are exact, the same for the same seed, and nothing in them is real."""

from __future__ import annotations

import re
import string
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import policy
from server.clocks.courses import calendar
from server.clocks.rules import Course
from server.demo import crew, names, words
from server.demo.album import ROLES, draw
from server.demo.hours import Times
from server.demo.plan import Plan, Volume, Year
from server.demo.telling import FATES
from server.policy import Limit, LimitUnit

RINGS = re.compile(r"1[3-9]\d{9}")
"""A Chinese mobile number."""


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    return Year(2024, 441602, Volume(), Times(calendar())).plans()


def test_a_year_has_as_many_events_and_whistles_as_were_published(plans: list[Plan]) -> None:
    fates = Counter(plan.fate for plan in plans)
    assert (len(plans), len(plans) - fates["carried"]) == (16_800, 16_652)
    assert sum(bool(plan.whistle) for plan in plans) == 1_130
    assert not fates.keys() & {"rejected", "merged", "void", "outside"}


def test_each_event_has_an_id_of_its_own_made_of_its_moment(plans: list[Plan]) -> None:
    assert len({plan.id for plan in plans}) == len(plans)
    assert {plan.id.version for plan in plans} == {7}
    assert [plan.id for plan in plans] == sorted((plan.id for plan in plans), key=lambda id: id.bytes[:6])


def test_the_same_seed_plans_the_same_year_and_another_one_another() -> None:
    little, times = Volume(40, 39, 2), Times(calendar())
    assert Year(2024, 1, little, times).plans() == Year(2024, 1, little, times).plans()
    assert Year(2024, 1, little, times).plans() != Year(2024, 2, little, times).plans()


def test_fewer_things_are_reported_at_weekends_and_at_night(plans: list[Plan]) -> None:
    days = Counter(plan.at.weekday() for plan in plans)
    hours = Counter(plan.at.hour for plan in plans)
    assert max(days[5], days[6]) < min(days[day] for day in range(5))
    assert sum(hours[hour] for hour in range(6)) < len(plans) * 0.02


def test_it_floods_in_the_rainy_season(plans: list[Plan]) -> None:
    months = Counter(plan.at.month for plan in plans if plan.leaf == "B04")
    assert sum(months[month] for month in (4, 5, 6, 7, 8)) > 2 * sum(months[month] for month in (1, 2, 10, 11, 12))


def test_a_carried_event_is_due_within_the_year_however_slow_its_dispatch(plans: list[Plan]) -> None:
    times = Times(calendar())
    for plan in (plan for plan in plans if plan.fate == "carried"):
        slow = times.after_work(plan.at, 14 * 60)
        assert times.due(Course(slow, policy.current().categories[plan.leaf].limit)) < plan.after


@given(
    st.sampled_from(["10 min", "24 H", "2 WH", "4 WH", "1 WD", "15 WD", "30 ND", "same day", "same WD"]),
    st.integers(0, 700 * 24 * 60),
    st.floats(0, 1),
)
def test_a_share_of_a_promise_lies_between_start_and_due(limit: str, minutes: int, share: float) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    times, course = Times(calendar()), Course(start, Limit.parse(limit))
    assert course.started_at <= times.at_share(course, share) <= times.due(course) + timedelta(microseconds=1)


def test_leaves_are_known_fates_told_and_texts_complete() -> None:
    known = policy.current()
    for code, leaf in words.leaves().items():
        assert code in known.categories
        assert leaf.season in words.SEASONS
        assert leaf.where in ("", "urban", "rural")
        for text in (*leaf.found, *leaf.done):
            fields = {name for _, name, _, _ in string.Formatter().parse(text) if name}
            assert fields <= {"street", "estate", "shop", "n"}
            assert not RINGS.search(text)
    assert set(known.categories) - set(words.leaves()) == {"M01", "M02", "M03", "M04", "M05"}
    assert {"self", "plain", "carried", "upheld", "merged"} <= FATES.keys()


def test_results_are_of_the_closed_list() -> None:
    assert set(words.RESULTS.values()) <= policy.current().reasons["event.result"].keys()


def test_invented_people_cannot_be_rung_up_and_villages_differ() -> None:
    rng = Random(1)
    assert all(2 < len(names.person(rng)) <= 4 for _ in range(50))
    assert not any(RINGS.fullmatch(names.phone(number)) for number in range(1, 6000))
    codes = [f"4416020{township:02}{village:03}" for township in range(8) for village in range(1, 13)]
    assert len({names.village(number, code) for number, code in enumerate(codes)}) == len(codes)


def test_long_fates_need_a_long_limit(plans: list[Plan]) -> None:
    for plan in (plan for plan in plans if plan.fate in ("suspended", "upheld", "extended", "dismissed")):
        category = policy.current().categories[plan.leaf]
        assert category.limit.unit is LimitUnit.WORK_DAY
        assert category.limit.value >= 3
        assert policy.current().urgencies[category.urgency].may_suspend


def test_a_picture_is_the_same_each_time_and_one_of_its_own() -> None:
    pictures = {(group, role): draw(group, role) for group in "AB" for role in ROLES}
    assert len(set(pictures.values())) == len(pictures)
    assert draw("A", "before") == pictures["A", "before"]


def test_a_story_that_leads_into_another_waits_until_all_others_are_committed(
    plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    some = [replace(plans[0], parent=plans[20].id), *plans[1:21]]
    begun: list[list[Plan]] = []

    def begin(part: slice) -> tuple[int, int]:
        begun.append(list(crew._on[-1].plans[part]))
        return 0, len(begun[-1])

    monkeypatch.setattr(crew, "_part", begin)
    crew.perform(crew.Show(some, None), workers=1, says="", quiet=True)  # type: ignore[arg-type]
    assert begun[-1] == some[:1]
    assert [plan for part in begun[:-1] for plan in part] == some[1:]
