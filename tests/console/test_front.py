"""The front (nginx): the file we give away, read and run by the real nginx before the running house."""

from __future__ import annotations

import json
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPSConnection
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from server.access import Actor
from server.config import ROOT
from server.contract import Problem
from server.db import db, now
from server.http import API
from server.maps import memory, sights
from server.people import sessions, tokens
from server.people.models import Token
from tests.console.conftest import House, sign_in
from tests.console.test_nothing_typed_is_lost import are_there, lines, refusing
from tests.console.test_pages import faults
from tests.front import NAME, certificate, prepare
from tests.programs import PATIENCE, Program, free_port, until
from tests.server.maps.test_map_tiles import path
from tests.server.town import Town, device


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where nginx has its files."""
    return tmp_path_factory.mktemp("front")


@pytest.fixture
def kept(here: Path) -> Path:
    """Where nginx keeps tiles."""
    return here / "tiles"


@pytest.fixture(scope="module")
def front(house: House, here: Path) -> Iterator[int]:
    """The port of nginx with the file of ``deploy``."""
    plain, port = free_port(), free_port()
    certificate(here)
    words = prepare(here, house.port, house.stream_port, plain, port)
    checked = subprocess.run([*words, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr.replace('"user" directive', ""), checked.stderr
    program = Program(words, house.environment, here / "said.log")
    program.start()
    until(lambda: answers(port), "the start of nginx")
    yield port
    program.end()


def line(port: int, reader: str = "127.0.0.1") -> HTTPSConnection:
    """Return a connection to nginx from the address of a reader."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, source_address=(reader, 0), context=context)


def answers(port: int) -> bool:
    try:
        return got(port, "/healthz")[0] == 200
    except OSError:
        return False


