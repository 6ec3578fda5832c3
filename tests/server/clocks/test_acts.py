"""Clocks of one item: started, paused, extended, agreed, stopped, and what the journal and the breaches say of it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server import access, clocks, journal, policy
from server.clocks import audit, ladders, refusals, ring
from server.clocks.lines import Subject
from server.clocks.models import Breach, Clock, ClockPause, LadderSnapshot
from server.db import db, new_id
from server.flow.models import Custody
from server.journal import Entry, Line
from server.policy import Limit
from tests.server.clocks.known import cn

pytestmark = pytest.mark.usefixtures("rolled_back")
OFFICER = uuid.UUID(int=7)
START = cn("2025-01-06 09:00")


@pytest.fixture
def item() -> uuid.UUID:
    """An event that exists only by its clocks."""
    return new_id()


@pytest.fixture(autouse=True)
def monday(clock: Any) -> None:
    """It is Monday morning, 6 January 2025."""
    clock.set(START)


def order(item: uuid.UUID, code: str, limit: str, at: datetime = START, **more: Any) -> clocks.Order:
    """Return the order for a clock of an event."""
    return clocks.Order("event", item, code, at, Limit.parse(limit), **more)


def tell(item: uuid.UUID, operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write the operations as an act does, and return them."""
    journal.write(Line("event.tested", access.SYSTEM, item=Subject(item), kind="event", facts={"clocks": operations}))
    return operations


def clock_of(item: uuid.UUID, code: str) -> Clock:
    """Return the latest clock of that name."""
    query = sa.select(Clock).where(Clock.item_id == item, Clock.code == code).order_by(Clock.started_at.desc())
    found = db.session.scalars(query.execution_options(populate_existing=True)).first()
    assert found is not None
    return found


def breaches_of(item: uuid.UUID) -> list[Breach]:
    """Return the breaches of an item."""
    return list(db.session.scalars(sa.select(Breach).where(Breach.item_id == item).order_by(Breach.at)))


# --- start ---------------------------------------------------------------------------------------------------------


def test_a_clock_keeps_the_promise_it_was_started_under(item: uuid.UUID) -> None:
    (told,) = clocks.start([order(item, "FILE", "2 WH")])
    found = clock_of(item, "FILE")
    assert (found.limit, found.result, found.due_at) == ("2 WH", "running", cn("2025-01-06 11:00"))
    assert (told["op"], told["due"], told["limit"]) == ("start", "2025-01-06T03:00:00+00:00", "2 WH")
    assert found.rings_at == cn("2025-01-06 10:00")
    assert ladders.get(found.ladder) == policy.current().ladder("FILE")
    assert found.source == policy.current().promises["FILE"].source


def test_a_ladder_is_stored_once_and_read_back_equal(item: uuid.UUID) -> None:
    clocks.start([order(item, "FILE", "2 WH"), order(item, "RESP", "10 min", unit="DEP19")])
    clocks.start([order(new_id(), "FILE", "2 WH")])
    stored = db.session.scalars(sa.select(LadderSnapshot)).all()
    wanted = {policy.current().ladder("FILE"), policy.current().ladder("RESP")}
    assert {ladders.unpack(one.content) for one in stored} >= wanted
    assert len({one.digest for one in stored}) == len(stored)


def test_a_running_clock_is_kept_when_the_arrow_says_so(item: uuid.UUID) -> None:
    clocks.start([order(item, "HANDLE", "5 WD")])
    later = cn("2025-01-08 09:00")
    assert clocks.start([order(item, "HANDLE", "5 WD", later, keep=True)]) == []
    assert clock_of(item, "HANDLE").started_at == START


