"""Whoever changes the journal behind the system's back is found out, and the first changed place is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from server import journal
from server.access import SYSTEM
from server.db import db, now
from server.journal import Entry, Line, Seal
from server.journal.seal import checkpoint, seal
from server.journal.verify import verify

DELETE_GONE = "delete from journal using gone where id = entry_id"


@pytest.fixture
def ten_lines(fresh_app: Any) -> list[int]:
    """Ten sealed lines; returns their ids in the order of the chain."""
    for number in range(10):
        journal.write(Line("event.reported", SYSTEM, facts={"text": f"路灯 {number}"}))
    journal.drain()
    db.session.commit()
    seal()
    db.session.commit()
    return list(db.session.scalars(sa.select(Seal.entry_id).order_by(Seal.n)))


@pytest.fixture
def tamper() -> Callable[..., None]:
    """Run a statement as the owner of the database who switched the triggers off."""

    def run(statement: str, **words: Any) -> None:
        for table in ("journal", "journal_seals"):
            db.session.execute(sa.text(f"alter table {table} disable trigger user"))
        db.session.execute(sa.text(statement), words)
        for table in ("journal", "journal_seals"):
            db.session.execute(sa.text(f"alter table {table} enable trigger user"))
        db.session.commit()

    return run


def found(checkpoints: Path | None = None) -> tuple[str, int | None, int | None] | None:
    finding = verify(checkpoints, now()).finding
    return finding and (finding.code, finding.n, finding.entry_id)


def test_an_untouched_journal_verifies(ten_lines: list[int]) -> None:
    report = verify(None, now())
    assert (report.lines, report.finding) == (10, None)


def test_the_triggers_refuse_to_change_delete_or_empty_journal_and_seals(ten_lines: list[int]) -> None:
    for statement in ("update {} set {} = {}", "delete from {}", "truncate {}"):
        for table, column in (("journal", "action"), ("journal_seals", "hash")):
            with pytest.raises(sa.exc.IntegrityError, match="append-only"):
                db.session.execute(sa.text(statement.format(table, column, column)))
            db.session.rollback()


@pytest.mark.parametrize(
    "change",
    [
        'facts = \'{"text": "路灯 x"}\'',
        "facts = facts || '{\"more\": 1}'",
        "at = at + interval '1 microsecond'",
        "action = 'event.Reported'",
        "person_id = gen_random_uuid()",
        "unit_code = 'X'",
        "audience = '{a}'",
        "item_no = 'E1'",
        "xid = '1'",
    ],
)
def test_a_changed_byte_of_an_old_line_is_named(ten_lines: list[int], tamper: Any, change: str) -> None:
    tamper(f"update journal set {change} where id = :id", id=ten_lines[3])
    assert found() == ("changed", 4, ten_lines[3])


def test_a_changed_seal_is_named(ten_lines: list[int], tamper: Any) -> None:
    tamper("update journal_seals set hash = sha256('x') where n = 6")
    assert found() == ("changed", 6, ten_lines[5])


def test_a_deleted_line_is_named(ten_lines: list[int], tamper: Any) -> None:
    tamper("delete from journal where id = :id", id=ten_lines[7])
    assert found() == ("missing_line", 8, ten_lines[7])


def test_a_deleted_seal_is_named(ten_lines: list[int], tamper: Any) -> None:
    tamper("delete from journal_seals where n = 5")
    assert found() == ("missing_seal", 5, None)


def test_a_line_deleted_with_its_seal_is_named(ten_lines: list[int], tamper: Any) -> None:
    tamper(f"with gone as (delete from journal_seals where n = 5 returning entry_id) {DELETE_GONE}")
    assert found() == ("missing_seal", 5, None)


def test_the_last_seals_cut_off_leave_lines_that_were_passed_over(ten_lines: list[int], tamper: Any) -> None:
    tamper("delete from journal_seals where n > 8")
    assert found() == ("unsealed", None, ten_lines[8])


def test_a_line_put_in_with_an_old_number_is_named(ten_lines: list[int], tamper: Any) -> None:
    tamper(
        "insert into journal (id, xid, at, action, person_id, role, unit_code, facts, audience) overriding system value"
        " select 100000, xid, at, action, person_id, role, unit_code, facts, audience from journal where id = :id",
        id=ten_lines[0],
    )
    seal()
    db.session.commit()
    assert found() == ("unsealed", None, 100000)


def test_an_end_cut_off_both_tables_is_noticed_by_the_checkpoint(
    ten_lines: list[int], tamper: Any, tmp_path: Path
) -> None:
    file = tmp_path / "checkpoints.log"
    checkpoint(file)
    tamper(f"with gone as (delete from journal_seals where n > 7 returning entry_id) {DELETE_GONE}")
    assert found() is None, "without the checkpoint nothing shows"
    assert found(file) == ("cut_off", 10, None)


def test_a_rewritten_chain_is_noticed_by_the_checkpoint(ten_lines: list[int], tamper: Any, tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.log"
    checkpoint(file)
    tamper("update journal set facts = '{}' where id = :id", id=ten_lines[2])
    tamper("delete from journal_seals")
    tamper("update journal_marks set n = 0, hash = decode(repeat('00', 32), 'hex'), cluster = 0")
    seal()
    db.session.commit()
    assert found() is None, "the chain itself is whole again"
    assert found(file) == ("rewritten", 10, ten_lines[9])


def test_a_line_that_waits_is_no_finding_until_the_sealer_stands_still(ten_lines: list[int], clock: Any) -> None:
    journal.write(Line("event.filed", SYSTEM))
    journal.drain()
    db.session.commit()
    last = now()
    assert verify(None, last).finding is None
    clock.set(last + timedelta(minutes=6))
    finding = verify(None, last).finding
    assert finding is not None
    assert finding.code == "standstill"
    assert finding.entry_id == db.session.scalar(sa.select(sa.func.max(Entry.id)))
