"""Check the journal on demand (日志校验): a job walks the whole chain while nobody waits for it.

Job: ask for a check, run it in the worker, keep what came out.
Never: repair.
"""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from flask import current_app

from server import http, journal
from server.access import Actor
from server.audit.models import JournalCheck
from server.db import db, now
from server.errors import Conflict
from server.jobs import beats, queue
from server.journal import Line, Seal
from server.journal.seal import CHECKPOINT_FILE, is_awaited
from server.journal.verify import Finding, verify
from server.people.models import Person

SHOWN = 20


class AlreadyChecking(Conflict):
    """A check is under way.
    正在校验，请稍后查看结果。
    """


def ask(by: Actor) -> JournalCheck:
    """Have the worker verify the journal; raises AlreadyChecking."""
    if db.session.scalar(sa.select(JournalCheck.id).where(JournalCheck.done_at.is_(None)).limit(1)):
        raise AlreadyChecking
    made = JournalCheck(asked_by=by.person_id, asked_at=now())
    db.session.add(made)
    db.session.flush()
    queue.enqueue(check, check_id=str(made.id))
    journal.write(Line("journal.check_asked", by, facts={"check": str(made.id)}))
    return made


@queue.app.task(name="check_journal", retry=queue.BACK_OFF)
def check(check_id: str) -> None:
    """Verify the whole chain and note the first finding."""
    report = verify(current_app.config["GRIDWHISTLE"].var / CHECKPOINT_FILE, beats.last("seal"))
    db.session.rollback()
    with http.transaction():
        found = db.session.get_one(JournalCheck, uuid.UUID(check_id))
        found.done_at, found.lines = now(), report.lines
        found.finding = _told(report.finding) if report.finding else None


def _told(finding: Finding) -> dict[str, Any]:
    zh, en = finding.sentences()
    return {"code": finding.code, "n": finding.n, "entry": finding.entry_id, "zh": zh, "en": en}


def listed() -> list[dict[str, Any]]:
    """Return the last checks, newest first."""
    query = sa.select(JournalCheck, Person.name).join(Person, Person.id == JournalCheck.asked_by)
    rows = db.session.execute(query.order_by(JournalCheck.asked_at.desc()).limit(SHOWN))
    names = ("asked_at", "done_at", "lines", "finding")
    return [{name: getattr(one, name) for name in names} | {"asked_by": who} for one, who in rows]


def state() -> dict[str, Any]:
    """Return the end of the chain: number, hash and moment of the last seal, and whether lines wait for theirs."""
    last = db.session.execute(sa.select(Seal.n, Seal.hash, Seal.sealed_at).order_by(Seal.n.desc()).limit(1)).first()
    sealed = {"n": last.n, "hash": last.hash.hex(), "sealed_at": last.sealed_at} if last else None
    return {"last": sealed, "waiting": is_awaited(), "turn_at": beats.last("seal")}
