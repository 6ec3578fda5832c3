"""The loops of a worker (循环): small rounds that ask again and again whether something is due.

Job: run each loop in a thread of its own until told to stop; a round that fails is logged and tried again.
Never: know what a round does, or let two workers do the same round twice: rounds lock what they take, and the slow
ones take turns by their heartbeat.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask

from server import http
from server.counters import FOUND, ROUNDS
from server.db import db
from server.jobs import beats

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loop:
    """A round to be run ``every`` so often; it returns how much it found to do, and goes on at once while there is.

    ``in_turn``: several workers share the rounds instead of each making its own; the first begins after ``every``.
    """

    name: str
    every: timedelta
    round: Callable[[], int]
    in_turn: bool = False


def turn(loop: Loop) -> int:
    """Make one round in one transaction and return how much there was to do; notes the heartbeat."""
    with http.transaction():
        if not loop.in_turn:
            found = loop.round()
            beats.beat(loop.name)
        elif beats.take_turn(loop.name, loop.every):
            found = loop.round()
        else:
            found = 0
    return found


def go_round(app: Flask, loop: Loop, stop: threading.Event) -> None:
    """Run ``loop`` until ``stop`` is set."""
    while not stop.wait(loop.every.total_seconds()):
        with app.app_context():
            try:
                while (found := turn(loop)) and not stop.is_set():
                    FOUND.labels(loop.name).inc(found)
                ROUNDS.labels(loop.name, "done").inc()
            except Exception:
                ROUNDS.labels(loop.name, "failed").inc()
                log.exception("loop %s failed; it goes on", loop.name)
            finally:
                db.session.remove()


def start(app: Flask, loops: Sequence[Loop], stop: threading.Event) -> list[threading.Thread]:
    """Start a thread per loop and return them, to be joined after ``stop`` is set."""
    threads = [threading.Thread(target=go_round, args=(app, loop, stop), name=loop.name) for loop in loops]
    for thread in threads:
        thread.start()
    return threads
