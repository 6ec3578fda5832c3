"""What a map asks: period, kind, state, area, way of counting.

Job: turn query fields into plain values; a bare date means its beginning in Beijing, as an end its end.
Never: a rule about who may see what.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import marshmallow as ma

from gis.density import SCHEMES
from server import bounds
from server.db import CN, now
from server.errors import Invalid
from server.events.machine import EVENT
from server.flow.forms import of_category
from server.people.places import IN_TOWNSHIP, OF_UNIT

CODE = ma.validate.Length(1, 50)
DAYS = 30
DAYS_MAX = 3 * 366
STATES = [state.code for state in EVENT.states]
URGENCIES = ["U1", "U2", "U3", "U4", "U5"]
RESOLUTIONS = (5, 11)
"""H3 resolutions of a district: cells of about 250 km² down to 0.002 km²."""


class PeriodTooLong(Invalid):
    """The period is empty or longer than three years.
    时间段为空或超过三年。
    """


class Bound(ma.fields.Field[datetime]):
    """One end of a period, included: an ISO 8601 moment with offset, or a date in Beijing, by ``last`` to its end."""

    default_error_messages = {"invalid": "not an ISO 8601 date or moment with offset"}  # noqa: RUF012

    def __init__(self, *, last: bool = False, **how: Any) -> None:
        super().__init__(metadata={"type": "string", "description": "日期或时刻"}, **how)
        self._last = last

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> datetime:
        try:
            moment = self._moment(str(value))
        except (ValueError, OverflowError):
            raise self.make_error("invalid") from None
        if not bounds.is_in_reach(moment):
            raise self.make_error("invalid")
        return moment

    def _moment(self, text: str) -> datetime:
        if len(text) == len("2024-01-01"):
            return datetime.combine(date.fromisoformat(text), time.max if self._last else time.min, CN)
        return datetime.fromisoformat(text)


def last_of(day: date) -> datetime:
    """Return the last moment of a day in Beijing."""
    return datetime.combine(day, time.max, CN)


class EventsAsk(ma.Schema):
    """Which events are on the map: reported in a period (the last thirty days, today too), of a kind, urgency, state,
    in a township, held by a unit, overdue.
    """

    since = Bound(data_key="from", load_default=None)
    until = Bound(data_key="to", load_default=None, last=True)
    category = ma.fields.String(load_default=None, validate=of_category)
    state = ma.fields.List(ma.fields.String(validate=ma.validate.OneOf(STATES)), load_default=list)
    urgency = ma.fields.List(ma.fields.String(validate=ma.validate.OneOf(URGENCIES)), load_default=list)
    township = ma.fields.String(load_default=None, validate=IN_TOWNSHIP)
    unit = ma.fields.String(load_default=None, validate=OF_UNIT)
    overdue = ma.fields.Boolean(load_default=False)

    @ma.post_load
    def fill(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Set the ends that were not given; refuse what is no period."""
        data["until"] = data["until"] or last_of(now().astimezone(CN).date())
        first = data["until"].astimezone(CN).date() - timedelta(days=DAYS - 1)
        data["since"] = data["since"] or datetime.combine(first, time.min, CN)
        if not timedelta(0) < data["until"] - data["since"] <= timedelta(days=DAYS_MAX):
            raise PeriodTooLong
        return data


LAYERS = ("grids", "outlines", "labels", "events", "heat", "whistles")


class TileAsk(EventsAsk):
    """Which layers a tile holds: ``grids`` with counts; ``outlines``, ``labels``; ``events``, ``heat``; ``whistles``.

    ``v`` is any word that names the edition: outlines and labels asked for with it may be kept for a week.
    """

    layers = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(LAYERS)),
        load_default=lambda: ["grids", "events", "whistles"],
        validate=ma.validate.Length(1, len(LAYERS)),
    )
    v = ma.fields.String(load_default=None, validate=CODE)


class SeriesAsk(EventsAsk):
    """How many events in each day or month (Beijing) of the period."""

    span = ma.fields.String(load_default="day", validate=ma.validate.OneOf(["day", "month"]))


class SeriesOut(ma.Schema):
    """First day of each day or month → events; those without any are left out."""

    span = ma.fields.String(required=True)
    since = ma.fields.AwareDateTime(data_key="from", required=True)
    until = ma.fields.AwareDateTime(data_key="to", required=True)
    total = ma.fields.Integer(required=True)
    items = ma.fields.List(ma.fields.Dict(), required=True)


class WhistlesOut(ma.Schema):
    """Open whistles with their places and the departments called."""

    items = ma.fields.List(ma.fields.Dict(), required=True)


MEASURES = ("n", "per_km2", "per_1000")
"""Events, events per square kilometre, events per thousand residents."""


class DensityAsk(EventsAsk):
    """How to count: per grid ``then`` (as assigned) or ``now`` (in today's grids), or per H3 cell; what is classed."""

    by = ma.fields.String(load_default="grid", validate=ma.validate.OneOf(["grid", "h3"]))
    edition = ma.fields.String(load_default="then", validate=ma.validate.OneOf(["then", "now"]))
    resolution = ma.fields.Integer(load_default=9, validate=ma.validate.Range(*RESOLUTIONS))
    scheme = ma.fields.String(load_default="natural", validate=ma.validate.OneOf(list(SCHEMES)))
    classes = ma.fields.Integer(load_default=5, validate=ma.validate.Range(2, 9))
    of = ma.fields.String(load_default="per_km2", validate=ma.validate.OneOf(MEASURES))
    hotspots = ma.fields.Boolean(load_default=False)


class DensityOut(ma.Schema):
    """Counts and counts per km², with class breaks; ``hot`` is the Gi* level −3 … 3 where asked for."""

    by = ma.fields.String(required=True)
    edition = ma.fields.String(required=True)
    since = ma.fields.AwareDateTime(data_key="from", required=True)
    until = ma.fields.AwareDateTime(data_key="to", required=True)
    total = ma.fields.Integer(required=True)
    outside = ma.fields.Integer(required=True)
    scheme = ma.fields.String(required=True)
    of = ma.fields.String(required=True)
    breaks = ma.fields.List(ma.fields.Float(), required=True)
    items = ma.fields.List(ma.fields.Dict(), required=True)


class PointsOut(ma.Schema):
    """Open events with their places, newest first."""

    items = ma.fields.List(ma.fields.Dict(), required=True)
