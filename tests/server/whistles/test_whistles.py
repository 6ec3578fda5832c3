"""A whistle is blown by those who may, answered by each department on its own clock, and judged by the caller."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server import policy
from server.db import db, new_id, now
from server.flow import Custody
from server.journal import Entry
from server.people.models import Device
from server.whistles import verdict
from server.whistles.models import CheckIn, Whistle
from server.worker import exhaust
from tests.server.town import INSIDE, Town, device

HERE = {"method": "position", "lon": INSIDE[0], "lat": INSIDE[1], "crs": "wgs84", "accuracy_m": 10.0}
FAR_OFF = HERE | {"lon": INSIDE[0] + 0.005}
SCORES = {"measures": 4, "result": 5, "note": "到场及时"}


def line_of(card: dict[str, Any], unit: str) -> dict[str, Any]:
    return next(line for line in card["check_ins"] if line["unit"]["code"] == unit)


def check_in(town: Town, who: str, whistle: dict[str, Any], unit: str) -> dict[str, Any]:
    """Return the card of a department's check-in as ``who`` sees it."""
    id = line_of(town.get("desk", f"/whistles/{whistle['id']}").json, unit)["id"]
    return dict(town.get(who, f"/check-ins/{id}").json)


def responded(
    town: Town, whistle: dict[str, Any], unit: str = "DEP28", desk: str = "lamp_desk", hand: str = "lamp_hand"
) -> Any:
    card = check_in(town, desk, whistle, unit)
    soon = (now() + timedelta(minutes=20)).isoformat()
    return town.act(desk, card, "respond", expected_at=soon, person_id=str(town.persons[hand]))


def arrived(
    town: Town, whistle: dict[str, Any], unit: str = "DEP28", desk: str = "lamp_desk", hand: str = "lamp_hand"
) -> Any:
    return town.act(hand, responded(town, whistle, unit, desk, hand), "check_in", **HERE)


def test_a_whistle_goes_from_blow_to_close(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    assert whistle["state"]["code"] == "blown"
    card = arrived(town, whistle)
    assert (card["state"]["code"], card["arrived_late"]) == ("checked_in", False)
    town.act("lamp_hand", card, "work")
    whistle = town.get("desk", f"/whistles/{whistle['id']}").json
    assert whistle["state"]["code"] == "assembling"
    due = (now() + timedelta(days=1)).isoformat()
    whistle = town.act("desk", whistle, "start", due_at=due)
    whistle = town.act("desk", whistle, "resolve", result_text="已协同处置")
    assert line_of(whistle, "DEP28")["state"]["code"] == "released"
    refused = town.attempt("desk", whistle, "close")
    assert refused.json["code"] == "every_department_evaluated"
    whistle = town.act("desk", whistle, "close", evaluations=[{"unit": "DEP28"} | SCORES])
    assert whistle["state"]["code"] == "closed"
    assert line_of(whistle, "DEP28")["scores"] == {"arrival": 5, "measures": 4, "result": 5}


def test_custody_of_whistle_and_check_in_has_no_gap_and_ends(town: Town) -> None:
    test_a_whistle_goes_from_blow_to_close(town)
    for model in (Whistle, CheckIn):
        item = db.session.scalars(sa.select(model)).one()
        held = list(db.session.scalars(sa.select(Custody).where(Custody.item_id == item.id).order_by(Custody.since)))
        assert all(one.until == after.since for one, after in pairwise(held))
        assert held[-1].until == item.closed_at


@pytest.mark.parametrize(
    ("who", "kind", "more", "code"),
    [
        ("desk", "ENFORCEMENT", {}, "the_law_is_named"),
        ("desk", "KEYWORK", {}, "this_post_may_blow_this_kind"),
        ("leader", "ENFORCEMENT", {"law_article": "某法第十条"}, "this_post_may_blow_this_kind"),
        ("mei", "DEMAND", {}, "not_your_move"),
        ("desk", "DEMAND", {"departments": []}, None),
        ("desk", "DEMAND", {"departments": ["DEP03"]}, "departments_are_called"),
        ("desk", "DEMAND", {"reason": " "}, None),
        ("gang", "EMERGENCY", {}, None),
        ("far_desk", "DEMAND", {}, "the_linked_event_is_open"),
    ],
)
def test_a_whistle_is_refused_to_the_wrong_post_or_without_what_it_needs(
    town: Town, who: str, kind: str, more: dict, code: str | None
) -> None:
    event = town.report()
    body = {"kind": kind, "event_id": event["id"], "departments": ["DEP28"], "reason": "无权处理"} | more
    answer = town.call(who, "PUT", f"/whistles/{new_id()}", body)
    assert answer.status_code in (403, 409, 422), answer.json
    assert code is None or answer.json["code"] == code
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Whistle)) == 0


