"""Residents of a grid: a number with its day and source, all or nothing; maps show the rate at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from server.access import SYSTEM
from server.grids import residents
from server.grids.residents import ResidentsUnreadable
from tests.server.town import FAR, HOME, NEXT, Town

DAY = date(2026, 1, 1)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "residents.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_a_rate_per_thousand_is_shown_where_residents_are_known(town: Town) -> None:
    town.report()
    before = {item["code"]: item["per_1000"] for item in town.get("centre", "/maps/density").json["items"]}
    assert set(before.values()) == {None}
    residents.store({HOME: 500, NEXT: 0}, as_of=DAY, source="七人普", by=SYSTEM)
    after = {item["code"]: item["per_1000"] for item in town.get("centre", "/maps/density").json["items"]}
    assert (after[HOME], after[NEXT], after[FAR]) == (2.0, None, None)


def test_a_later_count_takes_the_place_of_an_earlier_one(town: Town) -> None:
    residents.store({HOME: 500}, as_of=DAY, source="七人普", by=SYSTEM)
    residents.store({HOME: 1000}, as_of=date(2027, 1, 1), source="年报", by=SYSTEM)
    [item] = [one for one in town.get("centre", "/maps/density").json["items"] if one["code"] == HOME]
    assert item["residents"] == 1000


def test_a_file_is_read_whole_or_not_at_all(town: Town, tmp_path: Path) -> None:
    assert residents.read(written(tmp_path, f"code,residents\n{HOME},12\n")) == {HOME: 12}
    for wrong in ("code,people\n1,2\n", f"code,residents\n{HOME},many\n"):
        with pytest.raises(ResidentsUnreadable):
            residents.read(written(tmp_path, wrong))
    with pytest.raises(ResidentsUnreadable):
        residents.store({HOME: 1, "441602999999999": 1}, as_of=DAY, source="七人普", by=SYSTEM)
