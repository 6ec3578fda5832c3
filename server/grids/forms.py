"""The shapes of the grid API: what is asked, taken and given.

Never: a rule.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from gis import crs
from server.grids.models import LAYERS
from server.people.places import IN_TOWNSHIP
from server.people.rules import GRID_ROLES

NAME = ma.validate.Length(1, 100)
CODE = ma.validate.Length(1, 50)


class EditionAsk(ma.Schema):
    """Which edition; by default the base edition in force now."""

    edition = ma.fields.String(load_default=None, validate=NAME)


class OutlinesAsk(EditionAsk):
    """Which outlines."""

    township = ma.fields.String(load_default=None, validate=IN_TOWNSHIP)
    layer = ma.fields.String(load_default="base", validate=ma.validate.OneOf(list(LAYERS)))


class LocateAsk(EditionAsk):
    """A point in a declared coordinate system; ``captured_at`` chooses the edition of that moment."""

    lon = ma.fields.Float(required=True, validate=ma.validate.Range(-180, 180))
    lat = ma.fields.Float(required=True, validate=ma.validate.Range(-90, 90))
    crs = ma.fields.String(load_default="wgs84", validate=ma.validate.OneOf(sorted(crs.SYSTEMS)))
    accuracy_m = ma.fields.Float(load_default=None, validate=ma.validate.Range(0, 100_000))
    category = ma.fields.String(load_default=None, validate=CODE)
    captured_at = ma.fields.AwareDateTime(load_default=None)


class PlacementOut(ma.Schema):
    """Where a point belongs: ``quality`` is inside, edge, outside or ambiguous; ``n_hits`` grids cover it."""

    grid_code = ma.fields.String(required=True, allow_none=True)
    quality = ma.fields.String(required=True)
    candidates = ma.fields.List(ma.fields.String(), required=True)
    distance_m = ma.fields.Float(required=True, allow_none=True)
    n_hits = ma.fields.Integer(required=True)
    village_code = ma.fields.String(required=True, allow_none=True)
    township_code = ma.fields.String(required=True, allow_none=True)
    edition = ma.fields.String(required=True, allow_none=True)
    lon = ma.fields.Float(required=True)
    lat = ma.fields.Float(required=True)


class FeatureOut(ma.Schema):
    """A GeoJSON feature or collection of features (RFC 7946), longitude and latitude in EPSG:4490."""

    type = ma.fields.String(required=True)
    id = ma.fields.String()
    edition = ma.fields.String()
    layer = ma.fields.String()
    features = ma.fields.List(ma.fields.Dict())
    properties = ma.fields.Dict()
    geometry = ma.fields.Dict()
    history = ma.fields.List(ma.fields.Dict())


class EditionsOut(ma.Schema):
    """The editions, newest first."""

    items = ma.fields.List(ma.fields.Dict(), required=True)


class StaffOut(ma.Schema):
    """The people of a grid (1+1+N); a name is shown within the reader's own area."""

    grid_code = ma.fields.String(required=True)
    items = ma.fields.List(ma.fields.Dict(), required=True)
    vacant = ma.fields.List(ma.fields.String(), required=True)


class AppointIn(ma.Schema):
    """Who shall stand in the grid, as what, from and to which day (both included)."""

    username = ma.fields.String(required=True, validate=NAME)
    role = ma.fields.String(required=True, validate=ma.validate.OneOf(sorted(GRID_ROLES)))
    valid_from = ma.fields.Date(load_default=None)
    valid_to = ma.fields.Date(load_default=None)
    deputy = ma.fields.Boolean(load_default=False)


class RelieveIn(ma.Schema):
    """The last day of the appointment; today unless said."""

    last_day = ma.fields.Date(load_default=None)


class AppointmentOut(ma.Schema):
    """An appointment."""

    id = ma.fields.UUID(required=True)
    grid_code = ma.fields.String(required=True)
    valid_from = ma.fields.Date(required=True)
    valid_to = ma.fields.Date(required=True, allow_none=True)
    deputy = ma.fields.Boolean(required=True)


Given = dict[str, Any]