def test_work_done_once_more_cancels_the_clock_that_still_runs(item: uuid.UUID) -> None:
    clocks.start([order(item, "HANDLE", "5 WD")])
    operations = clocks.start([order(item, "HANDLE", "2 WD", cn("2025-01-08 09:00"))])
    assert [told["op"] for told in operations] == ["cancel", "start"]
    assert clock_of(item, "HANDLE").due_at == cn("2025-01-10 24:00")
    results = db.session.scalars(sa.select(Clock.result).where(Clock.item_id == item).order_by(Clock.started_at))
    assert list(results) == ["cancelled", "running"]


def test_each_department_has_its_own_clock(item: uuid.UUID) -> None:
    units = ("DEP19", "DEP28", "DEP33")
    clocks.start([order(item, "RESP", "10 min", unit=unit) for unit in units])
    clocks.stop(item, ("RESP",), at=START + timedelta(minutes=4), unit="DEP28")
    results = db.session.execute(sa.select(Clock.unit_code, Clock.result).where(Clock.item_id == item))
    assert dict(results.all()) == {"DEP19": "running", "DEP28": "met", "DEP33": "running"}


def test_five_hundred_clocks_start_in_a_handful_of_statements(statements: list[str]) -> None:
    orders = [order(new_id(), "FILE", "2 WH") for _ in range(500)]
    statements.clear()
    assert len(clocks.start(orders)) == 500
    assert len(statements) <= 3


def test_two_clocks_of_one_name_cannot_run(item: uuid.UUID) -> None:
    clocks.start([order(item, "FILE", "2 WH")])
    row = {column.name: getattr(clock_of(item, "FILE"), column.name) for column in Clock.__table__.columns}
    with pytest.raises(IntegrityError, match="uq_clocks_running"):
        db.session.execute(sa.insert(Clock).values(row | {"id": new_id()}))


# --- stop ----------------------------------------------------------------------------------------------------------


def test_at_the_due_moment_is_still_in_time(item: uuid.UUID) -> None:
    clocks.start([order(item, "FILE", "2 WH")])
    (told,) = clocks.stop(item, ("FILE",), at=cn("2025-01-06 11:00"))
    assert (told["op"], told["result"]) == ("stop", "met")
    assert breaches_of(item) == []


def test_a_late_stop_leaves_a_breach_with_who_held_the_item_at_the_due_moment(item: uuid.UUID) -> None:
    noon, post = cn("2025-01-06 12:00"), new_id()
    held = {"item_kind": "event", "item_id": item}
    db.session.add(Custody(**held, unit_code="441602001", post_id=post, since=START, until=noon))
    db.session.add(Custody(**held, unit_code="DEP28", since=noon))
    clocks.start([order(item, "FILE", "2 WH")])
    (told,) = clocks.stop(item, ("FILE",), at=cn("2025-01-06 15:00"))
    assert told["result"] == "late"
    (breach,) = breaches_of(item)
    assert (breach.unit_code, breach.post_id, breach.at) == ("441602001", post, cn("2025-01-06 11:00"))


def test_a_breach_can_neither_be_changed_nor_deleted(item: uuid.UUID) -> None:
    clocks.start([order(item, "FILE", "2 WH")])
    clocks.stop(item, ("FILE",), at=cn("2025-01-06 15:00"))
    for change in (sa.update(Breach).values(unit_code="DEP01"), sa.delete(Breach)):
        with pytest.raises(IntegrityError, match="append-only"), db.session.begin_nested():
            db.session.execute(change)


def test_results_that_are_not_a_matter_of_time_are_told_by_the_act(item: uuid.UUID) -> None:
    clocks.start([order(item, "C1", "24 H"), order(item, "C3", "72 H"), order(item, "ARRIVE", "2 WD", unit="DEP19")])
    clocks.stop(item, ("C1",), at=cn("2025-01-06 18:00"), result="attempted")
    clocks.stop(item, ("C3",), at=cn("2025-01-08 18:00"), result="staged")
    clocks.waive(item, ("ARRIVE",), at=cn("2025-01-06 10:00"), reason="share 0", approver=OFFICER)
    assert [clock_of(item, code).result for code in ("C1", "C3", "ARRIVE")] == ["attempted", "staged", "waived"]


