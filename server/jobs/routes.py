"""The ways in to jobs: who operates the system looks and puts failed ones back.

Never: run one.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from server.access import Actor
from server.http import API, Room
from server.jobs import desk
from server.journal import plain

MAY = "system.operate"
room = Room("jobs", __name__, url_prefix=API, description="后台任务")


class JobsOut(ma.Schema):
    """Jobs that wait or failed, reactions that failed, loops with their last round."""

    counts = ma.fields.Dict(required=True)
    jobs = ma.fields.List(ma.fields.Dict(), required=True)
    reactions = ma.fields.List(ma.fields.Dict(), required=True)
    loops = ma.fields.List(ma.fields.Dict(), required=True)


class Noted(ma.Schema):
    """That it is done."""

    noted = ma.fields.Boolean(required=True)


@room.get("/jobs", may=MAY, gives=JobsOut, zh="后台任务")
def list_jobs(by: Actor) -> dict[str, Any]:
    """Return what waits and what failed, failed ones first, at most 200."""
    return dict(plain(desk.overview()))


@room.post("/jobs/<int:job>/retry", may=MAY, gives=Noted, zh="重试任务")
def retry_job(job: int, by: Actor) -> dict[str, Any]:
    """Put a failed job back into the queue."""
    desk.retry(job, by)
    return {"noted": True}
