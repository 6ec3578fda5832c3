"""``gridwhistle demo``: load the synthetic city, add a year to it.

Job: options in, progress and counts out.
Never: decide what happens.
"""

from __future__ import annotations

import time

import click
from flask import current_app

from gis.partition import SEED
from server.db import db
from server.demo import accounts, crew, gaps, loading, recent
from server.demo import year as years
from server.demo.city import Size, demand, taking_part
from server.journal.seal import CHECKPOINT_FILE, checkpoint, seal

WORKERS = 2


@click.group()
def demo() -> None:
    """演示城市（合成数据）· the synthetic city: invented grids, people and events."""


@demo.command()
@click.option(
    "--townships", type=click.IntRange(7, 8), help="镇街数 · townships; 8 adds 城东街道 (default: the policy's)"
)
@click.option("--seed", default=SEED, show_default=True, help="随机种子 · seed")
@click.option("--workers", default=WORKERS, show_default=True, type=click.IntRange(1, 16), help="进程数 · processes")
def load(townships: int | None, seed: int, workers: int) -> None:
    """载入空库：网格、人员、近三十天的事件与哨声 · load the city with its last thirty days into an empty database."""
    begun = time.monotonic()
    file = current_app.config["GRIDWHISTLE"].var / accounts.FILE
    for words in loading.people_the_city(Size(townships=taking_part(townships)), seed, file):
        click.echo(f"· {words}")
    held = demand()
    world = loading.world(held, seed)
    anchor = held.imported_at
    plans = [*recent.ordinary(seed, anchor, world), *recent.shown(seed, anchor, world)]
    if crew.perform(crew.Show(plans, world), workers=workers, says="近三十天"):
        recent.settle()
    gaps.show(world, anchor)
    click.echo(f"· 演示城市已就绪（{time.monotonic() - begun:.0f} 秒），账号见 {file} · the synthetic city is ready")
    _seal()


@demo.command()
@click.argument("number", metavar="YEAR", type=click.IntRange(2000, 2100))
@click.option("--seed", default=SEED, show_default=True, help="随机种子 · seed")
@click.option("--workers", default=WORKERS, show_default=True, type=click.IntRange(1, 16), help="进程数 · processes")
def year(number: int, seed: int, workers: int) -> None:
    """补写一整年：16,800 件事件（办结 99.12%）、1,130 声哨 · add a whole year; run it again to go on after a stop."""
    begun = time.monotonic()
    world = loading.world(demand(), seed)
    done = years.perform(number, seed, world, workers=workers)
    click.echo(f"· {number} 年：新增 {done} 件（{time.monotonic() - begun:.0f} 秒）· {done} events added")
    _seal()


def _seal() -> None:
    """Seal what was written, so that the journal can be verified at once."""
    lines = 0
    while sealed := seal():
        lines += sealed
        db.session.commit()
    checkpoint(current_app.config["GRIDWHISTLE"].var / CHECKPOINT_FILE)
    click.echo(f"· 日志已封印 {lines} 条 · {lines} lines of the journal sealed")
