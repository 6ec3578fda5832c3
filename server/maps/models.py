"""The tables of the tallies (计数汇总): events counted by facet, span of time and place, and what is not folded in yet.

Job: keep every count a map needs so that a map adds up some thousand rows, whatever the number of events.
Never: be written by a slice: triggers on ``events`` and ``assignments`` write changes and holdings, ``tallies.fold``
the rest.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from geoalchemy2 import Geometry
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
    """How many events of a facet were reported in a place in a month (Beijing, by its first day).

    ``upto[d]`` are those up to the month's day d included, 1 to 31: any days of a month are one difference. Facets
    whose days are counted in another way have none.
    """

    __tablename__ = "tallies"
    facet: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    n: Mapped[int]
    upto: Mapped[list[int] | None] = mapped_column(sa.ARRAY(sa.Integer))


class TallyCell(db.Model):
    """How many events were reported in an H3 cell and a township in a month; ``upto`` as in Tally."""

    __tablename__ = "tally_cells"
    resolution: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(primary_key=True)
    township_code: Mapped[str] = mapped_column(primary_key=True)
    cell: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    n: Mapped[int]
    upto: Mapped[list[int]] = mapped_column(sa.ARRAY(sa.Integer))


class Holding(db.Model):
    """An event that a unit has now or finished its part of, with what a map asks of it: one range of one index.

    Kept by the triggers in the act's own transaction; 0 and '' stand for none, as in TallyPlace.
    """

    __tablename__ = "tally_holdings"
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_code: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    grid_id: Mapped[int] = mapped_column(sa.BigInteger)
    edition_id: Mapped[int] = mapped_column(sa.BigInteger)
    grid_code: Mapped[str]
    village_code: Mapped[str]
    township_code: Mapped[str]
    category: Mapped[str]
    urgency: Mapped[str]
    state: Mapped[str]
    lon: Mapped[float] = mapped_column(sa.Double)
    lat: Mapped[float] = mapped_column(sa.Double)
    __table_args__ = (
        sa.Index(
            "ix_tally_holdings_unit",
            "unit_code",
            "created_at",
            postgresql_include=[
                "grid_id", "edition_id", "grid_code", "village_code", "township_code", "category", "urgency", "state",
            ],
        ),
    )  # fmt: skip
    scopes: ClassVar[dict[str, Any]] = {}


class TileAhead(db.Model):
    """A layer of a tile that is the same for everybody as long as its edition holds, drawn by the worker."""

    __tablename__ = "tiles_ahead"
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("grid_editions.id", ondelete="CASCADE"), primary_key=True)
    layer: Mapped[str] = mapped_column(primary_key=True)
    z: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    x: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    y: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes]


class ShapeAhead(db.Model):
    """The outline of a grid in a tile, in units of the tile and cut to it, drawn with the tile; numbers come later."""

    __tablename__ = "shapes_ahead"
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("grid_editions.id", ondelete="CASCADE"), primary_key=True)
    z: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    x: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    y: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    grid_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    geom: Mapped[Any] = mapped_column(Geometry(spatial_index=False), nullable=False)


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
    sa.Column("lon", sa.Double),
    sa.Column("lat", sa.Double),
)
"""One event more or less (变动): with ``unit_code`` what this unit holds, else the event itself, with its point.
A change of 0 only says that whoever an event is given to sees other maps from now on.

Written in the transaction of the act and read together with the tallies, so that a map is exact at once; a queue
without an index, because it is read whole.
"""
