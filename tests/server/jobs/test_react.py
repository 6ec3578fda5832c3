"""What follows from a line follows exactly once, also when it fails at first, and never undoes the act."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server import http, journal
from server.access import SYSTEM
from server.db import db, now
from server.jobs import queue, react
from server.jobs.models import ReactionRun
from server.journal import Entry, Line
from server.worker import exhaust

FAILURES = sa.select(Entry).where(Entry.action == "reaction.failed")
JOBS = sa.text("select task_name, args, status::text from procrastinate_jobs order by id")


@pytest.fixture
def follow(fresh_app: Any) -> Iterator[Callable[..., None]]:
    """Say for this test what follows from an action."""
    before = dict(react._table)

    def register(action: str, *reactions: react.Reaction) -> None:
        react.register({action: reactions})

    yield register
    react._table.clear()
    react._table.update(before)


def act(*actions: str, fails: bool = False) -> list[int]:
    with http.transaction():
        for action in actions:
            journal.write(Line(action, SYSTEM, audience=("a",)))
        if fails:
            raise RuntimeError
    return list(db.session.scalars(sa.select(Entry.id).order_by(Entry.id)))


def jobs() -> list[Any]:
    found = db.session.execute(JOBS).all()
    db.session.rollback()
    return found


def runs() -> dict[str, tuple[int, bool]]:
    rows = db.session.execute(sa.select(ReactionRun.name, ReactionRun.tries, ReactionRun.done_at))
    return {name.rpartition(".")[2]: (tries, done is not None) for name, tries, done in rows}


def test_one_job_per_transaction_holds_all_lines_that_something_follows_from(follow: Any) -> None:
    follow("a.done", lambda entry: None)
    first, _, third = act("a.done", "b.done", "a.done")
    assert jobs() == [("react", {"entries": [first, third]}, "todo")]


def test_nothing_is_enqueued_for_an_act_that_is_undone_or_has_no_consequence(follow: Any) -> None:
    follow("a.done", lambda entry: None)
    act("b.done")
    with pytest.raises(RuntimeError):
        act("a.done", fails=True)
    assert jobs() == []


def test_every_reaction_runs_once_however_often_the_job_is_run(follow: Any) -> None:
    seen: list[str] = []

    def first(entry: Entry) -> None:
        seen.append(f"first {entry.id}")

    def second(entry: Entry) -> None:
        seen.append(f"second {entry.id}")

    follow("a.done", first, second)
    (entry,) = act("a.done")
    for _ in range(3):
        assert react.run([entry]) == []
    assert seen == [f"first {entry}", f"second {entry}"]


def test_a_failing_reaction_holds_up_no_other_and_is_tried_again_alone(follow: Any) -> None:
    seen: list[str] = []
    broken = [True]

    def good(entry: Entry) -> None:
        seen.append("good")
        journal.write(Line("good.done", SYSTEM))

    def bad(entry: Entry) -> None:
        seen.append("bad")
        if broken[0]:
            raise ValueError("the gateway is away")

    follow("a.done", good, bad)
    (entry,) = act("a.done")
    (failed,) = react.run([entry])
    assert failed[1].endswith("bad")
    assert runs() == {"bad": (1, False), "good": (1, True)}
    error = db.session.scalars(sa.select(ReactionRun.error).where(ReactionRun.done_at.is_(None))).one()
    assert "the gateway is away" in (error or "")
    broken[0] = False
    assert react.run([entry]) == []
    assert runs() == {"bad": (2, True), "good": (1, True)}
    assert [word for word in seen if word == "good"] == ["good", "good"], (
        "its first run was undone with the failing one"
    )
    assert db.session.scalar(sa.select(sa.func.count()).where(Entry.action == "good.done")) == 1


def test_what_fails_for_the_last_time_is_told_to_the_administrators(follow: Any) -> None:
    def bad(entry: Entry) -> None:
        raise ValueError

    follow("a.done", bad)
    (entry,) = act("a.done")
    for attempt in range(queue.RETRIES + 1):
        assert db.session.scalars(FAILURES).all() == [], attempt
        with pytest.raises(react.ReactionsFailed, match=rf"bad\({entry}\)"):
            react.react([entry])
    told = db.session.scalars(FAILURES).one()
    assert told.facts["entry"] == entry
    assert runs()["bad"] == (queue.RETRIES + 1, False)


def test_two_workers_with_the_same_job_do_it_once(follow: Any, fresh_app: Any) -> None:
    seen: list[int] = []
    meet = threading.Barrier(2)

    def slow(entry: Entry) -> None:
        seen.append(entry.id)
        db.session.execute(sa.text("select pg_sleep(0.2)"))

    follow("a.done", slow)
    (entry,) = act("a.done")

    def work() -> None:
        with fresh_app.app_context():
            meet.wait()
            react.run([entry])
            db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [entry]


def test_exhaust_follows_a_chain_of_consequences_to_its_end(follow: Any) -> None:
    follow("a.done", lambda entry: journal.write(Line("b.done", SYSTEM)))
    follow("b.done", lambda entry: journal.write(Line("c.done", SYSTEM)))
    act("a.done")
    exhaust()
    assert list(db.session.scalars(sa.select(Entry.action).order_by(Entry.id))) == ["a.done", "b.done", "c.done"]
    assert jobs() == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(journal.Seal)) == 3


def test_what_was_done_is_forgotten_after_a_while_what_failed_is_not(follow: Any, clock: Any) -> None:
    def bad(entry: Entry) -> None:
        raise ValueError

    follow("a.done", lambda entry: None, bad)
    react.run(act("a.done"))
    assert react.tidy() == 0
    clock.set(now() + timedelta(days=91))
    assert react.tidy() == 1
    assert runs() == {"bad": (1, False)}
