"""The job desk: what failed is seen with its reason and put back into the queue."""

from __future__ import annotations

import sqlalchemy as sa

from server import journal
from server.db import db
from server.jobs import queue, react
from server.jobs.models import ReactionRun
from tests.server.town import Town


def failed(town: Town) -> int:
    """Leave a failed job in the queue and return its number."""
    queue.enqueue(react.react, entries=[1])
    db.session.execute(sa.text("update procrastinate_jobs set status = 'doing'"))
    return int(db.session.scalar(sa.text("update procrastinate_jobs set status = 'failed' returning id")))


def test_a_failed_job_is_shown_first_and_goes_back_into_the_queue(town: Town) -> None:
    job = failed(town)
    shown = town.get("admin", "/jobs").json
    assert (shown["jobs"][0]["id"], shown["jobs"][0]["status"], shown["counts"]["failed"]) == (job, "failed", 1)
    assert town.call("admin", "POST", f"/jobs/{job}/retry", {}).status_code == 200
    after = town.get("admin", "/jobs").json
    assert (after["jobs"][0]["task"], after["jobs"][0]["status"]) == ("react", "todo")
    assert town.call("admin", "POST", f"/jobs/{job}/retry", {}).status_code == 404


def test_a_reaction_that_failed_says_why(town: Town) -> None:
    town.report()
    journal.flush()
    line = db.session.scalars(sa.select(journal.Entry.id).where(journal.Entry.action == "event.report")).one()
    db.session.add(ReactionRun(entry_id=line, name="notices.telling.tell", tries=6, error="Traceback\nKeyError: 'x'\n"))
    shown = town.get("admin", "/jobs").json["reactions"]
    assert (shown[0]["name"], shown[0]["error"], shown[0]["action"]) == (
        "notices.telling.tell",
        ["KeyError: 'x'"],
        "event.report",
    )


def test_health_names_each_check_for_who_operates(town: Town) -> None:
    told = town.get("admin", "/system/health").json
    assert {one["name"]: one["said"] for one in told["checks"]}["database"] == "ok"
    assert town.get("security", "/system/health").status_code == 403
