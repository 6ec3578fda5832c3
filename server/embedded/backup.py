"""Backup and restore: one file that holds the database and the photos.

Job: write the file so that it is whole or absent; read it back so that the old data stay until the new ones are in.
Never: hold the secret key or the sealing keys (a stolen backup must not sign sessions or open what is sealed), or run
beside a server when it replaces data.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from server.embedded import databases
from server.embedded.places import EmbeddedError, client_program

FORMAT = "gridwhistle backup 1"
MANIFEST, DUMP, PHOTOS = "manifest.json", "database.dump", "photos"
UNFINISHED = f"{PHOTOS}/partial"
"""Photos still on their way: the phones send them again."""


def backup(url: str, photos: Path, file: Path) -> int:
    """Write the database at ``url`` and the folder ``photos`` into ``file``; return its size in bytes.

    The database goes first: a photo's file is there before its row, so every row in the backup finds its photo.
    """
    draft = file.with_name(f".{file.name}.part")
    with tempfile.TemporaryDirectory(dir=file.absolute().parent) as folder:
        dump = Path(folder) / DUMP
        _call("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}")
        with _private(draft) as target, tarfile.open(fileobj=target, mode="w") as tar:
            _add_manifest(tar)
            tar.add(dump, DUMP)
            if photos.exists():
                tar.add(photos, PHOTOS, filter=_unless_unfinished)
    os.replace(draft, file)
    return file.stat().st_size


def restore(url: str, photos: Path, file: Path, *, replace: bool = False) -> None:
    """Fill the database at ``url`` and the folder ``photos`` from ``file``.

    Raises EmbeddedError when ``file`` is no backup, when the database holds anything and ``replace`` is not said, or
    when somebody is connected. A replaced database stays on the server as ``<name>_replaced`` until the next restore.
    """
    if not databases.is_empty(url) and not replace:
        raise EmbeddedError("数据库里已有数据 · the database is not empty: --replace puts the backup in its place.")
    name = databases.name_of(url)
    with _opened(file) as tar, databases.scratch(url, f"{name}_restored") as fresh:
        photos.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=photos.parent) as folder:
            _unpack(tar, tar.getmember(DUMP), Path(folder) / DUMP)
            words = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--no-comments"]
            _call("pg_restore", fresh, *words, str(Path(folder) / DUMP))
        databases.advance_transactions(fresh)
        _bring_photos(tar, photos)
        databases.drop(url, f"{name}_replaced")
        try:
            databases.rename(url, name, f"{name}_replaced")
        except psycopg.errors.ObjectInUse:
            raise EmbeddedError("数据库正在使用 · the database is in use: stop the server first (make stop).") from None
        databases.rename(url, f"{name}_restored", name)


def _bring_photos(tar: tarfile.TarFile, photos: Path) -> None:
    """Unpack the photos that are not there yet; a file's name is its content, so none is ever overwritten."""
    for member in tar:
        top, *rest = Path(member.name).parts
        target = photos.joinpath(*rest)
        if top != PHOTOS or not member.isfile() or ".." in rest or target.exists():
            continue
        _unpack(tar, member, target)


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """Write one file of the archive to ``target``, which is whole or absent."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    content = tar.extractfile(member)
    with _private(draft) as file:
        shutil.copyfileobj(content or io.BytesIO(), file)
    os.replace(draft, target)


def _unless_unfinished(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if member.name == UNFINISHED else member


def _add_manifest(tar: tarfile.TarFile) -> None:
    text = json.dumps({"format": FORMAT, "made_at": datetime.now(UTC).isoformat(timespec="seconds")}).encode()
    member = tarfile.TarInfo(MANIFEST)
    member.size = len(text)
    tar.addfile(member, io.BytesIO(text))


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    """Open ``file`` and read its manifest; raises EmbeddedError when it is no backup of ours."""
    try:
        with tarfile.open(file) as tar:
            manifest = tar.extractfile(MANIFEST)
            if manifest is None or json.load(manifest)["format"] != FORMAT:
                raise EmbeddedError(f"{file} 的格式不认识 · {file} was made by another version.")
            yield tar
    except (tarfile.ReadError, KeyError, FileNotFoundError):
        raise EmbeddedError(f"{file} 不是备份文件 · {file} is not a backup.") from None


@contextmanager
def _private(file: Path) -> Iterator[io.FileIO]:
    """Open ``file`` for writing, readable by nobody else, on disk before it is closed."""
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", buffering=0) as target:
        yield target
        os.fsync(target.fileno())


def in_two_parts(url: str) -> tuple[str, dict[str, str]]:
    """Return how to reach ``url`` in two parts: what a process list may show, and what only the process may know."""
    parts = conninfo_to_dict(databases.plain(url))
    secret = {"PGPASSWORD": str(parts.pop("password"))} if "password" in parts else {}
    return make_conninfo("", **parts), secret


def _call(program: str, url: str, *words: str) -> None:
    address, secret = in_two_parts(url)
    command = [client_program(program), f"--dbname={address}", *words]
    done = subprocess.run(command, env={**os.environ, **secret}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EmbeddedError(f"{program} failed:\n{done.stderr}")
