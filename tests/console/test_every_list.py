"""Every list of every desk: filters in the address, page by page, to take away, and what to do when there is nothing.

The pages are asked within the test's own process, so that a page may hold one row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

import openpyxl
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from server.console import admin_audit, admin_people, listing, records, roster
from server.db import CN, db, new_id, now
from server.journal import Entry
from server.people.models import Device
from tests.console.conftest import session_of
from tests.console.test_pages import an_item
from tests.console.test_tasks import asked_of, conflict
from tests.server.town import Town

LONG = "字" * 70
TODAY = datetime.now(CN).date()
PERIOD = f"from={TODAY - timedelta(days=200)}&to={TODAY}"
BACKWARDS = "from=2026-02-03&to=2026-02-01"
NEVER = "from=2001-01-01&to=2001-01-02"


@dataclass(frozen=True)
class Page:
    """A list: who reads it, where, filters that keep something, keep nothing, and that nobody understands."""

    who: str
    path: str
    some: str
    none: str
    bad: str
    turns: bool = True
    """False where all of it stands on one page: the directory has some two hundred leaves."""


PAGES = (
    Page("centre", "/lists/events", "q=逐页", "q=绝无此事", "urgency=U9"),
    Page("centre", "/lists/whistles", "open=true", "state=cancelled&kind=EMERGENCY", "state=nowhere"),
    Page("centre", "/lists/check-ins", "open=true", "state=evaluated&unit=DEP01", "state=nowhere"),
    Page("inspector", "/lists/check-ins", "open=true", "state=evaluated&unit=DEP01", "state=nowhere"),
    Page("centre", "/lists/objections", "open=true", "state=dismissed", "state=nowhere"),
    Page("centre", "/lists/conflicts", "open=false", "", "open=perhaps"),
    Page("centre", "/lists/subtasks", "", "open=true", "open=perhaps"),
    Page("centre", "/roster", "gaps=1", "q=绝无此格", "township=999"),
    Page("security", "/admin/people", "role=DPD", "q=绝无此人", "role=XYZ&unit=DEP99"),
    Page("security", "/admin/devices", "state=in_use", "q=绝无此机", "state=lost"),
    Page("centre", "/leaders/records/K06", f"side=below&{PERIOD}", f"side=below&{NEVER}", f"side=below&{BACKWARDS}"),
    Page("centre", "/leaders/units/overdue", PERIOD, f"{NEVER}&unit=DEP01", BACKWARDS),
    Page("auditor", "/admin/audit", "topic=case", "who=绝无此人", "since=昨天"),
    Page("centre", "/directory", "q=B03", "q=绝无此由", f"q={LONG}", turns=False),
)
TITLES = [f"{one.who}{one.path}" for one in PAGES]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LATE = sa.text("update clocks set due_at = now() - interval '1 hour' where item_id = :id and stopped_at is null")
of_every_list = pytest.mark.parametrize("page", PAGES, ids=TITLES)


@pytest.fixture
def full(town: Town) -> Town:
    """The town with something in every list."""
    if db.session.scalar(sa.select(Device.id).where(Device.id == "逐页-0")) is None:
        for n in range(3):
            late = town.report(text=f"逐页翻看第{'一二三'[n]}件")
            db.session.execute(LATE, {"id": late["id"]})
            town.blown(("DEP28",))
            db.session.add(Device(id=f"逐页-{n}", person_id=town.persons["mei"], enrolled_at=now()))
        db.session.commit()
        conflict(town)
        an_item(town, "objection")
        asked_of(town, "DEP37")
    return town


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every page hold two rows."""
    for room, name in ((listing, "PAGE"), (roster, "PAGE"), (admin_people, "PAGE"), (admin_audit, "PAGE")):
        monkeypatch.setattr(room, name, 2)
    monkeypatch.setattr(records, "AT_ONCE", 2)


def entered(town: Town, who: str) -> FlaskClient:
    """Return a client that reads pages as ``who``."""
    client: FlaskClient = town.app.test_client()
    for name, value in session_of(town, who).items():
        client.set_cookie(name, value)
    return client


def read(client: FlaskClient, path: str, query: str) -> str:
    answer = client.get(f"{path}?{query}", headers={"Accept": "text/html"})
    assert answer.status_code == 200, (path, query, answer.status_code)
    return answer.text


def rows(text: str) -> list[str]:
    """Return the rows of the list on a page."""
    if 'class="leaves"' in text:
        return re.findall(r"<li><a href=\"/directory/leaves/.*?</li>", text, re.DOTALL)
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [row for row in re.findall(r"<tr[ >].*?</tr>", body, re.DOTALL) if 'class="empty"' not in row]


def walked(client: FlaskClient, page: Page) -> Iterator[list[str]]:
    """Yield the rows of each page of a list, from the first to the last."""
    query = page.some
    while True:
        text = read(client, page.path, query)
        yield rows(text)
        onward = re.search(r'href="[^"?]*\?([^"]+)" rel="next"', text)
        if onward is None:
            return
        query = onward[1].replace("&amp;", "&")


