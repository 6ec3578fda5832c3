"""The ways in to the grid map: outlines, a point's grid, editions, a grid, its people.

Job: shapes and permissions; answer outlines from bytes made once.
Never: decide.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from flask import Response, request

from gis import crs
from server.access import Actor
from server.db import db, now
from server.grids import editions, forms, locate, outlines, staff
from server.grids.forms import Given
from server.grids.models import BASE, Edition, Grid
from server.grids.refusals import NoEditionInForce, UnknownGrid
from server.http import API, SIGNED_IN, Room
from server.people import desks
from server.people.models import Appointment
from server.people.rules import Span

room = Room("grids", __name__, url_prefix=f"{API}/grids", description="网格")
EDITIONS_MAX = 200
GEOJSON = "application/geo+json"


def _edition(name: str | None, layer: str = BASE) -> editions.Span:
    """Return the edition called ``name``, or the one of ``layer`` in force now.

    Raises UnknownEdition, NoEditionInForce.
    """
    found = editions.span(editions.named(name)) if name else editions.in_force(editions.published(), layer, now())
    if found is None:
        raise NoEditionInForce
    return found


@room.get(
    "",
    may=SIGNED_IN,
    asks=forms.OutlinesAsk,
    gives=forms.FeatureOut,
    media=GEOJSON,
    also=(409,),
    zh="网格轮廓（GeoJSON）",
)
def outlines_of_an_edition(data: Given, by: Actor) -> Response:
    """Return all outlines of an edition (the base edition in force), six decimals; 304 when the client has them."""
    edition = _edition(data["edition"], data["layer"])
    response = Response(mimetype=GEOJSON)
    response.set_etag(outlines.tag(edition, data["township"]), weak=True)
    response.headers.update({"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"})
    if request.if_none_match.contains_weak(response.get_etag()[0] or ""):
        response.status_code = 304
        return response
    made = outlines.outlines(edition, data["township"])
    zipped = request.accept_encodings.quality("gzip") > 0
    response.set_data(made.gzipped if zipped else made.plain)
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    return response


@room.get("/locate", may=SIGNED_IN, asks=forms.LocateAsk, gives=forms.PlacementOut, zh="按坐标查网格")
def locate_a_point(data: Given, by: Actor) -> Given:
    """Return the grid a point belongs to (spec 14.2), in the edition of the moment or in the one named."""
    lon, lat = crs.convert(data["lon"], data["lat"], data["crs"], "cgcs2000")
    wanted = locate.Wanted(lon, lat, data["captured_at"] or now(), data["accuracy_m"], data["category"])
    edition = editions.span(editions.named(data["edition"])) if data["edition"] else None
    (found,) = locate.locate_many([wanted], edition=edition)
    return {
        "grid_code": found.grid_code,
        "quality": found.quality,
        "candidates": list(found.candidates),
        "distance_m": found.distance_m,
        "n_hits": found.n_hits,
        "village_code": found.village_code,
        "township_code": found.township_code,
        "edition": found.edition,
        "lon": round(lon, 7),
        "lat": round(lat, 7),
    }


@room.get("/editions", may=SIGNED_IN, gives=forms.EditionsOut, zh="网格版本")
def list_editions(by: Actor) -> Given:
    """Return the latest two hundred editions, newest first."""
    query = sa.select(Edition).order_by(Edition.id.desc()).limit(EDITIONS_MAX)
    return {"items": [outlines.described(edition) for edition in db.session.scalars(query)]}


@room.get("/<code>", may=SIGNED_IN, asks=forms.EditionAsk, gives=forms.FeatureOut, zh="网格详情")
def one_grid(code: str, data: Given, by: Actor) -> Given:
    """Return a grid with its outline and history, of the edition in force or of the one named."""
    if data["edition"] is None:
        return outlines.detail(outlines.grid_in_force(code).id)
    edition = editions.named(data["edition"])
    found = db.session.scalar(sa.select(Grid.id).where(Grid.edition_id == edition.id, Grid.code == code))
    if found is None:
        raise UnknownGrid
    return outlines.detail(found)


@room.get("/<code>/staff", may=SIGNED_IN, gives=forms.StaffOut, zh="网格力量（1+1+N）")
def staff_of_a_grid(code: str, by: Actor) -> Given:
    """Return who stands in the grid today; names within the reader's area, phones never."""
    rows = staff.shown(code, by)
    return {"grid_code": code, "items": rows, "vacant": staff.vacancies([code]).get(code, [])}


@room.post(
    "/<code>/staff", may="grid.edit", takes=forms.AppointIn, gives=forms.AppointmentOut, status=201, zh="任命网格人员"
)
def appoint(code: str, data: Given, by: Actor) -> Given:
    """Appoint a person to a seat of the grid; who fills it already is refused as such."""
    span = Span(data["valid_from"] or desks.today(), data["valid_to"])
    return _shown(code, staff.appoint(code, data["username"], data["role"], span, by=by, deputy=data["deputy"]))


@room.post(
    "/<code>/staff/<uuid:id>/relieve",
    may="grid.edit",
    takes=forms.RelieveIn,
    gives=forms.AppointmentOut,
    zh="免去网格人员",
)
def relieve(code: str, id: uuid.UUID, data: Given, by: Actor) -> Given:
    """End an appointment in the grid after its last day."""
    return _shown(code, staff.relieve(code, id, by=by, last_day=data["last_day"]))


def _shown(code: str, made: Appointment) -> Given:
    return {
        "id": str(made.id),
        "grid_code": code,
        "valid_from": made.valid_from,
        "valid_to": made.valid_to,
        "deputy": made.deputy,
    }
