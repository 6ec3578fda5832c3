"""How amendments come into force (生效): every process knows the coming versions before they begin.

Job: read the table every few seconds, hand the versions to the policy, count anew what a new calendar moves.
Never: decide, or let a version that is not fit for use replace one that is.

A version begins at least a minute after it is adopted, so that all processes change over at the same moment.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from server import policy
from server.amendments.models import Amendment
from server.clocks.audit import recount_provisional
from server.db import db, now
from server.policy import PolicyError, Version

LOOK_S = 5.0
LEAD = timedelta(minutes=1)
"""From the decision to the beginning at the least: every process has looked by then."""
log = logging.getLogger(__name__)


class _Known:
    """What this process has read: the versions, the numbers of those that are not fit, when to look again."""

    def __init__(self) -> None:
        self.key: tuple[object, ...] = ()
        self.unfit: list[str] = []
        self.next = 0.0
        self.calendar = ""


_known = _Known()


def look_again() -> None:
    """Read the table at the next chance: something was adopted or withdrawn here."""
    _known.next = 0.0


def hold() -> None:
    """Read the table only when told to; for tests that count statements."""
    _known.next = math.inf


def forget() -> None:
    """Let nothing but the files be in force in this process; for tests."""
    policy.schedule((), now)
    _known.key, _known.unfit, _known.next = (), [], math.inf


def unfit() -> list[str]:
    """Return the versions (subject and number) that this release's checks refuse; they are not in force."""
    return list(_known.unfit)


def look() -> None:
    """Read the table when it is time to; cheap otherwise."""
    if time.monotonic() >= _known.next:
        refresh()


def refresh() -> None:
    """Read the adopted versions and let each hold from its beginning."""
    query = sa.select(Amendment.id, Amendment.subject, Amendment.no, Amendment.begins_at)
    holding = (Amendment.begins_at.is_not(None), Amendment.withdrawn_at.is_(None))
    found = db.session.execute(query.where(*holding).order_by(Amendment.begins_at, Amendment.no)).all()
    key = tuple(found)
    if key != _known.key:
        policy.schedule(_versions(found), now)
        _known.key = key
    _known.next = time.monotonic() + LOOK_S if _known.next < math.inf else math.inf


def _versions(found: Iterable[Any]) -> list[Version]:
    """Return the versions, each with the files of all subjects as they are from then on."""
    wanted = sa.select(Amendment.id, Amendment.files).where(Amendment.begins_at.is_not(None))
    files = {row.id: row.files for row in db.session.execute(wanted)}
    so_far: dict[str, str] = {}
    versions, _known.unfit = [], []
    for id, subject, no, begins_at in found:
        version = Version(begins_at, so_far | files[id])
        try:
            _ = version.policy
        except PolicyError as error:
            log.error("amendment %s %s is not fit for use and stays out: %s", subject, no, error)
            _known.unfit.append(f"{subject} {no}")
            continue
        so_far |= files[id]
        versions.append(version)
    return versions


def go_round() -> int:
    """One round of the worker: look, and count deadlines anew that a newly known year moves; return how many."""
    look()
    version = policy.current().version
    if version == _known.calendar:
        return 0
    changed = recount_provisional()
    if not changed:
        _known.calendar = version
    return changed


def init_app(app: Flask) -> None:
    """Let ``app`` look before each request."""
    app.before_request(look)
