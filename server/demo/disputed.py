"""Objections in the stories (职责异议): a department says it is not its business, the arbiter decides.

Job: the phases of an objection, upheld with a new lead, dismissed, still open, or out of time (spec 5.16, 6).
Never: act.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from server import policy
from server.demo.hours import DAY
from server.demo.story import BY_UNIT, OBJECTION, Phase, Tale, accept, dispatch, file, result, start, verify

ARBITERS = ("XFL", "DEP08")
BASIS = "三定方案职责清单第{n}条"
REASONS = ("该事项不在本单位职责清单内", "现场权属不属于本单位管理范围", "属其他单位行政审批事项")
STAND_INS = ("DEP28", "DEP19", "DEP26")
"""Who leads instead when the directory names no other department."""


def object_(tale: Tale) -> None:
    """The dispatcher of the lead unit objects, within hours."""
    _object(tale, tale.at + timedelta(minutes=tale.rng.uniform(30, 200)))


def object_late(tale: Tale) -> None:
    """The unit objects when its five working days are over."""
    _object(tale, tale.times.after_work(tale.at, 6 * 6.5 * 60) + DAY)


def _object(tale: Tale, at: Any) -> None:
    claim = {"kind": "event", "aim": "leave", "claimed_share_pct": 0}
    basis, reason = BASIS.format(n=tale.rng.randint(2, 19)), tale.rng.choice(REASONS)
    tale.add("file", tale.one("DPD", tale.lead), at, OBJECTION, **claim, basis=basis, reason=reason)


def dismiss(tale: Tale) -> None:
    """The arbiter finds a share: the unit keeps the matter."""
    share = tale.rng.choice((5, 10, 30, 60))
    reason = f"经核对派单目录，该单位职责占比为{share}%，应首接负责到底"
    tale.add("dismiss", tale.one(*ARBITERS), _decided_at(tale), OBJECTION, share_pct=share, reason=reason)


def uphold(tale: Tale) -> None:
    """The arbiter finds no share and names another lead in the same decision; the clock keeps its start."""
    others = [entry.unit for entry in tale.entries[1:] if entry.unit in policy.current().units]
    named = [unit for unit in (*others, *STAND_INS) if unit not in (tale.lead, tale.spot.township)]
    new = next(unit for unit in named if policy.current().units[unit].dispatchable)
    units = [{"unit": new, "role": "lead", "share_pct": 70}]
    words = {"reason": "经查原单位职责占比为0%", "legal_basis": "信访工作条例第二十三条、区级派单目录"}
    tale.add("uphold", tale.one(*ARBITERS), _decided_at(tale), OBJECTION, share_pct=0, units=units, **words)
    tale.lead = new


def _decided_at(tale: Tale) -> Any:
    return tale.in_time(policy.current().limit("ARBITRATE", urgency=tale.category.urgency))


FATES: Mapping[str, tuple[Phase, ...]] = {
    "dismissed": (file, dispatch, accept, object_, dismiss, start, result, verify),
    "upheld": (file, dispatch, accept, object_, uphold, accept, start, result, verify),
    "objected": (file, dispatch, accept, object_),
    "objected_late": (*BY_UNIT, object_late),
}
