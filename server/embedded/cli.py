"""``gridwhistle db``: what an administrator does with the database as a whole.

Job: put the functions of this folder and of ``schema`` on the command line.
Never: decide anything of its own.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import click

from server import schema
from server.config import Config
from server.embedded import databases, ensure
from server.embedded.backup import backup, in_two_parts, restore
from server.embedded.places import client_program


@click.group()
def db() -> None:
    """数据库：备份、恢复、升级 · back up, restore, migrate."""


@db.command("url")
def show_url() -> None:
    """显示数据库地址 · print the address of the database; it answers while `make run` runs."""
    config = Config.from_environment()
    with ensure(config) as url:
        click.echo(url)


@db.command("migrate")
@click.option("--to", default="head", help="目标版本 · a migration's number")
def migrate(to: str) -> None:
    """升级数据库结构 · bring the schema up to this version."""
    with ensure(Config.from_environment()) as url:
        schema.migrate(url, to)


@db.command("unmigrate")
@click.argument("to")
@click.option("--yes", is_flag=True, help="不再询问 · do not ask")
def unmigrate(to: str, yes: bool) -> None:
    """退回旧的数据库结构 · take the schema back to a migration's number; what it added is lost."""
    with ensure(Config.from_environment()) as url:
        if not yes:
            click.confirm(f"数据库 {databases.name_of(url)} 退回到 {to}？ Take it back to {to}?", abort=True)
        schema.unmigrate(url, to)


@db.command("check")
def check() -> None:
    """核对迁移与代码 · migrate an empty database and compare it with the tables in code."""
    with ensure(Config.from_environment()) as url, databases.scratch(url, f"check_{os.getpid()}") as scratch:
        schema.migrate(scratch)
        schema.check(scratch)


@db.command("revision")
@click.argument("thought")
def revision(thought: str) -> None:
    """起草下一个迁移 · draft the next migration: one thought, in English."""
    with ensure(Config.from_environment()) as url, databases.scratch(url, f"revision_{os.getpid()}") as scratch:
        schema.migrate(scratch)
        schema.revise(scratch, thought)


@db.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def make_backup(file: Path) -> None:
    """备份数据库与照片 · write the database and the photos into FILE (a tar archive)."""
    config = Config.from_environment()
    with ensure(config) as url:
        size = backup(url, config.photos, file)
    click.echo(f"已备份 · {file}: {size / 1e6:.1f} MB")


@db.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, help="不再询问 · do not ask")
@click.option("--replace", "instead", is_flag=True, help="替换已有数据 · put the backup in the place of what is there")
def restore_backup(file: Path, yes: bool, instead: bool) -> None:
    """从备份恢复 · fill the database and the photos from FILE."""
    config = Config.from_environment()
    with ensure(config) as url:
        if not yes:
            click.confirm(f"恢复到数据库 {databases.name_of(url)}？ Restore {file}?", abort=True)
        restore(url, config.photos, file, replace=instead)
        schema.migrate(url)
    click.echo(f"已恢复 · restored {file}")


@db.command("sql", context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def sql(words: tuple[str, ...]) -> None:
    """打开 psql · psql on the database; further words are psql's own."""
    with ensure(Config.from_environment()) as url:
        address, secret = in_two_parts(url)
        done = subprocess.run([client_program("psql"), address, *words], env={**os.environ, **secret}, check=False)
    raise SystemExit(done.returncode)
