"""The queue of jobs (任务队列): procrastinate, fed inside the caller's transaction.

Job: a job exists exactly when the transaction that wanted it was committed.
Never: run a job (the worker does), or hold a connection of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import procrastinate
import sqlalchemy as sa
from procrastinate.tasks import Task

from server.db import db, execute

app = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""Where tasks are registered. It is never opened: who enqueues lends a connection, the worker brings its own."""

RETRIES = 5
BACK_OFF = procrastinate.RetryStrategy(max_attempts=RETRIES, exponential_wait=4)
"""Again after 4 s, 16 s, 64 s, 4 min, 17 min; then the job stays in the table as failed."""

DEFER = sa.text(
    "select procrastinate_defer_jobs_v1(array[row(:queue, :name, :priority, :lock, null, cast(:args as jsonb), null)]"
    "::procrastinate_job_to_defer_v1[])"
)
"""What ``task.defer`` sends, without the tenth of a request's time that its preparations take."""
FETCH = sa.text("select id, task_name, args from procrastinate_fetch_job_v2(null, null)")
FINISH = sa.text("select procrastinate_finish_job_v1(:id, 'succeeded', true)")


def enqueue(task: Task[Any, Any, Any], **args: Any) -> None:
    """Enqueue one job in the present transaction; ``args`` must be JSON. Whoever commits wakes the worker."""
    job = {"queue": task.queue, "name": task.name, "priority": task.priority, "lock": task.lock}
    execute(DEFER, job | {"args": orjson.dumps(args).decode()})


@app.task(name="retry_stalled", pass_context=True, retry=BACK_OFF)
async def retry_stalled(context: procrastinate.JobContext) -> None:
    """Put the jobs of a worker that was killed back into the queue; when another has just done so, look again later."""
    assert context.app is not None
    for job in await context.app.job_manager.get_stalled_jobs():
        await context.app.job_manager.retry_job(job)


def look_for_stalled() -> int:
    """Have a worker look for jobs that stay where a killed one left them."""
    enqueue(retry_stalled)
    return 1


def run_next(finish: Callable[[], None]) -> bool:
    """Run the next waiting job here and now and say whether there was one; ``finish`` commits.

    For tests that let time pass in steps: what fails raises, and a job that was put off is left for later.
    """
    job = db.session.execute(FETCH).one()
    finish()
    if job.id is None:
        return False
    task = app.tasks[job.task_name]
    task(**job.args)
    db.session.execute(FINISH, {"id": job.id})
    finish()
    return True
