"""The numbers people say (事项编号) of items known by kind and id.

Job: look up many at once, for lists about items.
Never: decide who may see them, or tell anything else.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa

from server.db import db
from server.flow.moves import MACHINES


def numbers(named: Iterable[tuple[str, uuid.UUID]]) -> dict[uuid.UUID, str]:
    """Return id → number of the items ``named``, in one statement; items of unknown kinds are left out."""
    asked: dict[str, set[uuid.UUID]] = defaultdict(set)
    for kind, id in named:
        asked[kind].add(id)
    models = [(MACHINES[kind].model, ids) for kind, ids in sorted(asked.items()) if kind in MACHINES]
    queries = [sa.select(model.id, model.no).where(model.id.in_(ids)) for model, ids in models]
    found = db.session.execute(sa.union_all(*queries)) if queries else ()
    return {row.id: row.no for row in found}
