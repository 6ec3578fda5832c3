"""Whistles in the stories (吹哨报到): who blows, how fast each department answers and arrives, how it ends.

Job: the phases of a whistle beside the handling of its event, answered within RESP, nearly all arriving within ARRIVE.
Never: act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from server import policy
from server.access import Actor
from server.clocks.rules import Course
from server.db import CN
from server.demo.disputed import ARBITERS, BASIS
from server.demo.hours import DAY, MINUTE
from server.demo.places import shifted
from server.demo.story import LEAST, OBJECTION, Tale

WHISTLE = "whistle"
LAW = ("城市市容和环境卫生管理条例第十四条", "消防法第二十八条", "城乡规划法第六十四条", "噪声污染防治法第四十三条")
WHY = {
    "no_power": "镇街没有行政执法权，需部门到场依法处理",
    "no_skill": "需专业队伍和设备，镇街无法单独处置",
    "several_units": "涉及多个部门职责，需现场会商",
    "no_means": "人员、机具不足，请求支援",
}
REMARKS = ("到场及时，措施有力", "配合较好，问题已解决", "按要求到场并完成分工", "处置到位，群众认可")
EXTRA_UNITS = ("DEP31", "DEP26", "DEP28")
BY_GRID = {"EMERGENCY": 0.35, "DEMAND": 0.4}
"""Kind → part of the whistles that begins in the grid (spec 7)."""
MEETINGS = {"KEYWORK": 1.0, "ENFORCEMENT": 0.5}
"""Kind → part of the whistles with an agreed time."""
LATE, ABSENT = 0.025, 0.008


class Call:
    """A whistle being told: where it stands in time, who was called, who came."""

    def __init__(self, tale: Tale) -> None:
        self.tale, self.rng, self.times = tale, tale.rng, tale.times
        self.kind = tale.plan.whistle
        self.judge = tale.one("TWL" if self.kind == "KEYWORK" else "TWD", tale.spot.township)
        self.units = self._departments()
        self.hands: dict[str, Actor] = {}
        self.arrived: dict[str, datetime] = {}
        self.meet_at: datetime | None = None
        self.at = self.blown = tale.plan.at

    def _departments(self) -> list[str]:
        units = policy.current().units
        named = [entry.unit for entry in self.tale.entries if units[entry.unit].kind != "township"]
        extra = [self.rng.choice(EXTRA_UNITS)] if self.rng.random() < 0.3 or not named else []
        return list(dict.fromkeys([*named, *extra]))[:4]

    def add(self, act: str, by: Actor | None, at: datetime, **facts: Any) -> datetime:
        """Let ``by`` act on the whistle at ``at``, but not before what was told last; return the moment."""
        self.at = max(at, self.at + LEAST)
        return self.tale.aside(act, by, self.at, WHISTLE, **facts)

    def course(self, clock: str) -> Course:
        """Return the course of a check-in's clock, in the circumstances of the call."""
        area = "built_up" if policy.current().units[self.tale.spot.township].built_up else "elsewhere"
        limit = policy.current().limit(clock, whistle=self.kind, area=area, ongoing="no")
        return Course(self.blown, limit, self.meet_at if clock == "ARRIVE" else None)

    def while_open(self, moment: datetime, still: int = 1) -> datetime:
        """Return ``moment``, but early enough for ``still`` acts before the event is closed."""
        return min(moment, max(step.at for step in self.tale.steps if step.item != WHISTLE) - still * LEAST)


def sound(call: Call) -> None:
    """Township or grid blows, as kinds of whistles are blown."""
    by_grid = call.rng.random() < BY_GRID.get(call.kind, 0.0)
    {("EMERGENCY", True): alarm, ("DEMAND", True): call_and_confirm}.get((call.kind, by_grid), blow)(call)


def blow(call: Call) -> None:
    """The township blows (WH-01)."""
    _blow(call, call.judge)


def alarm(call: Call) -> None:
    """The grid blows in an emergency, without screening (WH-03)."""
    _blow(call, call.tale.one(call.rng.choice(("GLD", "GWF")), call.tale.spot.grid))


def ask_township(call: Call) -> None:
    """The grid leader blows; the township looks at it first (WH-02)."""
    _blow(call, call.tale.one("GLD", call.tale.spot.grid))


