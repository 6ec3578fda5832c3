"""Open events as points: what a phone draws its map from."""

from __future__ import annotations

from tests.server.town import INSIDE, Town


def test_open_events_in_reach_are_told_with_place_and_due_time(town: Town) -> None:
    event = town.report()
    (point,) = town.get("mei", "/maps/points").json["items"]
    assert (point["id"], point["lon"], point["lat"]) == (event["id"], INSIDE[0], INSIDE[1])
    assert point["due_at"]
    assert point["title"].endswith("解放路12号路灯不亮")


def test_nobody_is_told_of_a_place_outside_his_reach(town: Town) -> None:
    town.report()
    assert town.get("stranger", "/maps/points").json["items"] == []


def test_what_is_over_is_not_drawn(town: Town) -> None:
    town.act("desk", town.report(), "reject", reason_code="not_found", reason="现场无此问题")
    assert town.get("mei", "/maps/points").json["items"] == []
