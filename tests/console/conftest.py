"""The pages as people use them: the real processes on the town's database, and Debian's Chromium.

Every page of every test is watched: no error in its console, no request that leaves the house, no answer that failed
without being asked for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect, sync_playwright

from server.console import language
from server.db import db
from server.embedded import databases
from server.embedded.cluster import Cluster
from server.people import passwords, sessions, tokens
from server.people.models import Person, Token
from server.people.tokens import SESSION
from tests.conftest import application
from tests.programs import Program, answers, free_port, settings, until
from tests.server import town as towns

PASSWORD = "correct horse battery"
CHROMIUM = "/usr/bin/chromium"
expect.set_options(timeout=60_000)
"""A busy machine is slow, not wrong."""
SIZES = {"desk": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}
GUNICORN = ("-m", "gunicorn", "--no-control-socket", "--graceful-timeout", "1", "--log-level", "warning")


@dataclass
class House:
    """Web and live stream as processes of their own, and the town they serve."""

    town: towns.Town
    environment: dict[str, str]
    port: int
    stream_port: int
    log: Path
    programs: dict[str, Program] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str) -> None:
        """Start ``web`` or ``stream`` and wait until it answers."""
        ways = {
            "web": (self.port, ("-k", "server.lanes.Worker", "-w", "1", "--threads", "8"), "server.web:app"),
            "stream": (self.stream_port, ("-k", "gevent", "-w", "1"), "server.stream_app:app"),
        }
        port, words, app = ways[name]
        command = [sys.executable, *GUNICORN, *words, "-b", f"127.0.0.1:{port}", app]
        self.programs[name] = Program(command, self.environment, self.log)
        self.programs[name].start()
        until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), f"the start of {name}")

    def stop(self, name: str) -> None:
        """End a process at once, as a power cut does."""
        self.programs.pop(name).end()


@pytest.fixture(scope="session")
def house(cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The running house; one for all tests of the pages."""
    var = tmp_path_factory.mktemp("console")
    with databases.scratch(cluster.url(), f"test_{os.getpid()}_console", template, "FILE_COPY") as url:
        app = application(url, var)
        with app.app_context():
            town = settled(app)
            db.session.remove()
        port, stream_port = free_port(), free_port()
        more = {"PORT": port, "STREAM_PORT": stream_port, "PROXIES": 1, "WEBHOOK_NETWORKS": "127.0.0.0/8"}
        environment = settings(url, var, **more)
        house = House(town, environment, port, stream_port, var / "processes.log")
        house.start("web")
        house.start("stream")
        yield house
        for name in list(house.programs):
            house.stop(name)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    said = house.log.read_text()
    assert "Traceback" not in said, said[-4000:]


def settled(app: Flask) -> towns.Town:
    """Return the town, everybody with the same password."""
    town = towns.build(app)
    hashed = passwords.hashed(PASSWORD)
    for person in db.session.query(Person):
        person.password_hash = hashed
    db.session.commit()
    return town


@pytest.fixture
def town(house: House) -> Iterator[towns.Town]:
    """The town, to act in beside the browser."""
    with house.town.app.app_context():
        yield house.town
        db.session.remove()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Watch:
    """What went wrong on the pages of one test; ``expected`` are statuses a test provokes on purpose."""

    house: House
    expected: set[int] = field(default_factory=set)
    may_fail: bool = False
    """The test takes the network away on purpose."""
    wrong: list[str] = field(default_factory=list)

    def over(self, page: Page) -> Page:
        page.set_default_timeout(60_000)
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        page.on("response", self.look)
        page.on("request", lambda request: self.leave(request.url))
        return page

    def hear(self, message: Any) -> None:
        if message.type != "error" or self.may_fail:
            return
        if not message.text.startswith("Failed to load resource"):
            self.wrong.append(f"console: {message.text}")

    def look(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.wrong.append(f"{response.status}: {response.url}")

    def leave(self, url: str) -> None:
        ours = (self.house.address, f"http://127.0.0.1:{self.house.stream_port}", "data:", "blob:")
        if not url.startswith(ours):
            self.wrong.append(f"left the house: {url}")


@pytest.fixture
def watch(house: House) -> Iterator[Watch]:
    """What the pages of this test did; looked at when it ends."""
    watch = Watch(house)
    yield watch
    assert watch.wrong == []


Open = Callable[..., Page]
_kept: dict[str, dict[str, str]] = {}


def session_of(town: towns.Town, who: str) -> dict[str, str]:
    """Return the cookies of a session of ``who``: what the door gives (test_signing_in), but for the cost of a password."""
    if who not in _kept:
        with town.app.app_context():
            raw, _ = tokens.issue(town.persons[who], tokens.BROWSER, SESSION)
            db.session.commit()
        _kept[who] = {sessions.COOKIE: raw, sessions.CSRF_COOKIE: sessions.csrf_token(raw)}
    return _kept[who]


@pytest.fixture
def open_page(house: House, browser: Browser, watch: Watch) -> Iterator[Open]:
    """Open a page in a browser of its own, as somebody with a session or as a stranger."""
    contexts: list[BrowserContext] = []

    def opened(who: str | None, path: str, size: str = "desk", **more: Any) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, base_url=house.address, **more)
        contexts.append(context)
        cookies = session_of(house.town, who) if who else {}
        context.add_cookies([{"name": name, "value": value, "url": house.address} for name, value in cookies.items()])
        page = watch.over(context.new_page())
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


def at_each_size(open_page: Open, who: str | None, path: str) -> Iterator[tuple[str, Page]]:
    """Load a page at each size of the screen, one after the other in one window: it is drawn anew each time.

    On the phone it speaks English, whose words are the longer ones.
    """
    page = None
    for size, (width, height) in SIZES.items():
        if page is None:
            page = open_page(who, path, size)
        else:
            if size == "phone":
                in_english(page)
            page.set_viewport_size({"width": width, "height": height})
            page.goto(path)
        yield size, page


def in_english(page: Page) -> None:
    """Let what is loaded in this window from now on speak English."""
    page.context.add_cookies([{"name": language.COOKIE, "value": "en", "url": page.url}])


def end_sessions(town: towns.Town, who: str) -> None:
    """End every session of ``who``, as time does; the next page opened for them has a new one."""
    mine = Token.person_id == town.persons[who]
    db.session.execute(sa.update(Token).where(mine, Token.kind == SESSION).values(revoked_at=sa.func.now()))
    db.session.commit()
    _kept.pop(who, None)


def sign_in(page: Page, who: str, password: str = PASSWORD) -> None:
    page.goto("/sign-in")
    page.fill("#gate [name=username]", who)
    page.fill("#gate [name=password]", password)
    page.click("#gate button.main")
    page.wait_for_url(lambda url: "/sign-in" not in url)
