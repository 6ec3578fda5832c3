"""What whistles are drawn from (吹哨零件): a department's line, the call in one sentence, who was called for what.

Job: fields of the cards of whistles and check-ins → widgets.
Never: judge lateness: the card says it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from kivy.uix.widget import Widget

from mobile.widgets import moments
from mobile.widgets.boxes import Column, Press, Row
from mobile.widgets.text import Icon, Words
from mobile.widgets.theme import THEME
from mobile.widgets.ticking import Tick

KIND_ICONS: Final = {
    "EMERGENCY": "car-emergency", "ENFORCEMENT": "gavel", "DEMAND": "account-group-outline", "KEYWORK": "flag-outline",
}  # fmt: skip
PHASES: Final = {
    "notified": ("bell-ring", "amber"),
    "responded": ("run-fast", "blue"),
    "checked_in": ("map-marker-check", "green"),
    "working": ("hammer-wrench", "green"),
    "no_show": ("account-off-outline", "red"),
    "released": ("check-circle-outline", "grey"),
    "excused": ("scale-balance", "grey"),
    "evaluated": ("star", "grey"),
}
"""State of a check-in → picture and tone; the word is the server's."""


def kind_icon(code: str) -> str:
    """Return the picture of a kind of whistle."""
    return KIND_ICONS.get(code, "whistle-outline")


def summary(lines: list[Mapping[str, Any]]) -> str:
    """Return in one sentence who is there, on the way, silent, absent."""
    if not lines:
        return "还没有叫部门"
    counts = (
        (sum(bool(one["arrived_at"]) for one in lines), "个已到"),
        (sum(one["state"]["code"] == "responded" for one in lines), "个在路上"),
        (sum(one["state"]["code"] == "notified" for one in lines), "个还没回音"),
        (sum(one["state"]["code"] == "no_show" for one in lines), "个未报到"),
    )
    told = "，".join(f"{count} {words}" for count, words in counts if count)
    return f"叫了 {len(lines)} 个部门：{told}" if told else f"叫了 {len(lines)} 个部门"


class Department(Press):
    """One called department: who, how it stands, when it will come or came, its running clock; pressed: its card."""

    def __init__(self, line: Mapping[str, Any], now: Callable[[], datetime], action: Callable[[], Any]) -> None:
        super().__init__(action=action, size_hint_y=None, padding=[0, 0, 0, 0])
        from kivy.metrics import dp

        self.said = str(line["unit"]["zh"])
        self.padding, self.spacing = [dp(12), dp(12), dp(8), dp(12)], dp(10)
        icon, tone = PHASES.get(line["state"]["code"], ("information-outline", "grey"))
        self.paint_ground(THEME.colours.sheet, THEME.colours.line)
        state = Row(Icon(icon, 22, tone), Words(standing(line), "body", tone, bold=True), gap=6)
        told = [Words(words, "small", "ink2") for words in details(line, now())]
        due = line.get("due")
        tick = [Tick(due["zh"], due["due_at"], now)] if due else []
        self.texts = Column(Words(self.said, "body", bold=True), state, *told, *tick, gap=4, pos_hint={"center_y": 0.5})
        self.add_widget(self.texts)
        self.add_widget(Icon("chevron-right", 26, "ink2", pos_hint={"center_y": 0.5}))
        self.texts.fbind("height", lambda *_: setattr(self, "height", self.texts.height + dp(24)))
        self.height = self.texts.height + dp(24)


def standing(line: Mapping[str, Any]) -> str:
    """Return the state in a word, with what was late."""
    late = [words for name, words in (("responded_late", "响应迟"), ("arrived_late", "迟到")) if line.get(name)]
    return line["state"]["zh"] + (f"（{'、'.join(late)}）" if late else "")


def details(line: Mapping[str, Any], now: datetime) -> list[str]:
    """Return who comes and when, or how and when they came, and how they were judged."""
    told = []
    if line["state"]["code"] == "responded":
        told.append(coming(line.get("person"), line.get("expected_at"), now))
    if line.get("arrived_at"):
        offline = "（离线签名）" if line.get("offline") else ""
        how = str(line.get("method_zh") or "")
        told.append(" · ".join(part for part in (f"{moments.at(line['arrived_at'], now)} 到", how + offline) if part))
    scores = line.get("scores") or {}
    if scores.get("measures") is not None:
        told.append(f"到场 {scores['arrival']} · 力度 {scores['measures']} · 效果 {scores['result']}")
    return [words for words in told if words]


def coming(person: str | None, expected_at: str | None, now: datetime) -> str:
    """Return who is on the way and when to expect them."""
    moment = moments.read(expected_at)
    if moment is None:
        return person or ""
    away = moment - now
    when = f"还有 {moments.span(away)}" if away >= timedelta(0) else f"比说好的晚了 {moments.span(-away)}"
    return f"{person + ' ' if person else ''}预计 {moment:%H:%M} 到（{when}）"


def facts(*lines: tuple[str, str | None], size: str = "body") -> list[Widget]:
    """Return lines with a picture each; those without words are left out."""
    return [Row(Icon(icon, 22), Words(str(said), size), gap=10, at="top") for icon, said in lines if said]
