"""The desks: an officer works by keyboard, nothing typed is lost, and each sees who was quicker."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect

from tests.console.conftest import SIZES, Open, Watch
from tests.server.town import Town


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, "JPEG")
    return out.getvalue()


def heavy(colour: str, size: int) -> bytes:
    """Return a picture as large as a camera's: padded by comments, which JPEG knows."""
    start, rest = (plain := picture(colour))[:2], plain[2:]
    comment = b"\xff\xfe\xff\xff" + bytes(0xFFFD)
    return start + comment * (size // len(comment)) + rest


def choose(page: Page, card: dict[str, Any]) -> None:
    page.locator(f"#q-{card['id']} a").click()
    expect(page.locator("#case .no").first).to_have_text(card["no"])


def test_the_dispatcher_files_by_keyboard_alone(open_page: Open, town: Town) -> None:
    town.report(text="键盘立案")
    page = open_page("desk", "/township/file?q=键盘立案")
    page.keyboard.press("j")
    expect(page.locator("#case")).to_be_visible()
    number = page.locator("#case .no").first.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("#act-form h3")).to_have_text("立案")
    page.locator("#act-form button.main").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#case .case-marks")).to_contain_text("已立案")
    expect(page.locator("#case .no").first).to_have_text(number)
    expect(page.locator(".waiting .no", has_text=number)).to_have_count(0)


def test_dispatch_is_prepared_from_the_directory_with_its_clause(open_page: Open, town: Town) -> None:
    card = town.act("desk", town.report(text="派遣"), "file")
    page = open_page("desk", f"/township/dispatch?item={card['id']}")
    page.click("[data-act=dispatch]")
    expect(page.locator("#act-form [name='units.unit']").first).to_have_value("DEP28")
    expect(page.locator("#act-form .basis").first).not_to_be_empty()
    page.click("#act-form button.main")
    expect(page.locator("#case .case-marks")).to_contain_text("已派遣")
    seen = town.get("desk", f"/events/{card['id']}").json
    assert next((one["code"], one["role"]) for one in seen["units"]) == ("DEP28", "lead")


