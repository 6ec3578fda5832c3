"""The calendar: a year's notice is read, tried, put in force, and open deadlines are counted anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from server import clocks, policy
from server.amendments import force
from server.clocks.models import Clock
from server.db import CN, db, new_id, now
from server.db import clock as server_clock
from server.policy import Limit
from tests.server.town import Town

YEAR = 2027
NOTICE = "日期,类型,名称\n2027-01-01,放假,元旦\n2027/1/2,放假,元旦\n2027年1月3日,放假,元旦\n2027-02-20,上班,春节调休\n"
BODY = {"year": YEAR, "text": NOTICE, "source": "国办发明电〔2026〕7号"}


@pytest.fixture(autouse=True)
def new_years_eve() -> Iterator[None]:
    """Wednesday, 30 December 2026: next year is not known yet."""
    server_clock.set(datetime(2026, 12, 30, 9, 0, tzinfo=CN))
    yield
    server_clock.reset()
    force.forget()


def test_a_notice_is_tried_first_and_says_what_it_would_move(town: Town) -> None:
    clocks.start([clocks.Order("event", new_id(), "HANDLE", now(), Limit.parse("2 WD"))])
    told = town.call("centre", "POST", "/calendar/notices", BODY).json
    assert [day["date"] for day in told["days"]] == ["2027-01-01", "2027-01-02", "2027-01-03", "2027-02-20"]
    assert (told["effect"]["provisional"], told["effect"]["moved"], told["version"]) == (1, 1, None)
    assert policy.current().years[YEAR].status == "provisional"


def test_open_deadlines_are_counted_anew_once_the_notice_is_in_force(town: Town) -> None:
    item = new_id()
    clocks.start([clocks.Order("event", item, "HANDLE", now(), Limit.parse("2 WD"))])
    made = town.call("centre", "POST", "/calendar/notices", BODY | {"check_only": False})
    assert made.json["version"]["state"] == "coming"
    force.look_again()
    assert force.go_round() == 0
    server_clock.advance(force.LEAD + timedelta(seconds=1))
    assert force.go_round() == 1
    due, provisional = db.session.execute(sa.select(Clock.due_at, Clock.provisional).where(Clock.item_id == item)).one()
    assert (due.astimezone(CN), provisional) == (datetime(2027, 1, 5, tzinfo=CN), False)
    assert policy.current().calendar[date(2027, 2, 20)].kind == "work"


def test_a_year_in_force_is_not_rewritten(town: Town) -> None:
    town.call("centre", "POST", "/calendar/notices", BODY | {"check_only": False})
    again = town.call("centre", "POST", "/calendar/notices", BODY)
    assert (again.status_code, again.json["code"]) == (409, "notice_known")
    past = town.call(
        "centre", "POST", "/calendar/notices", BODY | {"year": 2026, "text": "日期,类型,名称\n2026-01-01,放假,元旦"}
    )
    assert past.json["code"] == "notice_known"


def test_every_fault_of_a_notice_is_named_with_its_line(town: Town) -> None:
    text = "日期,类型,名称\n2026-01-01,放假,元旦\n2027-13-01,放假,元旦\n2027-01-04,也许,元旦\n2027-01-01,放假,\n"
    answer = town.call("centre", "POST", "/calendar/notices", BODY | {"text": text})
    assert answer.json["code"] == "notice_unreadable"
    assert [one["line"] for one in answer.json["findings"]] == [2, 3, 4, 5]
    assert all(one["zh"] and one["en"].isprintable() and "不" not in one["en"] for one in answer.json["findings"])
    headless = town.call("centre", "POST", "/calendar/notices", BODY | {"text": "a,b\n1,2"})
    assert headless.json["findings"][0]["line"] == 1


def test_a_working_day_on_a_weekday_is_refused_by_the_policys_checks(town: Town) -> None:
    answer = town.call("centre", "POST", "/calendar/notices", BODY | {"text": "日期,类型,名称\n2027-03-01,上班,调休"})
    assert answer.json["code"] == "unfit"
    assert "本为工作日" in answer.json["findings"][0]["zh"]


def test_the_calendar_page_warns_of_a_year_not_known(town: Town) -> None:
    told = town.get("desk", "/calendar?year=2026").json
    assert "2027年" in told["warning"]
    assert {one["year"]: one["status"] for one in told["years"]}[YEAR] == "provisional"
    assert told["days"][0]["name"] == "元旦"
