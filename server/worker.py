"""The worker (后台进程): runs jobs and loops until it is told to stop; ``exhaust`` does the same at once for tests.

Job: reactions, clocks that ring, seals, deliveries, self-audit, housekeeping. Any number of workers may run at once.
Never: hold a rule: each loop's round lives in its slice.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import procrastinate
import psycopg
from flask import Flask, current_app

from server import http, replies
from server.amendments import force
from server.clocks.alarm import self_audit
from server.clocks.audit import recount_provisional
from server.clocks.ring import ring_due
from server.db import db
from server.duty import acts as duty
from server.embedded.databases import plain
from server.flow.handover import to_deputies
from server.invariants.acts import check as check_invariants
from server.jobs import loops, queue, react
from server.jobs.loops import Loop
from server.journal.seal import CHECKPOINT_FILE, checkpoint, seal, seal_what_is_left
from server.maps import ahead, tallies
from server.notices import acts as notices
from server.notices import hooks
from server.people import housekeeping as people
from server.photos import housekeeping as photos

AT_ONCE = 4
"""Jobs run side by side."""
POLL = 1.0
"""Seconds between two looks for jobs when nobody was woken."""
PATIENCE = 10.0
"""Seconds a running job is given when the worker is told to stop."""
RECONNECT = 1.0
"""Seconds before the queue is asked again after the database went away."""

log = logging.getLogger(__name__)


def write_checkpoint() -> int:
    """Note the end of the chain outside the database."""
    return int(checkpoint(current_app.config["GRIDWHISTLE"].var / CHECKPOINT_FILE))


def tidy() -> int:
    """Shed what has been kept long enough."""
    return sum(people.tidy().values()) + sum(duty.tidy().values()) + photos.tidy() + replies.tidy() + react.tidy()


SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LOOPS = (
    Loop("ring", 2 * SECOND, ring_due),
    Loop("seal", 2 * SECOND, seal_what_is_left),
    Loop("deliver", SECOND, notices.deliver),
    Loop("webhooks", 2 * SECOND, hooks.offer),
    Loop("policy", 5 * SECOND, force.go_round),
    Loop("tallies", 5 * SECOND, tallies.fold),
    Loop("tiles", 10 * SECOND, ahead.draw, in_turn=True),
    Loop("checkpoint", MINUTE, write_checkpoint),
    Loop("self-audit", MINUTE, self_audit, in_turn=True),
    Loop("stalled jobs", MINUTE, queue.look_for_stalled, in_turn=True),
    Loop("deputies", 5 * MINUTE, to_deputies, in_turn=True),
    Loop("recount", HOUR, recount_provisional, in_turn=True),
    Loop("tidy", HOUR, tidy, in_turn=True),
    Loop("invariants", 24 * HOUR, check_invariants, in_turn=True),
)
"""Everything that happens by itself."""


BEHIND = 5
"""By how much the worker is nicer than what people wait for: a third of their share of a busy machine."""


def give_way() -> None:
    """Let web and live stream go first on a machine that has too little; the kernel may weigh whole sessions."""
    os.nice(BEHIND)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(BEHIND), encoding="ascii")


@click.command()
@click.option("--behind", is_flag=True, help="机器繁忙时让位 · give way to web and stream on a busy machine")
def worker(*, behind: bool) -> None:
    """后台任务与时限 · run jobs and clocks until SIGTERM or Ctrl-C."""
    if behind:
        give_way()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    url = plain(db.engine.url.render_as_string(hide_password=False))
    stop = threading.Event()
    threads = loops.start(app, LOOPS, stop)
    try:
        asyncio.run(run_jobs(app, url))
    finally:
        stop.set()
        for thread in threads:
            thread.join()


async def run_jobs(app: Flask, url: str) -> None:
    """Run jobs until SIGTERM or SIGINT; go on by itself when the database was away."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    while not stopping.is_set():
        jobs = asyncio.create_task(_run_jobs_once(app, url))
        told = asyncio.create_task(stopping.wait())
        await asyncio.wait((jobs, told), return_when=asyncio.FIRST_COMPLETED)
        jobs.cancel()
        told.cancel()
        with suppress(asyncio.CancelledError, psycopg.Error, procrastinate.exceptions.ConnectorException):
            await jobs
            log.warning("the queue was away; now it is asked again")
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), RECONNECT)


async def _run_jobs_once(app: Flask, url: str) -> None:
    """Run jobs until cancelled or until the database goes away."""
    connector = procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=AT_ONCE + 2)
    with_connection = queue.app.with_connector(connector)
    async with with_connection.open_async():
        await with_connection.run_worker_async(
            concurrency=AT_ONCE,
            fetch_job_polling_interval=POLL,
            delete_jobs="successful",
            shutdown_graceful_timeout=PATIENCE,
            install_signal_handlers=False,
            task_middleware=[_in(app)],
        )


def _in(app: Flask) -> Callable[..., Any]:
    """Return a middleware that runs each job inside the application, with a session of its own."""

    def inside(run: Callable[[], Any], context: procrastinate.JobContext, worker: Any) -> Any:
        with app.app_context():
            try:
                return run()
            finally:
                db.session.remove()

    return inside


CATCH_UP = (
    Loop("seal", SECOND, seal),
    *(loop for loop in LOOPS if not loop.in_turn and loop.name not in ("seal", "checkpoint")),
)


def exhaust() -> None:
    """Let the worker catch up with the present moment, in this process: ring, react, seal, deliver until all is quiet.

    For tests that move time. A job that fails raises here.
    """
    busy = True
    while busy:
        busy = sum(loops.turn(loop) for loop in CATCH_UP) > 0
        while queue.run_next(_commit):
            busy = True


def _commit() -> None:
    with http.transaction():
        pass
