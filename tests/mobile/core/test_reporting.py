"""Reporting from the phone: saved first, sent when there is a network, once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from mobile.core.shapes import Trouble
from server.db import clock as server_clock
from server.photos import receiving
from tests.mobile.core.phones import Answered, Phone, here, moment, picture
from tests.server.town import Town

Of = Callable[..., Phone]


def lamp(phone: Phone, number: int = 0, **facts: object) -> str:
    field = phone.field
    draft = field.new_draft("event", "report", {"category": "B03", "text": f"{number}号路灯不亮"} | facts)
    draft = field.save(replace(draft, photos=(field.keep_photo(picture(number)),)))
    return field.report(draft, here())


def test_a_report_reaches_the_server_with_its_photo(town: Town, of: Of) -> None:
    mei = of("mei")
    id = lamp(mei)
    assert mei.field.outbox.unsent == 1
    mei.sync()
    card = town.get("desk", f"/events/{id}").json
    assert card["text"] == "0号路灯不亮"
    assert card["photos"][0]["received"]
    view = mei.field.outbox
    assert (view.unsent, view.photos_left, view.rejected) == (0, 0, 0)
    assert view.sentence.startswith("全部已送达")


def test_a_photo_whose_bytes_are_all_there_but_unreceived_is_received(town: Town, of: Of) -> None:
    """The server was killed between the last byte and its note."""
    mei = of("mei")
    id = lamp(mei)
    row = mei.field.store.row("select * from photos where item_id = ?", id)
    content = mei.field.album.own(row["sha256"])
    with town.app.app_context():
        partial = receiving.partial(uuid.UUID(mei.field.account.person_id), row["sha256"])
        partial.path.parent.mkdir(parents=True, exist_ok=True)
        partial.path.write_bytes(content)
    mei.field.letters.photo_sent(id, row["sha256"], row["size"])
    mei.sync()
    assert town.get("desk", f"/events/{id}").json["photos"][0]["received"]
    assert mei.field.outbox.photos_left == 0


def test_what_is_saved_without_a_network_is_shown_at_once_and_sent_later(town: Town, of: Of) -> None:
    mei = of("mei")
    mei.line.down = True
    id = lamp(mei)
    mei.sync(turns=2)
    today = mei.field.today()
    assert (today.unsent, mei.field.outbox.link) == (1, "offline")
    assert mei.field.outbox.sentence == "1 条已存本机，等待网络"
    row = next(row for row in today.rows if row.id == id)
    assert (row.local, row.state_zh, row.pending) == (True, "已保存，等待上传", "「上报事件」等待发送")
    assert town.get("desk", f"/events/{id}").status_code == 404
    mei.line.down = False
    mei.sync()
    assert town.get("desk", f"/events/{id}").status_code == 200
    card = mei.field.card("event", id)
    assert card is not None
    assert card["no"]
    assert not card["local"]


def test_a_lost_answer_makes_no_second_event(town: Town, of: Of) -> None:
    mei = of("mei")
    mei.line.loss = 0.6
    ids = [lamp(mei, number) for number in range(5)]
    mei.sync(turns=200)
    listed = [one["id"] for one in town.get("desk", "/events").json["items"]]
    assert sorted(listed) == sorted(ids)


def test_the_true_time_is_told_although_the_phone_is_three_days_ahead(town: Town, of: Of) -> None:
    server_clock.set(server_clock.now())
    mei = of("mei", error_s=3 * 86400)
    saved_at = server_clock.advance(timedelta(minutes=5))
    mei.line.down = True
    id = lamp(mei)
    server_clock.advance(timedelta(hours=2))
    mei.line.down = False
    mei.sync()
    card = town.get("desk", f"/events/{id}").json
    server_clock.reset()
    assert abs((moment(card["happened_at"]) - saved_at).total_seconds()) < 1
    assert "clock_error" not in card["flags"]
    captured, received = moment(card["captured_at"]), moment(card["received_at"])
    assert abs((captured - saved_at).total_seconds()) < 1
    assert abs((received - saved_at).total_seconds() - 2 * 3600) < 60
    assert abs(card["device_clock_error_s"] - 3 * 86400) < 1
    assert card["clock_error_s"] is None


def test_without_words_a_report_says_its_category(town: Town, of: Of) -> None:
    mei = of("mei")
    id = mei.field.report(mei.field.new_draft("event", "report", {"category": "B01"}), here())
    mei.sync()
    assert town.get("desk", f"/events/{id}").json["text"] == mei.field.catalogue.category("B01")["zh"]


def test_a_moved_pin_keeps_its_system_and_a_mock_position_is_flagged_not_blocked(town: Town, of: Of) -> None:
    mei = of("mei")
    pin = {"category": "B03", "lon": 114.6101, "lat": 23.7002, "crs": "gcj02"}
    moved = mei.field.report(mei.field.new_draft("event", "report", pin), here())
    mock = mei.field.report(mei.field.new_draft("event", "report", {"category": "B03"}), here(is_mock=True))
    mei.sync()
    assert town.get("desk", f"/events/{moved}").json["place"]["crs"] == "gcj02"
    card = town.get("desk", f"/events/{mock}").json
    assert card["place"]["is_mock"]
    assert mei.field.place(here(is_mock=True)).warnings


def test_a_refused_report_becomes_a_draft_that_can_be_mended(town: Town, of: Of) -> None:
    mei = of("mei")
    id = lamp(mei, text="x" * 2001)
    mei.sync()
    view = mei.field.outbox
    assert (view.rejected, view.unsent) == (1, 0)
    (draft,) = mei.field.drafts()
    assert "text" in draft.errors
    assert draft.refused
    assert draft.advice
    assert len(draft.photos) == 1
    mended = mei.field.mend(replace(draft, facts=draft.facts | {"text": "路灯不亮"}))
    mei.sync()
    assert mended == id
    assert town.get("desk", f"/events/{id}").json["photos"][0]["received"]
    assert mei.field.drafts() == []
    assert mei.field.outbox.rejected == 0


def test_one_refused_report_keeps_no_other_from_going(town: Town, of: Of) -> None:
    mei = of("mei")
    lamp(mei, 1, text="x" * 2001)
    good = lamp(mei, 2)
    mei.sync()
    assert town.get("desk", f"/events/{good}").status_code == 200


def test_what_hangs_on_a_refused_report_waits_and_goes_after_mending(town: Town, of: Of) -> None:
    mei = of("mei")
    mei.line.down = True
    id = lamp(mei, category="A01", text="x" * 2001)
    card = mei.field.card("event", id)
    assert card is not None
    after = mei.field.keep_photo(picture(99), "after")
    mei.field.act(card, "self_handle", {"result_text": "已换灯泡"}, [after])
    mei.line.down = False
    mei.sync()
    states = {one.act: one.state for one in mei.field.outbox.items}
    assert states == {"report": "rejected", "self_handle": "held"}
    (draft,) = mei.field.drafts()
    mei.field.mend(replace(draft, facts=draft.facts | {"text": "路灯不亮"}))
    mei.sync()
    assert town.get("desk", f"/events/{id}").json["state"]["code"] == "self_done"


def test_a_report_given_up_gives_its_followers_back_as_drafts(of: Of) -> None:
    mei = of("mei")
    mei.line.down = True
    id = lamp(mei, category="A01", text="x" * 2001)
    card = mei.field.card("event", id)
    assert card is not None
    mei.field.act(card, "self_handle", {"result_text": "已换灯泡"}, [])
    mei.line.down = False
    mei.sync()
    (draft,) = mei.field.drafts()
    mei.field.drop(draft)
    (follower,) = mei.field.drafts()
    assert (follower.act, follower.facts["result_text"]) == ("self_handle", "已换灯泡")
    assert follower.refused
    assert [row.id for row in mei.field.items("event")] == [id]
    mei.field.drop(follower)
    assert (mei.field.card("event", id), mei.field.items("event"), [*mei.field.today().rows]) == (None, [], [])


def test_the_same_id_with_other_content_is_shown_and_can_go_as_a_new_report(town: Town, of: Of) -> None:
    mei = of("mei")
    id = lamp(mei)
    mei.sync()
    mei.field.store.write("update sendings set state = 'queued', answer = null")
    row = mei.field.letters.row(mei.field.store.rows("select id from sendings")[0]["id"])
    assert row is not None
    told = mei.field.letters.contents(row)
    told["body"]["text"] = "别的内容"
    mei.field.store.write("update sendings set sealed = ?", mei.field.store.pack(told))
    mei.sync()
    (draft,) = mei.field.drafts()
    assert draft.code == "other_bytes"
    assert draft.stored is not None
    assert draft.stored["text"] == "0号路灯不亮"
    other = mei.field.mend(draft)
    mei.sync()
    assert other != id
    assert town.get("desk", f"/events/{other}").json["text"] == "别的内容"


def test_a_report_needs_a_place_and_a_category(of: Of) -> None:
    mei = of("mei")
    with pytest.raises(Trouble) as no_place:
        mei.field.report(mei.field.new_draft("event", "report", {"category": "B03"}), None)
    with pytest.raises(Trouble) as no_category:
        mei.field.report(mei.field.new_draft(), here())
    assert (no_place.value.code, no_category.value.code) == ("no_place", "no_category")


def test_a_wifis_sign_in_page_is_not_taken_for_an_answer(town: Town, of: Of) -> None:
    mei = of("mei")
    page = Answered(200, {"Content-Type": "text/html"}, b"<html>welcome</html>")
    mei.line.instead = lambda method, path: page
    id = lamp(mei)
    mei.sync(turns=2)
    assert mei.field.outbox.link == "blocked"
    assert "Wi-Fi" in mei.field.outbox.sentence
    mei.line.instead = lambda method, path: None
    mei.sync()
    assert town.get("desk", f"/events/{id}").status_code == 200


def test_a_fault_of_the_server_lets_the_others_go_on_and_is_tried_again(town: Town, of: Of) -> None:
    mei = of("mei")
    sick, well = lamp(mei, 1), lamp(mei, 2)
    broken = Answered(500, {"X-Server-Time": server_clock.now().isoformat(), "Content-Type": "application/json"}, b"{}")
    mei.line.instead = lambda method, path: broken if sick in path else None
    mei.field.courier.turn()
    assert town.get("desk", f"/events/{well}").status_code == 200
    item = next(one for one in mei.field.outbox.items if one.item_id == sick)
    assert (item.state, item.sentence) == ("retrying", "服务器暂时忙")
    mei.line.instead = lambda method, path: None
    mei.sync()
    assert town.get("desk", f"/events/{sick}").status_code == 200


def test_duplicates_known_to_the_phone_are_offered_before_reporting(town: Town, of: Of) -> None:
    gang = of("gang")
    town.report("mei")
    mei = of("mei")
    mei.field.map()
    mei.sync()
    draft = mei.field.new_draft("event", "report", {"category": "B03"})
    (near,) = mei.field.duplicates(draft, here())
    assert near.distance_m < 1
    assert gang.field.duplicates(draft, None) == []


def test_the_most_used_categories_come_first(of: Of) -> None:
    mei = of("mei")
    for code in ("C03", "C03", "B01"):
        mei.field.report(mei.field.new_draft("event", "report", {"category": code}), here())
    assert [one["code"] for one in mei.field.catalogue.favourites][:2] == ["C03", "B01"]
    assert len(mei.field.catalogue.favourites) == 6
