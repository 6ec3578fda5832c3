"""Who was called reports in: by position, by the code the caller shows, offline with a signature, late, or not at all."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.db import db, new_id, now
from server.journal import Entry
from server.people.models import Device
from server.whistles import verdict
from server.whistles.models import CheckIn
from tests.server.town import INSIDE, Town, device
from tests.server.whistles.calls import HERE, arrived, check_in, line_of, no_show, responded, seen


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


def test_who_comes_late_without_a_word_still_moves_the_whistle_on(town: Town, clock: Any) -> None:
    clock.set(now())
    whistle = town.blown(["DEP28"], kind="EMERGENCY")
    no_show(town, clock, minutes=21)
    card = town.act("lamp_hand", check_in(town, "lamp_hand", whistle, "DEP28"), "check_in", **HERE)
    assert (card["state"]["code"], card["arrived_late"]) == ("checked_in", True)
    whistle = seen(town, whistle)
    assert whistle["state"]["code"] == "assembling"
    assert town.act("desk", whistle, "start", due_at=(now() + timedelta(days=1)).isoformat())


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


def test_absence_proposes_a_supervision(town: Town, clock: Any) -> None:
    clock.set(now())
    whistle = town.blown(["DEP28"], kind="EMERGENCY")
    no_show(town, clock, minutes=21)
    line = db.session.scalars(sa.select(Entry).where(Entry.action == "supervision.proposed")).one()
    assert (str(line.item_id), line.facts["why"]) == (line_of(seen(town, whistle), "DEP28")["id"], "no_show")
