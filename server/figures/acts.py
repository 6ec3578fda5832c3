"""Compute figures and list what is behind them.

Job: count both sides of each figure at one moment; page through either side.
Never: store a number, or round before the end.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from server import policy
from server.db import CN, db, now
from server.errors import Invalid, NotFound
from server.figures.asked import Asked
from server.figures.queries import FIGURES, Figure
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
    columns = [
        sa.select(sa.func.count()).select_from(rows(ask).subquery()).scalar_subquery()
        for figure in wanted
        for rows in (figure.above, figure.below)
    ]
    counts = db.session.execute(sa.select(*columns)).one() if columns else ()
    pairs = zip(counts[::2], counts[1::2], strict=True)
    return [_shown(figure, Ratio(*pair, figure.unit)) for figure, pair in zip(wanted, pairs, strict=True)]


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
