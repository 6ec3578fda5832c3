"""The way past the screens of whistles and of the map: (name, role, how to get there)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.mobile.screens import calls
from tests.mobile.screens.district import SIDE, SOUTH, WEST, Body, grid_code, middle
from tests.mobile.screens.phone import Phone


def known(phone: Phone, card: Body) -> Body:
    """Wait until the phone has a card."""
    phone.field.courier.want(f"card:{card['kind']}:{card['id']}")
    phone.wait(lambda: (phone.field.card(card["kind"], card["id"]) or {}).get("revision") == card["revision"], "card")
    return card


def whistle(state: str, page: str = "whistle", kind: str = "EMERGENCY", **more: Any) -> Callable[[Phone], object]:
    """The way to a whistle in a state, or to the page of an act on it."""

    def go(phone: Phone) -> None:
        card = known(phone, calls.whistle(phone.town, state, kind, **_made(phone, more)))
        phone.app.go(page, kind="whistle", id=card["id"], **({"act": ACTS[page]} if page in ACTS else {}))

    return go


def _made(phone: Phone, more: dict[str, Any]) -> dict[str, Any]:
    return {name: value(phone) if callable(value) else value for name, value in more.items()}


ACTS = {"call_more": "add", "confirm": "confirm", "begin": "start", "close": "close", "form": "cancel"}


def check_in(state: str, page: str = "check_in", **more: Any) -> Callable[[Phone], object]:
    """The way to a check-in in a state, or to the page of an act on it."""

    def go(phone: Phone) -> None:
        card = known(phone, calls.check_in(phone.town, state, **_made(phone, more)))
        act = {"respond": "respond", "arrive": "check_in", "evaluate": "evaluate", "form": "release"}.get(page)
        phone.app.go(page, kind="check_in", id=card["id"], act=act)

    return go


def asked(phone: Phone) -> dict[str, str]:
    """What a department says that asks for its release."""
    return {"at": phone.town.iso(minutes=-4), "reason": "管道已修复，路面已恢复通行"}


def arrive(metres: float, accuracy_m: float = 12.0, *, mock: bool = False, code: str = "") -> Callable[[Phone], object]:
    """The way to the page of reporting in, so far from the place."""

    def go(phone: Phone) -> None:
        from mobile.device.desktop import fix

        lon, lat = middle(0, 1)
        at = fix(lon + metres / 102_000, lat, accuracy_m, phone.town.now, is_mock=mock)
        phone.device.place(at)
        check_in("responded", "arrive")(phone)
        phone.settle()
        if code:
            phone.tap("用报到码报到")
            for digit in code:
                phone.app.page.pad.press(digit)

    return go


def offline_arrival(phone: Phone) -> None:
    """Report in without a network."""
    arrive(40)(phone)
    phone.offline()
    phone.app.back()
    phone.app.go("check_in", kind="check_in", id=f"01900000-0000-7000-8002-{1:012d}")
    card = phone.field.card("check_in", phone.app.page.given["id"])
    phone.field.check_in(card, "position", fix=phone.device.last_fix())
    phone.settle()


def alarm(*, aside: bool = False, chosen: bool = False) -> Callable[[Phone], object]:
    """The way to an alarm."""

    def go(phone: Phone) -> None:
        card = known(phone, calls.check_in(phone.town, "notified"))
        calls.alarm(phone.town, card)
        phone.field.sync_now()
        phone.wait(lambda: phone.app.page.name == "alarm", "the alarm")
        phone.settle()
        if aside:
            phone.tap("放一放")
        if chosen:
            phone.tap("30 分钟")

    return go


def code(*, meeting: bool = False) -> Callable[[Phone], object]:
    """The way to the caller's code."""

    def go(phone: Phone) -> None:
        card = known(phone, calls.whistle(phone.town))
        told = {"code": "483920", "valid_s": 47} | ({"meeting_code": "771204"} if meeting else {})
        phone.town.more[f"/whistles/{card['id']}/code"] = told
        phone.app.go("code", id=card["id"])
        phone.wait(lambda: phone.sees("483 920"), "the code")

    return go


