"""Numbers people say aloud: E + yymmdd + township + five digits (spec 3.2).

Job: give out numbers without making reporters queue behind each other.
Never: leave a number twice; gaps are allowed.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from server.db import CN, db

DIGITS = 100_000
NO_TOWNSHIP = "000"


def take(count: int) -> list[int]:
    """Return ``count`` fresh serial numbers in one statement."""
    drawn = sa.select(sa.func.nextval("item_no")).select_from(sa.func.generate_series(1, count).alias("n"))
    return list(db.session.scalars(drawn))


def number(prefix: str, at: datetime, township: str | None, serial: int) -> str:
    """Return the number of an item received ``at`` in ``township`` (code9)."""
    place = township[-3:] if township else NO_TOWNSHIP
    return f"{prefix}{at.astimezone(CN):%y%m%d}{place}{serial % DIGITS:05d}"
