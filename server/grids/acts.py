"""Import an edition of the grids: all or nothing, with one line in the journal (网格导入).

Job: store an examined survey, make the villages it speaks of known, publish a layer's first edition.
Never: commit, examine, or put a second edition in force by itself: that is ``editions.publish``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from geoalchemy2 import WKBElement
from sqlalchemy.dialects.postgresql import insert

from server import journal, policy
from server.access import Actor
from server.db import db, now
from server.grids import editions, sketches
from server.grids.models import PUBLISHED, Edition, Grid
from server.grids.refusals import NameTaken, SurveyRefused
from server.grids.rules import TOWNSHIP_DIGITS, home
from server.grids.survey import Examined, Survey, plain
from server.journal import Line
from server.people.models import Unit
from server.people.units import sync_units

SRID = 4490


def import_edition(name: str, examined: Examined, *, by: Actor, valid_from: datetime | None = None) -> Edition:
    """Store an edition and return it; nothing is stored when anything is wrong.

    The first edition of a layer is published at once and holds since ever (or from ``valid_from``). A later one stays
    loaded until ``editions.publish``, unless ``valid_from`` says when it begins.

    Raises:
        SurveyRefused: the survey has errors nobody accepted; ``findings`` holds them.
        NameTaken: there is an edition of this name.
        NotAfterTheLast, CodesReused: as ``editions.publish``.
    """
    if examined.blocking:
        raise SurveyRefused(findings=[plain(each) for each in examined.blocking])
    check_name(name)
    edition = _edition(name, examined, by)
    rows = list(_rows(edition.id, examined.survey))
    _make_units_known(rows, examined.survey)
    db.session.execute(sa.insert(Grid), rows)
    sketches.draw(edition.id)
    facts = {"edition": name, "layer": edition.layer, "grids": len(rows), "sha256": edition.file_sha256}
    journal.write(Line("grids.imported", by, facts=facts, audience={"a"}))
    if valid_from is not None or not _has_published(edition.layer):
        editions.publish(edition, by=by, at=valid_from)
    return edition


def check_name(name: str) -> None:
    """Raise NameTaken when there is an edition of this name."""
    if db.session.scalar(sa.select(sa.exists().where(Edition.name == name))):
        raise NameTaken(edition=name)


def _edition(name: str, examined: Examined, by: Actor) -> Edition:
    survey = examined.survey
    edition = Edition(
        name=name,
        layer=examined.layer,
        source_crs=survey.source_crs,
        file_name=survey.file_name,
        file_sha256=survey.sha256,
        report=examined.report(),
        synthetic=survey.synthetic,
        imported_at=now(),
        imported_by=by.person_id,
    )
    db.session.add(edition)
    db.session.flush()
    return edition


def _has_published(layer: str) -> bool:
    found = sa.exists().where(Edition.layer == layer, Edition.status == PUBLISHED)
    return bool(db.session.scalar(sa.select(found)))


def _rows(edition_id: int, survey: Survey) -> Iterator[dict[str, Any]]:
    """Yield the column values of each grid; single polygons become multipolygons."""
    for code, wkb in zip(survey.codes, shapely.to_wkb(_multi(survey.polygons)), strict=True):
        where = home(code)
        yield {
            "edition_id": edition_id,
            "code": code,
            "name": survey.names.get(code, ""),
            "village_code": where.village,
            "township_code": where.township,
            "categories": survey.categories.get(code, []),
            "parents": survey.parents.get(code, []),
            "geom": WKBElement(wkb, srid=SRID),
        }


def _multi(polygons: Any) -> Any:
    parts, whole = shapely.get_parts(polygons, return_index=True)
    return shapely.multipolygons(parts, indices=whole) if len(parts) else np.array([], dtype=object)


def _make_units_known(rows: list[dict[str, Any]], survey: Survey) -> None:
    """Bring the units up to the policy, then add the townships and villages (村、社区) that only the codes know."""
    current = policy.current()
    sync_units(current)
    villages = sorted({row["village_code"] for row in rows if row["village_code"]})
    townships = sorted({code[:TOWNSHIP_DIGITS] for code in villages})
    names = {code: unit.zh for code, unit in current.units.items()} | dict(survey.village_names)
    district = current.settings.district.code6
    units = [_unit("township", code, names.get(code, code), code, district) for code in townships]
    units += [_unit("village", code, names.get(code, code), code[:TOWNSHIP_DIGITS]) for code in villages]
    if units:
        db.session.execute(insert(Unit).on_conflict_do_nothing(), units)


def _unit(kind: str, code: str, zh: str, township: str, parent: str | None = None) -> dict[str, Any]:
    row = {"kind": kind, "code": code, "zh": zh, "en": "", "township_code": township, "parent_code": parent or township}
    return row | {"dispatchable": False, "built_up": True}
