"""Backup and restore: what was there is there again, and a mistake costs nothing."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from server.embedded import EmbeddedError, databases
from server.embedded.backup import backup, restore
from server.embedded.cluster import Cluster

FAR_AHEAD = 50_000
"""So many transactions the first server was ahead of the second."""


@pytest.fixture
def city(cluster: Cluster) -> Iterator[str]:
    """A database with one report and a number of its transaction, as a server of long service would have written it."""
    with databases.scratch(cluster.url(), f"test_{os.getpid()}_city") as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE EXTENSION postgis")
            connection.execute("CREATE TABLE reports (text text, place geometry(Point, 4490), written xid8)")
            connection.execute(
                "INSERT INTO reports VALUES ('井盖缺失', ST_Point(115.0, 23.6, 4490),"
                " (pg_current_xact_id()::text::bigint + %s)::text::xid8)",
                [FAR_AHEAD],
            )
        yield url


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[str]:
    name = f"test_{os.getpid()}_empty"
    with databases.scratch(cluster.url(), name) as url:
        yield url
        databases.drop(cluster.url(), f"{name}_replaced")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "old" / "photos"
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / "abcd").write_bytes(b"a picture")
    (folder / "partial").mkdir()
    (folder / "partial" / "half").write_bytes(b"a pic")
    return folder


def reports(url: str) -> list[tuple[str, float]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT text, ST_X(place) FROM reports").fetchall()


def test_a_restored_city_has_its_reports_and_its_photos(city: str, empty: str, photos: Path, tmp_path: Path) -> None:
    file = tmp_path / "city.tar"
    assert backup(city, photos, file) == file.stat().st_size > 0
    assert file.stat().st_mode & 0o077 == 0
    restore(empty, tmp_path / "new" / "photos", file)
    assert reports(empty) == [("井盖缺失", 115.0)]
    assert (tmp_path / "new" / "photos" / "ab" / "abcd").read_bytes() == b"a picture"
    assert not (tmp_path / "new" / "photos" / "partial").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["city.tar", "new", "old"]


def test_transactions_after_a_restore_have_higher_numbers_than_those_restored(
    city: str, empty: str, photos: Path, tmp_path: Path
) -> None:
    backup(city, photos, tmp_path / "city.tar")
    restore(empty, photos, tmp_path / "city.tar")
    with psycopg.connect(empty) as connection:
        later = connection.execute("SELECT bool_and(written < pg_current_xact_id()) FROM reports").fetchone()
    assert later == (True,)


def test_a_database_with_anything_in_it_is_not_touched_unless_told_so(city: str, photos: Path, tmp_path: Path) -> None:
    backup(city, photos, tmp_path / "city.tar")
    with psycopg.connect(city) as connection:
        connection.execute("INSERT INTO reports (text) VALUES ('later')")
    with pytest.raises(EmbeddedError, match="--replace"):
        restore(city, photos, tmp_path / "city.tar")
    assert len(reports(city)) == 2
    restore(city, photos, tmp_path / "city.tar", replace=True)
    assert len(reports(city)) == 1
    replaced = databases.sibling(city, f"{databases.name_of(city)}_replaced")
    assert len(reports(replaced)) == 2
    databases.drop(city, databases.name_of(replaced))


def test_a_database_in_use_is_not_replaced(city: str, photos: Path, tmp_path: Path) -> None:
    backup(city, photos, tmp_path / "city.tar")
    with psycopg.connect(city), pytest.raises(EmbeddedError, match="in use"):
        restore(city, photos, tmp_path / "city.tar", replace=True)
    assert reports(city) == [("井盖缺失", 115.0)]


@pytest.mark.parametrize("content", [b"", b"not an archive"])
def test_a_file_that_is_no_backup_is_refused_and_changes_nothing(empty: str, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "city.tar").write_bytes(content)
    with pytest.raises(EmbeddedError, match="not a backup"):
        restore(empty, tmp_path / "photos", tmp_path / "city.tar")
    assert databases.is_empty(empty)


def test_a_backup_with_a_broken_dump_leaves_the_database_as_it_was(
    city: str, empty: str, photos: Path, tmp_path: Path
) -> None:
    backup(city, photos, tmp_path / "city.tar")
    with tarfile.open(tmp_path / "city.tar") as whole, tarfile.open(tmp_path / "broken.tar", "w") as broken:
        for name, share in (("manifest.json", 1.0), ("database.dump", 0.7)):
            file = whole.extractfile(name)
            assert file is not None
            content = file.read()
            member = tarfile.TarInfo(name)
            member.size = int(len(content) * share)
            broken.addfile(member, io.BytesIO(content[: member.size]))
    with pytest.raises(EmbeddedError, match="pg_restore failed"):
        restore(empty, tmp_path / "photos", tmp_path / "broken.tar")
    assert databases.is_empty(empty)


def test_a_file_outside_the_photos_is_not_written(city: str, empty: str, photos: Path, tmp_path: Path) -> None:
    backup(city, photos, tmp_path / "city.tar")
    with tarfile.open(tmp_path / "city.tar", "a") as tar:
        for name in ("photos/../../escaped", "/escaped", "escaped"):
            tar.addfile(tarfile.TarInfo(name))
    restore(empty, tmp_path / "new" / "photos", tmp_path / "city.tar")
    assert not list(tmp_path.rglob("escaped"))
    assert reports(empty) == [("井盖缺失", 115.0)]


def test_a_backup_interrupted_half_way_leaves_the_last_one_whole(city: str, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "city.tar").write_bytes(b"the last one")
    with pytest.raises(EmbeddedError, match="pg_dump failed"):
        backup(databases.sibling(city, "no_such_city"), photos, tmp_path / "city.tar")
    assert (tmp_path / "city.tar").read_bytes() == b"the last one"