def call_and_confirm(call: Call) -> None:
    """The grid leader blows, the township confirms (WH-02, WH-04)."""
    ask_township(call)
    at = call.times.at_share(Course(call.at, policy.current().limit("SCREEN")), call.rng.uniform(0.05, 0.7))
    call.blown = call.add("confirm", call.judge, call.while_open(at), departments=call.units, **_law(call))


def settle(call: Call) -> None:
    """The township settles it locally (WH-05)."""
    at = call.at + call.rng.uniform(20, 60) * MINUTE
    call.add("settle", call.judge, at, result_text="镇街综合行政执法队已到场处理完毕")


def _blow(call: Call, by: Actor) -> None:
    tale, rng = call.tale, call.rng
    since = next((step.at for step in tale.steps if step.act == "file"), tale.plan.at)
    is_urgent = call.kind == "EMERGENCY"
    at = since + rng.uniform(2, 7) * MINUTE if is_urgent else call.times.after_work(since, rng.uniform(8, 60))
    at = call.while_open(at, still=3)
    call.meet_at = _meeting(call, at) if rng.random() < MEETINGS.get(call.kind, 0.0) else None
    why = rng.choice(list(WHY))
    meeting = {"meet_at": call.meet_at.isoformat()} if call.meet_at else {}
    words = {"why": why, "reason": WHY[why]} | _law(call) | meeting
    call.blown = call.add("blow", by, at, kind=call.kind, departments=call.units, **words)


def _law(call: Call) -> dict[str, str]:
    return {"law_article": call.rng.choice(LAW)} if call.kind == "ENFORCEMENT" else {}


def _meeting(call: Call, at: datetime) -> datetime:
    """Return the agreed time: the next working day's morning or afternoon, or some hours ahead for enforcement."""
    if call.kind == "ENFORCEMENT":
        return at + timedelta(hours=call.rng.uniform(6, 22))
    day = call.times.calendar.add_working_days(at.astimezone(CN).date(), call.rng.randint(1, 2))
    return datetime.combine(day, call.rng.choice((time(9), time(15))), CN)


def respond(call: Call) -> None:
    """Every called department answers within RESP, naming who comes."""
    for unit in call.units:
        hand = call.hands[unit] = call.tale.one("DPH", unit)
        by = call.tale.one("DPD", unit) if call.rng.random() < 0.7 else hand
        course = call.course("RESP")
        at = call.times.at_share(course, 0.05 + 0.85 * call.rng.betavariate(1.3, 3.5))
        at = min(max(at, call.blown + call.rng.uniform(0.5, 3) * MINUTE), call.times.due(course))
        expected = max(call.times.at_share(call.course("ARRIVE"), 0.6), at + 5 * MINUTE)
        named = {"person_id": str(hand.person_id), "expected_at": expected.isoformat()}
        call.arrived[unit] = call.tale.aside("respond", by, at, unit, **named)


def arrive(call: Call) -> None:
    """The departments report in, by position, code or at the meeting; a few late, hardly anybody not at all."""
    answered, call.arrived = call.arrived, {}
    for unit, since in answered.items():
        if not (call.arrived and call.rng.random() < ABSENT):
            call.arrived[unit] = _arrive(call, unit, since)
    call.at = max(call.at, *call.arrived.values())


def arrive_but_one(call: Call) -> None:
    """All departments but the last report in; time marks it as absent (CI-04)."""
    *came, absent = call.units
    answered, call.arrived = call.arrived, {}
    for unit in came:
        call.arrived[unit] = _arrive(call, unit, answered[unit])
    call.at = max(call.at, *call.arrived.values())
    call.tale.aside("no_show", None, call.times.due(call.course("ARRIVE")) + 30 * MINUTE, absent)


def _arrive(call: Call, unit: str, since: datetime) -> datetime:
    course, rng = call.course("ARRIVE"), call.rng
    due = call.times.due(course)
    if rng.random() < LATE:
        at = due + rng.uniform(3, 90) * MINUTE
    elif call.meet_at:
        at = min(call.meet_at, due) - rng.uniform(0, 15) * MINUTE
    else:
        at = min(call.times.at_share(course, 0.15 + 0.8 * rng.betavariate(2, 2.2)), due)
    at = max(at, since + rng.uniform(2, 6) * MINUTE)
    return call.tale.aside("check_in", call.hands[unit], at, unit, **_proof(call, at))