def test_a_final_state_cancels_what_still_runs_but_what_it_leaves(item: uuid.UUID) -> None:
    clocks.start([order(item, "HANDLE", "5 WD"), order(item, "ACCEPT", "2 WH"), order(item, "REG", "15 ND roll")])
    clocks.cancel(item, at=cn("2025-01-06 10:00"), but=("REG",))
    results = {code: clock_of(item, code).result for code in ("HANDLE", "ACCEPT", "REG")}
    assert results == {"HANDLE": "cancelled", "ACCEPT": "cancelled", "REG": "running"}


def test_a_right_of_a_resident_lapses_without_a_breach(item: uuid.UUID) -> None:
    clocks.start([order(item, "REVIEWRIGHT", "30 ND roll")])
    clocks.stop(item, ("REVIEWRIGHT",), at=cn("2025-02-20 00:00"))
    assert clock_of(item, "REVIEWRIGHT").result == "met"
    assert breaches_of(item) == []


def test_a_clock_never_stops_before_it_started(item: uuid.UUID) -> None:
    clocks.start([order(item, "FILE", "2 WH")])
    clocks.stop(item, ("FILE",), at=START - timedelta(hours=1))
    assert clock_of(item, "FILE").stopped_at == START


def test_stopping_what_does_not_run_does_nothing(item: uuid.UUID) -> None:
    assert clocks.stop(item, at=START) == clocks.cancel(item, at=START) == clocks.resume(item, "HANDLE", at=START) == []


# --- pause, extend, agree ------------------------------------------------------------------------------------------


def pause(item: uuid.UUID, at: str, until: str, code: str = "HANDLE") -> list[dict[str, Any]]:
    """Pause a clock with everything a pause needs."""
    return clocks.pause(item, code, at=cn(at), until=cn(until), reason="material", approver=OFFICER)


def test_a_paused_clock_rings_at_the_end_of_its_pause_and_knows_who_approved(item: uuid.UUID) -> None:
    clocks.start([order(item, "HANDLE", "5 WD")])
    pause(item, "2025-01-08 10:00", "2025-01-17 24:00")
    found = clock_of(item, "HANDLE")
    assert (found.rings_at, found.due_at) == (cn("2025-01-17 24:00"), cn("2025-01-23 24:00"))
    assert found.original_due_at == cn("2025-01-13 24:00")
    held = db.session.scalars(sa.select(ClockPause).where(ClockPause.clock_id == found.id)).one()
    assert (held.reason, held.approver, held.ended_at) == ("material", OFFICER, None)


def test_resuming_early_counts_the_days_left_from_then(item: uuid.UUID) -> None:
    clocks.start([order(item, "HANDLE", "5 WD")])
    pause(item, "2025-01-08 10:00", "2025-01-17 24:00")
    clocks.resume(item, "HANDLE", at=cn("2025-01-09 09:00"))
    found = clock_of(item, "HANDLE")
    assert found.due_at == cn("2025-01-14 24:00")
    assert found.rings_at is not None
    assert cn("2025-01-08 10:00") < found.rings_at < found.due_at


def test_nobody_pauses_longer_than_was_approved(item: uuid.UUID) -> None:
    clocks.start([order(item, "HANDLE", "24 H")])
    pause(item, "2025-01-06 21:00", "2025-01-07 21:00")
    (told,) = clocks.resume(item, "HANDLE", at=cn("2025-01-15 09:00"))
    assert told["at"] == "2025-01-07T13:00:00+00:00"
    assert clock_of(item, "HANDLE").due_at == cn("2025-01-08 09:00")


