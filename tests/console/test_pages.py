"""Every page for every role: no dead end, no script in a page, nothing from elsewhere; and it can be read by everybody."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from playwright.sync_api import Page

from server.config import ROOT
from server.db import new_id
from tests.console.conftest import SIZES, House, Open, at_each_size, session_of
from tests.server.town import PEOPLE, Town

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PICTURES = os.environ.get("CONSOLE_PICTURES", "")
"""Where pages are drawn for people to look at; without it none is."""
LINK = re.compile(r"""(?:href|src|action|formaction|hx-get|hx-post)=["']([^"'#]+)""")
MOST = 120
"""Addresses looked at per person; lists lead to hundreds of case files of one kind."""
WALKERS = sorted(
    set(PEOPLE) - {"centre_two", "far_desk", "gang", "water_bureau", "bureau_hand", "fire_desk", "fire_hand"}
)
PAGES = (
    ("centre", "/board"),
    ("centre", "/map"),
    ("desk", "/township/file"),
    ("lamp_desk", "/department"),
    ("desk", "/lists/events"),
    ("arbiter", "/lists/objections"),
    ("centre", "/lists/whistles"),
    ("centre", "/lists/check-ins"),
    ("desk", "/roster"),
    ("centre", "/directory"),
    ("centre", "/directory/leaves/B03"),
    ("centre", "/calendar"),
    ("desk", "/account"),
    (None, "/sign-in"),
    (None, "/public"),
    (None, "/public/privacy"),
    (None, "/public/numbers"),
)


def entered(house: House, who: str) -> requests.Session:
    """Return a client that reads pages as ``who``."""
    session = requests.Session()
    session.headers["Accept"] = "text/html"
    session.cookies.update(session_of(house.town, who))
    return session


def kind_of(path: str) -> str:
    """Return a path with what differs from item to item taken out, so that one of each kind is looked at."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|\d{15}|=[^&]*|/[A-Z]\d\d\b", "*", path)


@pytest.mark.parametrize("who", [name for name in WALKERS if name not in ("secretary", "gang")])
def test_no_way_leads_nowhere(house: House, town: Town, who: str) -> None:
    session = entered(house, who)
    left, seen, bad = [("/", "")], set(), []
    while left and len(seen) < MOST:
        path, came_from = left.pop(0)
        answer = session.get(house.address + path)
        if answer.status_code >= 400:
            bad.append((answer.status_code, path, came_from))
        if "text/html" not in answer.headers.get("Content-Type", ""):
            continue
        assert "/sign-in" not in answer.url, (path, came_from)
        for found in LINK.findall(answer.text):
            where = urlsplit(urljoin(answer.url, found.replace("&amp;", "&")))
            assert where.netloc in ("", urlsplit(house.address).netloc), (found, path)
            onward = where.path + (f"?{where.query}" if where.query else "")
            is_reading = not re.search(
                r"sign-out|/language/|/theme/|/bulk/|/(photos|voices)/.*/(open|facts)$|/draft/|/account/", onward
            )
            if is_reading and kind_of(onward) not in seen and not is_act(found, answer.text):
                seen.add(kind_of(onward))
                left.append((onward, path))
    assert bad == []


def is_act(found: str, text: str) -> bool:
    """Tell whether an address is only ever posted to."""
    return bool(re.search(rf"""(?:formaction|hx-post)=["']{re.escape(found)}["']""", text)) or bool(
        re.search(rf"""method="post"[^>]*action=["']{re.escape(found)}["']""", text)
    )


@pytest.mark.parametrize(("who", "path"), PAGES, ids=str)
def test_a_page_holds_no_script_and_names_its_policy(house: House, town: Town, who: str | None, path: str) -> None:
    session = entered(house, who) if who else requests.Session()
    answer = session.get(house.address + path, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|javascript:", answer.text)
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe-inline'" not in answer.headers["Content-Security-Policy"].partition("style-src-attr")[0]
    assert "unsafe-eval" not in answer.headers["Content-Security-Policy"]
    if path.startswith("/public"):
        assert "<script" not in answer.text


@pytest.mark.parametrize(("who", "path"), PAGES, ids=str)
def test_a_page_fits_every_screen_and_can_be_read_by_everybody(
    open_page: Open, town: Town, who: str | None, path: str
) -> None:
    if who:
        town.blown()
    for size, page in at_each_size(open_page, who, path):
        assert page.locator("html").get_attribute("lang") == ("en" if size == "phone" else "zh-CN")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, size
        look(page, f"{who or 'public'}{path.replace('/', '_')}_{size}")
        if size != "tablet":
            assert faults(page) == [], size


def look(page: Page, name: str) -> None:
    """Draw the page for people to look at, where they asked for it."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def faults(page: Page) -> list[str]:
    """Return what axe-core finds: rule, target. What it found in order is not told node by node, half of its time."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        f"axe.run(document, {{runOnly: {RULES}, resultTypes: ['violations']}}).then((one) => one.violations)"
    )
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("kind", ["event", "whistle", "check_in", "objection"])
def test_a_case_file_of_any_kind_is_drawn_and_can_be_read_by_everybody(open_page: Open, town: Town, kind: str) -> None:
    page = open_page("arbiter" if kind == "objection" else "desk", f"/cases/{kind}/{an_item(town, kind)}")
    page.wait_for_selector("#case .timeline")
    look(page, f"case_{kind}")
    assert faults(page) == []
    assert page.locator(".case-marks .chip").count()
    page.set_viewport_size(dict(zip(("width", "height"), SIZES["phone"], strict=True)))
    assert top(page, ".case-words") < top(page, ".clocks") < top(page, ".timeline")


def top(page: Page, place: str) -> float:
    box = page.locator(place).first.bounding_box()
    assert box is not None
    return box["y"]


def an_item(town: Town, kind: str) -> str:
    if kind == "event":
        return str(town.report()["id"])
    whistle = town.blown(("DEP28",))
    if kind == "objection":
        card = town.dispatched()
        body = {"kind": "event", "item_id": card["id"], "basis": "三定方案第二条", "reason": "不属于我局职责"}
        objection = str(new_id())
        answer = town.call("lamp_desk", "PUT", f"/objections/{objection}", body)
        assert answer.status_code == 201, answer.json
        return objection
    return str(whistle["id"] if kind == "whistle" else whistle["check_ins"][0]["id"])
