"""Stories of the main job, over HTTP, with moved time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server.access import SYSTEM
from server.clocks.models import Breach
from server.db import db, new_id, now
from server.events.models import Event
from server.figures import acts as figures
from server.figures.asked import Asked
from server.grids import editions
from server.grids.models import Edition, Grid
from tests.server.town import AFTER, GRIDS, HOME, INSIDE, OLD_TOWN, SIDE, square
from tests.stories.conftest import MONDAY, Day

pytestmark = pytest.mark.stories

HERE = {"method": "position", "lon": INSIDE[0], "lat": INSIDE[1], "crs": "wgs84", "accuracy_m": 10.0}


def figure(code: str, variant: str = "") -> tuple[int, int]:
    since, until = figures.period(MONDAY.date(), (MONDAY + timedelta(days=30)).date())
    shown = figures.compute(Asked(since, until, SYSTEM), frozenset({code}))
    one = next(row for row in shown if row["variant"] == variant)
    return one["numerator"], one["denominator"]


def check_in(day: Day, who: str, whistle: dict[str, Any], unit: str) -> dict[str, Any]:
    lines = day.get("desk", f"/whistles/{whistle['id']}").json["check_ins"]
    id = next(line["id"] for line in lines if line["unit"]["code"] == unit)
    return dict(day.get(who, f"/check-ins/{id}").json)


def test_an_ordinary_street_lamp(day: Day) -> None:
    """Reported at nine, filed and dispatched within the hour, mended the next day, verified, counted."""
    card = day.report()
    day.after(minutes=20)
    assert any("待立案" in title for title in day.inbox("desk"))
    card = day.act("desk", card, "file")
    day.after(minutes=10)
    card = day.act("desk", card, "dispatch")
    day.after(minutes=30)
    assert any("请签收" in title for title in day.inbox("lamp_desk"))
    card = day.act("lamp_desk", card, "accept", person_id=str(day.persons["lamp_hand"]))
    day.after(hours=20)
    card = day.act("lamp_hand", card, "start")
    day.after(hours=3)
    done = {"result_code": "repaired", "result_text": "更换灯泡", "photos": [{"sha256": AFTER, "kind": "after"}]}
    card = day.act("lamp_hand", card, "report_result", **done)
    day.after(hours=1)
    assert any("待核查" in title for title in day.inbox("mei"))
    card = day.act("mei", card, "verify", note="亮了")
    assert all(clock["result"] == "met" for clock in card["clocks"])
    assert figure("K01") == (1, 1)
    assert figure("K02") == (1, 1)
    assert figure("K06") == (1, 1)


def test_a_burst_main_and_three_departments_at_four_nine_and_twelve_minutes(day: Day) -> None:
    """Spec 16.3 no. 6: not all responded (A = 0), two thirds in time (B); the third is late and escalates only at 20."""
    event = day.report(category="B05", text="主干道爆管", photos=[])
    body = {
        "kind": "EMERGENCY",
        "event_id": event["id"],
        "departments": ["DEP37", "DEP22", "DEP26"],
        "reason": "需抢修",
    }
    whistle = day.call("desk", "PUT", f"/whistles/{new_id()}", body).json
    blown = now()
    crews = ((4, "water_desk", "water_hand", "DEP37"), (9, "water_bureau", "bureau_hand", "DEP22"),
             (12, "fire_desk", "fire_hand", "DEP26"))  # fmt: skip
    for minute, desk, hand, unit in crews:
        day.at(blown + timedelta(minutes=minute))
        card = check_in(day, desk, whistle, unit)
        assert card["state"]["code"] == "notified"
        soon = (now() + timedelta(minutes=10)).isoformat()
        card = day.act(desk, card, "respond", expected_at=soon, person_id=str(day.persons[hand]))
    assert card["responded_late"] is True
    assert figure("K08", "A") == (0, 1)
    assert figure("K08", "B") == (2, 3)
    breach = db.session.scalars(sa.select(Breach)).one()
    assert (breach.code, breach.unit_code) == ("RESP", "DEP26")
    day.at(blown + timedelta(minutes=25))
    for _, _, hand, unit in crews:
        day.act(hand, check_in(day, hand, whistle, unit), "check_in", **HERE)
    assert figure("K09") == (3, 3)


def test_nobody_comes(day: Day) -> None:
    """Silence: reminded at half and four fifths, breached at the limit, recorded absent at twice the limit, told upwards."""
    whistle = day.blown(["DEP28"], kind="EMERGENCY")
    blown = now()
    day.after(seconds=1)
    assert any("请立即响应" in title for title in day.inbox("lamp_desk"))
    assert not any("请立即响应" in title for title in day.inbox("water_desk"))
    day.at(blown + timedelta(minutes=11))
    card = check_in(day, "lamp_desk", whistle, "DEP28")
    assert card["state"]["code"] == "notified"
    resp = next(clock for clock in card["clocks"] if clock["code"] == "RESP")
    assert (resp["result"], resp["lamp"]) == ("breached_open", "red")
    day.at(blown + timedelta(minutes=21))
    assert check_in(day, "lamp_desk", whistle, "DEP28")["state"]["code"] == "no_show"
    assert any("未报到" in title for title in day.inbox("chief"))
    assert any("未报到" in title for title in day.inbox("inspector"))
    day.at(blown + timedelta(minutes=60))
    card = day.act("lamp_hand", check_in(day, "lamp_hand", whistle, "DEP28"), "check_in", **HERE)
    assert (card["state"]["code"], card["arrived_late"]) == ("checked_in", True)
    assert {clock["result"] for clock in card["clocks"]} == {"late"}


def test_a_department_tries_to_give_back_one_percent(day: Day) -> None:
    card = day.act("desk", day.act("desk", day.report(), "file"), "dispatch")
    body = {"kind": "event", "item_id": card["id"], "claimed_share_pct": 1, "basis": "三定", "reason": "不归我们"}
    refused = day.call("lamp_desk", "PUT", f"/objections/{new_id()}", body)
    assert (refused.status_code, refused.json["code"]) == (409, "one_percent_keeps_it")
    kept = day.get("lamp_desk", f"/events/{card['id']}").json
    assert kept["state"]["code"] == "dispatched"
    day.after(days=3)
    handle = next(c for c in day.get("desk", f"/events/{card['id']}").json["clocks"] if c["code"] == "HANDLE")
    assert handle["result"] == "breached_open"


def test_two_workers_report_the_same_hole_one_offline_for_six_hours(day: Day) -> None:
    """Spec 16.3 no. 7: times stay as captured; the unit's clock starts at receipt; both reporters are kept by the merge."""
    first = day.report("mei", category="B02", text="中山路路面坑洞")
    seen = now()
    day.after(hours=6)
    late = day.report(
        "gang", category="B02", text="中山路有个坑", lat=INSIDE[1] + 0.00018, captured_at=seen.isoformat()
    )
    assert late["captured_at"] == seen.isoformat()
    file = next(clock for clock in late["clocks"] if clock["code"] == "FILE")
    assert file["started_at"] == late["received_at"]
    merged = day.act("desk", late, "merge", parent_id=first["id"])
    assert (merged["state"]["code"], merged["result"]["text"]) == ("merged", first["no"])
    parent = day.get("desk", f"/events/{first['id']}").json
    assert parent["merged_count"] == 1
    assert day.get("gang", f"/events/{late['id']}").status_code == 200


