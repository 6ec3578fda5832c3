"""Where a private cluster keeps its data and its socket, and under whose name it runs.

Job: the three answers that differ between root and a plain user.
Never: start or stop anything.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

DEBIAN_BINARIES = Path("/usr/lib/postgresql")
FALLBACK = Path("/var/lib/gridwhistle")
OLDEST_VERSION = 15


class EmbeddedError(Exception):
    """The private cluster cannot do what was asked; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The account a cluster runs under; PostgreSQL refuses to run as root."""

    uid: int
    name: str

    def command(self, *words: str | Path) -> list[str]:
        """Return ``words`` as this account would say them; the process ends when its parent does."""
        drop = ["--reuid", self.name, "--regid", self.name, "--init-groups"] if os.geteuid() != self.uid else []
        return ["setpriv", *drop, "--pdeathsig", "INT", "--", *map(str, words)]


def owner_of(data: Path) -> Owner:
    """Return the account for the cluster in ``data``: its present owner, else oneself, else ``postgres`` for root."""
    uid = data.stat().st_uid if data.exists() else os.geteuid()
    try:
        account = pwd.getpwuid(uid) if uid else pwd.getpwnam("postgres")
    except KeyError:
        raise EmbeddedError(
            "The private cluster needs an account in /etc/passwd: PostgreSQL refuses to run as root"
            " (the Debian package postgresql-15 makes the account postgres) or as a number without a name."
        ) from None
    if os.geteuid() not in (0, account.pw_uid):
        raise EmbeddedError(f"{data} belongs to {account.pw_name}: work as that account or as root.")
    return Owner(account.pw_uid, account.pw_name)


def data_place(var: Path, name: str = "pg") -> Path:
    """Return the data folder for a checkout whose own files lie in ``var``.

    ``var/pg`` where the owner can reach it, else a folder below /var/lib/gridwhistle named after the path: root's
    home is closed to the account that root's cluster runs under. The answer is kept in ``var/pg.place``, so that a
    later change of permissions never looks like an empty database; a copied checkout does not believe its note.
    """
    var.mkdir(parents=True, exist_ok=True)
    near = var.resolve() / name
    note = var / f"{name}.place"
    if note.exists():
        said_by, place = note.read_text().splitlines()
        if said_by == str(near):
            return Path(place)
    reachable = subprocess.run(owner_of(near).command("test", "-x", near.parent), cwd="/", check=False).returncode == 0
    chosen = near if reachable else FALLBACK / digest(near)
    note.write_text(f"{near}\n{chosen}\n")
    return chosen


def socket_place(data: Path, owner: Owner) -> Path:
    """Return the folder of the socket: short (107 bytes are the limit) and the same at each start."""
    return Path(f"/tmp/gridwhistle-{owner.uid}-{digest(data.resolve())}")  # noqa: S108 - open_socket_place checks it


def open_socket_place(data: Path, owner: Owner) -> Path:
    """Make the folder of the socket, closed to everybody else; raises EmbeddedError when somebody was there before."""
    place = socket_place(data, owner)
    try:
        place.mkdir(mode=0o700)
        os.chown(place, owner.uid, -1)
    except FileExistsError:
        found = place.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.uid or found.st_mode & 0o077:
            raise EmbeddedError(f"{place} is not a closed folder of {owner.name}: remove it.") from None
    return place


def digest(path: Path) -> str:
    """Return a short name for ``path``, different for every path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def binaries(data: Path) -> Path:
    """Return the folder of PostgreSQL's programs: the version that made ``data``, else the newest with PostGIS."""
    if chosen := os.environ.get("GRIDWHISTLE_PG_BIN"):
        return Path(chosen)
    made_by = data / "PG_VERSION"
    wanted = made_by.read_text().strip() if made_by.exists() else None
    found = {int(path.parent.name): path for path in DEBIAN_BINARIES.glob("[0-9]*/bin") if _has_postgis(path)}
    fitting = [version for version in found if version == int(wanted or version) >= OLDEST_VERSION]
    if not fitting:
        raise EmbeddedError(
            f"No PostgreSQL {wanted or f'{OLDEST_VERSION} or newer'} with PostGIS found: install postgresql-15 and"
            " postgresql-15-postgis-3, or name another folder of programs in GRIDWHISTLE_PG_BIN,"
            " or use any PostGIS by GRIDWHISTLE_DATABASE_URL."
        )
    return found[max(fitting)]


def client_program(name: str) -> str:
    """Return the newest ``pg_dump``, ``pg_restore`` or ``psql`` of this machine, for a server that may be elsewhere."""
    chosen = os.environ.get("GRIDWHISTLE_PG_BIN")
    folders = [Path(chosen)] if chosen else _newest_first(DEBIAN_BINARIES.glob("[0-9]*/bin"))
    here = [folder / name for folder in folders if (folder / name).exists()]
    found = str(here[0]) if here else shutil.which(name)
    if not found:
        raise EmbeddedError(f"{name} not found: install postgresql-client.")
    return found


def _newest_first(folders: Iterable[Path]) -> list[Path]:
    return sorted(folders, key=lambda folder: int(folder.parent.name), reverse=True)


def _has_postgis(programs: Path) -> bool:
    return Path(f"/usr/share/postgresql/{programs.parent.name}/extension/postgis.control").exists()
