"""Editions ready to locate in (图幅): polygons loaded once per process and kept, since an edition never changes.

Job: hand out the locator of an edition; build it once, whoever asks first, while others ask for other editions.
Never: answer from an edition that may still change under the same number and digest.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock

import shapely
import sqlalchemy as sa

from gis.locator import GridLocator
from server.db import db, now
from server.grids import editions
from server.grids.editions import Span
from server.grids.models import Grid
from server.grids.refusals import UnknownEdition

KEPT = 6
"""Editions kept per process: those in force, those to come, and a few that late reports still belong to."""


@dataclass(frozen=True, slots=True)
class Row:
    """What an assignment needs of a grid besides its outline."""

    id: int
    code: str
    village: str | None
    township: str | None
    categories: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """An edition with its locator; ``rows`` in the order of the locator's indices, ``by_code`` the same by code."""

    span: Span
    locator: GridLocator
    rows: tuple[Row, ...]
    by_code: dict[str, Row]


class Shelf:
    """At most ``size`` sheets, the longest unused one goes first; two threads never build the same sheet."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._sheets: OrderedDict[tuple[int, str], Future[Sheet]] = OrderedDict()
        self._lock = Lock()

    def take(self, span: Span, build: Callable[[Span], Sheet]) -> Sheet:
        """Return the sheet of ``span``, built by ``build`` when it is not there; others wait for that one only."""
        key = (span.id, span.digest)
        with self._lock:
            found = self._sheets.get(key)
            mine = self._sheets[key] = found or Future()
            self._sheets.move_to_end(key)
            while len(self._sheets) > self._size:
                self._sheets.popitem(last=False)
        if found is None:
            try:
                mine.set_result(build(span))
            except BaseException as problem:
                with self._lock:
                    self._sheets.pop(key, None)
                mine.set_exception(problem)
        return mine.result()


_shelf = Shelf(KEPT)


def sheet(span: Span) -> Sheet:
    """Return the sheet of an edition; raises UnknownEdition when it has no grids (any more)."""
    return _shelf.take(span, _build)


def _build(span: Span) -> Sheet:
    columns = (Grid.id, Grid.code, Grid.village_code, Grid.township_code, Grid.categories)
    query = sa.select(*columns, sa.func.ST_AsBinary(Grid.geom)).where(Grid.edition_id == span.id).order_by(Grid.id)
    found = db.session.execute(query).all()
    if not found:
        raise UnknownEdition(edition=span.name)
    rows = tuple(Row(id, code, village, town, frozenset(listed)) for id, code, village, town, listed, _ in found)
    polygons = shapely.from_wkb([bytes(row[-1]) for row in found])
    return Sheet(span, GridLocator(polygons, [row.code for row in rows]), rows, {row.code: row for row in rows})


def warm() -> int:
    """Build the sheets of all editions in force or to come and return their number: once, when a web process starts."""
    moment = now()
    wanted = [span for span in editions.published() if span.valid_to is None or span.valid_to > moment]
    for span in wanted:
        sheet(span)
    return len(wanted)
