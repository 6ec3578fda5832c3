"""The public pages: no script, no cookie, kept by caches, nothing finer than a township, nothing small."""

from __future__ import annotations

from datetime import datetime

import pytest
import requests

from server import policy
from server.console import public
from server.db import CN
from server.maps import months, tallies
from tests.console.conftest import House, Open, at_each_size
from tests.console.test_pages import faults, look
from tests.server.town import OLD_TOWN, Town

PATHS = ("/public", "/public/privacy", "/public/numbers")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_read_without_script_by_everybody(open_page: Open, town: Town, path: str) -> None:
    for size, page in at_each_size(open_page, None, path):
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, size
        assert page.locator("script").count() == 0
        look(page, f"public{path.replace('/', '_')}_{size}")
        assert faults(page) == [], size


def test_caches_may_keep_a_page_and_no_cookie_is_set(house: House, town: Town) -> None:
    town.report()
    for path in PATHS:
        answer = requests.get(house.address + path)
        assert answer.headers["Cache-Control"] == f"public, max-age={public.CACHED_S}"
        assert "Set-Cookie" not in answer.headers
        again = requests.get(house.address + path, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


def test_the_privacy_statement_tells_the_terms_in_force(house: House, town: Town) -> None:
    text = requests.get(f"{house.address}/public/privacy").text
    settings = policy.current().settings
    assert settings.public.handler in text
    assert settings.public.contact in text
    assert f"{settings.privacy.audit_months} 个月" in text


@pytest.mark.parametrize("year", ["1999", "2999", "x", "-1"])
def test_a_year_that_is_not_published_does_not_exist(house: House, town: Town, year: str) -> None:
    assert requests.get(f"{house.address}/public/numbers?year={year}").status_code == 404


def test_an_address_that_asks_too_often_waits(town: Town) -> None:
    gate = public.Gate()
    for _ in range(3):
        gate.pass_("192.0.2.1", 3)
    gate.pass_("192.0.2.2", 3)
    with pytest.raises(public.TooManyRequests):
        gate.pass_("192.0.2.1", 3)


@pytest.mark.parametrize(("n", "told"), [(0, 0), (1, None), (4, None), (5, 5), (6, 6)])
def test_a_small_number_is_not_told_and_none_at_all_is_not_small(n: int, told: int | None) -> None:
    assert months.told_or_not(n, 5) == told


def test_no_sum_gives_away_what_is_left_out(town: Town) -> None:
    for _ in range(6):
        card = town.report()
    town.report(who="stranger", lon=114.705, lat=23.605)
    this = datetime.fromisoformat(card["created_at"]).astimezone(CN)
    found = months.counts(this.year)
    while tallies.fold():
        pass
    again = months.counts(this.year)
    assert (again["tables"], again["sums"]) == (found["tables"], found["sums"]), "what is not folded yet counts as well"
    rows = {row["township"]: row for row in found["tables"]["events"]}
    told = [row["cells"][this.month - 1] for row in rows.values()]
    assert rows[OLD_TOWN]["cells"][this.month - 1] >= 6
    assert found["sums"]["events"][this.month - 1] == sum(n for n in told if n)
    assert all(n is None or n == 0 or n >= found["least"] for n in told)


def test_nothing_yet_is_asked_again_and_what_was_counted_is_kept(town: Town) -> None:
    town.report()
    this = datetime.now(CN).year
    assert public._counts(this) is public._counts(this)
    assert public._counts(this - 20) is not public._counts(this - 20)
