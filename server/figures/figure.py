"""A figure (指标) as two sets of records, and a set as a part of another.

Job: name what counts above and below the line, so that whoever counts can count a part in the pass over its whole.
Never: count, or know a table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.figures.asked import Asked, Clause
from server.figures.ratio import Unit

Rows = sa.Select[Any]
Counted = Callable[[Asked], Rows]
"""The records of a question: (kind, id, no) each."""


@dataclass(frozen=True, slots=True)
class Part:
    """Those of some records that fulfil a further condition."""

    whole: Counted
    only: Callable[[Asked], Clause]

    def __call__(self, ask: Asked) -> Rows:
        """Return the records."""
        return self.whole(ask).where(self.only(ask))


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: which records count below the line, which above it."""

    code: str
    variant: str
    below: Counted
    above: Counted
    unit: Unit = "percent"
