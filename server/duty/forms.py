"""The shapes of duty: shifts, positions, tracks and coverage.

Job: say what a request must look like.
Never: judge what needs the database.
"""

from __future__ import annotations

import marshmallow as ma
from marshmallow import validate

from gis import crs
from server.pages import PageAsk

POSITIONS_MAX = 500


class MomentIn(ma.Schema):
    """When it truly happened; left out: now. A phone without network tells later."""

    at = ma.fields.AwareDateTime(load_default=None, allow_none=True)


class ShiftOut(ma.Schema):
    """A shift; ``ends_by`` is when it ends by itself."""

    on_duty = ma.fields.Boolean()
    started_at = ma.fields.DateTime(allow_none=True)
    ended_at = ma.fields.DateTime(allow_none=True)
    ends_by = ma.fields.DateTime(allow_none=True)


class PositionIn(ma.Schema):
    """One position."""

    at = ma.fields.AwareDateTime(required=True)
    lon = ma.fields.Float(required=True, validate=validate.Range(-180, 180))
    lat = ma.fields.Float(required=True, validate=validate.Range(-90, 90))
    accuracy_m = ma.fields.Float(load_default=None, allow_none=True, validate=validate.Range(0, 100_000))


class PositionsIn(ma.Schema):
    """What a phone collected while its bearer was on duty."""

    crs = ma.fields.String(load_default="wgs84", validate=validate.OneOf(sorted(crs.SYSTEMS)))
    positions = ma.fields.List(ma.fields.Nested(PositionIn), required=True, validate=validate.Length(1, POSITIONS_MAX))


class RecordedOut(ma.Schema):
    """How many positions were kept, and how many were not because they lay outside the shifts."""

    kept = ma.fields.Integer()
    refused = ma.fields.Integer()


class TrackAsk(PageAsk):
    """Which part of the own track."""

    since = ma.fields.AwareDateTime(load_default=None, data_key="from")
    until = ma.fields.AwareDateTime(load_default=None, data_key="to")


class FixOut(ma.Schema):
    """One kept position, EPSG:4490."""

    at = ma.fields.DateTime()
    lon = ma.fields.Float()
    lat = ma.fields.Float()
    accuracy_m = ma.fields.Float(allow_none=True)


class TrackOut(ma.Schema):
    """A page of the own track; ``kept_days`` says for how long it is kept."""

    items = ma.fields.List(ma.fields.Nested(FixOut))
    next_cursor = ma.fields.String(allow_none=True)
    kept_days = ma.fields.Integer()


class CoverageAsk(PageAsk):
    """Which days, both included."""

    first_day = ma.fields.Date(required=True, data_key="from")
    last_day = ma.fields.Date(required=True, data_key="to")


class CoveredOut(ma.Schema):
    """A grid and how it was covered; no person is named."""

    grid_code = ma.fields.String()
    days = ma.fields.Integer()
    fixes = ma.fields.Integer()
    last_at = ma.fields.DateTime()


class CoverageOut(ma.Schema):
    """A page of grids."""

    items = ma.fields.List(ma.fields.Nested(CoveredOut))
    next_cursor = ma.fields.String(allow_none=True)
