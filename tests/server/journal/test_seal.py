"""The chain over the journal: every committed line once, in the order of visibility, whatever the writers do."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from server import journal
from server.access import SYSTEM
from server.db import db
from server.embedded.databases import plain
from server.journal import Line, Mark, Seal
from server.journal.chain import COLUMNS, GENESIS, canonical, link
from server.journal.seal import before, checkpoint, checkpoints, columns, seal

WRITE = (
    "insert into journal (at, action, person_id, role, unit_code, facts, audience)"
    " values (now(), %s, gen_random_uuid(), 'SYS', '', '{}', '{}') returning id"
)


def write(*actions: str) -> None:
    for action in actions:
        journal.write(Line(action, SYSTEM))
    journal.drain()
    db.session.commit()


def sealed() -> int:
    count = seal()
    db.session.commit()
    return count


def order() -> list[str]:
    query = sa.select(journal.Entry.action).join(Seal, Seal.entry_id == journal.Entry.id).order_by(Seal.n)
    return list(db.session.scalars(query))


@pytest.fixture
def other(fresh_app: Any, fresh_database: str) -> Any:
    with psycopg.connect(plain(fresh_database)) as connection:
        yield connection


def test_every_committed_line_is_sealed_once_without_gaps(fresh_app: Any) -> None:
    write("a", "b")
    assert sealed() == 2
    assert sealed() == 0
    write("c")
    assert sealed() == 1
    assert list(db.session.scalars(sa.select(Seal.n).order_by(Seal.n))) == [1, 2, 3]
    assert order() == ["a", "b", "c"]


def test_a_line_committed_late_is_neither_lost_nor_does_it_hold_up_the_others(other: Any) -> None:
    other.execute(WRITE, ("late",))
    write("early")
    assert sealed() == 1
    other.commit()
    write("later")
    assert sealed() == 2
    assert order() == ["early", "late", "later"]


def test_a_line_of_a_transaction_that_is_undone_is_never_sealed(other: Any) -> None:
    other.execute(WRITE, ("undone",))
    write("kept")
    sealed()
    other.rollback()
    sealed()
    assert order() == ["kept"]


def test_two_sealers_and_five_writers_leave_one_chain(fresh_app: Any, fresh_database: str) -> None:
    done = threading.Event()

    def writer(number: int) -> None:
        with psycopg.connect(plain(fresh_database)) as connection:
            for turn in range(40):
                connection.execute(WRITE, (f"{number}.{turn}",))
                connection.execute("select pg_sleep(random() / 500)")
                connection.commit()

    def sealer() -> None:
        with fresh_app.app_context():
            while not done.is_set():
                sealed()
            sealed()
            db.session.remove()

    writers = [threading.Thread(target=writer, args=(number,)) for number in range(5)]
    sealers = [threading.Thread(target=sealer) for _ in range(2)]
    for thread in writers + sealers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in sealers:
        thread.join()
    assert sorted(order()) == sorted(f"{number}.{turn}" for number in range(5) for turn in range(40))
    assert list(db.session.scalars(sa.select(Seal.n).order_by(Seal.n))) == list(range(1, 201))


def test_many_lines_are_sealed_by_parts_in_the_order_of_their_ids(fresh_app: Any) -> None:
    write(*(str(number) for number in range(1203)))
    parts = []
    while part := seal(500):
        db.session.commit()
        parts.append(part)
        write("meanwhile") if len(parts) == 1 else None
    assert parts == [500, 500, 204]
    assert sealed() == 0
    assert order() == [*(str(number) for number in range(1203)), "meanwhile"]


def test_on_another_server_the_sealer_looks_at_every_line(fresh_app: Any) -> None:
    write("a")
    sealed()
    db.session.execute(
        sa.text(
            "insert into journal (xid, at, action, person_id, role, unit_code, facts, audience)"
            " values ('900000000000', now(), 'restored', gen_random_uuid(), '', '', '{}', '{}')"
        )
    )
    db.session.execute(sa.update(Mark).values(cluster=1, seen="900000000000:900000000000:"))
    db.session.commit()
    write("b")
    assert sealed() == 2
    write("c")
    assert sealed() == 1
    assert order() == ["a", "restored", "b", "c"]


def test_what_the_sealers_own_transaction_writes_is_sealed_now_or_at_the_next_turn(other: Any) -> None:
    write("a")
    journal.write(Line("own", SYSTEM))
    journal.drain()
    other.execute("select pg_current_xact_id()")
    other.commit()
    first = seal()
    journal.write(Line("own too", SYSTEM))
    journal.drain()
    db.session.commit()
    write("b")
    assert first + sealed() == 4
    assert order() == ["a", "own", "own too", "b"]


@pytest.mark.parametrize(
    ("snapshot", "own", "expected"),
    [
        ("10:10:", "10", "10:10:"),
        ("10:20:10,15", "20", "10:20:10,15"),
        ("10:20:10,15", "25", "10:20:10,15"),
        ("10:20:10,15", "12", "10:12:10"),
        ("10:20:15", "10", "10:10:"),
        ("18:20:18", "12", "12:12:"),
    ],
)
def test_a_turn_never_counts_its_own_transaction_as_seen(snapshot: str, own: str, expected: str) -> None:
    assert before(snapshot, own) == expected


def test_the_sealed_bytes_are_the_same_in_every_time_zone(fresh_app: Any) -> None:
    write("a")
    sealed()
    for zone in ("UTC", "Asia/Shanghai", "America/New_York"):
        db.session.execute(sa.text(f"set local time zone '{zone}'"))
        line = db.session.execute(sa.select(*columns())).mappings().one()
        assert link(GENESIS, canonical(line)) == db.session.scalar(sa.select(Seal.hash))


def test_a_column_that_joins_later_leaves_the_bytes_of_older_lines_alone() -> None:
    line = dict.fromkeys(COLUMNS)
    known = line | {"id": 7, "at": datetime(2026, 1, 1, tzinfo=UTC), "facts": '{"a": 1.10}'}
    assert canonical(known) == b'{"at":1767225600000000,"facts":"{\\"a\\": 1.10}","id":7}'


def test_checkpoints_are_appended_at_most_once_a_minute(fresh_app: Any, clock: Any, tmp_path: Path) -> None:
    file = tmp_path / "journal-checkpoints.log"
    clock.set(datetime(2026, 11, 2, 9, 0, tzinfo=UTC))
    assert not checkpoint(file)
    for minutes, expected in ((0, True), (0.5, False), (1.1, True)):
        write("a")
        sealed()
        clock.set(datetime(2026, 11, 2, 9, 0, tzinfo=UTC) + timedelta(minutes=minutes))
        assert checkpoint(file) is expected
    assert [known.n for known in checkpoints(file)] == [1, 3]
    clock.advance(timedelta(minutes=5))
    assert not checkpoint(file), "nothing new was sealed"


def test_a_turn_with_nothing_to_do_reads_no_old_lines_and_writes_nothing(fresh_app: Any) -> None:
    write(*(str(number) for number in range(50)))
    for _ in range(3):
        seal(25)
        db.session.commit()
    seen = db.session.scalar(sa.select(Mark.seen))
    db.session.execute(sa.text("select pg_current_xact_id()"))
    db.session.commit()
    sealed()
    assert db.session.scalar(sa.select(Mark.seen)) == seen
    plan = db.session.execute(
        sa.text(
            "select count(*) from journal, journal_marks m where journal.xid >= pg_snapshot_xmax(m.seen::pg_snapshot)"
        )
    )
    assert plan.scalar() == 0
