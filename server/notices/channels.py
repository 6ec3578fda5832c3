"""The channels by which a delivered notice reaches a person: the inbox and live stream, text messages.

Job: one function per channel of the table ``channels``.
Never: decide when or whom; write a person's name, phone or text into the journal.
"""

from __future__ import annotations

import fcntl
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import orjson
import sqlalchemy as sa
from flask import current_app

from server import access, journal
from server.db import db, now
from server.jobs import queue
from server.journal import Line
from server.notices.models import Notice
from server.notices.rules import bundle_title
from server.people.models import Person

DELIVERED = "notice.delivered"
KIND = "notice"


def said(notice: Notice) -> str:
    """Return the title of a notice, or of the bundle it heads."""
    return bundle_title(notice.bundle_size, notice.bundle_key) if notice.bundle_size > 1 else notice.title


def to_inbox(notices: Sequence[Notice]) -> None:
    """Tell the live stream that inboxes have grown: one line for all, heard by the persons concerned."""
    facts = {"notices": [str(notice.id) for notice in notices]}
    tags = {f"p:{notice.person_id}" for notice in notices}
    journal.write(Line(DELIVERED, access.SYSTEM, kind=KIND, facts=facts, audience=tags))


def to_sms(notices: Sequence[Notice]) -> None:
    """Enqueue one text message per notice."""
    for notice in notices:
        queue.enqueue(send_sms, notice_id=str(notice.id))


CHANNELS: dict[str, Callable[[Sequence[Notice]], None]] = {"app": to_inbox, "sms": to_sms}
"""Code of the channel → how it delivers."""


class Gateway(Protocol):
    """Sends one text message; may be asked again with the same reference after a crash."""

    def send(self, phone: str, text: str, reference: str) -> None:
        """Hand ``text`` over to the network."""


class FileGateway:
    """Hands messages over as lines of JSON in a file, for a gateway that collects them there."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def send(self, phone: str, text: str, reference: str) -> None:
        """Append one line; several processes may write at once."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        line = {"at": now().isoformat(), "to": phone, "text": text, "reference": reference}
        with self.file.open("ab") as target:
            self.file.chmod(0o600)
            fcntl.flock(target, fcntl.LOCK_EX)
            target.write(orjson.dumps(line) + b"\n")


def gateway() -> Gateway:
    """Return the gateway of this installation."""
    return FileGateway(current_app.config["GRIDWHISTLE"].var / "sms.log")


@queue.app.task(name="send_sms", retry=queue.BACK_OFF)
def send_sms(notice_id: str) -> None:
    """Send one notice as a text message; a person without a phone number is left to the inbox."""
    query = sa.select(Notice, Person.phone).join(Person, Person.id == Notice.person_id)
    notice, phone = db.session.execute(query.where(Notice.id == uuid.UUID(notice_id))).one()
    if phone:
        gateway().send(phone, said(notice), notice_id)
