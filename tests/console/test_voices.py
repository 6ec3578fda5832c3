"""A voice note in the case file: the browser's own player plays it, from this house alone; the original has its price."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.console.conftest import Open
from tests.console.test_pages import look
from tests.server.photos.camera import sha
from tests.server.photos.recorder import SPOKEN
from tests.server.town import Town, device

PLAYED = "sound => sound.play().then(() => new Promise(done => sound.addEventListener('ended', () => done(true))))"


def spoken(town: Town, *, is_sent: bool = True) -> dict[str, Any]:
    card = town.report(text="", voices=[{"sha256": sha(SPOKEN)}])
    headers = {"Authorization": f"Bearer {town.key('mei')}", "X-Device-Id": device("mei")}
    path = f"/api/v1/events/{card['id']}/voices/{sha(SPOKEN)}"
    if is_sent:
        assert town.app.test_client().put(path, data=SPOKEN, headers=headers).status_code == 201
    return card


def test_a_voice_note_is_played_to_its_end_in_the_case_file(open_page: Open, town: Town) -> None:
    page = open_page("desk", f"/cases/event/{spoken(town)['id']}")
    player = page.locator(".voices audio")
    expect(player).to_have_count(1)
    assert player.evaluate(PLAYED)
    assert 2.3 < player.evaluate("sound => sound.duration") < 2.7
    expect(page.locator(".voices")).to_contain_text("2 秒")


def test_a_voice_note_still_on_its_way_is_said_to_be_awaited(open_page: Open, town: Town) -> None:
    page = open_page("desk", f"/cases/event/{spoken(town, is_sent=False)['id']}")
    expect(page.locator(".voices")).to_contain_text("待上传")
    expect(page.locator(".voices audio")).to_have_count(0)


def test_the_original_recording_opens_for_a_purpose_and_leaves_a_line(open_page: Open, town: Town) -> None:
    card = spoken(town)
    page = open_page("desk", f"/cases/event/{card['id']}")
    page.locator(".voices .sealed summary").click()
    page.locator(".voices [name=purpose]").select_option("visit")
    path, token = page.locator(".voices .sealed form").evaluate("form => [form.action, form.csrf_token.value]")
    answer = page.request.post(path, form={"purpose": "visit", "csrf_token": token})
    assert (answer.status, answer.body()) == (200, SPOKEN)
    actions = [line["action"] for line in town.get("desk", f"/events/{card['id']}").json["timeline"]]
    assert "voice.opened" in actions
    page.reload()
    expect(page.locator(".timeline")).to_contain_text("打开封存的录音")


def test_what_it_says_is_written_down_beneath_the_player_corrected_and_told_with_the_writers_post(
    open_page: Open, town: Town
) -> None:
    card = spoken(town)
    page = open_page("desk", f"/cases/event/{card['id']}")
    form = page.locator(".voices details:not(.sealed)")
    form.locator("textarea").fill("解放路三盏路灯不亮")
    form.locator("button").click()
    expect(page.locator(".voices blockquote p")).to_have_text("解放路三盏路灯不亮")
    expect(page.locator(".voices footer")).to_contain_text("镇街调度员")
    expect(page.locator(".timeline")).to_contain_text("记下语音内容")
    form.locator("summary").click()
    expect(form.locator("textarea")).to_have_value("解放路三盏路灯不亮")
    form.locator("textarea").fill("解放路四盏路灯不亮")
    form.locator("button").click()
    expect(page.locator(".voices blockquote p")).to_have_text("解放路四盏路灯不亮")
    look(page, "voice_words")
