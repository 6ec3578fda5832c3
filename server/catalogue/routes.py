"""The ways in to catalogue and forms: the same for everybody who is signed in, unchanged for days, so kept by ETag.

Job: give the lists and the forms.
Never: decide; what a person may do next stands on each card.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from server import policy
from server.access import Actor
from server.catalogue import lists, schema, ways
from server.http import API, SIGNED_IN, Room

room = Room("catalogue", __name__, url_prefix=API, description="表单与词表")
_made: dict[tuple[str, str], dict[str, Any]] = {}


class CatalogueOut(ma.Schema):
    """The lists: groups, categories, urgencies, units, reasons, whistles, roles, clocks, kinds, dial, settings."""

    class Meta:
        unknown = ma.INCLUDE

    version = ma.fields.String(required=True)
    categories = ma.fields.List(ma.fields.Dict(), required=True)
    units = ma.fields.List(ma.fields.Dict(), required=True)
    reasons = ma.fields.Dict(required=True)
    kinds = ma.fields.List(ma.fields.Dict(), required=True)
    settings = ma.fields.Dict(required=True)


class FormsOut(ma.Schema):
    """Forms by key ``kind.act``, each a JSON Schema (draft 2020-12)."""

    version = ma.fields.String(required=True)
    forms = ma.fields.Dict(required=True)


@room.get("/catalogue", may=SIGNED_IN, gives=CatalogueOut, zh="词表")
def catalogue(by: Actor) -> dict[str, Any]:
    """Return every list clients name things by; 304 when the client has it."""
    return _once("catalogue", lists.catalogue)


@room.get("/forms", may=SIGNED_IN, gives=FormsOut, zh="表单")
def forms(by: Actor) -> dict[str, Any]:
    """Return the form of every act as JSON Schema with Chinese titles, order and means of entry; 304 as above."""
    return _once("forms", _forms)


def _forms() -> dict[str, Any]:
    known = [way for listed in ways.kinds().values() for way in listed]
    known += [way for kind in ways.PARTS for way in ways.of_part(kind)]
    told = {way.key: schema.form(way.takes, way.key, way.zh) for way in known}
    return {"version": policy.current().version, "forms": told}


def _once(name: str, make: Any) -> dict[str, Any]:
    """Return what ``make`` gave under the policy in force: it changes with nothing else while a process runs."""
    key = (name, policy.current().version)
    if key not in _made:
        _made[key] = make()
    return _made[key]
