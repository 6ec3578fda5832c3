"""The definitions of K01–K10, K28 and K33 at their edges: what lies ahead, what came later, whose it is (spec 11)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server import policy
from server.access import SYSTEM, Actor, Hat
from server.clocks import rules
from server.clocks.courses import calendar
from server.clocks.rules import Course
from server.db import CN, db, new_id, now
from server.events import sampling
from server.events.models import Event
from server.figures import acts, closing
from server.figures.asked import Asked
from server.people.models import Appointment, Post
from server.worker import exhaust
from tests.server.town import INSIDE, LOOKED, Town

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=CN)
HERE = {"method": "position", "lon": INSIDE[0], "lat": INSIDE[1], "crs": "wgs84", "accuracy_m": 10.0}
BASIS = {"basis": "三定方案第五条", "reason": "不属本单位职责"}
UPHELD = {"share_pct": 0, "reason": "职责为0%", "legal_basis": "第二十三条"}


@pytest.fixture(autouse=True)
def monday(clock: Any) -> None:
    """Nine o'clock on an ordinary Monday."""
    clock.set(MONDAY)


def figure(code: str, variant: str = "", *, first: date, last: date | None = None, **part: Any) -> tuple[int, int]:
    since, until = acts.period(first, last or first)
    shown = acts.compute(Asked(since, until, part.pop("by", SYSTEM), **part), frozenset({code}))
    one = next(row for row in shown if row["variant"] == variant)
    return one["numerator"], one["denominator"]


def actor(town: Town, who: str) -> Actor:
    """The person as a request would know him."""
    post = sa.select(Post).join(Appointment, Appointment.post_id == Post.id)
    held = db.session.scalars(post.where(Appointment.person_id == town.persons[who])).one()
    return Actor(town.persons[who], who, (Hat(held.id, held.role, held.unit_code),))


def day(offset: int) -> date:
    return (MONDAY + timedelta(days=offset)).date()


def respond(town: Town, whistle: dict[str, Any], unit: str, desk: str, hand: str) -> dict[str, Any]:
    id = next(line["id"] for line in whistle["check_ins"] if line["unit"]["code"] == unit)
    card = town.get(desk, f"/check-ins/{id}").json
    soon = (now() + timedelta(minutes=20)).isoformat()
    return town.act(desk, card, "respond", expected_at=soon, person_id=str(town.persons[hand]))


def test_a_limit_that_lies_ahead_is_not_due_yet(town: Town, clock: Any) -> None:
    town.handling()
    whistle = town.blown(["DEP28"])
    for code, variant in (("K01", ""), ("K03", "A"), ("K08", "A"), ("K08", "B"), ("K09", "")):
        assert figure(code, variant, first=day(0), last=day(30)) == (0, 0), code
    clock.advance(timedelta(days=10))
    assert figure("K01", first=day(0), last=day(30)) == (0, 1)
    assert figure("K08", "B", first=day(0), last=day(30)) == (0, 1)
    assert whistle["state"]["code"] == "blown"


def test_what_was_open_and_overdue_stays_so_in_its_period_though_it_was_closed_later(town: Town, clock: Any) -> None:
    card = town.handling()
    due = datetime.fromisoformat(next(c["due_at"] for c in card["clocks"] if c["code"] == "HANDLE")).astimezone(CN)
    clock.set(due + timedelta(days=9))
    photos = [{"sha256": "b" * 64, "kind": "after"}]
    card = town.act("lamp_hand", card, "report_result", result_code="repaired", result_text="好", photos=photos)
    town.act("mei", card, "verify", note="已核")
    month = {"first": day(0), "last": due.date() + timedelta(days=3)}
    assert figure("K05", "A", **month) == (1, 1)
    assert figure("K01", **month) == (0, 1)
    assert figure("K05", "A", first=due.date() + timedelta(days=9)) == (0, 1)