def test_a_grid_whistle_is_screened_and_confirmed_and_stays_a_grid_whistle(town: Town) -> None:
    whistle = town.blown(["DEP28"], who="leader")
    assert (whistle["state"]["code"], whistle["level"]) == ("screening", "grid")
    whistle = town.act("desk", whistle, "confirm", departments=["DEP28", "DEP37"])
    assert (whistle["state"]["code"], whistle["level"]) == ("blown", "grid")
    assert {line["unit"]["code"] for line in whistle["check_ins"]} == {"DEP28", "DEP37"}


def test_the_township_sees_whom_the_grid_wants_called_and_what_each_department_owes_next(town: Town) -> None:
    asked = town.blown(["DEP28"], who="leader", kind="DEMAND")
    seen = town.get("desk", f"/whistles/{asked['id']}").json
    assert [one["code"] for one in seen["asked"]] == ["DEP28"]
    confirmed = town.act("desk", seen, "confirm", departments=["DEP28"])
    assert confirmed["asked"] == []
    card = town.get("desk", f"/whistles/{asked['id']}").json
    assert line_of(card, "DEP28")["due"]["code"] == "RESP"
    responded(town, card)
    assert line_of(town.get("desk", f"/whistles/{asked['id']}").json, "DEP28")["due"]["code"] == "ARRIVE"


def test_the_township_may_settle_a_grid_whistle_itself(town: Town) -> None:
    whistle = town.blown(["DEP28"], who="leader")
    whistle = town.act("desk", whistle, "settle", result_text="镇街已组织清理")
    assert (whistle["state"]["code"], whistle["check_ins"]) == ("settled", [])


def test_an_emergency_of_the_grid_skips_the_screening(town: Town) -> None:
    whistle = town.blown(["DEP37"], kind="EMERGENCY", who="mei")
    assert (whistle["state"]["code"], whistle["level"]) == ("blown", "grid")


def test_each_department_has_its_own_clocks(town: Town) -> None:
    whistle = town.blown(["DEP28", "DEP37"], kind="EMERGENCY")
    card = check_in(town, "lamp_desk", whistle, "DEP28")
    assert {clock["code"]: clock["limit"] for clock in card["clocks"]} == {"RESP": "10 min", "ARRIVE": "30 min"}
    responded(town, whistle)
    other = check_in(town, "water_desk", whistle, "DEP37")
    assert [clock["result"] for clock in other["clocks"]] == ["running", "running"]


def test_a_department_sees_its_own_check_in_only(town: Town) -> None:
    whistle = town.blown(["DEP28", "DEP37"])
    id = line_of(whistle, "DEP28")["id"]
    assert town.get("water_desk", f"/check-ins/{id}").status_code == 404
    assert town.get("water_desk", f"/whistles/{whistle['id']}").status_code == 200
    assert town.get("fire_desk", f"/whistles/{whistle['id']}").status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "ok"),
        ({"lon": INSIDE[0] + 0.0019}, "ok"),
        ({"lon": INSIDE[0] + 0.0025}, "too_far"),
        ({"accuracy_m": 150.0}, "inaccurate"),
        ({"accuracy_m": None}, "inaccurate"),
        ({"is_mock": True}, "mock"),
    ],
)
def test_arrival_by_position_counts_distance_accuracy_and_honesty(town: Town, change: dict, said: str) -> None:
    card = responded(town, town.blown(["DEP28"]))
    answer = town.attempt("lamp_hand", card, "check_in", **(HERE | change))
    assert (answer.status_code == 200) == (said == "ok"), answer.json
    if said != "ok":
        assert (answer.json["code"], answer.json["verdict"]) == ("arrival_is_proven", said)


