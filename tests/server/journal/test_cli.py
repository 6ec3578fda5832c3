"""The administrator's commands about the journal."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from server import journal as lines
from server.access import SYSTEM
from server.db import db
from server.journal import Line
from server.journal.cli import journal


@pytest.fixture
def three_lines(fresh_app: Any) -> None:
    for action in ("event.reported", "event.filed", "event.dispatched"):
        lines.write(Line(action, SYSTEM, facts={"secret": "张三"}))
    lines.drain()
    db.session.commit()


def run(*words: str) -> Any:
    return CliRunner().invoke(journal, words)


def test_seal_verify_and_tail_an_untouched_journal(three_lines: None) -> None:
    assert "已封印 3 条" in run("seal").output
    verified = run("verify")
    assert (verified.exit_code, verified.output) == (0, "日志完整，共 3 条 · the journal is whole: 3 lines\n")
    shown = run("tail", "-n", "2").output
    assert "event.filed" in shown
    assert "event.dispatched" in shown
    assert "event.reported" not in shown
    assert "张三" not in shown


def test_verify_names_the_broken_line_in_both_languages_and_fails(three_lines: None) -> None:
    run("seal")
    db.session.execute(sa.text("alter table journal disable trigger user"))
    db.session.execute(sa.text("update journal set facts = '{}' where action = 'event.filed'"))
    db.session.commit()
    verified = run("verify")
    assert verified.exit_code == 1
    assert "日志第 2 条与第 2 号封印不符" in verified.output
    assert "Line 2 and seal 2 do not fit" in verified.output
