"""Wake whoever waits for new lines or new jobs (live stream, worker), right after the commit.

Job: one NOTIFY for transactions that wrote lines, in a transaction of its own.
Never: carry content, or be relied upon: whoever waits also looks by himself every second.

Why not a trigger: a transaction that notifies holds a lock over the whole server until its commit is on disk, so that
all writers queue behind one another (measured with a disk of 3 ms: 290 instead of 4,000 commits per second). A
transaction that does nothing else writes nothing to disk and holds that lock for microseconds. Why not before the
answer: a thread of its own says it once for all who committed meanwhile, and nobody's answer waits for it.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import Any
from weakref import WeakKeyDictionary, ref

import sqlalchemy as sa

from server.db import db

LINES = "journal"
JOBS = "procrastinate_any_queue_v1"
"""The channel on which procrastinate's workers wait; its own trigger is switched off for the reason above."""
NOTIFY = sa.text("select pg_notify(:lines, ''), pg_notify(:jobs, :job)")
WORDS = {"lines": LINES, "jobs": JOBS, "job": '{"type": "job_inserted", "job_id": 0}'}
LINGER_S = 0.05
"""How long the thread waits for the next commit before it ends; a program that ends waits as long for it."""
_WANTED = "journal.wake"

log = logging.getLogger(__name__)


class Waker:
    """Wakes those who wait on one database."""

    def __init__(self, engine: Any) -> None:
        self._engine, self._pool = ref(engine), getattr(engine, "pool", None)
        self._thread = threading.Thread()
        self._turn = threading.Condition()
        self._is_wanted = self._is_up = False

    def wake(self) -> None:
        """Have it said soon; it is being said for others already, or a thread begins."""
        with self._turn:
            self._is_wanted = True
            if self._is_up:
                self._turn.notify()
                return
            self._thread = threading.Thread(target=self._run, name="journal.wake")
            try:
                self._thread.start()
                self._is_up = True
            except RuntimeError:  # no room for a thread: what was committed is committed
                log.exception("nobody was woken")

    def finish(self) -> None:
        """Wait until everything is said, and leave no connection open: the program has just closed its own."""
        if self._thread.is_alive():
            self._thread.join()
        self._pool.dispose()

    def _run(self) -> None:
        while self._next():
            self._say()

    def _next(self) -> bool:
        with self._turn:
            if not self._is_wanted:
                self._turn.wait(LINGER_S)
            self._is_up, self._is_wanted = self._is_wanted, False
            return self._is_up

    def _say(self) -> None:
        engine = self._engine()
        if engine is None:
            return
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(NOTIFY, WORDS)
        except Exception:
            log.exception("nobody was woken")


def _closing(engine: Any) -> None:
    waker = _wakers.pop(engine, None)
    if waker is not None:
        waker.finish()
        engine.pool.dispose()


_wakers: WeakKeyDictionary[Any, Waker] = WeakKeyDictionary()
_first = threading.Lock()
os.register_at_fork(after_in_child=_wakers.clear)


def after_commit(session: Any) -> None:
    """Have the waiting woken once the present transaction is committed."""
    session.info[_WANTED] = True


def _committed(session: Any) -> None:
    if session.in_nested_transaction():  # a savepoint that is let go: nobody else sees anything yet
        return
    if session.info.pop(_WANTED, False):
        engine = session.get_bind().engine
        with _first:
            if engine not in _wakers:
                _wakers[engine] = Waker(engine)
            waker = _wakers[engine]
        waker.wake()


def _rolled_back(session: Any) -> None:
    if not session.in_nested_transaction():  # a savepoint that is undone: what was written before it stays
        session.info.pop(_WANTED, None)


sa.event.listen(sa.Engine, "engine_disposed", _closing)
sa.event.listen(db.session, "after_commit", _committed)
sa.event.listen(db.session, "after_rollback", _rolled_back)
