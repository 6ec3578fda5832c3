"""Administration: three desks apart, accounts and devices in hand, what failed tried again, the audit without contents."""

from __future__ import annotations

import pytest
import requests
import sqlalchemy as sa
from playwright.sync_api import expect

from server.db import db, new_id
from server.jobs import queue, react
from tests.console.conftest import House, Open, at_each_size
from tests.console.test_pages import entered, faults, look
from tests.server.town import HOME, Town

DESKS = {
    "admin": ("/admin/health", "/admin/jobs", "/admin/webhooks"),
    "security": (
        "/admin/people",
        "/admin/people/new",
        "/admin/import",
        "/admin/devices",
        "/admin/roles",
        "/admin/policy",
        "/admin/policy/directory.csv",
    ),
    "auditor": ("/admin/audit", "/admin/journal"),
}
NO_ENTRY = 2**53 - 1
"""The journal has no such entry: a job about it is nobody else's."""
BECOMES = sa.text(
    "update procrastinate_jobs set status = cast(:status as procrastinate_job_status) where args = cast(:args as jsonb)"
)


@pytest.mark.parametrize(("who", "path"), [(who, path) for who, paths in DESKS.items() for path in paths])
def test_a_page_fits_every_screen_and_can_be_read_by_everybody(
    open_page: Open, town: Town, who: str, path: str
) -> None:
    for size, page in at_each_size(open_page, who, path):
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, size
        look(page, f"{who}{path.replace('/', '_')}_{size}")
        if size != "tablet":
            assert faults(page) == [], size


def test_no_administrator_reaches_anothers_desk_nor_a_case(house: House, town: Town) -> None:
    case = town.report()["id"]
    for who in DESKS:
        session = entered(house, who)
        for owner, paths in DESKS.items():
            for path in paths:
                status = session.get(house.address + path).status_code
                assert status == (200 if owner == who else 403), (who, path)
        assert session.get(f"{house.address}/cases/event/{case}").status_code in (403, 404)
    assert entered(house, "centre").get(f"{house.address}/admin").status_code == 403


def test_an_account_is_made_appointed_and_opened_by_the_code_on_paper(
    open_page: Open, house: House, town: Town
) -> None:
    name = f"new{str(new_id())[-6:]}"
    page = open_page("security", "/admin/people/new")
    page.fill("[name=username]", name)
    page.fill("[name=name]", "新来的人")
    page.click("main button.main")
    expect(page.locator("h1")).to_contain_text("新来的人")
    page.select_option("[name=role]", "DPH")
    page.select_option("[name=unit]", "DEP28")
    page.click("button:has-text('任命')")
    expect(page.locator("tbody tr", has_text="部门承办人")).to_be_visible()
    page.click("button:has-text('发放一次性码')")
    expect(page.locator(".code-sheet .qr svg")).to_be_visible()
    code = page.locator(".code-text").inner_text()
    body = {"enrol_code": code, "device_id": f"phone-{name}"}
    assert requests.post(f"{house.address}/api/v1/tokens", json=body).status_code == 201
    page.goto(page.url.removesuffix("/code"))
    assert code not in page.content()
    page.click("summary:has-text('挂失')")
    page.click("button:has-text('确认挂失')")
    expect(page.locator("tr", has_text=f"phone-{name}")).to_contain_text("已挂失")
    page.click("summary:has-text('停用账号')")
    page.click("button:has-text('确认停用')")
    expect(page.locator(".chips")).to_contain_text("已停用")


def test_what_the_room_refuses_is_told_beside_the_form(open_page: Open, town: Town, watch: object) -> None:
    watch.expected.add(409)  # type: ignore[attr-defined]
    page = open_page("security", f"/admin/people/{town.persons['auditor']}")
    page.select_option("[name=role]", "CEN")
    page.select_option("[name=unit]", "DEP06")
    page.click("button:has-text('任命')")
    expect(page.locator(".note.bad")).to_be_visible()


def test_a_roster_is_tried_and_then_stored_without_choosing_the_file_again(open_page: Open, town: Town) -> None:
    name = f"r{str(new_id())[-6:]}"
    text = f"姓名,账号,角色,单位,网格\n名册来的人,{name},GWP,,{HOME}\n"
    page = open_page("security", "/admin/import")
    page.set_input_files("[name=file]", {"name": "名册.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.click("button[value=check]")
    expect(page.locator("#result .note.good")).to_contain_text("检查无误，尚未导入")
    page.click("button[value=store]")
    expect(page.locator("#result .note.good")).to_contain_text("已导入 1 行")
    expect(page.locator(".slips li")).to_contain_text(name)
    bad = text + "坏行,,GWP,,999\n"
    page.set_input_files("[name=file]", {"name": "名册.csv", "mimeType": "text/csv", "buffer": bad.encode()})
    page.click("button[value=check]")
    expect(page.locator("#result .note.bad")).to_contain_text("有 1 行有误")
    expect(page.locator("tr.is-late .fault").first).to_be_visible()
    with page.expect_download() as download:
        page.click("#result a[download='report.csv']")
    report = download.value.path().read_text(encoding="utf-8-sig")
    assert "坏行" in report
    assert report.splitlines()[0] == "行,账号,姓名,结果,列,问题,处理"


def test_a_failed_job_is_put_back_by_a_button(open_page: Open, town: Town) -> None:
    queue.enqueue(react.react, entries=[NO_ENTRY])
    for status in ("doing", "failed"):
        db.session.execute(BECOMES, {"status": status, "args": f'{{"entries": [{NO_ENTRY}]}}'})
    db.session.commit()
    page = open_page("admin", "/admin/jobs")
    row = page.locator("tr", has_text=str(NO_ENTRY))
    expect(row).to_contain_text("失败")
    row.locator("button").click()
    expect(row).to_contain_text("等待")


def test_the_secret_of_a_webhook_is_shown_once(open_page: Open, town: Town) -> None:
    page = open_page("admin", "/admin/webhooks")
    page.fill("[name=url]", "http://127.0.0.1:9/in")
    page.click("form button.main")
    secret = page.locator(".secret").inner_text()
    assert len(secret) == 64
    page.goto("/admin/webhooks")
    assert secret not in page.content()
    page.locator("tbody a").first.click()
    page.click("summary:has-text('停用')")
    page.click("button:has-text('确认停用')")
    expect(page.locator(".head")).to_contain_text("已停用")
    page.goto("/admin/webhooks")
    expect(page.locator("tbody tr").first).to_contain_text("已停用")


def test_an_auditor_sees_who_searched_and_never_for_what(open_page: Open, house: House, town: Town) -> None:
    town.report(text="审计试验路灯不亮")
    entered(house, "desk").get(f"{house.address}/lists/events?q=审计试验")
    page = open_page("auditor", "/admin/audit?topic=search")
    expect(page.locator("tbody tr").first).to_contain_text("查询事件")
    assert "审计试验" not in page.content()
    page.fill("[name=words]", "审计试验")
    page.click("button:has-text('筛选')")
    expect(page.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as download:
        page.click("text=CSV")
    assert download.value.suggested_filename.endswith(".csv")
    page.goto("/admin/audit?topic=export")
    expect(page.locator("tbody tr").first).to_contain_text("导出审计日志")


def test_the_journal_is_checked_on_demand(open_page: Open, town: Town) -> None:
    page = open_page("auditor", "/admin/journal")
    page.click("button:has-text('立即校验')")
    expect(page.locator("tbody tr").first).to_contain_text("正在校验")