def test_a_suspension_ends_by_itself_on_its_day(day: Day) -> None:
    card = day.handling()
    until = now() + timedelta(days=2)
    facts = {"reason_code": "permit", "reason": "等待审批", "interim_measure": "围挡", "until": until.isoformat()}
    day.act("lamp_head", card, "suspend", **facts)
    day.at(until + timedelta(minutes=1))
    card = day.get("lamp_hand", f"/events/{card['id']}").json
    assert card["state"]["code"] == "handling"


def test_a_neighbouring_township_tries_everything(day: Day) -> None:
    """An account of another township can neither see nor touch, and cannot tell absent from forbidden."""
    card = day.report()
    whistle = day.blown(["DEP28"])
    absent = {"kind": "event", "id": str(new_id()), "revision": 1}
    for who in ("far_desk", "stranger"):
        for item in (card, whistle):
            path = "events" if item["kind"] == "event" else "whistles"
            assert day.get(who, f"/{path}/{item['id']}").data == day.get(who, f"/{path}/{new_id()}").data
        for act in ("file", "reject", "merge", "dispatch", "verify", "void", "self_handle"):
            facts = {
                "reason": "试",
                "reason_code": "not_found",
                "note": "试",
                "parent_id": str(new_id()),
                "result_text": "试",
            }
            foreign = day.call(who, "POST", f"/events/{card['id']}/{act}", {"revision": 1} | _only(act, facts))
            missing = day.call(who, "POST", f"/events/{absent['id']}/{act}", {"revision": 1} | _only(act, facts))
            assert (foreign.status_code, foreign.data) == (missing.status_code, missing.data), act
            assert foreign.status_code == 404
    assert day.get("far_desk", "/events").json["items"] == []
    assert day.get("far_desk", "/whistles").json["items"] == []
    assert day.get("far_desk", f"/events?township={OLD_TOWN}").json["items"] == []


