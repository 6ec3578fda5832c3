"""``gridwhistle journal``: seal, verify and read the journal.

Job: put the chain into an administrator's hand; exit code 1 when it is broken.
Never: show content: facts stay in the journal, for whom audit allows them.
"""

from __future__ import annotations

import time

import click
import sqlalchemy as sa
from flask import current_app

from server.db import CN, db
from server.jobs import beats
from server.journal.models import Entry, Seal
from server.journal.seal import CHECKPOINT_FILE, checkpoint
from server.journal.seal import seal as seal_lines
from server.journal.verify import verify as verify_lines

LOOK_EVERY = 1.0


@click.group()
def journal() -> None:
    """日志：封印、校验、查看 · the append-only journal."""


@journal.command()
def verify() -> None:
    """校验整条日志链；有一处不符即退出码 1 · recompute the whole chain, name the first broken or missing line."""
    report = verify_lines(current_app.config["GRIDWHISTLE"].var / CHECKPOINT_FILE, beats.last("seal"))
    if report.finding is None:
        click.echo(f"日志完整，共 {report.lines} 条 · the journal is whole: {report.lines} lines")
        return
    zh, en = report.finding.sentences()
    click.echo(f"日志被破坏：{zh}\nThe journal is broken: {en}", err=True)
    raise SystemExit(1)


@journal.command()
def seal() -> None:
    """立即封印已提交的日志 · seal what is committed, now."""
    count = 0
    while found := seal_lines():
        count += found
        db.session.commit()
    checkpoint(current_app.config["GRIDWHISTLE"].var / CHECKPOINT_FILE)
    click.echo(f"已封印 {count} 条 · sealed {count} lines")


@journal.command()
@click.option("-n", "--lines", default=20, show_default=True, help="行数 · how many lines")
@click.option("-f", "--follow", is_flag=True, help="持续显示 · go on until Ctrl-C")
def tail(lines: int, follow: bool) -> None:
    """查看最近的日志 · show the last lines: what, when, which item, which post."""
    query = sa.select(Seal.n, Entry.at, Entry.action, Entry.item_no, Entry.state_to, Entry.role, Entry.unit_code)
    query = query.join(Entry, Entry.id == Seal.entry_id)
    last = (db.session.scalar(sa.select(sa.func.max(Seal.n))) or 0) - lines
    while True:
        for row in db.session.execute(query.where(Seal.n > last).order_by(Seal.n)):
            last = row.n
            words = (
                f"{row.at.astimezone(CN):%m-%d %H:%M:%S}",
                row.action,
                row.item_no,
                row.state_to,
                row.role,
                row.unit_code,
            )
            click.echo(" ".join([f"{row.n:>8}", *(word or "-" for word in words)]))
        if not follow:
            return
        db.session.rollback()
        time.sleep(LOOK_EVERY)
