"""What a case file says of its kind (案卷内容): rows of facts per kind, the words it is about, its place.

Job: tables from a card to what people read.
Never: fetch anything: the card has it all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from gis import crs
from server import policy
from server.console import language, wording

Card = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of facts: its words and what the card says; an empty one is not shown."""

    zh: Any
    told: Callable[[Card], Any]


def _at(name: str) -> Callable[[Card], Any]:
    return lambda card: wording.full(card[name]) if card.get(name) else None


def _text(name: str) -> Callable[[Card], Any]:
    return lambda card: card.get(name)


def _group(card: Card) -> str:
    known = policy.current().groups.get(card["category"]["code"][:1])
    return language.named(known) if known else str(card["category"]["group_zh"])


def _asked(card: Card) -> str | None:
    asked = card.get("release_asked")
    return f"{wording.full(asked['at'])} {asked['reason']}" if asked else None


def _percent(name: str) -> Callable[[Card], Any]:
    return lambda card: f"{card[name]} %" if card.get(name) is not None else None


def _reason(listed: str, name: str) -> Callable[[Card], Any]:
    return lambda card: language.named(policy.current().reasons.get(listed, {}).get(card.get(name)))


def _result(card: Card) -> str | None:
    told = card.get("result")
    if not told:
        return None
    known = policy.current().reasons.get("event.result", {}).get(told["code"])
    return "：".join(part for part in (language.named(known), told["text"]) if part)


FLAGS = {
    "mock": _("疑似模拟定位"),
    "inaccurate": _("定位精度不足"),
    "clock_error": _("设备时间有误差"),
    "photo_owed": _("照片待补"),
    "ambiguous": _("边界疑似"),
    "edge": _("网格外就近"),
    "outside": _("网格外"),
}
"""Mark of an item → how people read it."""
COMMON = (
    Fact(_("镇街"), lambda card: wording.unit(card["township_code"]) if card["township_code"] else None),
    Fact(_("网格"), _text("grid_code")),
)
FACTS: dict[str, tuple[Fact, ...]] = {
    "event": (
        Fact(_("事项"), lambda card: f"{_group(card)} / {language.named(card['category'])}"),
        Fact(_("地址"), _text("address")),
        Fact(_("发现时间"), _at("happened_at")),
        Fact(_("收到时间"), _at("received_at")),
        Fact(_("处置结果"), _result),
        Fact(_("挂起至"), _at("suspended_until")),
        Fact(_("返工"), lambda card: card["reworks"] or None),
        Fact(_("改派"), lambda card: card["reassignments"] or None),
        Fact(_("并入件数"), lambda card: card["merged_count"] or None),
        Fact(_("标记"), lambda card: "、".join(str(FLAGS.get(one, one)) for one in card["flags"]) or None),
    ),
    "whistle": (
        Fact(_("哨种"), lambda card: language.named(card["kind_code"])),
        Fact(_("吹哨单位"), lambda card: wording.unit(card["caller_unit"])),
        Fact(_("缘由"), _reason("whistle.why", "why")),
        Fact(_("法律依据"), _text("law_article")),
        Fact(_("吹哨时间"), _at("blown_at")),
        Fact(_("约定到场"), _at("meet_at")),
        Fact(_("网格拟请部门"), lambda card: "、".join(wording.unit(one["code"]) for one in card["asked"])),
        Fact(_("处置期限"), _at("due_at")),
        Fact(_("处置结果"), _text("result_text")),
    ),
    "check_in": (
        Fact(_("部门"), lambda card: wording.unit(card["unit"]["code"])),
        Fact(_("哨种"), lambda card: language.named(card["whistle"]["kind_code"])),
        Fact(_("带队"), _text("person")),
        Fact(_("预计到场"), _at("expected_at")),
        Fact(_("响应时间"), _at("responded_at")),
        Fact(_("到场时间"), _at("arrived_at")),
        Fact(_("距现场"), lambda card: f"{card['distance_m']:.0f} m" if card.get("distance_m") is not None else None),
        Fact(_("申请撤离"), _asked),
        Fact(_("部门工作结果"), _text("result_text")),
        Fact(_("评价"), _text("evaluation")),
    ),
    "objection": (
        Fact(_("提出单位"), lambda card: wording.unit(card["unit_code"])),
        Fact(_("诉求"), lambda card: {"leave": _("退出办理"), "change_lead": _("更换牵头单位")}.get(card["aim"])),
        Fact(_("本单位认为的占比"), _percent("claimed_share_pct")),
        Fact(_("职责依据"), _text("basis")),
        Fact(_("裁定"), _text("decision")),
        Fact(
            _("认定占比"),
            lambda card: f"{card['proven_share_pct']} %" if card["proven_share_pct"] is not None else None,
        ),
        Fact(_("法律依据"), _text("legal_basis")),
    ),
}
"""Kind → its rows, above those every item has."""
WORDS: dict[str, Callable[[Card], str]] = {
    "event": lambda card: card["text"],
    "whistle": lambda card: card["reason"],
    "check_in": lambda card: card["whistle"]["reason"],
    "objection": lambda card: card["reason"],
}
"""Kind → the words that say what it is about."""


def words(card: Card) -> str:
    """Return the words that say what it is about."""
    return WORDS.get(card["kind"], lambda one: "")(card)


def facts(card: Card) -> list[tuple[Any, Any]]:
    """Return the rows of facts that say something."""
    told = [(fact.zh, fact.told(card)) for fact in (*FACTS.get(card["kind"], ()), *COMMON)]
    return [(words, value) for words, value in told if value not in (None, "", "—")]


def place(card: Card) -> dict[str, float] | None:
    """Return where it is in WGS-84, as web maps want it."""
    at = card.get("place") or card.get("whistle") or {}
    if at.get("lon") is None:
        return None
    lon, lat = crs.convert(at["lon"], at["lat"], at["crs"], "wgs84")
    return {"lon": round(float(lon), 6), "lat": round(float(lat), 6)}
