"""Millions of events at once: as years of work leave them, all indexes whole, tallies made, statistics fresh.

    python -m bench.crowd --events 10000000 [--seconds 200]   fill a database that stays, or go on filling it
    python -m bench.crowd --events 10000000 --drop            remove it

`bench.density` and `bench.tiles` with as many events use that database when it is full, else one of their own.

Job: fill the tables of a measuring town by INSERT … SELECT in steps, indexes and tallies made afterwards.
Never: measure, or walk arrows: those measurements have benches of their own.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import psycopg
import shapely
import sqlalchemy as sa
from psycopg import sql
from tqdm import tqdm

from bench.city import City, city, yard
from server import policy
from server.app import create_app
from server.config import Config
from server.db import db
from server.embedded import databases
from server.embedded.lease import lease
from server.grids.models import Edition, Grid
from server.http import transaction
from server.maps import cells, recount
from server.people.models import Person

SPOTS = 40_000
YEARS = 3
CHUNK = 500_000
PARTS = 9
STATES = ("closed",) * 44 + ("rejected",) * 3 + ("merged", "void", "handling")
OUTSIDE = 0.002

EVENTS = """
insert into events (id, no, state, revision, township_code, village_code, grid_code, urgency, channel, created_by,
  created_at, moved_at, closed_at, reassignments, reworks, synthetic, category, text, address, point, raw_lon, raw_lat,
  raw_sys, provider, is_mock, captured_at, grid_id, edition_id, placement, candidates, flags, extra, pairs,
  self_handled, merged_count, handled_at)
select gen_random_uuid(), 'B' || n, state, 4, nullif(left(s.code, 9), ''), nullif(left(s.code, 12), ''),
  nullif(s.code, ''),
  l.urgency, 'app', p.id, at, at, case when state <> 'handling' then at end, 0, 0, true, l.code, '路灯不亮', '',
  st_setsrid(st_makepoint(s.lon + (random() - 0.5) / 5000, s.lat + (random() - 0.5) / 5000), 4490), s.lon, s.lat,
  'wgs84', '', false, at, s.grid_id, s.edition_id, case when s.code = '' then 'outside' else 'inside' end,
  '{}', '{}', '{}', '{}', false, 0, case when state = 'closed' then at end
from (
  select n, size.at - (%(total)s - n) * (%(span)s::interval / %(total)s) as at,
    1 + floor(random() * spots)::int as spot, 1 + floor(random() * leaves)::int as leaf,
    1 + floor(random() * people)::int as person, (%(states)s::text[])[1 + floor(random() * %(kinds)s)::int] as state
  from generate_series(%(first)s::int, %(last)s::int) n cross join (
    select (select at from crowd_done where name = 'drawn') as at, (select count(*) from crowd_spots) as spots,
      (select count(*) from crowd_leaves) as leaves, (select count(*) from crowd_people) as people
  ) size
) drawn
join crowd_spots s on s.i = spot join crowd_leaves l on l.i = leaf join crowd_people p on p.i = person
order by n
"""
ASSIGNED = """
insert into assignments (id, item_kind, item_id, unit_code, role, share_pct, first_recipient, since, until, ended_by)
select gen_random_uuid(), 'event', e.id, u.code, 'lead', 60, true, e.created_at, e.closed_at,
  case when e.closed_at is not null then 'finished' end
from (select id, created_at, closed_at, 1 + floor(random() * (select count(*) from crowd_units))::int as unit
      from events where state in ('closed', 'handling') and random() < 0.4) e join crowd_units u on u.i = unit
"""

SESSION = (
    "set session_replication_role = replica",
    "set synchronous_commit = off",
    "set maintenance_work_mem = '1GB'",
    "set work_mem = '256MB'",
)
INDEXES = """
create table if not exists crowd_indexes as
  select i.relname::text as name, pg_get_indexdef(i.oid) as definition
  from pg_index x join pg_class i on i.oid = x.indexrelid
  where x.indrelid in ('events'::regclass, 'assignments'::regclass)
    and not exists (select from pg_constraint where conindid = i.oid)
