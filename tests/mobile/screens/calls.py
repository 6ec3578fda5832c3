"""Whistles and check-ins in the town of the screens: cards as the server tells them."""

from __future__ import annotations

import itertools
from typing import Any

from mobile.core.client import Reply
from tests.mobile.screens.district import Body, grid_code, middle, told
from tests.mobile.screens.town import Town

revisions = itertools.count(10)
METHODS = {"position": "现场定位", "code": "报到码", "meeting": "会议签到"}
NONCE = "00112233445566778899aabbccddeeff"
KINDS = {one["code"]: one for one in told()[0]["whistles"]}


class CallTown(Town):
    """A town that also takes new whistles and objections."""

    def _created(self, kind: str, id: str, body: Body) -> Reply:
        if kind == "whistle":
            card = whistle(self, "blown", body["kind"], reason=body["reason"], event_id=body["event_id"])
        elif kind == "objection":
            card = self._card("objection", 800, "filed") | {"reason": body["reason"], "basis": body["basis"]}
        else:
            return super()._created(kind, id, body)
        self.cards.pop(card["id"], None)
        self.cards[id] = card | {"id": id, "revision": 1, "actions": self.offers(kind, card["state"]["code"], id)}
        return self._card_told(self.cards[id], 201)


def names() -> dict[str, str]:
    """Code → name of the departments by the policy."""
    return {one["code"]: one["zh"] for one in told()[0]["units"]}


def clock(town: Town, code: str, minutes: float) -> Body:
    """A promise that runs for so many minutes more."""
    zh = next(one["zh"] for one in told()[0]["clocks"] if one["code"] == code)
    due = town.iso(minutes=minutes)
    return {
        "code": code, "zh": zh, "unit": None, "limit": "10 min", "started_at": town.iso(minutes=-5), "due_at": due,
        "original_due_at": due, "provisional": False, "paused_until": None, "stopped_at": None, "result": None,
        "lamp": "green",
    }  # fmt: skip


def state_of(kind: str, code: str) -> Body:
    """A state as cards tell it."""
    machine = next(one for one in told()[0]["kinds"] if one["kind"] == kind)
    stood = next(one for one in machine["states"] if one["code"] == code)
    return {name: stood[name] for name in ("code", "zh", "type")}


def line(town: Town, n: int, unit: str, state: str, **more: Any) -> Body:
    """A called department as the whistle's card tells it."""
    return {
        "id": f"01900000-0000-7000-8002-{n:012d}", "no": f"W2026-00007-{n:02d}",
        "unit": {"code": unit, "zh": names().get(unit, unit)}, "state": state_of("check_in", state), "revision": 1,
        "person": None, "expected_at": None, "responded_at": None, "responded_late": False, "arrived_at": None,
        "arrived_late": False, "method": None, "offline": False, "due": None, "evaluation": None, "result_text": None,
        "scores": {"arrival": None, "measures": None, "result": None}, "method_zh": METHODS.get(more.get("method"), ""),
    } | more  # fmt: skip


def lines(town: Town) -> list[Body]:
    """Four departments: silent, on the way, there, absent."""
    respond = clock(town, "RESP", 6.4)
    arrive = clock(town, "ARRIVE", 21)
    due = ("code", "zh", "due_at")
    return [
        line(town, 1, "DEP28", "notified", due={name: respond[name] for name in due}),
        line(
            town, 2, "DEP32", "responded", person="陈建军", expected_at=town.iso(minutes=12),
            responded_at=town.iso(minutes=-3), due={name: arrive[name] for name in due},
        ),
        line(
            town, 3, "DEP37", "checked_in", person="叶文", responded_at=town.iso(minutes=-9), responded_late=True,
            arrived_at=town.iso(minutes=-1), method="position", arrived_late=True, offline=True,
        ),
        line(town, 4, "DEP19", "no_show"),
    ]  # fmt: skip


def whistle(town: Town, state: str = "assembling", kind: str = "EMERGENCY", **more: Any) -> Body:
    """Add a whistle for the town's first event."""
    event = next((one for one in town.cards.values() if one["kind"] == "event"), None)
    card = town._card("whistle", 7, state) | {
        "kind_code": {name: KINDS[kind][name] for name in ("code", "zh", "en")}, "level": "grid", "level_zh": "网格吹哨",
        "event_id": event["id"] if event else None, "caller_unit": "441602001", "why": "several_units",
        "reason": "老城区主水管爆裂，路面塌陷约 3 平方米，需要停水、封路和抢修", "law_article": "", "meet_at": None,
        "due_at": None, "blown_at": town.iso(minutes=-8), "promise": {}, "result_text": None, "asked": [],
        "shows_code": town.role in ("GLD", "GWF", "TWD", "TWL") and state in ("blown", "assembling", "handling"),
        "check_ins": [] if state in ("screening", "settled") else lines(town), "urgency": "U1",
        "grid_code": grid_code(0, 0), "village_code": "441602001001", "township_code": "441602001",
        "clocks": [clock(town, "SCREEN", 25)] if state == "screening" else [],
        "timeline": [
            {"entry": "9", "at": town.iso(minutes=-8), "action": "whistle.alarm", "state": "blown",
             "unit_code": "441602001", "role": "GLD", "reason": None},
        ],
        "revision": next(revisions),
    } | more  # fmt: skip
    town.cards[card["id"]] = card
    return card


def check_in(town: Town, state: str = "notified", kind: str = "EMERGENCY", unit: str = "DEP28", **more: Any) -> Body:
    """Add a call to the bearer's department (or, for a caller, to any)."""
    called = line(town, 1, unit, state)
    lon, lat = middle(0, 1)
    clocks = {
        "notified": [clock(town, "RESP", 6.4), clock(town, "ARRIVE", 26)],
        "responded": [clock(town, "ARRIVE", 26)],
    }
    card = town._card("check_in", 8, state) | called | {
        "id": f"01900000-0000-7000-8002-{1:012d}", "kind_zh": "部门报到", "urgency": "U1", "grid_code": grid_code(0, 1),
        "village_code": "441602001001", "township_code": "441602001", "clocks": clocks.get(state, []),
        "whistle": {
            "id": f"01900000-0000-7000-8000-{7:012d}", "no": "W2026-00007",
            "kind_code": {name: KINDS[kind][name] for name in ("code", "zh")},
            "reason": "老城区主水管爆裂，路面塌陷约 3 平方米，需要停水、封路和抢修", "blown_at": town.iso(minutes=-4),
            "meet_at": None, "lon": lon, "lat": lat, "crs": "cgcs2000",
        },
        "revision": next(revisions), "distance_m": None, "accuracy_m": None, "title": "老城区主水管爆裂，路面塌陷约 3 平方米",
        "awaited": state in ("notified", "responded", "no_show"),
    } | (_for_the_called(state) if town.role in ("DPH", "DPD") else {}) | more  # fmt: skip
    card["method_zh"] = METHODS.get(card["method"], "")
    card["actions"] = town.offers("check_in", state, card["id"])
    town.cards[card["id"]] = card
    return card


def _for_the_called(state: str) -> Body:
    machine = next(one for one in told()[0]["kinds"] if one["kind"] == "check_in")
    return {"nonce": NONCE, "next_zh": next(one["next_zh"] for one in machine["states"] if one["code"] == state)}


def alarm(town: Town, item: Body) -> None:
    """Ring for an item."""
    number = item["no"]
    town.notice(90, f"哨声：{number}，请立即响应", "暴露垃圾、垃圾满溢 · 网格 441602001001001", "alarm", item)
    town.inbox[-1] |= {"created_at": town.iso(minutes=-1), "kind": "call_department"}