def got(port: int, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    """Return status, text and headers of an answer through nginx."""
    return sent("GET", port, path, **headers)


def sent(
    method: str, port: int, path: str, reader: str = "127.0.0.1", **headers: str
) -> tuple[int, str, dict[str, str]]:
    connection = line(port, reader)
    connection.request(method, path, headers={"Host": NAME, **headers})
    answer = connection.getresponse()
    found = answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
    connection.close()
    return found


def test_pages_and_api_come_through_it_and_know_that_they_are_secure(front: int, town: Town) -> None:
    status, text, headers = got(front, "/sign-in", Accept="text/html")
    assert (status, "网格哨" in text) == (200, True)
    assert headers["strict-transport-security"] == "max-age=31536000"
    token = {"Authorization": f"Bearer {town.key('desk')}", "X-Device-Id": device("desk")}
    assert got(front, "/api/v1/events", **token)[0] == 200


def test_the_live_stream_comes_through_it_line_by_line(front: int, town: Town) -> None:
    connection = line(front)
    token = {"Authorization": f"Bearer {town.key('desk')}", "X-Device-Id": device("desk")}
    connection.request("GET", "/api/v1/stream", headers={"Host": NAME, "Accept": "text/event-stream", **token})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Content-Type", "").split(";")[0]) == (200, "text/event-stream")
    assert answer.readline().startswith(b"retry:")
    town.report(text="经前置服务器听到的上报")
    heard = iter(answer.readline, b"")
    assert next(one for one in heard if one.startswith(b"event: event.report"))
    connection.close()


def test_the_figures_of_the_process_are_for_this_machine(front: int) -> None:
    assert got(front, "/metrics")[0] == 200
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert "deny all;" in text.partition("location = /metrics")[2]


GREEDY = "127.0.0.7"
"""An address of its own: whoever else reads public pages in this minute is not held back with it."""


def test_who_asks_for_public_pages_without_end_is_held_back_for_all_processes_together(front: int) -> None:
    tongues = ("zh", "en") * 30
    with ThreadPoolExecutor(60) as readers:
        found = list(readers.map(lambda one: sent("GET", front, "/public", GREEDY, **reading(one)), tongues))
    assert {status for status, _, _ in found} == {200, 429}
    for tongue, (status, text, headers) in zip(tongues, found, strict=True):
        if status == 429:
            assert headers["retry-after"] == "30"
            assert ("<h1>打开得太频繁" if tongue == "zh" else "<h1>Too many requests") in text


def reading(tongue: str) -> dict[str, str]:
    """Return the headers of a browser whose reader chose this language."""
    return {"Accept": "text/html", "Cookie": f"gridwhistle_language={tongue}"}


@pytest.fixture
def through(front: int, browser: Browser) -> Iterator[Page]:
    """A page of somebody at the township's desk, through nginx."""
    context = browser.new_context(ignore_https_errors=True, base_url=f"https://127.0.0.1:{front}", locale="zh-CN")
    page = context.new_page()
    sign_in(page, "desk")
    yield page
    context.close()


def test_while_the_web_restarts_everybody_is_told_what_to_do_and_nothing_typed_is_lost(
    front: int, through: Page, house: House, town: Town
) -> None:
    card = town.report(text="重新启动时办理")
    refusing(through, card)
    reader = through.context.new_page()
    reader.clock.install()
    house.stop("web")
    through.click("#act-form button.danger")
    expect(through.locator("#notes .note.bad")).to_contain_text("内容仍在本页")
    are_there(through)
    shown = reader.goto("/lists/events")
    assert shown is not None
    assert shown.status == 503
    expect(reader.locator("h1")).to_have_text("系统暂时连不上，正在恢复。")
    assert reader.evaluate("getComputedStyle(document.body).display") == "grid", "the style of the page is missing"
    assert reader.locator("script:not([src])").count() == 0
    assert faults(reader) == []
    for_programs(front)
    house.start("web")
    reader.clock.fast_forward(5_000)
    expect(reader.locator("h1")).to_have_text("事件")
    through.click("#act-form button.danger")
    expect(through.locator("#case .case-marks")).to_contain_text("不予立案")
    assert lines(card) == 1


def for_programs(front: int) -> None:
    """Hold who asks how, and gets which answer, while nobody stands behind the front."""
    for headers in ({}, {"Accept": "text/html"}, {"Accept": "application/json"}):
        status, text, heads = got(front, "/api/v1/events", **headers)
        assert (status, heads["content-type"]) == (503, "application/problem+json")
        assert heads["retry-after"] == "5"
        assert heads["strict-transport-security"]
        problem = json.loads(text)
        assert Problem().validate(problem) == {}
        assert problem["status"] == status
    part = got(front, "/board/now", **{"HX-Request": "true", "Accept": "text/html"})
    assert (part[0], part[2]["hx-retarget"]) == (503, "#notes")
    assert 'class="note bad"' in part[1]
    status, text, _heads = sent("POST", front, "/admin/people/new", Accept="text/html,*/*")
    assert status == 503
    assert "填写的内容还在" in text
    assert "http-equiv" not in text, "what was posted is not asked for again by itself"
    assert "<script" not in text


def test_what_is_too_large_for_the_front_is_told_in_the_form_of_who_sent_it(front: int) -> None:
    large = str(100 * 2**20)
    status, text, heads = sent("PUT", front, "/api/v1/events/x", **{"Content-Length": large})
    assert (status, json.loads(text)["code"]) == (413, "request_entity_too_large")
    assert heads["content-type"] == "application/problem+json"
    status, text, _heads = sent(
        "POST", front, "/admin/people/import", **{"Content-Length": large, "Accept": "text/html"}
    )
    assert (status, "填写的内容还在" in text) == (413, True)
    status, text, heads = sent("POST", front, "/cases/x", **{"Content-Length": large, "HX-Request": "true"})
    assert (status, heads["hx-retarget"], "note bad" in text) == (413, "#notes", True)
    for more, words in (
        ({}, "<h1>What you sent is too large"),
        ({"HX-Request": "true"}, "data-note>Too large at once"),
    ):
        status, text, _heads = sent("POST", front, "/cases/x", **{"Content-Length": large, **reading("en"), **more})
        assert (status, words in text) == (413, True), text


TILE = f"{API}{path()}?layers=grids&layers=events&v="


def visitor(town: Town, who: str) -> tuple[str, dict[str, str]]:
    """A session of somebody, and the header of its cookie."""
    raw, _ = tokens.issue(town.persons[who], tokens.BROWSER, tokens.SESSION)
    db.session.commit()
    return raw, {"Cookie": f"{sessions.COOKIE}={raw}"}


def tile(port: int, look: str, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
    """A tile through nginx; another word for ``look`` is another look at what the session sees."""
    connection = line(port)
    connection.request("GET", TILE + look, headers={"Host": NAME, **headers})
    answer = connection.getresponse()
    found = answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    connection.close()
    return found


def drawn(house: House) -> int:
    """How many tiles the web has answered."""
    with urllib.request.urlopen(f"{house.address}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    wanted = 'gridwhistle_requests_total{method="GET",route="maps.tile"'
    return sum(int(float(one.split()[-1])) for one in lines if one.startswith(wanted))


def test_a_tile_is_given_again_to_whoever_sees_the_same_and_the_web_is_not_asked(
    front: int, town: Town, house: House
) -> None:
    town.report()
    (_, centre), (_, other) = visitor(town, "centre"), visitor(town, "centre_two")
    first = tile(front, "same", centre)
    assert first[0] == 200
    before = drawn(house)
    again, shared = tile(front, "same", centre), tile(front, "same", other)
    assert drawn(house) == before
    assert first[1] == again[1] == shared[1]
    assert "x-server-time" not in again[2]
    assert tile(front, "same", centre | {"If-None-Match": first[2]["etag"]})[0] == 304


def test_a_tile_kept_in_front_never_reaches_who_sees_something_else(front: int, town: Town, house: House) -> None:
    town.report()
    headers = {who: visitor(town, who)[1] for who in ("centre", "desk", "mei", "stranger")}
    for who, cookie in headers.items():
        through = [tile(front, "own", cookie)[1] for _ in range(2)]
        with urllib.request.urlopen(urllib.request.Request(f"{house.address}{TILE}own", headers=cookie)) as answer:
            assert through == [answer.read()] * 2, who
    name = sights.sight(memory.state(), access_of(town, "centre")).name
    forged = tile(front, "own", headers["stranger"] | {sights.ASKED: name})
    assert forged[1] == tile(front, "own", headers["stranger"])[1] != tile(front, "own", headers["centre"])[1]


def access_of(town: Town, who: str) -> Actor:
    found = tokens.read(town.key(who))
    assert found
    return found


def test_what_changed_is_seen_with_the_next_look(front: int, town: Town) -> None:
    _, centre = visitor(town, "centre")
    before = tile(front, "before", centre)[1]
    town.report()
    assert tile(front, "after", centre)[1] != before


def test_an_ended_session_hears_it_from_the_application(front: int, town: Town) -> None:
    raw, centre = visitor(town, "centre")
    assert tile(front, "open", centre)[0] == 200
    db.session.execute(sa.update(Token).where(Token.hash == tokens.digest(raw)).values(revoked_at=now()))
    db.session.commit()
    for headers in (centre, {}, {"Cookie": f"{sessions.COOKIE}=guessed"}):
        status, _, told = tile(front, "ended", headers)
        assert (status, told["content-type"]) == (401, "application/problem+json")


def test_who_reads_no_maps_is_refused_by_the_application(front: int, town: Town) -> None:
    status, _, told = tile(front, "none", visitor(town, "admin")[1])
    assert (status, told["content-type"]) == (403, "application/problem+json")


def test_a_phone_gets_its_tile_and_its_token_is_written_nowhere(front: int, town: Town, kept: Path) -> None:
    town.report()
    phone = {"Authorization": f"Bearer {town.key('centre')}", "X-Device-Id": device("centre")}
    assert [tile(front, "phone", phone)[0] for _ in range(2)] == [200, 200]
    files = [file.read_bytes() for file in kept.rglob("*") if file.is_file()]
    assert any(b"maps/tiles" in one for one in files), "its tile is kept for others"
    assert not any(town.key("centre").encode() in one for one in files)


def test_what_depends_on_the_hour_is_asked_of_the_web_each_time(front: int, town: Town, house: House) -> None:
    _, centre = visitor(town, "centre")
    before = drawn(house)
    for _ in range(2):
        assert tile(front, "hour&overdue=true", centre)[0] == 200
    assert drawn(house) == before + 2
