"""Whoever waits for lines is woken once per commit, and for nothing else."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from server import http, journal
from server.access import SYSTEM
from server.db import db
from server.embedded.databases import plain
from server.journal import Line, wake
from server.journal.seal import seal


@pytest.fixture
def ear(fresh_app: Any, fresh_database: str) -> Any:
    with psycopg.connect(plain(fresh_database), autocommit=True) as connection:
        connection.execute(f'listen "{wake.LINES}"')
        connection.execute(f'listen "{wake.JOBS}"')
        yield connection


def heard(ear: Any) -> list[str]:
    """Return who was woken by what was committed before: all of it has been told, and the ear's server knows."""
    for thread in threading.enumerate():
        if thread.name == "journal.wake":
            thread.join()
    ear.execute("select 1")
    return sorted(found.channel for found in ear.notifies(timeout=0.3))


def test_a_commit_with_lines_wakes_stream_and_worker_once(ear: Any) -> None:
    with http.transaction():
        for _ in range(3):
            journal.write(Line("event.filed", SYSTEM))
    assert heard(ear) == sorted([wake.LINES, wake.JOBS])


def test_reading_sealing_and_what_is_undone_wake_nobody(ear: Any) -> None:
    with http.transaction():
        seal()
    journal.write(Line("event.filed", SYSTEM))
    journal.flush()
    db.session.rollback()
    with http.transaction():
        pass
    assert heard(ear) == []


def test_nobody_is_woken_before_the_lines_can_be_read(ear: Any) -> None:
    journal.write(Line("event.filed", SYSTEM))
    journal.flush()
    assert heard(ear) == []
    db.session.commit()
    assert ear.execute("select action from journal").fetchone() == ("event.filed",)
    assert wake.LINES in heard(ear)


def test_a_savepoint_that_is_let_go_wakes_nobody_and_the_commit_does(ear: Any) -> None:
    with journal.savepoint():
        journal.write(Line("event.filed", SYSTEM))
    assert heard(ear) == []
    db.session.commit()
    assert heard(ear) == sorted([wake.LINES, wake.JOBS])


def test_a_savepoint_that_is_undone_keeps_the_wake_of_what_was_written_before_it(ear: Any) -> None:
    with journal.savepoint():
        journal.write(Line("event.filed", SYSTEM))
    with suppress(RuntimeError), journal.savepoint():
        raise RuntimeError
    db.session.commit()
    assert heard(ear) == sorted([wake.LINES, wake.JOBS])


def test_a_failing_wake_does_not_undo_or_fail_the_act(
    ear: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Gone:
        engine = property(lambda self: self)

        def connect(self) -> Any:
            raise OperationalError("", None, Exception("gone"))

    journal.write(Line("event.filed", SYSTEM))
    journal.flush()
    gone = Gone()
    monkeypatch.setattr(type(db.session()), "get_bind", lambda self, *_, **__: gone)
    db.session.commit()
    monkeypatch.undo()
    for thread in threading.enumerate():
        if thread.name == "journal.wake":
            thread.join()
    assert "nobody was woken" in caplog.text
    assert ear.execute("select action from journal").fetchone() == ("event.filed",)


class Slow(wake.Waker):
    """Says it as slowly as told, and counts how often."""

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        self.said, self.began, self.may_go = 0, threading.Event(), threading.Event()

    def _say(self) -> None:
        self.said += 1
        self.began.set()
        assert self.may_go.wait(60)


def test_those_who_commit_while_it_is_being_said_are_told_of_together_and_none_is_forgotten() -> None:
    engine = threading.Event()
    waker = Slow(engine)
    waker.wake()
    assert waker.began.wait(60)
    for _ in range(20):
        waker.wake()
    waker.may_go.set()
    waker._thread.join(60)
    assert waker.said == 2


class Deaf:
    """A database that cannot be reached in a way nobody foresaw; ``asked`` counts."""

    def __init__(self) -> None:
        self.asked = 0

    def connect(self) -> Any:
        self.asked += 1
        raise psycopg.OperationalError("the connection is closed")


def test_whatever_goes_wrong_once_the_next_commit_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    engine = Deaf()
    waker = wake.Waker(engine)
    for _ in range(2):
        waker.wake()
        waker._thread.join(60)
    assert engine.asked == 2
    assert caplog.text.count("nobody was woken") == 2


def test_a_machine_without_room_for_a_thread_fails_no_act(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    engine = Deaf()
    waker = wake.Waker(engine)
    with monkeypatch.context() as short:
        short.setattr(threading.Thread, "start", full)
        waker.wake()
    assert "nobody was woken" in caplog.text
    waker.wake()
    waker._thread.join(60)
    assert engine.asked == 1
