"""What the tests of whistles do again and again: answer a call, arrive, let the time of a call run out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from server.db import db, now
from server.worker import exhaust
from tests.server.town import INSIDE, Town

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


def no_show(town: Town, clock: Any, **wait: float) -> None:
    """Let time pass until absence is recorded."""
    clock.advance(timedelta(**wait))
    exhaust()
    db.session.expire_all()


def seen(town: Town, whistle: dict[str, Any]) -> dict[str, Any]:
    return dict(town.get("desk", f"/whistles/{whistle['id']}").json)
