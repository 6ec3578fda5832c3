"""The grid solves small matters itself; somebody else checks them, some of them on the spot."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.events import sampling
from tests.server.events.lamps import running
from tests.server.town import AFTER, LOOKED, Town


def test_the_grid_solves_a_small_matter_itself_and_another_checks_it(town: Town) -> None:
    card = town.report(category="A01", text="垃圾桶满溢")
    after = [{"sha256": AFTER, "kind": "after"}]
    card = town.act("mei", card, "self_handle", result_text="已清运", photos=after)
    assert (card["state"]["code"], running(card)) == ("self_done", {"VERIFY"})
    refused = town.attempt("mei", card, "verify", note="自己核查")
    assert refused.status_code == 403
    card = town.act("leader", card, "verify", **LOOKED)
    assert (card["state"]["code"], card["self_handled"]) == ("closed", True)


def self_handled(town: Town) -> dict[str, Any]:
    after = [{"sha256": AFTER, "kind": "after"}]
    return town.act("mei", town.report(category="A01"), "self_handle", result_text="已清运", photos=after)


def test_what_the_lot_draws_is_closed_only_after_a_check_on_the_spot(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "lot", lambda *args: True)
    card = self_handled(town)
    assert card["check_on_site"]
    again = {"note": "看了照片", "onsite": True, "photos": [{"sha256": AFTER, "kind": "check"}]}
    for facts in ({"note": "看了照片"}, {"note": "到过现场", "onsite": True}, again, LOOKED | {"onsite": False}):
        assert town.attempt("leader", card, "verify", **facts).json["code"] == "drawn_are_checked_on_site"
    assert town.act("leader", card, "verify", **LOOKED)["state"]["code"] == "closed"


def test_what_the_lot_leaves_is_checked_by_its_photos(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "lot", lambda *args: False)
    card = self_handled(town)
    assert not card["check_on_site"]
    assert town.act("leader", card, "verify", note="照片清楚")["state"]["code"] == "closed"


def test_the_lot_draws_a_little_more_than_a_fifth_and_says_the_same_each_time() -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    ids = [uuid.UUID(int=number) for number in range(4000)]
    drawn = [sampling.lot(id, at) for id in ids]
    assert 0.23 < sum(drawn) / len(drawn) < 0.27
    assert drawn == [sampling.lot(id, at) for id in ids]
    assert drawn != [sampling.lot(id, at + timedelta(microseconds=1)) for id in ids]


def test_a_failed_check_of_the_grids_own_work_makes_it_a_report_again(town: Town) -> None:
    card = town.report(category="A01")
    card = town.act("mei", card, "self_handle", result_text="已清", photos=[{"sha256": AFTER, "kind": "after"}])
    card = town.act("desk", card, "send_back", reason="仍有垃圾")
    assert (card["state"]["code"], card["reworks"], running(card)) == ("reported", 1, {"FILE"})


@pytest.mark.parametrize(
    ("changes", "who", "facts", "code"),
    [
        ({"category": "B02"}, "mei", {}, "leaf_allows_self_handling"),
        ({"category": "A01"}, "gang", {}, None),
        ({"category": "A01", "photos": []}, "mei", {"photos": []}, "before_and_after_photos"),
    ],
)
def test_self_handling_is_for_this_grids_people_with_both_photos(
    town: Town, changes: dict, who: str, facts: dict, code: str | None
) -> None:
    card = town.report("mei", **changes)
    after = {"result_text": "好了", "photos": [{"sha256": AFTER, "kind": "after"}]}
    answer = town.attempt(who, card, "self_handle", **(after | facts))
    assert answer.status_code in (403, 404, 409)
    assert code is None or answer.json["code"] == code
