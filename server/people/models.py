"""Tables of people: units, posts, persons, who fills which post when, leaves, tokens, devices and codes.

Job: say who exists, where they stand and by which token they speak (spec 3.1 and 12).
Never: hold a password, token or code in clear, a judgement of a person, or a resident.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server import access
from server.db import db, new_id


class Unit(db.Model):
    """A unit (单位): district, township (镇街), village (村社区), department (部门) or an office below one."""

    __tablename__ = "units"
    code: Mapped[str] = mapped_column(primary_key=True)
    zh: Mapped[str]
    en: Mapped[str]
    kind: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(sa.ForeignKey("units.code"), index=True)
    township_code: Mapped[str | None] = mapped_column(index=True)
    dispatchable: Mapped[bool] = mapped_column(default=False)
    built_up: Mapped[bool] = mapped_column(default=True)


class Post(db.Model):
    """A post (岗位): it has the responsibility; persons fill it for a time (spec 3.1)."""

    __tablename__ = "posts"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    role: Mapped[str] = mapped_column(index=True)
    unit_code: Mapped[str] = mapped_column(sa.ForeignKey("units.code"), index=True)
    grid_code: Mapped[str | None] = mapped_column(index=True)
    title: Mapped[str] = mapped_column(default="")
    synthetic: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (sa.Index("ix_posts_desk", "unit_code", "role"),)
    scopes: ClassVar[dict[str, Callable[..., Any]]] = {
        "t": lambda model, actor, hat: model.unit_code.in_(
            sa.select(Unit.code).where(access.same(Unit.township_code, hat.township))
        ),
    }
    """A post has no township of its own: it lies where its unit lies."""


class Person(db.Model):
    """A member of staff (工作人员): never a resident."""

    __tablename__ = "persons"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    password_hash: Mapped[str | None]
    must_change_password: Mapped[bool] = mapped_column(default=True)
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    synthetic: Mapped[bool] = mapped_column(default=False)


class Appointment(db.Model):
    """A person fills a post from one day to another (任职)."""

    __tablename__ = "appointments"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("persons.id"), index=True)
    post_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("posts.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    deputy: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        ExcludeConstraint(
            ("person_id", "="),
            ("post_id", "="),
            (sa.func.daterange(sa.column("valid_from"), sa.column("valid_to"), sa.text("'[]'"), type_=DATERANGE), "&&"),
            name="ex_appointments_once",
            using="gist",
        ),
    )


class Leave(db.Model):
    """A person is away from one day to another (休假); meanwhile the deputies of their posts come first."""

    __tablename__ = "leaves"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("persons.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    __table_args__ = (sa.CheckConstraint("first_day <= last_day", name="order"),)


class Token(db.Model):
    """An opaque key of one person on one device (令牌); only its hash is kept."""

    __tablename__ = "tokens"
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("persons.id"), index=True)
    device_id: Mapped[str]
    kind: Mapped[str] = mapped_column(default="device")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    wipe: Mapped[bool] = mapped_column(default=False)


class Device(db.Model):
    """A phone enrolled for one person (设备); its public key signs what is recorded offline."""

    __tablename__ = "devices"
    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("persons.id"), primary_key=True)
    public_key: Mapped[str | None]
    label: Mapped[str] = mapped_column(default="")
    enrolled_at: Mapped[datetime]
    clock_error_s: Mapped[float | None]
    revoked_at: Mapped[datetime | None]


class Interest(db.Model):
    """A declared conflict of interest (回避): this person keeps away from this item or this unit's items."""

    __tablename__ = "interests"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("persons.id"), index=True)
    item_id: Mapped[uuid.UUID] = mapped_column(index=True)
    reason: Mapped[str]
    declared_at: Mapped[datetime]


class OneTimeCode(db.Model):
    """A code the office hands over once (一次性码): it enrols a phone or stands for the first password."""

    __tablename__ = "one_time_codes"
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("persons.id"), index=True)
    made_by: Mapped[uuid.UUID]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInTries(db.Model):
    """How often an account or an address has tried to sign in of late (登录尝试); ``key`` is a hash."""

    __tablename__ = "sign_in_tries"
    key: Mapped[bytes] = mapped_column(primary_key=True)
    count: Mapped[int]
    since: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class SecondFactor(db.Model):
    """The second factor of a person (动态口令): the sealed secret, and the last step used so that none works twice."""

    __tablename__ = "second_factors"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("persons.id"), primary_key=True)
    sealed_secret: Mapped[bytes]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(sa.BigInteger, default=0)
