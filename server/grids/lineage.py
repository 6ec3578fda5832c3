"""From which grids a new one was made, and whether a code stays with its place (网格沿革, spec 14.2).

Job: compare a new edition with the one it follows, inside the database.
Never: change a grid but for its ``parents``, and these only before the edition is published.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from server import policy
from server.db import db
from server.grids.models import Edition
from server.grids.refusals import CodesReused

REUSED = sa.text("""
    select n.code from grids n where n.edition_id = :new
      and exists (select from grids o where o.code = n.code and o.edition_id = any(:line))
      and not exists (
        select from grids o where o.code = n.code and o.edition_id = :before and st_relate(o.geom, n.geom, 'T********'))
    order by n.code collate "C"
""")
"""Codes known to the layer that the edition before did not hold, or held without any common ground."""

PARENTS = sa.text("""
    update grids n set parents = (
      select coalesce(array_agg(o.code order by o.code collate "C"), '{}') from grids o
      where o.edition_id = :before and st_intersects(o.geom, n.geom)
        and st_area(st_intersection(o.geom, n.geom)::geography) > :tolerance_m2)
    where n.edition_id = :new and n.parents = '{}'
""")
"""A grid's parents share more ground with it than the tolerance of an overlap; what the file says goes first."""


def check_codes(edition: Edition, before: Edition, line: Sequence[int]) -> None:
    """Raise CodesReused when a code of ``edition`` came back or moved away; ``line``: the published ids."""
    given = {"new": edition.id, "before": before.id, "line": list(line)}
    codes = list(db.session.scalars(REUSED, given))
    if codes:
        raise CodesReused(codes=codes)


def draw(edition: Edition, before: Edition) -> None:
    """Write the codes each grid of ``edition`` was made of into ``parents``, where the file did not name them."""
    tolerance = policy.current().settings.grids.overlap_max_m2
    db.session.execute(PARENTS, {"new": edition.id, "before": before.id, "tolerance_m2": tolerance})