def no_code(phone: Phone) -> None:
    """Ask for the code without a network."""
    card = known(phone, calls.whistle(phone.town))
    phone.town.is_down = True
    phone.app.go("code", id=card["id"])
    phone.wait(lambda: phone.sees("没有取到报到码"), "the sentence")


def blow(**given: Any) -> Callable[[Phone], object]:
    """The way to a new whistle."""

    def go(phone: Phone) -> None:
        event = next(one for one in phone.town.cards.values() if one["kind"] == "event")
        known(phone, event)
        phone.app.go("blow", **({"event": event["id"]} | given if given.pop("linked", True) else given))

    return go


def town_events(phone: Phone) -> list[Body]:
    """Events all over the nine grids, for the map."""
    states = ("reported", "handling", "handled", "dispatched", "suspended", "accepted", "filed")
    made = []
    for n in range(26):
        lon = WEST + SIDE * 3 * ((n * 37) % 100) / 100
        lat = SOUTH + SIDE * 3 * ((n * 61 + 13) % 100) / 100
        column, row = int((lon - WEST) // SIDE), int((lat - SOUTH) // SIDE)
        card = phone.town.event(
            300 + n, "A01", f"第 {n + 1} 件", states[n % 7], -3 if n % 5 == 0 else 8, at=(column, row)
        )
        point = {
            name: card[name] for name in ("kind", "kind_zh", "id", "no", "state", "urgency", "grid_code", "revision")
        }
        point |= {
            "title": "绿化带堆放建筑垃圾",
            "lon": lon,
            "lat": lat,
            "crs": "cgcs2000",
            "category": card["category"],
        }
        late = n % 5 == 0
        made.append(
            point
            | {
                "due_at": phone.town.iso(hours=-3 if late else 8),
                "created_at": card["created_at"],
                "moved_at": card["moved_at"],
            }
        )
    return made


def town_whistles(phone: Phone) -> list[Body]:
    """Two open whistles, one of them late, as the map's list tells them."""
    made = []
    for n, (kind, hours) in enumerate((("EMERGENCY", -1), ("DEMAND", 20))):
        lon, lat = middle(n * 2, 1)
        told = {name: calls.KINDS[kind][name] for name in ("code", "zh")}
        made.append(
            {
                "id": f"01900000-0000-7000-8004-{n:012d}", "no": f"W2026-0010{n}", "kind_code": told["code"],
                "kind_zh": told["zh"], "level": "grid", "state": {"code": "assembling", "zh": "报到中"},
                "grid_code": grid_code(n * 2, 1), "township_code": "441602001", "lon": lon, "lat": lat,
                "blown_at": phone.town.iso(hours=-2), "due_at": phone.town.iso(hours=hours), "departments": [],
            }
        )  # fmt: skip
    return made


def density() -> Body:
    """A density for the nine grids."""
    items = [
        {"code": grid_code(column, row), "n": (column * 3 + row) * 4, "per_km2": (column * 3 + row) * 9.5}
        for column in range(3)
        for row in range(3)
        if (column, row) != (2, 2)
    ]
    return {"items": items, "breaks": [9.5, 19.0, 38.0, 57.0, 66.5]}


def on_map(*taps: str) -> Callable[[Phone], object]:
    """The way to the map with events and density, then these taps."""

    def go(phone: Phone) -> None:
        phone.town.now += timedelta(seconds=1)
        phone.town.more["/maps/points"] = {"items": town_events(phone)}
        phone.town.more["/maps/density"] = density()
        phone.town.more["/maps/whistles"] = {"items": town_whistles(phone)}
        phone.app.turn_to("map")
        phone.wait(lambda: phone.field.map() and len(phone.app.page.open_events) >= 26, "the events on the map")
        phone.wait(lambda: phone.app.page.view.density and phone.app.page.view.calls, "density and whistles on the map")
        phone.settle()
        for words in taps:
            phone.tap(words)

    return go


def on_grid(phone: Phone) -> None:
    """Touch a grid of the map."""
    on_map("密度")(phone)
    phone.app.page._tapped(*middle(0, 0))


CALLS: tuple[tuple[str, str, Callable[[Phone], object]], ...] = (
    ("map", "GWF", on_map()),
    ("map-late", "GWF", on_map("超时")),
    ("map-density", "GWF", on_map("密度")),
    ("map-legend", "GWF", on_map("图例")),
    ("map-legend-density", "GWF", on_map("密度", "图例")),
    ("map-list", "GWF", on_map("看列表")),
    ("map-grid", "GWF", on_grid),
    ("blow-worker", "GWF", blow()),
    ("whistles-leader", "GLD", lambda phone: (whistle("assembling")(phone), phone.app.back(), phone.app.go("whistles"))),
    ("blow", "GLD", blow()),
    ("blow-emergency", "GLD", blow(whistle="EMERGENCY")),
    ("blow-nothing", "GLD", blow(linked=False)),
    ("whistle", "GLD", whistle("assembling")),
    ("code", "GLD", code()),
    ("code-meeting", "GLD", code(meeting=True)),
    ("code-none", "GLD", no_code),
    ("blow-law", "TWD", blow(whistle="ENFORCEMENT")),
    ("whistle-screening", "TWD", whistle("screening", asked=[{"code": "DEP28", "zh": calls.names()["DEP28"]}], kind="DEMAND")),
    ("confirm", "TWD", whistle("screening", "confirm", "DEMAND", asked=[{"code": "DEP28", "zh": calls.names()["DEP28"]}])),
    ("begin", "TWD", whistle("assembling", "begin")),
    ("add", "TWD", whistle("assembling", "call_more")),
    ("cancel", "TWD", whistle("blown", "form")),
    ("whistle-handling", "TWD", whistle("handling")),
    ("close", "TWD", whistle("resolved", "close")),
    ("release", "TWD", check_in("working", "form")),
    ("evaluate", "TWD", check_in("no_show", "evaluate")),
    ("check-in-caller", "TWD", check_in("working", arrived_at=lambda phone: phone.town.iso(minutes=-20), method="code")),
    ("persons", "DPH", lambda phone: phone.app.go("persons", title="接手人", may_be_nobody=True, pick=print)),
    ("alarm", "DPH", alarm()),
    ("alarm-chosen", "DPH", alarm(chosen=True)),
    ("alarm-aside", "DPH", alarm(aside=True)),
    ("whistles-department", "DPH", lambda phone: (check_in("notified")(phone), phone.app.back(), phone.app.turn_to("whistles"))),
    ("check-in", "DPH", check_in("notified")),
    ("check-in-responded", "DPH", check_in("responded", expected_at=lambda phone: phone.town.iso(minutes=12))),
    ("check-in-working", "DPH", check_in("working", arrived_at=lambda phone: phone.town.iso(minutes=-9), method="position")),
    ("check-in-asked", "DPH", check_in("working", release_asked=asked, arrived_at=lambda phone: phone.town.iso(minutes=-40), method="position")),
    ("respond", "DPH", check_in("notified", "respond")),
    ("respond-demand", "DPH", check_in("notified", "respond", kind="DEMAND")),
    ("arrive", "DPH", arrive(60)),
    ("arrive-far", "DPH", arrive(1400)),
    ("arrive-poor", "DPH", arrive(60, 180)),
    ("arrive-mock", "DPH", arrive(60, mock=True)),
    ("arrive-code", "DPH", arrive(60, code="4839")),
    ("objection", "DPH", check_in("responded", "objection")),
    ("arrive-offline", "DPH", offline_arrival),
)  # fmt: skip
