"""Figures from the command line.

Never: compute.
"""

from __future__ import annotations

from datetime import datetime

import click

from server.access import SYSTEM
from server.figures import acts
from server.figures.asked import Asked


@click.group()
def figures() -> None:
    """指标 Figures with numerator and denominator."""


@figures.command()
@click.option("--from", "first", required=True, type=click.DateTime(["%Y-%m-%d"]), help="first day")
@click.option("--to", "last", required=True, type=click.DateTime(["%Y-%m-%d"]), help="last day, included")
@click.option("--township", help="code of nine digits")
def show(first: datetime, last: datetime, township: str | None) -> None:
    """Show the figures of the days FROM to TO."""
    since, until = acts.period(first.date(), last.date())
    for figure in acts.compute(Asked(since, until, SYSTEM, township)):
        name = f"{figure['code']}{figure['variant']}"
        click.echo(
            f"{name:<5} {figure['text']:>10}  {figure['numerator']:>7} / {figure['denominator']:<7} {figure['zh']}"
        )
