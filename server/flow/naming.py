"""The numbers people say (事项编号), and where items lie, of items known by kind and id.

Job: look up many at once, for lists about items.
Never: decide who may see them, or tell anything else.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from server.db import db
from server.flow.moves import MACHINES

Named = Iterable[tuple[str, uuid.UUID]]


def numbers(named: Named) -> dict[uuid.UUID, str]:
    """Return id → number of the items ``named``, in one statement; items of unknown kinds are left out."""
    return {row.id: row.no for row in items(named).values()}


def items(named: Named) -> dict[uuid.UUID, Any]:
    """Return id → row (id, no, urgency, grid_code, township_code) of the items ``named``, in one statement."""
    asked: dict[str, set[uuid.UUID]] = defaultdict(set)
    for kind, id in named:
        asked[kind].add(id)
    models = [(MACHINES[kind].model, ids) for kind, ids in sorted(asked.items()) if kind in MACHINES]
    queries = [
        sa.select(model.id, model.no, model.urgency, model.grid_code, model.township_code).where(model.id.in_(ids))
        for model, ids in models
    ]
    return {row.id: row for row in db.session.execute(sa.union_all(*queries))} if queries else {}
