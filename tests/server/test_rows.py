"""Rows that nobody waits for travel together, are never read past, and are undone with what they belong to."""

from __future__ import annotations

import uuid
from contextlib import suppress

import pytest
import sqlalchemy as sa

from server import journal, rows
from server.access import SYSTEM
from server.clocks.models import LadderSnapshot
from server.db import db, new_id, now
from server.replies import Reply


def reply(key: uuid.UUID) -> dict[str, object]:
    return {"key": key, "person_id": SYSTEM.person_id, "request": "r", "body_hash": b"\x01", "at": now()}


def known(*keys: uuid.UUID) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Reply).where(Reply.key.in_(keys))) or 0


@pytest.mark.usefixtures("rolled_back")
class TestHeldBack:
    def test_two_tables_are_written_by_one_statement(self, statements: list[str]) -> None:
        key, ladder = new_id(), {"digest": "a ladder", "content": {"rungs": []}}
        statements.clear()
        rows.insert(Reply, [reply(key)])
        rows.insert(LadderSnapshot, [ladder])
        assert not [text for text in statements if "INSERT" in text]
        rows.send()
        assert len([text for text in statements if "INSERT" in text]) == 1
        assert known(key) == 1
        assert db.session.get(LadderSnapshot, "a ladder") is not None

    def test_nobody_reads_without_them(self) -> None:
        key = new_id()
        rows.insert(Reply, [reply(key)])
        assert known(key) == 1

    def test_a_change_of_a_row_held_back_finds_it(self) -> None:
        key = new_id()
        rows.insert(Reply, [reply(key)])
        rows.update(Reply, [{"key": key, "status": 201, "body": {"b": 1, "a": 2}}], key="key")
        assert db.session.scalar(sa.select(Reply.status).where(Reply.key == key)) == 201

    def test_what_is_returned_is_of_the_last_table_only_and_of_rows_that_were_new(self) -> None:
        taken, new = new_id(), new_id()
        rows.insert(Reply, [reply(taken)])
        rows.insert(Reply, [reply(taken), reply(new)], unless_there=("key",))
        assert {row.key for row in rows.returning("key")} == {new}
        assert known(taken, new) == 2

    def test_a_savepoint_that_is_undone_takes_its_rows_and_leaves_the_others(self) -> None:
        before, within = new_id(), new_id()
        rows.insert(Reply, [reply(before)])
        with suppress(RuntimeError), journal.savepoint():
            rows.insert(Reply, [reply(within)])
            raise RuntimeError
        assert (known(before), known(within)) == (1, 0)

    def test_a_rollback_forgets_them(self) -> None:
        key = new_id()
        rows.insert(Reply, [reply(key)])
        db.session.rollback()
        rows.send()
        assert known(key) == 0

    def test_what_was_stored_and_undone_may_be_stored_again(self) -> None:
        ladders = [LadderSnapshot(digest="a ladder", content={"rungs": []}) for _ in range(3)]
        for undone in ladders[:2]:
            with journal.savepoint():
                rows.store([undone])
            db.session.rollback()
        rows.store(ladders[2:])
        db.session.commit()
        db.session.expunge_all()
        assert db.session.get(LadderSnapshot, "a ladder") is not None
