"""What a crowd of events owes: a limit to handle each, and one to verify what was handled, as figures read them.

Never measures.
"""

from __future__ import annotations

import json
from functools import partial

import psycopg

from bench import crowd
from bench.city import City
from server import policy
from server.clocks import ladders
from server.embedded.databases import plain

LADDER = """
insert into clock_ladders (digest, content) values (%(digest)s, %(content)s) on conflict (digest) do nothing
"""
CLOCKS = """
insert into clocks (id, item_kind, item_id, code, started_at, "limit", source, ladder, statutory, pausable, breaches,
  due_at, original_due_at, provisional, result, stopped_at, rung, rings_at)
select gen_random_uuid(), 'event', e.id, owed.code, e.created_at, owed.days || ' ND', '', %(ladder)s, false, true, true,
  e.created_at + owed.days * interval '1 day', e.created_at + owed.days * interval '1 day', false,
  case when e.closed_at is null then 'running' else 'met' end, e.closed_at, 0,
  case when e.closed_at is null then e.created_at + interval '10 years' end
from events e join (values ('HANDLE', 3), ('VERIFY', 5)) owed (code, days)
  on e.state = 'closed' or e.state = 'handling' and owed.code = 'HANDLE'
"""


def fill(town: City) -> None:
    """Give the town's events their clocks, once."""
    (ladder,) = ladders.snapshots([policy.current().ladder("HANDLE")])
    given = ladder | {"content": json.dumps(ladder["content"])}
    with psycopg.connect(plain(town.config.database_url), autocommit=True) as session:
        for words in crowd.SESSION:
            session.execute(words)
        steps = {
            "ladder": partial(session.execute, LADDER, given),
            "clocks": partial(session.execute, CLOCKS, {"ladder": ladder["digest"]}),
            "vacuum clocks": partial(session.execute, "vacuum analyze clocks"),
        }
        done = {name for (name,) in session.execute("select name from crowd_done")}
        for name in [name for name in steps if name not in done]:
            crowd.step(session, name, steps[name])
