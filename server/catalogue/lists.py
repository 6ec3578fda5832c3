"""The lists clients name things by (词表): categories, units, reasons, whistles, roles, states; a few single values.

Job: the policy and the machines as plain JSON, in the words people read.
Never: tell anything about an item or a person.
"""

from __future__ import annotations

from typing import Any

from server import policy
from server.catalogue import ways
from server.flow.moves import MACHINES, Machine
from server.maps import base
from server.policy.limit import Limit
from server.policy.model import Policy

UNITS_ZH = {
    "min": "{0}分钟",
    "H": "{0}小时",
    "WH": "{0}个工作小时",
    "WD": "{0}个工作日",
    "ND": "{0}日",
    "same day": "当日",
    "same WD": "当个工作日",
    "given": "按约定",
    "leaf": "按事项时限",
}
BASES_ZH = {
    "default": "派单目录",
    "law": "法律法规",
    "local": "本地规定",
    "practice": "工作惯例",
    "seed case": "既有案例",
}
"""What the directory's share of a leaf stands on, where no clause is named, as people read it."""
EMERGENCY_NUMBERS = (("110", "公安报警"), ("119", "消防救援"), ("120", "医疗急救"), ("122", "交通事故"))
"""National numbers; a matter of the highest urgency offers to dial first."""


def catalogue() -> dict[str, Any]:
    """Return every list, as docs/api.md describes it."""
    current = policy.current()
    return {
        "version": current.version,
        "district": {"code": current.settings.district.code6, "zh": current.settings.district.name_zh},
        "groups": [{"code": one.code, "zh": one.zh, "en": one.en} for one in current.groups.values()],
        "categories": [_category(current, one) for one in current.categories.values()],
        "urgencies": [_urgency(one) for one in current.urgencies.values()],
        "units": [_named(one, "kind", "township", "dispatchable", "takes_part") for one in current.units.values()],
        "reasons": {
            name: [_named(one, "needs_text") for one in listed.values()] for name, listed in current.reasons.items()
        },
        "whistles": [_whistle(one) for one in current.whistles.values()],
        "roles": [_named(one) for one in current.roles.values()],
        "clocks": [{"code": code, "zh": one.zh} for code, one in current.promises.items()],
        "kinds": [*map(_kind, MACHINES), *map(_part, ways.PARTS)],
        "dial": [{"number": number, "zh": zh} for number, zh in EMERGENCY_NUMBERS],
        "settings": _settings(current),
    }


def _named(one: Any, *more: str) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("code", "zh", "en", *more)}


def limit_zh(limit: Limit | None) -> str | None:
    """Return a limit as people read it, such as 5个工作日."""
    return UNITS_ZH[str(limit.unit)].format(limit.value) if limit else None


def _category(current: Policy, leaf: Any) -> dict[str, Any]:
    stands = BASES_ZH.get(leaf.basis, leaf.basis)
    shares = [
        {"unit": one.unit, "role": one.role, "share_pct": one.share_pct, "basis": one.basis or stands}
        for one in current.directory.get(leaf.code, ())
    ]
    named = _named(leaf, "group", "group_zh", "kind", "urgency", "self_handle", "sensitive", "duplicate_radius_m")
    return named | {"evidence": sorted(leaf.evidence), "limit_zh": limit_zh(leaf.limit), "shares": shares}


def _urgency(one: Any) -> dict[str, Any]:
    told = _named(one, "meaning_zh", "may_suspend", "may_extend")
    return told | {"on_scene_zh": limit_zh(one.on_scene), "interim_zh": limit_zh(one.interim)}


def _whistle(one: Any) -> dict[str, Any]:
    told = _named(one, "use_zh", "needs_law_article", "needs_leader", "calendar")
    return told | {"blowers": {level: sorted(roles) for level, roles in one.blowers.items()}}


def _kind(kind: str) -> dict[str, Any]:
    machine = MACHINES[kind]
    states = [
        _named(one, "next_zh") | {"type": one.kind, "offers": _offers(machine, one.code)} for one in machine.states
    ]
    acts = [way.told() for way in ways.ways(machine)]
    return {"kind": kind, "zh": machine.zh, "path": machine.path, "states": states, "acts": acts}


def _part(kind: str) -> dict[str, Any]:
    """Return what belongs to items and has no states of its own, such as sub-tasks."""
    part = ways.PARTS[kind]
    return {
        "kind": kind,
        "zh": part.zh,
        "path": part.path,
        "states": [],
        "acts": [way.told() for way in ways.of_part(kind)],
    }


def _offers(machine: Machine, state: str) -> list[dict[str, Any]]:
    """Return what may follow a state by somebody's act, and where it leads: a phone without network plans with it."""
    offered = (move for move in machine.offered_from(state) if not move.by_consequence)
    return [{"act": move.act, "to": move.target, "roles": list(move.roles)} for move in offered]


def _settings(current: Policy) -> dict[str, Any]:
    settings, rule = current.settings, current.settings.check_in
    return {
        "accuracy_max_m": settings.grids.accuracy_max_m,
        "edge_m": settings.grids.edge_m,
        "fix_age_max_s": settings.grids.fix_age_max_s,
        "check_in_radius_m": rule.radius_m,
        "check_in_accuracy_max_m": rule.accuracy_max_m,
        "check_in_code_digits": rule.code_digits,
        "check_in_offline_max_min": rule.offline_max.minutes(),
        "photos_max": settings.events.photos_max,
        "photo_max_bytes": settings.events.photo_max_bytes,
        "voice_max_s": settings.events.voice_max_s,
        "voices_max": settings.events.voices_max,
        "score_max": settings.whistles.score_max,
        "duplicate_days": settings.events.duplicate_days,
        "self_handle_within_zh": limit_zh(settings.events.self_handle_within),
        "shift_max_h": settings.people.shift_max_h,
        "track_days": settings.privacy.track_days,
        "draft_days": settings.privacy.draft_days,
        "basemap": bool(base.file()),
        "alarm_again_min": settings.notices.alarm_again_min,
    }
