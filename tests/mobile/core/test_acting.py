"""Acting from the phone: verifying, whistles, report-ins signed on the spot, conflicts, later kinds without a release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mobile.core.shapes import Trouble
from server.db import clock as server_clock
from tests.mobile.core.phones import Phone, here, moment, picture
from tests.server.town import INSIDE, OUTSIDE, Town

Of = Callable[..., Phone]


def open_card(phone: Phone, kind: str, id: str) -> dict[str, Any]:
    phone.field.card(kind, id)
    phone.sync()
    card = phone.field.card(kind, id)
    assert card is not None
    return card


def check_in_of(town: Town, whistle: dict[str, Any]) -> str:
    return str(town.get("desk", f"/whistles/{whistle['id']}").json["check_ins"][0]["id"])


def test_the_worker_verifies_with_one_tap_and_a_photo(town: Town, of: Of) -> None:
    event = town.handled(who="gang")
    mei = of("mei")
    (row,) = [row for row in mei.field.today().rows if row.id == event["id"]]
    assert {act for act, _, _ in row.acts} == {"verify", "send_back"}
    card = mei.field.card("event", event["id"])
    assert card is not None
    mei.field.act(card, "verify", {"note": "已修好"}, [mei.field.keep_photo(picture(5), "check")])
    mei.sync()
    told = town.get("desk", f"/events/{event['id']}").json
    assert told["state"]["code"] == "closed"
    assert [photo["received"] for photo in told["photos"] if photo["kind"] == "check"] == [True]


def test_the_photo_of_an_act_given_up_goes_with_the_next_one(town: Town, of: Of) -> None:
    event = town.handled(who="gang")
    mei = of("mei")
    card = open_card(mei, "event", event["id"])
    mei.field.act(card, "verify", {"note": "已修好" * 3000}, [mei.field.keep_photo(picture(5), "check")])
    mei.sync()
    (draft,) = mei.field.drafts()
    mei.field.drop(draft)
    mei.field.act(card, "verify", {"note": "已修好"}, [mei.field.keep_photo(picture(5), "check")])
    mei.sync()
    told = town.get("desk", f"/events/{event['id']}").json
    assert [photo["received"] for photo in told["photos"] if photo["kind"] == "check"] == [True]


def test_a_photo_of_two_acts_goes_with_the_second_when_the_first_is_given_up(town: Town, of: Of) -> None:
    event = town.handled(who="gang")
    mei = of("mei")
    card = open_card(mei, "event", event["id"])
    mei.line.down = True
    for note in ("已修好" * 3000, "已修好"):
        mei.field.act(card, "verify", {"note": note}, [mei.field.keep_photo(picture(5), "check")])
    mei.line.down = False
    mei.sync()
    (draft,) = mei.field.drafts()
    mei.field.drop(draft)
    mei.sync()
    told = town.get("desk", f"/events/{event['id']}").json
    assert [photo["received"] for photo in told["photos"] if photo["kind"] == "check"] == [True]


def test_the_form_of_an_act_says_what_is_missing(of: Of) -> None:
    mei = of("mei")
    draft = mei.field.new_draft("event", "send_back", {})
    assert "reason" in mei.field.faults(draft)
    assert mei.field.faults(replace(draft, facts={"reason": "没有修好"})) == {}


def test_self_handled_offline_right_after_the_report(town: Town, of: Of) -> None:
    mei = of("mei")
    mei.line.down = True
    draft = mei.field.new_draft("event", "report", {"category": "A01", "text": "垃圾满溢"})
    id = mei.field.report(replace(draft, photos=(mei.field.keep_photo(picture(1)),)), here())
    card = mei.field.card("event", id)
    assert card is not None
    assert "self_handle" in {action["act"] for action in card["actions"]}
    mei.field.act(card, "self_handle", {"result_text": "已清理"}, [mei.field.keep_photo(picture(2), "after")])
    planned = mei.field.card("event", id)
    assert planned is not None
    assert planned["planned"]["code"] == "self_done"
    mei.line.down = False
    mei.sync()
    assert town.get("desk", f"/events/{id}").json["state"]["code"] == "self_done"


def test_a_grid_leader_blows_on_a_report_not_yet_sent(town: Town, of: Of) -> None:
    leader = of("leader")
    leader.line.down = True
    draft = leader.field.new_draft("event", "report", {"category": "B03", "text": "路灯不亮"})
    event = leader.field.report(draft, here())
    whistle = leader.field.blow("DEMAND", ["DEP28"], "网格无法解决", event)
    leader.line.down = False
    leader.sync()
    assert town.get("desk", f"/whistles/{whistle}").json["event_id"] == event
    order = [path for method, path in leader.line.writes() if method == "PUT"]
    assert order == [f"/api/v1/events/{event}", f"/api/v1/whistles/{whistle}"]


def test_departments_are_suggested_with_their_clause(of: Of) -> None:
    units = of("leader").field.catalogue.dispatch("B03", "441602001")
    assert units[0]["role"] == "lead"
    assert units[0]["zh"]
    assert units[0]["basis"]


def test_a_department_reports_in_offline_and_counts_at_its_own_moment(town: Town, of: Of) -> None:
    server_clock.set(server_clock.now())
    id = check_in_of(town, town.blown(("DEP28",)))
    hand = of("lamp_hand", error_s=-3 * 86400)
    card = open_card(hand, "check_in", id)
    hand.line.down = True
    arrived = server_clock.advance(timedelta(minutes=10))
    hand.field.check_in(card, "position", fix=here())
    planned = hand.field.card("check_in", id)
    assert planned is not None
    assert planned["planned"]["code"] == "checked_in"
    hand.field.act(planned, "work")
    server_clock.advance(timedelta(hours=3))
    hand.line.down = False
    hand.sync()
    told = town.get("desk", f"/check-ins/{id}").json
    server_clock.reset()
    assert told["state"]["code"] == "working"
    assert abs((moment(told["arrived_at"]) - arrived).total_seconds()) < 1
    assert told["offline"]


def test_a_report_in_by_the_callers_code(town: Town, of: Of) -> None:
    whistle = town.blown(("DEP28",))
    desk, hand = of("desk"), of("lamp_hand")
    code = desk.field.code(whistle["id"])["code"]
    card = open_card(hand, "check_in", check_in_of(town, whistle))
    hand.field.check_in(card, "code", code=code)
    hand.sync()
    assert town.get("desk", f"/check-ins/{card['id']}").json["state"]["code"] == "checked_in"


def test_a_poor_fix_asks_for_the_code_instead(town: Town, of: Of) -> None:
    hand = of("lamp_hand")
    card = open_card(hand, "check_in", check_in_of(town, town.blown(("DEP28",))))
    for fix in (here(accuracy_m=150.0), here(accuracy_m=None), None):
        with pytest.raises(Trouble) as told:
            hand.field.check_in(card, "position", fix=fix)
        assert "报到码" in told.value.advice


def test_too_far_away_is_refused_and_can_be_mended_by_the_code(town: Town, of: Of) -> None:
    whistle = town.blown(("DEP28",))
    hand, desk = of("lamp_hand"), of("desk")
    card = open_card(hand, "check_in", check_in_of(town, whistle))
    hand.field.check_in(card, "position", fix=here(*OUTSIDE))
    hand.sync()
    (draft,) = hand.field.drafts()
    assert draft.code == "arrival_is_proven"
    assert "报到码" in draft.advice
    code = desk.field.code(whistle["id"])["code"]
    hand.field.mend(replace(draft, facts={"method": "code", "code": code}))
    hand.sync()
    assert town.get("desk", f"/check-ins/{card['id']}").json["state"]["code"] == "checked_in"
    assert hand.field.drafts() == []


def test_a_forged_place_does_not_pass_under_a_signature(town: Town, of: Of) -> None:
    hand = of("lamp_hand")
    card = open_card(hand, "check_in", check_in_of(town, town.blown(("DEP28",))))
    hand.field.check_in(card, "position", fix=here(*OUTSIDE))
    row = hand.field.letters.due()[0]
    told = hand.field.letters.contents(row)
    told["body"]["signed_text"] = told["body"]["signed_text"].replace(str(OUTSIDE[0]), str(INSIDE[0]))
    told["body"] |= {"lon": INSIDE[0], "lat": INSIDE[1]}
    hand.field.store.write("update sendings set sealed = ?", hand.field.store.pack(told))
    hand.sync()
    assert hand.field.outbox.rejected == 1


def test_what_no_longer_fits_becomes_a_task_for_the_township_and_is_shown(town: Town, of: Of) -> None:
    server_clock.set(server_clock.now())
    event = town.handled(who="gang")
    mei = of("mei")
    card = open_card(mei, "event", event["id"])
    mei.line.down = True
    server_clock.advance(timedelta(minutes=1))
    mei.field.act(card, "verify", {"note": "已修好"})
    server_clock.advance(timedelta(minutes=1))
    town.act("leader", event, "verify", note="先核查了")
    mei.line.down = False
    mei.sync()
    server_clock.reset()
    (item,) = [one for one in mei.field.outbox.items if one.act == "verify"]
    assert item.state == "conflict"
    assert "镇街" in item.sentence
    assert mei.field.outbox.conflicts == 1
    assert len(town.get("desk", "/conflicts").json["items"]) == 1


def test_acts_on_one_item_arrive_in_the_order_they_were_made(town: Town, of: Of) -> None:
    id = check_in_of(town, town.blown(("DEP28",)))
    hand = of("lamp_hand")
    card = open_card(hand, "check_in", id)
    hand.line.down = True
    hand.field.act(card, "respond", {"expected_at": (server_clock.now() + timedelta(hours=1)).isoformat()})
    for act in ("check_in", "work"):
        card = hand.field.card("check_in", id) or {}
        if act == "check_in":
            hand.field.check_in(card, "position", fix=here())
        else:
            hand.field.act(card, act)
    hand.line.down, hand.line.loss = False, 0.5
    hand.sync(turns=200)
    assert town.get("desk", f"/check-ins/{id}").json["state"]["code"] == "working"


def test_an_urgent_thing_goes_before_older_ordinary_ones(town: Town, of: Of) -> None:
    leader = of("leader")
    event = town.report("leader")
    leader.line.down = True
    for number in range(3):
        leader.field.report(leader.field.new_draft("event", "report", {"category": "B03", "text": f"{number}"}), here())
    whistle = leader.field.blow("DEMAND", ["DEP28"], "网格无法解决", event["id"])
    leader.line.down = False
    leader.line.asked.clear()
    leader.sync()
    assert leader.line.writes()[0][1] == f"/api/v1/whistles/{whistle}"
