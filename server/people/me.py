"""What a person is told about themselves: posts, permissions, whether a password is due.

Job: shape an actor for the client.
Never: tell anything about another person.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server import access, policy
from server.access import Actor
from server.db import CN, db, now
from server.people.models import Unit


def shown(actor: Actor) -> dict[str, Any]:
    """Return the actor as ``MeOut``; ``permissions`` holds for each action the scope letters of all posts together."""
    posts = _posts(actor)
    first = posts[0] if posts else {"unit": None, "unit_zh": None, "township": None}
    return {
        "id": actor.person_id,
        "username": actor.username,
        "name": actor.name,
        "roles": sorted(actor.roles),
        "unit": first["unit"],
        "unit_zh": first["unit_zh"],
        "township": first["township"],
        "grids": list(actor.grids),
        "posts": posts,
        "permissions": permissions(actor),
        "must_change_password": actor.must_change_password,
        "must_bind_factor": actor.must_bind_factor,
        "device_id": actor.device_id,
        "server_time": now().astimezone(CN),
    }


def permissions(actor: Actor) -> dict[str, str]:
    """Return action → scope letters, such as ``{"event.view": "gt"}``; actions not held are left out."""
    held = {
        action: "".join(sorted(set().union(*(access.letters(role, action) for role in actor.roles))))
        for action in policy.current().permissions
    }
    return {action: letters for action, letters in held.items() if letters}


def _posts(actor: Actor) -> list[dict[str, Any]]:
    named = sa.select(Unit.code, Unit.zh).where(Unit.code.in_(actor.units))
    names = dict(db.session.execute(named).all())
    return [
        {
            "role": hat.role,
            "role_zh": policy.current().roles[hat.role].zh,
            "unit": hat.unit,
            "unit_zh": names.get(hat.unit, ""),
            "township": hat.township,
            "grid": hat.grid,
        }
        for hat in actor.hats
    ]
