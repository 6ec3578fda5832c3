"""``gridwhistle keys``: the keys that seal identities and originals, for the security administrator (SEC).

Job: list them, add one.
Never: print, copy or delete a key: what an old one sealed opens with that one only.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import click

from server.config import Config
from server.crypto.ring import Ring
from server.db import CN


@click.group()
def keys() -> None:
    """密钥：查看、轮换 · list and rotate the keys that seal identities and originals."""


@keys.command("list")
def list_keys() -> None:
    """列出密钥 · list the keys, oldest first; the last one seals, all of them open."""
    ring = _ring()
    for id in ring.ids():
        click.echo(f"{id}  {_made_at(id):%Y-%m-%d %H:%M}")
    click.echo(f"{len(ring.ids())} · {ring.folder}")


@keys.command("add")
def add_key() -> None:
    """轮换：启用新密钥 · add a key; from now on it seals. Copy the folder to a safe place afterwards."""
    ring = _ring()
    click.echo(f"{ring.add()} · {ring.folder}")


def _ring() -> Ring:
    return Ring(Config.from_environment().keys)


def _made_at(id: UUID) -> datetime:
    """Return when a key was made: a UUIDv7 begins with its moment, milliseconds since 1970 (RFC 9562)."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC).astimezone(CN)
