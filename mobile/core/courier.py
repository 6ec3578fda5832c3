"""The courier (收发): the one thread that sends what waits and fetches what is wanted.

Job: send in order, then fetch; back off with jitter when nothing answers, go on at once when told to.
Never: touch a widget; poll while the app is not seen; let two processes of one phone send at once.
"""

from __future__ import annotations

import fcntl
import logging
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mobile.core.client import NotReached
from mobile.core.fetching import Fetcher
from mobile.core.sending import Later, Paused, Sender
from mobile.core.stream import Stream

if TYPE_CHECKING:
    from mobile.core.field import Field

log = logging.getLogger(__name__)
LOCK = "sender.lock"
FOREVER = 3600.0
WANTS_MAX = 100
"""Things remembered to be fetched while there is no network."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the courier is, in seconds: first pause, longest pause (in front: shorter), between two refreshes."""

    first: float = 1.0
    longest: float = 300.0
    longest_in_front: float = 60.0
    refresh: float = 60.0
    refresh_with_stream: float = 600.0


class Courier:
    """The worker thread of ``field``."""

    def __init__(self, field: Field, pace: Pace | None = None) -> None:
        self._field, self.pace = field, pace or Pace()
        self._sender, self._fetcher = Sender(field), Fetcher(field)
        self._stream = Stream(field)
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._wants: dict[str, None] = {}
        self._later: dict[str, float] = {}
        self._tries, self._not_before, self._refreshed = 0, 0.0, 0.0
        self._in_front, self._seen = False, 0
        self._link = "offline"

    # --- told from outside ------------------------------------------------------------------------------------------

    @property
    def link(self) -> str:
        """Return online, offline, blocked (a Wi-Fi's sign-in page), paused (sign in again) or wiped."""
        state = self._field.account.state
        return {"wiped": "wiped", "signed_out": "paused", "new": "paused"}.get(state, self._link)

    def start(self) -> None:
        """Start the thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True, name="courier")
            self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait for it; what is half done is done again later."""
        self._stopping.set()
        self._stream.stop()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=60)

    def to_front(self) -> None:
        """The app is seen."""
        self._in_front = True
        self._stream.start()
        self.hurry()

    def to_back(self) -> None:
        """The app is not seen."""
        self._in_front = False
        self._stream.stop()

    def wake(self) -> None:
        """Something new waits."""
        self._wake.set()

    def hurry(self) -> None:
        """Forget every pause, send and fetch now."""
        self._tries, self._not_before = 0, 0.0
        self._later.clear()
        if self._in_front:
            self._stream.start()
        self.want("refresh")

    def want(self, what: str) -> None:
        """Ask for something to be fetched when nothing waits to be sent."""
        with self._lock:
            self._wants[what] = None
        self._wake.set()

    # --- the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                pause = self.turn()
            except Exception:
                log.exception("the courier stumbled")
                pause = self._pause()
            self._look_for_others()
            self._wake.wait(pause)
        self._field.store.close()
        self._field.device.leave_thread()

    def turn(self) -> float:
        """Do all that can be done now and return how many seconds may pass before the next turn."""
        if not self._field.account.token:
            return FOREVER
        left = self._not_before - time.monotonic()
        if left > 0:
            return left
        try:
            sent = self._send_all()
            reached = self._fetch_all() or sent
        except NotReached as problem:
            return self._not_reached(problem.kind)
        except Paused:
            self._stream.stop()
            return FOREVER
        if reached:
            self._tries = 0
            self._note("online")
        return self._next_turn()

    def _not_reached(self, kind: str) -> float:
        self._note("blocked" if kind == "portal" else "offline")
        pause = self._pause()
        self._not_before = time.monotonic() + pause
        return pause

    def _pause(self) -> float:
        """Return the next pause: doubled each time, bounded, spread so that phones do not come back all at once."""
        longest = self.pace.longest_in_front if self._in_front else self.pace.longest
        pause = min(longest, self.pace.first * 2.0 ** min(self._tries, 16))
        self._tries += 1
        return pause * random.uniform(0.5, 1.0)

    def _note(self, link: str) -> None:
        if link != self._link:
            self._link = link
            self._field.hearers.tell("outbox")

    def _next_turn(self) -> float:
        waits = [moment - time.monotonic() for moment in self._later.values()]
        if self._in_front:
            every = self.pace.refresh_with_stream if self._stream.is_live else self.pace.refresh
            waits.append(self._refreshed + every - time.monotonic())
        return max(0.01, min(waits, default=FOREVER))

    def _look_for_others(self) -> None:
        """Tell the screens what another process of this phone has changed."""
        seen = self._field.store.changes()
        if seen != self._seen:
            self._seen = seen
            alarming = ("alarm",) if self._field.alarms() else ()
            self._field.hearers.tell("outbox", "cards", "today", "inbox", "duty", "drafts", *alarming)

    # --- sending and fetching ---------------------------------------------------------------------------------------

    def _send_all(self) -> bool:
        """Send everything that may go; tell whether the server answered at all."""
        answered = False
        with self._alone() as alone:
            while alone and not self._stopping.is_set():
                task = self._next_task()
                if task is None:
                    return answered
                answered = self._try(*task) or answered
        return answered

    def _next_task(self) -> tuple[str, Any, Any] | None:
        """Return the next thing to send: a request before any photo."""
        letters, now = self._field.letters, time.monotonic()
        for row in letters.due():
            if self._later.get(row["id"], 0.0) <= now:
                return row["id"], self._sender.request, row
        for row in letters.due_photos():
            key = f"{row['item_id']}/{row['sha256']}"
            if self._later.get(key, 0.0) <= now:
                return key, self._sender.photo, row
        return None

    def _try(self, key: str, send: Any, row: Any) -> bool:
        try:
            send(row)
        except Later as later:
            self._later[key] = time.monotonic() + max(later.wait_s, self._pause())
            return False
        self._later.pop(key, None)
        return True

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Hold the right to send: the app and its background service are two processes."""
        file = os.open(self._field.store.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._later["lock"] = time.monotonic() + 1.0
            os.close(file)
            yield False
            return
        self._later.pop("lock", None)
        try:
            yield True
        finally:
            os.close(file)

    def _fetch_all(self) -> bool:
        """Fetch what is wanted; in front also everything again after a while."""
        is_due = self._in_front and time.monotonic() - self._refreshed >= self.pace.refresh
        if is_due and not self._stream.is_live:
            self.want("refresh")
        answered = False
        while not self._stopping.is_set() and (what := self._pop()):
            self._fetch(what)
            answered = True
            self._send_all()
        return answered

    def _fetch(self, what: str) -> None:
        """Fetch one thing; what did not come is wanted still."""
        if what == "refresh":
            self._refreshed = time.monotonic()
        try:
            self._fetcher.fetch(what)
        except NotReached:
            with self._lock:
                if len(self._wants) < WANTS_MAX:
                    self._wants = {what: None} | self._wants
            raise

    def _pop(self) -> str | None:
        with self._lock:
            what = next(iter(self._wants), None)
            if what is not None:
                del self._wants[what]
            return what
