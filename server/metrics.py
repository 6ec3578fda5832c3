"""Numbers for the monitoring (监控指标) in Prometheus' words: what was counted, and what the database knows now.

Job: count and time every request; answer ``/metrics``.
Never: name an item or a person: routes appear by their names.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import SQLAlchemyError

from server.clocks.audit import find_clocks_without_next_moment
from server.clocks.models import Clock
from server.counters import FOLDER, REQUESTS, SECONDS
from server.db import db
from server.jobs import beats

room = Blueprint("metrics", __name__)
JOBS = sa.text("select status::text, count(*) from procrastinate_jobs group by status")


def init_app(app: Flask) -> None:
    """Count and time every request of ``app``."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        route = request.endpoint or "none"
        REQUESTS.labels(request.method, route, response.status_code).inc()
        SECONDS.labels(request.method, route).observe(time.perf_counter() - g.get("began", time.perf_counter()))
        return response


@room.get("/metrics")
def tell() -> Response:
    """Return all numbers; those of the database are missing while it is away."""
    counted = REGISTRY
    if FOLDER in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)
    known = CollectorRegistry()
    known.register(Known())
    return Response(generate_latest(counted) + generate_latest(known), content_type=CONTENT_TYPE_LATEST)


class Known:
    """What the database knows at this moment."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield one family per number."""
        try:
            yield from _from_database()
        except SQLAlchemyError:
            return
        finally:
            db.session.rollback()


def _from_database() -> Iterator[GaugeMetricFamily]:
    running = db.session.scalar(sa.select(sa.func.count()).select_from(Clock).where(Clock.stopped_at.is_(None)))
    yield GaugeMetricFamily("gridwhistle_clocks_running", "Promises that run", running or 0)
    silent = len(find_clocks_without_next_moment())
    yield GaugeMetricFamily("gridwhistle_clocks_without_next_moment", "Running clocks that nobody will ring", silent)
    yield _age("gridwhistle_ring_heartbeat_age_seconds", "Since the clocks were last looked at", beats.age("ring"))
    yield _age("gridwhistle_journal_seal_lag_seconds", "For how long lines may wait for their seal", beats.seal_lag())
    jobs = GaugeMetricFamily("gridwhistle_jobs", "Jobs by status; successful ones are deleted", labels=("status",))
    for status, count in db.session.execute(JOBS):
        jobs.add_metric([status], count)
    yield jobs


def _age(name: str, says: str, span: timedelta | None) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, math.inf if span is None else span.total_seconds())
