"""What a reader sees of the maps at this moment (所见): the day, the state of the data, how far their reach goes.

Job: name it, so that an answer kept for one sight is given to nobody with another, here or by the front (nginx).
Never: hold an answer.

The front asks for the name once in a second per session, keeps a tile under it, and gives the tile to whoever has a
sight of the same name. A tile is handed over for keeping only where the name it was asked with is the one it was made
by: a reach that changed meanwhile keeps nothing.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, NamedTuple

from server.access import Actor
from server.db import CN, now
from server.maps import reach
from server.maps.memory import State

ASKED = "X-Map-Sight"
"""The header in which the front is told of a sight, and names it again with what it asks for."""
KEEP = "X-Accel-Expires"
"""The header that tells the front for how many seconds it may keep an answer."""
KEEP_S = 600


class Sight(NamedTuple):
    """All that an answer depends on besides its address; periods that were not given end with the day in Beijing."""

    day: date
    held: State
    reach: tuple[Any, ...]

    @property
    def name(self) -> str:
        """Return 32 letters that say nothing about who has it."""
        return hashlib.sha256(repr(tuple(self)).encode()).hexdigest()[:32]


def sight(held: State, by: Actor) -> Sight:
    """Return what ``by`` sees of the data of this state today."""
    return Sight(now().astimezone(CN).date(), held, reach.name(by))


def keeping(asked: str | None, seen: Sight) -> list[tuple[str, str]]:
    """Return the header that lets the front keep an answer made by ``seen`` for those it ``asked`` for; else none."""
    return [(KEEP, str(KEEP_S))] if asked and asked == seen.name else []
