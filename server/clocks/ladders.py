"""Ladders as they were: a running clock keeps the ladder it was started under.

Job: store each ladder once under the digest of its content, and read it back.
Never: change a stored ladder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from typing import Any

import sqlalchemy as sa

from server.clocks.models import LadderSnapshot
from server.db import db
from server.policy import Limit
from server.policy.model import Ladder, Rung

BREACH = "breach"
"""The word in a rung's ``does`` that makes the ladder one of duties; a right of a resident has none."""

_known: dict[str, Ladder] = {}
"""Digest → ladder: content under a digest never changes, so what was read once stays right."""


@cache
def _stored(ladder: Ladder) -> dict[str, Any]:
    """Return the row of ``ladder``."""
    content = pack(ladder)
    name = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
    _known[name] = ladder
    return {"digest": name, "content": content}


def digest(ladder: Ladder) -> str:
    """Return the name of ``ladder``: the first 32 hex digits of the SHA-256 of its content."""
    return str(_stored(ladder)["digest"])


def snapshots(ladders: Iterable[Ladder]) -> list[dict[str, Any]]:
    """Return the rows of ``ladders``, to be stored where they are not stored yet."""
    return [_stored(ladder) for ladder in set(ladders)]


def get(name: str) -> Ladder:
    """Return the ladder stored under ``name``."""
    if name not in _known:
        content = db.session.scalars(sa.select(LadderSnapshot.content).where(LadderSnapshot.digest == name)).one()
        _known[name] = unpack(content)
    return _known[name]


def is_duty(ladder: Ladder) -> bool:
    """Tell whether a clock on this ladder can be breached."""
    return any(BREACH in rung.does for rung in ladder.rungs)


def pack(ladder: Ladder) -> dict[str, Any]:
    """Return ``ladder`` as JSON."""
    rungs = [asdict(rung) for rung in ladder.rungs]
    return {
        "code": ladder.code,
        "rungs": rungs,
        "repeat": str(ladder.repeat),
        "repeat_rung": asdict(ladder.repeat_rung),
    }


def unpack(content: dict[str, Any]) -> Ladder:
    """Return the ladder that :func:`pack` wrote."""
    return Ladder(
        code=content["code"],
        rungs=tuple(map(_rung, content["rungs"])),
        repeat=Limit.parse(content["repeat"]),
        repeat_rung=_rung(content["repeat_rung"]),
    )


def _rung(content: dict[str, Any]) -> Rung:
    return Rung(
        factor=content["factor"],
        does=tuple(content["does"]),
        tells=tuple(content["tells"]),
        lamp=content["lamp"],
        zh=content["zh"],
        source=content["source"],
    )
