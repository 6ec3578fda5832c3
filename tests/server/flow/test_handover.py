"""Who is on leave or overburdened hands over within the unit: custody goes on without a gap, the clocks run on."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from server.db import db, now
from server.flow import Custody
from server.flow.handover import to_deputies
from server.http import transaction
from server.invariants import acts as invariants
from server.journal import Entry
from server.people.desks import today
from server.people.models import Appointment, Leave, Post
from tests.server.town import Town

LATER = timedelta(minutes=20)


def joins_the_lamps(town: Town, who: str, *, deputy: bool) -> None:
    """Appoint somebody else to the post of the lamp unit's handler."""
    post = db.session.scalars(sa.select(Post).where(Post.unit_code == "DEP28", Post.role == "DPH")).one()
    person = town.persons[who]
    db.session.add(Appointment(person_id=person, post_id=post.id, valid_from=today(), deputy=deputy))
    db.session.commit()


def goes_on_leave(town: Town, who: str) -> None:
    db.session.add(Leave(person_id=town.persons[who], first_day=today(), last_day=today() + timedelta(days=5)))
    db.session.commit()


def custody_of(card: dict[str, Any]) -> list[Custody]:
    held = sa.select(Custody).where(Custody.item_id == card["id"]).order_by(Custody.since, Custody.until)
    return list(db.session.scalars(held))


def to(town: Town, who: str) -> dict[str, Any]:
    return {"person_id": str(town.persons[who]), "reason": "原经办人休假"}


def test_the_dispatcher_names_another_handler_and_custody_goes_over_without_a_gap(town: Town) -> None:
    joins_the_lamps(town, "water_hand", deputy=False)
    card = town.handling()
    assert "hand_over" in {one["act"] for one in town.get("lamp_desk", f"/events/{card['id']}").json["actions"]}
    before = {one["code"]: one["due_at"] for one in card["clocks"]}
    card = town.act("lamp_desk", card, "hand_over", **to(town, "water_hand"))
    assert card["state"]["code"] == "handling"
    assert {one["code"]: one["due_at"] for one in card["clocks"]} == before
    assert card["units"][0]["person_id"] == str(town.persons["water_hand"])
    held = custody_of(card)
    assert held[-1].person_id == town.persons["water_hand"]
    assert all(one.until == following.since for one, following in pairwise(held))
    photos = [{"sha256": "b" * 64, "kind": "after"}]
    done = {"result_code": "repaired", "result_text": "已换", "photos": photos}
    assert town.attempt("lamp_hand", card, "report_result", **done).status_code in (403, 404)
    card = town.act("water_hand", card, "report_result", **done)
    town.act("mei", card, "verify", note="亮了")
    assert invariants.broken() == []
    line = db.session.scalars(sa.select(Entry).where(Entry.action == "event.handed_over")).one()
    assert line.facts["reason"] == "原经办人休假"


@pytest.mark.parametrize(
    ("who", "named", "status", "code"),
    [
        ("lamp_desk", "water_desk", 409, "not_of_this_unit"),
        ("lamp_desk", "lamp_hand", 409, "not_of_this_unit"),
        ("desk", "water_hand", 403, "not_your_unit"),
        ("lamp_hand", "water_hand", 403, "not_your_unit"),
        ("water_desk", "water_hand", 404, "not_found"),
        ("stranger", "water_hand", 404, "not_found"),
    ],
)
def test_nobody_else_names_and_nobody_from_elsewhere_is_named(
    town: Town, who: str, named: str, status: int, code: str
) -> None:
    joins_the_lamps(town, "water_hand", deputy=False)
    answer = town.attempt(who, town.handling(), "hand_over", **to(town, named))
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_before_somebody_is_named_there_is_nothing_to_hand_over(town: Town) -> None:
    joins_the_lamps(town, "water_hand", deputy=False)
    answer = town.attempt("lamp_desk", town.dispatched(), "hand_over", **to(town, "water_hand"))
    assert answer.json["code"] == "nobody_named"


def test_an_old_revision_hands_nothing_over(town: Town) -> None:
    joins_the_lamps(town, "water_hand", deputy=False)
    card = town.handling()
    answer = town.attempt("lamp_desk", card | {"revision": card["revision"] - 1}, "hand_over", **to(town, "water_hand"))
    assert answer.json["code"] == "revision_moved"


def test_what_somebody_on_leave_holds_goes_to_the_deputy_once(town: Town) -> None:
    joins_the_lamps(town, "water_hand", deputy=True)
    card = town.handling()
    waiting = town.dispatched()
    goes_on_leave(town, "lamp_hand")
    with transaction():
        assert to_deputies() == 1
    with transaction():
        assert to_deputies() == 0
    card = town.get("lamp_desk", f"/events/{card['id']}").json
    assert card["units"][0]["person_id"] == str(town.persons["water_hand"])
    assert custody_of(card)[-1].person_id == town.persons["water_hand"]
    assert custody_of(waiting)[-1].person_id == town.persons["lamp_desk"]
    assert invariants.broken() == []


def test_without_a_deputy_it_stays_and_the_dispatcher_decides(town: Town) -> None:
    joins_the_lamps(town, "water_hand", deputy=False)
    card = town.handling()
    goes_on_leave(town, "lamp_hand")
    with transaction():
        assert to_deputies() == 0
    assert custody_of(card)[-1].person_id == town.persons["lamp_hand"]
    town.act("lamp_desk", card, "hand_over", **to(town, "water_hand"))


def test_a_responder_hands_his_whistle_over_too(town: Town) -> None:
    joins_the_lamps(town, "water_hand", deputy=False)
    whistle = town.blown(["DEP28"])
    card = town.get("lamp_desk", f"/check-ins/{whistle['check_ins'][0]['id']}").json
    soon = (now() + LATER).isoformat()
    card = town.act("lamp_desk", card, "respond", expected_at=soon, person_id=str(town.persons["lamp_hand"]))
    card = town.act("lamp_desk", card, "hand_over", **to(town, "water_hand"))
    assert custody_of(card)[-1].person_id == town.persons["water_hand"]
