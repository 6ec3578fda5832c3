"""Where the live stream's lines come from: the journal, sealed as soon as somebody wrote.

Job: wake at a NOTIFY or every second, seal what was committed, publish what was sealed, for ever.
Never: lose or double a line: the place in the chain is the only memory, and the database may go away meanwhile.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import psycopg
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from server import http
from server.db import db
from server.embedded.databases import plain
from server.journal import Seal, wake
from server.journal.seal import seal
from server.notices.outline import sealed
from server.stream.hub import KEPT, Hub

AT_ONCE = 500
LOOK_EVERY = 1.0
"""Seconds between two looks when nobody was woken."""
GATHER = 0.01
"""Seconds after each round in which further lines gather, so that a flood costs rounds and not lines."""
RECONNECT = 0.5

log = logging.getLogger(__name__)


def feed(app: Flask, hub: Hub, ready: Callable[[], object]) -> None:
    """Publish lines to ``hub`` until the process ends; ``ready`` is called when the last lines are known."""
    with app.app_context():
        url = plain(db.engine.url.render_as_string(hide_password=False))
    while True:
        try:
            with psycopg.connect(url, autocommit=True) as ear:
                ear.execute(f"listen {wake.LINES}")
                while True:
                    with app.app_context():
                        catch_up(hub)
                    hub.fed_at = time.monotonic()
                    ready()
                    time.sleep(GATHER)
                    for _ in ear.notifies(timeout=LOOK_EVERY, stop_after=1):
                        pass
        except (psycopg.Error, SQLAlchemyError) as error:
            log.warning("the database is away: %s", type(error).__name__)
            time.sleep(RECONNECT)


def catch_up(hub: Hub) -> None:
    """Seal what was committed and publish what was sealed since the last line; the first time, the lines kept."""
    more = True
    while more:
        with http.transaction():
            seal(AT_ONCE)
            if not hub.last:
                head = db.session.scalar(sa.select(sa.func.max(Seal.n))) or 0
                hub.last = max(0, head - KEPT)
            rows = db.session.execute(sealed().where(Seal.n > hub.last).limit(AT_ONCE)).all()
        for row in rows:
            hub.publish(row)
        more = len(rows) == AT_ONCE
