"""The worker: everything that happens by itself, once, also with two of them, and a clean end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from server import journal, worker
from server.clocks.models import Clock
from server.config import ROOT
from server.db import db, now
from server.jobs import beats, loops, queue
from server.jobs.loops import Loop
from server.journal import Entry, Seal
from server.notices.models import Notice
from tests.server.town import Town

SECOND = timedelta(seconds=1)
GAS = {"category": "B07"}
"""A gas leak is U1: whoever must know is told at whatever hour these tests run."""


@pytest.fixture
def start(fresh_database: str, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start worker processes on the test's own database; those still alive afterwards are killed."""
    started = []
    environment = {
        **os.environ,
        "GRIDWHISTLE_DATABASE_URL": fresh_database,
        "GRIDWHISTLE_VAR": str(tmp_path),
        "GRIDWHISTLE_SECRET_KEY": "for tests",
    }

    def run() -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "server.cli", "worker"]
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def until(true: Callable[[], Any], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
        db.session.rollback()


def count(what: Any, *where: Any) -> int:
    found = db.session.scalar(sa.select(sa.func.count()).select_from(what).where(*where)) or 0
    db.session.rollback()
    return found


@pytest.mark.slow
def test_a_real_worker_reacts_seals_and_delivers_and_ends_cleanly_when_told(real_town: Town, start: Any) -> None:
    process = start()
    real_town.report("mei", **GAS)
    until(lambda: real_town.get("leader", "/inbox").json["items"])
    until(lambda: count(Seal) == count(Entry))
    until(lambda: beats.last("ring"))
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "Traceback" not in said


@pytest.mark.slow
def test_two_workers_tell_everybody_once(real_town: Town, start: Any) -> None:
    processes = [start(), start()]
    cards = [real_town.report("mei", **GAS) for _ in range(20)]
    until(lambda: count(sa.text("procrastinate_jobs")) == 0)
    until(lambda: count(Notice, Notice.delivered_at.is_(None)) == 0)
    until(lambda: count(Seal) == count(Entry))
    told = real_town.get("leader", "/inbox?limit=200").json["items"]
    assert sorted(notice["item"]["id"] for notice in told) == sorted(card["id"] for card in cards)
    assert list(db.session.scalars(sa.select(Seal.n).order_by(Seal.n))) == list(range(1, count(Seal) + 1))
    for process in processes:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


@pytest.mark.slow
def test_a_killed_worker_loses_no_job(real_town: Town, start: Any) -> None:
    first = start()
    until(lambda: beats.last("seal"))
    cards = [real_town.report("mei", **GAS) for _ in range(10)]
    first.kill()
    second = count(sa.text("procrastinate_workers"))
    start()
    until(lambda: count(sa.text("procrastinate_workers")) > second)
    db.session.execute(sa.text("update procrastinate_workers set last_heartbeat = now() - interval '1 minute'"))
    queue.look_for_stalled()
    db.session.commit()
    until(lambda: len(real_town.get("desk", "/inbox?limit=200").json["items"]) == len(cards))


@pytest.mark.slow
def test_the_worker_goes_on_after_the_database_closed_all_its_connections(real_town: Town, start: Any) -> None:
    process = start()
    until(lambda: beats.last("ring"))
    others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
    db.session.execute(sa.text(f"{others} and pid <> pg_backend_pid()"))
    db.session.rollback()
    db.engine.dispose()
    card = real_town.report("mei", **GAS)
    until(lambda: [one["item"]["id"] for one in real_town.get("desk", "/inbox").json["items"]] == [card["id"]])
    assert process.poll() is None


def test_workers_take_turns_in_slow_rounds(fresh_app: Any, clock: Any) -> None:
    made: list[int] = []
    slow = Loop("slow", 60 * SECOND, lambda: made.append(1) or 0, in_turn=True)
    clock.set(now())
    for step in (0, 10, 55, 3, 57):
        clock.advance(step * SECOND)
        loops.turn(slow)
        loops.turn(slow)
    assert len(made) == 3


def test_a_loop_that_fails_is_tried_again_and_does_not_beat(fresh_app: Any) -> None:
    stop, tries = threading.Event(), []

    def fail() -> int:
        tries.append(1)
        if len(tries) == 3:
            stop.set()
        raise ValueError

    loops.go_round(fresh_app, Loop("broken", 0.01 * SECOND, fail), stop)
    assert len(tries) == 3
    assert beats.last("broken") is None


def test_a_clock_that_nobody_will_ring_is_an_alarm_once_an_hour(town: Town, clock: Any) -> None:
    clock.set(now())
    town.report("mei")
    db.session.execute(sa.update(Clock).values(rings_at=now() + timedelta(days=1)))
    worker.self_audit()
    assert count_alarms() == 0
    db.session.execute(sa.update(Clock).values(rings_at=now() - timedelta(minutes=6)))
    for minutes in (0, 1, 58, 3):
        clock.advance(timedelta(minutes=minutes))
        worker.self_audit()
        journal.drain()
    assert count_alarms() == 2


def count_alarms() -> int:
    return db.session.scalar(sa.select(sa.func.count()).where(Entry.action == "clock.audit_failed")) or 0