"""
DRAFT = ("create temporary table counted_anew on commit drop", "create unlogged table counted_anew")
"""The tallies are made by the very statements of a rebuild, but each in a transaction of its own."""
TABLES = ("events", "assignments", "tallies", "tally_places", "tally_changes", "tally_holdings", "tally_cells")


def name_of(count: int) -> str:
    """Return the name of the database that keeps `count` events."""
    return f"crowd_{count}"


def full(count: int) -> str:
    """Return the name of the kept database with `count` events when it is full, else ''."""
    name = name_of(count)
    with lease(yard()) as cluster:
        if name not in databases.names(cluster.url()):
            return ""
        with psycopg.connect(databases.plain(databases.sibling(cluster.url(), name))) as session:
            return name if session.execute("select name from crowd_done where name = 'full'").fetchone() else ""


def fill(town: City, count: int, seconds: float = math.inf) -> bool:
    """Fill the town with `count` events of three years, the last one now; go on where an earlier call ended.

    Begins no step after `seconds`; returns whether the town is full.
    """
    end = time.monotonic() + seconds
    with psycopg.connect(databases.plain(town.config.database_url), autocommit=True) as session:
        for words in SESSION:
            session.execute(words)
        session.execute("create table if not exists crowd_done (name text primary key, at timestamptz default now())")
        steps = {"drawn": partial(_draw, session, town.config)} | _steps(session, town.config, count)
        done = {row[0] for row in session.execute("select name from crowd_done")}
        for name in tqdm([name for name in steps if name not in done], desc="filling", leave=False):
            if time.monotonic() > end:
                return False
            step(session, name, steps[name])
    return True


def step(session: psycopg.Connection[Any], name: str, run: Callable[[], Any]) -> None:
    """Run one step and note it, both or neither; only a vacuum needs to stand outside a transaction."""
    with nullcontext() if name.startswith("vacuum") else session.transaction():
        run()
        session.execute("insert into crowd_done (name) values (%s)", (name,))


def _steps(session: psycopg.Connection[Any], config: Config, count: int) -> dict[str, Callable[[], Any]]:
    """Return what is to be done by name, in this order; the events' indexes are those that migrations made."""
    do = partial(partial, session.execute)
    session.execute(INDEXES)
    indexes = session.execute("select name, definition from crowd_indexes order by name").fetchall()
    chunks = range(1, count + 1, CHUNK)
    return {
        **{f"without {name}": do(sql.SQL("drop index {}").format(sql.Identifier(name))) for name, _ in indexes},
        **{f"events {one}": partial(_events, session, count, one) for one in chunks},
        "assignments": do(ASSIGNED),
        **{f"index {name}": do(definition) for name, definition in indexes},
        **{f"recount {i}": do(words.replace(*DRAFT)) for i, words in enumerate(recount.ANEW)},
        **{f"recount cells {part}": partial(_cells, config, part) for part in range(PARTS)},
        **{f"vacuum {name}": do(sql.SQL("vacuum analyze {}").format(sql.Identifier(name))) for name in TABLES},
        "full": do("select"),
    }


def _events(session: psycopg.Connection[Any], count: int, first: int) -> None:
    given = {"total": count, "span": f"{YEARS} years", "states": list(STATES), "kinds": len(STATES)}
    session.execute(EVENTS, given | {"first": first, "last": min(count, first + CHUNK - 1)})


def _cells(config: Config, part: int) -> None:
    """Count some of the months by cell."""
    app = create_app(config)
    with app.app_context():
        with transaction():
            for month in cells.months()[part::PARTS]:
                cells.count(month)
        db.engine.dispose()


def _draw(session: psycopg.Connection[Any], config: Config) -> None:
    """Draw places, kinds, people and units from what the town has; the steps choose among them by number."""
    app = create_app(config)
    with app.app_context():
        tables = {
            "crowd_spots": _spots(),
            "crowd_leaves": _leaves(),
            "crowd_people": _people(),
            "crowd_units": _units(),
        }
        db.session.remove()
        db.engine.dispose()
    for name, rows in tables.items():
        _copy(session, name, rows)


def _copy(session: psycopg.Connection[Any], name: str, rows: list[tuple[Any, ...]]) -> None:
    columns = {
        "crowd_spots": "i int primary key, lon float8, lat float8, grid_id bigint, edition_id bigint, code text",
        "crowd_leaves": "i int primary key, code text, urgency text",
        "crowd_people": "i int primary key, id uuid",
        "crowd_units": "i int primary key, code text",
    }[name]
    session.execute(f"create table {name} ({columns})")
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


def main() -> int:
    """Fill, or drop; 1 when there is more to fill."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000, help="events of three years")
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin no step after so many seconds")
    parser.add_argument("--drop", action="store_true", help="remove the database")
    given = parser.parse_args()
    if given.drop:
        with lease(yard()) as cluster:
            databases.drop(cluster.url(), name_of(given.events))
        return 0
    with city(20, kept=name_of(given.events)) as town:
        is_full = fill(town, given.events, given.seconds)
    print("full" if is_full else "not full yet: run the same again")
    return 0 if is_full else 1


if __name__ == "__main__":
    sys.exit(main())
