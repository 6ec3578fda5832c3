"""Tiles that were drawn ahead, in the mind of a web process (预绘瓦片): the same for everybody who reads maps.

Job: at the first need read all of an edition; then no such tile waits for a drawing or a statement.
Never: draw, or hold what depends on who asks.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from server.db import db
from server.maps import memory
from server.maps.frame import Frame
from server.maps.memory import State
from server.maps.models import TileAhead

SHAPED_TO = 13
"""The last zoom of whose tiles the outlines are kept one by one as well: a nearer tile holds few grids."""
_T = TileAhead.__table__.c
_ALL = sa.select(_T.layer, _T.z, _T.x, _T.y, _T.content).order_by(_T.z.desc())


def recall(layer: str, frame: Frame, held: State) -> bytes | None:
    """Return the layer of a tile, None when it was not drawn ahead; the first one asked for brings all to mind."""
    found = known((layer,), frame, held)
    if found is not None or memory.kept(("ahead", held.edition)) is not None:
        return found
    drawn = db.session.execute(_ALL.where(_T.edition_id == held.edition)).all()
    for name, z, x, y, content in drawn:
        memory.keep((name, held.edition, Frame(z, x, y)), bytes(content))
    if drawn:
        memory.keep(("ahead", held.edition), b"")
    return known((layer,), frame, held)


def known(layers: Sequence[str], frame: Frame, held: State) -> bytes | None:
    """Return layers of a tile that are all in mind, else None; no statement."""
    parts = [memory.kept((layer, held.edition, frame)) for layer in layers]
    return None if None in parts else b"".join(parts)


def has_shapes(frame: Frame, held: State) -> bool:
    """Tell whether the outlines in a tile are kept one by one (``ShapeAhead``): then none need be cut again."""
    return frame.z <= SHAPED_TO and recall("outlines", frame, held) is not None
