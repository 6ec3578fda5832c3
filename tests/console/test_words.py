"""Chinese first, English complete: every word a page may say has its English, those of other rooms too."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

import requests
import sqlalchemy as sa
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from server import policy
from server.amendments.models import Amendment
from server.config import ROOT
from server.console.navigation import WAYS
from server.db import db
from server.events.models import Event
from server.figures.units import PILES
from server.grids.models import Grid
from server.invariants.queries import INVARIANTS
from server.people import masking
from server.people.models import Person, Unit
from server.policy.plain import plain
from tests.console.conftest import House
from tests.console.test_pages import entered
from tests.server.town import Town

CONSOLE = ROOT / "server" / "console"
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def said() -> set[str]:
    """Return every word the pages say."""
    found = extract_from_dir(
        str(CONSOLE), METHODS, keywords=KEYWORDS, options_map={"**/templates/**.html": {"encoding": "utf-8"}}
    )
    return {message for _, _, message, _, _ in found if isinstance(message, str)} | {way.zh for way in WAYS}


def asked(form: Mapping[str, Any]) -> Iterator[str]:
    """Yield the words a form says: what follows from it, titles of its fields, choices that are no list of the policy."""
    yield from filter(None, [form.get("description")])
    for field in form.get("properties", {}).values():
        if field["x-widget"] != "hidden":
            yield field["title"]
            yield from asked(field.get("items", field) | {"description": ""})
            yield from (one["title"] for one in field.get("oneOf", ()) if "x-en" not in one)


def of_other_rooms(town: Town) -> set[str]:
    """Return the words that forms and the policy's own tables bring along."""
    forms = town.call("desk", "GET", "/forms").json["forms"]
    found = {words for form in forms.values() for words in asked(form)}
    book = policy.current()
    found |= {one.zh for table in (book.promises, book.permissions) for one in table.values()}
    found |= {*book.labels.values(), *(day.name for day in book.calendar.values()), *(pile.zh for pile in PILES)}
    found |= {rule.zh for rule in INVARIANTS}
    found |= {one.formula_zh for one in book.figures.values() if one.formula_zh}
    return {words for words in found if re.search("[\u4e00-\u9fff]", words)}


def english() -> dict[str, str]:
    with (CONSOLE / "translations" / "en.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale="en") if one.id}


def test_every_word_has_its_english_and_none_is_kept_that_nobody_says(town: Town) -> None:
    known, words = english(), said() | of_other_rooms(town)
    assert sorted(word for word in words if not known.get(word)) == []
    assert sorted(known.keys() - words) == []


def test_an_english_page_says_nothing_in_chinese_but_names(house: House, town: Town) -> None:
    card = town.report(text="no lamp is lit", who="mei")
    case = f"/cases/event/{card['id']}"
    pages = {
        "": ("/sign-in", "/public", "/public/privacy", "/public/numbers"),
        "desk": ("/account", "/map", case, f"{case}/acts/file", f"{case}/acts/reject", f"{case}/acts/merge", "/roster"),
        "centre": ("/calendar?year=2026", "/lists/events?q=no+lamp+is+lit", "/lists/check-ins?unit=DEP01"),
        "secretary": ("/leaders", "/leaders/records/K01?from=2026-01-01&to=2026-01-31"),
        "security": ("/admin/roles", "/admin/people", "/admin/policy"),
        "auditor": ("/admin/journal", f"/admin/audit?item_no={card['no']}"),
        "admin": ("/admin/health", "/admin/webhooks"),
    }
    names = {
        name
        for column in (Person.name, Grid.name, Unit.zh, Event.text, Amendment.reason, Amendment.source)
        for found in db.session.scalars(sa.select(column))
        for name in (found, masking.masked(found))
    } | {words for words in set_in_words() if re.search("[\u4e00-\u9fff]", words)}
    assert chinese(requests.get(f"{house.address}/sign-in", headers={"Accept": "text/html"}).text, names)
    for who, paths in pages.items():
        session = entered(house, who) if who else requests.Session()
        session.cookies.set("gridwhistle_language", "en")
        for path in paths:
            answer = session.get(house.address + path, headers={"Accept": "text/html"})
            assert answer.status_code == 200, path
            assert chinese(answer.text, names) == [], path


def set_in_words() -> Iterator[str]:
    """Yield the values of the policy that are words of the district, and the laws they stand on."""
    yield from policy.current().sources.values()
    for part in plain(policy.current().settings).values():
        yield from (value for value in part.values() if isinstance(value, str))


def chinese(page: str, names: set[str | None]) -> list[str]:
    """Return what is said in Chinese besides names and the way back to Chinese."""
    left = re.sub(r'<a[^>]*lang="zh-CN"[^>]*>中文</a>', "", html.unescape(html.unescape(page)))
    for name in sorted(filter(None, names), key=len, reverse=True):
        left = left.replace(name, "")
    return re.findall("[^<>]*[\u4e00-\u9fff]+[^<>]*", left)


def test_places_for_values_are_the_same_in_both_languages() -> None:
    with (CONSOLE / "translations" / "en.po").open("rb") as file:
        for one in read_po(file, locale="en"):
            if one.id:
                assert sorted(places(str(one.id))) == sorted(places(str(one.string))), one.id


def places(text: str) -> list[str]:
    return [part.partition(")")[0] for part in text.split("%(")[1:]]
