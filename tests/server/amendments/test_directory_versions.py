"""The dispatch directory in versions: drafted, tried, adopted for a day, kept by what runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server import journal, policy
from server.amendments import force
from server.amendments.models import Amendment
from server.db import CN, db
from server.db import clock as server_clock
from tests.server.town import Town

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=CN)
LAMP = "B03"


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    """An ordinary Monday; versions of one test are forgotten by the next."""
    server_clock.set(MONDAY)
    yield
    server_clock.reset()
    force.forget()


def draft_of(town: Town, *units: tuple[str, str, int], leaf: str = LAMP, **more: Any) -> Any:
    """Begin a draft that gives ``leaf`` to these units and return the answer."""
    draft = town.call("centre", "POST", "/directory/draft", {}).json
    shares = [{"unit": unit, "role": role, "share_pct": share, "basis": "三定方案"} for unit, role, share in units]
    return town.call(
        "centre", "POST", f"/directory/draft/leaves/{leaf}", {"revision": draft["revision"], "units": shares} | more
    )


def adopted(town: Town, *units: tuple[str, str, int], begins: str = "2026-03-03") -> dict[str, Any]:
    """Draft and adopt a version."""
    revision = draft_of(town, *units).json["revision"]
    body = {"revision": revision, "begins_on": begins, "reason": "职责调整"}
    answer = town.call("centre", "POST", "/directory/draft/adopt", body)
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


def leads(leaf: str = LAMP) -> str:
    """Return who leads a leaf by the policy in force."""
    return policy.current().categories[leaf].lead


def test_a_version_begins_at_midnight_of_its_day_and_not_before(town: Town) -> None:
    before = leads()
    adopted(town, ("DEP19", "lead", 100))
    town.get("centre", "/directory")
    assert leads() == before != "DEP19"
    server_clock.set(datetime(2026, 3, 2, 23, 59, 59, tzinfo=CN))
    assert leads() == before
    server_clock.set(datetime(2026, 3, 3, tzinfo=CN))
    assert leads() == "DEP19"


def test_an_event_keeps_the_directory_it_was_reported_under(town: Town) -> None:
    old = town.act("desk", town.report(), "file")
    adopted(town, ("DEP19", "lead", 100))
    server_clock.advance(timedelta(days=1))
    new = town.act("desk", town.report(text="东门路路灯不亮"), "file")
    leads = [town.act("desk", card, "dispatch")["units"][0]["code"] for card in (old, new)]
    assert leads == ["DEP28", "DEP19"]


def test_what_the_policys_checks_refuse_never_enters_a_draft(town: Town) -> None:
    twice = draft_of(town, ("DEP28", "lead", 60), ("DEP19", "lead", 40))
    assert (twice.status_code, twice.json["code"]) == (422, "unfit")
    assert "2 个主办单位" in twice.json["findings"][0]["zh"]
    burden = draft_of(town, ("town", "lead", 100))
    assert "职责清单" in burden.json["findings"][0]["zh"]
    allowed = draft_of(town, ("town", "lead", 100), townships=["all"])
    assert allowed.json["changes"][0]["leaf"]["code"] == LAMP


def test_the_difference_names_what_was_and_what_will_be(town: Town) -> None:
    change = draft_of(town, ("DEP19", "lead", 70), ("DEP28", "co", 30)).json["changes"]
    assert [one["leaf"]["code"] for one in change] == [LAMP]
    assert change[0]["before"]["units"][0]["unit"] == "DEP28"
    assert [(one["unit"], one["share_pct"]) for one in change[0]["after"]["units"]] == [("DEP19", 70), ("DEP28", 30)]


def test_the_test_run_counts_last_months_events_that_would_go_elsewhere(town: Town) -> None:
    for _ in range(3):
        town.dispatched()
    server_clock.advance(timedelta(days=2))
    draft_of(town, ("DEP19", "lead", 100))
    told = town.get("centre", "/directory/trial?days=30").json
    assert (told["events"], told["leaves"][0]["code"], len(told["leaves"][0]["examples"])) == (3, LAMP, 3)
    moves = {one["unit"]: (one["lead_before"], one["lead_after"]) for one in told["loads"]}
    assert moves["DEP28"] == (3, 0)
    assert moves["DEP19"] == (0, 3)
    assert town.get("centre", "/directory/trial?days=1").json["events"] == 0


def test_two_editors_do_not_overwrite_each_other(town: Town) -> None:
    draft = town.call("centre", "POST", "/directory/draft", {}).json
    body = {"revision": draft["revision"], "units": [{"unit": "DEP19", "role": "lead", "share_pct": 100}]}
    assert town.call("centre", "POST", f"/directory/draft/leaves/{LAMP}", body).status_code == 200
    late = town.call("arbiter", "POST", f"/directory/draft/leaves/{LAMP}", body)
    assert (late.status_code, late.json["code"]) == (409, "draft_changed")


def test_a_version_begins_on_a_day_to_come_and_after_the_one_before(town: Town) -> None:
    revision = draft_of(town, ("DEP19", "lead", 100)).json["revision"]
    body = {"revision": revision, "reason": "职责调整"}
    for day in ("2026-03-02", "2026-03-01", "2027-12-01"):
        answer = town.call("centre", "POST", "/directory/draft/adopt", body | {"begins_on": day})
        assert (answer.status_code, answer.json["code"]) == (422, "begins_too_early"), day
    town.call("centre", "POST", "/directory/draft/adopt", body | {"begins_on": "2026-03-10"})
    revision = draft_of(town, ("DEP28", "lead", 100)).json["revision"]
    early = {"revision": revision, "reason": "再调整", "begins_on": "2026-03-10"}
    assert town.call("centre", "POST", "/directory/draft/adopt", early).json["earliest"] == "2026-03-11"


def test_a_draft_that_changes_nothing_is_not_adopted(town: Town) -> None:
    draft = town.call("centre", "POST", "/directory/draft", {}).json
    body = {"revision": draft["revision"], "begins_on": "2026-03-03", "reason": "无"}
    assert (
        town.call("centre", "POST", "/directory/draft/adopt", body | {"reason": "没有"}).json["code"]
        == "nothing_changed"
    )


def test_a_coming_version_can_be_withdrawn_and_one_that_began_cannot(town: Town) -> None:
    first = adopted(town, ("DEP19", "lead", 100))
    taken_back = town.call("centre", "POST", f"/policy/versions/{first['id']}/withdraw", {"reason": "写错了"})
    assert taken_back.json["state"] == "withdrawn"
    server_clock.advance(timedelta(days=2))
    town.get("centre", "/directory")
    assert leads() == "DEP28"
    second = adopted(town, ("DEP19", "lead", 100), begins="2026-03-05")
    server_clock.advance(timedelta(days=2))
    refused = town.call("centre", "POST", f"/policy/versions/{second['id']}/withdraw", {"reason": "不要了"})
    assert (refused.status_code, refused.json["code"]) == (409, "has_begun")
    states = [one["state"] for one in town.get("desk", "/policy/versions").json["items"]]
    assert states == ["in_force", "withdrawn"]


def test_each_decision_is_a_line_with_who_and_why(town: Town) -> None:
    made = adopted(town, ("DEP19", "lead", 100))
    journal.flush()
    line = db.session.scalars(sa.select(journal.Entry).where(journal.Entry.action == "amendment.adopted")).one()
    assert (line.person_id, line.facts["reason"], str(line.item_id)) == (town.persons["centre"], "职责调整", made["id"])


def test_nobody_changes_an_adopted_version_in_the_database(town: Town) -> None:
    adopted(town, ("DEP19", "lead", 100))
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(sa.update(Amendment).values(reason="其他"))
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(sa.delete(Amendment))


@pytest.mark.parametrize("who", ["desk", "lamp_head", "admin", "security", "stranger"])
def test_only_who_keeps_the_rules_amends(town: Town, who: str) -> None:
    assert town.call(who, "POST", "/directory/draft", {}).status_code == 403
    assert town.get(who, "/directory?q=路灯").status_code == 200
