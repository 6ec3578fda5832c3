"""The pure rules: locks, spans, grids at once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.people import tries
from server.people.rules import Span, Tries, clash, grids_at_once, one_more

START = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = timedelta(minutes=15)
MOST = 5
ADMINISTRATORS = {"ADM", "SEC", "AUD"}
DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 20))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    first = draw(DAYS)
    return Span(first, draw(st.none() | st.dates(first, date(2026, 1, 25))))


@given(st.lists(st.integers(0, 1200), min_size=1, max_size=60))
def test_while_locked_no_try_is_looked_at_and_afterwards_the_next_one_is(pauses_s: list[int]) -> None:
    at, tries = START, None
    for pause in pauses_s:
        at += timedelta(seconds=pause)
        locked_until = tries.locked_until if tries else None
        tries, is_looked_at = one_more(tries, at, most=MOST, window=WINDOW)
        assert is_looked_at is (locked_until is None or at >= locked_until)


@given(st.lists(st.integers(0, 1200), min_size=1, max_size=60))
def test_no_fifteen_minutes_see_ten_tries(pauses_s: list[int]) -> None:
    at, tries, looked = START, None, []
    for pause in pauses_s:
        at += timedelta(seconds=pause)
        tries, is_looked_at = one_more(tries, at, most=MOST, window=WINDOW)
        looked += [at] * is_looked_at
    for moment in looked:
        assert sum(moment <= other < moment + WINDOW for other in looked) < 2 * MOST


@given(st.integers(1, 10))
def test_tries_at_one_moment_are_looked_at_up_to_the_limit_and_not_once_more(most: int) -> None:
    tries: Tries | None = None
    looked = []
    for _ in range(3 * most):
        tries, is_looked_at = one_more(tries, START, most=most, window=WINDOW)
        looked.append(is_looked_at)
    assert looked == [True] * most + [False] * 2 * most
    assert tries is not None
    assert tries.locked_until == START + WINDOW
    assert one_more(tries, START + WINDOW, most=most, window=WINDOW)[1]


def test_tries_while_locked_do_not_make_the_lock_longer() -> None:
    tries: Tries | None = None
    for minute in range(14):
        tries, _ = one_more(tries, START + timedelta(minutes=minute), most=MOST, window=WINDOW)
    assert tries is not None
    assert tries.locked_until == START + timedelta(minutes=4) + WINDOW


@given(spans(), spans())
def test_two_spans_meet_exactly_when_they_share_a_day(one: Span, other: Span) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(40)]
    assert one.meets(other) is any(one.holds(day) and other.holds(day) for day in days)
    assert one.meets(other) is other.meets(one)


@given(st.lists(st.tuples(st.sampled_from("ABCDE"), spans()), max_size=8), st.tuples(st.sampled_from("ABCDE"), spans()))
def test_grids_at_once_is_the_worst_day(held: list[tuple[str, Span]], added: tuple[str, Span]) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(40) if added[1].holds(date(2026, 1, 1) + timedelta(n))]
    worst = max(len({grid for grid, span in [*held, added] if span.holds(day)}) for day in days)
    assert grids_at_once(held, added) == worst


@given(
    st.sets(st.sampled_from(["ADM", "SEC", "AUD", "TWD", "GWF", "CEN"])), st.sampled_from(["ADM", "SEC", "TWD", "GWF"])
)
def test_an_administrator_goes_with_nothing_else_and_everybody_else_together(held: set[str], role: str) -> None:
    together = {*held, role}
    allowed = len(together) == 1 or not (ADMINISTRATORS & together) or (len(held - {role}) == 0)
    mixed_before = bool(ADMINISTRATORS & held) and len(held) > 1
    if not mixed_before:
        assert (clash(held, role, ADMINISTRATORS) is None) is allowed


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("203.0.113.9", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.10", False),
        ("203.0.113.9", "::ffff:203.0.113.9", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", None, True),
    ],
)
def test_tries_are_counted_by_what_one_customer_of_a_network_has(one: str, other: str | None, is_same: bool) -> None:
    assert (tries.of_address(one) == tries.of_address(other)) is is_same


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "unix:", "", None])
def test_who_comes_through_the_machine_itself_is_counted_by_account_only(address: str | None) -> None:
    assert [key.is_account for key in tries.of_account("lin", address)] == [True]