def test_an_offline_stop_from_before_the_pause_leaves_the_pause_empty(item: uuid.UUID) -> None:
    tell(item, clocks.start([order(item, "HANDLE", "24 H")]))
    tell(item, pause(item, "2025-01-06 21:00", "2025-01-07 21:00"))
    tell(item, clocks.stop(item, ("HANDLE",), at=cn("2025-01-06 20:00")))
    journal.flush()
    assert audit.differences([item]) == []
    assert clock_of(item, "HANDLE").due_at == cn("2025-01-07 09:00")


@pytest.mark.parametrize("code", ["REG", "HANDLE60", "C1"])
def test_legal_clocks_and_one_two_three_refuse_a_pause(item: uuid.UUID, code: str) -> None:
    clocks.start([order(item, code, "72 H")])
    with pytest.raises(refusals.ClockNeverPaused):
        pause(item, "2025-01-06 10:00", "2025-01-07 10:00", code)


def test_a_pause_needs_an_end_a_running_clock_and_no_other_pause(item: uuid.UUID) -> None:
    with pytest.raises(refusals.ClockNotRunning):
        pause(item, "2025-01-06 10:00", "2025-01-07 10:00")
    clocks.start([order(item, "HANDLE", "5 WD")])
    with pytest.raises(refusals.PauseEndsBeforeItBegins):
        pause(item, "2025-01-06 10:00", "2025-01-06 10:00")
    pause(item, "2025-01-06 10:00", "2025-01-07 10:00")
    with pytest.raises(refusals.ClockPausedAlready):
        pause(item, "2025-01-06 11:00", "2025-01-08 10:00")


def test_stopping_a_paused_clock_tells_the_resumption_first(item: uuid.UUID) -> None:
    clocks.start([order(item, "HANDLE", "24 H")])
    pause(item, "2025-01-06 10:00", "2025-01-10 10:00")
    operations = clocks.stop(item, ("HANDLE",), at=cn("2025-01-09 10:00"))
    assert [told["op"] for told in operations] == ["resume", "stop"]
    assert clock_of(item, "HANDLE").due_at == cn("2025-01-10 09:00")


def test_an_extension_keeps_the_original_due_and_reminds_again(item: uuid.UUID) -> None:
    clocks.start([order(item, "HANDLE", "5 WD")])
    clocks.extend(item, "HANDLE", at=cn("2025-01-10 10:00"), due_at=cn("2025-01-15 24:00"))
    found = clock_of(item, "HANDLE")
    assert (found.due_at, found.original_due_at) == (cn("2025-01-15 24:00"), cn("2025-01-13 24:00"))
    assert found.rings_at is not None


def test_what_is_overdue_or_would_be_due_earlier_is_not_extended(item: uuid.UUID) -> None:
    clocks.start([order(item, "HANDLE", "24 H")])
    with pytest.raises(refusals.ExtensionShortens):
        clocks.extend(item, "HANDLE", at=cn("2025-01-06 10:00"), due_at=cn("2025-01-07 09:00"))
    with pytest.raises(refusals.ClockOverdue):
        clocks.extend(item, "HANDLE", at=cn("2025-01-07 09:01"), due_at=cn("2025-01-09 09:00"))


def test_a_paused_clock_is_resumed_before_it_is_extended(item: uuid.UUID) -> None:
    clocks.start([order(item, "HANDLE", "24 H")])
    pause(item, "2025-01-06 21:00", "2025-01-07 21:00")
    with pytest.raises(refusals.ClockPausedAlready):
        clocks.extend(item, "HANDLE", at=cn("2025-01-06 22:00"), due_at=cn("2025-01-10 09:00"))


def test_an_agreed_time_of_arrival_binds_within_the_limit(item: uuid.UUID) -> None:
    clocks.start([order(item, "ARRIVE", "given <= 24 H", unit="DEP28")])
    clocks.agree(item, "ARRIVE", at=cn("2025-01-06 09:10"), given=cn("2025-01-06 12:00"))
    assert clock_of(item, "ARRIVE").due_at == cn("2025-01-06 12:00")
    clocks.agree(item, "ARRIVE", at=cn("2025-01-06 09:20"), given=cn("2025-01-08 12:00"))
    assert clock_of(item, "ARRIVE").due_at == cn("2025-01-07 09:00")


