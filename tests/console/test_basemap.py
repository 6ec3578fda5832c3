"""The base map: nothing from elsewhere unless the installation says so, and then exactly that."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from server.config import Config, ConfigError
from server.console import basemap
from tests.server import town as towns

PICTURE = b"\x89PNG a tile"


@pytest.fixture
def hall(app: Flask, rolled_back: Any) -> towns.Town:
    return towns.build(app)


def with_base(monkeypatch: pytest.MonkeyPatch, app: Flask, **settings: str) -> None:
    monkeypatch.setitem(app.config, "GRIDWHISTLE", replace(app.config["GRIDWHISTLE"], **settings))


def ask(hall: towns.Town, path: str) -> Any:
    key = {"Authorization": f"Bearer {hall.key('centre')}", "X-Device-Id": towns.device("centre")}
    return hall.app.test_client().get(path, headers=key)


def allowed(answer: Any, what: str) -> list[str]:
    [rule] = [
        one.strip() for one in answer.headers["Content-Security-Policy"].split(";") if one.strip().startswith(what)
    ]
    return rule.split()[1:]


def test_without_a_base_map_the_page_may_ask_nobody_else(hall: towns.Town) -> None:
    answer = ask(hall, "/map")
    assert answer.status_code == 200
    assert not [one for one in allowed(answer, "connect-src") + allowed(answer, "img-src") if one.startswith("https:")]
    assert ask(hall, "/map/base/3/1/2").status_code == 404


def test_tianditu_opens_its_hosts_on_the_map_alone(hall: towns.Town, monkeypatch: pytest.MonkeyPatch) -> None:
    with_base(monkeypatch, hall.app, basemap="tianditu", tianditu_token="secret-of-the-browser")
    answer = ask(hall, "/map")
    for rule in ("connect-src", "img-src"):
        assert [one for one in allowed(answer, rule) if one.startswith("https:")] == basemap.HOSTS
    assert "secret-of-the-browser" in answer.text
    assert "tianditu" not in ask(hall, "/board").headers["Content-Security-Policy"]
    assert "TILEMATRIXSET=w" in answer.text


def test_a_file_of_tiles_is_served_with_its_rows_from_the_north(
    hall: towns.Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "district.mbtiles"
    with sqlite3.connect(path) as file:
        file.execute("create table metadata (name text, value text)")
        file.executemany("insert into metadata values (?, ?)", [("format", "png"), ("maxzoom", "14")])
        file.execute("create table tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)")
        file.execute("insert into tiles values (3, 6, 4, ?)", (PICTURE,))
    with_base(monkeypatch, hall.app, basemap=str(path))
    answer = ask(hall, "/map/base/3/6/3")
    assert (answer.data, answer.mimetype) == (PICTURE, "image/png")
    assert ask(hall, "/map/base/3/6/4").status_code == 404
    assert [ask(hall, f"/api/v1/maps/base/3/{x}/{y}").status_code for x, y in ((10**30, 3), (6, 10**30))] == [404, 404]
    told = [ask(hall, f"/api/v1/maps/base/3/6/{y}") for y in (3, 4)]
    assert [(one.status_code, one.mimetype) for one in told] == [(200, "image/png"), (404, "application/problem+json")]
    page = ask(hall, "/map")
    assert "/map/base/{z}/{x}/{y}" in page.text
    assert str(tmp_path) not in page.text
    assert not [one for one in allowed(page, "connect-src") if one.startswith("https:")]


@pytest.mark.parametrize("setting", ["tianditu", "/no/such/file.mbtiles", "openstreetmap"])
def test_a_base_map_that_cannot_be_shown_is_refused_at_the_start(setting: str, tmp_path: Path) -> None:
    settings = {"GRIDWHISTLE_VAR": str(tmp_path), "GRIDWHISTLE_SECRET_KEY": "x", "GRIDWHISTLE_BASEMAP": setting}
    with pytest.raises(ConfigError, match="GRIDWHISTLE_BASEMAP"):
        Config.from_environment(settings)
