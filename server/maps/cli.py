"""``gridwhistle maps``: keep the tallies and sketches of the maps right (地图命令).

Job: make them anew, compare them with the events; exit code 1 when they differ.
Never: commit: the command line's frame does.
"""

from __future__ import annotations

import click

from server.grids import sketches
from server.maps import recount


@click.group()
def maps() -> None:
    """地图：重建与核对计数 · rebuild and check what maps count by."""


@maps.command()
def rebuild() -> None:
    """按事件重建全部计数，补画简化轮廓；期间上报会等待 · make all tallies anew; reports wait meanwhile."""
    click.echo(f"{recount.rebuild()} 条计数 · tallies")
    if drawn := sketches.draw_missing():
        click.echo(f"{drawn} 个简化轮廓 · sketches")


@maps.command()
def check() -> None:
    """核对计数与事件是否一致 · compare the tallies with the events."""
    wrong = recount.differences()
    for row in wrong:
        which = f"{row['facet'] or '—'} {row['span']} {row['start']} {row['grid_code'] or '—'}"
        click.echo(f"✗ {which}: {int(row['off']):+d}")
    if wrong:
        click.echo("计数与事件不符，请运行 gridwhistle maps rebuild · tallies differ from the events", err=True)
        raise SystemExit(1)
    click.echo("计数与事件一致 · tallies and events agree")