def test_arrival_by_the_code_the_caller_shows(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    card = responded(town, whistle)
    assert town.get("lamp_desk", f"/whistles/{whistle['id']}/code").status_code == 403
    shown = town.get("desk", f"/whistles/{whistle['id']}/code").json
    wrong = "0" * len(shown["code"]) if shown["code"] != "0" * len(shown["code"]) else "1" * len(shown["code"])
    assert town.attempt("lamp_hand", card, "check_in", method="code", code=wrong).json["verdict"] == "wrong_code"
    card = town.act("lamp_hand", card, "check_in", method="code", code=shown["code"])
    assert card["method"] == "code"


def test_codes_cannot_be_guessed_for_ever(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    card = responded(town, whistle)
    shown = town.get("desk", f"/whistles/{whistle['id']}/code").json["code"]
    for guess in range(5):
        wrong = str((int(shown) + 1 + guess) % 10 ** len(shown)).zfill(len(shown))
        assert town.attempt("lamp_hand", card, "check_in", method="code", code=wrong).status_code == 409
    locked = town.attempt("lamp_hand", card, "check_in", method="code", code=shown)
    assert (locked.status_code, locked.json["verdict"]) == (409, "locked")
    assert town.act("lamp_hand", card, "check_in", **HERE)["state"]["code"] == "checked_in"


def test_who_simply_arrives_has_thereby_responded(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    card = check_in(town, "lamp_hand", whistle, "DEP28")
    card = town.act("lamp_hand", card, "check_in", **HERE)
    assert card["state"]["code"] == "checked_in"
    row = db.session.get_one(CheckIn, card["id"])
    assert row.responded_at is not None
    assert row.person_id == town.persons["lamp_hand"]
    moves = list(db.session.scalars(sa.select(Entry.move).where(Entry.item_id == row.id).order_by(Entry.id)))
    assert moves == ["open", "CI-01", "CI-02"]
    assert town.get("desk", f"/whistles/{whistle['id']}").json["state"]["code"] == "assembling"


def signed(town: Town, card: dict[str, Any], key: Ed25519PrivateKey, moment: str, **change: str) -> dict[str, Any]:
    values = {
        "check_in": card["id"], "nonce": card["nonce"], "captured_at": moment, "method": "position",
        "lon": str(INSIDE[0]), "lat": str(INSIDE[1]), "crs": "wgs84", "accuracy_m": "12.0", "is_mock": "false",
    }  # fmt: skip
    line = verdict.statement(**(values | change))
    return HERE | {"signed_text": line, "signature": base64.b64encode(key.sign(line.encode())).decode()}


@pytest.fixture
def phone_key(town: Town) -> Ed25519PrivateKey:
    """The handler's phone, enrolled with its public key."""
    key = Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    db.session.add(
        Device(
            id=device("lamp_hand"), person_id=town.persons["lamp_hand"], enrolled_at=now(),
            public_key=base64.b64encode(raw).decode(),
        )
    )  # fmt: skip
    db.session.commit()
    return key


def test_an_offline_check_in_counts_at_its_true_moment(town: Town, clock: Any, phone_key: Ed25519PrivateKey) -> None:
    clock.set(now())
    whistle = town.blown(["DEP28"], kind="EMERGENCY")
    card = responded(town, whistle)
    clock.advance(timedelta(minutes=20))
    there = now()
    clock.advance(timedelta(hours=2))
    seen = check_in(town, "lamp_hand", whistle, "DEP28")
    card = town.act("lamp_hand", seen, "check_in", **signed(town, seen, phone_key, there.isoformat()))
    assert (card["offline"], card["arrived_late"]) == (True, False)
    assert db.session.get_one(CheckIn, card["id"]).arrived_at == there
    arrive = next(one for one in card["clocks"] if one["code"] == "ARRIVE")
    assert arrive["result"] == "met"


@pytest.mark.parametrize(
    ("change", "hours"),
    [({"nonce": "00" * 16}, 0), ({"check_in": str(new_id())}, 0), ({"captured_at": "2020-01-01T00:00:00+00:00"}, 0)],
)
def test_a_forged_or_replayed_offline_record_is_refused(
    town: Town, clock: Any, phone_key: Ed25519PrivateKey, change: dict, hours: int
) -> None:
    clock.set(now())
    card = responded(town, town.blown(["DEP28"]))
    clock.advance(timedelta(minutes=5))
    body = signed(town, card, phone_key, now().isoformat(), **change)
    answer = town.attempt("lamp_hand", card, "check_in", **body)
    assert (answer.status_code, answer.json["verdict"]) == (409, "forged")
    stranger = signed(town, card, Ed25519PrivateKey.generate(), now().isoformat())
    assert town.attempt("lamp_hand", card, "check_in", **stranger).json["verdict"] == "forged"


def test_nobody_cancels_once_somebody_came(town: Town) -> None:
    whistle = town.blown(["DEP28", "DEP37"])
    facts = {"reason_code": "mistaken", "reason": "误吹"}
    assert town.attempt("lamp_desk", whistle, "cancel", **facts).status_code == 403
    arrived(town, whistle)
    whistle = town.get("desk", f"/whistles/{whistle['id']}").json
    assert town.attempt("desk", whistle, "cancel", **facts).status_code == 409


def test_a_cancelled_whistle_ends_its_check_ins(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    whistle = town.act("desk", whistle, "cancel", reason_code="mistaken", reason="误吹")
    assert whistle["state"]["code"] == "cancelled"
    card = check_in(town, "lamp_desk", whistle, "DEP28")
    assert {clock["result"] for clock in card["clocks"]} == {"cancelled"}
    assert card["closed_at"] is not None


def test_the_caller_waits_or_marks_the_absent(town: Town) -> None:
    whistle = town.blown(["DEP28", "DEP37"])
    arrived(town, whistle)
    whistle = town.get("desk", f"/whistles/{whistle['id']}").json
    due = (now() + timedelta(days=1)).isoformat()
    assert town.attempt("desk", whistle, "start", due_at=due).json["code"] == "all_arrived_or_absent_marked"
    whistle = town.act("desk", whistle, "start", due_at=due, without_absent=True)
    assert line_of(whistle, "DEP37")["state"]["code"] == "no_show"
    late = check_in(town, "water_hand", whistle, "DEP37")
    card = town.act("water_hand", late, "check_in", **HERE)
    assert (card["state"]["code"], card["arrived_late"]) == ("checked_in", True)


def test_one_more_department_is_called_with_clocks_of_its_own(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    responded(town, whistle)
    whistle = town.get("desk", f"/whistles/{whistle['id']}").json
    assert (
        town.attempt("desk", whistle, "add", departments=["DEP28"], reason="再叫").json["code"] == "not_called_before"
    )
    whistle = town.act("desk", whistle, "add", departments=["DEP26"], reason="需应急力量")
    card = check_in(town, "fire_desk", whistle, "DEP26")
    assert {clock["code"] for clock in card["clocks"]} == {"RESP", "ARRIVE"}


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


def test_an_absent_department_scores_nothing_for_arrival(town: Town) -> None:
    whistle = town.blown(["DEP28", "DEP37"])
    arrived(town, whistle)
    whistle = town.get("desk", f"/whistles/{whistle['id']}").json
    town.act("desk", whistle, "start", due_at=(now() + timedelta(days=1)).isoformat(), without_absent=True)
    card = check_in(town, "desk", whistle, "DEP37")
    card = town.act("desk", card, "evaluate", measures=0, result=0, note="未到场")
    assert card["scores"]["arrival"] == 0


def test_the_rule_in_force_at_the_blow_stays_with_the_whistle(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    card = responded(town, whistle)
    stricter = replace(policy.current().settings.check_in, radius_m=1)
    changed = replace(policy.current(), settings=replace(policy.current().settings, check_in=stricter))
    with policy.use(changed):
        card = town.act("lamp_hand", card, "check_in", **(HERE | {"lon": INSIDE[0] + 0.0015}))
    assert card["state"]["code"] == "checked_in"


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


def no_show(town: Town, clock: Any, **wait: float) -> None:
    """Let time pass until absence is recorded."""
    clock.advance(timedelta(**wait))
    exhaust()
    db.session.expire_all()


def seen(town: Town, whistle: dict[str, Any]) -> dict[str, Any]:
    return dict(town.get("desk", f"/whistles/{whistle['id']}").json)


def test_who_comes_late_without_a_word_still_moves_the_whistle_on(town: Town, clock: Any) -> None:
    clock.set(now())
    whistle = town.blown(["DEP28"], kind="EMERGENCY")
    no_show(town, clock, minutes=21)
    card = town.act("lamp_hand", check_in(town, "lamp_hand", whistle, "DEP28"), "check_in", **HERE)
    assert (card["state"]["code"], card["arrived_late"]) == ("checked_in", True)
    whistle = seen(town, whistle)
    assert whistle["state"]["code"] == "assembling"
    assert town.act("desk", whistle, "start", due_at=(now() + timedelta(days=1)).isoformat())


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


def test_an_arrival_proven_from_before_the_absence_is_not_late(
    town: Town, clock: Any, phone_key: Ed25519PrivateKey
) -> None:
    clock.set(now())
    whistle = town.blown(["DEP28"], kind="EMERGENCY")
    clock.advance(timedelta(minutes=8))
    there = now()
    no_show(town, clock, minutes=60)
    card = check_in(town, "lamp_hand", whistle, "DEP28")
    assert card["state"]["code"] == "no_show"
    card = town.act("lamp_hand", card, "check_in", **signed(town, card, phone_key, there.isoformat()))
    assert (card["arrived_late"], card["offline"]) == (False, True)
    assert {one["code"]: one["result"] for one in card["clocks"]} == {"RESP": "met", "ARRIVE": "met"}


def test_only_who_stands_for_the_caller_is_offered_the_code(town: Town) -> None:
    """2026-11-28: pages offered the code to every grid leader and township, and it was then refused."""
    whistle = town.blown(["DEP28"])
    shown = {
        who: town.get(who, f"/whistles/{whistle['id']}").json["shows_code"] for who in ("desk", "leader", "lamp_desk")
    }
    assert shown == {"desk": True, "leader": False, "lamp_desk": False}
    assert town.get("desk", f"/whistles/{whistle['id']}/code").status_code == 200
    assert town.get("leader", f"/whistles/{whistle['id']}/code").status_code == 403


def test_the_card_of_a_call_offers_to_simply_arrive(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    offered = {one["act"] for one in check_in(town, "lamp_hand", whistle, "DEP28")["actions"]}
    assert offered == {"respond", "check_in"}
    assert [one["act"] for one in check_in(town, "lamp_desk", whistle, "DEP28")["actions"]] == ["respond"]


def test_the_card_of_a_call_says_what_comes_next_and_what_else_may_be_offered(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    told = [check_in(town, "lamp_desk", whistle, "DEP28")]
    card = responded(town, whistle)
    told.append(check_in(town, "lamp_desk", whistle, "DEP28"))
    town.act("lamp_hand", card, "check_in", **HERE)
    told.append(check_in(town, "lamp_desk", whistle, "DEP28"))
    assert [(one["next_zh"], one["further"], one["awaited"]) for one in told] == [
        ("先响应：告诉吹哨方几点到", [], True),
        ("到现场后报到", ["objection.file"], True),
        ("已报到，可以开始处置", [], False),
    ]
    assert "next_zh" not in check_in(town, "desk", whistle, "DEP28")


def test_absence_proposes_a_supervision(town: Town, clock: Any) -> None:
    clock.set(now())
    whistle = town.blown(["DEP28"], kind="EMERGENCY")
    no_show(town, clock, minutes=21)
    line = db.session.scalars(sa.select(Entry).where(Entry.action == "supervision.proposed")).one()
    assert (str(line.item_id), line.facts["why"]) == (line_of(seen(town, whistle), "DEP28")["id"], "no_show")


@pytest.mark.parametrize("kind", ["ENFORCEMENT", "KEYWORK"])
def test_an_agreed_time_and_a_date_of_work_lie_ahead(town: Town, kind: str) -> None:
    past, law = (now() - timedelta(days=1)).isoformat(), "某法第十条"
    body = {"kind": kind, "event_id": town.report()["id"], "departments": ["DEP28"], "reason": "无权处理"}
    answer = town.call("chief", "PUT", f"/whistles/{new_id()}", body | {"law_article": law, "meet_at": past})
    assert (answer.status_code, answer.json["code"]) == (409, "the_agreed_time_is_ahead")
    whistle = town.blown(["DEP28"], kind=kind, who="chief", law_article=law)
    arrived(town, whistle)
    answer = town.attempt("chief", seen(town, whistle), "start", due_at=past)
    assert (answer.status_code, answer.json["code"]) == (409, "the_work_ends_later")


def test_a_department_called_after_the_meeting_has_a_limit_of_its_own(town: Town, clock: Any) -> None:
    clock.set(now())
    whistle = town.blown(["DEP28"], kind="KEYWORK", who="chief", meet_at=(now() + timedelta(hours=5)).isoformat())
    responded(town, whistle)
    clock.advance(timedelta(days=1))
    whistle = town.act("chief", seen(town, whistle), "add", departments=["DEP37"], reason="需供水配合")
    card = check_in(town, "water_desk", whistle, "DEP37")
    arrive = next(one for one in card["clocks"] if one["code"] == "ARRIVE")
    assert arrive["due_at"] > now().isoformat()


def test_a_cancelled_whistle_asks_nothing_more_of_its_departments(town: Town) -> None:
    """2026-11-28: a department could still respond to a cancelled call, which took it up again after its end."""
    whistle = town.blown(["DEP28"])
    card = check_in(town, "lamp_desk", whistle, "DEP28")
    town.act("desk", whistle, "cancel", reason_code="solved", reason="已自行解决")
    seen = town.get("lamp_desk", f"/check-ins/{card['id']}").json
    assert (seen["actions"], seen["closed_at"] is not None) == ([], True)
    soon = (now() + timedelta(minutes=20)).isoformat()
    for who, act, facts in (("lamp_desk", "respond", {"expected_at": soon}), ("lamp_hand", "check_in", HERE)):
        answer = town.attempt(who, seen, act, **facts)
        assert (answer.status_code, answer.json["code"], answer.json["acts"]) == (409, "illegal_move", [])
    assert town.get("lamp_desk", f"/check-ins/{card['id']}").json == seen
