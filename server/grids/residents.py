"""Residents of a grid (常住人口): one number per grid with its day and source, for rates per thousand.

Job: take numbers from a table, all or nothing.
Never: hold anything about a person.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from server import journal
from server.access import Actor
from server.db import db
from server.errors import Invalid
from server.grids.models import Grid, Residents
from server.journal import Line


class ResidentsUnreadable(Invalid):
    """A row names no known grid or no whole number; nothing was stored.
    有的行没有已知网格编码或整数人口，未保存任何内容。
    """


def read(file: Path) -> dict[str, int]:
    """Return code → residents of a CSV file with the columns ``code`` and ``residents``. Raises ResidentsUnreadable."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    try:
        return {row["code"].strip(): int(row["residents"]) for row in rows}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ResidentsUnreadable(file=file.name) from None


def store(numbers: Mapping[str, int], *, as_of: date, source: str, by: Actor) -> int:
    """Store the residents of these grids in place of what was known; return how many. Raises ResidentsUnreadable."""
    known = set(db.session.scalars(sa.select(Grid.code).where(Grid.code.in_(numbers))))
    wrong = sorted(code for code, count in numbers.items() if code not in known or count < 0)
    if wrong:
        raise ResidentsUnreadable(codes=wrong[:10])
    rows = [{"code": code, "residents": count, "as_of": as_of, "source": source} for code, count in numbers.items()]
    if rows:
        statement = insert(Residents)
        taken = {name: statement.excluded[name] for name in ("residents", "as_of", "source")}
        db.session.execute(statement.on_conflict_do_update(index_elements=["code"], set_=taken), rows)
    db.session.execute(sa.text("update tally_marks set folded = folded + 1"))  # maps that were kept are out of date
    facts = {"grids": len(rows), "residents": sum(numbers.values()), "as_of": as_of.isoformat(), "source": source}
    journal.write(Line("grids.residents_counted", by, facts=facts, audience={"a"}))
    return len(rows)
