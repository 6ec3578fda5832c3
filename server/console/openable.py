"""What a reader may open (可打开事项): a page offers a way only to items within the reader's scope.

Job: tell of all the items a page names, in one statement, which of them open for the reader.
Never: show anything of an item; or hide that a record counts: what does not open stays as plain text.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

from server.access import Actor
from server.db import db
from server.flow.moves import MACHINES
from server.flow.walk import reach

Opens = Callable[[str, Any], bool]


def among(named: Iterable[tuple[str, Any]], by: Actor) -> Opens:
    """Return the question whether an item of a kind opens for ``by``, answered for the items ``named``."""
    asked: dict[str, set[uuid.UUID]] = defaultdict(set)
    for kind, id in named:
        if kind in MACHINES and id:
            asked[kind].add(uuid.UUID(str(id)))
    found = _found(asked, by)
    return lambda kind, id: (kind, str(id)) in found


def _found(asked: dict[str, set[uuid.UUID]], by: Actor) -> set[tuple[str, str]]:
    queries = []
    for kind, ids in sorted(asked.items()):
        machine = MACHINES[kind]
        query = sa.select(sa.literal(kind).label("kind"), machine.model.id)
        queries.append(query.where(machine.model.id.in_(ids), reach(machine, by)))
    if not queries:
        return set()
    return {(kind, str(id)) for kind, id in db.session.execute(sa.union_all(*queries))}
