"""What the tests of whistles, calls and alarms do again and again: blow, be called, look into what was sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.mobile.screens import calls, tour_calls
from tests.mobile.screens.district import Body
from tests.mobile.screens.phone import Phone, passed

WATER = "B04"


def sent(phone: Phone, method: str, ending: str) -> list[Body]:
    """The bodies the town was sent at addresses that end so."""
    return [body for how, path, body in phone.town.asked if how == method and path.endswith(ending)]


def blown(phone: Phone) -> list[Body]:
    """The whistles the town was sent."""
    return [body for how, path, body in phone.town.asked if how == "PUT" and "/whistles/" in path]


def later(phone: Phone, **apart: float) -> None:
    """Let true time pass."""
    phone.town.now += timedelta(**apart)
    phone.field.clock.measured(phone.town.now + timedelta(seconds=passed(phone.town)))
    phone.run_for(1.2)


def event(phone: Phone, urgency: str = "U1") -> Body:
    """An urgent event the phone knows."""
    card = phone.town.event(1, WATER, "中山路主水管爆裂，水漫路面", "reported", urgency=urgency)
    return tour_calls.known(phone, card)


def called(phone: Phone, state: str = "notified", **more: Any) -> Body:
    """A call to the bearer's department that the phone knows."""
    return tour_calls.known(phone, calls.check_in(phone.town, state, **more))


def follow(phone: Phone, state: str = "assembling", **more: Any) -> Body:
    """A whistle the phone knows, opened."""
    card = tour_calls.known(phone, calls.whistle(phone.town, state, **more))
    phone.app.go("whistle", kind="whistle", id=card["id"])
    phone.settle()
    return card