def _proof(call: Call, at: datetime) -> dict[str, Any]:
    """Return how the arrival is proven; ``stage`` adds the code of the moment."""
    if call.meet_at and at.astimezone(CN).date() == call.meet_at.astimezone(CN).date():
        return {"method": "meeting"}
    if call.rng.random() < 0.35:
        return {"method": "code"}
    east, north = (call.rng.uniform(-110, 110) for _ in range(2))
    lon, lat = shifted(call.tale.spot.lon, call.tale.spot.lat, east, north)
    return {
        "method": "position",
        "lon": lon,
        "lat": lat,
        "crs": "wgs84",
        "accuracy_m": round(call.rng.uniform(4, 40), 1),
    }


def begin(call: Call) -> None:
    """The township starts the joint handling; who has not come is marked absent (WH-08)."""
    at = call.at + call.rng.uniform(4, 20) * MINUTE
    days = call.rng.randint(1, 5)
    call.add("start", call.judge, at, due_at=(at + days * DAY).isoformat(), without_absent=True)


def work(call: Call) -> None:
    """Most departments say that they work (CI-06)."""
    for number, (unit, hand) in enumerate(call.hands.items()):
        if unit in call.arrived and (number == 0 or call.rng.random() < 0.6):
            call.tale.aside("work", hand, call.at + call.rng.uniform(1, 9) * MINUTE, unit)


def release(call: Call) -> None:
    """The caller lets the first department go early (CI-08)."""
    at = call.at + call.rng.uniform(12, 30) * MINUTE
    call.tale.aside("release", call.judge, at, next(iter(call.arrived)), result_text="本部门任务已完成")
    call.at = at


def resolve(call: Call) -> None:
    """The work is done; the departments are released (WH-11)."""
    hours = call.rng.uniform(0.4, 5) if call.kind == "EMERGENCY" else call.rng.uniform(1, 40)
    at = call.times.by_day(call.at + timedelta(hours=hours), call.rng)
    call.add("resolve", call.judge, at, result_text="现场联合处置完成，问题已解决")


def close(call: Call) -> None:
    """The caller evaluates every department and closes (WH-12)."""
    course = Course(call.at, policy.current().limit("EVAL", item="whistle"))
    at = call.times.at_share(course, call.rng.uniform(0.02, 0.85))
    judged = [
        {"unit": unit, "measures": call.rng.randint(3, 5), "result": call.rng.randint(3, 5), "note": note}
        for unit in call.units
        for note in (call.rng.choice(REMARKS),)
    ]
    call.add("close", call.judge, at, evaluations=judged)


def cancel(call: Call) -> None:
    """The caller takes it back before anybody came (WH-07)."""
    at = call.at + call.rng.uniform(3, 8) * MINUTE
    call.add("cancel", call.judge, at, reason_code="solved", reason="问题已自行消除")


def object_to_call(call: Call) -> None:
    """The last department called objects, and is excused by the arbiter (CI-07)."""
    unit, tale = call.units[-1], call.tale
    asked = call.arrived[unit] + 5 * MINUTE
    claim = {"kind": "check_in", "aim": "leave", "claimed_share_pct": 0, "basis": BASIS.format(n=7)}
    tale.aside("file", tale.one("DPD", unit), asked, OBJECTION, **claim, reason="该事项与本单位职责无关")
    decision = {"share_pct": 0, "reason": "经核对职责占比为0%，免到场", "legal_basis": "区级派单目录", "units": []}
    tale.aside("uphold", tale.one(*ARBITERS), asked + 20 * MINUTE, OBJECTION, **decision)


CallPhase = Callable[[Call], None]
TOGETHER: tuple[CallPhase, ...] = (blow, respond, arrive, begin, work)
CALLS: Mapping[str, tuple[CallPhase, ...]] = {
    "ordinary": (sound, respond, arrive, begin, work, resolve, close),
    "screening": (ask_township,),
    "settled": (ask_township, settle),
    "blown": (blow,),
    "assembling": (blow, respond),
    "arrived": (blow, respond, arrive),
    "absent": (blow, respond, arrive_but_one),
    "handling": TOGETHER,
    "released": (*TOGETHER, release),
    "resolved": (*TOGETHER, resolve),
    "cancelled": (blow, cancel),
    "excused": (blow, respond, object_to_call),
}
"""How a whistle goes → its phases."""


def tell(tale: Tale) -> None:
    """Add the whistle of the plan to a story whose event is told already."""
    call = Call(tale)
    for phase in CALLS[tale.plan.call]:
        phase(call)
