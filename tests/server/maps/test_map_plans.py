"""Numbers of maps are read by ranges of one index each, whatever the number of events: the plans, stated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from server.access import SYSTEM, Actor, Hat
from server.db import db, new_id
from server.maps import clusters, counts, forms, hexagons, memory, tallies
from server.maps.frame import Frame
from tests.server.maps.crowd import copies
from tests.server.maps.test_map_tiles import number
from tests.server.town import INSIDE, Town

CENTRE = Actor(new_id(), "指挥中心", (Hat(new_id(), "CEN", "DEP06"),))
LAMPS = Actor(new_id(), "路灯", (Hat(new_id(), "DPD", "DEP28"),))
YEAR = {"from": "2025-12-05", "to": "2026-11-20"}

FILL = """
insert into tallies (facet, month, place_id, n, upto)
  select f, m, p, 31, array(select generate_series(1, 31)) from unnest(array['', 's:closed', 'g:B', 'd:DEP28']) f,
    generate_series(date '2024-01-01', date '2026-11-01', interval '1 month') m, generate_series(1000, 1200) p;
insert into tally_cells (resolution, month, township_code, cell, n, upto)
  select r, m, 't' || mod(c, 9), c, 31, array(select generate_series(1, 31)) from generate_series(5, 9) r,
    generate_series(date '2024-01-01', date '2026-11-01', interval '1 month') m, generate_series(1, 150) c;
insert into tally_holdings (event_id, unit_code, created_at, grid_id, edition_id, grid_code, village_code,
    township_code, category, urgency, state, lon, lat)
  select gen_random_uuid(), 'DEP' || mod(n, 40), timestamptz '2024-01-01' + n * interval '1 hour', 1, 1, 'g', 'v', 't',
    'B03', 'U4', 'closed', 114.6, 23.7 from generate_series(1, 20000) n;
analyze tallies;
analyze tally_cells;
analyze tally_holdings;
"""


@pytest.fixture
def full(town: Town) -> Town:
    """A town with as many tallies and holdings as make a wrong way dear."""
    card = town.report()
    copies(card["id"], [{} for _ in range(4000)])
    tallies.fold()
    for statement in FILL.split(";\n")[:-1]:
        db.session.connection().exec_driver_sql(statement)
    return town


@pytest.fixture
def plan(full: Town) -> Callable[[Callable[[], Any]], str]:
    """Return how PostgreSQL finds what the last statement of a call asks for."""
    said: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        said.append((statement, parameters))

    def explained(call: Callable[[], Any]) -> str:
        call()
        statement, parameters = said[-1]
        return "\n".join(db.session.connection().exec_driver_sql(f"explain {statement}", parameters).scalars())

    sa.event.listen(db.engine, "before_cursor_execute", note)
    yield explained
    sa.event.remove(db.engine, "before_cursor_execute", note)


READ = {
    "all": ({}, CENTRE, "pk_tallies"),
    "a state": ({"state": ["closed"]}, CENTRE, "pk_tallies"),
    "a group": ({"category": "B"}, CENTRE, "pk_tallies"),
    "a unit": ({"unit": "DEP28"}, CENTRE, "pk_tallies"),
    "a unit's closed ones": ({"state": ["closed"]}, LAMPS, "ix_tally_holdings_unit"),
    "a unit's group": ({"category": "B"}, LAMPS, "ix_tally_holdings_unit"),
}


@pytest.mark.parametrize("name", READ)
def test_numbers_by_grid_are_ranges_of_an_index(plan: Callable[..., str], name: str) -> None:
    given, by, index = READ[name]
    told = plan(lambda: counts.by_grid(forms.EventsAsk().load(YEAR | given), by))
    assert index in told, told
    for table in ("tallies", "tally_holdings", "events"):
        assert f"Seq Scan on {table}" not in told, told


def test_cells_are_a_range_of_an_index(plan: Callable[..., str]) -> None:
    ask = forms.DensityAsk().load(YEAR | {"by": "h3"})
    told = plan(lambda: hexagons.counted(ask, CENTRE))
    assert "pk_tally_cells" in told, told
    assert "Scan on events" not in told, told


def test_events_outside_every_grid_are_found_by_their_own_index(plan: Callable[..., str]) -> None:
    ask, held = forms.TileAsk().load({}), memory.state()
    told = plan(lambda: clusters.clusters(Frame(*number(*INSIDE, 9)), ask, SYSTEM, held, {"": 1}))
    assert "ix_events_outside" in told, told
