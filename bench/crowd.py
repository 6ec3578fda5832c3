"""Millions of events at once: as years of work leave them, all indexes whole, tallies made, statistics fresh.

Job: fill the tables of a measuring town by INSERT … SELECT, indexes built afterwards.
Never: measure, or walk arrows: those measurements have benches of their own.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import psycopg
import shapely
import sqlalchemy as sa
from psycopg import sql
from tqdm import tqdm

from bench.city import City
from server import policy
from server.app import create_app
from server.config import Config
from server.db import db
from server.embedded.databases import plain
from server.grids.models import Edition, Grid
from server.http import transaction
from server.maps import tallies
from server.people.models import Person

SPOTS = 40_000
YEARS = 3
CHUNK = 500_000
STATES = ("closed",) * 44 + ("rejected",) * 3 + ("merged", "void", "handling")
OUTSIDE = 0.002

EVENTS = """
insert into events (id, no, state, revision, township_code, village_code, grid_code, urgency, channel, created_by,
  created_at, moved_at, closed_at, reassignments, reworks, synthetic, category, text, address, point, raw_lon, raw_lat,
  raw_sys, provider, is_mock, captured_at, grid_id, edition_id, placement, candidates, flags, extra, pairs,
  self_handled, merged_count)
select gen_random_uuid(), 'B' || n, state, 4, nullif(left(s.code, 9), ''), nullif(left(s.code, 12), ''),
  nullif(s.code, ''),
  l.urgency, 'app', p.id, at, at, case when state <> 'handling' then at end, 0, 0, true, l.code, '路灯不亮', '',
  st_setsrid(st_makepoint(s.lon + (random() - 0.5) / 5000, s.lat + (random() - 0.5) / 5000), 4490), s.lon, s.lat,
  'wgs84', '', false, at, s.grid_id, s.edition_id, case when s.code = '' then 'outside' else 'inside' end,
  '{}', '{}', '{}', '{}', false, 0
from (
  select n, %(end)s::timestamptz - (%(total)s - n) * (%(span)s::interval / %(total)s) as at,
    1 + floor(random() * %(spots)s)::int as spot, 1 + floor(random() * %(leaves)s)::int as leaf,
    1 + floor(random() * %(people)s)::int as person, (%(states)s::text[])[1 + floor(random() * %(kinds)s)::int] as state
  from generate_series(%(first)s::int, %(last)s::int) n
) drawn
join crowd_spots s on s.i = spot join crowd_leaves l on l.i = leaf join crowd_people p on p.i = person
order by n
"""
ASSIGNED = """
insert into assignments (id, item_kind, item_id, unit_code, role, share_pct, first_recipient, since, until, ended_by)
select gen_random_uuid(), 'event', e.id, u.code, 'lead', 60, true, e.created_at, e.closed_at,
  case when e.closed_at is not null then 'finished' end
from (select id, created_at, closed_at, 1 + floor(random() * %(units)s)::int as unit from events
      where state in ('closed', 'handling') and random() < 0.4) e join crowd_units u on u.i = unit
"""


def fill(town: City, count: int) -> None:
    """Fill the town with `count` events of three years, the last one now."""
    app = create_app(town.config)
    with app.app_context():
        tables = {
            "crowd_spots": _spots(),
            "crowd_leaves": _leaves(),
            "crowd_people": _people(),
            "crowd_units": _units(),
        }
        db.session.remove()
    with psycopg.connect(plain(town.config.database_url), autocommit=True) as session:
        session.execute("set session_replication_role = replica")
        session.execute("set maintenance_work_mem = '1GB'")
        for name, rows in tables.items():
            _copy(session, name, rows)
        _insert(session, count, {name: len(rows) for name, rows in tables.items()})
    _tally(town.config)
    with psycopg.connect(plain(town.config.database_url), autocommit=True) as session:
        for table in ("events", "assignments", "tallies", "tally_places", "tally_changes"):
            session.execute(sql.SQL("vacuum analyze {}").format(sql.Identifier(table)))


def _insert(session: psycopg.Connection[Any], count: int, sizes: dict[str, int]) -> None:
    [end] = session.execute("select now()").fetchone() or ()
    given = {"end": end, "total": count, "span": f"{YEARS} years", "states": list(STATES), "kinds": len(STATES)}
    given |= {name.removeprefix("crowd_"): size for name, size in sizes.items()}
    indexes = [row for table in ("events", "assignments") for row in _indexes(session, table)]
    for name, _ in indexes:
        session.execute(sql.SQL("drop index {}").format(sql.Identifier(name)))
    for first in tqdm(range(1, count + 1, CHUNK), desc="events", leave=False):
        session.execute(EVENTS, given | {"first": first, "last": min(count, first + CHUNK - 1)})
    session.execute(ASSIGNED, given)
    for _, definition in tqdm(indexes, desc="indexes", leave=False):
        session.execute(definition)


def _indexes(session: psycopg.Connection[Any], table: str) -> list[Any]:
    """Return name and definition of every index that is no constraint."""
    query = """select i.relname, pg_get_indexdef(i.oid) from pg_index x join pg_class i on i.oid = x.indexrelid
               where x.indrelid = %s::regclass and not exists (select from pg_constraint where conindid = i.oid)"""
    return session.execute(query, (table,)).fetchall()


def _tally(config: Config) -> None:
    app = create_app(config)
    with app.app_context():
        with transaction():
            tallies.rebuild()
        db.session.remove()
        db.engine.dispose()


def _copy(session: psycopg.Connection[Any], name: str, rows: list[tuple[Any, ...]]) -> None:
    columns = {
        "crowd_spots": "i int primary key, lon float8, lat float8, grid_id bigint, edition_id bigint, code text",
        "crowd_leaves": "i int primary key, code text, urgency text",
        "crowd_people": "i int primary key, id uuid",
        "crowd_units": "i int primary key, code text",
    }[name]
    session.execute(f"create temporary table {name} ({columns})")
    with session.cursor().copy(f"copy {name} from stdin") as copy:
        for number, row in enumerate(rows, 1):
            copy.write_row((number, *row))
    session.execute(f"analyze {name}")


def _spots() -> list[tuple[Any, ...]]:
    """Return places inside the grids, few outside: (lon, lat, grid id, edition id, code)."""
    query = sa.select(Grid.id, Grid.edition_id, Grid.code, sa.func.ST_AsBinary(Grid.geom)).join(Edition)
    rows = db.session.execute(query.order_by(Grid.id)).all()
    chance, found = np.random.default_rng(1), []
    for id, edition, code, text in rows:
        polygon = shapely.from_wkb(bytes(text))
        west, south, east, north = polygon.bounds
        wanted = 1 + int(chance.pareto(2.0) * SPOTS / len(rows))
        places = chance.uniform((west, south), (east, north), (40 * wanted, 2))
        inside = places[shapely.contains_xy(polygon, places)][:wanted]
        found += [(float(lon), float(lat), id, edition, code) for lon, lat in inside]
    found += [(114.4 + i / 1e4, 23.4, None, None, "") for i in range(int(len(found) * OUTSIDE))]
    return found


def _leaves() -> list[tuple[Any, ...]]:
    return [(leaf.code, leaf.urgency) for leaf in policy.current().categories.values()]


def _people() -> list[tuple[Any, ...]]:
    ids = list(db.session.scalars(sa.select(Person.id)))
    random.Random(1).shuffle(ids)
    return [(id,) for id in ids]


def _units() -> list[tuple[Any, ...]]:
    return [(unit.code,) for unit in policy.current().units.values() if unit.dispatchable]