def test_a_date_is_refused_where_the_limit_asks_for_none_or_it_lies_before_the_start(item: uuid.UUID) -> None:
    clocks.start([order(item, "HANDLE", "24 H"), order(item, "ARRIVE", "given <= 24 H")])
    for code, given in (("HANDLE", cn("2025-01-06 12:00")), ("ARRIVE", cn("2025-01-06 08:00"))):
        with pytest.raises(refusals.DateDoesNotFit):
            clocks.agree(item, code, at=START, given=given)


# --- what others see -----------------------------------------------------------------------------------------------


def test_the_card_shows_due_times_pause_and_lamp(item: uuid.UUID, clock: Any) -> None:
    fresh = clocks.told_fresh(clocks.start([order(item, "HANDLE", "24 H")]))
    assert fresh == clocks.shown(item)
    clock.set(cn("2025-01-07 05:00"))
    assert clocks.shown(item)[0]["lamp"] == "yellow"
    clock.set(cn("2025-01-07 09:00"))
    (row,) = clocks.shown(item)
    assert (row["lamp"], row["zh"], row["paused_until"]) == ("red", "处置", None)


def test_the_journal_alone_tells_the_same_as_the_table(item: uuid.UUID, clock: Any) -> None:
    tell(item, clocks.start([order(item, "FILE", "2 WH"), order(item, "HANDLE", "5 WD")]))
    tell(item, clocks.stop(item, ("FILE",), at=cn("2025-01-06 15:00")))
    tell(item, pause(item, "2025-01-08 10:00", "2025-01-09 24:00"))
    clock.set(cn("2025-01-10 00:00"))
    ring.ring_due()
    tell(item, clocks.resume(item, "HANDLE", at=cn("2025-01-10 00:00")))
    tell(item, clocks.extend(item, "HANDLE", at=cn("2025-01-10 10:00"), due_at=cn("2025-01-20 12:00")))
    clock.set(cn("2025-01-21 00:00"))
    while ring.ring_due():
        pass
    journal.flush()
    assert audit.differences([item]) == []
    assert clock_of(item, "HANDLE").result == "breached_open"
    tell(item, clocks.stop(item, at=cn("2025-01-21 09:00")))
    journal.flush()
    assert audit.differences([item]) == []
    assert clock_of(item, "HANDLE").result == "late"


def test_a_clock_changed_behind_the_journal_is_found(item: uuid.UUID) -> None:
    tell(item, clocks.start([order(item, "HANDLE", "5 WD")]))
    clock_of(item, "HANDLE").due_at += timedelta(days=30)
    journal.flush()
    db.session.flush()
    (found,) = audit.differences([item])
    assert (found.code, found.item_id) == ("HANDLE", str(item))


def test_a_clock_without_a_line_is_found_and_a_line_without_a_clock_too(item: uuid.UUID) -> None:
    other = new_id()
    operations = clocks.start([order(item, "HANDLE", "5 WD")])
    tell(other, [told | {"item_id": str(other)} for told in operations])
    journal.flush()
    found = {one.item_id: one for one in audit.differences([item, other])}
    assert found[str(item)].journal is None
    assert found[str(other)].table is None


def test_every_start_is_told_with_all_that_a_replay_needs(item: uuid.UUID) -> None:
    tell(item, clocks.start([order(item, "HANDLE", "5 WD")]))
    journal.flush()
    facts = db.session.scalars(sa.select(Entry.facts).where(Entry.item_id == item)).one()
    wanted = {"op", "item_kind", "item_id", "code", "unit", "at", "limit", "given", "due", "provisional", "breaches"}
    assert set(facts["clocks"][0]) == wanted
