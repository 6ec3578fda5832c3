"""The audit desk: who searched, who opened sealed data, is the journal whole; without the content of cases."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from server.audit import checks
from server.audit.models import JournalCheck
from server.db import db
from server.journal.seal import seal
from tests.server.town import Town


def test_a_search_is_noted_and_found_only_by_who_knows_the_words(town: Town) -> None:
    town.report(text="解放路12号路灯不亮")
    town.get("desk", "/events?q=解放路")
    town.get("desk", "/events")
    noted = town.get("auditor", "/audit/lines?topic=search").json["items"]
    assert [(one["username"], one["facts"]) for one in noted] == [("desk", {"found": 1})]
    assert len(town.get("auditor", "/audit/lines?words=解放路").json["items"]) == 1
    assert town.get("auditor", "/audit/lines?words=解放").json["items"] == []
    assert "解放路" not in json.dumps(noted, ensure_ascii=False)


def test_lines_about_cases_tell_who_and_when_and_nothing_of_the_matter(town: Town) -> None:
    card = town.act(
        "desk", town.report(text="张三家门口路灯不亮"), "reject", reason_code="not_found", reason="张三不在"
    )
    shown = town.get("auditor", f"/audit/lines?item_no={card['no']}").json["items"]
    assert [one["action"] for one in shown] == ["event.reject", "event.report"]
    assert all(not one["facts"] for one in shown)


def test_the_journal_is_filtered_by_person_topic_and_time(town: Town) -> None:
    town.report()
    town.call("security", "POST", f"/persons/{town.persons['mei']}/enrolments")
    mine = town.get("auditor", "/audit/lines?who=security&topic=people").json["items"]
    assert [one["action"] for one in mine] == ["person.code_given"]
    assert town.get("auditor", "/audit/lines?since=2100-01-01T00:00:00%2B08:00").json["items"] == []


def test_the_journal_is_verified_by_the_worker_and_the_first_broken_line_is_named(town: Town) -> None:
    town.report()
    seal()
    assert town.call("auditor", "POST", "/audit/checks", {}).status_code == 201
    assert town.call("auditor", "POST", "/audit/checks", {}).json["code"] == "already_checking"
    asked = db.session.scalars(sa.select(JournalCheck)).one()
    checks.check(str(asked.id))
    told = town.get("auditor", "/audit/journal").json
    assert (told["checks"][0]["finding"], told["checks"][0]["asked_by"]) == (None, "auditor")
    assert told["checks"][0]["lines"] > 0
    db.session.execute(sa.text("alter table journal disable trigger user"))
    db.session.execute(sa.text("update journal set unit_code = 'DEP99' where action = 'event.report'"))
    db.session.commit()
    assert town.call("auditor", "POST", "/audit/checks", {}).status_code == 201
    again = db.session.scalars(sa.select(JournalCheck).where(JournalCheck.done_at.is_(None))).one()
    checks.check(str(again.id))
    assert town.get("auditor", "/audit/journal").json["checks"][0]["finding"]["code"] == "changed"


@pytest.mark.parametrize("who", ["admin", "security", "centre", "secretary", "desk"])
def test_nobody_but_the_auditor_audits(town: Town, who: str) -> None:
    for path in ("/audit/lines", "/audit/journal"):
        assert town.get(who, path).status_code == 403
    assert town.call(who, "POST", "/audit/checks", {}).status_code == 403


def test_three_administrators_stay_apart(town: Town) -> None:
    desks = {"admin": "/jobs", "security": f"/persons/{town.persons['mei']}", "auditor": "/audit/lines"}
    for who in desks:
        reached = {name for name, path in desks.items() if town.get(who, path).status_code == 200}
        assert reached == {who}
        assert town.get(who, "/events").status_code == 403
