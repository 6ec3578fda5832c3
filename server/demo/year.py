"""A whole year of the synthetic city (合成年度): exactly as many events and whistles as the district published.

Job: plan the year, perform what is missing of it, and seal the journal behind it.
Never: begin a year that is not over, or one whose holidays are unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

import sqlalchemy as sa

from server.clocks.courses import calendar
from server.db import CN, db, now
from server.demo import crew
from server.demo.plan import Plan, Volume, Year
from server.demo.refusals import YearNotOver, YearTaken
from server.demo.story import World
from server.events.models import Event


def check(year: int) -> None:
    """Refuse a year that is not over with the January after it, or whose calendar is unknown.

    Raises:
        YearNotOver.
    """
    last = date(year + 1, 1, 31)
    is_over = datetime.combine(last, time(), CN) < now()
    if not is_over or not calendar().is_known(date(year, 1, 1), last):
        raise YearNotOver


def check_free(year: Year, plans: Sequence[Plan]) -> None:
    """Refuse a year in which there are synthetic events of another plan: the total would not be exact.

    Raises:
        YearTaken.
    """
    query = sa.select(Event.id).where(Event.synthetic, Event.created_at >= year.begin, Event.created_at < year.end)
    if set(db.session.scalars(query)) - {plan.id for plan in plans}:
        raise YearTaken


def perform(
    number: int, seed: int, world: World, *, volume: Volume | None = None, workers: int, quiet: bool = False
) -> int:
    """Perform what is not there yet of the year ``number``; return how many events that were."""
    check(number)
    year = Year(number, seed, volume or Volume(), world.times)
    plans = year.plans()
    check_free(year, plans)
    show = crew.Show(plans, world, is_news=False)
    return crew.perform(show, workers=workers, says=f"{number} 年", quiet=quiet)
