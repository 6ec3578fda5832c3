"""Compute figures and list what is behind them.

Job: count both sides of each figure at one moment; page through either side.
Never: store a number, or round before the end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from functools import reduce
from typing import Any

import sqlalchemy as sa

from server import policy
from server.db import CN, db, now
from server.errors import Invalid, NotFound
from server.figures.asked import Asked
from server.figures.figure import Counted, Figure, Part
from server.figures.queries import FIGURES
from server.figures.ratio import Ratio
from server.figures.variants import NAMES
from server.pages import page


class WrongPeriod(Invalid):
    """The period ends before it begins, or is longer than ten years.
    起止日期有误（结束早于开始，或超过十年）。
    """


LONGEST = timedelta(days=3660)


def period(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the moments of the days ``first`` to ``last``, both included, Beijing time."""
    since = datetime.combine(first, time(), CN)
    until = datetime.combine(last, time(), CN) + timedelta(days=1)
    if until <= since or until - since > LONGEST:
        raise WrongPeriod
    return since, until


def compute(ask: Asked, codes: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Return all figures (or those named) for ``ask``, each with both counts; one statement."""
    wanted = [figure for figure in FIGURES if not codes or figure.code in codes]
    counts = _counts(ask, dict.fromkeys(rows for figure in wanted for rows in (figure.above, figure.below)))
    return [_shown(one, Ratio(counts[one.above], counts[one.below], one.unit)) for one in wanted]


def _counts(ask: Asked, wanted: Iterable[Counted]) -> dict[Counted, int]:
    """Return how many records each holds, in one statement; parts are counted in the pass over their whole."""
    passes: dict[Counted, dict[Part, None]] = {}
    for rows in wanted:
        parts = passes.setdefault(rows.whole if isinstance(rows, Part) else rows, {})
        parts |= {rows: None} if isinstance(rows, Part) else {}
    made: list[Any] = [_pass(ask, whole, parts) for whole, parts in passes.items()]
    if not made:
        return {}
    joined = reduce(lambda left, right: left.join(right, sa.true()), made)
    found = db.session.execute(sa.select(*(column for one in made for column in one.c)).select_from(joined)).one()
    order: list[Counted] = [rows for whole, parts in passes.items() for rows in (whole, *parts)]
    return dict(zip(order, found, strict=True))


def _pass(ask: Asked, whole: Counted, parts: Collection[Part]) -> Any:
    """Return the row of counts of some records and of their parts."""
    if not parts:
        return sa.select(sa.func.count()).select_from(whole(ask).subquery()).subquery()
    counts = (sa.func.count(), *(sa.func.count().filter(part.only(ask)) for part in parts))
    return whole(ask).with_only_columns(*counts, maintain_column_froms=True).subquery()


def _shown(figure: Figure, ratio: Ratio) -> dict[str, Any]:
    definition = policy.current().figures[figure.code]
    named = NAMES.get((figure.code, figure.variant), definition)
    return {
        "code": figure.code,
        "variant": figure.variant,
        "zh": named.zh,
        "en": named.en,
        "formula": definition.formula,
        "formula_zh": definition.formula_zh or definition.formula,
        "numerator": ratio.numerator,
        "denominator": ratio.denominator,
        "value": None if ratio.value is None else float(ratio.value),
        "text": ratio.text,
    }


def records(ask: Asked, code: str, variant: str, side: str, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page of the records above or below the line of a figure: kind, id and number.

    ``times`` is how often a record counts: an event sent back twice counts twice. Their sum is the number.
    """
    figure = next((one for one in FIGURES if (one.code, one.variant) == (code, variant)), None)
    if figure is None:
        raise NotFound
    found = getattr(figure, side)(ask).subquery()
    counted = sa.func.count().label("times")
    made = sa.select(found.c.kind, found.c.id, found.c.no, counted).group_by(found.c.kind, found.c.id, found.c.no)
    made = made.subquery()
    rows, following = page(
        sa.select(made.c.kind, made.c.times), (made.c.no, made.c.id), cursor=cursor, limit=limit, newest_first=False
    )
    items = [{"kind": kind, "no": no, "id": str(id), "times": times} for kind, times, no, id in rows]
    return {"items": items, "next_cursor": following, "taken_at": now().isoformat()}
