"""A roster examined (人员名册检查): what each row of a file would do, with the grids in force.

Job: read the file, find units, roles and grids, plan each row by who is there.
Never: write what was planned: ``people.roster.writing`` does.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from server import policy
from server.db import db, now
from server.grids import editions
from server.grids.models import BASE, Grid
from server.people import desks
from server.people.models import Unit
from server.people.roster import plan, reading, report, sheet
from server.people.roster.plan import Step, There
from server.people.roster.reading import Directory, Wanted
from server.people.units import sync_units


def examined(file: Path) -> list[Step]:
    """Return a step per row of ``file``, by its number; the units of the policy are there to be named.

    Raises:
        SheetError: the file is no table of staff.
    """
    sync_units(policy.current())
    rows = sheet.rows(file)
    directory, good, bad = _directory(), [], []
    for row in rows:
        found = reading.read(row, directory)
        if isinstance(found, Wanted):
            good.append(found)
        else:
            bad.append(report.refused(row, found))
    steps = bad + plan.plan(good, There.of(good), desks.today())
    return sorted(steps, key=lambda step: step.number)


def _directory() -> Directory:
    units = {code: (kind, zh) for code, kind, zh in db.session.execute(sa.select(Unit.code, Unit.kind, Unit.zh))}
    edition = editions.in_force(editions.published(), BASE, now())
    query = sa.select(Grid.code, Grid.village_code, Grid.township_code).where(
        Grid.edition_id == (edition.id if edition else None)
    )
    grids = {
        code: village if village in units else township or "" for code, village, township in db.session.execute(query)
    }
    return Directory(units, {code: role.zh for code, role in policy.current().roles.items()}, grids)
