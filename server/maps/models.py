"""The tables of the tallies (计数汇总): events counted by facet, span of time and place, and what is not folded in yet.

Job: keep every count a map needs so that a map adds up some thousand rows, whatever the number of events.
Never: be written by a slice: triggers on ``events`` and ``assignments`` write changes, ``tallies.fold`` the rest.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import db


class TallyPlace(db.Model):
    """A place in which events were counted: their grid and the codes they carry; 0 and '' stand for none."""

    __tablename__ = "tally_places"
    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(always=True), primary_key=True)
    grid_id: Mapped[int] = mapped_column(sa.BigInteger)
    edition_id: Mapped[int] = mapped_column(sa.BigInteger)
    grid_code: Mapped[str]
    village_code: Mapped[str]
    township_code: Mapped[str]
    __table_args__ = (
        sa.UniqueConstraint(
            "grid_id", "edition_id", "grid_code", "village_code", "township_code", name="uq_tally_places_place"
        ),
    )
    scopes: ClassVar[dict[str, Any]] = {}


class Tally(db.Model):
    """How many events of a facet were reported in a place in the day or month (Beijing) that begins at ``start``."""

    __tablename__ = "tallies"
    facet: Mapped[str] = mapped_column(primary_key=True)
    span: Mapped[str] = mapped_column(primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    n: Mapped[int]
    __table_args__ = (sa.CheckConstraint("span in ('day', 'month')", name="span"),)


class TallyMark(db.Model):
    """The one row that says how many changes were ever folded in; whoever folds holds it."""

    __tablename__ = "tally_marks"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    folded: Mapped[int] = mapped_column(sa.BigInteger)


CHANGES = sa.Table(
    "tally_changes",
    db.metadata,
    sa.Column("sign", sa.SmallInteger, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("grid_id", sa.BigInteger, nullable=False),
    sa.Column("edition_id", sa.BigInteger, nullable=False),
    sa.Column("grid_code", sa.Text, nullable=False),
    sa.Column("village_code", sa.Text, nullable=False),
    sa.Column("township_code", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("urgency", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("unit_code", sa.Text, nullable=False),
)
"""One event more or less (变动): with ``unit_code`` an event that this unit holds, else the event itself.

Written in the transaction of the act and read together with the tallies, so that a map is exact at once; a queue
without an index, because it is read whole.
"""
