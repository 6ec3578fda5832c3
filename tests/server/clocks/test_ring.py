"""The ring loop: every moment recorded once, whoever rings, however late; and the self-audit that watches it."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server import clocks, journal, policy
from server.clocks import audit, lines, ring
from server.clocks.models import Breach, Clock
from server.config import ROOT
from server.db import db, new_id, now
from server.journal import Entry
from server.policy import Limit
from tests.server.clocks.known import cn

START = cn("2025-01-09 09:00")
OFFICER = uuid.UUID(int=7)
WORKERS = 4


def started(code: str, limit: str, item: uuid.UUID | None = None, **more: Any) -> uuid.UUID:
    """Start a clock at the present moment and return the id of its item."""
    item = item or new_id()
    clocks.start([clocks.Order("event", item, code, now(), Limit.parse(limit), **more)])
    return item


def rung(item: uuid.UUID) -> list[Any]:
    """Return what was rung for an item, in order: the facts of its lines."""
    journal.flush()
    query = sa.select(Entry.facts).where(Entry.item_id == item, Entry.action == lines.RANG).order_by(Entry.id)
    return list(db.session.scalars(query))


def ring_all() -> None:
    """Ring until nothing is due."""
    while ring.ring_due():
        pass


@pytest.fixture
def thursday(rolled_back: sa.Connection, clock: Any) -> Any:
    """It is nine o'clock on Thursday, 9 January 2025."""
    clock.set(START)
    return clock


def test_nothing_rings_before_its_moment_and_then_once(thursday: Any) -> None:
    item = started("HANDLE", "2 H")
    thursday.set(cn("2025-01-09 09:59"))
    assert ring.ring_due() == 0
    thursday.set(cn("2025-01-09 10:00"))
    assert [ring.ring_due(), ring.ring_due()] == [1, 0]
    (facts,) = rung(item)
    assert (facts["code"], facts["rung"], facts["factor"], facts["does"]) == ("HANDLE", 0, 0.5, ["remind"])
    assert (facts["due_at"], facts["lamp"]) == ("2025-01-09T03:00:00+00:00", "green")


def test_the_due_moment_leaves_one_breach_and_the_clock_goes_on(thursday: Any) -> None:
    item = started("HANDLE", "2 H")
    thursday.set(cn("2025-01-09 11:00"))
    ring_all()
    assert [facts["factor"] for facts in rung(item)] == [0.5, 0.8, 1.0]
    assert [told["op"] for told in rung(item)[-1]["clocks"]] == ["breach"]
    breach = db.session.scalars(sa.select(Breach).where(Breach.item_id == item)).one()
    assert breach.at == cn("2025-01-09 11:00")
    result = db.session.scalar(sa.select(Clock.result).where(Clock.item_id == item))
    assert result == "breached_open"
    clocks.stop(item, at=cn("2025-01-09 11:30"))
    assert db.session.scalar(sa.select(sa.func.count()).where(Breach.item_id == item)) == 1


def test_a_loop_that_slept_rings_every_rung_in_order_but_each_repetition_not_at_all(thursday: Any) -> None:
    item = started("HANDLE", "2 H")
    thursday.set(cn("2025-02-20 10:00"))
    ring_all()
    assert [facts["factor"] for facts in rung(item)] == [0.5, 0.8, 1.0]
    rings_at = db.session.scalar(sa.select(Clock.rings_at).where(Clock.item_id == item))
    assert rings_at == cn("2025-02-20 24:00")
    thursday.set(cn("2025-02-21 00:00"))
    ring_all()
    assert rung(item)[-1]["factor"] is None


def test_an_emergency_whistle_climbs_only_for_the_department_that_stays_silent(thursday: Any) -> None:
    """Spec 16.3 no. 6: responses after 4, 9 and 12 minutes; the third is late and would escalate only at 20 minutes."""
    item = new_id()
    answers = {"DEP19": 4, "DEP28": 9, "DEP33": 12}
    for unit in answers:
        started("RESP", "10 min", item, unit=unit)
    for minute in range(13):
        thursday.set(START + timedelta(minutes=minute))
        for unit, answer in answers.items():
            if minute == answer:
                clocks.stop(item, ("RESP",), at=now(), unit=unit)
        ring_all()
    results = dict(db.session.execute(sa.select(Clock.unit_code, Clock.result).where(Clock.item_id == item)).all())
    assert results == {"DEP19": "met", "DEP28": "met", "DEP33": "late"}
    assert {facts["unit"] for facts in rung(item) if facts["factor"] == 1.0} == {"DEP33"}
    assert not any("escalate" in facts["does"] for facts in rung(item))


