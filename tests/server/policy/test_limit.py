"""Limits: written, read back, halved and compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.policy import Given, Limit, LimitUnit
from server.policy.limit import COUNTED, LimitTextError

UNITS = st.sampled_from(sorted(COUNTED))
NUMBERS = st.integers(1, 100_000)
WORDS = st.sampled_from([LimitUnit.SAME_DAY, LimitUnit.SAME_WORK_DAY])
DATES = st.sampled_from(list(Given))
LIMITS = st.one_of(
    st.builds(Limit, NUMBERS, UNITS, st.just(False), DATES),
    st.builds(Limit, NUMBERS, st.just(LimitUnit.NATURAL_DAY), st.booleans(), DATES),
    st.builds(Limit, st.just(0), WORDS, st.just(False), DATES),
    st.sampled_from([Limit(0, LimitUnit.GIVEN), Limit(0, LimitUnit.LEAF)]),
)
VOCABULARY = sorted({word for name in [*LimitUnit, *Given] for word in name.split()} | {"roll"})


def has_a_foreign_word(text: str) -> bool:
    """Whether no reading of ``text`` can be a limit: it is empty or holds a word that no limit is written with."""
    words = text.split()
    return not words or any(word not in VOCABULARY and not word.isdecimal() for word in words)


@given(LIMITS)
def test_a_limit_reads_back_as_it_was_written(limit: Limit) -> None:
    assert Limit.parse(str(limit)) == limit


@given(st.text(max_size=20).filter(has_a_foreign_word))
def test_a_text_that_is_no_limit_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(LimitTextError, match="write a number and a unit"):
        Limit.parse(text)


@given(st.lists(st.sampled_from([*VOCABULARY, "1", "24", "100000"]), max_size=5))
def test_words_of_limits_in_any_order_are_that_very_limit_or_refused(words: list[str]) -> None:
    try:
        limit = Limit.parse(" ".join(words))
    except LimitTextError:
        return
    assert str(limit).split() == words


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("30 min", Limit(30, LimitUnit.MINUTE)),
        ("24 H", Limit(24, LimitUnit.HOUR)),
        ("2 WH", Limit(2, LimitUnit.WORK_HOUR)),
        ("15 ND roll", Limit(15, LimitUnit.NATURAL_DAY, roll=True)),
        ("same day", Limit(0, LimitUnit.SAME_DAY)),
        ("same WD", Limit(0, LimitUnit.SAME_WORK_DAY)),
        ("given <= 24 H", Limit(24, LimitUnit.HOUR, given=Given.WITHIN)),
        ("given else 5 WD", Limit(5, LimitUnit.WORK_DAY, given=Given.OR_ELSE)),
        ("given", Limit(0, LimitUnit.GIVEN)),
        ("leaf", Limit(0, LimitUnit.LEAF)),
        ("  2   WD ", Limit(2, LimitUnit.WORK_DAY)),
    ],
)
def test_limits_are_written_the_way_officials_say_them(text: str, limit: Limit) -> None:
    assert Limit.parse(text) == limit


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "5WD",
        "0 H",
        "-1 H",
        "1.5 H",
        "2 wh",
        "3 days",
        "2 WD roll",
        "24 H roll",
        "given <= given",
        "given else leaf",
    ],
)
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(LimitTextError):
        Limit.parse(text)


@pytest.mark.parametrize(
    ("whole", "half"),
    [
        ("24 H", "12 H"),
        ("1 H", "30 min"),
        ("3 H", "90 min"),
        ("4 WH", "2 WH"),
        ("15 WD", "7 WD"),
        ("1 WD", "same WD"),
        ("1 ND roll", "same day"),
        ("60 ND", "30 ND"),
        ("same day", "same day"),
        ("given", "given"),
    ],
)
def test_a_rework_gets_at_most_half_of_the_leaf_limit(whole: str, half: str) -> None:
    assert str(Limit.parse(whole).half()) == half


@given(NUMBERS, st.sampled_from([LimitUnit.MINUTE, LimitUnit.HOUR, LimitUnit.NATURAL_DAY]))
def test_half_a_limit_is_never_nothing_and_never_more_than_half(value: int, unit: LimitUnit) -> None:
    whole = Limit(value, unit)
    minutes = whole.half().minutes()
    assert minutes
    if value > 1:
        assert minutes * 2 <= (whole.minutes() or 0)


def test_a_day_is_twenty_four_hours_and_a_working_day_cannot_be_told_without_a_calendar() -> None:
    assert Limit.parse("1 ND").minutes() == Limit.parse("24 H").minutes() == Limit.parse("same day").minutes() == 1440
    assert Limit.parse("1 WD").minutes() is None
