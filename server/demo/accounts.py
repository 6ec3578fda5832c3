"""Accounts to try the synthetic city with (演示账号): at least one per role, with passwords made at random.

Job: give these few people a short name and a password, and write both to a file only its owner reads.
Never: give anybody else a password, or take one from the seed.
"""

from __future__ import annotations

import csv
import os
import secrets
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from server.db import db
from server.people import passwords
from server.people.models import Appointment, Person, Post

FILE = "demo-accounts.csv"
COLUMNS = ("username", "password", "role", "unit", "grid_code")
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1, which are read for one another."""
GROUPS, GROUP = 3, 4
IN_THE_GRID = ("GWF", "GWP", "GLD")
IN_THE_TOWNSHIP = ("TWD", "TWL")
IN_A_DEPARTMENT = ("DPD", "DPH", "DPL")
LAMPS, WATER = "DEP28", "DEP37"
DISTRICT = ("MED", "CEN", "XFC", "XFL", "SUP", "DLD", "DTL", "DSC", "ADM", "SEC", "AUD")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who gets an account, under which short name, in which post."""

    name: str
    person: Person
    role: str
    unit: str
    grid: str | None


def wanted(grids: Sequence[str]) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Yield (short name, role, unit, grid) of the accounts in a city of ``grids``; None stands for any.

    They know one another: the people of one grid, its village and township, the department of street lamps.
    """
    home = min(grids)
    yield from ((role.lower(), role, None, home) for role in IN_THE_GRID)
    yield "vil", "VIL", home[:12], None
    yield from ((role.lower(), role, home[:9], None) for role in IN_THE_TOWNSHIP)
    yield from ((role.lower(), role, LAMPS, None) for role in IN_A_DEPARTMENT)
    yield from ((role.lower(), role, None, None) for role in DISTRICT)
    yield "cen2", "CEN", None, None
    yield from ((f"{role.lower()}37", role, WATER, None) for role in ("DPD", "DPH"))
    for township in sorted({code[:9] for code in grids} - {home[:9]}):
        yield f"gwf{township[6:]}", "GWF", None, min(code for code in grids if code.startswith(township))


def issue(grids: Sequence[str], file: Path) -> int:
    """Name the accounts, set their passwords, write ``file`` anew and return how many there are."""
    holders = list(_holders(grids))
    secret = [_password() for _ in holders]
    with ThreadPoolExecutor(passwords.AT_ONCE) as hashers:
        hashes = list(hashers.map(passwords.hashed, secret))
    for holder, hashed in zip(holders, hashes, strict=True):
        holder.person.username, holder.person.password_hash = holder.name, hashed
    pairs = zip(holders, secret, strict=True)
    _write(file, [(one.name, password, one.role, one.unit, one.grid) for one, password in pairs])
    return len(holders)


def _holders(grids: Sequence[str]) -> Iterator[Holder]:
    taken: set[uuid.UUID] = set()
    for name, role, unit, grid in wanted(grids):
        query = (
            sa.select(Person, Post.role, Post.unit_code, Post.grid_code)
            .join(Appointment, Appointment.person_id == Person.id)
            .join(Post, Post.id == Appointment.post_id)
            .where(Post.role == role, Person.synthetic, Person.id.not_in(taken))
            .where(*([Post.unit_code == unit] if unit else []), *([Post.grid_code == grid] if grid else []))
            .order_by(sa.func.length(Person.username), Person.username.collate("C"))
        )
        found = db.session.execute(query.limit(1)).one()
        taken.add(found[0].id)
        yield Holder(name, *found)


def _password() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def _write(file: Path, rows: Sequence[Sequence[str | None]]) -> None:
    """Replace ``file`` whole; nobody but its owner can read it at any moment."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows([cell or "" for cell in row] for row in rows)
    os.replace(draft, file)
