"""The tables of the grid map: editions and their grids.

Job: keep every edition for ever, exactly as it was published; an event points at the edition it was reported under.
Never: change a published polygon (triggers refuse), measure in EPSG:3857, or hold a person (posts do).
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

from server.db import db

BASE = "base"
SPECIAL = "special"
LAYERS = {BASE: "基础网格", SPECIAL: "专属网格"}
"""Base grids cover the district; special ones override them for the categories on their list (spec 14.2)."""

LOADED = "loaded"
PUBLISHED = "published"
STATUSES = {LOADED: "已导入", PUBLISHED: "已启用"}
"""An edition is loaded, then published: from then on it is fixed and has a time in which it holds."""


class Edition(db.Model):
    """One edition of one layer (网格版本). An empty ``valid_from`` of a published edition means: since ever."""

    __tablename__ = "grid_editions"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    layer: Mapped[str]
    status: Mapped[str] = mapped_column(default=LOADED)
    valid_from: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]
    source_crs: Mapped[str]
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    report: Mapped[dict[str, Any]]
    synthetic: Mapped[bool] = mapped_column(default=False)
    imported_at: Mapped[datetime]
    imported_by: Mapped[uuid.UUID]
    __table_args__ = (
        sa.CheckConstraint(f"layer in ('{BASE}', '{SPECIAL}')", name="layer"),
        sa.CheckConstraint(f"status in ('{LOADED}', '{PUBLISHED}')", name="status"),
        sa.CheckConstraint(
            f"status = '{PUBLISHED}' or (valid_from is null and valid_to is null)", name="only_published_holds"
        ),
        sa.CheckConstraint("valid_from < valid_to", name="order"),
        ExcludeConstraint(
            ("layer", "="),
            (sa.func.tstzrange(sa.column("valid_from"), sa.column("valid_to"), type_=TSTZRANGE), "&&"),
            where=sa.text(f"status = '{PUBLISHED}'"),
            name="ex_one_edition_in_force",
        ),
    )


def in_force(moment: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that an edition is in force at ``moment``."""
    span = sa.func.tstzrange(Edition.valid_from, Edition.valid_to, type_=TSTZRANGE)
    return sa.and_(Edition.status == PUBLISHED, span.contains(moment))


class Grid(db.Model):
    """One grid of one edition (网格); ``geom`` is EPSG:4490, ``parents`` are the codes it was made of (spec 14.2)."""

    __tablename__ = "grids"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("grid_editions.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(default="")
    village_code: Mapped[str | None]
    township_code: Mapped[str | None]
    categories: Mapped[list[str]] = mapped_column(default=list)
    parents: Mapped[list[str]] = mapped_column(default=list)
    geom: Mapped[Any] = mapped_column(
        Geometry("MULTIPOLYGON", srid=4490, spatial_index=False), nullable=False, deferred=True
    )
    geom_3857: Mapped[Any] = mapped_column(
        Geometry("MULTIPOLYGON", srid=3857, spatial_index=False),
        sa.Computed("st_transform(geom, 3857)", persisted=True),
        deferred=True,
    )
    area_km2: Mapped[float] = mapped_column(
        sa.Computed("st_area(geom::geography) / 1000000::double precision", persisted=True)
    )
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "code"),
        sa.CheckConstraint("st_isvalid(geom) and not st_isempty(geom)", name="sound"),
        sa.Index("ix_grids_geom", "geom", postgresql_using="gist"),
        sa.Index("ix_grids_geom_3857", "geom_3857", postgresql_using="gist"),
    )

    scopes: ClassVar[dict[str, Callable[..., sa.ColumnElement[bool]]]] = {
        "o": lambda model, actor, hat: sa.false(),
        "d": lambda model, actor, hat: sa.false(),
        "c": lambda model, actor, hat: sa.false(),
        "g": lambda model, actor, hat: model.code == hat.grid,
    }
    """What the scope letters mean for a grid: nobody owns one, none is assigned to a department."""


class Sketch(db.Model):
    """A grid drawn with fewer corners for maps up to ``zoom`` (简化轮廓): for the eye only, never for a decision."""

    __tablename__ = "grid_sketches"
    grid_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey("grids.id", ondelete="CASCADE"), primary_key=True)
    zoom: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    geom: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", srid=3857, spatial_index=False), nullable=False)


class Residents(db.Model):
    """How many people live in a grid (常住人口), on which day it was counted and by whom; a number, never a list."""

    __tablename__ = "grid_residents"
    code: Mapped[str] = mapped_column(primary_key=True)
    residents: Mapped[int]
    as_of: Mapped[date]
    source: Mapped[str]
    __table_args__ = (sa.CheckConstraint("residents >= 0", name="counted"),)