@of_every_list
def test_the_filters_stand_in_the_address_and_in_the_form(full: Town, page: Page) -> None:
    text = read(entered(full, page.who), page.path, page.some)
    assert rows(text) or not page.some
    for name, value in parse_qsl(page.some):
        if name in ("from", "to", "side"):  # chosen on the page of the figures, told in the head of the records
            assert name == "side" or value in text
            continue
        field = rf'(<input[^>]*name="{name}"[^>]*value="{value}")|(<option value="{value}" selected)'
        assert re.search(field, text) or f"{name}={value}" in text, name


@of_every_list
def test_a_list_goes_on_page_by_page_and_repeats_nothing(full: Town, page: Page, short: None) -> None:
    if not page.turns or not page.some:
        return
    client = entered(full, page.who)
    pages = list(walked(client, page))
    seen = [re.sub(r"\s+", " ", row) for one in pages for row in one]
    assert len(set(seen)) == len(seen)
    assert all(len(one) == 2 for one in pages[:-1])
    if page.path not in ("/lists/objections", "/lists/conflicts"):
        assert len(pages) > 1


@of_every_list
def test_a_list_is_taken_away_as_it_is_shown(full: Town, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    client = entered(full, page.who)
    shown = sum(len(one) for one in walked(client, page))
    link = f'href="{page.path}/export.xlsx'
    assert link in read(client, page.path, page.some)
    sheet = client.get(f"{page.path}/export.csv?{page.some}")
    book = client.get(f"{page.path}/export.xlsx?{page.some}")
    assert (sheet.status_code, book.status_code) == (200, 200)
    assert sheet.data.startswith(b"\xef\xbb\xbf")
    assert book.mimetype == XLSX
    lines = list(csv.reader(io.StringIO(sheet.data.decode("utf-8-sig"))))
    head, body, note = lines[0], lines[1:-2], lines[-1][0]
    told = openpyxl.load_workbook(io.BytesIO(book.data))["数据"]
    assert [cell.value for cell in told[1]] == head
    assert all(re.search("[\u4e00-\u9fff]", words) for words in head)
    assert abs(told.max_row - 1 - len(body)) <= (1 if page.path == "/admin/audit" else 0)
    if page.path == "/directory":
        assert len(body) >= shown
    elif page.path != "/admin/audit":  # reading the journal is itself a line of it
        assert len(body) == shown
    assert page.who in note
    assert f"{len(body)} 条" in note
    line = db.session.scalars(sa.select(Entry).order_by(Entry.id.desc()).limit(1)).one()
    assert line.action in ("data.exported", "journal.exported")
    assert line.facts["rows"] == told.max_row - 1


@of_every_list
def test_an_empty_list_says_what_to_do(full: Town, page: Page) -> None:
    if not page.none:
        return
    text = read(entered(full, page.who), page.path, page.none)
    assert rows(text) == []
    assert re.search(r'class="empty">\s*<h2>[^<]+</h2>\s*<p>[^<]+</p>', text)


@of_every_list
def test_a_filter_that_makes_no_sense_is_told_with_the_way_out(full: Town, page: Page) -> None:
    client = entered(full, page.who)
    text = read(client, page.path, page.bad)
    note = re.search(r'class="note bad" role="alert">([^<]+)<a href="([^"]*)"', text)
    assert note
    assert re.search("[\u4e00-\u9fff]", note[1])
    assert 'class="note bad"' not in read(client, note[2] or page.path, "")
    assert client.get(f"{page.path}/export.csv?{page.bad}").status_code == 422


def test_no_cell_of_an_export_is_reckoned(full: Town) -> None:
    name = f"=CMD|' /C calc'!A{str(new_id())[-4:]}"
    db.session.add(Device(id=name, person_id=full.persons["mei"], enrolled_at=now()))
    db.session.commit()
    client = entered(full, "security")
    assert f"'{name}" in client.get("/admin/devices/export.csv").data.decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(client.get("/admin/devices/export.xlsx").data))["数据"]
    cells = [cell for row in book for cell in row if name in str(cell.value)]
    assert [cell.data_type for cell in cells] == ["s"]


def test_a_phone_number_leaves_the_house_masked(full: Town) -> None:
    db.session.execute(sa.text("update persons set phone = '13800138000' where username = 'mei'"))
    db.session.commit()
    text = entered(full, "security").get("/admin/people/export.csv?q=mei").data.decode("utf-8-sig")
    assert "138****8000" in text
    assert "13800138000" not in text


def test_the_words_of_a_search_are_not_written_down_when_its_list_is_taken(full: Town) -> None:
    entered(full, "centre").get("/lists/events/export.csv?q=逐页翻看")
    line = db.session.scalars(sa.select(Entry).where(Entry.action == "data.exported").order_by(Entry.id.desc())).first()
    assert line is not None
    assert "逐页" not in str(line.facts)


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("desk", "/lists/events"),
        ("desk", "/roster"),
        ("inspector", "/roster"),
        ("admin", "/admin/people"),
        ("centre", "/admin/devices"),
        ("secretary", "/leaders/records/K01"),
        ("security", "/admin/audit"),
    ],
)
def test_who_may_not_export_is_refused(full: Town, who: str, path: str) -> None:
    client = entered(full, who)
    assert client.get(f"{path}/export.csv?{PERIOD}").status_code == 403
    page = client.get(f"{path}?{PERIOD}", headers={"Accept": "text/html"})
    assert f"{path}/export" not in page.text
    assert ("不能导出列表" in page.text) == (page.status_code == 200)
