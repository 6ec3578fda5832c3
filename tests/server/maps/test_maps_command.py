"""The command that keeps maps right."""

from __future__ import annotations

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from server.db import db
from server.maps import cli
from tests.server.town import Town


def run(command: click.Command) -> tuple[int, str]:
    result = CliRunner().invoke(command)
    return result.exit_code, result.output


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands run inside the test's own application."""
    for command in (cli.rebuild, cli.check):
        callback = command.callback
        monkeypatch.setattr(command, "callback", getattr(callback, "callback", callback))


def test_a_wrong_tally_is_named_and_mended(town: Town) -> None:
    town.report()
    assert run(cli.check)[0] == 0
    assert run(cli.rebuild)[0] == 0
    db.session.execute(sa.text("update tallies set n = n + 1 where facet = 's:reported'"))
    code, said = run(cli.check)
    assert code == 1
    assert "s:reported month" in said
    assert run(cli.rebuild)[0] == 0
    assert run(cli.check)[0] == 0
