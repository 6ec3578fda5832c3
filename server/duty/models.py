"""Tables of duty: shifts, the track of a worker on duty, and where the district was covered.

Job: keep positions only inside shifts, for ``privacy.track_days``; keep coverage without persons (spec 13.7).
Never: let anyone but the worker read a track.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db import db, new_id


class Shift(db.Model):
    """A worker is on duty from one moment to another (在岗时段)."""

    __tablename__ = "duty_shifts"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("persons.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        sa.CheckConstraint("started_at <= ended_at", name="order"),
        ExcludeConstraint(
            ("person_id", "="),
            (sa.func.tstzrange(sa.column("started_at"), sa.column("ended_at"), type_=TSTZRANGE), "&&"),
            name="ex_one_shift_at_a_time",
        ),
        sa.Index("ix_duty_shifts_open", "started_at", postgresql_where=sa.text("ended_at is null")),
        sa.Index("ix_duty_shifts_person", "person_id", "started_at"),
    )


class Fix(db.Model):
    """One position of a worker on duty (在岗轨迹点), EPSG:4490."""

    __tablename__ = "tracks"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("persons.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    point: Mapped[Any] = mapped_column(Geometry("POINT", srid=4490, spatial_index=False), nullable=False)
    accuracy_m: Mapped[float | None]
    __table_args__ = (sa.Index("ix_tracks_at", "at", postgresql_using="brin"),)


class Coverage(db.Model):
    """How much of a day somebody was on duty in a grid (巡查覆盖): nobody's name, no place within the grid."""

    __tablename__ = "coverage"
    grid_code: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    village_code: Mapped[str | None]
    township_code: Mapped[str | None]
    fixes: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    __table_args__ = (sa.Index("ix_coverage_township", "township_code", "day"),)
    scopes: ClassVar[dict[str, Callable[..., Any]]] = {"d": lambda model, actor, hat: sa.false()}
    """Patrols are the townships' work: a department sees none."""
