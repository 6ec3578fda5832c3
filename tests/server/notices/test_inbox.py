"""What is told once arrives once, in order, only to whom it was told."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server import journal
from server.db import CN, db, new_id
from server.journal import Entry
from server.notices import acts, inbox
from server.notices.acts import Words
from server.notices.models import Channel, Notice
from server.people.models import Person

People = dict[str, uuid.UUID]
TASK = Words("task", "新任务 E26110200100001", bundle="新任务")


@pytest.fixture
def morning(clock: Any) -> Any:
    """Monday 2 November 2026, nine in the morning in Beijing."""
    clock.set(datetime(2026, 11, 2, 9, 0, tzinfo=CN))
    return clock


def titles(person: uuid.UUID, after: str = "0") -> list[str]:
    return [item["title"] for item in inbox.page(person, int(after), 50)["items"]]


def test_a_repeated_reaction_tells_nobody_twice(people: People, line: Callable[..., Entry], morning: Any) -> None:
    entry = line()
    for _ in range(2):
        acts.tell(entry, [people["li"], people["wang"], people["li"]], TASK)
    acts.deliver()
    acts.deliver()
    assert titles(people["li"]) == titles(people["wang"]) == ["新任务 E26110200100001"]
    assert titles(people["stranger"]) == []


def test_a_phone_that_goes_on_from_its_cursor_misses_nothing(people: People, line: Any, morning: Any) -> None:
    cursor, seen = "0", []
    for number in range(7):
        acts.tell(line(), [people["li"]], Words("task", str(number)))
        acts.deliver()
        if number % 3 == 2:
            page = inbox.page(people["li"], int(cursor), 2)
            seen += [item["title"] for item in page["items"]]
            cursor = page["cursor"]
    while (page := inbox.page(people["li"], int(cursor), 2))["items"]:
        seen += [item["title"] for item in page["items"]]
        cursor = page["cursor"]
    assert seen == [str(number) for number in range(7)]
    assert page["cursor"] == cursor
    assert not page["more"]


def test_what_follows_within_ten_minutes_comes_as_one_bundle(people: People, line: Any, morning: Any) -> None:
    acts.tell(line(), [people["li"]], TASK)
    acts.deliver()
    for _ in range(5):
        morning.advance(timedelta(minutes=1))
        acts.tell(line(), [people["li"]], TASK)
        assert acts.deliver() == 0
    morning.advance(timedelta(minutes=5))
    assert acts.deliver() == 5
    page = inbox.page(people["li"], 0, 50)
    assert [item["title"] for item in page["items"]] == ["新任务 E26110200100001", "您有 5 条新任务"]
    assert [one["title"] for one in page["items"][1]["bundle"]] == ["新任务 E26110200100001"] * 5
    assert len({one["item"]["id"] for one in page["items"][1]["bundle"]}) == 5


def test_the_night_is_quiet_and_the_morning_brings_one_bundle(people: People, line: Any, morning: Any) -> None:
    morning.set(datetime(2026, 11, 2, 22, 30, tzinfo=CN))
    for _ in range(3):
        acts.tell(line(), [people["li"]], TASK)
        morning.advance(timedelta(hours=1))
        assert acts.deliver() == 0
    morning.set(datetime(2026, 11, 3, 7, 0, tzinfo=CN))
    assert acts.deliver() == 3
    assert titles(people["li"]) == ["您有 3 条新任务"]


def test_an_emergency_whistle_wakes_at_night_and_is_never_bundled(people: People, line: Any, morning: Any) -> None:
    morning.set(datetime(2026, 11, 2, 23, 0, tzinfo=CN))
    for number in range(2):
        acts.tell(line(), [people["li"]], Words("whistle", f"应急哨 {number}", bundle="哨"), whistle="EMERGENCY")
    acts.tell(line(), [people["li"]], Words("late", "超时", severity="alarm", bundle="超时"))
    acts.tell(line(), [people["li"]], TASK, urgency="U1")
    assert acts.deliver() == 4
    assert titles(people["li"]) == ["应急哨 0", "应急哨 1", "超时", "新任务 E26110200100001"]


def test_the_live_stream_hears_of_a_delivery_by_the_persons_tags_only(people: People, line: Any, morning: Any) -> None:
    acts.tell(line(), [people["li"], people["wang"]], TASK)
    acts.deliver()
    journal.drain()
    told = db.session.scalars(sa.select(Entry).where(Entry.action == "notice.delivered")).one()
    assert told.audience == sorted([f"p:{people['li']}", f"p:{people['wang']}"])
    assert len(told.facts["notices"]) == 2
    assert told.item_kind == "notice"
    assert told.item_id is None


def test_reading_marks_a_bundle_with_all_in_it_and_only_ones_own(people: People, line: Any, morning: Any) -> None:
    morning.set(datetime(2026, 11, 2, 23, 0, tzinfo=CN))
    for name in ("li", "li", "wang"):
        acts.tell(line(), [people[name]], TASK)
    morning.set(datetime(2026, 11, 3, 7, 0, tzinfo=CN))
    acts.deliver()
    (bundle,) = inbox.page(people["li"], 0, 50)["items"]
    assert inbox.page(people["li"], 0, 50)["unread"] == 1
    assert acts.read(people["wang"], [uuid.UUID(bundle["id"])]) == 0
    assert acts.read(people["li"], [uuid.UUID(bundle["id"])]) == 2
    assert inbox.page(people["li"], 0, 50)["unread"] == 0
    assert inbox.page(people["wang"], 0, 50)["unread"] == 1


def test_a_switched_on_channel_takes_its_severity_only(people: People, line: Any, morning: Any) -> None:
    db.session.execute(sa.update(Channel).where(Channel.code == "sms").values(enabled=True))
    acts.tell(line(), [people["li"]], TASK)
    acts.tell(line(), [people["li"]], Words("late", "超时", severity="alarm"))
    rows = db.session.execute(sa.select(Notice.channel, Notice.severity).order_by(Notice.channel, Notice.severity))
    assert list(rows) == [("app", "alarm"), ("app", "info"), ("sms", "alarm")]


def test_two_deliveries_at_once_give_out_places_in_the_order_of_their_commits(fresh_app: Any, clock: Any) -> None:
    clock.set(datetime(2026, 11, 2, 9, 0, tzinfo=CN))
    person = Person(id=new_id(), username="li", name="li", must_change_password=False)
    db.session.add(person)
    db.session.flush()
    channel = {"channel": "app", "kind": "task", "title": "", "body": "", "severity": "info", "bundle_key": ""}
    moments = {"created_at": clock.now(), "deliver_after": clock.now(), "person_id": person.id}
    rows = [{"id": new_id(), "entry_id": number} | channel | moments for number in range(2000)]
    db.session.execute(sa.insert(Notice), rows)
    db.session.commit()
    seen: list[int] = []

    def deliver() -> None:
        with fresh_app.app_context():
            while acts.deliver():
                journal.drain()
                db.session.commit()
            db.session.remove()

    def poll() -> None:
        with fresh_app.app_context():
            cursor = 0
            while len(seen) < 2000:
                page = inbox.page(person.id, cursor, 200)
                seen.extend(int(item["id"] in known) for item in page["items"])
                cursor = int(page["cursor"])
                db.session.rollback()
            db.session.remove()

    known = {str(row["id"]) for row in rows}
    threads = [threading.Thread(target=deliver) for _ in range(3)] + [threading.Thread(target=poll)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert seen == [1] * 2000