def test_a_whistle_is_blown_with_two_keys(open_page: Open, town: Town) -> None:
    card = town.report(text="吹哨要快")
    page = open_page("desk", "/township/file")
    choose(page, card)
    page.keyboard.press("w")
    expect(page.locator("#act-form [name=departments]:checked")).not_to_have_count(0)
    for seen in ("#case h1", "#act-form button.main"):
        expect(page.locator(seen)).to_be_in_viewport()
    expect(page.locator("#act-form input:focus")).to_have_count(1)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/cases/whistle/**")
    expect(page.locator(".case-marks")).to_contain_text("已吹哨")
    expect(page.locator(".big-code")).to_be_visible()
    expect(page.locator("tr", has_text="区城市管理和综合执法局").locator(".clock")).to_be_visible()


def test_a_grid_s_call_is_confirmed_with_the_departments_it_asked_for(open_page: Open, town: Town) -> None:
    call = town.blown(["DEP37"], who="leader")
    page = open_page("desk", f"/township/screen?item={call['id']}")
    expect(page.locator(".facts")).to_contain_text("供水排水企业")
    page.click("[data-act=confirm]")
    chosen = page.locator("#act-form [name=departments]:checked")
    expect(chosen).to_have_count(1)
    expect(chosen).to_have_value("DEP37")


def test_who_comes_second_is_told_who_did_what_and_keeps_the_words(open_page: Open, town: Town, watch: Watch) -> None:
    watch.expected.add(409)
    card = town.report(text="两人同时办")
    page = open_page("desk", f"/cases/event/{card['id']}")
    page.click("[data-act=reject]")
    page.locator("#act-form [name=reason_code]").select_option("not_found")
    page.fill("#act-form [name=reason]", "我写好的理由")
    town.act("centre", card, "file")
    page.click("#act-form button.danger")
    note = page.locator("#act-form .note.bad")
    expect(note).to_contain_text("事项刚刚被他人更新")
    expect(note.locator(".changes")).to_contain_text("立案")
    expect(note.locator(".changes")).to_contain_text("综治中心")
    expect(page.locator("#act-form [name=reason]")).to_have_value("我写好的理由")
    expect(page.locator("#act-form [name=reason_code]")).to_have_value("not_found")


def test_a_wrong_field_is_marked_and_the_rest_stays(open_page: Open, town: Town, watch: Watch) -> None:
    watch.expected.add(422)
    card = town.report(text="字段有误")
    page = open_page("desk", f"/cases/event/{card['id']}/acts/file")
    page.fill("#act-form [name=note]", "备注还在")
    page.fill("#act-form [name=recurrence_of]", "E00000000000000")
    page.click("#act-form button.main")
    expect(page.locator("[name=recurrence_of][aria-invalid=true]")).to_be_visible()
    expect(page.locator("#act-form [name=note]")).to_have_value("备注还在")


def test_a_merge_shows_both_photos_side_by_side(open_page: Open, town: Town) -> None:
    blue, red = picture("navy"), picture("maroon")
    first, second = (reported_with(town, content) for content in (blue, red))
    page = open_page("desk", f"/cases/event/{second['id']}/acts/merge")
    expect(page.locator(".pairs img")).not_to_have_count(0)
    for size in ("desk", "phone"):
        page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))  # type: ignore[arg-type]
        mine, other = (page.locator(".pairs figure").nth(n).bounding_box() for n in (0, 1))
        assert mine is not None
        assert other is not None
        assert (mine["y"], mine["x"] < other["x"]) == (other["y"], True), size
    page.locator(f".pairs input[value='{first['id']}']").check()
    page.wait_for_function("[...document.querySelectorAll('.pairs img')].every((one) => one.naturalWidth > 0)")
    page.click("#act-form button.main")
    expect(page.locator("#case .case-marks")).to_contain_text("已并案")
    assert town.get("desk", f"/events/{second['id']}").json["parent_id"] == first["id"]


def reported_with(town: Town, content: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    card = town.report(text="中山路路灯不亮", photos=[{"sha256": digest, "kind": "before"}])
    client = town.app.test_client()
    headers = {"Authorization": f"Bearer {town.key('mei')}", "Content-Type": "image/jpeg"}
    assert client.put(f"/api/v1/events/{card['id']}/photos/{digest}", data=content, headers=headers).status_code == 201
    return card


def test_the_department_answers_a_whistle_and_reports_a_result_with_photos_of_a_camera(
    open_page: Open, town: Town, tmp_path: Path
) -> None:
    whistle = town.blown(("DEP28",))
    page = open_page("lamp_desk", "/department/alarm")
    line = whistle["check_ins"][0]
    page.locator(f"#q-{line['id']} a").click()
    page.click("[data-act=respond]")
    page.locator("#act-form [name=person_id]").select_option(str(town.persons["lamp_hand"]))
    page.click("#act-form button.main")
    expect(page.locator("#case .case-marks")).to_contain_text("已响应")
    event = town.handling(text="处置带照片")
    hand = open_page("lamp_hand", f"/department/handling?item={event['id']}")
    hand.click("[data-act=report_result]")
    hand.locator("#act-form [name=result_code]").select_option("repaired")
    hand.fill("#act-form [name=result_text]", "已更换灯泡")
    files = {name: tmp_path / f"{name}.jpg" for name in ("green", "teal", "too large")}
    for name, file in files.items():
        file.write_bytes(bytes(16_000_000) if name == "too large" else heavy(name, 10_000_000))
    hand.locator("#act-form [name='photos.after']").set_input_files([files["too large"]])
    hand.click("#act-form button.main")
    expect(hand.locator("#notes .note.bad")).to_contain_text("单张不超过 15 MB")
    hand.locator("#act-form [name='photos.after']").set_input_files([files["green"], files["teal"]])
    hand.click("#act-form button.main")
    expect(hand.locator("#case .case-marks")).to_contain_text("已处置待核查")
    received = [one for one in town.get("desk", f"/events/{event['id']}").json["photos"] if one["received"]]
    assert [one["kind"] for one in received] == ["after", "after"]


def test_a_new_whistle_rings_at_the_department_without_a_reload(open_page: Open, town: Town) -> None:
    page = open_page("water_desk", "/department/alarm")
    expect(page.locator("#live")).to_have_text("实时")
    whistle = town.blown(("DEP37",), kind="EMERGENCY")
    line = whistle["check_ins"][0]
    expect(page.locator(f"#q-{line['id']}")).to_be_visible()
    expect(page.locator("#alarm")).to_contain_text(line["no"])


def test_many_are_done_at_once_with_a_result_for_each(open_page: Open, town: Town) -> None:
    cards = [town.report(text="批量立案") for _ in range(2)]
    page = open_page("desk", "/lists/events?q=批量立案")
    for card in cards:
        page.locator(f"tr[data-href$='{card['id']}'] input[name=row]").check()
    town.act("centre", cards[0], "file")
    page.click("button[formaction$='/bulk/file']")
    page.click("button:has-text('确认办理')")
    expect(page.locator("tr", has_text=cards[1]["no"])).to_contain_text("成功")
    expect(page.locator("tr", has_text=cards[0]["no"])).to_contain_text("未办")


def test_the_original_of_a_photo_opens_for_a_purpose_and_leaves_a_line(open_page: Open, town: Town) -> None:
    card = reported_with(town, picture("olive"))
    page = open_page("desk", f"/cases/event/{card['id']}")
    page.click(".sealed summary")
    page.locator(".sealed select[name=purpose]").select_option("visit")
    page.click(".sealed button[hx-post]")
    expect(page.locator(".opened")).to_contain_text("照片中没有")
    page.reload()
    expect(page.locator(".timeline")).to_contain_text("打开封存内容")