def test_what_nobody_handles_is_due_to_be_closed_all_the_same(town: Town, clock: Any) -> None:
    """2026-11-28: K03 left out what was never handled, so that doing nothing looked like closing everything."""
    card = town.handling()
    due = datetime.fromisoformat(next(c["due_at"] for c in card["clocks"] if c["code"] == "HANDLE")).astimezone(CN)
    end = rules.due(Course(due, policy.current().limit("VERIFY", urgency=card["urgency"])), calendar()).at
    whole = {"first": day(0), "last": day(60)}
    clock.set(end - timedelta(seconds=2))
    assert figure("K03", "A", **whole) == (0, 0)
    clock.set(end)
    assert figure("K03", "A", **whole) == figure("K03", "B", **whole) == (0, 1)
    assert figure("K03", "A", first=day(0), last=(end - timedelta(days=2)).astimezone(CN).date()) == (0, 0)
    clock.advance(timedelta(days=1))
    photos = [{"sha256": "b" * 64, "kind": "after"}]
    card = town.act("lamp_hand", card, "report_result", result_code="repaired", result_text="好", photos=photos)
    town.act("mei", card, "verify", note="已核")
    assert (figure("K03", "A", **whole), figure("K03", "B", **whole)) == ((1, 1), (0, 1))


def test_the_closing_limit_is_found_from_its_end() -> None:
    for urgency in policy.current().urgencies:
        limit = policy.current().limit("VERIFY", urgency=urgency)
        for moment in (MONDAY, MONDAY.replace(hour=0), MONDAY - timedelta(days=20, seconds=1)):
            first = closing.begun(limit, moment)
            assert rules.due(Course(first, limit), calendar()).at >= moment
            assert rules.due(Course(first - closing.TICK, limit), calendar()).at < moment


def test_the_records_behind_a_side_add_up_to_its_number(town: Town, clock: Any) -> None:
    card = town.handled()
    for _ in range(2):
        card = town.act("mei", card, "send_back", reason="仍不亮")
        photos = [{"sha256": "b" * 64, "kind": "after"}]
        card = town.act("lamp_hand", card, "report_result", result_code="repaired", result_text="好", photos=photos)
    town.act("mei", card, "verify", note="已核")
    assert figure("K04", first=day(0)) == (2, 1)
    asked = Asked(*acts.period(day(0), day(0)), SYSTEM)
    found = acts.records(asked, "K04", "", "above", cursor=None, limit=10)["items"]
    assert [(line["no"], line["times"]) for line in found] == [(card["no"], 2)]


