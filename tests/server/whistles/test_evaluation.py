"""Every called department is judged by the caller, never by itself; a score may be contested and stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.db import CN, db, now
from server.journal import Entry
from server.whistles.models import CheckIn
from server.worker import exhaust
from tests.server.town import Town
from tests.server.whistles.calls import SCORES, arrived, check_in, line_of, no_show, responded, seen


def test_no_department_judges_itself(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    card = town.act("lamp_hand", arrived(town, whistle), "work")
    assert town.attempt("lamp_desk", card, "release", result_text="走了").status_code == 403
    card = town.act("desk", check_in(town, "desk", whistle, "DEP28"), "release", result_text="同意撤离")
    assert town.attempt("lamp_desk", card, "evaluate", **SCORES).status_code == 403
    too_good = town.attempt("desk", card, "evaluate", **(SCORES | {"result": 6}))
    assert too_good.json["code"] == "within_the_scale"
    card = town.act("chief", card, "evaluate", **SCORES)
    assert card["state"]["code"] == "evaluated"


def test_a_department_at_work_asks_for_its_release_and_the_caller_hears_of_it_and_decides(
    town: Town, clock: Any
) -> None:
    clock.set(datetime(2026, 11, 2, 9, 0, tzinfo=CN))
    whistle = town.blown(["DEP28"])
    card = arrived(town, whistle)
    path, said = f"/check-ins/{card['id']}/ask_release", {"reason": "路灯已全部修好"}
    assert "check_in.ask_release" not in card["further"]
    assert town.call("lamp_hand", "POST", path, said).json["code"] == "not_at_work"
    card = town.act("lamp_hand", card, "work")
    assert "check_in.ask_release" in card["further"]
    assert town.call("desk", "POST", path, said).status_code == 403
    assert town.call("water_hand", "POST", path, said).status_code == 404
    assert town.call("lamp_hand", "POST", path, said).json == {"noted": True}
    exhaust()
    told = [one["title"] for one in town.get("desk", "/inbox").json["items"]]
    assert f"部门申请撤离：{card['no']}" in told
    card = check_in(town, "desk", whistle, "DEP28")
    assert (card["state"]["code"], card["release_asked"]["reason"]) == ("working", "路灯已全部修好")
    assert "check_in.ask_release" not in card["further"]
    card = town.act("desk", card, "release", result_text="同意撤离")
    assert card["release_asked"] is None


def test_an_absent_department_scores_nothing_for_arrival(town: Town) -> None:
    whistle = town.blown(["DEP28", "DEP37"])
    arrived(town, whistle)
    whistle = town.get("desk", f"/whistles/{whistle['id']}").json
    town.act("desk", whistle, "start", due_at=(now() + timedelta(days=1)).isoformat(), without_absent=True)
    card = check_in(town, "desk", whistle, "DEP37")
    card = town.act("desk", card, "evaluate", measures=0, result=0, note="未到场")
    assert card["scores"]["arrival"] == 0


def test_a_score_is_contested_once_to_the_supervisors_and_stays(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    card = town.act("lamp_hand", arrived(town, whistle), "work")
    path = f"/check-ins/{card['id']}/contest"
    assert town.call("lamp_head", "POST", path, {"reason": "不公"}).json["code"] == "not_evaluated"
    card = town.act("desk", check_in(town, "desk", whistle, "DEP28"), "release", result_text="撤离")
    card = town.act("desk", card, "evaluate", **SCORES)
    assert town.call("desk", "POST", path, {"reason": "不公"}).status_code == 403
    assert town.call("lamp_head", "POST", path, {"reason": "路上封路"}).json == {"noted": True}
    assert town.call("lamp_head", "POST", path, {"reason": "再来"}).json["code"] == "contested_before"
    assert town.get("desk", f"/check-ins/{card['id']}").json["scores"]["measures"] == 4


def test_a_whistle_nobody_followed_is_judged_and_closed(town: Town, clock: Any) -> None:
    clock.set(now())
    whistle = town.blown(["DEP28"], kind="EMERGENCY")
    responded(town, whistle)
    no_show(town, clock, minutes=70)
    assert line_of(seen(town, whistle), "DEP28")["state"]["code"] == "no_show"
    whistle = town.act("desk", seen(town, whistle), "start", due_at=(now() + timedelta(days=1)).isoformat())
    whistle = town.act("desk", whistle, "resolve", result_text="镇街自行处置")
    whistle = town.act(
        "desk", whistle, "close", evaluations=[{"unit": "DEP28"} | SCORES | {"measures": 0, "result": 0}]
    )
    assert (whistle["state"]["code"], line_of(whistle, "DEP28")["scores"]["arrival"]) == ("closed", 0)


def resolved_with_one_more(town: Town) -> dict[str, Any]:
    """A resolved whistle whose second department was called during the work and has not answered."""
    whistle = town.blown(["DEP28"])
    arrived(town, whistle)
    whistle = town.act("desk", seen(town, whistle), "start", due_at=(now() + timedelta(days=1)).isoformat())
    whistle = town.act("desk", whistle, "add", departments=["DEP37"], reason="需供水配合")
    return town.act("desk", whistle, "resolve", result_text="已处置")


def test_no_called_department_escapes_the_evaluation(town: Town) -> None:
    whistle = resolved_with_one_more(town)
    only_one = town.attempt("desk", whistle, "close", evaluations=[{"unit": "DEP28"} | SCORES])
    assert (only_one.status_code, only_one.json["code"]) == (409, "every_department_evaluated")
    both = [{"unit": unit} | SCORES for unit in ("DEP28", "DEP37")]
    whistle = town.act("desk", whistle, "close", evaluations=both)
    assert [line_of(whistle, unit)["state"]["code"] for unit in ("DEP28", "DEP37")] == ["evaluated", "evaluated"]
    assert line_of(whistle, "DEP37")["scores"]["arrival"] == 0
    moves = (
        sa.select(Entry.move)
        .join(CheckIn, CheckIn.id == Entry.item_id)
        .where(CheckIn.unit_code == "DEP37", Entry.move.is_not(None))
    )
    assert list(db.session.scalars(moves.order_by(Entry.id))) == ["open", "CI-03", "CI-10"]


def test_who_arrives_after_the_work_is_evaluated_too(town: Town) -> None:
    whistle = resolved_with_one_more(town)
    arrived(town, whistle, "DEP37", "water_desk", "water_hand")
    whistle = seen(town, whistle)
    refused = town.attempt("desk", whistle, "close", evaluations=[{"unit": "DEP28"} | SCORES])
    assert refused.json["code"] == "every_department_evaluated"
    whistle = town.act("desk", whistle, "close", evaluations=[{"unit": u} | SCORES for u in ("DEP28", "DEP37")])
    assert line_of(whistle, "DEP37")["state"]["code"] == "evaluated"
