"""The person on call is told what is not well."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from server.config import ROOT
from server.db import db, now
from server.worker import exhaust
from tests.server.town import Town


def test_alive_is_alive(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"ok": True}


def test_ready_only_while_the_loops_go_round(client: FlaskClient, clock: Any) -> None:
    assert client.get("/readyz").status_code == 503
    exhaust()
    db.session.commit()
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["ok"]) == (200, True), ready.json
    clock.advance(timedelta(minutes=10))
    late = client.get("/readyz").json
    assert "stands still" in late["checks"]["ring"]
    assert late["checks"]["database"] == "ok"


def test_a_foreign_schema_is_not_ready(client: FlaskClient) -> None:
    db.session.execute(sa.text("update alembic_version set version_num = '0000'"))
    db.session.commit()
    assert "0000" in client.get("/readyz").json["checks"]["schema"]


def test_metrics_name_routes_and_no_items(town: Town) -> None:
    card = town.report()
    town.get("desk", f"/events/{card['id']}")
    text = town.app.test_client().get("/metrics").text
    assert 'gridwhistle_requests_total{method="GET",route="events.event_card",status="200"}' in text
    assert "gridwhistle_clocks_running 1.0" in text
    assert card["id"] not in text
    assert card["no"] not in text


def test_lines_that_nobody_seals_and_clocks_that_nobody_rings_are_told(real_town: Town, clock: Any) -> None:
    clock.set(now())
    exhaust()
    real_town.report(category="B07")
    clock.advance(timedelta(minutes=20))
    answer = real_town.app.test_client().get("/readyz")
    assert answer.status_code == 503
    checks = answer.json["checks"]
    assert "lines wait for their seal" in checks["journal"]
    assert "1 running clocks" in checks["clocks"]
    exhaust()
    assert real_town.app.test_client().get("/readyz").json["ok"]


def test_an_unknown_calendar_is_a_warning_and_no_reason_to_stop(real_town: Town, clock: Any) -> None:
    clock.set(datetime(2031, 11, 20, 1, 0, tzinfo=UTC))
    exhaust()
    answer = real_town.app.test_client().get("/readyz").json
    assert answer["ok"]
    assert "2032" in answer["checks"]["calendar"]


def test_without_a_database_the_process_is_alive_and_not_ready(fresh_app: Flask) -> None:
    client = fresh_app.test_client()
    with patch("server.health.db.session.execute", side_effect=OperationalError("", None, Exception())):
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "the database is away" in answer.json["checks"]["database"]


def test_the_numbers_of_all_living_processes_are_told_by_each(tmp_path: Path) -> None:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics")}
    count = "from server.counters import SENT; SENT.inc(21); print(flush=True); input()"
    tell = (
        "import server.counters; from prometheus_client import CollectorRegistry, generate_latest, multiprocess;"
        "r = CollectorRegistry(); multiprocess.MultiProcessCollector(r); print(generate_latest(r).decode())"
    )

    def told() -> float:
        words = [sys.executable, "-c", tell]
        said = subprocess.run(words, env=environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        return float(said.split("\ngridwhistle_stream_messages_total ")[1].split()[0])

    words = [sys.executable, "-c", count]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with ExitStack() as stack:
        living = [stack.enter_context(subprocess.Popen(words, env=environment, cwd=ROOT, **pipes)) for _ in range(2)]
        for process in living:
            process.stdout.readline()
        assert told() == 42.0
        for process in living:
            process.communicate(b"\n")
    assert told() == 0.0
