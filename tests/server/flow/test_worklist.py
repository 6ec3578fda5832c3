"""The worklist: what is in my hands, by the next moment; nothing that is somebody else's."""

from __future__ import annotations

from typing import Any

from tests.server.town import FAR_INSIDE, Town


def mine(town: Town, who: str) -> list[dict[str, Any]]:
    answer = town.get(who, "/worklist")
    assert answer.status_code == 200, answer.json
    return list(answer.json["items"])


def ids(town: Town, who: str) -> set[str]:
    return {line["id"] for line in mine(town, who)}


def test_a_fresh_report_waits_for_the_township_and_for_nobody_else(town: Town) -> None:
    event = town.report()
    assert ids(town, "desk") == {event["id"]}
    for other in ("mei", "gang", "lamp_desk", "far_desk", "stranger", "auditor"):
        assert ids(town, other) == set(), other


def test_work_goes_from_hand_to_hand(town: Town) -> None:
    event = town.dispatched()
    assert ids(town, "lamp_desk") == {event["id"]}
    assert ids(town, "desk") == set()
    town.act("lamp_desk", event, "accept", person_id=str(town.persons["lamp_hand"]))
    assert ids(town, "lamp_hand") == {event["id"]}
    assert ids(town, "lamp_desk") == set()


def test_the_grid_worker_finds_what_is_to_be_verified(town: Town) -> None:
    event = town.handled(who="gang")
    line = next(line for line in mine(town, "mei") if line["id"] == event["id"])
    assert {act["act"] for act in line["acts"]} == {"verify", "send_back"}
    assert line["due_at"]
    assert line["title"].endswith("解放路12号路灯不亮")
    assert line["category"]["code"] == event["category"]["code"], "the phone shows its picture"
    assert line["acts"][0]["form"] == "event.verify"


def test_the_earliest_moment_comes_first(town: Town) -> None:
    later = town.report(category="A05", text="违建")
    sooner = town.report(category="B01", text="井盖缺失")
    lines = mine(town, "desk")
    dues = [line["due_at"] for line in lines]
    assert dues == sorted(dues)
    assert {line["id"] for line in lines} == {later["id"], sooner["id"]}


def test_a_called_department_finds_its_check_in_with_both_ways_to_begin(town: Town) -> None:
    whistle = town.blown(("DEP28",))
    (line,) = [line for line in mine(town, "lamp_hand") if line["kind"] == "check_in"]
    assert {act["act"] for act in line["acts"]} == {"respond", "check_in"}
    assert "镇街无权处理" in line["title"]
    assert ids(town, "water_hand") == set()
    assert whistle["id"] in ids(town, "desk") | {whistle["id"]}


def test_a_far_township_sees_its_own(town: Town) -> None:
    event = town.report("stranger", lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
    assert ids(town, "far_desk") == {event["id"]}
    assert event["id"] not in ids(town, "desk")


def test_the_list_is_bounded_and_says_so(town: Town) -> None:
    for number in range(3):
        town.report(text=f"第{number}件")
    answer = town.get("desk", "/worklist?limit=2").json
    assert (len(answer["items"]), answer["more"]) == (2, True)


def test_a_worklist_costs_few_statements_however_long_it_is(town: Town, statements: list[str]) -> None:
    for number in range(5):
        town.report(text=f"第{number}件")
    town.key("desk")
    statements.clear()
    town.get("desk", "/worklist")
    assert len([one for one in statements if one.startswith("SELECT")]) <= 12
