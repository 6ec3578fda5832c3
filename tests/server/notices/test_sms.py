"""Text messages: for alarms, when the district switched them on, handed over as lines of a file."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from flask import current_app

from server.db import CN, db
from server.journal import Entry
from server.notices import acts
from server.notices.acts import Words
from server.notices.models import Channel
from server.people.models import Person
from server.worker import exhaust

ALARM = Words("late", "时限超时 E26110200100001", severity="alarm")


@pytest.fixture
def file(people: dict[str, uuid.UUID], clock: Any) -> Path:
    """Where messages are handed over; the channel is on, it is late in the evening."""
    clock.set(datetime(2026, 11, 2, 23, 0, tzinfo=CN))
    db.session.execute(sa.update(Channel).where(Channel.code == "sms").values(enabled=True))
    path: Path = current_app.config["GRIDWHISTLE"].var / "sms.log"
    path.unlink(missing_ok=True)
    return path


def test_an_alarm_is_handed_over_once_with_number_text_and_reference(
    file: Path, people: dict[str, uuid.UUID], line: Callable[..., Entry]
) -> None:
    acts.tell(line(), [people["li"]], ALARM)
    acts.tell(line(), [people["li"]], Words("task", "新任务"))
    exhaust()
    exhaust()
    (sent,) = [orjson.loads(text) for text in file.read_bytes().splitlines()]
    assert sent["to"] == "13800000000"
    assert sent["text"] == ALARM.title
    assert uuid.UUID(sent["reference"])
    assert file.stat().st_mode & 0o077 == 0


def test_who_has_no_phone_number_is_left_to_the_inbox(
    file: Path, people: dict[str, uuid.UUID], line: Callable[..., Entry]
) -> None:
    db.session.execute(sa.update(Person).where(Person.id == people["li"]).values(phone=None))
    acts.tell(line(), [people["li"]], ALARM)
    exhaust()
    assert not file.exists()


def test_who_left_the_service_is_told_nothing(
    file: Path, people: dict[str, uuid.UUID], line: Callable[..., Entry], clock: Any
) -> None:
    db.session.execute(sa.update(Person).where(Person.id == people["li"]).values(disabled_at=clock.now()))
    acts.tell(line(), [people["li"]], ALARM)
    exhaust()
    assert not file.exists()