def test_a_silent_department_escalates_at_twice_and_four_times_its_limit(thursday: Any) -> None:
    item = started("RESP", "10 min", unit="DEP33")
    climbed = {}
    for minute in range(41):
        thursday.set(START + timedelta(minutes=minute))
        ring_all()
        climbed |= {facts["factor"]: minute for facts in rung(item)[len(climbed) :]}
    assert climbed == {0.5: 5, 0.8: 8, 1.0: 10, 2.0: 20, 4.0: 40}


def test_the_end_of_a_pause_rings_to_resume_and_again_a_day_later(thursday: Any) -> None:
    item = started("HANDLE", "5 WD")
    thursday.set(cn("2025-01-10 10:00"))
    ring_all()
    until = cn("2025-01-14 24:00")
    clocks.pause(item, "HANDLE", at=now(), until=until, reason="material", approver=OFFICER)
    thursday.set(until - timedelta(seconds=1))
    assert ring.ring_due() == 0
    for days in (0, 1):
        thursday.set(until + timedelta(days=days))
        assert [ring.ring_due(), ring.ring_due()] == [1, 0]
    assert [facts["does"] for facts in rung(item)][-2:] == [["resume"], ["resume"]]
    clocks.resume(item, "HANDLE", at=now())
    due_at = db.session.scalar(sa.select(Clock.due_at).where(Clock.item_id == item))
    assert due_at == cn("2025-01-21 24:00")


def test_a_right_of_a_resident_lapses_and_nobody_is_blamed(thursday: Any) -> None:
    item = started("REVIEWRIGHT", "30 ND roll")
    thursday.set(cn("2025-02-20 00:00"))
    ring_all()
    assert [facts["does"] for facts in rung(item)][1] == ["lapse"]
    assert db.session.scalar(sa.select(sa.func.count()).where(Breach.item_id == item)) == 0


# --- when holidays become known ------------------------------------------------------------------------------------


def without(year: int) -> policy.Policy:
    """Return the policy as it is before the notice for ``year``."""
    now_in_force = policy.current()
    days = {day: row for day, row in now_in_force.calendar.items() if day.year != year}
    years = {number: row for number, row in now_in_force.years.items() if number != year}
    return replace(now_in_force, calendar=days, years=years)


def test_a_clock_that_leant_on_an_unknown_year_is_counted_anew_when_the_notice_comes(thursday: Any) -> None:
    thursday.set(cn("2024-12-30 09:00"))
    with policy.use(without(2025)):
        item = started("HANDLE", "3 WD")
        assert audit.recount_provisional() == 0
    before = db.session.execute(sa.select(Clock.due_at, Clock.provisional).where(Clock.item_id == item)).one()
    assert tuple(before) == (cn("2025-01-02 24:00"), True)
    assert audit.recount_provisional() == 1
    after = db.session.execute(sa.select(Clock.due_at, Clock.provisional).where(Clock.item_id == item)).one()
    assert tuple(after) == (cn("2025-01-03 24:00"), False)
    assert audit.recount_provisional() == 0


def test_the_loop_counts_anew_before_it_rings(thursday: Any) -> None:
    thursday.set(cn("2024-12-30 09:00"))
    with policy.use(without(2025)):
        item = started("HANDLE", "3 WD")
    thursday.set(cn("2025-01-03 00:30"))
    ring_all()
    assert 1.0 not in [facts["factor"] for facts in rung(item)]
    journal.flush()
    actions = db.session.scalars(sa.select(Entry.action).where(Entry.item_id == item).order_by(Entry.id)).all()
    assert actions[0] == lines.RECOUNTED


# --- who watches the watchman --------------------------------------------------------------------------------------


