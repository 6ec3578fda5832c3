"""Voice notes by touch: spoken instead of typed, heard again, thrown away, kept; and those of others on a card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from kivy.clock import Clock

from mobile.core.shapes import Card
from mobile.widgets.voice import Mic, VoiceLine
from tests.mobile.screens import tour_parts
from tests.mobile.screens.phone import Phone
from tests.mobile.screens.test_reporting import reports, with_photo
from tests.mobile.screens.town import Town
from tests.server.photos.camera import sha
from tests.server.photos.recorder import SPOKEN, lasting

Make = Callable[..., Phone]


def speaker(make: Make, town: Town | None = None, *notes: bytes) -> Phone:
    """A phone with a microphone before which somebody says these notes."""
    p = make(town or Town())
    p.device.voices = list(notes) or [SPOKEN]
    return p


def in_report(p: Phone) -> Phone:
    p.tap("拍照上报")
    with_photo(p)
    p.tap("暴露垃圾、垃圾满溢")
    return p


def say(p: Phone, seconds: float = 7.0) -> None:
    """Touch the microphone, speak, touch it again."""
    p.tap("录一段语音" if p.sees("录一段语音") or not p.find_all(VoiceLine) else "再录一段")
    p.run_for(seconds)
    before = len(kept(p))
    p.tap("正在录音")
    p.wait(lambda: len(kept(p)) == before + 1, "the note is kept")
    p.settle()


def kept(p: Phone) -> tuple[Any, ...]:
    return tuple(one for one in p.app.page.draft.photos if one.is_voice)


def sent_to(town: Town, way: str) -> list[str]:
    return [path for method, path, _ in town.asked if method == "PUT" and f"/{way}/" in path]


# --- making one ------------------------------------------------------------------------------------------------------


def test_a_report_is_spoken_instead_of_typed_and_arrives_with_its_voice(phone: Make) -> None:
    p = in_report(speaker(phone))
    say(p)
    p.tap("保存")
    p.sent()
    (body,) = reports(p.town)
    assert [one["sha256"] for one in body["voices"]] == [sha(SPOKEN)]
    assert body["text"] == "暴露垃圾、垃圾满溢"
    assert len(body["photos"]) == 1
    (path,) = sent_to(p.town, "voices")
    assert sha(SPOKEN) in path


def test_the_microphone_shows_how_long_it_has_been_listening_and_ends_at_the_limit(phone: Make) -> None:
    p = in_report(speaker(phone))
    p.tap("录一段语音")
    began = Clock.get_time()
    p.wait(lambda: p.sees("正在录音 0:09"), "nine seconds are shown")
    assert Clock.get_time() - began == pytest.approx(9, abs=2)
    p.wait(lambda: p.sees("还能说"), "the end draws near")
    p.wait(lambda: kept(p), "the recorder ends by itself")
    assert ("record", 60.0) in p.device.told
    assert kept(p)[0].seconds == 60.0


def test_a_finger_that_holds_speaks_while_it_holds(phone: Make) -> None:
    p = in_report(speaker(phone))
    (mic,) = [w for w in p.walk() if isinstance(w, Mic)]
    p.scroll_to(mic)
    p.hold(mic, 4.0)
    p.wait(lambda: kept(p), "the note is kept")
    assert 3.5 < kept(p)[0].seconds < 4.5


def test_a_note_is_heard_again_and_thrown_away(phone: Make) -> None:
    p = in_report(speaker(phone))
    say(p)
    p.tap("听语音")
    assert ("play", SPOKEN) in p.device.told
    assert p.sees("正在播放")
    p.device.stop_playing()
    p.settle()
    assert p.sees("听语音 0:0")
    p.tap("删除这段语音")
    p.tap("删除", exact=True)
    assert not kept(p)
    p.tap("保存")
    p.sent()
    assert reports(p.town)[0].get("voices", []) == []
    assert not sent_to(p.town, "voices")


def test_saving_while_speaking_ends_the_note_and_takes_it_along(phone: Make) -> None:
    p = in_report(speaker(phone))
    p.tap("录一段语音")
    p.run_for(5)
    p.tap("保存")
    p.wait(lambda: p.sees("已保存"), "saved once the note was kept")
    p.sent()
    assert len(reports(p.town)[0]["voices"]) == 1


def test_back_ends_the_recording_and_keeps_it_and_the_next_back_leaves(phone: Make) -> None:
    p = in_report(speaker(phone))
    p.tap("录一段语音")
    p.run_for(5)
    p.back()
    p.wait(lambda: kept(p), "the note is kept")
    assert p.app.page.name == "report"
    p.back()
    (draft,) = p.field.drafts()
    assert [one.kind for one in draft.photos] == ["before", "voice"]


def test_an_app_that_goes_to_the_back_stops_listening(phone: Make) -> None:
    p = in_report(speaker(phone))
    p.tap("录一段语音")
    p.run_for(5)
    p.app.on_pause()
    p.wait(lambda: kept(p), "the note is kept")
    assert 4.5 < kept(p)[0].seconds < 6


def test_a_touch_too_short_to_say_anything_keeps_nothing_and_says_so(phone: Make) -> None:
    p = in_report(speaker(phone))
    (mic,) = [w for w in p.walk() if isinstance(w, Mic)]
    p.scroll_to(mic)
    p.settle()
    for _ in range(2):
        p.brush(mic)
    p.wait(lambda: p.sees("没有录上声音"), "the advice")
    assert not kept(p)


def test_without_leave_to_use_the_microphone_the_worker_is_told_what_to_do(phone: Make) -> None:
    p = in_report(speaker(phone))
    p.device.ask = lambda what, done: done(what != "microphone")  # type: ignore[method-assign]
    p.tap("录一段语音")
    p.wait(lambda: p.sees("没有录音权限"), "the advice")


def test_a_phone_without_a_microphone_shows_none(phone: Make) -> None:
    p = phone(Town())
    in_report(p)
    assert not [w for w in p.walk() if isinstance(w, Mic)]


def test_no_more_notes_than_the_district_allows(phone: Make) -> None:
    p = in_report(speaker(phone, None, *(lasting(3, seed=n) for n in range(4))))
    for _ in range(3):
        say(p)
    assert not [w for w in p.walk() if isinstance(w, Mic)]
    p.tap("保存")
    p.sent()
    assert len(reports(p.town)[0]["voices"]) == 3
    assert len(sent_to(p.town, "voices")) == 3


def test_offline_the_note_waits_with_its_report_and_both_arrive(phone: Make) -> None:
    p = speaker(phone)
    p.offline()
    in_report(p)
    say(p)
    p.tap("保存")
    p.wait(lambda: p.sees("等待网络"), "the strip")
    assert p.field.outbox.voices_left == 1
    p.online()
    p.sent()
    assert len(sent_to(p.town, "voices")) == 1


# --- in other acts ---------------------------------------------------------------------------------------------------


def test_what_is_not_done_well_may_be_spoken(phone: Make) -> None:
    town = Town()
    card = town.event(1, "A01", "一堆垃圾", "handled")
    p = speaker(phone, town)
    p.wait(lambda: p.field.card("event", card["id"]), "the card")
    p.app.go("verify", kind="event", id=card["id"], act="verify")
    p.settle()
    p.tap("还没好")
    p.wait(lambda: p.app.page.photos, "the photo")
    p.tap("录一段语音")
    p.run_for(4)
    p.tap("正在录音")
    p.wait(lambda: p.app.page.spoken, "the note")
    p.tap("退回重办")
    p.sent()
    (body,) = [body for how, path, body in town.asked if how == "POST" and path.endswith("/send_back")]
    assert (body["reason"], len(body["voices"]), len(body["photos"])) == ("", 1, 1)


def test_a_form_that_takes_voices_lets_words_that_are_asked_for_be_spoken(phone: Make) -> None:
    town = Town("DPH")
    card = town.event(1, "A01", "一堆垃圾", "handling")
    p = speaker(phone, town)
    p.wait(lambda: p.field.card("event", card["id"]), "the card")
    p.app.go("form", kind="event", id=card["id"], act="report_result")
    p.settle()
    p.tap("已清运", exact=False) if p.sees("已清运") else p.app.page.inputs["result_code"].choices._press(
        next(iter(p.app.page.inputs["result_code"].choices.buttons))
    )
    p.tap("录一段语音")
    p.run_for(4)
    p.tap("正在录音")
    p.wait(lambda: p.app.page.inputs["voices"].value, "the note")
    assert "result_text" not in p.field.catalogue.faults(
        "event", "report_result", p.app.page.values(), p.app.page.photos()
    )
    p.tap(p.app.page._label(), exact=True)
    p.sent()
    (body,) = [body for how, path, body in town.asked if how == "POST" and path.endswith("/report_result")]
    assert len(body["voices"]) == 1
    assert "result_text" not in body


# --- hearing those of others -----------------------------------------------------------------------------------------


def heard(town: Town, *, received: bool = True) -> Card:
    """An event with a voice note that the server has."""
    card = town.event(1, "A01", "暴露垃圾、垃圾满溢", "handling")
    town.photos[sha(SPOKEN)] = SPOKEN
    card["voices"] = [
        {"sha256": sha(SPOKEN), "kind": "voice", "taken_at": town.iso(hours=-3), "received": received, "seconds": 2.5 if received else None}
    ]  # fmt: skip
    return card


def test_a_note_of_another_is_fetched_and_played_on_the_card(phone: Make) -> None:
    town = Town()
    card = heard(town)
    p = phone(town)
    p.wait(lambda: p.field.card("event", card["id"]), "the card")
    p.app.go("card", kind="event", id=card["id"])
    p.wait(lambda: p.sees("听语音 0:02"), "the note came")
    p.tap("听语音 0:02")
    assert ("play", SPOKEN) in p.device.told
    assert p.sees("正在播放")
    p.tap("正在播放")
    p.settle()
    assert p.sees("听语音 0:02")


def test_a_note_fetched_once_is_heard_without_a_network_and_leaving_ends_it(phone: Make) -> None:
    town = Town()
    card = heard(town)
    p = phone(town)
    p.wait(lambda: p.field.card("event", card["id"]), "the card")
    p.app.go("card", kind="event", id=card["id"])
    p.wait(lambda: p.sees("听语音"), "the note came")
    p.back()
    p.offline()
    p.app.go("card", kind="event", id=card["id"])
    p.settle()
    p.tap("听语音 0:02")
    assert p.device._played is not None
    p.back()
    assert p.device._played is None


def test_a_note_that_is_still_on_the_reporters_phone_says_so(phone: Make) -> None:
    town = Town()
    card = heard(town, received=False)
    p = phone(town)
    p.wait(lambda: p.field.card("event", card["id"]), "the card")
    p.offline()
    p.app.go("card", kind="event", id=card["id"])
    p.settle()
    assert p.sees("语音还在上报人的手机上")


def test_what_is_typed_stays_beside_what_is_spoken(phone: Make) -> None:
    p = in_report(speaker(phone))
    say(p)
    p.type(p.app.page.words.box, "三袋建筑垃圾")
    p.tap("保存")
    p.sent()
    (body,) = reports(p.town)
    assert (body["text"], len(body["voices"])) == ("三袋建筑垃圾", 1)


def told(p: Phone) -> set[str]:
    """All that the page says, whether scrolled into sight or not."""
    return {getattr(w, "said", "") for w in p.walk()}


def test_what_a_note_says_is_written_down_on_the_card_also_offline_and_shown_beneath_it(phone: Make) -> None:
    town = Town("TWD")
    p = phone(town)
    card = town.event(1, "A01", "暴露垃圾、垃圾满溢", "handling")
    town.photos[sha(SPOKEN)] = SPOKEN
    card["voices"] = [tour_parts.voice(p, sha(SPOKEN), 2.5)]
    p.app.go("card", kind="event", id=card["id"])
    p.wait(lambda: p.sees("记下语音内容"), "the note")
    p.offline()
    p.tap("记下语音内容")
    assert p.sees("请照原话记下"), "what becomes of it"
    p.type(p.app.page.inputs["text"].box, "三袋垃圾，堆了两天")
    p.tap("记下语音内容", exact=True)
    p.wait(lambda: p.app.page.name == "card", "back at the event")
    assert {"三袋垃圾，堆了两天", "等待发送"} <= told(p)
    p.online()
    p.sent()
    ((path, body),) = [(path, body) for how, path, body in town.asked if how == "POST" and path.endswith("/words")]
    assert path.endswith(f"/voices/{card['voices'][0]['id']}/words")
    assert body == {"text": "三袋垃圾，堆了两天"}
    p.wait(lambda: any(words.startswith("记录 · ") for words in told(p)), "who wrote it")
    assert "三袋垃圾，堆了两天" in told(p)
