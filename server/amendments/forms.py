"""What the ways in to amendments take and give.

Never: ask the database.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import validate

CODE = validate.Length(1, 32)
ONE_LINE = ma.validate.Regexp(r"^[^\r\n]*$")


def line(most: int, **how: Any) -> ma.fields.String:
    """Return a field of one line."""
    return ma.fields.String(validate=[validate.Length(max=most), ONE_LINE], **how)


class DirectoryAsk(ma.Schema):
    """Which leaves: words of code or name, those a unit has a share of."""

    q = ma.fields.String(load_default="", validate=validate.Length(max=50))
    unit = ma.fields.String(load_default=None, validate=CODE)
    version = ma.fields.UUID(load_default=None)


class Listed(ma.Schema):
    """A bounded list."""

    items = ma.fields.List(ma.fields.Dict(), required=True)


class Told(ma.Schema):
    """What there is to tell."""

    class Meta:
        unknown = ma.INCLUDE


class ShareIn(ma.Schema):
    """A unit's share of a leaf; ``town`` stands for the township where the event lies."""

    unit = ma.fields.String(required=True, validate=CODE)
    role = ma.fields.String(required=True, validate=validate.OneOf(("lead", "co")))
    share_pct = ma.fields.Integer(required=True, validate=validate.Range(1, 100))
    basis = line(200, load_default="")
    source = line(300, load_default="")


class Revised(ma.Schema):
    """The revision of the draft that was seen."""

    revision = ma.fields.Integer(required=True, validate=validate.Range(min=1))


class LeafIn(Revised):
    """What the draft is to say of a leaf."""

    units = ma.fields.List(ma.fields.Nested(ShareIn), required=True, validate=validate.Length(1, 20))
    townships = ma.fields.List(ma.fields.String(validate=CODE), load_default=list, validate=validate.Length(max=50))


class AdoptIn(Revised):
    """From which day, and why."""

    begins_on = ma.fields.Date(required=True)
    reason = line(500, required=True)

    @ma.validates("reason")
    def says_something(self, value: str, **_: Any) -> None:
        """Want a reason in words."""
        if len(value.strip()) < 2:
            raise ma.ValidationError("say why")


class WithdrawIn(ma.Schema):
    """Why a version is taken back."""

    reason = line(500, required=True)


class TrialAsk(ma.Schema):
    """Over how many days; which version (none: the draft)."""

    days = ma.fields.Integer(load_default=30, validate=validate.Range(1, 366))
    version = ma.fields.UUID(load_default=None)


class VersionsAsk(ma.Schema):
    """Of which subject."""

    subject = ma.fields.String(load_default="directory", validate=validate.OneOf(("directory", "calendar")))


class CalendarAsk(ma.Schema):
    """Which year (none: this one)."""

    year = ma.fields.Integer(load_default=None, validate=validate.Range(2000, 2199))


class NoticeIn(ma.Schema):
    """A year's notice as CSV (日期, 类型, 名称); ``check_only`` says what it would move and keeps nothing."""

    year = ma.fields.Integer(required=True, validate=validate.Range(2000, 2199))
    text = ma.fields.String(required=True, validate=validate.Length(1, 20_000))
    source = line(300, required=True)
    reason = line(500, load_default="")
    check_only = ma.fields.Boolean(load_default=True)
