"""What a crowd of events owes: a limit to handle each, and one to verify what was handled, as figures read them.

Never measures.
"""

from __future__ import annotations

from functools import partial

import psycopg

from bench import crowd
from bench.city import City
from server.embedded.databases import plain

LADDER = "insert into clock_ladders (digest, content) values ('', '{}')"
CLOCKS = """
insert into clocks (id, item_kind, item_id, code, started_at, "limit", source, ladder, statutory, pausable, breaches,
  due_at, original_due_at, provisional, result, stopped_at, rung, rings_at)
select gen_random_uuid(), 'event', e.id, owed.code, e.created_at, '', '', '', false, true, true,
  e.created_at + owed.days * interval '1 day', e.created_at + owed.days * interval '1 day', false,
  case when e.closed_at is null then 'running' else 'met' end, e.closed_at, 0,
  case when e.closed_at is null then timestamptz 'infinity' end
from events e join (values ('HANDLE', 3), ('VERIFY', 5)) owed (code, days)
  on e.state = 'closed' or e.state = 'handling' and owed.code = 'HANDLE'
"""


def fill(town: City) -> None:
    """Give the town's events their clocks, once."""
    with psycopg.connect(plain(town.config.database_url), autocommit=True) as session:
        for words in crowd.SESSION:
            session.execute(words)
        done = session.execute("select 1 from crowd_done where name = 'clocks'").fetchone()
        if not done:
            crowd.step(session, "ladder", partial(session.execute, LADDER))
            crowd.step(session, "clocks", partial(session.execute, CLOCKS))
            crowd.step(session, "vacuum clocks", partial(session.execute, "vacuum analyze clocks"))
