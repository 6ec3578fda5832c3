"""Numbers people say aloud: E + yymmdd + township + five digits (spec 3.2).

Job: give out numbers without making reporters queue behind each other.
Never: leave a number twice; gaps are allowed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

import sqlalchemy as sa

from server.db import CN, db, execute

DIGITS = 100_000
NO_TOWNSHIP = "000"

_TAKE = sa.select(sa.func.nextval("item_no")).select_from(
    sa.func.generate_series(1, sa.bindparam("count", type_=sa.Integer())).alias("n")
)
AHEAD = 20
"""Numbers drawn beyond what is needed just then; those never used are gaps."""
_DRAWN = "flow.numbers"
_own: list[Iterator[int]] = []


def take(count: int) -> list[int]:
    """Return ``count`` fresh serial numbers, each given out once whoever asks.

    What is drawn ahead belongs to the connection and is forgotten with it: a database that was killed may give out
    again what it had not yet written down, and then no connection remembers it.
    """
    if _own:
        return list(islice(_own[-1], count))
    drawn: deque[int] = db.session.connection().info.setdefault(_DRAWN, deque())
    if len(drawn) < count:
        drawn.extend(execute(_TAKE, {"count": count + AHEAD}).scalars())
    return [drawn.popleft() for _ in range(count)]


def number(prefix: str, at: datetime, township: str | None, serial: int) -> str:
    """Return the number of an item received ``at`` in ``township`` (code9)."""
    place = township[-3:] if township else NO_TOWNSHIP
    return f"{prefix}{at.astimezone(CN):%y%m%d}{place}{serial % DIGITS:05d}"


@contextmanager
def counting(serials: Iterator[int]) -> Iterator[None]:
    """Give out ``serials`` instead, within the block: the synthetic city is numbered alike each time it is made.

    Whoever counts by himself answers for it that no number comes twice on one day in one township.
    """
    _own.append(serials)
    try:
        yield
    finally:
        _own.pop()
