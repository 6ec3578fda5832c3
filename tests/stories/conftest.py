"""Whole days of the town: time moves, the worker catches up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from server.db import CN, db
from server.db import clock as server_clock
from server.worker import exhaust
from tests.server import town as towns

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=CN)
"""An ordinary working day."""


class Day(towns.Town):
    """The town with a clock to move; whenever time has moved, the worker has caught up."""

    def at(self, moment: datetime) -> None:
        """Go to a moment and let everything that was due happen."""
        server_clock.set(moment)
        exhaust()
        db.session.expire_all()

    def after(self, **step: float) -> None:
        """Let time pass."""
        self.at(server_clock.now() + timedelta(**step))

    def inbox(self, who: str) -> list[str]:
        """Return the titles of what ``who`` was told."""
        return [notice["title"] for notice in self.get(who, "/inbox").json["items"]]


@pytest.fixture
def day(app: Flask, rolled_back: sa.Connection) -> Iterator[Day]:
    """Monday, nine o'clock."""
    server_clock.set(MONDAY)
    town = towns.build(app)
    yield Day(app, town.persons)
    server_clock.reset()
