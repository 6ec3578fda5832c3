"""Whether this installation is well (健康检查): for the supervisor, the load balancer and whoever is on call.

Job: ``/healthz`` the process answers; ``/readyz`` what it needs is there, and what happens by itself does happen.
Never: name an item, a person or an address, or need a token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import marshmallow as ma
import orjson
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app
from sqlalchemy.exc import SQLAlchemyError

from server import policy
from server.access import Actor
from server.amendments import force
from server.clocks.audit import find_clocks_without_next_moment
from server.config import ROOT
from server.db import db, now
from server.http import API, Room
from server.jobs import beats
from server.people.desks import today

room = Blueprint("health", __name__)
desk = Room("system", __name__, url_prefix=API, description="系统运行")
VERSIONS = sa.text(
    "select current_setting('server_version') as server, postgis_lib_version() as postgis,"
    " pg_size_pretty(pg_database_size(current_database())) as size"
)

RING_MAX = timedelta(seconds=30)
"""The loop goes round every two seconds; a worker that starts needs a few."""
SEAL_MAX = timedelta(minutes=1)
OK = "ok"


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be so: its name and how to find out (``ok``, or what is wrong); a warning is not vital."""

    name: str
    zh: str
    look: Callable[[], str]
    vital: bool = True


class HealthOut(ma.Schema):
    """The checks and the versions."""

    checks = ma.fields.List(ma.fields.Dict(), required=True)
    versions = ma.fields.Dict(required=True)
    policy = ma.fields.String(required=True)
    at = ma.fields.DateTime(required=True)


@cache
def newest_migration() -> str | None:
    """Return the number of the newest migration of this code."""
    return ScriptDirectory(ROOT / "migrations").get_current_head()


def database() -> str:
    """The database answers."""
    db.session.execute(sa.select(1))
    return OK


def fits() -> str:
    """The database has the tables of this version."""
    found, wanted = MigrationContext.configure(db.session.connection()).get_current_revision(), newest_migration()
    return OK if found == wanted else f"数据库版本不符 · schema {found}, this version needs {wanted}"


def rings() -> str:
    """Somebody looks whether clocks are due."""
    age = beats.age("ring")
    return OK if age is not None and age < RING_MAX else f"时限循环停止 · the ring loop stands still ({_told(age)})"


def next_moments() -> str:
    """Every running clock has a next moment."""
    silent = len(find_clocks_without_next_moment())
    return f"{silent} 个时限无人提醒 · {silent} running clocks that nobody will ring" if silent else OK


def sealed() -> str:
    """Lines are sealed soon after their commit."""
    lag = beats.seal_lag()
    return OK if lag is not None and lag < SEAL_MAX else f"日志等待封印 · lines wait for their seal ({_told(lag)})"


def fed() -> str:
    """In the stream's own process: lines reach it."""
    server = current_app.extensions.get("stream")
    return OK if server is None or server.is_fed() else "实时推送没有读到日志 · the stream does not read the journal"


def calendar() -> str:
    """The working days of the next weeks are known for certain."""
    ahead = today() + timedelta(days=policy.current().settings.work.calendar_warn_days)
    year = policy.current().years.get(ahead.year)
    is_known = year is not None and year.status == "published"
    return OK if is_known else f"{ahead.year} 年放假安排尚未录入 · the holidays of {ahead.year} are not known yet"


def amended() -> str:
    """Every adopted version of the policy is fit for this release."""
    unfit = force.unfit()
    return f"政策版本与本版程序不符，未生效 · versions that do not fit: {', '.join(unfit)}" if unfit else OK


CHECKS = (
    Check("database", "数据库", database),
    Check("schema", "数据库版本", fits),
    Check("ring", "时限循环", rings),
    Check("clocks", "时限提醒", next_moments),
    Check("journal", "日志封印", sealed),
    Check("stream", "实时推送", fed),
    Check("calendar", "工作日历", calendar, vital=False),
    Check("policy", "政策版本", amended, vital=False),
)
"""What must be so. Without a database the first fails, and with it all that ask it."""


@desk.get("/system/health", may="system.operate", gives=HealthOut, zh="运行状况")
def show_health(by: Actor) -> dict[str, Any]:
    """Return each check with its name and what is wrong, and what this installation is made of."""
    told = [{"name": check.name, "zh": check.zh, "vital": check.vital, "said": check.look()} for check in CHECKS]
    return {"checks": told, "versions": _versions(), "policy": policy.current().version, "at": now().isoformat()}


def _versions() -> dict[str, str]:
    row = db.session.execute(VERSIONS).one()
    return {"postgresql": row.server, "postgis": row.postgis, "size": row.size, "migration": str(newest_migration())}


@room.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return _json({"ok": True})


@room.get("/readyz")
def ready() -> Response:
    """Answer 200 when every vital check holds, else 503; each check says ``ok`` or what is wrong."""
    checks = {check.name: _look(check) for check in CHECKS}
    is_ready = all(checks[check.name] == OK for check in CHECKS if check.vital)
    return _json({"ok": is_ready, "checks": checks}, 200 if is_ready else 503)


def _look(check: Check) -> str:
    try:
        return check.look()
    except SQLAlchemyError as error:
        return f"数据库不可用 · the database is away ({type(error).__name__})"
    finally:
        db.session.rollback()


def _told(span: timedelta | None) -> str:
    return "never" if span is None else f"{span.total_seconds():.0f} s"


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, mimetype="application/json", headers={"Cache-Control": "no-store"})