def test_how_many_of_the_grids_own_matters_were_looked_at_on_the_spot_is_a_figure(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for drawn, facts in ((True, LOOKED), (False, {"note": "看过照片"})):
        monkeypatch.setattr(sampling, "lot", lambda *args, drawn=drawn: drawn)
        photos = [{"sha256": "b" * 64, "kind": "after"}]
        card = town.act("mei", town.report(category="A01"), "self_handle", result_text="已清", photos=photos)
        town.act("leader", card, "verify", **facts)
    assert figure("K07", "S", first=day(0)) == (1, 2)
    assert figure("K07", first=day(0)) == (2, 2)


def test_what_an_extension_saved_is_late_and_shown_apart(town: Town, clock: Any) -> None:
    card = town.handling(category="B02", text="路面破损")
    handle = next(one for one in card["clocks"] if one["code"] == "HANDLE")
    started, due = (datetime.fromisoformat(handle[name]) for name in ("started_at", "original_due_at"))
    card = town.act("lamp_head", card, "extend", until=(due + (due - started) * 0.4).isoformat(), reason="材料未到")
    clock.set(due + timedelta(minutes=5))
    photos = [{"sha256": "b" * 64, "kind": "after"}]
    town.act("lamp_hand", card, "report_result", result_code="repaired", result_text="好", photos=photos)
    span = {"first": day(0), "last": day(60)}
    assert (figure("K02", **span), figure("K02", "E", **span)) == ((0, 1), (1, 1))


def test_a_whistle_belongs_to_one_period_that_of_its_last_answer(town: Town, clock: Any) -> None:
    clock.set(MONDAY.replace(hour=23, minute=55))
    whistle = town.blown(["DEP28", "DEP37"], kind="EMERGENCY")
    respond(town, whistle, "DEP28", "lamp_desk", "lamp_hand")
    clock.advance(timedelta(days=1))
    assert (figure("K08", "A", first=day(0)), figure("K08", "A", first=day(1))) == ((0, 0), (0, 1))
    assert (figure("K08", "B", first=day(0)), figure("K08", "B", first=day(1))) == ((1, 1), (0, 1))


def test_a_whistle_cancelled_before_any_limit_is_left_out_though_somebody_answered(town: Town, clock: Any) -> None:
    whistle = town.blown(["DEP28", "DEP37"], kind="EMERGENCY")
    town.act("desk", whistle, "cancel", reason_code="mistaken", reason="误吹")
    other = town.blown(["DEP28"], kind="EMERGENCY")
    clock.advance(timedelta(minutes=11))
    exhaust()
    db.session.expire_all()
    other = town.get("desk", f"/whistles/{other['id']}").json
    town.act("desk", other, "cancel", reason_code="mistaken", reason="误吹")
    assert figure("K08", "A", first=day(0)) == (0, 1)


def test_an_excused_department_has_answered_and_owes_no_arrival(town: Town, clock: Any) -> None:
    whistle = town.blown(["DEP28"], kind="EMERGENCY")
    card = respond(town, whistle, "DEP28", "lamp_desk", "lamp_hand")
    body = {"kind": "check_in", "item_id": card["id"]} | BASIS
    objection = town.call("lamp_desk", "PUT", f"/objections/{new_id()}", body).json
    town.act("arbiter", objection, "uphold", **UPHELD)
    clock.advance(timedelta(hours=2))
    assert figure("K08", "B", first=day(0)) == (1, 1)
    assert figure("K09", first=day(0)) == (0, 0)
    assert figure("K28", "A", first=day(0)) == (0, 0)
    assert figure("K28", "B", first=day(0)) == (0, 1)


def test_a_departments_figures_keep_the_assignment_it_was_freed_of(town: Town, clock: Any) -> None:
    units = [{"unit": "DEP28", "role": "lead", "share_pct": 60}, {"unit": "DEP36", "role": "co", "share_pct": 40}]
    card = town.act("desk", town.act("desk", town.report(), "file"), "dispatch", units=units)
    objection = town.call(
        "lamp_desk", "PUT", f"/objections/{new_id()}", {"kind": "event", "item_id": card["id"]} | BASIS
    )
    clock.advance(timedelta(minutes=1))
    new = [{"unit": "DEP37", "role": "lead", "share_pct": 100}]
    town.act("arbiter", objection.json, "uphold", units=new, **UPHELD)
    head = actor(town, "lamp_head")
    assert figure("K28", "A", first=day(0), by=head) == (1, 1)
    assert figure("K33", first=day(0), by=head) == (1, 1)
    assert figure("K33", first=day(0), unit="DEP28") == (1, 1)
    assert figure("K33", first=day(0)) == (1, 3)
    assert figure("K28", "C", first=day(0)) == (1, 1)


def test_category_and_unit_hold_on_both_sides_of_the_line(town: Town, clock: Any) -> None:
    whistle = town.blown(["DEP37"])
    event = db.session.get_one(Event, whistle["event_id"])
    assert figure("K10", first=day(0), category="C") == (0, 0)
    town.act("desk", town.get("desk", f"/events/{event.id}").json, "file")
    assert figure("K10", first=day(0), category=event.category[0]) == (1, 1)
    respond(town, whistle, "DEP37", "water_desk", "water_hand")
    clock.advance(timedelta(seconds=1))
    assert figure("K08", "A", first=day(0), unit="DEP37") == (1, 1)
    assert figure("K08", "A", first=day(0), unit="DEP28") == (0, 0)
    assert figure("K08", "B", first=day(0), category="C") == (0, 0)
    assert figure("K28", "B", first=day(0), category="B") == (0, 0)