FIELDS = {
    "file": (), "dispatch": (), "reject": ("reason", "reason_code"), "merge": ("parent_id",), "verify": ("note",),
    "void": ("reason",), "self_handle": ("result_text",),
}  # fmt: skip


def _only(act: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in FIELDS[act]}


def test_a_reporter_who_flies_is_flagged_and_not_blocked(day: Day) -> None:
    day.report()
    day.after(minutes=5)
    card = day.report(lon=INSIDE[0] + 0.2, text="五分钟后二十公里外")
    day.after(minutes=1)
    assert "jump" in day.get("mei", f"/events/{card['id']}").json["flags"]


def redraw(code: str, *, at: datetime) -> int:
    """Publish an edition from ``at`` on in which the east of the home grid is a grid of its own; return the old one."""
    old = db.session.scalars(sa.select(Edition)).one()
    more = {"source_crs": "EPSG:4490", "file_name": "redrawn", "file_sha256": "1" * 64, "report": {}}
    new = Edition(name="重划版", layer="base", status="loaded", imported_at=now(), imported_by=old.imported_by, **more)
    db.session.add(new)
    db.session.flush()
    lon, lat = GRIDS[HOME]
    outlines = {HOME: square(lon, lat, SIDE * 0.3), code: square(lon + SIDE * 0.3, lat, SIDE * 0.7)}
    for name, corner in GRIDS.items():
        outlines.setdefault(name, square(*corner))
    for name, geom in outlines.items():
        place = {"village_code": name[:12], "township_code": name[:9], "geom": geom}
        db.session.add(Grid(edition_id=new.id, code=name, **place))
    db.session.flush()
    editions.publish(new, by=SYSTEM, at=at)
    db.session.commit()
    return old.id


def test_a_grid_redrawn_at_midnight(day: Day) -> None:
    """Spec 16.3 no. 9: an event captured at 23:59 stays in the old edition, though received after midnight."""
    day.at(MONDAY.replace(hour=12))
    old = redraw(OLD_TOWN + "003009", at=MONDAY.replace(hour=0) + timedelta(days=1))
    before = MONDAY.replace(hour=23, minute=59)
    day.at(MONDAY.replace(hour=0) + timedelta(days=1, minutes=30))
    in_time = day.report(captured_at=before.isoformat(), text="零点前发现")
    after = day.report(captured_at=(before + timedelta(minutes=2)).isoformat(), text="零点后发现")
    assert (in_time["grid_code"], after["grid_code"]) == (HOME, OLD_TOWN + "003009")
    editions = {str(one.id): one.edition_id for one in db.session.scalars(sa.select(Event))}
    assert editions[in_time["id"]] == old
    assert editions[after["id"]] not in (None, old)
    filed = day.act("desk", in_time, "file", point={"lon": INSIDE[0], "lat": INSIDE[1], "crs": "wgs84"})
    assert filed["grid_code"] == HOME


def test_whoever_reported_or_was_called_hears_how_it_ends(day: Day) -> None:
    """Merged, not filed, voided, looked at again, called off: nobody waits for an answer that never comes (R6)."""
    parent = day.report("mei")
    child = day.report("part")
    day.act("desk", child, "merge", parent_id=parent["id"])
    parent = day.get("desk", f"/events/{parent['id']}").json
    day.act("desk", parent, "reject", reason_code="not_found", reason="现场无此情况")
    day.after(minutes=11)
    assert any("已并案" in title for title in day.inbox("part"))
    assert any(title.startswith("并案事件不予立案") for title in day.inbox("part"))
    day.call("mei", "POST", f"/events/{parent['id']}/second_look", {"reason": "确有其事"})
    whistle = day.blown(["DEP28"])
    day.act("desk", whistle, "cancel", reason_code="mistaken", reason="误吹")
    filed = day.act("desk", day.report("leader"), "file")
    day.call("centre", "POST", f"/events/{filed['id']}/ask_void", {"reason": "测试"})
    day.after(minutes=11)
    assert any("申请复核" in title for title in day.inbox("desk"))
    assert any("已撤哨" in title for title in day.inbox("lamp_desk"))
    assert any("待确认作废" in title for title in day.inbox("centre_two"))
    day.act("centre_two", filed, "void", reason="测试")
    day.after(minutes=11)
    assert any("已作废" in title for title in day.inbox("leader"))
