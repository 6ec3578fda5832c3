"""The two scope letters that speak of assignments: d (own department) and c (assigned to me).

Job: add them to the table in ``access``; a unit that finished its work still sees the item,
one that was relieved does not.
Never: decide who holds a letter.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server import access
from server.flow.models import Assignment


def _assigned(model: Any, *match: sa.ColumnElement[bool]) -> access.Clause:
    held = sa.or_(Assignment.until.is_(None), Assignment.ended_by == "finished")
    return sa.exists().where(Assignment.item_id == model.id, held, *match).correlate(model)


access.SCOPES["d"] = lambda model, actor, hat: _assigned(model, Assignment.unit_code == hat.unit)
access.SCOPES["c"] = lambda model, actor, hat: _assigned(model, Assignment.person_id == actor.person_id)