def test_a_clock_nobody_rings_is_found_by_the_audit(thursday: Any) -> None:
    item = started("HANDLE", "2 H")
    thursday.set(cn("2025-01-09 10:05"))
    assert audit.find_clocks_without_next_moment() == []
    thursday.set(cn("2025-01-09 10:06"))
    assert [found.item_id for found in audit.find_clocks_without_next_moment()] == [item]
    ring_all()
    assert audit.find_clocks_without_next_moment() == []


def test_a_clock_that_cannot_be_computed_is_an_alarm_and_silences_no_other(thursday: Any) -> None:
    broken, sound = started("HANDLE", "1 H"), started("HANDLE", "2 H")
    db.session.execute(sa.update(Clock).where(Clock.item_id == broken).values(limit="a fortnight"))
    thursday.set(cn("2025-01-09 10:00"))
    ring_all()
    assert [facts["factor"] for facts in rung(sound)] == [0.5]
    assert rung(broken) == []
    (alarm,) = db.session.scalars(sa.select(Entry.facts).where(Entry.action == lines.AUDIT_FAILED))
    assert alarm["silent"] == [str(db.session.scalar(sa.select(Clock.id).where(Clock.item_id == broken)))]
    assert "a fortnight" in alarm["why"]


def test_the_administrator_is_warned_before_the_calendar_ends(thursday: Any) -> None:
    assert audit.calendar_warning() is None
    with policy.use(without(2026)):
        thursday.set(cn("2025-12-01 09:00"))
        sentence = audit.calendar_warning()
    assert sentence is not None
    assert "2025年12月31日" in sentence


def test_no_running_clock_can_be_stored_without_a_next_moment(thursday: Any) -> None:
    item = started("HANDLE", "2 H")
    with pytest.raises(sa.exc.IntegrityError, match="ck_clocks_rings"), db.session.begin_nested():
        db.session.execute(sa.update(Clock).where(Clock.item_id == item).values(rings_at=None))


# --- several workers -----------------------------------------------------------------------------------------------


def overdue_clocks(number: int) -> list[uuid.UUID]:
    """Commit clocks that are three hours old and were due an hour ago: three rungs each are waiting."""
    began = now() - timedelta(hours=3)
    items = [new_id() for _ in range(number)]
    clocks.start([clocks.Order("event", item, "HANDLE", began, Limit.parse("2 H")) for item in items])
    db.session.commit()
    return items


def ringers(url: str) -> list[subprocess.Popen[str]]:
    """Start the workers, each a process."""
    command = [
        sys.executable,
        "-m",
        "tests.server.clocks.ringer",
        url.replace("postgresql://", "postgresql+psycopg://"),
    ]
    return [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(WORKERS)]


def told_once(items: list[uuid.UUID]) -> None:
    """Check that each item was rung 3 times, once per rung, and breached once."""
    rang = db.session.execute(sa.select(Entry.item_id, Entry.facts["factor"]).where(Entry.action == lines.RANG)).all()
    assert Counter(rang) == Counter((item, factor) for item in items for factor in (0.5, 0.8, 1.0))
    assert set(db.session.scalars(sa.select(Breach.item_id))) == set(items)


def test_four_workers_ring_every_moment_once(fresh_app: Flask, fresh_database: str) -> None:
    items = overdue_clocks(150)
    looked_at = [int(worker.communicate(timeout=60)[0]) for worker in ringers(fresh_database)]
    told_once(items)
    assert sum(looked_at) == 3 * len(items)


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(fresh_app: Flask, fresh_database: str) -> None:
    items = overdue_clocks(150)
    workers = ringers(fresh_database)
    while not db.session.scalar(sa.select(sa.exists().where(Entry.action == lines.RANG))):
        db.session.rollback()
        time.sleep(0.01)
    workers[0].kill()
    for worker in workers:
        worker.communicate(timeout=60)
    db.session.rollback()
    ring_all()
    journal.flush()
    db.session.commit()
    told_once(items)


def test_two_rounds_at_once_take_different_clocks(fresh_app: Flask) -> None:
    overdue_clocks(2)
    assert ring.ring_due(limit=1) == 1
    with fresh_app.app_context():
        assert ring.ring_due() == 1
        db.session.rollback()
    db.session.rollback()
    journal.acts.forget()
