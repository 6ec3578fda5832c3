"""What people say when they act, often right and sometimes wrong: bodies for every act, drawn by hypothesis."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from server.db import new_id, now
from tests.server.town import AFTER, INSIDE, OLD_TOWN, OUTSIDE, PHOTO, Town

Draw = Callable[[st.SearchStrategy[Any]], Any]
HERE = {"method": "position", "lon": INSIDE[0], "lat": INSIDE[1], "crs": "wgs84", "accuracy_m": 10.0}
PHOTOS = [
    [{"sha256": PHOTO, "kind": "before"}, {"sha256": AFTER, "kind": "after"}],
    [{"sha256": AFTER, "kind": "after"}],
    [{"sha256": "c" * 64, "kind": "check"}],
    [],
]
UNITS = [
    [{"unit": "DEP28", "role": "lead", "share_pct": 60}],
    [{"unit": "DEP37", "role": "lead", "share_pct": 51}, {"unit": "DEP28", "role": "co", "share_pct": 1}],
    [{"unit": "DEP22", "role": "lead", "share_pct": 100}, {"unit": "DEP26", "role": "co", "share_pct": 20}],
    [{"unit": "DEP28", "role": "lead", "share_pct": 60}, {"unit": "DEP37", "role": "lead", "share_pct": 40}],
    [{"unit": "DEP28", "role": "co", "share_pct": 60}],
    [{"unit": "DEP28", "role": "lead", "share_pct": 0}],
    [{"unit": OLD_TOWN, "role": "lead", "share_pct": 100}],
    [{"unit": "DEP99", "role": "lead", "share_pct": 10}],
]
"""The first three may be dispatched, each of the others breaks a rule."""
CALLED = [["DEP28"], ["DEP28", "DEP37"], ["DEP37"], ["DEP26"], ["DEP28", "DEP28"], ["DEP03"]]


@dataclass(frozen=True, slots=True)
class Talk:
    """Who draws, the town, the item acted upon."""

    draw: Draw
    town: Town
    item: Any

    def one(self, *values: Any) -> Any:
        """Return one of ``values``; earlier ones are simpler."""
        return self.draw(st.sampled_from(values))

    def hours(self, least: int = -1, most: int = 96) -> str:
        """Return a moment some hours from now, seldom in the past."""
        return (now() + timedelta(hours=self.draw(st.integers(least, most)))).isoformat()

    def person(self, *names: str) -> str | None:
        """Return the id of somebody, or nobody's."""
        name = self.one(None, *names)
        return str(self.town.persons[name]) if name else None


def reasoned(talk: Talk, *codes: str) -> dict[str, Any]:
    """Return a reason, with one of the codes of the closed list."""
    return {"reason": "情况属实"} | ({"reason_code": talk.one(*codes)} if codes else {})


def _merge(talk: Talk) -> dict[str, Any]:
    return {"parent_id": talk.one(str(talk.item.id), str(uuid.UUID(int=1)), *_others(talk))}


def _others(talk: Talk) -> list[str]:
    model = type(talk.item)
    return [str(one.id) for one in model.query.filter(model.id != talk.item.id).order_by(model.id)]


def _file(talk: Talk) -> dict[str, Any]:
    point = talk.one(None, None, {"lon": OUTSIDE[0], "lat": OUTSIDE[1], "crs": "wgs84"})
    return {"category": talk.one(None, "B03", "B01", "B02"), "point": point}


def _judged(talk: Talk) -> dict[str, Any]:
    return {"measures": talk.one(5, 3, 0, 99), "result": talk.one(5, 0), "note": "到场及时"}


def _evaluations(talk: Talk) -> dict[str, Any]:
    units = talk.one(["DEP28", "DEP37", "DEP26"], ["DEP28"], [])
    return {"evaluations": [{"unit": unit} | _judged(talk) for unit in units]}


def _arrive(talk: Talk) -> dict[str, Any]:
    wrong = {"method": "code", "code": "000000"}
    return talk.one(HERE, HERE, HERE | {"is_mock": True}, HERE | {"lon": INSIDE[0] + 0.01}, wrong)


def _uphold(talk: Talk) -> dict[str, Any]:
    return reasoned(talk) | {"share_pct": talk.one(0, 5), "legal_basis": "三定方案", "units": talk.one(*UNITS[1:], [])}


FACTS: Mapping[tuple[str, str], Callable[[Talk], dict[str, Any]]] = {
    ("event", "self_handle"): lambda talk: {"result_text": "已清运", "photos": talk.one(*PHOTOS)},
    ("event", "file"): _file,
    ("event", "reject"): lambda talk: reasoned(talk, "not_found", "out_of_scope"),
    ("event", "merge"): _merge,
    ("event", "convert"): lambda talk: {"target_kind": talk.one("nothing", "event"), "target_id": str(new_id())},
    ("event", "dispatch"): lambda talk: {"units": talk.one(None, *UNITS)},
    ("event", "accept"): lambda talk: {"person_id": talk.person("lamp_hand", "water_hand")},
    ("event", "suspend"): lambda talk: (
        reasoned(talk, "permit") | {"until": talk.hours(-1, 800), "interim_measure": "设围挡"}
    ),
    ("event", "extend"): lambda talk: reasoned(talk) | {"until": talk.hours(-1, 200)},
    ("event", "report_result"): lambda talk: (
        {"result_code": "repaired", "result_text": "已修复", "photos": talk.one(*PHOTOS)}
    ),
    ("event", "verify"): lambda talk: {"note": "已核查", "photos": talk.one(*PHOTOS)},
    ("event", "send_back"): lambda talk: reasoned(talk) | {"photos": talk.one(*PHOTOS)},
    ("event", "void"): reasoned,
    ("whistle", "confirm"): lambda talk: {"departments": talk.one(*CALLED)},
    ("whistle", "settle"): lambda talk: {"result_text": "镇街已处理"},
    ("whistle", "cancel"): lambda talk: reasoned(talk, "solved", "mistaken"),
    ("whistle", "start"): lambda talk: {"due_at": talk.hours(-2, 96), "without_absent": talk.one(True, False)},
    ("whistle", "add"): lambda talk: reasoned(talk) | {"departments": talk.one(*CALLED)},
    ("whistle", "resolve"): lambda talk: {"result_text": "已协同处置"},
    ("whistle", "close"): _evaluations,
    ("whistle", "reopen"): lambda talk: reasoned(talk) | {"due_at": talk.hours(-2, 96)},
    ("check_in", "respond"): lambda talk: (
        {"expected_at": talk.hours(-1, 3), "person_id": talk.person("lamp_hand", "water_hand")}
    ),
    ("check_in", "check_in"): _arrive,
    ("check_in", "release"): lambda talk: {"result_text": "已完成"},
    ("check_in", "evaluate"): _judged,
    ("objection", "uphold"): _uphold,
    ("objection", "dismiss"): lambda talk: (
        reasoned(talk) | {"share_pct": talk.one(5, 0), "new_lead": talk.one(None, "DEP37", "DEP28", "DEP99")}
    ),
}
"""(Kind, act) → a body; an act that is not here needs none."""


def body(talk: Talk, kind: str, act: str) -> dict[str, Any]:
    """Return what somebody says when doing ``act``."""
    say = FACTS.get((kind, act))
    return say(talk) if say else {}
