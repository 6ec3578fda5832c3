"""A way past every screen, for every role: what the tests check and what the pictures show.

A stop opens a page on a phone that stands at its first page. A new screen gets a stop here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from mobile.core.clock import CN
from tests.mobile.screens.district import Body
from tests.mobile.screens.phone import Phone, phone_of
from tests.mobile.screens.tour_calls import CALLS
from tests.mobile.screens.tour_parts import PARTS
from tests.mobile.screens.town import Town


@dataclass(frozen=True, slots=True)
class Stop:
    """A screen: its name, whose it is, the way to it from the first page."""

    name: str
    role: str
    go: Callable[[Phone], object]


def town_of(role: str) -> Town:
    """A town with something of everything for a role."""
    town = Town(role)
    photos = [town.add_photo("before", "before"), town.add_photo("after", "after")]
    lines = [
        {"entry": "1", "at": town.iso(hours=-2), "action": "event.report_result", "state": "handled", "unit_code": "DEP12", "role": "DPH", "reason": None},
        {"entry": "2", "at": town.iso(hours=-20), "action": "event.dispatch", "state": "dispatched", "unit_code": "441602001", "role": "TWD", "reason": None},
        {"entry": "3", "at": town.iso(hours=-26), "action": "event.report", "state": "reported", "unit_code": None, "role": "GWF", "reason": None},
    ]  # fmt: skip
    units = [{"code": "DEP12", "zh": "区城市管理和综合执法局", "role": "lead", "share_pct": 70, "person": "陈建军"}]
    about: Body = {
        "photos": photos,
        "timeline": lines,
        "units": units,
        "result": {"code": "done", "text": "已清运垃圾约 3 立方米，地面已冲洗"},
    }
    states = {
        "TWD": ("reported", "filed", "reported"),
        "DPH": ("accepted", "handling", "handling"),
        "TWL": ("handling",) * 3,
    }
    first, second, third = states.get(role, ("handled", "handled", "self_done" if role == "GLD" else "handled"))
    town.event(
        1, "A01", "中山路 128 号北侧绿化带堆放建筑垃圾，影响通行（约3立方米），旁边是幼儿园后门", first, -2, **about
    )
    town.event(2, "B01", "井盖破损", second, 0.6, at=(0, 1))
    town.event(3, "B03", "文昌路与新市路交叉口连续 5 盏路灯不亮", third, 30, at=(0, 0))
    town.event(4, "E02", "夜间烧烤摊噪声", "closed", None)
    town.notice(
        1, "有一条待核查", "“暴露垃圾、垃圾满溢”已处置，请到现场核查。", "warning", town.cards[next(iter(town.cards))]
    )
    town.notice(2, "您上报的路灯故障已派遣", "由区城市管理和综合执法局办理，11 月 30 日前办结。")
    town.notice(3, "台风蓝色预警", "今晚有大风，请检查低洼处和广告牌。", "alarm", read=True)
    town.more["workload"] = {
        "from": town.iso(days=-29), "to": town.iso(), "total": 46, "duty": {"shifts": 21, "hours": 150.5},
        "acts": [{"kind": "event", "act": "report", "zh": "上报", "n": 31}, {"kind": "event", "act": "verify", "zh": "核查结案", "n": 15}],
        "days": [{"day": town.iso(days=-n)[:10], "n": (n * 7) % 5} for n in range(29)], "open_now": 3, "overdue_now": 1,
    }  # fmt: skip
    return town


def event(phone: Phone, n: int) -> Body:
    """The n-th event of the town."""
    return list(phone.town.cards.values())[n - 1]


def card(phone: Phone, n: int = 1) -> None:
    """Open the card of an event and wait for its photos."""
    one = event(phone, n)
    phone.app.go("card", kind="event", id=one["id"])
    phone.wait(lambda: all(phone.field.photo(p["sha256"], one, "thumb") for p in one["photos"]), "the photos")


def act(phone: Phone, n: int, name: str) -> None:
    """Open the page of an act on the n-th event."""
    from mobile.screens.opening import open_act

    id = event(phone, n)["id"]
    phone.wait(lambda: phone.field.card("event", id), "the card")
    open_act(phone.app, phone.field.card("event", id), name)


def report(phone: Phone) -> None:
    """Open a report with a photo and a category."""
    phone.tap("拍照上报")
    phone.wait(lambda: phone.app.page.draft.photos, "the photo")
    phone.app.page.choose("A01")


def report_border(phone: Phone) -> None:
    """Open a report near a border, with everything it can ask."""
    from mobile.device.desktop import fix
    from tests.mobile.screens.district import SIDE, SOUTH, WEST

    phone.device.place(fix(WEST + SIDE - 0.00003, SOUTH + SIDE / 2, 12.0, phone.town.now))
    phone.app.go("report", category="A01")
    phone.wait(lambda: phone.app.page.draft.photos, "the photo")
    phone.settle()
    phone.app.page.children[1].scroll_y = 0.0


def urgent(phone: Phone) -> None:
    """Choose a category that endangers life."""
    phone.app.go("report", category="B07")


def refused(phone: Phone) -> None:
    """Have a report sent back and open the outbox."""
    phone.town.refuse["report"] = (
        422,
        {
            "code": "wrong_shape",
            "title": "情况描述不能为空",
            "status": 422,
            "errors": {"json": {"text": ["请填写内容"]}},
        },
    )
    draft = phone.field.new_draft("event", "report", {"category": "B03", "text": "路灯不亮"})
    phone.field.report(draft, phone.device.last_fix())
    phone.wait(lambda: phone.field.outbox.rejected, "the refusal")
    phone.field.new_draft("event", "report", {"category": "A03", "text": "占道摆摊，写到一半"})
    phone.app.go("outbox")


def workload(phone: Phone) -> None:
    """Open the own workload and wait for its numbers."""
    phone.app.go("workload")
    phone.wait(lambda: phone.sees("手上的事项"), "the numbers")


def self_handle(phone: Phone) -> None:
    """Handle a matter on the spot: the photo after lies over the one before."""
    one = event(phone, 1)
    phone.wait(lambda: phone.field.photo(one["photos"][0]["sha256"], one, "view"), "the photo before")
    phone.app.go("self_handle", kind="event", id=one["id"], act="self_handle")
    phone.tap("拍处置后的照片")
    phone.wait(lambda: phone.app.page.after, "the photo after")


def photo(phone: Phone) -> None:
    """Look at one photo of an event."""
    one = event(phone, 1)
    phone.wait(lambda: phone.field.photo(one["photos"][0]["sha256"], one, "view"), "the photo")
    phone.app.go("photo", sha256=one["photos"][0]["sha256"], card=one, drop=print)


def track(phone: Phone) -> None:
    """Walk a little on duty and open the own track."""
    phone.field.go_on_duty()
    phone.app.go("track")


def map_tiles(phone: Phone) -> None:
    """Choose Tianditu for the map, without its key."""
    phone.app.go("map_tiles")
    phone.settle()
    phone.tap("天地图", exact=True)
    phone.app.page.children[0].scroll_y = 0.0


def track_map(phone: Phone) -> None:
    """Walk through the own grids yesterday, with a rest of half an hour, and see it on the map."""
    from tests.mobile.screens.district import middle

    (lon, lat), fixes = middle(0, 0), []
    noon = phone.town.now.astimezone(CN).replace(hour=12, minute=0) - timedelta(days=1)
    for n in range(40):
        at = (noon + timedelta(minutes=n * 4 + (30 if n >= 20 else 0))).isoformat()
        x = lon - 0.002 + (n % 10) * 0.0004
        fixes.append({"at": at, "lon": x, "lat": lat - 0.001 + n // 10 * 0.0016, "accuracy_m": 9.0})
    phone.town.more["/duty/track"] = {"items": fixes[::-1], "next_cursor": None, "kept_days": 30}
    phone.app.go("track")
    phone.wait(lambda: phone.sees("在地图上看"), "the days")
    phone.tap("在地图上看")
    phone.run_for(0.4)


STOPS = (
    Stop("today", "GWF", lambda phone: phone.settle()),
    Stop("report", "GWF", report),
    Stop("report-border", "GWF", report_border),
    Stop("report-urgent", "GWF", urgent),
    Stop("categories", "GWF", lambda phone: phone.app.go("categories", pick=print)),
    Stop("spot", "GWF", lambda phone: phone.app.go("spot", start=(114.693, 23.738, "gcj02"), pick=print)),
    Stop("verify", "GWF", lambda phone: act(phone, 1, "verify")),
    Stop("verify-not-done", "GWF", lambda phone: act(phone, 1, "send_back")),
    Stop("self-handle", "GWF", self_handle),
    Stop("card", "GWF", card),
    Stop("photo", "GWF", photo),
    Stop("list", "GWF", lambda phone: phone.app.go("list", kind="event")),
    Stop("messages", "GWF", lambda phone: phone.app.turn_to("messages")),
    Stop("me", "GWF", lambda phone: phone.app.turn_to("me")),
    Stop("settings", "GWF", lambda phone: phone.app.go("settings")),
    Stop("map-tiles", "GWF", map_tiles),
    Stop("password", "GWF", lambda phone: phone.app.go("password")),
    Stop("workload", "GWF", workload),
    Stop("own-data", "GWF", lambda phone: phone.app.go("own_data")),
    Stop("privacy", "GWF", lambda phone: phone.app.go("privacy")),
    Stop("track", "GWF", track),
    Stop("track-map", "GWF", track_map),
    Stop("unlock", "GWF", lambda phone: phone.app.go("unlock")),
    Stop("set-pin", "GWF", lambda phone: phone.app.go("set_pin")),
    Stop("enrol", "GWF", lambda phone: phone.app.go("enrol")),
    Stop("enrol-password", "GWF", lambda phone: phone.app.go("enrol", by_password=True)),
    Stop("wiped", "GWF", lambda phone: phone.app.go("wiped")),
    Stop(
        "question",
        "GWF",
        lambda phone: phone.app.confirm("丢弃这份草稿？", "照片和文字都会删除，不能恢复。", "丢弃", print),
    ),
    Stop("toast", "GWF", lambda phone: phone.app.tell("已保存在手机，有网络时自动发送")),
    Stop("outbox", "GWF", refused),
    Stop("today-refused", "GWF", lambda phone: phone.settle()),
    Stop("today-leader", "GLD", lambda phone: phone.settle()),
    Stop("today-dispatcher", "TWD", lambda phone: phone.settle()),
    Stop("file", "TWD", lambda phone: act(phone, 1, "file")),
    Stop("reject", "TWD", lambda phone: act(phone, 1, "reject")),
    Stop("merge", "TWD", lambda phone: act(phone, 1, "merge")),
    Stop("dispatch", "TWD", lambda phone: act(phone, 2, "dispatch")),
    Stop("units", "TWD", lambda phone: phone.app.go("units", many=True, chosen=["DEP12"], pick=print)),
    Stop("today-department", "DPH", lambda phone: phone.settle()),
    Stop("result", "DPH", lambda phone: act(phone, 2, "report_result")),
    Stop("suspend", "TWL", lambda phone: act(phone, 1, "suspend")),
    *(Stop(*one) for one in (*CALLS, *PARTS)),
)


@functools.cache
def roles() -> tuple[str, ...]:
    """The roles of the tour, in its order."""
    return tuple(dict.fromkeys(stop.role for stop in STOPS))


STRETCH = 12


def stretches() -> Iterator[tuple[str, Sequence[Stop]]]:
    """Yield the tour in stretches of one role, each short enough to be a test."""
    for role in roles():
        stops = [stop for stop in STOPS if stop.role == role]
        for start in range(0, len(stops), STRETCH):
            yield f"{role}-{start // STRETCH}", stops[start : start + STRETCH]


def phones(folder: Path, role: str, *, scale: float = 1.0, theme: str = "day") -> Phone:
    """A phone for a role, with letters of a size and a theme."""
    phone = phone_of(town_of(role), folder)
    phone.field.prefer("font_size", scale)
    for name in ("outdoor", "night"):
        phone.field.prefer(name, theme == name)
    phone.app.dress()
    phone.app.rebuild()
    phone.settle()
    return phone


def home(phone: Phone) -> None:
    """Go back to the first page, whatever is open."""
    phone.town.is_down = False
    phone.app.answered()
    phone.app.layers.hush()
    phone.app.enter()
    phone.settle()
