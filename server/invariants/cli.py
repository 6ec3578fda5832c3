"""The rules from the command line.

Never: mend anything.
"""

from __future__ import annotations

import sys

import click

from server.invariants import acts


@click.group()
def invariants() -> None:
    """责任规则 The responsibility rules as queries that must return nothing."""


@invariants.command()
def check() -> None:
    """Name every record that breaks a rule; exit code 1 when there is one."""
    found = acts.broken()
    for one in found:
        click.echo(f"{one['rule']} {one['item']} {one['wrong']}（{one['zh']}）")
    click.echo(f"{len(found)} 条违反规则 records break a rule")
    sys.exit(1 if found else 0)
