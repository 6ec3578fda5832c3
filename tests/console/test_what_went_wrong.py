"""What a page says when there is nothing to show: no such address, no database just now."""

from __future__ import annotations

from typing import NoReturn

import pytest
import requests
from sqlalchemy.exc import OperationalError

from server.console import frame
from tests.console.conftest import House
from tests.console.test_pages import entered
from tests.server.town import Town

HTML = {"Accept": "text/html"}


def test_an_address_that_does_not_exist_shows_a_stranger_the_ways_in_and_a_reader_the_own_menu(
    house: House, town: Town
) -> None:
    for path in ("/nowhere", "/public/nothing", "/public/numbers?year=1999"):
        stranger = requests.get(house.address + path, headers=HTML)
        assert stranger.status_code == 404
        assert "没有找到这个页面" in stranger.text
        assert 'href="/public"' in stranger.text
        assert 'href="/sign-in"' in stranger.text
    reader = entered(house, "centre").get(f"{house.address}/nowhere")
    assert reader.status_code == 404
    assert 'href="/lists/events"' in reader.text


def lost() -> NoReturn:
    raise OperationalError("select 1", {}, Exception("the connection is closed"))


def test_a_page_without_a_database_says_so_and_comes_back_by_itself(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "whoever", lost)
    page = town.app.test_client().get("/lists/events", headers=HTML)
    assert (page.status_code, page.mimetype) == (503, "text/html")
    assert "数据库暂时连接不上" in page.text
    assert 'http-equiv="refresh"' in page.text
    program = town.app.test_client().get("/lists/events", headers={"Accept": "application/json"})
    assert (program.status_code, program.mimetype) == (503, "application/problem+json")
