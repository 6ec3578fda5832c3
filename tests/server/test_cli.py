"""The command line: quick to list, inside the application when it works, one commit per command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import psycopg
import pytest
from click.testing import CliRunner

from server.cli import COMMANDS, _bound, gridwhistle, main
from server.config import ROOT
from server.embedded import databases
from server.embedded.cluster import Cluster
from server.errors import Refusal

LISTS = "import sys; from server.cli import gridwhistle; gridwhistle(['--help'], standalone_mode=False)"
HEAVY = "; sys.exit(sorted({'flask', 'sqlalchemy', 'numpy', 'shapely'} & sys.modules.keys()) or None)"


@pytest.fixture
def installation(fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The settings of an installation with a database of its own; gives the database's address."""
    monkeypatch.setenv("GRIDWHISTLE_DATABASE_URL", fresh_database)
    monkeypatch.setenv("GRIDWHISTLE_VAR", str(tmp_path))
    return fresh_database


class NotToday(Refusal):
    """Not today.
    今天不行。
    """


@click.command()
@click.option("--refuse", is_flag=True)
def leave_a_mark(refuse: bool) -> None:
    """A command of some slice: it writes and does not commit."""
    import sqlalchemy as sa

    from server.db import db

    db.session.execute(sa.text("CREATE TABLE marks AS SELECT 1 AS n"))
    if refuse:
        raise NotToday


def has_mark(url: str) -> bool:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT to_regclass('marks') IS NOT NULL").fetchone()
    return row == (True,)


def test_listing_the_commands_imports_none_of_them() -> None:
    done = subprocess.run([sys.executable, "-c", LISTS + HEAVY], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_needs_no_database(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWHISTLE_DATABASE_URL", "postgresql://nobody@/nothing?host=/nowhere")
    result = CliRunner().invoke(gridwhistle, [name, "--help"])
    assert result.exit_code == 0, result.output


def test_the_work_of_a_command_is_committed_once_it_ends_well(installation: str) -> None:
    result = CliRunner().invoke(_bound(leave_a_mark))
    assert result.exit_code == 0, result.output
    assert has_mark(installation)


def test_the_work_of_a_command_that_fails_is_undone(installation: str) -> None:
    result = CliRunner().invoke(_bound(leave_a_mark), ["--refuse"])
    assert isinstance(result.exception, NotToday)
    assert not has_mark(installation)


def test_a_database_of_somebody_else_is_not_migrated_by_the_way(
    installation: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with databases.scratch(cluster.url(), f"test_{os.getpid()}_foreign") as foreign:
        monkeypatch.setenv("GRIDWHISTLE_DATABASE_URL", foreign)
        result = CliRunner().invoke(_bound(leave_a_mark))
        assert "db migrate" in str(result.exception)
        assert databases.is_empty(foreign)


def test_a_refusal_is_one_sentence_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWHISTLE_PORT", "http")
    monkeypatch.setattr(sys, "argv", ["gridwhistle", "db", "url"])
    with pytest.raises(SystemExit, match="GRIDWHISTLE_PORT must be a whole number"):
        main()
