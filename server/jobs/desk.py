"""The jobs as who operates the system sees them (任务台): what waits, what failed and why, which loops go round.

Job: list, and put a failed job back into the queue.
Never: run one, or show what a job is about beyond its name and ids.
"""

from __future__ import annotations

from typing import Any

import orjson
import sqlalchemy as sa

from server import journal
from server.access import Actor
from server.db import db, now
from server.errors import NotFound
from server.jobs import queue
from server.jobs.models import Beat, ReactionRun
from server.journal import Entry, Line
from server.pages import LIMIT_MAX

COUNTS = sa.text("select status::text as status, count(*) as n from procrastinate_jobs group by 1 order by 1")
LISTED = sa.text("""
select j.id, j.task_name as task, j.args, j.status::text as status, j.attempts, j.scheduled_at,
  (select max(e.at) from procrastinate_events e where e.job_id = j.id) as last_at,
  (select min(e.at) from procrastinate_events e where e.job_id = j.id) as since
from procrastinate_jobs j where j.status in ('failed', 'todo', 'doing')
order by j.status = 'failed' desc, j.id desc limit :limit
""")
FAILED = sa.text("""
select id, queue_name as queue, task_name as name, priority, lock, args from procrastinate_jobs
where id = :id and status = 'failed' for update
""")
DROP = sa.text("delete from procrastinate_jobs where id = :id")


def overview() -> dict[str, Any]:
    """Return counts by status, failed and waiting jobs, reactions that failed, and when each loop last went round."""
    rows = db.session.execute(LISTED, {"limit": LIMIT_MAX}).mappings()
    return {
        "counts": {row.status: row.n for row in db.session.execute(COUNTS)},
        "jobs": [dict(row) for row in rows],
        "reactions": _failing(),
        "loops": [{"name": row.name, "at": row.at} for row in db.session.scalars(sa.select(Beat).order_by(Beat.name))],
    }


def _failing() -> list[dict[str, Any]]:
    """Return the reactions that are not done, each with the last words of its error."""
    query = sa.select(ReactionRun, Entry.action, Entry.at).join(Entry, Entry.id == ReactionRun.entry_id)
    rows = db.session.execute(
        query.where(ReactionRun.done_at.is_(None)).order_by(ReactionRun.entry_id.desc()).limit(50)
    )
    return [
        {
            "entry": run.entry_id,
            "name": run.name,
            "tries": run.tries,
            "action": action,
            "at": at,
            "error": (run.error or "").strip().splitlines()[-1:],
        }
        for run, action, at in rows
    ]


def retry(id: int, by: Actor) -> None:
    """Put a failed job back into the queue as a fresh one; raises NotFound when there is no such failed job."""
    job = db.session.execute(FAILED, {"id": id}).mappings().first()
    if job is None:
        raise NotFound
    db.session.execute(DROP, {"id": id})
    fresh = {name: job[name] for name in ("queue", "name", "priority", "lock")}
    db.session.execute(queue.DEFER, fresh | {"args": orjson.dumps(job["args"]).decode()})
    journal.write(Line("job.retried", by, facts={"job": id, "task": job["name"]}, at=now()))
