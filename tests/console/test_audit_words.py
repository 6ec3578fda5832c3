"""The audit desk speaks: what the journal writes in codes is said in words, the code stays beside it."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import expect

from server.config import ROOT
from server.console import audit_words
from server.flow.moves import MACHINES
from tests.console.conftest import PASSWORD, House, Open
from tests.server.town import Town

WRITTEN = re.compile(r"""(?:Line|_note)\(\s*(?:action=)?"([a-z_]+\.[a-z_]+)\"""")


def written() -> list[str]:
    """Return the actions that the code writes into the journal by name."""
    files = (ROOT / "server").rglob("*.py")
    return sorted({action for file in files for action in WRITTEN.findall(file.read_text(encoding="utf-8"))})


@pytest.mark.parametrize("action", written())
def test_every_action_of_the_journal_has_its_words(house: House, action: str) -> None:
    with house.town.app.test_request_context():
        assert not re.search("[a-z]", audit_words.action_words(action))


@pytest.mark.parametrize("kind", MACHINES)
def test_every_arrow_is_called_as_on_its_case_file(house: House, kind: str) -> None:
    with house.town.app.test_request_context():
        for move in MACHINES[kind].moves:
            assert audit_words.action_words(f"{kind}.{move.act}", move.id).endswith(move.zh)


FACTS = (
    ({"role": "DPH", "unit": "DEP28"}, "角色 部门承办人；单位 "),
    ({"kind": "device", "proof": "code"}, "方式 手机；凭据 一次性码"),
    ({"field": "original", "purpose": "visit"}, "内容 原件；事由 走访、现场核实"),
    ({"subject": "calendar", "begins_at": "2026-12-01T00:00:00+08:00"}, "对象 工作日历；生效 2026-12-01 00:00:00"),
    ({"rule": "R2"}, "规则 R2 牵头抓总"),
    ({"actions": ["event.*", "whistle.blow"]}, "动作 网格事件·全部、"),
    ({"list": "events", "filters": {"state": ["reported", "filed"], "open": ["true"]}}, "列表 事件；条件 状态 "),
)


@pytest.mark.parametrize(("facts", "words"), FACTS)
def test_the_facts_of_a_line_are_said_in_words(house: House, town: Town, facts: dict[str, object], words: str) -> None:
    with town.app.test_request_context():
        said = audit_words.said(facts)
        assert said.startswith(words.removesuffix(" "))
        assert not re.search(r"[A-Z]{3}\d|\b(reported|filed|true|whistle\.)", said)
        assert all(name in audit_words.codes(facts) for name in facts)


def test_the_code_stands_behind_the_words(open_page: Open, house: House, town: Town) -> None:
    answer = requests.post(f"{house.address}/sign-in", data={"username": "lamp_desk", "password": PASSWORD})
    assert "sign-in" not in answer.url
    page = open_page("auditor", "/admin/audit?who=lamp_desk&topic=sign_in")
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("方式 网页；凭据 密码")
    expect(row.locator(".facts-cell")).to_have_attribute("title", "kind session; proof password")
    expect(row.locator("td[title='account.signed_in']")).to_have_text("登录")
    expect(row.locator("td[title='DPD']")).to_contain_text("部门")
