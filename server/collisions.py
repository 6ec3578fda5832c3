"""What the database refuses, told as what it is (冲突): two at once, or a value no column holds.

Job: turn the errors that a request can cause into refusals.
Never: hide a mistake of ours: every other error stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, IntegrityError

from server.errors import Conflict, Invalid

TAKEN = frozenset({"23505", "23P01"})
"""PostgreSQL's unique_violation and exclusion_violation."""


class Collision(Conflict):
    """Somebody else has just taken this id, name or place; look at the present state and try again.
    该编号、名称或位置刚被占用，请查看最新情况后重试。
    """


class NotStorable(Invalid):
    """A value lies outside of what can be kept.
    有数值超出可保存的范围。
    """


@contextmanager
def told() -> Iterator[None]:
    """Tell what the database refuses as what it is; raises Collision, NotStorable."""
    try:
        yield
    except IntegrityError as problem:
        if getattr(problem.orig, "sqlstate", None) in TAKEN:
            raise Collision from problem
        raise
    except DataError as problem:
        raise NotStorable from problem
